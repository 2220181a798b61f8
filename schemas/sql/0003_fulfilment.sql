-- SPDX-License-Identifier: Apache-2.0
-- What follows an order: shipments and invoices. The ERP's shard stores the fact, under the lock of its account;
-- the account's own shard then takes it into the order, and notes the number of the event that told it.
-- Numbers as in 0002_trade.sql.

-- Owner: handlers/fulfil/fulfil_store.c; column event_seq: handlers/fulfil/notice_store.c. Base quantities are those of the goods
-- that left; the site's stock is lowered by them unless it was counted after `shipped_at`.
CREATE TABLE shipment (
    account     text        NOT NULL,
    shipment    text        NOT NULL UNIQUE,
    order_id    bigint      NOT NULL,
    site        text        NOT NULL,
    shipped_at  timestamptz NOT NULL,
    carrier     text        NOT NULL,
    tracking    text        NOT NULL,
    content_hash text       NOT NULL,           -- SHA-256 of what the ERP said, hex
    event_seq   integer     NOT NULL DEFAULT 0, -- the OrderEvent that told it; 0: not yet in the order
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (account, shipment)
);
CREATE INDEX shipment_order ON shipment (account, order_id);
CREATE INDEX shipment_site ON shipment (site, shipped_at) WHERE event_seq > 0;

-- Owner: handlers/fulfil/fulfil_store.c.
-- Invariant fulfilment_quantity: nothing is shipped or billed beyond what was ordered (see order_progress).
CREATE TABLE shipment_line (
    account       text    NOT NULL,
    shipment      text    NOT NULL,
    number        integer NOT NULL,  -- from 1, as in the document
    order_id      bigint  NOT NULL,
    position      integer NOT NULL,  -- of the order's line
    product       text    NOT NULL,
    quantity      bigint  NOT NULL CHECK (quantity >= 0), -- in the ordered unit
    base_quantity bigint  NOT NULL CHECK (base_quantity >= 0),
    final         boolean NOT NULL,
    PRIMARY KEY (account, shipment, number)
);
CREATE INDEX shipment_line_order ON shipment_line (account, order_id, position);

-- Owner: handlers/fulfil/fulfil_store.c.
-- Invariant invoice_ledger: the ledger has what is to be paid less what its orders had booked for it.
--   SELECT i.account, i.invoice FROM invoice i JOIN (SELECT account, invoice, sum(taken)::bigint AS taken
--       FROM invoice_line GROUP BY account, invoice) l ON l.account = i.account AND l.invoice = i.invoice
--   LEFT JOIN exposure_entry e ON e.payer = i.payer AND e.source = 'invoice/' || i.invoice
--   WHERE e.amount IS DISTINCT FROM i.gross - l.taken;
CREATE TABLE invoice (
    account      text        NOT NULL,
    invoice      text        NOT NULL UNIQUE,
    payer        text        NOT NULL,
    currency     text        NOT NULL,
    issued_at    timestamptz NOT NULL,
    due_at       timestamptz,
    net          bigint      NOT NULL,
    tax          bigint      NOT NULL,
    gross        bigint      NOT NULL,
    content_hash text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (account, invoice)
);

-- Owner: handlers/fulfil/fulfil_store.c; column event_seq: handlers/fulfil/notice_store.c. `taken` is the part of the line's accepted
-- amount that the invoice takes the place of.
CREATE TABLE invoice_line (
    account   text    NOT NULL,
    invoice   text    NOT NULL,
    number    integer NOT NULL,
    order_id  bigint  NOT NULL,
    position  integer NOT NULL,
    quantity  bigint  NOT NULL CHECK (quantity > 0), -- in the ordered unit
    amount    bigint  NOT NULL,
    taken     bigint  NOT NULL CHECK (taken >= 0),
    event_seq integer NOT NULL DEFAULT 0,
    PRIMARY KEY (account, invoice, number)
);
CREATE INDEX invoice_line_order ON invoice_line (account, order_id, position);

-- Owner: handlers/fulfil/notice_store.c. A line of which nothing more follows though not all was shipped: its stock is free
-- again, and so is the exposure of what will neither come nor be billed.
CREATE TABLE line_closing (
    account       text   NOT NULL,
    order_id      bigint NOT NULL,
    position      integer NOT NULL,
    base_quantity bigint NOT NULL,  -- that does not follow
    amount        bigint NOT NULL,  -- taken off the payer's exposure
    PRIMARY KEY (account, order_id, position)
);

-- Lines of accepted orders and how far they are, as the shipments and invoices say; quantities in the ordered
-- unit. The booked amount of a line lies in four parts: ordered, shipped, billed and closed.
CREATE VIEW order_progress AS
SELECT p.*, p.amount - p.closed_amount - greatest(p.billed, p.value) AS ordered_amount,
    greatest(0, p.value - p.billed) AS shipped_amount
FROM (SELECT l.account, l.order_id, l.position, l.quantity, l.amount, l.rejected,
        COALESCE(s.shipped, 0) AS shipped, COALESCE(s.final, false) AS final,
        COALESCE(i.invoiced, 0) AS invoiced, COALESCE(i.taken, 0) AS billed,
        COALESCE(c.base_quantity, 0) AS closed_base, COALESCE(c.amount, 0) AS closed_amount,
        CASE WHEN COALESCE(s.shipped, 0) >= l.quantity THEN l.amount
             ELSE div(2 * l.amount::numeric * COALESCE(s.shipped, 0) + l.quantity, 2 * l.quantity::numeric)::bigint
        END AS value
    FROM order_line l
    LEFT JOIN LATERAL (SELECT sum(x.quantity)::bigint AS shipped, bool_or(x.final) AS final FROM shipment_line x
        WHERE x.account = l.account AND x.order_id = l.order_id AND x.position = l.position) s ON true
    LEFT JOIN LATERAL (SELECT sum(x.quantity)::bigint AS invoiced, sum(x.taken)::bigint AS taken FROM invoice_line x
        WHERE x.account = l.account AND x.order_id = l.order_id AND x.position = l.position) i ON true
    LEFT JOIN line_closing c ON c.account = l.account AND c.order_id = l.order_id AND c.position = l.position
    WHERE l.quantity > 0) AS p;

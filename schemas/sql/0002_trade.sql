-- SPDX-License-Identifier: Apache-2.0
-- The trade's tables. Each names its owner: the one file that writes it (where two files share a row, each
-- column has one owner). Keys lead with the account wherever a row belongs to one, so that accounts can be
-- spread over databases.
--
-- Numbers: money amounts are bigint in the minor unit of the row's currency (ISO 4217; handlers/money.h),
-- unit prices bigint in 1/10000 of the currency unit, quantities and unit factors bigint in 1/1000000.
-- An order's id is its input position, shard << 40 | offset; documents and people see "SHARD-OFFSET".
--
-- The queries marked "Invariant" return no row while all is well; `comptoirctl verify` runs them.

-- Owner: handlers/masterdata/masterdata.c; column exposure: handlers/credit/credit.c. Customers as the ERP knows them. Exposure
-- counts on the payer's row, which is locked before it is read: accounts are locked before stock, each by key.
-- Invariant exposure_ledger: what a payer owes is the sum of its ledger.
--   SELECT a.account, a.exposure, COALESCE(e.sum, 0) FROM account a LEFT JOIN
--       (SELECT payer, sum(amount)::bigint AS sum FROM exposure_entry GROUP BY payer) e ON e.payer = a.account
--   WHERE a.exposure <> COALESCE(e.sum, 0)
--   UNION ALL SELECT e.payer, 0, sum(e.amount)::bigint FROM exposure_entry e
--   WHERE NOT EXISTS (SELECT FROM account a WHERE a.account = e.payer) GROUP BY e.payer;
CREATE TABLE account (
    account      text   PRIMARY KEY,
    name         text   NOT NULL,
    status       text   NOT NULL CHECK (status IN ('open', 'pending', 'blocked', 'closed')),
    payer        text   NOT NULL,              -- the account itself where the ERP names none
    currency     text   NOT NULL,
    credit_limit bigint CHECK (credit_limit >= 0), -- NULL: no credit check
    order_limit  bigint CHECK (order_limit >= 0),  -- NULL: no approval for users without a limit of their own
    approver     text   NOT NULL,
    site         text   NOT NULL,
    gln          text   NOT NULL,
    exposure     bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 60);

-- Owner: handlers/masterdata/masterdata.c. The buyer's own numbers of our products.
CREATE TABLE customer_part (
    account    text NOT NULL,
    buyer_part text NOT NULL,
    product    text NOT NULL,
    PRIMARY KEY (account, buyer_part)
);

-- Owner: handlers/masterdata/masterdata.c. People in a customer's company.
CREATE TABLE app_user (
    account     text    NOT NULL,
    user_number text    NOT NULL,
    name        text    NOT NULL,
    mail        text    NOT NULL,
    active      boolean NOT NULL,
    may_order   boolean NOT NULL,
    may_approve boolean NOT NULL,
    order_limit bigint  CHECK (order_limit >= 0), -- in 1/10000 of the account's currency unit; NULL: the account's
    approver    text    NOT NULL,                 -- empty: the account's
    PRIMARY KEY (account, user_number)
);
CREATE INDEX app_user_mail ON app_user (account, lower(mail)) WHERE mail <> '';

-- Owner: handlers/masterdata/masterdata.c.
CREATE TABLE product (
    product     text     PRIMARY KEY,
    description text     NOT NULL,
    gtin        text     NOT NULL,
    active      boolean  NOT NULL,
    unit        text     NOT NULL,  -- base unit, Rec 20
    units       text[]   NOT NULL,  -- further units ...
    factors     bigint[] NOT NULL   -- ... and how many base units are in one of each
);
-- GTINs of different length are the same number with more or fewer zeros in front.
CREATE INDEX product_gtin ON product (ltrim(gtin, '0')) WHERE gtin <> '';

-- Owner: handlers/masterdata/masterdata.c. Prices: an account's own, or with an empty account the list price.
CREATE TABLE condition_record (
    product     text     NOT NULL,
    account     text     NOT NULL,
    currency    text     NOT NULL,
    unit        text     NOT NULL,
    valid_from  date     NOT NULL,
    valid_to    date,                -- last day; NULL: no end
    price_basis bigint   NOT NULL CHECK (price_basis > 0),
    scale_from  bigint[] NOT NULL,   -- least quantity of each step, in `unit`, ascending
    scale_price bigint[] NOT NULL,   -- price of each step for price_basis units
    PRIMARY KEY (product, account, currency, unit, valid_from)
);

-- Owner: handlers/masterdata/masterdata.c; column reserved: handlers/stock/reserve.c. Base units. `shortfall` is what the ERP
-- has taken away below what was reserved already: the only way in which reserved may exceed on_hand.
-- Invariant stock_reserved: reserved is the sum of the open reservations.
--   SELECT COALESCE(s.product, r.product), COALESCE(s.site, r.site), COALESCE(s.reserved, 0), COALESCE(r.sum, 0)
--   FROM stock s FULL JOIN (SELECT product, site, sum(quantity)::bigint AS sum FROM reservation
--       WHERE closed_at IS NULL GROUP BY product, site) r ON r.product = s.product AND r.site = s.site
--   WHERE COALESCE(s.reserved, 0) <> COALESCE(r.sum, 0);
-- Invariant stock_promise: nothing is promised that is not there.
--   SELECT product, site, on_hand, reserved, shortfall FROM stock WHERE reserved > on_hand + shortfall;
CREATE TABLE stock (
    product    text        NOT NULL,
    site       text        NOT NULL,
    on_hand    bigint      NOT NULL CHECK (on_hand >= 0),
    reserved   bigint      NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    shortfall  bigint      NOT NULL DEFAULT 0 CHECK (shortfall >= 0),
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (product, site),
    CHECK (reserved <= on_hand + shortfall)
) WITH (fillfactor = 60);

-- Owner: handlers/order/answer.c. An order, whatever was decided. The business key keeps duplicates out; a test
-- document has a key of its own, so that it stands in no real order's way.
-- Invariant order_sequence (over the outbox, as far back as it is kept; payloads are Avro, hence by tool): per
-- order the OrderEvents carry 1 ... event_seq, each once.
-- Invariant order_holds: held orders have an open hold, others have none.
--   SELECT o.account, o.id, o.state FROM sales_order o WHERE (o.state = 1) <> EXISTS
--       (SELECT FROM order_hold h WHERE h.account = o.account AND h.order_id = o.id AND h.released_at IS NULL);
-- Invariant order_total: an accepted order's total is the sum of its lines.
--   SELECT o.account, o.id, o.total, sum(l.amount) FROM sales_order o JOIN order_line l
--       ON l.account = o.account AND l.order_id = o.id WHERE o.state = 2
--   GROUP BY o.account, o.id, o.total HAVING o.total <> sum(l.amount);
-- Invariant order_booked: what an order has booked is the sum of its ledger entries; rejected ones have none.
--   SELECT o.account, o.id, o.booked, COALESCE(sum(e.amount), 0) FROM sales_order o LEFT JOIN exposure_entry e
--       ON e.order_id = o.id GROUP BY o.account, o.id, o.booked, o.state, o.test, o.total
--   HAVING o.booked <> COALESCE(sum(e.amount), 0) OR (o.state = 2 AND NOT o.test AND o.booked <> o.total)
--       OR (o.state = 3 AND o.booked <> 0);
-- Invariant order_approval: no order was accepted without the approval it needed, of what was accepted.
--   SELECT o.account, o.id FROM sales_order o WHERE o.state = 2 AND o.approval_hash <> '' AND NOT EXISTS
--       (SELECT FROM approval_task t WHERE t.account = o.account AND t.order_id = o.id
--           AND t.state = 'approved' AND t.content_hash = o.approval_hash);
CREATE TABLE sales_order (
    account         text        NOT NULL,
    id              bigint      NOT NULL,
    order_number    text        NOT NULL,
    release         text        NOT NULL,
    version         integer     NOT NULL,
    test            boolean     NOT NULL,
    state           integer     NOT NULL CHECK (state BETWEEN 1 AND 3), -- 1 held, 2 accepted, 3 rejected
    user_name       text        NOT NULL,  -- as ordered: number, mail address or empty
    payer           text        NOT NULL,  -- empty where the account is unknown
    ordered_at      timestamptz NOT NULL,
    requested_date  date,
    currency        text        NOT NULL,
    ship_to         text        NOT NULL,
    stated_total    bigint,                -- minor unit, as the buyer states it
    total           bigint      NOT NULL,  -- as decided
    note            text        NOT NULL,
    channel         text        NOT NULL,
    partner         text        NOT NULL,
    reply_reference text        NOT NULL,
    content_hash    text        NOT NULL,  -- SHA-256 of what the buyer wrote, hex
    approval_hash   text        NOT NULL,  -- SHA-256 of what had to be approved; empty: nothing had to be
    booked          bigint      NOT NULL,  -- exposure booked on the payer
    event_seq       integer     NOT NULL,  -- last OrderEvent
    response_seq    integer     NOT NULL,  -- the OrderEvent that the answer stands for; 0: none yet
    received_at     timestamptz NOT NULL,
    decided_at      timestamptz NOT NULL,  -- of the last OrderEvent
    responded_at    timestamptz,
    PRIMARY KEY (account, id)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX sales_order_business_key ON sales_order (account, order_number, release, version, test);
CREATE INDEX sales_order_held ON sales_order (account, id) WHERE state = 1;

-- Owner: handlers/order/answer.c. `waiting` is what still has to be reserved, in base units; confirmed and
-- backordered are as answered, in the ordered unit.
-- Invariant price_trace (by tool): price_trace_replay (handlers/price/price_trace.h) of `trace` gives `amount` for
-- every priced line.
--   SELECT account, order_id, line_number, trace, amount FROM order_line WHERE trace <> '';
CREATE TABLE order_line (
    account        text    NOT NULL,
    order_id       bigint  NOT NULL,
    position       integer NOT NULL,   -- from 1, as in the document
    line_number    text    NOT NULL,
    seller_part    text    NOT NULL,
    buyer_part     text    NOT NULL,
    gtin           text    NOT NULL,
    description    text    NOT NULL,
    product        text    NOT NULL,   -- empty where unknown
    quantity       bigint  NOT NULL,
    unit           text    NOT NULL,
    factor         bigint  NOT NULL,   -- base units in one unit; 0 where unknown
    base_quantity  bigint  NOT NULL,
    requested_date date,
    stated_price   bigint,
    stated_basis   bigint,
    unit_price     bigint  NOT NULL,
    price_basis    bigint  NOT NULL,
    amount         bigint  NOT NULL,
    trace          text    NOT NULL,
    changed        boolean NOT NULL,   -- our price counts, not the stated one
    rejected       boolean NOT NULL,
    confirmed      bigint  NOT NULL,
    backordered    bigint  NOT NULL,
    waiting        bigint  NOT NULL,
    PRIMARY KEY (account, order_id, position)
) WITH (fillfactor = 90);
CREATE INDEX order_line_waiting ON order_line (product, account, order_id) WHERE waiting > 0;
CREATE INDEX order_line_waiting_account ON order_line (account, order_id) WHERE waiting > 0;

-- Owner: handlers/order/answer.c. Why an order waits; each hold is released on its own.
CREATE TABLE order_hold (
    account     text        NOT NULL,
    order_id    bigint      NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('vetting', 'credit', 'approval')),
    since       timestamptz NOT NULL,
    waits_for   text        NOT NULL,  -- the account whose facts release it: payer (credit) or account (vetting)
    reason      text        NOT NULL,
    released_at timestamptz,
    released_by text        NOT NULL,  -- who approved, or what changed
    PRIMARY KEY (account, order_id, kind, since)
);
CREATE INDEX order_hold_open ON order_hold (waits_for, kind, account) WHERE released_at IS NULL;
CREATE INDEX order_hold_order ON order_hold (account, order_id) WHERE released_at IS NULL;

-- Owner: handlers/order/answer.c. The reasons of each OrderEvent.
CREATE TABLE order_reason (
    account     text    NOT NULL,
    order_id    bigint  NOT NULL,
    event_seq   integer NOT NULL,
    position    integer NOT NULL,
    code        text    NOT NULL,
    line_number text    NOT NULL,  -- empty: the whole order
    text        text    NOT NULL,
    PRIMARY KEY (account, order_id, event_seq, position)
);

-- Owner: handlers/stock/reserve.c. What an order holds of a site's stock, base units; closed when goods leave.
CREATE TABLE reservation (
    account   text    NOT NULL,
    order_id  bigint  NOT NULL,
    position  integer NOT NULL,   -- of the line
    event_seq integer NOT NULL,   -- of the order, when it was reserved
    product   text    NOT NULL,
    site      text    NOT NULL,
    quantity  bigint  NOT NULL CHECK (quantity > 0),
    at        timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (account, order_id, position, event_seq, site)
);

-- Owner: handlers/credit/credit.c. The ledger of exposure. `source` makes a repeat harmless: "payment/NUMBER", or
-- "order/ORDER/INPUT" with the position of the document that booked it.
CREATE TABLE exposure_entry (
    payer    text   NOT NULL,
    source   text   NOT NULL,
    account  text   NOT NULL,   -- sold-to
    order_id bigint NOT NULL,   -- 0: a payment
    amount   bigint NOT NULL,   -- minor unit; positive raises the exposure
    at       timestamptz NOT NULL,
    PRIMARY KEY (payer, source)
);

-- Owner: handlers/approval/approval.c. Somebody must act.
CREATE TABLE approval_task (
    account      text   NOT NULL,
    order_id     bigint NOT NULL,
    task_id      text   NOT NULL,
    state        text   NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn')),
    approver     text   NOT NULL,  -- user number; empty: nobody was eligible, the seller must act
    requester    text   NOT NULL,
    reason       text   NOT NULL,
    currency     text   NOT NULL,
    total        bigint NOT NULL,
    content_hash text   NOT NULL,
    created_at   timestamptz NOT NULL,
    decided_at   timestamptz,
    decided_by   text   NOT NULL,
    remark       text   NOT NULL,  -- the approver's words
    PRIMARY KEY (account, order_id, task_id)
);
CREATE INDEX approval_task_open ON approval_task (account, approver) WHERE state = 'open';

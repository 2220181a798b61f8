-- SPDX-License-Identifier: Apache-2.0
-- What the buyer's company wants to know of an order: which unit orders, who is charged, on which terms; and what
-- each stage found when it decided.

ALTER TABLE sales_order
    ADD COLUMN unit          text NOT NULL DEFAULT '',  -- of the buyer's company, as ordered
    ADD COLUMN cost_centre   text NOT NULL DEFAULT '',
    ADD COLUMN payment_terms text NOT NULL DEFAULT '';  -- as asked for

-- splits: a line "SHARE COST_CENTRE" a cost centre, shares in 1/1000000 that add up to 1 (handlers/order/split.h).
ALTER TABLE order_line
    ADD COLUMN cost_centre text NOT NULL DEFAULT '',
    ADD COLUMN splits      text NOT NULL DEFAULT '',
    ADD COLUMN category    text NOT NULL DEFAULT '';    -- of the product, when it was ordered

-- Owner: handlers/masterdata/masterdata.c.
ALTER TABLE product ADD COLUMN category text NOT NULL DEFAULT '';

ALTER TABLE order_hold DROP CONSTRAINT order_hold_kind_check;
ALTER TABLE order_hold ADD CONSTRAINT order_hold_kind_check
    CHECK (kind IN ('vetting', 'credit', 'approval', 'budget', 'information'));

-- Owner: handlers/order/predicate_store.c. What was asked of an order at each OrderEvent, and what came out: a line a
-- predicate, its fields apart by tabs. One row an event, because an order has several at once; read them by the view.
CREATE TABLE order_finding (
    account     text    NOT NULL,
    order_id    bigint  NOT NULL,
    event_seq   integer NOT NULL,
    found       text    NOT NULL,
    PRIMARY KEY (account, order_id, event_seq)
);

-- Values are in the minor unit of the order's currency unless the text says otherwise; the three are NULL where the
-- predicate compares no numbers. effect: pass, warn, approve, hold, refuse.
CREATE VIEW order_predicate AS
SELECT f.account, f.order_id, f.event_seq, l.position::integer, split_part(l.line, E'\t', 1) AS stage,
    split_part(l.line, E'\t', 2) AS code, split_part(l.line, E'\t', 3) AS effect,
    nullif(split_part(l.line, E'\t', 4), '')::bigint AS before, nullif(split_part(l.line, E'\t', 5), '')::bigint AS after,
    nullif(split_part(l.line, E'\t', 6), '')::bigint AS threshold, split_part(l.line, E'\t', 7) AS text
FROM order_finding f CROSS JOIN LATERAL string_to_table(f.found, E'\n') WITH ORDINALITY AS l(line, position);

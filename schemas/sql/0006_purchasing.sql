-- SPDX-License-Identifier: Apache-2.0
-- What the buyer's company wants to know of an order: which unit orders, who is charged, on which terms; and what
-- each stage found when it decided.

ALTER TABLE sales_order
    ADD COLUMN unit          text NOT NULL DEFAULT '',  -- of the buyer's company, as ordered
    ADD COLUMN cost_centre   text NOT NULL DEFAULT '',
    ADD COLUMN payment_terms text NOT NULL DEFAULT '';  -- as asked for

-- splits: a line "SHARE COST_CENTRE" a cost centre, shares in 1/1000000 that add up to 1 (handlers/split.h).
ALTER TABLE order_line
    ADD COLUMN cost_centre text NOT NULL DEFAULT '',
    ADD COLUMN splits      text NOT NULL DEFAULT '',
    ADD COLUMN category    text NOT NULL DEFAULT '';    -- of the product, when it was ordered

-- Owner: handlers/masterdata.c.
ALTER TABLE product ADD COLUMN category text NOT NULL DEFAULT '';

ALTER TABLE order_hold DROP CONSTRAINT order_hold_kind_check;
ALTER TABLE order_hold ADD CONSTRAINT order_hold_kind_check
    CHECK (kind IN ('vetting', 'credit', 'approval', 'budget', 'information'));

-- Owner: handlers/predicate_store.c. What was asked of an order at each OrderEvent, and what came out; values are
-- in the minor unit of the order's currency unless the text says otherwise.
CREATE TABLE order_predicate (
    account     text    NOT NULL,
    order_id    bigint  NOT NULL,
    event_seq   integer NOT NULL,
    position    integer NOT NULL,
    stage       text    NOT NULL,
    code        text    NOT NULL,
    effect     text    NOT NULL CHECK (effect IN ('pass', 'warn', 'approve', 'hold', 'refuse')),
    text        text    NOT NULL,
    before      bigint,             -- the three are NULL where the predicate compares no numbers
    after       bigint,
    threshold   bigint,
    PRIMARY KEY (account, order_id, event_seq, position)
);

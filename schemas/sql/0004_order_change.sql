-- SPDX-License-Identifier: Apache-2.0
-- Changes and cancellations of orders. A change that is taken alters the order's own rows; what stands here is
-- that it came, what became of it, and which answer it has had.

-- 1 held, 2 accepted, 3 rejected, 4 cancelled by the buyer.
ALTER TABLE sales_order DROP CONSTRAINT sales_order_state_check;
ALTER TABLE sales_order ADD CONSTRAINT sales_order_state_check CHECK (state BETWEEN 1 AND 4);

-- Owner: handlers/order/answer.c. What the buyer wrote first, hex, by which a repeat of the order is known; empty
-- while content_hash is still that. Then content_hash is of the order and all changes that were taken.
ALTER TABLE sales_order ADD COLUMN first_hash text NOT NULL DEFAULT '';

-- Owner: handlers/order/change.c. A change's id is its input position, as an order's. The business key keeps
-- duplicates out.
-- Invariant change_answered: an order that is decided has answered all its changes; a held one has answered
-- none of those that are still open.
--   SELECT c.account, c.id FROM order_change c LEFT JOIN sales_order o ON o.account = c.account AND
--       o.id = c.order_id WHERE c.responded_at IS NULL AND (c.refused OR o.state IS DISTINCT FROM 1);
CREATE TABLE order_change (
    account         text        NOT NULL,
    id              bigint      NOT NULL,
    order_id        bigint      NOT NULL,  -- 0: the order is unknown
    order_number    text        NOT NULL,
    release         text        NOT NULL,
    change_number   text        NOT NULL,  -- the buyer's
    test            boolean     NOT NULL,
    action          text        NOT NULL,  -- cancel, change, replace; as written where it is none of them
    refused         boolean     NOT NULL,
    user_name       text        NOT NULL,
    requested_at    timestamptz NOT NULL,
    note            text        NOT NULL,
    channel         text        NOT NULL,
    partner         text        NOT NULL,
    reply_reference text        NOT NULL,
    content_hash    text        NOT NULL,
    effect          text        NOT NULL,  -- which lines it changed, for people
    event_seq       integer     NOT NULL,  -- the OrderEvent that told it; 0: refused
    response_seq    integer     NOT NULL,  -- the OrderEvent that answered it; 0: none yet, or refused
    received_at     timestamptz NOT NULL,
    responded_at    timestamptz,
    PRIMARY KEY (account, id)
);
CREATE UNIQUE INDEX order_change_business_key
    ON order_change (account, order_number, release, change_number, test);
CREATE INDEX order_change_order ON order_change (account, order_id) WHERE NOT refused;

-- Owner: handlers/order/change.c. Why a change was refused.
CREATE TABLE order_change_reason (
    account     text    NOT NULL,
    change_id   bigint  NOT NULL,
    position    integer NOT NULL,
    code        text    NOT NULL,
    line_number text    NOT NULL,  -- empty: the whole change
    text        text    NOT NULL,
    PRIMARY KEY (account, change_id, position)
);

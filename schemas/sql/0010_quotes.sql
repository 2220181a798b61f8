-- SPDX-License-Identifier: Apache-2.0
-- Requests for quotes and what was quoted. Numbers as in 0002_trade.sql; a quotation's id is the input position of
-- its request.

-- Owner: handlers/price/quote_store.c. One row a request, whatever it was answered with. The business key keeps
-- duplicates out; a test document has a key of its own.
-- Invariant quotation_total: the total is the sum of the lines that are offered.
--   SELECT q.account, q.id, q.total FROM quotation q LEFT JOIN (SELECT account, quotation_id, sum(amount) AS sum
--       FROM quotation_line WHERE offered GROUP BY account, quotation_id) l ON l.account = q.account
--       AND l.quotation_id = q.id WHERE q.total <> COALESCE(l.sum, 0);
CREATE TABLE quotation (
    account         text        NOT NULL,
    id              bigint      NOT NULL,
    request_number  text        NOT NULL,
    test            boolean     NOT NULL,
    status          text        NOT NULL CHECK (status IN ('offered', 'partly_offered', 'refused')),
    user_name       text        NOT NULL,
    requested_at    timestamptz NOT NULL,
    requested_date  date,
    currency        text        NOT NULL,
    total           bigint      NOT NULL,
    ship_to         text        NOT NULL,
    note            text        NOT NULL,
    valid_from      date        NOT NULL,
    valid_until     date        NOT NULL,  -- the last day
    channel         text        NOT NULL,
    partner         text        NOT NULL,
    reply_reference text        NOT NULL,
    content_hash    text        NOT NULL,  -- of the request, hex
    quoted_at       timestamptz NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE UNIQUE INDEX quotation_business_key ON quotation (account, request_number, test);

-- Owner: handlers/price/quote_store.c. Quantity in the unit asked; price and amount are 0 where it is not offered.
CREATE TABLE quotation_line (
    account        text    NOT NULL,
    quotation_id   bigint  NOT NULL,
    position       integer NOT NULL,  -- from 1
    line_number    text    NOT NULL,  -- the buyer's
    offered        boolean NOT NULL,
    product        text    NOT NULL,
    buyer_part     text    NOT NULL,
    gtin           text    NOT NULL,
    description    text    NOT NULL,
    quantity       bigint  NOT NULL,
    unit           text    NOT NULL,
    unit_price     bigint  NOT NULL,
    price_basis    bigint  NOT NULL,
    amount         bigint  NOT NULL,
    trace          text    NOT NULL,  -- gives the amount again; empty where it is not offered
    requested_date date,
    PRIMARY KEY (account, quotation_id, position)
);

-- Owner: handlers/price/quote_store.c. Why a request or a line is not offered.
CREATE TABLE quotation_reason (
    account      text    NOT NULL,
    quotation_id bigint  NOT NULL,
    position     integer NOT NULL,
    code         text    NOT NULL,
    line_number  text    NOT NULL,  -- empty: the whole request
    text         text    NOT NULL,
    PRIMARY KEY (account, quotation_id, position)
);

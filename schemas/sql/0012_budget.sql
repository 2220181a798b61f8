-- SPDX-License-Identifier: Apache-2.0
-- Terms of payment, and what was agreed with each order and is due by each invoice. `rule` is the text of
-- handlers/terms.h: "transfer; discount 2% 10; balance 100% invoice 30 after_days".
-- Numbers as in 0002_trade.sql; percentages bigint in 1/10000 of a percent.

-- Owner: handlers/terms_facts.c.
CREATE TABLE payment_terms (
    account    text        NOT NULL,  -- empty: everybody's
    contract   text        NOT NULL,  -- empty: the account's own
    terms      text        NOT NULL,
    standard   boolean     NOT NULL,  -- they apply where the order names none
    may_choose boolean     NOT NULL,  -- an order may name them though others would apply
    valid_from timestamptz,           -- NULL: since ever
    valid_to   timestamptz,           -- exclusive; NULL: no end
    rule       text        NOT NULL,
    description text       NOT NULL,
    PRIMARY KEY (account, contract, terms)
);

-- Owner: handlers/terms_stage.c. The terms as agreed: what becomes of payment_terms later is no matter.
CREATE TABLE order_terms (
    account  text   NOT NULL,
    order_id bigint NOT NULL,
    terms    text   NOT NULL,
    level    text   NOT NULL CHECK (level IN ('order', 'contract', 'account', 'default')),
    rule     text   NOT NULL,
    PRIMARY KEY (account, order_id)
);

-- Owner: handlers/terms_stage.c.
-- Invariant order_due: what is due sums to the total of an accepted order.
--   SELECT o.account, o.id, o.total, COALESCE(sum(d.amount), 0) FROM sales_order o JOIN order_terms t
--       ON t.account = o.account AND t.order_id = o.id LEFT JOIN order_due d ON d.account = o.account
--       AND d.order_id = o.id WHERE o.state = 2 GROUP BY o.account, o.id, o.total
--   HAVING o.total <> COALESCE(sum(d.amount), 0);
CREATE TABLE order_due (
    account  text    NOT NULL,
    order_id bigint  NOT NULL,
    position integer NOT NULL,  -- from 1
    kind     text    NOT NULL,
    percent  bigint  NOT NULL,
    event    text    NOT NULL,  -- from when the days count: order, delivery, invoice
    due_date date,              -- NULL: the event has not happened yet
    amount   bigint  NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (account, order_id, position)
);

-- Owner: handlers/terms_invoice.c. What an invoice makes due, by the ERP's date or by its orders' terms.
-- Invariant invoice_due: what is due sums to what is to be paid.
--   SELECT i.account, i.invoice, i.gross, sum(d.amount) FROM invoice i JOIN invoice_due d ON d.account = i.account
--       AND d.invoice = i.invoice GROUP BY i.account, i.invoice, i.gross HAVING i.gross <> sum(d.amount);
CREATE TABLE invoice_due (
    account  text    NOT NULL,
    invoice  text    NOT NULL,
    position integer NOT NULL,
    due_date date    NOT NULL,
    amount   bigint  NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (account, invoice, position)
);
CREATE INDEX invoice_due_date ON invoice_due (due_date);

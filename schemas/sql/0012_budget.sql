-- SPDX-License-Identifier: Apache-2.0
-- Terms of payment, and what was agreed with each order and is due by each invoice; budgets (below). `rule` is the text of
-- handlers/terms/terms.h: "transfer; discount 2% 10; balance 100% invoice 30 after_days".
-- Numbers as in 0002_trade.sql; percentages bigint in 1/10000 of a percent.

-- Owner: handlers/terms/terms_facts.c.
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

-- Owner: handlers/terms/terms_stage.c. The terms as agreed: what becomes of payment_terms later is no matter.
CREATE TABLE order_terms (
    account  text   NOT NULL,
    order_id bigint NOT NULL,
    terms    text   NOT NULL,
    level    text   NOT NULL CHECK (level IN ('order', 'contract', 'account', 'default')),
    rule     text   NOT NULL,
    PRIMARY KEY (account, order_id)
);

-- Owner: handlers/terms/terms_stage.c.
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

-- Owner: handlers/terms/terms_invoice.c. What an invoice makes due, by the ERP's date or by its orders' terms.
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

-- Owner: handlers/budget/budget_store.c, as all tables below. Budgets of a company: what may be spent in each period on a cost
-- centre and those below it, in a unit and those below it, or in the whole company. All of an account's budgets are read
-- and written under the lock of the account's row.
CREATE TABLE budget (
    account      text    NOT NULL,
    budget       text    NOT NULL,
    title        text    NOT NULL,
    cost_centre  text    NOT NULL,  -- empty: any, or none
    unit         text    NOT NULL,  -- empty: any
    currency     text    NOT NULL,
    period       text    NOT NULL CHECK (period IN ('month', 'quarter', 'year', 'fixed')),
    first_month  integer NOT NULL CHECK (first_month BETWEEN 1 AND 12),
    first_day    date,              -- NULL: since ever
    end_day      date,              -- first day no longer; NULL: no end
    rollover     bigint  NOT NULL CHECK (rollover BETWEEN 0 AND 1000000),
    amount       bigint  NOT NULL CHECK (amount >= 0),
    rule         text    NOT NULL CHECK (rule IN ('block', 'warn', 'approve')),
    closed       boolean NOT NULL,
    PRIMARY KEY (account, budget)
);

-- What has been done with one period.
-- Invariant budget_ledger: a budget's commitments, actuals and transfers are the sums of its entries.
--   SELECT * FROM budget_period p FULL JOIN (SELECT account, budget, period_start,
--       sum(amount) FILTER (WHERE kind = 'commitment') AS committed, sum(amount) FILTER (WHERE kind = 'actual') AS actual,
--       sum(amount) FILTER (WHERE kind = 'transfer') AS transferred FROM budget_entry GROUP BY 1, 2, 3) e
--   USING (account, budget, period_start) WHERE p.committed IS DISTINCT FROM COALESCE(e.committed, 0)
--       OR p.actual IS DISTINCT FROM COALESCE(e.actual, 0) OR p.transferred IS DISTINCT FROM COALESCE(e.transferred, 0);
CREATE TABLE budget_period (
    account      text   NOT NULL,
    budget       text   NOT NULL,
    period_start date   NOT NULL,
    committed    bigint NOT NULL,
    actual       bigint NOT NULL,
    transferred  bigint NOT NULL,
    PRIMARY KEY (account, budget, period_start)
) WITH (fillfactor = 70);

-- The ledger. `source` makes a repeat harmless: "order/ORDER/INPUT" with the position of the document that charged or
-- released it, "invoice/NUMBER/ORDER", "transfer/NUMBER".
-- Invariant budget_order: an order that is refused or cancelled has nothing committed.
--   SELECT e.account, e.order_id FROM budget_entry e JOIN sales_order o ON o.account = e.account AND o.id = e.order_id
--   WHERE e.kind = 'commitment' AND o.state IN (3, 4) GROUP BY 1, 2, e.budget, e.period_start HAVING sum(e.amount) <> 0;
CREATE TABLE budget_entry (
    account      text        NOT NULL,
    budget       text        NOT NULL,
    period_start date        NOT NULL,
    source       text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('commitment', 'actual', 'transfer')),
    order_id     bigint      NOT NULL,  -- 0: a transfer
    amount       bigint      NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (account, budget, period_start, source, kind)
);
CREATE INDEX budget_entry_order ON budget_entry (account, order_id) WHERE order_id <> 0;

-- Which budgets the lines of an order were charged to, so that invoices and closings find them again: a line
-- "POSITION SHARE PERIOD_START RATE BUDGET" a charge. One row an order, because an order has many at once; read them
-- by the view.
CREATE TABLE order_charging (
    account  text   NOT NULL,
    order_id bigint NOT NULL,
    charges  text   NOT NULL,
    PRIMARY KEY (account, order_id)
);

-- position: of the line; share: which of its splits, from 0; rate: into the budget's currency, of that day
-- (handlers/credit/rate.h), 0: the same.
CREATE VIEW order_charge AS
SELECT c.account, c.order_id, split_part(l.line, ' ', 1)::integer AS position, split_part(l.line, ' ', 2)::integer AS share,
    split_part(l.line, ' ', 3)::date AS period_start, split_part(l.line, ' ', 4)::bigint AS rate,
    substring(l.line FROM '^(?:[^ ]* ){4}(.*)$') AS budget
FROM order_charging c CROSS JOIN LATERAL string_to_table(c.charges, E'\n') AS l(line);

-- A repeat of the same number changes nothing.
CREATE TABLE budget_transfer (
    account      text        NOT NULL,
    transfer     text        NOT NULL,
    from_budget  text        NOT NULL,
    to_budget    text        NOT NULL,
    on_day       date        NOT NULL,  -- which periods
    amount       bigint      NOT NULL CHECK (amount > 0),
    reason       text        NOT NULL,
    actor        text        NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (account, transfer)
);

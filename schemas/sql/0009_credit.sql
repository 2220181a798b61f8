-- SPDX-License-Identifier: Apache-2.0
-- Credit beyond one limit on the payer: terms, corporate parents, open items, and dated exchange rates.
--
-- Amounts are in the minor unit of the currency that the row names. A rate between two minor units is a bigint in
-- 1/1000000000000 of the target's minor unit; 0 means that both are the same currency.

-- Rounds half away from zero, as handlers/credit/rate.c does.
CREATE FUNCTION comptoir_convert(amount bigint, rate bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN rate = 0 THEN amount ELSE round(amount::numeric * rate / 1000000000000)::bigint END
$$;

-- Owner of the columns: handlers/credit/credit_store.c. The account whose limit counts besides the account's own; a parent
-- has none itself. The other two say that a row of credit_terms is there, and that others have named it their parent.
ALTER TABLE account
    ADD COLUMN credit_parent    text    NOT NULL DEFAULT '',
    ADD COLUMN has_credit_terms boolean NOT NULL DEFAULT false,
    ADD COLUMN is_credit_parent boolean NOT NULL DEFAULT false;
CREATE INDEX account_credit_parent ON account (credit_parent) WHERE credit_parent <> '';

-- Owner: handlers/credit/credit_store.c. What the seller has agreed with himself about a payer; the limit stands in account.
CREATE TABLE credit_terms (
    account         text    PRIMARY KEY,
    parent          text    NOT NULL,
    temporary_limit bigint  CHECK (temporary_limit >= 0),  -- in place of the limit, while it is in force
    temporary_from  timestamptz,
    temporary_until timestamptz,                           -- the first instant at which it no longer is
    horizon_days    integer CHECK (horizon_days >= 0),     -- deliveries later than that do not count yet
    tolerance       integer NOT NULL CHECK (tolerance >= 0),     -- hundredths of a percent of the limit
    share_warning   integer CHECK (share_warning >= 0),          -- hundredths of a percent of the limit
    document_max    bigint  CHECK (document_max >= 0),
    overdue_max     bigint  CHECK (overdue_max >= 0),            -- of items overdue for more than overdue_days
    overdue_days    integer NOT NULL CHECK (overdue_days >= 0),
    oldest_days     integer CHECK (oldest_days >= 0),            -- most days that an item may be overdue
    review_at       timestamptz,
    priority        integer NOT NULL,                            -- higher ones are served first
    on_limit        text    NOT NULL CHECK (on_limit IN ('warn', 'approve', 'hold', 'refuse')),
    on_over         text    NOT NULL CHECK (on_over IN ('warn', 'approve', 'hold', 'refuse')),
    on_share        text    NOT NULL CHECK (on_share IN ('warn', 'approve', 'hold', 'refuse')),
    on_document     text    NOT NULL CHECK (on_document IN ('warn', 'approve', 'hold', 'refuse')),
    on_overdue      text    NOT NULL CHECK (on_overdue IN ('warn', 'approve', 'hold', 'refuse')),
    on_oldest       text    NOT NULL CHECK (on_oldest IN ('warn', 'approve', 'hold', 'refuse')),
    on_review       text    NOT NULL CHECK (on_review IN ('warn', 'approve', 'hold', 'refuse'))
);

-- Owner: handlers/credit/credit_store.c. One unit of the first currency in the second one, in 1/100000000.
CREATE TABLE exchange_rate (
    currency_from text        NOT NULL,
    currency_to   text        NOT NULL,
    valid_from    timestamptz NOT NULL,
    rate          bigint      NOT NULL CHECK (rate > 0),
    PRIMARY KEY (currency_from, currency_to, valid_from)
);

-- Owner: handlers/order/answer_store.c. The rate by which the order is booked on a payer of another currency, as long as it
-- has anything booked; and the last day on which any of its lines is wanted, for the credit horizon.
ALTER TABLE sales_order
    ADD COLUMN credit_rate bigint NOT NULL DEFAULT 0,
    ADD COLUMN latest_date date;
CREATE INDEX sales_order_latest ON sales_order (payer, latest_date) WHERE latest_date IS NOT NULL;

-- Owner: handlers/credit/credit.c. What was counted when an order was granted credit, against which ceiling, and by whose
-- leave it was granted past that: "warn" or "approve", the reaction that the credit terms ask for.
-- Invariant credit_ceiling: nothing is granted past the ceiling, but by a recorded leave.
--   SELECT payer, source FROM exposure_entry WHERE amount > 0 AND counted > ceiling AND override = '';
ALTER TABLE exposure_entry
    ADD COLUMN counted  bigint,
    ADD COLUMN ceiling  bigint,
    ADD COLUMN override text NOT NULL DEFAULT '';

-- Owner: handlers/credit/open_item.c. What a payer owes by his invoices; an invoice in instalments has several items.
CREATE TABLE open_item (
    payer      text        NOT NULL,
    invoice    text        NOT NULL,
    instalment integer     NOT NULL,  -- from 1
    account    text        NOT NULL,  -- sold-to
    currency   text        NOT NULL,
    rate       bigint      NOT NULL,  -- to the payer's currency
    amount     bigint      NOT NULL CHECK (amount >= 0),
    paid       bigint      NOT NULL DEFAULT 0 CHECK (paid BETWEEN 0 AND amount),
    disputed   bigint      NOT NULL DEFAULT 0 CHECK (disputed >= 0),
    reason     text        NOT NULL DEFAULT '',  -- of the dispute
    issued_at  timestamptz NOT NULL,
    due        date        NOT NULL,  -- overdue from the day after, in UTC
    PRIMARY KEY (payer, invoice, instalment)
);
CREATE INDEX open_item_open ON open_item (payer, due) WHERE paid < amount;
INSERT INTO open_item (payer, invoice, instalment, account, currency, rate, amount, issued_at, due)
    SELECT payer, invoice, 1, account, currency, 0, gross, issued_at,
        (COALESCE(due_at, issued_at + interval '30 days') AT TIME ZONE 'UTC')::date FROM invoice;

-- Owner: handlers/credit/open_item.c. Payments and credit notes, and how much of each has found an invoice.
CREATE TABLE credit_cash (
    payer     text   NOT NULL,
    source    text   NOT NULL,  -- as in exposure_entry: "payment/NUMBER", "credit_note/NUMBER"
    currency  text   NOT NULL,
    rate      bigint NOT NULL,  -- to the payer's currency
    amount    bigint NOT NULL,  -- negative: paid back
    allocated bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (payer, source)
);
CREATE INDEX credit_cash_open ON credit_cash (payer) WHERE allocated <> amount;
INSERT INTO credit_cash (payer, source, currency, rate, amount)
    SELECT e.payer, e.source, a.currency, 0, -e.amount FROM exposure_entry e JOIN account a ON a.account = e.payer
    WHERE e.source LIKE 'payment/%';

-- Owner: handlers/credit/open_item.c. Which payment pays which item.
CREATE TABLE cash_allocation (
    payer      text    NOT NULL,
    source     text    NOT NULL,
    invoice    text    NOT NULL,
    instalment integer NOT NULL,
    amount     bigint  NOT NULL CHECK (amount > 0),
    PRIMARY KEY (payer, source, invoice, instalment)
);

-- An order's part of its payer's exposure, in the payer's minor unit: what is left of what was booked, after invoices
-- have taken their part and lines were closed; and how much of that has been shipped.
CREATE VIEW order_exposure AS
SELECT o.account, o.id, o.payer, o.state, o.latest_date,
    comptoir_convert(o.booked, o.credit_rate) - comptoir_convert(COALESCE(p.gone, 0), o.credit_rate) AS remaining,
    comptoir_convert(COALESCE(p.shipped, 0), o.credit_rate) AS shipped
FROM sales_order o LEFT JOIN LATERAL (SELECT sum(l.billed + l.closed_amount)::bigint AS gone,
        sum(l.shipped_amount)::bigint AS shipped FROM order_progress l
        WHERE l.account = o.account AND l.order_id = o.id AND NOT l.rejected) p ON true
WHERE o.booked <> 0;

-- Where a payer's exposure lies, in his minor unit.
-- Invariant credit_bucket: the buckets sum to the exposure.
--   SELECT b.account FROM credit_bucket b JOIN account a ON a.account = b.account
--   WHERE a.exposure <> b.ordered + b.shipped + b.due_later + b.overdue + b.disputed + b.cash;
-- A payer is asked about by his rows alone, those of his orders by way of the ledger.
CREATE VIEW credit_bucket AS
SELECT a.account, a.currency, COALESCE(o.ordered, 0)::bigint AS ordered, COALESCE(o.shipped, 0)::bigint AS shipped,
    COALESCE(i.due_later, 0)::bigint AS due_later, COALESCE(i.overdue, 0)::bigint AS overdue,
    COALESCE(i.disputed, 0)::bigint AS disputed, -COALESCE(c.cash, 0)::bigint AS cash
FROM account a
LEFT JOIN LATERAL (SELECT sum(x.remaining - x.shipped) AS ordered, sum(x.shipped) AS shipped
    FROM (SELECT DISTINCT e.account, e.order_id FROM exposure_entry e WHERE e.payer = a.account AND e.order_id <> 0) AS k
    JOIN order_exposure x ON x.account = k.account AND x.id = k.order_id) o ON true
LEFT JOIN LATERAL (SELECT sum(open - held) FILTER (WHERE due >= today) AS due_later,
        sum(open - held) FILTER (WHERE due < today) AS overdue, sum(held) AS disputed
    FROM (SELECT x.due, (now() AT TIME ZONE 'UTC')::date AS today,
            comptoir_convert(x.amount, x.rate) - comptoir_convert(x.paid, x.rate) AS open,
            comptoir_convert(least(x.disputed, x.amount - x.paid), x.rate) AS held
        FROM open_item x WHERE x.payer = a.account AND x.paid < x.amount) AS each) i ON true
LEFT JOIN LATERAL (SELECT sum(comptoir_convert(x.amount, x.rate) - comptoir_convert(x.allocated, x.rate)) AS cash
    FROM credit_cash x WHERE x.payer = a.account AND x.allocated <> x.amount) c ON true;

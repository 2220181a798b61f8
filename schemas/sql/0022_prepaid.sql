-- SPDX-License-Identifier: Apache-2.0
-- Prepaid orders, found by who pays: the cash that they take no other one can have.

-- Owner: handlers/order/answer_store.c. The form of the terms that were agreed with the order is prepaid.
-- Invariant prepaid_order: it is what its terms say.
--   SELECT o.account, o.id FROM sales_order o JOIN order_terms t ON t.account = o.account AND t.order_id = o.id
--   WHERE o.prepaid <> (t.rule LIKE 'prepaid%');
ALTER TABLE sales_order ADD COLUMN prepaid boolean NOT NULL DEFAULT false;
UPDATE sales_order o SET prepaid = true FROM order_terms t
    WHERE t.account = o.account AND t.order_id = o.id AND t.rule LIKE 'prepaid%';
CREATE INDEX sales_order_prepaid ON sales_order (payer) WHERE prepaid AND booked <> 0;

-- A payer's cash that no invoice has had, and what of it his prepaid orders take: what was granted to them and is not
-- billed yet, and what is open of the invoices that billed it; in his minor unit. An invoice, and cash that pays it,
-- change nothing of the difference.
CREATE VIEW prepaid_cash AS
SELECT a.account, COALESCE(c.cash, 0)::bigint AS cash, (COALESCE(o.ordered, 0) + COALESCE(i.billed, 0))::bigint AS taken
FROM account a
LEFT JOIN LATERAL (SELECT sum(comptoir_convert(x.amount, x.rate) - comptoir_convert(x.allocated, x.rate)) AS cash
    FROM credit_cash x WHERE x.payer = a.account AND x.allocated <> x.amount) c ON true
LEFT JOIN LATERAL (SELECT sum(x.remaining) AS ordered FROM sales_order s
    JOIN order_exposure x ON x.account = s.account AND x.id = s.id
    WHERE s.payer = a.account AND s.prepaid AND s.booked <> 0) o ON true
LEFT JOIN LATERAL (SELECT sum(comptoir_convert(x.amount, x.rate) - comptoir_convert(x.paid, x.rate)) AS billed
    FROM open_item x WHERE x.payer = a.account AND x.paid < x.amount AND EXISTS (SELECT FROM invoice_line l
        JOIN sales_order s ON s.account = l.account AND s.id = l.order_id
        WHERE l.account = x.account AND l.invoice = x.invoice AND s.prepaid)) i ON true;

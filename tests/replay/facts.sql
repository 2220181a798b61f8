-- SPDX-License-Identifier: Apache-2.0
-- What every script begins with: four accounts without limits, two products with a list price and stock at one
-- site. Where inbound has two partitions, A2 belongs to the first and the others to the second.
INSERT INTO account (account, name, status, payer, currency, approver, site, gln)
    SELECT 'A' || n, 'Buyer ' || n, 'approved', 'A' || n, 'EUR', '', 'S1', '' FROM generate_series(1, 4) AS n;
INSERT INTO product (product, description, gtin, active, unit, units, factors)
    VALUES ('P1', 'Bolt', '', true, 'C62', '{}', '{}'), ('P2', 'Nut', '', true, 'C62', '{}', '{}');
INSERT INTO condition_record (product, account, currency, unit, valid_from, price_basis, scale_from, scale_price)
    SELECT product, '', 'EUR', 'C62', '2020-01-01', 1000000, '{0}', '{100000}' FROM product;
INSERT INTO stock (product, site, on_hand, counted_at)
    SELECT product, 'S1', 1000000000, '2026-01-01' FROM product;

-- The number that a query gives, so that scripts may ask anything.
CREATE FUNCTION replay_number(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    number bigint;
BEGIN
    EXECUTE query INTO number;
    RETURN number;
END $$;

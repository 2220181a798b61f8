-- SPDX-License-Identifier: Apache-2.0
-- Whether an account was sold a product before, which circuits may ask about (condition first_order): without an index
-- that reads all lines that the account ever ordered, for each batch.
CREATE INDEX order_line_product ON order_line (account, product, order_id) WHERE NOT rejected;

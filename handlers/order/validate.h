// SPDX-License-Identifier: Apache-2.0
// What other stages need of validate.
#pragma once

#include "handlers/trade.h"

// A reason stands against a line: the line is rejected (validate.partial), or with it the whole order.
void validate_line_failed(struct order *order, struct line *line);
// Rejects the order where none of its lines is left.
void validate_lines_left(struct order *order, struct arena *arena);

// Finds a line's product by the seller's number, the buyer's own or the GTIN; no reason is given here.
void validate_resolve(const struct trade *trade, const struct order *order, struct line *line);
// Account, payer and user of the order.
void validate_parties(const struct trade *trade, struct order *order);

// The number of base units in one `unit`; 0 where the product is not sold by it. PCE, EA, C62 and H87 all
// mean a piece. An empty unit is the base unit.
int64_t validate_factor(const struct product *product, struct slice unit);

// validate's gather, in validate_gather.c.
bool validate_gather(struct batch *batch, struct db *db, struct error *error);
// The checks of lines and sums, in validate_lines.c.
bool validate_line(const struct trade *trade, struct order *order, struct line *line); // false: reasons stand
void validate_lines(const struct trade *trade, struct order *order);
void validate_sums(const struct trade *trade, struct order *order);

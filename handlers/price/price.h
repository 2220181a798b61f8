// SPDX-License-Identifier: Apache-2.0
// What other stages need of price.
#pragma once

#include "handlers/trade.h"

// The record that counts for the line's product, quantity and unit on the order's day: the account's own, else the
// list's. NULL where there is none.
const struct condition *price_record(const struct trade *trade, const struct order *order,
                                     const struct line *line);

// Prices one line of a known product, a unit and a quantity above 0, by the records of the order's day
// (ordered_at, UTC) that price's gather has read. Where there is none, or the amount is too large, a reason is added and
// the line fails (validate_line_failed). The order's currency is one of ISO 4217.
void price_line(const struct trade *trade, struct order *order, struct line *line);

// SPDX-License-Identifier: Apache-2.0
// What other stages need of price.
#pragma once

#include "handlers/trade.h"

// Prices one line of a known product, a unit and a quantity above 0, by the records of the order's day
// (ordered_at, UTC) that price's gather has read. Where there is none, or the amount is too large, a reason is added and
// the line fails (validate_line_failed). The order's currency is one of ISO 4217.
void price_line(const struct trade *trade, struct order *order, struct line *line);

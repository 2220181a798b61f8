// SPDX-License-Identifier: Apache-2.0
// The trace of a price: compact text that names the condition record and carries each number that went into
// the amount, so that anyone can calculate it again.
//
//     list=P1/EUR/PCE/2026-01-01 step=10 price=1.25 basis=1 factor=12 per=1 quantity=3 rounding=half-up/2
//     amount=45
//
// `list` (or `account`) is the record, `step` the scale step's least quantity, `factor` the base units in one
// ordered unit, `per` the base units in one unit of the record, `rounding` the rule and its decimals.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "handlers/money.h"
#include "handlers/trade.h"

struct slice price_trace_write(struct arena *arena, const struct condition *condition,
                               const struct price_step *step, const struct line *line, struct money_rate rate,
                               int exponent, int64_t amount);

// Calculates the amount (minor unit) from the trace's own numbers, not from what it says the amount is. False
// where the text is no trace, or where its stated amount is not what comes out.
bool price_trace_replay(struct slice trace, int64_t *amount, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Dated exchange rates, and amounts from one currency's minor unit into another's. A rate between two minor units is
// in 1/1000000000000 of the target's; 0 stands for "the same currency". It is taken of the instant of the decision
// and kept with what was booked by it, so that what is given back is what was booked, to the minor unit.
#pragma once

#include "handlers/trade.h"

enum { RATE_SCALE = 8 }; // of ExchangeRate documents and of the table

// The rate from minor to minor unit out of a stated one; false where it does not fit.
bool rate_minor(int64_t stated, int exponent_from, int exponent_to, int64_t *rate);
// The same out of the rate of the other direction.
bool rate_minor_inverse(int64_t stated, int exponent_from, int exponent_to, int64_t *rate);
// Rounded half away from zero; what does not fit becomes the largest amount there is.
int64_t rate_convert(int64_t amount, int64_t rate);
// False where the amount is too large to be counted in the other currency: sums of a batch must not overflow.
bool rate_fits(int64_t amount, int64_t rate);
// The rate as people read it: "1 USD = 0.92 EUR".
struct slice rate_text(struct arena *arena, int64_t rate, struct slice from, struct slice to);

// Pairs of currencies that a batch may need; a pair of one currency is none.
void rate_ask(struct trade *trade, struct slice from, struct slice to);
// Reads the youngest rate of each pair asked for that is valid at `now_us`; without one the other direction's.
bool rate_load(struct trade *trade, struct db *db, int64_t now_us, struct error *error);
// False where no rate is known.
bool rate_find(const struct trade *trade, struct slice from, struct slice to, int64_t *rate);
// Adds what a document of this batch says, where it is valid already and no younger one is known.
void rate_put(struct trade *trade, struct slice from, struct slice to, int64_t valid_from, int64_t stated);

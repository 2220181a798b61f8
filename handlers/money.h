// SPDX-License-Identifier: Apache-2.0
// Money without floating point. Amounts are int64 in the minor unit of their currency (ISO 4217: EUR has 2
// decimals, JPY none, TND 3); unit prices are int64 in 1/10000 of the currency unit; documents carry both
// with 4 decimals. The one rounding rule is half-up, each line for itself, so that the order of lines is
// without effect on any of them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum { MONEY_SCALE = 4, QUANTITY_SCALE = 6 };
#define QUANTITY_ONE INT64_C(1000000)
// A hundred percent, where percentages are in 1/10000 of a percent.
#define PERCENT_WHOLE INT64_C(1000000)

// Decimals of the currency's minor unit, -1 for a code that ISO 4217 does not list as money in use.
int money_exponent(struct slice currency);

// 4 decimals to minor units: exactly, or rounded half-up (away from zero). False where digits would be lost,
// or where it does not fit.
bool money_minor(int64_t decimal4, int exponent, int64_t *minor);
bool money_minor_rounded(int64_t decimal4, int exponent, int64_t *minor);
// Minor units to 4 decimals; false where it does not fit.
bool money_decimal4(int64_t minor, int exponent, int64_t *decimal4);

// "1250.50 EUR", for sentences.
struct slice money_text(struct arena *arena, int64_t minor, int exponent, struct slice currency);

// What a quantity costs. `factor` is the number of base units in one ordered unit, `price_factor` in one unit
// that `price` is for; `price` is for `basis` units. No number may be negative; price_factor and basis are
// positive. False where the amount does not fit.
struct money_rate {
    int64_t price, basis, price_factor;
};
bool money_amount(int64_t quantity, int64_t factor, struct money_rate rate, int exponent, int64_t *amount);

// The price for `basis` ordered units, rounded to 4 decimals: for people, never calculated with.
bool money_unit_price(int64_t factor, struct money_rate rate, int64_t *unit_price);

// quantity * factor in base units, rounded half-up; false where it does not fit.
bool quantity_to_base(int64_t quantity, int64_t factor, int64_t *base);
// Base units in units of `factor`, rounded down: no more is confirmed than is there.
int64_t quantity_from_base(int64_t base, int64_t factor);

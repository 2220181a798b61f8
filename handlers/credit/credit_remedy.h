// SPDX-License-Identifier: Apache-2.0
// What would release an order that credit holds. Nothing here knows better than the checks themselves: a remedy is
// tried on them, in memory, and told only where they then find nothing that stops the order.
#pragma once

#include "handlers/credit/credit_book.h"

struct credit_remedy {
    const char *kind;  // "pay", "drop", "reduce", "later", "wait", "limit"
    struct slice text; // "pay 1240.00 EUR"
};
enum { CREDIT_REMEDIES_MAX = 8 };

// Checks the order as it is now, which adds what is found to its predicates, and fills what would release it. The
// trade is as after credit's lock. Returns how many; 0 also where nothing stops it any more, which `stopped` tells.
size_t credit_remedies(struct batch *batch, struct order *order,
                       struct credit_remedy remedies[CREDIT_REMEDIES_MAX], bool *stopped);

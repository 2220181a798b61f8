// SPDX-License-Identifier: Apache-2.0
// The checks of an order against the payer's own credit and his corporate parent's, and of a prepaid one against his
// cash. Pure.
#pragma once

#include "handlers/credit/credit_book.h"

// What the checks came to. Everything they found stands in the order's predicates.
struct credit_verdict {
    enum effect effect;  // the worst
    struct slice reason; // of what holds, joined
    bool past_ceiling;   // an exposure is past its ceiling by leave of a reaction that warns or asks
    bool has_ceiling;
    int64_t counted,
        ceiling; // of what has the least room (a limit, or cash for prepaid orders), in its currency
};

// What of the order as it is now counts later than a party's horizon, in the order's currency.
int64_t credit_later_part(const struct order *order, const struct credit_standing *standing);

// The exposure of an account, or of a whole group, that counts now, with what the batch has booked; in its own
// currency. False where it overflows.
bool credit_counted(const struct trade *trade, const struct account *account,
                    const struct credit_group *group, int64_t *counted);

// Checks the order, of whose total `order->booked` is in the exposures already. With `again` only what an approval
// was asked for is looked at: the order has been granted, and still waits for that.
struct credit_verdict credit_check(struct batch *batch, struct order *order, bool again);

// SPDX-License-Identifier: Apache-2.0
// An order's life as a table: in which state, what happens, which state follows, under which name the world
// hears of it, and what that means.
#pragma once

#include <stddef.h>

#include "handlers/order/order.h"

enum life_event {
    LIFE_ACCEPT,      // nothing stops it
    LIFE_HOLD,        // a hold that did not stand before
    LIFE_RELEASE,     // a hold is gone, others stand
    LIFE_REJECT,      // a reason stops it for good
    LIFE_FILL,        // goods were found that were to follow
    LIFE_SHIP,        // goods have left
    LIFE_INVOICE,     // an invoice bills it
    LIFE_CHANGE,      // the buyer has changed it, and nothing stops it
    LIFE_CHANGE_HOLD, // the buyer has changed it, and something holds it
    LIFE_CANCEL,      // the buyer has cancelled it
    LIFE_EVENT_COUNT
};

struct life_step {
    enum order_state from;
    enum life_event event;
    enum order_state to;
    const char *kind; // of the OrderEvent
    const char *sentence;
};

// NULL where that cannot happen in that state.
const struct life_step *life_step(enum order_state from, enum life_event event);

// The whole table, for drawing and for tests.
const struct life_step *life_table(size_t *count);

// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/life.h"

static const struct life_step table[] = {
    { ORDER_NEW, LIFE_ACCEPT, ORDER_ACCEPTED, "OrderAccepted", "The order is accepted as it came in." },
    { ORDER_NEW, LIFE_HOLD, ORDER_HELD, "OrderHeld", "The order waits for a document." },
    { ORDER_NEW, LIFE_REJECT, ORDER_REJECTED, "OrderRejected", "The order is refused for good." },
    { ORDER_HELD, LIFE_ACCEPT, ORDER_ACCEPTED, "OrderAccepted",
      "The last hold is gone: the order is accepted." },
    { ORDER_HELD, LIFE_HOLD, ORDER_HELD, "OrderHeld", "A further hold stands on the order." },
    { ORDER_HELD, LIFE_RELEASE, ORDER_HELD, "HoldReleased", "A hold is gone, others stand." },
    { ORDER_HELD, LIFE_REJECT, ORDER_REJECTED, "OrderRejected",
      "What the order waited for came out against it." },
    { ORDER_ACCEPTED, LIFE_FILL, ORDER_ACCEPTED, "BackorderReserved",
      "Goods that were to follow are reserved." },
    { ORDER_ACCEPTED, LIFE_CHANGE, ORDER_ACCEPTED, "OrderChanged", "The buyer's change is accepted." },
    { ORDER_ACCEPTED, LIFE_CHANGE_HOLD, ORDER_HELD, "OrderChanged",
      "As the buyer has changed it, the order waits for a document." },
    { ORDER_ACCEPTED, LIFE_CANCEL, ORDER_CANCELLED, "OrderCancelled", "The buyer has cancelled the order." },
    { ORDER_HELD, LIFE_CHANGE, ORDER_ACCEPTED, "OrderChanged",
      "As the buyer has changed it, nothing stops the order." },
    { ORDER_HELD, LIFE_CHANGE_HOLD, ORDER_HELD, "OrderChanged",
      "The buyer has changed the order; it still waits." },
    { ORDER_HELD, LIFE_CANCEL, ORDER_CANCELLED, "OrderCancelled", "The buyer has cancelled the order." },
    { ORDER_ACCEPTED, LIFE_SHIP, ORDER_ACCEPTED, "OrderShipped", "Goods of the order have left." },
    { ORDER_ACCEPTED, LIFE_INVOICE, ORDER_ACCEPTED, "OrderInvoiced", "An invoice bills the order." },
};

const struct life_step *life_step(enum order_state from, enum life_event event)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].from == from && table[i].event == event)
            return &table[i];
    return NULL;
}

const struct life_step *life_table(size_t *count)
{
    *count = sizeof table / sizeof *table;
    return table;
}

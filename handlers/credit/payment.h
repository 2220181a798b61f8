// SPDX-License-Identifier: Apache-2.0
// Payments. A payment lowers its payer's exposure once, by its amount; what it is allocated to pays invoices, the rest
// is cash that may be allocated later, by the same payment with more allocations.
#pragma once

#include "handlers/masterdata/facts.h"

// Decides about a sound payment: books it, notes what is allocated anew, tells a repeat, or parks it. Then nothing of
// it happens.
void payment_decide(struct batch *batch, struct fact_payment *fact);

// For review: the payment may free something that orders wait for. Asked before it is decided.
bool payment_is_news(const struct trade *trade, const struct fact_payment *fact);

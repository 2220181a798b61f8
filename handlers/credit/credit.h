// SPDX-License-Identifier: Apache-2.0
// What other stages need of credit.
#pragma once

#include "handlers/trade.h"

// Gives back all that an order has been granted: it was refused after credit had decided.
void credit_give_back(const struct trade *trade, struct order *order);
// Takes back what credit has granted in this batch: the document that brought the order was refused.
void credit_forget(const struct trade *trade, struct order *order);

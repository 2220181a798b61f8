// SPDX-License-Identifier: Apache-2.0
// Prepaid orders wait (hold `credit`) until their payer's cash that no invoice has had covers them, together with his
// other prepaid orders. The payer's row is locked meanwhile, so that no two orders are let through by the same cash.
#pragma once

#include "handlers/credit/credit_book.h"

// A payer's cash; amounts in his currency.
struct prepaid {
    int64_t cash;    // that no invoice has had; without the payments that the batch has in memory
    int64_t taken;   // of it by prepaid orders, as stored (view prepaid_cash)
    int64_t running; // what this batch adds to that
};

// For credit's lock, after open items were read: the cash of whoever may be to pay a prepaid order of the batch.
bool prepaid_lock(struct batch *batch, struct db *db, struct error *error);

// The payer's cash; NULL where no order of the batch that he pays can be prepaid.
struct prepaid *prepaid_of(const struct trade *trade, struct slice payer);

// His cash with what came in with the batch.
int64_t prepaid_cash(const struct trade *trade, struct slice payer);
// What his prepaid orders take of it, with what the batch has booked.
int64_t prepaid_taken(const struct trade *trade, struct slice payer);

// The order has so much more booked, in its payer's currency.
void prepaid_book(const struct trade *trade, const struct order *order, int64_t amount);

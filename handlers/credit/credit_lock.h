// SPDX-License-Identifier: Apache-2.0
// What credit reads under the lock of the payers and their corporate parents, a query each, and only for accounts
// that have such terms.
#pragma once

#include "handlers/credit/credit_book.h"

// The accounts are locked and read. Reads their terms (over which the batch's own CreditTerms documents go), the
// exposure of their corporate groups, what lies beyond a horizon, what is overdue, and the rates that are needed.
bool credit_lock_standings(struct batch *batch, struct db *db, struct error *error);

// True where unallocated cash is taken for payment of the items that are due first; a setting of credit.
extern bool credit_cash_pays_oldest;

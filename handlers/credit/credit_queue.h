// SPDX-License-Identifier: Apache-2.0
// In which order those are looked at that wait for credit, when some of it is free again: the setting credit.release.
//
//     age       who has come in first (received_at, then id)
//     priority  the higher priority of the ordering account's CreditTerms first, then age
//     best_fit  the dearest first, so that what is free is used up best, then age
//
// Whoever fits is granted what he needs; the others go on waiting, and nobody waits behind one that does not fit.
#pragma once

#include "handlers/credit/credit_book.h"

extern const char *credit_release; // the setting
// False where it is none of the three.
bool credit_release_check(struct error *error);

// The batch's orders as they are to be decided: those that wait for credit take the places that they have between the
// others, among themselves in the order of the setting.
struct order **credit_queue(const struct trade *trade);

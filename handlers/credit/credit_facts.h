// SPDX-License-Identifier: Apache-2.0
// Documents about credit that came in with the batch: CreditTerms, ExchangeRate, CreditNote, InvoiceDispute. Read and
// decided by credit_facts.c, stored by credit_store.c.
#pragma once

#include "handlers/credit/credit_book.h"

// True where the item's document is one of them.
bool credit_facts_is_one(const struct item *item);

// True where it says that a date of the account's credit terms has come.
bool credit_facts_is_date(const struct item *item);

// For credit's lock: calls `ask` with each account that the documents touch.
void credit_facts_accounts(const struct batch *batch, void (*ask)(void *context, struct slice account),
                           void *context);
// For credit's lock: orders of the batch are decided by the terms that came in with it.
void credit_facts_overlay(struct batch *batch);

// Writes terms and rates.
bool credit_store(struct batch *batch, struct db *db, struct error *error);

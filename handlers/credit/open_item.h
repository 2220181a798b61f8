// SPDX-License-Identifier: Apache-2.0
// Open items: what payers owe by their invoices, and the cash that pays them. Everything counts in the payer's
// currency by the rate of the item's own day, so that an item that is paid, and cash that is used up, leave nothing
// behind in the exposure.
#pragma once

#include "handlers/credit/credit_book.h"

// Reads, under the lock of their payers, the invoices and payments that the batch's payments, credit notes and
// disputes name.
bool open_item_lock(struct batch *batch, struct db *db, struct error *error);

// The first instalment of an invoice; NULL where the payer has no such invoice.
struct open_item *open_item_find(const struct trade *trade, struct slice payer, struct slice invoice);
// What is still to be paid of the invoice.
int64_t open_item_rest(const struct open_item *first);

// A payment or credit note by its source in the ledger; NULL where it did not come before.
struct cash *open_item_find_cash(const struct trade *trade, struct slice payer, struct slice source);
// Adds one; it is in no invoice yet.
struct cash *open_item_cash(struct trade *trade, struct slice payer, struct slice source,
                            struct slice currency, int64_t rate, int64_t amount);
// How much of it the invoice has had.
int64_t open_item_allocated(const struct trade *trade, const struct cash *cash, struct slice invoice);
// Pays an invoice, its instalments in the order of their dates, with so much of the cash; at most open_item_rest.
// Returns what that does to the exposure in the payer's currency: 0 where both count by the same rate.
int64_t open_item_pay(struct trade *trade, struct cash *cash, struct slice invoice, int64_t amount);

// A new item of a payer.
struct open_item *open_item_bill(struct trade *trade, struct open_item item);

void open_item_decide_note(struct batch *batch, struct fact_note *fact);
void open_item_decide_dispute(struct batch *batch, struct fact_dispute *fact);

// Writes items, cash and allocations (in open_item_store.c).
bool open_item_store(struct batch *batch, struct db *db, struct error *error);

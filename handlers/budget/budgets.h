// SPDX-License-Identifier: Apache-2.0
// The budgets of a batch: read by budget_load.c under the lock of their accounts, changed by the ERP's documents
// (budget_doc.c), charged with orders (budget_charge.c, budget_decide.c) and written by budget_store.c.
#pragma once

#include "handlers/budget/budget.h"
#include "handlers/fulfil/fulfil.h"
#include "handlers/trade.h"

// A Budget document.
struct fact_budget {
    struct item *item;
    bool sound, superseded;
    struct budget budget;
};

// A BudgetTransfer document.
struct fact_transfer {
    struct item *item;
    bool sound, fresh;
    struct slice account, number, from, to, currency, reason, actor;
    int32_t day;
    int64_t amount;
};

// A share of a line that is charged to a budget.
struct charge {
    int32_t position; // of the line
    int32_t share;    // which of its splits, 0 where there are none
    struct budget *budget;
    int32_t start; // of the period
    int64_t
        rate; // into the budget's currency, of the day it was charged (handlers/credit/rate.h); 0: the same
};

// What an order has committed of a period: before this batch, as it should be, and as it counts now.
struct booking {
    struct budget *budget;
    int32_t start;
    int64_t stored, wanted, booked;
};

// How far a line is: parts of its amount that are billed already, or will neither come nor be billed.
struct budget_progress {
    int32_t position;
    int64_t billed, closed;
};

// What the invoice that the batch takes into the order bills of a line.
struct budget_billed {
    int32_t position;
    int64_t amount, taken;
};

// An order's part in budgets; none where its account has none.
struct order_budget {
    struct charge *charges;
    size_t charge_count, charge_capacity;
    bool fresh;             // the charges are found anew, not those stored
    bool granted;           // ... and are to be written
    struct slice uncovered; // a sentence about a share that no budget covers; empty for none
    struct slice unrated;   // a sentence about a budget in whose currency nobody can count; empty for none
    struct booking *bookings;
    size_t booking_count, booking_capacity;
    struct budget_progress *progress;
    size_t progress_count;
    struct budget_billed *billed;
    size_t billed_count;
};

// An entry to be written.
struct budget_entry {
    struct budget *budget;
    int32_t start;
    struct slice source;
    const char *kind; // "commitment", "actual", "transfer"
    int64_t order, amount;
};

struct budgets {
    struct index by_account; // the first budget: whether there are any
    struct index by_id;      // account, budget
    struct index by_centre;  // account, cost centre: struct budget_list; empty for the whole company's
    struct index by_unit;    // account, unit: struct budget_list
    struct budget **all;     // by account and id
    size_t count, capacity;

    struct fact_budget *facts;
    struct fact_transfer *transfers;
    size_t fact_count, transfer_count;
    struct index
        stored_transfers; // account, number: struct fact_transfer, of earlier batches and of this one

    struct budget_entry *entries;
    size_t entry_count, entry_capacity;
    bool decided;      // orders were charged once
    struct index late; // accounts of which an order has given back what this batch had charged
};

struct budget_list {
    struct budget *budget;
    struct budget_list *next;
};

// NULL where there is none.
struct budget *budgets_get(const struct budgets *budgets, struct slice account, struct slice id);
void budgets_put(struct budgets *budgets, struct budget *budget, struct arena *arena);
void budgets_add_entry(struct budgets *budgets, struct arena *arena, struct budget_entry entry);
// "budget IT-2026 (cost centre IT)".
struct slice budget_name(const struct budget *budget, struct arena *arena);

#define BUDGET_COLUMNS                                                                                       \
    "b.account, b.budget, b.title, b.cost_centre, b.unit, b.currency, b.period, b.first_month, "             \
    "b.first_day, "                                                                                          \
    "b.end_day, b.rollover, b.amount, b.rule, b.closed"
// A row of these columns; without what was done with the budget.
bool budget_of_row(struct arena *arena, const struct db_rows *rows, size_t row, struct budget **read,
                   struct error *error);

// budget_load.c; behind the lock of the accounts.
bool budgets_load(struct batch *batch, struct db *db, struct error *error);

// budget_charge.c
// Finds the budgets that an order's lines fall under, on the order's day.
void budget_charge(const struct trade *trade, struct order *order);
// The commitments of the order as it is now, by its charges.
void budget_want(const struct trade *trade, struct order *order);
// Makes what is wanted count.
void budget_book(struct order *order, struct arena *arena);
struct booking *budget_booking(struct order_budget *part, struct budget *budget, int32_t start,
                               struct arena *arena);
// The part of `amount` of the order's line that the charge carries, in the budget's currency.
int64_t budget_share(const struct order *order, const struct charge *charge, int64_t amount);

// budget_stage.c: takes back what this batch has charged; the document that brought the order was refused.
void budget_forget(struct batch *batch, struct order *order);
// True where the batch has released something that the account's orders may wait for.
bool budget_freed(const struct order *order);
// True where the order waits for money that another one has given back when this one had been decided.
bool budget_missed(const struct trade *trade, const struct order *order);

// budget_store.c
bool budgets_store(struct batch *batch, struct db *db, struct error *error);

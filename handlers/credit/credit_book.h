// SPDX-License-Identifier: Apache-2.0
// What a batch knows about credit: the standing of each payer whose orders it decides, his corporate group, rates,
// open items, and the documents about all that. Nothing of it is read where a batch has no need of it.
#pragma once

#include "handlers/credit/credit_terms.h"

// The accounts under one corporate parent, in the parent's currency. The row of the parent is locked with those of the
// payers by every batch that grants credit to one of them; so the sum that is read then stands until the commit.
struct credit_group {
    struct slice parent;
    struct account *account;           // NULL where the parent is unknown
    int64_t members;                   // exposures of all accounts under it, as stored
    int64_t later;                     // of which is to be delivered after the parent's horizon
    struct slice missing_rate;         // a currency of members for which no rate is known; empty for none
    struct credit_standing *standing;  // of the parent itself
    struct credit_standing **in_batch; // members that the batch has locked
    size_t in_batch_count, in_batch_capacity;
};

// A payer, read under the lock.
struct credit_standing {
    struct account *account;
    struct credit_terms terms;
    struct credit_group *group; // NULL without a parent
    bool loaded;                // the rest was read
    int32_t horizon;            // last day that counts
    int64_t later;              // part of the exposure that is to be delivered after that, as stored
    int64_t later_running;      // what this batch adds to it
    int64_t overdue;            // open items that are overdue for longer than terms.overdue_days, less cash
    int64_t too_old;            // open items that are overdue for longer than terms.oldest_days, less cash
    int32_t oldest_days;        // days that the oldest item is overdue that cash does not pay; 0 for none
    struct slice oldest_item;   // its invoice
};

struct fact_terms {
    struct item *item;
    bool sound, superseded;
    struct credit_terms terms; // amounts with 4 decimals until they are put over the stored ones
    struct slice objection;    // why it cannot be; empty for nothing
    struct slice former_parent;
};
struct fact_rate {
    struct item *item;
    bool sound, superseded;
    struct slice from, to;
    int64_t valid_from, rate;
};
struct fact_note { // CreditNote
    struct item *item;
    bool sound;
    struct slice number, payer, invoice, currency, source;
    int64_t decimal4;
};
struct fact_dispute {
    struct item *item;
    bool sound;
    struct slice payer, invoice, reason;
    int64_t decimal4;
};

// An invoice, or an instalment of it, that is to be paid. `paid` and `disputed` are running sums of the batch.
struct open_item {
    struct slice payer, invoice, account, currency, reason;
    int32_t instalment;
    int64_t rate, amount, paid, disputed, issued_at;
    int32_t due; // day; overdue from the day after
    bool stored, changed;
    struct open_item *next; // further instalments of the invoice
};
// A payment or credit note.
struct cash {
    struct slice payer, source, currency;
    int64_t rate, amount, allocated;
    bool stored, changed;
};
struct cash_allocation {
    const struct cash *cash;
    struct slice invoice;
    int32_t instalment;
    int64_t amount; // in the currency of both
    bool stored;
};

struct known_rate;

struct credit_book {
    struct index standings, groups;   // account, parent
    struct credit_group **group_list; // in the order in which they were met
    size_t group_count, group_capacity;

    struct fact_terms *terms;
    struct fact_rate *rate_facts;
    struct fact_note *notes;
    struct fact_dispute *disputes;
    size_t terms_count, rate_count, note_count, dispute_count;

    struct index rates; // from, to
    struct known_rate **asked;
    size_t asked_count, asked_capacity, loaded;

    struct index prepaid;     // payer
    struct index items, cash; // payer and invoice: the first instalment; payer and source
    struct open_item **item_list;
    size_t item_count, item_capacity;
    struct cash **cash_list;
    size_t cash_count, cash_capacity;
    struct cash_allocation *allocations;
    size_t allocation_count, allocation_capacity;
};

// The batch's book, made at first use.
struct credit_book *credit_book(struct trade *trade);

// The standing of an account that is locked, made at first use.
struct credit_standing *credit_standing_make(struct trade *trade, struct account *account);
// The standing of a payer; NULL where he has neither terms nor parent.
struct credit_standing *credit_standing_of(const struct trade *trade, struct slice account);

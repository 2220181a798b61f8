// SPDX-License-Identifier: Apache-2.0
// What the seller has agreed with himself about the credit of a payer, beyond his limit: which checks an order must
// pass, and what happens where it does not pass one. A payer without terms has one check, his limit, which holds.
#pragma once

#include "handlers/fact_reader.h"
#include "handlers/trade.h"

// What is checked, in the order in which it is told.
enum credit_check {
    CREDIT_OVER,     // the exposure is past the ceiling already, before this order
    CREDIT_LIMIT,    // with this order the exposure would pass the ceiling
    CREDIT_SHARE,    // with this order the exposure would pass a share of the limit
    CREDIT_DOCUMENT, // the order itself is above the largest one
    CREDIT_OVERDUE,  // items that are overdue for longer than so many days sum to more than so much
    CREDIT_OLDEST,   // an item is overdue for longer than so many days
    CREDIT_REVIEW,   // the day on which the terms were to be looked at again has passed
    CREDIT_CHECK_COUNT
};

// Ascending by how much it stops.
enum credit_reaction { CREDIT_WARN, CREDIT_APPROVE, CREDIT_HOLD, CREDIT_REFUSE };
const char *credit_reaction_name(enum credit_reaction reaction);
bool credit_reaction_parse(struct slice text, enum credit_reaction *reaction);

// Shares are in hundredths of a percent: 10000 is the whole.
enum { CREDIT_WHOLE = 10000 };

struct credit_terms {
    struct slice account, parent; // no parent: empty
    bool has_temporary, has_horizon, has_share, has_document, has_overdue, has_oldest, has_review;
    int64_t temporary_limit, temporary_from,
        temporary_until; // in force from the first instant to before the second
    int32_t horizon_days, tolerance, share, overdue_days, oldest_days, priority;
    int64_t document_max, overdue_max, review_at;
    enum credit_reaction reactions[CREDIT_CHECK_COUNT];
};

// The terms of a payer for whom none are stored.
extern const struct credit_terms credit_no_terms;

// The columns that credit_terms_row reads; the table's alias is t.
#define CREDIT_TERMS_COLUMNS                                                                                 \
    "t.account, t.parent, t.temporary_limit, t.temporary_from, t.temporary_until, t.horizon_days, "          \
    "t.tolerance, t.share_warning, t.document_max, t.overdue_max, t.overdue_days, t.oldest_days, "           \
    "t.review_at, t.priority, t.on_over, t.on_limit, t.on_share, t.on_document, t.on_overdue, t.on_oldest, " \
    "t.on_review"
bool credit_terms_row(const struct db_rows *rows, size_t row, struct credit_terms *terms,
                      struct error *error);

// Reads a CreditTerms document; amounts are still with 4 decimals, for the currency is the account's. False where
// the document was parked.
bool credit_terms_read(struct reader *reader, struct credit_terms *terms);
// Turns the amounts into minor units of the account's currency; false where one is too fine for it, with its name.
bool credit_terms_scale(struct credit_terms *terms, int exponent, const char **name);

// The largest exposure at an instant: the temporary limit while it is in force, else `limit`, and the tolerance on
// top. False where there is none.
bool credit_terms_ceiling(const struct credit_terms *terms, bool has_limit, int64_t limit, int64_t now_us,
                          int64_t *base, int64_t *ceiling);

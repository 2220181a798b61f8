// SPDX-License-Identifier: Apache-2.0
// Answers that partners wait for: an order that came, and by when its answer should have left. The answer is a
// delivery like any other (engine/owed.h); here stands only that one is wanted. Owner of table `answer_due`.
// Internal to the gateways.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "doors/postgres.h"

struct answer_due {
    struct slice partner;
    struct slice reference; // delivery.reference of the answer: the document's reply reference
    struct slice answer;    // its document type
    struct slice number;    // for people
    int64_t archive_id;     // the interchange that asks
    struct slice control;   // its control reference; only of what is overdue
    int64_t due_us;
};

// Notes them in the caller's transaction. One that is noted already is wanted anew where it was told as overdue.
bool answer_due_note(struct db *db, struct arena *arena, const struct answer_due *dues, size_t count,
                     struct error *error);

// Looks at those that are due, at most `most`: forgets those whose answer has left, and gives the others, each
// once. Also forgets those that were told and have left since.
bool answer_due_overdue(struct db *db, struct arena *arena, int64_t now_us, int64_t most,
                        struct answer_due **overdue, size_t *count, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Whether a partner's control references follow each other: a gap may be an interchange that was lost on its way,
// one that comes late may have been overtaken. Owner of table `control_seen`. Internal to the gateways.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "doors/postgres.h"

enum sequence_verdict {
    SEQUENCE_FINE,
    SEQUENCE_GAP,  // references between the last one and this one have not come
    SEQUENCE_LATE, // a higher one has come before
};
// "", "gap", "late": as in table `archive`.
const char *sequence_name(enum sequence_verdict verdict);

struct sequence_step {
    enum sequence_verdict verdict;
    struct slice last; // the highest reference before, empty where there was none
    int64_t missing;   // of a gap
};

// Notes the reference in the caller's transaction. The figures at its end are its number; what stands before them
// and `stream` tell which numbers follow each other. Behind a number of nothing but nines, 0 or 1 follows. A
// reference that ends in no figure is in no sequence.
bool sequence_note(struct db *db, struct arena *arena, struct slice partner, struct slice stream,
                   struct slice reference, int64_t now_us, struct sequence_step *step, struct error *error);

// The judgement alone: `number` after `last`, which was written with so many figures.
enum sequence_verdict sequence_judge(int64_t last, size_t figures, int64_t number, int64_t *missing);
// Cuts "R000123" into "R" and 123 of 6 figures. False where no figure stands at its end.
bool sequence_split(struct slice reference, struct slice *prefix, int64_t *number, size_t *figures);

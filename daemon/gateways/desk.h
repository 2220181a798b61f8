// SPDX-License-Identifier: Apache-2.0
// What the EDI desk asked for by `comptoirctl edi`: a request is a row that a gateway finds, does and marks.
// Owner of table `edi_request`. Internal to the gateways.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "doors/postgres.h"

struct desk_request {
    int64_t id, archive_id;
    struct slice bytes; // of the interchange that is to be taken once more
    struct slice state; // that it had when it came
};

// The oldest request that waits, or none. Nothing is locked: doing a request twice is harmless.
bool desk_next(struct db *db, struct arena *arena, struct desk_request *request, bool *found,
               struct error *error);

// Marks it, with what became of it: a sentence, and below it a line a finding.
bool desk_done(struct db *db, struct arena *arena, int64_t id, struct slice result, int64_t now_us,
               struct error *error);

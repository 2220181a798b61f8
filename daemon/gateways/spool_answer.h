// SPDX-License-Identifier: Apache-2.0
// Storing one interchange of a known partner, with all that is said and noted in the same transaction: its CONTRL,
// what a CONTRL of the partner's says, the sequence of its references, the answers that it waits for. Part of
// spool.c.
#pragma once

#include "gateways/sequence.h"
#include "gateways/spool_file.h"

struct spool_answer {
    const struct spool_work *work;
    const struct interchange *received; // as it came
    struct interchange interchange;     // without messages whose numbers came before with other content
    struct inbound_parcel parcel;       // of it; `partner`, `bytes` and `key` are the caller's to fill
    struct archive_facts plain, facts;  // before and after the numbers were judged; `plain` is the caller's
    struct findings findings;           // of the numbers
    struct slice digest_hex;
    int64_t archive_id; // its row
    bool queued;        // a CONTRL, in the transaction that was last tried
    struct sequence_step step;
};

// "refused", "partly" or "taken".
struct slice spool_answer_state(const struct interchange *interchange);

// Stores it. A repeat gets its first CONTRL again.
bool spool_answer_store(struct spool_answer *answer, enum inbound_verdict *verdict, struct error *error);

// What was noted, for the log; only of an interchange that is new.
void spool_answer_log(const struct spool_answer *answer);

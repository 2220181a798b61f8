// SPDX-License-Identifier: Apache-2.0
// What partners say of what we sent them: under which control reference a delivery went, whether a report
// (CONTRL) is awaited, and which one came. The columns of `delivery` that begin with `ack`, `control` and
// `original` are written here alone.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "doors/postgres.h"

// In the transaction that makes the bytes: the reference that they have. `awaited`: we ask for a report, which
// is overdue `minutes` after the delivery (0: never).
bool owed_control(struct db *db, struct arena *arena, struct slice id, struct slice control, bool awaited,
                  int minutes, struct error *error);

// In the transaction that renders a delivery: the same document once more as a message of another type, due
// before it. Not of a delivery that was itself made anew from another.
bool owed_beside(struct db *db, struct arena *arena, struct slice id, const char *type, struct error *error);

enum owed_report { OWED_RECEIVED, OWED_ACCEPTED, OWED_ERRORS, OWED_REJECTED };
const char *owed_report_name(enum owed_report report); // "accepted", as in the table

// A delivery that a report speaks of, or that lacks one.
struct owed_match {
    struct slice id, partner, reference, control;
};

// Notes the partner's report on the delivery that went under that reference, the youngest of several where its
// range has begun again; *found false where there is none. A receipt (OWED_RECEIVED) does not take the place of a judgement that came before it.
bool owed_acknowledge(struct db *db, struct arena *arena, struct slice partner, struct slice control,
                      enum owed_report report, struct slice text, int64_t now_us, struct owed_match *match,
                      bool *found, struct error *error);

// Marks deliveries whose report is overdue, at most `most`, and gives them: each once.
bool owed_overdue(struct db *db, struct arena *arena, int64_t now_us, int64_t most,
                  struct owed_match **matches, size_t *count, struct error *error);

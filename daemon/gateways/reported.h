// SPDX-License-Identifier: Apache-2.0
// A partner's CONTRL: what it says of an interchange of ours, noted on the delivery that sent it; and the
// events for people where it refuses one, where it fits none of ours, or where it does not come. Internal to
// the gateways.
#pragma once

#include "base/node.h"
#include "engine/outbox.h"
#include "engine/owed_ack.h"
#include "formats/map.h"

struct report {
    struct slice control; // our UNB 0020
    enum owed_report verdict;
    struct slice text; // "action 4, code 18; message 1: action 4, code 12"
    // Once it has been noted:
    bool found; // a delivery of ours
    struct owed_match match;
};

// What a CONTRL message says. A message that is refused makes the whole one with errors.
struct report report_read(const struct node *contrl, struct arena *arena);

// In the transaction that stores the CONTRL: notes it, and gives the event that it makes (NULL: none).
bool report_note(struct report *report, const struct partner *partner, struct db *db, int64_t now_us,
                 struct arena *arena, struct outbox_document *event, bool *made, struct error *error);

// The event for a report that is overdue; false where the partner is no longer known, so that there is no
// account to tell.
bool report_overdue(const struct owed_match *match, const struct partner *partner, int64_t now_us,
                    struct arena *arena, struct outbox_document *event);

// SPDX-License-Identifier: Apache-2.0
// An InterchangeEvent: something that the people at the EDI desk should know of. Internal to the gateways.
#pragma once

#include "engine/outbox.h"
#include "formats/map.h"

struct desk_event {
    const struct partner *partner;
    const char *kind;       // as in schemas/avro/InterchangeEvent.avsc
    struct slice control;   // UNB 0020
    struct slice delivery;  // of ours; empty for none
    struct slice reference; // what it is about
    int64_t now_us;
    struct slice text; // a sentence
};

struct outbox_document desk_event(const struct desk_event *event, struct arena *arena);

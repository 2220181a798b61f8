// SPDX-License-Identifier: Apache-2.0
// EDIFACT bytes, interchange by interchange, to what a gateway stores: who sent it, which messages are taken
// and as which documents, and the CONTRL it earns. Knows no files and no database. Internal to the gateways.
#pragma once

#include "engine/engine.h"
#include "engine/outbox.h"
#include "formats/edifact/check.h"
#include "formats/map.h"
#include "gateways/inbound.h"

struct report;

// One interchange, checked. Lives until the receiver returns.
struct interchange {
    const struct edifact_interchange_result *result; // with what the maps have found, too
    const struct partner *partner;                   // NULL: nobody here has the sender's identity
    struct slice bytes;                              // with what stands before it since the last one (UNA)
    struct slice exact;                              // from UNB on
    struct slice key; // of `received`; empty where the interchange has no reference
    const struct outbox_document *documents;
    size_t document_count;
    const struct inbound_part *parts; // the messages that are taken
    size_t part_count;
    const size_t *part_messages;  // of each part, its index in the result
    const size_t *part_documents; // and its document; SIZE_MAX where it is a CONTRL
    const bool *repeats;          // of each part, whether its document came before; NULL: not known yet
    const size_t *unexpected; // messages of a type that nobody takes from a partner: indices in the result
    size_t unexpected_count;
    size_t refused;              // messages
    struct report *report_items; // CONTRL messages among those taken: they become no document
    size_t reports;
    struct arena *arena;
};

struct interchange_reading {
    const struct engine *engine;
    const struct maps *maps;
    const struct log_context *log;
    const char *source;        // name of the file
    struct findings *findings; // all of them, for the report; outlives the reading
    struct arena *kept;        // lives as long as the reading
    // False stops the reading.
    bool (*receive)(void *context, const struct interchange *interchange, struct error *error);
    void *context;
};

// *stray becomes true where there are bytes or messages that belong to no interchange.
bool interchange_read(const struct interchange_reading *reading, struct slice bytes, bool *stray,
                      struct error *error);

// The interchange without those of its parts that came before with other content: each is refused with code 26, which
// `findings` tell. *left stands on what `interchange` stands on.
void interchange_refuse_twice(const struct interchange *interchange, const struct inbound_twice *twice,
                              size_t count, struct findings *findings, struct interchange *left);

// The interchange's CONTRL; empty where none is owed. `duplicate`: refused because another one has its
// reference.
bool interchange_contrl(const struct interchange *interchange, struct slice reference, int64_t now_us,
                        bool duplicate, struct arena *arena, struct slice *contrl, struct error *error);

// "14:4399901876613", for people.
struct slice interchange_party(struct arena *arena, struct slice qualifier, struct slice identity);

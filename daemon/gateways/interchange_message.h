// SPDX-License-Identifier: Apache-2.0
// One message of an interchange: to a document, or to the faults that its CONTRL tells. Part of
// interchange.c.
#pragma once

#include "gateways/interchange.h"
#include "gateways/reported.h"

struct message_taking {
    size_t index;                    // among the interchange's messages
    struct slice bytes;              // UNH to UNT
    struct slice content;            // what stands between
    struct slice name;               // by which its answer and its key name it (edifact_message_name)
    bool unexpected;                 // of a type that nobody takes from a partner
    const struct document *document; // NULL where it becomes none
    const struct report *report;     // of a CONTRL
    struct edifact_fault *faults;    // beyond those of the syntax check
    size_t fault_count, fault_capacity;
};

struct message_takings {
    struct message_taking *items;
    size_t count, capacity;
};

struct message_place {
    const struct engine *engine;
    const struct maps *maps;
    const struct log_context *log;
    struct findings *findings;
    const struct partner *partner;
    const struct edifact_interchange_result *interchange;
    const struct edifact_message_result *result;
    size_t index;
    struct arena *arena; // of the interchange
};

// Adds a taking: with a document, or with faults where the message is refused for what it says.
void message_take(const struct message_place *place, const struct edifact_placed *placed, struct slice bytes,
                  struct slice content, struct message_takings *takings);

// The fault of a message whose number was there before with other content.
void message_refuse_twice(struct edifact_message_result *message, struct arena *arena);

// Adds the takings' faults to the interchange's results.
void message_takings_report(const struct message_takings *takings, struct edifact_interchange_result *result,
                            struct arena *arena);

// Where messages of one interchange (or group) have one reference, a CONTRL cannot say which of them it
// refuses: then none of them is taken. Adds a fault to those that have none yet.
void messages_refuse_doubles(struct edifact_interchange_result *result, struct findings *findings,
                             struct arena *arena);

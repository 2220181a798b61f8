// SPDX-License-Identifier: Apache-2.0
// What a stage is and what it works on: the whole of the engine that handlers know.
//
// The loop takes a batch of documents through all stages, phase by phase:
//     gather  reference facts, one statement each, outside the transaction, no locks
//     lock    the contended rows in one global order (accounts, budgets, quotes, stock), each sorted by key,
//             read under the lock
//     decide  pure: memory only, cannot fail, no clock, no random number, no I/O
//     apply   one statement a table, in the batch's transaction
// A failure of gather, lock or apply speaks of the batch; a refusal of an order is a decision.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/document.h"
#include "base/error.h"
#include "doors/postgres.h"

// Topics that a batch may publish to; names and prefix are configuration.
enum topic {
    TOPIC_INBOUND,
    TOPIC_ERP,
    TOPIC_EVENTS,
    TOPIC_ACKNOWLEDGEMENTS,
    TOPIC_APPROVALS,
    TOPIC_QUOTES,
    TOPIC_STATUS,
    TOPIC_DEAD_LETTER,
    TOPIC_COUNT
};

// What became of an input document. Each has exactly one by the end of decide.
enum outcome {
    OUTCOME_NONE,
    OUTCOME_ANSWERED, // an answer is owed and stands in the same transaction
    OUTCOME_HELD,     // an order waits for a document
    OUTCOME_RECORDED, // a fact was stored, or looked at without effect
    OUTCOME_REPEATED, // a duplicate: the first answer stands
    OUTCOME_PARKED,   // in dead-letter, with the reason
    OUTCOME_REROUTED, // sent on, by the engine, to the partition that its account belongs to
};

// One input document in a batch.
struct item {
    const struct document *document; // NULL where it could not be decoded; then already PARKED
    const char *type;                // the document's type, from the schemas
    int32_t shard;
    int64_t offset;
    struct slice raw, key, trace_parent;
    enum outcome outcome;
    int64_t order; // the order it belongs to, 0 for none
    struct slice park_reason;
};

// Something to publish with the batch, in order.
struct publication {
    const struct item *cause;
    enum topic topic;
    struct slice key;
    const struct document *document;
};

// Something owed to a partner on his own channel.
struct owed {
    const struct item *cause;
    struct slice id; // the same each time the batch is done again
    struct slice partner, channel, reference;
    const struct document *document;
};

// Something to publish on the inbound topic at a later time; no document: no longer.
struct timer {
    const struct item *cause;
    struct slice id;
    int64_t due_us;
    struct slice account;
    const struct document *document;
};

struct trade; // the handlers' own facts of a batch, made by the first stage's gather

struct batch {
    struct arena *arena;
    int64_t now_us; // read once, at the top of the loop
    struct item *items;
    size_t item_count;
    struct trade *trade;

    struct publication *publications;
    size_t publication_count, publication_capacity;
    struct owed *owed;
    size_t owed_count, owed_capacity;
    struct timer *timers;
    size_t timer_count, timer_capacity;
};

// Memory only: callable from decide. Documents live in the batch's arena.
void batch_publish(struct batch *batch, const struct item *cause, enum topic topic, struct slice key,
                   const struct document *document);
// `channel` is "edifact" or "cxml"; `id` must be a function of the input or of the order.
void batch_owe(struct batch *batch, const struct item *cause, struct slice id, struct slice partner,
               struct slice channel, struct slice reference, const struct document *document);
// At `due_us` the document will be published to the account. `id` is a function of what the timer is for; the same
// id again takes the place of the former one. What is due already is published at once, but not in this batch.
void batch_set_timer(struct batch *batch, const struct item *cause, struct slice id, int64_t due_us,
                     struct slice account, const struct document *document);
// The document may be on its way already: who receives it looks whether it still means anything.
void batch_clear_timer(struct batch *batch, const struct item *cause, struct slice id);
// Sets the item's outcome; an item that has one already keeps it, which is an error in the caller (assert).
void batch_outcome(struct item *item, enum outcome outcome, int64_t order);
// Outcome PARKED with a reason.
void batch_park(struct batch *batch, struct item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A setting of a stage, printed by `comptoird --stages` and read from the configuration group named after it.
enum setting_type { SETTING_INTEGER, SETTING_BOOLEAN, SETTING_TEXT };
struct setting {
    const char *name;
    enum setting_type type;
    const char *fallback; // as text
    const char *help;
    void *address; // int64_t, bool or const char *: a static of the stage's file
};

struct stage {
    const char *name, *purpose;
    const struct setting *settings; // ends with a NULL name; NULL for none
    bool (*gather)(struct batch *batch, struct db *db, struct error *error);
    bool (*lock)(struct batch *batch, struct db *db, struct error *error);
    void (*decide)(struct batch *batch);
    bool (*apply)(struct batch *batch, struct db *db, struct error *error);
};

// Whom a document touches: two documents of one batch conflict where the accounts are equal and an order is
// empty or both are equal; the second one closes the batch. An empty account conflicts with nothing.
struct subject {
    struct slice account, order;
};

// The trade as the engine sees it; handlers/pipeline.c defines the one there is.
struct pipeline {
    const struct stage *const *stages; // gather, lock and apply run in this order; ends with NULL
    const struct stage *const
        *decisions; // decide runs in this order, a stage may stand twice; ends with NULL
    struct subject (*subject)(const struct document *document, struct arena *arena);
    const char *held; // SQL without parameters: how many orders are held now
};

extern const struct pipeline pipeline;

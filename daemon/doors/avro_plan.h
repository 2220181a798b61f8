// SPDX-License-Identifier: Apache-2.0
// How a writer's bytes become documents of our schema: a plan is made once for a pair of schemas and then run
// for each record. Avro's rules of resolution are all applied in the making (fields by name or alias,
// defaults, promotions, unions, enum defaults), so running a plan looks nothing up.
//
// Why not avro-c's values and resolvers: version 1.11 refuses a missing field that has a default, knows no
// logical types, allocates each value singly, and trusts counts of blocks. The bytes are short work without
// it.
//
// Beyond Avro's rules: decimals of another scale are read where no digit is lost, and timestamp-millis are
// read where we say timestamp-micros. A plan is read-only once made; any number of threads may run it.
#pragma once

#include "doors/schema.h"

enum plan_step {
    PLAN_REFUSE, // the pair does not fit; `reason` says why
    PLAN_SKIP,   // not in our schema
    PLAN_NULL,
    PLAN_BOOLEAN,
    PLAN_INTEGER, // int, long, date, instant: times `factor`
    PLAN_FLOAT,
    PLAN_DOUBLE,
    PLAN_INTEGER_TO_FLOAT,
    PLAN_BYTES, // bytes, fixed
    PLAN_TEXT,
    PLAN_DECIMAL,
    PLAN_SYMBOL, // `symbols` by the writer's index
    PLAN_LIST,   // parts[0] is the item
    PLAN_RECORD, // parts are the writer's fields, in its order
    PLAN_UNION,  // parts are the writer's branches
};

struct avro_plan;

struct plan_part {
    const struct avro_plan *plan;
    const char *name; // our field, NULL where it is skipped
    size_t slot;      // index of our field
};

struct avro_plan {
    enum plan_step step;
    enum document_kind kind;
    const struct schema *writer, *reader;
    int64_t factor;
    uint8_t from_scale; // of the writer's decimal; ours is the reader's
    const char *reason;
    const struct plan_part *parts;
    size_t part_count;
    const char *const *symbols; // ours, by the writer's index; NULL where we have none
    bool in_order;              // the parts are our fields in our order, all of them
    const bool *from_writer;    // by slot: false where our default stands in
};

// Plans lie in `arena` and point to the schemas. Never fails: what cannot be read is refused when it is met.
const struct avro_plan *avro_plan(const struct schema *writer, const struct schema *reader,
                                  struct arena *arena);

// Runs a plan over `bytes`, which begin at byte `offset` of the message (for errors). All bytes must be used.
bool avro_plan_run(const struct avro_plan *plan, struct slice bytes, size_t offset, struct arena *arena,
                   struct document **document, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// What `comptoirctl verify --topics` concludes from what it has read: arrays in, verdicts out, no server.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

// The faults found against one invariant; the first few are told in words.
enum { VERDICT_DETAILS = 5 };
struct verdict {
    struct arena *arena;
    size_t faults;
    struct slice details[VERDICT_DETAILS];
};
void verdict_fault(struct verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum { DIGEST_BYTES = 16 };
struct digest {
    uint8_t bytes[DIGEST_BYTES];
};

// A place on a topic. `topic` is enum topic.
struct place {
    int topic;
    int32_t partition;
    int64_t offset;
};

// --- Outbox against topics

struct outbox_fact {
    int32_t shard;
    int64_t seq;
    int topic;
    struct digest digest; // of key and payload
};
struct record_fact {
    struct place at;
    int32_t shard; // from its ce_id
    int64_t seq;
    struct digest digest;
};
struct shard_fact {
    int32_t id;
    int64_t first_seq; // oldest row that the outbox still has
    int64_t next_seq;  // read after the topics: no record may be as high
    int64_t mark;      // read before the topics: all rows below must stand there; -1 for none
};
struct compared_outbox {
    const struct outbox_fact *rows; // ordered by shard, seq
    size_t row_count;
    const struct record_fact *records; // per partition in the order of offsets
    size_t record_count;
    const struct shard_fact *shards; // ordered by id
    size_t shard_count;
    const struct place *trimmed; // partitions that have lost their beginning to retention
    size_t trimmed_count;
    const char *const *topics; // names by enum topic
};
// Each row below its shard's mark stands exactly once on its topic, unchanged; shards stand in order in every
// partition; no record stands there that the outbox never had.
void compare_outbox(const struct compared_outbox *facts, struct verdict *verdict);

// --- Inputs against outcomes

struct input_fact {
    int32_t shard;
    int64_t offset;
};
struct input_shard {
    int32_t id;
    const char *source;     // "topic[partition]"
    int64_t first, end;     // what the partition held when it was read
    int64_t decided_before; // next_offset when reading began: records below must have an outcome
};
struct compared_inputs {
    const struct input_fact *records, *outcomes; // ordered by shard, offset
    size_t record_count, outcome_count;
    const struct input_shard *shards; // ordered by id
    size_t shard_count;
};
void compare_inputs(const struct compared_inputs *facts, struct verdict *verdict);

// --- Events against orders

struct event_fact {
    int64_t order;
    int64_t sequence;
    struct place at;
};
struct order_fact {
    int64_t order;
    int64_t event_seq;
    bool settled;   // nothing has happened to it since verify began
    bool answered;  // an answer is owed
    bool elsewhere; // it began on another cluster: what stood there cannot be asked for here
};
// Events in the order in which they stand; orders ordered by id. `source` names the topic or the outbox in
// sentences; `trimmed` says that it has lost its beginning.
struct compared_orders {
    const struct order_fact *orders;
    size_t order_count;
    const char *source;
    bool trimmed;
};
void compare_events(const struct compared_orders *facts, const struct event_fact *events, size_t count,
                    struct verdict *verdict);

// --- Answers against orders

struct answer_fact {
    int64_t order;
    struct digest digest;
    struct place at;
};
// Each answered order has one answer; two with different contents are worse than two alike, and are told
// apart.
void compare_answers(const struct compared_orders *facts, const struct answer_fact *answers, size_t count,
                     struct verdict *verdict);

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl verify`: the invariants, and what its parts share.
#pragma once

#include "ctl/online.h"
#include "ctl/verify_compare.h"

enum invariant {
    INVARIANT_OUTCOME = 1,
    INVARIANT_EVENTS,
    INVARIANT_STOCK,
    INVARIANT_EXPOSURE,
    INVARIANT_BUDGETS,
    INVARIANT_APPROVAL,
    INVARIANT_PRICE,
    INVARIANT_ANSWER,
    INVARIANT_OUTBOX,
    INVARIANT_TOPICS, // only with --topics
    INVARIANT_END
};

// A partition of a consumed topic, or a gateway, as the database has it.
struct verify_shard {
    int32_t id, partition, progress;
    const char *topic;
    int64_t next_offset, next_seq;
    int64_t mark;       // of the progress topic; -1 for none
    int64_t first, end; // what the partition held when it was read
};

struct verify_topics; // what was read from the topics

struct verify {
    struct online online;
    struct arena *scratch; // reset every so many rows
    bool with_topics;
    int64_t wait_s;
    int64_t began_us;
    struct verdict verdicts[INVARIANT_END];
    struct order_fact *orders; // all, by id
    size_t order_count;
    struct order_fact *changes; // all, by id; a change is answered as an order is
    size_t change_count;
    struct verify_topics *topics;
};

// Waits for what stood there at the start to be decided and published, then reads the topics. Faults that
// only waiting shows (what is still undecided) go to the verdicts.
bool verify_read_topics(struct verify *verify, struct error *error);

// In one snapshot of the database: the checks that are SQL, those that need our own code, and the comparison
// with the topics.
bool verify_sql(struct verify *verify, struct error *error);
bool verify_facts(struct verify *verify, struct error *error);
bool verify_compare_topics(struct verify *verify, struct error *error);

// The digest by which a record's key and payload are compared, as the database calculates it and as we do.
#define VERIFY_DIGEST_COLUMNS "sha256(key), sha256(payload)"
struct digest verify_digest(struct slice key_sha256, struct slice payload_sha256);
struct digest verify_digest_of(struct slice key, struct slice payload);

// Shards of the cluster, by id.
bool verify_load_shards(const struct online *online, const char *cluster, struct verify_shard **shards,
                        size_t *count, struct error *error);

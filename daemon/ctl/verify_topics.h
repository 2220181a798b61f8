// SPDX-License-Identifier: Apache-2.0
// Between the two halves of `comptoirctl verify --topics`: what was read from the topics.
#pragma once

#include "ctl/verify.h"
#include "handlers/index.h"

// The highest credit limit that an account ever had, with 4 decimals; INT64_MAX where it once had none.
struct limit_fact {
    int64_t highest;
};

struct verify_topics {
    const char *cluster;
    struct verify_shard *shards; // when reading began, by id
    size_t shard_count;

    struct record_fact *records; // ours: those with our ce_source and ce_id
    size_t record_count, record_capacity;
    struct input_fact *inputs; // all records of inbound and erp whose partition has a shard
    size_t input_count, input_capacity;
    struct event_fact *events;
    size_t event_count, event_capacity;
    struct answer_fact *answers;
    size_t answer_count, answer_capacity;
    struct answer_fact *change_answers; // by the number of the change
    size_t change_answer_count, change_answer_capacity;
    struct index limits;   // account to struct limit_fact
    struct place *trimmed; // partitions whose first records are gone
    size_t trimmed_count, trimmed_capacity;
};

// Reads the last marks of the shards' progress partitions into shards[].mark.
bool verify_read_marks(struct verify *verify, struct kafka_reader *reader, struct verify_shard *shards,
                       size_t count, struct error *error);

// Waits until what stood on the consumed topics is decided, and what was decided then is published.
bool verify_drain(struct verify *verify, struct kafka_reader *reader, struct error *error);

// Takes an Account document of the erp topic in.
void verify_keep_limit(struct verify *verify, const struct document *account);
// Sets the exposures of the snapshot against the limits.
bool verify_credit(struct verify *verify, struct error *error);

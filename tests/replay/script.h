// SPDX-License-Identifier: Apache-2.0
// A script under way: what its steps and expectations share.
#pragma once

#include "base/text.h"
#include "doors/avro.h"
#include "doors/postgres.h"
#include "instance.h"

enum { SCRIPT_INSTANCES = 4, SCRIPT_ANNOUNCED = 32 };

struct script {
    const char *file;
    int line;
    struct slice each;   // what $each stands for in this run, may be empty
    struct arena *arena; // of the whole run
    struct text configuration;
    struct settings settings;
    const struct avro_catalogue *catalogue;
    struct db *db; // the script's own session
    const char *database;
    struct instance instances[SCRIPT_INSTANCES];
    char deadly[64]; // see the step `deadly`
    int log;         // of all instances
    char log_path[128];
    struct slice announced[SCRIPT_ANNOUNCED]; // events of warnings and errors that were expected
    size_t announced_count;
};

// Ends the case with "FILE:LINE: ..." and the instances' log.
void script_fail(const struct script *script, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));
// The same where `good` is false.
void script_must(const struct script *script, bool good, const struct error *error);

// "TOPIC[PARTITION]@OFFSET"; the parts that are not there are -1.
struct place {
    char topic[64];
    int partition;
    int64_t offset;
};
struct place script_place(const struct script *script, struct slice text);
struct instance *script_instance(struct script *script, struct slice name);
int64_t script_number(const struct script *script, struct slice text);
// The id of the partition's shard, -1 where it has none yet.
int32_t script_shard(const struct script *script, const struct place *place);
// One number from the database, INT64_MIN where there is no row.
int64_t script_query(const struct script *script, const char *sql);
// What the instances have logged so far, in the arena.
struct slice script_log(const struct script *script, struct arena *arena);

// steps.c: one line; `verb` is its first word, false where it is none of ours.
bool step_run(struct script *script, struct slice verb, struct slice rest);
// Makes the topics that the script has not shaped itself.
void step_topics(struct script *script);
// Undoes `postgres hold-commits`.
void step_release_commits(struct script *script);

// expect.c: waits until it holds, or ends the case.
void expect_run(struct script *script, struct slice rest);
// A warning or error that may or may not be logged.
void expect_maybe(struct script *script, struct slice event);
// Every warning and error of the log must have been expected.
void expect_quiet(struct script *script);

// published.c: compares the outbox and the inputs with what readers of committed records see. They return NULL
// where all is as it should be, else what is not.
const char *published_exactly_once(const struct script *script, struct arena *arena);
const char *published_doubled(const struct script *script, struct arena *arena);
// The committed records of a topic, partition by partition.
struct kafka_record *published_records(const struct script *script, struct arena *arena, const char *topic,
                                       size_t *count);

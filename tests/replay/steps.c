// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster.h"
#include "doors/json.h"
#include "engine/shard.h"
#include "script.h"
#include "scripted_broker.h"

enum { NAP_US = 10000, MOST_LATE = 1000 };

// --- Topics and documents

void step_topics(struct script *script)
{
    if (sb_topic(script->settings.progress_topic))
        return;
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (!sb_topic(script->settings.topics[i]))
            scripted_topic(script->settings.topics[i], 1);
    scripted_topic(script->settings.progress_topic, script->settings.progress_partitions);
}

static void topic(struct script *script, struct slice rest)
{
    char *name = arena_string(script->arena, slice_cut(&rest, ' '));
    scripted_topic(name, (int)script_number(script, rest));
}

static void put(struct script *script, struct slice where, struct slice key, struct slice value)
{
    step_topics(script);
    struct place place = script_place(script, where);
    struct sb_topic *into = sb_topic(place.topic);
    if (!into)
        script_fail(script, "there is no topic '%s'", place.topic);
    if (place.partition < 0)
        place.partition = kafka_partition_of(key, into->partition_count);
    if (scripted_put(place.topic, place.partition, key, value) < 0)
        script_fail(script, "there is no place '%.*s'", SLICE_ARGS(where));
}

static void put_document(struct script *script, struct slice where, struct slice json)
{
    struct document *document;
    struct error error = { 0 };
    struct slice bytes;
    script_must(script, json_read(json, script->arena, &document, &error), &error);
    if (!document->type)
        script_fail(script, "the document has no $type");
    struct findings findings = { .arena = script->arena };
    if (!avro_conform(script->catalogue, document->type, document, script->arena, &findings))
        script_fail(script, "%.*s: %.*s", SLICE_ARGS(findings.items[0].where),
                    SLICE_ARGS(findings.items[0].text));
    script_must(script, avro_encode(script->catalogue, "inbound", document, script->arena, &bytes, &error),
                &error);
    struct slice key = document_text(document, "account");
    put(script, where, key.size ? key : document_text(document, "product"), bytes);
}

static void document(struct script *script, struct slice rest)
{
    struct slice where = slice_cut(&rest, ' ');
    put_document(script, where, rest);
}

// order ACCOUNT NUMBER QUANTITY [PLACE]: a purchase order of so many P1.
static void order(struct script *script, struct slice rest)
{
    struct slice account = slice_cut(&rest, ' '), number = slice_cut(&rest, ' '),
                 quantity = slice_cut(&rest, ' ');
    put_document(script, rest.size ? rest : SLICE("inbound"),
                 arena_printf(script->arena,
                              "{\"$type\":\"PurchaseOrder\",\"account\":\"%.*s\",\"order_number\":\"%.*s\","
                              "\"ordered_at\":\"2026-03-02T09:30:00Z\",\"currency\":\"EUR\",\"lines\":[{"
                              "\"number\":\"1\",\"seller_part\":\"P1\",\"quantity\":\"%.*s\"}]}",
                              SLICE_ARGS(account), SLICE_ARGS(number), SLICE_ARGS(quantity)));
}

static unsigned digit(const struct script *script, char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c < 'a' || c > 'f')
        script_fail(script, "'%c' is no hexadecimal digit", c);
    return (unsigned)(c - 'a' + 10);
}

// bytes PLACE HEX [TIMES]
static void bytes(struct script *script, struct slice rest)
{
    struct slice where = slice_cut(&rest, ' '), hex = slice_cut(&rest, ' ');
    int64_t times = rest.size ? script_number(script, rest) : 1;
    struct text text = text_in(script->arena);
    for (; times > 0; times--)
        for (size_t i = 0; i + 1 < hex.size; i += 2)
            text_append_char(&text, (char)(digit(script, hex.data[i]) << 4 | digit(script, hex.data[i + 1])));
    put(script, where, SLICE("key"), text_slice(&text));
}

// --- Instances

static void set(struct script *script, struct slice rest)
{
    text_printf(&script->configuration, "%.*s\n", SLICE_ARGS(rest));
}

static void start(struct script *script, struct slice rest)
{
    struct instance *instance = script_instance(script, rest);
    step_topics(script);
    if (instance->pid)
        script_fail(script, "'%s' runs already", instance->name);
    instance_start(instance, &script->settings, script->catalogue, script->deadly, script->log);
}

static void stop(struct script *script, struct slice rest)
{
    struct instance *instance = script_instance(script, rest);
    instance_signal(instance, SIGTERM);
    instance_join(instance);
}

static void crash(struct script *script, struct slice rest)
{
    struct instance *instance = script_instance(script, rest);
    instance_signal(instance, SIGKILL);
    instance_join(instance);
}

// While we hold the lock the process is not inside the broker.
static void pause_one(struct script *script, struct slice rest)
{
    struct instance *instance = script_instance(script, rest);
    sb_lock();
    instance_signal(instance, SIGSTOP);
    while (instance->pid && !instance_stopped(instance))
        usleep(NAP_US);
    sb_release();
}

static void continue_one(struct script *script, struct slice rest)
{
    instance_signal(script_instance(script, rest), SIGCONT);
}

static void expire(struct script *script, struct slice rest)
{
    scripted_expire(script_instance(script, rest)->name);
}

static void failpoint(struct script *script, struct slice rest)
{
    struct instance *instance = script_instance(script, slice_cut(&rest, ' '));
    size_t used = strlen(instance->failpoints);
    snprintf(instance->failpoints + used, sizeof instance->failpoints - used, "%s%.*s", used ? "," : "",
             SLICE_ARGS(rest));
}

static void deadly(struct script *script, struct slice rest)
{
    snprintf(script->deadly, sizeof script->deadly, "%.*s", SLICE_ARGS(rest));
}

// --- Kafka

static void kafka_fault(struct script *script, struct slice rest)
{
    static const char *const names[SCRIPTED_FAULTS] = {
        [SCRIPTED_OPEN] = "open",         [SCRIPTED_PUBLISH] = "publish",
        [SCRIPTED_COMMIT] = "commit",     [SCRIPTED_UNANSWERED] = "unanswered",
        [SCRIPTED_DOUBTFUL] = "doubtful", [SCRIPTED_LATE] = "delay-end",
        [SCRIPTED_POLL] = "poll",
    };
    struct slice name = slice_cut(&rest, '@');
    for (int i = 0; i < SCRIPTED_FAULTS; i++) {
        if (!slice_is(name, names[i]))
            continue;
        if (i == SCRIPTED_LATE)
            scripted_late_after(rest.size ? (int)script_number(script, rest) : 1);
        scripted_plan((enum scripted_fault)i,
                      rest.size && i != SCRIPTED_LATE ? (int)script_number(script, rest) : 1);
        return;
    }
    script_fail(script, "the broker has no fault '%.*s'", SLICE_ARGS(name));
}

static void kafka(struct script *script, struct slice rest)
{
    struct slice what = slice_cut(&rest, ' ');
    if (slice_is(what, "fail")) {
        kafka_fault(script, rest);
    } else if (slice_is(what, "down") || slice_is(what, "up")) {
        scripted_down(slice_is(what, "down"));
    } else if (slice_is(what, "redeliver")) {
        struct place place = script_place(script, rest);
        scripted_redeliver(place.topic, place.partition, place.offset);
    } else if (slice_is(what, "empty")) {
        struct place place = script_place(script, rest);
        scripted_empty(place.topic, place.partition);
    } else {
        script_fail(script, "Kafka cannot '%.*s'", SLICE_ARGS(what));
    }
}

// As another process would: a newer producer under the shard's transactional id.
static void steal_relay(struct script *script, struct slice rest)
{
    slice_cut(&rest, ' ');
    struct place place = script_place(script, rest);
    struct error error = { 0 };
    struct slice id = arena_printf(script->arena, "%srelay.%d", script->settings.topic_prefix,
                                   script_shard(script, &place));
    struct kafka_publisher *publisher = kafka_publisher_open(&script->settings.kafka, id.data, &error);
    script_must(script, publisher != NULL, &error);
    kafka_publisher_close(publisher);
}

// --- PostgreSQL

static void run_sql(struct script *script, struct slice rest)
{
    struct error error = { 0 };
    script_must(script, db_run(script->db, arena_string(script->arena, rest), &error), &error);
}

static void reconnect(struct script *script)
{
    struct error error = { 0 };
    script_must(script, db_reopen(script->db, &error), &error);
    script_must(script, db_run(script->db, "SET synchronous_commit = off", &error), &error);
}

// From now on commits are done but not answered: they wait for a standby that does not exist. The checkpointer is
// who tells the sessions; it has read its settings anew once it has made a checkpoint.
static void hold_commits(struct script *script)
{
    run_sql(script, SLICE("ALTER SYSTEM SET synchronous_standby_names = 'nobody'"));
    run_sql(script, SLICE("SELECT pg_reload_conf()"));
    while (script_query(script, "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names'"
                                " AND setting = 'nobody'") == 0)
        usleep(NAP_US);
    run_sql(script, SLICE("CHECKPOINT"));
    run_sql(script, SLICE("CHECKPOINT"));
}

void step_release_commits(struct script *script)
{
    struct error ignored = { 0 };
    db_run(script->db, "ALTER SYSTEM RESET synchronous_standby_names", &ignored);
    db_run(script->db, "SELECT pg_reload_conf()", &ignored);
}

// Ends the sessions that `condition` finds, once there are any.
static void terminate(struct script *script, const char *condition)
{
    struct slice sql = arena_printf(
        script->arena, "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE %s",
        condition);
    for (int i = 0; i < MOST_LATE; i++) {
        if (script_query(script, sql.data) > 0)
            return;
        usleep(NAP_US);
    }
    script_fail(script, "there is no such session: %s", condition);
}

static void postgres(struct script *script, struct slice rest)
{
    struct slice what = slice_cut(&rest, ' ');
    if (slice_is(what, "restart")) {
        if (!cluster_restart())
            script_fail(script, "PostgreSQL did not start again");
        reconnect(script);
    } else if (slice_is(what, "hold-commits")) {
        hold_commits(script);
    } else if (slice_is(what, "terminate-held")) {
        terminate(script, "wait_event = 'SyncRep' AND application_name ~ '-[0-9]+$'");
        step_release_commits(script);
    } else if (slice_is(what, "terminate")) {
        terminate(script, arena_printf(script->arena, "application_name ~ '^%s'",
                                       slice_is(rest, "relay") ? "comptoir relay"
                                                               : script_instance(script, rest)->name)
                              .data);
    } else {
        script_fail(script, "PostgreSQL cannot '%.*s'", SLICE_ARGS(what));
    }
}

// take PLACE by NAME: a second owner that takes the shard's row, and does nothing else.
static void take(struct script *script, struct slice rest)
{
    struct place place = script_place(script, slice_cut(&rest, ' '));
    slice_cut(&rest, ' ');
    struct shard shard = { .topic = place.topic, .partition = place.partition };
    struct error error = { 0 };
    script_must(
        script,
        shard_take(script->db, script->arena, "scripted", arena_string(script->arena, rest), &shard, &error),
        &error);
}

// --- Time

static void advance(struct script *script, struct slice rest)
{
    scripted_advance(script_number(script, rest) * 1000);
}

static void wait_ms(struct script *script, struct slice rest)
{
    usleep((useconds_t)script_number(script, rest) * 1000);
}

static const struct {
    const char *verb;
    void (*run)(struct script *script, struct slice rest);
} steps[] = {
    { "topic", topic },       { "document", document },
    { "order", order },       { "bytes", bytes },
    { "set", set },           { "start", start },
    { "stop", stop },         { "crash", crash },
    { "pause", pause_one },   { "continue", continue_one },
    { "expire", expire },     { "failpoint", failpoint },
    { "deadly", deadly },     { "kafka", kafka },
    { "steal", steal_relay }, { "sql", run_sql },
    { "postgres", postgres }, { "take", take },
    { "advance", advance },   { "wait", wait_ms },
    { "expect", expect_run }, { "allow", expect_maybe },
};

bool step_run(struct script *script, struct slice verb, struct slice rest)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (slice_is(verb, steps[i].verb)) {
            steps[i].run(script, slice_trim(rest));
            return true;
        }
    return false;
}

// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <unistd.h>

#include "script.h"
#include "scripted_kafka.h"

enum { TRIES = 1500, NAP_US = 10000 };

// One look: NULL where the expectation holds, else what was seen.
typedef const char *check(struct script *script, struct slice rest, struct arena *arena);

static const struct document *decoded(const struct script *script, struct arena *arena,
                                      const struct kafka_record *record)
{
    struct document *document = NULL;
    struct error error = { 0 };
    script_must(script,
                avro_decode(script->catalogue, record->topic, record->value, arena, &document, &error),
                &error);
    return document;
}

static const char *acknowledgement(struct script *script, struct slice rest, struct arena *arena)
{
    struct slice order = slice_cut(&rest, ' ');
    size_t count;
    struct kafka_record *records =
        published_records(script, arena, script->settings.topics[TOPIC_ACKNOWLEDGEMENTS], &count);
    const char *got = "there is none";
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct document *answer = decoded(script, arena, &records[i]);
        if (!slice_equal(document_text(answer, "order_number"), order))
            continue;
        if (++found > 1)
            return "there are several";
        got = arena_string(arena, document_text(answer, "status"));
    }
    return slice_is(rest, got) ? NULL : got;
}

static const char *events(struct script *script, struct slice rest, struct arena *arena)
{
    struct slice order = slice_cut(&rest, ' ');
    size_t count;
    struct kafka_record *records =
        published_records(script, arena, script->settings.topics[TOPIC_EVENTS], &count);
    struct text got = text_in(arena);
    for (size_t i = 0; i < count; i++) {
        const struct document *event = decoded(script, arena, &records[i]);
        if (slice_equal(document_text(event, "order_number"), order))
            text_printf(&got, "%s%lld", got.size ? " " : "",
                        (long long)document_integer(event, "sequence", 0));
    }
    return slice_equal(text_slice(&got), rest)
               ? NULL
               : arena_printf(arena, "'%.*s'", (int)got.size, got.data ? got.data : "").data;
}

static const char *outcome(struct script *script, struct slice rest, struct arena *arena)
{
    static const char *const kinds[] = { "none",     "answered", "held",    "recorded",
                                         "repeated", "parked",   "rerouted" };
    struct place place = script_place(script, slice_cut(&rest, ' '));
    int64_t kind = script_query(
        script, arena_printf(arena, "SELECT kind FROM outcome WHERE shard = %d AND \"offset\" = %lld",
                             script_shard(script, &place), (long long)place.offset)
                    .data);
    const char *got = kind < 0 ? "none" : kinds[kind];
    return slice_is(rest, got) ? NULL : got;
}

// In the table, and in the topic with its reason and source.
static const char *dead_letter(struct script *script, struct slice rest, struct arena *arena)
{
    struct slice source = slice_cut(&rest, ' ');
    char *text = arena_string(arena, rest);
    int64_t stored =
        script_query(script, arena_printf(arena,
                                          "SELECT count(*) FROM dead_letter WHERE source = '%.*s' AND "
                                          "position($a$%s$a$ in reason) > 0",
                                          SLICE_ARGS(source), text)
                                 .data);
    if (stored != 1)
        return "the table has no such dead letter";
    size_t count;
    struct kafka_record *records =
        published_records(script, arena, script->settings.topics[TOPIC_DEAD_LETTER], &count);
    for (size_t i = 0; i < count; i++) {
        struct slice reason = kafka_record_header(&records[i], "comptoir_reason");
        if (slice_equal(kafka_record_header(&records[i], "comptoir_source"), source) &&
            memmem(reason.data, reason.size, rest.data, rest.size))
            return NULL;
    }
    return "the topic has no such dead letter";
}

static const char *published(struct script *script, struct slice rest, struct arena *arena)
{
    if (slice_is(rest, "exactly-once"))
        return published_exactly_once(script, arena);
    if (slice_is(rest, "doubled"))
        return published_doubled(script, arena);
    script_fail(script, "expected 'exactly-once' or 'doubled', not '%.*s'", SLICE_ARGS(rest));
}

static const char *wanted_number(const struct script *script, struct slice wanted, int64_t got,
                                 struct arena *arena)
{
    return got == script_number(script, wanted) ? NULL : arena_printf(arena, "%lld", (long long)got).data;
}

static const char *position(struct script *script, struct slice rest, struct arena *arena)
{
    struct place place = script_place(script, slice_cut(&rest, ' '));
    return wanted_number(
        script, rest,
        script_query(script, arena_printf(arena, "SELECT next_offset FROM shard WHERE id = %d",
                                          script_shard(script, &place))
                                 .data),
        arena);
}

// How many transactions have decided what was decided.
static const char *transactions(struct script *script, struct slice rest, struct arena *arena)
{
    return wanted_number(script, rest, script_query(script, "SELECT count(DISTINCT xmin::text) FROM outcome"),
                         arena);
}

static const char *records(struct script *script, struct slice rest, struct arena *arena)
{
    char *topic = arena_string(arena, slice_cut(&rest, ' '));
    size_t count;
    published_records(script, arena, topic, &count);
    return wanted_number(script, rest, (int64_t)count, arena);
}

static const char *sql(struct script *script, struct slice rest, struct arena *arena)
{
    struct slice wanted = slice_cut(&rest, ' ');
    return wanted_number(script, wanted, script_query(script, arena_string(arena, rest)), arena);
}

void expect_maybe(struct script *script, struct slice event)
{
    if (script->announced_count == SCRIPT_ANNOUNCED)
        script_fail(script, "a script expects at most %d events", SCRIPT_ANNOUNCED);
    script->announced[script->announced_count++] = arena_copy(script->arena, event);
}

// "TIME LEVEL EVENT: SENTENCE"
static struct slice event_of(struct slice line, struct slice *level)
{
    slice_cut(&line, ' ');
    *level = slice_cut(&line, ' ');
    return slice_cut(&line, ':');
}

static const char *logged(struct script *script, struct slice rest, struct arena *arena)
{
    struct slice event = slice_cut(&rest, ' '), level;
    for (struct slice log = script_log(script, arena); log.size;) {
        struct slice line = slice_cut(&log, '\n');
        if (slice_equal(event_of(line, &level), event) &&
            (!rest.size || memmem(line.data, line.size, rest.data, rest.size))) {
            expect_maybe(script, event);
            return NULL;
        }
    }
    return "it is not in the log";
}

static const char *killed(struct script *script, struct slice rest, struct arena *arena)
{
    struct instance *instance = script_instance(script, slice_cut(&rest, ' '));
    instance_ended(instance);
    return wanted_number(script, rest, instance->killed, arena);
}

static const char *stopped(struct script *script, struct slice rest, struct arena *arena)
{
    (void)arena;
    return instance_stopped(script_instance(script, rest)) ? NULL : "it runs";
}

static const char *late_end(struct script *script, struct slice rest, struct arena *arena)
{
    static const char *const states[] = { [LATE_NONE] = "none",
                                          [LATE_HELD] = "held",
                                          [LATE_REFUSED] = "refused",
                                          [LATE_ENDED_ANOTHER] = "ended-another" };
    (void)script;
    (void)arena;
    const char *got = states[scripted_late()];
    return slice_is(rest, got) ? NULL : got;
}

static const struct {
    const char *name;
    check *look;
} checks[] = {
    { "acknowledgement", acknowledgement },
    { "events", events },
    { "outcome", outcome },
    { "dead-letter", dead_letter },
    { "published", published },
    { "position", position },
    { "transactions", transactions },
    { "records", records },
    { "sql", sql },
    { "log", logged },
    { "killed", killed },
    { "stopped", stopped },
    { "late-end", late_end },
};

// What is expected comes soon, or not at all.
static void wait_until(struct script *script, const char *name, check *look, struct slice rest)
{
    const char *seen = NULL;
    char last[512] = "";
    for (int i = 0; i < TRIES; i++) {
        struct arena *arena = arena_open(64 << 20);
        seen = look(script, rest, arena);
        snprintf(last, sizeof last, "%s", seen ? seen : "");
        arena_close(arena);
        if (!seen)
            return;
        usleep(NAP_US);
    }
    script_fail(script, "expected %s %.*s, but: %s", name, SLICE_ARGS(rest), last);
}

void expect_run(struct script *script, struct slice rest)
{
    struct slice what = slice_cut(&rest, ' ');
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (slice_is(what, checks[i].name)) {
            wait_until(script, checks[i].name, checks[i].look, slice_trim(rest));
            return;
        }
    script_fail(script, "cannot expect '%.*s'", SLICE_ARGS(what));
}

static bool announced(const struct script *script, struct slice event)
{
    for (size_t i = 0; i < script->announced_count; i++)
        if (slice_equal(script->announced[i], event))
            return true;
    return false;
}

void expect_quiet(struct script *script)
{
    for (struct slice log = script_log(script, script->arena); log.size;) {
        struct slice line = slice_cut(&log, '\n'), level;
        struct slice event = event_of(line, &level);
        if (slice_starts(line, "failpoint ") || slice_is(level, "info") || announced(script, event))
            continue;
        script_fail(script, "the script does not expect this in the log: %.*s", SLICE_ARGS(line));
    }
}

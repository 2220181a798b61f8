// SPDX-License-Identifier: Apache-2.0
// Replays scripts against the real engine: loop, worker, relay, outbox, shards and stages run in processes of
// their own over a real PostgreSQL and the scripted Kafka (scripted_kafka.h).
//
//     replay [FILE...]     default: tests/replay/*.replay
//
// A script is a text file, a step a line; "#" begins a comment line. Its first comment says which rule it
// checks. Each script begins with an empty broker and a database that holds the facts of facts.sql. PLACE is
// TOPIC[PARTITION]@OFFSET, with the parts that matter; without a partition the key decides. Times are in ms.
//
// What there is:
//     each WORD...                 first line: the script runs once for every word, which $each stands for
//     set LINE                     a line of comptoir.conf, before the first start
//     topic NAME PARTITIONS        other than 1, before the first document
//     order ACCOUNT NUMBER QUANTITY [PLACE]   a purchase order of so many P1
//     document PLACE JSON          any document, its schema in "$type"
//     bytes PLACE HEX [TIMES]      any record
// Instances (their names: a, b, c ...):
//     start|stop|crash NAME        crash: kill -9
//     pause|continue NAME          SIGSTOP, SIGCONT
//     expire NAME                  the group takes it for dead
//     failpoint NAME POINT=ACTION[@N]   for the next start (daemon/base/failpoint.h)
//     deadly TEXT                  from the next start on, deciding a document with this text kills the process
// The world around them:
//     kafka fail open|publish|commit|unanswered|doubtful|poll[@N]   once, at the N-th call from now
//     kafka fail delay-end@N       the next commit is doubtful and its request comes again after N records more
//     kafka down|up                nothing is answered
//     kafka redeliver PLACE        the member gets the records from there on again
//     kafka empty PLACE            deletes the partition's records
//     steal relay PLACE            a newer producer under the shard's transactional id
//     take PLACE by NAME           another owner takes the shard's row
//     postgres restart             as after a crash
//     postgres terminate NAME|relay    ends the sessions of the instance's workers, or of all relays
//     postgres hold-commits        commits are done, but not answered
//     postgres terminate-held      ends the worker's session that waits for such an answer; no more are held
//     sql STATEMENT                in the script's own session
//     advance MS                   puts the engine's clocks forward
//     wait MS                      does nothing, for what must not happen
// Expectations, waited for up to some seconds:
//     expect acknowledgement ORDER STATUS      exactly one, with this status
//     expect events ORDER 1 2 ...              exactly these sequence numbers, in this order
//     expect outcome PLACE none|answered|held|recorded|repeated|parked|rerouted
//     expect dead-letter PLACE TEXT            in table and topic, its reason holding the text
//     expect published exactly-once            every input has its outcome, every outbox row stands once in its
//                                              topic, in order, and the marks are at the end
//     expect published doubled                 ... but some row stands twice
//     expect position PLACE N                  the shard's next offset
//     expect transactions N                    so many transactions have decided
//     expect records TOPIC N                   committed ones
//     expect log EVENT [TEXT]                  an instance has logged it
//     expect killed NAME N                     so many times in all
//     expect stopped NAME                      at a failpoint
//     expect late-end held|refused|ended-another
//     expect sql N QUERY                       the query gives this number
//     allow EVENT                              whether it is logged is a matter of chance
// A script also fails where an instance ends badly, or logs a warning or an error that it does not expect.
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cluster.h"
#include "engine/migrate.h"
#include "engine/outbox.h"
#include "script.h"
#include "scripted_kafka.h"

enum { MOST_FILE = 1 << 16, MOST_CASES = 256 };

static struct avro_catalogue *catalogue;
static const char *why_not; // there is no PostgreSQL

// --- What script.h promises

struct slice script_log(const struct script *script, struct arena *arena)
{
    off_t size = lseek(script->log, 0, SEEK_END);
    char *text = arena_take(arena, (size_t)size + 1);
    ssize_t got = pread(script->log, text, (size_t)size, 0);
    return (struct slice){ text, got > 0 ? (size_t)got : 0 };
}

void script_fail(const struct script *script, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct slice log = script_log(script, script->arena);
    print_error("%s:%d: %s\n", script->file, script->line, text);
    while (log.size) {
        struct slice line = slice_cut(&log, '\n');
        print_error("%.*s\n", SLICE_ARGS(line));
    }
    fail();
    abort();
}

void script_must(const struct script *script, bool good, const struct error *error)
{
    char text[1024];
    if (!good)
        script_fail(script, "%s", error_text(error, text, sizeof text));
}

struct place script_place(const struct script *script, struct slice text)
{
    struct place place = { .partition = -1, .offset = -1 };
    struct slice left = slice_cut(&text, '@');
    if (text.size)
        place.offset = script_number(script, text);
    struct slice topic = slice_cut(&left, '[');
    if (left.size)
        place.partition = (int)script_number(script, slice_cut(&left, ']'));
    snprintf(place.topic, sizeof place.topic, "%.*s", SLICE_ARGS(topic));
    return place;
}

struct instance *script_instance(struct script *script, struct slice name)
{
    for (int i = 0; i < SCRIPT_INSTANCES; i++) {
        struct instance *instance = &script->instances[i];
        if (!instance->name[0])
            snprintf(instance->name, sizeof instance->name, "%.*s", SLICE_ARGS(name));
        if (slice_is(name, instance->name))
            return instance;
    }
    script_fail(script, "a script has at most %d instances", SCRIPT_INSTANCES);
}

int64_t script_number(const struct script *script, struct slice text)
{
    int64_t number;
    if (!slice_integer(slice_trim(text), &number))
        script_fail(script, "'%.*s' is no number", SLICE_ARGS(text));
    return number;
}

int64_t script_query(const struct script *script, const char *sql)
{
    struct arena *arena = arena_open(1 << 20);
    struct db_rows rows;
    struct error error = { 0 };
    // A cursor of our own per text would fill the session: statements are known by their address.
    const struct db_value text[] = { db_text(slice_of(sql)) };
    bool good = db_query(script->db, arena, "SELECT replay_number($1)", text, 1, &rows, &error);
    int64_t number = good && !db_rows_null(&rows, 0, 0) ? db_rows_number(&rows, 0, 0) : INT64_MIN;
    arena_close(arena);
    script_must(script, good, &error);
    return number;
}

int32_t script_shard(const struct script *script, const struct place *place)
{
    struct slice sql =
        arena_printf(script->arena, "SELECT id FROM shard WHERE topic = '%s' AND partition = %d",
                     place->topic, place->partition);
    int64_t id = script_query(script, sql.data);
    return id == INT64_MIN ? -1 : (int32_t)id;
}

// --- A run

static void run_line(struct script *script, struct slice line)
{
    struct text text = text_in(script->arena);
    for (size_t i = 0; i < line.size; i++)
        if (slice_starts((struct slice){ line.data + i, line.size - i }, "$each")) {
            text_append(&text, script->each);
            i += sizeof "$each" - 2;
        } else {
            text_append_char(&text, line.data[i]);
        }
    struct slice rest = text_slice(&text), verb = slice_cut(&rest, ' ');
    if (!step_run(script, verb, rest))
        script_fail(script, "there is no step '%.*s'", SLICE_ARGS(verb));
}

// Settings can be changed until the first step that is no `set`.
static void read_settings(struct script *script)
{
    struct slice path = arena_printf(script->arena, "%s/comptoir.conf", cluster_folder());
    FILE *file = fopen(path.data, "w");
    assert_non_null(file);
    fwrite(script->configuration.data, 1, script->configuration.size, file);
    fclose(file);
    struct error error = { 0 };
    script_must(script, settings_read(path.data, script->arena, &script->settings, &error), &error);
}

static void run_lines(struct script *script, struct slice lines)
{
    bool configured = false;
    while (lines.size) {
        struct slice line = slice_trim(slice_cut(&lines, '\n'));
        script->line++;
        if (!line.size || line.data[0] == '#' || slice_starts(line, "each "))
            continue;
        if (!configured && !slice_starts(line, "set ")) {
            read_settings(script);
            configured = true;
        }
        run_line(script, line);
    }
}

static void begin_configuration(struct script *script)
{
    script->configuration = text_in(script->arena);
    text_printf(&script->configuration,
                "database = \"%s\"; topic_prefix = \"\"; schemas = \"%s/schemas\"; workers = 1;\n"
                "partitions = 4; progress_partitions = 16; roles = [ \"worker\" ];\n",
                script->database, SOURCE_DIR);
}

static void copy_database(struct script *script)
{
    static int number;
    struct error error = { 0 };
    struct slice name = arena_printf(script->arena, "replay%d", ++number);
    struct slice sql = arena_printf(script->arena, "CREATE DATABASE %s TEMPLATE facts", name.data);
    struct db *db = db_open(cluster_database("postgres"), "replay", &error);
    script_must(script, db && db_run(db, sql.data, &error), &error);
    db_close(db);
    script->database = arena_printf(script->arena, "%s", cluster_database(name.data)).data;
    script->db = db_open(script->database, "replay", &error);
    script_must(script, script->db && db_run(script->db, "SET synchronous_commit = off", &error), &error);
}

struct one {
    char *name, *path;
    char each[64];
    struct script script;
};

static void run_case(void **state)
{
    struct one *one = *state;
    struct script *script = &one->script;
    if (why_not) {
        print_message("skipped: %s\n", why_not);
        skip();
    }
    *script = (struct script){ .file = one->path, .each = slice_of(one->each), .catalogue = catalogue };
    script->arena = arena_open(64 << 20);
    snprintf(script->log_path, sizeof script->log_path, "%s/instances.log", cluster_folder());
    script->log = open(script->log_path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644);
    scripted_open();
    copy_database(script);
    begin_configuration(script);
    char *text = arena_take(script->arena, MOST_FILE);
    FILE *file = fopen(one->path, "r");
    assert_non_null(file);
    struct slice lines = { text, fread(text, 1, MOST_FILE - 1, file) };
    fclose(file);
    run_lines(script, lines);
    for (int i = 0; i < SCRIPT_INSTANCES; i++) {
        instance_signal(&script->instances[i], SIGTERM);
        instance_join(&script->instances[i]);
        if (script->instances[i].failed)
            script_fail(script, "instance %s ended badly", script->instances[i].name);
    }
    expect_quiet(script);
}

static int end_case(void **state)
{
    struct one *one = *state;
    struct script *script = &one->script;
    if (!script->arena)
        return 0;
    for (int i = 0; i < SCRIPT_INSTANCES; i++) {
        instance_signal(&script->instances[i], SIGKILL);
        instance_join(&script->instances[i]);
    }
    if (script->db)
        step_release_commits(script); // the next script has the same server
    db_close(script->db);
    close(script->log);
    scripted_close();
    arena_close(script->arena);
    return 0;
}

// --- The database that every script begins with

static char *read_file(struct arena *arena, const char *path)
{
    char *text = arena_take(arena, MOST_FILE);
    FILE *file = fopen(path, "r");
    if (file) {
        text[fread(text, 1, MOST_FILE - 1, file)] = '\0';
        fclose(file);
    }
    return text;
}

static bool make_facts(struct error *error)
{
    struct arena *arena = arena_open(16 << 20);
    struct db *db = db_open(cluster_database("postgres"), "replay", error);
    bool good = db && db_run(db, "CREATE DATABASE facts", error);
    db_close(db);
    db = good ? db_open(cluster_database("facts"), "replay", error) : NULL;
    good = db && migrate(db, arena, SOURCE_DIR "/schemas", error) &&
           outbox_upkeep(db, arena, clock_now_us(), 14, error) &&
           db_run(db, read_file(arena, SOURCE_DIR "/tests/replay/facts.sql"), error);
    db_close(db);
    arena_close(arena);
    return good;
}

static int open_all(void **state)
{
    (void)state;
    char text[1024];
    struct error error = { 0 };
    if (!cluster_open(&why_not))
        return 0;
    why_not = NULL;
    catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    if (catalogue && make_facts(&error))
        return 0;
    print_error("%s\n", error_text(&error, text, sizeof text));
    return 1;
}

static int close_all(void **state)
{
    (void)state;
    avro_close(catalogue);
    cluster_close();
    return 0;
}

// --- The cases

static struct one cases[MOST_CASES];
static struct CMUnitTest tests[MOST_CASES];
static size_t case_count;

static void add_case(const char *path, struct slice each)
{
    struct one *one = &cases[case_count];
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    int length = (int)strcspn(name, ".");
    if (case_count == MOST_CASES || asprintf(&one->path, "%s", path) < 0 ||
        asprintf(&one->name, each.size ? "%.*s.%.*s" : "%.*s%.*s", length, name, SLICE_ARGS(each)) < 0)
        abort();
    snprintf(one->each, sizeof one->each, "%.*s", SLICE_ARGS(each));
    tests[case_count++] = (struct CMUnitTest){
        .name = one->name, .test_func = run_case, .teardown_func = end_case, .initial_state = one
    };
}

static bool add_file(const char *path)
{
    struct arena *arena = arena_open(1 << 20);
    struct slice text = slice_of(read_file(arena, path)), each = { 0 };
    bool good = text.size != 0;
    while (text.size && !each.size) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        if (slice_starts(line, "each "))
            slice_cut(&line, ' ');
        else
            continue;
        each = line;
    }
    if (good && !each.size)
        add_case(path, each);
    while (good && each.size)
        add_case(path, slice_cut(&each, ' '));
    arena_close(arena);
    return good;
}

int main(int argc, char **argv)
{
    glob_t found = { 0 };
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2)
        glob(SOURCE_DIR "/tests/replay/*.replay", 0, NULL, &found);
    size_t count = argc < 2 ? found.gl_pathc : (size_t)argc - 1;
    char **paths = argc < 2 ? found.gl_pathv : argv + 1;
    bool good = count > 0;
    for (size_t i = 0; i < count && good; i++)
        if (!(good = add_file(paths[i])))
            fprintf(stderr, "replay: '%s' cannot be read or is empty\n", paths[i]);
    globfree(&found);
    if (!good)
        return 2;
    int failed = _cmocka_run_group_tests("replay", tests, case_count, open_all, close_all);
    for (size_t i = 0; i < case_count; i++) {
        free(cases[i].name);
        free(cases[i].path);
    }
    return failed ? 1 : 0;
}

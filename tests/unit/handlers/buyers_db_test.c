// SPDX-License-Identifier: Apache-2.0
// The buyers' side in cases that people can read: tests/cases/buyers/AREA.case, each run through the real pipeline
// on a real PostgreSQL, without Kafka. What the stages publish on the topic inbound comes back as the next batch, as
// the daemon would have it; timers come due when a case says so. After each case the database's invariants are
// checked as `comptoirctl verify` does, and a batch that parks all of its documents may not have written anything.
// COMPTOIR_TEST_DATABASE holds a connection string of an empty database; without it the test is skipped and says so.
// BUYERS_CASES limits it to the cases whose name has that text.
#include "buyers_expect.h"
#include "buyers_settings.h"
#include "ctl/verify.h"
#include "engine/carried.h"
#include "engine/timer.h"

enum {
    FOLLOW_MAX = 200,   // batches that follow from one step by themselves
    STATEMENTS_MAX = 50 // a connection keeps what it has prepared, but not any number
};

static struct db *db;
static struct avro_catalogue *catalogue;
static struct buyers_cases all;
static int64_t next_offset = 1;

static struct running {
    struct buyers buyers;
    struct came came;
    const struct document *queue[FOLLOW_MAX]; // to inbound, not yet run
    size_t queue_first, queue_count;
    const struct document *grouped[FIXTURE_ITEMS]; // of `batch` ... `end`
    size_t grouped_count;
    bool grouping;
} now;                         // the case
static struct fixture fixture; // the batch
static int cases_run;

static void keep(struct running *running, const struct document *document)
{
    assert_true(running->came.count < sizeof running->came.documents / sizeof *running->came.documents);
    running->came.documents[running->came.count++] = document;
}

// The daemon refuses a document on a topic that it does not belong on.
static void must_travel(const struct running *running, enum topic topic, const char *type)
{
    for (size_t i = 0; i < carried_count; i++)
        if (carried[i].topic == topic && strcmp(carried[i].type, type) == 0)
            return;
    STEP_FAIL(&running->buyers, "engine/carried.c does not say that a %s may stand on topic %d", type,
              (int)topic);
}

// A case's own document comes from the ERP or from a buyer.
static void must_come(const struct running *running, const char *type)
{
    for (size_t i = 0; i < carried_count; i++)
        if (carried[i].topic == TOPIC_ERP && strcmp(carried[i].type, type) == 0)
            return;
    must_travel(running, TOPIC_INBOUND, type);
}

static void take_publications(struct running *running, const struct batch *batch)
{
    struct buyers *buyers = &running->buyers;
    for (size_t i = 0; i < batch->publication_count; i++) {
        const struct document *document = through_avro(buyers, batch->publications[i].document);
        keep(running, document);
        must_travel(running, batch->publications[i].topic, document->type);
        if (batch->publications[i].topic != TOPIC_INBOUND)
            continue;
        if (running->queue_count == FOLLOW_MAX)
            STEP_FAIL(buyers, "%s", "it goes round in circles: too many batches follow");
        running->queue[running->queue_count++] = document;
    }
    for (size_t i = 0; i < batch->owed_count; i++)
        keep(running, through_avro(buyers, batch->owed[i].document));
}

// What the transaction has written by now; rows that are only locked do not count.
static int64_t rows_written(struct arena *arena)
{
    static const char sql[] = "SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint "
                              "FROM pg_stat_xact_user_tables";
    return number_of(db, arena, sql);
}

static void phase(struct running *running, struct batch *batch, size_t which)
{
    struct error error = { 0 };
    char text[1024];
    for (const struct stage *const *at = pipeline.stages; *at; at++) {
        bool (*const phases[])(struct batch *, struct db *, struct error *) = { (*at)->gather, (*at)->lock,
                                                                                (*at)->apply };
        if (phases[which] && !phases[which](batch, db, &error))
            STEP_FAIL(&running->buyers, "stage %s: %s", (*at)->name, error_text(&error, text, sizeof text));
    }
}

static void close_batch(void)
{
    if (fixture.arena)
        fixture_close(&fixture);
    fixture.arena = NULL;
}

static void run_batch(struct running *running, const struct document *const *documents, size_t count)
{
    struct error error = { 0 };
    bool unknown, idle = true;
    fixture_open(&fixture);
    fixture.batch.trade = NULL;
    fixture.batch.now_us = running->buyers.now_us += 1000000;
    for (size_t i = 0; i < count; i++)
        fixture_item(&fixture, documents[i])->offset = next_offset++;
    phase(running, &fixture.batch, 0);
    fixture.trade = fixture.batch.trade;
    must(db_begin(db, &error), &error);
    int64_t before = rows_written(fixture.arena);
    phase(running, &fixture.batch, 1);
    fixture_decide(&fixture);
    phase(running, &fixture.batch, 2);
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &fixture.items[i];
        if (item->outcome == OUTCOME_NONE)
            STEP_FAIL(&running->buyers, "nobody has decided the %s", item->type);
        idle = idle && item->outcome == OUTCOME_PARKED;
    }
    if (idle && rows_written(fixture.arena) != before)
        STEP_FAIL(&running->buyers, "all was parked, but something was written: %.*s",
                  SLICE_ARGS(fixture.items[count - 1].park_reason));
    must(timer_apply(db, &fixture.batch, catalogue, &error), &error);
    must(db_commit(db, &unknown, &error), &error);
    running->came.outcome = fixture.items[count - 1].outcome;
    running->came.park_reason = arena_copy(running->buyers.arena, fixture.items[count - 1].park_reason);
    take_publications(running, &fixture.batch);
    close_batch();
}

// What was published to inbound, until nothing more comes.
static void follow(struct running *running)
{
    while (running->queue_first < running->queue_count) {
        run_batch(running, &running->queue[running->queue_first++], 1);
        if (running->came.outcome == OUTCOME_PARKED)
            STEP_FAIL(&running->buyers, "what followed was parked: %.*s",
                      SLICE_ARGS(running->came.park_reason));
    }
}

static void run_step(struct running *running, const struct document *const *documents, size_t count)
{
    running->came = (struct came){ .count = 0 };
    running->queue_first = running->queue_count = 0;
    run_batch(running, documents, count);
    enum outcome outcome = running->came.outcome;
    struct slice reason = running->came.park_reason;
    follow(running);
    running->came.outcome = outcome;
    running->came.park_reason = reason;
}

// What is due now, each in a batch of its own, and what these bring.
static void fire(struct running *running)
{
    struct error error = { 0 };
    struct outbox_document *due;
    size_t count, unreadable;
    struct arena *arena = running->buyers.arena;
    running->came = (struct came){ .count = 0 };
    running->queue_first = running->queue_count = 0;
    must(timer_take(db, arena, catalogue, running->buyers.now_us, &due, &count, &unreadable, &error), &error);
    if (count == 0 || unreadable)
        STEP_FAIL(&running->buyers, "%zu timers are due, %zu cannot be read", count, unreadable);
    assert_true(count <= FOLLOW_MAX);
    for (size_t i = 0; i < count; i++) {
        must_travel(running, due[i].topic, due[i].document->type);
        running->queue[running->queue_count++] = through_avro(&running->buyers, due[i].document);
    }
    follow(running);
}

static void close_group(struct running *running)
{
    if (running->grouped_count)
        run_step(running, running->grouped, running->grouped_count);
    running->grouped_count = 0;
}

// Documents of a group wait for its end.
static void put(struct running *running, const struct document *document)
{
    must_come(running, document->type);
    if (!running->grouping) {
        run_step(running, &document, 1);
        return;
    }
    if (running->grouped_count == FIXTURE_ITEMS)
        close_group(running);
    running->grouped[running->grouped_count++] = document;
}

static bool run_clock(struct running *running, struct slice *words, size_t count)
{
    struct buyers *buyers = &running->buyers;
    int64_t us;
    if (slice_is(words[0], "at") && count == 2 && case_duration(words[1], &us) && us > 0)
        buyers->now_us += us;
    else if (slice_is(words[0], "clock") && count == 2 && instant_parse(words[1], &us) && us > buyers->now_us)
        buyers->now_us = us;
    else
        return false;
    return true;
}

static void run_line(struct running *running, const struct step *step)
{
    struct buyers *buyers = &running->buyers;
    struct slice words[BUYERS_WORDS];
    buyers->step = step;
    size_t count = case_words(step, case_instants(buyers->arena, step->text, buyers->now_us), words);
    if (slice_is(words[0], "batch")) {
        running->grouping = true;
    } else if (slice_is(words[0], "end")) {
        running->grouping = false;
        close_group(running);
    } else if (slice_is(words[0], "setting") && count == 3) {
        change_setting(buyers, words[1], words[2]);
    } else if (slice_is(words[0], "fire")) {
        fire(running);
    } else if (slice_is(words[0], "expect")) {
        expect(buyers, &running->came, words + 1, count - 1);
    } else if (!run_clock(running, words, count)) {
        const struct document *document = document_of(buyers, words, count);
        if (!document)
            STEP_FAIL(buyers, "nobody knows what '%.*s' is", SLICE_ARGS(words[0]));
        put(running, document);
    }
}

// The part that all cases share is run in batches of one type each; nothing of it may be parked.
static void run_setup(struct running *running, const struct buyers_case *it)
{
    struct slice last = { 0 };
    running->grouping = true;
    for (size_t i = 0; i < it->setup_count; i++) {
        struct slice rest = it->setup[i].text, type = slice_cut(&rest, ' ');
        if (!slice_equal(type, last))
            close_group(running);
        last = type;
        run_line(running, &it->setup[i]);
        if (running->came.outcome == OUTCOME_PARKED)
            STEP_FAIL(&running->buyers, "the setup was parked: %.*s", SLICE_ARGS(running->came.park_reason));
    }
    close_group(running);
    if (running->came.outcome == OUTCOME_PARKED)
        STEP_FAIL(&running->buyers, "the setup was parked: %.*s", SLICE_ARGS(running->came.park_reason));
    running->grouping = false;
}

static void check_invariants(struct running *running)
{
    static const enum invariant checked[] = { INVARIANT_STOCK, INVARIANT_EXPOSURE, INVARIANT_BUDGETS,
                                              INVARIANT_APPROVAL, INVARIANT_PRICE };
    struct error error = { 0 };
    struct verify verify = { .online = { .arena = running->buyers.arena, .db = db },
                             .scratch = running->buyers.arena };
    for (int i = 0; i < INVARIANT_END; i++)
        verify.verdicts[i].arena = running->buyers.arena;
    must(verify_sql(&verify, &error), &error);
    for (size_t i = 0; i < sizeof checked / sizeof *checked; i++)
        if (verify.verdicts[checked[i]].faults)
            STEP_FAIL(&running->buyers, "after the case invariant %d is broken: %.*s", (int)checked[i],
                      SLICE_ARGS(verify.verdicts[checked[i]].details[0]));
}

static void empty_tables(void)
{
    static const char sql[] =
        "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(relname), ', ') FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition); END "
        "$$";
    struct error error = { 0 };
    must(db_run(db, sql, &error), &error);
}

// A case that failed has left things open.
static void end_case(void)
{
    db_rollback(db);
    close_batch();
    restore_settings();
    size_t statements = now.buyers.statements;
    if (now.buyers.arena)
        arena_close(now.buyers.arena);
    now = (struct running){ .buyers.statements = statements };
    if (statements > STATEMENTS_MAX) {
        struct error error = { 0 };
        must(db_reopen(db, &error), &error);
        now.buyers.statements = 0;
    }
}

static void run_case(void **state)
{
    const struct buyers_case *it = *state;
    struct running *running = &now;
    if (!db) {
        print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
        skip();
    }
    end_case();
    // Each `expect sql` is a statement of its own, and a connection holds only so many.
    if (++cases_run % 25 == 0) {
        struct error error = { 0 };
        must(db_reopen(db, &error), &error);
    }
    empty_tables();
    // A Monday.
    running->buyers = (struct buyers){ .statements = now.buyers.statements,
                                       .lasting = all.arena,
                                       .arena = arena_open(256 << 20),
                                       .db = db,
                                       .catalogue = catalogue,
                                       .now_us = INT64_C(86400000000) * date_from_civil(2026, 6, 15) +
                                                 INT64_C(9 * 3600000000) };
    run_setup(running, it);
    for (size_t i = 0; i < it->step_count; i++)
        run_line(running, &it->steps[i]);
    check_invariants(running);
}

static int open_all(void **state)
{
    (void)state;
    struct error error = { 0 };
    catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    must(catalogue != NULL, &error);
    if (!getenv("COMPTOIR_TEST_DATABASE"))
        return 0;
    db = db_open(getenv("COMPTOIR_TEST_DATABASE"), "buyers_db_test", &error);
    must(db != NULL, &error);
    make_tables(db);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    if (db) {
        end_case();
        db_close(db);
    }
    avro_close(catalogue);
    return 0;
}

int main(void)
{
    const char *only = getenv("BUYERS_CASES");
    glob_t files;
    all.arena = arena_open(64 << 20);
    if (glob(SOURCE_DIR "/tests/cases/buyers/*.case", 0, NULL, &files) == 0)
        for (size_t i = 0; i < files.gl_pathc; i++)
            case_read(&all, files.gl_pathv[i]);
    globfree(&files);
    struct CMUnitTest *tests = calloc(all.count + 1, sizeof *tests);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (!only || strstr(all.items[i].name, only))
            tests[count++] = (struct CMUnitTest){ .name = all.items[i].name,
                                                  .test_func = run_case,
                                                  .initial_state = &all.items[i] };
    int failed = count ? _cmocka_run_group_tests("buyers", tests, count, open_all, close_all) : 1;
    free(tests);
    arena_close(all.arena);
    return failed;
}

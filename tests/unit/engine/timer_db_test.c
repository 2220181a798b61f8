// SPDX-License-Identifier: Apache-2.0
// Timers on a real PostgreSQL: set, set anew, cleared and taken. COMPTOIR_TEST_DATABASE holds a connection string of
// a database that the test may empty; without it the tests are skipped and say so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/migrate.h"
#include "engine/timer.h"

static const int64_t NOW_US = INT64_C(1790000000000000), SECOND_US = 1000000;

static struct db *db, *other;
static struct arena *arena;
static struct avro_catalogue *catalogue;
static struct batch batch;
static const struct item cause = { .trace_parent = { "00-aa-bb-01", 11 } };

static void must(bool good, const struct error *error)
{
    char text[1024];
    if (!good)
        fail_msg("%s", error_text(error, text, sizeof text));
}

static int open_database(void **state)
{
    (void)state;
    struct error error = { 0 };
    const char *database = getenv("COMPTOIR_TEST_DATABASE");
    arena = arena_open(256 << 20);
    catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    must(catalogue != NULL, &error);
    if (!database)
        return 0;
    db = db_open(database, "timer_db_test", &error);
    must(db && db_run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error) &&
             migrate(db, arena, SOURCE_DIR "/schemas", &error),
         &error);
    other = db_open(database, "timer_db_test other", &error);
    must(other != NULL, &error);
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    db_close(db);
    db_close(other);
    avro_close(catalogue);
    arena_close(arena);
    return 0;
}

static void begin(void)
{
    struct error error = { 0 };
    if (!db) {
        print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
        skip();
    }
    arena_reset(arena);
    batch = (struct batch){ .arena = arena, .now_us = NOW_US };
    must(db_run(db, "DELETE FROM timer", &error), &error);
}

static void set(const char *id, int64_t after_s, const char *reference)
{
    struct document *document = document_record(arena, "AccountReview");
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "cause", SLICE("timer"));
    document_add_text(arena, document, "reference", slice_of(reference));
    batch_set_timer(&batch, &cause, slice_of(id), NOW_US + after_s * SECOND_US, SLICE("A1"), document);
}

static void apply(void)
{
    struct error error = { 0 };
    must(timer_apply(db, &batch, catalogue, &error), &error);
    batch.timer_count = 0;
}

// What is taken at the time, as "reference reference ...".
static void take(struct db *from, int64_t after_s, char *got, size_t size, size_t *unreadable)
{
    struct error error = { 0 };
    struct outbox_document *documents;
    size_t count, used = 0;
    must(timer_take(from, arena, catalogue, NOW_US + after_s * SECOND_US, &documents, &count, unreadable,
                    &error),
         &error);
    got[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        struct slice reference = document_text(documents[i].document, "reference");
        assert_true(slice_is(documents[i].key, "A1") && slice_is(documents[i].trace, "00-aa-bb-01"));
        assert_int_equal(documents[i].topic, TOPIC_INBOUND);
        used += (size_t)snprintf(got + used, size - used, "%s%.*s", i ? " " : "", SLICE_ARGS(reference));
    }
}

static void want_taken(int64_t after_s, const char *want)
{
    char got[256];
    size_t unreadable;
    take(db, after_s, got, sizeof got, &unreadable);
    assert_string_equal(got, want);
    assert_int_equal(unreadable, 0);
}

static void due_ones_are_taken_once_in_their_order(void **state)
{
    (void)state;
    struct error error = { 0 };
    bool due;
    begin();
    set("late", 30, "third");
    set("soon", 10, "first");
    set("then", 20, "second");
    apply();
    must(timer_is_due(db, arena, NOW_US + 9 * SECOND_US, &due, &error), &error);
    assert_false(due);
    want_taken(9, "");
    must(timer_is_due(db, arena, NOW_US + 20 * SECOND_US, &due, &error), &error);
    assert_true(due);
    want_taken(20, "first second");
    want_taken(20, "");
    want_taken(31, "third");
}

static void the_last_word_counts(void **state)
{
    (void)state;
    begin();
    set("a", 10, "old");
    set("b", 10, "kept");
    set("c", 10, "gone");
    apply();
    set("a", 50, "wrong");
    set("a", 20, "new");
    batch_clear_timer(&batch, &cause, SLICE("c"));
    batch_clear_timer(&batch, &cause, SLICE("unknown"));
    batch_clear_timer(&batch, &cause, SLICE("d"));
    set("d", 15, "again");
    set("e", 15, "never");
    batch_clear_timer(&batch, &cause, SLICE("e"));
    apply();
    want_taken(12, "kept");
    want_taken(60, "again new");
}

static void two_takers_share(void **state)
{
    (void)state;
    struct error error = { 0 };
    char got[256];
    size_t unreadable;
    begin();
    set("a", 1, "a");
    apply();
    must(db_begin(db, &error), &error);
    want_taken(5, "a");
    take(other, 5, got, sizeof got, &unreadable);
    assert_string_equal(got, "");
    must(db_run(db, "ROLLBACK", &error), &error);
    take(other, 5, got, sizeof got, &unreadable);
    assert_string_equal(got, "a");
}

static void what_cannot_be_read_stops_nothing(void **state)
{
    (void)state;
    struct error error = { 0 };
    char got[256];
    size_t unreadable;
    begin();
    set("bad", 1, "bad");
    set("good", 2, "good");
    apply();
    must(db_run(db, "UPDATE timer SET document = '\\x00' WHERE id = 'bad'", &error), &error);
    take(db, 5, got, sizeof got, &unreadable);
    assert_string_equal(got, "good");
    assert_int_equal(unreadable, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_ones_are_taken_once_in_their_order),
        cmocka_unit_test(the_last_word_counts),
        cmocka_unit_test(two_takers_share),
        cmocka_unit_test(what_cannot_be_read_stops_nothing),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

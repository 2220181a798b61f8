// SPDX-License-Identifier: Apache-2.0
// The outbox's days and what the relay reads from it. COMPTOIR_TEST_DATABASE holds a connection string of an
// empty database; without it the tests are skipped and say so.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/migrate.h"
#include "engine/outbox.h"

enum { KEEP_DAYS = 14 };
static const int64_t NOW_US = INT64_C(1790000000000000), DAY_US = INT64_C(86400) * 1000000;

static struct db *db;
static struct arena *arena;
static struct shard shard;

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
    if (!getenv("COMPTOIR_TEST_DATABASE"))
        return 0;
    arena = arena_open(256 << 20);
    db = db_open(getenv("COMPTOIR_TEST_DATABASE"), "outbox_db_test", &error);
    must(db && db_run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error) &&
             migrate(db, arena, SOURCE_DIR "/schemas", &error),
         &error);
    return 0;
}

static int close_database(void **state)
{
    (void)state;
    db_close(db);
    arena_close(arena);
    return 0;
}

// An empty outbox, one shard.
static void begin(void)
{
    struct error error = { 0 };
    if (!db) {
        print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
        skip();
    }
    arena_reset(arena);
    shard = (struct shard){ .topic = "inbound" };
    must(db_run(db, "DELETE FROM outbox; DELETE FROM shard", &error) &&
             shard_take(db, arena, "test", "us", &shard, &error),
         &error);
}

static void write(int64_t seq, int64_t at_us, size_t bytes)
{
    struct error error = { 0 };
    const struct outbox_row row = { .shard = shard.id,
                                    .seq = seq,
                                    .topic = TOPIC_EVENTS,
                                    .type = "OrderEvent",
                                    .payload = { arena_take(arena, bytes), bytes } };
    must(outbox_write(db, arena, &row, 1, at_us, &error), &error);
}

static void relayed(int64_t seq)
{
    struct error error = { 0 };
    int64_t next_seq;
    must(shard_relayed(db, arena, shard.id, shard.epoch, seq, &next_seq, &error), &error);
}

static void keep_up(int64_t now_us)
{
    struct error error = { 0 };
    must(outbox_upkeep(db, arena, now_us, KEEP_DAYS, &error), &error);
}

static int64_t number(const char *sql)
{
    struct error error = { 0 };
    struct db_rows rows;
    must(db_query(db, arena, sql, NULL, 0, &rows, &error), &error);
    return db_rows_number(&rows, 0, 0);
}

static void jumped_clock_stops_nobody(void **state)
{
    (void)state;
    begin();
    keep_up(NOW_US);
    write(0, NOW_US, 1);
    write(1, NOW_US + 7 * DAY_US, 1); // a day that has no partition yet
    assert_int_equal(number("SELECT count(*) FROM outbox_other"), 1);
    for (int day = 1; day <= 7; day++)
        keep_up(NOW_US + day * DAY_US);
    write(2, NOW_US + 8 * DAY_US, 1);
    assert_int_equal(number("SELECT count(*) FROM outbox_other"), 1);
    struct outbox_row *rows;
    size_t count;
    struct error error = { 0 };
    must(outbox_read(db, arena, shard.id, 0, 10, &rows, &count, &error), &error);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rows[i].seq, i);
}

static void old_days_go_when_published(void **state)
{
    (void)state;
    begin();
    keep_up(NOW_US + 20 * DAY_US);
    write(0, NOW_US + 20 * DAY_US, 1);
    write(1, NOW_US + 90 * DAY_US, 1); // into the default partition
    static const char rows[] = "SELECT count(*) FROM outbox";
    keep_up(NOW_US + 120 * DAY_US);
    assert_int_equal(number(rows), 2);
    relayed(1);
    keep_up(NOW_US + 120 * DAY_US);
    assert_int_equal(number(rows), 1);
    relayed(2);
    keep_up(NOW_US + 120 * DAY_US);
    assert_int_equal(number(rows), 0);
}

static void large_rows_come_by_the_few(void **state)
{
    (void)state;
    enum { MB = 1 << 20 };
    static const struct {
        size_t sizes[4];
        size_t want;
    } cases[] = {
        { { 10, 10, 10, 10 }, 4 },
        { { 20 * MB, 10 * MB, 10 * MB, 1 }, 2 },
        { { 40 * MB, 1, 1, 1 }, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outbox_row *rows;
        size_t count;
        struct error error = { 0 };
        begin();
        for (int64_t seq = 0; seq < 4; seq++)
            write(seq, NOW_US, cases[i].sizes[seq]);
        must(outbox_read(db, arena, shard.id, 0, 4, &rows, &count, &error), &error);
        assert_int_equal(count, cases[i].want);
        assert_int_equal(rows[0].seq, 0);
    }
}

static void former_owners_note_nothing(void **state)
{
    (void)state;
    begin();
    struct shard former = shard;
    struct error error = { 0 };
    int64_t next_seq;
    must(shard_owned(db, arena, &former, 1, &error) && shard_take(db, arena, "test", "other", &shard, &error),
         &error);
    assert_false(shard_relayed(db, arena, former.id, former.epoch, 5, &next_seq, &error));
    assert_int_equal(error.kind, ERROR_FENCED);
    error_clear(&error);
    assert_false(shard_owned(db, arena, &former, 1, &error));
    assert_int_equal(error.kind, ERROR_FENCED);
    assert_int_equal(number("SELECT max(relayed_seq) FROM shard"), 0);
}

static void survived_tries_do_not_count(void **state)
{
    (void)state;
    begin();
    struct error error = { 0 };
    for (int i = 0; i < 10; i++) {
        must(shard_take(db, arena, "test", "us", &shard, &error) && shard_try(db, arena, &shard, &error),
             &error);
        assert_int_equal(shard.tries, 1);
        must(shard_survived(db, arena, &shard, &error), &error);
    }
    for (int i = 1; i <= 3; i++) {
        must(shard_take(db, arena, "test", "us", &shard, &error), &error);
        assert_int_equal(shard.tries, i - 1);
        must(shard_try(db, arena, &shard, &error), &error);
        assert_int_equal(shard.tries, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jumped_clock_stops_nobody),   cmocka_unit_test(old_days_go_when_published),
        cmocka_unit_test(large_rows_come_by_the_few),  cmocka_unit_test(former_owners_note_nothing),
        cmocka_unit_test(survived_tries_do_not_count),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

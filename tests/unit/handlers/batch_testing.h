// SPDX-License-Identifier: Apache-2.0
// What the tests share that run batches through all stages on a real PostgreSQL: the database, batches of their own
// offsets, and a run as the loop does it, without Kafka. COMPTOIR_TEST_DATABASE holds a connection string of an empty
// database that the test may fill; without it the test is skipped and says so.
#pragma once

#include <stdlib.h>

#include "database_testing.h"
#include "fixture.h"

static struct db *db;
static int64_t next_offset = 1;

static inline int open_database(void **state)
{
    (void)state;
    struct error error = { 0 };
    if (!getenv("COMPTOIR_TEST_DATABASE"))
        return 0;
    db = db_open(getenv("COMPTOIR_TEST_DATABASE"), "stages of a test", &error);
    must(db != NULL, &error);
    make_tables(db);
    return 0;
}

static inline int close_database(void **state)
{
    (void)state;
    if (db)
        db_close(db);
    return 0;
}

static inline void need_database(void)
{
    if (db)
        return;
    print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
    skip();
}

// A batch of its own offsets, with the clock a second further each time.
static inline void begin(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture->batch.trade = NULL;
    fixture->batch.now_us += next_offset * 1000000;
}

static inline struct item *add(struct fixture *fixture, const struct document *document)
{
    struct item *item = fixture_item(fixture, document);
    item->offset = next_offset++;
    return item;
}

static inline void phase(struct fixture *fixture, size_t which)
{
    struct error error = { 0 };
    for (const struct stage *const *at = pipeline.stages; *at; at++) {
        bool (*const phases[])(struct batch *, struct db *, struct error *) = { (*at)->gather, (*at)->lock,
                                                                                (*at)->apply };
        if (phases[which])
            must(phases[which](&fixture->batch, db, &error), &error);
    }
}

static inline void run(struct fixture *fixture)
{
    struct error error = { 0 };
    bool unknown;
    phase(fixture, 0);
    fixture->trade = fixture->batch.trade;
    must(db_begin(db, &error), &error);
    phase(fixture, 1);
    fixture_decide(fixture);
    phase(fixture, 2);
    must(db_commit(db, &unknown, &error), &error);
    for (size_t i = 0; i < fixture->batch.item_count; i++)
        assert_int_not_equal(fixture->items[i].outcome, OUTCOME_NONE);
}

static inline void outcome_is(const struct item *item, enum outcome want)
{
    if (item->outcome != want)
        fail_msg("outcome %d, wanted %d; %.*s", (int)item->outcome, (int)want, SLICE_ARGS(item->park_reason));
}

// SPDX-License-Identifier: Apache-2.0
// What the tests on a real PostgreSQL share. A failure fails the test, so these are for cmocka's own thread.
#pragma once

#include <stdio.h>

#include "doors/postgres.h"
#include "fixture.h"

static inline void must(bool good, const struct error *error)
{
    char text[1024];
    if (!good)
        fail_msg("%s", error_text(error, text, sizeof text));
}

static inline void run_file(struct db *db, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/schemas/sql/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char sql[1 << 16];
    sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
    fclose(file);
    struct error error = { 0 };
    must(db_run(db, sql, &error), &error);
}

// Drops whatever the database holds and makes the tables anew.
static inline void make_tables(struct db *db)
{
    static const char *const files[] = { "0001_mechanism.sql", "0002_trade.sql", "0003_fulfilment.sql",
                                         "0004_order_change.sql" };
    struct error error = { 0 };
    must(db_run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error), &error);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        run_file(db, files[i]);
}

// The only value of the only row.
static inline int64_t number_of(struct db *db, struct arena *arena, const char *sql)
{
    struct error error = { 0 };
    struct db_rows rows;
    must(db_query(db, arena, sql, NULL, 0, &rows, &error), &error);
    assert_int_equal(rows.count, 1);
    return db_rows_number(&rows, 0, 0);
}

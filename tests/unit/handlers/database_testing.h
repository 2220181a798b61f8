// SPDX-License-Identifier: Apache-2.0
// What the tests on a real PostgreSQL share. A failure fails the test, so these are for cmocka's own thread.
#pragma once

#include <glob.h>
#include <stdio.h>

#include "doors/postgres.h"
#include "fixture.h"

static inline void must(bool good, const struct error *error)
{
    char text[1024];
    if (!good)
        fail_msg("%s", error_text(error, text, sizeof text));
}

static inline void run_file(struct db *db, const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char sql[1 << 16];
    sql[fread(sql, 1, sizeof sql - 1, file)] = '\0';
    fclose(file);
    struct error error = { 0 };
    must(db_run(db, sql, &error), &error);
}

// Drops whatever the database holds and makes the tables anew, by all migrations in order of their numbers.
static inline void make_tables(struct db *db)
{
    struct error error = { 0 };
    glob_t files;
    must(db_run(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error), &error);
    assert_int_equal(glob(SOURCE_DIR "/schemas/sql/*.sql", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        run_file(db, files.gl_pathv[i]);
    globfree(&files);
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

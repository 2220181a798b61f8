// SPDX-License-Identifier: Apache-2.0
// The door to libpq. One struct db is one connection and belongs to one thread. Statements are prepared once
// a connection by the address of their SQL text (so pass literals or other lasting strings); parameters and
// results travel in binary. SQL types used by the schema: boolean, smallint, integer, bigint, text, bytea,
// date, timestamptz; money and quantities are bigint.
//
// Failure kinds: lost connections, deadlocks, serialization failures, timeouts, a full disk, a read-only server
// and what only people can mend (missing tables or rights, broken files) are ERROR_UNAVAILABLE; SQLSTATE CF001
// (our fence) is ERROR_FENCED; data errors (class 22 and 23) are ERROR_INVALID; all else is ERROR_INTERNAL.
// error.code holds the SQLSTATE.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct db;

struct db *db_open(const char *conninfo, const char *application, struct error *error);
void db_close(struct db *db);
// True once the connection is lost; then only db_close and db_reopen make sense.
bool db_lost(const struct db *db);
// Closes and connects again with the same settings.
bool db_reopen(struct db *db, struct error *error);

enum db_type { DB_BOOLEAN, DB_SMALLINT, DB_INTEGER, DB_BIGINT, DB_TEXT, DB_BYTES, DB_DATE, DB_INSTANT };

// A column of values under construction: the array parameter of unnest($1) or ANY($1).
struct db_column {
    struct arena *arena;
    enum db_type type;
    size_t count, nulls;
    char *bytes; // elements in PostgreSQL's binary array form
    size_t size, capacity;
};

struct db_column db_column(struct arena *arena, enum db_type type);
void db_column_add_number(struct db_column *column, int64_t value); // all but TEXT, BYTES
void db_column_add(struct db_column *column, struct slice value);   // TEXT BYTES
void db_column_add_null(struct db_column *column);

// A parameter: a scalar, or an array where `column` is set.
struct db_value {
    enum db_type type;
    bool null;
    int64_t number;
    struct slice bytes;
    const struct db_column *column;
};

#define DB_VALUE_NUMBER(kind, value) ((struct db_value){ .type = (kind), .number = (value) })
static inline struct db_value db_bigint(int64_t value)
{
    return (struct db_value){ .type = DB_BIGINT, .number = value };
}
static inline struct db_value db_integer(int64_t value)
{
    return (struct db_value){ .type = DB_INTEGER, .number = value };
}
static inline struct db_value db_instant(int64_t instant_us)
{
    return (struct db_value){ .type = DB_INSTANT, .number = instant_us };
}
static inline struct db_value db_boolean(bool value)
{
    return (struct db_value){ .type = DB_BOOLEAN, .number = value };
}
static inline struct db_value db_text(struct slice text)
{
    return (struct db_value){ .type = DB_TEXT, .bytes = text };
}
static inline struct db_value db_bytes(struct slice bytes)
{
    return (struct db_value){ .type = DB_BYTES, .bytes = bytes };
}
static inline struct db_value db_null(enum db_type type)
{
    return (struct db_value){ .type = type, .null = true };
}
static inline struct db_value db_array(const struct db_column *column)
{
    return (struct db_value){ .type = column->type, .column = column };
}

struct db_rows {
    const void *result;
    size_t count;
    size_t affected; // of INSERT, UPDATE, DELETE
};

// Runs one statement. `rows` may be NULL. Results live until the arena is reset.
bool db_query(struct db *db, struct arena *arena, const char *sql, const struct db_value *values,
              size_t count, struct db_rows *rows, struct error *error);

bool db_rows_null(const struct db_rows *rows, size_t row, int column);
// Booleans, integers, dates (days since 1970) and timestamps (microseconds since 1970); 0 for NULL.
int64_t db_rows_number(const struct db_rows *rows, size_t row, int column);
// Text and bytea; empty for NULL.
struct slice db_rows_slice(const struct db_rows *rows, size_t row, int column);

// Any SQL without parameters and results, several statements allowed: migrations, SET, LISTEN.
bool db_run(struct db *db, const char *sql, struct error *error);

bool db_begin(struct db *db, struct error *error);
bool db_rollback(struct db *db); // quiet; a lost connection is rolled back by the server
// False with ERROR_UNAVAILABLE and *unknown true where the connection was lost while the commit was under
// way: nobody knows then until the shard row is read again.
bool db_commit(struct db *db, bool *unknown, struct error *error);

// COPY into a table, binary: begin, then for every row db_copy_row and its values in order, then end.
struct db_copy {
    struct db *db;
    struct arena *arena;
    char *bytes;
    size_t size, capacity, rows;
    int columns;
};

// `sql` is "COPY table (a, b) FROM STDIN (FORMAT binary)"; `columns` the number of columns named there.
// Nothing is sent before db_copy_end, which sends nothing at all where there are no rows.
struct db_copy db_copy(struct arena *arena, int columns);
void db_copy_row(struct db_copy *copy);
void db_copy_number(struct db_copy *copy, enum db_type type, int64_t value);
void db_copy_slice(struct db_copy *copy, struct slice value); // text and bytea
void db_copy_null(struct db_copy *copy);
bool db_copy_end(struct db_copy *copy, struct db *db, const char *sql, struct error *error);

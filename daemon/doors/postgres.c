// SPDX-License-Identifier: Apache-2.0
#include "doors/postgres.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_DATE = 1082,
    OID_TIMESTAMPTZ = 1184,
    MOST_VALUES = 40,
    MOST_STATEMENTS = 512,
};

// PostgreSQL counts from 2000-01-01.
static const int64_t EPOCH_DAYS = 10957;
static const int64_t EPOCH_US = INT64_C(10957) * 86400 * 1000000;

static const struct {
    Oid scalar, array;
    int bytes; // on the wire, 0 for text and bytea
} types[] = {
    [DB_BOOLEAN] = { OID_BOOL, 1000, 1 }, [DB_SMALLINT] = { OID_INT2, 1005, 2 },
    [DB_INTEGER] = { OID_INT4, 1007, 4 }, [DB_BIGINT] = { OID_INT8, 1016, 8 },
    [DB_TEXT] = { OID_TEXT, 1009, 0 },    [DB_BYTES] = { OID_BYTEA, 1001, 0 },
    [DB_DATE] = { OID_DATE, 1182, 4 },    [DB_INSTANT] = { OID_TIMESTAMPTZ, 1185, 8 },
};

struct db {
    PGconn *connection;
    char *conninfo, *application;
    const char *statements[MOST_STATEMENTS]; // prepared as "sN", found by address
    int statement_count;
};

static struct slice without_line_end(const char *text)
{
    return slice_trim(slice_of(text ? text : ""));
}

static void quiet(void *argument, const PGresult *result)
{
    (void)argument;
    (void)result;
}

static bool connect_now(struct db *db, struct error *error)
{
    // What stands before dbname the user's connection string may change. A server that vanishes without a word
    // is noticed within half a minute, not after the two hours of TCP.
    const char *names[] = { "connect_timeout",  "keepalives_idle",  "keepalives_interval",
                            "keepalives_count", "tcp_user_timeout", "dbname",
                            "application_name", "options",          NULL };
    const char *values[] = { "10",
                             "10",
                             "5",
                             "3",
                             "30000",
                             db->conninfo,
                             db->application,
                             "-c statement_timeout=60s -c lock_timeout=10s"
                             " -c idle_in_transaction_session_timeout=30s"
                             " -c client_connection_check_interval=5s -c synchronous_commit=on",
                             NULL };
    db->connection = PQconnectdbParams(names, values, 1);
    db->statement_count = 0;
    if (db->connection && PQstatus(db->connection) == CONNECTION_OK) {
        PQsetNoticeReceiver(db->connection, quiet, NULL);
        return true;
    }
    struct slice why = without_line_end(db->connection ? PQerrorMessage(db->connection) : "out of memory");
    error_set(error, ERROR_UNAVAILABLE, NULL,
              "could not connect to PostgreSQL: %.*s; check setting 'database'", SLICE_ARGS(why));
    PQfinish(db->connection);
    db->connection = NULL;
    return false;
}

struct db *db_open(const char *conninfo, const char *application, struct error *error)
{
    struct db *db = calloc(1, sizeof *db);
    assert(db);
    db->conninfo = strdup(conninfo);
    db->application = strdup(application);
    if (connect_now(db, error))
        return db;
    db_close(db);
    return NULL;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    PQfinish(db->connection);
    free(db->conninfo);
    free(db->application);
    free(db);
}

bool db_lost(const struct db *db)
{
    return !db->connection || PQstatus(db->connection) == CONNECTION_BAD;
}

bool db_reopen(struct db *db, struct error *error)
{
    PQfinish(db->connection);
    db->connection = NULL;
    return connect_now(db, error);
}

static bool starts_any(const char *state, const char *const prefixes[])
{
    for (; *prefixes; prefixes++)
        if (strncmp(state, *prefixes, strlen(*prefixes)) == 0)
            return true;
    return false;
}

// Which failures may pass: connection, transaction rollback, resources, operator intervention, system errors,
// lock not available, read-only server. Missing tables and rights and broken files are mended by people, and are
// no fault of the data.
static enum error_kind kind_of(const char *state)
{
    static const char *const passing[] = { "08",    "40", "53",    "57",    "58", "55P03",
                                           "25006", "42", "XX001", "XX002", NULL };
    static const char *const data[] = { "22", "23", NULL };
    if (strcmp(state, "CF001") == 0)
        return ERROR_FENCED;
    if (starts_any(state, passing))
        return ERROR_UNAVAILABLE;
    return starts_any(state, data) ? ERROR_INVALID : ERROR_INTERNAL;
}

static bool fail(struct db *db, const PGresult *result, const char *sql, struct error *error)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    if (db_lost(db) || !state) {
        struct slice why = without_line_end(PQerrorMessage(db->connection));
        return error_set(error, ERROR_UNAVAILABLE, NULL, "lost the connection to PostgreSQL: %.*s",
                         SLICE_ARGS(why));
    }
    error_set(error, kind_of(state), NULL, "PostgreSQL refused '%.80s': %s%s%s", sql, primary ? primary : "",
              detail ? "; " : "", detail ? detail : "");
    snprintf(error->code, sizeof error->code, "%s", state);
    return false;
}

bool db_run(struct db *db, const char *sql, struct error *error)
{
    PGresult *result = PQexec(db->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!good)
        fail(db, result, sql, error);
    PQclear(result);
    return good;
}

bool db_begin(struct db *db, struct error *error)
{
    return db_run(db, "BEGIN", error);
}

bool db_rollback(struct db *db)
{
    struct error ignored = { 0 };
    return db_lost(db) || db_run(db, "ROLLBACK", &ignored);
}

bool db_commit(struct db *db, bool *unknown, struct error *error)
{
    *unknown = false;
    PGresult *result = PQexec(db->connection, "COMMIT");
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    // COMMIT of a failed transaction answers "ROLLBACK" without an error.
    if (good && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        good = error_set(error, ERROR_INTERNAL, NULL, "the transaction had failed before its commit");
    else if (!good) {
        fail(db, result, "COMMIT", error);
        *unknown = db_lost(db);
    }
    PQclear(result);
    return good;
}

// --- Binary values

static int64_t to_wire(enum db_type type, int64_t value)
{
    return type == DB_DATE ? value - EPOCH_DAYS : type == DB_INSTANT ? value - EPOCH_US : value;
}

static void put_number(char *bytes, int size, int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);
    memcpy(bytes, (const char *)&big + (8 - size), (size_t)size);
}

static int64_t get_number(const char *bytes, int size)
{
    uint64_t value = bytes[0] & 0x80 ? ~UINT64_C(0) : 0;
    for (int i = 0; i < size; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return (int64_t)value;
}

static void append(struct arena *arena, char **bytes, size_t *size, size_t *capacity, const char *data,
                   size_t count)
{
    *bytes = arena_grow(arena, *bytes, capacity, *size + count, 1);
    if (count)
        memcpy(*bytes + *size, data, count);
    *size += count;
}

static void append_length(struct arena *arena, char **bytes, size_t *size, size_t *capacity, int64_t length)
{
    char prefix[4];
    put_number(prefix, 4, length);
    append(arena, bytes, size, capacity, prefix, 4);
}

static void append_number(struct arena *arena, char **bytes, size_t *size, size_t *capacity,
                          enum db_type type, int64_t value)
{
    char wire[8];
    int width = types[type].bytes;
    assert(width);
    put_number(wire, width, to_wire(type, value));
    append_length(arena, bytes, size, capacity, width);
    append(arena, bytes, size, capacity, wire, (size_t)width);
}

struct db_column db_column(struct arena *arena, enum db_type type)
{
    return (struct db_column){ .arena = arena, .type = type };
}

void db_column_add_number(struct db_column *column, int64_t value)
{
    append_number(column->arena, &column->bytes, &column->size, &column->capacity, column->type, value);
    column->count++;
}

void db_column_add(struct db_column *column, struct slice value)
{
    assert(types[column->type].bytes == 0);
    append_length(column->arena, &column->bytes, &column->size, &column->capacity, (int64_t)value.size);
    append(column->arena, &column->bytes, &column->size, &column->capacity, value.data, value.size);
    column->count++;
}

void db_column_add_null(struct db_column *column)
{
    append_length(column->arena, &column->bytes, &column->size, &column->capacity, -1);
    column->count++;
    column->nulls++;
}

// Array on the wire: dimensions, has-nulls flag, element type, size and lower bound of the one dimension,
// elements. An empty array has no dimension.
static struct slice array_bytes(struct arena *arena, const struct db_column *column)
{
    char *bytes = NULL;
    size_t size = 0, capacity = 0;
    append_length(arena, &bytes, &size, &capacity, column->count ? 1 : 0);
    append_length(arena, &bytes, &size, &capacity, column->nulls ? 1 : 0);
    append_length(arena, &bytes, &size, &capacity, (int64_t)types[column->type].scalar);
    if (column->count) {
        append_length(arena, &bytes, &size, &capacity, (int64_t)column->count);
        append_length(arena, &bytes, &size, &capacity, 1);
        append(arena, &bytes, &size, &capacity, column->bytes, column->size);
    }
    return (struct slice){ bytes, size };
}

// --- Statements

// The name of the prepared statement, preparing it first where this connection has not yet.
static bool prepare(struct db *db, const char *sql, const struct db_value *values, size_t count,
                    char name[16], struct error *error)
{
    for (int i = 0; i < db->statement_count; i++)
        if (db->statements[i] == sql) {
            snprintf(name, 16, "s%d", i);
            return true;
        }
    assert(db->statement_count < MOST_STATEMENTS);
    Oid oids[MOST_VALUES];
    for (size_t i = 0; i < count; i++)
        oids[i] = values[i].column ? types[values[i].type].array : types[values[i].type].scalar;
    snprintf(name, 16, "s%d", db->statement_count);
    PGresult *result = PQprepare(db->connection, name, sql, (int)count, oids);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    if (good)
        db->statements[db->statement_count++] = sql;
    else
        fail(db, result, sql, error);
    PQclear(result);
    return good;
}

static void release_result(void *result)
{
    PQclear(result);
}

bool db_query(struct db *db, struct arena *arena, const char *sql, const struct db_value *values,
              size_t count, struct db_rows *rows, struct error *error)
{
    assert(count <= MOST_VALUES);
    char name[16];
    if (!prepare(db, sql, values, count, name, error))
        return false;
    const char *pointers[MOST_VALUES];
    int lengths[MOST_VALUES], formats[MOST_VALUES];
    char numbers[MOST_VALUES][8];
    for (size_t i = 0; i < count; i++) {
        const struct db_value *value = &values[i];
        struct slice bytes = value->bytes;
        if (value->column) {
            bytes = array_bytes(arena, value->column);
        } else if (types[value->type].bytes) {
            put_number(numbers[i], types[value->type].bytes, to_wire(value->type, value->number));
            bytes = (struct slice){ numbers[i], (size_t)types[value->type].bytes };
        }
        pointers[i] = value->null ? NULL : bytes.data ? bytes.data : "";
        lengths[i] = (int)bytes.size;
        formats[i] = 1;
    }
    PGresult *result = PQexecPrepared(db->connection, name, (int)count, pointers, lengths, formats, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        fail(db, result, sql, error);
        PQclear(result);
        return false;
    }
    if (!rows) {
        PQclear(result);
        return true;
    }
    const char *affected = PQcmdTuples(result);
    *rows = (struct db_rows){ .result = result,
                              .count = (size_t)PQntuples(result),
                              .affected = affected[0] ? strtoul(affected, NULL, 10) : 0 };
    arena_defer(arena, release_result, result);
    return true;
}

bool db_rows_null(const struct db_rows *rows, size_t row, int column)
{
    return PQgetisnull(rows->result, (int)row, column);
}

int64_t db_rows_number(const struct db_rows *rows, size_t row, int column)
{
    if (db_rows_null(rows, row, column))
        return 0;
    int64_t value =
        get_number(PQgetvalue(rows->result, (int)row, column), PQgetlength(rows->result, (int)row, column));
    switch (PQftype(rows->result, column)) {
    case OID_DATE:
        return value + EPOCH_DAYS;
    case OID_TIMESTAMPTZ:
        return value + EPOCH_US;
    case OID_BOOL:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return value;
    default:
        // Our own mistake: a column that holds no number was read as one.
        abort();
    }
}

struct slice db_rows_slice(const struct db_rows *rows, size_t row, int column)
{
    return (struct slice){ PQgetvalue(rows->result, (int)row, column),
                           (size_t)PQgetlength(rows->result, (int)row, column) };
}

// --- COPY

struct db_copy db_copy(struct arena *arena, int columns)
{
    return (struct db_copy){ .arena = arena, .columns = columns };
}

void db_copy_row(struct db_copy *copy)
{
    char count[2];
    put_number(count, 2, copy->columns);
    append(copy->arena, &copy->bytes, &copy->size, &copy->capacity, count, 2);
    copy->rows++;
}

void db_copy_number(struct db_copy *copy, enum db_type type, int64_t value)
{
    append_number(copy->arena, &copy->bytes, &copy->size, &copy->capacity, type, value);
}

void db_copy_slice(struct db_copy *copy, struct slice value)
{
    append_length(copy->arena, &copy->bytes, &copy->size, &copy->capacity, (int64_t)value.size);
    append(copy->arena, &copy->bytes, &copy->size, &copy->capacity, value.data, value.size);
}

void db_copy_null(struct db_copy *copy)
{
    append_length(copy->arena, &copy->bytes, &copy->size, &copy->capacity, -1);
}

static bool send_copy(struct db *db, const struct db_copy *copy)
{
    static const char head[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    if (PQputCopyData(db->connection, head, sizeof head) != 1)
        return false;
    const size_t piece = 1 << 20;
    for (size_t sent = 0; sent < copy->size; sent += piece) {
        size_t left = copy->size - sent;
        if (PQputCopyData(db->connection, copy->bytes + sent, (int)(left < piece ? left : piece)) != 1)
            return false;
    }
    return PQputCopyData(db->connection, "\377\377", 2) == 1 && PQputCopyEnd(db->connection, NULL) == 1;
}

bool db_copy_end(struct db_copy *copy, struct db *db, const char *sql, struct error *error)
{
    if (copy->rows == 0)
        return true;
    PGresult *started = PQexec(db->connection, sql);
    bool good = PQresultStatus(started) == PGRES_COPY_IN;
    if (!good)
        fail(db, started, sql, error);
    PQclear(started);
    if (!good)
        return false;
    if (!send_copy(db, copy))
        return fail(db, NULL, sql, error);
    for (PGresult *result; (result = PQgetResult(db->connection)); PQclear(result))
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            good = fail(db, result, sql, error);
    return good;
}

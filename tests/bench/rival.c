// SPDX-License-Identifier: Apache-2.0
// The two rivals of the pipeline bench. Both read the same order records from Kafka as comptoird does, decide
// nothing, write the same final rows and publish the same events; the rows and events are taken from a database
// in which comptoird has decided the same records before.
//
//     bench_rival floor|chatty SOURCE TARGET BROKERS PREFIX ORDERS THREADS BATCH
//
// floor:  batches of BATCH orders, one COPY a table, one aggregated UPDATE of stock and accounts, one commit.
// chatty: a transaction for every order, a statement for every row.
// SOURCE and TARGET are libpq connection strings. Each thread has a connection and the partitions whose number
// modulo THREADS is its own; events go out in Kafka transactions from a thread beside it. Prints "ready", then
// works until ORDERS orders are published and ends.
#include <assert.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doors/kafka.h"

enum { TABLES = 6, EVENTS_AN_ORDER = 2, MOST_PARAMETERS = 40, PARTITIONS = 1024 };

// Every table with the column that leads to its order. The outbox comes last: its rows know no order.
static const struct {
    const char *name, *key;
} tables[TABLES] = {
    { "sales_order", "id" },          { "order_line", "order_id" }, { "reservation", "order_id" },
    { "exposure_entry", "order_id" }, { "outcome", "order_id" },    { "outbox", NULL },
};

// One row in COPY's binary form: field count, then length and bytes a field.
struct row {
    char *bytes;
    size_t size;
};

struct rows {
    struct row *items;
    size_t count;
};

struct event {
    struct slice key, payload;
    int topic; // enum topic of engine/stage.h
};

struct order {
    struct rows rows[TABLES];
    struct event events[EVENTS_AN_ORDER];
    char *products[64], *sites[64];
    int64_t quantities[64];
    size_t reservations;
    char *payer;
    int64_t booked;
};

static struct order *orders;
static size_t order_count;
static int32_t *first_of_partition[PARTITIONS]; // orders by partition and offset, -1 where there is none
static int64_t size_of_partition[PARTITIONS];
static Oid parameter_types[TABLES][MOST_PARAMETERS];
static int parameter_counts[TABLES];

static void stop_with(const char *what, const char *why)
{
    fprintf(stderr, "bench_rival: %s: %s\n", what, why);
    exit(1);
}

static PGconn *open_database(const char *conninfo)
{
    PGconn *connection = PQconnectdb(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        stop_with("cannot connect", PQerrorMessage(connection));
    return connection;
}

static PGresult *ask(PGconn *connection, const char *sql)
{
    PGresult *result = PQexecParams(connection, sql, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        stop_with(sql, PQerrorMessage(connection));
    return result;
}

static void run(PGconn *connection, const char *sql)
{
    PQclear(ask(connection, sql));
}

static int64_t number_of(const PGresult *result, int row, int column)
{
    const unsigned char *bytes = (const unsigned char *)PQgetvalue(result, row, column);
    int64_t value = bytes[0] & 0x80 ? -1 : 0;
    for (int i = 0; i < PQgetlength(result, row, column); i++)
        value = value << 8 | bytes[i];
    return value;
}

static void put(char **at, int64_t value, int size)
{
    for (int i = size - 1; i >= 0; i--)
        *(*at)++ = (char)(value >> (8 * i));
}

static struct row encode(const PGresult *result, int row, int from)
{
    size_t size = 2;
    for (int i = from; i < PQnfields(result); i++)
        size += 4 + (size_t)PQgetlength(result, row, i);
    struct row encoded = { malloc(size), size };
    char *at = encoded.bytes;
    put(&at, PQnfields(result) - from, 2);
    for (int i = from; i < PQnfields(result); i++) {
        int length = PQgetlength(result, row, i);
        put(&at, PQgetisnull(result, row, i) ? -1 : length, 4);
        memcpy(at, PQgetvalue(result, row, i), (size_t)length);
        at += length;
    }
    return encoded;
}

static char *copy_of(const PGresult *result, int row, int column)
{
    return strndup(PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
}

// --- Loading what comptoird has made

static struct order *order_at(int partition, int64_t offset)
{
    assert(partition < PARTITIONS && offset < size_of_partition[partition]);
    int32_t index = first_of_partition[partition][offset];
    return index < 0 ? NULL : &orders[index];
}

static void load_positions(PGconn *source, const char *inbound)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT s.partition, c.\"offset\" FROM outcome c JOIN shard s ON s.id = c.shard WHERE s.topic = '%s'"
             " ORDER BY 1, 2",
             inbound);
    PGresult *result = ask(source, sql);
    order_count = (size_t)PQntuples(result);
    orders = calloc(order_count, sizeof *orders);
    for (int i = 0; i < PQntuples(result); i++) {
        int64_t partition = number_of(result, i, 0), offset = number_of(result, i, 1);
        int32_t *grown = realloc(first_of_partition[partition], (size_t)(offset + 1) * sizeof *grown);
        for (int64_t hole = size_of_partition[partition]; hole < offset; hole++)
            grown[hole] = -1;
        grown[offset] = i;
        first_of_partition[partition] = grown;
        size_of_partition[partition] = offset + 1;
    }
    PQclear(result);
}

static void add_row(struct rows *rows, struct row row)
{
    rows->items = realloc(rows->items, (rows->count + 1) * sizeof *rows->items);
    rows->items[rows->count++] = row;
}

static void keep_types(const PGresult *result, int table, int from)
{
    parameter_counts[table] = PQnfields(result) - from;
    for (int i = from; i < PQnfields(result); i++)
        parameter_types[table][i - from] = PQftype(result, i);
}

static void load_table(PGconn *source, const char *inbound, int table)
{
    char sql[512];
    if (tables[table].key)
        snprintf(sql, sizeof sql,
                 "SELECT s.partition, t.%s & 1099511627775, t.* FROM %s t JOIN shard s ON s.id = t.%s >> 40"
                 " WHERE s.topic = '%s'",
                 tables[table].key, tables[table].name, tables[table].key, inbound);
    else // two outbox rows an order, in the order of the offsets
        snprintf(sql, sizeof sql,
                 "SELECT s.partition, c.\"offset\", o.* FROM (SELECT *, row_number() OVER (PARTITION BY shard ORDER BY seq)"
                 " - 1 AS n FROM outbox) o JOIN shard s ON s.id = o.shard JOIN (SELECT shard, \"offset\", row_number() OVER"
                 " (PARTITION BY shard ORDER BY \"offset\") - 1 AS n FROM outcome) c ON c.shard = o.shard AND c.n = o.n / 2"
                 " WHERE s.topic = '%s' ORDER BY o.shard, o.seq",
                 inbound);
    PGresult *result = ask(source, sql);
    // The outbox's row number is a column of the query alone.
    keep_types(result, table, 2);
    parameter_counts[table] -= !tables[table].key;
    for (int i = 0; i < PQntuples(result); i++) {
        struct order *order = order_at((int)number_of(result, i, 0), number_of(result, i, 1));
        struct row row = encode(result, i, 2);
        if (!tables[table].key) {
            row.size -= 4 + 8;
            char *at = row.bytes;
            put(&at, parameter_counts[table], 2);
        }
        add_row(&order->rows[table], row);
    }
    PQclear(result);
}

static void load_events(PGconn *source, const char *inbound)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT s.partition, c.\"offset\", o.topic, o.key, o.payload FROM (SELECT *, row_number() OVER (PARTITION BY"
             " shard ORDER BY seq) - 1 AS n FROM outbox) o JOIN shard s ON s.id = o.shard JOIN (SELECT shard, \"offset\","
             " row_number() OVER (PARTITION BY shard ORDER BY \"offset\") - 1 AS n FROM outcome) c"
             " ON c.shard = o.shard AND c.n = o.n / 2 WHERE s.topic = '%s' ORDER BY o.shard, o.seq",
             inbound);
    PGresult *result = ask(source, sql);
    if ((size_t)PQntuples(result) != order_count * EVENTS_AN_ORDER)
        stop_with("the source", "has not two outbox rows an order");
    for (int i = 0; i < PQntuples(result); i++) {
        struct order *order = order_at((int)number_of(result, i, 0), number_of(result, i, 1));
        order->events[i % EVENTS_AN_ORDER] = (struct event){
            .key = { copy_of(result, i, 3), (size_t)PQgetlength(result, i, 3) },
            .payload = { memcpy(malloc((size_t)PQgetlength(result, i, 4) + 1), PQgetvalue(result, i, 4),
                                (size_t)PQgetlength(result, i, 4)),
                         (size_t)PQgetlength(result, i, 4) },
            .topic = (int)number_of(result, i, 2),
        };
    }
    PQclear(result);
}

static void load_effects(PGconn *source, const char *inbound)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT s.partition, r.order_id & 1099511627775, r.product, r.site, r.quantity FROM reservation r"
             " JOIN shard s ON s.id = r.order_id >> 40 WHERE s.topic = '%s'",
             inbound);
    PGresult *result = ask(source, sql);
    for (int i = 0; i < PQntuples(result); i++) {
        struct order *order = order_at((int)number_of(result, i, 0), number_of(result, i, 1));
        assert(order->reservations < 64);
        order->products[order->reservations] = copy_of(result, i, 2);
        order->sites[order->reservations] = copy_of(result, i, 3);
        order->quantities[order->reservations++] = number_of(result, i, 4);
    }
    PQclear(result);
    snprintf(sql, sizeof sql,
             "SELECT s.partition, o.id & 1099511627775, o.payer, o.booked FROM sales_order o"
             " JOIN shard s ON s.id = o.id >> 40 WHERE s.topic = '%s'",
             inbound);
    result = ask(source, sql);
    for (int i = 0; i < PQntuples(result); i++) {
        struct order *order = order_at((int)number_of(result, i, 0), number_of(result, i, 1));
        order->payer = copy_of(result, i, 2);
        order->booked = number_of(result, i, 3);
    }
    PQclear(result);
}

// --- Publishing beside the database

struct worker {
    int index, threads;
    bool chatty;
    size_t batch;
    const char *target;
    struct kafka_settings settings;
    char inbound[256], topics[8][256];
    pthread_t thread, publisher;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct order **committed; // in the order of their commits
    size_t committed_count, wanted;
};

static void must(bool good, const struct error *error)
{
    char text[1024];
    if (!good)
        stop_with("failed", error_text(error, text, sizeof text));
}

static void *publish(void *argument)
{
    struct worker *worker = argument;
    struct error error = { 0 };
    char id[300];
    snprintf(id, sizeof id, "%s.rival.%d", worker->inbound, worker->index);
    struct kafka_publisher *publisher = kafka_publisher_open(&worker->settings, id, &error);
    must(publisher != NULL, &error);
    for (size_t done = 0; done < worker->wanted;) {
        pthread_mutex_lock(&worker->lock);
        while (worker->committed_count == done)
            pthread_cond_wait(&worker->wake, &worker->lock);
        size_t until = worker->committed_count;
        pthread_mutex_unlock(&worker->lock);
        if (until > done + 2 * worker->batch)
            until = done + 2 * worker->batch;
        must(kafka_publisher_begin(publisher, &error), &error);
        for (; done < until; done++)
            for (int i = 0; i < EVENTS_AN_ORDER; i++) {
                const struct event *event = &worker->committed[done]->events[i];
                must(kafka_publish(publisher, worker->topics[event->topic], -1, event->key, event->payload, NULL, 0,
                                   &error),
                     &error);
            }
        bool doubtful;
        must(kafka_publisher_commit(publisher, &doubtful, &error), &error);
    }
    kafka_publisher_close(publisher);
    return NULL;
}

static void hand_over(struct worker *worker, struct order *const *batch, size_t count)
{
    pthread_mutex_lock(&worker->lock);
    memcpy(worker->committed + worker->committed_count, batch, count * sizeof(struct order *));
    worker->committed_count += count;
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
}

// --- floor

static void copy_table(PGconn *target, int table, struct order *const *batch, size_t count)
{
    static const char head[19] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
    char sql[64];
    snprintf(sql, sizeof sql, "COPY %s FROM STDIN (FORMAT binary)", tables[table].name);
    PGresult *started = PQexec(target, sql);
    if (PQresultStatus(started) != PGRES_COPY_IN)
        stop_with(sql, PQerrorMessage(target));
    PQclear(started);
    PQputCopyData(target, head, sizeof head);
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < batch[i]->rows[table].count; j++)
            size += batch[i]->rows[table].items[j].size;
    char *bytes = malloc(size + 1), *at = bytes;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < batch[i]->rows[table].count; j++) {
            const struct row *row = &batch[i]->rows[table].items[j];
            memcpy(at, row->bytes, row->size);
            at += row->size;
        }
    PQputCopyData(target, bytes, (int)size);
    free(bytes);
    PQputCopyData(target, "\377\377", 2);
    PQputCopyEnd(target, NULL);
    for (PGresult *result; (result = PQgetResult(target)); PQclear(result))
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            stop_with(sql, PQerrorMessage(target));
}

struct delta {
    const char *key, *site;
    int64_t amount;
};

static int compare(const void *left, const void *right)
{
    const struct delta *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order ? order : strcmp(a->site, b->site);
}

// Sums by key, in one UPDATE; the rows are locked in the order of their keys first.
static void update_sums(PGconn *target, struct delta *deltas, size_t count, bool stock)
{
    qsort(deltas, count, sizeof *deltas, compare);
    size_t sums = 0;
    for (size_t i = 0; i < count; i++) {
        if (sums && compare(&deltas[sums - 1], &deltas[i]) == 0)
            deltas[sums - 1].amount += deltas[i].amount;
        else
            deltas[sums++] = deltas[i];
    }
    if (sums == 0)
        return;
    char *sql = malloc(1000 + sums * 200), *at = sql;
    at += sprintf(at, "WITH v(key, site, amount) AS MATERIALIZED (VALUES ");
    for (size_t i = 0; i < sums; i++)
        at += sprintf(at, "%s('%s','%s',%lld::bigint)", i ? "," : "", deltas[i].key, deltas[i].site,
                      (long long)deltas[i].amount);
    sprintf(at, stock ? "), l AS MATERIALIZED (SELECT s.* FROM v CROSS JOIN LATERAL (SELECT product, site FROM stock"
                        " WHERE product = v.key AND site = v.site FOR NO KEY UPDATE) s)"
                        " SELECT count(*) FROM l"
                      : "), l AS MATERIALIZED (SELECT a.* FROM v CROSS JOIN LATERAL (SELECT account FROM account"
                        " WHERE account = v.key FOR NO KEY UPDATE) a) SELECT count(*) FROM l");
    run(target, sql);
    sprintf(at, stock ? ") UPDATE stock s SET reserved = reserved + v.amount FROM v"
                        " WHERE s.product = v.key AND s.site = v.site"
                      : ") UPDATE account a SET exposure = exposure + v.amount FROM v WHERE a.account = v.key");
    run(target, sql);
    free(sql);
}

static void write_effects(PGconn *target, struct order *const *batch, size_t count)
{
    struct delta *stock = malloc((count * 64 + 1) * sizeof *stock), *accounts = malloc((count + 1) * sizeof *accounts);
    size_t stocks = 0;
    for (size_t i = 0; i < count; i++) {
        accounts[i] = (struct delta){ batch[i]->payer, "", batch[i]->booked };
        for (size_t j = 0; j < batch[i]->reservations; j++)
            stock[stocks++] = (struct delta){ batch[i]->products[j], batch[i]->sites[j], batch[i]->quantities[j] };
    }
    update_sums(target, accounts, count, false);
    update_sums(target, stock, stocks, true);
    free(stock);
    free(accounts);
}

static void write_batch(struct worker *worker, PGconn *target, struct order *const *batch, size_t count)
{
    // It decides nothing, so it may take the contended rows last, for the shortest time.
    run(target, "BEGIN");
    for (int table = 0; table < TABLES; table++)
        copy_table(target, table, batch, count);
    write_effects(target, batch, count);
    run(target, "COMMIT");
    hand_over(worker, batch, count);
}

// --- chatty

static void prepare_inserts(PGconn *target)
{
    for (int table = 0; table < TABLES; table++) {
        char sql[1024], *at = sql, name[16];
        at += sprintf(at, "INSERT INTO %s VALUES (", tables[table].name);
        for (int i = 0; i < parameter_counts[table]; i++)
            at += sprintf(at, "%s$%d", i ? "," : "", i + 1);
        sprintf(at, ")");
        snprintf(name, sizeof name, "t%d", table);
        PGresult *result = PQprepare(target, name, sql, parameter_counts[table], parameter_types[table]);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            stop_with(sql, PQerrorMessage(target));
        PQclear(result);
    }
}

static void insert(PGconn *target, int table, const struct row *row)
{
    const char *values[MOST_PARAMETERS];
    int lengths[MOST_PARAMETERS], formats[MOST_PARAMETERS];
    const unsigned char *at = (const unsigned char *)row->bytes + 2;
    for (int i = 0; i < parameter_counts[table]; i++) {
        int length = (int)((unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3]);
        values[i] = length < 0 ? NULL : (const char *)at + 4;
        lengths[i] = length < 0 ? 0 : length;
        formats[i] = 1;
        at += 4 + lengths[i];
    }
    char name[16];
    snprintf(name, sizeof name, "t%d", table);
    PGresult *result = PQexecPrepared(target, name, parameter_counts[table], values, lengths, formats, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        stop_with(tables[table].name, PQerrorMessage(target));
    PQclear(result);
}

static void add_to(PGconn *target, const char *sql, const char *key, const char *site, int64_t amount)
{
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)amount);
    const char *values[] = { number, key, site };
    PGresult *result = PQexecParams(target, sql, site ? 3 : 2, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        stop_with(sql, PQerrorMessage(target));
    PQclear(result);
}

static void write_order(struct worker *worker, PGconn *target, struct order *order)
{
    run(target, "BEGIN");
    add_to(target, "UPDATE account SET exposure = exposure + $1 WHERE account = $2", order->payer, NULL,
           order->booked);
    // Sorted by product, or the threads meet in deadlocks.
    struct delta stock[64];
    for (size_t i = 0; i < order->reservations; i++)
        stock[i] = (struct delta){ order->products[i], order->sites[i], order->quantities[i] };
    qsort(stock, order->reservations, sizeof *stock, compare);
    for (size_t i = 0; i < order->reservations; i++)
        add_to(target, "UPDATE stock SET reserved = reserved + $1 WHERE product = $2 AND site = $3", stock[i].key,
               stock[i].site, stock[i].amount);
    for (int table = 0; table < TABLES; table++)
        for (size_t i = 0; i < order->rows[table].count; i++)
            insert(target, table, &order->rows[table].items[i]);
    run(target, "COMMIT");
    hand_over(worker, &order, 1);
}

// --- Reading

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct error error = { 0 };
    PGconn *target = open_database(worker->target);
    if (worker->chatty)
        prepare_inserts(target);
    struct kafka_reader *reader = kafka_reader_open(&worker->settings, true, &error);
    must(reader != NULL, &error);
    struct kafka_position positions[PARTITIONS];
    size_t position_count = 0, seen = 0, count = 0;
    for (int partition = worker->index; partition < PARTITIONS; partition += worker->threads)
        if (size_of_partition[partition])
            positions[position_count++] = (struct kafka_position){ worker->inbound, partition, 0 };
    must(kafka_reader_seek(reader, positions, position_count, &error), &error);
    struct order **batch = calloc(worker->batch, sizeof *batch);
    struct arena *arena = arena_open(64 << 20);
    while (seen < worker->wanted) {
        struct kafka_record record;
        bool got, at_end;
        must(kafka_reader_next(reader, count ? 0 : 100, arena, &record, &got, &at_end, &error), &error);
        if (got) {
            batch[count++] = order_at(record.partition, record.offset);
            seen++;
        }
        if (worker->chatty && count)
            write_order(worker, target, batch[--count]);
        else if (count && (count == worker->batch || (!got && !at_end) || seen == worker->wanted)) {
            write_batch(worker, target, batch, count);
            count = 0;
            arena_reset(arena);
        }
    }
    arena_close(arena);
    kafka_reader_close(reader);
    PQfinish(target);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 9) {
        fputs("usage: bench_rival floor|chatty SOURCE TARGET BROKERS PREFIX SOURCE_INBOUND THREADS BATCH\n", stderr);
        return 2;
    }
    const char *source_inbound = argv[6];
    PGconn *source = open_database(argv[2]);
    load_positions(source, source_inbound);
    for (int table = 0; table < TABLES; table++)
        load_table(source, source_inbound, table);
    load_events(source, source_inbound);
    load_effects(source, source_inbound);
    PQfinish(source);

    int threads = atoi(argv[7]);
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    char brokers[300];
    snprintf(brokers, sizeof brokers, "bootstrap.servers=%s", argv[4]);
    static const char *properties[1];
    properties[0] = brokers;
    static const char *const names[] = { "inbound", "erp", "events", "acknowledgements", "approvals" };
    for (int i = 0; i < threads; i++) {
        struct worker *worker = &workers[i];
        *worker = (struct worker){ .index = i,
                                   .threads = threads,
                                   .chatty = strcmp(argv[1], "chatty") == 0,
                                   .batch = (size_t)atoi(argv[8]),
                                   .target = argv[3],
                                   .settings = { properties, 1, "bench-rival" } };
        snprintf(worker->inbound, sizeof worker->inbound, "%sinbound", argv[5]);
        for (int j = 0; j < 5; j++)
            snprintf(worker->topics[j], sizeof worker->topics[j], "%s%s", argv[5], names[j]);
        for (int partition = i; partition < PARTITIONS; partition += threads)
            for (int64_t offset = 0; offset < size_of_partition[partition]; offset++)
                worker->wanted += first_of_partition[partition][offset] >= 0;
        worker->committed = calloc(worker->wanted + 1, sizeof *worker->committed);
        pthread_mutex_init(&worker->lock, NULL);
        pthread_cond_init(&worker->wake, NULL);
        pthread_create(&worker->publisher, NULL, publish, worker);
        pthread_create(&worker->thread, NULL, work, worker);
    }
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        pthread_join(workers[i].publisher, NULL);
    }
    puts("done");
    return 0;
}

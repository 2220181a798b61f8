// SPDX-License-Identifier: Apache-2.0
// `comptoirctl order events`: what the world was told about an order, from the outbox.
#include <inttypes.h>

#include "ctl/ctl.h"
#include "ctl/order_data.h"
#include "handlers/money.h"

static const struct table_column columns[] = {
    { "sequence", "SEQ", true }, { "occurred_at", "AT", false }, { "kind", "KIND", false },
    { "state", "STATE", false }, { "total", "TOTAL", true },     { "currency", "CUR", false },
    { "holds", "HOLDS", false }, { "actor", "ACTOR", false },    { "position", "OUTBOX", false },
};

// The OrderEvents of the order's account since it came, decoded; those of the order are kept.
static bool read_events(const struct online *online, const struct document *order, struct document **events,
                        struct error *error)
{
    static const char sql[] =
        "SELECT shard, seq, payload FROM outbox WHERE topic = $1 AND type = 'OrderEvent'"
        " AND key = $2 AND day >= $3 ORDER BY shard, seq";
    int64_t received = 0;
    document_instant(order, "received_at", &received);
    const struct db_value values[] = { db_integer(TOPIC_EVENTS), db_bytes(document_text(order, "account")),
                                       DB_VALUE_NUMBER(DB_DATE, received / INT64_C(86400000000)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading the events");
    *events = document_list(online->arena);
    for (size_t i = 0; i < rows.count; i++) {
        struct document *event;
        struct slice position = arena_printf(online->arena, "%" PRId64 ":%" PRId64,
                                             db_rows_number(&rows, i, 0), db_rows_number(&rows, i, 1));
        if (!avro_decode(online->catalogue, online->settings.topics[TOPIC_EVENTS], db_rows_slice(&rows, i, 2),
                         online->arena, &event, error))
            return error_within(error, "decoding outbox row %.*s", SLICE_ARGS(position));
        if (!slice_equal(document_text(event, "order_id"), document_text(order, "order_id")))
            continue;
        document_add_text(online->arena, event, "position", position);
        document_add(*events, NULL, event);
    }
    return true;
}

// Amounts as people write them: with the decimals of their currency.
static void dress(struct document *events)
{
    for (struct document *event = events->first; event; event = event->next) {
        int exponent = money_exponent(document_text(event, "currency"));
        for (struct document *field = event->first; field && exponent >= 0; field = field->next)
            if (field->kind == DOCUMENT_DECIMAL && strcmp(field->name, "total") == 0 &&
                decimal_rescale(field->integer, field->scale, (uint8_t)exponent, &field->integer))
                field->scale = (uint8_t)exponent;
    }
}

static bool list_events(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    struct document *order = NULL, *events = NULL;
    (void)context;
    (void)count;
    if (!order_data_find(online, words[0], &order, error) || !read_events(online, order, &events, error))
        return false;
    dress(events);
    online_print_list(online, events, columns, sizeof columns / sizeof columns[0]);
    int64_t told = document_integer(order, "event_seq", 0);
    if ((int64_t)events->count < told)
        fprintf(stderr, "comptoirctl: %" PRId64 " of %" PRId64 " events are older than the outbox keeps\n",
                told - (int64_t)events->count, told);
    return true;
}

int ctl_order_events(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct online_command command = {
        .usage = { "order events", "ID", "List the events that were published about an order.", options,
                   sizeof options / sizeof options[0], 1, 1,
                   "Events are read from the outbox, which keeps them for relay.keep_days; "
                   "a sentence tells of older ones." },
        .wants = ONLINE_DATABASE | ONLINE_SCHEMAS,
        .act = list_events,
    };
    return online_run(&command, &online, NULL, argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// The checks that need our own code: documents in the outbox are decoded, prices and hashes calculated again.
#include "ctl/verify.h"

#include "ctl/progress.h"
#include "doors/crypto.h"
#include "formats/map.h"
#include "handlers/order/order.h"
#include "handlers/order/order_hash.h"
#include "handlers/price/price_trace.h"

enum { PAGE = 5000 };

struct digest verify_digest(struct slice key_sha256, struct slice payload_sha256)
{
    struct digest digest = { 0 };
    for (size_t i = 0; i < DIGEST_BYTES && i < key_sha256.size && i < payload_sha256.size; i++)
        digest.bytes[i] = (uint8_t)(key_sha256.data[i] ^ payload_sha256.data[i]);
    return digest;
}

struct digest verify_digest_of(struct slice key, struct slice payload)
{
    uint8_t of_key[SHA256_BYTES], of_payload[SHA256_BYTES];
    crypto_sha256(key, of_key);
    crypto_sha256(payload, of_payload);
    return verify_digest((struct slice){ (const char *)of_key, SHA256_BYTES },
                         (struct slice){ (const char *)of_payload, SHA256_BYTES });
}

// --- Orders

static bool load_orders(struct verify *verify, struct error *error)
{
    static const char sql[] = "SELECT id, event_seq, response_seq, decided_at FROM sales_order WHERE id > $1"
                              " ORDER BY id LIMIT $2";
    struct online *online = &verify->online;
    size_t capacity = 0, got = PAGE;
    while (got == PAGE) {
        int64_t last = verify->order_count ? verify->orders[verify->order_count - 1].order : -1;
        const struct db_value values[] = { db_bigint(last), db_bigint(PAGE) };
        struct db_rows rows;
        arena_reset(verify->scratch);
        if (!db_query(online->db, verify->scratch, sql, values, 2, &rows, error))
            return error_within(error, "reading orders");
        verify->orders = arena_grow(online->arena, verify->orders, &capacity,
                                    verify->order_count + rows.count + 1, sizeof *verify->orders);
        for (size_t i = 0; i < rows.count; i++)
            verify->orders[verify->order_count++] =
                (struct order_fact){ .order = db_rows_number(&rows, i, 0),
                                     .event_seq = db_rows_number(&rows, i, 1),
                                     .answered = db_rows_number(&rows, i, 2) > 0,
                                     .settled = db_rows_number(&rows, i, 3) < verify->began_us };
        got = rows.count;
        progress_show("orders", verify->order_count);
    }
    return true;
}

static bool load_changes(struct verify *verify, struct error *error)
{
    static const char sql[] = "SELECT id, responded_at FROM order_change WHERE id > $1 ORDER BY id LIMIT $2";
    struct online *online = &verify->online;
    size_t capacity = 0, got = PAGE;
    while (got == PAGE) {
        int64_t last = verify->change_count ? verify->changes[verify->change_count - 1].order : -1;
        const struct db_value values[] = { db_bigint(last), db_bigint(PAGE) };
        struct db_rows rows;
        arena_reset(verify->scratch);
        if (!db_query(online->db, verify->scratch, sql, values, 2, &rows, error))
            return error_within(error, "reading changes");
        verify->changes = arena_grow(online->arena, verify->changes, &capacity,
                                     verify->change_count + rows.count + 1, sizeof *verify->changes);
        for (size_t i = 0; i < rows.count; i++) {
            bool answered = !db_rows_null(&rows, i, 1);
            verify->changes[verify->change_count++] =
                (struct order_fact){ .order = db_rows_number(&rows, i, 0),
                                     .answered = answered,
                                     .settled = !answered || db_rows_number(&rows, i, 1) < verify->began_us };
        }
        got = rows.count;
    }
    return true;
}

// --- Documents in the outbox

struct published {
    struct event_fact *events;
    size_t event_count, event_capacity;
    struct answer_fact *answers;
    size_t answer_count, answer_capacity;
    struct answer_fact *changes;
    size_t change_count, change_capacity;
};

static bool take_document(struct verify *verify, const struct db_rows *rows, size_t row,
                          struct published *published, struct error *error)
{
    struct online *online = &verify->online;
    struct slice payload = db_rows_slice(rows, row, 3);
    int64_t order = 0, shard = db_rows_number(rows, row, 0), seq = db_rows_number(rows, row, 1);
    bool event = db_rows_number(rows, row, 2) == TOPIC_EVENTS;
    const char *topic = online->settings.topics[event ? TOPIC_EVENTS : TOPIC_ACKNOWLEDGEMENTS];
    struct document *document;
    if (!avro_decode(online->catalogue, topic, payload, verify->scratch, &document, error))
        return error_within(error, "decoding outbox row %lld:%lld", (long long)shard, (long long)seq);
    order_id_parse(document_text(document, "order_id"), &order);
    struct place at = { .partition = (int32_t)shard, .offset = seq };
    if (event) {
        published->events = arena_grow(online->arena, published->events, &published->event_capacity,
                                       published->event_count + 1, sizeof *published->events);
        published->events[published->event_count++] =
            (struct event_fact){ order, document_integer(document, "sequence", 0), at };
        return true;
    }
    struct slice change = document_text(document, "change_id");
    if (!slice_empty(change)) {
        order_id_parse(change, &order);
        published->changes = arena_grow(online->arena, published->changes, &published->change_capacity,
                                        published->change_count + 1, sizeof *published->changes);
        published->changes[published->change_count++] =
            (struct answer_fact){ order, verify_digest_of((struct slice){ 0 }, payload), at };
        return true;
    }
    published->answers = arena_grow(online->arena, published->answers, &published->answer_capacity,
                                    published->answer_count + 1, sizeof *published->answers);
    published->answers[published->answer_count++] =
        (struct answer_fact){ order, verify_digest_of((struct slice){ 0 }, payload), at };
    return true;
}

static bool read_published(struct verify *verify, struct published *published, struct error *error)
{
    static const char sql[] = "SELECT shard, seq, topic, payload FROM outbox WHERE (shard, seq) > ($1, $2)"
                              " AND type IN ('OrderEvent', 'OrderResponse') ORDER BY shard, seq LIMIT $3";
    int64_t shard = -1, seq = -1;
    size_t got = PAGE;
    while (got == PAGE) {
        const struct db_value values[] = { db_integer((int32_t)shard), db_bigint(seq), db_bigint(PAGE) };
        struct db_rows rows;
        arena_reset(verify->scratch);
        if (!db_query(verify->online.db, verify->scratch, sql, values, 3, &rows, error))
            return error_within(error, "reading the outbox");
        for (size_t i = 0; i < rows.count; i++) {
            shard = db_rows_number(&rows, i, 0);
            seq = db_rows_number(&rows, i, 1);
            if (!take_document(verify, &rows, i, published, error))
                return false;
        }
        got = rows.count;
        progress_show("events in the outbox", published->event_count);
    }
    return true;
}

// True where the outbox has lost its beginning to time.
static bool outbox_trimmed(struct verify *verify, bool *trimmed, struct error *error)
{
    static const char sql[] = "SELECT EXISTS (SELECT FROM shard s WHERE s.next_seq > 0 AND NOT EXISTS"
                              " (SELECT FROM outbox o WHERE o.shard = s.id AND o.seq = 0))";
    struct db_rows rows;
    if (!db_query(verify->online.db, verify->online.arena, sql, NULL, 0, &rows, error))
        return error_within(error, "reading the outbox");
    *trimmed = db_rows_number(&rows, 0, 0) != 0;
    return true;
}

static bool check_published(struct verify *verify, struct error *error)
{
    struct arena *arena = verify->online.arena;
    struct published published = { 0 };
    bool trimmed = false;
    if (!read_published(verify, &published, error) || !outbox_trimmed(verify, &trimmed, error))
        return false;
    // One snapshot has both, so all orders are settled here.
    struct order_fact *orders = ARENA_ARRAY(arena, verify->order_count, struct order_fact);
    for (size_t i = 0; i < verify->order_count; i++) {
        orders[i] = verify->orders[i];
        orders[i].settled = true;
    }
    const struct compared_orders facts = { orders, verify->order_count, "outbox", trimmed };
    const struct compared_orders changes = { verify->changes, verify->change_count, "outbox (changes)",
                                             trimmed };
    compare_events(&facts, published.events, published.event_count, &verify->verdicts[INVARIANT_EVENTS]);
    compare_answers(&facts, published.answers, published.answer_count, &verify->verdicts[INVARIANT_ANSWER]);
    compare_answers(&changes, published.changes, published.change_count, &verify->verdicts[INVARIANT_ANSWER]);
    return true;
}

// --- Prices and approvals, calculated again

static void judge_price(struct verify *verify, const char *what, const struct db_rows *rows, size_t row)
{
    char id[ORDER_ID_TEXT_SIZE], text[600];
    struct error error = { 0 };
    int64_t amount = 0, recorded = db_rows_number(rows, row, 4);
    struct verdict *verdict = &verify->verdicts[INVARIANT_PRICE];
    order_id_text(db_rows_number(rows, row, 1), id);
    if (!price_trace_replay(db_rows_slice(rows, row, 3), &amount, &error))
        verdict_fault(verdict, "%s %s line %lld: %s", what, id, (long long)db_rows_number(rows, row, 2),
                      error_text(&error, text, sizeof text));
    else if (amount != recorded)
        verdict_fault(verdict, "%s %s line %lld: the trace gives %lld, recorded is %lld (minor units)", what,
                      id, (long long)db_rows_number(rows, row, 2), (long long)amount, (long long)recorded);
}

static bool check_traces(struct verify *verify, const char *what, const char *sql, struct error *error)
{
    // What the next page begins behind; the page's own rows are gone by then.
    struct text account = text_in(verify->online.arena);
    int64_t order = -1, position = 0;
    size_t got = PAGE, done = 0;
    while (got == PAGE) {
        const struct db_value values[] = { db_text(text_slice(&account)), db_bigint(order),
                                           db_integer((int32_t)position), db_bigint(PAGE) };
        struct db_rows rows;
        arena_reset(verify->scratch);
        if (!db_query(verify->online.db, verify->scratch, sql, values, 4, &rows, error))
            return error_within(error, "reading prices");
        for (size_t i = 0; i < rows.count; i++)
            judge_price(verify, what, &rows, i);
        got = rows.count;
        if (got == 0)
            break;
        account.size = 0;
        text_append(&account, db_rows_slice(&rows, got - 1, 0));
        order = db_rows_number(&rows, got - 1, 1);
        position = db_rows_number(&rows, got - 1, 2);
        progress_show("prices", done += got);
    }
    return true;
}

static bool check_prices(struct verify *verify, struct error *error)
{
    static const char ordered[] =
        "SELECT account, order_id, position, trace, amount FROM order_line WHERE trace <> ''"
        " AND (account, order_id, position) > ($1, $2, $3) ORDER BY account, order_id, position LIMIT $4";
    static const char quoted[] =
        "SELECT account, quotation_id, position, trace, amount FROM quotation_line WHERE trace <> ''"
        " AND (account, quotation_id, position) > ($1, $2, $3)"
        " ORDER BY account, quotation_id, position LIMIT $4";
    return check_traces(verify, "order", ordered, error) && check_traces(verify, "quotation", quoted, error);
}

// The approval must be of what the order is now: content, currency and total.
static bool check_approvals(struct verify *verify, struct error *error)
{
    static const char sql[] = "SELECT id, content_hash, currency, total, approval_hash FROM sales_order"
                              " WHERE state = 2 AND approval_hash <> '' AND id > $1 ORDER BY id LIMIT $2";
    int64_t last = -1;
    size_t got = PAGE;
    while (got == PAGE) {
        const struct db_value values[] = { db_bigint(last), db_bigint(PAGE) };
        struct db_rows rows;
        arena_reset(verify->scratch);
        if (!db_query(verify->online.db, verify->scratch, sql, values, 2, &rows, error))
            return error_within(error, "reading approvals");
        for (size_t i = 0; i < rows.count; i++) {
            char id[ORDER_ID_TEXT_SIZE];
            last = db_rows_number(&rows, i, 0);
            struct order order = { .content_hash = db_rows_slice(&rows, i, 1),
                                   .currency = db_rows_slice(&rows, i, 2),
                                   .total = db_rows_number(&rows, i, 3) };
            if (!slice_equal(order_approval_hash(&order, verify->scratch), db_rows_slice(&rows, i, 4)))
                verdict_fault(&verify->verdicts[INVARIANT_APPROVAL],
                              "order %s was approved with another content or total than it has",
                              order_id_text(last, id));
        }
        got = rows.count;
    }
    return true;
}

// --- Deliveries that were given up

// A partner whose file names no address for cXML wants no confirmations: nothing is owed to him there.
static bool wants_none(const struct maps *maps, struct slice partner, struct slice channel)
{
    const struct partner *known = maps_partner_named(maps, partner);
    return known && slice_is(channel, "cxml") && !known->cxml_url;
}

static bool check_deliveries(struct verify *verify, struct error *error)
{
    static const char sql[] = "SELECT id, partner, channel, attempts, last_error FROM delivery"
                              " WHERE state = 'given_up' ORDER BY created_at";
    struct online *online = &verify->online;
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, NULL, 0, &rows, error))
        return error_within(error, "reading deliveries");
    if (rows.count == 0)
        return true;
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    struct maps *maps = maps_load(online->settings.maps, schemas, error);
    if (!maps)
        return error_within(error, "asking the partner files about deliveries");
    for (size_t i = 0; i < rows.count; i++)
        if (!wants_none(maps, db_rows_slice(&rows, i, 1), db_rows_slice(&rows, i, 2)))
            verdict_fault(&verify->verdicts[INVARIANT_ANSWER],
                          "delivery %.*s to partner %.*s was given up after %lld attempts: %.*s",
                          SLICE_ARGS(db_rows_slice(&rows, i, 0)), SLICE_ARGS(db_rows_slice(&rows, i, 1)),
                          (long long)db_rows_number(&rows, i, 3), SLICE_ARGS(db_rows_slice(&rows, i, 4)));
    maps_free(maps);
    return true;
}

bool verify_facts(struct verify *verify, struct error *error)
{
    return load_orders(verify, error) && load_changes(verify, error) && check_published(verify, error) &&
           check_prices(verify, error) && check_approvals(verify, error) && check_deliveries(verify, error);
}

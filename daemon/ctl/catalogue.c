// SPDX-License-Identifier: Apache-2.0
// `comptoirctl catalogue send`: publish a CatalogueRequest for an account, and wait until its documents are made.
#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "formats/map.h"
#include "handlers/company/vetting.h"
#include "handlers/order/order.h"

enum { FLUSH_MS = 15000, LOOK_EVERY_MS = 150 };

struct sending {
    struct online online;
    const char *account, *partner; // partner: NULL for none
    int64_t wait_s;
    bool test;
    struct slice number, bytes;
    // What has come of it.
    int64_t catalogue, documents, products;
    bool whole;
};

// Prices are told to nobody but the account's own partner.
static bool check_partner(struct sending *sending, struct error *error)
{
    struct online *online = &sending->online;
    if (!sending->partner)
        return true;
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    struct maps *maps = maps_load(online->settings.maps, schemas, error);
    if (!maps)
        return false;
    const struct partner *partner = maps_partner_named(maps, slice_of(sending->partner));
    if (!partner)
        error_set(error, ERROR_INVALID, NULL, "there is no partner '%s'", sending->partner);
    else if (strcmp(partner->account, sending->account) != 0)
        error_set(error, ERROR_INVALID, NULL, "partner %s is of account %s, not of '%s'", partner->name,
                  partner->account, sending->account);
    else if (partner->edifact_identity_count == 0)
        error_set(error, ERROR_INVALID, NULL,
                  "partner %s has no EDIFACT identity: catalogues go out as PRICAT", partner->name);
    else
        sending->test = partner->test;
    maps_free(maps);
    return error->kind == ERROR_NONE;
}

static bool check_account(struct sending *sending, struct error *error)
{
    static const char sql[] = "SELECT status FROM account WHERE account = $1";
    struct online *online = &sending->online;
    const struct db_value values[] = { db_text(slice_of(sending->account)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 1, &rows, error))
        return error_within(error, "looking for the account");
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' is unknown; `comptoirctl company list` shows those that there are",
                         sending->account);
    struct slice status = db_rows_slice(&rows, 0, 0);
    enum account_status known;
    return (account_status_parse(status, &known) && vetting_gate(known, VETTING_QUOTE) != GATE_NO) ||
           error_set(error, ERROR_INVALID, NULL, "account '%s' is %.*s: it gets no catalogue",
                     sending->account, SLICE_ARGS(status));
}

static bool publish(struct sending *sending, struct error *error)
{
    struct online *online = &sending->online;
    struct arena *arena = online->arena;
    const char *topic = online->settings.topics[TOPIC_INBOUND];
    struct slice account = slice_of(sending->account);
    int64_t now = clock_now_us();
    struct document *document = document_record(arena, "CatalogueRequest");
    sending->number = arena_printf(arena, "ctl-%" PRId64, now);
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "request_number", sending->number);
    document_add_instant(arena, document, "requested_at", now);
    if (sending->partner) {
        document_add_text(arena, document, "channel", SLICE("edifact"));
        document_add_text(arena, document, "partner", slice_of(sending->partner));
        document_add_text(arena, document, "reply_reference", sending->number);
        document_add_boolean(arena, document, "test", sending->test);
    }
    if (!avro_encode(online->catalogue, topic, document, arena, &sending->bytes, error))
        return error_within(error, "encoding the request");
    struct kafka_publisher *publisher = kafka_publisher_open(&online->settings.kafka, NULL, error);
    bool good = publisher && kafka_publish(publisher, topic, -1, account, sending->bytes, NULL, 0, error) &&
                kafka_publisher_flush(publisher, FLUSH_MS, error);
    kafka_publisher_close(publisher);
    return good || error_within(error, "publishing the request to %s", topic);
}

static bool look(struct sending *sending, struct slice *refusal, struct error *error)
{
    static const char pages[] = "SELECT max(catalogue_id), count(*), COALESCE(sum(lines), 0)::bigint, "
                                "COALESCE(bool_or(last), false) FROM catalogue_page WHERE account = $1 AND "
                                "request_number = $2";
    static const char refused[] = "SELECT reason FROM dead_letter WHERE key = $1 AND payload = $2 LIMIT 1";
    struct online *online = &sending->online;
    const struct db_value by_number[] = { db_text(slice_of(sending->account)), db_text(sending->number) };
    const struct db_value by_bytes[] = { db_bytes(slice_of(sending->account)), db_bytes(sending->bytes) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, pages, by_number, 2, &rows, error))
        return error_within(error, "looking for the catalogue");
    sending->catalogue = db_rows_number(&rows, 0, 0);
    sending->documents = db_rows_number(&rows, 0, 1);
    sending->products = db_rows_number(&rows, 0, 2);
    sending->whole = db_rows_number(&rows, 0, 3);
    if (!db_query(online->db, online->arena, refused, by_bytes, 2, &rows, error))
        return error_within(error, "looking for the request");
    *refusal = rows.count ? db_rows_slice(&rows, 0, 0) : (struct slice){ 0 };
    return true;
}

static void tell(const struct sending *sending)
{
    char id[ORDER_ID_TEXT_SIZE];
    order_id_text(sending->catalogue, id);
    if (sending->online.json)
        printf("{\"catalogue_id\":\"%s\",\"documents\":%" PRId64 ",\"products\":%" PRId64 "}\n", id,
               sending->documents, sending->products);
    else
        printf("catalogue %s of account %s: %" PRId64 " document%s, %" PRId64 " product%s%s%s\n", id,
               sending->account, sending->documents, sending->documents == 1 ? "" : "s", sending->products,
               sending->products == 1 ? "" : "s", sending->partner ? ", to partner " : "",
               sending->partner ? sending->partner : "");
}

// 0 where it is made, 1 where it was refused, 2 where it is not made in time.
static int wait_for_it(struct sending *sending)
{
    struct error error = { 0 };
    int64_t deadline = clock_monotonic_us() + sending->wait_s * 1000000;
    for (;;) {
        struct slice refusal = { 0 };
        if (!look(sending, &refusal, &error))
            return online_fail(&sending->online, &error);
        if (sending->whole) {
            tell(sending);
            return 0;
        }
        if (!slice_empty(refusal)) {
            fprintf(stderr, "comptoirctl: %.*s\n", SLICE_ARGS(refusal));
            return 1;
        }
        if (clock_monotonic_us() >= deadline)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
    }
    fprintf(stderr,
            "comptoirctl: the request is published, but the catalogue is not made within %" PRId64
            " s; see `comptoirctl status`\n",
            sending->wait_s);
    return 2;
}

static int send_catalogue(struct sending *sending)
{
    struct error error = { 0 };
    struct online *online = &sending->online;
    if (!online_open(online, ONLINE_DATABASE | ONLINE_SCHEMAS | ONLINE_KAFKA, &error) ||
        !check_partner(sending, &error) || !check_account(sending, &error) || !publish(sending, &error))
        return online_fail(online, &error);
    int status = 0;
    if (sending->wait_s)
        status = wait_for_it(sending);
    else if (online->json)
        printf("{\"request_number\":\"%.*s\"}\n", SLICE_ARGS(sending->number));
    else
        printf("request %.*s is published\n", SLICE_ARGS(sending->number));
    online_close(online);
    return status;
}

int ctl_catalogue_send(int argc, char **argv)
{
    struct sending sending = { .wait_s = 30 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&sending.online),
        { "partner", OPTION_TEXT, &sending.partner, "NAME",
          "send it to this partner, as PRICAT; default: publish it on topic quotes only" },
        { "wait", OPTION_NUMBER, &sending.wait_s, "SECONDS",
          "wait so long until it is made; default 30, 0: not" },
    };
    const struct ctl_usage usage = { "catalogue send",
                                     "ACCOUNT",
                                     "Send an account what it may buy, with its prices.",
                                     options,
                                     sizeof options / sizeof options[0],
                                     1,
                                     1,
                                     "A partner must be one of the account. Exit status 1: refused." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    sending.account = argv[0];
    return send_catalogue(&sending);
}

// SPDX-License-Identifier: Apache-2.0
// The cXML endpoint. An application's error is HTTP 200 with a Status in the answer, since a sender takes
// anything else for a fault of transport: HTTP 4xx is for what is no cXML request at all, and 503 asks to
// send the same again later.
#include "formats/cxml/cxml.h"
#include "base/clock.h"
#include "base/text.h"
#include "doors/crypto.h"
#include "doors/http.h"
#include "formats/map_store.h"
#include "gateways/cxml_sender.h"
#include "gateways/dbpool.h"
#include "gateways/document_in.h"
#include "gateways/inbound.h"
#include "gateways/plain.h"
#include "gateways/threads.h"

enum { MOST_BYTES = 16 << 20, IDLE_SECONDS = 60, RETRY_SECONDS = 30 };

struct cxml {
    struct gateway *gateway;
    struct inbound *inbound;
    struct dbpool *pool;
    struct http_server *server;
    int64_t opened_us;
    _Atomic int64_t answers; // for payloadIDs
};

// One request on its way.
struct visit {
    struct cxml *cxml;
    const struct http_request *request;
    struct http_response *response;
    struct arena *arena;
    int64_t now_us;
    const struct maps *maps; // held during the request
    struct cxml_envelope envelope;
    const struct partner *partner; // once it is known
};

static struct slice status_document(struct visit *visit, int code, struct slice detail)
{
    struct cxml *cxml = visit->cxml;
    int64_t number = atomic_fetch_add(&cxml->answers, 1);
    const struct cxml_reply reply = {
        .code = code,
        .detail = plain_text(visit->arena, detail),
        .payload_id = arena_printf(visit->arena, "%lld.%lld@%s", (long long)cxml->opened_us,
                                   (long long)number, cxml->gateway->engine->settings->instance),
        .now_us = visit->now_us,
        .version = visit->partner ? visit->partner->cxml_version : NULL,
    };
    return cxml_response(&reply, visit->arena);
}

static void answer(struct visit *visit, int http_status, struct slice document)
{
    visit->response->status = http_status;
    visit->response->content_type = "text/xml; charset=UTF-8";
    visit->response->body = document;
}

static void refuse(struct visit *visit, int http_status, int code, struct slice detail)
{
    atomic_fetch_add(&counters.refused, 1);
    log_line(&visit->cxml->gateway->log, LOG_LEVEL_PARTNER, "document_refused",
             "status=%d partner=%s peer=%s payload_id=\"%s\": %s", code,
             visit->partner ? visit->partner->name : "?", visit->request->peer ? visit->request->peer : "?",
             plain_text(visit->arena, visit->envelope.payload_id).data,
             plain_text(visit->arena, detail).data);
    answer(visit, http_status, status_document(visit, code, detail));
}

static void not_now(struct visit *visit, const struct error *error)
{
    log_error(&visit->cxml->gateway->log,
              error->kind == ERROR_UNAVAILABLE ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "document_not_stored",
              error);
    visit->response->retry_after_seconds = RETRY_SECONDS;
    answer(visit, 503,
           status_document(visit, 560, SLICE("the document could not be stored now; send it again later")));
}

// Runs `work` with a connection. What is not stored is answered with "later", except where storing it can
// never work.
static bool with_db(struct visit *visit, bool (*work)(struct visit *, struct db *, void *, struct error *),
                    void *context)
{
    struct error error = { 0 };
    struct db *db = dbpool_borrow(visit->cxml->pool, &error);
    bool good = db && work(visit, db, context, &error);
    if (db)
        dbpool_return(visit->cxml->pool, db);
    if (good)
        return true;
    char text[1024];
    if (error.kind == ERROR_INVALID)
        refuse(visit, 200, 400,
               arena_printf(visit->arena, "the document cannot be stored: %s",
                            error_text(&error, text, sizeof text)));
    else
        not_now(visit, &error);
    return false;
}

static struct inbound_parcel parcel_of(const struct visit *visit)
{
    return (struct inbound_parcel){
        .partner = slice_of(visit->partner->name),
        .reference = visit->envelope.payload_id,
        .bytes = visit->request->body,
        .now_us = visit->now_us,
    };
}

static bool keep_bytes(struct visit *visit, struct db *db, void *context, struct error *error)
{
    (void)context;
    const struct inbound_parcel parcel = parcel_of(visit);
    return inbound_archive(visit->cxml->inbound, db, visit->arena, &parcel, error);
}

// A known partner's document is kept though it is refused.
static void keep_and_refuse(struct visit *visit, int code, struct slice detail)
{
    if (with_db(visit, keep_bytes, NULL))
        refuse(visit, 200, code, detail);
}

static bool make_reply(void *context, struct db *db, bool conflict, struct arena *arena, struct slice *reply,
                       struct error *error)
{
    (void)db;
    (void)arena;
    (void)error;
    struct visit *visit = context;
    *reply = conflict ? status_document(visit, 409,
                                        SLICE("an order with this orderID, orderVersion and type came before "
                                              "with other content; send changes under a new version"))
                      : status_document(visit, 200, (struct slice){ 0 });
    return true;
}

// A W3C traceparent of version 00; anything else is not carried on.
static struct slice trace_of(const struct http_request *request)
{
    enum { TRACE_SIZE = 55 };
    struct slice trace = slice_of(request->trace_parent);
    if (trace.size != TRACE_SIZE || strspn(trace.data, "0123456789abcdef-") != TRACE_SIZE)
        return (struct slice){ 0 };
    return trace;
}

static bool store(struct visit *visit, struct db *db, void *context, struct error *error)
{
    const struct document *document = context;
    uint8_t digest[SHA256_BYTES];
    crypto_sha256(cxml_canonical(visit->envelope.payload, visit->arena), digest);
    const struct outbox_document published = { .topic = TOPIC_INBOUND,
                                               .key = document_text(document, "account"),
                                               .trace = trace_of(visit->request),
                                               .document = document };
    struct inbound_parcel parcel = parcel_of(visit);
    parcel.key = cxml_order_key(&visit->envelope, visit->arena);
    parcel.digest = (struct slice){ (const char *)digest, sizeof digest };
    parcel.documents = &published;
    parcel.document_count = 1;
    parcel.reply = make_reply;
    parcel.context = visit;
    enum inbound_verdict verdict;
    struct slice reply;
    if (!inbound_store(visit->cxml->inbound, db, visit->arena, &parcel, &verdict, &reply, error))
        return false;
    static const char *const events[] = { [INBOUND_STORED] = "document_taken",
                                          [INBOUND_REPEATED] = "document_repeated",
                                          [INBOUND_CONFLICT] = "document_conflict" };
    log_line(&visit->cxml->gateway->log, verdict == INBOUND_CONFLICT ? LOG_LEVEL_PARTNER : LOG_LEVEL_INFO,
             events[verdict], "partner %s: %s", visit->partner->name,
             plain_text(visit->arena, parcel.key).data);
    if (verdict == INBOUND_CONFLICT)
        atomic_fetch_add(&counters.refused, 1);
    answer(visit, 200, reply);
    return true;
}

// The first error, with its place, and how many more there are.
static struct slice first_error(const struct findings *findings, struct arena *arena)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->severity != FINDING_ERROR)
            continue;
        struct text text = text_in(arena);
        if (finding->where.size)
            text_printf(&text, "%.*s: ", SLICE_ARGS(finding->where));
        text_append(&text, finding->text);
        if (finding->at.line)
            text_printf(&text, " (line %u)", finding->at.line);
        if (findings->errors > 1)
            text_printf(&text, "; and %zu more", findings->errors - 1);
        return text_slice(&text);
    }
    return SLICE("the document cannot be understood");
}

static void take_order(struct visit *visit)
{
    const struct engine *engine = visit->cxml->gateway->engine;
    struct findings findings = { .arena = visit->arena };
    const struct document_origin origin = { .partner = visit->partner,
                                            .channel = "cxml",
                                            .reply_reference = visit->envelope.payload_id,
                                            .test = visit->envelope.test };
    const char *kind = cxml_message_name(&visit->envelope, visit->arena);
    const struct map *map = maps_find(visit->maps, kind, "", visit->partner);
    struct document *document = NULL;
    if (cxml_check(&visit->envelope, &findings)) {
        if (!map) {
            keep_and_refuse(visit, 450,
                            arena_printf(visit->arena, "documents of kind \"%.*s\" are not taken",
                                         SLICE_ARGS(visit->envelope.kind)));
            return;
        }
        // The maps read what stands below the root element.
        document = document_in(engine, map, (struct map_message){ .tree = visit->envelope.root }, &origin,
                               visit->arena, &findings);
    }
    if (!document)
        keep_and_refuse(visit, 400, first_error(&findings, visit->arena));
    else
        with_db(visit, store, document);
}

static void take_document(struct visit *visit)
{
    struct error error = { 0 };
    struct slice text;
    char buffer[1024];
    if (!cxml_read(visit->request->body, visit->arena, &visit->envelope, &error)) {
        refuse(visit, 200, 406,
               arena_copy(visit->arena, slice_of(error_text(&error, buffer, sizeof buffer))));
        return;
    }
    visit->partner = cxml_sender(visit->maps, &visit->envelope, visit->now_us, visit->arena, &error);
    if (!visit->partner) {
        log_error(&visit->cxml->gateway->log, LOG_LEVEL_PARTNER, "sender_unknown", &error);
        refuse(visit, 200, 401,
               SLICE("the credentials of From and Sender with this secret are not known here"));
        return;
    }
    if (!cxml_addressed_to_us(&visit->envelope, visit->partner))
        keep_and_refuse(visit, 400, SLICE("Header/To: none of its credentials is ours"));
    else if (visit->envelope.payload && cxml_unsupported(&visit->envelope, visit->arena, &text))
        keep_and_refuse(visit, 450, text);
    else
        take_order(visit);
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    struct visit visit = { .cxml = context,
                           .request = request,
                           .response = response,
                           .arena = request->arena,
                           .now_us = clock_now_us() };
    if (strcmp(request->path, "/cxml") != 0) {
        response->status = 404;
        response->body = SLICE("cXML documents go to /cxml\n");
    } else if (strcmp(request->method, "POST") != 0) {
        response->status = 405;
        response->body = SLICE("cXML documents come by POST\n");
    } else if (request->too_large)
        refuse(&visit, 413, 499,
               arena_printf(visit.arena, "the document has more than %d bytes", MOST_BYTES));
    else {
        struct map_store *store = visit.cxml->gateway->engine->maps;
        visit.maps = map_store_hold(store);
        take_document(&visit);
        map_store_release(store, visit.maps);
    }
}

static bool prepare(struct cxml *cxml, struct error *error)
{
    struct engine *engine = cxml->gateway->engine;
    const struct settings *settings = engine->settings;
    const struct http_settings http = {
        .address = settings->cxml_address,
        .port = (int)settings->cxml_port,
        .threads = (int)settings->cxml_threads,
        .most_body_bytes = MOST_BYTES,
        .timeout_seconds = IDLE_SECONDS,
        .certificate_file = settings->cxml_certificate,
        .key_file = settings->cxml_key,
    };
    cxml->inbound = inbound_open(engine, "cxml", &cxml->gateway->log, error);
    if (!cxml->inbound)
        return false;
    cxml->pool = dbpool_open(settings->database, "comptoird cxml", (size_t)settings->cxml_threads);
    cxml->server = http_serve(&http, handle, cxml, error);
    if (!cxml->server)
        return false;
    log_line(&cxml->gateway->log, LOG_LEVEL_INFO, "cxml_ready", "listening on %s port %d, path /cxml%s",
             settings->cxml_address, http_port(cxml->server), settings->cxml_certificate ? ", by TLS" : "");
    return true;
}

struct gateway *cxml_open(struct engine *engine, struct error *error)
{
    struct gateway *gateway = gateway_new(engine, "cxml");
    struct cxml *cxml = ARENA_NEW(gateway->arena, struct cxml);
    gateway->own = cxml;
    cxml->gateway = gateway;
    cxml->opened_us = clock_now_us();
    if (prepare(cxml, error))
        return gateway;
    error_within(error, "starting the cXML endpoint");
    cxml_close(gateway);
    return NULL;
}

int cxml_port(const struct gateway *gateway)
{
    const struct cxml *cxml = gateway->own;
    return http_port(cxml->server);
}

void cxml_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct cxml *cxml = gateway->own;
    if (cxml->server)
        http_stop(cxml->server);
    dbpool_close(cxml->pool);
    inbound_close(cxml->inbound);
    gateway_free(gateway);
}

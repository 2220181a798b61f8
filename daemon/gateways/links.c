// SPDX-License-Identifier: Apache-2.0
// The endpoint behind the links of mails: GET /approval/TOKEN/approve shows what is asked, POST decides. A GET decides
// nothing, because mail scanners open every link they see. The decision is published as an ApprovalDecision and
// stored under the task and the person, so that a link works once.
#include "base/clock.h"
#include "base/text.h"
#include "doors/crypto.h"
#include "doors/http.h"
#include "gateways/dbpool.h"
#include "gateways/inbound.h"
#include "gateways/links_page.h"
#include "gateways/plain.h"
#include "gateways/threads.h"

enum { THREADS = 2, MOST_BODY_BYTES = 16 << 10, IDLE_SECONDS = 30, RETRY_SECONDS = 60, MOST_REMARK = 1000 };

struct links {
    struct gateway *gateway;
    struct inbound *inbound;
    struct dbpool *pool;
    struct http_server *server;
};

static const char prefix[] = "/approval/";

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

// A field of a form as browsers send it (application/x-www-form-urlencoded); empty where absent.
static struct slice form_field(struct arena *arena, struct slice form, const char *name)
{
    while (!slice_empty(form)) {
        struct slice value = slice_cut(&form, '&'), key = slice_cut(&value, '=');
        if (!slice_is(key, name))
            continue;
        struct text text = text_in(arena);
        for (size_t i = 0; i < value.size; i++) {
            int high = value.data[i] == '%' && i + 2 < value.size ? hex_digit(value.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(value.data[i + 2]) : -1;
            if (low >= 0) {
                text_append_char(&text, (char)(high << 4 | low));
                i += 2;
            } else
                text_append_char(&text, value.data[i] == '+' ? ' ' : value.data[i]);
        }
        return plain_text(arena, text_slice(&text));
    }
    return (struct slice){ 0 };
}

static bool keep_nothing(void *context, struct db *db, bool conflict, struct arena *arena,
                         struct slice *reply, struct error *error)
{
    (void)context, (void)db, (void)conflict, (void)arena, (void)error;
    *reply = (struct slice){ 0 };
    return true;
}

static struct document *decision_of(const struct link *link, struct slice decision, struct slice remark,
                                    int64_t now_us, struct arena *arena)
{
    struct document *document = document_record(arena, "ApprovalDecision");
    document_add_text(arena, document, "account", link->account);
    document_add_text(arena, document, "order_id", link->order_id);
    document_add_text(arena, document, "task_id", link->task_id);
    document_add_text(arena, document, "decision", decision);
    document_add_text(arena, document, "actor", link->user);
    document_add_text(arena, document, "reason", remark);
    document_add_instant(arena, document, "decided_at", now_us);
    document_add_text(arena, document, "content_hash", link->content_hash);
    return document;
}

static bool store(struct links *links, const struct http_request *request, const struct link *link,
                  struct slice decision, enum inbound_verdict *verdict, struct error *error)
{
    struct arena *arena = request->arena;
    int64_t now_us = clock_now_us();
    struct slice remark = form_field(arena, request->body, "remark"), reply;
    if (remark.size > MOST_REMARK)
        remark = plain_text(arena, (struct slice){ remark.data, MOST_REMARK });
    uint8_t digest[SHA256_BYTES];
    crypto_sha256(decision, digest);
    const struct outbox_document published = {
        .topic = TOPIC_INBOUND,
        .key = link->account,
        .document = decision_of(link, decision, remark, now_us, arena),
    };
    const struct inbound_parcel parcel = {
        .partner = link->account,
        .reference = link->task_id,
        .bytes = request->body,
        .key = arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(link->task_id), SLICE_ARGS(link->user)),
        .digest = { (const char *)digest, sizeof digest },
        .documents = &published,
        .document_count = 1,
        .now_us = now_us,
        .reply = keep_nothing,
    };
    struct db *db = dbpool_borrow(links->pool, error);
    bool good = db && inbound_store(links->inbound, db, arena, &parcel, verdict, &reply, error);
    if (db)
        dbpool_return(links->pool, db);
    return good;
}

static void show(const struct http_request *request, struct http_response *response, int status,
                 enum links_page page, const struct link *link, struct slice chosen)
{
    response->status = status;
    response->content_type = "text/html; charset=utf-8";
    response->body = links_page(request->arena, page, link, chosen);
}

static void decide(struct links *links, const struct http_request *request, struct http_response *response,
                   const struct link *link, struct slice chosen)
{
    static const enum links_page pages[] = {
        [INBOUND_STORED] = PAGE_TAKEN, [INBOUND_REPEATED] = PAGE_REPEATED, [INBOUND_CONFLICT] = PAGE_CONTRARY
    };
    struct slice decision = form_field(request->arena, request->body, "decision");
    struct error error = { 0 };
    enum inbound_verdict verdict;
    if (!slice_is(decision, "approve") && !slice_is(decision, "reject")) {
        show(request, response, 400, PAGE_ASK, link, chosen);
        return;
    }
    if (!store(links, request, link, decision, &verdict, &error)) {
        log_error(&links->gateway->log, LOG_LEVEL_WARNING, "decision_not_stored", &error);
        response->retry_after_seconds = RETRY_SECONDS;
        show(request, response, 503, PAGE_LATER, link, chosen);
        return;
    }
    log_line(&links->gateway->log, LOG_LEVEL_INFO, "decision_taken",
             "task %.*s, user %.*s: %.*s, by link from %s%s", SLICE_ARGS(link->task_id),
             SLICE_ARGS(link->user), SLICE_ARGS(decision), request->peer ? request->peer : "?",
             verdict == INBOUND_STORED ? "" : ", but decided before");
    show(request, response, verdict == INBOUND_CONFLICT ? 409 : 200, pages[verdict], link, chosen);
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    struct links *links = context;
    const struct settings *settings = links->gateway->engine->settings;
    bool get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    struct slice path = slice_of(request->path), chosen, token;
    struct link link;
    if (!slice_starts(path, prefix)) {
        response->status = 404;
        response->body = SLICE("here are the links of approval mails\n");
        return;
    }
    chosen = (struct slice){ path.data + sizeof prefix - 1, path.size - (sizeof prefix - 1) };
    token = slice_cut(&chosen, '/');
    if (!link_read(request->arena, slice_of(settings->links_secret), token, &link))
        show(request, response, 404, PAGE_INVALID, NULL, chosen);
    else if (link.until_us < clock_now_us())
        show(request, response, 410, PAGE_EXPIRED, &link, chosen);
    else if (get)
        show(request, response, 200, PAGE_ASK, &link, chosen);
    else if (strcmp(request->method, "POST") == 0 && !request->too_large)
        decide(links, request, response, &link, chosen);
    else
        response->status = request->too_large ? 413 : 405;
}

static bool prepare(struct links *links, struct error *error)
{
    struct engine *engine = links->gateway->engine;
    const struct settings *settings = engine->settings;
    const struct http_settings http = {
        .address = settings->links_address,
        .port = (int)settings->links_port,
        .threads = THREADS,
        .most_body_bytes = MOST_BODY_BYTES,
        .timeout_seconds = IDLE_SECONDS,
        .certificate_file = settings->links_certificate,
        .key_file = settings->links_key,
    };
    links->inbound = inbound_open(engine, "links", &links->gateway->log, error);
    if (!links->inbound)
        return false;
    links->pool = dbpool_open(settings->database, "comptoird links", THREADS);
    links->server = http_serve(&http, handle, links, error);
    return links->server != NULL;
}

struct gateway *links_open(struct engine *engine, struct error *error)
{
    if (!engine->settings->links_secret)
        return NULL;
    struct gateway *gateway = gateway_new(engine, "links");
    struct links *links = gateway->own = ARENA_NEW(gateway->arena, struct links);
    links->gateway = gateway;
    if (prepare(links, error))
        return gateway;
    error_within(error, "starting the endpoint for the links of mails");
    links_close(gateway);
    return NULL;
}

int links_port(const struct gateway *gateway)
{
    const struct links *links = gateway->own;
    return http_port(links->server);
}

void links_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct links *links = gateway->own;
    if (links->server)
        http_stop(links->server);
    inbound_close(links->inbound);
    if (links->pool)
        dbpool_close(links->pool);
    gateway_free(gateway);
}

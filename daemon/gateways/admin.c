// SPDX-License-Identifier: Apache-2.0
// For those who watch the process: is it alive, may it be given work, how is it doing.
#include "doors/http.h"
#include "gateways/dbpool.h"
#include "gateways/threads.h"

enum { THREADS = 2, MOST_BODY_BYTES = 1024, IDLE_SECONDS = 10, RETRY_SECONDS = 5 };

struct admin {
    struct gateway *gateway;
    struct dbpool *pool;
    struct http_server *server;
};

static bool database_answers(struct admin *admin, struct arena *arena, struct error *error)
{
    struct db *db = dbpool_borrow(admin->pool, error);
    if (!db)
        return false;
    bool good = db_query(db, arena, "SELECT 1", NULL, 0, NULL, error);
    dbpool_return(admin->pool, db);
    return good;
}

static void tell_ready(struct admin *admin, struct arena *arena, struct http_response *response)
{
    struct error error = { 0 };
    char text[1024];
    bool stopping = gateway_stopping(admin->gateway);
    if (!stopping && database_answers(admin, arena, &error)) {
        response->status = 200;
        response->body = SLICE("ready\n");
        return;
    }
    response->status = 503;
    response->retry_after_seconds = RETRY_SECONDS;
    response->body =
        stopping ? SLICE("stopping\n") : arena_printf(arena, "%s\n", error_text(&error, text, sizeof text));
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    struct admin *admin = context;
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        response->status = 405;
        response->body = SLICE("only GET is answered here\n");
    } else if (strcmp(request->path, "/livez") == 0) {
        bool alive = status_alive();
        response->status = alive ? 200 : 503;
        response->body = alive ? SLICE("alive\n") : SLICE("a worker has not moved for minutes\n");
    } else if (strcmp(request->path, "/readyz") == 0) {
        tell_ready(admin, request->arena, response);
    } else if (strcmp(request->path, "/metrics") == 0) {
        response->status = 200;
        response->content_type = "text/plain; version=0.0.4; charset=utf-8";
        response->body = status_metrics(request->arena);
    } else {
        response->status = 404;
        response->body = SLICE("here are /livez, /readyz and /metrics\n");
    }
}

struct gateway *admin_open(struct engine *engine, struct error *error)
{
    const struct settings *settings = engine->settings;
    if (settings->admin_port == 0)
        return NULL;
    const struct http_settings http = {
        .address = settings->admin_address,
        .port = (int)settings->admin_port,
        .threads = THREADS,
        .most_body_bytes = MOST_BODY_BYTES,
        .timeout_seconds = IDLE_SECONDS,
    };
    struct gateway *gateway = gateway_new(engine, "admin");
    struct admin *admin = ARENA_NEW(gateway->arena, struct admin);
    gateway->own = admin;
    admin->gateway = gateway;
    admin->pool = dbpool_open(settings->database, "comptoird admin", 1);
    admin->server = http_serve(&http, handle, admin, error);
    if (admin->server)
        return gateway;
    error_within(error, "starting the admin endpoint");
    admin_close(gateway);
    return NULL;
}

int admin_port(const struct gateway *gateway)
{
    const struct admin *admin = gateway->own;
    return http_port(admin->server);
}

void admin_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct admin *admin = gateway->own;
    if (admin->server)
        http_stop(admin->server);
    dbpool_close(admin->pool);
    gateway_free(gateway);
}

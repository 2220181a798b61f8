// SPDX-License-Identifier: Apache-2.0
// The doors to libmicrohttpd (server, doors/http.c) and libcurl (client, doors/curl.c).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct http_request {
    const char *method, *path;
    struct slice body;         // whole; bodies over the limit never reach the handler
    const char *content_type;  // NULL where absent
    const char *authorization; // NULL where absent
    const char *peer;          // address of the client
    const char *trace_parent;  // NULL where absent
    bool too_large;            // the body passed the limit: it is empty here, answer in your protocol
    struct arena *arena;       // lives until the response is sent
};

struct http_response {
    int status;               // 0 becomes 500
    const char *content_type; // NULL: text/plain
    struct slice body;        // in the request's arena or static
    int retry_after_seconds;  // 0: no such header
};

struct http_server;

struct http_settings {
    const char *address; // "127.0.0.1" or "::"; default loopback
    int port;            // 0: any free one
    int threads;
    size_t most_body_bytes;                  // 0: 16 MiB; 8 times that is read and thrown away, then cut
    int timeout_seconds;                     // of an idle connection, 0: 30; an upload may take 20 times that
    int most_connections;                    // 0: 256
    const char *certificate_file, *key_file; // both set: HTTPS
};

// `handle` runs on the server's threads, several at once.
struct http_server *http_serve(const struct http_settings *settings,
                               void (*handle)(void *context, const struct http_request *,
                                              struct http_response *),
                               void *context, struct error *error);
int http_port(const struct http_server *server); // the port really bound
// Stops accepting, waits for running requests (10 s at most), frees.
void http_stop(struct http_server *server);

// Client. One request, redirects not followed, whole answer in the arena (at most `most_bytes`).
// False with ERROR_UNAVAILABLE where no HTTP answer came; any status is success here. Basic authentication
// where the URL has "user:password@"; errors show the URL without them. Any thread may call.
struct http_call {
    const char *method; // NULL: GET without a body, POST with one
    const char *url;
    struct slice body;        // empty: GET
    const char *content_type; // of the body
    int timeout_ms;           // 0: 30 s
    size_t most_bytes;        // 0: 16 MiB
    const char *ca_file;      // PEM file of the authorities to trust; NULL: those of the system
};
bool http_call(const struct http_call *call, struct arena *arena, int *status, struct slice *answer,
               struct error *error);

// A URL without user and password, in the arena: for messages.
struct slice http_url_public(struct arena *arena, const char *url);

// SPDX-License-Identifier: Apache-2.0
#include "doors/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

enum {
    DEFAULT_CONNECTIONS = 256,
    DEFAULT_TIMEOUT_SECONDS = 30,
    DEFAULT_BODY_BYTES = 16 * 1024 * 1024,
    UPLOAD_TIMEOUTS = 20, // a whole upload may take so many idle timeouts
    DRAINED_BODIES = 8,   // so many times the limit is read and thrown away before the connection is cut
    HEADER_BYTES = 32 * 1024,
    STOP_PATIENCE_MS = 10000,
    STOP_STEP_MS = 5,
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct arena *arena;
    void (*handle)(void *context, const struct http_request *, struct http_response *);
    void *context;
    size_t most_body_bytes;
    int64_t most_upload_us;
    atomic_int running; // requests that were begun and not yet answered in full
    bool started;
    char complaint[200]; // what the library said while starting
};

// One request, from its headers to the last byte of the response.
struct exchange {
    struct arena *arena;
    struct text body;
    size_t received;
    bool too_large;
    int64_t begun_us;
};

static void complain(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void complain(void *context, const char *format, va_list arguments)
{
    struct http_server *server = context;
    char line[200];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\r\n")] = '\0';
    if (!server->started)
        snprintf(server->complaint, sizeof server->complaint, "%s", line);
    else
        log_line(NULL, LOG_LEVEL_DEBUG, "http_server", "%s", line);
}

static struct exchange *begin(struct http_server *server, struct MHD_Connection *connection)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct exchange *exchange = ARENA_NEW(arena, struct exchange);
    exchange->arena = arena;
    exchange->body = text_in(arena);
    exchange->begun_us = clock_monotonic_us();
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    int64_t promised;
    if (length && slice_integer(slice_of(length), &promised) && promised > 0)
        exchange->too_large = (uint64_t)promised > server->most_body_bytes;
    atomic_fetch_add(&server->running, 1);
    return exchange;
}

// Called by the library when the response has left, or the connection has ended without one.
static void end(void *context, struct MHD_Connection *connection, void **place,
                enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    struct http_server *server = context;
    struct exchange *exchange = *place;
    if (!exchange)
        return;
    *place = NULL;
    arena_close(exchange->arena);
    atomic_fetch_sub(&server->running, 1);
}

// False where the connection is to be cut: the client sends without end.
static bool receive(const struct http_server *server, struct exchange *exchange, struct slice bytes)
{
    exchange->received += bytes.size;
    exchange->too_large = exchange->too_large || exchange->received > server->most_body_bytes;
    if (!exchange->too_large)
        text_append(&exchange->body, bytes);
    return exchange->received / DRAINED_BODIES <= server->most_body_bytes &&
           clock_monotonic_us() - exchange->begun_us <= server->most_upload_us;
}

static const char *peer_of(struct MHD_Connection *connection, struct arena *arena)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char text[INET6_ADDRSTRLEN] = "";
    if (!info || !info->client_addr)
        return "";
    const struct sockaddr *address = info->client_addr;
    socklen_t size =
        address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (getnameinfo(address, size, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
        return "";
    // An IPv4 client of a socket for both protocols is shown as the IPv4 client that it is.
    struct slice shown = slice_of(text);
    if (slice_starts(shown, "::ffff:"))
        shown = slice_of(text + strlen("::ffff:"));
    return arena_string(arena, shown);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct http_response *response)
{
    // The body lies in the exchange's arena, which lives until end().
    struct MHD_Response *made = MHD_create_response_from_buffer(
        response->body.size, response->body.size ? (void *)(uintptr_t)response->body.data : "",
        MHD_RESPMEM_PERSISTENT);
    if (!made)
        return MHD_NO;
    const char *type = response->content_type ? response->content_type : "text/plain";
    MHD_add_response_header(made, "Content-Type", type);
    if (response->retry_after_seconds > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d", response->retry_after_seconds);
        MHD_add_response_header(made, "Retry-After", seconds);
    }
    unsigned status = response->status >= 200 && response->status < 600 ? (unsigned)response->status : 500;
    enum MHD_Result queued = MHD_queue_response(connection, status, made);
    MHD_destroy_response(made);
    return queued;
}

static enum MHD_Result serve(struct http_server *server, struct MHD_Connection *connection,
                             struct exchange *exchange, const char *path, const char *method)
{
    struct http_request request = {
        .method = method,
        .path = path,
        .body = exchange->too_large ? (struct slice){ 0 } : text_slice(&exchange->body),
        .content_type = header(connection, "Content-Type"),
        .authorization = header(connection, "Authorization"),
        .peer = peer_of(connection, exchange->arena),
        .trace_parent = header(connection, "traceparent"),
        .too_large = exchange->too_large,
        .arena = exchange->arena,
    };
    struct http_response response = { 0 };
    server->handle(server->context, &request, &response);
    return answer(connection, &response);
}

// The library calls this once with the headers, then for each piece of the body, then once more at its end.
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data, size_t *size,
                                  void **place)
{
    (void)version;
    struct http_server *server = context;
    struct exchange *exchange = *place;
    if (!exchange) {
        *place = begin(server, connection);
        return MHD_YES;
    }
    if (*size) {
        bool going_on = receive(server, exchange, (struct slice){ data, *size });
        *size = 0;
        return going_on ? MHD_YES : MHD_NO;
    }
    return serve(server, connection, exchange, path, method);
}

static bool resolve(const struct http_settings *settings, struct sockaddr_storage *address,
                    struct error *error)
{
    const char *host = settings->address ? settings->address : "127.0.0.1";
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char port[16];
    if (settings->port < 0 || settings->port > 65535)
        return error_set(error, ERROR_INVALID, NULL, "port %d is not within 0 to 65535", settings->port);
    snprintf(port, sizeof port, "%d", settings->port);
    int code = getaddrinfo(host, port, &hints, &found);
    if (code)
        return error_set(
            error, ERROR_INVALID, NULL,
            "invalid address \"%s\" to listen on: write an IP address such as 127.0.0.1 or ::", host);
    memcpy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static bool read_pem(const char *path, struct arena *arena, char **pem, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    ssize_t got = file ? getdelim(&text, &size, '\0', file) : -1;
    if (got >= 0)
        *pem = arena_string(arena, (struct slice){ text, (size_t)got });
    else
        error_set(error, ERROR_INVALID, NULL, "cannot read \"%s\" for HTTPS: %s", path,
                  errno ? strerror(errno) : "it is empty");
    free(text);
    if (file)
        fclose(file);
    return got >= 0;
}

static bool add_tls(const struct http_settings *settings, struct arena *arena, struct MHD_OptionItem *options,
                    size_t *count, struct error *error)
{
    char *certificate, *key;
    if (!settings->certificate_file && !settings->key_file)
        return true;
    if (!settings->certificate_file || !settings->key_file)
        return error_set(error, ERROR_INVALID, NULL,
                         "HTTPS needs both a certificate file and a key file: set the %s",
                         settings->key_file ? "certificate file" : "key file");
    if (!read_pem(settings->certificate_file, arena, &certificate, error) ||
        !read_pem(settings->key_file, arena, &key, error))
        return false;
    options[(*count)++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, certificate };
    options[(*count)++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, key };
    return true;
}

static bool start(struct http_server *server, const struct http_settings *settings, struct error *error)
{
    struct sockaddr_storage address = { 0 };
    struct MHD_OptionItem options[4] = { 0 };
    size_t count = 0;
    if (!resolve(settings, &address, error) || !add_tls(settings, server->arena, options, &count, error))
        return false;
    bool tls = count > 0, six = address.ss_family == AF_INET6;
    if (settings->threads > 1)
        options[count++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, settings->threads, NULL };
    options[count] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     (tls ? MHD_USE_TLS : 0U) | (six ? MHD_USE_DUAL_STACK : 0U);
    int timeout = settings->timeout_seconds > 0 ? settings->timeout_seconds : DEFAULT_TIMEOUT_SECONDS;
    int connections = settings->most_connections > 0 ? settings->most_connections : DEFAULT_CONNECTIONS;
    server->most_upload_us = (int64_t)timeout * UPLOAD_TIMEOUTS * 1000000;
    errno = 0;
    // The logger comes first, since the library uses it while it reads the options behind it.
    server->daemon = MHD_start_daemon(
        flags, (uint16_t)settings->port, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, complain,
        server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED, end, server,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)timeout, MHD_OPTION_CONNECTION_LIMIT, (unsigned)connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    server->started = true;
    if (server->daemon)
        return true;
    return error_set(error, ERROR_UNAVAILABLE, NULL, "could not listen on \"%s\" port %d%s: %s",
                     settings->address ? settings->address : "127.0.0.1", settings->port,
                     tls ? " with TLS" : "", server->complaint[0] ? server->complaint : strerror(errno));
}

struct http_server *http_serve(const struct http_settings *settings,
                               void (*handle)(void *context, const struct http_request *,
                                              struct http_response *),
                               void *context, struct error *error)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct http_server *server = ARENA_NEW(arena, struct http_server);
    server->arena = arena;
    server->handle = handle;
    server->context = context;
    server->most_body_bytes = settings->most_body_bytes ? settings->most_body_bytes : DEFAULT_BODY_BYTES;
    if (start(server, settings, error))
        return server;
    arena_close(arena);
    return NULL;
}

int http_port(const struct http_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : 0;
}

void http_stop(struct http_server *server)
{
    if (!server)
        return;
    // Stopping the library at once would cut responses off in the middle.
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
    for (int waited = 0; atomic_load(&server->running) > 0 && waited < STOP_PATIENCE_MS;
         waited += STOP_STEP_MS)
        nanosleep(&(struct timespec){ .tv_nsec = STOP_STEP_MS * 1000000L }, NULL);
    MHD_stop_daemon(server->daemon);
    arena_close(server->arena);
}

// SPDX-License-Identifier: Apache-2.0
// Server and client against each other, over the loopback.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <assert.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "doors/http.h"

enum { MOST_BODY = 1000 };

static struct arena *arena;
static atomic_int calls, delay_ms;

static const char *or_none(const char *string)
{
    return string ? string : "-";
}

// Says back what it saw.
static void echo(void *context, const struct http_request *request, struct http_response *response)
{
    assert(strcmp(context, "context") == 0);
    atomic_fetch_add(&calls, 1);
    nanosleep(&(struct timespec){ .tv_nsec = atomic_load(&delay_ms) * 1000000L }, NULL);
    if (strcmp(request->path, "/nothing") == 0)
        return;
    response->status = request->too_large ? 413 : strcmp(request->path, "/busy") == 0 ? 503 : 200;
    response->retry_after_seconds = response->status == 503 ? 7 : 0;
    response->content_type = "text/test";
    response->body = arena_printf(
        request->arena, "%s %s %s %s %s %s %zu %.20s", request->method, request->path,
        or_none(request->content_type), or_none(request->authorization), request->peer,
        or_none(request->trace_parent), request->body.size, request->body.size ? request->body.data : "");
}

static struct http_server *serve(int timeout_seconds)
{
    struct error error = { 0 };
    struct http_settings settings = { .threads = 2,
                                      .most_body_bytes = MOST_BODY,
                                      .timeout_seconds = timeout_seconds };
    static char context[] = "context";
    struct http_server *server = http_serve(&settings, echo, context, &error);
    if (!server)
        fail_msg("%s", error.message);
    return server;
}

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(16 * 1024 * 1024);
    atomic_store(&calls, 0);
    atomic_store(&delay_ms, 0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static const char *url_of(const struct http_server *server, const char *user, const char *path)
{
    return arena_printf(arena, "http://%s127.0.0.1:%d%s", user, http_port(server), path).data;
}

static void requests_are_answered(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    static const struct {
        const char *method, *user, *path, *type;
        struct slice body;
        int status;
        const char *want;
    } cases[] = {
        { NULL, "", "/a", NULL, { NULL, 0 }, 200, "GET /a - - 127.0.0.1 - 0 " },
        { NULL, "", "/a%20b?c=d", NULL, { NULL, 0 }, 200, "GET /a b - - 127.0.0.1 - 0 " },
        { NULL, "", "/", "text/xml", { "<a/>", 4 }, 200, "POST / text/xml - 127.0.0.1 - 4 <a/>" },
        { "PUT", "", "/", "text/xml", { "<a/>", 4 }, 200, "PUT / text/xml - 127.0.0.1 - 4 <a/>" },
        { "DELETE", "", "/", NULL, { NULL, 0 }, 200, "DELETE / - - 127.0.0.1 - 0 " },
        { NULL, "me:s%20t@", "/", NULL, { NULL, 0 }, 200, "GET / - Basic bWU6cyB0 127.0.0.1 - 0 " },
        { NULL, "", "/busy", NULL, { NULL, 0 }, 503, "GET /busy - - 127.0.0.1 - 0 " },
        { NULL, "", "/nothing", NULL, { NULL, 0 }, 500, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        int status = 0;
        struct slice got;
        struct http_call call = { .method = cases[i].method,
                                  .url = url_of(server, cases[i].user, cases[i].path),
                                  .body = cases[i].body,
                                  .content_type = cases[i].type,
                                  .timeout_ms = 5000 };
        if (!http_call(&call, arena, &status, &got, &error))
            fail_msg("%s: %s", call.url, error.message);
        assert_int_equal(status, cases[i].status);
        if (!slice_is(got, cases[i].want))
            fail_msg("%s: got \"%.*s\", want \"%s\"", call.url, SLICE_ARGS(got), cases[i].want);
    }
    http_stop(server);
}

static void bodies_have_a_limit(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    static const struct {
        size_t size;
        int status;
        const char *want;
    } cases[] = {
        { MOST_BODY, 200, "POST / text/plain - 127.0.0.1 - 1000 xxxxxxxxxxxxxxxxxxxx" },
        { MOST_BODY + 1, 413, "POST / text/plain - 127.0.0.1 - 0 " },
        { 5 * MOST_BODY, 413, "POST / text/plain - 127.0.0.1 - 0 " },
    };
    char *body = arena_take(arena, 5 * MOST_BODY);
    memset(body, 'x', 5 * MOST_BODY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        int status = 0;
        struct slice got;
        struct http_call call = { .url = url_of(server, "", "/"),
                                  .body = { body, cases[i].size },
                                  .content_type = "text/plain",
                                  .timeout_ms = 5000 };
        assert_true(http_call(&call, arena, &status, &got, &error));
        assert_int_equal(status, cases[i].status);
        if (!slice_is(got, cases[i].want))
            fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARGS(got), cases[i].want);
        assert_int_equal(atomic_load(&calls), i + 1);
    }
    http_stop(server);
}

static int connect_to(const struct http_server *server)
{
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)http_port(server)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    assert_int_equal(connect(handle, (struct sockaddr *)&address, sizeof address), 0);
    struct timeval patience = { .tv_sec = 10 };
    setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return handle;
}

// Everything until the server closes.
static struct slice talk(const struct http_server *server, const char *text)
{
    int handle = connect_to(server);
    assert_int_equal(send(handle, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    char *answer = arena_take(arena, 4096);
    size_t size = 0;
    ssize_t got;
    while (size < 4096 && (got = recv(handle, answer + size, 4096 - size, 0)) > 0)
        size += (size_t)got;
    close(handle);
    return (struct slice){ answer, size };
}

static void chunks_and_headers(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    struct slice got =
        talk(server, "POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
                     "traceparent: 00-1-2-01\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_non_null(memmem(got.data, got.size, "POST /c - - 127.0.0.1 00-1-2-01 5 abcde", 39));
    assert_non_null(memmem(got.data, got.size, "Content-Type: text/test", 23));
    got = talk(server, "GET /busy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(memmem(got.data, got.size, "Retry-After: 7", 14));
    got = talk(server, "this is not HTTP\r\n\r\n");
    assert_true(!got.size || memmem(got.data, got.size, " 400 ", 5));
    http_stop(server);
}

// A client that never stops sending a body is cut off, without the handler.
static void endless_uploads_are_cut(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    int handle = connect_to(server);
    const char *head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_true(send(handle, head, strlen(head), MSG_NOSIGNAL) > 0);
    char chunk[109];
    snprintf(chunk, sizeof chunk, "64\r\n%0100d\r\n", 0);
    int sent = 0;
    while (sent < 100000 && send(handle, chunk, strlen(chunk), MSG_NOSIGNAL) > 0)
        sent++;
    assert_true(sent < 100000);
    close(handle);
    http_stop(server);
    assert_int_equal(atomic_load(&calls), 0);
}

static void idle_connections_are_closed(void **state)
{
    (void)state;
    struct http_server *server = serve(1);
    int handle = connect_to(server);
    const char *half = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    assert_true(send(handle, half, strlen(half), MSG_NOSIGNAL) > 0);
    char byte;
    int64_t begun = clock_monotonic_us();
    assert_int_equal(recv(handle, &byte, 1, 0), 0);
    assert_in_range(clock_monotonic_us() - begun, 500000, 6000000);
    close(handle);
    http_stop(server);
    assert_int_equal(atomic_load(&calls), 0);
}

static void *call_slowly(void *url)
{
    struct arena *own = arena_open(1024 * 1024);
    struct error error = { 0 };
    int status = 0;
    struct slice got;
    struct http_call call = { .url = url, .timeout_ms = 10000 };
    bool done = http_call(&call, own, &status, &got, &error) && status == 200 && got.size > 0;
    arena_close(own);
    return done ? url : NULL;
}

// Those who are being served when the server stops get their whole answer.
static void stopping_waits(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    pthread_t threads[2];
    const char *url = url_of(server, "", "/slow");
    atomic_store(&delay_ms, 300);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_slowly, (void *)(uintptr_t)url), 0);
    while (atomic_load(&calls) < 1)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    http_stop(server);
    void *first, *second;
    pthread_join(threads[0], &first);
    pthread_join(threads[1], &second);
    assert_true(first || second);
    int answered = (first != NULL) + (second != NULL);
    assert_int_equal(answered, atomic_load(&calls));
    struct error error = { 0 };
    int status;
    struct slice got;
    struct http_call call = { .url = url, .timeout_ms = 2000 };
    assert_false(http_call(&call, arena, &status, &got, &error));
    assert_int_equal(error.kind, ERROR_UNAVAILABLE);
}

static void write_pem(const char *path, X509 *certificate, EVP_PKEY *key)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    if (certificate)
        PEM_write_X509(file, certificate);
    else
        PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
}

// A certificate for 127.0.0.1 that signs itself.
static void make_certificate(const char *certificate_file, const char *key_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, extension, -1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    write_pem(certificate_file, certificate, NULL);
    write_pem(key_file, NULL, key);
    X509_EXTENSION_free(extension);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void https_is_served_and_checked(void **state)
{
    (void)state;
    char folder[] = "/tmp/http_test.XXXXXX";
    assert_non_null(mkdtemp(folder));
    const char *certificate = arena_printf(arena, "%s/certificate.pem", folder).data;
    const char *key = arena_printf(arena, "%s/key.pem", folder).data;
    make_certificate(certificate, key);
    struct error error = { 0 };
    struct http_settings settings = { .threads = 2, .certificate_file = certificate, .key_file = key };
    static char context[] = "context";
    struct http_server *server = http_serve(&settings, echo, context, &error);
    if (!server)
        fail_msg("%s", error.message);
    int status = 0;
    struct slice got;
    struct http_call call = { .url = arena_printf(arena, "https://127.0.0.1:%d/a", http_port(server)).data,
                              .timeout_ms = 5000,
                              .ca_file = certificate };
    if (!http_call(&call, arena, &status, &got, &error))
        fail_msg("%s", error.message);
    assert_int_equal(status, 200);
    assert_true(slice_is(got, "GET /a - - 127.0.0.1 - 0 "));
    // Nobody the system trusts has signed it.
    call.ca_file = NULL;
    assert_false(http_call(&call, arena, &status, &got, &error));
    assert_int_equal(error.kind, ERROR_UNAVAILABLE);
    http_stop(server);
    unlink(certificate);
    unlink(key);
    rmdir(folder);
}

static void bad_settings_are_refused(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    static const char pem[] = SOURCE_DIR "/CMakeLists.txt";
    const struct {
        struct http_settings settings;
        const char *want;
    } cases[] = {
        { { .address = "no address" }, "invalid address \"no address\"" },
        { { .port = 70000 }, "port 70000" },
        { { .port = http_port(server) }, "could not listen on \"127.0.0.1\" port" },
        { { .certificate_file = "x" }, "HTTPS needs both" },
        { { .certificate_file = "/nowhere.pem", .key_file = "/nowhere.key" },
          "cannot read \"/nowhere.pem\"" },
        { { .certificate_file = pem, .key_file = pem }, "with TLS" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        assert_null(http_serve(&cases[i].settings, echo, NULL, &error));
        if (!strstr(error.message, cases[i].want))
            fail_msg("got \"%s\", want \"%s\"", error.message, cases[i].want);
    }
    http_stop(server);
}

static void calls_fail_with_reasons(void **state)
{
    (void)state;
    struct http_server *server = serve(5);
    atomic_store(&delay_ms, 500);
    const struct {
        struct http_call call;
        enum error_kind kind;
        const char *want;
    } cases[] = {
        { { .url = "gopher://x/" }, ERROR_INTERNAL, "invalid URL \"gopher://x/\"" },
        { { .url = "http://me:secret@127.0.0.1:1/x" },
          ERROR_UNAVAILABLE,
          "could not reach \"http://127.0.0.1:1/x\"" },
        { { .url = url_of(server, "", "/"), .timeout_ms = 50 }, ERROR_UNAVAILABLE, "could not reach" },
        { { .url = url_of(server, "", "/"), .most_bytes = 5 }, ERROR_INVALID, "is larger than 5 bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        int status;
        struct slice got;
        assert_false(http_call(&cases[i].call, arena, &status, &got, &error));
        assert_int_equal(error.kind, cases[i].kind);
        if (!strstr(error.message, cases[i].want) || strstr(error.message, "secret"))
            fail_msg("got \"%s\", want \"%s\"", error.message, cases[i].want);
    }
    http_stop(server);
}

static void passwords_are_hidden(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "http://host/path", "http://host/path" },
        { "https://me:p@ss@host:1/a@b", "https://host:1/a@b" },
        { "http://host/?q=a@b", "http://host/?q=a@b" },
        { "me:x@host", "host" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(http_url_public(arena, cases[i][0]).data, cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_answered, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bodies_have_a_limit, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(chunks_and_headers, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(endless_uploads_are_cut, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(idle_connections_are_closed, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(stopping_waits, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(https_is_served_and_checked, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_settings_are_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(calls_fail_with_reasons, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(passwords_are_hidden, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Old and new writers: older schemas by fingerprint from the folder "earlier", and by id from a schema
// registry. The registry is a small one of our own, behind our own server, which speaks the real protocol.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "doors/avro.h"
#include "doors/http.h"
#include "doors/json.h"

#define OLD                                                                                                  \
    "{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"comptoir\",\"fields\":["                        \
    "{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"gone\",\"type\":\"string\"}]}"
#define NEW                                                                                                  \
    "{\"type\":\"record\",\"name\":\"Thing\",\"namespace\":\"comptoir\",\"fields\":["                        \
    "{\"name\":\"more\",\"type\":\"string\",\"default\":\"some\"},{\"name\":\"a\",\"type\":\"long\"}]}"
#define OTHER "{\"type\":\"record\",\"name\":\"Other\",\"namespace\":\"comptoir\",\"fields\":[]}"

static struct arena *arena;
static char folder[] = "/tmp/avro_registry_test.XXXXXX";
static const char *old_folder, *new_folder;

enum { MOST = 16 };
static struct {
    pthread_mutex_t lock;
    char log[2000];
    char schemas[MOST][1000]; // by id, from 1
    char subjects[MOST][100];
    int schema_count, subject_count;
    bool broken;
} registry = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int id_of(const char *schema)
{
    for (int id = 1; id <= registry.schema_count; id++)
        if (strcmp(registry.schemas[id], schema) == 0)
            return id;
    assert_true(registry.schema_count + 1 < MOST && strlen(schema) < sizeof registry.schemas[0]);
    strcpy(registry.schemas[++registry.schema_count], schema);
    return registry.schema_count;
}

static bool has_subject(const char *subject)
{
    for (int i = 0; i < registry.subject_count; i++)
        if (strcmp(registry.subjects[i], subject) == 0)
            return true;
    return false;
}

static void add_version(const char *subject, const struct http_request *request,
                        struct http_response *response)
{
    struct error error = { 0 };
    struct document *body;
    if (!json_read(request->body, request->arena, &body, &error)) {
        response->status = 422;
        return;
    }
    if (strncmp(subject, "refused", 7) == 0) {
        response->status = 409;
        response->body = SLICE("{\"error_code\":409,\"message\":\"field a lost its default\"}");
        return;
    }
    if (!has_subject(subject))
        snprintf(registry.subjects[registry.subject_count++], sizeof registry.subjects[0], "%s", subject);
    int id = id_of(arena_string(request->arena, document_text(body, "schema")));
    response->body = arena_printf(request->arena, "{\"id\":%d}", id);
}

static void give_schema(int id, const struct http_request *request, struct http_response *response)
{
    if (id == 77) {
        response->body = SLICE("{\"schemaType\":\"PROTOBUF\",\"schema\":\"x\"}");
        return;
    }
    if (id < 1 || id > registry.schema_count) {
        response->status = 404;
        response->body = SLICE("{\"error_code\":40403,\"message\":\"Schema not found\"}");
        return;
    }
    struct text text = text_in(request->arena);
    text_append(&text, SLICE("{\"schema\":"));
    json_write_text(slice_of(registry.schemas[id]), &text);
    text_append(&text, SLICE("}"));
    response->body = text_slice(&text);
}

static void answer(const struct http_request *request, struct http_response *response)
{
    char subject[100];
    int id;
    bool put = strcmp(request->method, "PUT") == 0, post = strcmp(request->method, "POST") == 0;
    response->status = 200;
    if (registry.broken)
        response->status = 500;
    else if (!request->authorization || strcmp(request->authorization, "Basic bWU6c2VjcmV0") != 0)
        response->status = 401;
    else if (put && sscanf(request->path, "/config/%99[^/]", subject) == 1)
        response->status = slice_is(request->body, "{\"compatibility\":\"BACKWARD\"}") ? 200 : 422;
    else if (sscanf(request->path, "/subjects/%99[^/]/versions", subject) == 1 && post)
        add_version(subject, request, response);
    else if (sscanf(request->path, "/subjects/%99[^/]/versions", subject) == 1)
        response->status = has_subject(subject) ? 200 : 404;
    else if (sscanf(request->path, "/schemas/ids/%d", &id) == 1)
        give_schema(id, request, response);
    else
        response->status = 405;
}

static void serve(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    pthread_mutex_lock(&registry.lock);
    size_t used = strlen(registry.log);
    snprintf(registry.log + used, sizeof registry.log - used, "%s %s\n", request->method, request->path);
    answer(request, response);
    pthread_mutex_unlock(&registry.lock);
}

static struct http_server *server;
static const char *url;

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *in(const char *base, const char *name)
{
    return arena_printf(arena, "%s/%s", base, name).data;
}

static int open_all(void **state)
{
    (void)state;
    struct error error = { 0 };
    arena = arena_open(16 * 1024 * 1024);
    if (!mkdtemp(folder))
        return -1;
    old_folder = in(folder, "old");
    new_folder = in(folder, "new");
    mkdir(old_folder, 0700);
    mkdir(new_folder, 0700);
    mkdir(in(new_folder, "earlier"), 0700);
    put(in(old_folder, "Thing.avsc"), OLD);
    put(in(old_folder, "Other.avsc"), OTHER);
    put(in(new_folder, "Thing.avsc"), NEW);
    put(in(new_folder, "earlier/Thing-1.avsc"), OLD);
    server = http_serve(&(struct http_settings){ .threads = 2 }, serve, NULL, &error);
    url = arena_printf(arena, "http://me:secret@127.0.0.1:%d/", server ? http_port(server) : 0).data;
    return server ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    http_stop(server);
    static const char *const names[] = {
        "old/Thing.avsc",           "old/Other.avsc", "new/Thing.avsc",
        "new/earlier/Thing-1.avsc", "new/Bad.avsc",   "new/earlier/Bad.avsc"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in(folder, names[i]));
    rmdir(in(new_folder, "earlier"));
    rmdir(old_folder);
    rmdir(new_folder);
    rmdir(folder);
    arena_close(arena);
    return 0;
}

static struct avro_catalogue *open_catalogue(const char *path)
{
    struct error error = { 0 };
    struct avro_catalogue *catalogue = avro_open(path, &error);
    if (!catalogue)
        fail_msg("%s", error.message);
    return catalogue;
}

static struct slice old_thing(const struct avro_catalogue *catalogue)
{
    struct error error = { 0 };
    struct document *thing = document_record(arena, "Thing");
    struct slice bytes;
    document_add_integer(arena, thing, "a", 7);
    document_add_text(arena, thing, "gone", SLICE("x"));
    if (!avro_encode(catalogue, "inbound", thing, arena, &bytes, &error))
        fail_msg("%s", error.message);
    return bytes;
}

static const char *decoded(const struct avro_catalogue *catalogue, struct slice bytes)
{
    struct error error = { 0 };
    struct document *document;
    if (!avro_decode(catalogue, "inbound", bytes, arena, &document, &error))
        return arena_printf(arena, "%d %s", error.kind, error.message).data;
    struct text text = text_in(arena);
    json_write(document, &text);
    text_append_char(&text, '\0');
    return text.data;
}

static const char want_thing[] = "{\"$type\":\"Thing\",\"more\":\"some\",\"a\":7}";

static void earlier_schemas_are_read(void **state)
{
    (void)state;
    struct avro_catalogue *old = open_catalogue(old_folder), *new = open_catalogue(new_folder);
    struct slice bytes = old_thing(old);
    assert_memory_equal(bytes.data, "\xC3\x01", 2);
    assert_string_equal(decoded(new, bytes), want_thing);
    avro_close(old);
    avro_close(new);
}

static void subjects_are_registered(void **state)
{
    (void)state;
    struct avro_catalogue *old = open_catalogue(old_folder), *new = open_catalogue(new_folder);
    static const struct avro_subject subjects[] = { { "inbound", "Thing" }, { "events", "Thing" } };
    struct error error = { 0 };
    registry.log[0] = '\0';
    if (!avro_use_registry(old, url, subjects, 2, &error))
        fail_msg("%s", error.message);
    assert_string_equal(registry.log, "GET /subjects/inbound-comptoir.Thing/versions\n"
                                      "PUT /config/inbound-comptoir.Thing\n"
                                      "POST /subjects/inbound-comptoir.Thing/versions\n"
                                      "GET /subjects/events-comptoir.Thing/versions\n"
                                      "PUT /config/events-comptoir.Thing\n"
                                      "POST /subjects/events-comptoir.Thing/versions\n");
    assert_string_equal(registry.schemas[1], OLD);
    // A subject that is there keeps the compatibility that somebody may have set.
    registry.log[0] = '\0';
    assert_true(avro_use_registry(old, url, subjects, 1, &error));
    assert_null(strstr(registry.log, "PUT"));
    struct slice bytes = old_thing(old);
    assert_memory_equal(bytes.data, "\0\0\0\0\1", 5);
    // Our own ids are known; others are asked for once.
    registry.log[0] = '\0';
    assert_string_equal(decoded(old, bytes), "{\"$type\":\"Thing\",\"a\":7,\"gone\":\"x\"}");
    assert_string_equal(registry.log, "");
    assert_true(avro_use_registry(new, url, subjects, 0, &error));
    assert_string_equal(decoded(new, bytes), want_thing);
    assert_string_equal(decoded(new, bytes), want_thing);
    assert_string_equal(registry.log, "GET /schemas/ids/1\n");
    struct document *thing = document_record(arena, "Other");
    assert_false(avro_encode(old, "inbound", thing, arena, &bytes, &error));
    assert_non_null(
        strstr(error.message, "no subject was registered for topic \"inbound\" and record Other"));
    avro_close(old);
    avro_close(new);
}

static void refusals_name_subject_and_reason(void **state)
{
    (void)state;
    struct avro_catalogue *catalogue = open_catalogue(new_folder);
    const char *wrong = arena_printf(arena, "http://me:wrong@127.0.0.1:%d", http_port(server)).data;
    const struct {
        const char *url, *want;
        struct avro_subject subject;
        enum error_kind kind;
    } cases[] = {
        { url,
          "the schema of subject refused-comptoir.Thing, status 409: \"field a lost its default\"",
          { "refused", "Thing" },
          ERROR_INVALID },
        { url,
          "no schema \"Nothing\" to register for topic \"inbound\"",
          { "inbound", "Nothing" },
          ERROR_INTERNAL },
        { wrong, "check user and password", { "inbound", "Thing" }, ERROR_INTERNAL },
        { "http://127.0.0.1:1",
          "could not reach \"http://127.0.0.1:1/subjects/inbound-comptoir.Thing/versions\"",
          { "inbound", "Thing" },
          ERROR_UNAVAILABLE },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        assert_false(avro_use_registry(catalogue, cases[i].url, &cases[i].subject, 1, &error));
        if (!strstr(error.message, cases[i].want) || error.kind != cases[i].kind)
            fail_msg("got %d \"%s\", want %d \"%s\"", error.kind, error.message, cases[i].kind,
                     cases[i].want);
    }
    avro_close(catalogue);
}

static void unknown_ids_are_refused(void **state)
{
    (void)state;
    struct avro_catalogue *catalogue = open_catalogue(new_folder);
    struct error error = { 0 };
    assert_true(avro_use_registry(catalogue, url, NULL, 0, &error));
    registry.log[0] = '\0';
    for (int i = 0; i < 3; i++)
        assert_non_null(strstr(decoded(catalogue, SLICE("\0\0\0\x03\xE7x")), "1 unknown schema id 999"));
    assert_string_equal(registry.log, "GET /schemas/ids/999\n"); // the next two were not asked for
    assert_non_null(
        strstr(decoded(catalogue, SLICE("\0\0\0\0\x4Dx")), "1 schema id 77 is of type \"PROTOBUF\""));
    assert_non_null(
        strstr(decoded(catalogue, SLICE("\0\xFF\xFF\xFF\xFFx")), "1 schema id 4294967295 is no id"));
    // A registry that is down says nothing about the record: that may be read later.
    registry.broken = true;
    assert_non_null(
        strstr(decoded(catalogue, SLICE("\0\0\0\x03\xE8x")), "2 schema registry could not serve"));
    registry.broken = false;
    assert_non_null(strstr(decoded(catalogue, SLICE("\0\0\0\x03\xE8x")), "1 unknown schema id 1000"));
    int other = id_of(OTHER);
    char frame[6] = { 0, 0, 0, 0, (char)other, 0 };
    assert_non_null(
        strstr(decoded(catalogue, (struct slice){ frame, 5 }), "record comptoir.Other is none of ours"));
    avro_close(catalogue);
}

struct reader {
    const struct avro_catalogue *catalogue;
    struct slice bytes;
    bool read;
};

static void *read_often(void *context)
{
    struct reader *reader = context;
    struct arena *own = arena_open(1024 * 1024);
    reader->read = true;
    for (int i = 0; i < 200; i++) {
        struct error error = { 0 };
        struct document *document;
        reader->read =
            reader->read && avro_decode(reader->catalogue, "inbound", reader->bytes, own, &document, &error);
        arena_reset(own);
    }
    arena_close(own);
    return NULL;
}

static void many_threads_meet_a_new_id(void **state)
{
    (void)state;
    struct avro_catalogue *catalogue = open_catalogue(new_folder);
    struct error error = { 0 };
    assert_true(avro_use_registry(catalogue, url, NULL, 0, &error));
    pthread_t threads[4];
    struct reader readers[4];
    for (int i = 0; i < 4; i++) {
        readers[i] = (struct reader){ .catalogue = catalogue, .bytes = SLICE("\0\0\0\0\1\x0E\x02x") };
        assert_int_equal(pthread_create(&threads[i], NULL, read_often, &readers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_true(readers[i].read);
    }
    avro_close(catalogue);
}

static void bad_files_are_refused(void **state)
{
    (void)state;
#define FIELD(type) "{\"type\":\"record\",\"name\":\"Bad\",\"fields\":[{\"name\":\"a\",\"type\":" type "}]}"
    static const struct {
        const char *file, *text, *want;
    } cases[] = {
        { "Bad.avsc", "{", "invalid Avro schema" },
        { "Bad.avsc", "", "it is empty" },
        { "Bad.avsc", NEW, "record Thing has a schema already" },
        { "Bad.avsc", FIELD("{\"type\":\"map\",\"values\":\"int\"}"), "record Bad has a map" },
        { "Bad.avsc", FIELD("[\"int\",\"string\"]"), "a union other than [null, type]" },
        { "Bad.avsc", FIELD("{\"type\":\"array\",\"items\":\"Bad\"}"), "a recursive record" },
        { "Bad.avsc", FIELD("{\"type\":\"number\"}"), "invalid Avro schema" },
        { "earlier/Bad.avsc", OTHER, "record comptoir.Other is none of ours" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        const char *path = in(new_folder, cases[i].file);
        put(path, cases[i].text);
        struct avro_catalogue *catalogue = avro_open(new_folder, &error);
        unlink(path);
        if (catalogue || !strstr(error.message, cases[i].want))
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].text, error.message, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earlier_schemas_are_read),         cmocka_unit_test(subjects_are_registered),
        cmocka_unit_test(refusals_name_subject_and_reason), cmocka_unit_test(unknown_ids_are_refused),
        cmocka_unit_test(many_threads_meet_a_new_id),       cmocka_unit_test(bad_files_are_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

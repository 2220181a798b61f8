// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_registry.h"

#include <ctype.h>

#include "base/text.h"
#include "doors/http.h"
#include "doors/json.h"

enum { TIMEOUT_MS = 10000, MOST_ANSWER_BYTES = 4 * 1024 * 1024 };

struct answer {
    int status;
    struct slice body;
    const struct document *tree; // NULL where the body is no JSON
};

static bool call(const char *url, const char *method, struct slice path, struct slice body,
                 struct arena *arena, struct answer *answer, struct error *error)
{
    struct slice base = slice_of(url);
    while (base.size && base.data[base.size - 1] == '/')
        base.size--;
    struct http_call request = {
        .method = method,
        .url = arena_printf(arena, "%.*s%.*s", SLICE_ARGS(base), SLICE_ARGS(path)).data,
        .body = body,
        .content_type = "application/vnd.schemaregistry.v1+json",
        .timeout_ms = TIMEOUT_MS,
        .most_bytes = MOST_ANSWER_BYTES,
    };
    if (!http_call(&request, arena, &answer->status, &answer->body, error))
        return error_within(error, "asking the schema registry");
    struct document *tree;
    struct error no_json = { 0 };
    answer->tree = json_read(answer->body, arena, &tree, &no_json) ? tree : NULL;
    return true;
}

// Subjects have a topic in them, which has no characters to escape; a URL is not the place to rely on it.
static struct slice escaped(struct arena *arena, const char *subject)
{
    struct text text = text_in(arena);
    for (; *subject; subject++) {
        unsigned char c = (unsigned char)*subject;
        if (isalnum(c) || strchr("-._~", c))
            text_append_char(&text, (char)c);
        else
            text_printf(&text, "%%%02X", c);
    }
    return text_slice(&text);
}

static bool refused(const struct answer *answer, const char *what, struct error *error)
{
    struct slice reason = document_text(answer->tree, "message");
    if (!reason.size)
        reason = (struct slice){ answer->body.data, answer->body.size < 200 ? answer->body.size : 200 };
    if (answer->status == 401 || answer->status == 403)
        return error_set(
            error, ERROR_INTERNAL, NULL,
            "schema registry refuses us (%d) for %s: check user and password in schema_registry.url",
            answer->status, what);
    bool later = answer->status >= 500 || answer->status == 429;
    return error_set(error, later ? ERROR_UNAVAILABLE : ERROR_INVALID, NULL,
                     "schema registry %s %s, status %d: \"%.*s\"", later ? "could not serve" : "refuses",
                     what, answer->status, SLICE_ARGS(reason));
}

static bool set_compatibility(const char *url, struct slice subject, struct arena *arena, struct error *error)
{
    struct answer answer;
    const char *what = arena_printf(arena, "compatibility of subject %.*s", SLICE_ARGS(subject)).data;
    if (!call(url, "PUT", arena_printf(arena, "/config/%.*s", SLICE_ARGS(subject)),
              SLICE("{\"compatibility\":\"BACKWARD\"}"), arena, &answer, error))
        return false;
    return answer.status == 200 || refused(&answer, what, error);
}

static bool prepare_subject(const char *url, struct slice subject, struct arena *arena, struct error *error)
{
    struct answer answer;
    struct slice path = arena_printf(arena, "/subjects/%.*s/versions", SLICE_ARGS(subject));
    if (!call(url, "GET", path, (struct slice){ 0 }, arena, &answer, error))
        return false;
    if (answer.status == 404)
        return set_compatibility(url, subject, arena, error);
    return answer.status == 200 ||
           refused(&answer, arena_printf(arena, "subject %.*s", SLICE_ARGS(subject)).data, error);
}

static bool take_id(const struct answer *answer, int32_t *id)
{
    int64_t value;
    if (!slice_integer(document_text(answer->tree, "id"), &value) || value < 0 || value > INT32_MAX)
        return false;
    *id = (int32_t)value;
    return true;
}

bool avro_registry_register(const char *url, const char *subject, struct slice json, struct arena *arena,
                            int32_t *id, struct error *error)
{
    struct slice name = escaped(arena, subject);
    if (!prepare_subject(url, name, arena, error))
        return false;
    struct text body = text_in(arena);
    text_append(&body, SLICE("{\"schema\":"));
    json_write_text(json, &body);
    text_append(&body, SLICE("}"));
    struct answer answer;
    if (!call(url, "POST", arena_printf(arena, "/subjects/%.*s/versions", SLICE_ARGS(name)),
              text_slice(&body), arena, &answer, error))
        return false;
    if (answer.status != 200)
        return refused(&answer, arena_printf(arena, "the schema of subject %s", subject).data, error);
    return take_id(&answer, id) ||
           error_set(error, ERROR_UNAVAILABLE, NULL,
                     "schema registry could not be understood: no id in its answer for subject %s", subject);
}

bool avro_registry_fetch(const char *url, int32_t id, struct arena *arena, struct slice *json,
                         struct error *error)
{
    struct answer answer;
    if (!call(url, "GET", arena_printf(arena, "/schemas/ids/%d", id), (struct slice){ 0 }, arena, &answer,
              error))
        return false;
    if (answer.status == 404)
        return error_set(error, ERROR_INVALID, NULL, "unknown schema id %d: the registry does not have it",
                         id);
    if (answer.status != 200)
        return refused(&answer, arena_printf(arena, "schema id %d", id).data, error);
    struct slice kind = document_text(answer.tree, "schemaType");
    if (kind.size && !slice_is(kind, "AVRO"))
        return error_set(error, ERROR_INVALID, NULL,
                         "schema id %d is of type \"%.*s\", only AVRO can be read", id, SLICE_ARGS(kind));
    *json = document_text(answer.tree, "schema");
    return json->size ||
           error_set(error, ERROR_UNAVAILABLE, NULL,
                     "schema registry could not be understood: no schema in its answer for id %d", id);
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/document_in.h"

static struct document *field(const struct document *document, const char *name)
{
    for (struct document *child = document->first; child; child = child->next)
        if (child->name && strcmp(child->name, name) == 0)
            return child;
    return NULL;
}

// What the gateway knows outranks what a map may have said.
static void set_text(const struct engine *engine, struct document *document, const char *name,
                     struct slice text, struct arena *arena)
{
    struct document *present = field(document, name);
    if (!avro_has_field(engine->catalogue, document->type, slice_of(name)))
        return;
    if (present) {
        present->kind = DOCUMENT_TEXT;
        present->text = text;
    } else
        document_add_text(arena, document, name, text);
}

static void set_origin(const struct engine *engine, struct document *document,
                       const struct document_origin *origin, struct arena *arena)
{
    bool test = origin->test || origin->partner->test;
    set_text(engine, document, "account", slice_of(origin->partner->account), arena);
    set_text(engine, document, "channel", slice_of(origin->channel), arena);
    set_text(engine, document, "partner", slice_of(origin->partner->name), arena);
    set_text(engine, document, "reply_reference", origin->reply_reference, arena);
    set_text(engine, document, "test", slice_of(test ? "true" : "false"), arena);
}

// A record that the broker refuses would stop the relay, so it never gets so far.
static bool small_enough(const struct engine *engine, const struct document *document, struct arena *arena,
                         struct findings *findings)
{
    struct slice bytes;
    struct error error = { 0 };
    const char *topic = engine->settings->topics[TOPIC_INBOUND];
    char text[1024];
    if (!avro_encode(engine->catalogue, topic, document, arena, &bytes, &error))
        findings_add(findings, FINDING_ERROR, NULL, (struct slice){ 0 }, 0, "the document cannot be kept: %s",
                     error_text(&error, text, sizeof text));
    else if (bytes.size > (size_t)engine->settings->document_bytes)
        findings_add(findings, FINDING_ERROR, NULL, (struct slice){ 0 }, 0,
                     "the document has %zu bytes, more than the %lld that are taken: send it in parts",
                     bytes.size, (long long)engine->settings->document_bytes);
    else
        return true;
    return false;
}

struct document *document_in(const struct engine *engine, const struct map *map, struct map_message message,
                             const struct document_origin *origin, struct arena *arena,
                             struct findings *findings)
{
    struct document *document = NULL;
    const char *type = map_document_type(map);
    size_t errors = findings->errors;
    bool read = map_read(map, message, arena, &document, findings);
    if (!document)
        return NULL;
    document->type = type;
    set_origin(engine, document, origin, arena);
    bool conforms = avro_conform(engine->catalogue, type, document, arena, findings);
    if (!read || !conforms || findings->errors != errors)
        return NULL;
    return small_enough(engine, document, arena, findings) ? document : NULL;
}

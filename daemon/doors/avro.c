// SPDX-License-Identifier: Apache-2.0
// The catalogue: which schemas there are, which bytes at the head of a record mean which of them. The work on
// the bytes is in avro_plan, avro_read and avro_write; the schemas themselves in schema*.c.
#include "doors/avro.h"

#include <avro.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "doors/avro_conform.h"
#include "doors/avro_ids.h"
#include "doors/avro_plan.h"
#include "doors/avro_write.h"

enum { FINGERPRINT_FRAME = 10, ID_FRAME = 5, FIRST_BYTES = 1024 };

// One of our types: what is written and what the stages read.
struct type {
    const struct schema *schema;
    struct slice json;
    uint64_t fingerprint;
    const struct avro_plan *plan; // as written by ourselves
};

// A schema known by its fingerprint: ours, and older ones that others may still write.
struct writer {
    uint64_t fingerprint;
    const struct avro_plan *plan;
};

struct avro_catalogue {
    struct arena *arena;
    struct type *types;
    size_t type_count, type_capacity;
    struct writer *writers;
    size_t writer_count, writer_capacity;
    struct avro_ids *ids; // NULL without a registry
};

static const struct type *find_type(const struct avro_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; name && i < catalogue->type_count; i++) {
        const struct schema *schema = catalogue->types[i].schema;
        if (schema->name == name || strcmp(schema->name, name) == 0)
            return &catalogue->types[i];
    }
    return NULL;
}

static bool read_file(const char *path, struct arena *arena, struct slice *bytes, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    ssize_t got = file ? getdelim(&text, &size, '\0', file) : -1;
    if (got < 0)
        error_set(error, ERROR_INVALID, NULL, "cannot read Avro schema \"%s\": %s", path,
                  errno ? strerror(errno) : "it is empty");
    else
        *bytes = arena_copy(arena, (struct slice){ text, (size_t)got });
    free(text);
    if (file)
        fclose(file);
    return got >= 0;
}

// avro-c judges the text by Avro's rules before our own reader takes it.
static bool judge(struct slice json, const char *source, struct error *error)
{
    avro_schema_t schema = NULL;
    struct position at = { .source = source };
    if (avro_schema_from_json_length(json.data, json.size, &schema))
        return error_set(error, ERROR_INVALID, &at, "invalid Avro schema: %s", avro_strerror());
    avro_schema_decref(schema);
    return true;
}

// Documents have no place for maps and for unions other than with null.
static bool is_usable(const struct schema *schema, unsigned depth)
{
    if (schema->kind == SCHEMA_MAP || !schema_value(schema) || depth > SCHEMA_MOST_DEPTH)
        return false;
    if (schema->kind == SCHEMA_UNION)
        return is_usable(schema_value(schema), depth + 1);
    if (schema->kind == SCHEMA_ARRAY)
        return is_usable(schema->items, depth + 1);
    for (size_t i = 0; schema->kind == SCHEMA_RECORD && i < schema->count; i++)
        if (!is_usable(schema->fields[i].type, depth + 1))
            return false;
    return true;
}

static void add_writer(struct avro_catalogue *catalogue, uint64_t fingerprint, const struct avro_plan *plan)
{
    catalogue->writers = arena_grow(catalogue->arena, catalogue->writers, &catalogue->writer_capacity,
                                    catalogue->writer_count + 1, sizeof *catalogue->writers);
    catalogue->writers[catalogue->writer_count++] = (struct writer){ fingerprint, plan };
}

static bool add_type(struct avro_catalogue *catalogue, const char *path, struct error *error)
{
    struct type type = { 0 };
    struct position at = { .source = path };
    if (!read_file(path, catalogue->arena, &type.json, error) || !judge(type.json, path, error) ||
        !schema_read(type.json, path, true, catalogue->arena, &type.schema, error))
        return false;
    if (find_type(catalogue, type.schema->name))
        return error_set(error, ERROR_INVALID, &at,
                         "record %s has a schema already: take one of the files away", type.schema->name);
    if (!is_usable(type.schema, 0))
        return error_set(
            error, ERROR_INVALID, &at,
            "record %s has a map, a recursive record or a union other than [null, type]: documents have "
            "no place for it",
            type.schema->name);
    type.fingerprint = schema_fingerprint(type.schema, catalogue->arena, NULL);
    type.plan = avro_plan(type.schema, type.schema, catalogue->arena);
    catalogue->types = arena_grow(catalogue->arena, catalogue->types, &catalogue->type_capacity,
                                  catalogue->type_count + 1, sizeof *catalogue->types);
    catalogue->types[catalogue->type_count++] = type;
    add_writer(catalogue, type.fingerprint, type.plan);
    return true;
}

// The plan for a foreign schema of one of our records.
static bool plan_foreign(const struct avro_catalogue *catalogue, struct slice json, const char *source,
                         struct arena *arena, const struct avro_plan **plan, uint64_t *fingerprint,
                         struct error *error)
{
    const struct schema *schema;
    struct position at = { .source = source };
    if (!judge(json, source, error) || !schema_read(json, source, false, arena, &schema, error))
        return false;
    const struct type *type = find_type(catalogue, schema->name);
    if (!type)
        return error_set(error, ERROR_INVALID, &at, "record %s is none of ours", schema->full_name);
    *plan = avro_plan(schema, type->schema, arena);
    *fingerprint = schema_fingerprint(schema, arena, NULL);
    return true;
}

static bool add_earlier(struct avro_catalogue *catalogue, const char *path, struct error *error)
{
    struct slice json;
    const struct avro_plan *plan = NULL;
    uint64_t fingerprint = 0;
    if (!read_file(path, catalogue->arena, &json, error) ||
        !plan_foreign(catalogue, json, path, catalogue->arena, &plan, &fingerprint, error))
        return false;
    add_writer(catalogue, fingerprint, plan);
    return true;
}

static int is_schema_file(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".avsc") == 0;
}

static bool each_file(struct avro_catalogue *catalogue, const char *folder, bool needed,
                      bool (*add)(struct avro_catalogue *, const char *, struct error *), struct error *error)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_schema_file, alphasort);
    bool done = true;
    if (count < 0 && (needed || errno != ENOENT))
        return error_set(error, ERROR_INVALID, NULL, "cannot read schema folder \"%s\": %s", folder,
                         strerror(errno));
    if (count == 0 && needed)
        done = error_set(error, ERROR_INVALID, NULL, "schema folder \"%s\" has no .avsc file", folder);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(catalogue->arena, "%s/%s", folder, entries[i]->d_name).data;
        done = done && add(catalogue, path, error);
        free(entries[i]);
    }
    free(entries);
    return done;
}

struct avro_catalogue *avro_open(const char *folder, struct error *error)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct avro_catalogue *catalogue = ARENA_NEW(arena, struct avro_catalogue);
    catalogue->arena = arena;
    const char *earlier = arena_printf(arena, "%s/earlier", folder).data;
    if (each_file(catalogue, folder, true, add_type, error) &&
        each_file(catalogue, earlier, false, add_earlier, error))
        return catalogue;
    arena_close(arena);
    return NULL;
}

void avro_close(struct avro_catalogue *catalogue)
{
    if (!catalogue)
        return;
    avro_ids_close(catalogue->ids);
    arena_close(catalogue->arena);
}

static bool plan_fetched(const void *context, struct slice json, const char *source, struct arena *arena,
                         const struct avro_plan **plan, struct error *error)
{
    uint64_t fingerprint = 0;
    return plan_foreign(context, json, source, arena, plan, &fingerprint, error);
}

bool avro_use_registry(struct avro_catalogue *catalogue, const char *url, const struct avro_subject *subjects,
                       size_t count, struct error *error)
{
    struct avro_ids *ids = avro_ids_open(url, plan_fetched, catalogue);
    for (size_t i = 0; i < count; i++) {
        const struct type *type = find_type(catalogue, subjects[i].type);
        bool done =
            type ? avro_ids_register(ids, subjects[i].topic, type->schema, type->json, type->plan, error)
                 : error_set(error, ERROR_INTERNAL, NULL, "no schema \"%s\" to register for topic \"%s\"",
                             subjects[i].type, subjects[i].topic);
        if (done)
            continue;
        avro_ids_close(ids);
        return error_within(error, "registering schemas");
    }
    avro_ids_close(catalogue->ids);
    catalogue->ids = ids;
    return true;
}

static bool plan_of_fingerprint(const struct avro_catalogue *catalogue, const uint8_t *bytes,
                                const struct avro_plan **plan, struct error *error)
{
    uint64_t fingerprint = 0;
    for (size_t i = 0; i < sizeof fingerprint; i++)
        fingerprint |= (uint64_t)bytes[i] << (8 * i);
    for (size_t i = 0; i < catalogue->writer_count; i++)
        if (catalogue->writers[i].fingerprint == fingerprint) {
            *plan = catalogue->writers[i].plan;
            return true;
        }
    struct position at = { .byte = 3 };
    return error_set(
        error, ERROR_INVALID, &at,
        "unknown schema fingerprint %016llx: put the writer's schema into the folder \"earlier\" of the "
        "schemas",
        (unsigned long long)fingerprint);
}

static bool plan_of_id(const struct avro_catalogue *catalogue, const uint8_t *bytes,
                       const struct avro_plan **plan, struct error *error)
{
    uint32_t id = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    struct position at = { .byte = 2 };
    if (!catalogue->ids)
        return error_set(error, ERROR_INVALID, &at,
                         "schema id %u cannot be looked up: no schema_registry.url is set", id);
    if (id > INT32_MAX)
        return error_set(error, ERROR_INVALID, &at, "schema id %u is no id of a registry", id);
    return avro_ids_plan(catalogue->ids, (int32_t)id, plan, error);
}

bool avro_decode(const struct avro_catalogue *catalogue, const char *topic, struct slice bytes,
                 struct arena *arena, struct document **document, struct error *error)
{
    const uint8_t *head = (const uint8_t *)bytes.data;
    const struct avro_plan *plan = NULL;
    size_t frame;
    if (bytes.size >= FINGERPRINT_FRAME && head[0] == 0xC3 && head[1] == 0x01) {
        frame = FINGERPRINT_FRAME;
        if (!plan_of_fingerprint(catalogue, head + 2, &plan, error))
            return error_within(error, "reading a record of topic %s", topic);
    } else if (bytes.size >= ID_FRAME && head[0] == 0x00) {
        frame = ID_FRAME;
        if (!plan_of_id(catalogue, head + 1, &plan, error))
            return error_within(error, "reading a record of topic %s", topic);
    } else {
        struct position at = { .byte = 1 };
        error_set(
            error, ERROR_INVALID, &at,
            "%zu bytes that begin with %02X%02X are no Avro record: neither marker C301 and fingerprint nor "
            "00 and schema id",
            bytes.size, bytes.size ? head[0] : 0, bytes.size > 1 ? head[1] : 0);
        return error_within(error, "reading a record of topic %s", topic);
    }
    struct slice body = { bytes.data + frame, bytes.size - frame };
    return avro_plan_run(plan, body, frame, arena, document, error) ||
           error_within(error, "reading a record of topic %s", topic);
}

static bool write_frame(const struct avro_catalogue *catalogue, const char *topic, const struct type *type,
                        struct text *text, struct error *error)
{
    if (!catalogue->ids) {
        text_append(text, (struct slice){ "\xC3\x01", 2 });
        for (size_t i = 0; i < 8; i++)
            text_append_char(text, (char)(type->fingerprint >> (8 * i)));
        return true;
    }
    int32_t id;
    if (!avro_ids_find(catalogue->ids, topic, type->schema, &id))
        return error_set(error, ERROR_INTERNAL, NULL,
                         "no subject was registered for topic \"%s\" and record %s", topic,
                         type->schema->name);
    text_append_char(text, 0);
    for (int shift = 24; shift >= 0; shift -= 8)
        text_append_char(text, (char)((uint32_t)id >> shift));
    return true;
}

bool avro_encode(const struct avro_catalogue *catalogue, const char *topic, const struct document *document,
                 struct arena *arena, struct slice *bytes, struct error *error)
{
    const struct type *type = find_type(catalogue, document->type);
    if (!type)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "cannot write a document of type \"%s\": there is no such schema",
                         document->type ? document->type : "");
    struct text text = { .arena = arena, .data = arena_take(arena, FIRST_BYTES), .capacity = FIRST_BYTES };
    if (!write_frame(catalogue, topic, type, &text, error) ||
        !avro_write_record(type->schema, document, &text, error))
        return error_within(error, "writing a record for topic %s", topic);
    *bytes = text_slice(&text);
    return true;
}

bool avro_conform(const struct avro_catalogue *catalogue, const char *type, struct document *document,
                  struct arena *arena, struct findings *findings)
{
    const struct type *found = find_type(catalogue, type);
    if (found)
        return avro_conform_to(found->schema, document, arena, findings);
    findings_add(findings, FINDING_ERROR, NULL, (struct slice){ 0 }, 0, "there is no schema \"%s\"",
                 type ? type : "");
    return false;
}

bool avro_find_slot(const struct avro_catalogue *catalogue, const char *type, struct slice path,
                    struct avro_slot *slot)
{
    const struct type *found = find_type(catalogue, type);
    const struct schema *schema = found ? found->schema : NULL;
    do {
        struct slice name = slice_cut(&path, '.');
        while (schema && (schema->kind == SCHEMA_ARRAY || schema->kind == SCHEMA_UNION))
            schema = schema->kind == SCHEMA_ARRAY ? schema->items : schema_value(schema);
        if (!schema || schema->kind != SCHEMA_RECORD)
            return false;
        const struct schema *inner = NULL;
        for (size_t i = 0; i < schema->count; i++)
            if (slice_is(name, schema->fields[i].name)) {
                inner = schema->fields[i].type;
                *slot = (struct avro_slot){ schema->fields[i].name, i };
            }
        schema = inner;
    } while (schema && path.size);
    return schema != NULL;
}

bool avro_has_field(const struct avro_catalogue *catalogue, const char *type, struct slice path)
{
    struct avro_slot slot;
    return avro_find_slot(catalogue, type, path, &slot);
}

// SPDX-License-Identifier: Apache-2.0
// JSON to the tree of schema.h. Names are resolved as they come: Avro defines a name before it is used.
#include <ctype.h>

#include "doors/json.h"
#include "doors/schema.h"

struct reading {
    struct arena *arena;
    struct error *error;
    const char *source;
    struct schema **named;
    size_t count, capacity;
    unsigned depth;
};

static bool fail(struct reading *reading, const char *what, struct slice value)
{
    struct position at = { .source = reading->source };
    return error_set(reading->error, ERROR_INVALID, &at, "invalid Avro schema: %s \"%.*s\"", what,
                     (int)(value.size < 80 ? value.size : 80), value.size ? value.data : "");
}

static bool valid_name(struct slice name, bool dots)
{
    bool start = true;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (dots && c == '.' && !start) {
            start = true;
            continue;
        }
        if (c >= 0x80 || !(isalpha(c) || c == '_' || (isdigit(c) && !start)))
            return false;
        start = false;
    }
    return !start;
}

static struct schema *find_named(const struct reading *reading, const char *full_name)
{
    for (size_t i = 0; i < reading->count; i++)
        if (strcmp(reading->named[i]->full_name, full_name) == 0)
            return reading->named[i];
    return NULL;
}

// "comptoir" of "comptoir.Price", in the arena; empty where there is no dot.
static const char *namespace_of(struct reading *reading, const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    return dot ? arena_string(reading->arena, (struct slice){ full_name, (size_t)(dot - full_name) }) : "";
}

static const char *full_name(struct reading *reading, struct slice name, const char *space)
{
    bool bare = !*space || memchr(name.data, '.', name.size);
    return arena_printf(reading->arena, "%s%s%.*s", bare ? "" : space, bare ? "" : ".", SLICE_ARGS(name))
        .data;
}

static bool primitive(struct slice name, enum schema_kind *kind)
{
    static const char *const names[] = { "null",  "boolean", "int",   "long",
                                         "float", "double",  "bytes", "string" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i])) {
            *kind = (enum schema_kind)i;
            return true;
        }
    return false;
}

static bool read_type(struct reading *reading, const struct document *json, const char *space,
                      const struct schema **schema);

// A primitive's name, or one defined before: in the same namespace first, then as it stands.
static bool read_name(struct reading *reading, struct slice name, const char *space,
                      const struct schema **schema)
{
    enum schema_kind kind;
    if (primitive(name, &kind)) {
        struct schema *made = ARENA_NEW(reading->arena, struct schema);
        made->kind = kind;
        *schema = made;
        return true;
    }
    if (!valid_name(name, true))
        return fail(reading, "not a type name:", name);
    *schema = find_named(reading, full_name(reading, name, space));
    return *schema || fail(reading, "a type is used before it is defined:", name);
}

static bool register_name(struct reading *reading, struct schema *schema, const struct document *json,
                          const char *space)
{
    struct slice name = document_text(json, "name");
    const struct document *own = document_get(json, "namespace");
    if (own && own->kind == DOCUMENT_TEXT)
        space = arena_string(reading->arena, own->text);
    if (!valid_name(name, true) || (*space && !valid_name(slice_of(space), true)))
        return fail(reading, "not a name of a record, enum or fixed:", name);
    schema->full_name = full_name(reading, name, space);
    const char *dot = strrchr(schema->full_name, '.');
    schema->name = dot ? dot + 1 : schema->full_name;
    if (find_named(reading, schema->full_name))
        return fail(reading, "a type is defined twice:", slice_of(schema->full_name));
    reading->named = arena_grow(reading->arena, reading->named, &reading->capacity, reading->count + 1,
                                sizeof *reading->named);
    reading->named[reading->count++] = schema;
    return true;
}

static void read_aliases(struct reading *reading, struct schema_field *field, const struct document *json)
{
    const struct document *list = document_get(json, "aliases");
    if (!list || list->kind != DOCUMENT_LIST)
        return;
    const char **aliases = ARENA_ARRAY(reading->arena, list->count, const char *);
    for (const struct document *alias = list->first; alias; alias = alias->next)
        if (alias->kind == DOCUMENT_TEXT)
            aliases[field->alias_count++] = arena_string(reading->arena, alias->text);
    field->aliases = aliases;
}

static bool read_fields(struct reading *reading, struct schema *record, const struct document *json)
{
    const struct document *list = document_get(json, "fields");
    if (!list || list->kind != DOCUMENT_LIST)
        return fail(reading, "a record without fields:", slice_of(record->full_name));
    const char *space = namespace_of(reading, record->full_name);
    record->fields = ARENA_ARRAY(reading->arena, list->count, struct schema_field);
    for (const struct document *item = list->first; item; item = item->next) {
        struct slice name = document_text(item, "name");
        const struct document *type = document_get(item, "type");
        if (!valid_name(name, false) || !type)
            return fail(reading, "a field without type or with an invalid name:", name);
        struct schema_field field = { .name = arena_string(reading->arena, name) };
        if (schema_find(record, field.name))
            return fail(reading, "a field occurs twice:", name);
        if (!read_type(reading, type, space, &field.type))
            return error_within(reading->error, "reading field %s.%s", record->name, field.name);
        field.fallback_json = document_get(item, "default");
        read_aliases(reading, &field, item);
        record->fields[record->count++] = field;
    }
    return true;
}

static bool read_symbols(struct reading *reading, struct schema *schema, const struct document *json)
{
    const struct document *list = document_get(json, "symbols");
    if (!list || list->kind != DOCUMENT_LIST)
        return fail(reading, "an enum without symbols:", slice_of(schema->full_name));
    schema->symbols = ARENA_ARRAY(reading->arena, list->count, const char *);
    for (const struct document *symbol = list->first; symbol; symbol = symbol->next) {
        if (symbol->kind != DOCUMENT_TEXT || !valid_name(symbol->text, false))
            return fail(reading, "not a symbol of an enum:", symbol->text);
        schema->symbols[schema->count++] = arena_string(reading->arena, symbol->text);
    }
    struct slice fallback = document_text(json, "default");
    if (fallback.size)
        schema->symbol_fallback = arena_string(reading->arena, fallback);
    return true;
}

static bool read_size(struct reading *reading, struct schema *schema, const struct document *json)
{
    int64_t size;
    if (!slice_integer(document_text(json, "size"), &size) || size < 0 || size > INT32_MAX)
        return fail(reading, "a fixed without a size:", slice_of(schema->full_name));
    schema->size = (size_t)size;
    return true;
}

static bool read_union(struct reading *reading, const struct document *json, const char *space,
                       const struct schema **schema)
{
    struct schema *made = ARENA_NEW(reading->arena, struct schema);
    made->kind = SCHEMA_UNION;
    made->branches = ARENA_ARRAY(reading->arena, json->count, const struct schema *);
    for (const struct document *branch = json->first; branch; branch = branch->next) {
        const struct schema **place = &made->branches[made->count];
        if (!read_type(reading, branch, space, place))
            return false;
        if ((*place)->kind == SCHEMA_UNION)
            return fail(reading, "a union directly within a union", (struct slice){ 0 });
        made->count++;
    }
    *schema = made;
    return true;
}

// A logical type that does not fit its base is ignored, as the specification asks.
static void read_meaning(struct schema *schema, const struct document *json)
{
    struct slice logical = document_text(json, "logicalType");
    if (slice_is(logical, "date") && schema->kind == SCHEMA_INT)
        schema->meaning = MEANING_DATE;
    else if (slice_is(logical, "timestamp-micros") && schema->kind == SCHEMA_LONG)
        schema->meaning = MEANING_MICROS;
    else if (slice_is(logical, "timestamp-millis") && schema->kind == SCHEMA_LONG)
        schema->meaning = MEANING_MILLIS;
    if (!slice_is(logical, "decimal") || (schema->kind != SCHEMA_BYTES && schema->kind != SCHEMA_FIXED))
        return;
    int64_t precision, scale = 0;
    if (!slice_integer(document_text(json, "precision"), &precision) || precision < 1 ||
        precision > UINT8_MAX)
        return;
    if (document_get(json, "scale") && !slice_integer(document_text(json, "scale"), &scale))
        return;
    if (scale < 0 || scale > precision || scale > 18)
        return;
    schema->meaning = MEANING_DECIMAL;
    schema->precision = (uint8_t)precision;
    schema->scale = (uint8_t)scale;
}

static bool read_object(struct reading *reading, const struct document *json, const char *space,
                        const struct schema **schema)
{
    const struct document *type = document_get(json, "type");
    struct slice name = document_text(json, "type");
    if (type && type->kind != DOCUMENT_TEXT)
        return read_type(reading, type, space, schema);
    struct schema *made = ARENA_NEW(reading->arena, struct schema);
    *schema = made;
    if (slice_is(name, "array") || slice_is(name, "map")) {
        const struct document *items = document_get(json, slice_is(name, "map") ? "values" : "items");
        made->kind = slice_is(name, "map") ? SCHEMA_MAP : SCHEMA_ARRAY;
        return items ? read_type(reading, items, space, &made->items)
                     : fail(reading, "no items or values in an", name);
    }
    bool record = slice_is(name, "record") || slice_is(name, "error");
    if (record || slice_is(name, "enum") || slice_is(name, "fixed")) {
        made->kind = record ? SCHEMA_RECORD : slice_is(name, "enum") ? SCHEMA_ENUM : SCHEMA_FIXED;
        if (!register_name(reading, made, json, space))
            return false;
        read_meaning(made, json);
        if (record)
            return read_fields(reading, made, json);
        return made->kind == SCHEMA_ENUM ? read_symbols(reading, made, json) : read_size(reading, made, json);
    }
    if (!primitive(name, &made->kind))
        return read_name(reading, name, space, schema);
    read_meaning(made, json);
    return true;
}

static bool read_type(struct reading *reading, const struct document *json, const char *space,
                      const struct schema **schema)
{
    if (reading->depth >= SCHEMA_MOST_DEPTH)
        return fail(reading, "types are nested too deep", (struct slice){ 0 });
    reading->depth++;
    bool done = false;
    if (json->kind == DOCUMENT_TEXT)
        done = read_name(reading, json->text, space, schema);
    else if (json->kind == DOCUMENT_LIST)
        done = read_union(reading, json, space, schema);
    else if (json->kind == DOCUMENT_RECORD)
        done = read_object(reading, json, space, schema);
    else
        fail(reading, "a type is a name, a list or an object", (struct slice){ 0 });
    reading->depth--;
    return done;
}

// Defaults are typed when all types are whole, since a default may hold a record that is defined later on.
static bool type_defaults(struct reading *reading, struct schema *record)
{
    for (size_t i = 0; i < record->count; i++) {
        struct schema_field *field = &record->fields[i];
        if (!field->fallback_json)
            continue;
        field->fallback = schema_default(field->type, field->fallback_json, reading->arena);
        if (!field->fallback) {
            fail(reading, "the default does not fit the type of field", slice_of(field->name));
            return error_within(reading->error, "reading record %s", record->full_name);
        }
    }
    return true;
}

bool schema_read(struct slice json, const char *source, bool ours, struct arena *arena,
                 const struct schema **schema, struct error *error)
{
    struct document *tree;
    struct reading reading = { .arena = arena, .error = error, .source = source };
    if (!json_read(json, arena, &tree, error)) {
        return error_within(error, "reading the Avro schema %s", source ? source : "");
    }
    if (!read_type(&reading, tree, "", schema))
        return false;
    if ((*schema)->kind != SCHEMA_RECORD)
        return fail(&reading, "the outermost type is no record but", slice_of((*schema)->name));
    for (size_t i = 0; ours && i < reading.count; i++)
        if (reading.named[i]->kind == SCHEMA_RECORD && !type_defaults(&reading, reading.named[i]))
            return false;
    return true;
}

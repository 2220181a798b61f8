// SPDX-License-Identifier: Apache-2.0
// Defaults of fields, from the JSON of a schema to typed documents.
#include "doors/schema.h"

static struct document *leaf(struct arena *arena, enum document_kind kind, int64_t value)
{
    struct document *made = ARENA_NEW(arena, struct document);
    made->kind = kind;
    made->integer = value;
    return made;
}

static struct document *text_leaf(struct arena *arena, enum document_kind kind, struct slice text)
{
    struct document *made = leaf(arena, kind, 0);
    made->text = text;
    return made;
}

// A character of the JSON string is a byte of the value: what UTF-8 holds in two bytes becomes one again.
static bool bytes_of(struct slice text, struct arena *arena, struct slice *bytes)
{
    char *out = arena_take(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (byte < 0x80) {
            out[size++] = (char)byte;
            continue;
        }
        // Only C2 and C3 lead characters up to U+00FF; jansson has seen to it that they are whole.
        if ((byte != 0xC2 && byte != 0xC3) || i + 1 == text.size)
            return false;
        out[size++] = (char)((byte & 3) << 6 | (text.data[++i] & 0x3F));
    }
    *bytes = (struct slice){ out, size };
    return true;
}

static struct document *bytes_default(const struct schema *schema, const struct document *json,
                                      struct arena *arena)
{
    struct slice bytes;
    if (json->kind != DOCUMENT_TEXT || !bytes_of(json->text, arena, &bytes))
        return NULL;
    if (schema->kind == SCHEMA_FIXED && bytes.size != schema->size)
        return NULL;
    if (schema->meaning != MEANING_DECIMAL)
        return text_leaf(arena, DOCUMENT_BYTES, bytes);
    int64_t value;
    if (!schema_decimal_read(bytes, schema->precision, &value))
        return NULL;
    struct document *made = leaf(arena, DOCUMENT_DECIMAL, value);
    made->scale = schema->scale;
    return made;
}

static struct document *number_default(const struct schema *schema, const struct document *json,
                                       struct arena *arena)
{
    int64_t value;
    if (json->kind != DOCUMENT_TEXT || !slice_integer(json->text, &value))
        return NULL;
    if (schema->kind == SCHEMA_INT && (value < INT32_MIN || value > INT32_MAX))
        return NULL;
    if (schema->meaning == MEANING_MILLIS && __builtin_mul_overflow(value, 1000, &value))
        return NULL;
    if (!schema_time_fits(schema_document_kind(schema), value))
        return NULL;
    return leaf(arena, schema_document_kind(schema), value);
}

static struct document *float_default(const struct document *json, struct arena *arena)
{
    int64_t value;
    if (json->kind != DOCUMENT_TEXT || !decimal_parse(json->text, '.', FLOAT_SCALE, &value))
        return NULL;
    struct document *made = leaf(arena, DOCUMENT_DECIMAL, value);
    made->scale = FLOAT_SCALE;
    return made;
}

static struct document *symbol_default(const struct schema *schema, const struct document *json,
                                       struct arena *arena)
{
    for (size_t i = 0; json->kind == DOCUMENT_TEXT && i < schema->count; i++)
        if (slice_is(json->text, schema->symbols[i]))
            return text_leaf(arena, DOCUMENT_TEXT, slice_of(schema->symbols[i]));
    return NULL;
}

static struct document *list_default(const struct schema *schema, const struct document *json,
                                     struct arena *arena)
{
    struct document *list = document_list(arena);
    if (json->kind != DOCUMENT_LIST)
        return NULL;
    for (const struct document *item = json->first; item; item = item->next) {
        struct document *made = schema_default(schema->items, item, arena);
        if (!made)
            return NULL;
        document_add(list, NULL, made);
    }
    return list;
}

static struct document *record_default(const struct schema *schema, const struct document *json,
                                       struct arena *arena)
{
    if (json->kind != DOCUMENT_RECORD)
        return NULL;
    struct document *record = document_record(arena, schema->name);
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct document *given = document_get(json, field->name);
        given = given ? given : field->fallback_json;
        struct document *value = given ? schema_default(field->type, given, arena) : NULL;
        if (!value)
            return NULL;
        if (value->kind != DOCUMENT_NULL)
            document_add(record, field->name, value);
    }
    return record;
}

struct document *schema_default(const struct schema *schema, const struct document *json, struct arena *arena)
{
    switch (schema->kind) {
    case SCHEMA_NULL:
        return json->kind == DOCUMENT_NULL ? leaf(arena, DOCUMENT_NULL, 0) : NULL;
    case SCHEMA_BOOLEAN:
        return json->kind == DOCUMENT_BOOLEAN ? leaf(arena, DOCUMENT_BOOLEAN, json->integer) : NULL;
    case SCHEMA_INT:
    case SCHEMA_LONG:
        return number_default(schema, json, arena);
    case SCHEMA_FLOAT:
    case SCHEMA_DOUBLE:
        return float_default(json, arena);
    case SCHEMA_BYTES:
    case SCHEMA_FIXED:
        return bytes_default(schema, json, arena);
    case SCHEMA_STRING:
        return json->kind == DOCUMENT_TEXT ? text_leaf(arena, DOCUMENT_TEXT, json->text) : NULL;
    case SCHEMA_ENUM:
        return symbol_default(schema, json, arena);
    case SCHEMA_ARRAY:
        return list_default(schema, json, arena);
    case SCHEMA_RECORD:
        return record_default(schema, json, arena);
    case SCHEMA_UNION:
        return schema->count ? schema_default(schema->branches[0], json, arena) : NULL;
    default:
        return NULL;
    }
}

struct document *schema_copy_default(const struct document *fallback, struct arena *arena)
{
    struct document *copy = ARENA_NEW(arena, struct document);
    *copy = *fallback;
    copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    for (const struct document *child = fallback->first; child; child = child->next)
        document_add(copy, child->name, schema_copy_default(child, arena));
    return copy;
}

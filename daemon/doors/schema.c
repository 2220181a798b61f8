// SPDX-License-Identifier: Apache-2.0
#include "doors/schema.h"

#include <stdio.h>

#include "base/text.h"

static const char *const kind_names[] = {
    [SCHEMA_NULL] = "null",   [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_INT] = "int",
    [SCHEMA_LONG] = "long",   [SCHEMA_FLOAT] = "float",     [SCHEMA_DOUBLE] = "double",
    [SCHEMA_BYTES] = "bytes", [SCHEMA_STRING] = "string",   [SCHEMA_ARRAY] = "array",
    [SCHEMA_MAP] = "map",     [SCHEMA_RECORD] = "record",   [SCHEMA_ENUM] = "enum",
    [SCHEMA_FIXED] = "fixed", [SCHEMA_UNION] = "union",
};

// The canonical form, written into `text`. Named types already defined in it are named only.
struct canonical {
    struct text text;
    const struct schema **defined;
    size_t count, capacity;
};

static bool is_defined(const struct canonical *form, const struct schema *schema)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->defined[i] == schema)
            return true;
    return false;
}

static void put(struct canonical *form, const char *string)
{
    text_append(&form->text, slice_of(string));
}

// Names and symbols are letters, digits, '_' and '.', so quoting needs no escapes.
static void put_quoted(struct canonical *form, const char *string)
{
    put(form, "\"");
    put(form, string);
    put(form, "\"");
}

static void write_canonical(struct canonical *form, const struct schema *schema);

static void write_fields(struct canonical *form, const struct schema *schema)
{
    put(form, ",\"fields\":[");
    for (size_t i = 0; i < schema->count; i++) {
        put(form, i ? ",{\"name\":" : "{\"name\":");
        put_quoted(form, schema->fields[i].name);
        put(form, ",\"type\":");
        write_canonical(form, schema->fields[i].type);
        put(form, "}");
    }
    put(form, "]}");
}

static void write_symbols(struct canonical *form, const struct schema *schema)
{
    put(form, ",\"symbols\":[");
    for (size_t i = 0; i < schema->count; i++) {
        put(form, i ? "," : "");
        put_quoted(form, schema->symbols[i]);
    }
    put(form, "]}");
}

static void write_named(struct canonical *form, const struct schema *schema)
{
    if (is_defined(form, schema)) {
        put_quoted(form, schema->full_name);
        return;
    }
    form->defined =
        arena_grow(form->text.arena, form->defined, &form->capacity, form->count + 1, sizeof *form->defined);
    form->defined[form->count++] = schema;
    put(form, "{\"name\":");
    put_quoted(form, schema->full_name);
    put(form, ",\"type\":");
    put_quoted(form, kind_names[schema->kind]);
    if (schema->kind == SCHEMA_RECORD)
        write_fields(form, schema);
    else if (schema->kind == SCHEMA_ENUM)
        write_symbols(form, schema);
    else
        text_printf(&form->text, ",\"size\":%zu}", schema->size);
}

static void write_canonical(struct canonical *form, const struct schema *schema)
{
    switch (schema->kind) {
    case SCHEMA_RECORD:
    case SCHEMA_ENUM:
    case SCHEMA_FIXED:
        write_named(form, schema);
        return;
    case SCHEMA_ARRAY:
    case SCHEMA_MAP:
        put(form, schema->kind == SCHEMA_ARRAY ? "{\"type\":\"array\",\"items\":"
                                               : "{\"type\":\"map\",\"values\":");
        write_canonical(form, schema->items);
        put(form, "}");
        return;
    case SCHEMA_UNION:
        put(form, "[");
        for (size_t i = 0; i < schema->count; i++) {
            put(form, i ? "," : "");
            write_canonical(form, schema->branches[i]);
        }
        put(form, "]");
        return;
    default:
        put_quoted(form, kind_names[schema->kind]);
    }
}

uint64_t schema_crc64(struct slice bytes)
{
    const uint64_t empty = UINT64_C(0xC15D213AA4D7A795);
    uint64_t crc = empty;
    for (size_t i = 0; i < bytes.size; i++) {
        // The table's entry is computed each time: schemas are read at start only.
        uint64_t entry = (crc ^ (uint8_t)bytes.data[i]) & 0xFF;
        for (int bit = 0; bit < 8; bit++)
            entry = entry >> 1 ^ (empty & (0 - (entry & 1)));
        crc = crc >> 8 ^ entry;
    }
    return crc;
}

uint64_t schema_fingerprint(const struct schema *schema, struct arena *arena, struct slice *canonical)
{
    struct canonical form = { .text = text_in(arena) };
    write_canonical(&form, schema);
    if (canonical)
        *canonical = text_slice(&form.text);
    return schema_crc64(text_slice(&form.text));
}

const char *schema_title(const struct schema *schema, char title[64])
{
    static const char *const meanings[] = {
        [MEANING_DATE] = "date", [MEANING_MICROS] = "timestamp-micros", [MEANING_MILLIS] = "timestamp-millis"
    };
    if (schema_value(schema) && schema->kind == SCHEMA_UNION)
        schema = schema_value(schema);
    if (schema->meaning == MEANING_DECIMAL)
        snprintf(title, 64, "decimal(%u,%u)", schema->precision, schema->scale);
    else if (schema->meaning != MEANING_PLAIN)
        snprintf(title, 64, "%s", meanings[schema->meaning]);
    else
        snprintf(title, 64, "%s", schema->name ? schema->name : kind_names[schema->kind]);
    return title;
}

enum document_kind schema_document_kind(const struct schema *schema)
{
    static const enum document_kind kinds[] = {
        [SCHEMA_NULL] = DOCUMENT_NULL,     [SCHEMA_BOOLEAN] = DOCUMENT_BOOLEAN,
        [SCHEMA_INT] = DOCUMENT_INTEGER,   [SCHEMA_LONG] = DOCUMENT_INTEGER,
        [SCHEMA_FLOAT] = DOCUMENT_DECIMAL, [SCHEMA_DOUBLE] = DOCUMENT_DECIMAL,
        [SCHEMA_BYTES] = DOCUMENT_BYTES,   [SCHEMA_STRING] = DOCUMENT_TEXT,
        [SCHEMA_ARRAY] = DOCUMENT_LIST,    [SCHEMA_MAP] = DOCUMENT_RECORD,
        [SCHEMA_RECORD] = DOCUMENT_RECORD, [SCHEMA_ENUM] = DOCUMENT_TEXT,
        [SCHEMA_FIXED] = DOCUMENT_BYTES,   [SCHEMA_UNION] = DOCUMENT_NULL,
    };
    const struct schema *value = schema_value(schema);
    if (!value)
        return DOCUMENT_NULL;
    switch (value->meaning) {
    case MEANING_DECIMAL:
        return DOCUMENT_DECIMAL;
    case MEANING_DATE:
        return DOCUMENT_DATE;
    case MEANING_MICROS:
    case MEANING_MILLIS:
        return DOCUMENT_INSTANT;
    default:
        return kinds[value->kind];
    }
}

const struct schema *schema_value(const struct schema *schema)
{
    if (schema->kind != SCHEMA_UNION)
        return schema;
    if (schema->count == 2 && schema->branches[0]->kind == SCHEMA_NULL)
        return schema->branches[1];
    if (schema->count == 2 && schema->branches[1]->kind == SCHEMA_NULL)
        return schema->branches[0];
    return NULL;
}

bool schema_nullable(const struct schema *schema)
{
    if (schema->kind == SCHEMA_NULL)
        return true;
    for (size_t i = 0; schema->kind == SCHEMA_UNION && i < schema->count; i++)
        if (schema->branches[i]->kind == SCHEMA_NULL)
            return true;
    return false;
}

const struct schema_field *schema_find(const struct schema *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++)
        if (record->fields[i].name == name || strcmp(record->fields[i].name, name) == 0)
            return &record->fields[i];
    return NULL;
}

static const int64_t powers_of_ten[] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

bool schema_decimal_fits(int64_t value, uint8_t precision)
{
    return precision > 18 || (value < powers_of_ten[precision] && value > -powers_of_ten[precision]);
}

bool schema_decimal_read(struct slice bytes, uint8_t precision, int64_t *value)
{
    if (!bytes.size)
        return false;
    // Bytes beyond eight may only repeat the sign.
    char sign = bytes.data[0] & 0x80 ? '\xFF' : '\0';
    for (; bytes.size > sizeof *value; bytes.size--, bytes.data++)
        if (bytes.data[0] != sign || ((bytes.data[1] ^ sign) & 0x80))
            return false;
    uint64_t sum = sign ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++)
        sum = sum << 8 | (uint8_t)bytes.data[i];
    if (!schema_decimal_fits((int64_t)sum, precision))
        return false;
    *value = (int64_t)sum;
    return true;
}

bool schema_time_fits(enum document_kind kind, int64_t value)
{
    static const int64_t first_day = -719162, last_day = 2932896, day_us = INT64_C(86400) * 1000000;
    if (kind == DOCUMENT_DATE)
        return value >= first_day && value <= last_day;
    return kind != DOCUMENT_INSTANT || (value >= first_day * day_us && value < (last_day + 1) * day_us);
}

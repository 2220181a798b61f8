// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_write.h"

#include <stdarg.h>
#include <stdio.h>

#include "doors/utf8.h"

struct writing {
    struct text *text;
    struct error *error;
    const char *root;
    size_t depth;
    const char *path[SCHEMA_MOST_DEPTH + 1];
};

static bool fail(struct writing *writing, const struct document *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(struct writing *writing, const struct document *value, const char *format, ...)
{
    char message[256], path[160] = "";
    size_t used = 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (size_t i = 1; i <= writing->depth && used < sizeof path; i++)
        if (writing->path[i])
            used += (size_t)snprintf(path + used, sizeof path - used, ".%s", writing->path[i]);
    struct position at = { .line = value ? value->line : 0, .column = value ? value->column : 0 };
    return error_set(writing->error, ERROR_INTERNAL, &at, "cannot write Avro %s%s: %s", writing->root, path,
                     message);
}

static void put_long(struct text *text, int64_t value)
{
    char bytes[10];
    size_t size = 0;
    uint64_t rest = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    for (; rest > 0x7F; rest >>= 7)
        bytes[size++] = (char)(rest | 0x80);
    bytes[size++] = (char)rest;
    text_append(text, (struct slice){ bytes, size });
}

static void put_bytes(struct text *text, struct slice bytes)
{
    put_long(text, (int64_t)bytes.size);
    text_append(text, bytes);
}

// `size` bytes in full, or with 0 as few as keep the sign.
static bool put_decimal(struct text *text, int64_t value, size_t fixed)
{
    char bytes[8];
    size_t size = sizeof bytes;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)((uint64_t)value >> (56 - 8 * i));
    char sign = value < 0 ? '\xFF' : '\0';
    size_t needed = size;
    while (needed > 1 && bytes[size - needed] == sign && !((bytes[size - needed + 1] ^ sign) & 0x80))
        needed--;
    if (!fixed) {
        put_bytes(text, (struct slice){ bytes + size - needed, needed });
        return true;
    }
    if (needed > fixed)
        return false;
    for (size_t i = size; i < fixed; i++)
        text_append_char(text, sign);
    size_t kept = fixed < size ? fixed : size;
    text_append(text, (struct slice){ bytes + size - kept, kept });
    return true;
}

static void put_little(struct text *text, uint64_t bits, size_t size)
{
    for (size_t i = 0; i < size; i++)
        text_append_char(text, (char)(bits >> (8 * i)));
}

static bool write_value(struct writing *writing, const struct schema *schema, const struct document *value);

static bool wrong_kind(struct writing *writing, const struct schema *schema, const struct document *value)
{
    static const char *const kinds[] = {
        [DOCUMENT_NULL] = "null",         [DOCUMENT_BOOLEAN] = "a boolean", [DOCUMENT_INTEGER] = "an integer",
        [DOCUMENT_DECIMAL] = "a decimal", [DOCUMENT_DATE] = "a date",       [DOCUMENT_INSTANT] = "an instant",
        [DOCUMENT_TEXT] = "a text",       [DOCUMENT_BYTES] = "bytes",       [DOCUMENT_LIST] = "a list",
        [DOCUMENT_RECORD] = "a record",
    };
    char title[64];
    return fail(writing, value, "the schema wants %s, but the document has %s \"%.*s\"",
                schema_title(schema, title), kinds[value->kind],
                (int)(value->text.size < 60 ? value->text.size : 60),
                value->text.size ? value->text.data : "");
}

static bool write_integer(struct writing *writing, const struct schema *schema, const struct document *value)
{
    int64_t number = value->integer;
    if (value->kind != schema_document_kind(schema))
        return wrong_kind(writing, schema, value);
    if (!schema_time_fits(value->kind, number))
        return fail(writing, value, "%lld since 1970 lies outside of the years 1 to 9999", (long long)number);
    if (schema->meaning == MEANING_MILLIS) {
        if (number % 1000)
            return fail(writing, value, "instant %lld us has no whole milliseconds", (long long)number);
        number /= 1000;
    }
    if (schema->kind == SCHEMA_INT && (number < INT32_MIN || number > INT32_MAX))
        return fail(writing, value, "number %lld does not fit 32 bits", (long long)number);
    put_long(writing->text, number);
    return true;
}

static bool write_float(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_DECIMAL && value->kind != DOCUMENT_INTEGER)
        return wrong_kind(writing, schema, value);
    double number = (double)value->integer;
    for (unsigned i = 0; value->kind == DOCUMENT_DECIMAL && i < value->scale; i++)
        number /= 10;
    float single = (float)number;
    uint64_t bits = 0;
    uint32_t short_bits;
    memcpy(&short_bits, &single, sizeof short_bits);
    memcpy(&bits, &number, sizeof bits);
    if (schema->kind == SCHEMA_FLOAT)
        put_little(writing->text, short_bits, sizeof short_bits);
    else
        put_little(writing->text, bits, sizeof bits);
    return true;
}

static bool write_decimal(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_DECIMAL && value->kind != DOCUMENT_INTEGER)
        return wrong_kind(writing, schema, value);
    int64_t number;
    uint8_t scale = value->kind == DOCUMENT_DECIMAL ? value->scale : 0;
    char title[64], text[DECIMAL_TEXT_SIZE];
    if (!decimal_rescale(value->integer, scale, schema->scale, &number) ||
        !schema_decimal_fits(number, schema->precision))
        return fail(writing, value, "%s does not fit %s", decimal_text(value->integer, scale, text),
                    schema_title(schema, title));
    if (!put_decimal(writing->text, number, schema->kind == SCHEMA_FIXED ? schema->size : 0))
        return fail(writing, value, "%s does not fit %zu bytes", decimal_text(value->integer, scale, text),
                    schema->size);
    return true;
}

static bool write_bytes(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (schema->meaning == MEANING_DECIMAL)
        return write_decimal(writing, schema, value);
    if (value->kind != DOCUMENT_BYTES)
        return wrong_kind(writing, schema, value);
    if (schema->kind == SCHEMA_BYTES) {
        put_bytes(writing->text, value->text);
        return true;
    }
    if (value->text.size != schema->size)
        return fail(writing, value, "%zu bytes instead of %zu", value->text.size, schema->size);
    text_append(writing->text, value->text);
    return true;
}

static bool write_text(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_TEXT)
        return wrong_kind(writing, schema, value);
    if (!utf8_valid(value->text))
        return fail(writing, value, "the text is not UTF-8 from its byte %zu on",
                    utf8_valid_size(value->text) + 1);
    put_bytes(writing->text, value->text);
    return true;
}

static bool write_symbol(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_TEXT)
        return wrong_kind(writing, schema, value);
    for (size_t i = 0; i < schema->count; i++)
        if (slice_is(value->text, schema->symbols[i])) {
            put_long(writing->text, (int64_t)i);
            return true;
        }
    return fail(writing, value, "\"%.*s\" is no symbol of %s", SLICE_ARGS(value->text), schema->name);
}

static bool write_list(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_LIST)
        return wrong_kind(writing, schema, value);
    if (value->count)
        put_long(writing->text, value->count);
    for (const struct document *item = value->first; item; item = item->next)
        if (!write_value(writing, schema->items, item))
            return false;
    put_long(writing->text, 0);
    return true;
}

// An absent field is its default, or null where null is allowed.
static bool write_absent(struct writing *writing, const struct schema_field *field)
{
    static const struct document null = { .kind = DOCUMENT_NULL };
    if (field->fallback)
        return write_value(writing, field->type, field->fallback);
    if (schema_nullable(field->type))
        return write_value(writing, field->type, &null);
    return fail(writing, NULL, "the field is absent and has no default");
}

static const struct document *unknown_field(const struct schema *schema, const struct document *record)
{
    for (const struct document *field = record->first; field; field = field->next)
        if (!schema_find(schema, field->name))
            return field;
    return NULL;
}

static bool write_fields(struct writing *writing, const struct schema *schema, const struct document *record)
{
    const struct document *next = record->first;
    size_t written = 0;
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->fields[i];
        // Fields usually stand in the schema's order, so the next one is tried before all are searched.
        const struct document *value =
            next && (next->name == field->name || strcmp(next->name, field->name) == 0)
                ? next
                : document_get(record, field->name);
        writing->path[writing->depth] = field->name;
        if (!(value ? write_value(writing, field->type, value) : write_absent(writing, field)))
            return false;
        next = value ? value->next : next;
        written += value != NULL;
    }
    if (written == record->count)
        return true;
    const struct document *unknown = unknown_field(schema, record);
    writing->path[writing->depth] = unknown ? unknown->name : NULL;
    return fail(writing, unknown, unknown ? "the schema has no such field" : "a field occurs twice");
}

static bool write_record(struct writing *writing, const struct schema *schema, const struct document *value)
{
    if (value->kind != DOCUMENT_RECORD)
        return wrong_kind(writing, schema, value);
    if (writing->depth == SCHEMA_MOST_DEPTH)
        return fail(writing, value, "records are nested more than %d deep", (int)SCHEMA_MOST_DEPTH);
    writing->path[++writing->depth] = NULL;
    if (!write_fields(writing, schema, value))
        return false;
    writing->depth--;
    return true;
}

static bool write_union(struct writing *writing, const struct schema *schema, const struct document *value)
{
    bool null = value->kind == DOCUMENT_NULL;
    for (size_t i = 0; i < schema->count; i++) {
        if ((schema->branches[i]->kind == SCHEMA_NULL) != null)
            continue;
        put_long(writing->text, (int64_t)i);
        return null || write_value(writing, schema->branches[i], value);
    }
    return wrong_kind(writing, schema, value);
}

static bool write_value(struct writing *writing, const struct schema *schema, const struct document *value)
{
    switch (schema->kind) {
    case SCHEMA_NULL:
        return value->kind == DOCUMENT_NULL || wrong_kind(writing, schema, value);
    case SCHEMA_BOOLEAN:
        if (value->kind != DOCUMENT_BOOLEAN)
            return wrong_kind(writing, schema, value);
        text_append_char(writing->text, value->integer ? 1 : 0);
        return true;
    case SCHEMA_INT:
    case SCHEMA_LONG:
        return write_integer(writing, schema, value);
    case SCHEMA_FLOAT:
    case SCHEMA_DOUBLE:
        return write_float(writing, schema, value);
    case SCHEMA_BYTES:
    case SCHEMA_FIXED:
        return write_bytes(writing, schema, value);
    case SCHEMA_STRING:
        return write_text(writing, schema, value);
    case SCHEMA_ENUM:
        return write_symbol(writing, schema, value);
    case SCHEMA_ARRAY:
        return write_list(writing, schema, value);
    case SCHEMA_RECORD:
        return write_record(writing, schema, value);
    case SCHEMA_UNION:
        return write_union(writing, schema, value);
    default:
        return wrong_kind(writing, schema, value);
    }
}

bool avro_write_record(const struct schema *schema, const struct document *document, struct text *text,
                       struct error *error)
{
    struct writing writing = { .text = text, .error = error, .root = schema->name };
    return write_value(&writing, schema, document);
}

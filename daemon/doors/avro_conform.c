// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_conform.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "doors/crypto.h"
#include "doors/utf8.h"

enum { PATH_SIZE = 256, QUOTED = 60 };

// Where the check is: a field, or an item of a list.
struct step {
    const struct step *above;
    const char *field; // NULL: an item
    size_t index;
};

struct conforming {
    struct arena *arena;
    struct findings *findings;
    size_t depth;
    const struct step *step; // NULL at the root
};

// "lines[2].quantity", as far as there is room.
static size_t write_path(const struct step *step, char *path, size_t used)
{
    if (!step)
        return used;
    used = write_path(step->above, path, used);
    int more = step->field ? snprintf(path + used, PATH_SIZE - used, "%s%s", used ? "." : "", step->field)
                           : snprintf(path + used, PATH_SIZE - used, "[%zu]", step->index);
    used += more > 0 ? (size_t)more : 0;
    return used < PATH_SIZE ? used : PATH_SIZE - 1;
}

static void found(struct conforming *conforming, const struct document *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void found(struct conforming *conforming, const struct document *value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(conforming->arena, format, arguments);
    va_end(arguments);
    struct position at = { .line = value->line, .column = value->column };
    char *path = arena_take(conforming->arena, PATH_SIZE);
    write_path(conforming->step, path, 0);
    findings_add(conforming->findings, FINDING_ERROR, &at, slice_of(path), 0, "%.*s", SLICE_ARGS(text));
}

static bool conform(struct conforming *conforming, const struct schema *schema, struct document *value);

static int quoted_size(struct slice text)
{
    // A character is not cut in two.
    return (int)utf8_valid_size((struct slice){ text.data, text.size < QUOTED ? text.size : QUOTED });
}

static bool refuse(struct conforming *conforming, const struct schema *schema, const struct document *value,
                   const char *wanted)
{
    char title[64];
    if (value->kind == DOCUMENT_TEXT)
        found(conforming, value, "\"%.*s\" is not %s (%s)", quoted_size(value->text),
              value->text.size ? value->text.data : "", wanted, schema_title(schema, title));
    else
        found(conforming, value, "%s is wanted here (%s)", wanted, schema_title(schema, title));
    return false;
}

static bool set(struct document *value, enum document_kind kind, int64_t integer)
{
    value->kind = kind;
    value->integer = integer;
    value->text = (struct slice){ 0 };
    return true;
}

static bool conform_integer(struct conforming *conforming, const struct schema *schema,
                            struct document *value)
{
    int64_t number = value->integer;
    bool fits = value->kind == DOCUMENT_INTEGER ||
                (value->kind == DOCUMENT_TEXT && slice_integer(value->text, &number));
    if (!fits)
        return refuse(conforming, schema, value, "a whole number");
    if (schema->kind == SCHEMA_INT && (number < INT32_MIN || number > INT32_MAX))
        return refuse(conforming, schema, value, "a whole number within 32 bits");
    return set(value, DOCUMENT_INTEGER, number);
}

static bool conform_decimal(struct conforming *conforming, const struct schema *schema,
                            struct document *value)
{
    uint8_t scale = schema->meaning == MEANING_DECIMAL ? schema->scale : (uint8_t)FLOAT_SCALE;
    uint8_t precision = schema->meaning == MEANING_DECIMAL ? schema->precision : UINT8_MAX;
    int64_t number = 0;
    bool fits = false;
    if (value->kind == DOCUMENT_TEXT)
        fits = decimal_parse(value->text, '.', scale, &number);
    else if (value->kind == DOCUMENT_DECIMAL || value->kind == DOCUMENT_INTEGER)
        fits = decimal_rescale(value->integer, value->kind == DOCUMENT_DECIMAL ? value->scale : 0, scale,
                               &number);
    if (!fits || !schema_decimal_fits(number, precision)) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, "a decimal number with at most %u places", scale);
        return refuse(conforming, schema, value, wanted);
    }
    value->scale = scale;
    return set(value, DOCUMENT_DECIMAL, number);
}

static bool conform_boolean(struct conforming *conforming, const struct schema *schema,
                            struct document *value)
{
    if (value->kind == DOCUMENT_BOOLEAN)
        return true;
    bool yes = value->kind == DOCUMENT_TEXT && (slice_is(value->text, "true") || slice_is(value->text, "1"));
    bool no = value->kind == DOCUMENT_TEXT && (slice_is(value->text, "false") || slice_is(value->text, "0"));
    return yes || no ? set(value, DOCUMENT_BOOLEAN, yes) : refuse(conforming, schema, value, "true or false");
}

static bool conform_date(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    int32_t days;
    if (value->kind == DOCUMENT_DATE)
        return true;
    if (value->kind != DOCUMENT_TEXT || !date_parse(value->text, &days) ||
        !schema_time_fits(DOCUMENT_DATE, days))
        return refuse(conforming, schema, value, "a date like 2026-11-24");
    return set(value, DOCUMENT_DATE, days);
}

static bool conform_instant(struct conforming *conforming, const struct schema *schema,
                            struct document *value)
{
    int64_t instant;
    if (value->kind == DOCUMENT_INSTANT)
        return true;
    if (value->kind != DOCUMENT_TEXT || !instant_parse(value->text, &instant) ||
        !schema_time_fits(DOCUMENT_INSTANT, instant))
        return refuse(conforming, schema, value, "a time like 2026-11-24T13:10:38Z");
    return set(value, DOCUMENT_INSTANT, instant);
}

static bool conform_text(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    if (value->kind != DOCUMENT_TEXT)
        return refuse(conforming, schema, value, "a text");
    size_t valid = utf8_valid_size(value->text);
    if (valid == value->text.size && (!valid || !memchr(value->text.data, '\0', valid)))
        return true;
    // What is quoted has to be printable itself.
    found(conforming, value, "the text is not UTF-8 or holds the character U+0000, after %zu valid bytes",
          valid);
    return false;
}

static bool conform_bytes(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    if (value->kind == DOCUMENT_TEXT) {
        if (!crypto_base64_read(conforming->arena, value->text, &value->text))
            return refuse(conforming, schema, value, "base64");
        value->kind = DOCUMENT_BYTES;
    }
    if (value->kind != DOCUMENT_BYTES || (schema->kind == SCHEMA_FIXED && value->text.size != schema->size))
        return refuse(conforming, schema, value, "bytes of the right length");
    return true;
}

static bool conform_symbol(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    for (size_t i = 0; value->kind == DOCUMENT_TEXT && i < schema->count; i++)
        if (slice_is(value->text, schema->symbols[i]))
            return true;
    return refuse(conforming, schema, value, "one of the allowed words");
}

static bool conform_list(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    if (value->kind != DOCUMENT_LIST)
        return refuse(conforming, schema, value, "a list");
    struct step step = { .above = conforming->step };
    bool valid = true;
    conforming->step = &step;
    for (struct document *item = value->first; item; item = item->next) {
        step.index++;
        valid = conform(conforming, schema->items, item) && valid;
    }
    conforming->step = step.above;
    return valid;
}

// Takes the field out of the list of children; the last of several with one name wins nothing, it is unknown.
static struct document *take_field(struct document **children, const char *name)
{
    struct document *first = *children;
    if (first && first->name == name) {
        *children = first->next;
        first->next = NULL;
        return first;
    }
    for (struct document **place = children; *place; place = &(*place)->next) {
        struct document *field = *place;
        if (field->name != name && (field->name[0] != name[0] || strcmp(field->name, name) != 0))
            continue;
        *place = field->next;
        field->next = NULL;
        return field;
    }
    return NULL;
}

static bool conform_absent(struct conforming *conforming, const struct schema_field *field,
                           struct document *record)
{
    if (field->fallback) {
        if (field->fallback->kind != DOCUMENT_NULL)
            document_add(record, field->name, schema_copy_default(field->fallback, conforming->arena));
        return true;
    }
    if (schema_nullable(field->type))
        return true;
    found(conforming, record, "required, but missing");
    return false;
}

static bool conform_field(struct conforming *conforming, const struct schema_field *field,
                          struct document *value, struct document *record)
{
    if (!value || (value->kind == DOCUMENT_NULL && schema_nullable(field->type)))
        return conform_absent(conforming, field, record);
    bool valid = conform(conforming, field->type, value);
    document_add(record, field->name, value);
    return valid;
}

// The record is built anew in the schema's order; what is left then is not in the schema.
static bool conform_record(struct conforming *conforming, const struct schema *schema,
                           struct document *record)
{
    if (record->kind != DOCUMENT_RECORD)
        return refuse(conforming, schema, record, "a record");
    if (conforming->depth == SCHEMA_MOST_DEPTH)
        return refuse(conforming, schema, record, "less nesting");
    conforming->depth++;
    struct step step = { .above = conforming->step };
    conforming->step = &step;
    struct document *children = record->first;
    record->first = record->last = NULL;
    record->count = 0;
    record->type = schema->name;
    bool valid = true;
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->fields[i];
        struct document *value = take_field(&children, field->name);
        step.field = field->name;
        valid = conform_field(conforming, field, value, record) && valid;
    }
    for (; children; children = children->next, valid = false) {
        step.field = children->name;
        found(conforming, children, "the schema %s has no such field", schema->name);
    }
    conforming->step = step.above;
    conforming->depth--;
    return valid;
}

static bool conform(struct conforming *conforming, const struct schema *schema, struct document *value)
{
    if (schema->kind == SCHEMA_STRING && schema->meaning == MEANING_PLAIN) // most fields
        return conform_text(conforming, schema, value);
    if (value->kind == DOCUMENT_NULL && schema_nullable(schema))
        return true;
    const struct schema *wanted = schema_value(schema);
    switch (wanted ? schema_document_kind(wanted) : DOCUMENT_NULL) {
    case DOCUMENT_BOOLEAN:
        return conform_boolean(conforming, wanted, value);
    case DOCUMENT_INTEGER:
        return conform_integer(conforming, wanted, value);
    case DOCUMENT_DECIMAL:
        return conform_decimal(conforming, wanted, value);
    case DOCUMENT_DATE:
        return conform_date(conforming, wanted, value);
    case DOCUMENT_INSTANT:
        return conform_instant(conforming, wanted, value);
    case DOCUMENT_TEXT:
        return wanted->kind == SCHEMA_ENUM ? conform_symbol(conforming, wanted, value)
                                           : conform_text(conforming, wanted, value);
    case DOCUMENT_BYTES:
        return conform_bytes(conforming, wanted, value);
    case DOCUMENT_LIST:
        return conform_list(conforming, wanted, value);
    case DOCUMENT_RECORD:
        return conform_record(conforming, wanted, value);
    default:
        return refuse(conforming, schema, value, "null");
    }
}

bool avro_conform_to(const struct schema *schema, struct document *document, struct arena *arena,
                     struct findings *findings)
{
    struct conforming conforming = { .arena = arena, .findings = findings };
    return conform(&conforming, schema, document);
}

// SPDX-License-Identifier: Apache-2.0
#include "doors/json.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/clock.h"
#include "doors/crypto.h"
#include "doors/json_numbers.h"
#include "doors/utf8.h"

static bool needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\' || c == 0x7F;
}

static void write_escape(char c, struct text *text)
{
    switch (c) {
    case '"':
    case '\\':
        text_append_char(text, '\\');
        text_append_char(text, c);
        return;
    case '\n':
        text_append(text, SLICE("\\n"));
        return;
    case '\r':
        text_append(text, SLICE("\\r"));
        return;
    case '\t':
        text_append(text, SLICE("\\t"));
        return;
    default:
        text_printf(text, "\\u%04x", (unsigned)(unsigned char)c);
    }
}

void json_write_text(struct slice value, struct text *text)
{
    text_append_char(text, '"');
    while (value.size) {
        size_t valid = utf8_valid_size(value), start = 0;
        for (size_t i = 0; i < valid; i++) {
            if (!needs_escape(value.data[i]))
                continue;
            text_append(text, (struct slice){ value.data + start, i - start });
            write_escape(value.data[i], text);
            start = i + 1;
        }
        text_append(text, (struct slice){ value.data + start, valid - start });
        if (valid < value.size)
            text_append(text, SLICE("\xEF\xBF\xBD"));
        size_t done = valid < value.size ? valid + 1 : valid;
        value = (struct slice){ value.data + done, value.size - done };
    }
    text_append_char(text, '"');
}

static void write_leaf(const struct document *leaf, struct text *text)
{
    char number[DECIMAL_TEXT_SIZE], date[DATE_TEXT_SIZE], instant[INSTANT_TEXT_SIZE];
    switch (leaf->kind) {
    case DOCUMENT_BOOLEAN:
        text_append(text, leaf->integer ? SLICE("true") : SLICE("false"));
        break;
    case DOCUMENT_INTEGER:
        text_printf(text, "%" PRId64, leaf->integer);
        break;
    case DOCUMENT_DECIMAL:
        text_printf(text, "\"%s\"", decimal_text(leaf->integer, leaf->scale, number));
        break;
    case DOCUMENT_DATE:
        text_printf(text, "\"%s\"", date_text((int32_t)leaf->integer, date));
        break;
    case DOCUMENT_INSTANT:
        text_printf(text, "\"%s\"", instant_text(leaf->integer, instant));
        break;
    case DOCUMENT_TEXT:
        json_write_text(leaf->text, text);
        break;
    case DOCUMENT_BYTES:
        json_write_text(crypto_base64(text->arena, leaf->text), text);
        break;
    default:
        text_append(text, SLICE("null"));
    }
}

static void write_value(const struct document *value, struct text *text)
{
    if (value->kind != DOCUMENT_LIST && value->kind != DOCUMENT_RECORD) {
        write_leaf(value, text);
        return;
    }
    bool record = value->kind == DOCUMENT_RECORD;
    text_append_char(text, record ? '{' : '[');
    for (const struct document *child = value->first; child; child = child->next) {
        if (child != value->first)
            text_append_char(text, ',');
        if (record) {
            json_write_text(slice_of(child->name), text);
            text_append_char(text, ':');
        }
        write_value(child, text);
    }
    text_append_char(text, record ? '}' : ']');
}

void json_write(const struct document *document, struct text *text)
{
    if (document->kind != DOCUMENT_RECORD || !document->type) {
        write_value(document, text);
        return;
    }
    text_append(text, SLICE("{\"$type\":"));
    json_write_text(slice_of(document->type), text);
    for (const struct document *field = document->first; field; field = field->next) {
        text_append_char(text, ',');
        json_write_text(slice_of(field->name), text);
        text_append_char(text, ':');
        write_value(field, text);
    }
    text_append_char(text, '}');
}

static struct document *leaf_of(const json_t *value, struct arena *arena)
{
    struct document *leaf = ARENA_NEW(arena, struct document);
    if (json_is_string(value)) {
        leaf->kind = DOCUMENT_TEXT;
        leaf->text = arena_copy(arena, (struct slice){ json_string_value(value), json_string_length(value) });
    } else if (json_is_boolean(value)) {
        leaf->kind = DOCUMENT_BOOLEAN;
        leaf->integer = json_is_true(value);
    }
    return leaf;
}

// Recursion ends at jansson's own nesting limit (2048).
static struct document *tree_of(json_t *value, struct arena *arena)
{
    if (json_is_array(value)) {
        struct document *list = document_list(arena);
        for (size_t i = 0; i < json_array_size(value); i++)
            document_add(list, NULL, tree_of(json_array_get(value, i), arena));
        return list;
    }
    if (!json_is_object(value))
        return leaf_of(value, arena);
    struct document *record = document_record(arena, NULL);
    for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at))
        document_add(record, arena_string(arena, slice_of(json_object_iter_key(at))),
                     tree_of(json_object_iter_value(at), arena));
    return record;
}

// Takes "$type" out of the root's fields.
static bool take_type(json_t *root, struct arena *arena, const char **type, struct error *error)
{
    json_t *value = json_object_get(root, "$type");
    *type = NULL;
    if (!value)
        return true;
    if (!json_is_string(value))
        return error_set(
            error, ERROR_INVALID, NULL,
            "\"$type\" is no string: write the name of the document's schema, \"PurchaseOrder\"");
    *type = arena_string(arena, slice_of(json_string_value(value)));
    json_object_del(root, "$type");
    return true;
}

bool json_read(struct slice text, struct arena *arena, struct document **document, struct error *error)
{
    struct slice quoted = json_numbers_quote(text, arena);
    json_error_t fault;
    json_t *root = json_loadb(quoted.data, quoted.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
    if (!root) {
        struct position at = json_numbers_place(text, (size_t)fault.position);
        return error_set(error, ERROR_INVALID, &at, "invalid JSON: %s", fault.text);
    }
    const char *type = NULL;
    bool valid = take_type(root, arena, &type, error);
    if (valid) {
        *document = tree_of(root, arena);
        (*document)->type = type;
    }
    json_decref(root);
    return valid;
}

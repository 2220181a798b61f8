// SPDX-License-Identifier: Apache-2.0
#include "doors/xml_source.h"

#include <libxml/encoding.h>
#include <libxml/tree.h>

enum { MOST_ATTRIBUTES = 100 };

struct xml_place xml_place_of(struct xml_cursor *cursor, size_t offset)
{
    if (offset < cursor->offset)
        *cursor = (struct xml_cursor){ .text = cursor->text, .line = 1, .column = 1 };
    for (; cursor->offset < offset; cursor->offset++) {
        unsigned char c = (unsigned char)cursor->text.data[cursor->offset];
        if (c == '\n') {
            cursor->line++;
            cursor->column = 1;
        } else if ((c & 0xC0) != 0x80) {
            cursor->column++;
        }
    }
    return (struct xml_place){ .line = cursor->line, .column = cursor->column };
}

static bool begins(struct slice bytes, const char *mark, size_t size)
{
    return bytes.size >= size && memcmp(bytes.data, mark, size) == 0;
}

// The encoding that the XML declaration names, empty where it names none.
static struct slice declared(struct slice bytes)
{
    if (!begins(bytes, "<?xml", 5))
        return (struct slice){ 0 };
    const char *end = memchr(bytes.data, '>', bytes.size < 400 ? bytes.size : 400);
    if (!end)
        return (struct slice){ 0 };
    struct slice declaration = { bytes.data, (size_t)(end - bytes.data) };
    const char *found = memmem(declaration.data, declaration.size, "encoding", 8);
    if (!found)
        return (struct slice){ 0 };
    struct slice rest = { found + 8, (size_t)(end - found) - 8 };
    rest = slice_trim(rest);
    if (rest.size == 0 || rest.data[0] != '=')
        return (struct slice){ 0 };
    rest = slice_trim((struct slice){ rest.data + 1, rest.size - 1 });
    if (rest.size < 2 || (rest.data[0] != '"' && rest.data[0] != '\''))
        return (struct slice){ 0 };
    char quote = rest.data[0];
    rest = (struct slice){ rest.data + 1, rest.size - 1 };
    return slice_cut(&rest, quote);
}

static struct slice encoding_of(struct slice bytes)
{
    if (begins(bytes, "\xEF\xBB\xBF", 3))
        return (struct slice){ 0 };
    if (begins(bytes, "\xFF\xFE", 2) || begins(bytes, "<\0", 2))
        return SLICE("UTF-16LE");
    if (begins(bytes, "\xFE\xFF", 2) || begins(bytes, "\0<", 2))
        return SLICE("UTF-16BE");
    struct slice name = declared(bytes);
    if (slice_equal_nocase(name, SLICE("UTF-8")) || slice_equal_nocase(name, SLICE("US-ASCII")) ||
        slice_equal_nocase(name, SLICE("UTF8")))
        return (struct slice){ 0 };
    return name;
}

static bool convert(struct slice bytes, struct slice encoding, struct arena *arena, struct slice *source,
                    struct error *error)
{
    struct position at = { .line = 1, .column = 1 };
    char name[40] = "";
    if (encoding.size < sizeof name)
        memcpy(name, encoding.data, encoding.size);
    xmlCharEncodingHandlerPtr handler = *name ? xmlFindCharEncodingHandler(name) : NULL;
    if (!handler)
        return error_set(error, ERROR_INVALID, &at, "the encoding \"%.*s\" is not supported; use UTF-8",
                         SLICE_ARGS(encoding));
    xmlBufferPtr in = xmlBufferCreateStatic((void *)(uintptr_t)bytes.data, bytes.size);
    xmlBufferPtr out = xmlBufferCreate();
    bool good = in && out && xmlCharEncInFunc(handler, out, in) >= 0 && xmlBufferLength(in) == 0;
    if (good)
        *source = arena_copy(
            arena, (struct slice){ (const char *)xmlBufferContent(out), (size_t)xmlBufferLength(out) });
    xmlBufferFree(in);
    xmlBufferFree(out);
    xmlCharEncCloseFunc(handler);
    if (!good)
        return error_set(error, ERROR_INVALID, &at, "the text is no valid %s", name);
    return true;
}

// What stands behind `end`, or the end of the text.
static size_t behind(struct slice text, size_t from, const char *end)
{
    const char *found = memmem(text.data + from, text.size - from, end, strlen(end));
    return found ? (size_t)(found - text.data) + strlen(end) : text.size;
}

// Passes over one tag and counts its attributes.
static size_t skip_tag(struct slice text, size_t i, size_t *attributes)
{
    *attributes = 0;
    for (; i < text.size && text.data[i] != '>'; i++) {
        char c = text.data[i];
        if (c == '"' || c == '\'') {
            const char *close = memchr(text.data + i + 1, c, text.size - i - 1);
            if (!close)
                return text.size;
            i = (size_t)(close - text.data);
            ++*attributes;
        }
    }
    return i;
}

static bool check_attributes(struct slice text, struct error *error)
{
    struct slice rest;
    for (size_t i = 0; i < text.size;) {
        const char *open = memchr(text.data + i, '<', text.size - i);
        if (!open)
            return true;
        i = (size_t)(open - text.data);
        rest = (struct slice){ text.data + i, text.size - i };
        size_t attributes = 0, start = i;
        if (slice_starts(rest, "<!--"))
            i = behind(text, i + 4, "-->");
        else if (slice_starts(rest, "<![CDATA["))
            i = behind(text, i + 9, "]]>");
        else if (slice_starts(rest, "<?"))
            i = behind(text, i + 2, "?>");
        else
            i = skip_tag(text, i + 1, &attributes);
        if (attributes > MOST_ATTRIBUTES) {
            struct xml_cursor cursor = { .text = text, .line = 1, .column = 1 };
            struct xml_place place = xml_place_of(&cursor, start);
            struct position at = { .line = place.line, .column = place.column };
            return error_set(error, ERROR_INVALID, &at, "an element has %zu attributes; at most %d are read",
                             attributes, MOST_ATTRIBUTES);
        }
    }
    return true;
}

bool xml_source_open(struct slice bytes, size_t most_bytes, struct arena *arena, struct slice *source,
                     struct error *error)
{
    if (bytes.size > most_bytes)
        return error_set(error, ERROR_INVALID, NULL, "the document has %zu bytes; at most %zu are read",
                         bytes.size, most_bytes);
    if (slice_trim(bytes).size == 0)
        return error_set(error, ERROR_INVALID, NULL, "the document is empty");
    struct slice encoding = encoding_of(bytes);
    *source = bytes;
    if (encoding.size && !convert(bytes, encoding, arena, source, error))
        return false;
    if (begins(*source, "\xEF\xBB\xBF", 3))
        *source = (struct slice){ source->data + 3, source->size - 3 };
    if (source->size > most_bytes)
        return error_set(error, ERROR_INVALID, NULL, "the document has %zu bytes; at most %zu are read",
                         source->size, most_bytes);
    return check_attributes(*source, error);
}

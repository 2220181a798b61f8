// SPDX-License-Identifier: Apache-2.0
#include "ctl/csv.h"

#include "base/text.h"

struct csv csv_open(struct slice bytes)
{
    struct csv csv = { .rest = bytes, .separator = ',', .next = 1 };
    bool quoted = false;
    if (slice_starts(bytes, "\xEF\xBB\xBF"))
        csv.rest = (struct slice){ bytes.data + 3, bytes.size - 3 };
    for (size_t i = 0; i < csv.rest.size; i++) {
        char c = csv.rest.data[i];
        quoted ^= c == '"';
        if (!quoted && (c == ',' || c == ';' || c == '\t')) {
            csv.separator = c;
            break;
        }
        if (!quoted && c == '\n')
            break;
    }
    return csv;
}

static bool fail(const struct csv *csv, struct error *error, const char *what)
{
    const struct position at = { .line = csv->line, .column = 1 };
    return error_set(error, ERROR_INVALID, &at, "%s", what);
}

static char peek(const struct csv *csv)
{
    return csv->rest.size ? *csv->rest.data : '\n';
}

static char take(struct csv *csv)
{
    char c = peek(csv);
    if (csv->rest.size) {
        csv->rest.data++;
        csv->rest.size--;
        csv->next += c == '\n';
    }
    return c;
}

// Behind the opening mark, up to the closing one.
static bool take_quoted(struct csv *csv, struct arena *arena, struct slice *field, struct error *error)
{
    struct text text = text_in(arena);
    for (;;) {
        if (csv->rest.size == 0)
            return fail(csv, error, "a quotation mark begins in this line and does not end");
        char c = take(csv);
        if (c == '"' && !(csv->rest.size && peek(csv) == '"'))
            break;
        if (c == '"')
            take(csv);
        text_append_char(&text, c);
    }
    *field = text_slice(&text);
    while (peek(csv) == ' ' || peek(csv) == '\r')
        take(csv);
    return peek(csv) == csv->separator || peek(csv) == '\n' ||
           fail(csv, error,
                "something stands behind a closing quotation mark; double the marks within a field");
}

static void take_plain(struct csv *csv, struct slice *field)
{
    const char *begin = csv->rest.data;
    size_t size = 0;
    while (csv->rest.size && peek(csv) != csv->separator && peek(csv) != '\n') {
        take(csv);
        size++;
    }
    *field = slice_trim((struct slice){ begin, size });
}

static bool take_record(struct csv *csv, struct arena *arena, struct slice fields[CSV_FIELDS], size_t *count,
                        struct error *error)
{
    *count = 0;
    csv->line = csv->next;
    for (;;) {
        if (*count == CSV_FIELDS)
            return fail(csv, error, "the line has more fields than are read");
        while (peek(csv) == ' ')
            take(csv);
        struct slice *field = &fields[(*count)++];
        if (peek(csv) == '"') {
            take(csv);
            if (!take_quoted(csv, arena, field, error))
                return false;
        } else {
            take_plain(csv, field);
        }
        if (take(csv) == '\n')
            return true;
    }
}

bool csv_next(struct csv *csv, struct arena *arena, struct slice fields[CSV_FIELDS], size_t *count,
              struct error *error)
{
    *count = 0;
    while (csv->rest.size) {
        if (!take_record(csv, arena, fields, count, error))
            return false;
        if (*count > 1 || fields[0].size)
            return true;
    }
    *count = 0;
    return true;
}

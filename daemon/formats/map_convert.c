// SPDX-License-Identifier: Apache-2.0
// Texts of messages to texts that avro_conform takes (ISO dates, decimals with a point), and back.
#include "formats/cxml/cxml.h"
#include "formats/map_rules.h"

static bool refuse(struct arena *arena, struct slice *why, struct slice text, const char *what)
{
    *why = arena_printf(arena, "\"%.*s\" is no %s", SLICE_ARGS(text), what);
    return false;
}

// Digits, with a point between them or none: a decimal of the document as it stands.
static bool is_plain_decimal(struct slice text)
{
    size_t i = text.size && text.data[0] == '-' ? 1 : 0, start = i, point = 0;
    for (; i < text.size; i++) {
        if (text.data[i] == '.' && !point && i > start && i + 1 < text.size)
            point = i;
        else if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return i > start;
}

// "1.250,5" with a thousands mark, signs behind and exponents are refused; ".5", "5." and "+5" are put right.
static bool read_decimal(enum map_syntax syntax, struct slice text, struct arena *arena,
                         struct slice *converted)
{
    if (is_plain_decimal(text)) {
        *converted = text;
        return true;
    }
    // At most a zero is added in front of the mark.
    struct text made = { .arena = arena,
                         .data = arena_take(arena, text.size + 1),
                         .capacity = text.size + 1 };
    size_t i = 0, before = 0, marks = 0, after = 0;
    if (text.size && (text.data[0] == '-' || (text.data[0] == '+' && syntax == MAP_XML))) {
        if (text.data[0] == '-')
            text_append_char(&made, '-');
        i = 1;
    }
    for (; i < text.size; i++) {
        char c = text.data[i];
        bool is_mark = c == '.' || (c == ',' && syntax == MAP_EDIFACT);
        if (!is_mark && (c < '0' || c > '9'))
            return false;
        if (is_mark && before == 0)
            text_append_char(&made, '0');
        marks += is_mark;
        before += !is_mark && !marks;
        after += !is_mark && marks;
        if (!is_mark || (i + 1 < text.size))
            text_append_char(&made, is_mark ? '.' : c);
    }
    *converted = text_slice(&made);
    return marks < 2 && before + after > 0;
}

// A moment of either syntax as local time with what was said of its offset.
static bool read_moment(const struct map *map, struct slice text, struct slice format,
                        struct map_moment *moment)
{
    struct cxml_time time;
    if (map->rules->syntax == MAP_EDIFACT)
        return map_dtm_parse(text, format, moment);
    if (!cxml_time_parse(text, 0, &time))
        return false;
    *moment = (struct map_moment){
        .local_us = time.local_us,
        .has_time = time.has_time,
        .has_offset = time.has_zone,
        .offset_seconds = (int32_t)((time.local_us - time.instant_us) / 1000000),
    };
    return true;
}

static int64_t instant_of(const struct map *map, const struct map_moment *moment)
{
    if (moment->has_offset)
        return moment->local_us - (int64_t)moment->offset_seconds * 1000000;
    return zone_instant(map->zone, moment->local_us);
}

// A date is the one that the partner means: where its zone is known, the date there; else the date as
// written.
static int32_t date_of(const struct map *map, const struct map_moment *moment)
{
    if (!moment->has_offset || !moment->has_time || !map->zone)
        return instant_date(moment->local_us);
    int64_t instant_us = instant_of(map, moment);
    return instant_date(instant_us + (int64_t)zone_offset(map->zone, instant_us) * 1000000);
}

static bool look_up(const struct map_table *table, struct slice text, size_t from, struct slice *found)
{
    for (size_t i = 0; i < table->count; i++) {
        if (!slice_equal(table->pairs[i * 2 + from], text))
            continue;
        *found = table->pairs[i * 2 + !from];
        return true;
    }
    return false;
}

static bool use_table(const struct map_table *table, struct slice text, size_t from, struct arena *arena,
                      struct slice *converted, struct slice *why)
{
    if (look_up(table, text, from, converted))
        return true;
    *converted = table->unknown == MAP_UNKNOWN_KEEP ? text : (struct slice){ 0 };
    if (table->unknown != MAP_UNKNOWN_ERROR)
        return true;
    *why = arena_printf(arena, "\"%.*s\" is not in the table %s", SLICE_ARGS(text), table->name);
    return false;
}

bool map_convert_in(const struct map *map, const struct map_rule *rule, struct slice text,
                    struct slice format, struct arena *arena, struct slice *converted, struct slice *why)
{
    struct map_moment moment;
    char date[DATE_TEXT_SIZE], instant[INSTANT_TEXT_SIZE];
    switch (rule->as) {
    case MAP_DATE:
    case MAP_INSTANT:
        if (!read_moment(map, text, format, &moment)) {
            if (format.size == 0)
                return refuse(arena, why, text, "date");
            *why = arena_printf(arena, "\"%.*s\" is no date in format %.*s", SLICE_ARGS(text),
                                SLICE_ARGS(format));
            return false;
        }
        *converted = rule->as == MAP_DATE
                         ? arena_copy(arena, slice_of(date_text(date_of(map, &moment), date)))
                         : arena_copy(arena, slice_of(instant_text(instant_of(map, &moment), instant)));
        return true;
    case MAP_DECIMAL:
        return read_decimal(map->rules->syntax, text, arena, converted) ||
               refuse(arena, why, text, "decimal number");
    case MAP_TEXT:
    case MAP_PIECES:
    case MAP_LINES:
        break;
    }
    *converted = text;
    return !rule->table || use_table(rule->table, text, 0, arena, converted, why);
}

static struct slice xml_instant(const struct map *map, int64_t instant_us, struct arena *arena)
{
    char text[INSTANT_TEXT_SIZE];
    int32_t offset = zone_offset(map->zone, instant_us), minutes = (offset < 0 ? -offset : offset) / 60;
    int64_t local_us = instant_us + (int64_t)offset * 1000000;
    local_us -= (local_us % 1000000 + 1000000) % 1000000; // cXML has whole seconds
    struct slice local = slice_of(instant_text(local_us, text));
    return arena_printf(arena, "%.*s%c%02d:%02d", (int)local.size - 1, local.data, offset < 0 ? '-' : '+',
                        minutes / 60, minutes % 60);
}

static bool write_moment(const struct map *map, const struct map_rule *rule, int64_t local_us,
                         const char *format, struct arena *arena, struct slice *converted,
                         struct slice *written, struct slice *why)
{
    *written = slice_of(rule->format ? rule->format : format);
    if (map->rules->syntax == MAP_XML) {
        *converted = xml_instant(map, zone_instant(map->zone, local_us), arena);
        return true;
    }
    return map_dtm_write(local_us, *written, arena, converted) ||
           refuse(arena, why, *written, "format we can write");
}

bool map_convert_out(const struct map *map, const struct map_rule *rule, const struct document *leaf,
                     struct arena *arena, struct slice *converted, struct slice *format, struct slice *why)
{
    char text[DECIMAL_TEXT_SIZE];
    *format = (struct slice){ 0 };
    switch (leaf->kind) {
    case DOCUMENT_TEXT:
        *converted = leaf->text;
        break;
    case DOCUMENT_DECIMAL:
        *converted = arena_copy(arena, slice_of(decimal_text(leaf->integer, leaf->scale, text)));
        break;
    case DOCUMENT_INTEGER:
        *converted = arena_copy(arena, slice_of(decimal_text(leaf->integer, 0, text)));
        break;
    case DOCUMENT_BOOLEAN:
        *converted = leaf->integer ? SLICE("true") : SLICE("false");
        break;
    case DOCUMENT_DATE:
        return write_moment(map, rule, leaf->integer * INT64_C(86400000000), "102", arena, converted, format,
                            why);
    case DOCUMENT_INSTANT:
        return write_moment(map, rule,
                            leaf->integer + (int64_t)zone_offset(map->zone, leaf->integer) * 1000000, "203",
                            arena, converted, format, why);
    default:
        *why = SLICE("a field of this kind cannot be written");
        return false;
    }
    return !rule->table || use_table(rule->table, *converted, 1, arena, converted, why);
}

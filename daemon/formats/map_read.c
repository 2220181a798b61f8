// SPDX-License-Identifier: Apache-2.0
// Message to document.
#include "formats/cxml/path.h"
#include "formats/map_rules.h"

struct reader {
    const struct map *map;
    struct map_source source;
    struct arena *arena;
    struct findings *findings;
    struct map_trace *trace; // NULL: nobody wants to know
};

// Where rules are evaluated: a spot of the message, the fields of the record that it fills, by slot, its
// number in the list.
struct place {
    struct map_spot spot;
    const struct map_heads *heads; // of the spot, NULL where it has none
    struct document **fields;
    size_t index;
};

static void search_from(const struct reader *reader, const struct map_path *path, const struct place *place,
                        struct map_search *search)
{
    map_search(search, &reader->source, path, &place->spot, place->heads);
}

static struct slice where_of(const struct reader *reader, const struct map_hit *hit,
                             const struct map_path *path)
{
    // Findings beyond the limit are only counted, and a path counts siblings, which is dear in a long message.
    if (reader->map->rules->syntax == MAP_EDIFACT || reader->findings->dropped)
        return map_spot_name(&reader->source, &hit->spot);
    struct slice where = cxml_path(hit->spot.node, reader->arena);
    if (path->leaf == MAP_ATTRIBUTE)
        where = arena_printf(reader->arena, "%.*s/@%.*s", SLICE_ARGS(where), SLICE_ARGS(path->attribute));
    return where;
}

static void report(const struct reader *reader, const struct map_hit *hit, const struct map_path *path,
                   int code, const char *name, struct slice why)
{
    struct position at = map_position(&reader->source, hit);
    if (path->leaf == MAP_COMPONENT && (hit->value || hit->token)) {
        at.element = path->places[hit->occurrence].element;
        at.component = path->places[hit->occurrence].component;
    }
    why = cxml_shorten(why, reader->arena);
    findings_add(reader->findings, FINDING_ERROR, &at, where_of(reader, hit, path), code, "%s: %.*s", name,
                 SLICE_ARGS(why));
}

static int invalid_code(const struct reader *reader)
{
    return reader->map->rules->syntax == MAP_XML ? 400 : 12;
}

// What stands beside a hit, in the same occurrence of its composite.
static struct slice beside(const struct reader *reader, const struct map_hit *hit,
                           const struct map_path *path, struct directory_place place)
{
    struct map_hit found = { 0 };
    const struct directory_place *at = &path->places[hit->occurrence];
    place.occurrence = at->occurrence;
    for (size_t i = 0; i < 2; i++)
        place.tokens[i] =
            edifact_place((uint16_t)at->tokens[i], (uint16_t)(at->tokens[i] >> 16), place.component);
    return map_component(&reader->source, &hit->spot, &place, &found) ? found.text : (struct slice){ 0 };
}

// All components of one number that stand beside the hit make one text; those that are lines have a blank between.
static struct slice pieces_text(const struct reader *reader, const struct map_rule *rule,
                                const struct map_path *path, const struct map_hit *hit)
{
    size_t found = 0;
    struct slice single = hit->text;
    struct text text = text_in(reader->arena);
    for (size_t i = 0; i < path->piece_count; i++) {
        struct slice piece = beside(reader, hit, path, path->pieces[i]);
        if (piece.size == 0)
            continue;
        // One alone is not copied.
        if (++found == 2)
            text_append(&text, single);
        if (found >= 2 && rule->as == MAP_LINES && text.size && text.data[text.size - 1] != ' ')
            text_append_char(&text, ' ');
        if (found >= 2)
            text_append(&text, piece);
        single = piece;
    }
    return slice_trim(found < 2 ? single : text_slice(&text));
}

// The document's text of a hit; empty where it says nothing. False, and a finding, where it cannot be.
static bool convert(const struct reader *reader, const struct map_rule *rule, const struct map_path *path,
                    const struct map_hit *hit, struct slice *converted)
{
    struct slice text = path->piece_count < 2 ? slice_trim(hit->text) : pieces_text(reader, rule, path, hit);
    struct slice format = { 0 }, why;
    *converted = text;
    if (text.size == 0)
        return true;
    if (path->format.element)
        format = beside(reader, hit, path, path->format);
    if (!map_convert_in(reader->map, rule, text, format, reader->arena, converted, &why)) {
        report(reader, hit, path, invalid_code(reader), rule->field, why);
        return false;
    }
    if (reader->trace)
        map_trace_hit(reader->trace, rule, path, hit);
    return true;
}

static void set_leaf(const struct reader *reader, const struct map_rule *rule, const struct place *place,
                     struct slice text, struct position at)
{
    struct document *leaf = ARENA_NEW(reader->arena, struct document);
    leaf->kind = DOCUMENT_TEXT;
    leaf->name = rule->field;
    leaf->text = text;
    leaf->line = at.line;
    leaf->column = at.column;
    place->fields[rule->slot] = leaf;
    if (reader->trace)
        map_trace_field(reader->trace, rule, leaf);
}

// The record's fields in the order of its schema. The slots are then free for the next record.
static void fill_record(struct document *record, struct document **fields, size_t slots)
{
    for (size_t i = 0; i < slots; i++) {
        if (fields[i])
            document_add(record, fields[i]->name, fields[i]);
        fields[i] = NULL;
    }
}

static struct slice name_of(const struct reader *reader, const struct map_spot *spot)
{
    if (reader->map->rules->syntax == MAP_EDIFACT || reader->findings->dropped)
        return map_spot_name(&reader->source, spot);
    return cxml_path(spot->node, reader->arena);
}

// A list may be written with a name that stands for a group.
static struct slice place_of(const struct map_rule *rule)
{
    if (rule->at_count == 0)
        return SLICE("any place");
    return rule->kind == MAP_RULE_LIST ? rule->at[0]->dotted : slice_of(rule->at[0]->text);
}

static void report_missing(const struct reader *reader, const struct map_rule *rule,
                           const struct place *place)
{
    struct slice expected = place_of(rule);
    struct position at = map_position(&reader->source, &(struct map_hit){ .spot = place->spot });
    findings_add(reader->findings, FINDING_ERROR, &at, name_of(reader, &place->spot),
                 reader->map->rules->syntax == MAP_XML ? 400 : 13, "%s is missing: nothing stands at %.*s",
                 rule->field, SLICE_ARGS(expected));
}

// What the path finds: the first text, or where the rule joins them all; empty for none. `at` is where the
// first one stands. False where one cannot be converted.
static bool read_path(const struct reader *reader, const struct map_rule *rule, const struct map_path *path,
                      const struct place *place, struct slice *text, struct position *at)
{
    struct map_search search;
    struct map_hit hit;
    struct text joined = text_in(reader->arena);
    search_from(reader, path, place, &search);
    while (map_next(&search, &hit)) {
        struct slice converted;
        if (!convert(reader, rule, path, &hit, &converted))
            return false;
        if (converted.size == 0)
            continue;
        if (text->size == 0)
            *at = map_position(&reader->source, &hit);
        if (text->size == 0 && !rule->joins) {
            *text = converted;
            return true;
        }
        // One text alone is no copy.
        if (text->size && joined.size == 0)
            text_append(&joined, *text);
        if (text->size) {
            text_append(&joined, rule->join);
            text_append(&joined, converted);
        }
        *text = text->size ? text_slice(&joined) : converted;
    }
    return true;
}

// Of most alternatives not even the segment is there.
static bool is_absent(const struct map_path *path, const struct place *place)
{
    return path->direct && path->count && place->heads &&
           !(place->heads->present >> (path->steps[0].number - 1) & 1);
}

static void read_field(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    // An earlier rule for the same field has found it; a field of the document's head is only written here.
    if (place->fields[rule->slot] || *rule->field == '/')
        return;
    for (size_t i = 0; i < rule->at_count; i++) {
        const struct map_path *path = rule->at[i];
        if (path->leaf == MAP_INDEX) {
            struct position at = map_position(&reader->source, &(struct map_hit){ .spot = place->spot });
            set_leaf(reader, rule, place, arena_printf(reader->arena, "%zu", place->index), at);
            return;
        }
        struct slice text = { 0 };
        struct position at = { 0 };
        if (is_absent(path, place))
            continue;
        if (!read_path(reader, rule, path, place, &text, &at))
            return;
        if (text.size) {
            set_leaf(reader, rule, place, text, at);
            return;
        }
    }
    if (rule->has_fallback)
        set_leaf(reader, rule, place, rule->fallback, (struct position){ 0 });
    else if (rule->required)
        report_missing(reader, rule, place);
}

static void read_rules(const struct reader *reader, const struct map_rule *rules, size_t count,
                       const struct place *place);

static struct document *read_item(const struct reader *reader, const struct map_rule *rule,
                                  const struct place *place)
{
    struct document *record = document_record(reader->arena, NULL);
    struct position at = map_position(&reader->source, &(struct map_hit){ .spot = place->spot });
    record->line = at.line;
    record->column = at.column;
    read_rules(reader, rule->rules, rule->count, place);
    fill_record(record, place->fields, rule->slots);
    return record;
}

// Lets paths find the children of a group at once; it pays where more than one path begins there.
static void go_to(const struct reader *reader, struct place *place, struct map_spot spot,
                  struct map_heads *heads)
{
    place->spot = spot;
    place->heads = NULL;
    if (!reader->source.message.placed || spot.end - spot.segment < 2)
        return;
    map_heads_fill(&reader->source, &spot, heads);
    place->heads = heads;
}

static void read_list(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    const struct document *earlier = place->fields[rule->slot];
    if (earlier && earlier->count)
        return;
    struct document *list = document_list(reader->arena);
    struct place item = { .fields = ARENA_ARRAY(reader->arena, rule->slots, struct document *) };
    struct map_heads heads;
    struct map_hit hit;
    list->name = rule->field;
    place->fields[rule->slot] = list;
    for (size_t i = 0; i < rule->at_count && list->count == 0; i++) {
        struct map_search search;
        search_from(reader, rule->at[i], place, &search);
        while (map_next(&search, &hit)) {
            if (reader->trace)
                map_trace_node(reader->trace, rule->at[i], hit.spot.node);
            go_to(reader, &item, hit.spot, &heads);
            item.index++;
            document_add(list, NULL, read_item(reader, rule, &item));
        }
    }
    if (rule->required && list->count == 0)
        report_missing(reader, rule, place);
}

static void read_within(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    for (size_t i = 0; i < rule->at_count; i++) {
        struct map_search search;
        struct map_hit hit;
        search_from(reader, rule->at[i], place, &search);
        if (!map_next(&search, &hit))
            continue;
        if (reader->trace)
            map_trace_node(reader->trace, rule->at[i], hit.spot.node);
        struct place inner = { .spot = hit.spot, .fields = place->fields, .index = place->index };
        read_rules(reader, rule->rules, rule->count, &inner);
        return;
    }
}

static void read_rules(const struct reader *reader, const struct map_rule *rules, size_t count,
                       const struct place *place)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].kind == MAP_RULE_FIELD)
            read_field(reader, &rules[i], place);
        else if (rules[i].kind == MAP_RULE_LIST)
            read_list(reader, &rules[i], place);
        else if (rules[i].kind == MAP_RULE_WITHIN)
            read_within(reader, &rules[i], place);
    }
}

// The last part of a path: an XML finding has the rest before its colon.
static const char *short_name(const struct reader *reader, const struct map_path *path)
{
    const char *slash = reader->map->rules->syntax == MAP_XML ? strrchr(path->text, '/') : NULL;
    return slash ? slash + 1 + (slash[1] == '@') : path->text;
}

static void check_expectation(const struct reader *reader, const struct map_expect *expect)
{
    struct map_spot root = map_root(&reader->source);
    struct map_search search;
    struct map_hit hit;
    map_search(&search, &reader->source, expect->at, &root, NULL);
    if (!map_next(&search, &hit))
        hit = (struct map_hit){ .spot = root };
    else if (reader->trace)
        map_trace_hit(reader->trace, NULL, expect->at, &hit);
    struct slice text = slice_trim(hit.text);
    for (size_t i = 0; i < expect->count; i++)
        if (slice_equal(text, expect->values[i]))
            return;
    report(reader, &hit, expect->at, expect->code, short_name(reader, expect->at),
           arena_printf(reader->arena, "\"%.*s\" is not supported%s%.*s", SLICE_ARGS(text),
                        expect->text.size ? ": " : "", SLICE_ARGS(expect->text)));
}

static bool read_message(const struct reader *reader, struct document **document)
{
    const struct map_rules *rules = reader->map->rules;
    size_t before = reader->findings->errors;
    for (size_t i = 0; i < rules->expect_count; i++)
        check_expectation(reader, &rules->expects[i]);
    // What is refused as a whole is not looked at further.
    if (reader->findings->errors > before)
        return false;
    struct place place = { .fields = ARENA_ARRAY(reader->arena, rules->slots, struct document *),
                           .index = 1 };
    struct map_heads heads;
    go_to(reader, &place, map_root(&reader->source), &heads);
    read_rules(reader, rules->rules, rules->count, &place);
    // Who traces wants to see what was read, too, where something is missing.
    if (reader->findings->errors > before && !reader->trace)
        return false;
    struct document *record = document_record(reader->arena, rules->document);
    struct position at = map_position(&reader->source, &(struct map_hit){ .spot = place.spot });
    record->line = at.line;
    record->column = at.column;
    fill_record(record, place.fields, rules->slots);
    *document = record;
    return reader->findings->errors == before;
}

bool map_read(const struct map *map, struct map_message message, struct arena *arena,
              struct document **document, struct findings *findings)
{
    struct reader reader = { .map = map, .source = { message, arena }, .arena = arena, .findings = findings };
    return read_message(&reader, document);
}

bool map_read_traced(const struct map *map, const struct node *message, struct map_trace *trace,
                     struct arena *arena, struct document **document, struct findings *findings)
{
    struct reader reader = { .map = map,
                             .source = { { .tree = message }, arena },
                             .arena = arena,
                             .findings = findings,
                             .trace = trace };
    return read_message(&reader, document);
}

// SPDX-License-Identifier: Apache-2.0
// Message to document.
#include "formats/cxml/path.h"
#include "formats/map_rules.h"

struct reader {
    const struct map *map;
    const struct node *message;
    struct arena *arena;
    struct findings *findings;
    struct map_trace *trace; // NULL: nobody wants to know
};

// Where rules are evaluated: a node of the message, the record that it fills, its number in the list.
struct place {
    const struct node *node;
    struct document *record;
    size_t index;
};

static struct position position_of(const struct map_hit *hit, const struct map_path *path)
{
    struct position at = { .segment = hit->node->segment,
                           .line = hit->node->line,
                           .column = hit->node->column };
    if (hit->value && hit->value->line) {
        at.line = hit->value->line;
        at.column = hit->value->column;
    }
    if (hit->value && path->leaf == MAP_COMPONENT) {
        at.element = hit->value->element;
        at.component = hit->value->component;
    }
    return at;
}

static struct slice where_of(const struct reader *reader, const struct map_hit *hit,
                             const struct map_path *path)
{
    // Findings beyond the limit are only counted, and a path counts siblings, which is dear in a long message.
    if (reader->map->rules->syntax == MAP_EDIFACT || reader->findings->dropped)
        return hit->node->name;
    struct slice where = cxml_path(hit->node, reader->arena);
    if (path->leaf == MAP_ATTRIBUTE)
        where = arena_printf(reader->arena, "%.*s/@%.*s", SLICE_ARGS(where), SLICE_ARGS(path->attribute));
    return where;
}

static void report(const struct reader *reader, const struct map_hit *hit, const struct map_path *path,
                   int code, const char *name, struct slice why)
{
    struct position at = position_of(hit, path);
    why = cxml_shorten(why, reader->arena);
    findings_add(reader->findings, FINDING_ERROR, &at, where_of(reader, hit, path), code, "%s: %.*s", name,
                 SLICE_ARGS(why));
}

static int invalid_code(const struct reader *reader)
{
    return reader->map->rules->syntax == MAP_XML ? 400 : 12;
}

struct gathering {
    const struct reader *reader;
    const struct map_rule *rule;
    const struct map_path *path;
    struct text joined;  // of the converted texts, where the rule joins them
    struct slice single; // else the first
    struct map_hit first;
    bool found, failed;
};

// All components of one number that stand beside the hit make one text.
static struct slice pieces_text(const struct gathering *gathering, const struct map_hit *hit)
{
    const struct map_path *path = gathering->path;
    struct text text = text_in(gathering->reader->arena);
    if (path->piece_count < 2)
        return slice_trim(hit->value->text);
    for (size_t i = 0; i < path->piece_count; i++) {
        const struct directory_place *place = &path->pieces[i];
        const struct node_value *value =
            node_value(hit->node, place->element, hit->value->occurrence, place->component);
        if (value)
            text_append(&text, value->text);
    }
    return slice_trim(text_slice(&text));
}

static bool gather(void *context, const struct map_hit *hit)
{
    struct gathering *gathering = context;
    const struct reader *reader = gathering->reader;
    const struct map_path *path = gathering->path;
    struct slice text = pieces_text(gathering, hit), format = { 0 }, converted, why;
    if (text.size == 0)
        return true;
    if (path->format.element) {
        const struct node_value *value =
            node_value(hit->node, path->format.element, hit->value->occurrence, path->format.component);
        format = value ? value->text : format;
    }
    if (!map_convert_in(reader->map, gathering->rule, text, format, reader->arena, &converted, &why)) {
        report(reader, hit, path, invalid_code(reader), gathering->rule->field, why);
        gathering->failed = true;
        return false;
    }
    if (reader->trace)
        map_trace_hit(reader->trace, gathering->rule, path, hit);
    if (converted.size == 0)
        return true;
    if (!gathering->found)
        gathering->first = *hit;
    else
        text_append(&gathering->joined, gathering->rule->join);
    gathering->found = true;
    if (!gathering->rule->joins) {
        gathering->single = converted;
        return false;
    }
    text_append(&gathering->joined, converted);
    return true;
}

static void add_leaf(const struct reader *reader, const struct map_rule *rule, struct document *record,
                     struct slice text, struct position at)
{
    struct document *leaf = document_add_text(reader->arena, record, rule->field, text);
    leaf->line = at.line;
    leaf->column = at.column;
    if (reader->trace)
        map_trace_field(reader->trace, rule, leaf);
}

// A group is known by its trigger.
static struct slice name_of(const struct reader *reader, const struct node *node)
{
    if (reader->map->rules->syntax == MAP_XML)
        return reader->findings->dropped ? node->name : cxml_path(node, reader->arena);
    return node->parent && node->first ? node->first->name : node->name;
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
    const struct node *node = place->node;
    struct slice expected = place_of(rule);
    struct position at = { .segment = node->segment, .line = node->line, .column = node->column };
    if (node->parent && node->first && !at.segment)
        at.segment = node->first->segment;
    findings_add(reader->findings, FINDING_ERROR, &at, name_of(reader, node),
                 reader->map->rules->syntax == MAP_XML ? 400 : 13, "%s is missing: nothing stands at %.*s",
                 rule->field, SLICE_ARGS(expected));
}

static void read_field(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    // An earlier rule for the same field has found it; a field of the document's head is only written here.
    if (*rule->field == '/' || document_get(place->record, rule->field))
        return;
    for (size_t i = 0; i < rule->at_count; i++) {
        const struct map_path *path = rule->at[i];
        if (path->leaf == MAP_INDEX) {
            struct position at = { .line = place->node->line, .column = place->node->column };
            add_leaf(reader, rule, place->record, arena_printf(reader->arena, "%zu", place->index), at);
            return;
        }
        struct gathering gathering = {
            .reader = reader, .rule = rule, .path = path, .joined = text_in(reader->arena)
        };
        map_visit_path(path, reader->message, place->node, gather, &gathering);
        if (gathering.failed)
            return;
        if (gathering.found) {
            add_leaf(reader, rule, place->record,
                     rule->joins ? text_slice(&gathering.joined) : gathering.single,
                     position_of(&gathering.first, path));
            return;
        }
    }
    if (rule->has_fallback)
        add_leaf(reader, rule, place->record, rule->fallback, (struct position){ 0 });
    else if (rule->required)
        report_missing(reader, rule, place);
}

static void read_rules(const struct reader *reader, const struct map_rule *rules, size_t count,
                       const struct place *place);

struct listing {
    const struct reader *reader;
    const struct map_rule *rule;
    const struct map_path *path;
    struct document *list;
};

static bool read_item(void *context, const struct map_hit *hit)
{
    struct listing *listing = context;
    struct document *record = document_record(listing->reader->arena, NULL);
    document_add(listing->list, NULL, record);
    record->line = hit->node->line;
    record->column = hit->node->column;
    if (listing->reader->trace)
        map_trace_node(listing->reader->trace, listing->path, hit->node);
    struct place place = { .node = hit->node, .record = record, .index = listing->list->count };
    read_rules(listing->reader, listing->rule->rules, listing->rule->count, &place);
    return true;
}

static void read_list(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    struct listing listing = {
        .reader = reader,
        .rule = rule,
        .list = document_add_list(reader->arena, place->record, rule->field),
    };
    for (size_t i = 0; i < rule->at_count && listing.list->count == 0; i++) {
        listing.path = rule->at[i];
        map_visit_path(rule->at[i], reader->message, place->node, read_item, &listing);
    }
    if (rule->required && listing.list->count == 0)
        report_missing(reader, rule, place);
}

static bool take_node(void *context, const struct map_hit *hit)
{
    *(const struct node **)context = hit->node;
    return false;
}

static void read_within(const struct reader *reader, const struct map_rule *rule, const struct place *place)
{
    const struct node *node = NULL;
    for (size_t i = 0; i < rule->at_count && !node; i++) {
        map_visit_path(rule->at[i], reader->message, place->node, take_node, &node);
        if (node && reader->trace)
            map_trace_node(reader->trace, rule->at[i], node);
    }
    if (!node)
        return;
    struct place inner = { .node = node, .record = place->record, .index = place->index };
    read_rules(reader, rule->rules, rule->count, &inner);
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

static bool take_hit(void *context, const struct map_hit *hit)
{
    *(struct map_hit *)context = *hit;
    return false;
}

// The last part of a path: an XML finding has the rest before its colon.
static const char *short_name(const struct reader *reader, const struct map_path *path)
{
    const char *slash = reader->map->rules->syntax == MAP_XML ? strrchr(path->text, '/') : NULL;
    return slash ? slash + 1 + (slash[1] == '@') : path->text;
}

static void check_expectation(const struct reader *reader, const struct map_expect *expect)
{
    struct map_hit hit = { .node = reader->message };
    map_visit_path(expect->at, reader->message, reader->message, take_hit, &hit);
    if (hit.value && reader->trace)
        map_trace_hit(reader->trace, NULL, expect->at, &hit);
    struct slice text = hit.value ? slice_trim(hit.value->text) : (struct slice){ 0 };
    for (size_t i = 0; i < expect->count; i++)
        if (slice_equal(text, expect->values[i]))
            return;
    report(reader, &hit, expect->at, expect->code, short_name(reader, expect->at),
           arena_printf(reader->arena, "\"%.*s\" is not supported%s%.*s", SLICE_ARGS(text),
                        expect->text.size ? ": " : "", SLICE_ARGS(expect->text)));
}

bool map_read(const struct map *map, const struct node *message, struct arena *arena,
              struct document **document, struct findings *findings)
{
    return map_read_traced(map, message, NULL, arena, document, findings);
}

bool map_read_traced(const struct map *map, const struct node *message, struct map_trace *trace,
                     struct arena *arena, struct document **document, struct findings *findings)
{
    struct reader reader = {
        .map = map, .message = message, .arena = arena, .findings = findings, .trace = trace
    };
    size_t before = findings->errors;
    for (size_t i = 0; i < map->rules->expect_count; i++)
        check_expectation(&reader, &map->rules->expects[i]);
    // What is refused as a whole is not looked at further.
    if (findings->errors > before)
        return false;
    struct place place = { .node = message,
                           .record = document_record(arena, map->rules->document),
                           .index = 1 };
    place.record->line = message->line;
    place.record->column = message->column;
    read_rules(&reader, map->rules->rules, map->rules->count, &place);
    if (findings->errors > before)
        return false;
    *document = place.record;
    return true;
}

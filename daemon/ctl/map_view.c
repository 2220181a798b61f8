// SPDX-License-Identifier: Apache-2.0
#include "ctl/map_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "doors/json.h"
#include "formats/cxml/path.h"

// --- Paths of a document's fields

// Called for every leaf: a value, not a list or record.
typedef void leaf_visitor(void *context, const struct document *parent, const struct document *leaf,
                          struct slice path);

static bool has_value(const struct document *leaf)
{
    return leaf->kind != DOCUMENT_NULL && (leaf->kind != DOCUMENT_TEXT || leaf->text.size);
}

static void visit_leaves(const struct document *parent, struct slice path, leaf_visitor *visit, void *context,
                         struct arena *arena)
{
    size_t number = 0;
    for (const struct document *child = parent->first; child; child = child->next) {
        struct slice name =
            child->name ? arena_printf(arena, "%.*s%s%s", SLICE_ARGS(path), path.size ? "." : "", child->name)
                        : arena_printf(arena, "%.*s[%zu]", SLICE_ARGS(path), ++number);
        if (child->kind == DOCUMENT_LIST || child->kind == DOCUMENT_RECORD)
            visit_leaves(child, name, visit, context, arena);
        else
            visit(context, parent, child, name);
    }
}

static struct slice words_of(const struct document *leaf, struct arena *arena)
{
    if (leaf->kind == DOCUMENT_TEXT)
        return leaf->text;
    struct text text = text_in(arena);
    json_write(leaf, &text);
    struct slice words = text_slice(&text);
    // Decimals and dates are strings in JSON, and need no quotes here.
    if (words.size >= 2 && words.data[0] == '"')
        words = (struct slice){ words.data + 1, words.size - 2 };
    return words;
}

// --- Places of a message

static void add_marks(struct text *text, char mark, size_t distance)
{
    while (distance--)
        text_append_char(text, mark);
}

static int by_place(const void *left, const void *right)
{
    const struct node_value *a = left, *b = right;
    if (a->element != b->element)
        return a->element < b->element ? -1 : 1;
    if (a->occurrence != b->occurrence)
        return a->occurrence < b->occurrence ? -1 : 1;
    return (a->component > b->component) - (a->component < b->component);
}

// The segment as it would be written with the usual marks; nothing is released, for this is to be read.
static struct slice segment_text(const struct node *segment, struct arena *arena)
{
    struct text text = text_in(arena);
    size_t element = 0, occurrence = 1, component = 1;
    // A map writes values in the order of its lines.
    struct node_value *values = ARENA_ARRAY(arena, segment->value_count, struct node_value);
    if (segment->value_count) {
        memcpy(values, segment->values, segment->value_count * sizeof *values);
        qsort(values, segment->value_count, sizeof *values, by_place);
    }
    text_append(&text, segment->name);
    for (size_t i = 0; i < segment->value_count; i++) {
        const struct node_value *value = &values[i];
        if (value->element > element) {
            add_marks(&text, '+', value->element - element);
            occurrence = component = 1;
        }
        if (value->occurrence > occurrence) {
            add_marks(&text, '*', value->occurrence - occurrence);
            component = 1;
        }
        if (value->component > component)
            add_marks(&text, ':', value->component - component);
        text_append(&text, value->text);
        element = value->element;
        occurrence = value->occurrence;
        component = value->component;
    }
    return text_slice(&text);
}

static struct slice where_of(const struct node *node, bool xml, struct arena *arena)
{
    return xml ? cxml_path(node, arena) : segment_text(node, arena);
}

static struct slice place_of(const struct node_value *value, bool xml, struct arena *arena)
{
    if (xml)
        return value->name.size ? arena_printf(arena, "@%.*s", SLICE_ARGS(value->name)) : SLICE("text");
    return value->occurrence > 1
               ? arena_printf(arena, "%u.%u (%u)", value->element, value->component, value->occurrence)
               : arena_printf(arena, "%u.%u", value->element, value->component);
}

static void add_map(struct document *record, const struct map_traced *traced, struct arena *arena)
{
    if (!traced->file)
        return;
    document_add_text(arena, record, "map", slice_of(traced->file));
    document_add_integer(arena, record, "map_line", traced->line);
}

// Called for every segment or element, from the first to the last.
typedef void node_visitor(void *context, const struct node *node);

static void visit_nodes(const struct node *node, node_visitor *visit, void *context)
{
    if (node->value_count)
        visit(context, node);
    for (const struct node *child = node->first; child; child = child->next)
        visit_nodes(child, visit, context);
}

static bool is_service(const struct node *node)
{
    return slice_is(node->name, "UNH") || slice_is(node->name, "UNS") || slice_is(node->name, "UNT");
}

struct viewing {
    struct document *list;
    struct map_trace *trace;
    bool xml;
    struct arena *arena;
    struct map_view_lines *lines;
};

// --- Reading

static void add_field(void *context, const struct document *parent, const struct document *leaf,
                      struct slice path)
{
    const struct viewing *viewing = context;
    struct arena *arena = viewing->arena;
    const struct map_traced *traced = map_trace_of(viewing->trace, leaf);
    (void)parent;
    if (!traced && !has_value(leaf))
        return;
    struct document *record = document_record(arena, NULL);
    document_add(viewing->list, NULL, record);
    document_add_text(arena, record, "field", path);
    document_add_text(arena, record, "value", words_of(leaf, arena));
    if (!traced)
        return;
    if (traced->node) {
        const struct node_value *value = traced->value;
        bool own = value && value->line;
        document_add_integer(arena, record, "line", own ? value->line : traced->node->line);
        document_add_integer(arena, record, "column", own ? value->column : traced->node->column);
        document_add_text(arena, record, "segment", where_of(traced->node, viewing->xml, arena));
        if (value)
            document_add_text(arena, record, "place", place_of(value, viewing->xml, arena));
    }
    add_map(record, traced, arena);
}

struct document *map_view_fields(const struct document *document, struct map_trace *trace, bool xml,
                                 struct arena *arena)
{
    struct viewing viewing = { .list = document_list(arena), .trace = trace, .xml = xml, .arena = arena };
    visit_leaves(document, (struct slice){ 0 }, add_field, &viewing, arena);
    return viewing.list;
}

static bool is_left(const struct viewing *viewing, const struct node_value *value)
{
    return slice_trim(value->text).size && !map_trace_took(viewing->trace, value);
}

static struct document *left_record(const struct viewing *viewing, const struct node *node,
                                    const struct node_value *value)
{
    struct arena *arena = viewing->arena;
    struct document *record = document_add(viewing->list, NULL, document_record(arena, NULL));
    bool own = value && value->line;
    document_add_integer(arena, record, "line", own ? value->line : node->line);
    document_add_integer(arena, record, "column", own ? value->column : node->column);
    document_add_text(arena, record, "segment", where_of(node, viewing->xml, arena));
    return record;
}

static void add_left(void *context, const struct node *node)
{
    const struct viewing *viewing = context;
    struct arena *arena = viewing->arena;
    size_t left = 0;
    if (!viewing->xml && is_service(node))
        return;
    for (size_t i = 0; i < node->value_count; i++)
        left += is_left(viewing, &node->values[i]);
    if (left == node->value_count && !viewing->xml) {
        document_add_text(arena, left_record(viewing, node, NULL), "place", SLICE("whole"));
        return;
    }
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        if (!is_left(viewing, value))
            continue;
        struct document *record = left_record(viewing, node, value);
        document_add_text(arena, record, "place", place_of(value, viewing->xml, arena));
        document_add_text(arena, record, "value", value->text);
    }
}

// The envelope of cXML is none of the map's business.
static const struct node *inside(const struct node *message, bool xml)
{
    const struct node *body = message->first;
    if (!xml)
        return message;
    while (body && slice_is(body->name, "Header"))
        body = body->next;
    return body && body->first ? body->first : message;
}

struct document *map_view_left(const struct node *message, struct map_trace *trace, bool xml,
                               struct arena *arena)
{
    struct viewing viewing = { .list = document_list(arena), .trace = trace, .xml = xml, .arena = arena };
    visit_nodes(inside(message, xml), add_left, &viewing);
    return viewing.list;
}

// --- Writing

// A field of the document, so that a line of the map can be told from what it has written.
struct entry {
    const struct document *parent, *leaf;
    struct slice path;
    size_t order; // in the document
    bool written;
};

struct entries {
    struct entry *items;
    size_t count, capacity;
    struct arena *arena;
};

static void add_entry(void *context, const struct document *parent, const struct document *leaf,
                      struct slice path)
{
    struct entries *entries = context;
    entries->items = arena_grow(entries->arena, entries->items, &entries->capacity, entries->count + 1,
                                sizeof *entries->items);
    entries->items[entries->count] =
        (struct entry){ .parent = parent, .leaf = leaf, .path = path, .order = entries->count };
    entries->count++;
}

static int by_field(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->parent != b->parent)
        return a->parent < b->parent ? -1 : 1;
    // Items of a list have no names, and no line of a map writes one.
    return strcmp(a->leaf->name ? a->leaf->name : "", b->leaf->name ? b->leaf->name : "");
}

static int by_order(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    return (a->order > b->order) - (a->order < b->order);
}

// What a line of the map has read; NULL for what the document does not have, such as a default's field.
static struct entry *entry_of(struct entries *entries, const struct document *document,
                              const struct map_traced *traced)
{
    bool head = *traced->field == '/';
    const struct document named = { .name = traced->field + head };
    const struct entry wanted = { .parent = head ? document : traced->record, .leaf = &named };
    return entries->count ? bsearch(&wanted, entries->items, entries->count, sizeof wanted, by_field) : NULL;
}

struct writing {
    struct document *list;
    const struct document *document;
    const struct map_trace *trace;
    struct entries *entries;
    bool xml;
    struct arena *arena;
};

static void add_places(void *context, const struct node *node)
{
    const struct writing *writing = context;
    struct arena *arena = writing->arena;
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        const struct map_traced *traced = map_trace_wrote(writing->trace, value);
        struct document *record = document_record(arena, NULL);
        document_add(writing->list, NULL, record);
        document_add_text(arena, record, "segment", where_of(node, writing->xml, arena));
        document_add_text(arena, record, "place", place_of(value, writing->xml, arena));
        document_add_text(arena, record, "value", value->text);
        if (!traced)
            continue;
        if (traced->field) {
            struct entry *entry = entry_of(writing->entries, writing->document, traced);
            document_add_text(arena, record, "field", entry ? entry->path : slice_of(traced->field));
        }
        add_map(record, traced, arena);
    }
}

static struct document *unwritten(struct entries *entries, struct arena *arena)
{
    struct document *list = document_list(arena);
    if (entries->count)
        qsort(entries->items, entries->count, sizeof *entries->items, by_order);
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        if (entry->written || !has_value(entry->leaf))
            continue;
        struct document *record = document_record(arena, NULL);
        document_add(list, NULL, record);
        document_add_text(arena, record, "field", entry->path);
        document_add_text(arena, record, "value", words_of(entry->leaf, arena));
    }
    return list;
}

struct map_view_writing map_view_writing(const struct node *message, const struct document *document,
                                         const struct map_trace *trace, bool xml, struct arena *arena)
{
    struct entries entries = { .arena = arena };
    struct writing writing = {
        .list = document_list(arena),
        .document = document,
        .trace = trace,
        .entries = &entries,
        .xml = xml,
        .arena = arena,
    };
    visit_leaves(document, (struct slice){ 0 }, add_entry, &entries, arena);
    if (entries.count)
        qsort(entries.items, entries.count, sizeof *entries.items, by_field);
    for (size_t i = 0; i < map_trace_count(trace); i++) {
        const struct map_traced *traced = map_trace_at(trace, i);
        struct entry *entry = traced->field ? entry_of(&entries, document, traced) : NULL;
        if (entry)
            entry->written = true;
    }
    visit_nodes(message, add_places, &writing);
    return (struct map_view_writing){ .places = writing.list, .unwritten = unwritten(&entries, arena) };
}

// --- Comparing

static void add_line(struct map_view_lines *lines, struct slice line, struct arena *arena)
{
    lines->items = arena_grow(arena, lines->items, &lines->capacity, lines->count + 1, sizeof *lines->items);
    lines->items[lines->count++] = line;
}

static void add_leaf_line(void *context, const struct document *parent, const struct document *leaf,
                          struct slice path)
{
    const struct viewing *viewing = context;
    struct text text = text_in(viewing->arena);
    (void)parent;
    if (!has_value(leaf))
        return;
    text_printf(&text, "%.*s = ", SLICE_ARGS(path));
    json_write(leaf, &text);
    add_line(viewing->lines, text_slice(&text), viewing->arena);
}

void map_view_document(const struct document *document, struct map_view_lines *lines, struct arena *arena)
{
    struct viewing viewing = { .lines = lines, .arena = arena };
    visit_leaves(document, (struct slice){ 0 }, add_leaf_line, &viewing, arena);
}

static void add_node_lines(void *context, const struct node *node)
{
    const struct viewing *viewing = context;
    struct arena *arena = viewing->arena;
    if (!viewing->xml) {
        if (!slice_is(node->name, "UNH") && !slice_is(node->name, "UNT"))
            add_line(viewing->lines, segment_text(node, arena), arena);
        return;
    }
    for (size_t i = 0; i < node->value_count; i++)
        if (slice_trim(node->values[i].text).size)
            add_line(viewing->lines,
                     arena_printf(arena, "%.*s/%.*s = %.*s", SLICE_ARGS(cxml_path(node, arena)),
                                  SLICE_ARGS(place_of(&node->values[i], true, arena)),
                                  SLICE_ARGS(slice_trim(node->values[i].text))),
                     arena);
}

void map_view_message(const struct node *message, bool xml, struct map_view_lines *lines, struct arena *arena)
{
    struct viewing viewing = { .xml = xml, .lines = lines, .arena = arena };
    visit_nodes(message, add_node_lines, &viewing);
}

// SPDX-License-Identifier: Apache-2.0
#include "formats/map_place.h"

#include <stdio.h>

// What is being written is a tree.
static const struct map_source written;

static struct node *root_of(struct map_frame *frame)
{
    while (frame->above)
        frame = frame->above;
    return frame->root;
}

static struct node_value *find_value(struct node *node, const struct directory_place *place)
{
    for (size_t i = 0; i < node->value_count; i++) {
        struct node_value *value = &node->values[i];
        if (value->element == place->element && value->occurrence == place->occurrence &&
            value->component == place->component)
            return value;
    }
    return NULL;
}

static void put_component(struct node *segment, const struct directory_place *place, struct slice text,
                          uint32_t origin, struct arena *arena)
{
    struct node_value *value = find_value(segment, place);
    if (value) {
        value->text = text;
        value->line = origin;
        return;
    }
    node_add_value(arena, segment,
                   (struct node_value){ .element = place->element,
                                        .occurrence = place->occurrence,
                                        .component = place->component,
                                        .text = text,
                                        .line = origin });
}

static bool put_at(const struct map_rule *rule, const struct map_path *path, struct node *node,
                   struct slice text, struct slice format, uint32_t origin, struct arena *arena,
                   struct slice *why);

static struct node *resolve(const struct map_path *path, size_t count, struct node *node, bool make,
                            bool make_last, uint32_t origin, struct arena *arena);

// A new node has what its tests want to find.
static void satisfy(const struct map_step *step, struct node *node, uint32_t origin, struct arena *arena)
{
    static const struct map_rule plain;
    struct slice why;
    for (size_t i = 0; i < step->count; i++) {
        const struct map_test *test = &step->tests[i];
        if (test->negate || test->count == 0)
            continue;
        struct node *inner = resolve(test->path, test->path->count, node, true, false, origin, arena);
        put_at(&plain, test->path, inner, test->values[0], (struct slice){ 0 }, origin, arena, &why);
    }
}

static struct node *find_child(const struct map_step *step, struct node *node)
{
    for (struct node *child = node->first; child; child = child->next)
        if (slice_equal(child->name, step->name) &&
            map_step_passes(&written, step, &(struct map_spot){ .node = child }))
            return child;
    return NULL;
}

// Follows `count` steps; NULL where a node is missing that is not to be made.
static struct node *resolve(const struct map_path *path, size_t count, struct node *node, bool make,
                            bool make_last, uint32_t origin, struct arena *arena)
{
    for (size_t i = 0; i < count && node; i++) {
        bool fresh = make_last && i + 1 == count;
        struct node *child = fresh ? NULL : find_child(&path->steps[i], node);
        if (!child && make) {
            child = node_add(node, node_new(arena, path->steps[i].name));
            satisfy(&path->steps[i], child, origin, arena);
        }
        node = child;
    }
    return node;
}

static struct node *frame_node(struct map_frame *frame, bool make, uint32_t origin, struct arena *arena)
{
    if (frame->node)
        return frame->node;
    struct node *above =
        frame->path->absolute ? root_of(frame) : frame_node(frame->above, make, origin, arena);
    if (!above || (!make && frame->makes_new))
        return NULL;
    struct node *node =
        resolve(frame->path, frame->path->count, above, make, frame->makes_new, origin, arena);
    frame->node = node;
    return node;
}

static size_t characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

// The bytes of the first `most` characters.
static size_t prefix(struct slice text, size_t most)
{
    size_t count = 0, i = 0;
    for (; i < text.size; i++)
        if (((unsigned char)text.data[i] & 0xC0) != 0x80 && count++ == most)
            break;
    return i;
}

// Minus and decimal mark do not count in numbers.
static size_t length_of(struct slice text, const struct directory_element *element)
{
    size_t count = characters(text);
    if (element->format != DIRECTORY_NUMERIC)
        return count;
    for (size_t i = 0; i < text.size; i++)
        count -= text.data[i] == '-' || text.data[i] == '.';
    return count;
}

// Breaks behind a blank where one stands in the second half, so that words stay whole.
static size_t piece_size(struct slice text, size_t most)
{
    size_t size = prefix(text, most);
    if (size == text.size)
        return size;
    for (size_t i = size; i > size / 2; i--)
        if (text.data[i - 1] == ' ' && text.data[i] != ' ')
            return i;
    return size;
}

static bool put_pieces(const struct map_path *path, struct node *segment, struct slice text, uint32_t origin,
                       struct arena *arena)
{
    for (size_t i = 0; i < path->piece_count && text.size; i++) {
        size_t most = path->pieces[i].definition->most;
        size_t size = i + 1 < path->piece_count ? piece_size(text, most) : prefix(text, most);
        struct directory_place place = path->pieces[i];
        place.occurrence = path->places[0].occurrence;
        put_component(segment, &place, (struct slice){ text.data, size }, origin, arena);
        text = (struct slice){ text.data + size, text.size - size };
    }
    return text.size == 0;
}

// The occurrence of the composite that is the rule's already, or else the first that is free.
static size_t occurrence_for(const struct map_path *path, struct node *segment)
{
    if (path->part_count == 0)
        return 0;
    for (size_t i = 0; i < path->place_count; i++)
        if (map_parts_pass(&written, path, &(struct map_spot){ .node = segment }, i))
            return i;
    for (size_t i = 0; i < path->place_count; i++)
        if (!find_value(segment, &path->places[i]) && !find_value(segment, &path->parts[0].places[i]))
            return i;
    return path->place_count;
}

static bool put_place(const struct map_rule *rule, const struct map_path *path, struct node *segment,
                      struct slice text, struct slice format, uint32_t origin, struct arena *arena,
                      struct slice *why)
{
    size_t occurrence = occurrence_for(path, segment);
    if (occurrence == path->place_count) {
        *why = SLICE("the segment has no room for another one");
        return false;
    }
    const struct directory_place *place = &path->places[occurrence];
    size_t most = place->definition->most;
    if (path->piece_count > 1 || rule->cut) {
        struct map_path single = { .piece_count = 1, .pieces = path->places, .places = path->places };
        const struct map_path *pieces = path->piece_count > 1 ? path : &single;
        if (!put_pieces(pieces, segment, text, origin, arena) && !rule->cut) {
            *why = arena_printf(arena, "\"%.*s\" is longer than the segment has room for", SLICE_ARGS(text));
            return false;
        }
    } else if (most && length_of(text, place->definition) > most) {
        *why = arena_printf(arena, "\"%.*s\" has %zu characters, %zu are allowed", SLICE_ARGS(text),
                            length_of(text, place->definition), most);
        return false;
    } else {
        put_component(segment, place, text, origin, arena);
    }
    for (size_t i = 0; i < path->part_count; i++)
        if (!path->parts[i].negate && path->parts[i].count)
            put_component(segment, &path->parts[i].places[occurrence], path->parts[i].values[0], origin,
                          arena);
    if (path->format.element && format.size)
        put_component(segment, &path->format, format, origin, arena);
    return true;
}

static bool put_at(const struct map_rule *rule, const struct map_path *path, struct node *node,
                   struct slice text, struct slice format, uint32_t origin, struct arena *arena,
                   struct slice *why)
{
    if (path->leaf == MAP_COMPONENT)
        return put_place(rule, path, node, text, format, origin, arena, why);
    for (size_t i = 0; i < node->value_count; i++) {
        if (slice_equal(node->values[i].name, path->attribute)) {
            node->values[i].text = text;
            node->values[i].line = origin;
            return true;
        }
    }
    node_add_value(arena, node, (struct node_value){ .name = path->attribute, .text = text, .line = origin });
    return true;
}

bool map_place_put(const struct map_rule *rule, const struct map_path *path, struct map_frame *frame,
                   struct slice text, struct slice format, uint32_t origin, struct arena *arena,
                   struct slice *why)
{
    struct node *node = path->absolute ? root_of(frame) : frame_node(frame, !rule->beside, origin, arena);
    if (!node)
        return true;
    return put_at(rule, path, resolve(path, path->count, node, true, false, origin, arena), text, format,
                  origin, arena, why);
}

static bool entry_is(const struct directory_entry *entry, struct slice name)
{
    char text[8];
    if (!entry->group)
        return entry->key == directory_key(name);
    snprintf(text, sizeof text, "SG%u", entry->group);
    return slice_is(name, text);
}

// Moves the children of each entry in turn to the end of a new list.
void map_place_order(struct node *node, const struct directory_message *structure,
                     const struct directory_entry *entry, struct arena *arena)
{
    struct node *rest = node->first;
    node->first = node->last = NULL;
    for (uint16_t i = 0; i < entry->count; i++) {
        const struct directory_entry *wanted = &structure->entries[entry->first + i];
        for (struct node **link = &rest; *link;) {
            struct node *child = *link;
            if (!entry_is(wanted, child->name)) {
                link = &child->next;
                continue;
            }
            *link = child->next;
            child->next = NULL;
            node_add(node, child);
            if (wanted->group)
                map_place_order(child, structure, wanted, arena);
        }
    }
}

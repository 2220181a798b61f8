// SPDX-License-Identifier: Apache-2.0
#include "formats/map_trace.h"

#include <stdlib.h>

#include "formats/map_rules.h"

struct pending {
    const struct map_rule *rule;
    struct map_hit hit;
};

struct map_trace {
    struct arena *arena;
    struct map_traced *items;
    size_t count, capacity;
    // Values that were looked at, with repeats; sorted when first asked for.
    const struct node_value **taken;
    size_t taken_count, taken_capacity;
    const struct map_traced **by_leaf;
    bool sorted;
    struct pending last; // the first value of the rule that reads now
};

struct map_trace *map_trace_new(struct arena *arena)
{
    struct map_trace *trace = ARENA_NEW(arena, struct map_trace);
    trace->arena = arena;
    return trace;
}

static void take(struct map_trace *trace, const struct node_value *value)
{
    if (!value)
        return;
    trace->taken = arena_grow(trace->arena, trace->taken, &trace->taken_capacity, trace->taken_count + 1,
                              sizeof *trace->taken);
    trace->taken[trace->taken_count++] = value;
    trace->sorted = false;
}

static const struct node_value *value_at(const struct node *node, const struct directory_place *place,
                                         unsigned occurrence)
{
    return node_value(node, place->element, occurrence, place->component);
}

static void take_test(struct map_trace *trace, const struct map_path *path, const struct node *node)
{
    const struct map_source source = { .message.tree = node, .arena = trace->arena };
    const struct map_spot spot = { .node = node };
    struct map_search search;
    struct map_hit hit;
    map_search(&search, &source, path, &spot, NULL);
    while (map_next(&search, &hit))
        take(trace, hit.value);
}

// What the brackets of a path look at is taken, too: a qualifier is not lost when it chooses the place.
void map_trace_node(struct map_trace *trace, const struct map_path *path, const struct node *node)
{
    for (size_t i = path->count; i-- > 0 && node; node = node->parent)
        for (size_t k = 0; k < path->steps[i].count; k++)
            take_test(trace, path->steps[i].tests[k].path, node);
}

void map_trace_hit(struct map_trace *trace, const struct map_rule *rule, const struct map_path *path,
                   const struct map_hit *hit)
{
    map_trace_node(trace, path, hit->spot.node);
    take(trace, hit->value);
    if (path->leaf == MAP_COMPONENT) {
        for (size_t i = 0; i < path->piece_count; i++)
            take(trace, value_at(hit->spot.node, &path->pieces[i], hit->value->occurrence));
        for (size_t i = 0; i < path->part_count; i++) {
            const struct directory_place *place = &path->parts[i].places[hit->occurrence];
            take(trace, value_at(hit->spot.node, place, place->occurrence));
        }
        if (path->format.element)
            take(trace, value_at(hit->spot.node, &path->format, hit->value->occurrence));
    }
    // A rule that joins reads on; another one has dropped what it read before.
    if (!rule || !rule->joins || trace->last.rule != rule)
        trace->last = (struct pending){ .rule = rule, .hit = *hit };
}

static struct map_traced *add(struct map_trace *trace, const struct map_rule *rule)
{
    trace->items =
        arena_grow(trace->arena, trace->items, &trace->capacity, trace->count + 1, sizeof *trace->items);
    trace->items[trace->count] = (struct map_traced){ .file = rule->file, .line = rule->line };
    trace->sorted = false;
    return &trace->items[trace->count++];
}

void map_trace_field(struct map_trace *trace, const struct map_rule *rule, const struct document *leaf)
{
    struct map_traced *item = add(trace, rule);
    item->leaf = leaf;
    if (trace->last.rule == rule) {
        item->node = trace->last.hit.spot.node;
        item->value = trace->last.hit.value;
    }
    trace->last = (struct pending){ 0 };
}

uint32_t map_trace_write(struct map_trace *trace, const struct map_rule *rule, const struct document *record)
{
    struct map_traced *item = add(trace, rule);
    item->record = record;
    item->field = rule->field;
    return (uint32_t)trace->count;
}

size_t map_trace_count(const struct map_trace *trace)
{
    return trace->count;
}

const struct map_traced *map_trace_at(const struct map_trace *trace, size_t index)
{
    return &trace->items[index];
}

static int by_address(const void *left, const void *right)
{
    const struct node_value *const *a = left, *const *b = right;
    return (*a > *b) - (*a < *b);
}

static int by_leaf(const void *left, const void *right)
{
    const struct map_traced *const *a = left, *const *b = right;
    return ((*a)->leaf > (*b)->leaf) - ((*a)->leaf < (*b)->leaf);
}

static void sort(struct map_trace *trace)
{
    if (trace->sorted)
        return;
    trace->by_leaf = ARENA_ARRAY(trace->arena, trace->count, const struct map_traced *);
    for (size_t i = 0; i < trace->count; i++)
        trace->by_leaf[i] = &trace->items[i];
    if (trace->count)
        qsort(trace->by_leaf, trace->count, sizeof *trace->by_leaf, by_leaf);
    if (trace->taken_count)
        qsort(trace->taken, trace->taken_count, sizeof *trace->taken, by_address);
    trace->sorted = true;
}

const struct map_traced *map_trace_of(struct map_trace *trace, const struct document *leaf)
{
    const struct map_traced wanted = { .leaf = leaf }, *key = &wanted;
    sort(trace);
    if (trace->count == 0)
        return NULL;
    const struct map_traced **found =
        bsearch(&key, trace->by_leaf, trace->count, sizeof *trace->by_leaf, by_leaf);
    return found ? *found : NULL;
}

bool map_trace_took(struct map_trace *trace, const struct node_value *value)
{
    sort(trace);
    return trace->taken_count &&
           bsearch(&value, trace->taken, trace->taken_count, sizeof *trace->taken, by_address);
}

const struct map_traced *map_trace_wrote(const struct map_trace *trace, const struct node_value *value)
{
    return value->line && value->line <= trace->count ? &trace->items[value->line - 1] : NULL;
}

// SPDX-License-Identifier: Apache-2.0
// From a placed message to a tree of nodes.
#include "formats/edifact/check.h"
#include "formats/edifact/definition.h"

enum { DEPTH = 256 }; // a spot's depth has eight bits

struct growing {
    const struct edifact_placed *placed;
    struct arena *arena;
    struct node *open[DEPTH + 1]; // the groups around the current segment, by depth
};

static struct node *new_node(const struct growing *growing, const struct edifact_segment *segment,
                             struct slice name)
{
    struct node *node = node_new(growing->arena, name);
    node->line = segment->line;
    node->column = segment->column;
    node->segment = (uint32_t)(segment - growing->placed->unit->segments) + 1;
    return node;
}

// Values are numbered as the directory has them, so that nobody need know how repeats were sent.
static void add_values(const struct growing *growing, const struct edifact_segment *segment,
                       const struct directory_segment *definition, struct node *node)
{
    const struct edifact_unit *unit = growing->placed->unit;
    const struct edifact_token *tokens = &unit->tokens[segment->first];
    bool apart = unit->syntax == 4;
    size_t count = !definition ? 0 : apart ? definition->position_count : definition->expanded_count;
    node->values = ARENA_ARRAY(growing->arena, segment->count, struct node_value);
    node->value_capacity = node->value_count = segment->count;
    for (size_t i = 0; i < segment->count; i++) {
        const struct edifact_token *token = &tokens[i];
        struct position at = edifact_position(unit, segment, token);
        struct node_value *value = &node->values[i];
        *value = (struct node_value){ .element = token->element,
                                      .occurrence = token->occurrence,
                                      .component = token->component,
                                      .text = edifact_text(unit, token, growing->arena, NULL),
                                      .line = at.line,
                                      .column = at.column };
        if (token->element > count)
            continue;
        const struct directory_position *position =
            &(apart ? definition->positions : definition->expanded)[token->element - 1];
        value->element = position->element;
        value->occurrence = apart ? token->occurrence : position->occurrence;
    }
}

// The directory's own text of a tag: the message's may have a line break in it.
static void add_placed(struct growing *growing, const struct edifact_segment *segment,
                       const struct edifact_spot *spot)
{
    const struct directory_entry *entries = growing->placed->structure->entries;
    const struct directory_entry *entry = &entries[spot->entry];
    if (spot->opens) {
        struct node *group = new_node(growing, segment, entries[entry->parent].name);
        growing->open[spot->depth] = node_add(growing->open[spot->depth - 1], group);
    }
    struct node *node = node_add(growing->open[spot->depth], new_node(growing, segment, entry->name));
    add_values(growing, segment,
               definition_of(growing->placed->directory, growing->placed->service, segment->key, entry),
               node);
}

struct node *edifact_tree(const struct edifact_placed *placed, struct arena *arena)
{
    struct growing growing = { .placed = placed, .arena = arena };
    const struct edifact_unit *unit = placed->unit;
    if (!unit)
        return NULL;
    struct node *root = growing.open[0] = new_node(
        &growing, &unit->segments[0], placed->structure ? slice_of(placed->structure->type) : placed->type);
    for (size_t i = 0; i < placed->count; i++) {
        const struct edifact_segment *segment = &unit->segments[i];
        if (placed->structure && placed->spots[i].entry) {
            add_placed(&growing, segment, &placed->spots[i]);
        } else if (!placed->structure) {
            struct node *node = node_add(root, new_node(&growing, segment, edifact_tag(unit, segment)));
            add_values(&growing, segment, definition_flat(placed->service, segment->key), node);
        }
    }
    return root;
}

struct node *edifact_unit_tree(const struct directories *directories, const struct edifact_unit *unit,
                               struct arena *arena)
{
    struct edifact_check *check = edifact_check_open(directories, &edifact_no_findings);
    struct findings findings = { .arena = arena };
    struct edifact_placed placed;
    edifact_check_unit(check, unit, arena, &findings, &placed);
    struct node *tree = edifact_tree(&placed, arena);
    edifact_check_close(check);
    return tree;
}

// SPDX-License-Identifier: Apache-2.0
// Trees and placed messages look alike from here on.
#include "formats/map_rules.h"

struct map_spot map_root(const struct map_source *source)
{
    const struct edifact_placed *placed = source->message.placed;
    return (struct map_spot){ .node = source->message.tree, .end = placed ? (uint32_t)placed->count : 0 };
}

// Names out of one directory are one text; others are told apart by their last letter mostly.
static bool same_name(struct slice left, struct slice right)
{
    if (left.data == right.data && left.size == right.size)
        return true;
    return left.size == right.size && left.size && left.data[left.size - 1] == right.data[right.size - 1] &&
           memcmp(left.data, right.data, left.size) == 0;
}

static bool next_node(const struct map_step *step, const struct node *child, struct map_spot *spot)
{
    while (child && !same_name(child->name, step->name))
        child = child->next;
    spot->node = child;
    return child != NULL;
}

// An entry of the same name in the same group.
static bool is_twin(const struct edifact_placed *placed, const struct map_step *step, uint16_t entry)
{
    const struct directory_entry *entries = placed->structure->entries, *found = &entries[entry];
    if (!entry || step->number)
        return false;
    // Of a group the entry is the trigger's, and the twin is another group.
    if (step->group)
        return found->parent && entries[found->parent].first == entry &&
               entries[found->parent].parent == entries[entries[step->entry].parent].parent &&
               slice_equal(entries[found->parent].name, step->name);
    return found->parent == entries[step->entry].parent && slice_equal(found->name, step->name);
}

static bool next_segment(const struct edifact_placed *placed, const struct map_step *step,
                         const struct map_spot *parent, const struct map_heads *heads, bool again,
                         struct map_spot *spot)
{
    const struct edifact_spot *spots = placed->spots;
    uint32_t at = again ? spot->end : parent->segment;
    if (!again && heads && step->number && step->number <= MAP_HEADS) {
        if (!(heads->present >> (step->number - 1) & 1))
            return false;
        at = heads->at[step->number - 1];
    }
    for (; at < parent->end; at++) {
        uint16_t entry = spots[at].entry;
        if (entry == step->entry || (!step->number && is_twin(placed, step, entry))) {
            spot->segment = at;
            spot->end = step->group ? edifact_group_end(placed, at, parent->end) : at + 1;
            return true;
        }
        // The repeats of a child follow each other.
        if (again && entry && step->number)
            return false;
    }
    return false;
}

bool map_next_child(const struct map_source *source, const struct map_step *step,
                    const struct map_spot *parent, const struct map_heads *heads, bool again,
                    struct map_spot *spot)
{
    if (source->message.placed)
        return next_segment(source->message.placed, step, parent, heads, again, spot);
    return next_node(step, again ? spot->node->next : parent->node->first, spot);
}

void map_heads_fill(const struct map_source *source, const struct map_spot *group, struct map_heads *heads)
{
    const struct edifact_placed *placed = source->message.placed;
    const struct directory_entry *entries = placed->structure->entries;
    const struct edifact_spot *spots = placed->spots;
    // The group around its segments: at the message, the message.
    uint16_t around = group->segment ? entries[spots[group->segment].entry].parent : 0;
    heads->present = 0;
    for (uint32_t at = group->segment; at < group->end;) {
        uint16_t entry = spots[at].entry;
        bool inner = entry && entries[entry].parent != around;
        unsigned number = (inner ? entries[entry].parent : (unsigned)entry) - entries[around].first;
        if (entry && number < MAP_HEADS && !(heads->present >> number & 1)) {
            heads->present |= UINT64_C(1) << number;
            heads->at[number] = at;
        }
        at = inner ? edifact_group_end(placed, at, group->end) : at + 1;
    }
}

static bool token_at(const struct map_source *source, const struct map_spot *segment,
                     const struct directory_place *place, struct map_hit *hit)
{
    const struct edifact_unit *unit = source->message.placed->unit;
    const struct edifact_segment *where = &unit->segments[segment->segment];
    const struct edifact_token *token = &unit->tokens[where->first], *end = token + where->count;
    uint64_t wanted = place->tokens[unit->syntax == 4];
    while (token < end && edifact_token_place(token) != wanted)
        token++;
    if (token == end)
        return false;
    hit->token = token;
    hit->text = token->flags ? edifact_text(unit, token, source->arena, NULL) : edifact_raw(unit, token);
    return hit->text.size > 0;
}

bool map_component(const struct map_source *source, const struct map_spot *segment,
                   const struct directory_place *place, struct map_hit *hit)
{
    if (source->message.placed)
        return token_at(source, segment, place, hit);
    hit->value = node_value(segment->node, place->element, place->occurrence, place->component);
    if (hit->value)
        hit->text = hit->value->text;
    return hit->value != NULL;
}

static struct position node_position(const struct map_hit *hit)
{
    const struct node *node = hit->spot.node;
    struct position at = { .segment = node->segment, .line = node->line, .column = node->column };
    if (hit->value && hit->value->line) {
        at.line = hit->value->line;
        at.column = hit->value->column;
    }
    return at;
}

struct position map_position(const struct map_source *source, const struct map_hit *hit)
{
    const struct edifact_placed *placed = source->message.placed;
    if (!placed)
        return node_position(hit);
    const struct edifact_segment *segment = &placed->unit->segments[hit->spot.segment];
    struct position at = { .segment = hit->spot.segment + 1,
                           .line = segment->line,
                           .column =
                               segment->column + (hit->token ? hit->token->start - segment->start : 0) };
    if (segment->broken) {
        struct position searched = edifact_position(placed->unit, segment, hit->token);
        at.line = searched.line;
        at.column = searched.column;
    }
    // Elements are told as the directory numbers them, which is for the path to say.
    return at;
}

struct slice map_spot_name(const struct map_source *source, const struct map_spot *spot)
{
    const struct edifact_placed *placed = source->message.placed;
    if (!placed) {
        const struct node *node = spot->node;
        return node->segment && node->parent && node->first ? node->first->name : node->name;
    }
    if (spot->segment == 0 && spot->end == placed->count)
        return slice_of(placed->structure->type);
    return placed->structure->entries[placed->spots[spot->segment].entry].name;
}

// SPDX-License-Identifier: Apache-2.0
// Nearly all paths of EDIFACT maps lead from a group to a component of one of its segments, through tests of
// components of that segment: "QTY[C186.6063=21]/C186.6060". They are followed here without the general search,
// to the same hits.
#include "formats/map_rules.h"

// What a test or a leaf looks at.
struct view {
    const struct edifact_unit *unit;
    const struct edifact_token *first, *end;
    struct arena *arena;
};

static struct view view_of(const struct map_source *source, uint32_t at)
{
    const struct edifact_unit *unit = source->message.placed->unit;
    const struct edifact_segment *segment = &unit->segments[at];
    const struct edifact_token *first = &unit->tokens[segment->first];
    return (struct view){ unit, first, first + segment->count, source->arena };
}

static inline const struct edifact_token *token_at(const struct view *view,
                                                   const struct directory_place *place)
{
    uint64_t wanted = place->tokens[view->unit->syntax == 4];
    for (const struct edifact_token *token = view->first; token < view->end; token++)
        if (edifact_token_place(token) == wanted)
            return token;
    return NULL;
}

static inline struct slice text_of(const struct view *view, const struct edifact_token *token)
{
    return token->flags ? edifact_text(view->unit, token, view->arena, NULL) : edifact_raw(view->unit, token);
}

// Codes are short: a call would cost more than it saves.
static inline bool is_same(struct slice left, struct slice right)
{
    size_t i = 0;
    while (left.size == right.size && i < left.size && left.data[i] == right.data[i])
        i++;
    return i == left.size && i == right.size;
}

static inline bool is_listed(struct slice text, const struct slice *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_same(text, values[i]))
            return true;
    return false;
}

static bool test_holds(const struct view *view, const struct map_test *test)
{
    const struct map_path *path = test->path;
    for (size_t i = 0; i < path->place_count; i++) {
        const struct edifact_token *token = token_at(view, &path->places[i]);
        struct slice text = token ? text_of(view, token) : (struct slice){ 0 };
        if (text.size && (test->count == 0 || is_listed(slice_trim(text), test->values, test->count)))
            return true;
    }
    return false;
}

static bool step_passes(const struct view *view, const struct map_step *step)
{
    for (size_t i = 0; i < step->count; i++)
        if (test_holds(view, &step->tests[i]) == step->tests[i].negate)
            return false;
    return true;
}

static bool parts_pass(const struct view *view, const struct map_path *path, size_t occurrence)
{
    for (size_t i = 0; i < path->part_count; i++) {
        const struct map_part_test *test = &path->parts[i];
        const struct edifact_token *token = token_at(view, &test->places[occurrence]);
        struct slice text = token ? text_of(view, token) : (struct slice){ 0 };
        if ((text.size && (test->count == 0 || is_listed(text, test->values, test->count))) == test->negate)
            return false;
    }
    return true;
}

bool map_path_is_direct(const struct map_path *path)
{
    if (path->absolute || path->leaf != MAP_COMPONENT || path->count > 1)
        return false;
    const struct map_step *step = path->count ? &path->steps[0] : NULL;
    if (step && (step->group || !step->number || step->number > MAP_HEADS))
        return false;
    for (size_t i = 0; step && i < step->count; i++) {
        const struct map_path *test = step->tests[i].path;
        if (test->count || test->leaf != MAP_COMPONENT || test->part_count)
            return false;
    }
    return true;
}

// The next component of the segment at search->spots[1], from search->place on.
static bool next_component(struct map_search *search, const struct view *view, struct map_hit *hit)
{
    const struct map_path *path = search->path;
    while (search->place < path->place_count) {
        size_t i = search->place++;
        const struct edifact_token *token = token_at(view, &path->places[i]);
        if (!token || (path->part_count && !parts_pass(view, path, i)))
            continue;
        hit->text = text_of(view, token);
        hit->token = token;
        hit->value = NULL;
        hit->spot = search->spots[1];
        hit->occurrence = i;
        if (hit->text.size)
            return true;
    }
    return false;
}

// The segments that the step may mean follow each other, from the group's first one on.
static bool next_segment(struct map_search *search, bool first)
{
    const struct map_path *path = search->path;
    const struct edifact_spot *spots = search->source->message.placed->spots;
    if (path->count == 0) {
        search->spots[1] = search->spots[0];
        return first;
    }
    uint32_t at = first ? search->heads->at[path->steps[0].number - 1] : search->spots[1].end;
    while (at < search->spots[0].end && !spots[at].entry)
        at++;
    search->spots[1].segment = at;
    search->spots[1].end = at + 1;
    return at < search->spots[0].end && spots[at].entry == path->steps[0].entry;
}

bool map_next_direct(struct map_search *search, struct map_hit *hit)
{
    const struct map_path *path = search->path;
    bool first = search->level == 0;
    if (first && path->count && !(search->heads->present >> (path->steps[0].number - 1) & 1))
        return false;
    search->level = 1;
    // A segment that has been begun is gone on with.
    if (!first) {
        struct view view = view_of(search->source, search->spots[1].segment);
        if (next_component(search, &view, hit))
            return true;
    }
    for (; next_segment(search, first); first = false) {
        struct view view = view_of(search->source, search->spots[1].segment);
        search->place = 0;
        if ((path->count == 0 || step_passes(&view, &path->steps[0])) && next_component(search, &view, hit))
            return true;
    }
    return false;
}

// SPDX-License-Identifier: Apache-2.0
// Finding places in a message, in document order.
#include "formats/map_rules.h"

static bool is_listed(struct slice text, const struct slice *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text.size == values[i].size && (text.size == 0 || text.data[0] == values[i].data[0]) &&
            slice_equal(text, values[i]))
            return true;
    return false;
}

// Most tests are of a component of the segment itself.
static bool test_holds_here(const struct map_source *source, const struct map_test *test,
                            const struct map_spot *segment)
{
    const struct map_path *path = test->path;
    for (size_t i = 0; i < path->place_count; i++) {
        struct map_hit hit;
        if (map_component(source, segment, &path->places[i], &hit) &&
            (test->count == 0 || is_listed(slice_trim(hit.text), test->values, test->count)))
            return true;
    }
    return false;
}

static bool test_holds(const struct map_source *source, const struct map_test *test,
                       const struct map_spot *spot)
{
    const struct map_path *path = test->path;
    if (path->count == 0 && path->leaf == MAP_COMPONENT && path->part_count == 0)
        return test_holds_here(source, test, spot);
    struct map_search search;
    struct map_hit hit;
    map_search(&search, source, path, spot, NULL);
    while (map_next(&search, &hit))
        if (test->count == 0 || is_listed(slice_trim(hit.text), test->values, test->count))
            return true;
    return false;
}

bool map_step_passes(const struct map_source *source, const struct map_step *step,
                     const struct map_spot *spot)
{
    for (size_t i = 0; i < step->count; i++)
        if (test_holds(source, &step->tests[i], spot) == step->tests[i].negate)
            return false;
    return true;
}

bool map_parts_pass(const struct map_source *source, const struct map_path *path,
                    const struct map_spot *segment, size_t occurrence)
{
    for (size_t i = 0; i < path->part_count; i++) {
        const struct map_part_test *test = &path->parts[i];
        struct map_hit hit;
        bool holds = map_component(source, segment, &test->places[occurrence], &hit) &&
                     (test->count == 0 || is_listed(hit.text, test->values, test->count));
        if (holds == test->negate)
            return false;
    }
    return true;
}

static bool find_attribute(const struct node *element, struct slice name, struct map_hit *hit)
{
    for (size_t i = 0; i < element->value_count; i++) {
        if (!slice_equal(element->values[i].name, name))
            continue;
        hit->value = &element->values[i];
        hit->text = hit->value->text;
        return slice_trim(hit->text).size > 0;
    }
    return false;
}

// The next component at the spot that the steps have led to; other leaves stand there once.
static bool next_leaf(struct map_search *search, struct map_hit *hit)
{
    const struct map_path *path = search->path;
    const struct map_spot *spot = &search->spots[path->count];
    *hit = (struct map_hit){ .spot = *spot };
    if (path->leaf != MAP_COMPONENT) {
        if (search->place++)
            return false;
        return path->leaf == MAP_NODE || path->leaf == MAP_INDEX ||
               find_attribute(spot->node, path->attribute, hit);
    }
    while (search->place < path->place_count) {
        hit->occurrence = search->place++;
        if (map_component(search->source, spot, &path->places[hit->occurrence], hit) &&
            (path->part_count == 0 || map_parts_pass(search->source, path, spot, hit->occurrence)))
            return true;
    }
    return false;
}

// The next spot of the step that `level` takes.
static bool take_step(struct map_search *search, bool again)
{
    const struct map_step *step = &search->path->steps[search->level];
    const struct map_heads *heads = search->level ? NULL : search->heads;
    struct map_spot *spots = &search->spots[search->level];
    do {
        if (!map_next_child(search->source, step, &spots[0], heads, again, &spots[1]))
            return false;
        again = true;
    } while (step->count && !map_step_passes(search->source, step, &spots[1]));
    search->level++;
    search->place = 0;
    return true;
}

void map_search(struct map_search *search, const struct map_source *source, const struct map_path *path,
                const struct map_spot *at, const struct map_heads *heads)
{
    search->source = source;
    search->path = path;
    search->heads = path->absolute ? NULL : heads;
    search->level = search->place = 0;
    search->spots[0] = path->absolute ? map_root(source) : *at;
}

bool map_next(struct map_search *search, struct map_hit *hit)
{
    if (search->path->direct && search->source->message.placed && (search->heads || !search->path->count))
        return map_next_direct(search, hit);
    for (;;) {
        bool found = false;
        if (search->level < search->path->count)
            found = take_step(search, false);
        else if (next_leaf(search, hit))
            return true;
        // Where nothing more is below, the next sibling, or that of a spot above.
        while (!found) {
            if (search->level == 0)
                return false;
            search->level--;
            found = take_step(search, true);
        }
    }
}

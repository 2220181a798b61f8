// SPDX-License-Identifier: Apache-2.0
// Finding places in a message, in document order.
#include "formats/map_rules.h"

struct search {
    const struct map_path *path;
    map_visitor *visit;
    void *context;
};

static bool is_listed(struct slice text, const struct slice *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(text, values[i]))
            return true;
    return false;
}

struct comparison {
    const struct map_test *test;
    bool found;
};

static bool compare(void *context, const struct map_hit *hit)
{
    struct comparison *comparison = context;
    const struct map_test *test = comparison->test;
    if (test->count == 0 || is_listed(slice_trim(hit->value->text), test->values, test->count))
        comparison->found = true;
    return !comparison->found;
}

bool map_step_passes(const struct map_step *step, const struct node *node)
{
    for (size_t i = 0; i < step->count; i++) {
        struct comparison comparison = { .test = &step->tests[i] };
        map_visit_path(step->tests[i].path, node, node, compare, &comparison);
        if (comparison.found == step->tests[i].negate)
            return false;
    }
    return true;
}

static const struct node_value *value_at(const struct node *segment, const struct directory_place *place)
{
    return node_value(segment, place->element, place->occurrence, place->component);
}

bool map_parts_pass(const struct map_path *path, const struct node *segment, size_t occurrence)
{
    for (size_t i = 0; i < path->part_count; i++) {
        const struct map_part_test *test = &path->parts[i];
        const struct node_value *value = value_at(segment, &test->places[occurrence]);
        bool holds = value && (test->count == 0 || is_listed(value->text, test->values, test->count));
        if (holds == test->negate)
            return false;
    }
    return true;
}

static bool visit_components(const struct search *search, const struct node *segment)
{
    const struct map_path *path = search->path;
    for (size_t i = 0; i < path->place_count; i++) {
        const struct node_value *value = value_at(segment, &path->places[i]);
        struct map_hit hit = { .node = segment, .value = value, .occurrence = i };
        if (value && map_parts_pass(path, segment, i) && !search->visit(search->context, &hit))
            return false;
    }
    return true;
}

static const struct node_value *attribute_of(const struct node *element, struct slice name)
{
    for (size_t i = 0; i < element->value_count; i++)
        if (slice_equal(element->values[i].name, name))
            return slice_trim(element->values[i].text).size ? &element->values[i] : NULL;
    return NULL;
}

static bool visit_leaf(const struct search *search, const struct node *node)
{
    struct map_hit hit = { .node = node };
    if (search->path->leaf == MAP_COMPONENT)
        return visit_components(search, node);
    if (search->path->leaf == MAP_ATTRIBUTE || search->path->leaf == MAP_CONTENT) {
        hit.value = attribute_of(node, search->path->attribute);
        return !hit.value || search->visit(search->context, &hit);
    }
    return search->visit(search->context, &hit);
}

// Tags and groups are told apart by their last letter mostly.
static bool same_name(struct slice left, struct slice right)
{
    return left.size == right.size && left.size && left.data[left.size - 1] == right.data[right.size - 1] &&
           memcmp(left.data, right.data, left.size) == 0;
}

// Paths are short, so the recursion is shallow.
static bool visit_steps(const struct search *search, const struct node *node, size_t step)
{
    if (step == search->path->count)
        return visit_leaf(search, node);
    const struct map_step *wanted = &search->path->steps[step];
    for (const struct node *child = node->first; child; child = child->next)
        if (same_name(child->name, wanted->name) && map_step_passes(wanted, child) &&
            !visit_steps(search, child, step + 1))
            return false;
    return true;
}

bool map_visit_path(const struct map_path *path, const struct node *message, const struct node *at,
                    map_visitor *visit, void *context)
{
    struct search search = { .path = path, .visit = visit, .context = context };
    return visit_steps(&search, path->absolute ? message : at, 0);
}

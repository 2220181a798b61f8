// SPDX-License-Identifier: Apache-2.0
#include "formats/cxml/path.h"

static unsigned index_of(const struct node *element, unsigned *count)
{
    unsigned index = 0;
    *count = 0;
    for (const struct node *sibling = element->parent->first; sibling; sibling = sibling->next) {
        *count += slice_equal(sibling->name, element->name);
        if (sibling == element)
            index = *count;
    }
    return index;
}

struct slice cxml_path(const struct node *element, struct arena *arena)
{
    if (!element->parent)
        return element->name;
    unsigned count, index = index_of(element, &count);
    struct slice step = element->name;
    if (count > 1)
        step = arena_printf(arena, "%.*s[%u]", SLICE_ARGS(element->name), index);
    if (!element->parent->parent)
        return step;
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(cxml_path(element->parent, arena)), SLICE_ARGS(step));
}

struct position cxml_position(const struct node *element)
{
    return (struct position){ .line = element->line, .column = element->column };
}

static const struct node *first_named(const struct node *from, struct slice name)
{
    while (from && !slice_equal(from->name, name))
        from = from->next;
    return from;
}

const struct node *cxml_child(const struct node *parent, const char *name)
{
    return parent ? first_named(parent->first, slice_of(name)) : NULL;
}

const struct node *cxml_find(const struct node *parent, const char *path)
{
    for (struct slice rest = slice_of(path); parent && rest.size;) {
        struct slice step = slice_cut(&rest, '/');
        parent = first_named(parent->first, step);
    }
    return parent;
}

const struct node *cxml_next(const struct node *element)
{
    return first_named(element->next, element->name);
}

struct slice cxml_text(const struct node *element, const char *name)
{
    const struct node_value *value = element ? node_attribute(element, name) : NULL;
    return value ? slice_trim(value->text) : (struct slice){ 0 };
}

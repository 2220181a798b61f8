// SPDX-License-Identifier: Apache-2.0
#include "formats/cxml/path.h"

#include "doors/utf8.h"

enum { MOST_SIBLINGS = 10000, MOST_TEXT = 400 };

// The element's number among its like siblings; 0 where it is alone. Very far siblings are not counted: a
// document of many faults must not cost the square of its length, and its line tells the place as well.
static unsigned index_of(const struct node *element)
{
    unsigned index = 0, count = 0, seen = 0;
    for (const struct node *sibling = element->parent->first; sibling; sibling = sibling->next) {
        if (++seen > MOST_SIBLINGS)
            return 0;
        count += slice_equal(sibling->name, element->name);
        if (sibling == element)
            index = count;
        if (index && count > 1)
            return index;
    }
    return 0;
}

struct slice cxml_path(const struct node *element, struct arena *arena)
{
    if (!element->parent)
        return element->name;
    unsigned index = index_of(element);
    struct slice step = element->name;
    if (index)
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

struct slice cxml_shorten(struct slice text, struct arena *arena)
{
    if (text.size <= MOST_TEXT)
        return text;
    // A character is not cut in two.
    size_t size = utf8_valid_size((struct slice){ text.data, MOST_TEXT });
    return arena_printf(arena, "%.*s...", (int)size, text.data);
}

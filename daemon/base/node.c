// SPDX-License-Identifier: Apache-2.0
#include "base/node.h"

struct node *node_new(struct arena *arena, struct slice name)
{
    struct node *node = ARENA_NEW(arena, struct node);
    node->name = name;
    return node;
}

struct node *node_add(struct node *parent, struct node *child)
{
    child->parent = parent;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    return child;
}

struct node_value *node_add_value(struct arena *arena, struct node *node, struct node_value value)
{
    node->values =
        arena_grow(arena, node->values, &node->value_capacity, node->value_count + 1, sizeof *node->values);
    node->values[node->value_count] = value;
    return &node->values[node->value_count++];
}

const struct node_value *node_attribute(const struct node *element, const char *name)
{
    for (size_t i = 0; i < element->value_count; i++)
        if (slice_is(element->values[i].name, name))
            return &element->values[i];
    return NULL;
}

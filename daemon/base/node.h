// SPDX-License-Identifier: Apache-2.0
// A parsed message as a tree, the one shape that maps read and write, whatever the syntax.
// EDIFACT: the root is the message ("ORDERS"); its children are segments ("BGM") and segment groups ("SG25"),
// a group's children are its segments, trigger first, and inner groups; a segment's values are its
// components, unescaped and in UTF-8. XML: a node an element, by local name; its values are the attributes
// and, under the empty name, the text content. Nodes lie in an arena; texts may point into the message.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct node_value {
    uint16_t element, occurrence, component; // EDIFACT: from 1, the first element after the tag; XML: all 0
    uint16_t unused;                         // 0, so that a place compares as one number
    struct slice name;                       // XML: attribute, empty for the text; EDIFACT: empty
    struct slice text;
    uint32_t line, column;
};

struct node {
    struct slice name;
    struct node *parent, *first, *last, *next;
    struct node_value *values;
    size_t value_count, value_capacity;
    uint32_t line, column;
    uint32_t segment; // EDIFACT: index in the message, UNH = 1; XML: 0
};

struct node *node_new(struct arena *arena, struct slice name);
struct node *node_add(struct node *parent, struct node *child);
struct node_value *node_add_value(struct arena *arena, struct node *node, struct node_value value);

// EDIFACT: the value at that place, NULL where the component is absent or empty.
static inline const struct node_value *node_value(const struct node *segment, unsigned element,
                                                  unsigned occurrence, unsigned component)
{
    const struct node_value place = { .element = (uint16_t)element,
                                      .occurrence = (uint16_t)occurrence,
                                      .component = (uint16_t)component };
    for (size_t i = 0; i < segment->value_count; i++)
        if (memcmp(&segment->values[i], &place, 4 * sizeof(uint16_t)) == 0)
            return segment->values[i].text.size ? &segment->values[i] : NULL;
    return NULL;
}
// XML: the attribute, or with an empty name the text.
const struct node_value *node_attribute(const struct node *element, const char *name);

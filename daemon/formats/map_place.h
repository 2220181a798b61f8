// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: making places in a message that is being written.
#pragma once

#include "formats/map_rules.h"

// The node that relative paths begin at. It is made when the first value is put below it, so that a `within`
// or a list item that writes nothing leaves nothing.
struct map_frame {
    struct map_frame *above; // NULL at the message
    const struct map_path *path;
    bool makes_new; // a list item has a node of its own; a `within` shares
    struct node *node, *root;
};

// Puts a text at the rule's path; `origin` (map_trace_write) becomes the `line` of what is made for it. With `beside` only where the frame's node is there already. False, and
// `why`, where the text does not fit.
bool map_place_put(const struct map_rule *rule, const struct map_path *path, struct map_frame *frame,
                   struct slice text, struct slice format, uint32_t origin, struct arena *arena,
                   struct slice *why);

// Puts the children of a group, and theirs, into the order of the message structure.
void map_place_order(struct node *node, const struct directory_message *structure,
                     const struct directory_entry *entry, struct arena *arena);

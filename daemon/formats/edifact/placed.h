// SPDX-License-Identifier: Apache-2.0
// A message whose segments the check has placed in the structure of their directory. Nothing is copied: the
// tokens of the unit are the values. Who wants a tree of nodes (base/node.h) makes one of it.
//
// The children of a group stand in the order of the structure, and the repeats of one child follow each other;
// only segments that could not be placed may stand between them.
#pragma once

#include "base/node.h"
#include "formats/edifact/directory.h"
#include "formats/edifact/syntax.h"

struct edifact_spot {
    uint16_t entry; // of the structure; 0: the segment could not be placed
    uint8_t depth;  // of the group around it, 0 for the message
    bool opens;     // it is the trigger of a group, which begins here
};

// Lives as long as the unit and the arena that it was made with.
struct edifact_placed {
    const struct edifact_unit *unit;             // NULL: the unit was no message
    const struct directory_message *structure;   // NULL: not installed, then there are no spots
    const struct directory *directory, *service; // directory NULL: not installed
    struct slice type;                           // "ORDERS"
    const struct edifact_spot *spots;            // a segment each
    size_t count;                                // of segments that were looked at
};

// The first segment behind the group that opens at `segment`, or at `limit`.
static inline uint32_t edifact_group_end(const struct edifact_placed *placed, uint32_t segment,
                                         uint32_t limit)
{
    const struct edifact_spot *spots = placed->spots;
    uint32_t end = segment + 1;
    unsigned depth = spots[segment].depth;
    while (end < limit && (spots[end].depth > depth || (spots[end].depth == depth && !spots[end].opens)))
        end++;
    return end;
}

// The message as a tree; NULL where there is none. Without a directory it is flat: its segments, with values
// numbered as they stand.
struct node *edifact_tree(const struct edifact_placed *placed, struct arena *arena);

// The same of a unit alone, without checks beyond what placing the segments needs.
struct node *edifact_unit_tree(const struct directories *directories, const struct edifact_unit *unit,
                               struct arena *arena);

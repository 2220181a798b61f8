// SPDX-License-Identifier: Apache-2.0
// Which definition holds for a segment of a message. Internal to the check and to trees.
#pragma once

#include "formats/edifact/directory.h"

// `entry` is where the segment was placed, or NULL. Service segments are in the tables of the syntax version.
static inline const struct directory_segment *definition_of(const struct directory *directory,
                                                            const struct directory *service, uint32_t key,
                                                            const struct directory_entry *entry)
{
    if (entry && entry->segment)
        return entry->segment;
    const struct directory_segment *segment = directory_segment_keyed(service, key);
    return segment || !directory ? segment : directory_segment_keyed(directory, key);
}

// Where the message's directory is not installed: only UNS and its like, since the segments of another
// version's CONTRL are not those of this one.
static inline const struct directory_segment *definition_flat(const struct directory *service, uint32_t key)
{
    return key >> 8 == ('U' << 8 | 'N') ? directory_segment_keyed(service, key) : NULL;
}

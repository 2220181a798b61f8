// SPDX-License-Identifier: Apache-2.0
// Control references of a partner's ranges.
#include "formats/map.h"

const struct partner_range *partner_range(const struct partner *partner, const char *message)
{
    static const struct partner_range common = {
        .message = "", .prefix = "", .first = 1, .last = 99999999999999, .end = PARTNER_RANGE_GROW
    };
    for (size_t i = 0; i < partner->edifact_range_count; i++)
        if (strcmp(partner->edifact_ranges[i].message, message) == 0)
            return &partner->edifact_ranges[i];
    // One without a message is for all the others.
    for (size_t i = 0; i < partner->edifact_range_count; i++)
        if (!*partner->edifact_ranges[i].message)
            return &partner->edifact_ranges[i];
    return &common;
}

struct slice partner_range_name(const struct partner_range *range, struct arena *arena)
{
    return arena_printf(arena, *range->message ? "edifact %s" : "edifact", range->message);
}

struct slice partner_range_reference(const struct partner_range *range, int64_t number, struct arena *arena)
{
    struct slice reference = arena_printf(arena, "%s%0*lld", range->prefix, range->width, (long long)number);
    return reference.size > PARTNER_REFERENCE_SIZE ? (struct slice){ 0 } : reference;
}

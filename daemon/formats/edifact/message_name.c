// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/check.h"

struct slice edifact_message_name(const struct edifact_interchange_result *interchange,
                                  const struct edifact_message_result *message, struct arena *arena)
{
    static const struct edifact_interchange_result nothing;
    static const struct edifact_message_result nobody;
    const struct edifact_interchange_result *outer = interchange ? interchange : &nothing;
    const struct edifact_message_result *inner = message ? message : &nobody;
    // Messages of two groups may have one reference.
    if (inner->group && inner->group <= outer->group_count)
        return arena_printf(arena, "%.*s/%.*s/%.*s", SLICE_ARGS(outer->reference),
                            SLICE_ARGS(outer->groups[inner->group - 1].reference),
                            SLICE_ARGS(inner->reference));
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(outer->reference), SLICE_ARGS(inner->reference));
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/control.h"

static const struct partner_range *range_of(const struct partner *partner, const char *kind)
{
    static const struct partner_range common = { .message = "", .prefix = "", .width = 0 };
    for (size_t i = 0; i < partner->edifact_range_count; i++)
        if (strcmp(partner->edifact_ranges[i].message, kind) == 0)
            return &partner->edifact_ranges[i];
    // One without a message is for all the others.
    for (size_t i = 0; i < partner->edifact_range_count; i++)
        if (!*partner->edifact_ranges[i].message)
            return &partner->edifact_ranges[i];
    return &common;
}

bool control_next(struct db *db, struct arena *arena, const struct partner *partner, const char *kind,
                  struct slice *reference, struct error *error)
{
    const struct partner_range *range = range_of(partner, kind);
    const char *name = *range->message ? arena_printf(arena, "edifact %s", range->message).data : "edifact";
    int64_t number;
    if (!owed_number(db, arena, slice_of(partner->name), name, &number, error))
        return false;
    *reference = arena_printf(arena, "%s%0*lld", range->prefix, range->width, (long long)number);
    if (reference->size <= PARTNER_REFERENCE_SIZE)
        return true;
    return error_set(error, ERROR_INVALID, NULL,
                     "the number range \"%s\" of partner %s is used up: \"%.*s\" has more than the %d "
                     "characters of a control reference; give it a shorter prefix",
                     name, partner->name, SLICE_ARGS(*reference), PARTNER_REFERENCE_SIZE);
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/control.h"

bool control_next(struct db *db, struct arena *arena, const struct partner *partner, const char *kind,
                  struct slice *reference, struct error *error)
{
    const struct partner_range *range = partner_range(partner, kind);
    struct slice name = partner_range_name(range, arena);
    int64_t number;
    if (!owed_number(db, arena, slice_of(partner->name), name.data, range->first, range->last,
                     range->end == PARTNER_RANGE_WRAP, &number, error))
        return false;
    *reference = partner_range_reference(range, number, arena);
    if (number <= range->last && reference->size)
        return true;
    return error_set(
        error, ERROR_INVALID, NULL,
        "the number range \"%s\" of partner %s is used up at %lld; give it another `last` or prefix, or "
        "let it wrap (at_end) where the partner takes references again",
        name.data, partner->name, (long long)range->last);
}

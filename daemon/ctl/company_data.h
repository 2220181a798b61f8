// SPDX-License-Identifier: Apache-2.0
// The lists that `company show` and `user show` print below the sheet: checks, units, users, cost centres, limits,
// entitlements, delegations, and what is counted against limits.
#pragma once

#include "ctl/listing.h"

extern const struct listing company_parts[];
extern const size_t company_part_count;

// Adds them to the record, those of the user only where one is named; the empty name is for the whole company.
bool company_add_parts(const struct online *online, struct document *record, struct slice account,
                       struct slice user, struct error *error);

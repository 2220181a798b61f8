// SPDX-License-Identifier: Apache-2.0
// The lists that `company show` and `user show` print below the sheet: checks, units, users, cost centres, limits,
// entitlements, delegations, and what is counted against limits.
#pragma once

#include "ctl/online.h"

// Adds them to the record, those of the user only where one is named; the empty name is for the whole company.
bool company_add_parts(struct online *online, struct document *record, const char *account, const char *user,
                       struct error *error);
// Prints those that hold something, each under its title.
void company_print_parts(const struct online *online, const struct document *record);

// SPDX-License-Identifier: Apache-2.0
// Compiled companies, kept by the thread that asked for them, so that a batch costs no statement while nothing
// changes. Bounded: the one that was not asked for the longest goes first.
#pragma once

#include "handlers/company/company.h"

// How many a thread keeps (setting company.kept); set before the first is asked for.
extern int64_t company_cache_size;

// The company of the account at the version and instant, read where it is not kept. It stays until `arena` is reset.
bool company_cached(struct arena *arena, struct db *db, struct slice account, int64_t version, int64_t now_us,
                    const struct company **company, struct error *error);

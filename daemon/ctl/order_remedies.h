// SPDX-License-Identifier: Apache-2.0
// What would release a held order, asked of the same checks that hold it.
#pragma once

#include "ctl/online.h"

// A list of records {hold, kind, text}, for each of the order's open holds at least one; empty where none is open.
// `holds` and `tasks` are those of order_data.h.
bool order_remedies(const struct online *online, const struct document *order, const struct document *holds,
                    const struct document *tasks, struct document **remedies, struct error *error);

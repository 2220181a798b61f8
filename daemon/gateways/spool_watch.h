// SPDX-License-Identifier: Apache-2.0
// What has not come in time, and what may be forgotten: looked for between files, in small steps. Part of spool.c.
#pragma once

#include "gateways/spool_file.h"

struct spool_watch {
    int64_t overdue_us;   // when overdue reports and answers were last looked for (monotonic)
    int64_t forgotten_us; // when old keys were
    size_t forgetting;    // the partner whose keys are looked at next
};

// Does what is due of it. Failures are logged; the next look tries again. `work` needs no request.
void spool_watch_look(struct spool_watch *watch, const struct spool_work *work);

// SPDX-License-Identifier: Apache-2.0
// Time zones of partners: "UTC", a fixed offset "+01:00", or a name of the system's zone files such as
// "Europe/Berlin". Read once and then read-only, so that threads need no lock and no process-wide TZ.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct zone;

// NULL and `error` where the zone is not known. Lives in the arena.
const struct zone *zone_open(const char *name, struct arena *arena, struct error *error);

// Seconds east of UTC at an instant. A NULL zone is UTC.
int32_t zone_offset(const struct zone *zone, int64_t instant_us);

// The instant of a local time (written as if it were UTC). A time that the clock skips counts with the offset
// before the change; of a time that comes twice the first is taken.
int64_t zone_instant(const struct zone *zone, int64_t local_us);

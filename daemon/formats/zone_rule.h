// SPDX-License-Identifier: Apache-2.0
// Inside formats/zone: the rule at the end of a zone file, "CET-1CEST,M3.5.0,M10.5.0/3" or "<+07>-7".
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

// A day as month, week (5: the last) and day of the week (0: Sunday), and seconds into it in local time.
struct zone_change {
    int month, week, weekday;
    int32_t seconds;
};

struct zone_rule {
    int32_t standard, summer; // seconds east
    bool has_summer;
    struct zone_change begin, end; // of summer time
};

// False for the kinds of rule that we do not read ("J60" days).
bool zone_rule_parse(struct slice text, struct zone_rule *rule);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds);

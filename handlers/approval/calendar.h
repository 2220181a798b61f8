// SPDX-License-Identifier: Apache-2.0
// Working time: when something is due that has so many working minutes. A calendar is a company's
// (WorkingCalendar); without one every minute is working time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

// From `from` on (an instant), local time lies `offset_minutes` east of UTC.
struct calendar_shift {
    int64_t from;
    int32_t offset_minutes;
};

// A day that is not like its weekday.
struct calendar_day {
    int32_t day;
    bool works;
};

struct working_calendar {
    struct slice name;
    bool weekdays[7];               // from Monday; at least one
    int32_t from_minute, to_minute; // of the day, local; from < to <= 1440
    int32_t offset_minutes;
    struct calendar_shift *shifts; // ascending
    size_t shift_count;
    struct calendar_day *days; // ascending
    size_t day_count;
};

enum { CALENDAR_SHIFTS_MAX = 200, CALENDAR_DAYS_MAX = 2000, CALENDAR_MINUTES_MAX = 60 * 24 * 366 };

// The instant at which `minutes` of working time have passed since `from_us`. Where the calendar has no working time
// for ten years (all days are holidays) the minutes count as they pass.
int64_t calendar_after(const struct working_calendar *calendar, int64_t from_us, int32_t minutes);

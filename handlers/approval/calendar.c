// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/calendar.h"

#define MINUTE_US INT64_C(60000000)
enum { DAY_MINUTES = 1440, DAYS_LOOKED_AT = 3660 };

static int32_t offset_at(const struct working_calendar *calendar, int64_t instant_us)
{
    int32_t offset = calendar->offset_minutes;
    for (size_t i = 0; i < calendar->shift_count && calendar->shifts[i].from <= instant_us; i++)
        offset = calendar->shifts[i].offset_minutes;
    return offset;
}

static bool works(const struct working_calendar *calendar, int32_t day)
{
    size_t low = 0, high = calendar->day_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->days[middle].day == day)
            return calendar->days[middle].works;
        if (calendar->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    int32_t weekday = (day + 3) % 7; // 1 January 1970 was a Thursday
    return calendar->weekdays[weekday < 0 ? weekday + 7 : weekday];
}

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

int64_t calendar_after(const struct working_calendar *calendar, int64_t from_us, int32_t minutes)
{
    int64_t left_us = minutes * MINUTE_US;
    if (!calendar)
        return from_us + left_us;
    int64_t local_us = from_us + offset_at(calendar, from_us) * MINUTE_US;
    int32_t day = (int32_t)floor_divide(local_us, DAY_MINUTES * MINUTE_US);
    for (int looked_at = 0; looked_at < DAYS_LOOKED_AT; looked_at++, day++) {
        if (!works(calendar, day))
            continue;
        int64_t midnight_us = day * (DAY_MINUTES * MINUTE_US);
        int64_t begin_us = midnight_us + calendar->from_minute * MINUTE_US,
                end_us = midnight_us + calendar->to_minute * MINUTE_US;
        if (begin_us < local_us)
            begin_us = local_us;
        if (begin_us >= end_us)
            continue;
        if (left_us <= end_us - begin_us) {
            int64_t due_us = begin_us + left_us;
            // The offset is that of the day on which it is due; a shift falls on a night.
            return due_us - offset_at(calendar, due_us - offset_at(calendar, due_us) * MINUTE_US) * MINUTE_US;
        }
        left_us -= end_us - begin_us;
    }
    return from_us + minutes * MINUTE_US;
}

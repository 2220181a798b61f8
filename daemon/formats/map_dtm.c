// SPDX-License-Identifier: Apache-2.0
// EDIFACT dates. A format is a number of UN element 2379; here each is a pattern of the same length as its
// value: CC century, YY year, MM month, DD day, HH hour, mm minute, SS second, WW week of the year, JJJ day
// of the year, ZZZ a zone's letters. Periods count by their beginning.
#include "formats/map_rules.h"

static const struct {
    const char *format, *pattern;
} patterns[] = {
    { "2", "DDMMYY" },
    { "3", "MMDDYY" },
    { "4", "DDMMCCYY" },
    { "101", "YYMMDD" },
    { "102", "CCYYMMDD" },
    { "103", "YYWWd" },
    { "105", "YYJJJ" },
    { "107", "CCYYJJJ" },
    { "201", "YYMMDDHHmm" },
    { "202", "YYMMDDHHmmSS" },
    { "203", "CCYYMMDDHHmm" },
    { "204", "CCYYMMDDHHmmSS" },
    { "205", "CCYYMMDDHHmm" },
    { "301", "YYMMDDHHmmZZZ" },
    { "302", "YYMMDDHHmmSSZZZ" },
    { "303", "CCYYMMDDHHmmZZZ" },
    { "304", "CCYYMMDDHHmmSSZZZ" },
    { "615", "YYWW" },
    { "616", "CCYYWW" },
    { "713", "YYMMDDHHmm" },
    { "717", "YYMMDD" },
    { "718", "CCYYMMDD" },
    { "719", "CCYYMMDDHHmm" },
};

struct parts {
    int century, year, month, day, hour, minute, second, week, weekday, day_of_year;
    bool has_century, has_week, has_day_of_year;
};

// A format that the sender left out is told by the length.
static const char *pattern_of(struct slice format, size_t size)
{
    if (format.size == 0)
        format = size == 8    ? SLICE("102")
                 : size == 6  ? SLICE("101")
                 : size == 12 ? SLICE("203")
                              : SLICE("204");
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (slice_is(format, patterns[i].format))
            return patterns[i].pattern;
    return NULL;
}

static int *part_of(struct parts *parts, char letter)
{
    switch (letter) {
    case 'C':
        parts->has_century = true;
        return &parts->century;
    case 'Y':
        return &parts->year;
    case 'M':
        return &parts->month;
    case 'D':
        return &parts->day;
    case 'H':
        return &parts->hour;
    case 'm':
        return &parts->minute;
    case 'S':
        return &parts->second;
    case 'W':
        parts->has_week = true;
        return &parts->week;
    case 'd':
        return &parts->weekday;
    default:
        parts->has_day_of_year = true;
        return &parts->day_of_year;
    }
}

static bool take_parts(struct slice text, const char *pattern, struct parts *parts)
{
    for (size_t i = 0; pattern[i] && pattern[i] != 'Z'; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
            return false;
        int *part = part_of(parts, pattern[i]);
        *part = *part * 10 + text.data[i] - '0';
    }
    return true;
}

// The Monday of a week (or another day of it) by ISO 8601: week 1 holds January 4th.
static int32_t week_date(int year, int week, int weekday)
{
    int32_t fourth = date_from_civil(year, 1, 4);
    int32_t monday = fourth - (fourth + 3) % 7;
    return monday + (week - 1) * 7 + (weekday ? weekday - 1 : 0);
}

static bool date_of(const struct parts *parts, int32_t *days)
{
    int year = (parts->has_century ? parts->century * 100 : 2000) + parts->year;
    if (parts->has_week) {
        bool good = year >= 1971 && parts->week >= 1 && parts->week <= 53 && parts->weekday <= 7;
        *days = good ? week_date(year, parts->week, parts->weekday) : 0;
        return good;
    }
    if (parts->has_day_of_year) {
        bool good = year >= 1 && parts->day_of_year >= 1 &&
                    parts->day_of_year <= (date_exists(year, 2, 29) ? 366 : 365);
        *days = good ? date_from_civil(year, 1, 1) + parts->day_of_year - 1 : 0;
        return good;
    }
    if (!date_exists(year, parts->month, parts->day))
        return false;
    *days = date_from_civil(year, parts->month, parts->day);
    return true;
}

// What stands behind the pattern: a zone's letters, the offset of format 205, or the end of a period.
static bool take_rest(struct slice rest, struct slice format, bool has_letters, struct map_moment *moment)
{
    if (has_letters) {
        moment->has_offset = slice_is(rest, "UTC") || slice_is(rest, "GMT") || slice_is(rest, "Z");
        return true;
    }
    if (slice_is(format, "205")) {
        int64_t hours, minutes;
        if (rest.size != 5 || (rest.data[0] != '+' && rest.data[0] != '-') ||
            !slice_integer((struct slice){ rest.data + 1, 2 }, &hours) ||
            !slice_integer((struct slice){ rest.data + 3, 2 }, &minutes) || hours < 0 || minutes < 0)
            return false;
        moment->has_offset = true;
        moment->offset_seconds = (int32_t)(hours * 3600 + minutes * 60) * (rest.data[0] == '-' ? -1 : 1);
        return true;
    }
    bool is_period = format.size == 3 && format.data[0] == '7';
    return rest.size == 0 || is_period;
}

bool map_dtm_parse(struct slice text, struct slice format, struct map_moment *moment)
{
    struct parts parts = { 0 };
    const char *pattern = pattern_of(format, text.size);
    if (!pattern || !take_parts(text, pattern, &parts))
        return false;
    size_t used = strcspn(pattern, "Z");
    struct slice rest = { text.data + used, text.size - used };
    int32_t days;
    if (!date_of(&parts, &days) || parts.hour > 23 || parts.minute > 59 || parts.second > 59)
        return false;
    struct map_moment found = { .has_time = strchr(pattern, 'H') != NULL };
    if (!take_rest(rest, format, pattern[used] == 'Z', &found))
        return false;
    int64_t of_day = parts.hour * 3600 + parts.minute * 60 + parts.second;
    found.local_us = ((int64_t)days * 86400 + of_day) * 1000000;
    *moment = found;
    return true;
}

bool map_dtm_write(int64_t local_us, struct slice format, struct arena *arena, struct slice *text)
{
    int year, month, day;
    int32_t days = instant_date(local_us);
    int second = (int)((local_us - (int64_t)days * INT64_C(86400000000)) / 1000000);
    date_to_civil(days, &year, &month, &day);
    struct slice date = arena_printf(arena, "%04d%02d%02d", year, month, day);
    if (slice_is(format, "102"))
        *text = date;
    else if (slice_is(format, "203"))
        *text = arena_printf(arena, "%.*s%02d%02d", SLICE_ARGS(date), second / 3600, second / 60 % 60);
    else if (slice_is(format, "204"))
        *text = arena_printf(arena, "%.*s%02d%02d%02d", SLICE_ARGS(date), second / 3600, second / 60 % 60,
                             second % 60);
    else
        return false;
    return true;
}

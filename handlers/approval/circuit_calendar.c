// SPDX-License-Identifier: Apache-2.0
// WorkingCalendar documents.
#include "handlers/approval/circuit_read.h"

// "hh:mm" in minutes of the day; 24:00 is its end.
static bool read_minute(struct reader *reader, const char *name, int32_t fallback, int32_t *minute)
{
    struct slice text = document_text(reader->document, name), rest = text;
    int64_t hours = -1, minutes = -1;
    *minute = fallback;
    if (slice_empty(text))
        return true;
    struct slice before = slice_cut(&rest, ':');
    bool good = before.size == 2 && rest.size == 2 && slice_integer(before, &hours) &&
                slice_integer(rest, &minutes) && hours >= 0 && hours <= 24 && minutes >= 0 && minutes < 60 &&
                hours * 60 + minutes <= 1440;
    *minute = (int32_t)(hours * 60 + minutes);
    return good || reader_park(reader, "the calendar's %s is '%.*s', wanted hh:mm", name, SLICE_ARGS(text));
}

static bool read_weekdays(struct reader *reader, struct working_calendar *calendar)
{
    const struct document *day = document_items(reader->document, "weekdays");
    for (int i = 0; !day && i < 5; i++)
        calendar->weekdays[i] = true;
    for (; day; day = day->next) {
        if (day->integer < 1 || day->integer > 7)
            return reader_park(reader, "weekday %lld of calendar %.*s is not between 1 and 7",
                               (long long)day->integer, SLICE_ARGS(calendar->name));
        calendar->weekdays[day->integer - 1] = true;
    }
    return true;
}

static bool offset_fits(struct reader *reader, int64_t minutes)
{
    return (minutes >= -14 * 60 && minutes <= 14 * 60) ||
           reader_park(reader, "an offset of %lld minutes from UTC is not between -840 and 840",
                       (long long)minutes);
}

static bool read_shifts(struct reader *reader, struct working_calendar *calendar)
{
    const struct document *list = document_get(reader->document, "shifts");
    size_t count = list && list->kind == DOCUMENT_LIST ? list->count : 0;
    if (count > CALENDAR_SHIFTS_MAX)
        return reader_park(reader, "calendar %.*s has %zu shifts, more than %d", SLICE_ARGS(calendar->name),
                           count, CALENDAR_SHIFTS_MAX);
    calendar->shifts = ARENA_ARRAY(reader->batch->arena, count, struct calendar_shift);
    for (const struct document *item = document_items(reader->document, "shifts"); item; item = item->next) {
        struct calendar_shift *shift = &calendar->shifts[calendar->shift_count++];
        shift->offset_minutes = (int32_t)document_integer(item, "offset_minutes", 0);
        if (!document_instant(item, "from", &shift->from) || !offset_fits(reader, shift->offset_minutes))
            return reader->item->outcome == OUTCOME_NONE &&
                   reader_park(reader, "a shift of calendar %.*s has no instant", SLICE_ARGS(calendar->name));
        if (calendar->shift_count > 1 && shift->from <= shift[-1].from)
            return reader_park(reader, "the shifts of calendar %.*s are not in order",
                               SLICE_ARGS(calendar->name));
    }
    return true;
}

static bool read_days(struct reader *reader, struct working_calendar *calendar)
{
    const struct document *list = document_get(reader->document, "days");
    size_t count = list && list->kind == DOCUMENT_LIST ? list->count : 0;
    if (count > CALENDAR_DAYS_MAX)
        return reader_park(reader, "calendar %.*s has %zu days, more than %d", SLICE_ARGS(calendar->name),
                           count, CALENDAR_DAYS_MAX);
    calendar->days = ARENA_ARRAY(reader->batch->arena, count, struct calendar_day);
    for (const struct document *item = document_items(reader->document, "days"); item; item = item->next) {
        struct calendar_day day = { .works = document_boolean(item, "works", false) };
        document_date(item, "day", &day.day);
        size_t at = calendar->day_count;
        for (; at > 0 && calendar->days[at - 1].day > day.day; at--)
            calendar->days[at] = calendar->days[at - 1];
        calendar->days[at] = day;
        calendar->day_count++;
        if (at > 0 && calendar->days[at - 1].day == day.day)
            return reader_park(reader, "a day of calendar %.*s stands there twice",
                               SLICE_ARGS(calendar->name));
    }
    return true;
}

struct working_calendar *circuit_read_calendar(struct reader *reader, struct slice *account)
{
    struct working_calendar *calendar = ARENA_NEW(reader->batch->arena, struct working_calendar);
    calendar->offset_minutes = (int32_t)document_integer(reader->document, "offset_minutes", 0);
    if (!reader_required(reader, "account", account) ||
        !reader_required(reader, "calendar", &calendar->name) || !read_weekdays(reader, calendar) ||
        !read_minute(reader, "from", 8 * 60, &calendar->from_minute) ||
        !read_minute(reader, "to", 18 * 60, &calendar->to_minute) ||
        !offset_fits(reader, calendar->offset_minutes))
        return NULL;
    if (calendar->from_minute >= calendar->to_minute) {
        reader_park(reader, "the working hours of calendar %.*s end before they begin",
                    SLICE_ARGS(calendar->name));
        return NULL;
    }
    return read_shifts(reader, calendar) && read_days(reader, calendar) ? calendar : NULL;
}

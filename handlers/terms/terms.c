// SPDX-License-Identifier: Apache-2.0
#include "handlers/terms/terms.h"

#include <assert.h>

#include "base/clock.h"

static int month_length(int year, int month)
{
    int day = 31;
    while (!date_exists(year, month, day))
        day--;
    return day;
}

static int32_t month_last(int32_t date)
{
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    return date_from_civil(year, month, month_length(year, month));
}

// The `day` of the month that `date` lies in, or the month's last where it has no such day.
static int32_t day_of_month(int32_t date, int wanted)
{
    int year, month, day;
    date_to_civil(date, &year, &month, &day);
    int length = month_length(year, month);
    return date_from_civil(year, month, wanted < length ? wanted : length);
}

int32_t terms_due(struct due_rule rule, int32_t from)
{
    int32_t date = rule.month_end == MONTH_END_BEFORE ? month_last(from) : from;
    date += rule.days;
    if (rule.month_end == MONTH_END_AFTER)
        date = month_last(date);
    if (rule.day == 0)
        return date;
    // After a month's end the day is one of the next month: "end of month, the 10th".
    if (rule.month_end == MONTH_END_AFTER)
        return day_of_month(date + 1, rule.day);
    int32_t due = day_of_month(date, rule.day);
    return due >= date ? due : day_of_month(month_last(date) + 1, rule.day);
}

void terms_plan(const struct terms *terms, int64_t total, const struct due_events *events,
                struct due dues[TERMS_PARTS_MAX])
{
    int64_t left = total;
    assert(total >= 0);
    for (size_t i = 0; i < terms->part_count; i++) {
        const struct terms_part *part = &terms->parts[i];
        bool last = i + 1 == terms->part_count;
        struct due *due = &dues[i];
        *due = (struct due){ .part = part, .dated = events->known[part->event] };
        if (due->dated)
            due->date = terms_due(part->rule, events->dates[part->event]);
        due->amount = last ? left : (int64_t)((__int128)total * part->percent / PERCENT_WHOLE);
        left -= due->amount;
    }
}

int64_t terms_discount_amount(int64_t percent, int64_t total)
{
    return (int64_t)(((__int128)2 * total * percent + PERCENT_WHOLE) / (2 * (__int128)PERCENT_WHOLE));
}

struct slice terms_fault(const struct terms *terms, struct arena *arena)
{
    int64_t sum = 0;
    for (size_t i = 0; i < terms->part_count; i++) {
        const struct terms_part *part = &terms->parts[i];
        if (part->percent <= 0 || part->percent > PERCENT_WHOLE)
            return arena_printf(arena, "a part of %lld/10000 percent", (long long)part->percent);
        if (part->rule.days < 0 || part->rule.days > TERMS_DAYS_MAX)
            return arena_printf(arena, "%d days, where 0 to %d can be", part->rule.days, TERMS_DAYS_MAX);
        if (part->rule.day < 0 || part->rule.day > 31)
            return arena_printf(arena, "day %d of a month", part->rule.day);
        if (terms->form == FORM_PREPAID && part->event != DUE_FROM_ORDER)
            return arena_printf(arena, "form prepaid with a part that is due from the %s",
                                terms_event_name(part->event));
        sum += part->percent;
    }
    if (sum != PERCENT_WHOLE)
        return arena_printf(arena, "parts that sum to %lld.%04lld percent, not to 100",
                            (long long)(sum / 10000), (long long)(sum % 10000));
    for (size_t i = 0; i < terms->discount_count; i++) {
        const struct terms_discount *at = &terms->discounts[i];
        if (at->days < 0 || at->days > TERMS_DAYS_MAX || at->percent <= 0 || at->percent >= PERCENT_WHOLE)
            return arena_printf(arena, "a discount of %lld/10000 percent within %d days",
                                (long long)at->percent, at->days);
        if (i > 0 && (at->days <= at[-1].days || at->percent >= at[-1].percent))
            return arena_printf(arena,
                                "a discount within %d days that is no less than the one within %d days",
                                at->days, at[-1].days);
    }
    return (struct slice){ 0 };
}

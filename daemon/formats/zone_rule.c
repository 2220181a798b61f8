// SPDX-License-Identifier: Apache-2.0
#include "formats/zone_rule.h"

#include "base/clock.h"

static bool take(struct slice *rest, char wanted)
{
    if (rest->size == 0 || rest->data[0] != wanted)
        return false;
    rest->data++;
    rest->size--;
    return true;
}

static bool take_number(struct slice *rest, int *value)
{
    int sum = 0, digits = 0;
    while (rest->size && rest->data[0] >= '0' && rest->data[0] <= '9' && digits < 4) {
        sum = sum * 10 + rest->data[0] - '0';
        rest->data++;
        rest->size--;
        digits++;
    }
    *value = sum;
    return digits > 0;
}

static bool skip_name(struct slice *rest)
{
    size_t before = rest->size;
    if (take(rest, '<')) {
        slice_cut(rest, '>');
        return true;
    }
    while (rest->size && ((rest->data[0] | 32) >= 'a' && (rest->data[0] | 32) <= 'z')) {
        rest->data++;
        rest->size--;
    }
    return rest->size < before;
}

// "[-]hh[:mm[:ss]]" as seconds.
static bool take_time(struct slice *rest, int32_t *seconds)
{
    int sign = take(rest, '-') ? -1 : 1, hours, minutes = 0, more = 0;
    if (sign == 1)
        take(rest, '+');
    if (!take_number(rest, &hours))
        return false;
    if (take(rest, ':') && !take_number(rest, &minutes))
        return false;
    if (take(rest, ':') && !take_number(rest, &more))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60 + more);
    return true;
}

static bool take_change(struct slice *rest, struct zone_change *change)
{
    change->seconds = 2 * 3600;
    if (!take(rest, ',') || !take(rest, 'M') || !take_number(rest, &change->month) || !take(rest, '.') ||
        !take_number(rest, &change->week) || !take(rest, '.') || !take_number(rest, &change->weekday))
        return false;
    if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 ||
        change->weekday > 6)
        return false;
    return !take(rest, '/') || take_time(rest, &change->seconds);
}

bool zone_rule_parse(struct slice text, struct zone_rule *rule)
{
    *rule = (struct zone_rule){ 0 };
    int32_t west;
    if (!skip_name(&text) || !take_time(&text, &west))
        return false;
    rule->standard = -west;
    if (text.size == 0)
        return true;
    rule->has_summer = true;
    rule->summer = rule->standard + 3600;
    if (!skip_name(&text))
        return false;
    if (text.size && text.data[0] != ',') {
        if (!take_time(&text, &west))
            return false;
        rule->summer = -west;
    }
    return take_change(&text, &rule->begin) && take_change(&text, &rule->end) && text.size == 0;
}

// Local seconds since 1970 of a change in a year.
static int64_t change_at(const struct zone_change *change, int year)
{
    int32_t first = date_from_civil(year, change->month, 1);
    int weekday = (int)(((int64_t)first + 4) % 7); // 1970-01-01 was a Thursday
    if (weekday < 0)
        weekday += 7;
    int day = 1 + (change->weekday - weekday + 7) % 7 + (change->week - 1) * 7;
    while (!date_exists(year, change->month, day))
        day -= 7;
    return (int64_t)(first + day - 1) * 86400 + change->seconds;
}

int32_t zone_rule_offset(const struct zone_rule *rule, int64_t seconds)
{
    if (!rule->has_summer)
        return rule->standard;
    int64_t days = (seconds + rule->standard) / 86400 - ((seconds + rule->standard) % 86400 < 0);
    int year, month, day;
    if (days < -700000 || days > 2900000)
        return rule->standard;
    date_to_civil((int32_t)days, &year, &month, &day);
    int64_t begin = change_at(&rule->begin, year) - rule->standard;
    int64_t end = change_at(&rule->end, year) - rule->summer;
    // South of the equator summer time goes over the new year.
    bool summer = begin < end ? seconds >= begin && seconds < end : seconds >= begin || seconds < end;
    return summer ? rule->summer : rule->standard;
}

// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool date_exists(int year, int month, int day)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && is_leap(year));
}

// Days are counted from 0000-03-01, so that the leap day ends a year and 400 years are 146,097 days.
int32_t date_from_civil(int year, int month, int day)
{
    int shifted = month > 2 ? year : year - 1;
    int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int of_era = shifted - era * 400;
    int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void date_to_civil(int32_t days, int *year, int *month, int *day)
{
    int32_t shifted = days + 719468;
    int32_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int32_t of_era = shifted - era * 146097;
    int32_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int32_t month_index = (5 * of_year + 2) / 153;
    *day = of_year - (153 * month_index + 2) / 5 + 1;
    *month = month_index < 10 ? month_index + 3 : month_index - 9;
    *year = years + era * 400 + (*month <= 2);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

int32_t instant_date(int64_t instant_us)
{
    return (int32_t)floor_divide(instant_us, INT64_C(86400000000));
}

// Dates stand on every line of an order, so they are written without printf.
static void put_digits(char *to, int value, int count)
{
    for (int i = count; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
}

const char *date_text(int32_t days, char text[DATE_TEXT_SIZE])
{
    int year, month, day;
    date_to_civil(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        snprintf(text, DATE_TEXT_SIZE, "%04d-%02d-%02d", year, month, day);
        return text;
    }
    put_digits(text, year, 4);
    put_digits(text + 5, month, 2);
    put_digits(text + 8, day, 2);
    text[4] = text[7] = '-';
    text[10] = '\0';
    return text;
}

const char *instant_text(int64_t instant_us, char text[INSTANT_TEXT_SIZE])
{
    int year, month, day;
    date_to_civil(instant_date(instant_us), &year, &month, &day);
    int64_t of_day = instant_us - (int64_t)instant_date(instant_us) * INT64_C(86400000000);
    int seconds = (int)(of_day / 1000000), fraction = (int)(of_day % 1000000);
    int used = snprintf(text, INSTANT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                        seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (fraction)
        used += snprintf(text + used, INSTANT_TEXT_SIZE - (size_t)used, ".%06d", fraction);
    snprintf(text + used, INSTANT_TEXT_SIZE - (size_t)used, "Z");
    return text;
}

static bool digits(struct slice *rest, size_t count, int *value)
{
    if (rest->size < count)
        return false;
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return false;
        sum = sum * 10 + rest->data[i] - '0';
    }
    rest->data += count;
    rest->size -= count;
    *value = sum;
    return true;
}

static bool mark(struct slice *rest, char wanted)
{
    if (rest->size == 0 || rest->data[0] != wanted)
        return false;
    rest->data++;
    rest->size--;
    return true;
}

static bool take_date(struct slice *rest, int32_t *days)
{
    int year, month, day;
    if (!digits(rest, 4, &year) || !mark(rest, '-') || !digits(rest, 2, &month) || !mark(rest, '-') ||
        !digits(rest, 2, &day) || !date_exists(year, month, day))
        return false;
    *days = date_from_civil(year, month, day);
    return true;
}

bool date_parse(struct slice text, int32_t *days)
{
    int32_t found;
    if (!take_date(&text, &found) || text.size)
        return false;
    *days = found;
    return true;
}

static bool take_fraction(struct slice *rest, int *micros)
{
    int scale = 100000, sum = 0;
    if (rest->size == 0 || rest->data[0] < '0' || rest->data[0] > '9')
        return false;
    while (rest->size && rest->data[0] >= '0' && rest->data[0] <= '9') {
        sum += (rest->data[0] - '0') * scale;
        scale /= 10;
        rest->data++;
        rest->size--;
    }
    *micros = sum;
    return true;
}

static bool take_zone(struct slice *rest, int *offset_minutes)
{
    *offset_minutes = 0;
    if (mark(rest, 'Z') || mark(rest, 'z'))
        return true;
    int sign = mark(rest, '+') ? 1 : mark(rest, '-') ? -1 : 0;
    int hours, minutes;
    if (!sign || !digits(rest, 2, &hours))
        return false;
    mark(rest, ':');
    if (!digits(rest, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *offset_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool instant_parse(struct slice text, int64_t *instant_us)
{
    int32_t days;
    int hour, minute, second = 0, micros = 0, offset;
    if (!take_date(&text, &days) || !mark(&text, 'T') || !digits(&text, 2, &hour) || !mark(&text, ':') ||
        !digits(&text, 2, &minute))
        return false;
    if (mark(&text, ':') &&
        (!digits(&text, 2, &second) || (mark(&text, '.') && !take_fraction(&text, &micros))))
        return false;
    if (!take_zone(&text, &offset) || text.size || hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t seconds = (int64_t)days * 86400 + hour * 3600 + (minute - offset) * 60 + second;
    *instant_us = seconds * 1000000 + micros;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "formats/cxml/cxml.h"

struct reader {
    struct slice rest;
    bool failed;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take(struct reader *reader, char wanted)
{
    if (reader->rest.size == 0 || reader->rest.data[0] != wanted)
        return false;
    reader->rest.data++;
    reader->rest.size--;
    return true;
}

static int take_number(struct reader *reader, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (reader->rest.size == 0 || !is_digit(reader->rest.data[0])) {
            reader->failed = true;
            return 0;
        }
        value = value * 10 + reader->rest.data[0] - '0';
        reader->rest.data++;
        reader->rest.size--;
    }
    return value;
}

static void expect(struct reader *reader, char wanted)
{
    reader->failed |= !take(reader, wanted);
}

// More than six places are cut off: an instant has microseconds.
static int take_fraction(struct reader *reader)
{
    int micros = 0, unit = 100000;
    reader->failed |= reader->rest.size == 0 || !is_digit(reader->rest.data[0]);
    while (reader->rest.size && is_digit(reader->rest.data[0])) {
        micros += (reader->rest.data[0] - '0') * unit;
        unit /= 10;
        reader->rest.data++;
        reader->rest.size--;
    }
    return micros;
}

// "Z", "+01:00", "+0100" or "+01", with blanks before it; false where nothing stands.
static bool take_zone(struct reader *reader, int *minutes)
{
    reader->rest = slice_trim(reader->rest);
    if (reader->rest.size == 0)
        return false;
    *minutes = 0;
    if (take(reader, 'Z') || take(reader, 'z'))
        return true;
    int sign = take(reader, '-') ? -1 : 1;
    if (sign == 1)
        expect(reader, '+');
    int hours = take_number(reader, 2), rest = 0;
    if (take(reader, ':') || reader->rest.size)
        rest = take_number(reader, 2);
    reader->failed |= hours > 14 || rest > 59;
    *minutes = sign * (hours * 60 + rest);
    return true;
}

static int64_t take_time(struct reader *reader)
{
    int hour = take_number(reader, 2);
    expect(reader, ':');
    int minute = take_number(reader, 2), second = 0, micros = 0;
    if (take(reader, ':')) {
        second = take_number(reader, 2);
        if (take(reader, '.') || take(reader, ','))
            micros = take_fraction(reader);
    }
    reader->failed |= hour > 23 || minute > 59 || second > 60;
    return ((int64_t)hour * 3600 + minute * 60 + second) * 1000000 + micros;
}

bool cxml_time_parse(struct slice text, int zone_minutes, struct cxml_time *time)
{
    struct reader reader = { .rest = slice_trim(text) };
    int year = take_number(&reader, 4);
    expect(&reader, '-');
    int month = take_number(&reader, 2);
    expect(&reader, '-');
    int day = take_number(&reader, 2);
    if (reader.failed || !date_exists(year, month, day))
        return false;
    struct cxml_time found = { .date = date_from_civil(year, month, day) };
    found.local_us = (int64_t)found.date * 86400 * 1000000;
    if (take(&reader, 'T') || take(&reader, 't') || (take(&reader, ' ') && reader.rest.size)) {
        reader.rest = slice_trim(reader.rest);
        found.has_time = true;
        found.local_us += take_time(&reader);
    }
    found.has_zone = take_zone(&reader, &zone_minutes);
    if (reader.failed || reader.rest.size)
        return false;
    found.instant_us = found.local_us - (int64_t)zone_minutes * 60 * 1000000;
    *time = found;
    return true;
}

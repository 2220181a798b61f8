// SPDX-License-Identifier: Apache-2.0
// Zone files are TZif (RFC 8536): a header, transition times, and for each transition the type that then
// holds. The second block of versions 2 and on has 64-bit times and is the one we read. For times behind the
// last transition the file has a POSIX rule; we read the two rules of the kind "CET-1CEST,M3.5.0,M10.5.0/3".
#include "formats/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/zone_rule.h"

enum { MOST_BYTES = 1 << 20, HEADER = 44 };
static const int64_t second_us = 1000000;

struct zone {
    size_t count; // of transitions
    int64_t *at;  // seconds since 1970, rising
    int32_t *offset;
    int32_t first; // before the first transition
    struct zone_rule rule;
    bool has_rule;
};

static uint32_t big32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t big64(const unsigned char *bytes)
{
    return (int64_t)((uint64_t)big32(bytes) << 32 | big32(bytes + 4));
}

struct counts {
    size_t utc, standard, leaps, times, types, letters;
};

static bool read_counts(const unsigned char *data, size_t size, struct counts *counts)
{
    if (size < HEADER || memcmp(data, "TZif", 4) != 0)
        return false;
    *counts = (struct counts){
        .utc = big32(data + 20),
        .standard = big32(data + 24),
        .leaps = big32(data + 28),
        .times = big32(data + 32),
        .types = big32(data + 36),
        .letters = big32(data + 40),
    };
    // A file of the size that we read cannot have more of anything, and then no sum overflows.
    return counts->utc < MOST_BYTES && counts->standard < MOST_BYTES && counts->leaps < MOST_BYTES &&
           counts->times < MOST_BYTES && counts->types < MOST_BYTES && counts->types > 0 &&
           counts->letters < MOST_BYTES;
}

static size_t block_size(const struct counts *counts, size_t time_size)
{
    return counts->times * (time_size + 1) + counts->types * 6 + counts->letters +
           counts->leaps * (time_size + 4) + counts->standard + counts->utc;
}

static bool read_block(const unsigned char *data, size_t size, struct arena *arena, struct zone *zone)
{
    struct counts old, new;
    if (!read_counts(data, size, &old) || data[4] < '2')
        return false;
    size_t skip = HEADER + block_size(&old, 4);
    if (skip > size || !read_counts(data + skip, size - skip, &new))
        return false;
    const unsigned char *times = data + skip + HEADER, *end = data + size;
    if (block_size(&new, 8) > (size_t)(end - times))
        return false;
    const unsigned char *indexes = times + new.times * 8, *types = indexes + new.times;
    zone->count = new.times;
    zone->at = ARENA_ARRAY(arena, new.times, int64_t);
    zone->offset = ARENA_ARRAY(arena, new.times, int32_t);
    zone->first = (int32_t)big32(types);
    for (size_t i = 0; i < new.times; i++) {
        if (indexes[i] >= new.types)
            return false;
        zone->at[i] = big64(times + i * 8);
        zone->offset[i] = (int32_t)big32(types + (size_t)indexes[i] * 6);
    }
    const unsigned char *footer = times + block_size(&new, 8);
    if (footer < end && *footer == '\n') {
        struct slice rest = { (const char *)footer + 1, (size_t)(end - footer - 1) };
        zone->has_rule = zone_rule_parse(slice_cut(&rest, '\n'), &zone->rule);
    }
    return true;
}

static bool read_file(const char *name, struct arena *arena, struct zone *zone)
{
    char path[256];
    if (strstr(name, "..") || name[0] == '/' ||
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name) >= (int)sizeof path)
        return false;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return false;
    unsigned char *data = malloc(MOST_BYTES);
    size_t size = data ? fread(data, 1, MOST_BYTES, file) : 0;
    fclose(file);
    bool good = size > 0 && read_block(data, size, arena, zone);
    free(data);
    return good;
}

static bool read_fixed(const char *name, struct zone *zone)
{
    int hours, minutes, used = 0;
    char sign;
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0)
        return true;
    if (sscanf(name, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || name[used] ||
        (sign != '+' && sign != '-') || hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
        return false;
    zone->first = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

const struct zone *zone_open(const char *name, struct arena *arena, struct error *error)
{
    struct zone *zone = ARENA_NEW(arena, struct zone);
    if (read_fixed(name, zone) || read_file(name, arena, zone))
        return zone;
    error_set(error, ERROR_INVALID, NULL,
              "the zone \"%s\" is unknown; write \"+01:00\", \"UTC\" or a name such as \"Europe/Berlin\"",
              name);
    return NULL;
}

static int64_t floor_seconds(int64_t us)
{
    return us / second_us - (us % second_us < 0);
}

int32_t zone_offset(const struct zone *zone, int64_t instant_us)
{
    if (!zone)
        return 0;
    int64_t seconds = floor_seconds(instant_us);
    if (zone->count == 0 || seconds < zone->at[0])
        return zone->count == 0 && zone->has_rule ? zone_rule_offset(&zone->rule, seconds) : zone->first;
    if (zone->has_rule && seconds >= zone->at[zone->count - 1])
        return zone_rule_offset(&zone->rule, seconds);
    size_t low = 0, high = zone->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zone->at[middle] <= seconds)
            low = middle;
        else
            high = middle;
    }
    return zone->offset[low];
}

int64_t zone_instant(const struct zone *zone, int64_t local_us)
{
    // The offsets of a day before and a day after are the ones that may hold; the earlier one is preferred.
    int64_t day_us = 86400 * second_us;
    int64_t before = local_us - zone_offset(zone, local_us - day_us) * second_us;
    int64_t after = local_us - zone_offset(zone, local_us + day_us) * second_us;
    if (zone_offset(zone, before) * second_us == local_us - before)
        return before;
    if (zone_offset(zone, after) * second_us == local_us - after)
        return after;
    return before;
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/difference.h"

#include <stdint.h>

enum { MOST_CELLS = 16 << 20 };

// The length of the longest common list of the rests that begin at [i][j].
static uint32_t *common_of(const struct slice *wanted, size_t wanted_count, const struct slice *got,
                           size_t got_count, struct arena *arena)
{
    size_t width = got_count + 1;
    uint32_t *common = ARENA_ARRAY(arena, (wanted_count + 1) * width, uint32_t);
    for (size_t i = wanted_count; i-- > 0;)
        for (size_t j = got_count; j-- > 0;) {
            uint32_t down = common[(i + 1) * width + j], right = common[i * width + j + 1];
            common[i * width + j] = slice_equal(wanted[i], got[j]) ? common[(i + 1) * width + j + 1] + 1
                                    : down > right                 ? down
                                                                   : right;
        }
    return common;
}

static size_t walk(const struct slice *wanted, size_t wanted_count, const struct slice *got, size_t got_count,
                   const uint32_t *common, struct difference_line *lines)
{
    size_t width = got_count + 1, i = 0, j = 0, count = 0;
    while (i < wanted_count || j < got_count) {
        if (common && i < wanted_count && j < got_count && slice_equal(wanted[i], got[j])) {
            i++;
            j++;
            continue;
        }
        bool drop = i < wanted_count &&
                    (!common || j == got_count || common[(i + 1) * width + j] >= common[i * width + j + 1]);
        lines[count++] =
            drop ? (struct difference_line){ '-', wanted[i++] } : (struct difference_line){ '+', got[j++] };
    }
    return count;
}

size_t difference_find(const struct slice *wanted, size_t wanted_count, const struct slice *got,
                       size_t got_count, struct arena *arena, struct difference_line **lines)
{
    while (wanted_count && got_count && slice_equal(*wanted, *got)) {
        wanted++;
        got++;
        wanted_count--;
        got_count--;
    }
    while (wanted_count && got_count && slice_equal(wanted[wanted_count - 1], got[got_count - 1])) {
        wanted_count--;
        got_count--;
    }
    *lines = ARENA_ARRAY(arena, wanted_count + got_count, struct difference_line);
    bool small = (wanted_count + 1) <= MOST_CELLS / (got_count + 1);
    const uint32_t *common = small ? common_of(wanted, wanted_count, got, got_count, arena) : NULL;
    return walk(wanted, wanted_count, got, got_count, common, *lines);
}

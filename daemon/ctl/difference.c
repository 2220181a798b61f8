// SPDX-License-Identifier: Apache-2.0
#include "ctl/difference.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Myers' greedy search: as many steps as lines differ, each along the diagonals that can be reached by then.
enum { MOST_STEPS = 1500 };

struct sides {
    const struct slice *wanted, *got;
    int64_t wanted_count, got_count;
    struct arena *arena;
    int64_t **reached; // before each step: how far into `wanted` each diagonal goes, the middle one at [step]
};

// On diagonal k at this step: from the one above (a line of `got` more) or the one below (a line of `wanted` less).
static int64_t begin(const int64_t *reached, int64_t middle, int64_t k, int64_t step)
{
    bool above = k == -step || (k != step && reached[middle + k - 1] < reached[middle + k + 1]);
    return above ? reached[middle + k + 1] : reached[middle + k - 1] + 1;
}

// The number of steps, -1 where there are too many.
static int64_t search(struct sides *sides)
{
    int64_t *now = ARENA_ARRAY(sides->arena, 2 * MOST_STEPS + 3, int64_t), middle = MOST_STEPS + 1;
    sides->reached = ARENA_ARRAY(sides->arena, MOST_STEPS + 1, int64_t *);
    for (int64_t step = 0; step <= MOST_STEPS; step++) {
        size_t width = (size_t)(2 * step + 3);
        sides->reached[step] = ARENA_ARRAY(sides->arena, width, int64_t);
        memcpy(sides->reached[step], now + middle - step - 1, width * sizeof *now);
        for (int64_t k = -step; k <= step; k += 2) {
            int64_t x = step ? begin(now, middle, k, step) : 0, y = x - k;
            while (x < sides->wanted_count && y < sides->got_count &&
                   slice_equal(sides->wanted[x], sides->got[y])) {
                x++;
                y++;
            }
            now[middle + k] = x;
            if (x >= sides->wanted_count && y >= sides->got_count)
                return step;
        }
    }
    return -1;
}

// From the end to the beginning: the sign of each line, '=' where both have it. Returns how many.
static size_t retrace(const struct sides *sides, int64_t steps, char *signs)
{
    int64_t x = sides->wanted_count, y = sides->got_count;
    size_t count = 0;
    for (int64_t step = steps; step > 0; step--) {
        const int64_t *reached = sides->reached[step];
        int64_t middle = step + 1, k = x - y, from = begin(reached, middle, k, step);
        bool added = k == -step || (k != step && reached[middle + k - 1] < reached[middle + k + 1]);
        for (; x > from; x--, y--)
            signs[count++] = '=';
        signs[count++] = added ? '+' : '-';
        *(added ? &y : &x) -= 1;
    }
    for (; x > 0; x--)
        signs[count++] = '=';
    return count;
}

// In order, and within each place what was wanted before what is there.
static size_t tell(const struct sides *sides, const char *signs, size_t count, struct difference_line *lines)
{
    size_t told = 0;
    int64_t x = 0, y = 0;
    while (count > 0) {
        size_t end = count;
        while (end > 0 && signs[end - 1] != '=')
            end--;
        for (size_t i = count; i-- > end;)
            if (signs[i] == '-')
                lines[told++] = (struct difference_line){ '-', sides->wanted[x++] };
        for (size_t i = count; i-- > end;)
            if (signs[i] == '+')
                lines[told++] = (struct difference_line){ '+', sides->got[y++] };
        count = end;
        if (count > 0) {
            x++;
            y++;
            count--;
        }
    }
    return told;
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
    struct sides sides = { wanted, got, (int64_t)wanted_count, (int64_t)got_count, arena, NULL };
    size_t all = wanted_count + got_count;
    char *signs = ARENA_ARRAY(arena, all, char);
    *lines = ARENA_ARRAY(arena, all, struct difference_line);
    int64_t steps = search(&sides);
    if (steps >= 0)
        return tell(&sides, signs, retrace(&sides, steps, signs), *lines);
    memset(signs, '+', got_count);
    memset(signs + got_count, '-', wanted_count);
    return tell(&sides, signs, all, *lines);
}

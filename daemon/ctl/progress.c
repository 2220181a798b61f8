// SPDX-License-Identifier: Apache-2.0
#include "ctl/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { EVERY_US = 200000 };

static int64_t shown_us;
static bool standing;

void progress_show(const char *doing, size_t done)
{
    int64_t now = clock_monotonic_us();
    if (now - shown_us < EVERY_US || !isatty(STDERR_FILENO))
        return;
    shown_us = now;
    standing = true;
    fprintf(stderr, "\r\033[K%s: %zu", doing, done);
    fflush(stderr);
}

void progress_clear(void)
{
    if (standing)
        fputs("\r\033[K", stderr);
    standing = false;
}

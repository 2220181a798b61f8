// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/scan.h"

#include <string.h>

#include "formats/edifact/masks.h"

enum { BLOCK = MASKS_BLOCK };

static uint64_t mask_portable(const uint8_t *block, const struct scan *scan)
{
    return masks_portable(block, scan);
}

#if defined(__x86_64__)
MASKS_AVX2 static uint64_t mask_avx2(const uint8_t *block, const struct scan *scan)
{
    return masks_avx2(block, scan);
}
#endif

void scan_marks(struct scan *scan, const struct edifact_marks *marks)
{
    memset(scan->kinds, SCAN_PLAIN, sizeof scan->kinds);
    memset(scan->kinds, SCAN_CONTROL, 0x20);
    memset(scan->kinds + 0x80, SCAN_HIGH, 0x80);
    scan->kinds['\n'] = scan->kinds['\r'] = SCAN_LINE_BREAK;
    // A later mark wins where UNA gives one character two meanings; the terminator last, so that segments
    // end.
    if (marks->repetition)
        scan->kinds[(uint8_t)marks->repetition] = SCAN_REPETITION;
    if (marks->release)
        scan->kinds[(uint8_t)marks->release] = SCAN_RELEASE;
    scan->kinds[(uint8_t)marks->component] = SCAN_COMPONENT;
    scan->kinds[(uint8_t)marks->element] = SCAN_ELEMENT;
    scan->kinds[(uint8_t)marks->terminator] = SCAN_TERMINATOR;
    scan->marks[0] = marks->component;
    scan->marks[1] = marks->element;
    scan->marks[2] = marks->terminator;
    scan->marks[3] = marks->release ? marks->release : marks->terminator;
    scan->marks[4] = marks->repetition ? marks->repetition : marks->terminator;
}

void scan_open(struct scan *scan, struct slice bytes, const struct edifact_marks *marks, bool portable)
{
    *scan = (struct scan){ .data = (const uint8_t *)bytes.data, .size = bytes.size };
    scan->mask_of = mask_portable;
#if defined(__x86_64__)
    if (!portable && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        scan->mask_of = mask_avx2;
#else
    (void)portable;
#endif
    scan_marks(scan, marks);
    scan_seek(scan, 0);
}

static void load(struct scan *scan)
{
    size_t left = scan->size - scan->block;
    if (left >= BLOCK) {
        scan->mask = scan->mask_of(scan->data + scan->block, scan);
        return;
    }
    uint8_t last[BLOCK] = { 0 };
    memcpy(last, scan->data + scan->block, left);
    scan->mask = scan->mask_of(last, scan) & ((UINT64_C(1) << left) - 1);
}

void scan_seek(struct scan *scan, size_t position)
{
    scan->block = position;
    scan->mask = 0;
    if (position < scan->size)
        load(scan);
}

bool scan_refill(struct scan *scan)
{
    while (scan->mask == 0) {
        if (scan->block >= scan->size || scan->size - scan->block <= BLOCK)
            return false;
        scan->block += BLOCK;
        load(scan);
    }
    return true;
}

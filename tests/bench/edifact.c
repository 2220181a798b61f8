// SPDX-License-Identifier: Apache-2.0
// How fast EDIFACT is read and checked on one core: bench_edifact [FILE]. Without FILE, messages of our own
// are multiplied to some 64 MB: short orders, and orders with many lines.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "formats/edifact/check.h"

enum { ROUNDS = 5, WANTED = 64 << 20 };

static const char header[] = "UNB+UNOC:3+4012345000016:14+4098765000013:14+261124:0915+1'\n";
static const char order_head[] =
    "BGM+220+PO-%u+9'\nDTM+137:20261124:102'\nDTM+2:20261201:102'\nFTX+ZZZ+++Deliver to gate "
    "4?: ring twice'\nRFF+CT:FRAME-77'\nNAD+BY+4012345000016::9++Werkzeug Handel GmbH+"
    "Hauptstrasse 1+Kassel++34117+DE'\nNAD+SU+4098765000013::9'\nNAD+DP+4012345000023::9'\n"
    "CUX+2:EUR:9'\n";
static const char order_line[] =
    "LIN+%u++4000862141404:EN'\nPIA+1+A-1001:SA+B-77:BP'\nIMD+F++:::Cordless drill 18 V'\n"
    "QTY+21:48:C62'\nDTM+2:20261202:102'\nMOA+203:4320.00'\nPRI+AAA:90.00:CT::1:C62'\n";

static struct slice make(struct arena *arena, unsigned lines)
{
    struct text text = text_in(arena);
    text_printf(&text, "%s", header);
    unsigned messages = 0;
    while (text.size < WANTED) {
        messages++;
        text_printf(&text, "UNH+%u+ORDERS:D:96A:UN'\n", messages);
        text_printf(&text, order_head, messages);
        for (unsigned i = 1; i <= lines; i++)
            text_printf(&text, order_line, i);
        text_printf(&text, "UNS+S'\nCNT+2:%u'\nUNT+%u+%u'\n", lines, 13 + 7 * lines, messages);
    }
    text_printf(&text, "UNZ+%u+1'\n", messages);
    return text_slice(&text);
}

enum work { WORK_READ, WORK_CHECK, WORK_TREE };

static size_t once(struct slice bytes, const struct directories *directories, enum work work)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    struct edifact_reader *reader = edifact_open(bytes, "bench");
    struct edifact_check *check = edifact_check_open(directories, NULL);
    struct edifact_unit unit;
    struct node *tree;
    size_t tokens = 0, errors = 0;
    while (edifact_next(reader, &unit)) {
        tokens += unit.token_count;
        if (work == WORK_READ)
            continue;
        edifact_check_unit(check, &unit, arena, &findings, work == WORK_TREE ? &tree : NULL);
        errors += findings.errors;
        arena_reset(arena);
        findings = (struct findings){ .arena = arena };
    }
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(arena);
    if (errors)
        printf("  %zu errors\n", errors);
    return tokens;
}

static void measure(const char *name, struct slice bytes, const struct directories *directories)
{
    static const char *const works[] = { "read", "check", "check and tree" };
    for (int work = WORK_READ; work <= WORK_TREE; work++) {
        int64_t best = INT64_MAX;
        size_t tokens = 0;
        for (int i = 0; i < ROUNDS; i++) {
            int64_t start = clock_monotonic_us();
            tokens = once(bytes, directories, (enum work)work);
            int64_t took = clock_monotonic_us() - start;
            best = took < best ? took : best;
        }
        printf("%-12s %-15s %7.0f MB/s, %.1f million components a second\n", name, works[work],
               (double)bytes.size / (double)best, (double)tokens / (double)best);
    }
}

int main(int argc, char **argv)
{
    struct error error = { 0 };
    char text[1024];
    struct directories *directories = directories_load(SOURCE_DIR "/edi-maps/directories", &error);
    struct arena *arena = arena_open(SIZE_MAX);
    if (!directories) {
        fprintf(stderr, "%s\n", error_text(&error, text, sizeof text));
        return 2;
    }
    if (argc < 2) {
        measure("2 lines", make(arena, 2), directories);
        measure("200 lines", make(arena, 200), directories);
    }
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        struct text bytes = text_in(arena);
        char block[65536];
        size_t size;
        while (file && (size = fread(block, 1, sizeof block, file)) > 0)
            text_append(&bytes, (struct slice){ block, size });
        if (file)
            fclose(file);
        measure(argv[i], text_slice(&bytes), directories);
    }
    arena_close(arena);
    directories_free(directories);
    return 0;
}

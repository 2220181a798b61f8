// SPDX-License-Identifier: Apache-2.0
// What the EDIFACT tests share: directories, files, and a check that gives its findings as lines.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/finding.h"
#include "formats/edifact/check.h"

#define EDIFACT_SAMPLES SOURCE_DIR "/tests/samples/edifact"

static struct directories *testing_directories;

static inline int open_directories(void **state)
{
    (void)state;
    struct error error = { 0 };
    char text[1024];
    testing_directories = directories_load(SOURCE_DIR "/edi-maps/directories", &error);
    if (!testing_directories)
        fprintf(stderr, "%s\n", error_text(&error, text, sizeof text));
    return testing_directories ? 0 : -1;
}

static inline int close_directories(void **state)
{
    (void)state;
    directories_free(testing_directories);
    return 0;
}

// The file's bytes in a malloc of exactly their size, so that a sanitizer sees the first byte behind them;
// NULL where it cannot be read.
static inline char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size ? *size : 1);
    size_t got = fread(bytes, 1, *size, file);
    fclose(file);
    assert_int_equal(got, *size);
    return bytes;
}

struct checked {
    size_t interchanges, messages, errors, warnings;
};

// Checks all of `bytes`; with `lines`, appends each finding as a line without the file's name.
static inline struct checked check_bytes(struct slice bytes, const struct edifact_tolerances *tolerances,
                                         struct text *lines)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    struct edifact_reader *reader = edifact_open(bytes, "test");
    struct edifact_check *check = edifact_check_open(testing_directories, tolerances);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit))
        edifact_check_unit(check, &unit, arena, &findings, NULL);
    edifact_check_end(check, arena, &findings);
    struct checked checked = { edifact_check_interchanges(check), edifact_check_messages(check),
                               findings.errors, findings.count + findings.dropped - findings.errors };
    for (size_t i = 0; lines && i < findings.count; i++) {
        struct text line = text_in(arena);
        finding_print(&findings.items[i], "", &line);
        // Without the colon that follows the empty name.
        text_append(lines, (struct slice){ line.data + 1, line.size - 1 });
        text_append_char(lines, '\n');
    }
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(arena);
    return checked;
}

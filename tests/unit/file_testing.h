// SPDX-License-Identifier: Apache-2.0
// Files that tests read. Brings cmocka along.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above first.
#include <cmocka.h>

#include "base/text.h"

// The file's bytes in the arena; the test fails where the file cannot be opened.
static inline struct slice read_bytes(struct arena *into, const char *path)
{
    FILE *file = fopen(path, "rbe");
    struct text text = text_in(into);
    char buffer[4096];
    if (!file)
        fail_msg("could not open %s", path);
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_append(&text, (struct slice){ buffer, got });
    fclose(file);
    return text_slice(&text);
}

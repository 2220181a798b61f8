// SPDX-License-Identifier: Apache-2.0
// The project's own maps and schemas, for a group of tests: load_maps and free_maps are its setup and teardown.
// Brings cmocka along.
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

#include "formats/map.h"

static struct maps *maps;

static inline int load_maps(void **state)
{
    struct error error = { 0 };
    char text[1024];
    (void)state;
    maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        print_error("%s\n", error_text(&error, text, sizeof text));
    return maps ? 0 : -1;
}

static inline int free_maps(void **state)
{
    (void)state;
    maps_free(maps);
    return 0;
}

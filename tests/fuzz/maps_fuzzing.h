// SPDX-License-Identifier: Apache-2.0
// What the fuzzers share that go through the maps: the project's own, loaded once before the first input. It
// defines libFuzzer's LLVMFuzzerInitialize, so one file of a program includes it.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "formats/map.h"

static struct maps *maps;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct error error = { 0 };
    (void)argc;
    (void)argv;
    maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The files of the spool: which ones are whole, moving them without ever writing over another, and writing
// files that appear whole. Internal to the gateways.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct folder_file {
    const char *name;
    int64_t size;
    int64_t changed_ns;
};

// Whether a name is one that a sender gives to a whole file: no leading '.', not ending in ".tmp" or ".part".
bool folder_wanted(const char *name);

// The wanted regular files, oldest first, in the arena.
bool folder_list(const char *folder, struct arena *arena, struct folder_file **files, size_t *count,
                 struct error *error);

// Whether the file is in the list (of folder_list) with the same size and time: it has not grown since.
bool folder_stable(const struct folder_file *file, const struct folder_file *before, size_t count);

// The whole file; ERROR_INVALID where it has more than `most` bytes, ERROR_UNAVAILABLE where it is gone.
bool folder_read(const char *folder, const char *name, size_t most, struct arena *arena, struct slice *bytes,
                 struct error *error);

// Whether something of that name is there.
bool folder_has(const char *folder, const char *name);

// Makes the folder, and those above it, where they are missing.
bool folder_make(const char *folder, struct error *error);

// Moves FROM/NAME to TO/NAME, or to TO/NAME.2, .3 ... where that is taken. `report` (may be empty) is written
// beside it under the same name with ".txt", before the move, so that no file stands there without it.
bool folder_move(const char *from, const char *name, const char *to, struct slice report, struct arena *arena,
                 struct slice *moved, struct error *error);

// Writes FOLDER/NAME so that it appears whole and is on the disk: under ".NAME.tmp" first, then renamed over
// what there may be.
bool folder_write(const char *folder, const char *name, struct slice bytes, struct error *error);

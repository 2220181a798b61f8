// SPDX-License-Identifier: Apache-2.0
// Tables as spreadsheets write them: a record a line, fields between separators, in quotation marks where they hold a
// separator, a line break or (doubled) a quotation mark.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct csv {
    struct slice rest;
    char separator;
    uint32_t line; // of the record that was read last
    uint32_t next; // of the one that follows
};

enum { CSV_FIELDS = 64 };

// A byte order mark is skipped; the separator is the one of ',', ';' and tab that stands first outside of quotation
// marks, ',' where there is none.
struct csv csv_open(struct slice bytes);

// The next record that is not blank; *count is 0 behind the last one. Fields are trimmed unless they are quoted, and
// live in the arena or the bytes. False, with the line, where a quotation mark does not end or something stands behind
// it, or where there are more than CSV_FIELDS.
bool csv_next(struct csv *csv, struct arena *arena, struct slice fields[CSV_FIELDS], size_t *count,
              struct error *error);

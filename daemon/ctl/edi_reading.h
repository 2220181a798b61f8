// SPDX-License-Identifier: Apache-2.0
// EDIFACT files for the commands that look at them (check, to-json, contrl, map-test): read and checked unit by
// unit, each interchange with the settings of whoever sent it, as the gateway does it. Whose they are is told
// on standard error, where that changes.
#pragma once

#include "ctl/translate.h"
#include "formats/edifact/check.h"

// What has just been checked.
struct edi_reading_unit {
    const char *file;
    const struct edifact_unit *unit; // NULL behind the last one
    const struct edifact_check *check;
    const struct partner *partner;       // whose interchange it is; NULL: nobody's, or nobody is to be taken
    const struct edifact_placed *placed; // a message; NULL for other units
    struct findings *findings;           // of this unit
    struct arena *arena;                 // of this unit
};

struct edi_reading {
    const struct translation *translation;
    bool keep;  // results are kept in `kept` (edifact_check_keep)
    bool quiet; // whose settings hold is not told
    // What the partner's (or the built-in) tolerances become; NULL: they stay.
    struct edifact_tolerances (*weigh)(void *context, const struct edifact_tolerances *tolerances);
    void (*take)(void *context, const struct edi_reading_unit *unit);
    // Called where the file is no EDIFACT, with a sentence that says so and names what it looks like.
    void (*foreign)(void *context, const char *file, const char *sentence);
    void *context;
    struct arena *kept; // of one file, where `keep` asks for it
};

// 0, or 2 where the file cannot be read, which has been told. What is wrong in it is for `take` to note.
int edi_reading_file(struct edi_reading *reading, const char *path);
void edi_reading_bytes(struct edi_reading *reading, const char *name, struct slice bytes);

// SPDX-License-Identifier: Apache-2.0
// What a check has found: all of it, in the order of the input. Printed as
//     FILE:LINE:COLUMN: SEGMENT ELEMENT.COMPONENT: text [code]
// with the parts that do not apply left out (XML has the element's path in place of SEGMENT
// ELEMENT.COMPONENT).
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"

enum finding_severity { FINDING_WARNING, FINDING_ERROR };

struct finding {
    enum finding_severity severity;
    struct position at;
    struct slice where; // segment tag or XML path
    int code;           // EDIFACT: UN 0085 syntax error code; cXML: status code
    struct slice text;  // a sentence with the offending value in it
};

struct findings {
    struct arena *arena;
    struct finding *items;
    size_t count, capacity;
    size_t errors;  // among them
    size_t dropped; // beyond `limit`, counted but not kept
    size_t limit;   // 0: 1000
};

void findings_add(struct findings *findings, enum finding_severity severity, const struct position *at,
                  struct slice where, int code, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

// One line without a line end.
void finding_print(const struct finding *finding, const char *file, struct text *text);

// SPDX-License-Identifier: Apache-2.0
// The core of `comptoirctl edi check`, apart from its options.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "ctl/translate.h"
#include "formats/edifact/check.h"

struct edi_checking {
    struct translation translation;
    bool json;
    bool strict; // warnings are errors
    bool quiet;  // no warnings
    FILE *out;
    size_t interchanges, messages, errors, warnings; // so far
};

// Checks the interchanges in `bytes`, prints a line a finding (a JSON object a line with `json`) to `out` and
// adds to the totals. What is no EDIFACT at all is one error. False where something is invalid.
bool edi_check_bytes(struct edi_checking *checking, const char *name, struct slice bytes);

// SPDX-License-Identifier: Apache-2.0
// The core of `comptoirctl edi check`, apart from its options.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/slice.h"
#include "formats/edifact/check.h"

struct edi_check_totals {
    size_t interchanges, messages, errors, warnings;
};

// Checks the interchanges in `bytes`, prints a line a finding (a JSON object a line with `json`) to `out` and
// adds to the totals. What is no EDIFACT at all is one error. False where something is invalid.
bool edi_check_bytes(const char *name, struct slice bytes, const struct directories *directories,
                     const struct edifact_tolerances *tolerances, bool json, FILE *out,
                     struct edi_check_totals *totals);

// The same for a file; 0 valid, 1 invalid, 2 it could not be read (said on standard error).
int edi_check_file(const char *path, const struct directories *directories, bool json, FILE *out,
                   struct edi_check_totals *totals);

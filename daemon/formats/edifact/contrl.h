// SPDX-License-Identifier: Apache-2.0
// CONTRL, the syntax report: made from the results of a check (check.h, edifact_check_keep), in the syntax
// version of the interchange it answers: D:3:UN for versions 1 to 3, 4:1:UN for version 4.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "formats/edifact/check.h"

struct contrl_settings {
    struct slice reference;         // our UNB 0020
    struct slice message_reference; // UNH 0062; empty: "1"
    int64_t now_us;
    bool receipt_only;  // action 8 whatever the check found: the judgement follows in a second CONTRL
    bool every_message; // a UCM for accepted messages too
    bool una;
};

// Whether an interchange is owed a CONTRL at all: one that holds only CONTRL messages is not.
bool contrl_owed(const struct edifact_interchange_result *interchange);

// Appends the CONTRL interchange. False where the interchange cannot be answered because its UNB told neither
// reference nor sender.
bool contrl_write(const struct edifact_interchange_result *interchange,
                  const struct contrl_settings *settings, struct text *text, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: what a partner agrees with us about codes, element by element.
//
//     codes = ( { element = "1001"; add = ("Z01", "Z02"); unknown = "refuse"; },
//               { element = "3035"; unknown = "accept"; } );
#pragma once

#include "doors/config.h"
#include "formats/edifact/check.h"

// Reads the list into the tolerances; *text becomes a line that says it: "1001 adds Z01 Z02, refuse; 3035 accept".
bool partner_codes_read(const struct config_node *list, struct arena *arena,
                        struct edifact_tolerances *tolerances, const char **text, struct error *error);

// "refuse", "warn" or "accept".
bool partner_severity(const struct config_node *node, const char *name, enum edifact_severity *severity,
                      struct error *error);

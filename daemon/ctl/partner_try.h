// SPDX-License-Identifier: Apache-2.0
// A partner's EDIFACT file put through check, map and CONTRL as the gateway would do it, storing nothing.
#pragma once

#include "ctl/online.h"
#include "formats/map.h"

// Prints what is found, the documents (a line of JSON each) and the CONTRL of each interchange. *good is false
// where anything is not taken, or comes from somebody else than the partner.
bool partner_try(struct online *online, const struct maps *maps, const struct partner *partner,
                 const char *path, bool *good, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: the settings of a partner's `edifact` group that a base file may also hold. Each has a
// built-in value; the base file (partners/defaults) stands above it, the partner's own file above that.
#pragma once

#include "doors/config.h"
#include "formats/map.h"

// Reads all of them into the partner. `group` is the partner file's `edifact`, `base` that of the base file;
// either may be NULL. Members that stand in neither list are an error; `others` (NULL-terminated) are known
// to the caller and skipped in `group`.
bool partner_settings_read(const struct config_node *group, const struct config_node *base,
                           const char *const others[], struct arena *arena, struct partner *partner,
                           struct error *error);

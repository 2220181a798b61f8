// SPDX-License-Identifier: Apache-2.0
// A second look at a libconfig file: the library takes integers of 32 bits and cuts larger ones short without
// a word (5000000000 becomes 705032704). A credit limit or a size that changes in silence is not acceptable.
#pragma once

#include <stdbool.h>

#include "base/error.h"

// False with file, line and number where an integer is beyond 32 bits without the suffix L, or beyond 64
// bits.
bool config_numbers_check(const char *file, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Looks at the first bytes of something and says whether a segment begins there. Internal to the reader.
#pragma once

#include <stdbool.h>

#include "formats/edifact/syntax.h"

bool recognise_una(struct slice bytes); // UNA, six marks, then UNB, UNG or UNH
bool recognise_unb(struct slice bytes); // UNB, a mark, UNOx or IATx
// UNA, UNB, or UNH with the usual marks: where an interchange or a bare message begins.
bool recognise_start(struct slice bytes);
// A tag of three capitals or figures with a mark behind it.
bool recognise_segment(struct slice bytes, const struct edifact_marks *marks);

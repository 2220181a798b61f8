// SPDX-License-Identifier: Apache-2.0
// Looks at the first bytes of something and says whether a segment begins there. Internal to the reader.
#pragma once

#include <stdbool.h>

#include "formats/edifact/syntax.h"

enum { UNA_SIZE = 9 };

bool recognise_una(struct slice bytes); // UNA, six sensible marks, then UNB, UNG, UNH or the end
// The mark among nine bytes of UNA that is given twice, or is a letter, figure or space; NUL for none.
char recognise_una_fault(struct slice bytes);
bool recognise_unb(struct slice bytes); // UNB, a mark, UNOx or IATx
// UNA, UNB, or UNH with the usual marks: where an interchange or a bare message begins.
bool recognise_start(struct slice bytes);
// A tag of three capitals or figures with a mark behind it.
bool recognise_segment(struct slice bytes, const struct edifact_marks *marks);

// SPDX-License-Identifier: Apache-2.0
// Text from outside, or cut short, made fit for a database, an XML document and a log line.
#pragma once

#include "base/arena.h"
#include "base/slice.h"

// Valid UTF-8 without control characters: those become blanks, and the text ends before the first byte that
// is no UTF-8. In the arena, followed by a NUL.
struct slice plain_text(struct arena *arena, struct slice text);

// Whether there is nothing but white space and control characters (DOS files end in 0x1A).
bool plain_blank(struct slice text);

// SPDX-License-Identifier: Apache-2.0
// Jansson reads a number with a fraction into a double, where digits of money would be lost. So the numbers
// of a text are put in quotes before jansson sees it; they arrive as strings with the digits that were
// written.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

// A copy with each valid JSON number in quotes. What is no valid number, or stands where a name belongs, is
// left alone, so that jansson refuses it as it always does.
struct slice json_numbers_quote(struct slice text, struct arena *arena);

// Line, column and byte in `text` of what lies at byte `quoted` of its quoted copy.
struct position json_numbers_place(struct slice text, size_t quoted);

// SPDX-License-Identifier: Apache-2.0
// A line's charge shared by several cost centres. Shares are in 1/1000000 (QUANTITY_SCALE) and add up to
// QUANTITY_ONE; the parts of an amount add up to it, the last one takes what rounding leaves.
#pragma once

#include "handlers/order/order.h"

struct split {
    struct slice cost_centre;
    int64_t share;
};

// Reads the `splits` of a line's document into the line.
void split_read(struct line *line, const struct document *document, struct arena *arena);

// As stored: "SHARE COST_CENTRE" a line. The texts of what was read point into `text`.
struct slice split_text(const struct line *line, struct arena *arena);
void split_parse(struct line *line, struct slice text, struct arena *arena);

bool split_equal(const struct line *one, const struct line *other);

// What is wrong with the line's splits, as the end of a sentence; NULL where nothing is.
const char *split_problem(const struct line *line);

// The part of `amount` that split `i` of the line carries; amount may be negative.
int64_t split_amount(const struct line *line, size_t i, int64_t amount);

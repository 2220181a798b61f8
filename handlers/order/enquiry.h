// SPDX-License-Identifier: Apache-2.0
// Questions how far orders are. An answer is a reading of the rows at one moment, so nothing is stored: the same
// question later has another answer.
#pragma once

#include "handlers/trade.h"

struct enquired_line {
    struct slice number, product, buyer_part, gtin, description, unit;
    const char *state;
    int64_t ordered, confirmed, backordered, shipped, invoiced; // in the ordered unit
    struct enquired_line *next;
};

struct enquired_order {
    struct slice number, release;
    const struct document *asked; // the OrderStatusQuestion
    bool found;
    int64_t id, ordered_at;
    enum order_state state;
    struct enquired_line *first, *last;
    size_t line_count;
};

struct enquiry {
    struct item *item;
    struct slice account;
    bool test;
    struct enquired_order *orders; // as asked
    size_t order_count;
};

struct enquiries {
    struct enquiry *enquiries;
    size_t count;
};

// Reads the orders that are asked about, and their lines.
bool enquiry_gather(struct batch *batch, struct enquiries *all, struct db *db, struct error *error);

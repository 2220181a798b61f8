// SPDX-License-Identifier: Apache-2.0
// Rows of a query as documents: which column becomes which field, and how.
#pragma once

#include "base/document.h"
#include "doors/postgres.h"

enum row_kind {
    ROW_TEXT,
    ROW_BYTES,
    ROW_INTEGER,
    ROW_BOOLEAN,
    ROW_DATE,
    ROW_INSTANT,
    ROW_PRICE,    // 4 decimals
    ROW_QUANTITY, // 6 decimals
    ROW_AMOUNT,   // minor unit of the currency in the row's field "currency", which must stand before
    ROW_ORDER,    // an order's id, as "SHARD-OFFSET"
    ROW_STATE,    // an order's state, as a word
};

struct row_field {
    const char *name;
    enum row_kind kind;
};

// One record a row; the fields are the columns in order. NULL leaves the field out.
struct document *rows_list(struct arena *arena, const struct db_rows *rows, const struct row_field *fields,
                           size_t count);
struct document *rows_record(struct arena *arena, const struct db_rows *rows, size_t row,
                             const struct row_field *fields, size_t count);

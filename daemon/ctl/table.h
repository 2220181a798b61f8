// SPDX-License-Identifier: Apache-2.0
// Documents for people: a list of records as a table, one record as a sheet. The same records go out as JSON
// where a script reads them (doors/json.h).
#pragma once

#include <stdbool.h>

#include "base/document.h"
#include "base/text.h"

struct table_column {
    const char *field; // of the record
    const char *title;
    bool right; // numbers stand at the right
};

// A leaf as people read it: "-" where it is absent or empty, the items of a list separated by commas. Control
// characters become '?', so that a partner's text cannot play with the terminal.
struct slice table_cell(struct arena *arena, const struct document *leaf);

// A heading and a line a record; columns are as wide as their widest cell. Without records only a sentence.
void table_write(const struct document *list, const struct table_column *columns, size_t count,
                 struct text *text);

// "Title:  value", a line a column.
void table_write_sheet(const struct document *record, const struct table_column *columns, size_t count,
                       struct text *text);

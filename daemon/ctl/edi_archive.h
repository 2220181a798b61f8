// SPDX-License-Identifier: Apache-2.0
// Interchanges as the archive has them, with the delivery that sends them, as documents for printing.
#pragma once

#include "ctl/online.h"

struct edi_filter {
    const char *partner, *direction, *state, *since, *order, *reference; // NULL: all
    int64_t most;
};

// The newest first. `state` is one of the archive, of the delivery or of its acknowledgement; `since` a date,
// an instant, or so many days ("7d") or hours ("12h").
bool edi_archive_list(struct online *online, const struct edi_filter *filter, struct document **list,
                      struct error *error);

// The interchange that the word names: its number in the archive, or a control reference that only one has.
// The record has all that is known, with its bytes. ERROR_INVALID where there is none, or several.
bool edi_archive_find(const struct online *online, const char *word, struct document **record,
                      struct error *error);

extern const struct table_column edi_archive_columns[];
extern const size_t edi_archive_column_count;

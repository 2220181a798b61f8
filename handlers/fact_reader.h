// SPDX-License-Identifier: Apache-2.0
// Fields of the ERP's documents, read with the checks that all of them need. A field that makes no sense parks the
// document with a sentence that quotes the value; the function then returns false, and so does its caller.
#pragma once

#include "handlers/order/order.h"

// One document being read.
struct reader {
    struct batch *batch;
    struct item *item;
    const struct document *document;
};

struct reader reader_of(struct batch *batch, struct item *item);

// Parks the document; always false, so that a check ends with `return ok || reader_park(reader, ...)`.
bool reader_park(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

// True where the field is there and not null.
bool reader_has(const struct reader *reader, const char *name);
// False, and parked, where the value is longer than KEY_BYTES_MAX.
bool reader_fits(struct reader *reader, const char *name, struct slice value);
// A key that must be there.
bool reader_required(struct reader *reader, const char *name, struct slice *value);
// A key that may be empty.
bool reader_optional(struct reader *reader, const char *name, struct slice *value);
// A currency that must be there and be one of ISO 4217.
bool reader_currency(struct reader *reader, const char *name, struct slice *currency);
// An optional amount with 4 decimals, not negative.
bool reader_limit(struct reader *reader, const char *name, bool *has, int64_t *value);
// The same in the minor unit of `currency`, which is one of ISO 4217.
bool reader_limit_minor(struct reader *reader, const char *name, struct slice currency, bool *has,
                        int64_t *minor);
// A word that may not hold a comma, because lists of a record are joined by them.
bool reader_unit(struct reader *reader, struct slice value);
// Two optional instants, the second one after the first; INT64_MIN and INT64_MAX where absent. The end is the
// first instant that no longer counts.
bool reader_validity(struct reader *reader, int64_t *from_us, int64_t *to_us);

// SPDX-License-Identifier: Apache-2.0
// Documents to Avro's binary encoding.
#pragma once

#include "base/text.h"
#include "doors/schema.h"

// Appends the record. Faults are ours, so they are ERROR_INTERNAL with the field's path: a field that the
// schema lacks, one that is absent and has no default, a value of the wrong kind or out of range.
bool avro_write_record(const struct schema *schema, const struct document *document, struct text *text,
                       struct error *error);

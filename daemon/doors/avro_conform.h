// SPDX-License-Identifier: Apache-2.0
// What avro_conform (doors/avro.h) does, for a schema instead of a name.
#pragma once

#include "base/finding.h"
#include "doors/schema.h"

bool avro_conform_to(const struct schema *schema, struct document *document, struct arena *arena,
                     struct findings *findings);

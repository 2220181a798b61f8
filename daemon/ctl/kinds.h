// SPDX-License-Identifier: Apache-2.0
// Which documents people may publish: to which topic, under which key.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "engine/stage.h"

struct kind {
    const char *type; // the schema's name
    enum topic topic;
    const char *key; // the field whose text is the record's key
};

// NULL where no such document comes from outside.
const struct kind *kind_of(const char *type);

// The names of all kinds, with commas between.
const char *kinds_names(struct arena *arena);

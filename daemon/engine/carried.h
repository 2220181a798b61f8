// SPDX-License-Identifier: Apache-2.0
// Which documents travel on which topic.
#pragma once

#include "engine/settings.h"

struct carried {
    enum topic topic;
    const char *type;
};

extern const struct carried carried[];
extern const size_t carried_count;

// How a partner knows a document of its own: the fields that together are its number, and the document that
// answers it.
enum { CARRIED_NUMBERS = 3 };
struct carried_number {
    const char *type;
    const char *fields[CARRIED_NUMBERS];
    const char *answer;
};
// NULL where documents of the type have no number.
const struct carried_number *carried_number(const char *type);

// True where documents of the type belong on the topic of that full name. Facts come from the ERP's topic
// alone: who may order must not set prices and limits by it.
bool carried_on(const struct settings *settings, const char *topic, const char *type);

// SPDX-License-Identifier: Apache-2.0
// Topics by the names that people write: "events", or in full "comptoir.events".
#pragma once

#include "engine/settings.h"

// The full name; NULL where there is no such topic. *topic is TOPIC_COUNT for the progress topic.
const char *topic_named(const struct settings *settings, const char *word, enum topic *topic);

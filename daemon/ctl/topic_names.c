// SPDX-License-Identifier: Apache-2.0
#include "ctl/topic_names.h"

#include <string.h>

static bool names(const struct settings *settings, const char *full, const char *word)
{
    size_t prefix = strlen(settings->topic_prefix);
    return strcmp(full, word) == 0 || (strlen(full) > prefix && strcmp(full + prefix, word) == 0);
}

const char *topic_named(const struct settings *settings, const char *word, enum topic *topic)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (names(settings, settings->topics[i], word)) {
            *topic = (enum topic)i;
            return settings->topics[i];
        }
    *topic = TOPIC_COUNT;
    return names(settings, settings->progress_topic, word) ? settings->progress_topic : NULL;
}

// SPDX-License-Identifier: Apache-2.0
// A case may run under other settings of the stages: "setting credit.release priority". After it they are what they
// were.
#pragma once

#include "buyers_words.h"

enum { SETTINGS_MAX = 16 };

struct changed_setting {
    const struct setting *setting;
    int64_t integer;
    bool boolean;
    const char *text;
};
static struct changed_setting changed_settings[SETTINGS_MAX];
static size_t changed_setting_count;

static inline const struct setting *find_setting(struct slice stage, struct slice name)
{
    for (const struct stage *const *at = pipeline.stages; *at; at++)
        for (const struct setting *setting = (*at)->settings; setting && setting->name; setting++)
            if (slice_is(stage, (*at)->name) && slice_is(name, setting->name))
                return setting;
    return NULL;
}

// setting STAGE.NAME VALUE
static inline void change_setting(struct buyers *buyers, struct slice word, struct slice value)
{
    struct slice name = word, stage = slice_cut(&name, '.');
    const struct setting *setting = find_setting(stage, name);
    int64_t number = 0;
    if (!setting || changed_setting_count == SETTINGS_MAX)
        STEP_FAIL(buyers, "there is no setting %.*s, or too many were changed", SLICE_ARGS(word));
    struct changed_setting *kept = &changed_settings[changed_setting_count++];
    *kept = (struct changed_setting){ .setting = setting };
    switch (setting->type) {
    case SETTING_INTEGER:
        kept->integer = *(int64_t *)setting->address;
        if (!slice_integer(value, &number))
            STEP_FAIL(buyers, "%.*s is no number", SLICE_ARGS(value));
        *(int64_t *)setting->address = number;
        break;
    case SETTING_BOOLEAN:
        kept->boolean = *(bool *)setting->address;
        *(bool *)setting->address = slice_is(value, "true");
        break;
    case SETTING_TEXT:
        kept->text = *(const char **)setting->address;
        *(const char **)setting->address = arena_string(buyers->lasting, value);
        break;
    }
}

static inline void restore_settings(void)
{
    while (changed_setting_count > 0) {
        const struct changed_setting *kept = &changed_settings[--changed_setting_count];
        void *address = kept->setting->address;
        if (kept->setting->type == SETTING_INTEGER)
            *(int64_t *)address = kept->integer;
        else if (kept->setting->type == SETTING_BOOLEAN)
            *(bool *)address = kept->boolean;
        else
            *(const char **)address = kept->text;
    }
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi settings`: each setting of a partner, its value, and which file said so.
#include "ctl/ctl.h"
#include "ctl/table.h"
#include "ctl/translate.h"
#include "doors/json.h"

static const char *const layers[] = { [PARTNER_LAYER_BUILT_IN] = "built-in",
                                      [PARTNER_LAYER_BASE] = "base file",
                                      [PARTNER_LAYER_PARTNER] = "partner file" };

static const struct table_column columns[] = {
    { "setting", "SETTING", false },
    { "value", "VALUE", false },
    { "layer", "LAYER", false },
    { "where", "WHERE", false },
};

static struct document *describe(struct arena *arena, const struct partner_setting *setting)
{
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "setting", slice_of(setting->name));
    document_add_text(arena, record, "value", slice_of(setting->value));
    document_add_text(arena, record, "layer", slice_of(layers[setting->layer]));
    if (setting->file)
        document_add_text(arena, record, "where", arena_printf(arena, "%s:%d", setting->file, setting->line));
    return record;
}

static void print(const struct partner *partner, bool json)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct document *list = document_list(arena);
    struct text text = text_in(arena);
    for (size_t i = 0; i < partner->setting_count; i++) {
        struct document *record = describe(arena, &partner->settings[i]);
        document_add(list, NULL, record);
        if (!json)
            continue;
        json_write(record, &text);
        text_append_char(&text, '\n');
    }
    if (!json)
        table_write(list, columns, sizeof columns / sizeof columns[0], &text);
    fwrite(text.data, 1, text.size, stdout);
    arena_close(arena);
}

int ctl_edi_settings(int argc, char **argv)
{
    struct translation translation = { .command = "edi settings" };
    bool json = false;
    const struct ctl_option options[] = {
        { "maps", OPTION_TEXT, &translation.maps, "DIR",
          "the folder edi-maps (also: environment COMPTOIR_MAPS)" },
        { "schemas", OPTION_TEXT, &translation.schemas, "DIR",
          "the folder schemas (also: environment COMPTOIR_SCHEMAS)" },
        { "json", OPTION_FLAG, &json, NULL, "JSON, one object a line" },
    };
    const struct ctl_usage usage = {
        "edi settings",
        "PARTNER",
        "Print the EDIFACT settings of a partner, and which file each comes from.",
        options,
        sizeof options / sizeof options[0],
        1,
        1,
        "The partner's own file wins over partners/defaults, which wins over what is built in."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (!translation_open(&translation))
        return 2;
    const struct partner *partner = maps_partner_named(translation.loaded, slice_of(argv[0]));
    bool found = partner && partner->setting_count;
    if (!found)
        fprintf(stderr, "comptoirctl edi settings: %s '%s'%s\n", partner ? "partner" : "there is no partner",
                argv[0], partner ? " does not use EDIFACT" : "; `comptoirctl partner list` shows them");
    else
        print(partner, json);
    int status = found ? 0 : 1;
    translation_close(&translation);
    return fflush(stdout) == 0 ? status : 2;
}

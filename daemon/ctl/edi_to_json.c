// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi to-json`: EDIFACT messages as canonical documents, a line each. An invalid message gives
// none; its neighbours do.
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/edi_reading.h"
#include "formats/edifact/check.h"

struct translating {
    struct translation *translation;
    size_t invalid;
};

static bool translate_message(struct translation *translation, const struct edi_reading_unit *unit)
{
    const struct edifact_message_result *message = edifact_check_message(unit->check);
    const struct edifact_interchange_result *interchange = edifact_check_interchange(unit->check);
    struct arena *arena = unit->arena;
    const char *type = arena_string(arena, message->type);
    const char *directory =
        arena_printf(arena, "%.*s%.*s", SLICE_ARGS(message->version), SLICE_ARGS(message->release)).data;
    const struct map *map = maps_find(translation->loaded, type, directory, unit->partner);
    struct document *document;
    if (!map) {
        struct position at = edifact_position(unit->unit, &unit->unit->segments[0], NULL);
        findings_add(unit->findings, FINDING_ERROR, &at, SLICE("UNH"), 14,
                     "the message %s of directory %s is not supported: there is no map", type, directory);
        return false;
    }
    struct translation_origin origin = {
        .partner = unit->partner,
        .channel = "edifact",
        .reply_reference = edifact_message_name(interchange, message, arena),
        .test = interchange && interchange->test,
    };
    return map_read(map, (struct map_message){ .placed = unit->placed }, arena, &document, unit->findings) &&
           translation_finish(translation, document, &origin, arena, unit->findings);
}

static void take(void *context, const struct edi_reading_unit *unit)
{
    struct translating *translating = context;
    if (unit->placed && unit->findings->errors == 0)
        translate_message(translating->translation, unit);
    translation_print(unit->findings, unit->file, false, stderr);
    translating->invalid += unit->findings->errors > 0;
}

static void foreign(void *context, const char *file, const char *sentence)
{
    struct translating *translating = context;
    fprintf(stderr, "%s:1:1: %s [2]\n", file, sentence);
    translating->invalid++;
}

static int translate_file(struct translation *translation, const char *path)
{
    struct translating translating = { .translation = translation };
    struct edi_reading reading = {
        .translation = translation,
        .quiet = true, // the document names the partner
        .take = take,
        .foreign = foreign,
        .context = &translating,
    };
    int status = edi_reading_file(&reading, path);
    return status ? status : translating.invalid > 0;
}

int ctl_edi_to_json(int argc, char **argv)
{
    struct translation translation = { .command = "edi to-json" };
    bool json;
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&translation),
        { "json", OPTION_FLAG, &json, NULL, "has no effect: the output is JSON" },
    };
    const struct ctl_usage usage = {
        .command = translation.command,
        .arguments = "FILE...",
        .purpose = "Turns EDIFACT messages into canonical documents, one a line of JSON.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more =
            "A FILE of \"-\" is standard input. What is found goes to standard error; a message with errors\n"
            "gives no document, its neighbours do. Exit status: 0 all is valid, 1 something is invalid or "
            "not\n"
            "supported, 2 it could not run.",
    };
    return translation_run(&translation, &usage, argc, argv, translate_file);
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi to-json`: EDIFACT messages as canonical documents, a line each. An invalid message gives
// none; its neighbours do.
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "formats/edifact/check.h"

struct translating {
    struct translation *translation;
    struct edifact_check *check;
    struct arena *arena; // of one message
    size_t invalid;
};

static const struct partner *partner_of(const struct translating *translating)
{
    const struct edifact_interchange_result *interchange = edifact_check_interchange(translating->check);
    if (translating->translation->chosen || !interchange)
        return translating->translation->chosen;
    return maps_partner_edifact(translating->translation->loaded, interchange->sender_qualifier,
                                interchange->sender);
}

static bool translate_message(struct translating *translating, const struct node *tree,
                              struct findings *findings)
{
    struct translation *translation = translating->translation;
    const struct edifact_message_result *message = edifact_check_message(translating->check);
    const struct edifact_interchange_result *interchange = edifact_check_interchange(translating->check);
    const struct partner *partner = partner_of(translating);
    struct arena *arena = translating->arena;
    const char *type = arena_string(arena, message->type);
    const char *directory =
        arena_printf(arena, "%.*s%.*s", SLICE_ARGS(message->version), SLICE_ARGS(message->release)).data;
    const struct map *map = maps_find(translation->loaded, type, directory, partner);
    struct document *document;
    if (!map) {
        struct position at = { .line = tree->line, .column = tree->column, .segment = 1 };
        findings_add(findings, FINDING_ERROR, &at, SLICE("UNH"), 14,
                     "the message %s of directory %s is not supported: there is no map", type, directory);
        return false;
    }
    struct translation_origin origin = {
        .partner = partner,
        .channel = "edifact",
        .reply_reference = arena_printf(
            arena, "%.*s/%.*s", SLICE_ARGS(interchange ? interchange->reference : (struct slice){ 0 }),
            SLICE_ARGS(message->reference)),
        .test = interchange && interchange->test,
    };
    return map_read(map, tree, arena, &document, findings) &&
           translation_finish(translation, document, &origin, arena, findings);
}

// As the gateway does it: the partner whose interchange begins says what may be tolerated.
static void tolerate(struct translating *translating, const struct edifact_unit *unit)
{
    const struct edifact_segment *unb = &unit->segments[0];
    const struct partner *partner = translating->translation->chosen;
    if (!partner)
        partner = maps_partner_edifact(translating->translation->loaded,
                                       edifact_value(unit, unb, 2, 2, translating->arena),
                                       edifact_value(unit, unb, 2, 1, translating->arena));
    edifact_check_tolerate(translating->check, partner ? partner->edifact_tolerances : NULL);
}

static void translate_unit(struct translating *translating, const struct edifact_unit *unit, const char *name)
{
    struct findings findings = { .arena = translating->arena };
    struct node *tree = NULL;
    if (unit->kind == EDIFACT_INTERCHANGE_BEGIN)
        tolerate(translating, unit);
    edifact_check_unit(translating->check, unit, translating->arena, &findings, &tree);
    if (tree && findings.errors == 0)
        translate_message(translating, tree, &findings);
    translation_print(&findings, name, false, stderr);
    translating->invalid += findings.errors > 0;
    arena_reset(translating->arena);
}

static void translate_all(struct translating *translating, struct edifact_reader *reader, const char *name)
{
    struct edifact_unit unit;
    while (edifact_next(reader, &unit))
        translate_unit(translating, &unit, name);
    struct findings findings = { .arena = translating->arena };
    edifact_check_end(translating->check, translating->arena, &findings);
    translation_print(&findings, name, false, stderr);
    translating->invalid += findings.errors > 0;
}

static int translate_file(struct translation *translation, const char *path)
{
    struct input_stream input;
    struct error error = { 0 };
    bool is_edifact;
    if (!input_stream_open(path, &input, &error))
        return translation_fail(translation, &error);
    struct edifact_reader *reader = edifact_open_stream(input_stream_read, &input, input.name);
    const char *what = edifact_recognise(edifact_beginning(reader), &is_edifact);
    struct translating translating = {
        .translation = translation,
        .check = edifact_check_open(maps_directories(translation->loaded),
                                    translation->chosen ? translation->chosen->edifact_tolerances : NULL),
        .arena = arena_open(SIZE_MAX),
    };
    if (is_edifact) {
        translate_all(&translating, reader, input.name);
    } else {
        fprintf(stderr, "%s:1:1: the input is no EDIFACT interchange, it is %s [2]\n", input.name, what);
        translating.invalid++;
    }
    edifact_check_close(translating.check);
    arena_close(translating.arena);
    edifact_close(reader);
    if (!input_stream_close(&input, &error))
        return translation_fail(translation, &error);
    return translating.invalid ? 1 : 0;
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

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl cxml to-json`: cXML documents as canonical documents, a line each.
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "formats/cxml/cxml.h"

static bool translate_order(struct translation *translation, const struct cxml_envelope *envelope,
                            struct arena *arena, struct findings *findings)
{
    const struct partner *partner = translation_sender_cxml(translation, envelope);
    const char *kind = cxml_message_name(envelope, arena);
    const struct map *map = maps_find(translation->loaded, kind, "", partner);
    struct position at = { .line = envelope->root->line, .column = envelope->root->column };
    struct document *document;
    if (!map) {
        findings_add(findings, FINDING_ERROR, &at, envelope->root->name, 450,
                     "documents of kind \"%.*s\" are not supported: there is no map",
                     SLICE_ARGS(envelope->kind));
        return false;
    }
    struct translation_origin origin = {
        .partner = partner,
        .channel = "cxml",
        .reply_reference = envelope->payload_id,
        .test = envelope->test,
    };
    return map_read(map, (struct map_message){ .tree = envelope->root }, arena, &document, findings) &&
           translation_finish(translation, document, &origin, arena, findings);
}

static void translate(struct translation *translation, struct slice bytes, struct arena *arena,
                      struct findings *findings)
{
    struct cxml_envelope envelope;
    struct error error = { 0 };
    struct slice text;
    if (!cxml_read(bytes, arena, &envelope, &error)) {
        findings_add(findings, FINDING_ERROR, &error.at, (struct slice){ 0 }, 406, "%s", error.message);
        return;
    }
    struct position at = { .line = envelope.root->line, .column = envelope.root->column };
    if (envelope.payload && cxml_unsupported(&envelope, arena, &text))
        findings_add(findings, FINDING_ERROR, &at, envelope.root->name, 450, "%.*s", SLICE_ARGS(text));
    else if (cxml_check(&envelope, findings))
        translate_order(translation, &envelope, arena, findings);
}

static int translate_file(struct translation *translation, const char *path)
{
    struct input input;
    struct error error = { 0 };
    if (!input_open(path, &input, &error))
        return translation_fail(translation, &error);
    struct arena *arena = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    translate(translation, input.bytes, arena, &findings);
    translation_print(&findings, input.name, false, stderr);
    int status = findings.errors ? 1 : 0;
    arena_close(arena);
    input_close(&input);
    return status;
}

int ctl_cxml_to_json(int argc, char **argv)
{
    struct translation translation = { .command = "cxml to-json" };
    bool json;
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&translation),
        { "json", OPTION_FLAG, &json, NULL, "has no effect: the output is JSON" },
    };
    const struct ctl_usage usage = {
        .command = translation.command,
        .arguments = "FILE...",
        .purpose = "Turns cXML documents into canonical documents, one a line of JSON.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more =
            "A FILE of \"-\" is standard input. What is found goes to standard error. Exit status: 0 all is\n"
            "valid, 1 something is invalid or not supported, 2 it could not run.",
    };
    return translation_run(&translation, &usage, argc, argv, translate_file);
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi map-test`: what one map does with a sample, value by value, in either direction, and whether
// that is what a stored file expects.
#include <stdlib.h>

#include "ctl/ctl.h"
#include "ctl/edi_reading.h"
#include "ctl/input.h"
#include "ctl/map_testing.h"
#include "doors/avro.h"
#include "formats/cxml/cxml.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct table_column field_columns[] = {
    { "field", "FIELD", false },     { "value", "VALUE", false }, { "at", "AT", false },
    { "segment", "SEGMENT", false }, { "map_at", "MAP", false },
};
static const struct table_column left_columns[] = {
    { "at", "AT", false },
    { "segment", "SEGMENT", false },
    { "place", "PLACE", false },
    { "value", "VALUE", false },
};
static const struct table_column place_columns[] = {
    { "segment", "SEGMENT", false }, { "place", "PLACE", false }, { "value", "VALUE", false },
    { "field", "FIELD", false },     { "map_at", "MAP", false },
};
static const struct table_column unwritten_columns[] = { { "field", "FIELD", false },
                                                         { "value", "VALUE", false } };

// --- A message to a document

static void read_message(struct map_testing *testing, const struct node *tree, struct slice reference,
                         const struct translation_origin *origin, struct findings *findings)
{
    struct arena *arena = testing->arena;
    struct translation *translation = &testing->translation;
    const struct map *map = maps_named(translation->loaded, testing->name, origin->partner);
    struct map_trace *trace = map_trace_new(arena);
    struct document *document = NULL;
    if (map_read_traced(map, tree, trace, arena, &document, findings))
        translation_complete(translation, document, origin, arena, findings);
    if (document)
        map_view_document(document, &testing->got, arena);
    const struct map_testing_shown shown = {
        .message = reference,
        .partner = origin->partner,
        .main_name = "fields",
        .main = document ? map_view_fields(document, trace, testing->xml, arena) : document_list(arena),
        .main_columns = field_columns,
        .main_count = COUNT(field_columns),
        .rest_name = "left",
        .rest = document ? map_view_left(tree, trace, testing->xml, arena) : document_list(arena),
        .rest_columns = left_columns,
        .rest_count = COUNT(left_columns),
        .rest_title = "No line of the map takes",
        .findings = findings,
    };
    map_testing_show(testing, &shown);
}

// The tree and the findings go with the unit; what is shown is read at once.
static void take(void *context, const struct edi_reading_unit *unit)
{
    struct map_testing *testing = context;
    const struct edifact_message_result *message = edifact_check_message(unit->check);
    const struct edifact_interchange_result *interchange = edifact_check_interchange(unit->check);
    if (!unit->placed) {
        translation_print(unit->findings, unit->file, false, stderr);
        testing->bad += unit->findings->errors > 0;
        return;
    }
    struct slice kind = arena_printf(testing->arena, "%.*s.%.*s%.*s", SLICE_ARGS(message->type),
                                     SLICE_ARGS(message->version), SLICE_ARGS(message->release));
    const struct slice wanted =
        arena_printf(testing->arena, "%s.%s", map_kind(testing->map), map_directory(testing->map));
    if (!slice_equal(kind, wanted)) {
        testing->other = kind;
        return;
    }
    const struct translation_origin origin = {
        .partner = unit->partner,
        .channel = "edifact",
        .reply_reference = edifact_message_name(interchange, message, testing->arena),
        .test = interchange && interchange->test,
    };
    read_message(testing, edifact_tree(unit->placed, unit->arena),
                 arena_copy(testing->arena, message->reference), &origin, unit->findings);
}

static void foreign(void *context, const char *file, const char *sentence)
{
    struct map_testing *testing = context;
    fprintf(stderr, "%s:1:1: %s [2]\n", file, sentence);
    testing->bad++;
}

static void test_edifact(struct map_testing *testing, struct slice bytes)
{
    struct edi_reading reading = {
        .translation = &testing->translation,
        .quiet = true,
        .take = take,
        .foreign = foreign,
        .context = testing,
    };
    edi_reading_bytes(&reading, testing->sample, bytes);
}

static void test_cxml(struct map_testing *testing, struct slice bytes)
{
    struct arena *arena = testing->arena;
    struct findings findings = { .arena = arena };
    struct cxml_envelope envelope;
    struct error error = { 0 };
    if (!cxml_read(bytes, arena, &envelope, &error)) {
        findings_add(&findings, FINDING_ERROR, &error.at, (struct slice){ 0 }, 406, "%s", error.message);
        translation_print(&findings, testing->sample, false, stderr);
        testing->bad++;
        return;
    }
    const char *kind = cxml_message_name(&envelope, arena);
    if (strcmp(kind, map_kind(testing->map)) != 0) {
        testing->other = slice_of(kind);
        return;
    }
    const struct translation_origin origin = {
        .partner = translation_sender_cxml(&testing->translation, &envelope),
        .channel = "cxml",
        .reply_reference = envelope.payload_id,
        .test = envelope.test,
    };
    cxml_check(&envelope, &findings);
    read_message(testing, envelope.root, envelope.payload_id, &origin, &findings);
}

// --- A document to a message

static void write_document(struct map_testing *testing, struct document *document, uint32_t line,
                           struct findings *findings)
{
    struct arena *arena = testing->arena;
    const struct translation *translation = &testing->translation;
    const struct partner *partner = translation->chosen;
    struct map_trace *trace = map_trace_new(arena);
    struct node *tree = NULL;
    struct error error = { 0 };
    if (!partner && !translation->nobody)
        partner = maps_partner_named(translation->loaded, document_text(document, "partner"));
    const struct map *map = maps_named(translation->loaded, testing->name, partner);
    struct map_view_writing view = { document_list(arena), document_list(arena) };
    bool good = avro_conform(maps_schemas(translation->loaded), document->type, document, arena, findings);
    if (good && !map_write_traced(map, document, trace, arena, &tree, &error))
        findings_add(findings, FINDING_ERROR, NULL, (struct slice){ 0 }, 0, "%s", error.message);
    for (size_t i = 0; i < findings->count; i++)
        findings->items[i].at = (struct position){ .line = line, .column = 1 };
    if (tree && error.kind == ERROR_NONE) {
        view = map_view_writing(tree, document, trace, testing->xml, arena);
        map_testing_add(testing, tree, &testing->got);
    }
    const struct map_testing_shown shown = {
        .message = arena_printf(arena, "%zu", testing->messages + 1),
        .partner = partner,
        .main_name = "places",
        .main = view.places,
        .main_columns = place_columns,
        .main_count = COUNT(place_columns),
        .rest_name = "unwritten",
        .rest = view.unwritten,
        .rest_columns = unwritten_columns,
        .rest_count = COUNT(unwritten_columns),
        .rest_title = "No line of the map writes",
        .findings = findings,
    };
    map_testing_show(testing, &shown);
}

static void test_documents(struct map_testing *testing, struct slice bytes)
{
    for (uint32_t line = 1; bytes.size; line++) {
        struct slice json = slice_trim(slice_cut(&bytes, '\n'));
        struct findings findings = { .arena = testing->arena };
        struct document *document = json.size ? map_testing_json(testing, json, testing->sample, line) : NULL;
        if (document)
            write_document(testing, document, line, &findings);
    }
}

// --- The command

static bool begins_with(struct slice bytes, char c)
{
    bytes = slice_trim(bytes);
    return bytes.size && bytes.data[0] == c;
}

// "ORDERS.D96A", "cxml/OrderRequest", or the path of the file; a path in a folder of maps names that folder, too.
static const char *name_of(struct map_testing *testing, const char *word)
{
    struct arena *arena = testing->arena;
    const char *folder = strstr(word, "messages/"), *name = folder ? folder + strlen("messages/") : word;
    size_t size = strlen(name);
    if (folder && !testing->translation.maps)
        testing->translation.maps =
            folder == word ? "." : arena_printf(arena, "%.*s", (int)(folder - word - 1), word).data;
    if (size > 4 && strcmp(name + size - 4, ".map") == 0)
        size -= 4;
    return arena_printf(arena, "%.*s", (int)size, name).data;
}

static int report_nothing(const struct map_testing *testing)
{
    fprintf(stderr, "comptoirctl edi map-test: %s holds nothing for map %s%s%.*s\n", testing->sample,
            testing->name, testing->other.size ? ", but " : "", SLICE_ARGS(testing->other));
    return 1;
}

static int test(struct map_testing *testing, const char *sample)
{
    struct input input;
    struct error error = { 0 };
    testing->map = maps_named(testing->translation.loaded, testing->name, NULL);
    if (!testing->map) {
        fprintf(stderr, "comptoirctl edi map-test: there is no map \"%s\" in %s/messages\n", testing->name,
                input_maps_folder(testing->translation.maps));
        return 2;
    }
    testing->xml = strncmp(map_kind(testing->map), "cxml/", 5) == 0;
    if (!input_open(sample, &input, &error))
        return translation_fail(&testing->translation, &error);
    testing->sample = input.name;
    bool written = begins_with(input.bytes, '{');
    if (written)
        test_documents(testing, input.bytes);
    else if (testing->xml)
        test_cxml(testing, input.bytes);
    else
        test_edifact(testing, input.bytes);
    input_close(&input);
    if (testing->messages == 0)
        return report_nothing(testing);
    int differs = testing->expect ? map_testing_compare(testing, written) : 0;
    return differs ? differs : testing->bad > 0;
}

int ctl_edi_map_test(int argc, char **argv)
{
    struct map_testing testing = { .translation = { .command = "edi map-test" } };
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&testing.translation),
        { "expect", OPTION_TEXT, &testing.expect, "FILE", "what must come of it; tells what differs" },
        { "json", OPTION_FLAG, &testing.json, NULL, "a JSON object a message" },
    };
    const struct ctl_usage usage = {
        .command = testing.translation.command,
        .arguments = "MAP SAMPLE",
        .purpose = "Shows what a map does with a sample, value by value, and what it leaves.",
        .options = options,
        .option_count = COUNT(options),
        .least_words = 2,
        .most_words = 2,
        .more =
            "MAP is a map's name, as ORDERS.D96A or cxml/OrderRequest, or its file. A SAMPLE that is a "
            "message\n"
            "is read: each field of the document with the segment that it came from. A SAMPLE of documents,\n"
            "one a line of JSON, is written: each value of the message with its field. --expect takes what\n"
            "`edi to-json`, `cxml to-json` and `edi from-json` print. Exit status: 0 all is valid and as\n"
            "expected, 1 not so, 2 it could not run.",
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    testing.arena = arena_open(SIZE_MAX);
    testing.name = name_of(&testing, argv[0]);
    int status = 2;
    if (translation_open(&testing.translation)) {
        status = test(&testing, argv[1]);
        translation_close(&testing.translation);
    }
    arena_close(testing.arena);
    return fflush(stdout) == 0 ? status : 2;
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi from-json`: canonical documents, a line each, as one EDIFACT interchange to a partner.
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "doors/avro.h"
#include "doors/json.h"
#include "formats/edifact/write.h"

struct writing {
    struct translation translation;
    const char *message, *directory, *reference, *at;
    bool line_breaks;
    struct arena *arena;
    const struct map *map;
    struct node **messages;
    struct edifact_message_header *headers;
    size_t count, message_capacity, header_capacity;
    size_t errors;
};

static bool add_message(struct writing *writing, struct node *message)
{
    struct arena *arena = writing->arena;
    writing->messages = arena_grow(arena, writing->messages, &writing->message_capacity, writing->count + 1,
                                   sizeof *writing->messages);
    writing->headers = arena_grow(arena, writing->headers, &writing->header_capacity, writing->count + 1,
                                  sizeof *writing->headers);
    writing->messages[writing->count] = message;
    writing->headers[writing->count] = (struct edifact_message_header){
        .reference = arena_printf(arena, "%zu", writing->count + 1),
        .type = map_message_type(writing->message),
        .version = { writing->directory, 1 },
        .release = slice_of(writing->directory + 1),
        .agency = SLICE("UN"),
    };
    writing->count++;
    return true;
}

// A line of JSON to a message; findings and errors are told with the line's number.
static void write_line(struct writing *writing, struct slice json, const char *file, uint32_t line)
{
    struct arena *arena = writing->arena;
    const char *type = map_document_type(writing->map);
    struct findings findings = { .arena = arena };
    struct error error = { 0 };
    struct document *document;
    struct node *message;
    bool good = json_read(json, arena, &document, &error);
    if (good && document->type && strcmp(document->type, type) != 0)
        good = error_set(&error, ERROR_INVALID, NULL, "%s is written from %s, not from %s", writing->message,
                         type, document->type);
    if (good) {
        document->type = type;
        good = avro_conform(maps_schemas(writing->translation.loaded), type, document, arena, &findings) &&
               map_write(writing->map, document, arena, &message, &error) && add_message(writing, message);
    }
    for (size_t i = 0; i < findings.count; i++)
        findings.items[i].at = (struct position){ .line = line, .column = 1 };
    translation_print(&findings, file, false, stderr);
    if (error.kind != ERROR_NONE)
        fprintf(stderr, "%s:%u:1: %s\n", file, line, error.message);
    writing->errors += !good;
}

static int read_file(struct writing *writing, const char *path)
{
    struct input input;
    struct error error = { 0 };
    if (!input_open(path, &input, &error))
        return translation_fail(&writing->translation, &error);
    uint32_t line = 0;
    // Documents point into the text, so it is copied before the file is closed.
    for (struct slice rest = arena_copy(writing->arena, input.bytes); rest.size;) {
        struct slice json = slice_trim(slice_cut(&rest, '\n'));
        line++;
        if (json.size)
            write_line(writing, json, input.name, line);
    }
    input_close(&input);
    return writing->errors ? 1 : 0;
}

static struct edifact_party party_of(const struct partner_identity *identity)
{
    return (struct edifact_party){ .identity = identity->identity, .qualifier = identity->domain };
}

static int write_interchange(struct writing *writing, int64_t time_us)
{
    const struct partner *partner = writing->translation.chosen;
    struct error error = { 0 };
    struct text text = text_in(writing->arena);
    const struct edifact_envelope envelope = {
        .sender = party_of(&partner->edifact_us),
        .receiver = party_of(&partner->edifact_identities[0]),
        .reference = slice_of(writing->reference),
        .time_us = time_us,
        .syntax = (uint8_t)partner->edifact_syntax,
        .charset = edifact_charset_of(slice_of(partner->edifact_charset)),
        .una = partner->edifact_una,
        .test = partner->test,
        .line_breaks = writing->line_breaks,
        .replace_characters = true,
    };
    const struct directory *directory =
        directories_named(maps_directories(writing->translation.loaded), writing->directory);
    if (!edifact_write(&envelope, writing->headers, writing->messages, writing->count, directory, &text,
                       &error)) {
        translation_fail(&writing->translation, &error);
        return 1;
    }
    fwrite(text.data, 1, text.size, stdout);
    return fflush(stdout) == 0 ? 0 : 2;
}

static bool settle(struct writing *writing, int64_t *time_us)
{
    const char *command = writing->translation.command;
    const struct partner *partner = writing->translation.chosen;
    *time_us = clock_now_us();
    if (!writing->message || !partner) {
        fprintf(stderr, "comptoirctl %s: --message and --partner are wanted; see --help\n", command);
        return false;
    }
    if (partner->edifact_identity_count == 0) {
        fprintf(stderr, "comptoirctl %s: the partner %s has no EDIFACT identity\n", command, partner->name);
        return false;
    }
    if (writing->at && !instant_parse(slice_of(writing->at), time_us)) {
        fprintf(stderr, "comptoirctl %s: --at \"%s\" is no time such as 2026-11-24T13:10Z\n", command,
                writing->at);
        return false;
    }
    if (!writing->directory)
        writing->directory = partner->edifact_directory;
    writing->map = maps_find(writing->translation.loaded, writing->message, writing->directory, partner);
    if (!writing->map)
        fprintf(stderr, "comptoirctl %s: there is no map of the message %s of directory %s\n", command,
                writing->message, writing->directory);
    return writing->map != NULL;
}

static int run(struct writing *writing, char **files, size_t count)
{
    int64_t time_us;
    int worst = 0;
    if (!settle(writing, &time_us))
        return 2;
    for (size_t i = 0; i < count; i++) {
        int status = read_file(writing, files[i]);
        worst = status > worst ? status : worst;
    }
    if (writing->count == 0)
        return worst ? worst : 1;
    int status = write_interchange(writing, time_us);
    return status > worst ? status : worst;
}

int ctl_edi_from_json(int argc, char **argv)
{
    struct writing writing = { .translation = { .command = "edi from-json" }, .reference = "1" };
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&writing.translation),
        { "message", OPTION_TEXT, &writing.message, "TYPE", "the message to write, for instance ORDRSP" },
        { "directory", OPTION_TEXT, &writing.directory, "NAME", "its directory; else the partner's" },
        { "reference", OPTION_TEXT, &writing.reference, "TEXT", "the interchange's reference; else 1" },
        { "at", OPTION_TEXT, &writing.at, "TIME", "the time in its envelope; else now" },
        { "lines", OPTION_FLAG, &writing.line_breaks, NULL, "a line a segment" },
    };
    const struct ctl_usage usage = {
        .command = writing.translation.command,
        .arguments = "FILE...",
        .purpose = "Writes canonical documents, one a line of JSON, as one EDIFACT interchange to a partner.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more =
            "A FILE of \"-\" is standard input. Documents that cannot be written are told on standard error\n"
            "and left out. Exit status: 0 all were written, 1 not all, 2 it could not run.",
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (!translation_open(&writing.translation))
        return 2;
    writing.arena = arena_open(SIZE_MAX);
    int status = run(&writing, argv, words);
    arena_close(writing.arena);
    translation_close(&writing.translation);
    return status;
}

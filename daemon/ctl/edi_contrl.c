// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi contrl`: the syntax report that a file earns.
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "doors/json.h"
#include "formats/edifact/contrl.h"

static const char help[] =
    "Usage: comptoirctl edi contrl [OPTION]... FILE...\n"
    "Checks EDIFACT interchanges and prints the CONTRL interchange that each of them earns.\n"
    "A FILE of \"-\" is standard input. Exit status: 0 all is accepted, 1 something is rejected or cannot "
    "be\n"
    "answered, 2 it could not run.\n"
    "\n"
    "  --reference REF   control reference of the first CONTRL, a number that is counted up; default: 1\n"
    "  --time INSTANT    its date and time, as 2026-11-24T13:10:00Z; default: now\n"
    "  --receipt         only confirm receipt (action 8)\n"
    "  --every-message   name accepted messages too\n"
    "  --una             write a UNA segment\n"
    "  --line-breaks     a line feed after each segment\n"
    "  --maps DIR        the folder edi-maps, whose directories/ are used (also: environment COMPTOIR_MAPS)\n"
    "  --json            a JSON object an interchange: file, reference, errors, contrl\n"
    "  --help            this text\n";

struct options {
    const char *maps;
    bool json, help, line_breaks;
    int64_t reference;
    struct contrl_settings settings;
};

// The bytes in UTF-8, whatever level they were written in.
static void print_json(const char *name, const struct edifact_interchange_result *interchange,
                       struct slice contrl, size_t errors, struct arena *arena)
{
    struct document *record = document_record(arena, NULL);
    struct slice utf8;
    edifact_to_utf8(EDIFACT_UNOZ, contrl, arena, &utf8, NULL);
    document_add_text(arena, record, "file", slice_of(name));
    document_add_text(arena, record, "reference", interchange->reference);
    document_add_integer(arena, record, "errors", (int64_t)errors);
    document_add_text(arena, record, "contrl", utf8);
    struct text line = text_in(arena);
    json_write(record, &line);
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, stdout);
}

static void print_plain(struct slice contrl, bool line_breaks)
{
    // A terminator ends a segment unless it is released.
    for (size_t i = 0; i < contrl.size; i++) {
        putchar(contrl.data[i]);
        if (line_breaks && contrl.data[i] == '?' && i + 1 < contrl.size)
            putchar(contrl.data[++i]);
        else if (line_breaks && contrl.data[i] == '\'')
            putchar('\n');
    }
    if (!line_breaks)
        putchar('\n');
}

static size_t errors_of(const struct edifact_interchange_result *interchange)
{
    size_t errors = interchange->errors;
    for (size_t i = 0; i < interchange->message_count; i++)
        errors += interchange->messages[i].errors;
    for (size_t i = 0; i < interchange->group_count; i++)
        errors += interchange->groups[i].errors;
    return errors;
}

// False where something is rejected or cannot be answered.
static bool answer(const char *name, const struct edifact_interchange_result *interchange,
                   struct options *options, struct arena *arena)
{
    size_t errors = errors_of(interchange);
    if (!contrl_owed(interchange)) {
        fprintf(stderr,
                "comptoirctl edi contrl: %s: interchange \"%.*s\" holds CONTRL, which is never answered\n",
                name, SLICE_ARGS(interchange->reference));
        return errors == 0;
    }
    options->settings.reference = arena_printf(arena, "%lld", (long long)options->reference++);
    struct text text = text_in(arena);
    struct error error = { 0 };
    char message[1024];
    if (!contrl_write(interchange, &options->settings, &text, &error)) {
        fprintf(stderr, "comptoirctl edi contrl: %s: %s\n", name,
                error_text(&error, message, sizeof message));
        return false;
    }
    if (options->json)
        print_json(name, interchange, text_slice(&text), errors, arena);
    else
        print_plain(text_slice(&text), options->line_breaks);
    return errors == 0;
}

static bool answer_all(const char *name, struct edifact_reader *reader, const struct directories *directories,
                       struct options *options)
{
    bool is_edifact, good = true;
    const char *what = edifact_recognise(edifact_beginning(reader), &is_edifact);
    if (!is_edifact) {
        fprintf(stderr, "comptoirctl edi contrl: %s: the input is no EDIFACT interchange, it is %s\n", name,
                what);
        return false;
    }
    struct arena *arena = arena_open(SIZE_MAX), *kept = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    struct edifact_check *check = edifact_check_open(directories, NULL);
    struct edifact_unit unit;
    const struct edifact_interchange_result *open = NULL;
    bool any = false;
    edifact_check_keep(check, kept);
    while (edifact_next(reader, &unit)) {
        edifact_check_unit(check, &unit, arena, &findings, NULL);
        // An interchange is answered when it ends; one that lacks its UNZ when the next begins.
        if (open && unit.kind == EDIFACT_INTERCHANGE_BEGIN)
            good = answer(name, open, options, kept) && good;
        if (unit.kind == EDIFACT_INTERCHANGE_BEGIN) {
            open = edifact_check_interchange(check);
            any = true;
        } else if (unit.kind == EDIFACT_INTERCHANGE_END && open) {
            good = answer(name, open, options, kept) && good;
            open = NULL;
        }
        arena_reset(arena);
        findings = (struct findings){ .arena = arena };
    }
    edifact_check_end(check, arena, &findings);
    if (open)
        good = answer(name, open, options, kept) && good;
    if (!any)
        fprintf(stderr, "comptoirctl edi contrl: %s: no UNB, so there is nobody to answer\n", name);
    edifact_check_close(check);
    arena_close(kept);
    arena_close(arena);
    return good && any;
}

static bool take_option(int option, struct options *options)
{
    switch (option) {
    case 'm':
        options->maps = optarg;
        return true;
    case 'r':
        if (slice_integer(slice_of(optarg), &options->reference) && options->reference > 0)
            return true;
        fprintf(stderr, "comptoirctl edi contrl: --reference \"%s\" is no number above 0\n", optarg);
        return false;
    case 't':
        if (instant_parse(slice_of(optarg), &options->settings.now_us))
            return true;
        fprintf(stderr, "comptoirctl edi contrl: --time \"%s\" is no instant such as 2026-11-24T13:10:00Z\n",
                optarg);
        return false;
    case 'c':
        options->settings.receipt_only = true;
        return true;
    case 'e':
        options->settings.every_message = true;
        return true;
    case 'u':
        options->settings.una = true;
        return true;
    case 'l':
        options->line_breaks = true;
        return true;
    case 'j':
        options->json = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        { "maps", required_argument, NULL, 'm' },    { "reference", required_argument, NULL, 'r' },
        { "time", required_argument, NULL, 't' },    { "receipt", no_argument, NULL, 'c' },
        { "every-message", no_argument, NULL, 'e' }, { "una", no_argument, NULL, 'u' },
        { "line-breaks", no_argument, NULL, 'l' },   { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },          { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 0;
    *options = (struct options){ .reference = 1, .settings = { .now_us = clock_now_us() } };
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1)
        if (!take_option(option, options))
            return false;
    if (!options->help && optind == argc) {
        fputs("comptoirctl edi contrl: needs a FILE, or \"-\" for standard input; see --help\n", stderr);
        return false;
    }
    return true;
}

int ctl_edi_contrl(int argc, char **argv)
{
    struct options options;
    if (!read_options(argc, argv, &options))
        return 2;
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    char folder[PATH_MAX], text[1024];
    struct error error = { 0 };
    snprintf(folder, sizeof folder, "%s/directories", input_maps_folder(options.maps));
    struct directories *directories = directories_load(folder, &error);
    if (!directories) {
        fprintf(stderr, "comptoirctl edi contrl: %s\n", error_text(&error, text, sizeof text));
        return 2;
    }
    int worst = 0;
    for (int i = optind; i < argc; i++) {
        struct input_stream input;
        error_clear(&error);
        if (!input_stream_open(argv[i], &input, &error)) {
            fprintf(stderr, "comptoirctl edi contrl: %s\n", error_text(&error, text, sizeof text));
            worst = 2;
            continue;
        }
        struct edifact_reader *reader = edifact_open_stream(input_stream_read, &input, input.name);
        if (!answer_all(input.name, reader, directories, &options) && worst == 0)
            worst = 1;
        edifact_close(reader);
        if (!input_stream_close(&input, &error)) {
            fprintf(stderr, "comptoirctl edi contrl: %s\n", error_text(&error, text, sizeof text));
            worst = 2;
        }
    }
    directories_free(directories);
    return fflush(stdout) == 0 ? worst : 2;
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/edi_check.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "doors/json.h"

static const char help[] =
    "Usage: comptoirctl edi check [OPTION]... FILE...\n"
    "Checks EDIFACT interchanges: syntax, envelope, and each message against its UN directory.\n"
    "A FILE of \"-\" is standard input.\n"
    "\n"
    "Prints a line a finding,\n"
    "    FILE:LINE:COLUMN: SEGMENT ELEMENT.COMPONENT: text [code]\n"
    "with codes of UN 0085; the text of a warning begins with \"warning:\". The last line counts "
    "interchanges,\n"
    "messages and errors of all files. Exit status: 0 all is valid, 1 something is invalid, 2 it could not "
    "run.\n"
    "\n"
    "  --maps DIR   the folder edi-maps, whose directories/ are used (also: environment COMPTOIR_MAPS)\n"
    "  --partner NAME  with this partner's tolerances\n"
    "  --strict     warnings are errors\n"
    "  --quiet      no warnings\n"
    "  --json       a JSON object a line\n"
    "  --help       this text\n";

static void add_number(struct arena *arena, struct document *record, const char *name, int64_t value)
{
    if (value)
        document_add_integer(arena, record, name, value);
}

static void print_json(FILE *out, const struct finding *finding, const char *name, struct arena *arena)
{
    struct document *record = document_record(arena, NULL);
    struct slice where, text;
    // Whatever the input was, JSON is UTF-8.
    edifact_to_utf8(EDIFACT_UNOZ, finding->where, arena, &where, NULL);
    edifact_to_utf8(EDIFACT_UNOZ, finding->text, arena, &text, NULL);
    document_add_text(arena, record, "severity",
                      slice_of(finding->severity == FINDING_ERROR ? "error" : "warning"));
    document_add_text(arena, record, "file", slice_of(name));
    document_add_integer(arena, record, "line", finding->at.line);
    document_add_integer(arena, record, "column", finding->at.column);
    document_add_integer(arena, record, "byte", (int64_t)finding->at.byte);
    if (where.size)
        document_add_text(arena, record, "segment", where);
    add_number(arena, record, "index", finding->at.segment);
    add_number(arena, record, "element", finding->at.element);
    add_number(arena, record, "component", finding->at.component);
    document_add_text(arena, record, "text", text);
    document_add_integer(arena, record, "code", finding->code);
    struct text line = text_in(arena);
    json_write(record, &line);
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, out);
}

static void print(FILE *out, const struct finding *finding, const char *name, bool json, struct arena *arena)
{
    if (json) {
        print_json(out, finding, name, arena);
        return;
    }
    struct text line = text_in(arena);
    finding_print(finding, name, &line);
    // A finding is one line on a terminal, whatever the message holds.
    for (size_t i = 0; i < line.size; i++)
        if ((unsigned char)line.data[i] < 0x20 || line.data[i] == 0x7F)
            line.data[i] = '.';
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, out);
}

static void flush(const struct findings *findings, const char *name, bool json, FILE *out,
                  struct edi_check_totals *totals)
{
    for (size_t i = 0; i < findings->count; i++)
        print(out, &findings->items[i], name, json, findings->arena);
    if (findings->dropped && !json)
        fprintf(out, "%s: %zu more findings in this message are not shown\n", name, findings->dropped);
    totals->errors += findings->errors;
    totals->warnings += findings->count + findings->dropped - findings->errors;
}

static bool check_all(struct edifact_reader *reader, const char *name, const struct directories *directories,
                      const struct edifact_tolerances *tolerances, bool json, FILE *out,
                      struct edi_check_totals *totals)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    size_t before = totals->errors;
    bool is_edifact;
    const char *what = edifact_recognise(edifact_beginning(reader), &is_edifact);
    if (!is_edifact) {
        struct position at = { .line = 1, .column = 1 };
        findings_add(&findings, FINDING_ERROR, &at, (struct slice){ 0 }, 2,
                     strcmp(what, "empty") == 0 ? "the input is %s"
                                                : "the input is no EDIFACT interchange, it is %s",
                     what);
        flush(&findings, name, json, out, totals);
        arena_close(arena);
        return false;
    }
    struct edifact_check *check = edifact_check_open(directories, tolerances);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        edifact_check_unit(check, &unit, arena, &findings, NULL);
        flush(&findings, name, json, out, totals);
        arena_reset(arena);
        findings = (struct findings){ .arena = arena };
    }
    edifact_check_end(check, arena, &findings);
    flush(&findings, name, json, out, totals);
    totals->interchanges += edifact_check_interchanges(check);
    totals->messages += edifact_check_messages(check);
    edifact_check_close(check);
    arena_close(arena);
    return totals->errors == before;
}

bool edi_check_bytes(const char *name, struct slice bytes, const struct directories *directories,
                     const struct edifact_tolerances *tolerances, bool json, FILE *out,
                     struct edi_check_totals *totals)
{
    struct edifact_reader *reader = edifact_open(bytes, name);
    bool valid = check_all(reader, name, directories, tolerances, json, out, totals);
    edifact_close(reader);
    return valid;
}

static int check_file(const char *path, const struct directories *directories,
                      const struct edifact_tolerances *tolerances, bool json, FILE *out,
                      struct edi_check_totals *totals)
{
    struct input_stream input;
    struct error error = { 0 };
    char text[1024];
    bool good = input_stream_open(path, &input, &error), valid = false;
    if (good) {
        struct edifact_reader *reader = edifact_open_stream(input_stream_read, &input, input.name);
        valid = check_all(reader, input.name, directories, tolerances, json, out, totals);
        edifact_close(reader);
        good = input_stream_close(&input, &error);
    }
    if (!good)
        fprintf(stderr, "comptoirctl edi check: %s\n", error_text(&error, text, sizeof text));
    return !good ? 2 : valid ? 0 : 1;
}

int edi_check_file(const char *path, const struct directories *directories, bool json, FILE *out,
                   struct edi_check_totals *totals)
{
    return check_file(path, directories, NULL, json, out, totals);
}

struct options {
    const char *maps, *partner;
    bool json, strict, quiet, help;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        { "maps", required_argument, NULL, 'm' },
        { "json", no_argument, NULL, 'j' },
        { "strict", no_argument, NULL, 's' },
        { "quiet", no_argument, NULL, 'q' },
        { "partner", required_argument, NULL, 'p' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        options->json = options->json || option == 'j';
        options->strict = options->strict || option == 's';
        options->quiet = options->quiet || option == 'q';
        options->help = options->help || option == 'h';
        if (option == 'm')
            options->maps = optarg;
        if (option == 'p')
            options->partner = optarg;
        if (option == '?')
            return false;
    }
    if (!options->help && optind == argc) {
        fputs("comptoirctl edi check: needs a FILE, or \"-\" for standard input; see --help\n", stderr);
        return false;
    }
    return true;
}

// The partner's, or the built-in ones; --strict and --quiet change what is a warning in them.
static struct edifact_tolerances tolerances_of(const struct options *options, const struct partner *partner)
{
    struct edifact_tolerances tolerances = edifact_default_tolerances;
    if (partner && partner->edifact_tolerances)
        tolerances = *partner->edifact_tolerances;
    enum edifact_severity severity = options->strict  ? EDIFACT_REFUSE
                                     : options->quiet ? EDIFACT_ACCEPT
                                                      : EDIFACT_WARN;
    enum edifact_severity *const kinds[] = {
        &tolerances.counts,   &tolerances.references,      &tolerances.envelope,   &tolerances.mandatory,
        &tolerances.surplus,  &tolerances.unknown_segment, &tolerances.repeats,    &tolerances.too_long,
        &tolerances.dates,    &tolerances.wrong_class,     &tolerances.line_count, &tolerances.totals,
        &tolerances.codes,    &tolerances.units,           &tolerances.characters, &tolerances.line_breaks,
        &tolerances.trailing, &tolerances.unsupported,     &tolerances.assumed,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (*kinds[i] == EDIFACT_WARN)
            *kinds[i] = severity;
    return tolerances;
}

static int check_files(const struct options *options, const struct directories *directories,
                       const struct partner *partner, int count, char **files)
{
    struct edi_check_totals totals = { 0 };
    struct edifact_tolerances tolerances = tolerances_of(options, partner);
    int worst = 0;
    for (int i = 0; i < count; i++) {
        int status = check_file(files[i], directories, &tolerances, options->json, stdout, &totals);
        worst = status > worst ? status : worst;
    }
    if (options->json)
        printf("{\"interchanges\":%zu,\"messages\":%zu,\"errors\":%zu,\"warnings\":%zu}\n",
               totals.interchanges, totals.messages, totals.errors, totals.warnings);
    else
        printf("%zu interchanges, %zu messages, %zu errors\n", totals.interchanges, totals.messages,
               totals.errors);
    return fflush(stdout) == 0 ? worst : 2;
}

static int check_for_partner(const struct options *options, int count, char **files)
{
    struct translation translation = { .command = "edi check",
                                       .maps = options->maps,
                                       .partner = options->partner };
    if (!translation_open(&translation))
        return 2;
    int status = check_files(options, maps_directories(translation.loaded), translation.chosen, count, files);
    translation_close(&translation);
    return status;
}

int ctl_edi_check(int argc, char **argv)
{
    struct options options = { 0 };
    if (!read_options(argc, argv, &options))
        return 2;
    if (options.help) {
        fputs(help, stdout);
        return 0;
    }
    if (options.partner)
        return check_for_partner(&options, argc - optind, argv + optind);
    char folder[PATH_MAX], text[1024];
    struct error error = { 0 };
    snprintf(folder, sizeof folder, "%s/directories", input_maps_folder(options.maps));
    struct directories *directories = directories_load(folder, &error);
    if (!directories) {
        fprintf(stderr, "comptoirctl edi check: %s\n", error_text(&error, text, sizeof text));
        return 2;
    }
    int status = check_files(&options, directories, NULL, argc - optind, argv + optind);
    directories_free(directories);
    return status;
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi compile`: makes a table of facts (tags, numbers, status, formats, repeats, groups, code
// values) from the text of a UN/EDIFACT directory. It is a command and not a build tool because whoever
// receives messages of another directory than those at hand must be able to install it without a source tree.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "ctl/ctl.h"
#include "ctl/directory_source.h"

static const char help[] =
    "Usage: comptoirctl edi compile [OPTION]... FOLDER NAME\n"
    "Makes the table of a UN/EDIFACT directory from the UN's text and writes it to standard output.\n"
    "\n"
    "FOLDER holds the text as published: EDSD, EDCD, EDED, UNCL and the message files, or TRSD, TRCD, TRED,\n"
    "UNCL-1, UNCL-2 and the message files. NAME is the table's name, such as D96A; put the result into\n"
    "edi-maps/directories/NAME.dir.\n"
    "\n"
    "NAME service-1 to service-4: FOLDER holds Service_V1 to Service_V4 with the service segments as XML.\n"
    "NAME units: FOLDER is the code table of Recommendation 20 as CSV; the result is units.codes.\n"
    "\n"
    "  --messages LIST   only these messages and what they use, separated by commas; default: all\n"
    "  --codes FILE      for service segments: the code list, as XML or as UNSL text\n"
    "  --output FILE     write there instead\n"
    "  --counts          print what was read to standard error\n"
    "  --json            the counts as JSON\n"
    "  --help            this text\n";

struct options {
    const char *folder, *name, *messages, *codes, *output;
    bool counts, json;
};

// Lists that grow with each directory: a value that this directory does not know is no fault. The reader
// knows the levels (0001) and versions (0002) itself.
static bool open_list(struct slice element)
{
    static const char *const open[] = { "0052", "0054", "0057", "0065", "0080",
                                        "0110", "0113", "0076", "0001", "0002" };
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (slice_is(element, open[i]))
            return true;
    return false;
}

static bool in_list(const char *list, struct slice name)
{
    struct slice rest = slice_of(list);
    while (rest.size)
        if (slice_equal(slice_trim(slice_cut(&rest, ',')), name))
            return true;
    return false;
}

static bool want_parts(struct source *source, const struct source_thing *thing, struct error *error)
{
    for (size_t i = 0; i < thing->part_count; i++) {
        struct slice name = thing->parts[i].name;
        struct source_thing *part = source_find(&source->elements, name);
        if (!part)
            part = source_find(&source->composites, name);
        if (!part)
            return error_set(error, ERROR_INVALID, NULL,
                             "%.*s uses %.*s, which the directory does not define", SLICE_ARGS(thing->name),
                             SLICE_ARGS(name));
        part->wanted = true;
        if (!want_parts(source, part, error))
            return false;
    }
    return true;
}

// Marks what the kept messages use. Service segments (UNH, UNS, UNT) are in tables of their own.
static bool want_message(struct source *source, const struct source_message *message, struct error *error)
{
    for (size_t i = 0; i < message->count; i++) {
        struct source_thing *segment = source_find(&source->segments, message->lines[i].name);
        if (segment && !segment->wanted) {
            segment->wanted = true;
            if (!want_parts(source, segment, error))
                return false;
        } else if (!segment && !message->lines[i].group && !slice_starts(message->lines[i].name, "UN") &&
                   !slice_starts(message->lines[i].name, "UG")) {
            return error_set(error, ERROR_INVALID, NULL,
                             "%.*s uses %.*s, which the directory does not define", SLICE_ARGS(message->type),
                             SLICE_ARGS(message->lines[i].name));
        }
    }
    return true;
}

static void write_parts(struct text *text, const struct source_thing *thing)
{
    for (size_t i = 0; i < thing->part_count; i++) {
        const struct source_part *part = &thing->parts[i];
        text_printf(text, " %.*s%s", SLICE_ARGS(part->name), part->mandatory ? "!" : "");
        if (part->repeat != 1)
            text_printf(text, "*%u", part->repeat);
    }
    text_append_char(text, '\n');
}

static void write_things(struct text *text, const struct source_things *things, const char *keyword)
{
    for (size_t i = 0; i < things->count; i++) {
        const struct source_thing *thing = &things->items[i];
        if (!thing->wanted)
            continue;
        text_printf(text, "%s %.*s", keyword, SLICE_ARGS(thing->name));
        if (thing->format.size)
            text_printf(text, " %.*s\n", SLICE_ARGS(thing->format));
        else
            write_parts(text, thing);
    }
}

static void write_codes(struct text *text, const struct source_thing *element)
{
    size_t width = 0;
    for (size_t i = 0; i < element->code_count; i++) {
        if (width == 0)
            text_printf(text, "codes %.*s", SLICE_ARGS(element->name));
        text_printf(text, " %.*s", SLICE_ARGS(element->codes[i]));
        width += element->codes[i].size + 1;
        if (width > 90 || i + 1 == element->code_count) {
            text_append_char(text, '\n');
            width = 0;
        }
    }
}

static void write_message(struct text *text, const struct source_message *message)
{
    unsigned depth = 1;
    text_printf(text, "message %.*s\n", SLICE_ARGS(message->type));
    for (size_t i = 0; i < message->count; i++) {
        const struct source_line *line = &message->lines[i];
        text_printf(text, "%*s%.*s%s", (int)depth * 2, "", SLICE_ARGS(line->name),
                    line->mandatory ? "!" : "");
        if (line->repeat != 1)
            text_printf(text, "*%u", line->repeat);
        text_append(text, line->group ? SLICE(" (") : (struct slice){ 0 });
        depth += line->group;
        for (unsigned k = 0; k < line->closes; k++)
            text_append(text, SLICE(" )"));
        depth -= line->closes < depth ? line->closes : depth - 1;
        text_append_char(text, '\n');
    }
    text_append(text, SLICE("end\n"));
}

static bool write_table(struct source *source, const struct options *options, struct text *text,
                        struct error *error)
{
    bool service = strncmp(options->name, "service-", 8) == 0;
    for (size_t i = 0; i < source->message_count; i++)
        if ((!options->messages || in_list(options->messages, source->messages[i].type)) &&
            !want_message(source, &source->messages[i], error))
            return false;
    for (size_t i = 0; service && i < source->segments.count; i++) {
        source->segments.items[i].wanted = true;
        if (!want_parts(source, &source->segments.items[i], error))
            return false;
    }
    text_printf(
        text,
        "# SPDX-License-Identifier: Apache-2.0\n"
        "# Facts of a UN/EDIFACT directory, made by `comptoirctl edi compile`. Not to be edited by hand.\n"
        "# '!' is mandatory, '*N' may stand N times, '(' opens a segment group.\n"
        "directory %s\n",
        options->name);
    write_things(text, &source->elements, "element");
    for (size_t i = 0; i < source->elements.count; i++)
        if (source->elements.items[i].wanted && !open_list(source->elements.items[i].name))
            write_codes(text, &source->elements.items[i]);
    write_things(text, &source->composites, "composite");
    write_things(text, &source->segments, "segment");
    for (size_t i = 0; i < source->message_count; i++)
        if (!options->messages || in_list(options->messages, source->messages[i].type))
            write_message(text, &source->messages[i]);
    return true;
}

// Recommendation 20 as CSV: status, code, name ... Codes with status X have been withdrawn.
static bool write_units(struct source *source, const struct options *options, struct text *text,
                        struct error *error)
{
    struct slice rest;
    if (!source_file(source, options->folder, &rest, error))
        return false;
    if (!slice_starts(rest, "Status,CommonCode,"))
        return error_set(error, ERROR_INVALID, NULL,
                         "\"%s\" does not begin with the columns Status,CommonCode", options->folder);
    text_append(text, SLICE("# SPDX-License-Identifier: Apache-2.0\n"
                            "# Unit codes of UN/CEFACT Recommendation 20 that are in use.\n"));
    slice_cut(&rest, '\n');
    bool quoted = false;
    while (rest.size) {
        struct slice line = slice_cut(&rest, '\n'), words = line;
        struct slice status = slice_cut(&words, ','), code = slice_cut(&words, ',');
        if (!quoted && words.size && !slice_is(status, "X") && code.size && code.size <= 3) {
            text_printf(text, "%.*s\n", SLICE_ARGS(code));
            source->code_count++;
        }
        for (size_t i = 0; i < line.size; i++)
            quoted ^= line.data[i] == '"'; // a description may run over several lines
    }
    return true;
}

static bool compile(struct source *source, const struct options *options, struct text *text,
                    struct error *error)
{
    if (strcmp(options->name, "units") == 0)
        return write_units(source, options, text, error);
    if (strncmp(options->name, "service-", 8) == 0) {
        int version = atoi(options->name + 8);
        if (version < 1 || version > 4)
            return error_set(error, ERROR_INVALID, NULL,
                             "\"%s\" is no name for service segments; use service-1 to "
                             "service-4",
                             options->name);
        if (!source_read_service(source, options->folder, (unsigned)version, options->codes, error))
            return false;
    } else if (!source_read_text(source, options->folder, error)) {
        return false;
    }
    struct slice rest = slice_of(options->messages);
    while (rest.size) {
        struct slice type = slice_trim(slice_cut(&rest, ','));
        bool found = false;
        for (size_t i = 0; i < source->message_count; i++)
            found = found || slice_equal(source->messages[i].type, type);
        if (!found)
            return error_set(error, ERROR_INVALID, NULL, "the directory in \"%s\" has no message \"%.*s\"",
                             options->folder, SLICE_ARGS(type));
    }
    return write_table(source, options, text, error);
}

static bool write_out(const struct options *options, struct slice bytes, struct error *error)
{
    FILE *file = options->output ? fopen(options->output, "wb") : stdout;
    if (!file)
        return error_set(error, ERROR_INTERNAL, NULL, "could not write \"%s\": %m", options->output);
    bool good = fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    good = (file == stdout ? fflush(file) : fclose(file)) == 0 && good;
    return good || error_set(error, ERROR_INTERNAL, NULL, "could not write \"%s\" to its end",
                             options->output ? options->output : "standard output");
}

static void print_counts(const struct source *source, const struct options *options)
{
    const char *format =
        options->json ? "{\"directory\":\"%s\",\"segments\":%zu,\"positions\":%zu,\"messages\":%zu,\"lists\":"
                        "%zu,\"codes\":%zu}\n"
                      : "%s: %zu segments with %zu positions, %zu messages, %zu code lists with %zu codes\n";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    fprintf(stderr, format, options->name, source->segments.count, source->position_count,
            source->message_count, source->list_count, source->code_count);
#pragma GCC diagnostic pop
}

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = { { "messages", required_argument, NULL, 'm' },
                                           { "codes", required_argument, NULL, 'c' },
                                           { "output", required_argument, NULL, 'o' },
                                           { "counts", no_argument, NULL, 'n' },
                                           { "json", no_argument, NULL, 'j' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case 'm':
            options->messages = optarg;
            break;
        case 'c':
            options->codes = optarg;
            break;
        case 'o':
            options->output = optarg;
            break;
        case 'j':
            options->json = true;
            options->counts = true;
            break;
        case 'n':
            options->counts = true;
            break;
        case 'h':
            fputs(help, stdout);
            exit(0);
        default:
            return false;
        }
    }
    if (argc - optind != 2) {
        fputs("comptoirctl edi compile: needs a FOLDER and a NAME; see --help\n", stderr);
        return false;
    }
    options->folder = argv[optind];
    options->name = argv[optind + 1];
    return true;
}

int ctl_edi_compile(int argc, char **argv)
{
    struct options options = { 0 };
    if (!read_options(argc, argv, &options))
        return 2;
    struct arena *arena = arena_open(SIZE_MAX);
    struct source source = { .arena = arena };
    struct text text = text_in(arena);
    struct error error = { 0 };
    bool good = compile(&source, &options, &text, &error) && write_out(&options, text_slice(&text), &error);
    if (good && options.counts)
        print_counts(&source, &options);
    char message[1024];
    if (!good)
        fprintf(stderr, "comptoirctl edi compile: %s\n", error_text(&error, message, sizeof message));
    arena_close(arena);
    return good ? 0 : error.kind == ERROR_INVALID ? 1 : 2;
}

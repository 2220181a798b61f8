// SPDX-License-Identifier: Apache-2.0
#include "ctl/edi_check.h"

#include "ctl/ctl.h"
#include "ctl/edi_reading.h"
#include "doors/json.h"

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

static void flush(struct edi_checking *checking, const struct findings *findings, const char *name)
{
    for (size_t i = 0; i < findings->count; i++)
        print(checking->out, &findings->items[i], name, checking->json, findings->arena);
    if (findings->dropped && !checking->json)
        fprintf(checking->out, "%s: %zu more findings in this message are not shown\n", name,
                findings->dropped);
    checking->errors += findings->errors;
    checking->warnings += findings->count + findings->dropped - findings->errors;
}

static void take(void *context, const struct edi_reading_unit *unit)
{
    struct edi_checking *checking = context;
    flush(checking, unit->findings, unit->file);
    if (unit->unit)
        return;
    checking->interchanges += edifact_check_interchanges(unit->check);
    checking->messages += edifact_check_messages(unit->check);
}

static void foreign(void *context, const char *file, const char *sentence)
{
    struct arena *arena = arena_open(1 << 20);
    struct findings findings = { .arena = arena };
    struct position at = { .line = 1, .column = 1 };
    findings_add(&findings, FINDING_ERROR, &at, (struct slice){ 0 }, 2, "%s", sentence);
    flush(context, &findings, file);
    arena_close(arena);
}

// --strict and --quiet change what is a warning.
static struct edifact_tolerances weigh(void *context, const struct edifact_tolerances *given)
{
    const struct edi_checking *checking = context;
    struct edifact_tolerances tolerances = *given;
    enum edifact_severity severity = checking->strict  ? EDIFACT_REFUSE
                                     : checking->quiet ? EDIFACT_ACCEPT
                                                       : EDIFACT_WARN;
    enum edifact_severity *const kinds[] = {
        &tolerances.counts,   &tolerances.references,      &tolerances.envelope,     &tolerances.mandatory,
        &tolerances.surplus,  &tolerances.unknown_segment, &tolerances.repeats,      &tolerances.too_long,
        &tolerances.dates,    &tolerances.wrong_class,     &tolerances.line_count,   &tolerances.totals,
        &tolerances.codes,    &tolerances.units,           &tolerances.characters,   &tolerances.line_breaks,
        &tolerances.trailing, &tolerances.unsupported,     &tolerances.assumed,      &tolerances.check_digits,
        &tolerances.junk,     &tolerances.unused,          &tolerances.rule_warning,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (*kinds[i] == EDIFACT_WARN)
            *kinds[i] = severity;
    return tolerances;
}

static struct edi_reading reading_of(struct edi_checking *checking)
{
    return (struct edi_reading){
        .translation = &checking->translation,
        .quiet = checking->quiet,
        .weigh = weigh,
        .take = take,
        .foreign = foreign,
        .context = checking,
    };
}

bool edi_check_bytes(struct edi_checking *checking, const char *name, struct slice bytes)
{
    struct edi_reading reading = reading_of(checking);
    size_t before = checking->errors;
    edi_reading_bytes(&reading, name, bytes);
    return checking->errors == before;
}

static int check_file(struct translation *translation, const char *path)
{
    // The translation is the first member.
    struct edi_checking *checking = (struct edi_checking *)translation;
    struct edi_reading reading = reading_of(checking);
    size_t before = checking->errors;
    int status = edi_reading_file(&reading, path);
    return status ? status : checking->errors > before;
}

static void print_totals(const struct edi_checking *checking)
{
    if (checking->json)
        printf("{\"interchanges\":%zu,\"messages\":%zu,\"errors\":%zu,\"warnings\":%zu}\n",
               checking->interchanges, checking->messages, checking->errors, checking->warnings);
    else
        // Scripts read this line: it has one form, whatever the numbers.
        printf("%zu interchanges, %zu messages, %zu errors\n", checking->interchanges, checking->messages,
               checking->errors);
}

int ctl_edi_check(int argc, char **argv)
{
    struct edi_checking checking = { .translation = { .command = "edi check", .lenient = true },
                                     .out = stdout };
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&checking.translation),
        { "strict", OPTION_FLAG, &checking.strict, NULL, "warnings are errors" },
        { "quiet", OPTION_FLAG, &checking.quiet, NULL, "no warnings, and not whose settings are used" },
        { "json", OPTION_FLAG, &checking.json, NULL, "a JSON object a line" },
    };
    const struct ctl_usage usage = {
        .command = checking.translation.command,
        .arguments = "FILE...",
        .purpose =
            "Checks EDIFACT interchanges: syntax, envelope, and each message against its UN directory.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more =
            "A FILE of \"-\" is standard input. Prints a line a finding,\n"
            "    FILE:LINE:COLUMN: SEGMENT ELEMENT.COMPONENT: text [code]\n"
            "with codes of UN 0085; the text of a warning begins with \"warning:\". The last line counts\n"
            "interchanges, messages and errors of all files. Each interchange is checked with the "
            "tolerances\n"
            "of the partner whose identity is its sender, which standard error tells. Exit status: 0 all is\n"
            "valid, 1 something is invalid, 2 it could not run.",
    };
    int status = translation_run(&checking.translation, &usage, argc, argv, check_file);
    if (checking.translation.ran)
        print_totals(&checking);
    return fflush(stdout) == 0 ? status : 2;
}

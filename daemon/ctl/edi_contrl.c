// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi contrl`: the syntax report that a file earns.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/edi_reading.h"
#include "doors/json.h"
#include "formats/edifact/contrl.h"

struct answering {
    struct translation translation;
    const char *time;
    bool json, line_breaks, receipt, every_message, una;
    int64_t reference, now_us;
    // Of the file that is read.
    struct edi_reading *reading;
    const struct edifact_interchange_result *open; // NULL between two interchanges
    const struct partner *partner;                 // whose it is
    bool any, bad;
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
    if (line_breaks)
        translation_put_segments(contrl);
    else
        printf("%.*s\n", SLICE_ARGS(contrl));
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

// The partner's settings hold as in the gateway; an option adds to them.
static struct contrl_settings settings_of(const struct answering *answering, struct slice reference)
{
    const struct partner *partner = answering->partner;
    return (struct contrl_settings){
        .reference = reference,
        .now_us = answering->now_us,
        .receipt_only = answering->receipt,
        .every_message = answering->every_message || (partner && partner->edifact_every_message),
        .una = answering->una || (partner && partner->edifact_una),
    };
}

// False where something is rejected or cannot be answered.
static bool answer(struct answering *answering, const char *name)
{
    const struct edifact_interchange_result *interchange = answering->open;
    struct arena *arena = answering->reading->kept;
    size_t errors = errors_of(interchange);
    answering->open = NULL;
    if (!contrl_owed(interchange)) {
        fprintf(stderr,
                "comptoirctl edi contrl: %s: interchange \"%.*s\" holds CONTRL, which is never answered\n",
                name, SLICE_ARGS(interchange->reference));
        return errors == 0;
    }
    const struct contrl_settings settings =
        settings_of(answering, arena_printf(arena, "%lld", (long long)answering->reference++));
    struct text text = text_in(arena);
    struct error error = { 0 };
    char message[1024];
    if (!contrl_write(interchange, &settings, &text, &error)) {
        fprintf(stderr, "comptoirctl edi contrl: %s: %s\n", name,
                error_text(&error, message, sizeof message));
        return false;
    }
    if (answering->json)
        print_json(name, interchange, text_slice(&text), errors, arena);
    else
        print_plain(text_slice(&text), answering->line_breaks);
    return errors == 0;
}

// An interchange is answered when it ends; one that lacks its UNZ when the next begins, or at the file's end.
static void take(void *context, const struct edi_reading_unit *unit)
{
    struct answering *answering = context;
    bool begins = unit->unit && unit->unit->kind == EDIFACT_INTERCHANGE_BEGIN;
    bool ends = !unit->unit || begins || unit->unit->kind == EDIFACT_INTERCHANGE_END;
    if (answering->open && ends)
        answering->bad |= !answer(answering, unit->file);
    if (begins) {
        answering->open = edifact_check_interchange(unit->check);
        answering->partner = unit->partner;
        answering->any = true;
    }
}

static void foreign(void *context, const char *file, const char *sentence)
{
    struct answering *answering = context;
    answering->any = answering->bad = true;
    fprintf(stderr, "comptoirctl edi contrl: %s: %s\n", file, sentence);
}

static int answer_file(struct translation *translation, const char *path)
{
    // The translation is the first member.
    struct answering *answering = (struct answering *)translation;
    struct edi_reading reading = {
        .translation = translation,
        .keep = true,
        .take = take,
        .foreign = foreign,
        .context = answering,
    };
    answering->reading = &reading;
    answering->any = answering->bad = false;
    int status = edi_reading_file(&reading, path);
    if (!answering->any && status == 0)
        fprintf(stderr, "comptoirctl edi contrl: %s: no UNB, so there is nobody to answer\n", path);
    return status ? status : answering->bad || !answering->any;
}

// The options that are more than a text; false, which has been told, where one makes no sense.
static bool settle(struct answering *answering)
{
    answering->now_us = clock_now_us();
    if (answering->time && !instant_parse(slice_of(answering->time), &answering->now_us)) {
        fprintf(stderr, "comptoirctl edi contrl: --time \"%s\" is no instant such as 2026-11-24T13:10:00Z\n",
                answering->time);
        return false;
    }
    if (answering->reference == 0)
        fputs("comptoirctl edi contrl: --reference \"0\" is no number above 0\n", stderr);
    return answering->reference > 0;
}

static bool prepare(struct translation *translation)
{
    return settle((struct answering *)translation);
}

int ctl_edi_contrl(int argc, char **argv)
{
    struct answering answering = {
        .translation = { .command = "edi contrl", .lenient = true, .prepare = prepare }, .reference = 1
    };
    const struct ctl_option options[] = {
        TRANSLATION_OPTIONS(&answering.translation),
        { "reference", OPTION_NUMBER, &answering.reference, "NUMBER",
          "control reference of the first CONTRL, counted up; default 1" },
        { "time", OPTION_TEXT, &answering.time, "INSTANT", "its date and time; default now" },
        { "receipt", OPTION_FLAG, &answering.receipt, NULL, "only confirm receipt (action 8)" },
        { "every-message", OPTION_FLAG, &answering.every_message, NULL, "name accepted messages too" },
        { "una", OPTION_FLAG, &answering.una, NULL, "write a UNA segment" },
        { "line-breaks", OPTION_FLAG, &answering.line_breaks, NULL, "a line feed after each segment" },
        { "json", OPTION_FLAG, &answering.json, NULL,
          "a JSON object an interchange: file, reference, errors, contrl" },
    };
    const struct ctl_usage usage = {
        .command = answering.translation.command,
        .arguments = "FILE...",
        .purpose = "Checks EDIFACT interchanges and prints the CONTRL interchange that each of them earns.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more =
            "A FILE of \"-\" is standard input. The settings are those of the partner whose identity is the\n"
            "interchange's sender, which standard error tells. Exit status: 0 all is accepted, 1 something\n"
            "is rejected or cannot be answered, 2 it could not run.",
    };
    return translation_run(&answering.translation, &usage, argc, argv, answer_file);
}

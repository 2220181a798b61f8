// SPDX-License-Identifier: Apache-2.0
#include "ctl/edi_reading.h"

#include "ctl/input.h"

// One file on its way.
struct passage {
    struct edi_reading *reading;
    const char *name;
    struct edifact_check *check;
    struct arena *arena;
    const struct partner *partner;
    bool told; // whose settings hold
    struct edifact_tolerances tolerances;
};

static void tell(const struct passage *passage, const struct edifact_unit *unit)
{
    const struct translation *translation = passage->reading->translation;
    const struct edifact_segment *unb = &unit->segments[0];
    if (passage->partner) {
        fprintf(stderr, "%s:%u: with the settings of partner %s\n", passage->name, unb->line,
                passage->partner->name);
        return;
    }
    struct slice qualifier = edifact_value(unit, unb, 2, 2, passage->arena);
    struct slice identity = edifact_value(unit, unb, 2, 1, passage->arena);
    if (translation->nobody)
        fprintf(stderr, "%s:%u: with the built-in settings\n", passage->name, unb->line);
    else
        fprintf(stderr, "%s:%u: with the built-in settings: no partner file has the sender \"%.*s%s%.*s\"\n",
                passage->name, unb->line, SLICE_ARGS(qualifier), qualifier.size ? ":" : "",
                SLICE_ARGS(identity));
}

// Whose interchange begins, before it is checked.
static void find_sender(struct passage *passage, const struct edifact_unit *unit)
{
    struct edi_reading *reading = passage->reading;
    const struct partner *before = passage->partner;
    passage->partner = translation_sender(reading->translation, unit, passage->arena);
    const struct edifact_tolerances *tolerances = passage->partner && passage->partner->edifact_tolerances
                                                      ? passage->partner->edifact_tolerances
                                                      : &edifact_default_tolerances;
    passage->tolerances = reading->weigh ? reading->weigh(reading->context, tolerances) : *tolerances;
    edifact_check_tolerate(passage->check, &passage->tolerances);
    if (!reading->quiet && (!passage->told || before != passage->partner))
        tell(passage, unit);
    passage->told = true;
}

static void take(struct passage *passage, const struct edifact_unit *unit,
                 const struct edifact_placed *placed, struct findings *findings)
{
    struct edi_reading *reading = passage->reading;
    const struct edi_reading_unit taken = {
        .file = passage->name,
        .unit = unit,
        .check = passage->check,
        .partner = passage->partner,
        .placed = placed,
        .findings = findings,
        .arena = passage->arena,
    };
    reading->take(reading->context, &taken);
    arena_reset(passage->arena);
}

static void read_units(struct passage *passage, struct edifact_reader *reader)
{
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct findings findings = { .arena = passage->arena };
        struct edifact_placed placed;
        if (unit.kind == EDIFACT_INTERCHANGE_BEGIN)
            find_sender(passage, &unit);
        edifact_check_unit(passage->check, &unit, passage->arena, &findings, &placed);
        take(passage, &unit, placed.unit ? &placed : NULL, &findings);
    }
    struct findings findings = { .arena = passage->arena };
    edifact_check_end(passage->check, passage->arena, &findings);
    take(passage, NULL, NULL, &findings);
}

// What stands before the first UNB is checked with the settings of --partner, or the built-in ones.
static void begin(struct passage *passage)
{
    struct edi_reading *reading = passage->reading;
    const struct partner *chosen = reading->translation->chosen;
    const struct edifact_tolerances *tolerances =
        chosen && chosen->edifact_tolerances ? chosen->edifact_tolerances : &edifact_default_tolerances;
    passage->partner = chosen;
    passage->tolerances = reading->weigh ? reading->weigh(reading->context, tolerances) : *tolerances;
    passage->check = edifact_check_open(reading->translation->directories, &passage->tolerances);
    if (reading->keep)
        edifact_check_keep(passage->check, reading->kept);
}

static void read_all(struct edi_reading *reading, const char *name, struct edifact_reader *reader)
{
    struct passage passage = { .reading = reading, .name = name, .arena = arena_open(SIZE_MAX) };
    bool is_edifact;
    const char *what = edifact_recognise(edifact_beginning(reader), &is_edifact);
    if (!is_edifact) {
        const char *words =
            strcmp(what, "empty") == 0 ? "the input is %s" : "the input is no EDIFACT interchange, it is %s";
        reading->foreign(reading->context, name, arena_printf(passage.arena, words, what).data);
        arena_close(passage.arena);
        return;
    }
    reading->kept = reading->keep ? arena_open(SIZE_MAX) : NULL;
    begin(&passage);
    read_units(&passage, reader);
    edifact_check_close(passage.check);
    if (reading->kept)
        arena_close(reading->kept);
    reading->kept = NULL;
    arena_close(passage.arena);
}

void edi_reading_bytes(struct edi_reading *reading, const char *name, struct slice bytes)
{
    struct edifact_reader *reader = edifact_open(bytes, name);
    read_all(reading, name, reader);
    edifact_close(reader);
}

int edi_reading_file(struct edi_reading *reading, const char *path)
{
    struct input_stream input;
    struct error error = { 0 };
    if (!input_stream_open(path, &input, &error))
        return translation_fail(reading->translation, &error);
    struct edifact_reader *reader = edifact_open_stream(input_stream_read, &input, input.name);
    read_all(reading, input.name, reader);
    edifact_close(reader);
    return input_stream_close(&input, &error) ? 0 : translation_fail(reading->translation, &error);
}

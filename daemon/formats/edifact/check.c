// SPDX-License-Identifier: Apache-2.0
// The envelope: interchanges, groups, messages, their counts and references.
#include "formats/edifact/check.h"

#include <stdlib.h>

#include "formats/edifact/checking.h"
#include "formats/edifact/references.h"

const struct edifact_tolerances edifact_default_tolerances = {
    .counts = EDIFACT_REFUSE,
    .references = EDIFACT_REFUSE,
    .envelope = EDIFACT_REFUSE,
    .mandatory = EDIFACT_REFUSE,
    .unknown_segment = EDIFACT_REFUSE,
    .surplus = EDIFACT_REFUSE,
    .repeats = EDIFACT_REFUSE,
    .too_long = EDIFACT_REFUSE,
    .wrong_class = EDIFACT_REFUSE,
    .dates = EDIFACT_REFUSE,
    .line_count = EDIFACT_REFUSE,
    .totals = EDIFACT_WARN,
    .codes = EDIFACT_WARN,
    .units = EDIFACT_WARN,
    .characters = EDIFACT_WARN,
    .line_breaks = EDIFACT_WARN,
    .trailing = EDIFACT_WARN,
    .unsupported = EDIFACT_REFUSE,
    .check_digits = EDIFACT_WARN,
    .junk = EDIFACT_REFUSE,
    .unused = EDIFACT_WARN,
    .assumed = EDIFACT_WARN,
    .rule_warning = EDIFACT_WARN,
};

const struct edifact_tolerances edifact_no_findings = { EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, EDIFACT_ACCEPT,
                                                        EDIFACT_ACCEPT, NULL,
                                                        NULL,           0 };

struct edifact_check *edifact_check_open(const struct directories *directories,
                                         const struct edifact_tolerances *tolerances)
{
    struct edifact_check *check = calloc(1, sizeof *check);
    if (!check)
        abort(); // as an arena does
    check->directories = directories;
    check->tolerances = tolerances ? *tolerances : edifact_default_tolerances;
    check->interchange_arena = arena_open(SIZE_MAX);
    check->message_arena = arena_open(SIZE_MAX);
    check->ways = calloc(WAYS, sizeof *check->ways);
    if (!check->ways)
        abort();
    return check;
}

void edifact_check_close(struct edifact_check *check)
{
    if (!check)
        return;
    arena_close(check->interchange_arena);
    arena_close(check->message_arena);
    references_free(&check->references);
    free(check->ways);
    references_free(&check->group_references);
    free(check);
}

void edifact_check_tolerate(struct edifact_check *check, const struct edifact_tolerances *tolerances)
{
    check->tolerances = tolerances ? *tolerances : edifact_default_tolerances;
}

void edifact_check_keep(struct edifact_check *check, struct arena *arena)
{
    check->kept = arena;
}

size_t edifact_check_interchanges(const struct edifact_check *check)
{
    return check->interchanges;
}

size_t edifact_check_messages(const struct edifact_check *check)
{
    return check->messages;
}

const struct edifact_interchange_result *edifact_check_interchange(const struct edifact_check *check)
{
    return check->interchange;
}

const struct edifact_message_result *edifact_check_message(const struct edifact_check *check)
{
    return check->message;
}

// In the order of the input, those of one place in the order in which they were found.
static void sort_findings(struct findings *findings, size_t first)
{
    for (size_t i = first + 1; i < findings->count; i++) {
        struct finding moved = findings->items[i];
        size_t k = i;
        for (; k > first && findings->items[k - 1].at.byte > moved.at.byte; k--)
            findings->items[k] = findings->items[k - 1];
        findings->items[k] = moved;
    }
}

void edifact_check_unit(struct edifact_check *check, const struct edifact_unit *unit, struct arena *arena,
                        struct findings *findings, struct edifact_placed *placed)
{
    struct checking checking = { .check = check,
                                 .tolerances = &check->tolerances,
                                 .unit = unit,
                                 .arena = arena,
                                 .findings = findings,
                                 .level = EDIFACT_LEVEL_INTERCHANGE };
    checking.service = directories_service(check->directories, unit->syntax ? unit->syntax : 3);
    if (!checking.service)
        checking.service = directories_service(check->directories, 3);
    if (placed)
        *placed = (struct edifact_placed){ 0 };
    checking.segment = &unit->segments[0];
    checking.service_tag = slice_of(directory_key_text(checking.segment->key, checking.tag_text));
    size_t first = findings->count;
    switch (unit->kind) {
    case EDIFACT_INTERCHANGE_BEGIN:
        envelope_begin(&checking);
        envelope_truncated(&checking);
        break;
    case EDIFACT_INTERCHANGE_END:
        envelope_end(&checking);
        envelope_truncated(&checking);
        break;
    case EDIFACT_GROUP_BEGIN:
        envelope_begin_group(&checking);
        envelope_truncated(&checking);
        break;
    case EDIFACT_GROUP_END:
        envelope_end_group(&checking);
        envelope_truncated(&checking);
        break;
    case EDIFACT_MESSAGE:
        frame_check(&checking, placed);
        break;
    case EDIFACT_STRAY:
        envelope_stray(&checking);
        break;
    case EDIFACT_JUNK:
        envelope_junk(&checking);
        break;
    }
    const struct edifact_segment *last = &unit->segments[unit->segment_count - 1];
    check->last = edifact_position(unit, last, NULL);
    check->truncated = unit->truncated;
    check->incomplete = unit->kind == EDIFACT_MESSAGE && !unit->complete;
    sort_findings(findings, first);
}

void edifact_check_end(struct edifact_check *check, struct arena *arena, struct findings *findings)
{
    (void)arena;
    if (!check->open || check->implicit || check->tolerances.envelope == EDIFACT_ACCEPT)
        return;
    check->open = false;
    bool refuse = check->tolerances.envelope == EDIFACT_REFUSE;
    // Where the input ends inside a segment or a message, that is the finding; the rest follows from it.
    if (!check->truncated && !check->incomplete)
        findings_add(findings, refuse ? FINDING_ERROR : FINDING_WARNING, &check->last, SLICE("UNZ"), 13,
                     "the interchange \"%.*s\" is not closed: UNZ is missing at the end%s",
                     SLICE_ARGS(check->interchange->reference), check->in_group ? ", and UNE" : "");
    if (refuse)
        envelope_add_fault(check, (struct edifact_fault){
                                      .level = EDIFACT_LEVEL_INTERCHANGE, .code = 13, .service_tag = "UNZ" });
}

// SPDX-License-Identifier: Apache-2.0
// The frame of a message: UNH, UNT, its directory, and how it sits in its interchange.
#include "formats/edifact/checking.h"

bool edifact_message_named(const struct edifact_message_result *message, unsigned syntax)
{
    bool whole = message->version.size && message->release.size && message->agency.size;
    return message->reference.size && message->type.size && (syntax == 4 || whole);
}

static void start_message(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    struct edifact_interchange_result *interchange = check->interchange;
    struct arena *arena = check->kept ? check->kept : check->message_arena;
    check->messages++;
    check->interchange_messages++;
    check->group_messages++;
    if (check->kept) {
        interchange->messages = arena_grow(arena, interchange->messages, &interchange->message_capacity,
                                           interchange->message_count + 1, sizeof *interchange->messages);
        check->message = &interchange->messages[interchange->message_count++];
    } else {
        arena_reset(check->message_arena);
        check->message = &check->single;
    }
    *check->message =
        (struct edifact_message_result){ .reference = envelope_value(unit, arena, 1, 1),
                                         .type = envelope_value(unit, arena, 2, 1),
                                         .version = envelope_value(unit, arena, 2, 2),
                                         .release = envelope_value(unit, arena, 2, 3),
                                         .agency = envelope_value(unit, arena, 2, 4),
                                         .association = envelope_value(unit, arena, 2, 5),
                                         .group = check->in_group ? (uint32_t)interchange->group_count : 0 };
    checking->message = check->message;
}

// UNH itself, and how the message sits in its interchange.
static void check_header(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    struct edifact_message_result *message = check->message;
    checking->level = EDIFACT_LEVEL_MESSAGE;
    checking->service_tag = SLICE("UNH");
    check_segment(checking, &unit->segments[0], envelope_segment(checking, 'H'));
    if (message->reference.size && !references_add(&check->references, message->reference))
        checking_report(checking, checking->tolerances->references,
                        edifact_find(unit, &unit->segments[0], 1, 1, 1), 26,
                        "the message reference \"%.*s\" stands twice in the %s",
                        SLICE_ARGS(message->reference), check->in_group ? "group" : "interchange");
    if (check->interchange_groups > 0 && !check->in_group && !check->stray) {
        // A CONTRL has no place for such a message: the interchange is at fault.
        check->stray = true;
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        checking_report(checking, checking->tolerances->envelope, NULL, 30,
                        "the message stands outside of groups in an interchange that has groups");
        checking->level = EDIFACT_LEVEL_MESSAGE;
    }
    if (check->in_group && check->group_type.size && !slice_equal(check->group_type, message->type))
        checking_report(checking, checking->tolerances->envelope,
                        edifact_find(unit, &unit->segments[0], 2, 1, 1), 31,
                        "a message %.*s stands in a group of %.*s", SLICE_ARGS(message->type),
                        SLICE_ARGS(check->group_type));
}

// Says what cannot be checked, and names the way out.
static void report_unsupported(struct checking *checking)
{
    const struct edifact_message_result *message = checking->check->message;
    const struct edifact_token *token = edifact_find(checking->unit, &checking->unit->segments[0], 2, 1, 1);
    if (!message->type.size || (!message->version.size && !message->release.size))
        return; // reported as missing
    if (checking->directory)
        checking_report(
            checking, checking->tolerances->unsupported, token, 14,
            "message %.*s is not in the installed part of directory %s; the message was not checked "
            "against it: add it with `comptoirctl edi compile`",
            SLICE_ARGS(message->type), directory_name(checking->directory));
    else
        checking_report(
            checking, checking->tolerances->unsupported, token, 14,
            "directory %.*s%.*s of message %.*s is not installed; the message was not checked against "
            "it: install it with `comptoirctl edi compile`",
            SLICE_ARGS(message->version), SLICE_ARGS(message->release), SLICE_ARGS(message->type));
}

static bool says(const struct checking *checking, size_t count)
{
    const struct edifact_token *token = edifact_find(checking->unit, checking->segment, 1, 1, 1);
    int64_t said;
    return token && slice_integer(edifact_raw(checking->unit, token), &said) && said == (int64_t)count;
}

static void check_trailer(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    checking->segment = &unit->segments[unit->segment_count - 1];
    checking->level = EDIFACT_LEVEL_MESSAGE;
    checking->service_tag = SLICE("UNT");
    if (unit->truncated) {
        checking_report(checking, checking->tolerances->envelope, NULL, 13,
                        "the input ends inside this segment: its terminator is missing");
    } else if (!unit->complete) {
        checking_report_place(checking, checking->tolerances->envelope, 0, 0, 0, 13,
                              "UNT is missing behind this segment, the last of message \"%.*s\"",
                              SLICE_ARGS(checking->message->reference));
    } else {
        check_segment(checking, checking->segment, envelope_segment(checking, 'T'));
        // Whether a terminator that stands alone counts as a segment is nowhere said.
        bool with_empty = checking->empty && says(checking, unit->segment_count);
        envelope_count(checking, 1, unit->segment_count - (with_empty ? 0 : checking->empty), "segments");
        envelope_reference(checking, 2, checking->message->reference, "UNH");
    }
}

// The partner's word for whose codes are good, else UNH's.
static void choose_overlay(struct checking *checking)
{
    const struct directories *directories = checking->check->directories;
    const char *name = checking->tolerances->code_lists;
    checking->overlay = name && name[0] ? directories_overlay(directories, name)
                                        : directories_overlay_of(directories, checking->message->association);
}

void frame_check(struct checking *checking, struct edifact_placed *placed)
{
    struct edifact_check *check = checking->check;
    envelope_need(checking);
    start_message(checking);
    const struct edifact_message_result *message = check->message;
    checking->directory =
        directories_find(check->directories, message->type, message->version, message->release);
    check_header(checking);
    choose_overlay(checking);
    if (!checking->directory || !directory_message(checking->directory, message->type))
        report_unsupported(checking);
    checking->level = EDIFACT_LEVEL_SEGMENT;
    checking->service_tag = (struct slice){ 0 };
    struct edifact_placed found = check_message(checking);
    if (placed)
        *placed = found;
    check_trailer(checking);
    if (message->errors && !edifact_message_named(message, checking->unit->syntax))
        envelope_add_fault(check, (struct edifact_fault){
                                      .level = EDIFACT_LEVEL_INTERCHANGE, .code = 13, .service_tag = "UNH" });
}

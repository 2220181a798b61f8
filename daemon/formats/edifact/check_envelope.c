// SPDX-License-Identifier: Apache-2.0
// Interchanges and groups: UNB, UNZ, UNG, UNE, and what stands outside of messages.
#include "formats/edifact/checking.h"
#include "formats/edifact/recognise.h"

// Counts and references are stand-alone elements.
static const struct directory_position stand_alone = { .repeat = 1 };

const struct directory_segment *envelope_segment(const struct checking *checking, char letter)
{
    return directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | (uint32_t)letter);
}

struct arena *envelope_arena(const struct edifact_check *check)
{
    return check->kept ? check->kept : check->interchange_arena;
}

// A value that outlives the input.
struct slice envelope_value(const struct edifact_unit *unit, struct arena *arena, unsigned element,
                            unsigned component)
{
    struct slice text = edifact_value(unit, &unit->segments[0], element, component, arena);
    return text.size ? arena_copy(arena, text) : text;
}

void envelope_add_fault(struct edifact_check *check, struct edifact_fault fault)
{
    struct edifact_interchange_result *interchange = check->interchange;
    if (interchange->errors++ >= FAULTS_KEPT)
        return;
    interchange->faults = arena_grow(envelope_arena(check), interchange->faults, &interchange->fault_capacity,
                                     interchange->fault_count + 1, sizeof *interchange->faults);
    interchange->faults[interchange->fault_count++] = fault;
}

static void start_interchange(struct edifact_check *check, const struct edifact_unit *unit, bool implicit)
{
    if (!check->kept)
        arena_reset(check->interchange_arena);
    struct edifact_interchange_result *interchange =
        ARENA_NEW(envelope_arena(check), struct edifact_interchange_result);
    interchange->syntax = unit->syntax;
    interchange->marks = unit->marks;
    check->interchange = interchange;
    check->message = NULL;
    check->group = NULL;
    check->open = true;
    check->implicit = implicit;
    check->in_group = check->stray = check->incomplete = false;
    check->interchange_messages = check->interchange_groups = check->group_messages = 0;
    check->interchanges += !implicit;
    references_clear(&check->references);
    references_clear(&check->group_references);
    if (check->una_refused)
        envelope_add_fault(check, (struct edifact_fault){ .level = EDIFACT_LEVEL_INTERCHANGE, .code = 20 });
    check->una_refused = false;
}

static void report_unclosed(struct checking *checking, const char *what, const char *before)
{
    checking_report(checking, checking->tolerances->envelope, NULL, 13,
                    "the %s before this %s was not closed by %s", what, before,
                    strcmp(what, "group") == 0 ? "UNE" : "UNZ");
}

bool edifact_group_named(const struct edifact_group_result *group, unsigned syntax)
{
    return group->reference.size && (syntax == 4 || (group->sender.size && group->receiver.size));
}

static void leave_group(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    check->in_group = false;
    if (check->group->errors && !edifact_group_named(check->group, checking->unit->syntax))
        envelope_add_fault(check, (struct edifact_fault){
                                      .level = EDIFACT_LEVEL_INTERCHANGE, .code = 13, .service_tag = "UNG" });
}

static void close_group_late(struct checking *checking, const char *before)
{
    if (!checking->check->in_group)
        return;
    checking->level = EDIFACT_LEVEL_GROUP;
    report_unclosed(checking, "group", before);
    leave_group(checking);
}

void envelope_truncated(struct checking *checking)
{
    if (checking->unit->truncated)
        checking_report(checking, checking->tolerances->envelope, NULL, 13,
                        "the input ends inside this segment: its terminator is missing");
}

static void read_interchange(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    struct edifact_interchange_result *interchange = checking->check->interchange;
    struct arena *arena = envelope_arena(checking->check);
    interchange->charset_name = envelope_value(unit, arena, 1, 1);
    interchange->sender = envelope_value(unit, arena, 2, 1);
    interchange->sender_qualifier = envelope_value(unit, arena, 2, 2);
    interchange->sender_internal = envelope_value(unit, arena, 2, 3);
    interchange->receiver = envelope_value(unit, arena, 3, 1);
    interchange->receiver_qualifier = envelope_value(unit, arena, 3, 2);
    interchange->receiver_internal = envelope_value(unit, arena, 3, 3);
    interchange->reference = envelope_value(unit, arena, 5, 1);
    interchange->application = envelope_value(unit, arena, 7, 1);
    interchange->acknowledgement_wanted = slice_is(envelope_value(unit, arena, 9, 1), "1");
    interchange->test = slice_is(envelope_value(unit, arena, 11, 1), "1");
}

// The character set and the version of the syntax.
static void check_level(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    const struct edifact_token *level = edifact_find(unit, &unit->segments[0], 1, 1, 1);
    const struct edifact_token *version = edifact_find(unit, &unit->segments[0], 1, 1, 2);
    if (level && level->size == 4 && unit->charset == EDIFACT_CHARSET_UNKNOWN)
        checking_report(
            checking, checking->tolerances->envelope, level, 2,
            "\"%.*s\" is no character set that is known here; known are UNOA to UNOL, UNOW to UNOZ",
            SLICE_ARGS(edifact_raw(unit, level)));
    if (version && unit->syntax == 0)
        checking_report(checking, checking->tolerances->envelope, version, 2,
                        "\"%.*s\" is no syntax version that is known here; known are 1 to 4",
                        SLICE_ARGS(edifact_raw(unit, version)));
    if (level && unit->syntax >= 1 && unit->syntax <= 3 && unit->charset > EDIFACT_UNOF &&
        unit->charset != EDIFACT_CHARSET_UNKNOWN)
        checking_report(checking, checking->tolerances->assumed, level, 2,
                        "level %s came with a later version of the syntax than %u",
                        edifact_charset_name(unit->charset), unit->syntax);
}

void envelope_begin(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    if (check->open && !check->implicit) {
        close_group_late(checking, "UNB");
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        report_unclosed(checking, "interchange", "UNB");
    }
    start_interchange(check, unit, false);
    read_interchange(checking);
    checking->level = EDIFACT_LEVEL_INTERCHANGE;
    if (!unit->truncated)
        check_segment(checking, &unit->segments[0], envelope_segment(checking, 'B'));
    check_level(checking);
}

// Whatever comes first without a UNB is checked too.
void envelope_need(struct checking *checking)
{
    if (checking->check->open)
        return;
    start_interchange(checking->check, checking->unit, true);
    checking->level = EDIFACT_LEVEL_INTERCHANGE;
    struct position at = edifact_position(checking->unit, &checking->unit->segments[0], NULL);
    if (checking->tolerances->envelope != EDIFACT_ACCEPT)
        findings_add(checking->findings,
                     checking->tolerances->envelope == EDIFACT_REFUSE ? FINDING_ERROR : FINDING_WARNING, &at,
                     SLICE("UNB"), 13, "the interchange header is missing before %.*s",
                     SLICE_ARGS(edifact_tag(checking->unit, &checking->unit->segments[0])));
}

// A control count, compared as a number: leading zeros are good. What is no number, or too long for one, has
// been told as that.
void envelope_count(struct checking *checking, unsigned element, size_t counted, const char *what)
{
    const struct edifact_token *token = edifact_find(checking->unit, checking->segment, element, 1, 1);
    int64_t said;
    if (!token || !slice_integer(checking_text(checking, token), &said) ||
        (said >= 0 && (size_t)said == counted))
        return;
    checking->position = &stand_alone;
    checking_report(checking, checking->tolerances->counts, token, 29, "it counts \"%.*s\" %s, there are %zu",
                    SLICE_ARGS(checking_text(checking, token)), what, counted);
    checking->position = NULL;
}

void envelope_reference(struct checking *checking, unsigned element, struct slice wanted, const char *header)
{
    const struct edifact_token *token = edifact_find(checking->unit, checking->segment, element, 1, 1);
    if (!token)
        return;
    struct slice reference = edifact_text(checking->unit, token, checking->arena, NULL);
    checking->position = &stand_alone;
    if (!slice_equal(reference, wanted))
        checking_report(checking, checking->tolerances->references, token, 28,
                        "the reference \"%.*s\" is not \"%.*s\", which %s gave", SLICE_ARGS(reference),
                        SLICE_ARGS(wanted), header);
    checking->position = NULL;
}

void envelope_end(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    bool alone = !check->open;
    envelope_need(checking);
    close_group_late(checking, "UNZ");
    checking->level = EDIFACT_LEVEL_INTERCHANGE;
    check->open = false;
    if (unit->truncated)
        return;
    check_segment(checking, &unit->segments[0], envelope_segment(checking, 'Z'));
    bool groups = check->interchange_groups > 0;
    bool empty = check->interchange_messages == 0 && !groups;
    if (!check->stray && !alone && !empty)
        envelope_count(checking, 1, groups ? check->interchange_groups : check->interchange_messages,
                       groups ? "groups" : "messages");
    if (!check->implicit)
        envelope_reference(checking, 2, check->interchange->reference, "UNB");
    if (empty && !check->implicit && !check->stray)
        checking_report(checking, checking->tolerances->envelope, NULL, 32,
                        "the interchange holds no message");
    check->interchange->complete = true;
}

void envelope_begin_group(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    envelope_need(checking);
    close_group_late(checking, "UNG");
    struct edifact_interchange_result *interchange = check->interchange;
    struct arena *arena = envelope_arena(check);
    if (check->interchange_messages > 0 && check->interchange_groups == 0) {
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        check->stray = true;
        checking_report(checking, checking->tolerances->envelope, NULL, 30,
                        "a group follows messages that stand outside of groups");
    }
    if (!check->kept)
        interchange->group_count = 0;
    interchange->groups = arena_grow(arena, interchange->groups, &interchange->group_capacity,
                                     interchange->group_count + 1, sizeof *interchange->groups);
    check->group = &interchange->groups[interchange->group_count++];
    *check->group = (struct edifact_group_result){ .type = envelope_value(unit, arena, 1, 1),
                                                   .sender = envelope_value(unit, arena, 2, 1),
                                                   .sender_qualifier = envelope_value(unit, arena, 2, 2),
                                                   .receiver = envelope_value(unit, arena, 3, 1),
                                                   .receiver_qualifier = envelope_value(unit, arena, 3, 2),
                                                   .reference = envelope_value(unit, arena, 5, 1) };
    check->in_group = true;
    check->group_type = check->group->type;
    check->group_messages = 0;
    check->interchange_groups++;
    references_clear(&check->references);
    checking->level = EDIFACT_LEVEL_GROUP;
    if (!unit->truncated)
        check_segment(checking, &unit->segments[0], envelope_segment(checking, 'G'));
    if (check->group->reference.size && !references_add(&check->group_references, check->group->reference))
        checking_report(checking, checking->tolerances->references,
                        edifact_find(unit, &unit->segments[0], 5, 1, 1), 26,
                        "the group reference \"%.*s\" stands twice in the interchange",
                        SLICE_ARGS(check->group->reference));
}

static void check_group_trailer(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    check_segment(checking, &checking->unit->segments[0], envelope_segment(checking, 'E'));
    if (!check->stray && check->group_messages > 0)
        envelope_count(checking, 1, check->group_messages, "messages");
    envelope_reference(checking, 2, check->group->reference, "UNG");
    if (check->group_messages == 0 && !check->stray)
        checking_report(checking, checking->tolerances->envelope, NULL, 32, "the group holds no message");
}

void envelope_end_group(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    envelope_need(checking);
    if (!check->in_group) {
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "UNE closes no group: UNG is missing");
        return;
    }
    checking->level = EDIFACT_LEVEL_GROUP;
    references_clear(&check->references);
    if (!unit->truncated)
        check_group_trailer(checking);
    leave_group(checking);
}

// A UNA that the reader could not obey, or that nothing follows. The interchange behind it is at fault.
static void report_una(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    struct slice bytes = checking->unit->bytes;
    while (bytes.size > UNA_SIZE && memchr(" \t\r\n", bytes.data[bytes.size - 1], 4))
        bytes.size--; // what follows nothing
    struct position at = edifact_position(checking->unit, &checking->unit->segments[0], NULL);
    char fault = bytes.size == UNA_SIZE ? recognise_una_fault(bytes) : '\0';
    enum edifact_severity severity = checking->tolerances->envelope;
    if (severity == EDIFACT_ACCEPT)
        return;
    enum finding_severity kind = severity == EDIFACT_REFUSE ? FINDING_ERROR : FINDING_WARNING;
    if (fault)
        findings_add(checking->findings, kind, &at, SLICE("UNA"), 20,
                     "UNA gives '%c' as a mark, which cannot be one or is given twice", fault);
    else if (bytes.size != UNA_SIZE)
        findings_add(checking->findings, kind, &at, SLICE("UNA"), 20,
                     "UNA has %zu bytes in front of UNB, it must have nine", bytes.size);
    else
        findings_add(checking->findings, kind, &at, SLICE("UNA"), 13, "no interchange follows UNA");
    check->una_refused = severity == EDIFACT_REFUSE;
}

void envelope_stray(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    if (slice_is(checking->service_tag, "UNA")) {
        report_una(checking);
        return;
    }
    envelope_need(checking);
    checking->check->stray = true;
    checking->level = checking->check->in_group ? EDIFACT_LEVEL_GROUP : EDIFACT_LEVEL_INTERCHANGE;
    struct slice tag = checking->service_tag;
    if (slice_is(tag, "UNT"))
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "UNT closes no message: UNH is missing");
    else if (slice_is(tag, "UNO") || slice_is(tag, "UIB") || slice_is(tag, "UIH"))
        checking_report(checking, checking->tolerances->envelope, NULL, 47,
                        "packages and interactive interchanges are not supported");
    else
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "%zu segment%s from here stand%s outside of any message", unit->segment_count,
                        unit->segment_count == 1 ? "" : "s", unit->segment_count == 1 ? "s" : "");
    envelope_truncated(checking);
}

void envelope_junk(struct checking *checking)
{
    struct position at = edifact_position(checking->unit, &checking->unit->segments[0], NULL);
    struct slice bytes = checking->unit->bytes;
    char shown[24];
    size_t size = 0;
    for (; size < bytes.size && size < sizeof shown - 1; size++)
        shown[size] = bytes.data[size] >= ' ' && bytes.data[size] < 0x7F ? bytes.data[size] : '.';
    shown[size] = '\0';
    enum edifact_severity severity = checking->tolerances->junk;
    if (severity == EDIFACT_ACCEPT)
        return;
    findings_add(checking->findings, severity == EDIFACT_REFUSE ? FINDING_ERROR : FINDING_WARNING, &at,
                 (struct slice){ 0 }, 33, "%zu bytes from \"%s\" on are no EDIFACT segment", bytes.size,
                 shown);
    // What stands in front of an interchange or behind it is no fault of its.
    if (severity == EDIFACT_REFUSE && checking->check->open)
        envelope_add_fault(checking->check,
                           (struct edifact_fault){ .level = EDIFACT_LEVEL_INTERCHANGE, .code = 33 });
}

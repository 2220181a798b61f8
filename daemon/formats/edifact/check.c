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
};

const struct edifact_tolerances edifact_no_findings = {
    EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT,
    EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT,
    EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT, EDIFACT_ACCEPT,
};

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
    return check;
}

void edifact_check_close(struct edifact_check *check)
{
    if (!check)
        return;
    arena_close(check->interchange_arena);
    arena_close(check->message_arena);
    references_free(&check->references);
    free(check);
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

static struct arena *interchange_arena(const struct edifact_check *check)
{
    return check->kept ? check->kept : check->interchange_arena;
}

// A value that outlives the input.
static struct slice kept_value(const struct edifact_unit *unit, struct arena *arena, unsigned element,
                               unsigned component)
{
    struct slice text = edifact_value(unit, &unit->segments[0], element, component, arena);
    return text.size ? arena_copy(arena, text) : text;
}

static void start_interchange(struct edifact_check *check, const struct edifact_unit *unit, bool implicit)
{
    if (!check->kept)
        arena_reset(check->interchange_arena);
    struct edifact_interchange_result *interchange =
        ARENA_NEW(interchange_arena(check), struct edifact_interchange_result);
    interchange->syntax = unit->syntax;
    interchange->marks = unit->marks;
    check->interchange = interchange;
    check->message = NULL;
    check->group = NULL;
    check->open = true;
    check->implicit = implicit;
    check->in_group = check->stray = false;
    check->interchange_messages = check->interchange_groups = check->group_messages = 0;
    check->interchanges += !implicit;
    references_clear(&check->references);
}

static void report_unclosed(struct checking *checking, const char *what, const char *before)
{
    checking_report(checking, checking->tolerances->envelope, NULL, 13,
                    "the %s before this %s was not closed by %s", what, before,
                    strcmp(what, "group") == 0 ? "UNE" : "UNZ");
}

static void close_group_late(struct checking *checking, const char *before)
{
    if (!checking->check->in_group)
        return;
    checking->level = EDIFACT_LEVEL_GROUP;
    report_unclosed(checking, "group", before);
    checking->check->in_group = false;
}

static void report_truncated(struct checking *checking)
{
    if (checking->unit->truncated)
        checking_report(checking, checking->tolerances->envelope, NULL, 13,
                        "the input ends inside this segment: its terminator is missing");
}

// UNA's marks must differ from each other and be no letters or digits.
static void check_marks(struct checking *checking)
{
    const struct edifact_marks *marks = &checking->unit->marks;
    const char all[5] = { marks->component, marks->element, marks->terminator, marks->release,
                          marks->repetition };
    for (unsigned i = 0; i < 5; i++) {
        char c = all[i];
        bool wrong = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ';
        for (unsigned k = 0; k < i; k++)
            wrong = wrong || (c && all[k] == c);
        if (wrong && c)
            checking_report(checking, checking->tolerances->envelope, NULL, 20,
                            "UNA gives '%c' as a mark, which cannot be one or is given twice", c);
    }
}

static void read_interchange(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    struct edifact_interchange_result *interchange = checking->check->interchange;
    struct arena *arena = interchange_arena(checking->check);
    interchange->charset_name = kept_value(unit, arena, 1, 1);
    interchange->sender = kept_value(unit, arena, 2, 1);
    interchange->sender_qualifier = kept_value(unit, arena, 2, 2);
    interchange->sender_internal = kept_value(unit, arena, 2, 3);
    interchange->receiver = kept_value(unit, arena, 3, 1);
    interchange->receiver_qualifier = kept_value(unit, arena, 3, 2);
    interchange->receiver_internal = kept_value(unit, arena, 3, 3);
    interchange->reference = kept_value(unit, arena, 5, 1);
    interchange->application = kept_value(unit, arena, 7, 1);
    interchange->acknowledgement_wanted = slice_is(kept_value(unit, arena, 9, 1), "1");
    interchange->test = slice_is(kept_value(unit, arena, 11, 1), "1");
}

static void begin_interchange(struct checking *checking)
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
        check_segment(checking, &unit->segments[0],
                      directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'B'), NULL);
    if (unit->marks.una)
        check_marks(checking);
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
}

// Whatever comes first without a UNB is checked too.
static void need_interchange(struct checking *checking)
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

// Counts and references are stand-alone elements.
static const struct directory_position stand_alone = { .repeat = 1 };

// A control count, compared as a number: leading zeros are good.
static void check_count(struct checking *checking, unsigned element, size_t counted, const char *what)
{
    const struct edifact_token *token = edifact_find(checking->unit, checking->segment, element, 1, 1);
    int64_t said;
    if (!token ||
        (slice_integer(edifact_raw(checking->unit, token), &said) && said >= 0 && (size_t)said == counted))
        return;
    checking->position = &stand_alone;
    checking_report(checking, checking->tolerances->counts, token, 29, "it counts \"%.*s\" %s, there are %zu",
                    SLICE_ARGS(edifact_raw(checking->unit, token)), what, counted);
    checking->position = NULL;
}

static void check_reference(struct checking *checking, unsigned element, struct slice wanted,
                            const char *header)
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

static void end_interchange(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    need_interchange(checking);
    close_group_late(checking, "UNZ");
    checking->level = EDIFACT_LEVEL_INTERCHANGE;
    check->open = false;
    if (unit->truncated)
        return;
    check_segment(checking, &unit->segments[0],
                  directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'Z'), NULL);
    bool groups = check->interchange_groups > 0;
    if (!check->stray)
        check_count(checking, 1, groups ? check->interchange_groups : check->interchange_messages,
                    groups ? "groups" : "messages");
    if (!check->implicit)
        check_reference(checking, 2, check->interchange->reference, "UNB");
    if (check->interchange_messages == 0 && !groups && !check->implicit && !check->stray)
        checking_report(checking, checking->tolerances->envelope, NULL, 32,
                        "the interchange holds no message");
    check->interchange->complete = true;
}

static void begin_group(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    need_interchange(checking);
    close_group_late(checking, "UNG");
    struct edifact_interchange_result *interchange = check->interchange;
    struct arena *arena = interchange_arena(check);
    if (check->interchange_messages > 0 && check->interchange_groups == 0) {
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        checking_report(checking, checking->tolerances->envelope, NULL, 30,
                        "a group follows messages that stand outside of groups");
    }
    if (!check->kept)
        interchange->group_count = 0;
    interchange->groups = arena_grow(arena, interchange->groups, &interchange->group_capacity,
                                     interchange->group_count + 1, sizeof *interchange->groups);
    check->group = &interchange->groups[interchange->group_count++];
    *check->group = (struct edifact_group_result){ .type = kept_value(unit, arena, 1, 1),
                                                   .sender = kept_value(unit, arena, 2, 1),
                                                   .sender_qualifier = kept_value(unit, arena, 2, 2),
                                                   .receiver = kept_value(unit, arena, 3, 1),
                                                   .receiver_qualifier = kept_value(unit, arena, 3, 2),
                                                   .reference = kept_value(unit, arena, 5, 1) };
    check->in_group = true;
    check->group_type = check->group->type;
    check->group_messages = 0;
    check->interchange_groups++;
    references_clear(&check->references);
    checking->level = EDIFACT_LEVEL_GROUP;
    if (!unit->truncated)
        check_segment(checking, &unit->segments[0],
                      directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'G'), NULL);
}

static void end_group(struct checking *checking)
{
    struct edifact_check *check = checking->check;
    const struct edifact_unit *unit = checking->unit;
    need_interchange(checking);
    if (!check->in_group) {
        checking->level = EDIFACT_LEVEL_INTERCHANGE;
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "UNE closes no group: UNG is missing");
        return;
    }
    checking->level = EDIFACT_LEVEL_GROUP;
    check->in_group = false;
    if (unit->truncated)
        return;
    check_segment(checking, &unit->segments[0],
                  directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'E'), NULL);
    if (!check->stray)
        check_count(checking, 1, check->group_messages, "messages");
    check_reference(checking, 2, check->group->reference, "UNG");
    if (check->group_messages == 0 && !check->stray)
        checking_report(checking, checking->tolerances->envelope, NULL, 32, "the group holds no message");
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
        (struct edifact_message_result){ .reference = kept_value(unit, arena, 1, 1),
                                         .type = kept_value(unit, arena, 2, 1),
                                         .version = kept_value(unit, arena, 2, 2),
                                         .release = kept_value(unit, arena, 2, 3),
                                         .agency = kept_value(unit, arena, 2, 4),
                                         .association = kept_value(unit, arena, 2, 5),
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
    check_segment(checking, &unit->segments[0],
                  directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'H'), NULL);
    if (message->reference.size && !references_add(&check->references, message->reference))
        checking_report(checking, checking->tolerances->references,
                        edifact_find(unit, &unit->segments[0], 1, 1, 1), 26,
                        "the message reference \"%.*s\" stands twice in the %s",
                        SLICE_ARGS(message->reference), check->in_group ? "group" : "interchange");
    if (check->interchange_groups > 0 && !check->in_group)
        checking_report(checking, checking->tolerances->envelope, NULL, 30,
                        "the message stands outside of groups in an interchange that has groups");
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
        check_segment(checking, checking->segment,
                      directory_segment_keyed(checking->service, 'U' << 16 | 'N' << 8 | 'T'), NULL);
        check_count(checking, 1, unit->segment_count, "segments");
        check_reference(checking, 2, checking->message->reference, "UNH");
    }
}

static void check_whole_message(struct checking *checking, struct node **tree)
{
    struct edifact_check *check = checking->check;
    need_interchange(checking);
    start_message(checking);
    const struct edifact_message_result *message = check->message;
    checking->directory =
        directories_find(check->directories, message->type, message->version, message->release);
    check_header(checking);
    if (!checking->directory || !directory_message(checking->directory, message->type))
        report_unsupported(checking);
    checking->level = EDIFACT_LEVEL_SEGMENT;
    checking->service_tag = (struct slice){ 0 };
    struct node *root = check_message(checking, tree != NULL);
    if (tree)
        *tree = root;
    check_trailer(checking);
}

static void check_stray(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    need_interchange(checking);
    checking->check->stray = true;
    checking->level = checking->check->in_group ? EDIFACT_LEVEL_GROUP : EDIFACT_LEVEL_INTERCHANGE;
    struct slice tag = edifact_tag(unit, &unit->segments[0]);
    if (slice_is(tag, "UNA"))
        checking_report(checking, checking->tolerances->envelope, NULL, 13, "no interchange follows UNA");
    else if (slice_is(tag, "UNT"))
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "UNT closes no message: UNH is missing");
    else if (slice_is(tag, "UNO") || slice_is(tag, "UIB") || slice_is(tag, "UIH"))
        checking_report(checking, checking->tolerances->envelope, NULL, 47,
                        "packages and interactive interchanges are not supported");
    else
        checking_report(checking, checking->tolerances->envelope, NULL, 33,
                        "%zu segment%s from here stand%s outside of any message", unit->segment_count,
                        unit->segment_count == 1 ? "" : "s", unit->segment_count == 1 ? "s" : "");
    report_truncated(checking);
}

static void check_junk(struct checking *checking)
{
    struct position at = edifact_position(checking->unit, &checking->unit->segments[0], NULL);
    struct slice bytes = checking->unit->bytes;
    char shown[24];
    size_t size = 0;
    for (; size < bytes.size && size < sizeof shown - 1; size++)
        shown[size] = bytes.data[size] >= ' ' && bytes.data[size] < 0x7F ? bytes.data[size] : '.';
    shown[size] = '\0';
    findings_add(checking->findings, FINDING_ERROR, &at, (struct slice){ 0 }, 33,
                 "%zu bytes from \"%s\" on are no EDIFACT segment", bytes.size, shown);
}

void edifact_check_unit(struct edifact_check *check, const struct edifact_unit *unit, struct arena *arena,
                        struct findings *findings, struct node **tree)
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
    if (tree)
        *tree = NULL;
    checking.segment = &unit->segments[0];
    checking.service_tag = edifact_tag(unit, checking.segment);
    switch (unit->kind) {
    case EDIFACT_INTERCHANGE_BEGIN:
        begin_interchange(&checking);
        report_truncated(&checking);
        break;
    case EDIFACT_INTERCHANGE_END:
        end_interchange(&checking);
        report_truncated(&checking);
        break;
    case EDIFACT_GROUP_BEGIN:
        begin_group(&checking);
        report_truncated(&checking);
        break;
    case EDIFACT_GROUP_END:
        end_group(&checking);
        report_truncated(&checking);
        break;
    case EDIFACT_MESSAGE:
        check_whole_message(&checking, tree);
        break;
    case EDIFACT_STRAY:
        check_stray(&checking);
        break;
    case EDIFACT_JUNK:
        check_junk(&checking);
        break;
    }
    const struct edifact_segment *last = &unit->segments[unit->segment_count - 1];
    check->last = edifact_position(unit, last, NULL);
    check->truncated = unit->truncated;
}

void edifact_check_end(struct edifact_check *check, struct arena *arena, struct findings *findings)
{
    (void)arena;
    // Where the input ends inside a segment, that is the finding; the rest follows from it.
    if (!check->open || check->implicit || check->truncated || check->tolerances.envelope == EDIFACT_ACCEPT)
        return;
    bool refuse = check->tolerances.envelope == EDIFACT_REFUSE;
    findings_add(findings, refuse ? FINDING_ERROR : FINDING_WARNING, &check->last, SLICE("UNZ"), 13,
                 "the interchange \"%.*s\" is not closed: UNZ is missing at the end%s",
                 SLICE_ARGS(check->interchange->reference), check->in_group ? ", and UNE" : "");
    check->open = false;
    if (!refuse)
        return;
    struct edifact_interchange_result *interchange = check->interchange;
    interchange->errors++;
    interchange->faults =
        arena_grow(interchange_arena(check), interchange->faults, &interchange->fault_capacity,
                   interchange->fault_count + 1, sizeof *interchange->faults);
    interchange->faults[interchange->fault_count++] =
        (struct edifact_fault){ .level = EDIFACT_LEVEL_INTERCHANGE, .code = 13, .service_tag = "UNZ" };
}

struct node *edifact_tree(const struct directories *directories, const struct edifact_unit *unit,
                          struct arena *arena)
{
    struct edifact_check *check = edifact_check_open(directories, &edifact_no_findings);
    struct findings findings = { .arena = arena };
    struct node *tree = NULL;
    edifact_check_unit(check, unit, arena, &findings, &tree);
    edifact_check_close(check);
    return tree;
}

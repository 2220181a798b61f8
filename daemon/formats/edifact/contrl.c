// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/contrl.h"

#include <stdlib.h>

#include "formats/edifact/write.h"

enum { ACTION_REJECTED = 4, ACTION_ACCEPTED = 7, ACTION_RECEIVED = 8 };

// Limits of the message's structure.
enum { MOST_SEGMENTS = 999, MOST_ELEMENTS = 99 };

// Codes above this one came with syntax version 4.
enum { LAST_OLD_CODE = 43, UNSPECIFIED = 18 };

struct contrl {
    struct arena *arena;
    const struct edifact_interchange_result *interchange;
    const struct contrl_settings *settings;
    struct node *root;
    bool version_4;
};

bool contrl_owed(const struct edifact_interchange_result *interchange)
{
    if (interchange->message_count == 0)
        return true;
    for (size_t i = 0; i < interchange->message_count; i++)
        if (!slice_is(interchange->messages[i].type, "CONTRL"))
            return true;
    return false;
}

static struct node *add_segment(struct contrl *contrl, const char *tag)
{
    return node_add(contrl->root, node_new(contrl->arena, slice_of(tag)));
}

static void add(struct contrl *contrl, struct node *segment, unsigned element, unsigned component,
                struct slice text)
{
    if (text.size)
        node_add_value(contrl->arena, segment,
                       (struct node_value){ .element = (uint16_t)element,
                                            .occurrence = 1,
                                            .component = (uint16_t)component,
                                            .text = text });
}

static void add_number(struct contrl *contrl, struct node *segment, unsigned element, unsigned component,
                       unsigned number)
{
    add(contrl, segment, element, component, arena_printf(contrl->arena, "%u", number));
}

static void add_code(struct contrl *contrl, struct node *segment, unsigned element, int code)
{
    bool known = code <= LAST_OLD_CODE || contrl->version_4;
    add_number(contrl, segment, element, 1, (unsigned)(known ? code : UNSPECIFIED));
}

// S011. The position in the segment counts the tag as 1; components count from 1 without it.
static void add_position(struct contrl *contrl, struct node *segment, unsigned element,
                         const struct edifact_fault *fault)
{
    if (!fault->element)
        return;
    add_number(contrl, segment, element, 1, fault->element + 1u);
    if (fault->component)
        add_number(contrl, segment, element, 2, fault->component);
    if (contrl->version_4 && fault->occurrence > 1)
        add_number(contrl, segment, element, 3, fault->occurrence);
}

// The action in UCI, UCF or UCM at `element`, and behind it the fault of a service segment.
static void add_action(struct contrl *contrl, struct node *segment, unsigned element, unsigned action,
                       const struct edifact_fault *fault)
{
    add_number(contrl, segment, element, 1, action);
    if (!fault)
        return;
    add_code(contrl, segment, element + 1, fault->code);
    add(contrl, segment, element + 2, 1, arena_copy(contrl->arena, slice_of(fault->service_tag)));
    add_position(contrl, segment, element + 3, fault);
}

static const struct edifact_fault *first_fault(const struct edifact_fault *faults, size_t count,
                                               enum edifact_level level)
{
    for (size_t i = 0; i < count; i++)
        if (faults[i].level == level)
            return &faults[i];
    return NULL;
}

static int by_segment(const void *left, const void *right)
{
    const struct edifact_fault *const *a = left, *const *b = right;
    if ((*a)->segment != (*b)->segment)
        return (*a)->segment < (*b)->segment ? -1 : 1;
    if (!(*a)->element != !(*b)->element)
        return (*a)->element ? 1 : -1; // what concerns the whole segment first
    return *a < *b ? -1 : *a > *b;
}

// UCS for each segment at fault, UCD for each element in it.
static void add_segments(struct contrl *contrl, const struct edifact_message_result *message)
{
    const struct edifact_fault **faults =
        ARENA_ARRAY(contrl->arena, message->fault_count + 1, const struct edifact_fault *);
    size_t count = 0;
    for (size_t i = 0; i < message->fault_count; i++)
        if (message->faults[i].level == EDIFACT_LEVEL_SEGMENT)
            faults[count++] = &message->faults[i];
    qsort(faults, count, sizeof *faults, by_segment);
    uint32_t segment = 0;
    unsigned segments = 0, elements = 0;
    for (size_t i = 0; i < count; i++) {
        const struct edifact_fault *fault = faults[i];
        if (!fault->element || fault->segment != segment || elements == MOST_ELEMENTS) {
            if (++segments > MOST_SEGMENTS)
                return;
            struct node *ucs = add_segment(contrl, "UCS");
            add_number(contrl, ucs, 1, 1, fault->segment);
            if (!fault->element)
                add_code(contrl, ucs, 2, fault->code);
            segment = fault->segment;
            elements = 0;
        }
        if (!fault->element)
            continue;
        struct node *ucd = add_segment(contrl, "UCD");
        add_code(contrl, ucd, 1, fault->code);
        add_position(contrl, ucd, 2, fault);
        elements++;
    }
}

static void add_message(struct contrl *contrl, const struct edifact_message_result *message)
{
    struct node *ucm = add_segment(contrl, "UCM");
    add(contrl, ucm, 1, 1, message->reference);
    // Version 4 may leave S009 out, but not a part of it.
    if (edifact_message_named(message, 3)) {
        add(contrl, ucm, 2, 1, message->type);
        add(contrl, ucm, 2, 2, message->version);
        add(contrl, ucm, 2, 3, message->release);
        add(contrl, ucm, 2, 4, message->agency);
        add(contrl, ucm, 2, 5, message->association);
    }
    add_action(contrl, ucm, 3, message->errors ? ACTION_REJECTED : ACTION_ACCEPTED,
               first_fault(message->faults, message->fault_count, EDIFACT_LEVEL_MESSAGE));
    add_segments(contrl, message);
}

static void add_messages(struct contrl *contrl, uint32_t group)
{
    const struct edifact_interchange_result *interchange = contrl->interchange;
    for (size_t i = 0; i < interchange->message_count; i++) {
        const struct edifact_message_result *message = &interchange->messages[i];
        if (message->group == group && (message->errors || contrl->settings->every_message) &&
            edifact_message_named(message, interchange->syntax))
            add_message(contrl, message);
    }
}

static bool group_has_news(const struct contrl *contrl, uint32_t number)
{
    const struct edifact_interchange_result *interchange = contrl->interchange;
    if (contrl->settings->every_message || interchange->groups[number - 1].errors)
        return true;
    for (size_t i = 0; i < interchange->message_count; i++)
        if (interchange->messages[i].group == number && interchange->messages[i].errors)
            return true;
    return false;
}

static void add_group(struct contrl *contrl, uint32_t number)
{
    const struct edifact_group_result *group = &contrl->interchange->groups[number - 1];
    struct node *ucf = add_segment(contrl, "UCF");
    add(contrl, ucf, 1, 1, group->reference);
    add(contrl, ucf, 2, 1, group->sender);
    add(contrl, ucf, 2, 2, group->sender_qualifier);
    add(contrl, ucf, 3, 1, group->receiver);
    add(contrl, ucf, 3, 2, group->receiver_qualifier);
    add_action(contrl, ucf, 4, group->errors ? ACTION_REJECTED : ACTION_ACCEPTED,
               first_fault(group->faults, group->fault_count, EDIFACT_LEVEL_GROUP));
    // With the group everything in it is rejected; nothing more need be said.
    if (!group->errors)
        add_messages(contrl, number);
}

// What rejects the interchange as a whole; false where nothing does.
static bool interchange_fault(const struct edifact_interchange_result *interchange,
                              struct edifact_fault *fault)
{
    if (!interchange->errors)
        return false;
    const struct edifact_fault *first =
        first_fault(interchange->faults, interchange->fault_count, EDIFACT_LEVEL_INTERCHANGE);
    *fault = first ? *first : (struct edifact_fault){ .code = UNSPECIFIED, .service_tag = "UNB" };
    return true;
}

// A code 0013 or 0135 names a service segment only.
static void keep_service_tag(struct edifact_fault *fault)
{
    static const char *const tags[] = { "UNB", "UNZ", "UNG", "UNE", "UNH", "UNT" };
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (strncmp(fault->service_tag, tags[i], 4) == 0)
            return;
    memset(fault->service_tag, 0, sizeof fault->service_tag);
    fault->element = fault->component = 0;
}

static void add_interchange(struct contrl *contrl)
{
    const struct edifact_interchange_result *interchange = contrl->interchange;
    struct edifact_fault fault;
    bool rejected = interchange_fault(interchange, &fault);
    struct node *uci = add_segment(contrl, "UCI");
    add(contrl, uci, 1, 1, interchange->reference);
    add(contrl, uci, 2, 1, interchange->sender);
    add(contrl, uci, 2, 2, interchange->sender_qualifier);
    add(contrl, uci, 2, 3, interchange->sender_internal);
    add(contrl, uci, 3, 1, interchange->receiver);
    add(contrl, uci, 3, 2, interchange->receiver_qualifier);
    add(contrl, uci, 3, 3, interchange->receiver_internal);
    if (contrl->settings->receipt_only) {
        add_action(contrl, uci, 4, ACTION_RECEIVED, NULL);
        return;
    }
    if (rejected) {
        keep_service_tag(&fault);
        add_action(contrl, uci, 4, ACTION_REJECTED, &fault);
        return;
    }
    add_action(contrl, uci, 4, ACTION_ACCEPTED, NULL);
    // UCM stands directly below UCI only where the interchange has no groups.
    if (interchange->group_count == 0)
        add_messages(contrl, 0);
    for (uint32_t i = 1; i <= interchange->group_count; i++)
        if (group_has_news(contrl, i))
            add_group(contrl, i);
}

static struct edifact_envelope envelope_of(const struct contrl *contrl)
{
    const struct edifact_interchange_result *interchange = contrl->interchange;
    enum edifact_charset charset = edifact_charset_of(interchange->charset_name);
    struct edifact_envelope envelope = {
        .sender = { interchange->receiver, interchange->receiver_qualifier, interchange->receiver_internal },
        .receiver = { interchange->sender, interchange->sender_qualifier, interchange->sender_internal },
        .reference = contrl->settings->reference,
        .time_us = contrl->settings->now_us,
        .syntax = interchange->syntax ? interchange->syntax : 3,
        .charset = charset == EDIFACT_CHARSET_UNKNOWN ? EDIFACT_UNOC : charset,
        .una = contrl->settings->una,
        .test = interchange->test,
        .replace_characters = true,
    };
    return envelope;
}

bool contrl_write(const struct edifact_interchange_result *interchange,
                  const struct contrl_settings *settings, struct text *text, struct error *error)
{
    if (!interchange->reference.size || !interchange->sender.size || !interchange->receiver.size)
        return error_set(error, ERROR_INVALID, NULL,
                         "cannot answer an interchange with CONTRL whose UNB lacks the %s",
                         !interchange->reference.size ? "control reference"
                         : !interchange->sender.size  ? "sender"
                                                      : "recipient");
    struct contrl contrl = { .arena = text->arena,
                             .interchange = interchange,
                             .settings = settings,
                             .version_4 = interchange->syntax == 4 };
    contrl.root = node_new(text->arena, SLICE("CONTRL"));
    add_interchange(&contrl);
    struct edifact_envelope envelope = envelope_of(&contrl);
    struct edifact_message_header header = {
        .reference = settings->message_reference.size ? settings->message_reference : SLICE("1"),
        .type = SLICE("CONTRL"),
        .version = contrl.version_4 ? SLICE("4") : SLICE("D"),
        .release = contrl.version_4 ? SLICE("1") : SLICE("3"),
        .agency = SLICE("UN"),
    };
    return edifact_write(&envelope, &header, &contrl.root, 1, NULL, text, error);
}

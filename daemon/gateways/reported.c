// SPDX-License-Identifier: Apache-2.0
#include "gateways/reported.h"

#include "base/text.h"
#include "gateways/desk_event.h"

static struct slice value(const struct node *segment, unsigned element, unsigned component)
{
    const struct node_value *found = node_value(segment, element, 1, component);
    return found ? found->text : (struct slice){ 0 };
}

static void add_code(struct text *text, struct slice code)
{
    if (code.size)
        text_printf(text, ", code %.*s", SLICE_ARGS(code));
}

// UCM (message) and UCF (group) name their action at places of their own.
static void add_action(struct text *text, const struct node *segment, const char *what, unsigned action,
                       bool *refused)
{
    struct slice word = value(segment, action, 1);
    *refused |= slice_is(word, "4");
    text_printf(text, "; %s %.*s: action %.*s", what, SLICE_ARGS(value(segment, 1, 1)), SLICE_ARGS(word));
    add_code(text, value(segment, action + 1, 1));
}

static void add_place(struct text *text, const struct node *segment)
{
    if (slice_is(segment->name, "UCS")) {
        text_printf(text, "; segment %.*s", SLICE_ARGS(value(segment, 1, 1)));
        add_code(text, value(segment, 2, 1));
        return;
    }
    text_printf(text, "; element %.*s", SLICE_ARGS(value(segment, 2, 1)));
    if (value(segment, 2, 2).size)
        text_printf(text, ".%.*s", SLICE_ARGS(value(segment, 2, 2)));
    add_code(text, value(segment, 1, 1));
}

static void read_below(const struct node *node, struct text *text, bool *refused)
{
    for (const struct node *child = node->first; child; child = child->next) {
        if (slice_is(child->name, "UCM"))
            add_action(text, child, "message", 3, refused);
        else if (slice_is(child->name, "UCF"))
            add_action(text, child, "group", 4, refused);
        else if (slice_is(child->name, "UCS") || slice_is(child->name, "UCD"))
            add_place(text, child);
        read_below(child, text, refused);
    }
}

struct report report_read(const struct node *contrl, struct arena *arena)
{
    struct text text = text_in(arena);
    bool refused = false;
    const struct node *uci = contrl->first;
    while (uci && !slice_is(uci->name, "UCI"))
        uci = uci->next;
    struct slice action = uci ? value(uci, 4, 1) : (struct slice){ 0 };
    text_printf(&text, "action %.*s", SLICE_ARGS(action));
    if (uci)
        add_code(&text, value(uci, 5, 1));
    read_below(contrl, &text, &refused);
    return (struct report){
        .control = uci ? value(uci, 1, 1) : (struct slice){ 0 },
        .verdict = slice_is(action, "4")   ? OWED_REJECTED
                   : slice_is(action, "8") ? OWED_RECEIVED
                   : refused               ? OWED_ERRORS
                                           : OWED_ACCEPTED,
        .text = text_slice(&text),
    };
}

static struct outbox_document event_of(const struct partner *partner, const char *kind, struct slice control,
                                       const struct owed_match *match, int64_t now_us, struct slice text,
                                       struct arena *arena)
{
    const struct desk_event event = {
        .partner = partner,
        .kind = kind,
        .control = control,
        .delivery = match ? match->id : (struct slice){ 0 },
        .reference = match ? match->reference : (struct slice){ 0 },
        .now_us = now_us,
        .text = text,
    };
    return desk_event(&event, arena);
}

bool report_note(struct report *report, const struct partner *partner, struct db *db, int64_t now_us,
                 struct arena *arena, struct outbox_document *event, bool *made, struct error *error)
{
    if (!owed_acknowledge(db, arena, slice_of(partner->name), report->control, report->verdict, report->text,
                          now_us, &report->match, &report->found, error))
        return false;
    bool bad = report->verdict == OWED_ERRORS || report->verdict == OWED_REJECTED;
    *made = bad || !report->found;
    if (!*made)
        return true;
    const char *kind = report->found ? owed_report_name(report->verdict) : "unmatched";
    struct slice text = arena_printf(arena, "partner %s answers our interchange %.*s with %.*s%s",
                                     partner->name, SLICE_ARGS(report->control), SLICE_ARGS(report->text),
                                     report->found ? "" : ", and we have sent none of that reference");
    *event =
        event_of(partner, kind, report->control, report->found ? &report->match : NULL, now_us, text, arena);
    return true;
}

bool report_overdue(const struct owed_match *match, const struct partner *partner, int64_t now_us,
                    struct arena *arena, struct outbox_document *event)
{
    if (!partner)
        return false;
    struct slice text =
        arena_printf(arena, "partner %s has not answered our interchange %.*s within %d min", partner->name,
                     SLICE_ARGS(match->control), partner->edifact_ack_within_minutes);
    *event = event_of(partner, "overdue", match->control, match, now_us, text, arena);
    return true;
}

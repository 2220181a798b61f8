// SPDX-License-Identifier: Apache-2.0
#include "gateways/desk_event.h"

#include "gateways/plain.h"

struct outbox_document desk_event(const struct desk_event *event, struct arena *arena)
{
    struct document *document = document_record(arena, "InterchangeEvent");
    struct slice account = slice_of(event->partner->account);
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "partner", slice_of(event->partner->name));
    document_add_text(arena, document, "channel", SLICE("edifact"));
    document_add_text(arena, document, "kind", slice_of(event->kind));
    document_add_text(arena, document, "control_reference", plain_text(arena, event->control));
    document_add_text(arena, document, "delivery", event->delivery);
    document_add_text(arena, document, "reference", plain_text(arena, event->reference));
    document_add_instant(arena, document, "at", event->now_us);
    document_add_text(arena, document, "text", plain_text(arena, event->text));
    return (struct outbox_document){ .topic = TOPIC_EVENTS, .key = account, .document = document };
}

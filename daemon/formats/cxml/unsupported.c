// SPDX-License-Identifier: Apache-2.0
// What we say no to, and how; and under which name the map of what we take stands.
#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"

static bool says(struct slice *text, struct arena *arena, const char *what, struct slice value,
                 const char *then)
{
    value = cxml_shorten(value, arena);
    *text = arena_printf(arena, "%s \"%.*s\" is not supported; %s", what, SLICE_ARGS(value), then);
    return true;
}

// An attachment that travels in the same MIME body would be lost without a word.
static bool has_enclosure(const struct node *parent, struct slice *url)
{
    for (const struct node *comments = cxml_child(parent, "Comments"); comments;
         comments = cxml_next(comments)) {
        const struct node *attachment = cxml_child(comments, "Attachment");
        for (; attachment; attachment = cxml_next(attachment)) {
            *url = cxml_text(cxml_child(attachment, "URL"), "");
            if (slice_starts(*url, "cid:"))
                return true;
        }
    }
    return false;
}

static bool item_unsupported(const struct node *item, struct arena *arena, struct slice *text)
{
    struct slice url, operation = cxml_text(item, "operation");
    if (slice_is(cxml_text(item, "isReturn"), "yes"))
        return says(text, arena, "a line with isReturn", SLICE("yes"), "send orders only");
    if (operation.size)
        return says(text, arena, "a line with operation", operation, "leave the line out");
    if (has_enclosure(item, &url))
        return says(text, arena, "the attachment", url, "send the order without it");
    return false;
}

static bool order_unsupported(const struct node *order, struct arena *arena, struct slice *text)
{
    const struct node *header = cxml_child(order, "OrderRequestHeader");
    struct slice url, order_type = cxml_text(header, "orderType");
    if (order_type.size && !slice_is(order_type, "regular") && !slice_is(order_type, "release"))
        return says(text, arena, "an OrderRequest of orderType", order_type,
                    "only regular orders and releases are taken");
    if (has_enclosure(header, &url))
        return says(text, arena, "the attachment", url, "send the order without it");
    for (const struct node *item = cxml_child(order, "ItemOut"); item; item = cxml_next(item))
        if (item_unsupported(item, arena, text))
            return true;
    return false;
}

bool cxml_unsupported(const struct cxml_envelope *envelope, struct arena *arena, struct slice *text)
{
    if (envelope->is_signed) {
        *text = SLICE("digital signatures are not supported; send the document without one");
        return true;
    }
    if (!slice_is(envelope->kind, "OrderRequest"))
        return says(text, arena, "a document of kind", envelope->kind, "only OrderRequest is taken");
    return order_unsupported(envelope->payload, arena, text);
}

const char *cxml_message_name(const struct cxml_envelope *envelope, struct arena *arena)
{
    struct slice kind = envelope->kind;
    struct slice type = cxml_text(cxml_child(envelope->payload, "OrderRequestHeader"), "type");
    bool order = slice_is(kind, "OrderRequest");
    if (order && (slice_is(type, "update") || slice_is(type, "delete")))
        return arena_printf(arena, "cxml/%.*s.%.*s", SLICE_ARGS(kind), SLICE_ARGS(type)).data;
    return arena_printf(arena, "cxml/%.*s", SLICE_ARGS(kind)).data;
}

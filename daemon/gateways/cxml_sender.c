// SPDX-License-Identifier: Apache-2.0
#include "gateways/cxml_sender.h"

#include <stdlib.h>

#include "base/text.h"
#include "formats/cxml/path.h"

static bool same(const struct partner_identity *identity, const struct cxml_credential *credential)
{
    return slice_equal_nocase(identity->domain, credential->domain) &&
           slice_equal(slice_trim(identity->identity), credential->identity);
}

static bool party_has(const struct cxml_party *party, const struct partner_identity *identity)
{
    for (size_t i = 0; i < party->count; i++)
        if (same(identity, &party->credentials[i]))
            return true;
    return false;
}

// An intermediary's credential in From does not say whose order it is.
static const struct partner *partner_of(const struct maps *maps, const struct cxml_party *from)
{
    const struct partner *partner = NULL;
    for (size_t i = 0; i < from->count && !partner; i++)
        if (!from->credentials[i].marketplace)
            partner = maps_partner_cxml(maps, from->credentials[i].domain, from->credentials[i].identity);
    return partner;
}

// The Sender that is agreed for this partner; without one, the partner must send for itself.
static bool sender_agreed(const struct partner *partner, const struct cxml_party *sender)
{
    if (partner->cxml_sender.identity.size)
        return party_has(sender, &partner->cxml_sender);
    for (size_t i = 0; i < partner->cxml_identity_count; i++)
        if (party_has(sender, &partner->cxml_identities[i]))
            return true;
    return false;
}

static struct slice describe(const struct cxml_party *party, struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < party->count; i++)
        text_printf(&text, "%s%.*s:%.*s", i ? ", " : "", SLICE_ARGS(party->credentials[i].domain),
                    SLICE_ARGS(party->credentials[i].identity));
    return text_slice(&text);
}

const struct partner *cxml_sender(const struct maps *maps, const struct cxml_envelope *envelope,
                                  int64_t now_us, struct arena *arena, struct error *error)
{
    const struct partner *partner = partner_of(maps, &envelope->from);
    if (!partner) {
        error_set(error, ERROR_INVALID, NULL, "no partner file has the From credential \"%.*s\"",
                  SLICE_ARGS(describe(&envelope->from, arena)));
        return NULL;
    }
    if (!sender_agreed(partner, &envelope->sender)) {
        error_set(error, ERROR_INVALID, NULL, "the Sender \"%.*s\" may not speak for partner %s",
                  SLICE_ARGS(describe(&envelope->sender, arena)), partner->name);
        return NULL;
    }
    if (cxml_authentic(envelope, partner->cxml_secrets, now_us, arena, error))
        return partner;
    error_within(error, "checking the Sender of partner %s", partner->name);
    return NULL;
}

bool cxml_addressed_to_us(const struct cxml_envelope *envelope, const struct partner *partner)
{
    return slice_empty(partner->cxml_us.identity) || party_has(&envelope->to, &partner->cxml_us);
}

struct slice cxml_order_key(const struct cxml_envelope *envelope, struct arena *arena)
{
    const struct node *header = cxml_child(envelope->payload, "OrderRequestHeader");
    struct slice version = cxml_text(header, "orderVersion"), type = cxml_text(header, "type");
    return arena_printf(arena, "%s%.*s/%.*s/%.*s/%.*s", envelope->test ? "test " : "",
                        SLICE_ARGS(envelope->kind), SLICE_ARGS(type.size ? type : SLICE("new")),
                        SLICE_ARGS(version.size ? version : SLICE("1")),
                        SLICE_ARGS(cxml_text(header, "orderID")));
}

static int by_name(const void *left, const void *right)
{
    const struct node_value *const *a = left, *const *b = right;
    return slice_compare((*a)->name, (*b)->name);
}

// Sizes before texts: no text can look like the end of another.
static void add_part(struct text *text, char kind, struct slice part)
{
    text_printf(text, "%c%zu:", kind, part.size);
    text_append(text, part);
}

static void add_values(struct text *text, const struct node *element)
{
    const struct node_value **values =
        ARENA_ARRAY(text->arena, element->value_count, const struct node_value *);
    for (size_t i = 0; i < element->value_count; i++)
        values[i] = &element->values[i];
    if (element->value_count > 1)
        qsort(values, element->value_count, sizeof *values, by_name);
    for (size_t i = 0; i < element->value_count; i++) {
        struct slice value = slice_trim(values[i]->text);
        if (slice_empty(values[i]->name) && slice_empty(value))
            continue;
        add_part(text, '@', values[i]->name);
        add_part(text, '=', value);
    }
}

static void add_element(struct text *text, const struct node *element)
{
    add_part(text, '<', element->name);
    add_values(text, element);
    for (const struct node *child = element->first; child; child = child->next)
        add_element(text, child);
    text_append_char(text, '>');
}

struct slice cxml_canonical(const struct node *element, struct arena *arena)
{
    struct text text = text_in(arena);
    add_element(&text, element);
    return text_slice(&text);
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/render.h"

#include "base/text.h"
#include "doors/crypto.h"
#include "formats/cxml/cxml.h"
#include "formats/edifact/write.h"
#include "gateways/control.h"

// Which message a document becomes on each channel. "APERAK" stands for an OrderResponse that is said so. `only` is
// the directory of a message that others do not have; NULL: the partner's own.
static const struct {
    const char *type, *edifact, *cxml, *only;
} messages[] = {
    { "OrderResponse", "ORDRSP", "cxml/ConfirmationRequest", NULL },
    { "APERAK", "APERAK", NULL, NULL },
    { "ShipNotice", "DESADV", "cxml/ShipNoticeRequest", NULL },
    { "OrderStatus", "OSTRPT", NULL, "D01B" },
    { "Quotation", "QUOTES", NULL, NULL },
    { "Catalogue", "PRICAT", NULL, NULL },
    { "PartyInformation", "PARTIN", NULL, NULL },
    { "Acknowledgement", "APERAK.Acknowledgement", NULL, NULL },
    { "InvoiceNotice", "INVOIC", "cxml/InvoiceDetailRequest", NULL },
};

struct slice render_obstacle(const struct delivery *delivery, const struct partner *partner,
                             struct arena *arena)
{
    bool edifact = slice_is(delivery->channel, "edifact");
    if (!partner)
        return arena_printf(arena, "there is no partner file for \"%.*s\"", SLICE_ARGS(delivery->partner));
    if (edifact && partner->edifact_identity_count == 0)
        return arena_printf(arena, "partner %s has no EDIFACT identity", partner->name);
    if (!edifact && !partner->cxml_url)
        return arena_printf(arena, "partner %s has no url for cXML confirmations", partner->name);
    const struct partner_identity *us = edifact ? &partner->edifact_us : &partner->cxml_us;
    if (slice_empty(delivery->bytes) && slice_empty(us->identity))
        return arena_printf(arena, "the file of partner %s does not say who we are (us)", partner->name);
    return (struct slice){ 0 };
}

static const char *directory_for(const char *type, const struct partner *partner)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (messages[i].only && strcmp(messages[i].type, type) == 0)
            return messages[i].only;
    return partner->edifact_directory;
}

static const struct map *map_for(const struct rendering *rendering, const char *type, bool edifact,
                                 struct error *error)
{
    const struct partner *partner = rendering->partner;
    const char *directory = edifact ? directory_for(type, partner) : "";
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const char *kind = edifact ? messages[i].edifact : messages[i].cxml;
        if (!kind || strcmp(messages[i].type, type) != 0)
            continue;
        const struct map *map = maps_find(rendering->maps, kind, directory, partner);
        if (!map)
            error_set(error, ERROR_INVALID, NULL, "there is no map for %s%s%s, which partner %s is owed",
                      kind, edifact ? " of directory " : "", directory, partner->name);
        return map;
    }
    error_set(error, ERROR_INTERNAL, NULL, "a document of type %s cannot be sent to partner %s", type,
              partner->name);
    return NULL;
}

static const char *edifact_type(const char *type, struct arena *arena)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (strcmp(messages[i].type, type) == 0)
            return arena_string(arena, map_message_type(messages[i].edifact));
    return "";
}

static struct edifact_party party_of(const struct partner_identity *identity)
{
    return (struct edifact_party){ .identity = identity->identity, .qualifier = identity->domain };
}

// "D96A" is version D, release 96A.
static struct edifact_message_header header_of(const char *type, const char *directory,
                                               const struct partner *partner)
{
    bool agreed = strcmp(directory, partner->edifact_directory) == 0;
    return (struct edifact_message_header){
        .reference = SLICE("1"),
        .type = slice_of(type),
        .version = { directory, 1 },
        .release = slice_of(directory + 1),
        .agency = SLICE("UN"),
        // An association's code belongs to the directory that it was agreed for.
        .association = slice_of(agreed ? partner->edifact_association : ""),
    };
}

static const char *type_of(const struct delivery *delivery, const struct document *document)
{
    return slice_is(delivery->type, "APERAK") ? "APERAK" : document->type;
}

static bool write_edifact(const struct rendering *rendering, const struct document *document,
                          struct node *message, struct db *db, struct arena *arena, struct rendered *rendered,
                          struct error *error)
{
    const struct partner *partner = rendering->partner;
    const char *type = type_of(rendering->delivery, document);
    const char *directory = directory_for(type, partner);
    const char *message_type = edifact_type(type, arena);
    const struct edifact_message_header header = header_of(message_type, directory, partner);
    struct text text = text_in(arena);
    struct slice control;
    if (!control_next(db, arena, partner, message_type, &control, error))
        return false;
    const struct edifact_envelope envelope = {
        .sender = party_of(&partner->edifact_us),
        .receiver = party_of(&partner->edifact_identities[0]),
        .reference = control,
        .time_us = rendering->now_us,
        .syntax = (uint8_t)partner->edifact_syntax,
        .charset = edifact_charset_of(slice_of(partner->edifact_charset)),
        .una = partner->edifact_una,
        .test = document_boolean(document, "test", false),
        .acknowledge = partner->edifact_acknowledge,
        .replace_characters = true,
    };
    if (!edifact_write(&envelope, &header, &message, 1,
                       directories_named(maps_directories(rendering->maps), directory), &text, error))
        return false;
    *rendered = (struct rendered){
        .bytes = text_slice(&text),
        .control = envelope.reference,
        .kind = message_type,
        .refusal =
            strcmp(type, "OrderResponse") == 0 && slice_is(document_text(document, "status"), "rejected"),
    };
    return true;
}

struct slice render_payload_id(const struct delivery *delivery, const struct partner *partner,
                               struct arena *arena)
{
    struct slice digest = crypto_sha256_hex(arena, delivery->id);
    return arena_printf(arena, "%lld.%.16s@%.*s", (long long)delivery->created_us, digest.data,
                        SLICE_ARGS(partner->cxml_us.identity));
}

static void write_cxml(const struct rendering *rendering, const struct document *document,
                       struct node *message, struct arena *arena, struct slice *bytes)
{
    const struct partner *partner = rendering->partner;
    const bool known = partner->cxml_identity_count > 0;
    const struct cxml_outgoing outgoing = {
        .payload_id = render_payload_id(rendering->delivery, partner, arena),
        .now_us = rendering->now_us,
        .from_domain = partner->cxml_us.domain,
        .from_identity = partner->cxml_us.identity,
        .to_domain = known ? partner->cxml_identities[0].domain : SLICE(""),
        .to_identity = known ? partner->cxml_identities[0].identity : SLICE(""),
        .secret = partner->cxml_secrets[0],
        .version = partner->cxml_version,
        .test = document_boolean(document, "test", false),
    };
    *bytes = cxml_request_envelope(&outgoing, message, arena);
}

bool render(const struct rendering *rendering, struct db *db, struct arena *arena, struct rendered *rendered,
            struct error *error)
{
    const struct delivery *delivery = rendering->delivery;
    bool edifact = slice_is(delivery->channel, "edifact");
    struct document *document;
    struct node *message;
    *rendered = (struct rendered){ 0 };
    if (!avro_decode(rendering->engine->catalogue, "delivery", delivery->document, arena, &document, error))
        return error_within(error, "reading what partner %s is owed", rendering->partner->name);
    const struct map *map = map_for(rendering, type_of(delivery, document), edifact, error);
    if (!map || !map_write(map, document, arena, &message, error))
        return error_within(error, "rendering %.*s", SLICE_ARGS(delivery->id));
    if (edifact)
        return write_edifact(rendering, document, message, db, arena, rendered, error) ||
               error_within(error, "rendering %.*s", SLICE_ARGS(delivery->id));
    write_cxml(rendering, document, message, arena, &rendered->bytes);
    return true;
}

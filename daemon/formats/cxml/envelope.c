// SPDX-License-Identifier: Apache-2.0
#include "doors/xml.h"
#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"

static struct cxml_credential credential_of(const struct node *element)
{
    const struct node *secret = cxml_child(element, "SharedSecret");
    return (struct cxml_credential){
        .domain = cxml_text(element, "domain"),
        .identity = cxml_text(cxml_child(element, "Identity"), ""),
        .marketplace = slice_is(cxml_text(element, "type"), "marketplace"),
        .secret = cxml_text(secret, ""),
        .mac = cxml_child(element, "CredentialMac"),
        .element = element,
    };
}

static struct cxml_party party_of(const struct node *element, struct arena *arena)
{
    struct cxml_party party = { 0 };
    size_t capacity = 0;
    const struct node *credential = cxml_child(element, "Credential");
    for (; credential; credential = cxml_next(credential)) {
        party.credentials =
            arena_grow(arena, party.credentials, &capacity, party.count + 1, sizeof *party.credentials);
        party.credentials[party.count++] = credential_of(credential);
    }
    return party;
}

static const struct node *payload_of(const struct node *body, enum cxml_class class)
{
    // A Response has its Status before the payload, a Message may.
    const struct node *child = body ? body->first : NULL;
    while (child && class != CXML_REQUEST && slice_is(child->name, "Status"))
        child = child->next;
    return child;
}

static void find_body(struct cxml_envelope *envelope)
{
    static const struct {
        const char *name;
        enum cxml_class class;
    } bodies[] = { { "Request", CXML_REQUEST }, { "Response", CXML_RESPONSE }, { "Message", CXML_MESSAGE } };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies && !envelope->body; i++) {
        envelope->body = cxml_child(envelope->root, bodies[i].name);
        envelope->class = bodies[i].class;
    }
    envelope->payload = payload_of(envelope->body, envelope->class);
    if (envelope->payload)
        envelope->kind = envelope->payload->name;
    else if (envelope->body)
        envelope->kind = envelope->body->name;
    envelope->test = slice_is(cxml_text(envelope->body, "deploymentMode"), "test");
}

// A MIME body begins with its boundary or a header line; XML begins with neither.
static bool is_multipart(struct slice bytes)
{
    struct slice start = slice_trim(bytes);
    return slice_starts(start, "--") || slice_starts(start, "Content-") ||
           slice_starts(start, "MIME-Version:");
}

bool cxml_read(struct slice bytes, struct arena *arena, struct cxml_envelope *envelope, struct error *error)
{
    if (is_multipart(bytes))
        return error_set(error, ERROR_INVALID, NULL,
                         "a MIME multipart body is not supported; send the cXML document alone");
    struct xml_document document;
    if (!xml_read(bytes, NULL, arena, &document, error))
        return false;
    const struct node *root = document.root;
    struct position at = cxml_position(root);
    if (!slice_is(root->name, "cXML"))
        return error_set(error, ERROR_INVALID, &at, "the root element is \"%.*s\", not \"cXML\"",
                         SLICE_ARGS(root->name));
    *envelope = (struct cxml_envelope){
        .root = root,
        .payload_id = cxml_text(root, "payloadID"),
        .timestamp = cxml_text(root, "timestamp"),
        .user_agent = cxml_text(cxml_find(root, "Header/Sender/UserAgent"), ""),
        .from = party_of(cxml_find(root, "Header/From"), arena),
        .to = party_of(cxml_find(root, "Header/To"), arena),
        .sender = party_of(cxml_find(root, "Header/Sender"), arena),
        .is_signed = cxml_child(root, "Signature") || node_attribute(root, "signatureVersion"),
        .doctype = document.doctype_system,
    };
    find_body(envelope);
    return true;
}

const char *cxml_dtd_module(const struct cxml_envelope *envelope)
{
    static const struct {
        const char *kind, *module;
    } modules[] = {
        { "OrderRequest", "cXML.dtd" },
        { "PunchOutSetupRequest", "cXML.dtd" },
        { "PunchOutSetupResponse", "cXML.dtd" },
        { "PunchOutOrderMessage", "cXML.dtd" },
        { "ProfileRequest", "cXML.dtd" },
        { "ProfileResponse", "cXML.dtd" },
        { "StatusUpdateRequest", "cXML.dtd" },
        { "Response", "cXML.dtd" },
        { "ConfirmationRequest", "Fulfill.dtd" },
        { "ShipNoticeRequest", "Fulfill.dtd" },
        { "ReceiptRequest", "Fulfill.dtd" },
        { "ServiceEntryRequest", "Fulfill.dtd" },
        { "InvoiceDetailRequest", "InvoiceDetail.dtd" },
        { "QuoteRequest", "Quote.dtd" },
        { "QuoteMessage", "Quote.dtd" },
        { "CatalogUploadRequest", "Catalog.dtd" },
        { "ContractRequest", "Contract.dtd" },
        { "TransportRequest", "Logistics.dtd" },
        { "TransportConfirmation", "Logistics.dtd" },
        { "PaymentRemittanceRequest", "PaymentRemittance.dtd" },
    };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (slice_is(envelope->kind, modules[i].kind))
            return modules[i].module;
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "doors/xml.h"
#include "formats/cxml/cxml.h"

static const char default_version[] = "1.2.014";

const char *cxml_status_text(int code)
{
    static const struct {
        int code;
        const char *text;
    } texts[] = {
        { 200, "OK" },
        { 201, "Accepted" },
        { 204, "No Content" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 406, "Not Acceptable" },
        { 409, "Conflict" },
        { 412, "Precondition Failed" },
        { 417, "Expectation Failed" },
        { 450, "Not Implemented" },
        { 475, "Signature Required" },
        { 476, "Signature Verification Failed" },
        { 499, "Too Large" },
        { 500, "Internal Server Error" },
        { 550, "Unable to reach cXML server" },
        { 560, "Temporary server error" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].code == code)
            return texts[i].text;
    return code < 400 ? "OK" : code < 500 ? "Bad Request" : "Internal Server Error";
}

// cXML wants an offset in figures; buyers exist that cannot read "Z".
static struct slice timestamp(struct arena *arena, int64_t now_us)
{
    char text[INSTANT_TEXT_SIZE];
    int64_t whole = now_us - (now_us % 1000000 + 1000000) % 1000000;
    struct slice written = slice_of(instant_text(whole, text));
    return arena_printf(arena, "%.*s+00:00", (int)written.size - 1, written.data);
}

static void add_attribute(struct arena *arena, struct node *node, const char *name, struct slice text)
{
    node_add_value(arena, node, (struct node_value){ .name = slice_of(name), .text = text });
}

static struct node *add_element(struct arena *arena, struct node *parent, const char *name, struct slice text)
{
    struct node *element = node_add(parent, node_new(arena, slice_of(name)));
    if (text.size)
        node_add_value(arena, element, (struct node_value){ .text = text });
    return element;
}

static struct slice doctype(struct arena *arena, const char *version, const char *module)
{
    return arena_printf(arena, "<!DOCTYPE cXML SYSTEM \"http://xml.cxml.org/schemas/cXML/%s/%s\">", version,
                        module);
}

static void add_root_attributes(struct arena *arena, struct node *root, const char *version,
                                struct slice payload_id, int64_t now_us)
{
    add_attribute(arena, root, "payloadID", payload_id);
    add_attribute(arena, root, "timestamp", timestamp(arena, now_us));
    add_attribute(arena, root, "version", slice_of(version));
    add_attribute(arena, root, "xml:lang", SLICE("en-US"));
}

struct slice cxml_response(const struct cxml_reply *reply, struct arena *arena)
{
    const char *version = reply->version ? reply->version : default_version;
    struct node *root = node_new(arena, SLICE("cXML"));
    add_root_attributes(arena, root, version, reply->payload_id, reply->now_us);
    struct node *response = add_element(arena, root, "Response", (struct slice){ 0 });
    struct node *status = add_element(arena, response, "Status", reply->detail);
    add_attribute(arena, status, "code", arena_printf(arena, "%d", reply->code));
    add_attribute(arena, status, "text", slice_of(cxml_status_text(reply->code)));
    add_attribute(arena, status, "xml:lang", SLICE("en-US"));
    return xml_write(root, doctype(arena, version, "cXML.dtd"), arena);
}

static struct node *add_party(struct arena *arena, struct node *header, const char *name, struct slice domain,
                              struct slice identity)
{
    struct node *party = add_element(arena, header, name, (struct slice){ 0 });
    struct node *credential = add_element(arena, party, "Credential", (struct slice){ 0 });
    add_attribute(arena, credential, "domain", domain);
    add_element(arena, credential, "Identity", identity);
    return party;
}

// The Header stands before the Request that the map has made.
static void put_first(struct node *parent, struct node *child)
{
    child->parent = parent;
    child->next = parent->first;
    parent->first = child;
    if (!parent->last)
        parent->last = child;
}

struct slice cxml_request_envelope(const struct cxml_outgoing *outgoing, struct node *message,
                                   struct arena *arena)
{
    const char *version = outgoing->version ? outgoing->version : default_version;
    struct cxml_envelope envelope = { .kind = { 0 } };
    struct node *header = node_new(arena, SLICE("Header"));
    add_party(arena, header, "From", outgoing->from_domain, outgoing->from_identity);
    add_party(arena, header, "To", outgoing->to_domain, outgoing->to_identity);
    struct node *sender = add_party(arena, header, "Sender", outgoing->from_domain, outgoing->from_identity);
    if (outgoing->secret && *outgoing->secret)
        add_element(arena, sender->first, "SharedSecret", slice_of(outgoing->secret));
    add_element(arena, sender, "UserAgent", SLICE("Comptoir " COMPTOIR_VERSION));
    put_first(message, header);
    add_root_attributes(arena, message, version, outgoing->payload_id, outgoing->now_us);
    struct node *request = header->next;
    if (request) {
        add_attribute(arena, request, "deploymentMode", outgoing->test ? SLICE("test") : SLICE("production"));
        envelope.kind = request->first ? request->first->name : request->name;
    }
    const char *module = cxml_dtd_module(&envelope);
    return xml_write(message, doctype(arena, version, module ? module : "cXML.dtd"), arena);
}

// SPDX-License-Identifier: Apache-2.0
// The rules of the envelope, and what the order's rules are made of.
#include "formats/cxml/check.h"

#include <stdarg.h>

static void add(struct findings *findings, enum finding_severity severity, const struct node *at, int code,
                const char *format, va_list arguments)
{
    struct position position = cxml_position(at);
    struct slice text = cxml_shorten(arena_vprintf(findings->arena, format, arguments), findings->arena);
    // Findings beyond the limit are only counted: a path counts siblings, which is dear in a long order.
    struct slice path = findings->dropped ? at->name : cxml_path(at, findings->arena);
    findings_add(findings, severity, &position, path, code, "%.*s", SLICE_ARGS(text));
}

void cxml_error(struct findings *findings, const struct node *at, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(findings, FINDING_ERROR, at, code, format, arguments);
    va_end(arguments);
}

void cxml_warning(struct findings *findings, const struct node *at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(findings, FINDING_WARNING, at, CXML_BAD, format, arguments);
    va_end(arguments);
}

bool cxml_is_decimal(struct slice text)
{
    size_t digits = 0, points = 0;
    for (size_t i = text.size && (text.data[0] == '-' || text.data[0] == '+'); i < text.size; i++) {
        bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
        digits += is_digit;
        points += text.data[i] == '.';
        if (!is_digit && text.data[i] != '.')
            return false;
    }
    return digits > 0 && points < 2;
}

bool cxml_is_positive(struct slice text)
{
    if (!cxml_is_decimal(text) || text.data[0] == '-')
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= '1' && text.data[i] <= '9')
            return true;
    return false;
}

void cxml_check_time(struct findings *findings, const struct node *element, const char *attribute)
{
    struct slice text = cxml_text(element, attribute);
    struct cxml_time time;
    if (text.size == 0)
        return;
    if (!cxml_time_parse(text, 0, &time))
        cxml_error(findings, element, CXML_BAD,
                   "%s=\"%.*s\" is no time; write it as 2026-11-24T13:10:38+01:00", attribute,
                   SLICE_ARGS(text));
    else if (!time.has_zone && time.has_time)
        cxml_warning(findings, element, "%s=\"%.*s\" has no zone; the partner's zone is assumed", attribute,
                     SLICE_ARGS(text));
}

static void check_credential(struct findings *findings, const struct cxml_credential *credential)
{
    if (credential->domain.size == 0)
        cxml_error(findings, credential->element, CXML_BAD, "the Credential has no domain");
    if (credential->identity.size == 0)
        cxml_error(findings, credential->element, CXML_BAD, "the Credential has no Identity");
}

static void check_party(struct findings *findings, const struct node *header, const char *name,
                        const struct cxml_party *party)
{
    const struct node *element = cxml_child(header, name);
    if (!element)
        cxml_error(findings, header, CXML_BAD, "the Header has no %s", name);
    else if (party->count == 0)
        cxml_error(findings, element, CXML_BAD, "%s has no Credential", name);
    for (size_t i = 0; i < party->count; i++)
        check_credential(findings, &party->credentials[i]);
}

static void check_header(struct findings *findings, const struct cxml_envelope *envelope)
{
    const struct node *header = cxml_child(envelope->root, "Header");
    if (!header) {
        cxml_error(findings, envelope->root, CXML_BAD, "the document has no Header");
        return;
    }
    check_party(findings, header, "From", &envelope->from);
    check_party(findings, header, "To", &envelope->to);
    check_party(findings, header, "Sender", &envelope->sender);
    const struct node *sender = cxml_child(header, "Sender");
    if (sender && envelope->user_agent.size == 0)
        cxml_warning(findings, sender, "the Sender has no UserAgent, which the DTD requires");
}

static void check_body(struct findings *findings, const struct cxml_envelope *envelope)
{
    if (!envelope->body) {
        cxml_error(findings, envelope->root, CXML_BAD,
                   "the document has neither Request, Response nor Message");
        return;
    }
    struct slice mode = cxml_text(envelope->body, "deploymentMode");
    if (mode.size && !slice_is(mode, "test") && !slice_is(mode, "production"))
        cxml_error(findings, envelope->body, CXML_BAD,
                   "deploymentMode=\"%.*s\" is neither \"production\" nor \"test\"", SLICE_ARGS(mode));
    if (!envelope->payload && envelope->class != CXML_RESPONSE)
        cxml_error(findings, envelope->body, CXML_BAD, "the %.*s is empty", SLICE_ARGS(envelope->body->name));
    if (envelope->class == CXML_RESPONSE && !cxml_text(cxml_child(envelope->body, "Status"), "code").size)
        cxml_error(findings, envelope->body, CXML_BAD, "the Response has no Status with a code");
}

bool cxml_check(const struct cxml_envelope *envelope, struct findings *findings)
{
    size_t before = findings->errors;
    if (envelope->payload_id.size == 0)
        cxml_warning(findings, envelope->root, "the document has no payloadID, so no answer can refer to it");
    if (envelope->timestamp.size == 0)
        cxml_warning(findings, envelope->root, "the document has no timestamp");
    cxml_check_time(findings, envelope->root, "timestamp");
    if (envelope->class != CXML_RESPONSE)
        check_header(findings, envelope);
    check_body(findings, envelope);
    if (envelope->payload && slice_is(envelope->kind, "OrderRequest"))
        cxml_check_order(envelope->payload, findings);
    return findings->errors == before;
}

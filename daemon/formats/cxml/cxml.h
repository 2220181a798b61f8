// SPDX-License-Identifier: Apache-2.0
// cXML documents: the envelope, the rules that we check ourselves, and the documents that we send. Paths of
// maps begin below the root element: "Request/OrderRequest/OrderRequestHeader/@orderID".
//
// A gateway goes: cxml_read (fails: answer 406) -> find the partner -> cxml_authentic (401) ->
// cxml_unsupported (450) -> cxml_check (errors: 400) -> map_read -> store -> cxml_response 200.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/finding.h"
#include "base/node.h"

enum cxml_class { CXML_REQUEST, CXML_RESPONSE, CXML_MESSAGE };

// One Credential of From, To or Sender. Absent parts are empty; texts are trimmed.
struct cxml_credential {
    struct slice domain, identity;
    bool marketplace;           // type="marketplace": an intermediary, not the party itself
    struct slice secret;        // SharedSecret; never log it
    const struct node *mac;     // CredentialMac, NULL where absent
    const struct node *element; // for positions
};

struct cxml_party {
    struct cxml_credential *credentials; // in document order
    size_t count;
};

struct cxml_envelope {
    const struct node *root;    // the cXML element
    const struct node *body;    // Request, Response or Message; NULL only where there is none
    const struct node *payload; // the element that gives the document its kind; NULL where the body has none
    enum cxml_class class;
    struct slice kind;       // the payload's name, "OrderRequest"; of a Response without payload "Response"
    struct slice payload_id; // cXML/@payloadID, may be empty
    struct slice timestamp;  // cXML/@timestamp as it was written
    struct slice user_agent;
    struct cxml_party from, to, sender;
    bool test;      // deploymentMode="test"; production where nothing is said
    bool is_signed; // carries a ds:Signature or a signatureVersion
    struct slice doctype;
};

// Bytes to envelope. False (ERROR_INVALID with line and column; answer 406) where the bytes are no
// well-formed XML, are beyond the limits, declare entities, or have another root than cXML. Everything else
// that may be wrong is left to cxml_check, so that the sender can be told under the right payloadID. Nodes
// and texts lie in the arena.
bool cxml_read(struct slice bytes, struct arena *arena, struct cxml_envelope *envelope, struct error *error);

// Whether one of the Sender's credentials proves knowledge of one of the partner's secrets (NULL: not used),
// by SharedSecret or by a CredentialMac of type FromSenderCredentials and algorithm HMAC-SHA1-96 that is
// valid at `now_us`. The comparison takes the same time wherever the texts differ. `error` says what was
// wrong, without the secret.
bool cxml_authentic(const struct cxml_envelope *envelope, const char *const secrets[2], int64_t now_us,
                    struct arena *arena, struct error *error);

// Whether the document asks for something that nobody here does: another kind than OrderRequest, a signature.
// `text` is then a sentence for the partner (status 450).
bool cxml_unsupported(const struct cxml_envelope *envelope, struct arena *arena, struct slice *text);

// Under which name the document's map stands: "cxml/OrderRequest", or with the type of one that is not new
// "cxml/OrderRequest.update".
const char *cxml_message_name(const struct cxml_envelope *envelope, struct arena *arena);

// Our own rules, for any kind the envelope, for an OrderRequest the order too. Each finding has the element's
// line, its path and a cXML status code. Errors are faults with which the document cannot be understood; what
// only the DTD minds is a warning. True without errors.
bool cxml_check(const struct cxml_envelope *envelope, struct findings *findings);

// The official DTD module for the document's kind, "Fulfill.dtd"; NULL where we know of none.
const char *cxml_dtd_module(const struct cxml_envelope *envelope);

// The words that belong to a status code: 200 "OK", 400 "Bad Request".
const char *cxml_status_text(int code);

// A reply that carries a Status alone. Code 200 always has the text "OK", since some buyers compare it;
// `detail` becomes the content of Status. `payload_id` is a new one of ours.
struct cxml_reply {
    int code;
    struct slice detail;
    struct slice payload_id;
    int64_t now_us;
    const char *version; // NULL: "1.2.014"
};
struct slice cxml_response(const struct cxml_reply *reply, struct arena *arena);

// Our documents to a partner. `message` is what map_write made: a cXML element with the Request inside; it
// gets the attributes, the Header and the deploymentMode. The result is the whole document with DOCTYPE.
struct cxml_outgoing {
    struct slice payload_id;
    int64_t now_us;
    struct slice from_domain, from_identity; // we; the Sender is the same
    struct slice to_domain, to_identity;
    const char *secret;  // goes into the Sender; NULL for none
    const char *version; // NULL: "1.2.014"
    bool test;
};
struct slice cxml_request_envelope(const struct cxml_outgoing *outgoing, struct node *message,
                                   struct arena *arena);

// A timestamp in any of the forms buyers write: offset "+01:00", "+0100", "+01" or "Z", or none; with or
// without seconds and fraction; a blank in place of the T; a date alone. `has_time` and `has_zone` tell what
// was there; an absent offset counts as `zone_minutes` east of UTC. False where it is none of these.
struct cxml_time {
    int64_t instant_us;
    int32_t date; // as written, not moved to UTC
    bool has_time, has_zone;
    int64_t local_us; // the written time as if it were UTC
};
bool cxml_time_parse(struct slice text, int zone_minutes, struct cxml_time *time);

// SPDX-License-Identifier: Apache-2.0
// Maps: data that says which segment component or XML path is which field of a canonical document. One file a
// message in edi-maps/messages, both directions where possible; one file a partner in edi-maps/partners,
// which may replace single rules. The file format is described in docs/partners.md; errors name file and
// line. All maps of a folder are loaded together, checked against the directories and schemas, and are then
// read-only: any number of threads may use them.
#pragma once

#include <stdbool.h>

#include "base/document.h"
#include "base/error.h"
#include "base/finding.h"
#include "base/node.h"

struct maps;
struct map;

// An identity a partner is known by on the wire.
struct partner_identity {
    struct slice domain;   // cXML credential domain; EDIFACT: UNB 0007 qualifier, empty for none
    struct slice identity; // cXML identity; EDIFACT: UNB 0004/0010
};

// Which file said it: nobody, partners/defaults, or the partner's own file.
enum partner_layer { PARTNER_LAYER_BUILT_IN, PARTNER_LAYER_BASE, PARTNER_LAYER_PARTNER };

// A setting as it holds for a partner, for people to read.
struct partner_setting {
    const char *name; // "charset", "tolerances.counts"
    const char *value;
    enum partner_layer layer;
    const char *file; // NULL where it is built in
    int line;
};

struct edifact_tolerances;

// How the control references of what we send are counted, for one kind of message or for all others.
enum { PARTNER_REFERENCE_SIZE = 14 };
enum partner_range_end {
    PARTNER_RANGE_GROW, // more figures, as many as a reference has
    PARTNER_RANGE_STOP, // nothing more is sent
    PARTNER_RANGE_WRAP, // it begins again
};
struct partner_range {
    const char *message; // "ORDRSP", empty for all that have no range of their own
    const char *prefix;
    int width; // of the number, with leading zeros; 0: as it is
    int64_t first, last;
    enum partner_range_end
        end; // what comes behind `last`; a range that grows ends only with the reference's size
};

// A partner file, as it was read. Slices and pointers live as long as the maps.
struct partner {
    const char *name;                     // the file's name without ".conf"
    const char *account;                  // sold-to account of its orders
    bool test;                            // its documents are test documents
    bool sends_shipments, sends_invoices; // it gets these beside the answers to its orders
    const char *zone; // "Europe/Berlin" or "+01:00": where its dates without an offset are; default "UTC"

    // EDIFACT; identity_count is 0 where the partner does not use it.
    const struct partner_identity *edifact_identities;
    size_t edifact_identity_count;
    struct partner_identity edifact_us; // our identity towards this partner
    const char *edifact_directory;      // "D96A": of what we send
    const char *edifact_charset;        // "UNOC"
    int edifact_syntax;                 // 1..4
    bool edifact_una;                   // write a UNA segment
    const char *edifact_association;    // "EAN008": UNH 0057 of what we send, empty for none
    bool edifact_acknowledge;           // UNB 0031: we want a CONTRL for what we send
    int edifact_ack_within_minutes;     // how long that may take, 0: for ever
    int edifact_duplicate_days;         // a control reference may come again after so long, 0: never
    int edifact_response_minutes;       // how long our answer to its orders may take, 0: nobody counts
    bool edifact_warn_sequence;         // a gap in its control references, or one out of order, is told
    bool edifact_aperak;                // orders that are rejected: an APERAK before the ORDRSP
    bool edifact_every_message;         // our CONTRL names accepted messages too
    const struct partner_range *edifact_ranges;
    size_t edifact_range_count;
    const struct edifact_tolerances *edifact_tolerances; // what to do with each kind of fault
    const struct partner_setting *settings;              // of EDIFACT, all of them
    size_t setting_count;

    // cXML.
    const struct partner_identity *cxml_identities; // From
    size_t cxml_identity_count;
    struct partner_identity cxml_sender; // Sender; empty: same as From
    struct partner_identity cxml_us;
    const char *cxml_secrets[2]; // shared secrets, the second during rotation; NULL for none
    const char *cxml_url;        // where confirmations are posted; NULL: not sent
    const char *cxml_version;    // DTD version of what we send, default "1.2.014"
};

// The range for that kind of message; one that counts from 1 where the partner's file names none.
const struct partner_range *partner_range(const struct partner *partner, const char *message);
// The name under which its numbers are counted: "edifact ORDRSP", "edifact".
struct slice partner_range_name(const struct partner_range *range, struct arena *arena);
// A reference of the range; empty where it would be too long.
struct slice partner_range_reference(const struct partner_range *range, int64_t number, struct arena *arena);

// Loads `folder` (directories/, messages/, partners/); `schemas` is the folder with the .avsc files. NULL and
// `error` on the first fault.
struct maps *maps_load(const char *folder, const char *schemas, struct error *error);
void maps_free(struct maps *maps);

struct templates;
// The mail templates (formats/mail/templates.h); NULL where the folder has none.
const struct templates *maps_templates(const struct maps *maps);
size_t maps_count(const struct maps *maps); // of messages
size_t maps_partner_count(const struct maps *maps);
const struct partner *maps_partner(const struct maps *maps, size_t index);
const struct partner *maps_partner_named(const struct maps *maps, struct slice name);
// NULL where nobody has that identity. Domains compare without case (cXML), EDIFACT qualifiers exactly.
const struct partner *maps_partner_edifact(const struct maps *maps, struct slice qualifier,
                                           struct slice identity);
const struct partner *maps_partner_cxml(const struct maps *maps, struct slice domain, struct slice identity);

// The map of a message: `kind` is "ORDERS" with directory "D96A", or "cxml/OrderRequest" with directory "".
// `partner` may be NULL. NULL where there is none.
const struct map *maps_find(const struct maps *maps, const char *kind, const char *directory,
                            const struct partner *partner);
// The same by the name of its file, "ORDERS.D96A" or "cxml/OrderRequest".
const struct map *maps_named(const struct maps *maps, const char *name, const struct partner *partner);
const char *map_document_type(const struct map *map); // "PurchaseOrder"
// An EDIFACT message that several documents become has a map for each: of kind "APERAK.Acknowledgement" the message is
// APERAK. What has no point is the message itself.
struct slice map_message_type(const char *kind);
const char *map_kind(const struct map *map);      // "ORDERS", "cxml/OrderRequest"
const char *map_directory(const struct map *map); // "D96A", empty for cXML

// The directories and schemas that the maps were checked against; they live as long as the maps.
struct directories;
struct avro_catalogue;
const struct directories *maps_directories(const struct maps *maps);
const struct avro_catalogue *maps_schemas(const struct maps *maps);

// A message to be read: a tree of XML, or an EDIFACT message of the map's kind and directory as the check has
// placed it.
struct edifact_placed;
struct map_message {
    const struct node *tree;
    const struct edifact_placed *placed;
};

// Message to document, its fields in the order of the schema. Leaves are texts with positions, already converted where a rule says so (dates to
// ISO 8601, decimal marks to '.'); avro_conform makes them typed. False where a required value is missing or
// cannot be converted: the findings tell.
bool map_read(const struct map *map, struct map_message message, struct arena *arena,
              struct document **document, struct findings *findings);

// The same, telling map_trace.h what was taken from where; with NULL it is map_read. With a trace *document is set, as
// far as it goes, also where something is missing; not where the message is refused for what it expects.
struct map_trace;
bool map_read_traced(const struct map *map, const struct node *message, struct map_trace *trace,
                     struct arena *arena, struct document **document, struct findings *findings);

// Document to message: the nodes to be written by edifact_write or cxml_write.
bool map_write(const struct map *map, const struct document *document, struct arena *arena,
               struct node **message, struct error *error);
bool map_write_traced(const struct map *map, const struct document *document, struct map_trace *trace,
                      struct arena *arena, struct node **message, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// The door to libavro: canonical documents to and from Avro's binary encoding, by the schemas of
// schemas/avro. A catalogue holds all schemas of that folder; it is made once and then read-only for any
// number of threads. Its folder "earlier", where there is one, holds older versions of the same records: what
// others still write, known by fingerprint and read as today's.
//
// A float or double is a DECIMAL of scale 6 in a document. An enum is a TEXT. Our own schemas have no maps
// and no unions other than [null, type]; a foreign writer's may, in fields that we do not have or as far as
// the branch that it wrote fits ours.
//
// On the wire a record is either in single-object encoding (bytes C3 01, the CRC-64-AVRO fingerprint of the
// schema's parsing canonical form, little endian, then the body; Avro 1.11 specification, "Single-object
// encoding") or, with a schema registry, in Confluent's framing (byte 00, schema id big endian, body).
// Reading accepts both at any time; writing uses Confluent's once a registry was set.
#pragma once

#include <stdbool.h>

#include "base/document.h"
#include "base/error.h"
#include "base/finding.h"

struct avro_catalogue;

struct avro_catalogue *avro_open(const char *folder, struct error *error);
void avro_close(struct avro_catalogue *catalogue);

// Registers every schema under its TopicRecordNameStrategy subject "TOPIC-comptoir.NAME" for the given pairs
// and from then on writes with the ids. Unknown ids met while reading are fetched and kept. The registry's
// answer to an incompatible schema is an error that names subject and reason.
struct avro_subject {
    const char *topic, *type;
};
bool avro_use_registry(struct avro_catalogue *catalogue, const char *url, const struct avro_subject *subjects,
                       size_t count, struct error *error);

// Framed bytes to a typed document: the record's type is whatever the fingerprint or id says; a writer schema
// that differs from ours is resolved by name (missing fields take their defaults). ERROR_INVALID with
// `at.byte` where bytes are missing, left over or make no sense; "unknown schema fingerprint ..." where
// nobody knows it; ERROR_UNAVAILABLE where the registry does not answer. Texts point into `bytes`.
bool avro_decode(const struct avro_catalogue *catalogue, const char *topic, struct slice bytes,
                 struct arena *arena, struct document **document, struct error *error);

// A document (its root's `type` names the schema) to framed bytes in the arena. `topic` chooses the subject.
// An absent field takes its schema default; one without default is ERROR_INTERNAL.
bool avro_encode(const struct avro_catalogue *catalogue, const char *topic, const struct document *document,
                 struct arena *arena, struct slice *bytes, struct error *error);

// Turns the TEXT leaves of an untyped tree into what schema `type` asks for, in place: numbers, decimals
// (mark '.'), dates, instants, booleans, bytes (base64); adds defaults, takes nulls away where they are
// allowed, puts the fields into the schema's order and sets types of inner records. Every leaf that cannot be
// turned, every required field that is missing and every field that the schema lacks is a finding, with the
// path "lines[2].quantity" (counted from 1) as its place and code 0. False where there was a finding.
bool avro_conform(const struct avro_catalogue *catalogue, const char *type, struct document *document,
                  struct arena *arena, struct findings *findings);

// True where schema `type` exists and has the field path "lines.quantity" (list items have no index).
bool avro_has_field(const struct avro_catalogue *catalogue, const char *type, struct slice path);

// The same, and where in its record the field stands. A document that is built with the schema's own names in
// the schema's order conforms soonest.
struct avro_slot {
    const char *name; // the schema's
    size_t slot;      // from 0
};
bool avro_find_slot(const struct avro_catalogue *catalogue, const char *type, struct slice path,
                    struct avro_slot *slot);

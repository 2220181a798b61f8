// SPDX-License-Identifier: Apache-2.0
// Avro schemas as a tree: what avro.c and its parts work on. avro-c 1.11 knows neither logical types nor the
// defaults of fields nor fingerprints, so the tree is read from the JSON text itself; avro-c judges the text
// first. A tree lies in an arena, is read-only once made, and may point back into itself (recursive records).
//
// Meanings that a document has kinds for: decimal (bytes or fixed), date, timestamp-micros, timestamp-millis.
// Other logical types are ignored, as Avro's specification asks. Float and double become DECIMAL of scale 6,
// rounded, since documents hold no binary fractions: they are for rates and loads, never for money.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/document.h"
#include "base/error.h"

enum schema_kind {
    SCHEMA_NULL,
    SCHEMA_BOOLEAN,
    SCHEMA_INT,
    SCHEMA_LONG,
    SCHEMA_FLOAT,
    SCHEMA_DOUBLE,
    SCHEMA_BYTES,
    SCHEMA_STRING,
    SCHEMA_ARRAY,
    SCHEMA_MAP,
    SCHEMA_RECORD,
    SCHEMA_ENUM,
    SCHEMA_FIXED,
    SCHEMA_UNION,
};

enum schema_meaning { MEANING_PLAIN, MEANING_DECIMAL, MEANING_DATE, MEANING_MICROS, MEANING_MILLIS };

enum { SCHEMA_MOST_DEPTH = 64, FLOAT_SCALE = 6 };

struct schema;

struct schema_field {
    const char *name;
    const struct schema *type;
    const char *const *aliases;
    size_t alias_count;
    // The default, typed; NULL where the schema has none. A default of null is a DOCUMENT_NULL.
    const struct document *fallback;
    const struct document *fallback_json; // as written
};

struct schema {
    enum schema_kind kind;
    enum schema_meaning meaning;
    uint8_t precision, scale;
    const char *name, *full_name; // RECORD, ENUM, FIXED
    size_t size;                  // FIXED, bytes
    size_t count;                 // fields, symbols or branches
    struct schema_field *fields;
    const char **symbols;
    const char *symbol_fallback; // ENUM's default, or NULL
    const struct schema **branches;
    const struct schema *items; // ARRAY, MAP
};

// JSON text to a tree; the text's outermost type must be a record. `source` names it in errors. Defaults are
// checked and typed where `ours` is true: those of a foreign writer's schema have no use.
bool schema_read(struct slice json, const char *source, bool ours, struct arena *arena,
                 const struct schema **schema, struct error *error);

// A default as the schema's JSON has it to a typed document: bytes are given as characters U+0000 to U+00FF,
// a union's default belongs to its first branch, absent fields of a record take their own defaults. NULL
// where it does not fit the type.
struct document *schema_default(const struct schema *schema, const struct document *json,
                                struct arena *arena);

// A copy that may stand in a document: a default itself is shared by all.
struct document *schema_copy_default(const struct document *fallback, struct arena *arena);

// CRC-64-AVRO of the parsing canonical form; `canonical` (may be NULL) gets that form, in the arena.
uint64_t schema_fingerprint(const struct schema *schema, struct arena *arena, struct slice *canonical);
// CRC-64-AVRO of any bytes.
uint64_t schema_crc64(struct slice bytes);

// "string", "decimal(18,4)", "PurchaseOrderLine": for messages.
const char *schema_title(const struct schema *schema, char title[64]);

// The kind of document that a value of the schema becomes; for a union with null, that of its other branch.
enum document_kind schema_document_kind(const struct schema *schema);
// The schema itself, or for [null, T] the T. NULL for any other union.
const struct schema *schema_value(const struct schema *schema);
bool schema_nullable(const struct schema *schema);
const struct schema_field *schema_find(const struct schema *record, const char *name);

// True where the value has at most `precision` digits.
bool schema_decimal_fits(int64_t value, uint8_t precision);
// Dates and instants are those of the years 1 to 9999: what ISO 8601 can write and PostgreSQL can hold.
bool schema_time_fits(enum document_kind kind, int64_t value);
// Two's complement, big endian, to an integer of at most `precision` digits. False where it is empty or too
// large.
bool schema_decimal_read(struct slice bytes, uint8_t precision, int64_t *value);

// SPDX-License-Identifier: Apache-2.0
// A canonical document as a tree: what the maps make, what Avro carries, what the stages read. The shapes are
// the records of schemas/avro; the root's `type` is the record's name there, without namespace. Nodes lie in
// an arena; texts may point into the message. Optional fields that are absent are not in the tree.
//
// Numbers: INTEGER is an int64; DECIMAL is value / 10^scale; DATE is days and INSTANT microseconds since 1970
// (base/clock.h). A map makes TEXT leaves only; avro_conform (doors/avro.h) turns them into what the schema
// asks for and tells by line and column where one cannot be turned.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum document_kind {
    DOCUMENT_NULL,
    DOCUMENT_BOOLEAN, // integer is 0 or 1
    DOCUMENT_INTEGER,
    DOCUMENT_DECIMAL,
    DOCUMENT_DATE,
    DOCUMENT_INSTANT,
    DOCUMENT_TEXT,
    DOCUMENT_BYTES,
    DOCUMENT_LIST,   // children without names
    DOCUMENT_RECORD, // children with names
};

struct document {
    enum document_kind kind;
    uint8_t scale;         // DECIMAL
    const char *name;      // of the field in its parent record; NULL in lists and at the root
    const char *type;      // RECORD: the schema's record name, NULL where unknown
    struct slice text;     // TEXT, BYTES
    int64_t integer;       // BOOLEAN, INTEGER, DECIMAL (unscaled), DATE, INSTANT
    uint32_t line, column; // in the source, 0 where unknown
    uint32_t count;        // children
    struct document *first, *last, *next;
};

// Names and types given here are kept as pointers: they outlive the arena (literals, schemas, maps).
struct document *document_record(struct arena *arena, const char *type);
struct document *document_list(struct arena *arena);

// Adds a child at the end and returns it. `name` is NULL in a list. A name is added once only.
struct document *document_add(struct document *parent, const char *name, struct document *child);

// Makes a leaf and adds it.
struct document *document_add_text(struct arena *arena, struct document *parent, const char *name,
                                   struct slice text);
struct document *document_add_bytes(struct arena *arena, struct document *parent, const char *name,
                                    struct slice bytes);
struct document *document_add_integer(struct arena *arena, struct document *parent, const char *name,
                                      int64_t value);
struct document *document_add_boolean(struct arena *arena, struct document *parent, const char *name,
                                      bool value);
struct document *document_add_decimal(struct arena *arena, struct document *parent, const char *name,
                                      int64_t value, uint8_t scale);
struct document *document_add_date(struct arena *arena, struct document *parent, const char *name,
                                   int32_t days);
struct document *document_add_instant(struct arena *arena, struct document *parent, const char *name,
                                      int64_t instant_us);
struct document *document_add_record(struct arena *arena, struct document *parent, const char *name,
                                     const char *type);
struct document *document_add_list(struct arena *arena, struct document *parent, const char *name);

// The field of a record, or NULL; a NULL record has no fields.
const struct document *document_get(const struct document *record, const char *name);

// Field values; an absent field, or one of another kind, gives an empty slice or the fallback.
struct slice document_text(const struct document *record, const char *name);
int64_t document_integer(const struct document *record, const char *name, int64_t fallback);
bool document_boolean(const struct document *record, const char *name, bool fallback);
// DATE and INSTANT fields; false where absent.
bool document_date(const struct document *record, const char *name, int32_t *days);
bool document_instant(const struct document *record, const char *name, int64_t *instant_us);
// DECIMAL (or INTEGER) at the wanted scale; false where absent, or where it does not fit the scale exactly.
bool document_decimal(const struct document *record, const char *name, uint8_t scale, int64_t *value);
// The first child of a list field, NULL where absent or empty.
const struct document *document_items(const struct document *record, const char *name);

// Decimal text ("-12.50", "12", ".5" is refused) to an integer of the wanted scale; false where it is no
// decimal, has more significant places than `scale`, or does not fit. `mark` is '.' or ','.
bool decimal_parse(struct slice text, char mark, uint8_t scale, int64_t *value);
// value / 10^scale with a point, without needless zeros at the end: 1250 at scale 2 gives "12.5".
enum { DECIMAL_TEXT_SIZE = 32 };
const char *decimal_text(int64_t value, uint8_t scale, char text[DECIMAL_TEXT_SIZE]);
// The same with all its decimals: 1250 at scale 2 gives "12.50". For amounts that people read.
const char *decimal_text_whole(int64_t value, uint8_t scale, char text[DECIMAL_TEXT_SIZE]);
// Another scale, exactly; false where digits would be lost or it does not fit.
bool decimal_rescale(int64_t value, uint8_t from, uint8_t to, int64_t *rescaled);

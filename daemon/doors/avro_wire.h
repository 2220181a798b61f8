// SPDX-License-Identifier: Apache-2.0
// Avro's binary encoding, byte by byte: a cursor over one record's bytes that never reads beyond them. Every
// function returns false with the error filled, which names record, field and byte.
#pragma once

#include "doors/schema.h"

struct avro_wire {
    struct slice whole;
    size_t at;     // next byte
    size_t offset; // of `whole` in the message, for errors
    struct arena *arena;
    struct error *error;
    const char *root;
    size_t depth;                            // of records entered, for errors and against endless nesting
    const char *path[SCHEMA_MOST_DEPTH + 1]; // field being read, by depth
};

struct avro_block {
    int64_t count; // 0 ends the array or map
    size_t end;    // where it ends, if it says so; else 0
};

bool avro_wire_fail(struct avro_wire *wire, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool avro_wire_take(struct avro_wire *wire, size_t size, struct slice *bytes);
bool avro_wire_integer(struct avro_wire *wire, bool is_int, int64_t *value);
bool avro_wire_bytes(struct avro_wire *wire, struct slice *bytes); // length and bytes: bytes, string
bool avro_wire_branch(struct avro_wire *wire, size_t count, int64_t *branch);

// The head of a block; a block may not claim more items than bytes are left, even where its items take none.
bool avro_wire_block(struct avro_wire *wire, struct avro_block *block);
bool avro_wire_block_end(struct avro_wire *wire, const struct avro_block *block);

bool avro_wire_enter(struct avro_wire *wire); // one record deeper
void avro_wire_leave(struct avro_wire *wire);

// Passes over a value of the schema.
bool avro_wire_skip(struct avro_wire *wire, const struct schema *schema);

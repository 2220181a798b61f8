// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_wire.h"

#include <stdarg.h>
#include <stdio.h>

static void write_path(const struct avro_wire *wire, char *path, size_t size)
{
    size_t used = 0;
    for (size_t i = 1; i <= wire->depth && used < size; i++)
        if (wire->path[i])
            used += (size_t)snprintf(path + used, size - used, ".%s", wire->path[i]);
}

bool avro_wire_fail(struct avro_wire *wire, const char *format, ...)
{
    char message[256], path[160] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    write_path(wire, path, sizeof path);
    struct position at = { .byte = wire->offset + wire->at + 1 };
    return error_set(wire->error, ERROR_INVALID, &at, "cannot read Avro %s%s: %s", wire->root, path, message);
}

static size_t left(const struct avro_wire *wire)
{
    return wire->whole.size - wire->at;
}

bool avro_wire_take(struct avro_wire *wire, size_t size, struct slice *bytes)
{
    if (size > left(wire))
        return avro_wire_fail(wire, "%zu bytes wanted but %zu left", size, left(wire));
    *bytes = (struct slice){ wire->whole.data + wire->at, size };
    wire->at += size;
    return true;
}

bool avro_wire_integer(struct avro_wire *wire, bool is_int, int64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (!left(wire))
            return avro_wire_fail(wire, "the bytes end within a number");
        uint8_t byte = (uint8_t)wire->whole.data[wire->at++];
        if (shift == 63 && byte > 1)
            return avro_wire_fail(wire, "number has more than 64 bits");
        sum |= (uint64_t)(byte & 0x7F) << shift;
        if (byte & 0x80)
            continue;
        *value = (int64_t)(sum >> 1) ^ -(int64_t)(sum & 1);
        if (is_int && (*value < INT32_MIN || *value > INT32_MAX))
            return avro_wire_fail(wire, "int %lld has more than 32 bits", (long long)*value);
        return true;
    }
    return avro_wire_fail(wire, "number has more than 64 bits");
}

bool avro_wire_bytes(struct avro_wire *wire, struct slice *bytes)
{
    int64_t size = 0;
    if (!avro_wire_integer(wire, false, &size))
        return false;
    if (size < 0)
        return avro_wire_fail(wire, "length %lld is negative", (long long)size);
    return avro_wire_take(wire, (size_t)size, bytes);
}

bool avro_wire_branch(struct avro_wire *wire, size_t count, int64_t *branch)
{
    if (!avro_wire_integer(wire, true, branch))
        return false;
    if (*branch < 0 || (uint64_t)*branch >= count)
        return avro_wire_fail(wire, "union branch %lld where the union has %zu", (long long)*branch, count);
    return true;
}

bool avro_wire_block(struct avro_wire *wire, struct avro_block *block)
{
    *block = (struct avro_block){ 0 };
    if (!avro_wire_integer(wire, false, &block->count))
        return false;
    if (block->count < 0) {
        int64_t size = 0;
        if (block->count == INT64_MIN)
            return avro_wire_fail(wire, "block of %lld items", (long long)block->count);
        block->count = -block->count;
        if (!avro_wire_integer(wire, false, &size))
            return false;
        if (size < 0 || (uint64_t)size > left(wire))
            return avro_wire_fail(wire, "block of %lld bytes but %zu left", (long long)size, left(wire));
        block->end = wire->at + (size_t)size;
    }
    if ((uint64_t)block->count > left(wire))
        return avro_wire_fail(wire, "block of %lld items but %zu bytes left", (long long)block->count,
                              left(wire));
    return true;
}

bool avro_wire_block_end(struct avro_wire *wire, const struct avro_block *block)
{
    if (block->end && wire->at != block->end)
        return avro_wire_fail(wire, "block ends after byte %zu but says after byte %zu",
                              wire->offset + wire->at, wire->offset + block->end);
    return true;
}

bool avro_wire_enter(struct avro_wire *wire)
{
    if (wire->depth == SCHEMA_MOST_DEPTH)
        return avro_wire_fail(wire, "values are nested more than %d deep", (int)SCHEMA_MOST_DEPTH);
    wire->path[++wire->depth] = NULL;
    return true;
}

void avro_wire_leave(struct avro_wire *wire)
{
    wire->depth--;
}

static bool skip_blocks(struct avro_wire *wire, const struct schema *schema)
{
    struct slice key;
    for (;;) {
        struct avro_block block;
        if (!avro_wire_block(wire, &block))
            return false;
        if (!block.count)
            return true;
        for (int64_t i = 0; i < block.count; i++) {
            if (schema->kind == SCHEMA_MAP && !avro_wire_bytes(wire, &key))
                return false;
            if (!avro_wire_skip(wire, schema->items))
                return false;
        }
        if (!avro_wire_block_end(wire, &block))
            return false;
    }
}

static bool skip_inner(struct avro_wire *wire, const struct schema *schema)
{
    if (schema->kind == SCHEMA_ARRAY || schema->kind == SCHEMA_MAP)
        return skip_blocks(wire, schema);
    if (schema->kind == SCHEMA_UNION) {
        int64_t branch;
        return avro_wire_branch(wire, schema->count, &branch) &&
               avro_wire_skip(wire, schema->branches[branch]);
    }
    for (size_t i = 0; i < schema->count; i++) {
        wire->path[wire->depth] = schema->fields[i].name;
        if (!avro_wire_skip(wire, schema->fields[i].type))
            return false;
    }
    return true;
}

bool avro_wire_skip(struct avro_wire *wire, const struct schema *schema)
{
    int64_t number;
    struct slice bytes;
    switch (schema->kind) {
    case SCHEMA_NULL:
        return true;
    case SCHEMA_BOOLEAN:
        return avro_wire_take(wire, 1, &bytes);
    case SCHEMA_INT:
    case SCHEMA_LONG:
    case SCHEMA_ENUM:
        return avro_wire_integer(wire, schema->kind != SCHEMA_LONG, &number);
    case SCHEMA_FLOAT:
        return avro_wire_take(wire, 4, &bytes);
    case SCHEMA_DOUBLE:
        return avro_wire_take(wire, 8, &bytes);
    case SCHEMA_FIXED:
        return avro_wire_take(wire, schema->size, &bytes);
    case SCHEMA_BYTES:
    case SCHEMA_STRING:
        return avro_wire_bytes(wire, &bytes);
    default:
        // Every nesting counts here, so that unions and arrays of themselves end as well.
        if (!avro_wire_enter(wire) || !skip_inner(wire, schema))
            return false;
        avro_wire_leave(wire);
        return true;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Runs plans over bytes. Nothing here trusts the bytes: counts are held against the bytes that are left,
// depth against a limit, memory against the arena's ceiling.
#include <stdio.h>

#include "doors/avro_plan.h"
#include "doors/avro_wire.h"
#include "doors/utf8.h"

static bool read_value(struct avro_wire *wire, const struct avro_plan *plan, struct document **made);

static struct document *leaf(struct avro_wire *wire, const struct avro_plan *plan, int64_t value)
{
    struct document *made = ARENA_NEW(wire->arena, struct document);
    made->kind = plan->kind;
    made->integer = value;
    return made;
}

static bool read_integer(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    int64_t value;
    if (!avro_wire_integer(wire, plan->writer->kind == SCHEMA_INT, &value))
        return false;
    if (__builtin_mul_overflow(value, plan->factor, &value))
        return avro_wire_fail(wire, "timestamp-millis %lld does not fit", (long long)value);
    if (!schema_time_fits(plan->kind, value))
        return avro_wire_fail(wire, "%s %lld since 1970 lies outside of the years 1 to 9999",
                              plan->kind == DOCUMENT_DATE ? "day" : "microsecond", (long long)value);
    *made = leaf(wire, plan, value);
    return true;
}

static bool read_boolean(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    struct slice byte;
    if (!avro_wire_take(wire, 1, &byte))
        return false;
    if (byte.data[0] & ~1)
        return avro_wire_fail(wire, "boolean is byte %02X instead of 00 or 01", (uint8_t)byte.data[0]);
    *made = leaf(wire, plan, byte.data[0]);
    return true;
}

// The value is rounded to the scale that documents hold rates in.
static bool add_float(struct avro_wire *wire, const struct avro_plan *plan, double value,
                      struct document **made)
{
    double scaled = value * 1e6;
    if (!(scaled > -9.2e18 && scaled < 9.2e18)) // true for what is no number, too
        return avro_wire_fail(wire, "number %g is too large for a document", value);
    *made = leaf(wire, plan, (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5)));
    (*made)->scale = FLOAT_SCALE;
    return true;
}

static bool read_float(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    size_t size = plan->step == PLAN_FLOAT ? 4 : 8;
    struct slice bytes;
    if (!avro_wire_take(wire, size, &bytes))
        return false;
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)(uint8_t)bytes.data[i] << (8 * i);
    uint32_t short_bits = (uint32_t)bits;
    float single;
    double value;
    memcpy(&single, &short_bits, sizeof single);
    memcpy(&value, &bits, sizeof value);
    return add_float(wire, plan, size == 4 ? (double)single : value, made);
}

static bool read_integer_to_float(struct avro_wire *wire, const struct avro_plan *plan,
                                  struct document **made)
{
    int64_t value, scaled;
    if (!avro_wire_integer(wire, plan->writer->kind == SCHEMA_INT, &value))
        return false;
    if (__builtin_mul_overflow(value, 1000000, &scaled))
        return avro_wire_fail(wire, "number %lld is too large for a document", (long long)value);
    *made = leaf(wire, plan, scaled);
    (*made)->scale = FLOAT_SCALE;
    return true;
}

static bool take_bytes(struct avro_wire *wire, const struct schema *writer, struct slice *bytes)
{
    return writer->kind == SCHEMA_FIXED ? avro_wire_take(wire, writer->size, bytes)
                                        : avro_wire_bytes(wire, bytes);
}

static bool read_bytes(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    struct slice bytes;
    if (!take_bytes(wire, plan->writer, &bytes))
        return false;
    *made = leaf(wire, plan, 0);
    (*made)->text = bytes;
    return true;
}

static bool read_text(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    struct slice text;
    if (!avro_wire_bytes(wire, &text))
        return false;
    size_t valid = utf8_valid_size(text);
    if (valid < text.size)
        return avro_wire_fail(wire, "string has byte %02X at its place %zu, which is not UTF-8",
                              (uint8_t)text.data[valid], valid + 1);
    // Neither PostgreSQL nor XML can hold this character; better refused here than in the middle of a batch.
    if (text.size && memchr(text.data, '\0', text.size))
        return avro_wire_fail(wire, "string \"%.*s\" is followed by the character U+0000", 40, text.data);
    *made = leaf(wire, plan, 0);
    (*made)->text = text;
    return true;
}

static bool read_decimal(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    struct slice bytes;
    int64_t value;
    char title[64];
    if (!take_bytes(wire, plan->writer, &bytes))
        return false;
    if (!schema_decimal_read(bytes, UINT8_MAX, &value))
        return avro_wire_fail(wire, "decimal of %zu bytes does not fit 64 bits", bytes.size);
    if (!decimal_rescale(value, plan->from_scale, plan->reader->scale, &value) ||
        !schema_decimal_fits(value, plan->reader->precision))
        return avro_wire_fail(wire, "decimal with the digits %lld and scale %u does not fit our %s",
                              (long long)value, plan->from_scale, schema_title(plan->reader, title));
    *made = leaf(wire, plan, value);
    (*made)->scale = plan->reader->scale;
    return true;
}

static bool read_symbol(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    int64_t index;
    if (!avro_wire_integer(wire, true, &index))
        return false;
    if (index < 0 || (uint64_t)index >= plan->writer->count)
        return avro_wire_fail(wire, "enum index %lld is not within 0 to %zu", (long long)index,
                              plan->writer->count - 1);
    if (!plan->symbols[index])
        return avro_wire_fail(wire, "symbol %s is none of our %s", plan->writer->symbols[index],
                              plan->reader->name);
    *made = leaf(wire, plan, 0);
    (*made)->text = slice_of(plan->symbols[index]);
    return true;
}

static bool read_items(struct avro_wire *wire, const struct avro_plan *item, int64_t count,
                       struct document *list)
{
    for (int64_t i = 0; i < count; i++) {
        struct document *made;
        if (!read_value(wire, item, &made))
            return false;
        document_add(list, NULL, made ? made : ARENA_NEW(wire->arena, struct document));
        if (arena_exhausted(wire->arena))
            return avro_wire_fail(wire, "a document of %zu bytes needs more memory than is set apart",
                                  wire->whole.size);
    }
    return true;
}

static bool read_list(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    struct document *list = document_list(wire->arena);
    for (;;) {
        struct avro_block block;
        if (!avro_wire_block(wire, &block))
            return false;
        if (!block.count)
            break;
        if (!read_items(wire, plan->parts[0].plan, block.count, list) || !avro_wire_block_end(wire, &block))
            return false;
    }
    *made = list;
    return true;
}

// The usual case: the writer's fields are ours, one by one.
static bool read_same_fields(struct avro_wire *wire, const struct avro_plan *plan, struct document *record)
{
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct plan_part *part = &plan->parts[i];
        struct document *value;
        wire->path[wire->depth] = part->name;
        if (!read_value(wire, part->plan, &value))
            return false;
        if (value)
            document_add(record, part->name, value);
    }
    return true;
}

static void add_slot(struct avro_wire *wire, const struct avro_plan *plan, size_t slot,
                     struct document *value, struct document *record)
{
    const struct schema_field *field = &plan->reader->fields[slot];
    if (!plan->from_writer[slot] && field->fallback->kind != DOCUMENT_NULL)
        value = schema_copy_default(field->fallback, wire->arena);
    if (value)
        document_add(record, field->name, value);
}

// The writer's fields come in its order; the document has ours, with our defaults in the gaps.
static bool read_other_fields(struct avro_wire *wire, const struct avro_plan *plan, struct document *record)
{
    struct document **slots = ARENA_ARRAY(wire->arena, plan->reader->count, struct document *);
    for (size_t i = 0; i < plan->part_count; i++) {
        const struct plan_part *part = &plan->parts[i];
        struct document *value;
        wire->path[wire->depth] = plan->writer->fields[i].name;
        if (!read_value(wire, part->plan, &value))
            return false;
        if (part->name)
            slots[part->slot] = value;
    }
    for (size_t slot = 0; slot < plan->reader->count; slot++)
        add_slot(wire, plan, slot, slots[slot], record);
    return true;
}

static bool read_record(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    if (!avro_wire_enter(wire))
        return false;
    struct document *record = document_record(wire->arena, plan->reader->name);
    bool done = plan->in_order ? read_same_fields(wire, plan, record) : read_other_fields(wire, plan, record);
    if (done)
        avro_wire_leave(wire);
    *made = record;
    return done;
}

static bool read_union(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    int64_t branch;
    return avro_wire_branch(wire, plan->part_count, &branch) &&
           read_value(wire, plan->parts[branch].plan, made);
}

// *made is NULL for a null and for what is skipped.
static bool read_value(struct avro_wire *wire, const struct avro_plan *plan, struct document **made)
{
    *made = NULL;
    switch (plan->step) {
    case PLAN_REFUSE:
        return avro_wire_fail(wire, "%s", plan->reason);
    case PLAN_SKIP:
        return avro_wire_skip(wire, plan->writer);
    case PLAN_NULL:
        return true;
    case PLAN_BOOLEAN:
        return read_boolean(wire, plan, made);
    case PLAN_INTEGER:
        return read_integer(wire, plan, made);
    case PLAN_FLOAT:
    case PLAN_DOUBLE:
        return read_float(wire, plan, made);
    case PLAN_INTEGER_TO_FLOAT:
        return read_integer_to_float(wire, plan, made);
    case PLAN_BYTES:
        return read_bytes(wire, plan, made);
    case PLAN_TEXT:
        return read_text(wire, plan, made);
    case PLAN_DECIMAL:
        return read_decimal(wire, plan, made);
    case PLAN_SYMBOL:
        return read_symbol(wire, plan, made);
    case PLAN_LIST:
        return read_list(wire, plan, made);
    case PLAN_RECORD:
        return read_record(wire, plan, made);
    case PLAN_UNION:
        return read_union(wire, plan, made);
    }
    return avro_wire_fail(wire, "plan with the unknown step %d", (int)plan->step);
}

bool avro_plan_run(const struct avro_plan *plan, struct slice bytes, size_t offset, struct arena *arena,
                   struct document **document, struct error *error)
{
    struct avro_wire wire = {
        .whole = bytes, .offset = offset, .arena = arena, .error = error, .root = plan->writer->name
    };
    struct document *made;
    if (!read_value(&wire, plan, &made))
        return false;
    if (wire.at < bytes.size)
        return avro_wire_fail(&wire, "%zu bytes are left over behind the record", bytes.size - wire.at);
    *document = made;
    return true;
}

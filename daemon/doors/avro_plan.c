// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_plan.h"

struct pair {
    const struct schema *writer, *reader;
    struct avro_plan *plan;
};

struct planning {
    struct arena *arena;
    struct pair *pairs; // records already begun, so that recursive ones end
    size_t count, capacity;
};

static const struct avro_plan *plan_pair(struct planning *planning, const struct schema *writer,
                                         const struct schema *reader);

static struct avro_plan *refuse(struct planning *planning, struct avro_plan *plan)
{
    char theirs[64], ours[64];
    plan->step = PLAN_REFUSE;
    plan->reason = arena_printf(planning->arena, "the writer's %s cannot be read as our %s",
                                schema_title(plan->writer, theirs), schema_title(plan->reader, ours))
                       .data;
    return plan;
}

static const struct avro_plan *skip(struct planning *planning, const struct schema *writer)
{
    struct avro_plan *plan = ARENA_NEW(planning->arena, struct avro_plan);
    *plan = (struct avro_plan){ .step = PLAN_SKIP, .writer = writer };
    return plan;
}

static const struct schema_field *field_for(const struct schema *reader, const char *name)
{
    const struct schema_field *field = schema_find(reader, name);
    for (size_t i = 0; !field && i < reader->count; i++)
        for (size_t alias = 0; alias < reader->fields[i].alias_count; alias++)
            if (strcmp(reader->fields[i].aliases[alias], name) == 0)
                field = &reader->fields[i];
    return field;
}

// A field of ours that the writer lacks needs a default, or null must do.
static void check_defaults(struct planning *planning, struct avro_plan *plan, const bool *from_writer)
{
    for (size_t i = 0; i < plan->reader->count; i++) {
        const struct schema_field *field = &plan->reader->fields[i];
        if (from_writer[i] || field->fallback)
            continue;
        plan->step = PLAN_REFUSE;
        plan->reason =
            arena_printf(planning->arena, "the writer's %s lacks field \"%s\", which has no default",
                         plan->writer->name, field->name)
                .data;
    }
}

static void plan_record(struct planning *planning, struct avro_plan *plan)
{
    const struct schema *writer = plan->writer, *reader = plan->reader;
    struct plan_part *parts = ARENA_ARRAY(planning->arena, writer->count, struct plan_part);
    bool *from_writer = ARENA_ARRAY(planning->arena, reader->count, bool);
    plan->step = PLAN_RECORD;
    plan->in_order = writer->count == reader->count;
    for (size_t i = 0; i < writer->count; i++) {
        const struct schema_field *field = field_for(reader, writer->fields[i].name);
        size_t slot = field ? (size_t)(field - reader->fields) : 0;
        if (field && from_writer[slot])
            field =
                NULL; // Two of the writer's fields mean the same one of ours, by an alias: the first counts.
        plan->in_order = plan->in_order && field && slot == i;
        parts[i].plan = field ? plan_pair(planning, writer->fields[i].type, field->type)
                              : skip(planning, writer->fields[i].type);
        parts[i].name = field ? field->name : NULL;
        parts[i].slot = slot;
        if (field)
            from_writer[slot] = true;
    }
    plan->parts = parts;
    plan->part_count = writer->count;
    plan->from_writer = from_writer;
    check_defaults(planning, plan, from_writer);
}

static const char *symbol_for(const struct schema *reader, const char *symbol)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->symbols[i], symbol) == 0)
            return reader->symbols[i];
    return reader->symbol_fallback;
}

static void plan_symbols(struct planning *planning, struct avro_plan *plan)
{
    const char **symbols = ARENA_ARRAY(planning->arena, plan->writer->count, const char *);
    for (size_t i = 0; i < plan->writer->count; i++)
        symbols[i] = symbol_for(plan->reader, plan->writer->symbols[i]);
    plan->step = PLAN_SYMBOL;
    plan->symbols = symbols;
}

static void plan_parts(struct planning *planning, struct avro_plan *plan, const struct schema *const *writers,
                       size_t count, const struct schema *reader)
{
    struct plan_part *parts = ARENA_ARRAY(planning->arena, count, struct plan_part);
    for (size_t i = 0; i < count; i++)
        parts[i].plan = plan_pair(planning, writers[i], reader);
    plan->parts = parts;
    plan->part_count = count;
}

// True where the writer's type may be read as our number.
static bool plan_integer(struct avro_plan *plan)
{
    const struct schema *writer = plan->writer, *reader = plan->reader;
    bool ours_fits =
        reader->kind == SCHEMA_LONG || (reader->kind == SCHEMA_INT && writer->kind == SCHEMA_INT);
    if (!ours_fits)
        return false;
    plan->step = PLAN_INTEGER;
    plan->factor = 1;
    // An instant is held in microseconds; a writer that says nothing means what we say.
    enum schema_meaning unit = writer->meaning == MEANING_PLAIN ? reader->meaning : writer->meaning;
    if (plan->kind == DOCUMENT_INSTANT && unit == MEANING_MILLIS)
        plan->factor = 1000;
    return true;
}

static bool plan_bytes(struct avro_plan *plan)
{
    const struct schema *writer = plan->writer, *reader = plan->reader;
    if (reader->kind == SCHEMA_FIXED && (writer->kind != SCHEMA_FIXED || writer->size != reader->size))
        return false;
    if (reader->kind != SCHEMA_FIXED && writer->kind == SCHEMA_FIXED && plan->kind != DOCUMENT_DECIMAL)
        return false;
    if (reader->kind == SCHEMA_STRING) {
        plan->step = PLAN_TEXT;
        return true;
    }
    plan->step = plan->kind == DOCUMENT_DECIMAL ? PLAN_DECIMAL : PLAN_BYTES;
    plan->from_scale = writer->meaning == MEANING_DECIMAL ? writer->scale : reader->scale;
    return true;
}

static bool is_number(enum schema_kind kind)
{
    return kind == SCHEMA_INT || kind == SCHEMA_LONG;
}

static bool is_float(enum schema_kind kind)
{
    return kind == SCHEMA_FLOAT || kind == SCHEMA_DOUBLE;
}

static bool is_bytes(enum schema_kind kind)
{
    return kind == SCHEMA_BYTES || kind == SCHEMA_STRING || kind == SCHEMA_FIXED;
}

static bool plan_leaf(struct planning *planning, struct avro_plan *plan)
{
    enum schema_kind writer = plan->writer->kind, reader = plan->reader->kind;
    if (is_number(writer) && is_number(reader))
        return plan_integer(plan);
    if (is_bytes(writer) && is_bytes(reader))
        return plan_bytes(plan);
    if (is_number(writer) && is_float(reader))
        plan->step = PLAN_INTEGER_TO_FLOAT;
    else if (writer == SCHEMA_FLOAT && is_float(reader))
        plan->step = PLAN_FLOAT;
    else if (writer == SCHEMA_DOUBLE && reader == SCHEMA_DOUBLE)
        plan->step = PLAN_DOUBLE;
    else if (writer == SCHEMA_BOOLEAN && reader == SCHEMA_BOOLEAN)
        plan->step = PLAN_BOOLEAN;
    else if (writer == SCHEMA_ENUM && reader == SCHEMA_ENUM)
        plan_symbols(planning, plan);
    else
        return false;
    return true;
}

static void remember(struct planning *planning, struct avro_plan *plan)
{
    planning->pairs = arena_grow(planning->arena, planning->pairs, &planning->capacity, planning->count + 1,
                                 sizeof *planning->pairs);
    planning->pairs[planning->count++] = (struct pair){ plan->writer, plan->reader, plan };
}

static const struct avro_plan *plan_pair(struct planning *planning, const struct schema *writer,
                                         const struct schema *reader)
{
    for (size_t i = 0; i < planning->count; i++)
        if (planning->pairs[i].writer == writer && planning->pairs[i].reader == reader)
            return planning->pairs[i].plan;
    struct avro_plan *plan = ARENA_NEW(planning->arena, struct avro_plan);
    const struct schema *value = schema_value(reader);
    *plan = (struct avro_plan){ .writer = writer, .reader = reader, .kind = schema_document_kind(reader) };
    if (writer->kind == SCHEMA_UNION) {
        plan->step = PLAN_UNION;
        plan_parts(planning, plan, writer->branches, writer->count, reader);
        return plan;
    }
    if (writer->kind == SCHEMA_NULL && schema_nullable(reader)) {
        plan->step = PLAN_NULL;
        return plan;
    }
    if (!value)
        return refuse(planning, plan);
    plan->reader = value;
    if (writer->kind == SCHEMA_RECORD && value->kind == SCHEMA_RECORD) {
        plan->reader = reader = value;
        remember(planning, plan);
        plan_record(planning, plan);
    } else if (writer->kind == SCHEMA_ARRAY && value->kind == SCHEMA_ARRAY) {
        plan->step = PLAN_LIST;
        plan_parts(planning, plan, &writer->items, 1, value->items);
    } else if (!plan_leaf(planning, plan)) {
        refuse(planning, plan);
    }
    return plan;
}

const struct avro_plan *avro_plan(const struct schema *writer, const struct schema *reader,
                                  struct arena *arena)
{
    struct planning planning = { .arena = arena };
    return plan_pair(&planning, writer, reader);
}

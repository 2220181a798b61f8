// SPDX-License-Identifier: Apache-2.0
#include "ctl/rows.h"

#include "handlers/money.h"
#include "handlers/order/order.h"

static void add_amount(struct arena *arena, struct document *record, const char *name, int64_t minor)
{
    int exponent = money_exponent(document_text(record, "currency"));
    document_add_decimal(arena, record, name, minor, (uint8_t)(exponent < 0 ? 0 : exponent));
}

static void add_state(struct arena *arena, struct document *record, const char *name, int64_t state)
{
    bool known = state > ORDER_NEW && state < ORDER_STATE_COUNT;
    document_add_text(arena, record, name,
                      slice_of(known ? order_state_name((enum order_state)state) : "unknown"));
}

static void add_order(struct arena *arena, struct document *record, const char *name, int64_t id)
{
    char text[ORDER_ID_TEXT_SIZE];
    if (id)
        document_add_text(arena, record, name, arena_copy(arena, slice_of(order_id_text(id, text))));
}

static void add_number(struct arena *arena, struct document *record, const struct row_field *field,
                       int64_t number)
{
    switch (field->kind) {
    case ROW_BOOLEAN:
        document_add_boolean(arena, record, field->name, number != 0);
        return;
    case ROW_DATE:
        document_add_date(arena, record, field->name, (int32_t)number);
        return;
    case ROW_INSTANT:
        document_add_instant(arena, record, field->name, number);
        return;
    case ROW_PRICE:
        document_add_decimal(arena, record, field->name, number, MONEY_SCALE);
        return;
    case ROW_QUANTITY:
        document_add_decimal(arena, record, field->name, number, QUANTITY_SCALE);
        return;
    case ROW_AMOUNT:
        add_amount(arena, record, field->name, number);
        return;
    case ROW_ORDER:
        add_order(arena, record, field->name, number);
        return;
    case ROW_STATE:
        add_state(arena, record, field->name, number);
        return;
    default:
        document_add_integer(arena, record, field->name, number);
    }
}

struct document *rows_record(struct arena *arena, const struct db_rows *rows, size_t row,
                             const struct row_field *fields, size_t count)
{
    struct document *record = document_record(arena, NULL);
    for (size_t i = 0; i < count; i++) {
        if (db_rows_null(rows, row, (int)i))
            continue;
        if (fields[i].kind == ROW_TEXT)
            document_add_text(arena, record, fields[i].name, db_rows_slice(rows, row, (int)i));
        else if (fields[i].kind == ROW_BYTES)
            document_add_bytes(arena, record, fields[i].name, db_rows_slice(rows, row, (int)i));
        else
            add_number(arena, record, &fields[i], db_rows_number(rows, row, (int)i));
    }
    return record;
}

struct document *rows_list(struct arena *arena, const struct db_rows *rows, const struct row_field *fields,
                           size_t count)
{
    struct document *list = document_list(arena);
    for (size_t i = 0; i < rows->count; i++)
        document_add(list, NULL, rows_record(arena, rows, i, fields, count));
    return list;
}

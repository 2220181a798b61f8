// SPDX-License-Identifier: Apache-2.0
// What the enquiries of a batch ask about, out of the rows. An order of another account is never found, for the
// account is part of the key.
#include "handlers/money.h"
#include "handlers/order/enquiry.h"

// The orders asked about as parameters, with the place of each in `orders`.
struct asked {
    struct enquired_order **orders;
    struct db_column places, accounts, numbers, releases, ids, tests;
    size_t count, capacity;
};

static struct asked asked_in(struct arena *arena)
{
    return (struct asked){ .places = db_column(arena, DB_BIGINT),
                           .accounts = db_column(arena, DB_TEXT),
                           .numbers = db_column(arena, DB_TEXT),
                           .releases = db_column(arena, DB_TEXT),
                           .ids = db_column(arena, DB_BIGINT),
                           .tests = db_column(arena, DB_BOOLEAN) };
}

static void ask(struct asked *asked, struct arena *arena, const struct enquiry *enquiry,
                struct enquired_order *order)
{
    asked->orders =
        arena_grow(arena, asked->orders, &asked->capacity, asked->count + 1, sizeof *asked->orders);
    db_column_add_number(&asked->places, (int64_t)asked->count);
    asked->orders[asked->count++] = order;
    db_column_add(&asked->accounts, enquiry->account);
    db_column_add(&asked->numbers, order->number);
    db_column_add(&asked->releases, order->release);
    db_column_add_number(&asked->ids, order->id);
    db_column_add_number(&asked->tests, enquiry->test);
}

static bool find_orders(struct batch *batch, struct enquiries *all, struct db *db, struct error *error)
{
    // Of several versions the last is meant; of several releases, where none is named, the latest.
    static const char sql[] =
        "SELECT k.place, o.id, o.release, o.state, o.ordered_at FROM unnest($1::bigint[], $2::text[], "
        "$3::text[], $4::text[], $5::boolean[]) AS k(place, account, number, release, test) "
        "CROSS JOIN LATERAL (SELECT s.id, s.release, s.state, s.ordered_at FROM sales_order s "
        "WHERE s.account = k.account AND s.order_number = k.number AND s.test = k.test "
        "AND (k.release = '' OR s.release = k.release) "
        "ORDER BY s.release = k.release DESC, s.version DESC, s.id DESC LIMIT 1) o";
    struct asked asked = asked_in(batch->arena);
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < all->enquiries[i].order_count; j++)
            ask(&asked, batch->arena, &all->enquiries[i], &all->enquiries[i].orders[j]);
    if (asked.count == 0)
        return true;
    struct db_value values[] = { db_array(&asked.places), db_array(&asked.accounts), db_array(&asked.numbers),
                                 db_array(&asked.releases), db_array(&asked.tests) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 5, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct enquired_order *order = asked.orders[db_rows_number(&rows, row, 0)];
        order->found = true;
        order->id = db_rows_number(&rows, row, 1);
        order->release = db_rows_slice(&rows, row, 2);
        order->state = (enum order_state)db_rows_number(&rows, row, 3);
        order->ordered_at = db_rows_number(&rows, row, 4);
    }
    return true;
}

static const char *state_of(const struct enquired_order *order, bool rejected, bool final, bool shipped)
{
    if (order->state == ORDER_CANCELLED)
        return "cancelled";
    if (order->state == ORDER_REJECTED || rejected)
        return "rejected";
    if (order->state == ORDER_HELD)
        return "pending";
    return shipped ? "shipped" : final ? "closed" : "open";
}

enum {
    PLACE,
    NUMBER,
    PRODUCT,
    BUYER_PART,
    GTIN,
    DESCRIPTION,
    UNIT,
    QUANTITY,
    FACTOR,
    BASE,
    WAITING,
    REJECTED,
    SHIPPED,
    INVOICED,
    FINAL
};

static void read_line(struct arena *arena, struct enquired_order *order, const struct db_rows *rows,
                      size_t row)
{
    struct enquired_line *line = ARENA_NEW(arena, struct enquired_line);
    int64_t quantity = db_rows_number(rows, row, QUANTITY), factor = db_rows_number(rows, row, FACTOR);
    bool final = db_rows_number(rows, row, FINAL);
    *line = (struct enquired_line){ .number = db_rows_slice(rows, row, NUMBER),
                                    .product = db_rows_slice(rows, row, PRODUCT),
                                    .buyer_part = db_rows_slice(rows, row, BUYER_PART),
                                    .gtin = db_rows_slice(rows, row, GTIN),
                                    .description = db_rows_slice(rows, row, DESCRIPTION),
                                    .unit = db_rows_slice(rows, row, UNIT),
                                    .ordered = quantity,
                                    .shipped = db_rows_number(rows, row, SHIPPED),
                                    .invoiced = db_rows_number(rows, row, INVOICED) };
    line->state = state_of(order, db_rows_number(rows, row, REJECTED), final, line->shipped >= quantity);
    if (final)
        line->confirmed = line->shipped;
    else if (order->state == ORDER_ACCEPTED && strcmp(line->state, "rejected") != 0 && factor > 0) {
        // As the answer to the order has it, by what still waits now.
        int64_t waiting = db_rows_number(rows, row, WAITING);
        line->confirmed =
            waiting == 0 ? quantity : quantity_from_base(db_rows_number(rows, row, BASE) - waiting, factor);
        line->backordered = quantity - line->confirmed;
    }
    if (order->last)
        order->last->next = line;
    else
        order->first = line;
    order->last = line;
    order->line_count++;
}

static bool find_lines(struct batch *batch, struct enquiries *all, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, l.line_number, l.product, l.buyer_part, l.gtin, l.description, l.unit, l.quantity, "
        "l.factor, l.base_quantity, l.waiting, l.rejected, COALESCE(p.shipped, 0), COALESCE(p.invoiced, 0), "
        "COALESCE(p.final, false) FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k(place, account, "
        "id) "
        "JOIN order_line l ON l.account = k.account AND l.order_id = k.id "
        "LEFT JOIN order_progress p ON p.account = l.account AND p.order_id = l.order_id "
        "AND p.position = l.position ORDER BY k.place, l.position";
    struct asked asked = asked_in(batch->arena);
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < all->enquiries[i].order_count; j++)
            if (all->enquiries[i].orders[j].found)
                ask(&asked, batch->arena, &all->enquiries[i], &all->enquiries[i].orders[j]);
    if (asked.count == 0)
        return true;
    struct db_value values[] = { db_array(&asked.places), db_array(&asked.accounts), db_array(&asked.ids) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++)
        read_line(batch->arena, asked.orders[db_rows_number(&rows, row, PLACE)], &rows, row);
    return true;
}

bool enquiry_gather(struct batch *batch, struct enquiries *all, struct db *db, struct error *error)
{
    return (find_orders(batch, all, db, error) && find_lines(batch, all, db, error)) ||
           error_within(error, "reading how far orders are");
}

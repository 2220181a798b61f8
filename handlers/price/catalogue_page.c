// SPDX-License-Identifier: Apache-2.0
// What stands on one page of a catalogue: the products that are sold and have a price for the account today.
#include "base/clock.h"
#include "handlers/money.h"
#include "handlers/price/catalogue.h"
#include "handlers/price/price.h"

static bool read_parts(struct batch *batch, struct catalogue *catalogue, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT k.n, min(p.buyer_part COLLATE \"C\") FROM unnest($2::text[]) WITH "
                              "ORDINALITY AS k(product, n) "
                              "JOIN customer_part p ON p.account = $1 AND p.product = k.product GROUP BY k.n";
    struct order *asked = catalogue->asked;
    struct db_column products = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < asked->line_count; i++)
        db_column_add(&products, asked->lines[i].seller_part);
    const struct db_value values[] = { db_text(catalogue->account_number), db_array(&products) };
    struct db_rows rows;
    if (asked->line_count == 0)
        return true;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return false;
    // Not as a line's buyer_part, by which products are looked up.
    for (size_t row = 0; row < rows.count; row++)
        asked->lines[db_rows_number(&rows, row, 0) - 1].number = db_rows_slice(&rows, row, 1);
    return true;
}

bool catalogue_page_read(struct batch *batch, struct catalogue *catalogue, int64_t lines_max, struct db *db,
                         struct error *error)
{
    // One more than the page takes tells whether another follows.
    static const char sql[] =
        "SELECT p.product FROM product p WHERE p.active AND p.product > $1 AND EXISTS (SELECT FROM "
        "condition_record c WHERE c.product = p.product AND c.account IN ('', $2) AND c.currency = $3 "
        "AND c.valid_from <= $4 AND (c.valid_to IS NULL OR c.valid_to >= $4)) ORDER BY p.product LIMIT $5";
    struct order *asked = catalogue->asked = ARENA_NEW(batch->arena, struct order);
    const struct db_value values[] = { db_text(catalogue->after), db_text(catalogue->account_number),
                                       db_text(catalogue->account->currency),
                                       DB_VALUE_NUMBER(DB_DATE, instant_date(batch->now_us)),
                                       db_bigint(lines_max + 1) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 5, &rows, error))
        return error_within(error, "reading a catalogue's products");
    asked->item = catalogue->item;
    asked->account_number = catalogue->account_number;
    asked->currency = catalogue->account->currency;
    asked->exponent = catalogue->account->exponent;
    asked->ordered_at = batch->now_us;
    catalogue->more = rows.count > (size_t)lines_max;
    asked->line_count = catalogue->more ? (size_t)lines_max : rows.count;
    asked->lines = ARENA_ARRAY(batch->arena, asked->line_count, struct line);
    for (size_t i = 0; i < asked->line_count; i++) {
        asked->lines[i].seller_part = db_rows_slice(&rows, i, 0);
        asked->lines[i].factor = QUANTITY_ONE;
        // A quantity that reaches every scale: the record is wanted with all its steps.
        asked->lines[i].quantity = INT64_MAX;
    }
    return read_parts(batch, catalogue, db, error) ||
           error_within(error, "reading a catalogue's part numbers");
}

// About what a line takes in a topic; where a document grows beyond PAGE_BYTES, another begins. It is far below what any
// topic takes.
enum { PAGE_BYTES = 512 << 10, LINE_BYTES = 64, PRICE_BYTES = 48 };

static size_t bytes_of(const struct product *product, const struct condition *condition)
{
    return LINE_BYTES + product->number.size + product->description.size + product->gtin.size +
           condition->step_count * (PRICE_BYTES + condition->unit.size);
}

static void add_prices(struct arena *arena, struct document *record, const struct condition *condition)
{
    struct document *prices = document_add_list(arena, record, "prices");
    for (size_t i = 0; i < condition->step_count; i++) {
        struct document *price = document_add_record(arena, prices, NULL, "CataloguePrice");
        document_add_decimal(arena, price, "from_quantity", condition->steps[i].from, QUANTITY_SCALE);
        document_add_decimal(arena, price, "unit_price", condition->steps[i].price, MONEY_SCALE);
        document_add_decimal(arena, price, "price_basis", condition->price_basis, QUANTITY_SCALE);
        document_add_text(arena, price, "unit", condition->unit);
        document_add_boolean(arena, price, "contract", !slice_empty(condition->account));
    }
}

static void add_line(struct arena *arena, const struct line *line, const struct condition *condition,
                     struct document *lines)
{
    const struct product *product = line->known;
    struct document *record = document_add_record(arena, lines, NULL, "CatalogueLine");
    document_add_text(arena, record, "number", arena_printf(arena, "%u", (unsigned)lines->count));
    document_add_text(arena, record, "product", product->number);
    document_add_text(arena, record, "buyer_part", line->number);
    document_add_text(arena, record, "gtin", product->gtin);
    document_add_text(arena, record, "description", product->description);
    document_add_text(arena, record, "unit", product->unit);
    document_add_date(arena, record, "valid_from", condition->valid_from);
    if (condition->has_end)
        document_add_date(arena, record, "valid_until", condition->valid_to);
    add_prices(arena, record, condition);
}

// A product is left out where no record's unit is one of its own: nobody could order at such a price.
static struct document *lines_of(struct arena *arena, const struct trade *trade, struct catalogue *catalogue)
{
    const struct order *asked = catalogue->asked;
    struct document *lines = document_list(arena);
    size_t bytes = 0;
    for (; catalogue->told < asked->line_count; catalogue->told++) {
        const struct line *line = &asked->lines[catalogue->told];
        const struct condition *condition = line->known ? price_record(trade, asked, line) : NULL;
        if (!condition)
            continue;
        bytes += bytes_of(line->known, condition);
        if (bytes > PAGE_BYTES && lines->count > 0) {
            catalogue->more = true;
            break;
        }
        add_line(arena, line, condition, lines);
    }
    catalogue->products = lines->count;
    return lines;
}

static const char *part_of(const struct catalogue *catalogue)
{
    if (catalogue->page == 1)
        return catalogue->more ? "first" : "whole";
    return catalogue->more ? "next" : "last";
}

struct document *catalogue_document(struct arena *arena, const struct trade *trade,
                                    struct catalogue *catalogue, int64_t now_us)
{
    char id[ORDER_ID_TEXT_SIZE];
    const struct document *request = catalogue->item->document;
    struct document *lines = lines_of(arena, trade, catalogue);
    struct document *document = document_record(arena, "Catalogue");
    struct slice number = arena_copy(arena, slice_of(order_id_text(catalogue->id, id)));
    document_add_text(arena, document, "catalogue_id", number);
    document_add_text(arena, document, "document_number",
                      arena_printf(arena, "%s-%d", id, (int)catalogue->page));
    document_add_text(arena, document, "account", catalogue->account_number);
    document_add_text(arena, document, "request_number", document_text(request, "request_number"));
    document_add_integer(arena, document, "page", catalogue->page);
    document_add_text(arena, document, "part", slice_of(part_of(catalogue)));
    document_add_instant(arena, document, "made_at", now_us);
    document_add_text(arena, document, "currency", catalogue->account->currency);
    document_add(document, "lines", lines);
    static const char *const origin[] = { "channel", "partner", "reply_reference" };
    for (size_t i = 0; i < sizeof origin / sizeof *origin; i++)
        document_add_text(arena, document, origin[i], document_text(request, origin[i]));
    document_add_boolean(arena, document, "test", document_boolean(request, "test", false));
    return document;
}

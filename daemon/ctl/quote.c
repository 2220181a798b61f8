// SPDX-License-Identifier: Apache-2.0
// `comptoirctl quote`: what was quoted to whom, and until when it holds.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"
#include "handlers/order/order.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// The fields of a list; the currency stands before the amount that it is of.
#define FIELDS                                                                                               \
    { "quotation_id", ROW_ORDER }, { "account", ROW_TEXT }, { "request_number", ROW_TEXT },                  \
        { "status", ROW_TEXT }, { "currency", ROW_TEXT }, { "total", ROW_AMOUNT },                           \
        { "valid_from", ROW_DATE }, { "valid_until", ROW_DATE }, { "quoted_at", ROW_INSTANT },               \
        { "channel", ROW_TEXT }, { "partner", ROW_TEXT },                                                    \
    {                                                                                                        \
        "test", ROW_BOOLEAN                                                                                  \
    }
#define COLUMNS                                                                                              \
    "q.id, q.account, q.request_number, q.status, nullif(q.currency, ''), q.total, q.valid_from, "           \
    "q.valid_until, q.quoted_at, q.channel, q.partner, q.test"

int ctl_quote_list(int argc, char **argv)
{
    static const char sql[] = "SELECT " COLUMNS " FROM quotation q WHERE ($1 = '' OR q.account = $1) "
                              "ORDER BY q.quoted_at DESC, q.id DESC LIMIT $2";
    static const struct row_field fields[] = { FIELDS };
    static const struct table_column columns[] = {
        { "quotation_id", "QUOTATION", false },
        { "account", "ACCOUNT", false },
        { "request_number", "REQUEST", false },
        { "status", "STATUS", false },
        { "total", "TOTAL", true },
        { "currency", "CUR", false },
        { "valid_until", "VALID UNTIL", false },
        { "quoted_at", "QUOTED", false },
    };
    struct online online = { 0 };
    const char *account = "";
    int64_t limit = 50;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "account", OPTION_TEXT, &account, "ACCOUNT", "only those of this account" },
        { "limit", OPTION_NUMBER, &limit, "NUMBER", "at most so many, the newest; default 50" },
    };
    const struct ctl_usage usage = {
        "quote list", "", "List what was quoted, newest first.", options, COUNT(options), 0, 0, NULL
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct db_rows rows;
    const struct db_value values[] = { db_text(slice_of(account)), db_bigint(limit) };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, values, COUNT(values), &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

// By our number, or by the buyer's where only one account has it.
static bool find(struct online *online, const char *word, struct document **quote, struct error *error)
{
    static const char sql[] = "SELECT " COLUMNS " FROM quotation q WHERE q.id = $1 OR q.request_number = $2 "
                              "ORDER BY q.quoted_at DESC LIMIT 2";
    static const struct row_field fields[] = { FIELDS };
    int64_t id = -1;
    order_id_parse(slice_of(word), &id);
    const struct db_value values[] = { db_bigint(id), db_text(slice_of(word)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, COUNT(values), &rows, error))
        return error_within(error, "looking for the quotation");
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "there is no quotation '%s'; `comptoirctl quote list` shows them", word);
    if (rows.count > 1)
        return error_set(error, ERROR_INVALID, NULL,
                         "several requests have the number '%s'; `comptoirctl quote list` shows our own",
                         word);
    *quote = rows_record(online->arena, &rows, 0, fields, COUNT(fields));
    return true;
}

static bool add_parts(struct online *online, struct document *quote, struct error *error)
{
    static const char lines[] =
        "SELECT l.line_number, CASE WHEN l.offered THEN 'offered' ELSE 'not_offered' END, nullif(l.product, "
        "''), "
        "nullif(l.buyer_part, ''), nullif(l.description, ''), l.quantity, nullif(l.unit, ''), "
        "CASE WHEN l.offered THEN l.unit_price END, CASE WHEN l.offered THEN l.price_basis END, "
        "nullif(q.currency, ''), "
        "CASE WHEN l.offered THEN l.amount END, nullif(l.trace, '') FROM quotation_line l JOIN quotation q "
        "ON "
        "q.account = l.account AND q.id = l.quotation_id WHERE l.account = $1 AND l.quotation_id = $2 "
        "ORDER BY l.position";
    static const char reasons[] = "SELECT code, nullif(line_number, ''), text FROM quotation_reason "
                                  "WHERE account = $1 AND quotation_id = $2 ORDER BY position";
    static const struct row_field line_fields[] = {
        { "number", ROW_TEXT },     { "status", ROW_TEXT },      { "product", ROW_TEXT },
        { "buyer_part", ROW_TEXT }, { "description", ROW_TEXT }, { "quantity", ROW_QUANTITY },
        { "unit", ROW_TEXT },       { "unit_price", ROW_PRICE }, { "price_basis", ROW_QUANTITY },
        { "currency", ROW_TEXT },   { "amount", ROW_AMOUNT },    { "trace", ROW_TEXT },
    };
    static const struct row_field reason_fields[] = { { "code", ROW_TEXT },
                                                      { "line", ROW_TEXT },
                                                      { "text", ROW_TEXT } };
    int64_t id = 0;
    order_id_parse(document_text(quote, "quotation_id"), &id);
    const struct db_value values[] = { db_text(document_text(quote, "account")), db_bigint(id) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, lines, values, COUNT(values), &rows, error))
        return error_within(error, "reading the quotation's lines");
    document_add(quote, "lines", rows_list(online->arena, &rows, line_fields, COUNT(line_fields)));
    if (!db_query(online->db, online->arena, reasons, values, COUNT(values), &rows, error))
        return error_within(error, "reading the quotation's reasons");
    document_add(quote, "reasons", rows_list(online->arena, &rows, reason_fields, COUNT(reason_fields)));
    return true;
}

static void print(const struct online *online, const struct document *quote)
{
    static const struct table_column line_columns[] = {
        { "number", "LINE", false },      { "status", "STATUS", false }, { "product", "PRODUCT", false },
        { "quantity", "QUANTITY", true }, { "unit", "UNIT", false },     { "unit_price", "PRICE", true },
        { "price_basis", "FOR", true },   { "amount", "AMOUNT", true },  { "trace", "BECAUSE", false },
    };
    if (online->json) {
        online_print_json(online, quote);
        return;
    }
    int32_t until = 0;
    char day[DATE_TEXT_SIZE];
    document_date(quote, "valid_until", &until);
    printf("quotation %.*s for request %.*s of account %.*s is %.*s, valid until %s\n",
           SLICE_ARGS(document_text(quote, "quotation_id")),
           SLICE_ARGS(document_text(quote, "request_number")), SLICE_ARGS(document_text(quote, "account")),
           SLICE_ARGS(document_text(quote, "status")), date_text(until, day));
    online_print_list(online, document_get(quote, "lines"), line_columns, COUNT(line_columns));
    for (const struct document *at = document_items(quote, "reasons"); at; at = at->next)
        printf("%.*s (%.*s)\n", SLICE_ARGS(document_text(at, "text")), SLICE_ARGS(document_text(at, "code")));
}

int ctl_quote_show(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = {
        "quote show",
        "ID",
        "Show a quotation with its lines, the trace of every price and the reasons.",
        options,
        COUNT(options),
        1,
        1,
        "ID is our number of it, or the buyer's of his request where only one has it."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *quote = NULL;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !find(&online, argv[0], &quote, &error) ||
        !add_parts(&online, quote, &error))
        return online_fail(&online, &error);
    print(&online, quote);
    online_close(&online);
    return 0;
}

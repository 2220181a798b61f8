// SPDX-License-Identifier: Apache-2.0
// `comptoirctl quote`: what was quoted to whom, and until when it holds.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "handlers/order/order.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SELECT                                                                                               \
    "SELECT q.id, q.account, q.request_number, q.status, nullif(q.currency, ''), q.total, q.valid_from, "    \
    "q.valid_until, q.quoted_at, q.channel, q.partner, q.test FROM quotation q "

static const struct list_command quote_list = {
    .command = "quote list",
    .arguments = "",
    .purpose = "List what was quoted, newest first.",
    .filters = {
        { "account", OPTION_TEXT, "ACCOUNT", "only those of this account", 0, NULL, NULL },
        { "limit", OPTION_NUMBER, "NUMBER", "at most so many, the newest; default 50", 50, NULL, NULL },
    },
    .listing = {
        .name = "quotations",
        .sql = SELECT
            "WHERE ($1 = '' OR q.account = $1) ORDER BY q.quoted_at DESC, q.id DESC LIMIT $2",
        .fields = {
            { "quotation_id", ROW_ORDER }, { "account", ROW_TEXT }, { "request_number", ROW_TEXT },
            { "status", ROW_TEXT }, { "currency", ROW_TEXT }, { "total", ROW_AMOUNT },
            { "valid_from", ROW_DATE }, { "valid_until", ROW_DATE }, { "quoted_at", ROW_INSTANT },
            { "channel", ROW_TEXT }, { "partner", ROW_TEXT }, { "test", ROW_BOOLEAN },
        },
        .columns = {
            { "quotation_id", "QUOTATION", false }, { "account", "ACCOUNT", false },
            { "request_number", "REQUEST", false }, { "status", "STATUS", false },
            { "total", "TOTAL", true }, { "currency", "CUR", false },
            { "valid_until", "VALID UNTIL", false }, { "quoted_at", "QUOTED", false },
        },
    },
};

int ctl_quote_list(int argc, char **argv)
{
    return list_run(&quote_list, argc, argv);
}

// Of a quotation: its account ($1) and our number of it ($2).
static const struct listing parts[] = {
    {
        .name = "lines",
        .sql =
            "SELECT l.line_number, CASE WHEN l.offered THEN 'offered' ELSE 'not_offered' END, "
            "nullif(l.product, ''), nullif(l.buyer_part, ''), nullif(l.description, ''), l.quantity, "
            "nullif(l.unit, ''), CASE WHEN l.offered THEN l.unit_price END, CASE WHEN l.offered THEN "
            "l.price_basis END, nullif(q.currency, ''), CASE WHEN l.offered THEN l.amount END, "
            "nullif(l.trace, '') FROM quotation_line l JOIN quotation q ON q.account = l.account AND q.id "
            "= l.quotation_id WHERE l.account = $1 AND l.quotation_id = $2 ORDER BY l.position",
        .fields = {
            { "number", ROW_TEXT }, { "status", ROW_TEXT }, { "product", ROW_TEXT },
            { "buyer_part", ROW_TEXT }, { "description", ROW_TEXT }, { "quantity", ROW_QUANTITY },
            { "unit", ROW_TEXT }, { "unit_price", ROW_PRICE }, { "price_basis", ROW_QUANTITY },
            { "currency", ROW_TEXT }, { "amount", ROW_AMOUNT }, { "trace", ROW_TEXT },
        },
        .columns = {
            { "number", "LINE", false }, { "status", "STATUS", false }, { "product", "PRODUCT", false },
            { "quantity", "QUANTITY", true }, { "unit", "UNIT", false }, { "unit_price", "PRICE", true },
            { "price_basis", "FOR", true }, { "amount", "AMOUNT", true }, { "trace", "BECAUSE", false },
        },
    },
    {
        .name = "reasons",
        .sql =
            "SELECT code, nullif(line_number, ''), text FROM quotation_reason WHERE account = $1 AND "
            "quotation_id = $2 ORDER BY position",
        .fields = {
            { "code", ROW_TEXT }, { "line", ROW_TEXT }, { "text", ROW_TEXT },
        },
    },
};

// By our number, or by the buyer's where only one account has it.
static bool load(struct online *online, char **words, struct document **record, struct error *error)
{
    static const char sql[] =
        SELECT "WHERE q.id = $1 OR q.request_number = $2 ORDER BY q.quoted_at DESC LIMIT 2";
    int64_t id = -1;
    order_id_parse(slice_of(words[0]), &id);
    const struct db_value values[] = { db_bigint(id), db_text(slice_of(words[0])) };
    struct document *list;
    if (!listing_read(online, &quote_list.listing, sql, values, COUNT(values), &list, error))
        return false;
    if (list->count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "there is no quotation '%s'; `comptoirctl quote list` shows them", words[0]);
    if (list->count > 1)
        return error_set(error, ERROR_INVALID, NULL,
                         "several requests have the number '%s'; `comptoirctl quote list` shows our own",
                         words[0]);
    *record = list->first;
    order_id_parse(document_text(*record, "quotation_id"), &id);
    const struct db_value of[] = { db_text(document_text(*record, "account")), db_bigint(id) };
    return listing_add_parts(online, *record, parts, COUNT(parts), of, COUNT(of), error);
}

static void print(const struct online *online, const struct document *quote)
{
    int32_t until = 0;
    char day[DATE_TEXT_SIZE];
    document_date(quote, "valid_until", &until);
    printf("quotation %.*s for request %.*s of account %.*s is %.*s, valid until %s\n",
           SLICE_ARGS(document_text(quote, "quotation_id")),
           SLICE_ARGS(document_text(quote, "request_number")), SLICE_ARGS(document_text(quote, "account")),
           SLICE_ARGS(document_text(quote, "status")), date_text(until, day));
    listing_print(online, &parts[0], document_get(quote, "lines"));
    for (const struct document *at = document_items(quote, "reasons"); at; at = at->next)
        printf("%.*s (%.*s)\n", SLICE_ARGS(document_text(at, "text")), SLICE_ARGS(document_text(at, "code")));
}

static const struct show_command quote_show = {
    .command = "quote show",
    .arguments = "ID",
    .purpose = "Show a quotation with its lines, the trace of every price and the reasons.",
    .more = "ID is our number of it, or the buyer's of his request where only one has it.",
    .words = 1,
    .load = load,
    .print = print,
};

int ctl_quote_show(int argc, char **argv)
{
    return show_run(&quote_show, argc, argv);
}

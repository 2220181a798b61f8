// SPDX-License-Identifier: Apache-2.0
// The facts that validate reads: accounts and payers, users and approvers, part numbers, products.
#include "handlers/company/company_facts.h"
#include "handlers/masterdata/accounts.h"
#include "handlers/order/validate.h"
#include "handlers/stages.h"

// Each key once, in the order of the orders.
struct asked {
    struct index seen;
    struct db_column first, second;
};

static struct asked asked(struct arena *arena)
{
    return (struct asked){ index_in(arena), db_column(arena, DB_TEXT), db_column(arena, DB_TEXT) };
}

static void ask(struct asked *asked, struct slice first, struct slice second)
{
    if (!index_put(&asked->seen, first, second, asked))
        return;
    db_column_add(&asked->first, first);
    db_column_add(&asked->second, second);
}

static bool gather_accounts(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "WITH asked AS (SELECT k.account FROM unnest($1::text[]) AS k(account)), "
        "named AS (SELECT account FROM asked UNION "
        "SELECT a.payer FROM asked JOIN account a ON a.account = asked.account) "
        "SELECT " ACCOUNT_COLUMNS " FROM named JOIN account a ON a.account = named.account";
    struct trade *trade = batch->trade;
    struct asked accounts = asked(batch->arena);
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        if (order->settled)
            continue;
        ask(&accounts, order->account_number, (struct slice){ 0 });
        if (!slice_empty(order->payer_number))
            ask(&accounts, order->payer_number, (struct slice){ 0 });
    }
    for (size_t i = 0; trade->company_facts && i < trade->company_facts->account_count; i++)
        ask(&accounts, trade->company_facts->accounts[i], (struct slice){ 0 });
    if (accounts.first.count == 0)
        return true;
    struct db_value values[] = { db_array(&accounts.first) };
    struct db_rows rows;
    return (db_query(db, batch->arena, sql, values, 1, &rows, error) &&
            accounts_read(trade, &rows, false, error)) ||
           error_within(error, "gathering accounts");
}

static void read_user(struct trade *trade, const struct db_rows *rows, size_t row)
{
    struct user *user = ARENA_NEW(trade->arena, struct user);
    *user = (struct user){
        .account = db_rows_slice(rows, row, 0),
        .number = db_rows_slice(rows, row, 1),
        .mail = db_rows_slice(rows, row, 2),
        .active = db_rows_number(rows, row, 3),
        .may_order = db_rows_number(rows, row, 4),
        .may_approve = db_rows_number(rows, row, 5),
        .has_order_limit = !db_rows_null(rows, row, 6),
        .order_limit = db_rows_number(rows, row, 6),
        .approver = db_rows_slice(rows, row, 7),
        .name = db_rows_slice(rows, row, 8),
        .language = db_rows_slice(rows, row, 9),
        .mails = db_rows_slice(rows, row, 10),
    };
    trade_put_user(trade, user);
}

// The users named by orders and decisions, the approvers of these users, and the accounts' own approvers.
// Where two people share a mail address, active ones come first.
static bool gather_users(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "WITH asked AS (SELECT k.account, k.name FROM unnest($1::text[], $2::text[]) AS k(account, name) "
        "UNION "
        "SELECT a.account, a.approver FROM (SELECT DISTINCT d.account FROM unnest($1::text[]) AS d(account)) "
        "AS d "
        "JOIN account a ON a.account = d.account AND a.approver <> ''), "
        "found AS (SELECT u.* FROM asked JOIN app_user u ON u.account = asked.account AND u.user_number = "
        "asked.name "
        "UNION SELECT u.* FROM asked JOIN app_user u ON u.account = asked.account AND u.mail <> '' "
        "AND lower(u.mail) = lower(asked.name)), "
        "every AS (SELECT * FROM found UNION SELECT u.* FROM found f JOIN app_user u ON u.account = "
        "f.account "
        "AND u.user_number = f.approver UNION SELECT u.* FROM found f JOIN app_user u ON u.account = "
        "f.account "
        "AND u.mail <> '' AND lower(u.mail) = lower(f.approver)) "
        "SELECT account, user_number, mail, active, may_order, may_approve, order_limit, approver, name, "
        "language, mails FROM every "
        "ORDER BY account, active DESC, user_number";
    struct trade *trade = batch->trade;
    struct asked users = asked(batch->arena);
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        // A company knows its users, and no statement is needed.
        if (order->settled || trade_company(trade, order->account_number))
            continue;
        ask(&users, order->account_number, order->user_name);
        if (strcmp(order->item->type, "ApprovalDecision") == 0) {
            ask(&users, order->account_number, document_text(order->item->document, "actor"));
            ask(&users, order->account_number, document_text(order->item->document, "to"));
        }
    }
    if (users.first.count == 0)
        return true;
    struct db_value values[] = { db_array(&users.first), db_array(&users.second) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "gathering users");
    for (size_t row = 0; row < rows.count; row++)
        read_user(trade, &rows, row);
    return true;
}

static bool gather_parts(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT p.account, p.buyer_part, p.product "
                              "FROM unnest($1::text[], $2::text[]) AS k(account, buyer_part) "
                              "JOIN customer_part p ON p.account = k.account AND p.buyer_part = k.buyer_part";
    struct trade *trade = batch->trade;
    struct asked parts = asked(batch->arena);
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        for (size_t j = 0; j < order->line_count; j++)
            if (order_line_is_new(order, &order->lines[j]) && !slice_empty(order->lines[j].buyer_part))
                ask(&parts, order->account_number, order->lines[j].buyer_part);
    }
    if (parts.first.count == 0)
        return true;
    struct db_value values[] = { db_array(&parts.first), db_array(&parts.second) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "gathering part numbers");
    for (size_t row = 0; row < rows.count; row++)
        trade_put_part(trade, db_rows_slice(&rows, row, 0), db_rows_slice(&rows, row, 1),
                       db_rows_slice(&rows, row, 2));
    return true;
}

static bool read_units(struct trade *trade, struct product *product, struct slice units, struct slice factors,
                       struct error *error)
{
    size_t capacity = 0;
    while (!slice_empty(units)) {
        struct unit_factor unit = { .unit = slice_cut(&units, ',') };
        struct slice factor = slice_cut(&factors, ',');
        if (!slice_integer(factor, &unit.factor) || unit.factor <= 0)
            return error_set(error, ERROR_INTERNAL, NULL, "product %.*s has the invalid unit factor '%.*s'",
                             SLICE_ARGS(product->number), SLICE_ARGS(factor));
        product->units = arena_grow(trade->arena, product->units, &capacity, product->unit_count + 1,
                                    sizeof *product->units);
        product->units[product->unit_count++] = unit;
    }
    return true;
}

static bool gather_products(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "WITH named AS (SELECT k.product FROM unnest($1::text[]) AS k(product) UNION "
        "SELECT p.product FROM unnest($2::text[]) AS g(gtin) "
        "JOIN product p ON ltrim(p.gtin, '0') = g.gtin AND p.gtin <> '') "
        "SELECT p.product, p.description, p.gtin, p.active, p.unit, array_to_string(p.units, ','), "
        "array_to_string(p.factors, ','), p.category FROM named JOIN product p ON p.product = named.product "
        "ORDER BY "
        "p.product";
    struct trade *trade = batch->trade;
    struct asked numbers = asked(batch->arena), gtins = asked(batch->arena);
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        for (size_t j = 0; j < order->line_count; j++) {
            const struct line *line = &order->lines[j];
            if (!order_line_is_new(order, line))
                continue;
            const struct slice *part = index_get(&trade->parts, order->account_number, line->buyer_part);
            if (part)
                ask(&numbers, *part, (struct slice){ 0 });
            if (!slice_empty(line->seller_part))
                ask(&numbers, line->seller_part, (struct slice){ 0 });
            else if (!part && !slice_empty(line->gtin))
                ask(&gtins, gtin_digits(line->gtin), (struct slice){ 0 });
        }
    }
    if (numbers.first.count + gtins.first.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers.first), db_array(&gtins.first) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "gathering products");
    for (size_t row = 0; row < rows.count; row++) {
        struct product *product = ARENA_NEW(trade->arena, struct product);
        *product = (struct product){ .number = db_rows_slice(&rows, row, 0),
                                     .description = db_rows_slice(&rows, row, 1),
                                     .gtin = db_rows_slice(&rows, row, 2),
                                     .active = db_rows_number(&rows, row, 3),
                                     .unit = db_rows_slice(&rows, row, 4),
                                     .category = db_rows_slice(&rows, row, 7) };
        if (!read_units(trade, product, db_rows_slice(&rows, row, 5), db_rows_slice(&rows, row, 6), error))
            return false;
        trade_put_product(trade, product);
    }
    return true;
}

bool validate_gather(struct batch *batch, struct db *db, struct error *error)
{
    struct trade *trade = batch->trade;
    if (!gather_accounts(batch, db, error) || !company_gather(batch, db, error) ||
        !gather_users(batch, db, error) || !gather_parts(batch, db, error) ||
        !gather_products(batch, db, error))
        return false;
    // Later stages ask for prices and stock of the products found here, before anything is decided.
    struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++) {
        if (order->settled)
            continue;
        validate_parties(trade, order);
        for (size_t j = 0; j < order->line_count; j++)
            if (order_line_is_new(order, &order->lines[j]))
                validate_resolve(trade, order, &order->lines[j]);
    }
    return true;
}

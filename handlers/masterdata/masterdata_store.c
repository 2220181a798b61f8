// SPDX-License-Identifier: Apache-2.0
// Facts into their tables: one statement a table. Rows go in by the order of their keys, so that two batches
// with the same new keys wait for each other instead of locking each other out.
#include "handlers/masterdata/facts.h"

static bool store_accounts(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO account (account, name, status, payer, currency, credit_limit, order_limit, approver, "
        "site, gln, sales_rep) "
        "SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], "
        "$7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[]) AS k(account, name, status, payer, "
        "currency, "
        "credit_limit, order_limit, approver, site, gln, sales_rep) ORDER BY k.account "
        "ON CONFLICT (account) DO UPDATE SET name = excluded.name, status = excluded.status, payer = "
        "excluded.payer, "
        "currency = excluded.currency, credit_limit = excluded.credit_limit, order_limit = "
        "excluded.order_limit, "
        "approver = excluded.approver, site = excluded.site, gln = excluded.gln, "
        "sales_rep = excluded.sales_rep";
    static const char forget[] = "DELETE FROM customer_part WHERE account = ANY($1)";
    static const char parts[] = "INSERT INTO customer_part (account, buyer_part, product) "
                                "SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[]) "
                                "AS k(account, buyer_part, product) ORDER BY k.account, k.buyer_part";
    const struct facts *facts = batch->trade->facts;
    struct arena *arena = batch->arena;
    struct db_column columns[11];
    for (int i = 0; i < 11; i++)
        columns[i] = db_column(arena, i == 5 || i == 6 ? DB_BIGINT : DB_TEXT);
    struct db_column owners = db_column(arena, DB_TEXT), theirs = db_column(arena, DB_TEXT),
                     ours = db_column(arena, DB_TEXT);
    for (size_t i = 0; i < facts->account_count; i++) {
        const struct fact_account *fact = &facts->accounts[i];
        if (!fact->sound || fact->superseded)
            continue;
        db_column_add(&columns[0], fact->key);
        db_column_add(&columns[1], fact->name);
        db_column_add(&columns[2], slice_of(account_status_name(fact->status)));
        db_column_add(&columns[3], fact->payer);
        db_column_add(&columns[4], fact->currency);
        if (fact->has_credit_limit)
            db_column_add_number(&columns[5], fact->credit_limit);
        else
            db_column_add_null(&columns[5]);
        if (fact->has_order_limit)
            db_column_add_number(&columns[6], fact->order_limit);
        else
            db_column_add_null(&columns[6]);
        db_column_add(&columns[7], fact->approver);
        db_column_add(&columns[8], fact->site);
        db_column_add(&columns[9], fact->gln);
        db_column_add(&columns[10], fact->sales_rep);
        for (size_t j = 0; j < fact->part_count; j++) {
            db_column_add(&owners, fact->key);
            db_column_add(&theirs, fact->parts[2 * j]);
            db_column_add(&ours, fact->parts[2 * j + 1]);
        }
    }
    if (columns[0].count == 0)
        return true;
    struct db_value values[11], part_values[] = { db_array(&owners), db_array(&theirs), db_array(&ours) };
    for (int i = 0; i < 11; i++)
        values[i] = db_array(&columns[i]);
    return (db_query(db, arena, sql, values, 11, NULL, error) &&
            db_query(db, arena, forget, values, 1, NULL, error) &&
            (owners.count == 0 || db_query(db, arena, parts, part_values, 3, NULL, error))) ||
           error_within(error, "storing accounts");
}

static bool store_products(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO product (product, description, gtin, active, unit, units, factors, category) "
        "SELECT k.product, k.description, k.gtin, k.active, k.unit, string_to_array(k.units, ','), "
        "string_to_array(k.factors, ',')::bigint[], k.category FROM unnest($1::text[], $2::text[], "
        "$3::text[], "
        "$4::boolean[], "
        "$5::text[], $6::text[], $7::text[], $8::text[]) "
        "AS k(product, description, gtin, active, unit, units, factors, category) "
        "ORDER BY k.product ON CONFLICT (product) DO UPDATE SET description = excluded.description, "
        "gtin = excluded.gtin, active = excluded.active, unit = excluded.unit, units = excluded.units, "
        "factors = excluded.factors, category = excluded.category";
    enum { PRODUCT_COLUMNS = 8 };
    const struct facts *facts = batch->trade->facts;
    struct db_column columns[PRODUCT_COLUMNS];
    for (int i = 0; i < PRODUCT_COLUMNS; i++)
        columns[i] = db_column(batch->arena, i == 3 ? DB_BOOLEAN : DB_TEXT);
    for (size_t i = 0; i < facts->product_count; i++) {
        const struct fact_product *fact = &facts->products[i];
        if (!fact->sound || fact->superseded)
            continue;
        db_column_add(&columns[0], fact->key);
        db_column_add(&columns[1], fact->description);
        db_column_add(&columns[2], fact->gtin);
        db_column_add_number(&columns[3], fact->active);
        db_column_add(&columns[4], fact->unit);
        db_column_add(&columns[5], fact->units);
        db_column_add(&columns[6], fact->factors);
        db_column_add(&columns[7], fact->category);
    }
    if (columns[0].count == 0)
        return true;
    struct db_value values[PRODUCT_COLUMNS];
    for (int i = 0; i < PRODUCT_COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    return db_query(db, batch->arena, sql, values, PRODUCT_COLUMNS, NULL, error) ||
           error_within(error, "storing products");
}

static bool store_prices(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO condition_record (product, account, currency, unit, valid_from, valid_to, price_basis, "
        "scale_from, scale_price) SELECT k.product, k.account, k.currency, k.unit, k.valid_from, k.valid_to, "
        "k.price_basis, string_to_array(k.scale_from, ',')::bigint[], string_to_array(k.scale_price, "
        "',')::bigint[] "
        "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::date[], $7::bigint[], "
        "$8::text[], $9::text[], $10::boolean[]) AS k(product, account, currency, unit, valid_from, "
        "valid_to, "
        "price_basis, scale_from, scale_price, deleted) WHERE NOT k.deleted "
        "ORDER BY k.product, k.account, k.currency, k.unit, k.valid_from "
        "ON CONFLICT (product, account, currency, unit, valid_from) DO UPDATE SET valid_to = "
        "excluded.valid_to, "
        "price_basis = excluded.price_basis, scale_from = excluded.scale_from, scale_price = "
        "excluded.scale_price";
    static const char forget[] =
        "DELETE FROM condition_record c USING unnest($1::text[], $2::text[], $3::text[], $4::text[], "
        "$5::date[], "
        "$6::boolean[]) AS k(product, account, currency, unit, valid_from, deleted) WHERE k.deleted "
        "AND c.product = k.product AND c.account = k.account AND c.currency = k.currency AND c.unit = k.unit "
        "AND c.valid_from = k.valid_from";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT,   DB_TEXT, DB_TEXT, DB_DATE,
                                          DB_DATE, DB_BIGINT, DB_TEXT, DB_TEXT, DB_BOOLEAN };
    enum { COLUMNS = sizeof types / sizeof *types };
    const struct facts *facts = batch->trade->facts;
    struct db_column columns[COLUMNS];
    bool deletes = false;
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < facts->price_count; i++) {
        const struct fact_price *fact = &facts->prices[i];
        if (!fact->sound || fact->superseded)
            continue;
        db_column_add(&columns[0], fact->product);
        db_column_add(&columns[1], fact->account);
        db_column_add(&columns[2], fact->currency);
        db_column_add(&columns[3], fact->unit);
        db_column_add_number(&columns[4], fact->valid_from);
        if (fact->has_end)
            db_column_add_number(&columns[5], fact->valid_to);
        else
            db_column_add_null(&columns[5]);
        db_column_add_number(&columns[6], fact->basis);
        db_column_add(&columns[7], fact->from);
        db_column_add(&columns[8], fact->prices);
        db_column_add_number(&columns[9], fact->deleted);
        deletes = deletes || fact->deleted;
    }
    if (columns[0].count == 0)
        return true;
    struct db_value values[COLUMNS], keys[6];
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    for (int i = 0; i < 6; i++)
        keys[i] = i < 5 ? values[i] : values[9];
    return (db_query(db, batch->arena, sql, values, COLUMNS, NULL, error) &&
            (!deletes || db_query(db, batch->arena, forget, keys, 6, NULL, error))) ||
           error_within(error, "storing prices");
}

static bool store_stock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO stock (product, site, on_hand, counted_at) "
        "SELECT k.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) "
        "AS k(product, site, on_hand, counted_at) ORDER BY k.product, k.site "
        "ON CONFLICT (product, site) DO UPDATE SET on_hand = excluded.on_hand, counted_at = "
        "excluded.counted_at, "
        "shortfall = greatest(0, stock.reserved - excluded.on_hand) WHERE stock.counted_at <= "
        "excluded.counted_at";
    const struct facts *facts = batch->trade->facts;
    struct db_column products = db_column(batch->arena, DB_TEXT), sites = db_column(batch->arena, DB_TEXT),
                     quantities = db_column(batch->arena, DB_BIGINT),
                     instants = db_column(batch->arena, DB_INSTANT);
    for (size_t i = 0; i < facts->stock_count; i++) {
        const struct fact_stock *fact = &facts->stocks[i];
        if (!fact->sound || fact->superseded)
            continue;
        db_column_add(&products, fact->product);
        db_column_add(&sites, fact->site);
        db_column_add_number(&quantities, fact->on_hand);
        db_column_add_number(&instants, fact->counted_at);
    }
    if (products.count == 0)
        return true;
    struct db_value values[] = { db_array(&products), db_array(&sites), db_array(&quantities),
                                 db_array(&instants) };
    return db_query(db, batch->arena, sql, values, 4, NULL, error) || error_within(error, "storing stock");
}

bool facts_store(struct batch *batch, struct db *db, struct error *error)
{
    return store_accounts(batch, db, error) && store_products(batch, db, error) &&
           store_prices(batch, db, error) && store_stock(batch, db, error);
}

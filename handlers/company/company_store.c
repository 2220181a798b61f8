// SPDX-License-Identifier: Apache-2.0
// Facts about companies into their tables: what stood under a key goes, what is said now comes. Rows go in by the
// order of their keys within one account, whose row is locked.
#include "handlers/company/company_facts.h"

enum { COLUMNS_MAX = 16 };

// The rows of one table, as arrays for unnest.
struct rows {
    struct db_column columns[COLUMNS_MAX];
    size_t count;
};

static struct rows rows_of(struct arena *arena, const enum db_type *types, size_t count)
{
    struct rows rows = { .count = count };
    for (size_t i = 0; i < count; i++)
        rows.columns[i] = db_column(arena, types[i]);
    return rows;
}

static bool put(struct batch *batch, struct db *db, const char *sql, struct rows *rows, struct error *error)
{
    struct db_value values[COLUMNS_MAX];
    if (rows->columns[0].count == 0)
        return true;
    for (size_t i = 0; i < rows->count; i++)
        values[i] = db_array(&rows->columns[i]);
    return db_query(db, batch->arena, sql, values, rows->count, NULL, error);
}

static void add_validity(struct rows *rows, size_t column, int64_t from, int64_t to)
{
    if (from == INT64_MIN)
        db_column_add_null(&rows->columns[column]);
    else
        db_column_add_number(&rows->columns[column], from);
    if (to == INT64_MAX)
        db_column_add_null(&rows->columns[column + 1]);
    else
        db_column_add_number(&rows->columns[column + 1], to);
}

static void add_texts(struct rows *rows, const struct slice *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        db_column_add(&rows->columns[i], texts[i]);
}

static bool stored(const struct company_fact *fact, enum company_kind kind)
{
    return fact->sound && !fact->superseded && fact->kind == kind;
}

// The keys of all facts of a kind: what stands under them goes first.
static bool forget(struct batch *batch, struct db *db, enum company_kind kind, const char *const *statements,
                   size_t count, struct error *error)
{
    static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows keys = rows_of(batch->arena, types, kind == COMPANY_UNIT ? 3 : 2);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, kind))
            continue;
        add_texts(&keys, (struct slice[]){ fact->account, fact->key }, 2);
        if (kind == COMPANY_UNIT)
            db_column_add_number(&keys.columns[2], fact->from);
    }
    for (size_t i = 0; i < count; i++)
        if (!put(batch, db, statements[i], &keys, error))
            return false;
    return true;
}

#define FORGET(table, key)                                                                                   \
    "DELETE FROM " table " t USING unnest($1::text[], $2::text[]) AS k(account, key) "                       \
    "WHERE t.account = k.account AND t." key " = k.key"

static bool store_units(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const statements[] = {
        "DELETE FROM company_unit t USING unnest($1::text[], $2::text[], $3::timestamptz[]) AS k(account, "
        "key, "
        "first) WHERE t.account = k.account AND t.unit = k.key AND t.valid_from = k.first"
    };
    static const char sql[] =
        "INSERT INTO company_unit (account, unit, title, parent, inherits, valid_from, valid_to) SELECT * "
        "FROM "
        "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], "
        "$7::timestamptz[])";
    static const enum db_type types[] = { DB_TEXT,    DB_TEXT,    DB_TEXT,   DB_TEXT,
                                          DB_BOOLEAN, DB_INSTANT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 7);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, COMPANY_UNIT) || fact->deleted)
            continue;
        add_texts(&rows, (struct slice[]){ fact->account, fact->key, fact->title, fact->parent }, 4);
        db_column_add_number(&rows.columns[4], fact->inherits);
        add_validity(&rows, 5, fact->from, fact->to);
    }
    return forget(batch, db, COMPANY_UNIT, statements, 1, error) && put(batch, db, sql, &rows, error);
}

static bool store_users(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO app_user (account, user_number, name, mail, active, may_order, may_approve, "
        "order_limit, approver, manager, language, mails) "
        "SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], "
        "$6::boolean[], $7::boolean[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[]) "
        "AS k(account, user_number, name, mail, active, may_order, may_approve, order_limit, approver, "
        "manager, "
        "language, mails) ORDER BY k.account, k.user_number "
        "ON CONFLICT (account, user_number) DO UPDATE SET name = excluded.name, mail = excluded.mail, "
        "active = excluded.active, may_order = excluded.may_order, may_approve = excluded.may_approve, "
        "order_limit = excluded.order_limit, approver = excluded.approver, manager = excluded.manager, "
        "language = excluded.language, mails = excluded.mails";
    static const enum db_type types[] = { DB_TEXT,    DB_TEXT,   DB_TEXT, DB_TEXT, DB_BOOLEAN, DB_BOOLEAN,
                                          DB_BOOLEAN, DB_BIGINT, DB_TEXT, DB_TEXT, DB_TEXT,    DB_TEXT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 12);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, COMPANY_USER))
            continue;
        add_texts(&rows, (struct slice[]){ fact->account, fact->key, fact->title, fact->mail }, 4);
        db_column_add_number(&rows.columns[4], fact->active);
        db_column_add_number(&rows.columns[5], fact->may_order);
        db_column_add_number(&rows.columns[6], fact->may_approve);
        if (fact->has_order_limit)
            db_column_add_number(&rows.columns[7], fact->order_limit);
        else
            db_column_add_null(&rows.columns[7]);
        db_column_add(&rows.columns[8], fact->approver);
        db_column_add(&rows.columns[9], fact->manager);
        db_column_add(&rows.columns[10], fact->language);
        db_column_add(&rows.columns[11], fact->mails);
    }
    return put(batch, db, sql, &rows, error);
}

static bool store_roles(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const statements[] = { FORGET("user_role", "user_number") };
    static const char sql[] =
        "INSERT INTO user_role (account, user_number, position, unit, role, valid_from, valid_to) SELECT * "
        "FROM "
        "unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::timestamptz[], "
        "$7::timestamptz[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT,    DB_INTEGER, DB_TEXT,
                                          DB_TEXT, DB_INSTANT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 7);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        for (size_t j = 0; stored(fact, COMPANY_USER) && j < fact->role_count; j++) {
            add_texts(&rows, (struct slice[]){ fact->account, fact->key }, 2);
            db_column_add_number(&rows.columns[2], (int64_t)j + 1);
            db_column_add(&rows.columns[3], fact->roles[j].unit);
            db_column_add(&rows.columns[4], slice_of(role_name(fact->roles[j].role)));
            add_validity(&rows, 5, fact->roles[j].from, fact->roles[j].to);
        }
    }
    return forget(batch, db, COMPANY_USER, statements, 1, error) && put(batch, db, sql, &rows, error);
}

static bool store_cost_centres(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const statements[] = { FORGET("cost_centre", "cost_centre") };
    static const char sql[] =
        "INSERT INTO cost_centre (account, cost_centre, title, unit, parent, owner, valid_from, valid_to) "
        "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], "
        "$7::timestamptz[], $8::timestamptz[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_TEXT,    DB_TEXT,
                                          DB_TEXT, DB_TEXT, DB_INSTANT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 8);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, COMPANY_COST_CENTRE) || fact->deleted)
            continue;
        add_texts(
            &rows,
            (struct slice[]){ fact->account, fact->key, fact->title, fact->unit, fact->parent, fact->owner },
            6);
        add_validity(&rows, 6, fact->from, fact->to);
    }
    return forget(batch, db, COMPANY_COST_CENTRE, statements, 1, error) && put(batch, db, sql, &rows, error);
}

static bool store_delegations(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const statements[] = { FORGET("delegation", "delegation") };
    static const char sql[] =
        "INSERT INTO delegation (account, delegation, from_user, to_user, unit, cost_centre, amount, "
        "passes_on, "
        "valid_from, valid_to) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], "
        "$5::text[], "
        "$6::text[], $7::bigint[], $8::boolean[], $9::timestamptz[], $10::timestamptz[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT,   DB_TEXT,    DB_TEXT,    DB_TEXT,
                                          DB_TEXT, DB_BIGINT, DB_BOOLEAN, DB_INSTANT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 10);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, COMPANY_DELEGATION) || fact->deleted)
            continue;
        add_texts(&rows,
                  (struct slice[]){ fact->account, fact->key, fact->from_user, fact->to_user, fact->unit,
                                    fact->cost_centre },
                  6);
        if (fact->has_amount)
            db_column_add_number(&rows.columns[6], fact->amount);
        else
            db_column_add_null(&rows.columns[6]);
        db_column_add_number(&rows.columns[7], fact->passes_on);
        add_validity(&rows, 8, fact->from, fact->to);
    }
    return forget(batch, db, COMPANY_DELEGATION, statements, 1, error) && put(batch, db, sql, &rows, error);
}

// --- Rights: a head, and three lists

static bool store_heads(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO rights (account, rights, subject, unit, valid_from, valid_to) SELECT * FROM "
        "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_TEXT, DB_TEXT, DB_INSTANT, DB_INSTANT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 6);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        if (!stored(fact, COMPANY_RIGHTS) || fact->deleted)
            continue;
        add_texts(&rows,
                  (struct slice[]){ fact->account, fact->key, slice_of(rights_subject_name(fact->subject)),
                                    fact->unit },
                  4);
        add_validity(&rows, 4, fact->from, fact->to);
    }
    return put(batch, db, sql, &rows, error);
}

static bool store_names(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "INSERT INTO rights_name (account, rights, position, name) SELECT * FROM "
                              "unnest($1::text[], $2::text[], $3::integer[], $4::text[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_INTEGER, DB_TEXT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 4);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        for (size_t j = 0; stored(fact, COMPANY_RIGHTS) && !fact->deleted && j < fact->name_count; j++) {
            add_texts(&rows, (struct slice[]){ fact->account, fact->key }, 2);
            db_column_add_number(&rows.columns[2], (int64_t)j + 1);
            db_column_add(&rows.columns[3], fact->names[j]);
        }
    }
    return put(batch, db, sql, &rows, error);
}

static bool store_limits(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO rights_limit (account, rights, position, kind, period, rolling_days, cost_centre, "
        "amount, "
        "gross, refuse) SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], "
        "$6::integer[], $7::text[], $8::bigint[], $9::boolean[], $10::boolean[])";
    static const enum db_type types[] = { DB_TEXT,    DB_TEXT, DB_INTEGER, DB_TEXT,    DB_TEXT,
                                          DB_INTEGER, DB_TEXT, DB_BIGINT,  DB_BOOLEAN, DB_BOOLEAN };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 10);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        for (size_t j = 0; stored(fact, COMPANY_RIGHTS) && !fact->deleted && j < fact->limit_count; j++) {
            const struct fact_limit *limit = &fact->limits[j];
            add_texts(&rows, (struct slice[]){ fact->account, fact->key }, 2);
            db_column_add_number(&rows.columns[2], (int64_t)j + 1);
            db_column_add(&rows.columns[3], slice_of(limit_kind_name(limit->kind)));
            db_column_add(&rows.columns[4], limit->period);
            db_column_add_number(&rows.columns[5], limit->rolling_days);
            db_column_add(&rows.columns[6], limit->cost_centre);
            db_column_add_number(&rows.columns[7], limit->amount);
            db_column_add_number(&rows.columns[8], limit->gross);
            db_column_add_number(&rows.columns[9], limit->refuse);
        }
    }
    return put(batch, db, sql, &rows, error);
}

static bool store_entitlements(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO rights_entitlement (account, rights, position, deny, kind, value) SELECT * FROM "
        "unnest($1::text[], $2::text[], $3::integer[], $4::boolean[], $5::text[], $6::text[])";
    static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_INTEGER, DB_BOOLEAN, DB_TEXT, DB_TEXT };
    const struct company_facts *all = batch->trade->company_facts;
    struct rows rows = rows_of(batch->arena, types, 6);
    for (size_t i = 0; i < all->count; i++) {
        const struct company_fact *fact = &all->facts[i];
        for (size_t j = 0; stored(fact, COMPANY_RIGHTS) && !fact->deleted && j < fact->entitlement_count;
             j++) {
            add_texts(&rows, (struct slice[]){ fact->account, fact->key }, 2);
            db_column_add_number(&rows.columns[2], (int64_t)j + 1);
            db_column_add_number(&rows.columns[3], fact->entitlements[j].deny);
            db_column_add(&rows.columns[4], slice_of(entitlement_kind_name(fact->entitlements[j].kind)));
            db_column_add(&rows.columns[5], fact->entitlements[j].value);
        }
    }
    return put(batch, db, sql, &rows, error);
}

static bool store_rights(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const statements[] = { FORGET("rights_entitlement", "rights"),
                                              FORGET("rights_limit", "rights"),
                                              FORGET("rights_name", "rights"), FORGET("rights", "rights") };
    return forget(batch, db, COMPANY_RIGHTS, statements, sizeof statements / sizeof *statements, error) &&
           store_heads(batch, db, error) && store_names(batch, db, error) && store_limits(batch, db, error) &&
           store_entitlements(batch, db, error);
}

bool company_store(struct batch *batch, struct db *db, struct error *error)
{
    return (store_units(batch, db, error) && store_users(batch, db, error) && store_roles(batch, db, error) &&
            store_cost_centres(batch, db, error) && store_delegations(batch, db, error) &&
            store_rights(batch, db, error)) ||
           error_within(error, "storing facts about companies");
}

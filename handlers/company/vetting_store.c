// SPDX-License-Identifier: Apache-2.0
// What is known of accounts' vetting: from its tables, and back.
#include "handlers/company/company.h"
#include "handlers/company/vetting_doc.h"
#include "handlers/masterdata/facts.h"

static const struct slice none;

struct vetting *trade_vetting(const struct trade *trade, struct slice account)
{
    return trade->vettings ? index_get(&trade->vettings->by_account, account, none) : NULL;
}

// --- Reading

static struct vetting *want(struct batch *batch, struct slice account, struct item *item)
{
    struct vettings *all = batch->trade->vettings;
    struct vetting *vetting = trade_vetting(batch->trade, account);
    if (!vetting) {
        const struct account *known = trade_account(batch->trade, account);
        vetting = ARENA_NEW(batch->arena, struct vetting);
        *vetting = (struct vetting){ .account = account,
                                     .is_new = !known,
                                     .before = known ? known->status : ACCOUNT_APPLIED };
        index_put(&all->by_account, account, none, vetting);
        all->all = arena_grow(batch->arena, all->all, &all->capacity, all->count + 1, sizeof *all->all);
        all->all[all->count++] = vetting;
    }
    vetting->item = item ? item : vetting->item;
    return vetting;
}

static void want_all(struct batch *batch)
{
    struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->facts->account_count; i++)
        if (trade->facts->accounts[i].sound)
            want(batch, trade->facts->accounts[i].key, trade->facts->accounts[i].item);
    for (size_t i = 0; i < trade->vettings->fact_count; i++)
        if (trade->vettings->facts[i].sound)
            want(batch, trade->vettings->facts[i].account, trade->vettings->facts[i].item);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "AccountReview") == 0 &&
            slice_is(document_text(item->document, "cause"), "vetting"))
            want(batch, document_text(item->document, "account"), item);
    }
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        const struct account *account = trade_account(trade, order->account_number);
        if (!order->settled && account && account->status == ACCOUNT_APPROVED_WITH_LIMITS)
            want(batch, account->number, NULL);
    }
}

static void read_required(struct arena *arena, struct vetting *vetting, struct slice words)
{
    size_t capacity = 0;
    while (!slice_empty(words)) {
        vetting->required = arena_grow(arena, vetting->required, &capacity, vetting->required_count + 1,
                                       sizeof *vetting->required);
        vetting->required[vetting->required_count++] = slice_cut(&words, ',');
    }
}

static bool load_plans(struct batch *batch, struct db *db, const struct db_value *accounts,
                       struct error *error)
{
    static const char sql[] =
        "SELECT account, required, order_max, prepaid_only, by_checks FROM vetting WHERE account = ANY($1)";
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, accounts, 1, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct vetting *vetting = trade_vetting(batch->trade, db_rows_slice(&rows, row, 0));
        vetting->stored = vetting->has_plan = true;
        read_required(batch->arena, vetting, db_rows_slice(&rows, row, 1));
        vetting->has_order_max = !db_rows_null(&rows, row, 2);
        vetting->order_max = db_rows_number(&rows, row, 2);
        vetting->prepaid_only = db_rows_number(&rows, row, 3);
        vetting->by_checks = db_rows_number(&rows, row, 4);
    }
    return true;
}

static struct vetting_check *add_check(struct arena *arena, struct vetting *vetting)
{
    vetting->checks = arena_grow(arena, vetting->checks, &vetting->check_capacity, vetting->check_count + 1,
                                 sizeof *vetting->checks);
    return &vetting->checks[vetting->check_count++];
}

static bool load_checks(struct batch *batch, struct db *db, const struct db_value *accounts,
                        struct error *error)
{
    static const char sql[] =
        "SELECT account, check_id, kind, source, result, verifier, evidence, checked_at, valid_to, "
        "order_max, note "
        "FROM vetting_check WHERE account = ANY($1) ORDER BY account, check_id COLLATE \"C\"";
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, accounts, 1, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct slice account = db_rows_slice(&rows, row, 0);
        struct vetting_check *check = add_check(batch->arena, trade_vetting(batch->trade, account));
        *check = (struct vetting_check){ .id = db_rows_slice(&rows, row, 1),
                                         .kind = db_rows_slice(&rows, row, 2),
                                         .verifier = db_rows_slice(&rows, row, 5),
                                         .evidence = db_rows_slice(&rows, row, 6),
                                         .checked_at = db_rows_number(&rows, row, 7),
                                         .has_valid_to = !db_rows_null(&rows, row, 8),
                                         .valid_to = db_rows_number(&rows, row, 8),
                                         .has_order_max = !db_rows_null(&rows, row, 9),
                                         .order_max = db_rows_number(&rows, row, 9),
                                         .note = db_rows_slice(&rows, row, 10) };
        if (!check_source_parse(db_rows_slice(&rows, row, 3), &check->source) ||
            !check_result_parse(db_rows_slice(&rows, row, 4), &check->result))
            return error_set(error, ERROR_INTERNAL, NULL, "the check %.*s of account %.*s has unknown words",
                             SLICE_ARGS(check->id), SLICE_ARGS(account));
    }
    return true;
}

bool vetting_load(struct batch *batch, struct db *db, struct error *error)
{
    const struct vettings *all = batch->trade->vettings;
    struct db_column accounts = db_column(batch->arena, DB_TEXT);
    want_all(batch);
    for (size_t i = 0; i < all->count; i++)
        db_column_add(&accounts, all->all[i]->account);
    struct db_value values[] = { db_array(&accounts) };
    return accounts.count == 0 ||
           (load_plans(batch, db, values, error) && load_checks(batch, db, values, error)) ||
           error_within(error, "reading what accounts are vetted for");
}

// --- Writing

static void add_optional(struct db_column *column, bool has, int64_t value)
{
    if (has)
        db_column_add_number(column, value);
    else
        db_column_add_null(column);
}

static struct slice required_text(struct arena *arena, const struct vetting *vetting)
{
    struct slice text = none;
    for (size_t i = 0; i < vetting->required_count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", SLICE_ARGS(text), i ? "," : "",
                            SLICE_ARGS(vetting->required[i]));
    return text;
}

static bool store_plans(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO vetting (account, required, order_max, prepaid_only, by_checks) "
        "SELECT k.* FROM unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[], $5::boolean[]) "
        "AS k(account, required, order_max, prepaid_only, by_checks) "
        "ON CONFLICT (account) DO UPDATE SET required = excluded.required, order_max = excluded.order_max, "
        "prepaid_only = excluded.prepaid_only, by_checks = excluded.by_checks";
    static const char forget[] = "DELETE FROM vetting WHERE account = ANY($1)";
    const struct vettings *all = batch->trade->vettings;
    struct db_column accounts = db_column(batch->arena, DB_TEXT), required = db_column(batch->arena, DB_TEXT),
                     most = db_column(batch->arena, DB_BIGINT), prepaid = db_column(batch->arena, DB_BOOLEAN),
                     by = db_column(batch->arena, DB_BOOLEAN), gone = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++) {
        const struct vetting *vetting = all->all[i];
        if (!vetting->changed)
            continue;
        if (!vetting->has_plan) {
            db_column_add(&gone, vetting->account);
            continue;
        }
        db_column_add(&accounts, vetting->account);
        db_column_add(&required, required_text(batch->arena, vetting));
        add_optional(&most, vetting->has_order_max, vetting->order_max);
        db_column_add_number(&prepaid, vetting->prepaid_only);
        db_column_add_number(&by, vetting->by_checks);
    }
    struct db_value values[] = { db_array(&accounts), db_array(&required), db_array(&most),
                                 db_array(&prepaid), db_array(&by) },
                    taken[] = { db_array(&gone) };
    return (accounts.count == 0 || db_query(db, batch->arena, sql, values, 5, NULL, error)) &&
           (gone.count == 0 || db_query(db, batch->arena, forget, taken, 1, NULL, error));
}

static bool store_checks(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO vetting_check (account, check_id, kind, source, result, verifier, evidence, checked_at, "
        "valid_to, order_max, note, recorded_at) SELECT k.*, $12 FROM unnest($1::text[], $2::text[], "
        "$3::text[], "
        "$4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], "
        "$10::bigint[], "
        "$11::text[]) AS k(account, check_id, kind, source, result, verifier, evidence, checked_at, "
        "valid_to, "
        "order_max, note) ON CONFLICT (account, check_id) DO UPDATE SET kind = excluded.kind, source = "
        "excluded.source, result = excluded.result, verifier = excluded.verifier, evidence = "
        "excluded.evidence, "
        "checked_at = excluded.checked_at, valid_to = excluded.valid_to, order_max = excluded.order_max, "
        "note = "
        "excluded.note, recorded_at = excluded.recorded_at";
    enum { COLUMNS = 11 };
    const struct vettings *all = batch->trade->vettings;
    struct db_column columns[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, i == 7 || i == 8 ? DB_INSTANT : i == 9 ? DB_BIGINT : DB_TEXT);
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < all->all[i]->check_count; j++) {
            const struct vetting_check *check = &all->all[i]->checks[j];
            const struct slice texts[] = { all->all[i]->account,
                                           check->id,
                                           check->kind,
                                           slice_of(check_source_name(check->source)),
                                           slice_of(check_result_name(check->result)),
                                           check->verifier,
                                           check->evidence };
            if (!check->changed)
                continue;
            for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
                db_column_add(&columns[k], texts[k]);
            add_optional(&columns[7], check->checked_at > 0, check->checked_at);
            add_optional(&columns[8], check->has_valid_to, check->valid_to);
            add_optional(&columns[9], check->has_order_max, check->order_max);
            db_column_add(&columns[10], check->note);
        }
    struct db_value values[COLUMNS + 1];
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    values[COLUMNS] = db_instant(batch->now_us);
    return columns[0].count == 0 || db_query(db, batch->arena, sql, values, COLUMNS + 1, NULL, error);
}

// masterdata has written by now what the ERP says.
static bool store_states(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "UPDATE account a SET status = k.status FROM unnest($1::text[], $2::text[]) "
                              "AS k(account, status) WHERE a.account = k.account AND a.status <> k.status";
    const struct vettings *all = batch->trade->vettings;
    struct db_column accounts = db_column(batch->arena, DB_TEXT), states = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++) {
        const struct vetting *vetting = all->all[i];
        if (!vetting->item || !vetting->has_plan || !company_known(batch->trade, vetting->account))
            continue;
        db_column_add(&accounts, vetting->account);
        db_column_add(&states, slice_of(account_status_name(vetting->after)));
    }
    struct db_value values[] = { db_array(&accounts), db_array(&states) };
    return accounts.count == 0 || db_query(db, batch->arena, sql, values, 2, NULL, error);
}

bool vetting_store(struct batch *batch, struct db *db, struct error *error)
{
    return (store_plans(batch, db, error) && store_checks(batch, db, error) &&
            store_states(batch, db, error)) ||
           error_within(error, "storing what accounts are vetted for");
}

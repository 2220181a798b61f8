// SPDX-License-Identifier: Apache-2.0
// The rights of a company.
#include "handlers/company/company_facts.h"
#include "handlers/company/company_parts.h"

static const struct slice none;

struct raw_rights {
    struct rights *rights;
    struct slice *names;
    struct limit *limits;
    struct entitlement *entitlements;
    size_t name_capacity, limit_capacity, entitlement_capacity;
};

static bool ask(struct company *company, struct db *db, const char *sql, struct db_rows *rows,
                struct error *error)
{
    struct db_value values[] = { db_text(company->account) };
    return db_query(db, company->arena, sql, values, 1, rows, error);
}

static bool unknown(const struct company *company, struct slice word, struct error *error)
{
    return error_set(error, ERROR_INTERNAL, NULL, "rights of account %.*s have the unknown word '%.*s'",
                     SLICE_ARGS(company->account), SLICE_ARGS(word));
}

static bool load_heads(struct company *company, struct db *db, int64_t now_us, struct index *by_id,
                       struct error *error)
{
    static const char sql[] = "SELECT rights, subject, unit, valid_from, valid_to FROM rights "
                              "WHERE account = $1 ORDER BY rights COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    company->rights = ARENA_ARRAY(company->arena, rows.count, const struct rights *);
    for (size_t row = 0; row < rows.count; row++) {
        struct raw_rights *raw = ARENA_NEW(company->arena, struct raw_rights);
        struct rights *rights = raw->rights = ARENA_NEW(company->arena, struct rights);
        rights->id = db_rows_slice(&rows, row, 0);
        rights->unit = company_unit(company, db_rows_slice(&rows, row, 2));
        if (!rights_subject_parse(db_rows_slice(&rows, row, 1), &rights->subject))
            return unknown(company, db_rows_slice(&rows, row, 1), error);
        int64_t from = db_rows_null(&rows, row, 3) ? INT64_MIN : db_rows_number(&rows, row, 3),
                to = db_rows_null(&rows, row, 4) ? INT64_MAX : db_rows_number(&rows, row, 4);
        if (!company_dated(company, now_us, from, to) || !rights->unit)
            continue;
        company->rights[company->rights_count++] = rights;
        index_put(by_id, rights->id, none, raw);
    }
    return true;
}

static bool load_names(struct company *company, struct db *db, const struct index *by_id, struct error *error)
{
    static const char sql[] =
        "SELECT rights, name FROM rights_name WHERE account = $1 ORDER BY rights COLLATE \"C\", position";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct raw_rights *raw = index_get(by_id, db_rows_slice(&rows, row, 0), none);
        if (!raw)
            continue;
        raw->names = arena_grow(company->arena, raw->names, &raw->name_capacity, raw->rights->name_count + 1,
                                sizeof *raw->names);
        raw->names[raw->rights->name_count++] = db_rows_slice(&rows, row, 1);
        raw->rights->names = raw->names;
    }
    return true;
}

static bool load_limits(struct company *company, struct db *db, const struct index *by_id,
                        struct error *error)
{
    static const char sql[] = "SELECT rights, kind, period, rolling_days, cost_centre, amount, gross, refuse "
                              "FROM rights_limit WHERE account = $1 ORDER BY rights COLLATE \"C\", position";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct raw_rights *raw = index_get(by_id, db_rows_slice(&rows, row, 0), none);
        struct slice kind = db_rows_slice(&rows, row, 1), period = db_rows_slice(&rows, row, 2);
        struct limit limit = {
            .rolling_days = (int)db_rows_number(&rows, row, 3),
            .cost_centre = db_rows_slice(&rows, row, 4),
            .amount = db_rows_number(&rows, row, 5),
            .gross = db_rows_number(&rows, row, 6),
            .refuse = db_rows_number(&rows, row, 7),
        };
        if (!limit_kind_parse(kind, &limit.kind))
            return unknown(company, kind, error);
        if (limit.kind == LIMIT_PERIOD && !limit_period_parse(period, &limit.period))
            return unknown(company, period, error);
        if (!raw)
            continue;
        company->counts_periods = company->counts_periods || limit.kind == LIMIT_PERIOD;
        raw->limits = arena_grow(company->arena, raw->limits, &raw->limit_capacity,
                                 raw->rights->limit_count + 1, sizeof *raw->limits);
        raw->limits[raw->rights->limit_count++] = limit;
        raw->rights->limits = raw->limits;
    }
    return true;
}

static bool load_entitlements(struct company *company, struct db *db, const struct index *by_id,
                              struct error *error)
{
    static const char sql[] = "SELECT rights, deny, kind, value FROM rights_entitlement WHERE account = $1 "
                              "ORDER BY rights COLLATE \"C\", position";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct raw_rights *raw = index_get(by_id, db_rows_slice(&rows, row, 0), none);
        struct entitlement entitlement = { .deny = db_rows_number(&rows, row, 1),
                                           .value = db_rows_slice(&rows, row, 3) };
        if (!entitlement_kind_parse(db_rows_slice(&rows, row, 2), &entitlement.kind))
            return unknown(company, db_rows_slice(&rows, row, 2), error);
        if (!raw)
            continue;
        raw->entitlements = arena_grow(company->arena, raw->entitlements, &raw->entitlement_capacity,
                                       raw->rights->entitlement_count + 1, sizeof *raw->entitlements);
        raw->entitlements[raw->rights->entitlement_count++] = entitlement;
        raw->rights->entitlements = raw->entitlements;
    }
    return true;
}

static void find_by_subject(struct company *company)
{
    for (size_t i = 0; i < company->rights_count; i++) {
        const struct rights *rights = company->rights[i];
        struct slice subject = slice_of(rights_subject_name(rights->subject));
        for (size_t j = 0; j < rights->name_count; j++) {
            struct company_rights *list = index_get(&company->rights_index, subject, rights->names[j]);
            if (!list) {
                list = ARENA_NEW(company->arena, struct company_rights);
                index_put(&company->rights_index, subject, rights->names[j], list);
            }
            list->rights = arena_grow(company->arena, list->rights, &list->capacity, list->count + 1,
                                      sizeof *list->rights);
            list->rights[list->count++] = rights;
        }
    }
}

bool company_load_rights(struct company *company, struct db *db, int64_t now_us, struct error *error)
{
    struct index by_id = index_in(company->arena);
    if (!load_heads(company, db, now_us, &by_id, error) || !load_names(company, db, &by_id, error) ||
        !load_limits(company, db, &by_id, error) || !load_entitlements(company, db, &by_id, error))
        return false;
    find_by_subject(company);
    return true;
}

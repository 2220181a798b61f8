// SPDX-License-Identifier: Apache-2.0
#include "handlers/company/company_draft.h"

static const struct slice none;

// --- Units and their records

static struct draft_unit *unit_of(struct company_draft *draft, struct slice name)
{
    struct draft_unit *unit = index_get(&draft->units, name, none);
    if (unit)
        return unit;
    unit = ARENA_NEW(draft->arena, struct draft_unit);
    *unit = (struct draft_unit){ .name = name, .next = draft->unit_list };
    draft->unit_list = unit;
    draft->unit_count++;
    index_put(&draft->units, name, none, unit);
    return unit;
}

// The list is copied, so that a step is taken back by its first record.
static struct draft_version *without(struct company_draft *draft, const struct draft_version *versions,
                                     int64_t from)
{
    struct draft_version *first = NULL, **last = &first;
    for (; versions; versions = versions->next) {
        if (versions->from == from)
            continue;
        *last = ARENA_NEW(draft->arena, struct draft_version);
        **last = *versions;
        (*last)->next = NULL;
        last = &(*last)->next;
    }
    return first;
}

struct draft_step draft_unit_put(struct company_draft *draft, struct slice name,
                                 const struct draft_version *version)
{
    struct draft_unit *unit = unit_of(draft, name);
    struct draft_step step = { unit, unit->versions };
    struct draft_version *fresh = ARENA_NEW(draft->arena, struct draft_version);
    unit->versions = without(draft, unit->versions, version->from);
    struct draft_version **at = &unit->versions;
    while (*at && (*at)->from < version->from)
        at = &(*at)->next;
    *fresh = *version;
    fresh->next = *at;
    *at = fresh;
    return step;
}

struct draft_step draft_unit_remove(struct company_draft *draft, struct slice name, int64_t from)
{
    struct draft_unit *unit = unit_of(draft, name);
    struct draft_step step = { unit, unit->versions };
    unit->versions = without(draft, unit->versions, from);
    return step;
}

void draft_unit_restore(struct draft_step step)
{
    step.unit->versions = step.before;
}

// The record that counts at an instant, NULL where none is in force.
static const struct draft_version *version_at(const struct company_draft *draft, struct slice name,
                                              int64_t at)
{
    const struct draft_unit *unit = index_get(&draft->units, name, none);
    const struct draft_version *found = NULL;
    for (const struct draft_version *version = unit ? unit->versions : NULL; version && version->from <= at;
         version = version->next)
        found = version;
    return found && at < found->to ? found : NULL;
}

static bool circle_at(const struct company_draft *draft, struct slice name, int64_t at)
{
    const struct draft_version *version = version_at(draft, name, at);
    for (int depth = 0; version && !slice_empty(version->parent); depth++) {
        if (slice_equal(version->parent, name) || depth == COMPANY_DEPTH_MAX)
            return true;
        version = version_at(draft, version->parent, at);
    }
    return false;
}

// The tree changes where a record comes into force, and only there.
bool draft_unit_circle(const struct company_draft *draft, struct slice name, int64_t *at)
{
    for (const struct draft_unit *unit = draft->unit_list; unit; unit = unit->next)
        for (const struct draft_version *version = unit->versions; version; version = version->next)
            if (circle_at(draft, name, version->from)) {
                *at = version->from;
                return true;
            }
    return false;
}

struct slice draft_unit_child(const struct company_draft *draft, struct slice name)
{
    for (const struct draft_unit *unit = draft->unit_list; unit; unit = unit->next)
        for (const struct draft_version *version = unit->versions; version; version = version->next)
            if (slice_equal(version->parent, name))
                return unit->name;
    return none;
}

bool draft_has_unit(const struct company_draft *draft, struct slice name)
{
    const struct draft_unit *unit = index_get(&draft->units, name, none);
    return slice_empty(name) || (unit && unit->versions);
}

// --- Users and cost centres

void draft_member_put(struct company_draft *draft, struct index *members, struct slice name,
                      struct slice above)
{
    struct draft_member *member = index_get(members, name, none);
    if (!member) {
        member = ARENA_NEW(draft->arena, struct draft_member);
        index_put(members, name, none, member);
        draft->member_count++;
    }
    *member = (struct draft_member){ .name = name, .above = above };
}

void draft_member_remove(struct index *members, struct slice name)
{
    struct draft_member *member = index_get(members, name, none);
    if (member)
        member->deleted = true;
}

static const struct draft_member *member(const struct index *members, struct slice name)
{
    const struct draft_member *found = index_get(members, name, none);
    return found && !found->deleted ? found : NULL;
}

bool draft_has_user(const struct company_draft *draft, struct slice number)
{
    return member(&draft->users, number) != NULL;
}

bool draft_has_cost_centre(const struct company_draft *draft, struct slice code)
{
    return member(&draft->cost_centres, code) != NULL;
}

bool draft_member_circle(const struct company_draft *draft, const struct index *members, struct slice name,
                         struct slice above)
{
    for (size_t steps = 0; !slice_empty(above) && steps <= draft->member_count; steps++) {
        if (slice_equal(above, name))
            return true;
        const struct draft_member *found = member(members, above);
        above = found ? found->above : none;
    }
    return false;
}

// --- From the database

struct company_draft *company_draft_of(struct batch *batch, struct slice account)
{
    struct index *drafts = &batch->trade->company_facts->drafts;
    struct company_draft *draft = index_get(drafts, account, none);
    if (draft)
        return draft;
    draft = ARENA_NEW(batch->arena, struct company_draft);
    *draft = (struct company_draft){ .arena = batch->arena,
                                     .account = account,
                                     .units = index_in(batch->arena),
                                     .users = index_in(batch->arena),
                                     .cost_centres = index_in(batch->arena) };
    index_put(drafts, account, none, draft);
    return draft;
}

// The version is read first: what is read behind it may be newer, and the lock finds that out.
static bool load_versions(struct batch *batch, struct db *db, const struct db_value *accounts,
                          struct error *error)
{
    static const char sql[] = "SELECT k.account, COALESCE(a.company_version, 0) FROM unnest($1::text[]) AS "
                              "k(account) LEFT JOIN account a ON a.account = k.account";
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, accounts, 1, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++)
        company_draft_of(batch, db_rows_slice(&rows, row, 0))->version = db_rows_number(&rows, row, 1);
    return true;
}

static bool load_units(struct batch *batch, struct db *db, const struct db_value *accounts,
                       struct error *error)
{
    static const char sql[] = "SELECT account, unit, valid_from, valid_to, parent FROM company_unit "
                              "WHERE account = ANY($1) ORDER BY account, unit COLLATE \"C\", valid_from";
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, accounts, 1, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct company_draft *draft = company_draft_of(batch, db_rows_slice(&rows, row, 0));
        struct draft_version version = {
            .from = db_rows_number(&rows, row, 2),
            .to = db_rows_null(&rows, row, 3) ? INT64_MAX : db_rows_number(&rows, row, 3),
            .parent = db_rows_slice(&rows, row, 4),
        };
        draft_unit_put(draft, db_rows_slice(&rows, row, 1), &version);
        draft->version_count++;
    }
    return true;
}

static bool load_members(struct batch *batch, struct db *db, const struct db_value *accounts,
                         struct error *error)
{
    static const char sql[] =
        "SELECT account, false, user_number, manager FROM app_user WHERE account = ANY($1) UNION ALL "
        "SELECT account, true, cost_centre, parent FROM cost_centre WHERE account = ANY($1)";
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, accounts, 1, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct company_draft *draft = company_draft_of(batch, db_rows_slice(&rows, row, 0));
        draft_member_put(draft, db_rows_number(&rows, row, 1) ? &draft->cost_centres : &draft->users,
                         db_rows_slice(&rows, row, 2), db_rows_slice(&rows, row, 3));
    }
    return true;
}

bool company_drafts_load(struct batch *batch, struct db *db, const struct db_column *accounts,
                         struct error *error)
{
    struct db_value values[] = { db_array(accounts) };
    return (load_versions(batch, db, values, error) && load_units(batch, db, values, error) &&
            load_members(batch, db, values, error)) ||
           error_within(error, "reading companies that documents change");
}

// SPDX-License-Identifier: Apache-2.0
// The rows of one account into a company that is in force now. What refers to something that is not in force is not
// in force either: a unit below one that has ended, a role in it.
#include "handlers/approval/circuit_load.h"
#include "handlers/company/company_parts.h"
#include "handlers/money.h"

enum { COMPANY_BYTES_MAX = 256 << 20 };

static const struct slice none;

bool company_dated(struct company *company, int64_t now_us, int64_t valid_from, int64_t valid_to)
{
    if (now_us < valid_from) {
        company->until = valid_from < company->until ? valid_from : company->until;
        return false;
    }
    company->since = valid_from > company->since ? valid_from : company->since;
    if (now_us >= valid_to) {
        company->since = valid_to > company->since ? valid_to : company->since;
        return false;
    }
    company->until = valid_to < company->until ? valid_to : company->until;
    return true;
}

static int64_t instant_or(const struct db_rows *rows, size_t row, int column, int64_t fallback)
{
    return db_rows_null(rows, row, column) ? fallback : db_rows_number(rows, row, column);
}

static bool dated(struct company *company, int64_t now_us, const struct db_rows *rows, size_t row, int column)
{
    return company_dated(company, now_us, instant_or(rows, row, column, INT64_MIN),
                         instant_or(rows, row, column + 1, INT64_MAX));
}

static bool ask(struct company *company, struct db *db, const char *sql, struct db_rows *rows,
                struct error *error)
{
    struct db_value values[] = { db_text(company->account) };
    return db_query(db, company->arena, sql, values, 1, rows, error);
}

static bool load_account(struct company *company, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT currency FROM account WHERE account = $1";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    if (rows.count == 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not find account %.*s any more; try again",
                         SLICE_ARGS(company->account));
    company->currency = db_rows_slice(&rows, 0, 0);
    company->exponent = money_exponent(company->currency);
    return true;
}

// --- Units

struct raw_unit {
    struct unit *unit;
    struct slice parent;
    bool reached;
};

// A record that has begun takes the place of those before it, even where it has ended meanwhile.
static size_t read_units(struct company *company, int64_t now_us, const struct db_rows *rows,
                         struct raw_unit *units)
{
    size_t count = 0;
    for (size_t row = 0; row < rows->count; row++) {
        struct slice name = db_rows_slice(rows, row, 0);
        int64_t from = db_rows_number(rows, row, 1);
        bool in_force = company_dated(company, now_us, from, instant_or(rows, row, 2, INT64_MAX));
        if (count && slice_equal(units[count - 1].unit->name, name) && from <= now_us)
            count--;
        if (!in_force)
            continue;
        struct unit *unit = ARENA_NEW(company->arena, struct unit);
        *unit = (struct unit){ .name = name,
                               .title = db_rows_slice(rows, row, 3),
                               .inherits = db_rows_number(rows, row, 5) };
        units[count++] = (struct raw_unit){ unit, db_rows_slice(rows, row, 4), false };
    }
    return count;
}

// True where the way up ends at the root. The way is followed once for each unit, and marked.
static bool reaches_root(const struct company *company, const struct index *raw, struct raw_unit *unit,
                         size_t most)
{
    if (unit->reached)
        return true;
    struct raw_unit *above = slice_empty(unit->parent) ? NULL : index_get(raw, unit->parent, none);
    if (!slice_empty(unit->parent) && (most == 0 || !above || !reaches_root(company, raw, above, most - 1)))
        return false;
    unit->unit->parent = above ? above->unit : company->root;
    unit->unit->depth = unit->unit->parent->depth + 1;
    return unit->reached = true;
}

static bool load_units(struct company *company, struct db *db, int64_t now_us, struct error *error)
{
    static const char sql[] = "SELECT unit, valid_from, valid_to, title, parent, inherits FROM company_unit "
                              "WHERE account = $1 ORDER BY unit COLLATE \"C\", valid_from";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    struct raw_unit *units = ARENA_ARRAY(company->arena, rows.count, struct raw_unit);
    struct index raw = index_in(company->arena);
    size_t count = read_units(company, now_us, &rows, units);
    for (size_t i = 0; i < count; i++)
        index_put(&raw, units[i].unit->name, none, &units[i]);
    company->units = ARENA_ARRAY(company->arena, count, const struct unit *);
    for (size_t i = 0; i < count; i++)
        if (reaches_root(company, &raw, &units[i], 2 * COMPANY_DEPTH_MAX)) {
            company->units[company->unit_count++] = units[i].unit;
            index_put(&company->unit_index, units[i].unit->name, none, units[i].unit);
        }
    return true;
}

// --- People

struct slice company_lower(struct arena *arena, struct slice text)
{
    struct slice copy = arena_copy(arena, text);
    char *data = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; i < copy.size; i++)
        if (data[i] >= 'A' && data[i] <= 'Z')
            data[i] = (char)(data[i] - 'A' + 'a');
    return copy;
}

static bool load_users(struct company *company, struct db *db, struct error *error)
{
    static const char sql[] = "SELECT user_number, name, mail, active, may_order, may_approve, order_limit, "
                              "approver, manager, language, mails FROM app_user WHERE account = $1 "
                              "ORDER BY user_number COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    company->users = ARENA_ARRAY(company->arena, rows.count, const struct user *);
    for (size_t row = 0; row < rows.count; row++) {
        struct user *user = ARENA_NEW(company->arena, struct user);
        *user = (struct user){
            .account = company->account,
            .number = db_rows_slice(&rows, row, 0),
            .name = db_rows_slice(&rows, row, 1),
            .mail = db_rows_slice(&rows, row, 2),
            .active = db_rows_number(&rows, row, 3),
            .may_order = db_rows_number(&rows, row, 4),
            .may_approve = db_rows_number(&rows, row, 5),
            .has_order_limit = !db_rows_null(&rows, row, 6),
            .order_limit = db_rows_number(&rows, row, 6),
            .approver = db_rows_slice(&rows, row, 7),
            .manager = db_rows_slice(&rows, row, 8),
            .language = db_rows_slice(&rows, row, 9),
            .mails = db_rows_slice(&rows, row, 10),
        };
        company->users[company->user_count++] = user;
        index_put(&company->user_index, user->number, none, user);
    }
    // Where two people share a mail address, active ones come first.
    for (int active = 1; active >= 0; active--)
        for (size_t i = 0; i < company->user_count; i++)
            if (company->users[i]->active == active && !slice_empty(company->users[i]->mail))
                index_put(&company->user_index, company_lower(company->arena, company->users[i]->mail),
                          COMPANY_BY_MAIL, (void *)(uintptr_t)company->users[i]);
    return true;
}

static bool load_roles(struct company *company, struct db *db, int64_t now_us, struct index *by_user,
                       struct error *error)
{
    static const char sql[] = "SELECT user_number, unit, role, valid_from, valid_to FROM user_role "
                              "WHERE account = $1 ORDER BY user_number COLLATE \"C\", position";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct slice number = db_rows_slice(&rows, row, 0), word = db_rows_slice(&rows, row, 2);
        struct user_role role = { .unit = company_unit(company, db_rows_slice(&rows, row, 1)) };
        if (!role_parse(word, &role.role))
            return error_set(error, ERROR_INTERNAL, NULL,
                             "user %.*s of account %.*s has the unknown role '%.*s'", SLICE_ARGS(number),
                             SLICE_ARGS(company->account), SLICE_ARGS(word));
        struct company_raw_roles *his = index_get(by_user, number, none);
        if (!his) {
            his = ARENA_NEW(company->arena, struct company_raw_roles);
            index_put(by_user, number, none, his);
        }
        if (!dated(company, now_us, &rows, row, 3) || !role.unit)
            continue;
        his->roles =
            arena_grow(company->arena, his->roles, &his->capacity, his->count + 1, sizeof *his->roles);
        his->roles[his->count++] = role;
    }
    return true;
}

static void add_holder(struct company *company, const struct user *user, const struct user_role *role)
{
    struct slice name = slice_of(role_name(role->role));
    struct company_holders *holders = index_get(&company->holder_index, role->unit->name, name);
    if (!holders) {
        holders = ARENA_NEW(company->arena, struct company_holders);
        index_put(&company->holder_index, role->unit->name, name, holders);
    }
    if (holders->count && holders->users[holders->count - 1] == user)
        return;
    holders->users = arena_grow(company->arena, holders->users, &holders->capacity, holders->count + 1,
                                sizeof *holders->users);
    holders->users[holders->count++] = user;
}

// A user without roles has those that may_order and may_approve stand for; with roles these two follow from them.
void company_give_roles(struct company *company, const struct index *by_user)
{
    for (size_t i = 0; i < company->user_count; i++) {
        struct user *user = (struct user *)(uintptr_t)company->users[i];
        const struct company_raw_roles *his = index_get(by_user, user->number, none);
        struct user_role *plain = ARENA_ARRAY(company->arena, 2, struct user_role);
        size_t count = 0;
        if (his) {
            user->roles = his->roles;
            user->role_count = his->count;
            user->may_order = user->may_approve = false;
        } else {
            if (user->may_order)
                plain[count++] = (struct user_role){ company->root, ROLE_BUYER };
            if (user->may_approve)
                plain[count++] = (struct user_role){ company->root, ROLE_APPROVER };
            user->roles = plain;
            user->role_count = count;
        }
        for (size_t j = 0; j < user->role_count; j++) {
            enum role role = user->roles[j].role;
            user->may_order = user->may_order || role == ROLE_BUYER || role == ROLE_REQUESTER;
            user->may_approve = user->may_approve || role == ROLE_APPROVER;
            if (user->active)
                add_holder(company, user, &user->roles[j]);
        }
    }
}

// --- Cost centres and delegations

static bool load_cost_centres(struct company *company, struct db *db, int64_t now_us, struct error *error)
{
    static const char sql[] =
        "SELECT cost_centre, title, unit, parent, owner, valid_from, valid_to FROM cost_centre "
        "WHERE account = $1 ORDER BY cost_centre COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    struct slice *parents = ARENA_ARRAY(company->arena, rows.count, struct slice);
    company->cost_centres = ARENA_ARRAY(company->arena, rows.count, const struct cost_centre *);
    for (size_t row = 0; row < rows.count; row++) {
        const struct unit *unit = company_unit(company, db_rows_slice(&rows, row, 2));
        if (!dated(company, now_us, &rows, row, 5) || !unit)
            continue;
        struct cost_centre *centre = ARENA_NEW(company->arena, struct cost_centre);
        *centre = (struct cost_centre){ .code = db_rows_slice(&rows, row, 0),
                                        .title = db_rows_slice(&rows, row, 1),
                                        .unit = unit,
                                        .owner = company_user(company, db_rows_slice(&rows, row, 4)) };
        parents[company->cost_centre_count] = db_rows_slice(&rows, row, 3);
        company->cost_centres[company->cost_centre_count++] = centre;
        index_put(&company->cost_centre_index, centre->code, none, centre);
    }
    for (size_t i = 0; i < company->cost_centre_count; i++)
        ((struct cost_centre *)(uintptr_t)company->cost_centres[i])->parent =
            company_cost_centre(company, parents[i]);
    return true;
}

static bool load_delegations(struct company *company, struct db *db, int64_t now_us, struct error *error)
{
    static const char sql[] =
        "SELECT delegation, from_user, to_user, unit, cost_centre, amount, passes_on, valid_from, valid_to "
        "FROM delegation WHERE account = $1 ORDER BY from_user COLLATE \"C\", delegation COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(company, db, sql, &rows, error))
        return false;
    company->delegations = ARENA_ARRAY(company->arena, rows.count, const struct delegation *);
    for (size_t row = 0; row < rows.count; row++) {
        struct delegation *delegation = ARENA_NEW(company->arena, struct delegation);
        *delegation = (struct delegation){
            .id = db_rows_slice(&rows, row, 0),
            .from = index_get(&company->user_index, db_rows_slice(&rows, row, 1), none),
            .to = index_get(&company->user_index, db_rows_slice(&rows, row, 2), none),
            .unit = company_unit(company, db_rows_slice(&rows, row, 3)),
            .cost_centre = db_rows_slice(&rows, row, 4),
            .has_amount = !db_rows_null(&rows, row, 5),
            .amount = db_rows_number(&rows, row, 5),
            .passes_on = db_rows_number(&rows, row, 6),
            .valid_from = instant_or(&rows, row, 7, INT64_MIN),
            .valid_to = instant_or(&rows, row, 8, INT64_MAX),
        };
        if (dated(company, now_us, &rows, row, 7) && delegation->from && delegation->to && delegation->unit)
            company->delegations[company->delegation_count++] = delegation;
    }
    return true;
}

struct company *company_blank(struct slice account, int64_t version)
{
    struct arena *arena = arena_open(COMPANY_BYTES_MAX);
    struct company *company = ARENA_NEW(arena, struct company);
    *company = (struct company){
        .arena = arena,
        .account = arena_copy(arena, account),
        .version = version,
        .since = INT64_MIN,
        .until = INT64_MAX,
        .unit_index = index_in(arena),
        .user_index = index_in(arena),
        .cost_centre_index = index_in(arena),
        .holder_index = index_in(arena),
        .rights_index = index_in(arena),
    };
    struct unit *root = ARENA_NEW(arena, struct unit);
    root->inherits = true;
    company->root = root;
    return company;
}

bool company_load(struct db *db, struct slice account, int64_t version, int64_t now_us,
                  struct company **company, struct error *error)
{
    struct company *it = company_blank(account, version);
    struct index roles = index_in(it->arena);
    bool good = load_account(it, db, error) && load_units(it, db, now_us, error) &&
                load_users(it, db, error) && load_roles(it, db, now_us, &roles, error);
    if (good)
        company_give_roles(it, &roles);
    good = good && load_cost_centres(it, db, now_us, error) && load_delegations(it, db, now_us, error) &&
           company_load_rights(it, db, now_us, error) && circuit_load(db, it, now_us, error);
    if (good && arena_exhausted(it->arena))
        good = error_set(error, ERROR_INTERNAL, NULL, "the company of account %.*s needs more than %d MiB",
                         SLICE_ARGS(account), COMPANY_BYTES_MAX >> 20);
    if (!good) {
        arena_close(it->arena);
        return error_within(error, "reading the company of account %.*s", SLICE_ARGS(account));
    }
    *company = it;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl company` and `comptoirctl user`: who is who at a customer's, and what they may do.
#include "handlers/company/company.h"
#include "ctl/company_data.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"
#include "handlers/trade.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print(const struct online *online, const struct document *record,
                  const struct table_column *columns, size_t count)
{
    struct text text = text_in(online->arena);
    if (online->json) {
        online_print_json(online, record);
        return;
    }
    table_write_sheet(record, columns, count, &text);
    online_put(&text);
    fflush(stdout);
    company_print_parts(online, record);
}

// --- company

#define HEAD_FIELDS                                                                                          \
    { "account", ROW_TEXT }, { "name", ROW_TEXT }, { "status", ROW_TEXT }, { "currency", ROW_TEXT },         \
        { "unit_count", ROW_INTEGER }, { "user_count", ROW_INTEGER }, { "rights_count", ROW_INTEGER },       \
        { "required", ROW_TEXT }, { "missing", ROW_TEXT }, { "order_max", ROW_AMOUNT },                      \
    {                                                                                                        \
        "prepaid_only", ROW_BOOLEAN                                                                          \
    }
#define HEAD                                                                                                 \
    "SELECT a.account, nullif(a.name, ''), a.status, a.currency, (SELECT count(DISTINCT u.unit) FROM "       \
    "company_unit "                                                                                          \
    "u WHERE u.account = a.account), (SELECT count(*) FROM app_user u WHERE u.account = a.account), "        \
    "(SELECT "                                                                                               \
    "count(*) FROM rights r WHERE r.account = a.account), nullif(v.required, ''), (SELECT "                  \
    "string_agg(k.kind, ',') "                                                                               \
    "FROM unnest(string_to_array(v.required, ',')) AS k(kind) WHERE NOT EXISTS (SELECT FROM vetting_check "  \
    "c "                                                                                                     \
    "WHERE c.account = a.account AND c.kind = k.kind AND c.result IN ('passed', 'limited') AND (c.valid_to " \
    "IS NULL "                                                                                               \
    "OR c.valid_to > now()))), v.order_max, v.prepaid_only FROM account a LEFT JOIN vetting v "              \
    "ON v.account = a.account "

int ctl_company_list(int argc, char **argv)
{
    static const char sql[] = HEAD "WHERE ($1 = '' OR a.status = $1) AND (NOT $2 OR a.company_version > 0) "
                                   "ORDER BY a.account COLLATE \"C\" LIMIT $3";
    static const struct row_field fields[] = { HEAD_FIELDS };
    static const struct table_column columns[] = {
        { "account", "ACCOUNT", false },        { "name", "NAME", false },
        { "status", "STATUS", false },          { "unit_count", "UNITS", true },
        { "user_count", "USERS", true },        { "rights_count", "RIGHTS", true },
        { "missing", "CHECKS MISSING", false },
    };
    struct online online = { 0 };
    const char *status = "";
    bool organised = false;
    int64_t limit = 200;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "status", OPTION_TEXT, &status, "STATUS",
          "only accounts in this state: approved, under_check ..." },
        { "organised", OPTION_FLAG, &organised, NULL, "only accounts that have units, roles or rights" },
        { "limit", OPTION_NUMBER, &limit, "NUMBER", "at most so many; default 200" },
    };
    const struct ctl_usage usage = { "company list",
                                     "",
                                     "List accounts with their state and what their company has.",
                                     options,
                                     COUNT(options),
                                     0,
                                     0,
                                     NULL };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    enum account_status known = ACCOUNT_APPROVED;
    if (*status && !account_status_parse(slice_of(status), &known)) {
        fprintf(stderr,
                "comptoirctl company list: '%s' is no state of an account; docs/decisions.md has them\n",
                status);
        return 2;
    }
    struct error error = { 0 };
    struct db_rows rows;
    const struct db_value values[] = { db_text(slice_of(*status ? account_status_name(known) : "")),
                                       db_boolean(organised), db_bigint(limit) };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, values, COUNT(values), &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

static bool load_company(struct online *online, const char *account, struct document **record,
                         struct error *error)
{
    static const char sql[] = HEAD "WHERE a.account = $1";
    static const struct row_field fields[] = { HEAD_FIELDS };
    const struct db_value values[] = { db_text(slice_of(account)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 1, &rows, error))
        return error_within(error, "looking for account '%s'", account);
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' is unknown; `comptoirctl company list` shows those that there are",
                         account);
    *record = rows_record(online->arena, &rows, 0, fields, COUNT(fields));
    return company_add_parts(online, *record, account, "", error);
}

int ctl_company_show(int argc, char **argv)
{
    static const struct table_column columns[] = {
        { "account", "Account", false },
        { "name", "Name", false },
        { "status", "State", false },
        { "currency", "Currency", false },
        { "required", "Checks needed", false },
        { "missing", "Checks missing", false },
        { "order_max", "Largest order while limited", false },
    };
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = {
        "company show",
        "ACCOUNT",
        "Show an account's state and checks, its units, users, cost centres, rights and delegations.",
        options,
        COUNT(options),
        1,
        1,
        "Records that begin later or have ended are shown, too, with their dates."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *record = NULL;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !load_company(&online, argv[0], &record, &error))
        return online_fail(&online, &error);
    print(&online, record, columns, COUNT(columns));
    online_close(&online);
    return 0;
}

// --- user

#define USER_FIELDS                                                                                          \
    { "account", ROW_TEXT }, { "user", ROW_TEXT }, { "name", ROW_TEXT }, { "mail", ROW_TEXT },               \
        { "active", ROW_BOOLEAN }, { "manager", ROW_TEXT }, { "language", ROW_TEXT }, { "roles", ROW_TEXT }, \
        { "order_limit", ROW_PRICE },                                                                        \
    {                                                                                                        \
        "approver", ROW_TEXT                                                                                 \
    }
// Without roles the two flags count, in the whole company.
#define USERS                                                                                                \
    "SELECT u.account, u.user_number, nullif(u.name, ''), nullif(u.mail, ''), u.active, nullif(u.manager, "  \
    "''), "                                                                                                  \
    "nullif(u.language, ''), COALESCE((SELECT string_agg(role || CASE WHEN unit = '' THEN '' ELSE ' of ' "   \
    "|| unit "                                                                                               \
    "END, ', ' ORDER BY position) FROM user_role r WHERE r.account = u.account AND r.user_number = "         \
    "u.user_number), nullif(concat_ws(', ', CASE WHEN may_order THEN 'buyer' END, CASE WHEN may_approve "    \
    "THEN "                                                                                                  \
    "'approver' END), '')), u.order_limit, nullif(u.approver, '') FROM app_user u WHERE u.account = $1 "

int ctl_user_list(int argc, char **argv)
{
    static const char sql[] = USERS
        "AND ($2 = '' OR EXISTS (SELECT FROM user_role r WHERE r.account = u.account AND r.user_number = "
        "u.user_number AND r.role = $2)) ORDER BY u.user_number COLLATE \"C\"";
    static const struct row_field fields[] = { USER_FIELDS };
    static const struct table_column columns[] = {
        { "user", "USER", false },       { "name", "NAME", false },   { "active", "ACTIVE", false },
        { "manager", "MANAGER", false }, { "roles", "ROLES", false }, { "order_limit", "ORDER LIMIT", true },
        { "mail", "MAIL", false },
    };
    struct online online = { 0 };
    const char *role = "";
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "role", OPTION_TEXT, &role, "ROLE", "only those who were given this role" },
    };
    const struct ctl_usage usage = {
        "user list", "ACCOUNT", "List an account's users with their roles.", options, COUNT(options), 1,
        1,           NULL
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    enum role known;
    if (*role && !role_parse(slice_of(role), &known)) {
        fprintf(stderr,
                "comptoirctl user list: '%s' is no role; they are requester, buyer, approver, accounting and "
                "administrator\n",
                role);
        return 2;
    }
    struct error error = { 0 };
    struct db_rows rows;
    const struct db_value values[] = { db_text(slice_of(argv[0])), db_text(slice_of(role)) };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, values, COUNT(values), &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

static bool load_user(struct online *online, const char *account, const char *user, struct document **record,
                      struct error *error)
{
    static const char sql[] = USERS "AND (u.user_number = $2 OR u.mail <> '' AND lower(u.mail) = lower($2)) "
                                    "ORDER BY u.user_number = $2 DESC, u.active DESC, u.user_number LIMIT 1";
    static const struct row_field fields[] = { USER_FIELDS };
    const struct db_value values[] = { db_text(slice_of(account)), db_text(slice_of(user)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, COUNT(values), &rows, error))
        return error_within(error, "looking for user '%s'", user);
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' has no user '%s'; `comptoirctl user list %s` shows them", account,
                         user, account);
    *record = rows_record(online->arena, &rows, 0, fields, COUNT(fields));
    return company_add_parts(online, *record, account,
                             arena_string(online->arena, document_text(*record, "user")), error);
}

int ctl_user_show(int argc, char **argv)
{
    static const struct table_column columns[] = {
        { "account", "Account", false },
        { "user", "User", false },
        { "name", "Name", false },
        { "mail", "Mail", false },
        { "active", "Active", false },
        { "roles", "Roles", false },
        { "manager", "Manager", false },
        { "language", "Language", false },
        { "order_limit", "Order limit", false },
        { "approver", "Approver", false },
    };
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = {
        "user show",
        "ACCOUNT USER",
        "Show a user with his roles, rights, cost centres, delegations and what he has ordered lately.",
        options,
        COUNT(options),
        2,
        2,
        "USER is his number or his mail address. Rights of his unit are shown by `comptoirctl company show`."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *record = NULL;
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !load_user(&online, argv[0], argv[1], &record, &error))
        return online_fail(&online, &error);
    print(&online, record, columns, COUNT(columns));
    online_close(&online);
    return 0;
}

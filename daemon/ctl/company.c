// SPDX-License-Identifier: Apache-2.0
// `comptoirctl company` and `comptoirctl user`: who is who at a customer's, and what they may do.
#include "handlers/company/company.h"
#include "ctl/company_data.h"
#include "ctl/ctl.h"
#include "handlers/trade.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// --- company

#define COMPANIES                                                                                            \
    "SELECT a.account, nullif(a.name, ''), a.status, a.currency, (SELECT count(DISTINCT u.unit) FROM "       \
    "company_unit u WHERE u.account = a.account), (SELECT count(*) FROM app_user u WHERE u.account = "       \
    "a.account), (SELECT count(*) FROM rights r WHERE r.account = a.account), nullif(v.required, ''), "      \
    "(SELECT string_agg(k.kind, ',') FROM unnest(string_to_array(v.required, ',')) AS k(kind) WHERE NOT "    \
    "EXISTS (SELECT FROM vetting_check c WHERE c.account = a.account AND c.kind = k.kind AND c.result IN "   \
    "('passed', 'limited') AND (c.valid_to IS NULL OR c.valid_to > now()))), v.order_max, v.prepaid_only "   \
    "FROM account a LEFT JOIN vetting v ON v.account = a.account "

static const char *known_status(const char *word)
{
    enum account_status status;
    return account_status_parse(slice_of(word), &status) ? account_status_name(status) : NULL;
}

static const struct list_command company_list = {
    .command = "company list",
    .arguments = "",
    .purpose = "List accounts with their state and what their company has.",
    .filters = {
        { "status", OPTION_TEXT, "STATUS", "only accounts in this state: approved, under_check ...", 0,
          known_status, "is no state of an account; docs/decisions.md has them" },
        { "organised", OPTION_FLAG, NULL, "only accounts that have units, roles or rights", 0, NULL, NULL },
        { "limit", OPTION_NUMBER, "NUMBER", "at most so many; default 200", 200, NULL, NULL },
    },
    .listing = {
        .name = "accounts",
        .sql = COMPANIES
            "WHERE ($1 = '' OR a.status = $1) AND (NOT $2 OR a.company_version > 0) ORDER BY a.account "
            "COLLATE \"C\" LIMIT $3",
        .fields = {
            { "account", ROW_TEXT }, { "name", ROW_TEXT }, { "status", ROW_TEXT },
            { "currency", ROW_TEXT }, { "unit_count", ROW_INTEGER }, { "user_count", ROW_INTEGER },
            { "rights_count", ROW_INTEGER }, { "required", ROW_TEXT }, { "missing", ROW_TEXT },
            { "order_max", ROW_AMOUNT }, { "prepaid_only", ROW_BOOLEAN },
        },
        .columns = {
            { "account", "ACCOUNT", false }, { "name", "NAME", false }, { "status", "STATUS", false },
            { "unit_count", "UNITS", true }, { "user_count", "USERS", true },
            { "rights_count", "RIGHTS", true }, { "missing", "CHECKS MISSING", false },
        },
    },
};

int ctl_company_list(int argc, char **argv)
{
    return list_run(&company_list, argc, argv);
}

static bool load_company(struct online *online, char **words, struct document **record, struct error *error)
{
    const struct db_value values[] = { db_text(slice_of(words[0])) };
    struct document *list;
    if (!listing_read(online, &company_list.listing, COMPANIES "WHERE a.account = $1", values, COUNT(values),
                      &list, error))
        return false;
    *record = list->first;
    if (!*record)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' is unknown; `comptoirctl company list` shows those that there are",
                         words[0]);
    return company_add_parts(online, *record, slice_of(words[0]), SLICE(""), error);
}

static void print_company(const struct online *online, const struct document *record)
{
    static const struct table_column sheet[] = {
        { "account", "Account", false },
        { "name", "Name", false },
        { "status", "State", false },
        { "currency", "Currency", false },
        { "required", "Checks needed", false },
        { "missing", "Checks missing", false },
        { "order_max", "Largest order while limited", false },
    };
    show_print(online, record, sheet, COUNT(sheet), company_parts, company_part_count);
}

static const struct show_command company_show = {
    .command = "company show",
    .arguments = "ACCOUNT",
    .purpose = "Show an account's state and checks, its units, users, cost centres, rights and delegations.",
    .more = "Records that begin later or have ended are shown, too, with their dates.",
    .words = 1,
    .load = load_company,
    .print = print_company,
};

int ctl_company_show(int argc, char **argv)
{
    return show_run(&company_show, argc, argv);
}

// --- user

static const char *known_role(const char *word)
{
    enum role role;
    return role_parse(slice_of(word), &role) ? word : NULL;
}

// Without roles the two flags count, in the whole company.
#define USERS                                                                                                \
    "SELECT u.account, u.user_number, nullif(u.name, ''), nullif(u.mail, ''), u.active, "                    \
    "nullif(u.manager, ''), nullif(u.language, ''), COALESCE((SELECT string_agg(role || CASE WHEN unit = "   \
    "'' THEN '' ELSE ' of ' || unit END, ', ' ORDER BY position) FROM user_role r WHERE r.account = "        \
    "u.account AND r.user_number = u.user_number), nullif(concat_ws(', ', CASE WHEN may_order THEN "         \
    "'buyer' END, CASE WHEN may_approve THEN 'approver' END), '')), u.order_limit, nullif(u.approver, "      \
    "'') FROM app_user u WHERE u.account = $1 "

static const struct list_command user_list = {
    .command = "user list",
    .arguments = "ACCOUNT",
    .purpose = "List an account's users with their roles.",
    .least_words = 1,
    .most_words = 1,
    .filters = {
        { "role", OPTION_TEXT, "ROLE", "only those who were given this role", 0, known_role,
          "is no role; they are requester, buyer, approver, accounting and administrator" },
    },
    .listing = {
        .name = "users",
        .sql = USERS
            "AND ($2 = '' OR EXISTS (SELECT FROM user_role r WHERE r.account = u.account AND r.user_number = "
            "u.user_number AND r.role = $2)) ORDER BY u.user_number COLLATE \"C\"",
        .fields = {
            { "account", ROW_TEXT }, { "user", ROW_TEXT }, { "name", ROW_TEXT }, { "mail", ROW_TEXT },
            { "active", ROW_BOOLEAN }, { "manager", ROW_TEXT }, { "language", ROW_TEXT },
            { "roles", ROW_TEXT }, { "order_limit", ROW_PRICE }, { "approver", ROW_TEXT },
        },
        .columns = {
            { "user", "USER", false }, { "name", "NAME", false }, { "active", "ACTIVE", false },
            { "manager", "MANAGER", false }, { "roles", "ROLES", false },
            { "order_limit", "ORDER LIMIT", true }, { "mail", "MAIL", false },
        },
    },
};

int ctl_user_list(int argc, char **argv)
{
    return list_run(&user_list, argc, argv);
}

static bool load_user(struct online *online, char **words, struct document **record, struct error *error)
{
    static const char sql[] = USERS "AND (u.user_number = $2 OR u.mail <> '' AND lower(u.mail) = lower($2)) "
                                    "ORDER BY u.user_number = $2 DESC, u.active DESC, u.user_number LIMIT 1";
    const struct db_value values[] = { db_text(slice_of(words[0])), db_text(slice_of(words[1])) };
    struct document *list;
    if (!listing_read(online, &user_list.listing, sql, values, COUNT(values), &list, error))
        return false;
    *record = list->first;
    if (!*record)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' has no user '%s'; `comptoirctl user list %s` shows them", words[0],
                         words[1], words[0]);
    return company_add_parts(online, *record, slice_of(words[0]), document_text(*record, "user"), error);
}

static void print_user(const struct online *online, const struct document *record)
{
    static const struct table_column sheet[] = {
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
    show_print(online, record, sheet, COUNT(sheet), company_parts, company_part_count);
}

static const struct show_command user_show = {
    .command = "user show",
    .arguments = "ACCOUNT USER",
    .purpose =
        "Show a user with his roles, rights, cost centres, delegations and what he has ordered lately.",
    .more =
        "USER is his number or his mail address. Rights of his unit are shown by `comptoirctl company show`.",
    .words = 2,
    .load = load_user,
    .print = print_user,
};

int ctl_user_show(int argc, char **argv)
{
    return show_run(&user_show, argc, argv);
}

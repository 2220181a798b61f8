// SPDX-License-Identifier: Apache-2.0
// What belongs to an account or to one of its users: a table of lists, each by its query.
#include "ctl/company_data.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Each of an account ($1) and, where the command names one, of a user ($2).
// 1970 stands for "always" in the records of units.
const struct listing company_parts[] = {
    { "checks",
      "checks",
      "SELECT check_id, kind, source, result, nullif(verifier, ''), checked_at, valid_to, nullif(evidence, "
      "'') "
      "FROM vetting_check WHERE account = $1 AND $2 = '' ORDER BY kind, checked_at, check_id",
      { { "check", ROW_TEXT },
        { "kind", ROW_TEXT },
        { "source", ROW_TEXT },
        { "result", ROW_TEXT },
        { "verifier", ROW_TEXT },
        { "checked_at", ROW_INSTANT },
        { "valid_to", ROW_INSTANT },
        { "evidence", ROW_TEXT } },
      { { "check", "CHECK", false },
        { "kind", "KIND", false },
        { "source", "SOURCE", false },
        { "result", "RESULT", false },
        { "verifier", "VERIFIER", false },
        { "checked_at", "CHECKED", false },
        { "valid_to", "VALID TO", false } } },
    { "units",
      "units",
      "SELECT unit, nullif(title, ''), nullif(parent, ''), inherits, nullif(valid_from, 'epoch'), valid_to "
      "FROM company_unit WHERE account = $1 AND $2 = '' ORDER BY unit COLLATE \"C\", valid_from",
      { { "unit", ROW_TEXT },
        { "title", ROW_TEXT },
        { "parent", ROW_TEXT },
        { "inherits", ROW_BOOLEAN },
        { "valid_from", ROW_INSTANT },
        { "valid_to", ROW_INSTANT } },
      { { "unit", "UNIT", false },
        { "title", "TITLE", false },
        { "parent", "PARENT", false },
        { "inherits", "INHERITS", false },
        { "valid_from", "VALID FROM", false },
        { "valid_to", "VALID TO", false } } },
    { "users",
      "users",
      "SELECT u.user_number, nullif(u.name, ''), u.active, nullif(u.manager, ''), (SELECT string_agg(role || "
      "CASE "
      "WHEN unit = '' THEN '' ELSE ' of ' || unit END, ', ' ORDER BY position) FROM user_role r WHERE "
      "r.account = "
      "u.account AND r.user_number = u.user_number) FROM app_user u WHERE u.account = $1 AND $2 = '' "
      "ORDER BY u.user_number COLLATE \"C\"",
      { { "user", ROW_TEXT },
        { "name", ROW_TEXT },
        { "active", ROW_BOOLEAN },
        { "manager", ROW_TEXT },
        { "roles", ROW_TEXT } },
      { { "user", "USER", false },
        { "name", "NAME", false },
        { "active", "ACTIVE", false },
        { "manager", "MANAGER", false },
        { "roles", "ROLES", false } } },
    { "cost_centres",
      "cost centres",
      "SELECT cost_centre, nullif(title, ''), nullif(unit, ''), nullif(parent, ''), nullif(owner, ''), "
      "valid_from, "
      "valid_to FROM cost_centre WHERE account = $1 AND ($2 = '' OR owner = $2) ORDER BY cost_centre COLLATE "
      "\"C\"",
      { { "cost_centre", ROW_TEXT },
        { "title", ROW_TEXT },
        { "unit", ROW_TEXT },
        { "parent", ROW_TEXT },
        { "owner", ROW_TEXT },
        { "valid_from", ROW_INSTANT },
        { "valid_to", ROW_INSTANT } },
      { { "cost_centre", "COST CENTRE", false },
        { "title", "TITLE", false },
        { "unit", "UNIT", false },
        { "parent", "PARENT", false },
        { "owner", "OWNER", false },
        { "valid_from", "VALID FROM", false },
        { "valid_to", "VALID TO", false } } },
#define RIGHTS_OF                                                                                            \
    " JOIN rights r ON r.account = t.account AND r.rights = t.rights WHERE t.account = $1 AND ($2 = '' OR "  \
    "EXISTS (SELECT FROM rights_name n WHERE n.account = r.account AND n.rights = r.rights AND (r.subject "  \
    "= "                                                                                                     \
    "'user' AND n.name = $2 OR r.subject = 'role' AND n.name IN (SELECT role FROM user_role u WHERE "        \
    "u.account = "                                                                                           \
    "$1 AND u.user_number = $2)))) "
#define WHOSE                                                                                                \
    "r.subject || ' ' || (SELECT string_agg(CASE WHEN n.name = '' THEN '(whole company)' ELSE n.name END, "  \
    "', ' "                                                                                                  \
    "ORDER BY n.position) FROM rights_name n WHERE n.account = r.account AND n.rights = r.rights) || CASE "  \
    "WHEN "                                                                                                  \
    "r.unit = '' THEN '' ELSE ' in ' || r.unit END"
    { "limits",
      "limits",
      "SELECT t.rights, " WHOSE
      ", t.kind, CASE WHEN t.period = 'rolling' THEN t.rolling_days || ' days' ELSE "
      "nullif(t.period, '') END, nullif(t.cost_centre, ''), a.currency, t.amount, CASE WHEN t.gross THEN "
      "'gross' "
      "ELSE 'net' END, CASE WHEN t.refuse THEN 'refuse' ELSE 'approve' END, r.valid_from, r.valid_to "
      "FROM rights_limit t JOIN account a ON a.account = t.account" RIGHTS_OF
      "ORDER BY t.rights COLLATE \"C\", t.position",
      { { "rights", ROW_TEXT },
        { "whose", ROW_TEXT },
        { "kind", ROW_TEXT },
        { "period", ROW_TEXT },
        { "cost_centre", ROW_TEXT },
        { "currency", ROW_TEXT },
        { "amount", ROW_AMOUNT },
        { "basis", ROW_TEXT },
        { "reaction", ROW_TEXT },
        { "valid_from", ROW_INSTANT },
        { "valid_to", ROW_INSTANT } },
      { { "rights", "RIGHTS", false },
        { "whose", "WHOSE", false },
        { "kind", "LIMIT FOR", false },
        { "period", "PERIOD", false },
        { "cost_centre", "COST CENTRE", false },
        { "amount", "AMOUNT", true },
        { "currency", "CUR", false },
        { "basis", "BASIS", false },
        { "reaction", "BEYOND", false } } },
    { "entitlements",
      "entitlements",
      "SELECT t.rights, " WHOSE ", CASE WHEN t.deny THEN 'deny' ELSE 'allow' END, t.kind, t.value "
      "FROM rights_entitlement t" RIGHTS_OF "ORDER BY t.rights COLLATE \"C\", t.position",
      { { "rights", ROW_TEXT },
        { "whose", ROW_TEXT },
        { "effect", ROW_TEXT },
        { "kind", ROW_TEXT },
        { "value", ROW_TEXT } },
      { { "rights", "RIGHTS", false },
        { "whose", "WHOSE", false },
        { "effect", "EFFECT", false },
        { "kind", "KIND", false },
        { "value", "VALUE", false } } },
    { "delegations",
      "delegations",
      "SELECT t.delegation, t.from_user, t.to_user, nullif(t.unit, ''), nullif(t.cost_centre, ''), "
      "a.currency, "
      "t.amount, t.passes_on, t.valid_from, t.valid_to FROM delegation t JOIN account a ON a.account = "
      "t.account "
      "WHERE t.account = $1 AND ($2 = '' OR $2 IN (t.from_user, t.to_user)) ORDER BY t.delegation COLLATE "
      "\"C\"",
      { { "delegation", ROW_TEXT },
        { "from", ROW_TEXT },
        { "to", ROW_TEXT },
        { "unit", ROW_TEXT },
        { "cost_centre", ROW_TEXT },
        { "currency", ROW_TEXT },
        { "amount", ROW_AMOUNT },
        { "passes_on", ROW_BOOLEAN },
        { "valid_from", ROW_INSTANT },
        { "valid_to", ROW_INSTANT } },
      { { "delegation", "DELEGATION", false },
        { "from", "FROM", false },
        { "to", "TO", false },
        { "unit", "UNIT", false },
        { "cost_centre", "COST CENTRE", false },
        { "amount", "UP TO", true },
        { "valid_from", "VALID FROM", false },
        { "valid_to", "VALID TO", false } } },
    { "spending",
      "counted in the last 31 days, by day",
      "SELECT s.day, CASE WHEN s.of_unit THEN 'unit' ELSE 'user' END, nullif(s.name, ''), nullif(s.unit, "
      "''), "
      "nullif(s.cost_centre, ''), a.currency, s.amount FROM spending s JOIN account a ON a.account = "
      "s.account "
      "WHERE s.account = $1 AND ($2 = '' OR NOT s.of_unit AND s.name = $2) AND s.amount <> 0 AND s.day > "
      "(now() AT TIME ZONE 'UTC')::date - 31 ORDER BY s.day, s.of_unit, s.name, s.unit, s.cost_centre",
      { { "day", ROW_DATE },
        { "kind", ROW_TEXT },
        { "name", ROW_TEXT },
        { "unit", ROW_TEXT },
        { "cost_centre", ROW_TEXT },
        { "currency", ROW_TEXT },
        { "amount", ROW_AMOUNT } },
      { { "day", "DAY", false },
        { "kind", "OF", false },
        { "name", "NAME", false },
        { "unit", "IN UNIT", false },
        { "cost_centre", "COST CENTRE", false },
        { "amount", "AMOUNT", true },
        { "currency", "CUR", false } } },
};

const size_t company_part_count = COUNT(company_parts);

bool company_add_parts(const struct online *online, struct document *record, struct slice account,
                       struct slice user, struct error *error)
{
    const struct db_value values[] = { db_text(account), db_text(user) };
    return listing_add_parts(online, record, company_parts, COUNT(company_parts), values, COUNT(values),
                             error);
}

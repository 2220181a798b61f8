// SPDX-License-Identifier: Apache-2.0
// `comptoirctl circuit list` and `circuit show`: the circuits of a running system as they are stored.
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct row_field fields[] = {
    { "account", ROW_TEXT },
    { "circuit", ROW_TEXT },
    { "status", ROW_TEXT },
    { "phase", ROW_TEXT },
    { "priority", ROW_INTEGER },
    { "currency", ROW_TEXT },
    { "tiers", ROW_INTEGER },
    { "valid_from", ROW_INSTANT },
    { "valid_to", ROW_INSTANT },
    { "title", ROW_TEXT },
    { "conditions", ROW_TEXT },
    { "distinct", ROW_TEXT },
    { "tolerance_amount", ROW_PRICE },
    { "tolerance_permille", ROW_INTEGER },
    { "calendar", ROW_TEXT },
};

static bool query(struct online *online, const char *account, const char *circuit, struct document **list,
                  struct error *error)
{
    static const char sql[] =
        "SELECT c.account, c.circuit, CASE WHEN c.active THEN 'active' ELSE 'inactive' END, c.phase, "
        "c.priority, "
        "c.currency, (SELECT count(*) FROM circuit_tier t WHERE t.account = c.account AND t.circuit = "
        "c.circuit)::integer, "
        "c.valid_from, c.valid_to, c.title, COALESCE((SELECT string_agg(k.text, '; ' ORDER BY k.position) "
        "FROM (SELECT "
        "position, field || ' ' || operator || ' ' || string_agg(value, ' or ' ORDER BY value_position) AS "
        "text FROM "
        "circuit_condition d WHERE d.account = c.account AND d.circuit = c.circuit AND d.tier = 0 GROUP BY "
        "position, "
        "field, operator) k), ''), c.distinct_in, c.tolerance_amount, c.tolerance_permille, c.calendar FROM "
        "circuit c "
        "WHERE ($1 = '' OR c.account = $1) AND ($2 = '' OR c.circuit = $2) ORDER BY c.account, "
        "array_position(ARRAY['deny', 'bypass', 'require'], c.phase), c.priority, c.circuit COLLATE \"C\"";
    const struct db_value values[] = { db_text(slice_of(account)), db_text(slice_of(circuit)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading circuits");
    *list = rows_list(online->arena, &rows, fields, COUNT(fields));
    return true;
}

int ctl_circuit_list(int argc, char **argv)
{
    static const struct table_column columns[] = {
        { "account", "ACCOUNT", false }, { "circuit", "CIRCUIT", false },  { "status", "STATUS", false },
        { "phase", "PHASE", false },     { "priority", "PRIORITY", true }, { "tiers", "TIERS", true },
        { "valid_from", "FROM", false }, { "valid_to", "TO", false },      { "conditions", "WHERE", false },
    };
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = { "circuit list",
                                     "[ACCOUNT]",
                                     "List approval circuits in the order in which they are asked.",
                                     options,
                                     COUNT(options),
                                     0,
                                     1,
                                     NULL };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *list;
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !query(&online, words ? argv[0] : "", "", &list, &error))
        return online_fail(&online, &error);
    online_print_list(&online, list, columns, COUNT(columns));
    online_close(&online);
    return 0;
}

static bool query_tiers(struct online *online, const char *account, const char *circuit,
                        struct document **list, struct error *error)
{
    static const char sql[] = "SELECT t.tier, t.name, t.mode, t.quorum, COALESCE((SELECT string_agg('(' || "
                              "g.people || ')', ' and ' ORDER BY "
                              "g.number) FROM (SELECT s.\"group\" AS number, string_agg(concat_ws(' ', "
                              "s.kind, nullif(s.name, ''), nullif("
                              "s.unit, ''), CASE WHEN s.levels > 1 THEN s.levels || ' up' END, 'up to ' || "
                              "round(s.\"limit\" / 10000.0, 2)), "
                              "' or ' ORDER BY s.position) AS people FROM circuit_selector s WHERE s.account "
                              "= t.account AND s.circuit = "
                              "t.circuit AND s.tier = t.tier AND s.\"group\" > 0 GROUP BY s.\"group\") g), "
                              "''), COALESCE((SELECT string_agg("
                              "k.text, '; ' ORDER BY k.purpose DESC, k.position) FROM (SELECT purpose, "
                              "position, purpose || ' ' || field || ' ' "
                              "|| operator || ' ' || string_agg(value, ' or ' ORDER BY value_position) AS "
                              "text FROM circuit_condition d WHERE "
                              "d.account = t.account AND d.circuit = t.circuit AND d.tier = t.tier GROUP BY "
                              "purpose, position, field, operator) "
                              "k), ''), t.remind_minutes, t.due_minutes, t.expire_minutes, t.on_expiry FROM "
                              "circuit_tier t WHERE t.account = $1 "
                              "AND t.circuit = $2 ORDER BY t.tier";
    static const struct row_field tier_fields[] = {
        { "tier", ROW_INTEGER },           { "name", ROW_TEXT },           { "mode", ROW_TEXT },
        { "quorum", ROW_INTEGER },         { "asks", ROW_TEXT },           { "conditions", ROW_TEXT },
        { "remind_minutes", ROW_INTEGER }, { "due_minutes", ROW_INTEGER }, { "expire_minutes", ROW_INTEGER },
        { "on_expiry", ROW_TEXT },
    };
    const struct db_value values[] = { db_text(slice_of(account)), db_text(slice_of(circuit)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading tiers");
    *list = rows_list(online->arena, &rows, tier_fields, COUNT(tier_fields));
    return true;
}

static void print(const struct online *online, struct document *circuit, struct document *tiers)
{
    static const struct table_column sheet[] = {
        { "account", "Account", false },
        { "circuit", "Circuit", false },
        { "title", "Title", false },
        { "status", "Status", false },
        { "phase", "Phase", false },
        { "priority", "Priority", false },
        { "currency", "Currency", false },
        { "valid_from", "Valid from", false },
        { "valid_to", "Valid to", false },
        { "conditions", "Where", false },
        { "distinct", "Distinct people in", false },
        { "tolerance_amount", "Tolerance", false },
        { "tolerance_permille", "Tolerance, permille", false },
        { "calendar", "Calendar", false },
    };
    static const struct table_column columns[] = {
        { "tier", "TIER", true },
        { "name", "NAME", false },
        { "mode", "MODE", false },
        { "quorum", "QUORUM", true },
        { "asks", "ASKS", false },
        { "conditions", "WHERE", false },
        { "remind_minutes", "REMIND", true },
        { "due_minutes", "DUE", true },
        { "expire_minutes", "EXPIRE", true },
        { "on_expiry", "THEN", false },
    };
    if (online->json) {
        document_add(circuit, "tier_list", tiers);
        online_print_json(online, circuit);
        return;
    }
    struct text text = text_in(online->arena);
    table_write_sheet(circuit, sheet, COUNT(sheet), &text);
    if (tiers->count) {
        text_append_char(&text, '\n');
        table_write(tiers, columns, COUNT(columns), &text);
    }
    online_put(&text);
}

int ctl_circuit_show(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = { "circuit show",
                                     "ACCOUNT CIRCUIT",
                                     "Show one approval circuit with its tiers.",
                                     options,
                                     COUNT(options),
                                     2,
                                     2,
                                     NULL };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *list = NULL, *tiers = NULL;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !query(&online, argv[0], argv[1], &list, &error) ||
        !query_tiers(&online, argv[0], argv[1], &tiers, &error))
        return online_fail(&online, &error);
    if (!list->first) {
        error_set(&error, ERROR_INVALID, NULL,
                  "account '%s' has no circuit '%s'; `comptoirctl circuit list %s` shows them", argv[0],
                  argv[1], argv[0]);
        online_fail(&online, &error);
        return 1;
    }
    print(&online, list->first, tiers);
    online_close(&online);
    return 0;
}

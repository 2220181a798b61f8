// SPDX-License-Identifier: Apache-2.0
// `comptoirctl circuit list` and `circuit show`: the circuits of a running system as they are stored.
#include "ctl/ctl.h"
#include "ctl/listing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CIRCUITS                                                                                             \
    "SELECT c.account, c.circuit, CASE WHEN c.active THEN 'active' ELSE 'inactive' END, c.phase, "           \
    "c.priority, c.currency, (SELECT count(*) FROM circuit_tier t WHERE t.account = c.account AND "          \
    "t.circuit = c.circuit)::integer, c.valid_from, c.valid_to, c.title, COALESCE((SELECT "                  \
    "string_agg(k.text, '; ' ORDER BY k.position) FROM (SELECT position, field || ' ' || operator || ' ' "   \
    "|| string_agg(value, ' or ' ORDER BY value_position) AS text FROM circuit_condition d WHERE "           \
    "d.account = c.account AND d.circuit = c.circuit AND d.tier = 0 GROUP BY position, field, operator) "    \
    "k), ''), c.distinct_in, c.tolerance_amount, c.tolerance_permille, c.calendar FROM circuit c "

static const struct list_command circuit_list = {
    .command = "circuit list",
    .arguments = "[ACCOUNT]",
    .purpose = "List approval circuits in the order in which they are asked.",
    .most_words = 1,
    .listing = {
        .name = "circuits",
        .sql = CIRCUITS
            "WHERE ($1 = '' OR c.account = $1) ORDER BY c.account, array_position(ARRAY['deny', 'bypass', "
            "'require'], c.phase), c.priority, c.circuit COLLATE \"C\"",
        .fields = {
            { "account", ROW_TEXT }, { "circuit", ROW_TEXT }, { "status", ROW_TEXT },
            { "phase", ROW_TEXT }, { "priority", ROW_INTEGER }, { "currency", ROW_TEXT },
            { "tiers", ROW_INTEGER }, { "valid_from", ROW_INSTANT }, { "valid_to", ROW_INSTANT },
            { "title", ROW_TEXT }, { "conditions", ROW_TEXT }, { "distinct", ROW_TEXT },
            { "tolerance_amount", ROW_PRICE }, { "tolerance_permille", ROW_INTEGER },
            { "calendar", ROW_TEXT },
        },
        .columns = {
            { "account", "ACCOUNT", false }, { "circuit", "CIRCUIT", false },
            { "status", "STATUS", false }, { "phase", "PHASE", false }, { "priority", "PRIORITY", true },
            { "tiers", "TIERS", true }, { "valid_from", "FROM", false }, { "valid_to", "TO", false },
            { "conditions", "WHERE", false },
        },
    },
};

int ctl_circuit_list(int argc, char **argv)
{
    return list_run(&circuit_list, argc, argv);
}

// Of an account's ($1) circuit ($2).
static const struct listing tiers = {
    .name = "tier_list",
    .sql =
        "SELECT t.tier, t.name, t.mode, t.quorum, COALESCE((SELECT string_agg('(' || g.people || ')', ' "
        "and ' ORDER BY g.number) FROM (SELECT s.\"group\" AS number, string_agg(concat_ws(' ', s.kind, "
        "nullif(s.name, ''), nullif(s.unit, ''), CASE WHEN s.levels > 1 THEN s.levels || ' up' END, 'up to "
        "' || round(s.\"limit\" / 10000.0, 2)), ' or ' ORDER BY s.position) AS people FROM "
        "circuit_selector s WHERE s.account = t.account AND s.circuit = t.circuit AND s.tier = t.tier AND "
        "s.\"group\" > 0 GROUP BY s.\"group\") g), ''), COALESCE((SELECT string_agg(k.text, '; ' ORDER BY "
        "k.purpose DESC, k.position) FROM (SELECT purpose, position, purpose || ' ' || field || ' ' || "
        "operator || ' ' || string_agg(value, ' or ' ORDER BY value_position) AS text FROM "
        "circuit_condition d WHERE d.account = t.account AND d.circuit = t.circuit AND d.tier = t.tier "
        "GROUP BY purpose, position, field, operator) k), ''), t.remind_minutes, t.due_minutes, "
        "t.expire_minutes, t.on_expiry FROM circuit_tier t WHERE t.account = $1 AND t.circuit = $2 ORDER "
        "BY t.tier",
    .fields = {
        { "tier", ROW_INTEGER }, { "name", ROW_TEXT }, { "mode", ROW_TEXT }, { "quorum", ROW_INTEGER },
        { "asks", ROW_TEXT }, { "conditions", ROW_TEXT }, { "remind_minutes", ROW_INTEGER },
        { "due_minutes", ROW_INTEGER }, { "expire_minutes", ROW_INTEGER }, { "on_expiry", ROW_TEXT },
    },
    .columns = {
        { "tier", "TIER", true }, { "name", "NAME", false }, { "mode", "MODE", false },
        { "quorum", "QUORUM", true }, { "asks", "ASKS", false }, { "conditions", "WHERE", false },
        { "remind_minutes", "REMIND", true }, { "due_minutes", "DUE", true },
        { "expire_minutes", "EXPIRE", true }, { "on_expiry", "THEN", false },
    },
};

static bool load(struct online *online, char **words, struct document **record, struct error *error)
{
    static const char sql[] = CIRCUITS "WHERE c.account = $1 AND c.circuit = $2";
    const struct db_value values[] = { db_text(slice_of(words[0])), db_text(slice_of(words[1])) };
    struct document *list;
    if (!listing_read(online, &circuit_list.listing, sql, values, COUNT(values), &list, error))
        return false;
    *record = list->first;
    if (!*record)
        return error_set(error, ERROR_INVALID, NULL,
                         "account '%s' has no circuit '%s'; `comptoirctl circuit list %s` shows them",
                         words[0], words[1], words[0]);
    return listing_add_parts(online, *record, &tiers, 1, values, COUNT(values), error);
}

static void print(const struct online *online, const struct document *circuit)
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
    show_print(online, circuit, sheet, COUNT(sheet), &tiers, 1);
}

static const struct show_command circuit_show = {
    .command = "circuit show",
    .arguments = "ACCOUNT CIRCUIT",
    .purpose = "Show one approval circuit with its tiers.",
    .words = 2,
    .load = load,
    .print = print,
};

int ctl_circuit_show(int argc, char **argv)
{
    return show_run(&circuit_show, argc, argv);
}

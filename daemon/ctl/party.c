// SPDX-License-Identifier: Apache-2.0
// `comptoirctl party list`: what buyers tell of their parties, for people who keep the accounts, and what partners were
// told of ours.
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int ctl_party_list(int argc, char **argv)
{
    static const char sql[] =
        "SELECT m.recorded_at, m.account, m.partner, m.message_number, m.function, m.sent_at, m.test, "
        "p.role, "
        "p.party_id, p.id_agency, p.name, p.street, p.city, p.region, p.postcode, p.country, p.valid_from, "
        "p.numbers, p.contacts, m.note FROM party_message m JOIN party p ON p.account = m.account "
        "AND p.message_id = m.id WHERE m.ours = $1 AND ($2 = '' OR m.account = $2) "
        "ORDER BY m.recorded_at DESC, m.account, m.id, p.position LIMIT $3";
    static const struct row_field fields[] = {
        { "recorded_at", ROW_INSTANT }, { "account", ROW_TEXT },    { "partner", ROW_TEXT },
        { "message_number", ROW_TEXT }, { "function", ROW_TEXT },   { "sent_at", ROW_INSTANT },
        { "test", ROW_BOOLEAN },        { "role", ROW_TEXT },       { "id", ROW_TEXT },
        { "id_agency", ROW_TEXT },      { "name", ROW_TEXT },       { "street", ROW_TEXT },
        { "city", ROW_TEXT },           { "region", ROW_TEXT },     { "postcode", ROW_TEXT },
        { "country", ROW_TEXT },        { "valid_from", ROW_DATE }, { "references", ROW_TEXT },
        { "contacts", ROW_TEXT },       { "note", ROW_TEXT },
    };
    static const struct table_column columns[] = {
        { "recorded_at", "RECORDED", false },
        { "account", "ACCOUNT", false },
        { "message_number", "NUMBER", false },
        { "function", "FUNCTION", false },
        { "role", "ROLE", false },
        { "id", "ID", false },
        { "name", "NAME", false },
        { "street", "STREET", false },
        { "postcode", "POSTCODE", false },
        { "city", "CITY", false },
        { "country", "COUNTRY", false },
        { "valid_from", "FROM", false },
    };
    struct online online = { 0 };
    const char *account = "";
    bool ours = false;
    int64_t limit = 100;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "account", OPTION_TEXT, &account, "ACCOUNT", "of this account" },
        { "ours", OPTION_FLAG, &ours, NULL, "what partners were told of ours instead" },
        { "limit", OPTION_NUMBER, &limit, "NUMBER", "at most so many, the newest; default 100" },
    };
    const struct ctl_usage usage = {
        "party list",
        "",
        "List what buyers tell of their parties, newest first.",
        options,
        COUNT(options),
        0,
        0,
        "Nothing of it changes an account: that is the ERP's to do. --json has references, "
        "contacts and notes, too."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct db_rows rows;
    const struct db_value values[] = { db_boolean(ours), db_text(slice_of(account)), db_bigint(limit) };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, values, COUNT(values), &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

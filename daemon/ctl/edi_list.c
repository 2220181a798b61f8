// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi list` and `edi unknown`: what came and went, and who sends without being known.
#include "ctl/ctl.h"
#include "ctl/edi_archive.h"
#include "ctl/rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A slip of the pen would look like a quiet day.
static bool is_state(const char *word)
{
    static const char *const states[] = { "taken",   "partly",   "refused",   "repeated", "conflict",
                                          "unknown", "waiting",  "delivered", "given_up", "awaited",
                                          "overdue", "received", "accepted",  "errors",   "rejected",
                                          "gap",     "late",     "unanswered" };
    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(word, states[i]) == 0)
            return true;
    return false;
}

int ctl_edi_list(int argc, char **argv)
{
    struct online online = { 0 };
    struct edi_filter filter = { .most = 100 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "partner", OPTION_TEXT, &filter.partner, "NAME", "of this partner" },
        { "direction", OPTION_TEXT, &filter.direction, "in|out", "what came, or what went" },
        { "since", OPTION_TEXT, &filter.since, "WHEN", "from a date on, an instant, 7d or 12h ago" },
        { "state", OPTION_TEXT, &filter.state, "STATE", "in this state, below" },
        { "order", OPTION_TEXT, &filter.order, "NUMBER", "that belong to the buyer's order" },
        { "reference", OPTION_TEXT, &filter.reference, "REF", "with this control reference" },
        { "limit", OPTION_NUMBER, &filter.most, "NUMBER", "at most so many; default 100" },
    };
    const struct ctl_usage usage = {
        "edi list",
        "",
        "List EDIFACT interchanges, newest first.",
        options,
        COUNT(options),
        0,
        0,
        "States of what came: taken, partly, refused, repeated, conflict, unknown; of what goes: waiting,\n"
        "delivered, given_up; of its acknowledgement: awaited, overdue, received, accepted, errors, "
        "rejected.\n"
        "Also of what came: gap and late, by its control reference; unanswered, where our answer is overdue."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (filter.state && *filter.state && !is_state(filter.state)) {
        fprintf(stderr, "comptoirctl: '%s' is no state; see `comptoirctl edi list --help`\n", filter.state);
        return 2;
    }
    struct error error = { 0 };
    struct document *list;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !edi_archive_list(&online, &filter, &list, &error))
        return online_fail(&online, &error);
    online_print_list(&online, list, edi_archive_columns, edi_archive_column_count);
    online_close(&online);
    return 0;
}

// Those that were taken after all, by reprocessing, are no longer unknown.
int ctl_edi_unknown(int argc, char **argv)
{
    static const char sql[] =
        "SELECT a.sender, a.receiver, count(*), string_agg(DISTINCT a.kind, ', '), min(a.at), max(a.at),"
        " max(a.id) FROM archive a WHERE a.state = 'unknown'"
        " AND NOT EXISTS (SELECT FROM archive b WHERE b.original = a.id AND b.state <> 'unknown')"
        " GROUP BY a.sender, a.receiver ORDER BY max(a.at) DESC";
    static const struct row_field fields[] = {
        { "sender", ROW_TEXT },     { "receiver", ROW_TEXT }, { "interchanges", ROW_INTEGER },
        { "kind", ROW_TEXT },       { "first", ROW_INSTANT }, { "last", ROW_INSTANT },
        { "last_id", ROW_INTEGER },
    };
    static const struct table_column columns[] = {
        { "sender", "SENDER", false },      { "receiver", "RECEIVER", false }, { "kind", "MESSAGES", false },
        { "interchanges", "NUMBER", true }, { "first", "FIRST", false },       { "last", "LAST", false },
        { "last_id", "LAST ID", true },
    };
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = {
        "edi unknown",
        "",
        "List senders of interchanges whose identity is in no partner file.",
        options,
        COUNT(options),
        0,
        0,
        "Identities are QUALIFIER:IDENTITY, as `comptoirctl partner add --edifact` takes them; then\n"
        "`comptoirctl edi reprocess ID` takes what has come meanwhile."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct db_rows rows;
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, NULL, 0, &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

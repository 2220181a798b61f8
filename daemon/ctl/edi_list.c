// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi list` and `edi unknown`: what came and went, and who sends without being known.
#include "ctl/ctl.h"
#include "ctl/edi_archive.h"
#include "ctl/listing.h"

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

static bool check_filter(void *context)
{
    const struct edi_filter *filter = context;
    if (!filter->state || !*filter->state || is_state(filter->state))
        return true;
    fprintf(stderr, "comptoirctl: '%s' is no state; see `comptoirctl edi list --help`\n", filter->state);
    return false;
}

static bool list(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    struct document *interchanges;
    (void)words;
    (void)count;
    if (!edi_archive_list(online, context, &interchanges, error))
        return false;
    online_print_list(online, interchanges, edi_archive_columns, edi_archive_column_count);
    return true;
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
    const struct online_command command = {
        .usage = { "edi list", "", "List EDIFACT interchanges, newest first.", options, COUNT(options), 0, 0,
                   "States of what came: taken, partly, refused, repeated, conflict, unknown; of what goes: "
                   "waiting,\n"
                   "delivered, given_up; of its acknowledgement: awaited, overdue, received, accepted, "
                   "errors, "
                   "rejected.\n"
                   "Also of what came: gap and late, by its control reference; unanswered, where our answer "
                   "is overdue." },
        .wants = ONLINE_DATABASE,
        .prepare = check_filter,
        .act = list,
    };
    return online_run(&command, &online, &filter, argc, argv);
}

// Those that were taken after all, by reprocessing, are no longer unknown.
static const struct list_command unknown_list = {
    .command = "edi unknown",
    .arguments = "",
    .purpose = "List senders of interchanges whose identity is in no partner file.",
    .more = "Identities are QUALIFIER:IDENTITY, as `comptoirctl partner add --edifact` takes them; then\n"
            "`comptoirctl edi reprocess ID` takes what has come meanwhile.",
    .listing = {
        .name = "unknown senders",
        .sql =
            "SELECT a.sender, a.receiver, count(*), string_agg(DISTINCT a.kind, ', '), min(a.at), "
            "max(a.at), max(a.id) FROM archive a WHERE a.state = 'unknown' AND NOT EXISTS (SELECT FROM "
            "archive b WHERE b.original = a.id AND b.state <> 'unknown') GROUP BY a.sender, a.receiver "
            "ORDER BY max(a.at) DESC",
        .fields = {
            { "sender", ROW_TEXT }, { "receiver", ROW_TEXT }, { "interchanges", ROW_INTEGER },
            { "kind", ROW_TEXT }, { "first", ROW_INSTANT }, { "last", ROW_INSTANT },
            { "last_id", ROW_INTEGER },
        },
        .columns = {
            { "sender", "SENDER", false }, { "receiver", "RECEIVER", false },
            { "kind", "MESSAGES", false }, { "interchanges", "NUMBER", true }, { "first", "FIRST", false },
            { "last", "LAST", false }, { "last_id", "LAST ID", true },
        },
    },
};

int ctl_edi_unknown(int argc, char **argv)
{
    return list_run(&unknown_list, argc, argv);
}

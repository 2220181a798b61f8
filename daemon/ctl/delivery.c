// SPDX-License-Identifier: Apache-2.0
// `comptoirctl delivery`: what is owed to partners, on every channel.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A slip of the pen would look as if nothing waited.
static bool is_state(const char *word)
{
    static const char *const states[] = { "waiting",  "delivered", "given_up", "awaited", "overdue",
                                          "received", "accepted",  "errors",   "rejected" };
    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(word, states[i]) == 0)
            return true;
    return false;
}

int ctl_delivery_list(int argc, char **argv)
{
    static const char sql[] =
        "SELECT id, partner, channel, type, reference, state, nullif(ack, ''), attempts, next_at, "
        "delivered_at,"
        " nullif(last_error, '') FROM delivery WHERE ($1 = '' OR partner = $1)"
        " AND CASE WHEN $2 = '' THEN $3 OR state <> 'delivered' ELSE state = $2 OR ack = $2 END"
        " ORDER BY created_at DESC, id LIMIT $4";
    static const struct row_field fields[] = {
        { "id", ROW_TEXT },         { "partner", ROW_TEXT },
        { "channel", ROW_TEXT },    { "type", ROW_TEXT },
        { "reference", ROW_TEXT },  { "state", ROW_TEXT },
        { "ack", ROW_TEXT },        { "attempts", ROW_INTEGER },
        { "next_at", ROW_INSTANT }, { "delivered_at", ROW_INSTANT },
        { "last_error", ROW_TEXT },
    };
    static const struct table_column columns[] = {
        { "id", "ID", false },           { "partner", "PARTNER", false },
        { "channel", "CHANNEL", false }, { "state", "STATE", false },
        { "ack", "ACK", false },         { "attempts", "ATTEMPTS", true },
        { "next_at", "NEXT", false },    { "last_error", "LAST ERROR", false },
    };
    struct online online = { 0 };
    const char *partner = "", *state = "";
    bool all = false;
    int64_t limit = 100;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "partner", OPTION_TEXT, &partner, "NAME", "to this partner" },
        { "state", OPTION_TEXT, &state, "STATE",
          "waiting, delivered or given_up; or of the acknowledgement, as overdue or rejected" },
        { "all", OPTION_FLAG, &all, NULL, "also those that are delivered" },
        { "limit", OPTION_NUMBER, &limit, "NUMBER", "at most so many, the newest; default 100" },
    };
    const struct ctl_usage usage = { "delivery list",
                                     "",
                                     "List what is owed to partners and not delivered, newest first.",
                                     options,
                                     COUNT(options),
                                     0,
                                     0,
                                     NULL };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (*state && !is_state(state)) {
        fprintf(stderr,
                "comptoirctl delivery list: '%s' is no state; they are waiting, delivered and given_up, and "
                "of the "
                "acknowledgement awaited, overdue, received, accepted, errors and rejected\n",
                state);
        return 2;
    }
    struct error error = { 0 };
    struct db_rows rows;
    const struct db_value values[] = { db_text(slice_of(partner)), db_text(slice_of(state)), db_boolean(all),
                                       db_bigint(limit) };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !db_query(online.db, online.arena, sql, values, 4, &rows, &error))
        return online_fail(&online, &error);
    online_print_list(&online, rows_list(online.arena, &rows, fields, COUNT(fields)), columns,
                      COUNT(columns));
    online_close(&online);
    return 0;
}

static bool retry(struct online *online, const char *id, struct error *error)
{
    static const char sql[] = "UPDATE delivery SET state = 'waiting', attempts = 0, next_at = $2"
                              " WHERE id = $1 AND state <> 'delivered'";
    const struct db_value values[] = { db_text(slice_of(id)), db_instant(clock_now_us()) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "waking delivery \"%s\"", id);
    return rows.affected == 1 ||
           error_set(error, ERROR_INVALID, NULL,
                     "there is no delivery \"%s\" that is still owed; `comptoirctl delivery list` shows them",
                     id);
}

static void tell(const struct online *online, const char *id)
{
    if (!online->json) {
        printf("%s waits to be sent\n", id);
        return;
    }
    struct document *record = document_record(online->arena, NULL);
    document_add_text(online->arena, record, "id", slice_of(id));
    document_add_text(online->arena, record, "state", SLICE("waiting"));
    online_print_json(online, record);
}

int ctl_delivery_retry(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = {
        "delivery retry",
        "ID...",
        "Try deliveries again now that wait or were given up.",
        options,
        COUNT(options),
        1,
        SIZE_MAX,
        "The same bytes go out. What is delivered already is sent again by `comptoirctl edi resend`."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    bool good = online_open(&online, ONLINE_DATABASE, &error);
    for (size_t i = 0; i < words && good; i++) {
        good = retry(&online, argv[i], &error);
        if (good)
            tell(&online, argv[i]);
    }
    if (good) {
        online_close(&online);
        return 0;
    }
    return online_fail(&online, &error);
}

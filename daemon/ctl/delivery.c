// SPDX-License-Identifier: Apache-2.0
// `comptoirctl delivery`: what is owed to partners, on every channel.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/listing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A slip of the pen would look as if nothing waited.
static const char *known_state(const char *word)
{
    static const char *const states[] = { "waiting",  "delivered", "given_up", "awaited", "overdue",
                                          "received", "accepted",  "errors",   "rejected" };
    for (size_t i = 0; i < COUNT(states); i++)
        if (strcmp(word, states[i]) == 0)
            return word;
    return NULL;
}

static const struct list_command delivery_list = {
    .command = "delivery list",
    .arguments = "",
    .purpose = "List what is owed to partners and not delivered, newest first.",
    .filters = {
        { "partner", OPTION_TEXT, "NAME", "to this partner", 0, NULL, NULL },
        { "state", OPTION_TEXT, "STATE",
          "waiting, delivered or given_up; or of the acknowledgement, as overdue or rejected", 0, known_state,
          "is no state; they are waiting, delivered and given_up, and of the acknowledgement awaited, overdue, "
          "received, accepted, errors and rejected" },
        { "all", OPTION_FLAG, NULL, "also those that are delivered", 0, NULL, NULL },
        { "limit", OPTION_NUMBER, "NUMBER", "at most so many, the newest; default 100", 100, NULL, NULL },
    },
    .listing = {
        .name = "deliveries",
        .sql =
            "SELECT id, partner, channel, type, reference, state, nullif(ack, ''), attempts, next_at, "
            "delivered_at, nullif(last_error, '') FROM delivery WHERE ($1 = '' OR partner = $1) AND CASE "
            "WHEN $2 = '' THEN $3 OR state <> 'delivered' ELSE state = $2 OR ack = $2 END ORDER BY "
            "created_at DESC, id LIMIT $4",
        .fields = {
            { "id", ROW_TEXT }, { "partner", ROW_TEXT }, { "channel", ROW_TEXT }, { "type", ROW_TEXT },
            { "reference", ROW_TEXT }, { "state", ROW_TEXT }, { "ack", ROW_TEXT },
            { "attempts", ROW_INTEGER }, { "next_at", ROW_INSTANT }, { "delivered_at", ROW_INSTANT },
            { "last_error", ROW_TEXT },
        },
        .columns = {
            { "id", "ID", false }, { "partner", "PARTNER", false }, { "channel", "CHANNEL", false },
            { "state", "STATE", false }, { "ack", "ACK", false }, { "attempts", "ATTEMPTS", true },
            { "next_at", "NEXT", false }, { "last_error", "LAST ERROR", false },
        },
    },
};

int ctl_delivery_list(int argc, char **argv)
{
    return list_run(&delivery_list, argc, argv);
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

static bool retry_all(struct online *online, void *context, char **ids, size_t count, struct error *error)
{
    (void)context;
    for (size_t i = 0; i < count; i++) {
        if (!retry(online, ids[i], error))
            return false;
        tell(online, ids[i]);
    }
    return true;
}

int ctl_delivery_retry(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct online_command command = {
        .usage = { "delivery retry", "ID...", "Try deliveries again now that wait or were given up.", options,
                   COUNT(options), 1, SIZE_MAX,
                   "The same bytes go out. What is delivered already is sent again by `comptoirctl edi "
                   "resend`." },
        .wants = ONLINE_DATABASE,
        .act = retry_all,
    };
    return online_run(&command, &online, NULL, argc, argv);
}

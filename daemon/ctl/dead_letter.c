// SPDX-License-Identifier: Apache-2.0
// `comptoirctl dead-letter`: records that could not be decided, with the reason; they can be sent again.
#include <inttypes.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "doors/json.h"
#include "handlers/order/order.h"

enum { FLUSH_MS = 30000, DUMP_BYTES = 512, DUMP_WIDTH = 16 };

// A position has the shape of an order's id: shard and offset. The bytes stand last; the list leaves them out.
#define SELECT                                                                                               \
    "SELECT (shard::bigint << 40) | \"offset\", at, source, topic, key, length(payload)::bigint, "           \
    "retried_at, dismissed_at, nullif(dismissed_by, ''), nullif(dismissed_why, ''), reason, "

static const struct list_command letter_list = {
    .command = "dead-letter list",
    .arguments = "",
    .purpose = "List records that could not be decided, newest first.",
    .filters = {
        { "all", OPTION_FLAG, NULL, "also those that were sent again or dismissed", 0, NULL, NULL },
        { "limit", OPTION_NUMBER, "NUMBER", "at most so many, the newest; default 100", 100, NULL, NULL },
    },
    .listing = {
        .name = "dead letters",
        .sql = SELECT
            "NULL FROM dead_letter WHERE ($1 OR (retried_at IS NULL AND dismissed_at IS NULL)) "
            "ORDER BY at DESC, shard, \"offset\" DESC LIMIT $2",
        .fields = {
            { "id", ROW_ORDER }, { "at", ROW_INSTANT }, { "source", ROW_TEXT }, { "topic", ROW_TEXT },
            { "key", ROW_TEXT }, { "size", ROW_INTEGER }, { "retried_at", ROW_INSTANT },
            { "dismissed_at", ROW_INSTANT }, { "dismissed_by", ROW_TEXT }, { "dismissed_why", ROW_TEXT },
            { "reason", ROW_TEXT }, { "bytes", ROW_BYTES },
        },
        .columns = {
            { "id", "ID", false }, { "at", "AT", false }, { "source", "SOURCE", false },
            { "size", "BYTES", true }, { "retried_at", "RETRIED", false },
            { "dismissed_at", "DISMISSED", false }, { "reason", "REASON", false },
        },
    },
};

int ctl_dead_letter_list(int argc, char **argv)
{
    return list_run(&letter_list, argc, argv);
}

static bool find(const struct online *online, const char *word, bool lock, struct document **letter,
                 struct error *error)
{
    static const char plain[] = SELECT "payload FROM dead_letter WHERE shard = $1 AND \"offset\" = $2";
    static const char locked[] =
        SELECT "payload FROM dead_letter WHERE shard = $1 AND \"offset\" = $2 FOR UPDATE";
    struct slice rest = slice_of(word), first = slice_cut(&rest, '-');
    int64_t shard, offset;
    if (!slice_integer(first, &shard) || !slice_integer(rest, &offset) || shard < 0 || shard > INT32_MAX)
        return error_set(error, ERROR_INVALID, NULL,
                         "'%s' is no id; `comptoirctl dead-letter list` shows them", word);
    const struct db_value values[] = { db_integer((int32_t)shard), db_bigint(offset) };
    struct document *list;
    if (!listing_read(online, &letter_list.listing, lock ? locked : plain, values, 2, &list, error))
        return error_within(error, "looking for dead letter '%s'", word);
    if (!list->first)
        return error_set(error, ERROR_INVALID, NULL,
                         "there is no dead letter '%s'; `comptoirctl dead-letter list --all` shows all",
                         word);
    *letter = list->first;
    return true;
}

static const struct table_column sheet_columns[] = {
    { "id", "Id", false },
    { "source", "Source", false },
    { "at", "Parked", false },
    { "key", "Key", false },
    { "size", "Bytes", false },
    { "retried_at", "Sent again", false },
    { "dismissed_at", "Dismissed", false },
    { "dismissed_by", "By", false },
    { "dismissed_why", "Because", false },
    { "reason", "Reason", false },
};

static void dump(struct slice bytes, struct text *text)
{
    size_t most = bytes.size < DUMP_BYTES ? bytes.size : DUMP_BYTES;
    for (size_t row = 0; row < most; row += DUMP_WIDTH) {
        text_printf(text, "%08zx ", row);
        for (size_t i = row; i < row + DUMP_WIDTH; i++)
            if (i < most)
                text_printf(text, " %02x", (unsigned char)bytes.data[i]);
            else
                text_append(text, SLICE("   "));
        text_append(text, SLICE("  "));
        for (size_t i = row; i < row + DUMP_WIDTH && i < most; i++)
            text_append_char(text, bytes.data[i] >= 0x20 && bytes.data[i] < 0x7F ? bytes.data[i] : '.');
        text_append_char(text, '\n');
    }
    if (most < bytes.size)
        text_printf(text, "... %zu bytes more; --raw writes all\n", bytes.size - most);
}

static void show(const struct online *online, const struct document *letter)
{
    struct error ignored = { 0 };
    struct document *document;
    struct slice bytes = document_get(letter, "bytes")->text;
    struct text text = text_in(online->arena);
    const char *topic = arena_string(online->arena, document_text(letter, "topic"));
    table_write_sheet(letter, sheet_columns, sizeof sheet_columns / sizeof sheet_columns[0], &text);
    text_append_char(&text, '\n');
    if (avro_decode(online->catalogue, topic, bytes, online->arena, &document, &ignored)) {
        json_write(document, &text);
        text_append_char(&text, '\n');
    } else {
        dump(bytes, &text);
    }
    online_put(&text);
}

static bool show_letter(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    const bool *raw = context;
    struct document *letter;
    (void)count;
    if (!find(online, words[0], false, &letter, error))
        return false;
    struct slice bytes = document_get(letter, "bytes")->text;
    if (*raw)
        fwrite(bytes.data, 1, bytes.size, stdout);
    else if (online->json)
        online_print_json(online, letter);
    else
        show(online, letter);
    return true;
}

int ctl_dead_letter_show(int argc, char **argv)
{
    struct online online = { 0 };
    bool raw = false;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online), { "raw", OPTION_FLAG, &raw, NULL, "the record's bytes and nothing else" }
    };
    const struct online_command command = {
        .usage = { "dead-letter show", "ID", "Show one dead letter: the reason and the record.", options,
                   sizeof options / sizeof options[0], 1, 1,
                   "A record that can be decoded is shown as JSON, any other as bytes." },
        .wants = ONLINE_DATABASE | ONLINE_SCHEMAS,
        .act = show_letter,
    };
    return online_run(&command, &online, &raw, argc, argv);
}

// The row stays locked from the look to the mark, so that two people do not send the record twice.
static bool send_again(const struct online *online, struct kafka_publisher *publisher, const char *id,
                       bool again, struct error *error)
{
    static const char sql[] =
        "UPDATE dead_letter SET retried_at = $3 WHERE (shard::bigint << 40) | \"offset\" = $1 AND shard = $2";
    struct document *letter;
    bool unknown;
    if (!find(online, id, true, &letter, error))
        return false;
    if (document_get(letter, "retried_at") && !again)
        return error_set(error, ERROR_INVALID, NULL,
                         "dead letter '%s' was sent again already; --again insists", id);
    const char *topic = arena_string(online->arena, document_text(letter, "topic"));
    if (!kafka_publish(publisher, topic, -1, document_text(letter, "key"),
                       document_get(letter, "bytes")->text, NULL, 0, error) ||
        !kafka_publisher_flush(publisher, FLUSH_MS, error))
        return error_within(error, "sending dead letter '%s' to %s", id, topic);
    int64_t position = 0;
    order_id_parse(slice_of(id), &position);
    const struct db_value values[] = { db_bigint(position), db_integer((int32_t)(position >> 40)),
                                       db_instant(clock_now_us()) };
    if (!db_query(online->db, online->arena, sql, values, 3, NULL, error) ||
        !db_commit(online->db, &unknown, error))
        return error_within(error, "noting that dead letter '%s' was sent again (which it was)", id);
    if (online->json)
        printf("{\"id\":\"%s\",\"topic\":\"%s\"}\n", id, topic);
    else
        printf("%s sent again to %s\n", id, topic);
    return true;
}

int ctl_dead_letter_retry(int argc, char **argv)
{
    struct online online = { 0 };
    bool again = false;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "again", OPTION_FLAG, &again, NULL, "also where it was sent again before" },
    };
    const struct ctl_usage usage = {
        "dead-letter retry",
        "ID...",
        "Publish dead letters again to the topics that they came from.",
        options,
        sizeof options / sizeof options[0],
        1,
        SIZE_MAX,
        "The whole record goes out under its key; it is decided anew, as a new document at a new position."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct kafka_publisher *publisher = NULL;
    bool good = online_open(&online, ONLINE_DATABASE | ONLINE_KAFKA, &error) &&
                (publisher = kafka_publisher_open(&online.settings.kafka, NULL, &error)) != NULL;
    for (size_t i = 0; i < words && good; i++)
        good = db_begin(online.db, &error) && send_again(&online, publisher, argv[i], again, &error);
    kafka_publisher_close(publisher);
    if (good) {
        online_close(&online);
        return 0;
    }
    return online_fail(&online, &error);
}

// Somebody has looked: the letter stays, and is counted no more.
static bool dismiss(const struct online *online, const char *id, const char *why, struct error *error)
{
    static const char sql[] =
        "UPDATE dead_letter SET dismissed_at = $3, dismissed_by = $4, dismissed_why = $5"
        " WHERE (shard::bigint << 40) | \"offset\" = $1 AND shard = $2";
    struct document *letter;
    if (!find(online, id, true, &letter, error))
        return false;
    if (document_get(letter, "dismissed_at"))
        return error_set(error, ERROR_INVALID, NULL, "dead letter '%s' was dismissed already, by %.*s: %.*s",
                         id, SLICE_ARGS(document_text(letter, "dismissed_by")),
                         SLICE_ARGS(document_text(letter, "dismissed_why")));
    int64_t position = 0;
    order_id_parse(slice_of(id), &position);
    const struct db_value values[] = { db_bigint(position), db_integer((int32_t)(position >> 40)),
                                       db_instant(clock_now_us()), db_text(slice_of(online_user(online))),
                                       db_text(slice_of(why)) };
    return db_query(online->db, online->arena, sql, values, 5, NULL, error) ||
           error_within(error, "noting that dead letter '%s' is dismissed", id);
}

// All of them or none.
static bool dismiss_all(const struct online *online, char **ids, size_t count, const char *why,
                        struct error *error)
{
    bool unknown;
    if (!db_begin(online->db, error))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!dismiss(online, ids[i], why, error))
            return false;
    return db_commit(online->db, &unknown, error);
}

int ctl_dead_letter_dismiss(int argc, char **argv)
{
    struct online online = { 0 };
    const char *why = NULL;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "why", OPTION_TEXT, &why, "TEXT", "why nothing more is to be done; wanted" },
    };
    const struct ctl_usage usage = {
        "dead-letter dismiss",
        "ID...",
        "Note that nothing more will be done about dead letters.",
        options,
        sizeof options / sizeof options[0],
        1,
        SIZE_MAX,
        "They stay, with who dismissed them and why, but are neither listed (but by "
        "list --all)\n"
        "nor counted any more."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (!why || !*why) {
        fputs("comptoirctl dead-letter dismiss: --why is wanted: a reason that others will understand\n",
              stderr);
        return 2;
    }
    struct error error = { 0 };
    if (!online_open(&online, ONLINE_DATABASE, &error) || !dismiss_all(&online, argv, words, why, &error))
        return online_fail(&online, &error);
    for (size_t i = 0; i < words; i++)
        printf(online.json ? "{\"id\":\"%s\"}\n" : "%s dismissed\n", argv[i]);
    online_close(&online);
    return 0;
}

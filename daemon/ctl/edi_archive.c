// SPDX-License-Identifier: Apache-2.0
#include "ctl/edi_archive.h"

#include "base/clock.h"
#include "ctl/rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define COLUMNS                                                                                              \
    "SELECT a.id, a.at, CASE a.direction WHEN 'i' THEN 'in' ELSE 'out' END, a.partner, a.control,"           \
    " a.reference, a.kind, a.messages, a.refused, coalesce(d.state, nullif(a.state, '')),"                   \
    " nullif(d.ack, ''), a.sender, a.receiver, d.id, a.original, d.attempts, d.next_at, d.delivered_at,"     \
    " nullif(d.last_error, ''), d.ack_at, nullif(d.ack_text, ''), nullif(d.original, ''),"                   \
    " nullif(a.findings, ''), nullif(a.sequence, ''), (SELECT string_agg(w.number, ', ' ORDER BY w.number)"  \
    " FROM answer_due w WHERE w.archive_id = a.id AND w.told_at IS NOT NULL AND NOT EXISTS (SELECT FROM"     \
    " delivery l WHERE l.partner = w.partner AND l.reference = w.reference AND l.type IN ('OrderResponse',"  \
    " 'Quotation') AND l.type = w.answer AND l.delivered_at IS NOT NULL))"
#define FROM " FROM archive a LEFT JOIN delivery d ON d.id = a.delivery AND a.delivery <> ''"

static const struct row_field fields[] = {
    { "id", ROW_INTEGER },       { "at", ROW_INSTANT },
    { "direction", ROW_TEXT },   { "partner", ROW_TEXT },
    { "control", ROW_TEXT },     { "reference", ROW_TEXT },
    { "kind", ROW_TEXT },        { "messages", ROW_INTEGER },
    { "refused", ROW_INTEGER },  { "state", ROW_TEXT },
    { "ack", ROW_TEXT },         { "sender", ROW_TEXT },
    { "receiver", ROW_TEXT },    { "delivery", ROW_TEXT },
    { "original", ROW_INTEGER }, { "attempts", ROW_INTEGER },
    { "next_at", ROW_INSTANT },  { "delivered_at", ROW_INSTANT },
    { "last_error", ROW_TEXT },  { "ack_at", ROW_INSTANT },
    { "ack_text", ROW_TEXT },    { "original_delivery", ROW_TEXT },
    { "findings", ROW_TEXT },    { "sequence", ROW_TEXT },
    { "unanswered", ROW_TEXT },  { "bytes", ROW_BYTES },
};

const struct table_column edi_archive_columns[] = {
    { "id", "ID", true },
    { "at", "AT", false },
    { "direction", "", false },
    { "partner", "PARTNER", false },
    { "control", "CONTROL", false },
    { "kind", "MESSAGES", false },
    { "messages", "NUMBER", true },
    { "refused", "REFUSED", true },
    { "state", "STATE", false },
    { "ack", "ACK", false },
    { "sequence", "SEQUENCE", false },
    { "unanswered", "UNANSWERED", false },
};
const size_t edi_archive_column_count = COUNT(edi_archive_columns);

// A date, an instant, or "7d", "12h" before now.
static bool since_of(const char *word, int64_t *instant_us, struct error *error)
{
    static const int64_t hour_us = 3600 * INT64_C(1000000);
    struct slice text = slice_of(word);
    int32_t days;
    int64_t number;
    *instant_us = 0;
    if (!word || instant_parse(text, instant_us))
        return true;
    if (date_parse(text, &days)) {
        *instant_us = days * 24 * hour_us;
        return true;
    }
    char unit = text.size ? text.data[text.size - 1] : '\0';
    if (text.size > 1 && slice_integer((struct slice){ text.data, text.size - 1 }, &number) && number >= 0 &&
        number < 1000000 && (unit == 'd' || unit == 'h')) {
        *instant_us = clock_now_us() - number * (unit == 'd' ? 24 : 1) * hour_us;
        return true;
    }
    return error_set(error, ERROR_INVALID, NULL,
                     "'%s' is no point in time; write a date (2026-11-24), an instant, 7d or 12h", word);
}

static bool direction_of(const char *word, struct slice *direction, struct error *error)
{
    *direction = (struct slice){ 0 };
    if (!word)
        return true;
    *direction = strcmp(word, "in") == 0 ? SLICE("i") : SLICE("o");
    return strcmp(word, "in") == 0 || strcmp(word, "out") == 0 ||
           error_set(error, ERROR_INVALID, NULL, "'%s' is no direction; write in or out", word);
}

bool edi_archive_list(struct online *online, const struct edi_filter *filter, struct document **list,
                      struct error *error)
{
    static const char sql[] = COLUMNS FROM
        " WHERE a.channel = 'edifact' AND ($1 = '' OR a.partner = $1) AND ($2 = '' OR a.direction::text = $2)"
        " AND a.at >= $3 AND ($4 = '' OR a.state = $4 OR d.state = $4 OR d.ack = $4 OR a.sequence = $4"
        " OR ($4 = 'unanswered' AND EXISTS (SELECT FROM answer_due w WHERE w.archive_id = a.id"
        " AND w.told_at IS NOT NULL AND NOT EXISTS (SELECT FROM delivery l WHERE l.partner = w.partner"
        " AND l.reference = w.reference AND l.type IN ('OrderResponse', 'Quotation') AND l.type = w.answer"
        " AND l.delivered_at IS NOT NULL))))"
        " AND ($5 = '' OR a.control = $5)"
        " AND ($6 = '' OR EXISTS (SELECT FROM sales_order o WHERE o.order_number = $6"
        " AND o.partner = a.partner AND (a.reference = o.reply_reference"
        " OR a.reference = split_part(o.reply_reference, '/', 1))))"
        " ORDER BY a.id DESC LIMIT $7";
    struct slice direction;
    int64_t since_us;
    struct db_rows rows;
    online->unable =
        !direction_of(filter->direction, &direction, error) || !since_of(filter->since, &since_us, error);
    if (online->unable)
        return false;
    const struct db_value values[] = {
        db_text(slice_of(filter->partner)),
        db_text(direction),
        db_instant(since_us),
        db_text(slice_of(filter->state)),
        db_text(slice_of(filter->reference)),
        db_text(slice_of(filter->order)),
        db_bigint(filter->most),
    };
    if (!db_query(online->db, online->arena, sql, values, 7, &rows, error))
        return error_within(error, "reading the archive");
    *list = rows_list(online->arena, &rows, fields, COUNT(fields) - 1);
    return true;
}

bool edi_archive_find(const struct online *online, const char *word, struct document **record,
                      struct error *error)
{
    static const char by_id[] = COLUMNS ", a.bytes" FROM " WHERE a.channel = 'edifact' AND a.id = $1";
    static const char by_reference[] =
        COLUMNS ", a.bytes" FROM " WHERE a.channel = 'edifact' AND a.control = $1"
                " AND a.state <> 'repeated' ORDER BY a.id LIMIT 2";
    struct db_rows rows;
    int64_t id;
    bool number = slice_integer(slice_of(word), &id);
    struct db_value value = db_bigint(id);
    if (number && !db_query(online->db, online->arena, by_id, &value, 1, &rows, error))
        return error_within(error, "reading the archive");
    if (!number || rows.count == 0) {
        value = db_text(slice_of(word));
        if (!db_query(online->db, online->arena, by_reference, &value, 1, &rows, error))
            return error_within(error, "reading the archive");
    }
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "there is no interchange '%s'; `comptoirctl edi list` shows them", word);
    if (rows.count > 1)
        return error_set(error, ERROR_INVALID, NULL,
                         "several interchanges have the reference '%s'; give the number that "
                         "`comptoirctl edi list --reference %s` shows",
                         word, word);
    *record = rows_record(online->arena, &rows, 0, fields, COUNT(fields));
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// What a case expects: the lines that begin with `expect`.
#pragma once

#include "buyers_words.h"

// What came of the last step that brought documents, with all that followed from it by itself.
struct came {
    const struct document *documents[1000]; // published or owed
    size_t count;
    enum outcome outcome; // of the step's last document
    struct slice park_reason;
};

static inline struct db_rows expect_rows(struct buyers *buyers, const char *sql, struct slice word)
{
    struct slice account, number;
    struct error error = { 0 };
    struct db_rows rows;
    split_order(buyers, word, &account, &number);
    struct db_value values[] = { db_text(account), db_bigint(order_id(buyers, word)) };
    must(db_query(buyers->db, buyers->arena, sql, values, 2, &rows, &error), &error);
    return rows;
}

static inline int compare_words(const void *left, const void *right)
{
    return slice_compare(*(const struct slice *)left, *(const struct slice *)right);
}

// The words that are wanted and those that are there, in whatever order.
static inline void same_words(struct buyers *buyers, const char *what, struct slice *want, size_t count,
                              const struct db_rows *rows, int column)
{
    struct slice *got = ARENA_ARRAY(buyers->arena, rows->count, struct slice);
    struct text wanted = text_in(buyers->arena), found = text_in(buyers->arena);
    for (size_t i = 0; i < rows->count; i++)
        got[i] = db_rows_slice(rows, i, column);
    if (count)
        qsort(want, count, sizeof *want, compare_words);
    if (rows->count)
        qsort(got, rows->count, sizeof *got, compare_words);
    for (size_t i = 0; i < count; i++)
        text_printf(&wanted, " %.*s", SLICE_ARGS(want[i]));
    for (size_t i = 0; i < rows->count; i++)
        text_printf(&found, " %.*s", SLICE_ARGS(got[i]));
    if (!slice_equal(text_slice(&wanted), text_slice(&found)))
        STEP_FAIL(buyers, "%s: wanted%.*s, got%.*s", what, SLICE_ARGS(text_slice(&wanted)),
                  SLICE_ARGS(text_slice(&found)));
}

// expect order A1/N1 STATE [HOLD...]
static inline void expect_order(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    (void)came;
    static const char state_sql[] = "SELECT state FROM sales_order WHERE account = $1 AND id = $2";
    static const char holds_sql[] =
        "SELECT kind, reason FROM order_hold WHERE account = $1 AND order_id = $2 AND released_at IS NULL";
    static const char why_sql[] =
        "SELECT code, text FROM order_reason r WHERE account = $1 AND order_id = $2 "
        "ORDER BY event_seq DESC, position";
    if (count < 2)
        STEP_FAIL(buyers, "%s", "expect order ACCOUNT/ORDER STATE [HOLD...]");
    struct db_rows states = expect_rows(buyers, state_sql, words[0]),
                   holds = expect_rows(buyers, holds_sql, words[0]),
                   why = expect_rows(buyers, why_sql, words[0]);
    const char *state = order_state_name((enum order_state)db_rows_number(&states, 0, 0));
    if (!slice_is(words[1], state))
        STEP_FAIL(buyers, "the order is %s: %.*s %.*s %.*s %.*s", state,
                  SLICE_ARGS(holds.count ? db_rows_slice(&holds, 0, 0) : (struct slice){ 0 }),
                  SLICE_ARGS(holds.count ? db_rows_slice(&holds, 0, 1) : (struct slice){ 0 }),
                  SLICE_ARGS(why.count ? db_rows_slice(&why, 0, 0) : (struct slice){ 0 }),
                  SLICE_ARGS(why.count ? db_rows_slice(&why, 0, 1) : (struct slice){ 0 }));
    same_words(buyers, "holds", words + 2, count - 2, &holds, 0);
}

// expect reasons A1/N1 CODE...: of its last event that gave any
static inline void expect_reasons(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    (void)came;
    static const char sql[] =
        "SELECT code FROM order_reason WHERE account = $1 AND order_id = $2 AND event_seq = (SELECT "
        "max(event_seq) FROM order_reason WHERE account = $1 AND order_id = $2)";
    if (!count)
        STEP_FAIL(buyers, "%s", "expect reasons ACCOUNT/ORDER CODE...");
    struct db_rows rows = expect_rows(buyers, sql, words[0]);
    same_words(buyers, "reasons", words + 1, count - 1, &rows, 0);
}

static inline bool text_contains(struct slice text, struct slice part)
{
    if (part.size > text.size)
        return false;
    for (size_t at = 0; at + part.size <= text.size; at++)
        if (part.size == 0 || memcmp(text.data + at, part.data, part.size) == 0)
            return true;
    return false;
}

// expect says A1/N1 "WORDS": a reason of the order, or of a hold that is open, has them
static inline void expect_says(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    (void)came;
    static const char sql[] =
        "SELECT text FROM order_reason WHERE account = $1 AND order_id = $2 UNION SELECT reason FROM "
        "order_hold WHERE account = $1 AND order_id = $2 AND released_at IS NULL";
    if (count != 2)
        STEP_FAIL(buyers, "%s", "expect says ACCOUNT/ORDER \"WORDS\"");
    struct db_rows rows = expect_rows(buyers, sql, words[0]);
    struct text told = text_in(buyers->arena);
    for (size_t row = 0; row < rows.count; row++) {
        if (text_contains(db_rows_slice(&rows, row, 0), case_unquoted(words[1])))
            return;
        text_printf(&told, "\n    %.*s", SLICE_ARGS(db_rows_slice(&rows, row, 0)));
    }
    STEP_FAIL(buyers, "nothing says so, but:%.*s", SLICE_ARGS(text_slice(&told)));
}

// expect parked ["WORDS"], expect recorded, expect answered, expect held, expect repeated
static inline void expect_outcome(struct buyers *buyers, const struct came *came, struct slice word,
                                  struct slice *words, size_t count)
{
    static const char *const names[] = {
        [OUTCOME_NONE] = "undecided",    [OUTCOME_ANSWERED] = "answered", [OUTCOME_HELD] = "held",
        [OUTCOME_RECORDED] = "recorded", [OUTCOME_REPEATED] = "repeated", [OUTCOME_PARKED] = "parked",
        [OUTCOME_REROUTED] = "rerouted"
    };
    if (!slice_is(word, names[came->outcome]))
        STEP_FAIL(buyers, "the document was %s: %.*s", names[came->outcome], SLICE_ARGS(came->park_reason));
    for (size_t i = 0; i < count; i++)
        if (!text_contains(came->park_reason, case_unquoted(words[i])))
            STEP_FAIL(buyers, "it was parked because: %.*s", SLICE_ARGS(came->park_reason));
}

static inline struct slice field_text(struct buyers *buyers, const struct document *field)
{
    struct text text = text_in(buyers->arena);
    char number[INSTANT_TEXT_SIZE + DECIMAL_TEXT_SIZE];
    switch (field->kind) {
    case DOCUMENT_TEXT:
        return field->text;
    case DOCUMENT_BOOLEAN:
        return field->integer ? SLICE("true") : SLICE("false");
    case DOCUMENT_INTEGER:
        return arena_printf(buyers->arena, "%lld", (long long)field->integer);
    case DOCUMENT_DECIMAL:
        return arena_copy(buyers->arena, slice_of(decimal_text(field->integer, field->scale, number)));
    case DOCUMENT_INSTANT:
        return arena_copy(buyers->arena, slice_of(instant_text(field->integer, number)));
    case DOCUMENT_DATE:
        return arena_copy(buyers->arena, slice_of(date_text((int32_t)field->integer, number)));
    case DOCUMENT_LIST:
        for (const struct document *item = field->first; item; item = item->next)
            text_printf(&text, "%s%.*s", text.size ? "," : "", SLICE_ARGS(field_text(buyers, item)));
        return text_slice(&text);
    case DOCUMENT_RECORD:
        json_write(field, &text);
        return text_slice(&text);
    case DOCUMENT_NULL:
    case DOCUMENT_BYTES:
        break;
    }
    return (struct slice){ 0 };
}

// "state=open" is the whole field, "reason~limit" a part of it; items of a list are joined by commas.
static inline bool field_fits(struct buyers *buyers, const struct document *document, struct slice word)
{
    size_t at = 0;
    while (at < word.size && word.data[at] != '=' && word.data[at] != '~')
        at++;
    if (at == word.size)
        STEP_FAIL(buyers, "'%.*s' is neither field=value nor field~part", SLICE_ARGS(word));
    struct slice name = { word.data, at }, value = { word.data + at + 1, word.size - at - 1 };
    const struct document *field = document_get(document, arena_string(buyers->arena, name));
    struct slice text = field ? field_text(buyers, field) : (struct slice){ 0 };
    return word.data[at] == '=' ? slice_equal(text, case_unquoted(value))
                                : text_contains(text, case_unquoted(value));
}

static inline size_t count_came(struct buyers *buyers, const struct came *came, struct slice *words,
                                size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < came->count; i++) {
        bool fits = slice_is(words[0], came->documents[i]->type);
        for (size_t j = 1; fits && j < count; j++)
            fits = field_fits(buyers, came->documents[i], words[j]);
        found += fits;
    }
    return found;
}

// expect TYPE [field=value...], expect no TYPE [...], expect 3 TYPE [...]: what the last step has sent
static inline void expect_sent(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    int64_t want = -1;
    if (slice_is(words[0], "no"))
        want = 0;
    else
        slice_integer(words[0], &want);
    struct slice *type = want >= 0 ? words + 1 : words;
    size_t left = want >= 0 ? count - 1 : count;
    if (!left || type->data[0] < 'A' || type->data[0] > 'Z')
        STEP_FAIL(buyers, "nobody knows what '%.*s' is", SLICE_ARGS(words[0]));
    size_t found = count_came(buyers, came, type, left);
    if (want >= 0 ? found == (size_t)want : found > 0)
        return;
    struct text told = text_in(buyers->arena);
    for (size_t i = 0; i < came->count; i++) {
        text_printf(&told, "\n    ");
        json_write(came->documents[i], &told);
    }
    STEP_FAIL(buyers, "%zu were sent, among:%.*s", found, SLICE_ARGS(text_slice(&told)));
}

// expect sql "SELECT ..." "VALUE|VALUE": the columns of all rows as text, rows apart by blanks
static inline void expect_sql(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    (void)came;
    if (count != 2)
        STEP_FAIL(buyers, "%s", "expect sql \"SELECT ...\" \"VALUE\"");
    struct error error = { 0 };
    struct db_rows rows;
    struct slice sql = arena_printf(
        buyers->lasting,
        "SELECT COALESCE(string_agg(array_to_string(ARRAY(SELECT value FROM json_each_text(to_json(q))), "
        "'|', ''), ' '), '') FROM (%.*s) AS q",
        SLICE_ARGS(case_unquoted(words[0])));
    must(db_query(buyers->db, buyers->arena, sql.data, NULL, 0, &rows, &error), &error);
    buyers->statements++;
    struct slice got = db_rows_slice(&rows, 0, 0);
    if (!slice_equal(got, case_unquoted(words[1])))
        STEP_FAIL(buyers, "got \"%.*s\"", SLICE_ARGS(got));
}

static inline void expect(struct buyers *buyers, struct came *came, struct slice *words, size_t count)
{
    static const struct {
        const char *word;
        void (*check)(struct buyers *, struct came *, struct slice *, size_t);
    } checks[] = { { "order", expect_order },
                   { "reasons", expect_reasons },
                   { "says", expect_says },
                   { "sql", expect_sql } };
    static const char *const outcomes[] = { "parked", "recorded", "answered", "held", "repeated" };
    if (!count)
        STEP_FAIL(buyers, "%s", "nothing is expected");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (slice_is(words[0], checks[i].word)) {
            checks[i].check(buyers, came, words + 1, count - 1);
            return;
        }
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (slice_is(words[0], outcomes[i])) {
            expect_outcome(buyers, came, words[0], words + 1, count - 1);
            return;
        }
    expect_sent(buyers, came, words, count);
}

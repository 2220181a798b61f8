// SPDX-License-Identifier: Apache-2.0
// Lines of a case into documents: "TYPE key=value ..." or "TYPE {json}", and short words for the frequent ones.
#pragma once

#include "base/finding.h"
#include "buyers_case.h"
#include "doors/avro.h"
#include "doors/json.h"

struct buyers {
    struct arena *arena;   // of the case
    struct arena *lasting; // of the program: statements are prepared by the address of their text
    struct db *db;
    struct avro_catalogue *catalogue;
    size_t statements; // that `expect sql` has prepared since the connection was opened
    const struct step *step;
    int64_t now_us;
};

#define STEP_FAIL(buyers, format, ...)                                                                       \
    fail_msg("%s:%d: %.*s\n    " format, (buyers)->step->file, (buyers)->step->line,                         \
             SLICE_ARGS((buyers)->step->text), __VA_ARGS__)

// "A1/N1"
static inline void split_order(struct buyers *buyers, struct slice word, struct slice *account,
                               struct slice *number)
{
    *number = word;
    *account = slice_cut(number, '/');
    if (slice_empty(*account) || slice_empty(*number))
        STEP_FAIL(buyers, "'%.*s' is not ACCOUNT/ORDER", SLICE_ARGS(word));
}

static inline int64_t order_id(struct buyers *buyers, struct slice word)
{
    static const char sql[] = "SELECT id FROM sales_order WHERE account = $1 AND order_number = $2 "
                              "ORDER BY version DESC, id DESC";
    struct slice account, number;
    struct error error = { 0 };
    struct db_rows rows;
    split_order(buyers, word, &account, &number);
    struct db_value values[] = { db_text(account), db_text(number) };
    must(db_query(buyers->db, buyers->arena, sql, values, 2, &rows, &error), &error);
    if (rows.count == 0)
        STEP_FAIL(buyers, "there is no order %.*s", SLICE_ARGS(word));
    return db_rows_number(&rows, 0, 0);
}

// Adds a field; JSON where the value begins like it.
static inline void add_field(struct buyers *buyers, struct document *document, struct slice name,
                             struct slice value)
{
    struct arena *arena = buyers->arena;
    const char *field = arena_string(arena, name);
    if (value.size && strchr("[{", value.data[0])) {
        struct document *wrapped;
        struct error error = { 0 };
        char text[1024];
        if (!json_read(arena_printf(arena, "{\"v\":%.*s}", SLICE_ARGS(value)), arena, &wrapped, &error))
            STEP_FAIL(buyers, "%s", error_text(&error, text, sizeof text));
        struct document *child = wrapped->first;
        child->next = NULL;
        document_add(document, field, child);
    } else {
        document_add_text(arena, document, field, case_unquoted(value));
    }
}

static inline bool add_pair(struct buyers *buyers, struct document *document, struct slice word)
{
    struct slice value = word, name = slice_cut(&value, '=');
    if (name.size == word.size)
        return false;
    add_field(buyers, document, name, value);
    return true;
}

// "P1*6", "P1*6@CC1": a product, a quantity and a cost centre.
static inline bool add_goods(struct buyers *buyers, struct document *line, struct slice word)
{
    struct slice rest = word, product = slice_cut(&rest, '*'), quantity = slice_cut(&rest, '@');
    if (product.size == word.size)
        return false;
    document_add_text(buyers->arena, line, "seller_part", product);
    document_add_text(buyers->arena, line, "quantity", quantity);
    if (!slice_empty(rest))
        document_add_text(buyers->arena, line, "cost_centre", rest);
    return true;
}

// order A1/N1 [USER] GOODS... [key=value...]
static inline struct document *word_order(struct buyers *buyers, struct slice *words, size_t count)
{
    struct arena *arena = buyers->arena;
    struct slice account, number;
    struct document *document = document_record(arena, "PurchaseOrder");
    struct document *lines = document_list(arena);
    bool dated = false;
    split_order(buyers, words[1], &account, &number);
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "order_number", number);
    for (size_t i = 2; i < count; i++) {
        if (memchr(words[i].data, '=', words[i].size)) {
            dated = dated || slice_starts(words[i], "ordered_at=");
            add_pair(buyers, document, words[i]);
        } else if (memchr(words[i].data, '*', words[i].size)) {
            struct document *line = document_add_record(arena, lines, NULL, NULL);
            document_add_text(arena, line, "number", arena_printf(arena, "%u", lines->count));
            add_goods(buyers, line, words[i]);
        } else {
            document_add_text(arena, document, "user", words[i]);
        }
    }
    char instant[INSTANT_TEXT_SIZE];
    if (!dated)
        document_add_text(arena, document, "ordered_at",
                          arena_copy(arena, slice_of(instant_text(buyers->now_us, instant))));
    if (!document_get(document, "currency"))
        document_add_text(arena, document, "currency", SLICE("EUR"));
    if (!document_get(document, "lines"))
        document_add(document, "lines", lines);
    return document;
}

// change A1/N1 C1 [USER] 1=P1*5 +3=P2*1 -2 [key=value...]; cancel A1/N1 C1 [USER] [key=value...]
static inline struct document *word_change(struct buyers *buyers, struct slice *words, size_t count)
{
    struct arena *arena = buyers->arena;
    struct slice account, number;
    char instant[INSTANT_TEXT_SIZE];
    struct document *document = document_record(arena, "OrderChange");
    struct document *lines = document_list(arena);
    split_order(buyers, words[1], &account, &number);
    if (count < 3)
        STEP_FAIL(buyers, "%s", "a change has a number");
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "order_number", number);
    document_add_text(arena, document, "change_number", words[2]);
    document_add_text(arena, document, "action", words[0]);
    document_add_text(arena, document, "requested_at",
                      arena_copy(arena, slice_of(instant_text(buyers->now_us, instant))));
    for (size_t i = 3; i < count; i++) {
        struct slice word = words[i];
        char sign = word.data[0];
        if (!strchr("+-0123456789", sign)) {
            if (!add_pair(buyers, document, word))
                document_add_text(arena, document, "user", word);
            continue;
        }
        struct slice goods = word, line_number = slice_cut(&goods, '=');
        if (sign == '+' || sign == '-')
            line_number = (struct slice){ line_number.data + 1, line_number.size - 1 };
        struct document *line = document_add_record(arena, lines, NULL, NULL);
        document_add_text(arena, line, "number", line_number);
        document_add_text(arena, line, "action",
                          sign == '+'   ? SLICE("add")
                          : sign == '-' ? SLICE("delete")
                                        : SLICE("change"));
        if (sign != '-' && !add_goods(buyers, line, goods))
            STEP_FAIL(buyers, "'%.*s' is no line", SLICE_ARGS(word));
    }
    document_add(document, "lines", lines);
    return document;
}

// approve A1/N1 ACTOR [key=value...], reject A1/N1 ACTOR [key=value...]
static inline struct document *word_decision(struct buyers *buyers, struct slice *words, size_t count)
{
    struct arena *arena = buyers->arena;
    struct slice account, number;
    char id[ORDER_ID_TEXT_SIZE];
    if (count < 3)
        STEP_FAIL(buyers, "%s", "a decision has an actor");
    split_order(buyers, words[1], &account, &number);
    struct document *document = document_record(arena, "ApprovalDecision");
    document_add_text(arena, document, "account", account);
    document_add_text(arena, document, "order_id",
                      arena_copy(arena, slice_of(order_id_text(order_id(buyers, words[1]), id))));
    if (!slice_is(words[0], "decide"))
        document_add_text(arena, document, "decision", words[0]);
    document_add_text(arena, document, "actor", words[2]);
    for (size_t i = 3; i < count; i++)
        if (!add_pair(buyers, document, words[i]))
            STEP_FAIL(buyers, "'%.*s' is not key=value", SLICE_ARGS(words[i]));
    char instant[INSTANT_TEXT_SIZE];
    if (!document_get(document, "decided_at"))
        document_add_text(arena, document, "decided_at",
                          arena_copy(arena, slice_of(instant_text(buyers->now_us, instant))));
    return document;
}

// price P1 10 [key=value...]: for a piece, in EUR, since 2026
static inline struct document *word_price(struct buyers *buyers, struct slice *words, size_t count)
{
    static const char *const usual[][2] = { { "currency", "EUR" },
                                            { "unit", "PCE" },
                                            { "valid_from", "2026-01-01" } };
    struct arena *arena = buyers->arena;
    struct document *document = document_record(arena, "Price");
    if (count < 3)
        STEP_FAIL(buyers, "%s", "a price is for a product and has an amount");
    document_add_text(arena, document, "product", words[1]);
    struct document *scales = document_add_list(arena, document, "scales");
    struct document *scale = document_add_record(arena, scales, NULL, NULL);
    document_add_text(arena, scale, "from_quantity", SLICE("0"));
    document_add_text(arena, scale, "unit_price", words[2]);
    for (size_t i = 3; i < count; i++)
        add_pair(buyers, document, words[i]);
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (!document_get(document, usual[i][0]))
            document_add_text(arena, document, usual[i][0], slice_of(usual[i][1]));
    return document;
}

// review A1 CAUSE
static inline struct document *word_review(struct buyers *buyers, struct slice *words, size_t count)
{
    struct document *document = document_record(buyers->arena, "AccountReview");
    if (count != 3)
        STEP_FAIL(buyers, "%s", "a review is of an account and has a cause");
    document_add_text(buyers->arena, document, "account", words[1]);
    document_add_text(buyers->arena, document, "cause", words[2]);
    return document;
}

static inline struct document *word_any(struct buyers *buyers, struct slice *words, size_t count)
{
    struct arena *arena = buyers->arena;
    struct document *document = document_record(arena, arena_string(arena, words[0]));
    if (count == 2 && words[1].data[0] == '{') {
        struct error error = { 0 };
        char text[1024];
        if (!json_read(words[1], arena, &document, &error))
            STEP_FAIL(buyers, "%s", error_text(&error, text, sizeof text));
        document->type = arena_string(arena, words[0]);
        return document;
    }
    for (size_t i = 1; i < count; i++)
        if (!add_pair(buyers, document, words[i]))
            STEP_FAIL(buyers, "'%.*s' is not key=value", SLICE_ARGS(words[i]));
    return document;
}

static const struct {
    const char *word;
    struct document *(*read)(struct buyers *, struct slice *, size_t);
} buyers_words[] = {
    { "order", word_order },       { "change", word_change },   { "cancel", word_change },
    { "approve", word_decision },  { "reject", word_decision }, { "price", word_price },
    { "review", word_review },     { "return", word_decision }, { "answer", word_decision },
    { "withdraw", word_decision }, { "decide", word_decision }, { "reassign", word_decision },
};

// The document as it would come from a topic: checked against its schema, to Avro and back.
static inline struct document *through_avro(struct buyers *buyers, const struct document *document)
{
    struct error error = { 0 };
    struct slice bytes;
    struct document *copy;
    char text[1024];
    if (!avro_encode(buyers->catalogue, "test", document, buyers->arena, &bytes, &error) ||
        !avro_decode(buyers->catalogue, "test", arena_copy(buyers->arena, bytes), buyers->arena, &copy,
                     &error))
        STEP_FAIL(buyers, "%s: %s", document->type, error_text(&error, text, sizeof text));
    return copy;
}

// NULL where the line does not begin with a document.
static inline struct document *document_of(struct buyers *buyers, struct slice *words, size_t count)
{
    struct document *(*read)(struct buyers *, struct slice *, size_t) = NULL;
    for (size_t i = 0; i < sizeof buyers_words / sizeof *buyers_words; i++)
        if (slice_is(words[0], buyers_words[i].word))
            read = buyers_words[i].read;
    if (!read && (words[0].data[0] < 'A' || words[0].data[0] > 'Z'))
        return NULL;
    struct document *document = (read ? read : word_any)(buyers, words, count);
    struct findings findings = { .arena = buyers->arena };
    struct text told = text_in(buyers->arena);
    if (!avro_conform(buyers->catalogue, document->type, document, buyers->arena, &findings)) {
        for (size_t i = 0; i < findings.count; i++)
            finding_print(&findings.items[i], "document", &told);
        STEP_FAIL(buyers, "%.*s", SLICE_ARGS(text_slice(&told)));
    }
    return through_avro(buyers, document);
}

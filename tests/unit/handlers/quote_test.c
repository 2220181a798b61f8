// SPDX-License-Identifier: Apache-2.0
// What is quoted, what is not, and why.
#include "quote_testing.h"

static int64_t *valid_days(void)
{
    return quote_stage.settings[0].address;
}

static void facts(struct fixture *fixture)
{
    fixture_open(fixture);
    *valid_days() = 30;
    fixture_account(fixture, "A1", NULL, NULL);
    fixture_account(fixture, "SHUT", NULL, NULL)->status = ACCOUNT_BLOCKED;
    fixture_account(fixture, "WAITS", NULL, NULL)->status = ACCOUNT_UNDER_CHECK;
    fixture_user(fixture, "A1", "ann");
    fixture_user(fixture, "A1", "gone")->active = false;
    fixture_unit(fixture, fixture_product(fixture, "P1", ""), "BX", "12");
    fixture_product(fixture, "P2", "");
    fixture_product(fixture, "OLD", "")->active = false;
    struct condition *own = fixture_price(fixture, "P1", "A1", "9");
    own->step_count = 2;
    own->steps[1] = (struct price_step){ 100 * QUANTITY_ONE, 80000 };
    fixture_price(fixture, "P1", "", "10");
    trade_put_part(fixture->trade, SLICE("A1"), SLICE("B-1"), SLICE("P1"));
}

// What quote's gather does with a request.
static struct quote *take(struct fixture *fixture, const struct document *document)
{
    struct quoting *quoting = fixture->trade->quoting;
    if (!quoting)
        quoting = fixture->trade->quoting = ARENA_NEW(fixture->arena, struct quoting);
    struct quote *quote = quote_read(fixture->arena, fixture_item(fixture, document));
    quote->asked->ordered_at = fixture->batch.now_us;
    quoting->quotes = arena_grow(fixture->arena, quoting->quotes, &quoting->capacity, quoting->count + 1,
                                 sizeof(struct quote *));
    quoting->quotes[quoting->count++] = quote;
    return quote;
}

static const struct document *quotation(const struct fixture *fixture)
{
    const struct document *document = NULL;
    assert_int_equal(fixture_published(fixture, TOPIC_QUOTES, &document), 1);
    return document;
}

static const char *shown(struct fixture *fixture, const struct document *document)
{
    struct text text = text_in(fixture->arena);
    for (const struct document *line = document_items(document, "lines"); line; line = line->next) {
        char price[DECIMAL_TEXT_SIZE], amount[DECIMAL_TEXT_SIZE];
        int64_t price4 = 0, amount4 = 0;
        document_decimal(line, "unit_price", MONEY_SCALE, &price4);
        document_decimal(line, "amount", MONEY_SCALE, &amount4);
        text_printf(&text, "%.*s %s %s;", SLICE_ARGS(document_text(line, "status")),
                    decimal_text(price4, MONEY_SCALE, price), decimal_text(amount4, MONEY_SCALE, amount));
    }
    for (const struct document *at = document_items(document, "reasons"); at; at = at->next)
        text_printf(&text, " %.*s:%.*s", SLICE_ARGS(document_text(at, "line")),
                    SLICE_ARGS(document_text(at, "code")));
    return arena_string(fixture->arena, text_slice(&text));
}

// One line each: what it names, and what is answered.
static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *field, *part, *quantity, *unit, *status, *shown;
    } cases[] = {
        { "seller_part", "P1", "3", NULL, "offered", "offered 9 27;" },
        { "buyer_part", "B-1", "100", NULL, "offered", "offered 8 800;" },
        { "seller_part", "P1", "2", "BX", "offered", "offered 108 216;" },
        { "seller_part", "P1", "2", "KGM", "refused", "not_offered 0 0; 1:unknown_unit" },
        { "seller_part", "P1", "0", NULL, "refused", "not_offered 0 0; 1:invalid_quantity" },
        { "seller_part", "P2", "1", NULL, "refused", "not_offered 0 0; 1:no_price" },
        { "seller_part", "OLD", "1", NULL, "refused", "not_offered 0 0; 1:discontinued_product" },
        { "gtin", "04012345000016", "1", NULL, "refused", "not_offered 0 0; 1:unknown_product" },
        { "description", "A thing", "1", NULL, "refused", "not_offered 0 0; 1:no_product" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct document *document = quote_request(fixture.arena, "A1", "RQ");
        struct document *line = fixture_line(fixture.arena, document, "1", NULL, cases[i].quantity);
        document_add_text(fixture.arena, line, cases[i].field, slice_of(cases[i].part));
        if (cases[i].unit)
            document_add_text(fixture.arena, line, "unit", slice_of(cases[i].unit));
        // What the buyer has in mind moves nothing.
        fixture_money(fixture.arena, line, "target_price", "1");
        take(&fixture, document);
        fixture_decide(&fixture);
        assert_int_equal(fixture.items[0].outcome, OUTCOME_ANSWERED);
        const struct document *answer = quotation(&fixture);
        if (strcmp(shown(&fixture, answer), cases[i].shown) != 0)
            fail_msg("case %zu: got %s, want %s", i, shown(&fixture, answer), cases[i].shown);
        ASSERT_SLICE(document_text(answer, "status"), cases[i].status);
        ASSERT_SLICE(document_text(answer, "currency"), "EUR");
        fixture_close(&fixture);
    }
}

// The whole request is refused, and no price is told.
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *account, *user, *currency, *second, *reasons;
    } cases[] = {
        { "NOBODY", "", "", "2", "not_offered 0 0;not_offered 0 0; :unknown_account" },
        { "SHUT", "", "", "2", "not_offered 0 0;not_offered 0 0; :account_blocked" },
        { "WAITS", "", "", "2", "not_offered 0 0;not_offered 0 0; :account_under_check" },
        { "A1", "eve", "", "2", "not_offered 0 0;not_offered 0 0; :unknown_user" },
        { "A1", "gone", "USD", "2", "not_offered 0 0;not_offered 0 0; :inactive_user :wrong_currency" },
        { "A1", "", "", "1", "not_offered 0 0;not_offered 0 0; :repeated_line" },
        { "A1", "ann@buyer.example", "EUR", "2", "offered 9 9;offered 9 18;" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct document *document = quote_request(fixture.arena, cases[i].account, "RQ");
        document_add_text(fixture.arena, document, "user", slice_of(cases[i].user));
        document_add_text(fixture.arena, document, "currency", slice_of(cases[i].currency));
        fixture_line(fixture.arena, document, "1", "P1", "1");
        fixture_line(fixture.arena, document, cases[i].second, "P1", "2");
        take(&fixture, document);
        fixture_decide(&fixture);
        const struct document *answer = quotation(&fixture);
        if (strcmp(shown(&fixture, answer), cases[i].reasons) != 0)
            fail_msg("case %zu: got %s, want %s", i, shown(&fixture, answer), cases[i].reasons);
        assert_int_equal(slice_is(document_text(answer, "status"), "refused"), i != 6);
        fixture_close(&fixture);
    }
}

static void some_lines_and_how_long(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture);
    *valid_days() = 14;
    struct document *document = quote_request(fixture.arena, "A1", "RQ");
    document_add_text(fixture.arena, document, "channel", SLICE("edifact"));
    document_add_text(fixture.arena, document, "partner", SLICE("acme"));
    document_add_text(fixture.arena, document, "reply_reference", SLICE("R1/1"));
    fixture_line(fixture.arena, document, "10", "P1", "1");
    fixture_line(fixture.arena, document, "20", "P9", "2");
    take(&fixture, document);
    fixture_decide(&fixture);
    const struct document *answer = quotation(&fixture);
    int32_t from = 0, until = 0;
    int64_t total = 0;
    assert_true(document_date(answer, "valid_from", &from) && document_date(answer, "valid_until", &until));
    assert_int_equal(from, instant_date(fixture.batch.now_us));
    assert_int_equal(until - from, 14);
    assert_true(document_decimal(answer, "total", MONEY_SCALE, &total));
    assert_int_equal(total, 90000);
    ASSERT_SLICE(document_text(answer, "status"), "partly_offered");
    assert_int_equal(fixture.batch.owed_count, 1);
    ASSERT_SLICE(fixture.batch.owed[0].id, "quote/3-100");
    ASSERT_SLICE(fixture.batch.owed[0].partner, "acme");
    ASSERT_SLICE(fixture.batch.owed[0].reference, "R1/1");
    // Nothing is ordered by asking.
    assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, NULL), 0);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 0);
    *valid_days() = 30;
    fixture_close(&fixture);
}

static void requests_without_a_key_are_parked(void **state)
{
    (void)state;
    static char key[300];
    memset(key, 'k', sizeof key - 1);
    static const struct {
        const char *account, *number, *why;
    } cases[] = {
        { "", "RQ", "the request for a quote has no account" },
        { "A1", "", "the request for a quote has no request_number" },
        { "A1", key,
          "the request's request_number is longer than 200 bytes: "
          "'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        fixture_item(&fixture, quote_request(fixture.arena, cases[i].account, cases[i].number));
        fixture_decide(&fixture);
        assert_int_equal(fixture.items[0].outcome, OUTCOME_PARKED);
        ASSERT_SLICE(fixture.items[0].park_reason, cases[i].why);
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lines), cmocka_unit_test(refusals),
                                        cmocka_unit_test(some_lines_and_how_long),
                                        cmocka_unit_test(requests_without_a_key_are_parked) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Which price counts, what it comes to, and that its trace says the same.
#include "fixture.h"
#include "handlers/price/price_trace.h"

static void facts(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_account(fixture, "A1", NULL, NULL);
    fixture_account(fixture, "A2", NULL, NULL);
    fixture_unit(fixture, fixture_product(fixture, "P1", ""), "BX", "12");
    fixture_product(fixture, "P2", "");
    fixture_product(fixture, "P 3", "");
    fixture_price(fixture, "P1", "", "10");
    struct condition *own = fixture_price(fixture, "P1", "A1", "9");
    own->step_count = 3;
    own->steps[1] = (struct price_step){ 24 * QUANTITY_ONE, 85000 };
    own->steps[2] = (struct price_step){ 100 * QUANTITY_ONE, 80001 };
    struct condition *expired = fixture_price(fixture, "P1", "A1", "1");
    expired->has_end = true;
    expired->valid_to = date_from_civil(2026, 6, 14);
    fixture_price(fixture, "P1", "A1", "2")->valid_from = date_from_civil(2026, 6, 16);
    fixture_price(fixture, "P1", "A1", "3")->currency = SLICE("USD");
    fixture_price(fixture, "P1", "A1", "4")->unit = SLICE("PAL");
    struct condition *per_hundred = fixture_price(fixture, "P 3", "", "12.34");
    per_hundred->price_basis = 100 * QUANTITY_ONE;
}

static void replay(const struct order *order)
{
    for (size_t i = 0; i < order->line_count; i++) {
        struct error error = { 0 };
        int64_t amount = -1;
        if (!order->lines[i].priced)
            continue;
        if (!price_trace_replay(order->lines[i].trace, &amount, &error))
            fail_msg("%s", error.message);
        assert_int_equal(amount, order->lines[i].amount);
    }
}

static void records_and_steps(void **state)
{
    (void)state;
    static const struct {
        const char *account, *product, *quantity, *unit;
        int64_t unit_price, amount;
        const char *trace;
    } cases[] = {
        { "A1", "P1", "1", NULL, 90000, 900,
          "account=A1/P1/EUR/PCE/2026-01-01 step=0 price=9 basis=1 factor=1 per=1 quantity=1 "
          "rounding=half-up/2 amount=9" },
        { "A1", "P1", "23.999999", NULL, 90000, 21600, NULL },
        { "A1", "P1", "24", NULL, 85000, 20400, NULL },
        { "A1", "P1", "2", "BX", 1020000, 20400, NULL }, // two boxes reach the step of 24 pieces
        { "A1", "P1", "100", NULL, 80001, 80001, NULL },
        { "A2", "P1", "100", NULL, 100000, 100000, NULL },
        { "A2", "P 3", "7", NULL, 123400, 86,
          "list=P 3/EUR/PCE/2026-01-01 step=0 price=12.34 basis=100 factor=1 per=1 quantity=7 "
          "rounding=half-up/2 "
          "amount=0.86" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct document *document = fixture_document(fixture.arena, cases[i].account, "N");
        struct document *line =
            fixture_line(fixture.arena, document, "1", cases[i].product, cases[i].quantity);
        if (cases[i].unit)
            document_add_text(fixture.arena, line, "unit", slice_of(cases[i].unit));
        struct order *order = fixture_order(&fixture, document);
        fixture_decide(&fixture);
        if (order->lines[0].unit_price != cases[i].unit_price || order->lines[0].amount != cases[i].amount)
            fail_msg("case %zu: got %lld %lld, want %lld %lld", i, (long long)order->lines[0].unit_price,
                     (long long)order->lines[0].amount, (long long)cases[i].unit_price,
                     (long long)cases[i].amount);
        if (cases[i].trace)
            ASSERT_SLICE(order->lines[0].trace, cases[i].trace);
        assert_int_equal(order->total, cases[i].amount);
        replay(order);
        fixture_close(&fixture);
    }
}

static void no_price_is_a_reason(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture);
    struct order *order = fixture_simple(&fixture, "A1", "N", "P2", "1");
    fixture_decide(&fixture);
    assert_string_equal(fixture_codes(&fixture, order), "no_price");
    ASSERT_SLICE(order->reasons[0].text, "line 1: product P2 has no price in EUR on 2026-06-15");
    assert_int_equal(order->next_state, ORDER_REJECTED);
    fixture_close(&fixture);
}

static void stated_prices(void **state)
{
    (void)state;
    static const struct {
        const char *price, *basis;
        int64_t permille;
        const char *mismatch;
        const char *status;
    } cases[] = {
        { "10", "1", 0, "answer", "accepted" },   { "1000", "100", 0, "answer", "accepted" },
        { "9.99", "1", 0, "answer", "changed" },  { "9.99", "1", 1, "answer", "accepted" },
        { "9.98", "1", 1, "answer", "changed" },  { "9.99", "1", 0, "reject", "rejected" },
        { "10.01", "1", 0, "answer", "changed" },
    };
    const char **mismatch = NULL;
    int64_t *permille = NULL;
    for (const struct setting *setting = price_stage.settings; setting->name; setting++) {
        if (strcmp(setting->name, "mismatch") == 0)
            mismatch = setting->address;
        if (strcmp(setting->name, "tolerance_permille") == 0)
            permille = setting->address;
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        fixture_stock(&fixture, "P1", "S1", "100");
        *mismatch = cases[i].mismatch;
        *permille = cases[i].permille;
        struct document *document = fixture_document(fixture.arena, "A2", "N");
        struct document *line = fixture_line(fixture.arena, document, "1", "P1", "3");
        fixture_money(fixture.arena, line, "unit_price", cases[i].price);
        document_add_decimal(fixture.arena, line, "price_basis",
                             fixture_number(cases[i].basis, QUANTITY_SCALE), QUANTITY_SCALE);
        fixture_order(&fixture, document);
        fixture_decide(&fixture);
        const struct document *response = NULL;
        fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, &response);
        char got[16];
        struct slice status = document_text(document_items(response, "lines"), "status");
        snprintf(got, sizeof got, "%.*s", SLICE_ARGS(status));
        if (strcmp(got, cases[i].status) != 0)
            fail_msg("case %zu: got %s, want %s", i, got, cases[i].status);
        fixture_close(&fixture);
    }
    *mismatch = "answer";
    *permille = 0;
}

// Records lie in any order; the same one is found.
static void order_of_records_is_without_effect(void **state)
{
    (void)state;
    for (int turned = 0; turned < 2; turned++) {
        struct fixture fixture;
        fixture_open(&fixture);
        fixture_account(&fixture, "A1", NULL, NULL);
        fixture_unit(&fixture, fixture_product(&fixture, "P1", ""), "BX", "12");
        for (int i = 0; i < 3; i++) {
            int which = turned ? 2 - i : i;
            struct condition *condition = fixture_price(&fixture, "P1", "",
                                                        which == 0   ? "1"
                                                        : which == 1 ? "2"
                                                                     : "3");
            condition->valid_from = date_from_civil(2026, which == 1 ? 3 : 1, 1);
            if (which == 2)
                condition->unit = SLICE("BX");
        }
        struct order *order = fixture_simple(&fixture, "A1", "N", "P1", "5");
        fixture_decide(&fixture);
        assert_int_equal(order->lines[0].amount, 1000); // the younger one of the ordered unit
        fixture_close(&fixture);
    }
}

static void traces_that_lie(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "nothing",
        "list=P/EUR/PCE/2026-01-01 step=0 price=9 basis=1 factor=1 per=1 quantity=1 rounding=half-up/2 "
        "amount=9.01",
        "list=P/EUR/PCE/2026-01-01 step=0 price=9 basis=0 factor=1 per=1 quantity=1 rounding=half-up/2 "
        "amount=9",
        "list=P/EUR/PCE/2026-01-01 step=0 price=9 basis=1 factor=1 per=0 quantity=1 rounding=half-up/2 "
        "amount=9",
        "list=P/EUR/PCE/2026-01-01 step=0 price=9 basis=1 factor=1 per=1 quantity=1 rounding=down/2 amount=9",
        "list=P/EUR/PCE/2026-01-01 step=0 price=9 basis=1 factor=1 per=1 quantity=1 rounding=half-up/9 "
        "amount=9",
        "list=P/EUR/PCE/2026-01-01 price=9 basis=1 factor=1 per=1 quantity=1 rounding=half-up/2 amount=9",
        "step=0 price=9 basis=1 factor=1 per=1 quantity=1 rounding=half-up/2 amount=9",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        int64_t amount;
        if (price_trace_replay(slice_of(cases[i]), &amount, &error))
            fail_msg("'%s' was taken", cases[i]);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(records_and_steps),
                                        cmocka_unit_test(no_price_is_a_reason),
                                        cmocka_unit_test(stated_prices),
                                        cmocka_unit_test(order_of_records_is_without_effect),
                                        cmocka_unit_test(traces_that_lie) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

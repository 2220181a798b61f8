// SPDX-License-Identifier: Apache-2.0
// Orders that validate stops, and the reasons it gives: all of them.
#include "fixture.h"

static void facts(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_account(fixture, "A1", NULL, NULL);
    fixture_account(fixture, "P", NULL, NULL)->status = ACCOUNT_UNDER_CHECK;
    fixture_account(fixture, "B", NULL, NULL)->status = ACCOUNT_BLOCKED;
    fixture_account(fixture, "C", NULL, NULL)->status = ACCOUNT_CLOSED;
    fixture_user(fixture, "A1", "ann");
    fixture_user(fixture, "A1", "old")->active = false;
    fixture_user(fixture, "A1", "reader")->may_order = false;
    fixture_unit(fixture, fixture_product(fixture, "P1", "04006381333931"), "BX", "12");
    fixture_product(fixture, "P2", "")->active = false;
    fixture_product(fixture, "P3", "");
    trade_put_part(fixture->trade, SLICE("A1"), SLICE("B-1"), SLICE("P1"));
    trade_put_part(fixture->trade, SLICE("A1"), SLICE("B-3"), SLICE("P3"));
    fixture_price(fixture, "P1", "", "10");
    fixture_price(fixture, "P2", "", "10");
    fixture_price(fixture, "P3", "", "10");
    fixture_stock(fixture, "P1", "S1", "1000");
    fixture_stock(fixture, "P3", "S1", "1000");
}

static void parties_and_header(void **state)
{
    (void)state;
    static const struct {
        const char *account, *user, *currency, *total;
        int version;
        const char *codes;
        enum order_state state;
    } cases[] = {
        { "A1", "", "EUR", NULL, 1, "", ORDER_ACCEPTED },
        { "A1", "ann", "EUR", NULL, 1, "", ORDER_ACCEPTED },
        { "A1", "ANN@Buyer.Example", "EUR", NULL, 1, "", ORDER_ACCEPTED },
        { "A1", "bob", "EUR", NULL, 1, "unknown_user", ORDER_REJECTED },
        { "A1", "old", "EUR", NULL, 1, "inactive_user", ORDER_REJECTED },
        { "A1", "reader", "EUR", NULL, 1, "user_may_not_order", ORDER_REJECTED },
        { "A1", "reader", "USD", "-1", 0, "user_may_not_order wrong_currency invalid_version invalid_total",
          ORDER_REJECTED },
        { "A1", "", "XXX", NULL, 1, "unknown_currency", ORDER_REJECTED },
        { "P", "", "EUR", NULL, 1, "", ORDER_HELD },
        { "B", "", "EUR", NULL, 1, "account_blocked", ORDER_REJECTED },
        { "C", "", "EUR", NULL, 1, "account_closed", ORDER_REJECTED },
        { "nobody", "", "EUR", NULL, 1, "unknown_account", ORDER_REJECTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct document *document = document_record(fixture.arena, "PurchaseOrder");
        document_add_text(fixture.arena, document, "account", slice_of(cases[i].account));
        document_add_text(fixture.arena, document, "order_number", SLICE("N"));
        document_add_text(fixture.arena, document, "user", slice_of(cases[i].user));
        document_add_text(fixture.arena, document, "currency", slice_of(cases[i].currency));
        document_add_integer(fixture.arena, document, "version", cases[i].version);
        document_add_instant(fixture.arena, document, "ordered_at", fixture.batch.now_us);
        if (cases[i].total)
            fixture_money(fixture.arena, document, "total", cases[i].total);
        document_add_list(fixture.arena, document, "lines");
        fixture_line(fixture.arena, document, "1", "P1", "1");
        struct order *order = fixture_order(&fixture, document);
        fixture_decide(&fixture);
        const char *got = fixture_codes(&fixture, order);
        if (strcmp(got, cases[i].codes) != 0 || order->next_state != cases[i].state)
            fail_msg("case %zu: got %s '%s', want %s '%s'", i, order_state_name(order->next_state), got,
                     order_state_name(cases[i].state), cases[i].codes);
        fixture_close(&fixture);
    }
}

struct line_case {
    const char *seller, *buyer, *gtin, *unit, *quantity, *price, *amount;
    const char *codes;
    const char *product;
    int64_t base;
};

static struct order *line_order(struct fixture *fixture, const struct line_case *line_case, const char *total)
{
    struct arena *arena = fixture->arena;
    struct document *document = fixture_document(arena, "A1", "N");
    struct document *line = fixture_line(arena, document, "7", line_case->seller, line_case->quantity);
    if (line_case->buyer)
        document_add_text(arena, line, "buyer_part", slice_of(line_case->buyer));
    if (line_case->gtin)
        document_add_text(arena, line, "gtin", slice_of(line_case->gtin));
    if (line_case->unit)
        document_add_text(arena, line, "unit", slice_of(line_case->unit));
    if (line_case->price)
        fixture_money(arena, line, "unit_price", line_case->price);
    if (line_case->amount)
        fixture_money(arena, line, "amount", line_case->amount);
    if (total)
        fixture_money(arena, document, "total", total);
    return fixture_order(fixture, document);
}

static void lines(void **state)
{
    (void)state;
    static const struct line_case cases[] = {
        { "P1", NULL, NULL, NULL, "2", NULL, NULL, "", "P1", 2 },
        { "P1", NULL, NULL, "EA", "2", NULL, NULL, "", "P1", 2 },
        { "P1", NULL, NULL, "H87", "2", NULL, NULL, "", "P1", 2 },
        { "P1", NULL, NULL, "BX", "2", NULL, NULL, "", "P1", 24 },
        { NULL, "B-1", NULL, NULL, "2", NULL, NULL, "", "P1", 2 },
        { NULL, NULL, "4006381333931", NULL, "2", NULL, NULL, "", "P1", 2 }, // without the zero in front
        { "P1", "B-1", "04006381333931", NULL, "2", NULL, NULL, "", "P1", 2 },
        { "P1", "B-9", NULL, NULL, "2", NULL, NULL, "", "P1",
          2 }, // a number we never heard of contradicts nothing
        { "P1", "B-3", NULL, NULL, "2", NULL, NULL, "part_mismatch", "P1", 2 },
        { "P1", NULL, "4006381333932", NULL, "2", NULL, NULL, "part_mismatch", "P1", 2 },
        { "P9", NULL, NULL, NULL, "2", NULL, NULL, "unknown_product", "", 0 },
        { NULL, "B-9", NULL, NULL, "2", NULL, NULL, "unknown_product", "", 0 },
        { NULL, NULL, NULL, NULL, "2", NULL, NULL, "no_product", "", 0 },
        { "P2", NULL, NULL, NULL, "2", NULL, NULL, "discontinued_product", "P2", 2 },
        { "P1", NULL, NULL, "KGM", "2", NULL, NULL, "unknown_unit", "P1", 0 },
        { "P3", NULL, NULL, "BX", "2", NULL, NULL, "unknown_unit", "P3", 0 },
        { "P1", NULL, NULL, NULL, "0", NULL, NULL, "invalid_quantity", "P1", 0 },
        { "P1", NULL, NULL, NULL, "-3", NULL, NULL, "invalid_quantity", "P1", 0 },
        { "P1", NULL, NULL, NULL, "2", "-1", NULL, "invalid_price", "P1", 2 },
        { "P1", NULL, NULL, NULL, "2", "10", "20.01", "", "P1", 2 },
        { "P1", NULL, NULL, NULL, "2", "10", "20.02", "amount_mismatch", "P1", 2 },
        { "P2", "B-1", NULL, "KGM", "-1", NULL, NULL,
          "part_mismatch discontinued_product unknown_unit invalid_quantity", "P2", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct order *order = line_order(&fixture, &cases[i], NULL);
        fixture_decide(&fixture);
        const char *got = fixture_codes(&fixture, order);
        if (strcmp(got, cases[i].codes) != 0)
            fail_msg("case %zu: got '%s', want '%s'", i, got, cases[i].codes);
        assert_int_equal(order->next_state, *cases[i].codes ? ORDER_REJECTED : ORDER_ACCEPTED);
        ASSERT_SLICE(order->lines[0].product, cases[i].product);
        assert_int_equal(order->lines[0].base_quantity, cases[i].base * QUANTITY_ONE);
        fixture_close(&fixture);
    }
}

// The buyer reads the numbers that he gave and no others.
static void unknown_products(void **state)
{
    (void)state;
    static const struct {
        struct line_case line;
        const char *text;
    } cases[] = {
        { { "P9", NULL, NULL, NULL, "2", NULL, NULL, NULL, NULL, 0 },
          "line 7: no product is known by seller's number 'P9'" },
        { { NULL, "B-9", "4000000000006", NULL, "2", NULL, NULL, NULL, NULL, 0 },
          "line 7: no product is known by buyer's number 'B-9', GTIN '4000000000006'" },
        { { "P9", "B-9", "4000000000006", NULL, "2", NULL, NULL, NULL, NULL, 0 },
          "line 7: no product is known by seller's number 'P9', buyer's number 'B-9', GTIN '4000000000006'" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct order *order = line_order(&fixture, &cases[i].line, NULL);
        fixture_decide(&fixture);
        assert_int_equal(order->reason_count, 1);
        ASSERT_SLICE(order->reasons[0].text, cases[i].text);
        fixture_close(&fixture);
    }
}

static void totals(void **state)
{
    (void)state;
    static const struct {
        struct line_case line;
        const char *total, *codes;
    } cases[] = {
        { { "P1", NULL, NULL, NULL, "2", "10", NULL, NULL, NULL, 0 }, "20", "" },
        { { "P1", NULL, NULL, NULL, "2", "10", NULL, NULL, NULL, 0 }, "20.01", "" },
        { { "P1", NULL, NULL, NULL, "2", "10", NULL, NULL, NULL, 0 }, "19.98", "total_mismatch" },
        { { "P1", NULL, NULL, NULL, "2", NULL, "20", NULL, NULL, 0 }, "25", "total_mismatch" },
        { { "P1", NULL, NULL, NULL, "2", NULL, NULL, NULL, NULL, 0 }, "25", "" }, // nothing to compare with
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture);
        struct order *order = line_order(&fixture, &cases[i].line, cases[i].total);
        fixture_decide(&fixture);
        const char *got = fixture_codes(&fixture, order);
        if (strcmp(got, cases[i].codes) != 0)
            fail_msg("case %zu: got '%s', want '%s'", i, got, cases[i].codes);
        fixture_close(&fixture);
    }
}

static void numbers_of_lines(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture);
    struct document *twice = fixture_document(fixture.arena, "A1", "N1");
    fixture_line(fixture.arena, twice, "1", "P1", "1");
    fixture_line(fixture.arena, twice, "1", "P3", "1");
    struct order *first = fixture_order(&fixture, twice);
    struct order *none = fixture_order(&fixture, fixture_document(fixture.arena, "A1", "N2"));
    fixture_decide(&fixture);
    assert_string_equal(fixture_codes(&fixture, first), "repeated_line");
    assert_string_equal(fixture_codes(&fixture, none), "no_lines");
    assert_int_equal(none->next_state, ORDER_REJECTED);
    fixture_close(&fixture);
}

static void partial_orders(void **state)
{
    (void)state;
    bool *partial = NULL;
    for (const struct setting *setting = validate_stage.settings; setting->name; setting++)
        if (strcmp(setting->name, "partial") == 0)
            partial = setting->address;
    assert_non_null(partial);
    *partial = true;
    struct fixture fixture;
    facts(&fixture);
    struct document *document = fixture_document(fixture.arena, "A1", "N1");
    fixture_line(fixture.arena, document, "1", "P1", "2");
    fixture_line(fixture.arena, document, "2", "P9", "1");
    struct order *order = fixture_order(&fixture, document);
    struct order *nothing = fixture_simple(&fixture, "A1", "N2", "P9", "1");
    fixture_decide(&fixture);
    *partial = false;
    assert_int_equal(order->next_state, ORDER_ACCEPTED);
    assert_int_equal(order->total, 2000);
    const struct document *response = fixture.batch.publications[1].document;
    ASSERT_SLICE(document_text(response, "status"), "changed");
    ASSERT_SLICE(document_text(document_items(response, "lines")->next, "status"), "rejected");
    assert_int_equal(nothing->next_state, ORDER_REJECTED);
    fixture_close(&fixture);
}

// One bit of what the buyer wrote makes another content; another envelope does not.
static void content(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture);
    struct order *order = fixture_simple(&fixture, "A1", "N1", "P1", "2");
    struct slice hash = order->content_hash;
    order->reply_reference = SLICE("another envelope");
    order->partner = SLICE("another partner");
    assert_true(slice_equal(order_content_hash(order, fixture.arena), hash));
    order->lines[0].quantity++;
    assert_false(slice_equal(order_content_hash(order, fixture.arena), hash));
    order->lines[0].quantity--;
    order->note = SLICE("x");
    assert_false(slice_equal(order_content_hash(order, fixture.arena), hash));
    order->note = (struct slice){ 0 };
    order->lines[0].has_date = true;
    assert_false(slice_equal(order_content_hash(order, fixture.arena), hash));
    // Texts do not run into each other.
    struct order left = { .account_number = SLICE("ab"), .order_number = SLICE("c") },
                 right = { .account_number = SLICE("a"), .order_number = SLICE("bc") };
    assert_false(
        slice_equal(order_content_hash(&left, fixture.arena), order_content_hash(&right, fixture.arena)));
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(parties_and_header),
                                        cmocka_unit_test(lines),
                                        cmocka_unit_test(unknown_products),
                                        cmocka_unit_test(totals),
                                        cmocka_unit_test(numbers_of_lines),
                                        cmocka_unit_test(partial_orders),
                                        cmocka_unit_test(content) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

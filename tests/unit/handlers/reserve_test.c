// SPDX-License-Identifier: Apache-2.0
// Stock: whose site first, who comes first, what is to follow; and an order's life.
#include "fixture.h"
#include "handlers/order/life.h"

static void served_in_order_of_arrival(void **state)
{
    (void)state;
    static const struct {
        const char *site;          // the account's
        const char *stock[3];      // at S1, S2, S3
        const char *quantities[3]; // of orders
        const char *confirmed[3];
        const char *taken[3];
    } cases[] = {
        { "", { "5", "5", "5" }, { "7", NULL, NULL }, { "7", NULL, NULL }, { "5", "2", "0" } },
        { "S3", { "5", "5", "5" }, { "7", NULL, NULL }, { "7", NULL, NULL }, { "2", "0", "5" } },
        { "S9", { "5", "5", "5" }, { "7", NULL, NULL }, { "7", NULL, NULL }, { "5", "2", "0" } },
        { "S2", { "5", "5", "5" }, { "12", "2", "9" }, { "12", "2", "1" }, { "5", "5", "5" } },
        { "", { "0", "0", "0" }, { "1", NULL, NULL }, { "0", NULL, NULL }, { "0", "0", "0" } },
        { "", { "0.5", "0", "0" }, { "1", "1", NULL }, { "0.5", "0", NULL }, { "0.5", "0", "0" } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        fixture_account(&fixture, "A1", NULL, NULL)->site = slice_of(cases[i].site);
        fixture_product(&fixture, "P1", "");
        fixture_price(&fixture, "P1", "", "1");
        struct stock *stock[3];
        for (int j = 0; j < 3; j++)
            stock[j] = fixture_stock(&fixture, "P1", j == 0 ? "S1" : j == 1 ? "S2" : "S3", cases[i].stock[j]);
        struct order *orders[3];
        for (int j = 0; j < 3 && cases[i].quantities[j]; j++)
            orders[j] = fixture_simple(&fixture, "A1",
                                       j == 0   ? "N1"
                                       : j == 1 ? "N2"
                                                : "N3",
                                       "P1", cases[i].quantities[j]);
        fixture_decide(&fixture);
        for (int j = 0; j < 3 && cases[i].quantities[j]; j++) {
            int64_t want = fixture_number(cases[i].confirmed[j], QUANTITY_SCALE);
            const struct line *line = &orders[j]->lines[0];
            if (line->confirmed != want || line->backordered != line->quantity - want ||
                line->waiting != line->backordered)
                fail_msg("case %zu order %d: confirmed %lld", i, j, (long long)line->confirmed);
        }
        for (int j = 0; j < 3; j++)
            assert_int_equal(stock[j]->taken, fixture_number(cases[i].taken[j], QUANTITY_SCALE));
        fixture_close(&fixture);
    }
}

// Two lines of one order see each other's effect.
static void lines_share_stock(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture_account(&fixture, "A1", NULL, NULL);
    fixture_unit(&fixture, fixture_product(&fixture, "P1", ""), "BX", "12");
    fixture_price(&fixture, "P1", "", "1");
    struct stock *stock = fixture_stock(&fixture, "P1", "S1", "20");
    stock->reserved = 2 * QUANTITY_ONE;
    struct document *document = fixture_document(fixture.arena, "A1", "N");
    document_add_text(fixture.arena, fixture_line(fixture.arena, document, "1", "P1", "1"), "unit",
                      SLICE("BX"));
    document_add_text(fixture.arena, fixture_line(fixture.arena, document, "2", "P1", "1"), "unit",
                      SLICE("BX"));
    struct order *order = fixture_order(&fixture, document);
    fixture_decide(&fixture);
    assert_int_equal(order->lines[0].confirmed, QUANTITY_ONE);
    assert_int_equal(order->lines[1].confirmed, QUANTITY_ONE / 2); // 6 of 12
    assert_int_equal(order->lines[1].waiting, 6 * QUANTITY_ONE);
    assert_int_equal(stock->taken, 18 * QUANTITY_ONE);
    fixture_close(&fixture);
}

static void held_and_test_orders_take_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture_account(&fixture, "A1", "5", NULL);
    fixture_account(&fixture, "A2", NULL, NULL);
    fixture_product(&fixture, "P1", "");
    fixture_price(&fixture, "P1", "", "1");
    struct stock *stock = fixture_stock(&fixture, "P1", "S1", "10");
    struct order *held = fixture_simple(&fixture, "A1", "N1", "P1", "6");
    struct document *document = fixture_document(fixture.arena, "A2", "N2");
    fixture_line(fixture.arena, document, "1", "P1", "11");
    document_add_boolean(fixture.arena, document, "test", true);
    struct order *test = fixture_order(&fixture, document);
    fixture_decide(&fixture);
    assert_int_equal(held->next_state, ORDER_HELD);
    assert_int_equal(test->next_state, ORDER_ACCEPTED);
    assert_int_equal(test->lines[0].confirmed, 10 * QUANTITY_ONE);
    assert_int_equal(test->booked, 0);
    assert_int_equal(stock->taken, 0);
    assert_null(test->lines[0].allocations);
    fixture_close(&fixture);
}

// The table has one row for what can happen, and none for what cannot.
static void life(void **state)
{
    (void)state;
    size_t count, found = 0;
    const struct life_step *table = life_table(&count);
    for (int from = 0; from < ORDER_STATE_COUNT; from++)
        for (int event = 0; event < LIFE_EVENT_COUNT; event++) {
            const struct life_step *step = life_step((enum order_state)from, (enum life_event)event);
            if (!step)
                continue;
            found++;
            assert_int_equal(step->from, from);
            assert_int_not_equal(step->to, ORDER_NEW);
            assert_true(step->sentence[strlen(step->sentence) - 1] == '.');
        }
    assert_int_equal(found, count);
    assert_null(life_step(ORDER_REJECTED, LIFE_ACCEPT));
    assert_null(life_step(ORDER_ACCEPTED, LIFE_REJECT));
    assert_null(life_step(ORDER_NEW, LIFE_RELEASE));
    assert_string_equal(table[0].kind, "OrderAccepted");
}

static void subjects(void **state)
{
    (void)state;
    struct arena *arena = arena_open(1 << 20);
    static const struct {
        const char *type, *account, *number, *release;
        size_t account_size, order_size;
    } cases[] = {
        { "PurchaseOrder", "A1", "N1", "", 2, 5 },  { "PurchaseOrder", "A1", "N1", "R", 2, 6 },
        { "ApprovalDecision", "A1", "", "", 2, 0 }, { "AccountReview", "A1", "", "", 2, 0 },
        { "Account", "A1", "", "", 0, 0 },          { "Payment", "A1", "", "", 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document *document = document_record(arena, cases[i].type);
        document_add_text(arena, document, "account", slice_of(cases[i].account));
        document_add_text(arena, document, "order_number", slice_of(cases[i].number));
        document_add_text(arena, document, "release", slice_of(cases[i].release));
        struct subject subject = pipeline.subject(document, arena);
        assert_int_equal(subject.account.size, cases[i].account_size);
        assert_int_equal(subject.order.size, cases[i].order_size);
    }
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(served_in_order_of_arrival),
                                        cmocka_unit_test(lines_share_stock),
                                        cmocka_unit_test(held_and_test_orders_take_nothing),
                                        cmocka_unit_test(life), cmocka_unit_test(subjects) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

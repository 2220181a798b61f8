// SPDX-License-Identifier: Apache-2.0
// Changes of orders: what is taken, what is refused, and that a refused one leaves everything as it was.
#include "fixture.h"

#include "handlers/order/change.h"

// An accepted order as it comes out of the database: line 1 of five P1 at 10.00, line 2 of two P2 at 3.00.
static struct order *stored(struct fixture *fixture)
{
    struct order *order = ARENA_NEW(fixture->arena, struct order);
    *order = (struct order){ .id = order_id_of(3, 7),
                             .loaded = true,
                             .priced = true,
                             .account_number = SLICE("A1"),
                             .payer_number = SLICE("A1"),
                             .order_number = SLICE("N1"),
                             .currency = SLICE("EUR"),
                             .exponent = 2,
                             .version = 1,
                             .channel = SLICE("kafka"),
                             .content_hash = SLICE("first"),
                             .ordered_at = INT64_C(86400000000) * date_from_civil(2026, 6, 15),
                             .state = ORDER_ACCEPTED,
                             .event_seq = 1,
                             .response_seq = 1,
                             .line_count = 2,
                             .total = 5600,
                             .booked = 5600,
                             .stored_booked = 5600 };
    order->lines = ARENA_ARRAY(fixture->arena, 2, struct line);
    for (int i = 0; i < 2; i++) {
        struct line *line = &order->lines[i];
        int64_t quantity = (i ? 2 : 5) * QUANTITY_ONE;
        *line = (struct line){ .position = i + 1,
                               .number = i ? SLICE("2") : SLICE("1"),
                               .seller_part = i ? SLICE("P2") : SLICE("P1"),
                               .product = i ? SLICE("P2") : SLICE("P1"),
                               .unit = SLICE("PCE"),
                               .quantity = quantity,
                               .stated_basis = QUANTITY_ONE,
                               .has_quantity = true,
                               .factor = QUANTITY_ONE,
                               .base_quantity = quantity,
                               .priced = true,
                               .unit_price = i ? 30000 : 100000,
                               .price_basis = QUANTITY_ONE,
                               .amount = i ? 600 : 5000,
                               .trace = SLICE("recorded"),
                               .confirmed = quantity };
        line->holdings = ARENA_NEW(fixture->arena, struct holding);
        *line->holdings = (struct holding){
            .product = line->product, .site = SLICE("S"), .event_seq = 1, .quantity = quantity
        };
    }
    return order;
}

static struct document *change_document(struct arena *arena, const char *number, const char *action)
{
    struct document *document = document_record(arena, "OrderChange");
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "order_number", SLICE("N1"));
    document_add_text(arena, document, "change_number", slice_of(number));
    document_add_text(arena, document, "action", slice_of(action));
    document_add_instant(arena, document, "requested_at", 1000);
    document_add_list(arena, document, "lines");
    return document;
}

// "add 3 P1 2": action, line, product, quantity; several with a semicolon between.
static void add_lines(struct arena *arena, struct document *document, const char *text)
{
    struct slice rest = slice_of(text);
    struct document *lines = (struct document *)(uintptr_t)document_get(document, "lines");
    while (!slice_empty(rest)) {
        struct slice words = slice_cut(&rest, ';');
        struct slice action = slice_cut(&words, ' '), number = slice_cut(&words, ' '),
                     product = slice_cut(&words, ' ');
        struct document *line = document_add_record(arena, lines, NULL, "OrderChangeLine");
        document_add_text(arena, line, "number", number);
        document_add_text(arena, line, "action", action);
        document_add_text(arena, line, "seller_part", product);
        if (!slice_empty(words))
            document_add_decimal(arena, line, "quantity",
                                 fixture_number(arena_string(arena, words), QUANTITY_SCALE), QUANTITY_SCALE);
    }
}

static void facts(struct fixture *fixture)
{
    struct account *account = fixture_account(fixture, "A1", "100", NULL);
    account->exposure = 5600;
    fixture_product(fixture, "P1", "");
    fixture_product(fixture, "P2", "");
    fixture_price(fixture, "P1", "", "11"); // dearer than it was
    fixture_price(fixture, "P2", "", "3");
    fixture_stock(fixture, "P1", "S", "6")->reserved = 5 * QUANTITY_ONE;
    fixture_stock(fixture, "P2", "S", "9")->reserved = 2 * QUANTITY_ONE;
}

static struct change *ask(struct fixture *fixture, struct order *order, const char *action, const char *lines)
{
    struct document *document = change_document(fixture->arena, "C1", action);
    add_lines(fixture->arena, document, lines);
    struct change *change = change_read(fixture->arena, fixture_item(fixture, document));
    change->responded_at = fixture->batch.now_us;
    change_take(fixture->arena, change, order);
    trade_add_change(fixture->trade, change);
    if (!change->refused)
        trade_add_order(fixture->trade, order);
    return change;
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *action, *lines, *code;
        enum order_state from;
        int64_t shipped;
    } cases[] = {
        { "cancel", "", "order_finished", ORDER_REJECTED, 0 },
        { "cancel", "", "order_finished", ORDER_CANCELLED, 0 },
        { "cancel", "", "already_shipped", ORDER_ACCEPTED, 1 },
        { "change", "", "empty_change", ORDER_ACCEPTED, 0 },
        { "undo", "", "invalid_action", ORDER_ACCEPTED, 0 },
        { "change", "turn 1 P1 2", "invalid_action", ORDER_ACCEPTED, 0 },
        { "change", "change 3 P1 2", "unknown_line", ORDER_ACCEPTED, 0 },
        { "change", "delete 3", "unknown_line", ORDER_ACCEPTED, 0 },
        { "change", "add 1 P1 2", "line_exists", ORDER_ACCEPTED, 0 },
        { "change", "change 1 P1 2;change 1 P1 3", "repeated_line", ORDER_ACCEPTED, 0 },
        { "change", "delete 1;delete 2", "no_lines", ORDER_ACCEPTED, 0 },
        { "replace", "", "no_lines", ORDER_ACCEPTED, 0 },
        { "change", "change 1 P1 0", "invalid_quantity", ORDER_ACCEPTED, 0 },
        { "change", "change 1 P1", "invalid_quantity", ORDER_ACCEPTED, 0 },
        { "change", "add 3 P9 1", "unknown_product", ORDER_ACCEPTED, 0 },
        { "change", "change 1 P1 2", "already_shipped", ORDER_ACCEPTED, 3 },
        { "change", "change 1 P2 5", "already_shipped", ORDER_ACCEPTED, 3 },
        { "change", "delete 1", "already_shipped", ORDER_ACCEPTED, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        facts(&fixture);
        struct order *order = stored(&fixture);
        order->state = cases[i].from;
        order->lines[0].shipped = cases[i].shipped * QUANTITY_ONE;
        const struct line *lines = order->lines;
        struct change *change = ask(&fixture, order, cases[i].action, cases[i].lines);
        fixture_decide(&fixture);
        if (!change->refused)
            fail_msg("case %zu: %s '%s' was taken", i, cases[i].action, cases[i].lines);
        bool found = false;
        for (size_t j = 0; j < change->reason_count; j++)
            found = found || strcmp(change->reasons[j].code, cases[i].code) == 0;
        if (!found)
            fail_msg("case %zu: got %s, want %s", i, change->reasons[0].code, cases[i].code);
        assert_int_equal(change->item->outcome, OUTCOME_ANSWERED);
        assert_ptr_equal(order->lines, lines);
        assert_null(order->event);
        assert_int_equal(order->booked, 5600);
        assert_int_equal(trade_account(fixture.trade, SLICE("A1"))->running, 0);
        assert_int_equal(trade_stock(fixture.trade, SLICE("P1"))->taken, 0);
        assert_int_equal(trade_stock(fixture.trade, SLICE("P2"))->taken, 0);
        const struct document *response = NULL;
        assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, NULL), 0);
        assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, &response), 1);
        ASSERT_SLICE(document_text(response, "status"), "rejected");
        ASSERT_SLICE(document_text(response, "change_number"), "C1");
        fixture_close(&fixture);
    }
}

static void taken(void **state)
{
    (void)state;
    static const struct {
        const char *action, *lines;
        enum order_state want;
        int64_t total, booked, first, second; // stock taken of P1 and P2
        int64_t waiting;                      // of the first line
    } cases[] = {
        { "cancel", "", ORDER_CANCELLED, 5600, 0, -5, -2, 0 },
        { "change", "delete 2", ORDER_ACCEPTED, 5000, 5000, 0, -2, 0 },
        { "change", "change 2 P2 4", ORDER_ACCEPTED, 6200, 6200, 0, 2, 0 },
        { "change", "change 1 P1 5", ORDER_ACCEPTED, 5600, 5600, 0, 0, 0 }, // says what it said
        { "change", "change 1 P1 4", ORDER_ACCEPTED, 5000, 5000, -1, 0, 0 },
        { "change", "change 1 P1 8", ORDER_ACCEPTED, 9400, 9400, 1, 0, 2 },
        { "change", "change 1 P2 5", ORDER_ACCEPTED, 2100, 2100, -5, 5, 0 },
        { "change", "add 3 P2 1", ORDER_ACCEPTED, 5900, 5900, 0, 1, 0 },
        { "replace", "change 1 P1 5", ORDER_ACCEPTED, 5000, 5000, 0, -2, 0 },
        { "change", "change 1 P1 9", ORDER_HELD, 10500, 5600, 0, 0, 0 },
        { "change", "change 1 P1 9;delete 2;add 3 P2 1", ORDER_HELD, 10200, 5600, 0, -2, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        facts(&fixture);
        struct order *order = stored(&fixture);
        struct change *change = ask(&fixture, order, cases[i].action, cases[i].lines);
        fixture_decide(&fixture);
        if (change->refused)
            fail_msg("case %zu: refused: %.*s", i, SLICE_ARGS(change->reasons[0].text));
        assert_int_equal(order->next_state, cases[i].want);
        assert_int_equal(order->total, cases[i].total);
        assert_int_equal(order->booked, cases[i].booked);
        assert_int_equal(trade_account(fixture.trade, SLICE("A1"))->running, cases[i].booked - 5600);
        assert_int_equal(trade_stock(fixture.trade, SLICE("P1"))->taken, cases[i].first * QUANTITY_ONE);
        assert_int_equal(trade_stock(fixture.trade, SLICE("P2"))->taken, cases[i].second * QUANTITY_ONE);
        assert_int_equal(order->lines[0].waiting, cases[i].waiting * QUANTITY_ONE);
        assert_string_equal(order->event,
                            cases[i].want == ORDER_CANCELLED ? "OrderCancelled" : "OrderChanged");
        assert_int_equal(order->event_seq, 2);
        assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, NULL), 1);
        bool held = cases[i].want == ORDER_HELD;
        assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), held ? 0 : 1);
        assert_int_equal(change->item->outcome, held ? OUTCOME_HELD : OUTCOME_ANSWERED);
        fixture_close(&fixture);
    }
}

// Changes come in the order in which the buyer wrote them.
static void stale(void **state)
{
    (void)state;
    static const struct {
        const char *last;
        int64_t written;
        bool want;
    } cases[] = { { "C0", 999, false }, { "C0", 1000, false }, { "C0", 1001, true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        facts(&fixture);
        struct order *order = stored(&fixture);
        struct change last = { .number = slice_of(cases[i].last),
                               .requested_at = cases[i].written,
                               .responded_at = 1 };
        struct change *all[] = { &last };
        order->changes = all;
        order->change_count = 1;
        assert_int_equal(ask(&fixture, order, "cancel", "")->refused, cases[i].want);
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(taken),
        cmocka_unit_test(stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

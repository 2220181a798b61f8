// SPDX-License-Identifier: Apache-2.0
// The stages' statements against a real PostgreSQL: a batch is gathered, locked, decided and applied as the
// loop does it, without Kafka. COMPTOIR_TEST_DATABASE holds a connection string of an empty database that the
// test may fill; without it the test is skipped and says so.
#include "batch_testing.h"

// The invariants, as the schema states them.
static void check_invariants(struct fixture *fixture)
{
    static const char *const broken[] = {
        "SELECT count(*) FROM account a LEFT JOIN (SELECT payer, sum(amount)::bigint AS sum FROM "
        "exposure_entry "
        "GROUP BY payer) e ON e.payer = a.account WHERE a.exposure <> COALESCE(e.sum, 0)",
        "SELECT count(*) FROM stock s FULL JOIN (SELECT product, site, sum(quantity)::bigint AS sum FROM "
        "reservation "
        "WHERE closed_at IS NULL GROUP BY product, site) r ON r.product = s.product AND r.site = s.site "
        "WHERE COALESCE(s.reserved, 0) <> COALESCE(r.sum, 0)",
        "SELECT count(*) FROM sales_order o WHERE (o.state = 1) <> EXISTS (SELECT FROM order_hold h "
        "WHERE h.account = o.account AND h.order_id = o.id AND h.released_at IS NULL)",
        "SELECT count(*) FROM (SELECT 1 FROM sales_order o LEFT JOIN exposure_entry e ON e.order_id = o.id "
        "GROUP BY o.account, o.id, o.booked, o.state, o.test, o.total HAVING o.booked <> "
        "COALESCE(sum(e.amount), 0) "
        "OR (o.state = 2 AND NOT o.test AND o.booked <> o.total) OR (o.state = 3 AND o.booked <> 0)) AS b",
        "SELECT count(*) FROM sales_order o WHERE o.state = 2 AND o.approval_hash <> '' AND NOT EXISTS "
        "(SELECT FROM approval_task t WHERE t.account = o.account AND t.order_id = o.id AND t.state = "
        "'approved' "
        "AND t.content_hash = o.approval_hash)",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (number_of(db, fixture->arena, broken[i]) != 0)
            fail_msg("broken: %s", broken[i]);
}

static void end(struct fixture *fixture)
{
    check_invariants(fixture);
    fixture_close(fixture);
}

static struct document *account_record(struct arena *arena, const char *number, const char *status,
                                       const char *limit)
{
    struct document *document = document_record(arena, "Account");
    document_add_text(arena, document, "account", slice_of(number));
    document_add_text(arena, document, "name", SLICE("Buyer"));
    document_add_text(arena, document, "status", slice_of(status));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    document_add_text(arena, document, "approver", SLICE("boss"));
    document_add_text(arena, document, "site", SLICE("S2"));
    if (limit)
        fixture_money(arena, document, "credit_limit", limit);
    fixture_money(arena, document, "order_limit", "500");
    struct document *parts = document_add_list(arena, document, "parts");
    struct document *part = document_add_record(arena, parts, NULL, "CustomerPart");
    document_add_text(arena, part, "buyer_part", SLICE("B-1"));
    document_add_text(arena, part, "product", SLICE("P1"));
    return document;
}

static struct document *user_record(struct arena *arena, const char *account, const char *number,
                                    bool approves)
{
    struct document *document = document_record(arena, "User");
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, "user", slice_of(number));
    document_add_text(arena, document, "mail", arena_printf(arena, "%s@Buyer.example", number));
    document_add_text(arena, document, "status", SLICE("active"));
    document_add_boolean(arena, document, "may_approve", approves);
    return document;
}

static struct document *product_record(struct arena *arena, const char *number)
{
    struct document *document = document_record(arena, "Product");
    document_add_text(arena, document, "product", slice_of(number));
    document_add_text(arena, document, "description", SLICE("Bolt"));
    document_add_text(arena, document, "gtin", SLICE("04006381333931"));
    document_add_text(arena, document, "status", SLICE("active"));
    document_add_text(arena, document, "unit", SLICE("PCE"));
    struct document *units = document_add_list(arena, document, "units");
    struct document *unit = document_add_record(arena, units, NULL, "ProductUnit");
    document_add_text(arena, unit, "unit", SLICE("BX"));
    document_add_decimal(arena, unit, "factor", 12 * QUANTITY_ONE, QUANTITY_SCALE);
    return document;
}

static struct document *price_record(struct arena *arena, const char *product, const char *price)
{
    struct document *document = document_record(arena, "Price");
    document_add_text(arena, document, "product", slice_of(product));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    document_add_text(arena, document, "unit", SLICE("EA"));
    document_add_date(arena, document, "valid_from", date_from_civil(2026, 1, 1));
    struct document *scales = document_add_list(arena, document, "scales");
    struct document *step = document_add_record(arena, scales, NULL, "PriceScale");
    document_add_decimal(arena, step, "from_quantity", 0, QUANTITY_SCALE);
    fixture_money(arena, step, "unit_price", price);
    return document;
}

static struct document *stock_record(struct arena *arena, const char *site, const char *on_hand, int64_t at)
{
    struct document *document = document_record(arena, "StockLevel");
    document_add_text(arena, document, "product", SLICE("P1"));
    document_add_text(arena, document, "site", slice_of(site));
    document_add_decimal(arena, document, "on_hand", fixture_number(on_hand, QUANTITY_SCALE), QUANTITY_SCALE);
    document_add_instant(arena, document, "counted_at", at);
    return document;
}

static struct document *payment_record(struct arena *arena, const char *number, const char *amount)
{
    struct document *document = document_record(arena, "Payment");
    document_add_text(arena, document, "payment", slice_of(number));
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    fixture_money(arena, document, "amount", amount);
    return document;
}

static struct document *review_record(struct arena *arena, const char *account, const char *cause)
{
    struct document *document = document_record(arena, "AccountReview");
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, "cause", slice_of(cause));
    return document;
}

static struct document *decision_record(struct arena *arena, int64_t order, const char *decision,
                                        const char *actor)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct document *document = document_record(arena, "ApprovalDecision");
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "order_id", arena_copy(arena, slice_of(order_id_text(order, id))));
    document_add_text(arena, document, "decision", slice_of(decision));
    document_add_text(arena, document, "actor", slice_of(actor));
    return document;
}

static struct document *simple(struct fixture *fixture, const char *account, const char *number,
                               const char *quantity)
{
    struct document *document = fixture_document(fixture->arena, account, number);
    fixture_line(fixture->arena, document, "1", "P1", quantity);
    return document;
}

static void load_facts(void)
{
    struct fixture fixture;
    begin(&fixture);
    struct arena *arena = fixture.arena;
    add(&fixture, account_record(arena, "A1", "open", "1000"));
    add(&fixture, account_record(arena, "A2", "pending", NULL));
    add(&fixture, user_record(arena, "A1", "boss", true));
    add(&fixture, user_record(arena, "A1", "ann", false));
    add(&fixture, product_record(arena, "P1"));
    add(&fixture, price_record(arena, "P1", "10"));
    add(&fixture, stock_record(arena, "S1", "10", 5));
    add(&fixture, stock_record(arena, "S2", "4", 5));
    add(&fixture, stock_record(arena, "S2", "9", 4)); // older: without effect
    add(&fixture, payment_record(arena, "Z0", "1"));
    add(&fixture, payment_record(arena, "Z0", "1")); // the same again
    struct item *other = add(&fixture, payment_record(arena, "Z0", "2"));
    run(&fixture);
    for (size_t i = 0; i < 10; i++)
        outcome_is(&fixture.items[i], OUTCOME_RECORDED);
    outcome_is(&fixture.items[10], OUTCOME_REPEATED);
    outcome_is(other, OUTCOME_PARKED);
    assert_int_equal(number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A1'"), -100);
    assert_int_equal(number_of(db, fixture.arena, "SELECT on_hand FROM stock WHERE site = 'S2'"),
                     4 * QUANTITY_ONE);
    end(&fixture);
}

static void facts_are_stored(void **state)
{
    (void)state;
    need_database();
    load_facts();
}

// The account's site first, then the other; what is missing follows when goods arrive.
static void order_is_served_and_filled(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    struct document *document = fixture_document(fixture.arena, "A1", "N1");
    struct document *line = fixture_line(fixture.arena, document, "1", NULL, "1.5");
    document_add_text(fixture.arena, line, "buyer_part", SLICE("B-1"));
    document_add_text(fixture.arena, line, "unit", SLICE("BX"));
    struct item *item = add(&fixture, document);
    run(&fixture);
    outcome_is(item, OUTCOME_ANSWERED);
    assert_int_equal(number_of(db, fixture.arena, "SELECT reserved FROM stock WHERE site = 'S2'"),
                     4 * QUANTITY_ONE);
    assert_int_equal(number_of(db, fixture.arena, "SELECT reserved FROM stock WHERE site = 'S1'"),
                     10 * QUANTITY_ONE);
    assert_int_equal(number_of(db, fixture.arena, "SELECT waiting FROM order_line"), 4 * QUANTITY_ONE);
    assert_int_equal(number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A1'"),
                     18000 - 100);
    end(&fixture);

    begin(&fixture);
    add(&fixture, stock_record(fixture.arena, "S1", "13", 6));
    run(&fixture);
    const struct document *review = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, &review), 1);
    ASSERT_SLICE(document_text(review, "cause"), "stock");
    end(&fixture);

    begin(&fixture);
    item = add(&fixture, review_record(fixture.arena, "A1", "stock"));
    run(&fixture);
    outcome_is(item, OUTCOME_RECORDED);
    const struct document *event = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, &event), 1);
    ASSERT_SLICE(document_text(event, "kind"), "BackorderReserved");
    assert_int_equal(document_integer(event, "sequence", 0), 2);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 0);
    assert_int_equal(number_of(db, fixture.arena, "SELECT waiting FROM order_line"), 1 * QUANTITY_ONE);
    end(&fixture);

    // A count below what is promised is a shortfall, no lost promise.
    begin(&fixture);
    add(&fixture, stock_record(fixture.arena, "S1", "2", 7));
    run(&fixture);
    assert_int_equal(number_of(db, fixture.arena, "SELECT shortfall FROM stock WHERE site = 'S1'"),
                     11 * QUANTITY_ONE);
    end(&fixture);
    begin(&fixture);
    add(&fixture, stock_record(fixture.arena, "S1", "1000", 8));
    run(&fixture);
    end(&fixture);
    begin(&fixture);
    add(&fixture, review_record(fixture.arena, "A1", "stock"));
    run(&fixture);
    assert_int_equal(number_of(db, fixture.arena, "SELECT waiting FROM order_line"), 0);
    end(&fixture);
}

// What is owed to the partner on a repeat is what was owed at first, in every field.
static void repeats_get_the_same_answer(void **state)
{
    (void)state;
    need_database();
    static const enum outcome want[] = { OUTCOME_ANSWERED, OUTCOME_REPEATED, OUTCOME_PARKED };
    char first[8192] = "";
    for (int round = 0; round < 3; round++) {
        struct fixture fixture;
        begin(&fixture);
        struct document *document = simple(&fixture, "A1", "N2", round == 2 ? "3" : "2");
        struct document *line = (struct document *)(uintptr_t)document_items(document, "lines");
        fixture_money(fixture.arena, line, "unit_price", "9.5");
        document_add_text(fixture.arena, document, "channel", SLICE("edifact"));
        document_add_text(fixture.arena, document, "partner", SLICE("p"));
        struct item *item = add(&fixture, document);
        run(&fixture);
        outcome_is(item, want[round]);
        assert_int_equal(fixture.batch.owed_count, round < 2);
        assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, NULL), round == 0);
        assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), round == 0);
        struct text text = text_in(fixture.arena);
        if (round < 2)
            fixture_print(fixture.batch.owed[0].document, &text);
        text_append_char(&text, '\0');
        if (round == 0)
            snprintf(first, sizeof first, "%s", text.data);
        else if (round == 1)
            assert_string_equal(text.data, first);
        else
            ASSERT_SLICE(item->park_reason,
                         "order N2 of account A1 version 1 arrived before with other content");
        end(&fixture);
    }
    assert_non_null(strstr(first, "status=6:0:changed"));
}

static void credit_holds_until_payment(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    // 179 and 20 are outstanding: two of 400 fit, the third does not.
    struct item *items[3];
    for (int i = 0; i < 3; i++)
        items[i] = add(&fixture, simple(&fixture, "A1", i == 0 ? "C1" : i == 1 ? "C2" : "C3", "40"));
    run(&fixture);
    outcome_is(items[0], OUTCOME_ANSWERED);
    outcome_is(items[1], OUTCOME_ANSWERED);
    outcome_is(items[2], OUTCOME_HELD);
    end(&fixture);

    begin(&fixture);
    add(&fixture, payment_record(fixture.arena, "Z1", "500"));
    run(&fixture);
    assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, NULL), 1);
    end(&fixture);

    begin(&fixture);
    add(&fixture, review_record(fixture.arena, "A1", "credit"));
    run(&fixture);
    const struct document *event = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, &event), 1);
    ASSERT_SLICE(document_text(event, "kind"), "OrderAccepted");
    assert_int_equal(document_integer(event, "sequence", 0), 2);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 1);
    end(&fixture);
}

static void approver_decides(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    add(&fixture, payment_record(fixture.arena, "Z2", "5000"));
    run(&fixture);
    end(&fixture);

    begin(&fixture);
    struct item *orders[2];
    for (int i = 0; i < 2; i++) {
        struct document *document = simple(&fixture, "A1", i ? "AP2" : "AP1", "60");
        document_add_text(fixture.arena, document, "user", SLICE("ANN@buyer.example"));
        orders[i] = add(&fixture, document);
    }
    run(&fixture);
    outcome_is(orders[0], OUTCOME_HELD);
    const struct document *task = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_APPROVALS, &task), 2);
    ASSERT_SLICE(document_items(task, "approvers")->text, "boss");
    int64_t ids[] = { order_id_of(3, orders[0]->offset), order_id_of(3, orders[1]->offset) };
    end(&fixture);

    static const struct {
        int order;
        const char *decision, *actor;
        enum outcome want;
    } cases[] = {
        { 0, "approve", "ann", OUTCOME_PARKED },
        { 0, "perhaps", "boss", OUTCOME_PARKED },
        { 0, "approve", "boss@buyer.example", OUTCOME_ANSWERED },
        { 0, "approve", "boss", OUTCOME_REPEATED },
        { 0, "reject", "boss", OUTCOME_PARKED },
        { 1, "reject", "boss", OUTCOME_ANSWERED },
        { 1, "reject", "boss", OUTCOME_REPEATED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(&fixture);
        struct item *item = add(
            &fixture, decision_record(fixture.arena, ids[cases[i].order], cases[i].decision, cases[i].actor));
        run(&fixture);
        outcome_is(item, cases[i].want);
        assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL),
                         cases[i].want == OUTCOME_ANSWERED);
        end(&fixture);
    }
    begin(&fixture);
    struct item *unknown =
        add(&fixture, decision_record(fixture.arena, order_id_of(3, 999999), "approve", "boss"));
    run(&fixture);
    outcome_is(unknown, OUTCOME_PARKED);
    end(&fixture);
}

// A rejection gives exposure back: who waits for credit looks again. A refused decision does not.
static void rejection_wakes_others(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    add(&fixture, account_record(fixture.arena, "A4", "open", "1000"));
    add(&fixture, user_record(fixture.arena, "A4", "boss", true));
    run(&fixture);
    end(&fixture);
    begin(&fixture);
    struct item *big = add(&fixture, simple(&fixture, "A4", "R1", "60"));
    struct item *small = add(&fixture, simple(&fixture, "A4", "R2", "45"));
    run(&fixture);
    outcome_is(small, OUTCOME_HELD);
    int64_t id = order_id_of(3, big->offset);
    end(&fixture);
    for (int round = 0; round < 2; round++) {
        begin(&fixture);
        struct document *decision = document_record(fixture.arena, "ApprovalDecision");
        char text[ORDER_ID_TEXT_SIZE];
        document_add_text(fixture.arena, decision, "account", SLICE("A4"));
        document_add_text(fixture.arena, decision, "order_id",
                          arena_copy(fixture.arena, slice_of(order_id_text(id, text))));
        document_add_text(fixture.arena, decision, "decision", SLICE("reject"));
        document_add_text(fixture.arena, decision, "actor", round ? SLICE("boss") : SLICE("eve"));
        outcome_is((add(&fixture, decision), &fixture.items[0]), OUTCOME_NONE);
        run(&fixture);
        outcome_is(&fixture.items[0], round ? OUTCOME_ANSWERED : OUTCOME_PARKED);
        const struct document *review = NULL;
        assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, &review), round);
        if (round)
            ASSERT_SLICE(document_text(review, "cause"), "credit");
        end(&fixture);
    }
    begin(&fixture);
    add(&fixture, review_record(fixture.arena, "A4", "credit"));
    run(&fixture);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 1);
    assert_int_equal(number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A4'"),
                     45000);
    end(&fixture);
}

static void keys_that_no_index_takes_are_parked(void **state)
{
    (void)state;
    need_database();
    static char key[5001];
    memset(key, 'k', sizeof key - 1);
    struct fixture fixture;
    begin(&fixture);
    struct item *items[] = { add(&fixture, simple(&fixture, "A1", key, "1")),
                             add(&fixture, simple(&fixture, key, "N", "1")),
                             add(&fixture, account_record(fixture.arena, key, "open", NULL)),
                             add(&fixture, user_record(fixture.arena, "A1", key, false)),
                             add(&fixture, product_record(fixture.arena, key)),
                             add(&fixture, price_record(fixture.arena, key, "1")),
                             add(&fixture, stock_record(fixture.arena, key, "1", 1)),
                             add(&fixture, payment_record(fixture.arena, key, "1")) };
    // Keys that are only looked up may be of any length.
    struct document *document = fixture_document(fixture.arena, "A1", "LONG");
    document_add_text(fixture.arena, document, "user", slice_of(key));
    fixture_line(fixture.arena, document, key, key, "1");
    struct item *told = add(&fixture, document);
    run(&fixture);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        outcome_is(items[i], OUTCOME_PARKED);
    outcome_is(told, OUTCOME_ANSWERED);
    end(&fixture);
}

static void vetting_holds_until_opened(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    outcome_is((add(&fixture, simple(&fixture, "A2", "V1", "1")), &fixture.items[0]), OUTCOME_NONE);
    run(&fixture);
    outcome_is(&fixture.items[0], OUTCOME_HELD);
    end(&fixture);
    begin(&fixture);
    add(&fixture, account_record(fixture.arena, "A2", "open", NULL));
    run(&fixture);
    const struct document *review = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, &review), 1);
    ASSERT_SLICE(document_text(review, "cause"), "vetting");
    ASSERT_SLICE(document_text(review, "reference"), "A2");
    end(&fixture);
    begin(&fixture);
    add(&fixture, review_record(fixture.arena, "A2", "vetting"));
    run(&fixture);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 1);
    assert_int_equal(number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A2'"), 1000);
    end(&fixture);
}

static void unknown_things_are_told_and_parked(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    struct item *stranger = add(&fixture, simple(&fixture, "A9", "U1", "1"));
    struct item *nobody = add(&fixture, simple(&fixture, "", "U2", "1"));
    struct item *odd = add(&fixture, document_record(fixture.arena, "Status"));
    struct document *negative = account_record(fixture.arena, "A3", "open", "-1");
    struct item *unsound = add(&fixture, negative);
    run(&fixture);
    outcome_is(stranger, OUTCOME_ANSWERED);
    outcome_is(nobody, OUTCOME_PARKED);
    outcome_is(odd, OUTCOME_PARKED);
    outcome_is(unsound, OUTCOME_PARKED);
    ASSERT_SLICE(unsound->park_reason, "the credit_limit -1 of the Account is negative");
    const struct document *response = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, &response), 1);
    ASSERT_SLICE(document_text(response, "status"), "rejected");
    end(&fixture);
}

static void test_orders_leave_no_trace(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    int64_t exposure = number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A1'");
    int64_t reserved = number_of(db, fixture.arena, "SELECT sum(reserved)::bigint FROM stock");
    struct document *test = simple(&fixture, "A1", "T1", "2");
    document_add_boolean(fixture.arena, test, "test", true);
    outcome_is((add(&fixture, test), &fixture.items[0]), OUTCOME_NONE);
    run(&fixture);
    outcome_is(&fixture.items[0], OUTCOME_ANSWERED);
    assert_int_equal(number_of(db, fixture.arena, "SELECT exposure FROM account WHERE account = 'A1'"),
                     exposure);
    assert_int_equal(number_of(db, fixture.arena, "SELECT sum(reserved)::bigint FROM stock"), reserved);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_stored),
        cmocka_unit_test(order_is_served_and_filled),
        cmocka_unit_test(repeats_get_the_same_answer),
        cmocka_unit_test(credit_holds_until_payment),
        cmocka_unit_test(approver_decides),
        cmocka_unit_test(rejection_wakes_others),
        cmocka_unit_test(keys_that_no_index_takes_are_parked),
        cmocka_unit_test(vetting_holds_until_opened),
        cmocka_unit_test(unknown_things_are_told_and_parked),
        cmocka_unit_test(test_orders_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

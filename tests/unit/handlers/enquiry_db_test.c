// SPDX-License-Identifier: Apache-2.0
// How far orders are, out of a real PostgreSQL.
#include "batch_testing.h"
#include "handlers/order/enquiry.h"

static int64_t *lines_max(void)
{
    return enquiry_stage.settings[0].address;
}

#define ORDER(account, id, number, release, version, test, state)                                            \
    "INSERT INTO sales_order (account, id, order_number, release, version, test, state, user_name, payer, "  \
    "ordered_at, currency, ship_to, total, note, channel, partner, reply_reference, content_hash, "          \
    "approval_hash, "                                                                                        \
    "booked, event_seq, response_seq, received_at, decided_at) VALUES ('" account "', " id ", '" number      \
    "', '" release "', " version ", " test ", " state                                                        \
    ", '', '', '2026-06-01', 'EUR', '', 0, '', '', '', '', '', '', 0, "                                      \
    "1, 1, '2026-06-01', '2026-06-01');"
#define LINE(account, id, position, quantity, factor, waiting, rejected)                                     \
    "INSERT INTO order_line (account, order_id, position, line_number, seller_part, buyer_part, gtin, "      \
    "description, product, quantity, unit, factor, base_quantity, unit_price, price_basis, amount, trace, "  \
    "changed, rejected, confirmed, backordered, waiting) VALUES ('" account "', " id ", " position           \
    ", '" position "0', '', 'B', '', 'Bolt', 'P1', " quantity "000000, 'BX', " factor "000000, " quantity    \
    "::bigint * " factor "000000, 0, 1000000, 0, '', false, " rejected ", 0, 0, " waiting "000000);"

static int open_shop(void **state)
{
    static const char sql[] =
        // Accepted: boxes of 12, of which 30 pieces still wait; shipped in part; billed in part; one line closed.
        ORDER("A1", "1", "N1", "", "1", "false", "2") ORDER("A1", "2", "N1", "", "2", "false", "2")
            LINE("A1", "2", "1", "5", "12", "30", "false") LINE("A1", "2", "2", "5", "12", "0", "false")
                LINE("A1", "2", "3", "1", "12", "0", "true")
                    LINE("A1", "2", "4", "5", "12", "0",
                         "false") "INSERT INTO shipment VALUES ('A1', 'S1', 2, 'X', '2026-06-02', '', '', "
                                  "'', 1, '2026-06-02');"
                                  "INSERT INTO shipment_line VALUES ('A1', 'S1', 1, 2, 1, 'P1', 1500000, "
                                  "18000000, false), "
                                  "('A1', 'S1', 2, 2, 2, 'P1', 5000000, 60000000, false), ('A1', 'S1', 3, 2, "
                                  "4, 'P1', 2000000, 24000000, "
                                  "true);"
                                  "INSERT INTO invoice VALUES ('A1', 'I1', 'A1', 'EUR', '2026-06-03', NULL, "
                                  "0, 0, 0, '', '2026-06-03');"
                                  "INSERT INTO invoice_line VALUES ('A1', 'I1', 1, 2, 2, 3000000, 0, 0, 1);"
        // Of releases the latest, unless one is named.
        ORDER("A1", "3", "N3", "R1", "1", "false", "1") ORDER("A1", "4", "N3", "R2", "1", "false", "4")
            LINE("A1", "3", "1", "2", "1", "0", "false") LINE("A1", "4", "1", "2", "1", "0", "false")
                ORDER("A1", "5", "N5", "", "1", "true", "2") ORDER("A2", "6", "SECRET", "", "1", "false", "2")
                    ORDER("A1", "7", "N7", "", "1", "false", "3")
                        LINE("A1", "7", "1", "2", "0", "0", "false");
    struct error error = { 0 };
    open_database(state);
    if (db)
        must(db_run(db, sql, &error), &error);
    *lines_max() = 10000;
    return 0;
}

// "N1" or "N3/R1" or "N1#10,20" with lines, blanks between.
static struct document *question(struct arena *arena, const char *orders, bool test)
{
    struct document *document = document_record(arena, "OrderStatusRequest");
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "request_number", SLICE("SQ"));
    document_add_instant(arena, document, "requested_at", 1);
    document_add_text(arena, document, "channel", SLICE("edifact"));
    document_add_text(arena, document, "partner", SLICE("acme"));
    document_add_boolean(arena, document, "test", test);
    struct document *list = document_add_list(arena, document, "orders");
    struct slice rest = slice_of(orders);
    while (!slice_empty(rest)) {
        struct slice lines = slice_cut(&rest, ' '), number = slice_cut(&lines, '#'), release = number;
        number = slice_cut(&release, '/');
        struct document *record = document_add_record(arena, list, NULL, "OrderStatusQuestion");
        document_add_text(arena, record, "order_number", number);
        document_add_text(arena, record, "release", release);
        struct document *wanted = document_add_list(arena, record, "lines");
        while (!slice_empty(lines))
            document_add_text(arena, document_add_record(arena, wanted, NULL, "OrderStatusQuestionLine"),
                              "number", slice_cut(&lines, ','));
    }
    return document;
}

static const char *number_text(const struct document *record, const char *name, char text[DECIMAL_TEXT_SIZE])
{
    int64_t value = -1;
    document_decimal(record, name, QUANTITY_SCALE, &value);
    return decimal_text(value, QUANTITY_SCALE, text);
}

static const char *shown(struct arena *arena, const struct document *status)
{
    struct text text = text_in(arena);
    for (const struct document *order = document_items(status, "orders"); order; order = order->next) {
        text_printf(&text, "%.*s/%.*s %.*s %.*s:", SLICE_ARGS(document_text(order, "order_number")),
                    SLICE_ARGS(document_text(order, "release")), SLICE_ARGS(document_text(order, "state")),
                    SLICE_ARGS(document_text(order, "progress")));
        for (const struct document *line = document_items(order, "lines"); line; line = line->next) {
            char numbers[5][DECIMAL_TEXT_SIZE];
            text_printf(&text, " %.*s %.*s %s %s %s %s %s;", SLICE_ARGS(document_text(line, "number")),
                        SLICE_ARGS(document_text(line, "state")), number_text(line, "ordered", numbers[0]),
                        number_text(line, "confirmed", numbers[1]),
                        number_text(line, "backordered", numbers[2]),
                        number_text(line, "shipped", numbers[3]), number_text(line, "invoiced", numbers[4]));
        }
        text_append_char(&text, '\n');
    }
    for (const struct document *at = document_items(status, "reasons"); at; at = at->next)
        text_printf(&text, "%.*s %.*s\n", SLICE_ARGS(document_text(at, "code")),
                    SLICE_ARGS(document_text(at, "text")));
    return arena_string(arena, text_slice(&text));
}

static const struct {
    const char *orders;
    bool test;
    int64_t lines_max;
    const char *want;
} cases[] = {
    { "N1", false, 9,
      "N1/ accepted partly_shipped: 10 open 5 2.5 2.5 1.5 0; 20 shipped 5 5 0 5 3; 30 rejected 1 0 0 0 0; "
      "40 closed 5 2 0 2 0;\n" },
    { "N1#20,99", false, 9,
      "N1/ accepted partly_shipped: 20 shipped 5 5 0 5 3;\nunknown_line order N1 has no line '99'\n" },
    { "N3 N3/R1 N3/R9", false, 9,
      "N3/R2 cancelled : 10 cancelled 2 0 0 0 0;\nN3/R1 held : 10 pending 2 0 0 0 0;\nN3/R9 unknown :\n"
      "unknown_order there is no order 'N3'\n" },
    { "N7", false, 9, "N7/ rejected : 10 rejected 2 0 0 0 0;\n" },
    // Neither another account's order nor a test's is told; and a test is told of tests.
    { "SECRET N5", false, 9,
      "SECRET/ unknown :\nN5/ unknown :\nunknown_order there is no order 'SECRET'\nunknown_order there is no "
      "order "
      "'N5'\n" },
    { "N5 N7", true, 9, "N5/ accepted shipped:\nN7/ unknown :\nunknown_order there is no order 'N7'\n" },
    // The first is told whatever its size, others as far as there is room.
    { "N1#20 N7 N3", false, 1,
      "N1/ accepted partly_shipped: 20 shipped 5 5 0 5 3;\nN7/ rejected :\nN3/R2 cancelled :\n"
      "too_many_lines order N7 has 1 lines more than the 1 that one answer tells: ask for it alone\n"
      "too_many_lines order N3 has 1 lines more than the 1 that one answer tells: ask for it alone\n" },
};

static void tells_how_far_orders_are(void **state)
{
    (void)state;
    need_database();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        begin(&fixture);
        *lines_max() = cases[i].lines_max;
        struct item *item = add(&fixture, question(fixture.arena, cases[i].orders, cases[i].test));
        run(&fixture);
        outcome_is(item, OUTCOME_ANSWERED);
        const struct document *status = NULL;
        assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, &status), 1);
        assert_int_equal(fixture.batch.owed_count, 1);
        if (strcmp(shown(fixture.arena, status), cases[i].want) != 0)
            fail_msg("case %zu: got\n%swant\n%s", i, shown(fixture.arena, status), cases[i].want);
        fixture_close(&fixture);
    }
    *lines_max() = 10000;
}

// Nothing of what stands there moves.
static void nothing_is_written(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(number_of(db, fixture.arena, "SELECT sum(event_seq)::bigint FROM sales_order"), 7);
    fixture_close(&fixture);
}

static void questions_without_a_key_are_parked(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct document *nameless = document_record(fixture.arena, "OrderStatusRequest");
    document_add_text(fixture.arena, nameless, "account", SLICE("A1"));
    fixture_item(&fixture, nameless);
    fixture_item(&fixture, question(fixture.arena, "", false));
    fixture_decide(&fixture);
    ASSERT_SLICE(fixture.items[0].park_reason, "the question how far orders are has no request_number");
    ASSERT_SLICE(fixture.items[1].park_reason, "the question how far orders are has no orders");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tells_how_far_orders_are),
                                        cmocka_unit_test(nothing_is_written),
                                        cmocka_unit_test(questions_without_a_key_are_parked) };
    return cmocka_run_group_tests(tests, open_shop, close_database);
}

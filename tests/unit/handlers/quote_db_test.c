// SPDX-License-Identifier: Apache-2.0
// Quotations against a real PostgreSQL: stored once, and answered again as they were.
#include "batch_testing.h"
#include "quote_testing.h"

static int open_shop(void **state)
{
    struct error error = { 0 };
    open_database(state);
    *(int64_t *)quote_stage.settings[0].address = 30;
    if (db)
        must(db_run(
                 db,
                 "INSERT INTO account (account, name, status, payer, currency, approver, site, gln) VALUES "
                 "('A1', 'Buyer', 'approved', 'A1', 'EUR', '', '', '');"
                 "INSERT INTO product VALUES ('P1', 'Bolt', '', true, 'C62', '{BX}', '{12000000}');"
                 "INSERT INTO customer_part VALUES ('A1', 'B-1', 'P1');"
                 "INSERT INTO condition_record VALUES ('P1', '', 'EUR', 'C62', '2026-01-01', NULL, 1000000, "
                 "'{0,24000000}', '{100000,90000}'), ('P1', 'A1', 'EUR', 'C62', '2035-01-01', NULL, 1000000, "
                 "'{0}', '{10000}')",
                 &error),
             &error);
    return 0;
}

static struct document *request(struct fixture *fixture, const char *number, const char *quantity)
{
    struct arena *arena = fixture->arena;
    struct document *document = quote_request(arena, "A1", number);
    document_add_text(arena, document, "channel", SLICE("edifact"));
    document_add_text(arena, document, "partner", SLICE("acme"));
    document_add_text(arena, document, "reply_reference", SLICE("R/1"));
    struct document *line = fixture_line(arena, document, "1", NULL, quantity);
    document_add_text(arena, line, "buyer_part", SLICE("B-1"));
    document_add_text(arena, line, "unit", SLICE("BX"));
    document_add_date(arena, line, "requested_date", date_from_civil(2026, 7, 1));
    fixture_line(arena, document, "2", "P9", "1");
    return document;
}

static void repeats_get_the_same_quotation(void **state)
{
    (void)state;
    need_database();
    static const enum outcome want[] = { OUTCOME_ANSWERED, OUTCOME_REPEATED, OUTCOME_PARKED };
    char first[8192] = "";
    for (int round = 0; round < 3; round++) {
        struct fixture fixture;
        begin(&fixture);
        struct item *item = add(&fixture, request(&fixture, "RQ-1", round == 2 ? "3" : "2"));
        run(&fixture);
        outcome_is(item, want[round]);
        assert_int_equal(fixture.batch.owed_count, round < 2);
        assert_int_equal(fixture_published(&fixture, TOPIC_QUOTES, NULL), round == 0);
        struct text text = text_in(fixture.arena);
        if (round < 2) {
            ASSERT_SLICE(fixture.batch.owed[0].id, "quote/3-1");
            fixture_print(fixture.batch.owed[0].document, &text);
        }
        text_append_char(&text, '\0');
        if (round == 0)
            snprintf(first, sizeof first, "%s", text.data);
        else if (round == 1)
            assert_string_equal(text.data, first);
        else
            ASSERT_SLICE(item->park_reason, "request 'RQ-1' of account A1 arrived before with other content");
        fixture_close(&fixture);
    }
    // Two boxes reach the step of 24 pieces.
    assert_non_null(strstr(first, "status=6:0:partly_offered"));
    assert_non_null(strstr(first, "total=3:2160000:"));
}

static void rows_say_what_was_quoted(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    struct document *test = request(&fixture, "RQ-1", "7");
    document_add_boolean(fixture.arena, test, "test", true);
    struct item *items[] = { add(&fixture, test), add(&fixture, request(&fixture, "RQ-2", "1")) };
    run(&fixture);
    outcome_is(items[0], OUTCOME_ANSWERED); // a test has a key of its own
    outcome_is(items[1], OUTCOME_ANSWERED);
    static const struct {
        const char *sql;
        int64_t want;
    } cases[] = {
        { "SELECT count(*) FROM quotation", 3 },
        { "SELECT sum(amount)::bigint FROM quotation_line l JOIN quotation q ON q.account = l.account AND "
          "q.id = "
          "l.quotation_id WHERE q.request_number = 'RQ-2'",
          12000 },
        { "SELECT count(*) FROM quotation_line WHERE offered AND trace LIKE 'list=P1/%'", 3 },
        { "SELECT count(*) FROM quotation_reason WHERE code = 'unknown_product' AND line_number = '2'", 3 },
        { "SELECT count(*) FROM quotation WHERE valid_until - valid_from = 30 AND content_hash <> ''", 3 },
        { "SELECT count(*) FROM sales_order", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (number_of(db, fixture.arena, cases[i].sql) != cases[i].want)
            fail_msg("%s: got %lld, want %lld", cases[i].sql,
                     (long long)number_of(db, fixture.arena, cases[i].sql), (long long)cases[i].want);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(repeats_get_the_same_quotation),
                                        cmocka_unit_test(rows_say_what_was_quoted) };
    return cmocka_run_group_tests(tests, open_shop, close_database);
}

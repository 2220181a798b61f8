// SPDX-License-Identifier: Apache-2.0
// Catalogues on demand, out of a real PostgreSQL: which products and prices stand in them, and how long ones are
// divided.
#include "batch_testing.h"
#include "handlers/price/catalogue.h"

static int64_t *lines_max(void)
{
    return catalogue_stage.settings[0].address;
}

static int open_shop(void **state)
{
    static const char sql[] =
        "INSERT INTO account (account, name, status, payer, currency, approver, site, gln) VALUES "
        "('A1', 'Buyer', 'approved', 'A1', 'EUR', '', '', ''), ('A2', 'Other', 'approved', 'A2', 'EUR', '', "
        "'', ''), "
        "('SHUT', 'Shut', 'blocked', 'SHUT', 'EUR', '', '', '');"
        "INSERT INTO product (product, description, gtin, active, unit, units, factors) VALUES "
        "('P1', 'Bolt', '4012345000016', true, 'C62', '{BX}', '{12000000}'), "
        "('P2', 'Nut', '', true, 'C62', '{}', '{}'), ('P3', 'Nobody pays', '', true, 'C62', '{}', '{}'), "
        "('P4', 'Over', '', true, 'C62', '{}', '{}'), ('P5', 'Old', '', false, 'C62', '{}', '{}'), "
        "('P6', 'Dollars', '', true, 'C62', '{}', '{}'), ('P7', 'Odd unit', '', true, 'C62', '{}', '{}'), "
        "('P8', 'Own of another', '', true, 'C62', '{}', '{}'), ('P9', 'Washer', '', true, 'KGM', '{}', "
        "'{}');"
        "INSERT INTO customer_part VALUES ('A1', 'B-2', 'P1'), ('A1', 'B-1', 'P1'), ('A2', 'X', 'P2');"
        "INSERT INTO condition_record VALUES "
        "('P1', '', 'EUR', 'C62', '2026-01-01', NULL, 1000000, '{0}', '{100000}'), "
        "('P1', 'A1', 'EUR', 'C62', '2026-02-01', '2030-12-31', 100000000, '{0,24000000}', '{90000,85000}'), "
        "('P1', 'A1', 'EUR', 'C62', '2031-01-01', NULL, 1000000, '{0}', '{10000}'), "
        "('P2', '', 'EUR', 'C62', '2026-01-01', NULL, 1000000, '{5000000}', '{20000}'), "
        "('P4', '', 'EUR', 'C62', '2020-01-01', '2025-12-31', 1000000, '{0}', '{20000}'), "
        "('P5', '', 'EUR', 'C62', '2020-01-01', NULL, 1000000, '{0}', '{20000}'), "
        "('P6', '', 'USD', 'C62', '2020-01-01', NULL, 1000000, '{0}', '{20000}'), "
        "('P7', '', 'EUR', 'PAL', '2020-01-01', NULL, 1000000, '{0}', '{20000}'), "
        "('P8', 'A2', 'EUR', 'C62', '2020-01-01', NULL, 1000000, '{0}', '{20000}'), "
        "('P9', '', 'EUR', 'KGM', '2020-01-01', NULL, 1000000, '{0}', '{33300}');";
    struct error error = { 0 };
    open_database(state);
    if (db)
        must(db_run(db, sql, &error), &error);
    return 0;
}

static struct document *request(struct arena *arena, const char *account, const char *number)
{
    struct document *document = document_record(arena, "CatalogueRequest");
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, "request_number", slice_of(number));
    document_add_instant(arena, document, "requested_at", 1);
    document_add_text(arena, document, "channel", SLICE("edifact"));
    document_add_text(arena, document, "partner", SLICE("acme"));
    return document;
}

static const char *shown(struct arena *arena, const struct document *catalogue)
{
    struct text text = text_in(arena);
    text_printf(&text, "%.*s %.*s:", SLICE_ARGS(document_text(catalogue, "part")),
                SLICE_ARGS(document_text(catalogue, "currency")));
    for (const struct document *line = document_items(catalogue, "lines"); line; line = line->next) {
        text_printf(&text, " %.*s %.*s %.*s", SLICE_ARGS(document_text(line, "number")),
                    SLICE_ARGS(document_text(line, "product")),
                    SLICE_ARGS(document_text(line, "buyer_part")));
        for (const struct document *price = document_items(line, "prices"); price; price = price->next) {
            int64_t from = 0, unit_price = 0, basis = 0;
            char texts[3][DECIMAL_TEXT_SIZE];
            document_decimal(price, "from_quantity", QUANTITY_SCALE, &from);
            document_decimal(price, "unit_price", MONEY_SCALE, &unit_price);
            document_decimal(price, "price_basis", QUANTITY_SCALE, &basis);
            text_printf(&text, " %s%s/%s from %s", document_boolean(price, "contract", false) ? "own " : "",
                        decimal_text(unit_price, MONEY_SCALE, texts[0]),
                        decimal_text(basis, QUANTITY_SCALE, texts[1]),
                        decimal_text(from, QUANTITY_SCALE, texts[2]));
        }
        text_append_char(&text, ';');
    }
    return arena_string(arena, text_slice(&text));
}

static void same(const char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        fail_msg("got %s, want %s", got, want);
}

static void what_an_account_may_buy(void **state)
{
    (void)state;
    need_database();
    struct fixture fixture;
    begin(&fixture);
    *lines_max() = 1000;
    struct item *item = add(&fixture, request(fixture.arena, "A1", "CR-1"));
    run(&fixture);
    outcome_is(item, OUTCOME_ANSWERED);
    const struct document *catalogue = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_QUOTES, &catalogue), 1);
    assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, NULL), 0);
    assert_int_equal(fixture.batch.owed_count, 1);
    same(shown(fixture.arena, catalogue),
         "whole EUR: 1 P1 B-1 own 9/100 from 0 own 8.5/100 from 24; 2 P2  2/1 from 5; 3 P9  3.33/1 from 0;");
    assert_int_equal(number_of(db, fixture.arena, "SELECT lines FROM catalogue_page WHERE last"), 3);
    fixture_close(&fixture);
}

// What the request gave, shown; the next request's `after`, empty where none follows.
static const char *part(const struct document *asked, struct slice id, struct arena *keep,
                        struct slice *after)
{
    struct fixture fixture;
    begin(&fixture);
    struct item *item = add(&fixture, asked);
    run(&fixture);
    outcome_is(item, OUTCOME_ANSWERED);
    const struct document *catalogue = NULL, *next = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_QUOTES, &catalogue), 1);
    fixture_published(&fixture, TOPIC_INBOUND, &next);
    *after = arena_copy(keep, document_text(next, "after"));
    if (id.size)
        ASSERT_SLICE(document_text(catalogue, "catalogue_id"), arena_string(keep, id));
    const char *text = arena_string(keep, slice_of(shown(fixture.arena, catalogue)));
    fixture_close(&fixture);
    return text;
}

// Each document asks for the next one; all have the first one's number.
static void long_ones_come_in_parts(void **state)
{
    (void)state;
    need_database();
    struct arena *arena = arena_open(1 << 20);
    struct slice after;
    *lines_max() = 2;
    struct document *asked = request(arena, "A1", "CR-2");
    char id[ORDER_ID_TEXT_SIZE];
    order_id_text(order_id_of(3, next_offset), id);
    same(part(asked, slice_of(id), arena, &after),
         "first EUR: 1 P1 B-1 own 9/100 from 0 own 8.5/100 from 24; 2 P2  2/1 from 5;");
    document_add_text(arena, asked, "catalogue_id", slice_of(id));
    document_add_text(arena, asked, "after", after);
    document_add_integer(arena, asked, "page", 2);
    // A product without a price that anybody could order at is left out.
    same(part(asked, slice_of(id), arena, &after), "last EUR: 1 P9  3.33/1 from 0;");
    assert_int_equal(after.size, 0);
    assert_int_equal(
        number_of(db, arena, "SELECT sum(lines)::bigint FROM catalogue_page WHERE request_number = 'CR-2'"),
        3);
    arena_close(arena);
    *lines_max() = 1000;
}

static void who_gets_none(void **state)
{
    (void)state;
    need_database();
    static const struct {
        const char *account, *number, *catalogue;
        int64_t page;
        const char *why;
    } cases[] = {
        { "A9", "CR", "", 1, "account 'A9' is unknown: it gets no catalogue" },
        { "SHUT", "CR", "", 1, "account SHUT is blocked: it gets no catalogue" },
        { "", "CR", "", 1, "the request for a catalogue has no account" },
        { "A1", "", "", 1, "the request for a catalogue has no request_number" },
        { "A1", "CR", "", 2, "page 2 of catalogue '' makes no sense" },
        { "A1", "CR", "3-1", 1, "page 1 of catalogue '3-1' makes no sense" },
        { "A1", "CR", "3-1", 0, "page 0 of catalogue '3-1' makes no sense" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        begin(&fixture);
        struct document *document = request(fixture.arena, cases[i].account, cases[i].number);
        document_add_text(fixture.arena, document, "catalogue_id", slice_of(cases[i].catalogue));
        document_add_integer(fixture.arena, document, "page", cases[i].page);
        struct item *item = add(&fixture, document);
        run(&fixture);
        outcome_is(item, OUTCOME_PARKED);
        ASSERT_SLICE(item->park_reason, cases[i].why);
        assert_int_equal(fixture.batch.owed_count, 0);
        fixture_close(&fixture);
    }
}

// What is too large for a topic is divided, however many lines are allowed.
static void large_ones_are_divided(void **state)
{
    (void)state;
    need_database();
    struct error error = { 0 };
    must(
        db_run(
            db,
            "INSERT INTO product (product, description, gtin, active, unit, units, factors) SELECT 'Q' || n, "
            "repeat('x', 300000), '', true, 'C62', '{}', '{}' FROM generate_series(1, 2) AS n; "
            "INSERT INTO condition_record SELECT 'Q' || n, 'A2', 'EUR', 'C62', '2020-01-01', NULL, 1000000, "
            "'{0}', '{20000}' FROM generate_series(1, 2) AS n",
            &error),
        &error);
    struct fixture fixture;
    begin(&fixture);
    add(&fixture, request(fixture.arena, "A2", "CR-3"));
    run(&fixture);
    const struct document *catalogue = NULL, *next = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_QUOTES, &catalogue), 1);
    ASSERT_SLICE(document_text(catalogue, "part"), "first");
    assert_int_equal(document_get(catalogue, "lines")->count, 5); // P1, P2, P8, P9 and the first large one
    assert_int_equal(fixture_published(&fixture, TOPIC_INBOUND, &next), 1);
    ASSERT_SLICE(document_text(next, "after"), "Q1");
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_an_account_may_buy),
                                        cmocka_unit_test(long_ones_come_in_parts),
                                        cmocka_unit_test(who_gets_none),
                                        cmocka_unit_test(large_ones_are_divided) };
    return cmocka_run_group_tests(tests, open_shop, close_database);
}

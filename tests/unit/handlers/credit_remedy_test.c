// SPDX-License-Identifier: Apache-2.0
// Who is looked at first when credit is free again, and what would release an order that is held. Both are asked of
// the checks themselves, in memory.
#include "fixture.h"
#include "handlers/credit/credit_queue.h"
#include "handlers/credit/credit_remedy.h"

enum { LINES = 3 };

// An order of three lines of 100, 200 and 300 that waits for credit.
static struct order *held_order(struct fixture *fixture, int number)
{
    struct order *order = ARENA_NEW(fixture->arena, struct order);
    *order = (struct order){ .id = order_id_of(3, number),
                             .loaded = true,
                             .account_number = SLICE("A1"),
                             .payer_number = SLICE("A1"),
                             .payer = trade_account(fixture->trade, SLICE("A1")),
                             .currency = SLICE("EUR"),
                             .exponent = 2,
                             .state = ORDER_HELD,
                             .total = 60000,
                             .priced = true,
                             .received_at = number,
                             .line_count = LINES };
    order->was_held[HOLD_CREDIT] = order->holds[HOLD_CREDIT] = true;
    order->lines = ARENA_ARRAY(fixture->arena, LINES, struct line);
    for (int i = 0; i < LINES; i++)
        order->lines[i] = (struct line){ .position = i + 1,
                                         .number = arena_printf(fixture->arena, "%d", i + 1),
                                         .amount = 10000 * (i + 1),
                                         .priced = true };
    trade_add_order(fixture->trade, order);
    return order;
}

static struct slice joined(struct fixture *fixture, const struct credit_remedy *remedies, size_t count)
{
    struct slice text = { 0 };
    for (size_t i = 0; i < count; i++)
        text = arena_printf(fixture->arena, "%.*s%s%.*s", SLICE_ARGS(text), i ? "; " : "",
                            SLICE_ARGS(remedies[i].text));
    return text;
}

static void remedies(void **state)
{
    (void)state;
    static const int64_t day = INT64_C(86400000000), now = INT64_C(1790000000000000);
    static const struct {
        const char *exposure;
        struct credit_terms terms;
        int64_t overdue, too_old;
        int32_t oldest_days;
        const char *want;
    } cases[] = {
        { "500",
          { .priority = 0 },
          0,
          0,
          0,
          "pay 100.00 EUR; drop line 1; order for no more than 500.00 EUR; raise the limit of account A1 to "
          "1100.00 EUR" },
        { "650",
          { .priority = 0 },
          0,
          0,
          0,
          "pay 250.00 EUR; drop line 3; order for no more than 350.00 EUR; raise the limit of account A1 to "
          "1250.00 EUR" },
        { "850",
          { .priority = 0 },
          0,
          0,
          0,
          "pay 450.00 EUR; drop lines 2 and 3; order for no more than 150.00 EUR; raise the limit of account "
          "A1 to "
          "1450.00 EUR" },
        { "1200",
          { .priority = 0 },
          0,
          0,
          0,
          "pay 800.00 EUR; raise the limit of account A1 to 1800.00 EUR" },
        { "400", { .priority = 0 }, 0, 0, 0, "" }, // nothing stops it
        { "500", { .tolerance = 1000 }, 0, 0, 0, "" },
        { "500",
          { .has_temporary = true,
            .temporary_limit = 200000,
            .temporary_from = now + 3 * day,
            .temporary_until = INT64_MAX },
          0,
          0,
          0,
          "pay 100.00 EUR; drop line 1; order for no more than 500.00 EUR; wait until 2026-09-24, when a "
          "temporary "
          "limit begins; raise the limit of account A1 to 1100.00 EUR" },
        { "0",
          { .has_document = true, .document_max = 35000 },
          0,
          0,
          0,
          "drop line 3; order for no more than 350.00 EUR" },
        { "100", { .has_overdue = true, .overdue_max = 2000 }, 7000, 0, 0, "pay 50.00 EUR" },
        { "100", { .has_oldest = true, .oldest_days = 30 }, 0, 8000, 31, "pay 80.00 EUR" },
        { "500", { .has_oldest = true, .oldest_days = 30 }, 0, 8000, 31, "pay 100.00 EUR" },
        { "500",
          { .has_horizon = true, .horizon_days = 10 },
          0,
          0,
          0,
          "pay 100.00 EUR; drop line 1; order for no more than 500.00 EUR; have it delivered on 2026-10-02 "
          "or later; "
          "raise the limit of account A1 to 1100.00 EUR" },
        { "0", { .has_review = true, .review_at = 1 }, 0, 0, 0, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        struct account *account = fixture_account(&fixture, "A1", "1000", NULL);
        account->exposure = fixture_number(cases[i].exposure, 2);
        struct order *order = held_order(&fixture, 1);
        struct credit_standing *standing = credit_standing_make(fixture.trade, account);
        struct credit_terms terms = cases[i].terms;
        memcpy(terms.reactions, credit_no_terms.reactions, sizeof terms.reactions);
        standing->terms = terms;
        standing->overdue = cases[i].overdue;
        standing->too_old = cases[i].too_old;
        standing->oldest_days = cases[i].oldest_days;
        standing->horizon = instant_date(now) + terms.horizon_days;
        struct credit_remedy found[CREDIT_REMEDIES_MAX];
        bool stopped;
        size_t count = credit_remedies(&fixture.batch, order, found, &stopped);
        struct slice got = joined(&fixture, found, count);
        if (!slice_is(got, cases[i].want))
            fail_msg("case %zu: got '%.*s', want '%s'", i, SLICE_ARGS(got), cases[i].want);
        assert_int_equal(account->running, 0);
        assert_int_equal(account->credit_limit, 100000);
        assert_int_equal(standing->overdue, cases[i].overdue);
        fixture_close(&fixture);
    }
}

// A child's payment lowers the group's exposure in the parent's currency.
static void remedies_of_a_group(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct account *child = fixture_account(&fixture, "A1", NULL, NULL);
    struct account *parent = fixture_account(&fixture, "P0", "1000", NULL);
    child->credit_parent = parent->number;
    struct order *order = held_order(&fixture, 1);
    struct credit_standing *own = credit_standing_make(fixture.trade, child);
    struct credit_group group = { .parent = parent->number, .account = parent, .members = 70000 };
    group.standing = credit_standing_make(fixture.trade, parent);
    group.in_batch = &own;
    group.in_batch_count = 1;
    own->group = &group;
    struct credit_remedy found[CREDIT_REMEDIES_MAX];
    bool stopped;
    size_t count = credit_remedies(&fixture.batch, order, found, &stopped);
    ASSERT_SLICE(
        joined(&fixture, found, count),
        "pay 300.00 EUR; drop line 3; order for no more than 300.00 EUR; raise the limit of account P0 to "
        "1300.00 EUR");
    fixture_close(&fixture);
}

static void queue(void **state)
{
    (void)state;
    static const struct {
        const char *release, *want;
    } cases[] = { { "age", "1 2 3 4" }, { "priority", "2 3 1 4" }, { "best_fit", "1 4 2 3" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        fixture_account(&fixture, "A1", "1000", NULL);
        struct account *other = fixture_account(&fixture, "A2", "1000", NULL);
        credit_standing_make(fixture.trade, other)->terms.priority = 5;
        for (int number = 1; number <= 4; number++) {
            struct order *order = held_order(&fixture, number);
            order->total = number == 3 ? 40000 : 50000 + (number == 1 || number == 4 ? 10000 : 0);
            if (number == 2 || number == 3)
                order->account_number = other->number;
        }
        struct slice got = { 0 };
        credit_release = cases[i].release;
        struct order **queue = credit_queue(fixture.trade);
        credit_release = "age";
        for (int at = 0; at < 4; at++)
            got = arena_printf(fixture.arena, "%.*s%s%lld", SLICE_ARGS(got), at ? " " : "",
                               (long long)queue[at]->received_at);
        ASSERT_SLICE(got, cases[i].want);
        fixture_close(&fixture);
    }
    struct error error = { 0 };
    credit_release = "loudest";
    assert_false(credit_release_check(&error));
    credit_release = "age";
    assert_true(credit_release_check(&error));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(remedies), cmocka_unit_test(remedies_of_a_group),
                                        cmocka_unit_test(queue) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Facts from the ERP: what is parked and why, what supersedes what, and payments that come twice.
#include "fixture.h"
#include "handlers/credit/open_item.h"

enum value { TEXT, MONEY, QUANTITY, DAY, AT };

struct field {
    const char *name;
    enum value kind;
    const char *value;
};

struct fact_case {
    const char *type;
    struct field fields[9];
    const char *reason; // NULL: recorded
};

static void add_field(struct arena *arena, struct document *document, const struct field *field)
{
    int64_t at;
    int32_t day;
    switch (field->kind) {
    case TEXT:
        document_add_text(arena, document, field->name, slice_of(field->value));
        break;
    case MONEY:
        fixture_money(arena, document, field->name, field->value);
        break;
    case QUANTITY:
        document_add_decimal(arena, document, field->name, fixture_number(field->value, QUANTITY_SCALE),
                             QUANTITY_SCALE);
        break;
    case DAY:
        assert_true(date_parse(slice_of(field->value), &day));
        document_add_date(arena, document, field->name, day);
        break;
    case AT:
        assert_true(slice_integer(slice_of(field->value), &at));
        document_add_instant(arena, document, field->name, at);
        break;
    }
}

static struct document *make(struct arena *arena, const struct fact_case *fact_case)
{
    struct document *document = document_record(arena, fact_case->type);
    for (size_t i = 0; i < 9 && fact_case->fields[i].name; i++)
        add_field(arena, document, &fact_case->fields[i]);
    return document;
}

static void unsound_facts_are_parked(void **state)
{
    (void)state;
    static const struct fact_case cases[] = {
        { "Account",
          { { "account", TEXT, "N" }, { "status", TEXT, "open" }, { "currency", TEXT, "EUR" } },
          NULL },
        { "Account",
          { { "status", TEXT, "open" }, { "currency", TEXT, "EUR" } },
          "the Account has no account" },
        { "Account",
          { { "account", TEXT, "N" }, { "status", TEXT, "ajar" }, { "currency", TEXT, "EUR" } },
          "account N has the unknown status 'ajar'" },
        { "Account",
          { { "account", TEXT, "N" }, { "status", TEXT, "open" }, { "currency", TEXT, "EURO" } },
          "'EURO' is no currency of ISO 4217" },
        { "Account",
          { { "account", TEXT, "N" },
            { "status", TEXT, "open" },
            { "currency", TEXT, "EUR" },
            { "credit_limit", MONEY, "-1" } },
          "the credit_limit -1 of the Account is negative" },
        { "Account",
          { { "account", TEXT, "N" },
            { "status", TEXT, "open" },
            { "currency", TEXT, "JPY" },
            { "order_limit", MONEY, "0.5" } },
          "the order_limit 0.5 is finer than the minor unit of JPY" },
        { "Account",
          { { "account", TEXT, "OWES" }, { "status", TEXT, "open" }, { "currency", TEXT, "USD" } },
          "account OWES cannot change from EUR to USD while 12.50 EUR are outstanding" },
        { "User", { { "account", TEXT, "N" }, { "user", TEXT, "u" }, { "status", TEXT, "active" } }, NULL },
        { "User",
          { { "account", TEXT, "N" }, { "user", TEXT, "u" }, { "status", TEXT, "asleep" } },
          "user u of account N has the unknown status 'asleep'" },
        { "User", { { "account", TEXT, "N" }, { "status", TEXT, "active" } }, "the User has no user" },
        { "User",
          { { "account", TEXT, "N" },
            { "user", TEXT, "u" },
            { "status", TEXT, "active" },
            { "order_limit", MONEY, "-0.01" } },
          "the order_limit -0.01 of the User is negative" },
        { "Product",
          { { "product", TEXT, "P" }, { "status", TEXT, "active" }, { "unit", TEXT, "PCE" } },
          NULL },
        { "Product",
          { { "product", TEXT, "P" }, { "status", TEXT, "new" }, { "unit", TEXT, "PCE" } },
          "product P has the unknown status 'new'" },
        { "Product", { { "product", TEXT, "P" }, { "status", TEXT, "active" } }, "the Product has no unit" },
        { "Product",
          { { "product", TEXT, "P" }, { "status", TEXT, "active" }, { "unit", TEXT, "P,E" } },
          "the unit 'P,E' of the Product is invalid" },
        { "Price",
          { { "product", TEXT, "P" },
            { "currency", TEXT, "EUR" },
            { "unit", TEXT, "PCE" },
            { "valid_from", DAY, "2026-01-01" } },
          "the price of product P has no scales" },
        { "Price",
          { { "product", TEXT, "P" }, { "currency", TEXT, "EUR" }, { "unit", TEXT, "PCE" } },
          "the price of product P has no first day" },
        { "Price",
          { { "product", TEXT, "P" },
            { "currency", TEXT, "EUR" },
            { "unit", TEXT, "PCE" },
            { "valid_from", DAY, "2026-02-01" },
            { "valid_to", DAY, "2026-01-31" } },
          "the price of product P ends on 2026-01-31, before it begins on 2026-02-01" },
        { "Price",
          { { "product", TEXT, "P" },
            { "currency", TEXT, "EUR" },
            { "unit", TEXT, "PCE" },
            { "valid_from", DAY, "2026-02-01" },
            { "price_basis", QUANTITY, "0" } },
          "the price of product P is for 0 units" },
        { "StockLevel",
          { { "product", TEXT, "P" },
            { "site", TEXT, "S" },
            { "on_hand", QUANTITY, "0" },
            { "counted_at", AT, "5" } },
          NULL },
        { "StockLevel",
          { { "product", TEXT, "P" }, { "site", TEXT, "S" }, { "on_hand", QUANTITY, "-2.5" } },
          "the stock -2.5 of product P at S is negative" },
        { "StockLevel",
          { { "product", TEXT, "P" }, { "on_hand", QUANTITY, "1" } },
          "the StockLevel has no site" },
        { "StockLevel",
          { { "product", TEXT, "P" }, { "site", TEXT, "S" } },
          "the stock of product P at S is no quantity" },
        { "Payment",
          { { "payment", TEXT, "Z" },
            { "account", TEXT, "OWES" },
            { "currency", TEXT, "EUR" },
            { "amount", MONEY, "2" } },
          NULL },
        { "Payment",
          { { "payment", TEXT, "Z" },
            { "account", TEXT, "OWES" },
            { "currency", TEXT, "EUR" },
            { "amount", MONEY, "0" } },
          "payment Z has no amount" },
        { "Payment",
          { { "payment", TEXT, "Z" },
            { "account", TEXT, "OWES" },
            { "currency", TEXT, "EUR" },
            { "amount", MONEY, "0.001" } },
          "the amount 0.001 of payment Z is finer than the minor unit of EUR" },
        { "Payment",
          { { "payment", TEXT, "Z" },
            { "account", TEXT, "OWES" },
            { "currency", TEXT, "USD" },
            { "amount", MONEY, "2" } },
          "payment Z is in USD, account OWES pays in EUR, and no exchange rate of the two is known" },
        { "Payment",
          { { "payment", TEXT, "Z" },
            { "account", TEXT, "X" },
            { "currency", TEXT, "EUR" },
            { "amount", MONEY, "2" } },
          "payment Z is of the unknown account X" },
        { "Status", { { "instance", TEXT, "x" } }, "documents of type Status are not taken here" },
        { "PurchaseOrder", { { "order_number", TEXT, "x" } }, "the PurchaseOrder names no account" },
        { "PurchaseOrder", { { "account", TEXT, "A" } }, "the order of account A has no order number" },
        { "ApprovalDecision",
          { { "account", TEXT, "A" }, { "order_id", TEXT, "1-1" } },
          "order '1-1' of account A is unknown" },
        { "AccountReview", { { "account", TEXT, "A" } }, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        fixture_account(&fixture, "OWES", NULL, NULL)->exposure = 1250;
        struct item *item = fixture_item(&fixture, make(fixture.arena, &cases[i]));
        fixture_decide(&fixture);
        ASSERT_SLICE(item->park_reason, cases[i].reason ? cases[i].reason : "");
        assert_int_equal(item->outcome, cases[i].reason ? OUTCOME_PARKED : OUTCOME_RECORDED);
        fixture_close(&fixture);
    }
}

static void the_last_of_a_key_counts(void **state)
{
    (void)state;
    static const struct fact_case cases[] = {
        { "Product",
          { { "product", TEXT, "P" }, { "status", TEXT, "active" }, { "unit", TEXT, "PCE" } },
          NULL },
        { "Product", { { "product", TEXT, "P" }, { "status", TEXT, "odd" }, { "unit", TEXT, "PCE" } }, NULL },
        { "Product",
          { { "product", TEXT, "P" }, { "status", TEXT, "discontinued" }, { "unit", TEXT, "PCE" } },
          NULL },
        { "Product",
          { { "product", TEXT, "Q" }, { "status", TEXT, "active" }, { "unit", TEXT, "PCE" } },
          NULL },
        { "StockLevel",
          { { "product", TEXT, "P" },
            { "site", TEXT, "S" },
            { "on_hand", QUANTITY, "7" },
            { "counted_at", AT, "9" } },
          NULL },
        { "StockLevel",
          { { "product", TEXT, "P" },
            { "site", TEXT, "S" },
            { "on_hand", QUANTITY, "5" },
            { "counted_at", AT, "8" } },
          NULL },
    };
    struct fixture fixture;
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        fixture_item(&fixture, make(fixture.arena, &cases[i]));
    fixture_decide(&fixture);
    const struct facts *facts = fixture.trade->facts;
    assert_int_equal(facts->product_count, 4);
    assert_true(facts->products[0].superseded);
    assert_false(facts->products[1].sound);
    assert_false(facts->products[2].superseded || facts->products[3].superseded);
    assert_false(facts->products[2].active);
    assert_false(facts->stocks[0].superseded); // the younger count, though it came first
    assert_true(facts->stocks[1].superseded);
    fixture_close(&fixture);
}

static void payments_are_booked_once(void **state)
{
    (void)state;
    static const struct {
        const char *number, *amount;
        enum outcome want;
    } cases[] = { { "Z1", "100", OUTCOME_RECORDED }, { "Z1", "100", OUTCOME_REPEATED },
                  { "Z1", "99", OUTCOME_PARKED },    { "Z2", "-5", OUTCOME_RECORDED },
                  { "Z0", "40", OUTCOME_REPEATED },  { "Z0", "41", OUTCOME_PARKED } };
    struct fixture fixture;
    fixture_open(&fixture);
    struct account *account = fixture_account(&fixture, "A1", NULL, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fact_case fact = { "Payment",
                                  { { "payment", TEXT, cases[i].number },
                                    { "account", TEXT, "A1" },
                                    { "currency", TEXT, "EUR" },
                                    { "amount", MONEY, cases[i].amount } },
                                  NULL };
        fixture_item(&fixture, make(fixture.arena, &fact));
    }
    fixture.trade->facts = facts_read(&fixture.batch);
    // Z0 was booked before this batch.
    open_item_cash(fixture.trade, SLICE("A1"), SLICE("payment/Z0"), SLICE("EUR"), 0, 4000)->stored = true;
    fixture_decide(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(fixture.items[i].outcome, cases[i].want);
    assert_int_equal(fixture.trade->entry_count, 2);
    assert_int_equal(account->running, -9500);
    fixture_close(&fixture);
}

// An order sees what the ERP said in its own batch.
static void orders_see_the_facts_of_their_batch(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct account *account = fixture_account(&fixture, "A1", "100", NULL);
    account->exposure = 10000;
    fixture_product(&fixture, "P1", "");
    fixture_price(&fixture, "P1", "", "1");
    fixture_stock(&fixture, "P1", "S1", "0");
    struct order *order = fixture_simple(&fixture, "A1", "N", "P1", "50");
    struct fact_case payment = { "Payment",
                                 { { "payment", TEXT, "Z" },
                                   { "account", TEXT, "A1" },
                                   { "currency", TEXT, "EUR" },
                                   { "amount", MONEY, "50" } },
                                 NULL };
    struct fact_case stock = { "StockLevel",
                               { { "product", TEXT, "P1" },
                                 { "site", TEXT, "S1" },
                                 { "on_hand", QUANTITY, "30" },
                                 { "counted_at", AT, "9" } },
                               NULL };
    fixture_item(&fixture, make(fixture.arena, &payment));
    fixture_item(&fixture, make(fixture.arena, &stock));
    fixture_decide(&fixture);
    assert_int_equal(order->next_state, ORDER_ACCEPTED);
    assert_int_equal(order->lines[0].confirmed, 30 * QUANTITY_ONE);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(unsound_facts_are_parked),
                                        cmocka_unit_test(the_last_of_a_key_counts),
                                        cmocka_unit_test(payments_are_booked_once),
                                        cmocka_unit_test(orders_see_the_facts_of_their_batch) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

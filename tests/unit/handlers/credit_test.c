// SPDX-License-Identifier: Apache-2.0
// Credit and approval: what fits, what is held, who is asked, and that both decide again when pricing moves a
// total.
#include "fixture.h"
#include "handlers/approval/approval.h"

static void facts(struct fixture *fixture, const char *credit_limit, const char *order_limit)
{
    fixture_open(fixture);
    fixture_account(fixture, "A1", credit_limit, order_limit);
    fixture_product(fixture, "P1", "");
    fixture_price(fixture, "P1", "", "10");
    fixture_stock(fixture, "P1", "S1", "1000");
}

// Orders in order of arrival; `stated` is the buyer's total, which credit sees before the price is known.
static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *limit, *exposure;
        struct {
            const char *quantity, *stated;
            enum order_state want;
        } orders[3];
        const char *booked;
    } cases[] = {
        { NULL, "5000", { { "100", NULL, ORDER_ACCEPTED } }, "1000" },
        { "1000", "0", { { "100", NULL, ORDER_ACCEPTED }, { "1", NULL, ORDER_HELD } }, "1000" },
        { "1000", "0.01", { { "100", NULL, ORDER_HELD }, { "99", NULL, ORDER_ACCEPTED } }, "990" },
        { "1000",
          "-500",
          { { "100", NULL, ORDER_ACCEPTED }, { "50", NULL, ORDER_ACCEPTED }, { "1", NULL, ORDER_HELD } },
          "1500" },
        // The buyer understates: what it costs decides.
        { "1000", "0", { { "101", "5", ORDER_HELD }, { "100", "1000", ORDER_ACCEPTED } }, "1000" },
        // The buyer overstates: what it costs decides.
        { "1000", "0", { { "100", "2000", ORDER_ACCEPTED } }, "1000" },
        { "0", "0", { { "1", NULL, ORDER_HELD } }, "0" },
        { "100", "200", { { "1", NULL, ORDER_HELD } }, "0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture, cases[i].limit, NULL);
        struct account *account = trade_account(fixture.trade, SLICE("A1"));
        account->exposure = fixture_number(cases[i].exposure, 2);
        struct order *orders[3];
        for (int j = 0; j < 3 && cases[i].orders[j].quantity; j++) {
            char number[4] = { 'N', (char)('0' + j), 0, 0 };
            struct document *document =
                fixture_document(fixture.arena, "A1", arena_string(fixture.arena, slice_of(number)));
            fixture_line(fixture.arena, document, "1", "P1", cases[i].orders[j].quantity);
            if (cases[i].orders[j].stated)
                fixture_money(fixture.arena, document, "total", cases[i].orders[j].stated);
            orders[j] = fixture_order(&fixture, document);
        }
        fixture_decide(&fixture);
        for (int j = 0; j < 3 && cases[i].orders[j].quantity; j++)
            if (orders[j]->next_state != cases[i].orders[j].want)
                fail_msg("case %zu order %d: got %s, want %s", i, j, order_state_name(orders[j]->next_state),
                         order_state_name(cases[i].orders[j].want));
        assert_int_equal(account->running, fixture_number(cases[i].booked, 2));
        fixture_close(&fixture);
    }
}

static void payers(void **state)
{
    (void)state;
    static const struct {
        const char *payer, *currency;
        enum account_status status;
        const char *codes;
        enum order_state want;
    } cases[] = {
        { "PAY", "EUR", ACCOUNT_APPROVED, "", ORDER_HELD }, // the payer's limit counts, not the buyer's
        { "PAY", "USD", ACCOUNT_APPROVED, "payer_currency", ORDER_REJECTED },
        { "PAY", "EUR", ACCOUNT_BLOCKED, "payer_blocked", ORDER_REJECTED },
        { "nobody", "EUR", ACCOUNT_APPROVED, "unknown_payer", ORDER_REJECTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture, NULL, NULL);
        trade_account(fixture.trade, SLICE("A1"))->payer = slice_of(cases[i].payer);
        struct account *payer = fixture_account(&fixture, "PAY", "5", NULL);
        payer->currency = slice_of(cases[i].currency);
        payer->status = cases[i].status;
        struct order *order = fixture_simple(&fixture, "A1", "N", "P1", "1");
        fixture_decide(&fixture);
        if (strcmp(fixture_codes(&fixture, order), cases[i].codes) != 0 || order->next_state != cases[i].want)
            fail_msg("case %zu: got %s '%s'", i, order_state_name(order->next_state),
                     fixture_codes(&fixture, order));
        assert_int_equal(payer->running, 0);
        fixture_close(&fixture);
    }
}

static void rejected_orders_free_what_they_had(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture, "1000", NULL);
    fixture_product(&fixture, "P2", ""); // without a price
    struct document *document = fixture_document(fixture.arena, "A1", "N1");
    fixture_line(fixture.arena, document, "1", "P2", "1");
    fixture_money(fixture.arena, document, "total", "900");
    struct order *priceless = fixture_order(&fixture, document);
    fixture_decide(&fixture);
    assert_int_equal(priceless->next_state, ORDER_REJECTED);
    assert_int_equal(priceless->booked, 0);
    assert_int_equal(trade_account(fixture.trade, SLICE("A1"))->running, 0);
    fixture_close(&fixture);
}

static void approvers(void **state)
{
    (void)state;
    static const struct {
        const char *user, *user_limit, *user_approver, *account_limit, *account_approver;
        enum order_state want;
        const char *asked; // the one task's approver; NULL for no task
    } cases[] = {
        { "ann", NULL, "", NULL, "", ORDER_ACCEPTED, NULL },
        { "ann", NULL, "boss", "100", "", ORDER_ACCEPTED, NULL }, // 100 is not above 100
        { "ann", NULL, "boss", "99.99", "", ORDER_HELD, "boss" },
        { "ann", "99.9999", "boss", "500", "", ORDER_HELD, "boss" }, // the user's limit before the account's
        { "ann", "100", "boss", "5", "", ORDER_ACCEPTED, NULL },
        { "ann", "0", "", NULL, "boss", ORDER_HELD, "boss" },
        { "ann", "0", "BOSS@buyer.example", NULL, "", ORDER_HELD, "boss" },
        { "ann", "0", "gone", NULL, "boss", ORDER_HELD, "boss" }, // inactive: the account's approver
        { "ann", "0", "clerk", NULL, "", ORDER_HELD, "" },        // without the right
        { "ann", "0", "nobody", NULL, "", ORDER_HELD, "" },
        { "boss", "0", "boss", NULL, "boss", ORDER_HELD, "" }, // never himself
        { "boss", "0", "boss@buyer.example", NULL, "", ORDER_HELD, "" },
        { "", NULL, "", "50", "boss", ORDER_HELD, "boss" }, // no user: the account's limit
        { "", NULL, "", NULL, "boss", ORDER_ACCEPTED, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture, NULL, cases[i].account_limit);
        trade_account(fixture.trade, SLICE("A1"))->approver = slice_of(cases[i].account_approver);
        struct user *boss = fixture_user(&fixture, "A1", "boss"),
                    *gone = fixture_user(&fixture, "A1", "gone");
        struct user *ann = fixture_user(&fixture, "A1", "ann");
        fixture_user(&fixture, "A1", "clerk");
        boss->may_approve = gone->may_approve = true;
        gone->active = false;
        struct user *user = strcmp(cases[i].user, "boss") == 0 ? boss : ann;
        user->approver = slice_of(cases[i].user_approver);
        user->has_order_limit = cases[i].user_limit != NULL;
        if (cases[i].user_limit)
            user->order_limit = fixture_number(cases[i].user_limit, MONEY_SCALE);
        struct document *document = fixture_document(fixture.arena, "A1", "N");
        fixture_line(fixture.arena, document, "1", "P1", "10");
        document_add_text(fixture.arena, document, "user", slice_of(cases[i].user));
        struct order *order = fixture_order(&fixture, document);
        fixture_decide(&fixture);
        const struct document *task = NULL;
        size_t tasks = fixture_published(&fixture, TOPIC_APPROVALS, &task);
        if (order->next_state != cases[i].want || tasks != (cases[i].asked != NULL))
            fail_msg("case %zu: got %s and %zu tasks", i, order_state_name(order->next_state), tasks);
        if (task) {
            const struct document *first = document_items(task, "approvers");
            ASSERT_SLICE(first ? first->text : (struct slice){ 0 }, cases[i].asked);
            ASSERT_SLICE(document_text(task, "state"), "open");
            assert_int_equal(document_text(task, "content_hash").size, 64);
            assert_true(slice_equal(order->approval_hash, document_text(task, "content_hash")));
        }
        fixture_close(&fixture);
    }
}

// Both holds stand at once, each with its reason, and the buyer is not answered yet.
static void several_holds(void **state)
{
    (void)state;
    struct fixture fixture;
    facts(&fixture, "50", "50");
    struct order *order = fixture_simple(&fixture, "A1", "N", "P1", "10");
    fixture_decide(&fixture);
    const struct document *event = NULL;
    assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, &event), 1);
    assert_int_equal(fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, NULL), 0);
    ASSERT_SLICE(document_text(event, "kind"), "OrderHeld");
    ASSERT_SLICE(document_items(event, "holds")->text, "credit");
    ASSERT_SLICE(document_items(event, "holds")->next->text, "approval");
    ASSERT_SLICE(document_text(document_items(event, "reasons"), "text"),
                 "an exposure of 100.00 EUR would pass the limit of 50.00 EUR");
    ASSERT_SLICE(
        document_text(document_items(event, "reasons")->next, "text"),
        "a total of 100.00 EUR is above the limit of 50.00 EUR, and nobody who may approve is named");
    assert_int_equal(order->item->outcome, OUTCOME_HELD);
    fixture_close(&fixture);
}

// A stored order that waits for its approver, as recall loads it.
static struct order *held_order(struct fixture *fixture, const struct document *decision)
{
    struct order *order = ARENA_NEW(fixture->arena, struct order);
    *order = (struct order){ .item = fixture_item(fixture, decision),
                             .id = order_id_of(3, 7),
                             .loaded = true,
                             .account_number = SLICE("A1"),
                             .payer_number = SLICE("A1"),
                             .order_number = SLICE("N"),
                             .user_name = SLICE("ann"),
                             .currency = SLICE("EUR"),
                             .exponent = 2,
                             .version = 1,
                             .state = ORDER_HELD,
                             .event_seq = 1,
                             .total = 10000,
                             .booked = 10000,
                             .stored_booked = 10000,
                             .priced = true,
                             .content_hash = SLICE("content"),
                             .line_count = 1 };
    order->was_held[HOLD_APPROVAL] = order->holds[HOLD_APPROVAL] = true;
    order->lines = ARENA_NEW(fixture->arena, struct line);
    order->lines[0] = (struct line){ .number = SLICE("1"),
                                     .product = SLICE("P1"),
                                     .quantity = 10 * QUANTITY_ONE,
                                     .factor = QUANTITY_ONE,
                                     .base_quantity = 10 * QUANTITY_ONE,
                                     .priced = true,
                                     .amount = 10000 };
    order->tasks = ARENA_NEW(fixture->arena, struct approval_task);
    *order->tasks = (struct approval_task){ .task_id = SLICE("3-7/1"),
                                            .approver = SLICE("boss"),
                                            .state = APPROVAL_OPEN,
                                            .total = 10000,
                                            .stored = true };
    order->tasks->content_hash = order_approval_hash(order, fixture->arena);
    trade_add_order(fixture->trade, order);
    return order;
}

static void answers_of_approvers(void **state)
{
    (void)state;
    static const struct {
        const char *decision, *actor, *task_id, *hash, *asked;
        const char *task_state; // before
        enum outcome outcome;
        enum order_state want;
        const char *reason; // part of it
    } cases[] = {
        { "approve", "boss", "", "", "boss", "open", OUTCOME_ANSWERED, ORDER_ACCEPTED, NULL },
        { "approve", "boss", "3-7/1", "", "boss", "open", OUTCOME_ANSWERED, ORDER_ACCEPTED, NULL },
        { "reject", "boss@BUYER.example", "", "", "boss", "open", OUTCOME_ANSWERED, ORDER_REJECTED, NULL },
        { "approve", "boss", "3-7/2", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "no such task" },
        { "approve", "boss", "", "stale", "boss", "open", OUTCOME_PARKED, ORDER_HELD,
          "no longer what is to be" },
        { "approve", "other", "", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "approve", "ann", "", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "approve", "ann", "", "", "ann", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "approve", "nobody", "", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "approve", "seller:eve", "", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "approve", "seller:eve", "", "", "", "open", OUTCOME_ANSWERED, ORDER_ACCEPTED, NULL },
        { "approve", "other", "", "", "", "open", OUTCOME_ANSWERED, ORDER_ACCEPTED, NULL },
        { "approve", "ann", "", "", "", "open", OUTCOME_PARKED, ORDER_HELD, "was not asked" },
        { "maybe", "boss", "", "", "boss", "open", OUTCOME_PARKED, ORDER_HELD, "neither" },
        { "approve", "boss", "", "", "boss", "withdrawn", OUTCOME_PARKED, ORDER_HELD, "already decided" },
        { "approve", "boss", "", "", "boss", "approved", OUTCOME_REPEATED, ORDER_HELD, NULL },
        { "reject", "boss", "", "", "boss", "approved", OUTCOME_PARKED, ORDER_HELD, "already decided" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        facts(&fixture, "100", "50");
        trade_account(fixture.trade, SLICE("A1"))->exposure = 10000;
        fixture_user(&fixture, "A1", "ann")->may_approve = true;
        fixture_user(&fixture, "A1", "boss")->may_approve = true;
        fixture_user(&fixture, "A1", "other")->may_approve = true;
        struct document *decision = document_record(fixture.arena, "ApprovalDecision");
        document_add_text(fixture.arena, decision, "account", SLICE("A1"));
        document_add_text(fixture.arena, decision, "order_id", SLICE("3-7"));
        document_add_text(fixture.arena, decision, "task_id", slice_of(cases[i].task_id));
        document_add_text(fixture.arena, decision, "decision", slice_of(cases[i].decision));
        document_add_text(fixture.arena, decision, "actor", slice_of(cases[i].actor));
        document_add_text(fixture.arena, decision, "reason", SLICE("too dear"));
        document_add_text(fixture.arena, decision, "content_hash", slice_of(cases[i].hash));
        struct order *order = held_order(&fixture, decision);
        order->tasks->approver = slice_of(cases[i].asked);
        assert_true(approval_state_parse(slice_of(cases[i].task_state), &order->tasks->state));
        order->tasks->decided_by = strcmp(cases[i].task_state, "approved") == 0 ? SLICE("boss") : SLICE("");
        fixture_decide(&fixture);
        struct slice reason = order->item->park_reason;
        if (order->item->outcome != cases[i].outcome || order->next_state != cases[i].want ||
            (cases[i].reason && !strstr(arena_string(fixture.arena, reason), cases[i].reason)))
            fail_msg("case %zu: got outcome %d, %s, %.*s", i, (int)order->item->outcome,
                     order_state_name(order->next_state), SLICE_ARGS(reason));
        bool decided = cases[i].outcome == OUTCOME_ANSWERED;
        assert_int_equal(fixture.batch.publication_count, decided ? 3 : 0); // task, event, answer
        struct account *account = trade_account(fixture.trade, SLICE("A1"));
        assert_int_equal(account->running, cases[i].want == ORDER_REJECTED ? -10000 : 0);
        if (cases[i].want == ORDER_REJECTED)
            ASSERT_SLICE(order->reasons[0].text, "boss rejected the order: too dear");
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(payers),
        cmocka_unit_test(rejected_orders_free_what_they_had),
        cmocka_unit_test(approvers),
        cmocka_unit_test(several_holds),
        cmocka_unit_test(answers_of_approvers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// budget_doc: Budget and BudgetTransfer documents of the ERP. Orders of the same batch see them.
#include "base/clock.h"
#include "handlers/budget/budgets.h"
#include "handlers/company/company.h"
#include "handlers/fact_reader.h"
#include "handlers/money.h"
#include "handlers/stages.h"

// --- Reading

static bool read_days(struct reader *reader, struct budget *budget)
{
    budget->from = BUDGET_OPEN_START;
    budget->to = BUDGET_OPEN_END;
    document_date(reader->document, "first_day", &budget->from);
    document_date(reader->document, "end_day", &budget->to);
    if (budget->from >= budget->to) {
        char first[DATE_TEXT_SIZE], end[DATE_TEXT_SIZE];
        return reader_park(reader, "budget %.*s ends with end_day %s, before it begins with first_day %s",
                           SLICE_ARGS(budget->id), date_text(budget->to, end),
                           date_text(budget->from, first));
    }
    if (budget->every == EVERY_FIXED && (budget->from == BUDGET_OPEN_START || budget->to == BUDGET_OPEN_END))
        return reader_park(reader, "budget %.*s is for fixed dates, but has no first_day or no end_day",
                           SLICE_ARGS(budget->id));
    return true;
}

static bool read_rollover(struct reader *reader, struct budget *budget)
{
    struct slice word = document_text(reader->document, "rollover");
    bool has = reader_has(reader, "rollover_percent");
    if (slice_is(word, "all"))
        budget->rollover = PERCENT_WHOLE;
    else if (slice_is(word, "percent") && has &&
             !document_decimal(reader->document, "rollover_percent", MONEY_SCALE, &budget->rollover))
        return reader_park(reader, "the rollover_percent of budget %.*s has more than 4 decimals",
                           SLICE_ARGS(budget->id));
    else if (!slice_is(word, "none") && !slice_is(word, "percent"))
        return reader_park(reader, "the rollover '%.*s' of budget %.*s is none of none, all and percent",
                           SLICE_ARGS(word), SLICE_ARGS(budget->id));
    if (has != slice_is(word, "percent") || budget->rollover < 0 || budget->rollover > PERCENT_WHOLE)
        return reader_park(reader,
                           "the rollover of budget %.*s wants a rollover_percent of 0 to 100, or none",
                           SLICE_ARGS(budget->id));
    if (budget->rollover && (budget->from == BUDGET_OPEN_START || budget->every == EVERY_FIXED))
        return reader_park(reader, "budget %.*s cannot roll over: it has no first_day, or only one period",
                           SLICE_ARGS(budget->id));
    return true;
}

static bool read_budget(struct reader *reader, struct budget *budget)
{
    struct slice period = document_text(reader->document, "period"),
                 rule = document_text(reader->document, "rule");
    bool has_amount;
    if (!reader_required(reader, "account", &budget->account) ||
        !reader_required(reader, "budget", &budget->id) ||
        !reader_optional(reader, "cost_centre", &budget->cost_centre) ||
        !reader_optional(reader, "unit", &budget->unit) ||
        !reader_currency(reader, "currency", &budget->currency) ||
        !reader_limit_minor(reader, "amount", budget->currency, &has_amount, &budget->amount))
        return false;
    // Charges are stored a line each.
    if (memchr(budget->id.data, '\n', budget->id.size))
        return reader_park(reader, "the number '%.*s' of a budget of account %.*s has a line end",
                           SLICE_ARGS(budget->id), SLICE_ARGS(budget->account));
    budget->title = document_text(reader->document, "title");
    budget->closed = document_boolean(reader->document, "deleted", false);
    budget->first_month = (int)document_integer(reader->document, "first_month", 1);
    if (!slice_empty(budget->cost_centre) && !slice_empty(budget->unit))
        return reader_park(reader,
                           "budget %.*s is for cost centre %.*s and for unit %.*s; it can be for one of them",
                           SLICE_ARGS(budget->id), SLICE_ARGS(budget->cost_centre), SLICE_ARGS(budget->unit));
    if (!budget_every_parse(period, &budget->every))
        return reader_park(reader,
                           "the period '%.*s' of budget %.*s is none of month, quarter, year and fixed",
                           SLICE_ARGS(period), SLICE_ARGS(budget->id));
    if (!budget_rule_parse(rule, &budget->rule))
        return reader_park(reader, "the rule '%.*s' of budget %.*s is none of block, warn and approve",
                           SLICE_ARGS(rule), SLICE_ARGS(budget->id));
    if (budget->first_month < 1 || budget->first_month > 12)
        return reader_park(reader, "the first_month %d of budget %.*s is no month", budget->first_month,
                           SLICE_ARGS(budget->id));
    return read_days(reader, budget) && read_rollover(reader, budget);
}

static bool read_transfer(struct reader *reader, struct fact_transfer *fact)
{
    bool has_amount;
    if (!reader_required(reader, "account", &fact->account) ||
        !reader_required(reader, "transfer", &fact->number) ||
        !reader_required(reader, "from_budget", &fact->from) ||
        !reader_required(reader, "to_budget", &fact->to) ||
        !reader_currency(reader, "currency", &fact->currency) ||
        !reader_limit_minor(reader, "amount", fact->currency, &has_amount, &fact->amount))
        return false;
    document_date(reader->document, "on_day", &fact->day);
    fact->reason = document_text(reader->document, "reason");
    fact->actor = document_text(reader->document, "actor");
    if (slice_equal(fact->from, fact->to))
        return reader_park(reader, "transfer %.*s is from budget %.*s to itself", SLICE_ARGS(fact->number),
                           SLICE_ARGS(fact->from));
    return fact->amount > 0 || reader_park(reader, "transfer %.*s moves nothing", SLICE_ARGS(fact->number));
}

static void supersede(struct budgets *budgets, const struct fact_budget *fact)
{
    for (size_t i = 0; &budgets->facts[i] < fact; i++)
        if (slice_equal(budgets->facts[i].budget.account, fact->budget.account) &&
            slice_equal(budgets->facts[i].budget.id, fact->budget.id))
            budgets->facts[i].superseded = true;
}

static void read_item(struct batch *batch, struct budgets *budgets, struct item *item)
{
    struct reader reader = reader_of(batch, item);
    if (strcmp(item->type, "Budget") == 0) {
        struct fact_budget *fact = &budgets->facts[budgets->fact_count++];
        fact->item = item;
        if ((fact->sound = read_budget(&reader, &fact->budget))) {
            supersede(budgets, fact);
            company_ask(batch, fact->budget.account);
        }
    } else if (strcmp(item->type, "BudgetTransfer") == 0) {
        struct fact_transfer *fact = &budgets->transfers[budgets->transfer_count++];
        fact->item = item;
        if ((fact->sound = read_transfer(&reader, fact)))
            company_ask(batch, fact->account);
    }
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    struct budgets *budgets = batch->trade->budgets = ARENA_NEW(batch->arena, struct budgets);
    budgets->by_account = budgets->by_id = budgets->by_centre = budgets->by_unit = index_in(batch->arena);
    budgets->stored_transfers = budgets->late = index_in(batch->arena);
    size_t count = 0;
    for (size_t i = 0; i < batch->item_count; i++)
        count += batch->items[i].document && (strcmp(batch->items[i].type, "Budget") == 0 ||
                                              strcmp(batch->items[i].type, "BudgetTransfer") == 0);
    if (count == 0)
        return true;
    budgets->facts = ARENA_ARRAY(batch->arena, count, struct fact_budget);
    budgets->transfers = ARENA_ARRAY(batch->arena, count, struct fact_transfer);
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].document && batch->items[i].outcome == OUTCOME_NONE)
            read_item(batch, budgets, &batch->items[i]);
    return true;
}

// --- Deciding

#define PARK(batch, fact, ...) (batch_park((batch), (fact)->item, __VA_ARGS__), (fact)->sound = false)

// Periods that were charged keep their first days.
static bool may_become(const struct budget *before, const struct budget *after)
{
    return before->use_count == 0 ||
           (before->every == after->every && before->first_month == after->first_month &&
            before->from == after->from && slice_equal(before->currency, after->currency));
}

static void decide_budget(struct batch *batch, struct fact_budget *fact)
{
    struct budgets *budgets = batch->trade->budgets;
    struct budget *known = budgets_get(budgets, fact->budget.account, fact->budget.id);
    if (!company_known(batch->trade, fact->budget.account)) {
        PARK(batch, fact, "budget %.*s is of the unknown account %.*s", SLICE_ARGS(fact->budget.id),
             SLICE_ARGS(fact->budget.account));
        return;
    }
    if (known && !may_become(known, &fact->budget)) {
        PARK(batch, fact,
             "budget %.*s cannot change its currency, first_day, first_month or period: something is charged "
             "to it",
             SLICE_ARGS(fact->budget.id));
        return;
    }
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
    if (fact->superseded)
        return;
    if (!known) {
        budgets_put(budgets, &fact->budget, batch->arena);
        return;
    }
    // Charges of this batch were found by where the budget stood before; what it allows is taken from now.
    known->to = fact->budget.to;
    known->rollover = fact->budget.rollover;
    known->amount = fact->budget.amount;
    known->rule = fact->budget.rule;
    known->closed = fact->budget.closed;
}

// Why the transfer cannot be; empty where it can.
static struct slice transfer_fault(struct batch *batch, const struct fact_transfer *fact, struct budget *from,
                                   struct budget *to, int32_t starts[2])
{
    struct arena *arena = batch->arena;
    char day[DATE_TEXT_SIZE];
    if (!from || !to)
        return arena_printf(arena, "account %.*s has no budget %.*s", SLICE_ARGS(fact->account),
                            SLICE_ARGS(from ? fact->to : fact->from));
    if (from->closed || to->closed)
        return arena_printf(arena, "budget %.*s is deleted", SLICE_ARGS(from->closed ? from->id : to->id));
    if (!slice_equal(from->currency, fact->currency) || !slice_equal(to->currency, fact->currency))
        return arena_printf(arena, "it is in %.*s, the budgets are in %.*s and %.*s",
                            SLICE_ARGS(fact->currency), SLICE_ARGS(from->currency), SLICE_ARGS(to->currency));
    if (!budget_start(from, fact->day, &starts[0]) || !budget_start(to, fact->day, &starts[1]))
        return arena_printf(arena, "the budgets %.*s and %.*s do not both cover %s", SLICE_ARGS(from->id),
                            SLICE_ARGS(to->id), date_text(fact->day, day));
    if (budget_depth(from, starts[0]) > BUDGET_PERIODS_MAX ||
        budget_depth(to, starts[1]) > BUDGET_PERIODS_MAX)
        return arena_printf(arena, "%s is more than %d periods away", date_text(fact->day, day),
                            BUDGET_PERIODS_MAX);
    if (!budget_exceeds(from, starts[0], fact->amount))
        return (struct slice){ 0 };
    struct budget_state state = budget_state(from, starts[0]);
    int exponent = money_exponent(fact->currency);
    return arena_printf(arena, "%.*s are not left in budget %.*s, of which %.*s of %.*s are used",
                        SLICE_ARGS(money_text(arena, fact->amount, exponent, fact->currency)),
                        SLICE_ARGS(from->id),
                        SLICE_ARGS(money_text(arena, state.used, exponent, fact->currency)),
                        SLICE_ARGS(money_text(arena, state.available, exponent, fact->currency)));
}

static void move(struct batch *batch, const struct fact_transfer *fact, struct budget *budget, int32_t start,
                 int64_t amount)
{
    budget_use_of(budget, start, batch->arena)->more_transferred += amount;
    budgets_add_entry(batch->trade->budgets, batch->arena,
                      (struct budget_entry){
                          .budget = budget,
                          .start = start,
                          .source = arena_printf(batch->arena, "transfer/%.*s", SLICE_ARGS(fact->number)),
                          .kind = "transfer",
                          .amount = amount });
}

static bool same_transfer(const struct fact_transfer *left, const struct fact_transfer *right)
{
    return slice_equal(left->from, right->from) && slice_equal(left->to, right->to) &&
           left->day == right->day && left->amount == right->amount;
}

static void decide_transfer(struct batch *batch, struct index *seen, struct fact_transfer *fact)
{
    struct budgets *budgets = batch->trade->budgets;
    struct budget *from = budgets_get(budgets, fact->account, fact->from),
                  *to = budgets_get(budgets, fact->account, fact->to);
    const struct fact_transfer *first = index_get(seen, fact->account, fact->number);
    int32_t starts[2];
    if (first && same_transfer(first, fact)) {
        batch_outcome(fact->item, OUTCOME_REPEATED, 0);
        return;
    }
    if (first) {
        PARK(batch, fact, "transfer %.*s of account %.*s came before with other content",
             SLICE_ARGS(fact->number), SLICE_ARGS(fact->account));
        return;
    }
    struct slice fault = transfer_fault(batch, fact, from, to, starts);
    if (!slice_empty(fault)) {
        PARK(batch, fact, "transfer %.*s cannot be: %.*s", SLICE_ARGS(fact->number), SLICE_ARGS(fault));
        return;
    }
    fact->fresh = true;
    index_put(seen, fact->account, fact->number, fact);
    move(batch, fact, from, starts[0], -fact->amount);
    move(batch, fact, to, starts[1], fact->amount);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

static void decide(struct batch *batch)
{
    struct budgets *budgets = batch->trade->budgets;
    if (!budgets)
        return;
    for (size_t i = 0; i < budgets->fact_count; i++)
        if (budgets->facts[i].sound)
            decide_budget(batch, &budgets->facts[i]);
    for (size_t i = 0; i < budgets->transfer_count; i++)
        if (budgets->transfers[i].sound)
            decide_transfer(batch, &budgets->stored_transfers, &budgets->transfers[i]);
}

const struct stage budget_doc_stage = {
    .name = "budget_doc",
    .purpose = "takes budgets, and transfers between them",
    .gather = gather,
    .decide = decide,
};

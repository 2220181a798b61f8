// SPDX-License-Identifier: Apache-2.0
// An order as circuits see it.
#include "handlers/approval/approval.h"
#include "handlers/credit/rate.h"
#include "handlers/money.h"
#include "handlers/order/change.h"
#include "handlers/order/split.h"

static int64_t decimal4(const struct order *order, int64_t minor)
{
    int64_t value;
    return order->exponent >= 0 && money_decimal4(minor, order->exponent, &value) ? value : INT64_MAX;
}

// Rates into the currencies of the circuits.
static void take_rates(struct approval *approval)
{
    const struct company *company = approval->company;
    struct circuit_case *looked_at = &approval->looked_at;
    struct arena *arena = approval->batch->arena;
    struct circuit_rate *rates = ARENA_ARRAY(arena, company->circuit_count, struct circuit_rate);
    for (size_t i = 0; i < company->circuit_count; i++) {
        struct circuit_rate rate = { .currency = company->circuits[i]->currency };
        if (!slice_empty(rate.currency) && !slice_equal(rate.currency, looked_at->currency) &&
            rate_find(approval->batch->trade, looked_at->currency, rate.currency, &rate.rate))
            rates[looked_at->rate_count++] = rate;
    }
    looked_at->rates = rates;
}

// The cost centres that a line is charged to.
static void take_centres(struct arena *arena, const struct order *order, const struct line *line,
                         struct circuit_line *seen)
{
    struct slice *centres = ARENA_ARRAY(arena, line->split_count + 1, struct slice);
    for (size_t i = 0; i < line->split_count; i++)
        centres[seen->cost_centre_count++] = line->splits[i].cost_centre;
    struct slice single = slice_empty(line->cost_centre) ? order->cost_centre : line->cost_centre;
    if (line->split_count == 0 && !slice_empty(single))
        centres[seen->cost_centre_count++] = single;
    seen->cost_centres = centres;
}

static void take_lines(const struct trade *trade, const struct order *order, struct circuit_case *looked_at)
{
    struct circuit_line *lines = ARENA_ARRAY(trade->arena, order->line_count, struct circuit_line);
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (line->rejected)
            continue;
        struct circuit_line *seen = &lines[looked_at->line_count++];
        seen->number = line->number;
        seen->product = line->product;
        seen->category = line->category;
        seen->buyer_part = line->buyer_part;
        seen->amount = decimal4(order, line->amount);
        seen->discount_permille = line->discount_permille;
        seen->first_order = index_get(&trade->bought, order->account_number, line->product) == NULL;
        take_centres(trade->arena, order, line, seen);
    }
    looked_at->lines = lines;
}

static void take_company(struct approval *approval)
{
    const struct company *company = approval->company;
    struct circuit_case *looked_at = &approval->looked_at;
    struct arena *arena = approval->batch->arena;
    const struct unit *unit = company_order_unit(company, approval->order);
    approval->assign.unit = unit ? unit : company->root;
    struct slice *units = ARENA_ARRAY(arena, COMPANY_DEPTH_MAX + 1, struct slice);
    for (unit = approval->assign.unit; unit && looked_at->unit_count <= COMPANY_DEPTH_MAX;
         unit = unit->parent)
        units[looked_at->unit_count++] = unit->name;
    looked_at->units = units;
    struct slice *roles = ARENA_ARRAY(arena, ROLE_COUNT, struct slice);
    for (int role = 0; approval->assign.requester && role < ROLE_COUNT; role++)
        if (company_has_role(company, approval->assign.requester, approval->assign.unit, (enum role)role))
            roles[looked_at->role_count++] = slice_of(role_name((enum role)role));
    looked_at->roles = roles;
}

const struct user *approval_user(const struct approval *approval, struct slice name)
{
    if (slice_empty(name))
        return NULL;
    const struct user *user = approval->company ? company_user(approval->company, name) : NULL;
    return user ? user : trade_user(approval->batch->trade, approval->order->account_number, name);
}

// Whoever has ordered the order or changed it approves none of it.
static void take_requesters(struct approval *approval)
{
    const struct order *order = approval->order;
    struct assign *assign = &approval->assign;
    size_t most = order->change_count + 2;
    for (const struct approval_task *task = order->tasks; task; task = task->next)
        most++;
    struct slice *names = ARENA_ARRAY(approval->batch->arena, most, struct slice);
    assign->requester = approval_user(approval, order->user_name);
    names[assign->excluded_count++] = assign->requester ? assign->requester->number : order->user_name;
    for (size_t i = 0; i <= order->change_count; i++) {
        const struct change *change = i < order->change_count ? order->changes[i] : order->change;
        const struct user *user = change ? approval_user(approval, change->user) : NULL;
        if (user)
            names[assign->excluded_count++] = user->number;
    }
    for (const struct approval_task *task = order->tasks; task; task = task->next)
        names[assign->excluded_count++] = task->requester;
    assign->excluded = names;
}

// What other stages have found about budget and credit, and the causes for approval.
static void take_findings(struct approval *approval)
{
    const struct order *order = approval->order;
    struct circuit_case *looked_at = &approval->looked_at;
    struct slice *causes = ARENA_ARRAY(approval->batch->arena, order->predicate_count, struct slice);
    looked_at->over_budget = order->holds[HOLD_BUDGET];
    looked_at->over_credit = order->holds[HOLD_CREDIT];
    for (size_t i = 0; i < order->predicate_count; i++) {
        const struct predicate *found = &order->predicates[i];
        if (found->effect == EFFECT_PASS)
            continue;
        looked_at->over_budget = looked_at->over_budget || strcmp(found->stage, "budget") == 0;
        looked_at->over_credit = looked_at->over_credit || strcmp(found->stage, "credit") == 0;
        if (found->effect == EFFECT_APPROVE)
            causes[looked_at->cause_count++] = slice_of(found->code);
    }
    looked_at->causes = causes;
}

void approval_look(struct batch *batch, struct order *order, struct approval *approval)
{
    *approval = (struct approval){ .batch = batch, .order = order };
    approval->company = trade_company(batch->trade, order->account_number);
    take_requesters(approval);
    approval->looked_at = (struct circuit_case){
        .currency = order->currency,
        .requester = approval->assign.requester ? approval->assign.requester->number : order->user_name,
        .ship_to = order->ship_to,
        .channel = order->channel,
        .total = decimal4(order, order->total),
        .now_us = batch->now_us,
    };
    approval->assign.company = approval->company;
    approval->assign.total_minor = order->total;
    const struct account *account = trade_account(batch->trade, order->account_number);
    approval->assign.sales_rep =
        account ? arena_printf(batch->arena, "seller:%.*s", SLICE_ARGS(account->sales_rep))
                : SLICE("seller:");
    take_lines(batch->trade, order, &approval->looked_at);
    take_findings(approval);
    if (approval->company) {
        take_company(approval);
        take_rates(approval);
    }
}

bool approval_is_requester(const struct approval *approval, const struct user *user)
{
    for (size_t i = 0; i < approval->assign.excluded_count; i++)
        if (slice_equal(approval->assign.excluded[i], user->number))
            return true;
    return false;
}

bool approval_may(const struct approval *approval, const struct user *user)
{
    if (!user || !user->active || approval_is_requester(approval, user))
        return false;
    return approval->company ? company_has_role(approval->company, user, approval->assign.unit, ROLE_APPROVER)
                             : user->may_approve;
}

// --- First orders

static bool asks_first(const struct circuit_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (conditions[i].field == FIELD_FIRST_ORDER)
            return true;
    return false;
}

static bool company_asks_first(const struct company *company)
{
    for (size_t i = 0; company && i < company->circuit_count; i++) {
        const struct circuit *circuit = company->circuits[i];
        if (asks_first(circuit->conditions, circuit->condition_count))
            return true;
        for (size_t tier = 0; tier < circuit->tier_count; tier++)
            if (asks_first(circuit->tiers[tier].when, circuit->tiers[tier].when_count) ||
                asks_first(circuit->tiers[tier].skip, circuit->tiers[tier].skip_count))
                return true;
    }
    return false;
}

bool approval_gather_first(struct batch *batch, struct db *db, struct error *error)
{
    // One look-up a product (index order_line_product): a join would read all that the account ever ordered.
    static const char sql[] =
        "SELECT k.account, k.product FROM (SELECT DISTINCT account, product FROM unnest($1::text[], "
        "$2::text[]) AS u(account, product)) k CROSS JOIN LATERAL (SELECT FROM order_line l "
        "JOIN sales_order o ON o.account = l.account AND o.id = l.order_id WHERE l.account = k.account "
        "AND l.product = k.product AND NOT l.rejected AND o.state = 2 AND NOT o.test LIMIT 1) b";
    struct trade *trade = batch->trade;
    struct db_column accounts = db_column(batch->arena, DB_TEXT), products = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < trade->order_count; i++) {
        const struct order *order = trade->orders[i];
        if (order->settled || !company_asks_first(trade_company(trade, order->account_number)))
            continue;
        for (size_t j = 0; j < order->line_count; j++)
            if (!slice_empty(order->lines[j].product)) {
                db_column_add(&accounts, order->account_number);
                db_column_add(&products, order->lines[j].product);
            }
    }
    if (accounts.count == 0)
        return true;
    const struct db_value values[] = { db_array(&accounts), db_array(&products) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for products sold before");
    for (size_t row = 0; row < rows.count; row++)
        index_put(&trade->bought, db_rows_slice(&rows, row, 0), db_rows_slice(&rows, row, 1), trade);
    return true;
}

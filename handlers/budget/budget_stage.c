// SPDX-License-Identifier: Apache-2.0
// budget: is there money left for what is ordered? An order commits what its lines cost when it is taken in, orders of
// one batch in order of arrival; invoices turn commitments into actuals; what is refused, cancelled or closed is
// released. The stage stands twice among the decisions: when the price is known, and when nothing more can refuse.
#include "base/clock.h"
#include "base/text.h"
#include "handlers/budget/budgets.h"
#include "handlers/money.h"
#include "handlers/stages.h"

static const char *blocked = "hold";
static const char *uncovered = "pass";

static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    return budgets_load(batch, db, error);
}

// --- Checking

static int by_budget(const struct booking *left, const struct booking *right)
{
    int order = slice_compare(left->budget->id, right->budget->id);
    return order ? order : (left->start > right->start) - (left->start < right->start);
}

// There are few.
static void sort_bookings(struct order_budget *part)
{
    for (size_t i = 1; i < part->booking_count; i++) {
        struct booking moved = part->bookings[i];
        size_t at = i;
        for (; at > 0 && by_budget(&part->bookings[at - 1], &moved) > 0; at--)
            part->bookings[at] = part->bookings[at - 1];
        part->bookings[at] = moved;
    }
}

static struct slice state_text(const struct booking *booking, int64_t after, int64_t available,
                               struct arena *arena)
{
    const struct budget *budget = booking->budget;
    int exponent = money_exponent(budget->currency);
    char day[DATE_TEXT_SIZE];
    return arena_printf(arena, "%.*s: with this order %.*s of %.*s would be used from %s",
                        SLICE_ARGS(budget_name(budget, arena)),
                        SLICE_ARGS(money_text(arena, after, exponent, budget->currency)),
                        SLICE_ARGS(money_text(arena, available, exponent, budget->currency)),
                        date_text(booking->start, day));
}

static bool has_reason(const struct order *order, const char *code, struct slice text)
{
    for (size_t i = 0; i < order->reason_count; i++)
        if (strcmp(order->reasons[i].code, code) == 0 && slice_equal(order->reasons[i].text, text))
            return true;
    return false;
}

static void warn(struct order *order, struct arena *arena, struct slice text)
{
    if (!has_reason(order, "budget_exceeded", text))
        order_reason(order, arena, "budget_exceeded", NULL, "%.*s", SLICE_ARGS(text));
}

static enum effect effect_of(enum budget_rule rule)
{
    if (rule == BUDGET_WARN)
        return EFFECT_WARN;
    if (rule == BUDGET_APPROVE)
        return EFFECT_APPROVE;
    return strcmp(blocked, "refuse") == 0 ? EFFECT_REFUSE : EFFECT_HOLD;
}

// What is asked for and not more than was charged before is granted already; it still needs the approval that it needed.
static bool goes_beyond(const struct booking *booking)
{
    int64_t more = booking->wanted - booking->booked;
    if (more > 0)
        return budget_exceeds(booking->budget, booking->start, more);
    struct budget_state state = budget_state(booking->budget, booking->start);
    return booking->budget->rule == BUDGET_APPROVE && more == 0 && booking->wanted > 0 &&
           state.used > state.available;
}

// Writes down what was found of one budget; a sentence where it stops the order, else nothing.
static struct slice check_booking(struct order *order, struct arena *arena, const struct booking *booking)
{
    struct budget_state state = budget_state(booking->budget, booking->start);
    int64_t more = booking->wanted - booking->booked, after = state.used + more;
    bool beyond = goes_beyond(booking);
    enum effect effect = beyond ? effect_of(booking->budget->rule) : EFFECT_PASS;
    struct slice text = state_text(booking, after, state.available, arena);
    order_found(order, arena,
                (struct predicate){ .stage = "budget",
                                    .code = beyond ? "over_budget" : "within_budget",
                                    .effect = effect,
                                    .text = text,
                                    .has_values = true,
                                    .before = state.used - booking->booked,
                                    .after = after,
                                    .threshold = state.available });
    if (effect == EFFECT_WARN)
        warn(order, arena, text);
    return effect == EFFECT_HOLD || effect == EFFECT_REFUSE ? text : (struct slice){ 0 };
}

static void note_stop(struct text *stops, struct slice text)
{
    if (slice_empty(text))
        return;
    if (stops->size)
        text_append(stops, SLICE("; "));
    text_append(stops, text);
}

// What cannot be charged at all stops the order, too.
static struct slice check_missing(struct order *order, struct arena *arena, const char *code,
                                  struct slice text, const char *reaction)
{
    if (slice_empty(text) || !order->budget->fresh || strcmp(reaction, "pass") == 0)
        return (struct slice){ 0 };
    enum effect effect = strcmp(reaction, "refuse") == 0 ? EFFECT_REFUSE : EFFECT_HOLD;
    order_found(order, arena,
                (struct predicate){ .stage = "budget", .code = code, .effect = effect, .text = text });
    return text;
}

// All that stops the order, in one sentence.
static struct slice check(struct order *order, struct arena *arena, bool *refused)
{
    struct text stops = text_in(arena);
    struct order_budget *part = order->budget;
    bool over = false;
    for (size_t i = 0; i < part->booking_count; i++) {
        struct slice text = check_booking(order, arena, &part->bookings[i]);
        over = over || !slice_empty(text);
        note_stop(&stops, text);
    }
    struct slice unrated = check_missing(order, arena, "unknown_rate", part->unrated, blocked),
                 bare = check_missing(order, arena, "no_budget", part->uncovered, uncovered);
    over = over || !slice_empty(unrated);
    note_stop(&stops, unrated);
    note_stop(&stops, bare);
    *refused =
        (over && strcmp(blocked, "refuse") == 0) || (!slice_empty(bare) && strcmp(uncovered, "refuse") == 0);
    return text_slice(&stops);
}

// --- Deciding

// What a changed order had before stays, as far as it is still that much; a new one has nothing.
static void keep_granted(struct order_budget *part)
{
    for (size_t i = 0; i < part->booking_count; i++)
        if (part->bookings[i].wanted > part->bookings[i].stored)
            part->bookings[i].wanted = part->bookings[i].stored;
}

static void decide_order(struct batch *batch, struct order *order)
{
    struct order_budget *part = order->budget;
    bool refused;
    // Nothing is granted to an account that is still being vetted.
    if (order->holds[HOLD_VETTING])
        return;
    order_forget(order, "budget");
    budget_want(batch->trade, order);
    sort_bookings(part);
    struct slice stops = check(order, batch->arena, &refused);
    if (slice_empty(stops)) {
        order_release(order, HOLD_BUDGET);
        part->granted = part->fresh;
    } else {
        if (refused)
            order_reject(order, batch->arena, "over_budget", "%.*s", SLICE_ARGS(stops));
        else {
            // The amounts in the reason are the last ones looked at.
            order_release(order, HOLD_BUDGET);
            order_hold(order, HOLD_BUDGET, stops);
        }
        keep_granted(part);
    }
    // A test document is looked at like any other, but leaves no trace.
    if (!order->test)
        budget_book(order, batch->arena);
}

// --- Invoices and closings

static void add_progress(struct order_budget *part, int32_t position, int64_t billed, int64_t closed)
{
    for (size_t i = 0; i < part->progress_count; i++)
        if (part->progress[i].position == position) {
            part->progress[i].billed += billed;
            part->progress[i].closed += closed;
        }
}

static void spend(struct batch *batch, struct order *order, const struct charge *charge, int64_t amount)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct budgets *budgets = batch->trade->budgets;
    if (amount == 0)
        return;
    budget_use_of(charge->budget, charge->start, batch->arena)->more_actual += amount;
    // One entry for each invoice, order and period.
    struct slice source = arena_printf(batch->arena, "invoice/%.*s/%s", SLICE_ARGS(order->reference),
                                       order_id_text(order->id, id));
    for (size_t i = budgets->entry_count; i > 0; i--) {
        struct budget_entry *entry = &budgets->entries[i - 1];
        if (entry->order != order->id || strcmp(entry->kind, "actual") != 0)
            break;
        if (entry->budget == charge->budget && entry->start == charge->start) {
            entry->amount += amount;
            return;
        }
    }
    budgets_add_entry(budgets, batch->arena,
                      (struct budget_entry){ .budget = charge->budget,
                                             .start = charge->start,
                                             .source = source,
                                             .kind = "actual",
                                             .order = order->id,
                                             .amount = amount });
}

static void bill(struct batch *batch, struct order *order)
{
    struct order_budget *part = order->budget;
    for (size_t i = 0; i < part->billed_count; i++) {
        const struct budget_billed *billed = &part->billed[i];
        for (size_t j = 0; j < part->charge_count; j++)
            if (part->charges[j].position == billed->position)
                spend(batch, order, &part->charges[j],
                      budget_share(order, &part->charges[j], billed->amount));
        add_progress(part, billed->position, billed->taken, 0);
    }
}

// The period is the order's, whenever the invoice comes.
static void decide_fulfilled(struct batch *batch, struct order *order)
{
    struct order_budget *part = order->budget;
    const struct fulfilment *all = batch->trade->fulfilment;
    if (part->charge_count == 0)
        return;
    if (order->fulfilled == FULFILLED_INVOICE)
        bill(batch, order);
    for (size_t i = 0; all && i < all->notice_count; i++)
        for (const struct closing *closing = all->notices[i].closings;
             all->notices[i].order == order && closing; closing = closing->next)
            add_progress(part, closing->position, 0, closing->amount);
    budget_want(batch->trade, order);
    budget_book(order, batch->arena);
}

// --- The end

// Orders behind this one have been looked at already.
static void take_back(struct batch *batch, struct order *order)
{
    struct order_budget *part = order->budget;
    for (size_t i = 0; i < part->booking_count; i++)
        if (part->bookings[i].wanted < part->bookings[i].booked)
            index_put(&batch->trade->budgets->late, order->account_number, (struct slice){ 0 }, order);
    part->granted = false;
    budget_book(order, batch->arena);
}

static void release_all(struct batch *batch, struct order *order)
{
    for (size_t i = 0; i < order->budget->booking_count; i++)
        order->budget->bookings[i].wanted = 0;
    take_back(batch, order);
}

void budget_forget(struct batch *batch, struct order *order)
{
    if (!order->budget)
        return;
    for (size_t i = 0; i < order->budget->booking_count; i++)
        order->budget->bookings[i].wanted = order->budget->bookings[i].stored;
    take_back(batch, order);
}

bool budget_missed(const struct trade *trade, const struct order *order)
{
    return !order->settled && order->holds[HOLD_BUDGET] && order->next_state == ORDER_HELD &&
           trade->budgets && index_get(&trade->budgets->late, order->account_number, (struct slice){ 0 });
}

bool budget_freed(const struct order *order)
{
    for (size_t i = 0; !order->settled && order->budget && i < order->budget->booking_count; i++)
        if (order->budget->bookings[i].booked < order->budget->bookings[i].stored)
            return true;
    return false;
}

static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    if (!trade->budgets || trade->budgets->count == 0)
        return;
    bool last = trade->budgets->decided;
    trade->budgets->decided = true;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (!order->budget || order->settled || !order->account)
            continue;
        if (last) {
            if (order->rejected || order->cancelled)
                release_all(batch, order);
        } else if (order->fulfilled) {
            decide_fulfilled(batch, order);
        } else if (order_is_open(order)) {
            decide_order(batch, order);
        }
    }
}

static const struct setting settings[] = {
    { "block", SETTING_TEXT, "hold",
      "what the rule block does: \"hold\": the order waits for money; \"refuse\": it is refused", &blocked },
    { "uncovered", SETTING_TEXT, "pass",
      "where the company has budgets but none covers a line: \"pass\", \"hold\" or \"refuse\"", &uncovered },
    { .name = NULL },
};

const struct stage budget_stage = {
    .name = "budget",
    .purpose =
        "commits what is ordered to the company's budgets, and turns it into actuals when it is billed",
    .settings = settings,
    .lock = lock,
    .decide = decide,
    .apply = budgets_store,
};

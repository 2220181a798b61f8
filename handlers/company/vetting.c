// SPDX-License-Identifier: Apache-2.0
// vetting: what the account's state lets it order. What may come true later is held, with a timer that refuses it when
// the account has not been approved in time; a review has all that waits decided in order of arrival.
#include "handlers/company/vetting_doc.h"

#include "base/clock.h"
#include "handlers/money.h"
#include "handlers/stages.h"

#define DAY_US INT64_C(86400000000)
enum { EXPIRE_DAYS_MAX = 3660 };

static const char *pending = "hold";
static int64_t expire_days = 30;
static bool quotes_early;

bool vetting_may_quote(enum account_status status)
{
    enum gate gate = vetting_gate(status, VETTING_QUOTE);
    return gate == GATE_YES || (gate == GATE_WAIT && quotes_early);
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)batch;
    (void)db;
    if (strcmp(pending, "hold") != 0 && strcmp(pending, "refuse") != 0)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "setting vetting.pending = \"%s\" is invalid: set \"hold\" or \"refuse\"", pending);
    return (expire_days >= 0 && expire_days <= EXPIRE_DAYS_MAX) ||
           error_set(error, ERROR_INTERNAL, NULL,
                     "setting vetting.expire_days = %lld is invalid: 0 to %d are possible",
                     (long long)expire_days, EXPIRE_DAYS_MAX);
}

// "account A1 is under check", with what its state is called in words.
static struct slice state_text(const struct trade *trade, const struct account *account)
{
    static const char *const words[ACCOUNT_STATUS_COUNT] = {
        [ACCOUNT_APPROVED] = "approved",
        [ACCOUNT_APPLIED] = "not vetted yet",
        [ACCOUNT_UNDER_CHECK] = "still being vetted",
        [ACCOUNT_AWAITING_OFFSITE] = "still being vetted: an off-site check is awaited",
        [ACCOUNT_APPROVED_WITH_LIMITS] = "approved with limits",
        [ACCOUNT_REFUSED] = "refused",
        [ACCOUNT_SUSPENDED] = "suspended",
        [ACCOUNT_BLOCKED] = "blocked",
        [ACCOUNT_CLOSED] = "closed",
        [ACCOUNT_REVETTING_DUE] = "to be vetted again",
    };
    return arena_printf(trade->arena, "account %.*s is %s", SLICE_ARGS(account->number),
                        words[account->status]);
}

const char *vetting_code(enum account_status status)
{
    static const char *const codes[ACCOUNT_STATUS_COUNT] = {
        [ACCOUNT_APPROVED] = "account_approved",
        [ACCOUNT_APPLIED] = "account_applied",
        [ACCOUNT_UNDER_CHECK] = "account_under_check",
        [ACCOUNT_AWAITING_OFFSITE] = "account_awaiting_offsite",
        [ACCOUNT_APPROVED_WITH_LIMITS] = "account_approved_with_limits",
        [ACCOUNT_REFUSED] = "account_refused",
        [ACCOUNT_SUSPENDED] = "account_suspended",
        [ACCOUNT_BLOCKED] = "account_blocked",
        [ACCOUNT_CLOSED] = "account_closed",
        [ACCOUNT_REVETTING_DUE] = "account_revetting_due",
    };
    return codes[status];
}

static void found(const struct trade *trade, struct order *order, const char *code, enum effect effect,
                  struct slice text)
{
    order_forget(order, "vetting");
    order_found(order, trade->arena,
                (struct predicate){ .stage = "vetting", .code = code, .effect = effect, .text = text });
}

// Time runs from what last happened to the order: one that was accepted long ago, and is changed while its account is
// suspended, has not waited since then.
static int64_t expires_at(const struct batch *batch, const struct order *order)
{
    bool begins = !order->loaded || order->change;
    return (begins ? batch->now_us : order->decided_at) + expire_days * DAY_US;
}

// Held, or refused: by setting, or because it has waited too long.
static void wait_for_approval(struct batch *batch, struct order *order, const char *code, struct slice text)
{
    struct arena *arena = batch->arena;
    bool suspended = order->account->status == ACCOUNT_SUSPENDED;
    if (strcmp(pending, "refuse") == 0 && !suspended && !order->loaded) {
        found(batch->trade, order, code, EFFECT_REFUSE, text);
        order_reject(order, arena, code, "%.*s", SLICE_ARGS(text));
    } else if (expire_days && order->loaded && batch->now_us >= expires_at(batch, order)) {
        found(batch->trade, order, "vetting_expired", EFFECT_REFUSE, text);
        order_reject(order, arena, "vetting_expired", "%.*s, and %lld days have passed without its approval",
                     SLICE_ARGS(text), (long long)expire_days);
    } else {
        found(batch->trade, order, code, EFFECT_HOLD, text);
        // The reason is the one of now.
        order_release(order, HOLD_VETTING);
        order_hold(order, HOLD_VETTING, text);
    }
}

// What an account that is approved with limits may not.
static bool beyond_limits(const struct trade *trade, const struct order *order, struct slice *text)
{
    const struct vetting *vetting = trade_vetting(trade, order->account_number);
    int64_t most;
    if (!vetting)
        return false;
    if (vetting->prepaid_only) {
        *text = arena_printf(trade->arena, "account %.*s is approved for prepaid orders only",
                             SLICE_ARGS(order->account_number));
        return true;
    }
    if (!vetting_order_max(vetting, &most) || order->total <= most)
        return false;
    *text = arena_printf(trade->arena, "a total of %.*s is above the %.*s that account %.*s is approved for",
                         SLICE_ARGS(money_text(trade->arena, order->total, order->exponent, order->currency)),
                         SLICE_ARGS(money_text(trade->arena, most, order->exponent, order->currency)),
                         SLICE_ARGS(order->account_number));
    return true;
}

static void decide_order(struct batch *batch, struct order *order)
{
    const struct trade *trade = batch->trade;
    const struct account *account = order->account;
    enum gate gate = vetting_gate(account->status, order->prepaid ? VETTING_PREPAID : VETTING_ORDER);
    struct slice text = state_text(trade, account);
    switch (gate) {
    case GATE_LIMITS:
        if (beyond_limits(trade, order, &text)) {
            wait_for_approval(batch, order, "account_limits", text);
            return;
        }
        break;
    case GATE_YES:
        break;
    case GATE_WAIT:
        wait_for_approval(batch, order, vetting_code(account->status), text);
        return;
    case GATE_NO:
        found(trade, order, vetting_code(account->status), EFFECT_REFUSE, text);
        order_reject(order, trade->arena, vetting_code(account->status), "%.*s", SLICE_ARGS(text));
        return;
    }
    order_forget(order, "vetting");
    order_release(order, HOLD_VETTING);
}

// One timer an order, from its first hold to its last. What else happens to the order meanwhile gives it more time,
// and the timer that comes too early is set again.
static void keep_time(struct batch *batch, const struct order *order)
{
    char text[ORDER_ID_TEXT_SIZE];
    bool holds = order->holds[HOLD_VETTING] && !order->rejected && !order->cancelled,
         held = order->was_held[HOLD_VETTING];
    struct slice id = arena_printf(batch->arena, "vetting/%.*s/%s", SLICE_ARGS(order->account_number),
                                   order_id_text(order->id, text));
    if (holds && expire_days) {
        struct document *review = document_record(batch->arena, "AccountReview");
        document_add_text(batch->arena, review, "account", order->account_number);
        document_add_text(batch->arena, review, "cause", SLICE("vetting"));
        document_add_text(batch->arena, review, "reference", arena_copy(batch->arena, slice_of(text)));
        batch_set_timer(batch, order->item, id, expires_at(batch, order), order->account_number, review);
    } else if (!holds && held) {
        batch_clear_timer(batch, order->item, id);
    }
}

// Twice: on what the buyer states, before anything is granted to the account, and on what the order costs.
static void decide(struct batch *batch)
{
    const struct trade *trade = batch->trade;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct order *order = trade->orders[i];
        if (order->settled || !order->account)
            continue;
        bool told = !trade->priced && order->rejected && (order->state == ORDER_NEW || order->change);
        if (order_is_open(order) || told)
            decide_order(batch, order);
        if (trade->priced)
            keep_time(batch, order);
    }
}

static const struct setting settings[] = {
    { "pending", SETTING_TEXT, "hold",
      "what becomes of orders of accounts that are not approved yet: hold or refuse", &pending },
    { "expire_days", SETTING_INTEGER, "30",
      "days after which an order that waits for its account's approval is refused; 0: never", &expire_days },
    { "quotes", SETTING_BOOLEAN, "false", "accounts that are not approved yet may ask for quotes",
      &quotes_early },
    { .name = NULL },
};

const struct stage vetting_stage = {
    .name = "vetting",
    .purpose = "holds or refuses orders of accounts that are not approved",
    .settings = settings,
    .gather = gather,
    .lock = vetting_load,
    .decide = decide,
};

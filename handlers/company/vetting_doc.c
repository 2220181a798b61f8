// SPDX-License-Identifier: Apache-2.0
// vetting_doc: what the ERP and those who check accounts say. Plans and results are stored, and move the account from
// state to state; where a result ends one day, a timer has the account looked at then. Orders that wait are woken by
// review.
#include "handlers/company/vetting_doc.h"

#include "handlers/company/company.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"
#include "handlers/stages.h"

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    vetting_read(batch);
    for (size_t i = 0; i < batch->trade->vettings->fact_count; i++)
        if (batch->trade->vettings->facts[i].sound)
            company_ask(batch, batch->trade->vettings->facts[i].account);
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        if (item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "AccountReview") == 0 &&
            slice_is(document_text(item->document, "cause"), "vetting"))
            company_ask(batch, document_text(item->document, "account"));
    }
    return true;
}

// The order's most in the account's minor unit, or the item is parked.
static bool most_of(struct batch *batch, const struct vetting_fact *fact, int64_t *amount)
{
    char text[DECIMAL_TEXT_SIZE];
    struct slice currency = facts_currency(batch->trade, fact->account);
    if (!fact->has_order_max || money_minor(fact->decimal4, money_exponent(currency), amount))
        return true;
    batch_park(batch, fact->item, "the order_max %s of account %.*s is finer than the minor unit of %.*s",
               decimal_text(fact->decimal4, MONEY_SCALE, text), SLICE_ARGS(fact->account),
               SLICE_ARGS(currency));
    return false;
}

static void take_plan(struct vetting *vetting, const struct vetting_fact *fact, int64_t most)
{
    vetting->changed = true;
    vetting->has_plan = !fact->deleted;
    vetting->required = fact->required;
    vetting->required_count = fact->deleted ? 0 : fact->required_count;
    vetting->has_order_max = fact->has_order_max && !fact->deleted;
    vetting->order_max = most;
    vetting->prepaid_only = fact->prepaid_only && !fact->deleted;
}

// False where the check has a later result already: what comes late says nothing new.
static bool take_check(struct batch *batch, struct vetting *vetting, const struct vetting_fact *fact,
                       int64_t most)
{
    struct vetting_check *check = NULL;
    for (size_t i = 0; i < vetting->check_count; i++)
        if (slice_equal(vetting->checks[i].id, fact->check.id))
            check = &vetting->checks[i];
    if (check && check->checked_at > fact->check.checked_at)
        return false;
    if (!check) {
        vetting->checks = arena_grow(batch->arena, vetting->checks, &vetting->check_capacity,
                                     vetting->check_count + 1, sizeof *vetting->checks);
        check = &vetting->checks[vetting->check_count++];
    }
    *check = fact->check;
    check->has_order_max = fact->has_order_max;
    check->order_max = most;
    check->changed = true;
    return true;
}

static void decide_fact(struct batch *batch, struct vetting_fact *fact)
{
    struct vetting *vetting = trade_vetting(batch->trade, fact->account);
    int64_t most = 0;
    if (!company_known(batch->trade, fact->account) || !vetting) {
        batch_park(batch, fact->item, "the %s is of the unknown account '%.*s'", fact->item->type,
                   SLICE_ARGS(fact->account));
        return;
    }
    if (!most_of(batch, fact, &most))
        return;
    if (fact->is_check)
        take_check(batch, vetting, fact, most);
    else
        take_plan(vetting, fact, most);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

// The ERP's own word, other than that the account is being vetted, counts more than what followed from checks.
static void hear_erp(struct trade *trade)
{
    for (size_t i = 0; i < trade->facts->account_count; i++) {
        const struct fact_account *fact = &trade->facts->accounts[i];
        struct vetting *vetting = trade_vetting(trade, fact->key);
        bool vetted = fact->status != ACCOUNT_APPLIED && fact->status != ACCOUNT_UNDER_CHECK &&
                      fact->status != ACCOUNT_AWAITING_OFFSITE;
        if (!fact->sound || fact->superseded || !vetting || !vetted || !vetting->by_checks)
            continue;
        vetting->by_checks = false;
        vetting->changed = vetting->has_plan;
    }
}

static void tell(struct batch *batch, const struct vetting *vetting, struct slice reason)
{
    struct arena *arena = batch->arena;
    struct document *document = document_record(arena, "AccountEvent");
    bool check = strcmp(vetting->item->type, "VettingCheck") == 0;
    document_add_text(arena, document, "account", vetting->account);
    document_add_text(arena, document, "kind", SLICE("AccountStateChanged"));
    document_add_text(arena, document, "before",
                      vetting->is_new ? (struct slice){ 0 } : slice_of(account_status_name(vetting->before)));
    document_add_text(arena, document, "state", slice_of(account_status_name(vetting->after)));
    document_add_text(arena, document, "reason", reason);
    document_add_text(arena, document, "reference",
                      check ? document_text(vetting->item->document, "check")
                            : slice_of(vetting->item->type));
    document_add_instant(arena, document, "at", batch->now_us);
    batch_publish(batch, vetting->item, TOPIC_EVENTS, vetting->account, document);
}

static bool is_approved(enum account_status status)
{
    return status == ACCOUNT_APPROVED || status == ACCOUNT_APPROVED_WITH_LIMITS;
}

static void set_timer(struct batch *batch, const struct vetting *vetting)
{
    struct slice id = arena_printf(batch->arena, "vetting/%.*s", SLICE_ARGS(vetting->account));
    int64_t ends = vetting_ends(vetting, batch->now_us);
    if (!is_approved(vetting->after) || ends == INT64_MAX) {
        batch_clear_timer(batch, vetting->item, id);
        return;
    }
    struct document *review = document_record(batch->arena, "AccountReview");
    document_add_text(batch->arena, review, "account", vetting->account);
    document_add_text(batch->arena, review, "cause", SLICE("vetting"));
    batch_set_timer(batch, vetting->item, id, ends, vetting->account, review);
}

static void decide_state(struct batch *batch, struct vetting *vetting)
{
    struct account *account = trade_account(batch->trade, vetting->account);
    const struct fact_account *fact = facts_account(batch->trade->facts, vetting->account);
    if (!account && !fact)
        return;
    enum account_status status = account ? account->status : fact->status;
    struct slice reason;
    vetting->after = vetting_state(vetting, status, batch->now_us, batch->arena, &reason);
    if (account)
        account->status = vetting->after;
    if (!vetting->item)
        return;
    // An account that is new is no news: whoever sent it knows its state.
    if (vetting->is_new ? !slice_empty(reason) : vetting->after != vetting->before)
        tell(batch, vetting, slice_empty(reason) ? SLICE("the ERP says so") : reason);
    if (vetting->has_plan || vetting->stored)
        set_timer(batch, vetting);
}

static void decide(struct batch *batch)
{
    struct vettings *all = batch->trade->vettings;
    if (!all)
        return;
    hear_erp(batch->trade);
    for (size_t i = 0; i < all->fact_count; i++)
        if (all->facts[i].sound)
            decide_fact(batch, &all->facts[i]);
    for (size_t i = 0; i < all->count; i++)
        decide_state(batch, all->all[i]);
}

const struct stage vetting_doc_stage = {
    .name = "vetting_doc",
    .purpose = "stores what accounts were checked for, and moves them from state to state",
    .gather = gather,
    .decide = decide,
    .apply = vetting_store,
};

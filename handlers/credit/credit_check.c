// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_check.h"

#include "base/clock.h"
#include "handlers/credit/prepaid.h"
#include "handlers/credit/rate.h"
#include "handlers/money.h"

// Somebody whose limit counts: the payer, or his corporate parent for the whole group.
struct party {
    const struct account *account;
    const struct credit_standing *standing; // NULL: no terms
    const struct credit_terms *terms;
    const struct credit_group *group; // NULL for the payer himself
    bool has_ceiling;
    int64_t base, ceiling;
    int64_t before;              // exposure that counts, with what the order has booked
    int64_t own_before, own_now; // what of that is the order's, and what it is to be
    int64_t total;               // of the order
};

struct checking {
    struct batch *batch;
    struct order *order;
    bool again;
    struct credit_verdict verdict;
};

// --- Amounts

int64_t credit_later_part(const struct order *order, const struct credit_standing *standing)
{
    int64_t later = 0;
    bool all = order->line_count > 0;
    if (!standing || !standing->terms.has_horizon)
        return 0;
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        bool dated = line->has_date || order->has_date;
        int32_t date = line->has_date ? line->requested_date : order->requested_date;
        bool is_later = dated && date > standing->horizon;
        all = all && (is_later || line->rejected);
        if (is_later && !line->rejected && line->priced)
            later += line->amount;
    }
    // Before it is priced a line's share of the stated total is unknown.
    if (all)
        return order->total;
    return order->priced && later < order->total ? later : order->priced ? order->total : 0;
}

static int64_t to_party(const struct trade *trade, const struct order *order, const struct party *party,
                        int64_t amount)
{
    int64_t rate = 0;
    rate_find(trade, order->payer->currency, party->account->currency, &rate);
    return rate_convert(rate_convert(amount, order->credit_rate), rate);
}

bool credit_counted(const struct trade *trade, const struct account *account,
                    const struct credit_group *group, int64_t *counted)
{
    const struct credit_standing *standing = credit_standing_of(trade, account->number);
    __int128 sum = (__int128)account->exposure + account->running;
    if (standing)
        sum -= (__int128)standing->later + standing->later_running;
    for (size_t i = 0; group && i < group->in_batch_count; i++) {
        const struct account *member = group->in_batch[i]->account;
        int64_t rate = 0;
        rate_find(trade, member->currency, account->currency, &rate);
        sum += rate_convert(member->running, rate);
    }
    if (group)
        sum += group->members;
    *counted = (int64_t)sum;
    return sum <= INT64_MAX / 2 && sum >= INT64_MIN / 2;
}

// --- Findings

static enum effect effect_of(enum credit_reaction reaction)
{
    static const enum effect effects[] = { EFFECT_WARN, EFFECT_APPROVE, EFFECT_HOLD, EFFECT_REFUSE };
    return effects[reaction];
}

static const char *code_of(enum credit_check check)
{
    static const char *const codes[CREDIT_CHECK_COUNT] = { "credit_over",    "credit_limit",
                                                           "credit_share",   "credit_document",
                                                           "credit_overdue", "credit_oldest",
                                                           "credit_review" };
    return codes[check];
}

static struct slice amount_text(const struct checking *checking, const struct party *party, int64_t amount)
{
    return money_text(checking->batch->arena, amount, party->account->exponent, party->account->currency);
}

// Whose limit it is, and by which rate the order counts in it.
static struct slice party_text(const struct checking *checking, const struct party *party)
{
    struct arena *arena = checking->batch->arena;
    const struct order *order = checking->order;
    struct slice from = party->group ? order->payer->currency : order->currency,
                 to = party->account->currency, name = { 0 };
    int64_t rate = order->credit_rate;
    if (party->group) {
        rate_find(checking->batch->trade, from, to, &rate);
        name = arena_printf(arena, " of corporate parent %.*s", SLICE_ARGS(party->account->number));
    }
    if (slice_equal(from, to) || rate == 0)
        return name;
    return arena_printf(arena, "%.*s (%.*s)", SLICE_ARGS(name), SLICE_ARGS(rate_text(arena, rate, from, to)));
}

// Amounts in a party's currency; predicates carry them where that is the order's.
struct compared {
    bool amounts;
    int64_t before, after, threshold;
};

static struct compared compared(const struct checking *checking, const struct party *party, int64_t before,
                                int64_t after, int64_t threshold)
{
    bool same = slice_equal(party->account->currency, checking->order->currency);
    return (struct compared){ same, before, after, threshold };
}

static void find(struct checking *checking, const char *code, enum effect effect, struct slice text,
                 struct compared compared)
{
    struct credit_verdict *verdict = &checking->verdict;
    struct arena *arena = checking->batch->arena;
    // Who waits for an approval has been granted already: nothing holds him any more.
    if (checking->again && effect > EFFECT_APPROVE)
        return;
    order_found(checking->order, arena,
                (struct predicate){ .stage = "credit",
                                    .code = code,
                                    .effect = effect,
                                    .text = text,
                                    .has_values = compared.amounts,
                                    .before = compared.before,
                                    .after = compared.after,
                                    .threshold = compared.threshold });
    if (effect > verdict->effect)
        verdict->effect = effect;
    if (effect == EFFECT_REFUSE)
        order_reject(checking->order, arena, code, "%.*s", SLICE_ARGS(text));
    if (effect == EFFECT_HOLD)
        verdict->reason =
            slice_empty(verdict->reason)
                ? text
                : arena_printf(arena, "%.*s; %.*s", SLICE_ARGS(verdict->reason), SLICE_ARGS(text));
}

static void find_check(struct checking *checking, const struct party *party, enum credit_check check,
                       struct slice text, struct compared compared)
{
    find(checking, code_of(check), effect_of(party->terms->reactions[check]), text, compared);
}

// --- The checks

static void check_share(struct checking *checking, const struct party *party, int64_t after)
{
    const struct credit_terms *terms = party->terms;
    int64_t share = (int64_t)((__int128)party->base * terms->share / CREDIT_WHOLE);
    if (!terms->has_share || after <= share)
        return;
    char percent[DECIMAL_TEXT_SIZE];
    struct slice text = arena_printf(
        checking->batch->arena, "an exposure of %.*s would pass %s percent of the limit of %.*s%.*s",
        SLICE_ARGS(amount_text(checking, party, after)), decimal_text(terms->share, 2, percent),
        SLICE_ARGS(amount_text(checking, party, party->base)), SLICE_ARGS(party_text(checking, party)));
    find_check(checking, party, CREDIT_SHARE, text, compared(checking, party, party->before, after, share));
}

static void note_room(struct credit_verdict *verdict, int64_t counted, int64_t ceiling)
{
    bool tighter =
        !verdict->has_ceiling || (__int128)ceiling - counted < (__int128)verdict->ceiling - verdict->counted;
    if (!tighter)
        return;
    verdict->has_ceiling = true;
    verdict->counted = counted;
    verdict->ceiling = ceiling;
}

static void check_limit(struct checking *checking, const struct party *party)
{
    struct arena *arena = checking->batch->arena;
    int64_t others = party->before - party->own_before, after = others + party->own_now;
    struct compared values = compared(checking, party, party->before, after, party->ceiling);
    note_room(&checking->verdict, after, party->ceiling);
    if (after <= party->ceiling) {
        if (party->standing)
            find(checking, "credit_limit", EFFECT_PASS,
                 arena_printf(arena, "an exposure of %.*s is within the limit of %.*s%.*s",
                              SLICE_ARGS(amount_text(checking, party, after)),
                              SLICE_ARGS(amount_text(checking, party, party->ceiling)),
                              SLICE_ARGS(party_text(checking, party))),
                 values);
        check_share(checking, party, after);
        return;
    }
    bool over = others > party->ceiling || (!checking->again && party->before > party->ceiling);
    enum credit_check check = over ? CREDIT_OVER : CREDIT_LIMIT;
    struct slice text =
        over ? arena_printf(
                   arena, "an exposure of %.*s is past the limit of %.*s%.*s already, and would be %.*s",
                   SLICE_ARGS(amount_text(checking, party, checking->again ? others : party->before)),
                   SLICE_ARGS(amount_text(checking, party, party->ceiling)),
                   SLICE_ARGS(party_text(checking, party)), SLICE_ARGS(amount_text(checking, party, after)))
             : arena_printf(arena, "an exposure of %.*s would pass the limit of %.*s%.*s",
                            SLICE_ARGS(amount_text(checking, party, after)),
                            SLICE_ARGS(amount_text(checking, party, party->ceiling)),
                            SLICE_ARGS(party_text(checking, party)));
    find_check(checking, party, check, text, values);
    if (party->terms->reactions[check] <= CREDIT_APPROVE)
        checking->verdict.past_ceiling = true;
}

static void check_document(struct checking *checking, const struct party *party)
{
    if (!party->terms->has_document || party->total <= party->terms->document_max)
        return;
    struct slice text =
        arena_printf(checking->batch->arena, "a total of %.*s is above the largest order of %.*s%.*s",
                     SLICE_ARGS(amount_text(checking, party, party->total)),
                     SLICE_ARGS(amount_text(checking, party, party->terms->document_max)),
                     SLICE_ARGS(party_text(checking, party)));
    find_check(checking, party, CREDIT_DOCUMENT, text,
               compared(checking, party, 0, party->total, party->terms->document_max));
}

static void check_age(struct checking *checking, const struct party *party)
{
    const struct credit_standing *standing = party->standing;
    const struct credit_terms *terms = party->terms;
    struct arena *arena = checking->batch->arena;
    if (terms->has_overdue && standing->overdue > terms->overdue_max) {
        struct slice days = terms->overdue_days
                                ? arena_printf(arena, " for more than %d days", terms->overdue_days)
                                : (struct slice){ 0 };
        struct slice text =
            arena_printf(arena, "%.*s are overdue%.*s, at most %.*s may be%.*s",
                         SLICE_ARGS(amount_text(checking, party, standing->overdue)), SLICE_ARGS(days),
                         SLICE_ARGS(amount_text(checking, party, terms->overdue_max)),
                         SLICE_ARGS(party_text(checking, party)));
        find_check(checking, party, CREDIT_OVERDUE, text,
                   compared(checking, party, standing->overdue, standing->overdue, terms->overdue_max));
    }
    if (terms->has_oldest && standing->oldest_days > terms->oldest_days) {
        struct slice text = arena_printf(arena, "invoice %.*s is overdue for %d days, at most %d may be%.*s",
                                         SLICE_ARGS(standing->oldest_item), standing->oldest_days,
                                         terms->oldest_days, SLICE_ARGS(party_text(checking, party)));
        find_check(checking, party, CREDIT_OLDEST, text, (struct compared){ 0 });
    }
}

static void check_review(struct checking *checking, const struct party *party)
{
    char date[DATE_TEXT_SIZE];
    if (!party->terms->has_review || checking->batch->now_us < party->terms->review_at)
        return;
    struct slice text = arena_printf(
        checking->batch->arena, "the credit terms%.*s were to be looked at again by %s",
        SLICE_ARGS(party_text(checking, party)), date_text(instant_date(party->terms->review_at), date));
    find_check(checking, party, CREDIT_REVIEW, text, (struct compared){ 0 });
}

static void check_missing_rate(struct checking *checking, const struct party *party)
{
    if (!party->group || slice_empty(party->group->missing_rate))
        return;
    find(checking, "credit_rate", EFFECT_HOLD,
         arena_printf(checking->batch->arena,
                      "no exchange rate from %.*s to %.*s is known, so the exposure%.*s is not",
                      SLICE_ARGS(party->group->missing_rate), SLICE_ARGS(party->account->currency),
                      SLICE_ARGS(party_text(checking, party))),
         (struct compared){ 0 });
}

static struct party party_of(const struct checking *checking, const struct account *account,
                             const struct credit_group *group)
{
    const struct trade *trade = checking->batch->trade;
    const struct order *order = checking->order;
    struct party party = { .account = account,
                           .standing = credit_standing_of(trade, account->number),
                           .group = group && group->account == account ? group : NULL };
    party.terms = party.standing ? &party.standing->terms : &credit_no_terms;
    party.has_ceiling = credit_terms_ceiling(party.terms, account->has_credit_limit, account->credit_limit,
                                             checking->batch->now_us, &party.base, &party.ceiling);
    // What cannot be summed is past any limit.
    if (!credit_counted(trade, account, party.group, &party.before)) {
        party.has_ceiling = true;
        party.ceiling = INT64_MIN / 2;
        party.before = INT64_MAX / 2;
    }
    int64_t later = credit_later_part(order, party.standing);
    party.total = to_party(trade, order, &party, order->total);
    party.own_now = party.total - to_party(trade, order, &party, later);
    party.own_before = to_party(trade, order, &party, order->booked) -
                       (party.group ? order->booked_later_group : order->booked_later);
    return party;
}

static void check_party(struct checking *checking, const struct account *account,
                        const struct credit_group *group)
{
    struct party party = party_of(checking, account, group);
    const struct order *order = checking->order;
    bool dearer = order->total > order->booked;
    // All of it may be booked, and yet it waits: a delivery was brought within the horizon.
    bool waits = checking->again || (order->was_held[HOLD_CREDIT] && !order->change);
    if (party.has_ceiling && (party.own_now > party.own_before || waits))
        check_limit(checking, &party);
    if (!dearer && !checking->again)
        return;
    check_missing_rate(checking, &party);
    check_document(checking, &party);
    if (party.standing)
        check_age(checking, &party);
    check_review(checking, &party);
}

static struct slice lacking_text(const struct checking *checking, int64_t lacking, int64_t free)
{
    const struct account *payer = checking->order->payer;
    struct arena *arena = checking->batch->arena;
    struct slice lacks = money_text(arena, lacking, payer->exponent, payer->currency),
                 cash = money_text(arena, free < 0 ? -free : free, payer->exponent, payer->currency);
    return free < 0 ? arena_printf(arena,
                                   "%.*s must be paid before: other prepaid orders take %.*s more than there "
                                   "is of cash",
                                   SLICE_ARGS(lacks), SLICE_ARGS(cash))
                    : arena_printf(arena,
                                   "%.*s must be paid before: %.*s of cash are not taken by other prepaid "
                                   "orders",
                                   SLICE_ARGS(lacks), SLICE_ARGS(cash));
}

// What the payer's prepaid orders take of his cash is checked like an exposure, with the cash as its limit.
static void check_prepaid(struct checking *checking)
{
    const struct order *order = checking->order;
    const struct trade *trade = checking->batch->trade;
    const struct account *payer = order->payer;
    struct arena *arena = checking->batch->arena;
    int64_t cash = prepaid_cash(trade, payer->number), before = prepaid_taken(trade, payer->number),
            own_before = rate_convert(order->booked, order->credit_rate),
            own_now = rate_convert(order->total, order->credit_rate), others = before - own_before,
            after = others + own_now;
    bool waits = checking->again || (order->was_held[HOLD_CREDIT] && !order->change);
    if (!order->prepaid || (own_now <= own_before && !waits))
        return;
    note_room(&checking->verdict, after, cash);
    bool covered = after <= cash;
    struct slice text =
        covered ? arena_printf(arena, "%.*s of prepaid orders are covered by %.*s of cash",
                               SLICE_ARGS(money_text(arena, after, payer->exponent, payer->currency)),
                               SLICE_ARGS(money_text(arena, cash, payer->exponent, payer->currency)))
                : lacking_text(checking, after - cash, cash - others);
    find(checking, "prepaid", covered ? EFFECT_PASS : EFFECT_HOLD, text,
         (struct compared){ slice_equal(payer->currency, order->currency), before, after, cash });
}

struct credit_verdict credit_check(struct batch *batch, struct order *order, bool again)
{
    struct checking checking = { .batch = batch, .order = order, .again = again };
    const struct credit_standing *standing = credit_standing_of(batch->trade, order->payer->number);
    const struct credit_group *group = standing ? standing->group : NULL;
    // A parent's own orders count with the group alone: its exposure is a part of that.
    if (!group || group->account != order->payer)
        check_party(&checking, order->payer, NULL);
    if (group && group->account)
        check_party(&checking, group->account, group);
    check_prepaid(&checking);
    return checking.verdict;
}

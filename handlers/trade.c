// SPDX-License-Identifier: Apache-2.0
#include "handlers/trade.h"

#include <assert.h>

#include "handlers/company/company.h"

bool account_status_parse(struct slice text, enum account_status *status)
{
    static const struct {
        const char *word;
        enum account_status status;
    } older[] = { { "open", ACCOUNT_APPROVED }, { "pending", ACCOUNT_UNDER_CHECK } };
    for (size_t i = 0; i < sizeof older / sizeof *older; i++)
        if (slice_is(text, older[i].word)) {
            *status = older[i].status;
            return true;
        }
    for (int i = 0; i < ACCOUNT_STATUS_COUNT; i++)
        if (slice_is(text, account_status_name((enum account_status)i))) {
            *status = (enum account_status)i;
            return true;
        }
    return false;
}

const char *account_status_name(enum account_status status)
{
    static const char *const names[ACCOUNT_STATUS_COUNT] = {
        [ACCOUNT_APPROVED] = "approved",
        [ACCOUNT_APPLIED] = "applied",
        [ACCOUNT_UNDER_CHECK] = "under_check",
        [ACCOUNT_AWAITING_OFFSITE] = "awaiting_offsite",
        [ACCOUNT_APPROVED_WITH_LIMITS] = "approved_with_limits",
        [ACCOUNT_REFUSED] = "refused",
        [ACCOUNT_SUSPENDED] = "suspended",
        [ACCOUNT_BLOCKED] = "blocked",
        [ACCOUNT_CLOSED] = "closed",
        [ACCOUNT_REVETTING_DUE] = "revetting_due",
    };
    assert(status < ACCOUNT_STATUS_COUNT);
    return names[status];
}

struct trade *trade_new(struct arena *arena)
{
    struct trade *trade = ARENA_NEW(arena, struct trade);
    trade->arena = arena;
    struct index *indexes[] = { &trade->accounts, &trade->users,     &trade->parts,
                                &trade->products, &trade->gtins,     &trade->conditions,
                                &trade->stocks,   &trade->companies, &trade->bought };
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
        *indexes[i] = index_in(arena);
    return trade;
}

void trade_add_order(struct trade *trade, struct order *order)
{
    trade->orders = arena_grow(trade->arena, trade->orders, &trade->order_capacity, trade->order_count + 1,
                               sizeof *trade->orders);
    trade->orders[trade->order_count++] = order;
}

void trade_add_asked(struct trade *trade, struct order *order)
{
    trade->asked = arena_grow(trade->arena, trade->asked, &trade->asked_capacity, trade->asked_count + 1,
                              sizeof *trade->asked);
    trade->asked[trade->asked_count++] = order;
}

struct order *trade_looked_at(const struct trade *trade, size_t number)
{
    if (number < trade->order_count)
        return trade->orders[number];
    number -= trade->order_count;
    return number < trade->asked_count ? trade->asked[number] : NULL;
}

void trade_add_change(struct trade *trade, struct change *change)
{
    trade->changes = arena_grow(trade->arena, trade->changes, &trade->change_capacity,
                                trade->change_count + 1, sizeof *trade->changes);
    trade->changes[trade->change_count++] = change;
}

void trade_add_entry(struct trade *trade, struct ledger_entry entry)
{
    trade->entries = arena_grow(trade->arena, trade->entries, &trade->entry_capacity, trade->entry_count + 1,
                                sizeof *trade->entries);
    trade->entries[trade->entry_count++] = entry;
}

struct account *trade_account(const struct trade *trade, struct slice number)
{
    return index_get(&trade->accounts, number, (struct slice){ 0 });
}

// Mail addresses are looked up without regard to case, as the user table's index has them.
static struct slice lower(struct arena *arena, struct slice text)
{
    struct slice copy = arena_copy(arena, text);
    char *data = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; i < copy.size; i++)
        if (data[i] >= 'A' && data[i] <= 'Z')
            data[i] = (char)(data[i] - 'A' + 'a');
    return copy;
}

const struct user *trade_user(const struct trade *trade, struct slice account, struct slice name)
{
    const struct company *company = trade_company(trade, account);
    if (slice_empty(name))
        return NULL;
    if (company)
        return company_user(company, name);
    const struct user *user = index_get(&trade->users, account, name);
    return user ? user : index_get(&trade->users, account, lower(trade->arena, name));
}

const struct product *trade_product(const struct trade *trade, struct slice number)
{
    return index_get(&trade->products, number, (struct slice){ 0 });
}

struct slice gtin_digits(struct slice gtin)
{
    while (gtin.size && gtin.data[0] == '0') {
        gtin.data++;
        gtin.size--;
    }
    return gtin;
}

const struct product *trade_gtin(const struct trade *trade, struct slice gtin)
{
    return index_get(&trade->gtins, gtin_digits(gtin), (struct slice){ 0 });
}

struct stock *trade_stock(const struct trade *trade, struct slice product)
{
    return index_get(&trade->stocks, product, (struct slice){ 0 });
}

struct stock *trade_stock_at(const struct trade *trade, struct slice product, struct slice site)
{
    struct stock *stock = trade_stock(trade, product);
    while (stock && !slice_equal(stock->site, site))
        stock = stock->next;
    return stock;
}

void trade_put_account(struct trade *trade, struct account *account)
{
    index_put(&trade->accounts, account->number, (struct slice){ 0 }, account);
}

void trade_put_user(struct trade *trade, struct user *user)
{
    index_put(&trade->users, user->account, user->number, user);
    if (!slice_empty(user->mail))
        index_put(&trade->users, user->account, lower(trade->arena, user->mail), user);
}

void trade_put_part(struct trade *trade, struct slice account, struct slice buyer_part, struct slice product)
{
    struct slice *target = ARENA_NEW(trade->arena, struct slice);
    *target = product;
    index_put(&trade->parts, account, buyer_part, target);
}

void trade_put_product(struct trade *trade, struct product *product)
{
    index_put(&trade->products, product->number, (struct slice){ 0 }, product);
    if (!slice_empty(product->gtin))
        index_put(&trade->gtins, gtin_digits(product->gtin), (struct slice){ 0 }, product);
}

void trade_put_condition(struct trade *trade, struct condition *condition)
{
    struct condition *first = index_get(&trade->conditions, condition->product, condition->account);
    if (!first) {
        index_put(&trade->conditions, condition->product, condition->account, condition);
        return;
    }
    condition->next = first->next;
    first->next = condition;
}

void trade_put_stock(struct trade *trade, struct stock *stock)
{
    struct stock *last = trade_stock(trade, stock->product);
    if (!last) {
        index_put(&trade->stocks, stock->product, (struct slice){ 0 }, stock);
        return;
    }
    while (last->next)
        last = last->next;
    last->next = stock;
}

// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_book.h"

struct credit_book *credit_book(struct trade *trade)
{
    if (trade->credit)
        return trade->credit;
    struct credit_book *book = trade->credit = ARENA_NEW(trade->arena, struct credit_book);
    struct index *indexes[] = { &book->standings, &book->groups, &book->rates,
                                &book->prepaid,   &book->items,  &book->cash };
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++)
        *indexes[i] = index_in(trade->arena);
    return book;
}

struct credit_standing *credit_standing_of(const struct trade *trade, struct slice account)
{
    return trade->credit ? index_get(&trade->credit->standings, account, (struct slice){ 0 }) : NULL;
}

struct credit_standing *credit_standing_make(struct trade *trade, struct account *account)
{
    struct credit_book *book = credit_book(trade);
    struct credit_standing *found = credit_standing_of(trade, account->number);
    if (found)
        return found;
    found = ARENA_NEW(trade->arena, struct credit_standing);
    *found = (struct credit_standing){ .account = account, .terms = credit_no_terms };
    index_put(&book->standings, account->number, (struct slice){ 0 }, found);
    return found;
}

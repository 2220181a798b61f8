// SPDX-License-Identifier: Apache-2.0
#include "engine/conflict.h"

struct conflict_entry {
    struct slice account, order;
    enum { ENTRY_NONE, ENTRY_ACCOUNT, ENTRY_WHOLE_ACCOUNT, ENTRY_ORDER } kind;
};

struct conflicts conflicts_open(struct arena *arena, size_t most)
{
    size_t size = 16;
    while (size < most * 4) // two entries a subject, half full
        size *= 2;
    return (struct conflicts){ arena, ARENA_ARRAY(arena, size, struct conflict_entry), size };
}

void conflicts_clear(struct conflicts *conflicts)
{
    memset(conflicts->entries, 0, conflicts->size * sizeof *conflicts->entries);
}

// FNV-1a: the sets are small and the keys short.
static size_t mix(size_t hash, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 1099511628211u;
    return hash;
}

// The entry of (account, order), or the free one where it belongs. An entry of the account itself has an
// empty order; orders never have.
static struct conflict_entry *find(const struct conflicts *conflicts, struct slice account,
                                   struct slice order)
{
    size_t at = mix(mix(14695981039346656037u, account), order);
    for (;; at++) {
        struct conflict_entry *entry = &conflicts->entries[at & (conflicts->size - 1)];
        if (entry->kind == ENTRY_NONE ||
            (slice_equal(entry->account, account) && slice_equal(entry->order, order)))
            return entry;
    }
}

bool conflicts_add(struct conflicts *conflicts, const struct subject *subject)
{
    if (subject->account.size == 0)
        return true;
    struct conflict_entry *account = find(conflicts, subject->account, (struct slice){ 0 });
    if (subject->order.size == 0) {
        if (account->kind != ENTRY_NONE)
            return false;
        *account = (struct conflict_entry){ .account = subject->account, .kind = ENTRY_WHOLE_ACCOUNT };
        return true;
    }
    if (account->kind == ENTRY_WHOLE_ACCOUNT)
        return false;
    struct conflict_entry *order = find(conflicts, subject->account, subject->order);
    if (order->kind != ENTRY_NONE)
        return false;
    if (account->kind == ENTRY_NONE)
        *account = (struct conflict_entry){ .account = subject->account, .kind = ENTRY_ACCOUNT };
    order = find(conflicts, subject->account, subject->order);
    *order =
        (struct conflict_entry){ .account = subject->account, .order = subject->order, .kind = ENTRY_ORDER };
    return true;
}

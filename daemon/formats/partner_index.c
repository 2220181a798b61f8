// SPDX-License-Identifier: Apache-2.0
#include "formats/partner_index.h"

#include <stdlib.h>

struct partner_known {
    struct slice domain, identity; // the domain in small letters where case does not count
    const struct partner *partner;
};

static struct slice lower(struct slice text, struct arena *arena)
{
    char *copy = arena_string(arena, text);
    for (size_t i = 0; i < text.size; i++)
        copy[i] = copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] - 'A' + 'a') : copy[i];
    return (struct slice){ copy, text.size };
}

void partner_index_add(struct partner_index *index, const struct partner_identity *identities, size_t count,
                       const struct partner *partner)
{
    for (size_t i = 0; i < count; i++) {
        index->items =
            arena_grow(index->arena, index->items, &index->capacity, index->count + 1, sizeof *index->items);
        struct slice domain = identities[i].domain;
        index->items[index->count++] = (struct partner_known){
            .domain = index->nocase ? lower(domain, index->arena) : domain,
            .identity = identities[i].identity,
            .partner = partner,
        };
    }
}

static int compare(const void *left, const void *right)
{
    const struct partner_known *a = left, *b = right;
    int order = slice_compare(a->identity, b->identity);
    return order ? order : slice_compare(a->domain, b->domain);
}

bool partner_index_close(struct partner_index *index, struct error *error)
{
    if (index->count)
        qsort(index->items, index->count, sizeof *index->items, compare);
    for (size_t i = 1; i < index->count; i++) {
        const struct partner_known *one = &index->items[i - 1], *other = &index->items[i];
        if (compare(one, other) == 0)
            return error_set(error, ERROR_INVALID, NULL,
                             "the partners \"%s\" and \"%s\" have the same identity \"%.*s\"",
                             one->partner->name, other->partner->name, SLICE_ARGS(one->identity));
    }
    return true;
}

// No allocation here: an index is asked by many threads.
static int compare_domain(struct slice wanted, struct slice known, bool nocase)
{
    size_t size = wanted.size < known.size ? wanted.size : known.size;
    for (size_t i = 0; i < size; i++) {
        char c = wanted.data[i];
        c = nocase && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        if (c != known.data[i])
            return (unsigned char)c < (unsigned char)known.data[i] ? -1 : 1;
    }
    return (wanted.size > known.size) - (wanted.size < known.size);
}

const struct partner *partner_index_find(const struct partner_index *index, struct slice domain,
                                         struct slice identity)
{
    identity = slice_trim(identity);
    for (size_t low = 0, high = index->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        const struct partner_known *known = &index->items[middle];
        int order = slice_compare(identity, known->identity);
        if (order == 0)
            order = compare_domain(domain, known->domain, index->nocase);
        if (order == 0)
            return known->partner;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

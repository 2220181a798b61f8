// SPDX-License-Identifier: Apache-2.0
#include "formats/map_store.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct generation {
    struct maps *maps;
    size_t holders;
    struct generation *older;
};

struct map_store {
    pthread_mutex_t lock;
    struct generation *newest;
};

static void add(struct map_store *store, struct maps *maps)
{
    struct generation *generation = calloc(1, sizeof *generation);
    assert(generation);
    *generation = (struct generation){ .maps = maps, .older = store->newest };
    store->newest = generation;
}

// Frees the replaced ones that nobody holds.
static void sweep(struct map_store *store)
{
    struct generation **link = &store->newest->older;
    while (*link) {
        struct generation *generation = *link;
        if (generation->holders) {
            link = &generation->older;
            continue;
        }
        *link = generation->older;
        maps_free(generation->maps);
        free(generation);
    }
}

struct map_store *map_store_open(struct maps *first)
{
    struct map_store *store = calloc(1, sizeof *store);
    assert(store);
    pthread_mutex_init(&store->lock, NULL);
    add(store, first);
    return store;
}

void map_store_close(struct map_store *store)
{
    if (!store)
        return;
    sweep(store);
    assert(!store->newest->older && store->newest->holders == 0);
    maps_free(store->newest->maps);
    free(store->newest);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

const struct maps *map_store_hold(struct map_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->newest->holders++;
    const struct maps *maps = store->newest->maps;
    pthread_mutex_unlock(&store->lock);
    return maps;
}

void map_store_release(struct map_store *store, const struct maps *maps)
{
    pthread_mutex_lock(&store->lock);
    struct generation *generation = store->newest;
    while (generation->maps != maps)
        generation = generation->older;
    assert(generation->holders > 0);
    generation->holders--;
    sweep(store);
    pthread_mutex_unlock(&store->lock);
}

void map_store_replace(struct map_store *store, struct maps *next)
{
    pthread_mutex_lock(&store->lock);
    add(store, next);
    sweep(store);
    pthread_mutex_unlock(&store->lock);
}

// SPDX-License-Identifier: Apache-2.0
#include "handlers/company/company_cache.h"

#include <stdlib.h>
#include <threads.h>

int64_t company_cache_size = 200;

struct entry {
    struct company *company;
    struct entry *newer, *older; // by use
    size_t users;                // batches that hold it
    bool dropped;                // another one has taken its place; it goes with its last user
};

// A thread's own. The table finds by account; the list knows who was used last.
struct cache {
    struct entry *newest, *oldest;
    size_t count;
};

static once_flag once = ONCE_FLAG_INIT;
static tss_t of_thread;

static void free_entry(struct entry *entry)
{
    arena_close(entry->company->arena);
    free(entry);
}

static void close_cache(void *cache_)
{
    struct cache *cache = cache_;
    while (cache->newest) {
        struct entry *entry = cache->newest;
        cache->newest = entry->older;
        free_entry(entry);
    }
    free(cache);
}

static void make_key(void)
{
    if (tss_create(&of_thread, close_cache) != thrd_success)
        abort();
}

static void *or_stop(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static struct cache *own_cache(void)
{
    call_once(&once, make_key);
    struct cache *cache = tss_get(of_thread);
    if (!cache) {
        cache = or_stop(calloc(1, sizeof *cache));
        tss_set(of_thread, cache);
    }
    return cache;
}

static void unlink_entry(struct cache *cache, struct entry *entry)
{
    *(entry->newer ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &cache->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
    cache->count--;
}

static void put_first(struct cache *cache, struct entry *entry)
{
    entry->older = cache->newest;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
    cache->count++;
}

static void drop(struct cache *cache, struct entry *entry)
{
    unlink_entry(cache, entry);
    entry->dropped = true;
    if (entry->users == 0)
        free_entry(entry);
}

static void release(void *entry_)
{
    struct entry *entry = entry_;
    if (--entry->users == 0 && entry->dropped)
        free_entry(entry);
}

// The list is short, and most batches ask for what they asked for last.
static struct entry *find(const struct cache *cache, struct slice account)
{
    for (struct entry *entry = cache->newest; entry; entry = entry->older)
        if (slice_equal(entry->company->account, account))
            return entry;
    return NULL;
}

static bool fits(const struct company *company, int64_t version, int64_t now_us)
{
    return company->version == version && company->since <= now_us && now_us < company->until;
}

bool company_cached(struct arena *arena, struct db *db, struct slice account, int64_t version, int64_t now_us,
                    const struct company **company, struct error *error)
{
    struct cache *cache = own_cache();
    struct entry *entry = find(cache, account);
    if (entry && fits(entry->company, version, now_us)) {
        unlink_entry(cache, entry);
    } else {
        struct company *fresh;
        if (!company_load(db, account, version, now_us, &fresh, error))
            return false;
        if (entry)
            drop(cache, entry);
        entry = or_stop(calloc(1, sizeof *entry));
        entry->company = fresh;
    }
    put_first(cache, entry);
    entry->users++;
    arena_defer(arena, release, entry);
    *company = entry->company;
    while ((int64_t)cache->count > company_cache_size && cache->oldest != entry)
        drop(cache, cache->oldest);
    return true;
}

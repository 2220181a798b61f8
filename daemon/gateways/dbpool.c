// SPDX-License-Identifier: Apache-2.0
#include "gateways/dbpool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct dbpool {
    const char *conninfo, *application;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    size_t out, most;  // borrowed now, allowed
    size_t idle_count; // connections at rest
    struct db *idle[];
};

struct dbpool *dbpool_open(const char *conninfo, const char *application, size_t most)
{
    assert(most > 0);
    struct dbpool *pool = calloc(1, sizeof *pool + most * sizeof pool->idle[0]);
    assert(pool);
    pool->conninfo = conninfo;
    pool->application = application;
    pool->most = most;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->freed, NULL);
    return pool;
}

void dbpool_close(struct dbpool *pool)
{
    if (!pool)
        return;
    assert(pool->out == 0);
    for (size_t i = 0; i < pool->idle_count; i++)
        db_close(pool->idle[i]);
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void give_up_place(struct dbpool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->out--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

struct db *dbpool_borrow(struct dbpool *pool, struct error *error)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->out == pool->most)
        pthread_cond_wait(&pool->freed, &pool->lock);
    pool->out++;
    struct db *db = pool->idle_count ? pool->idle[--pool->idle_count] : NULL;
    pthread_mutex_unlock(&pool->lock);

    // Connecting takes time: not under the lock.
    if (!db)
        db = db_open(pool->conninfo, pool->application, error);
    else if (db_lost(db) && !db_reopen(db, error)) {
        db_close(db);
        db = NULL;
    }
    if (!db)
        give_up_place(pool);
    return db;
}

void dbpool_return(struct dbpool *pool, struct db *db)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = db;
    pool->out--;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

// SPDX-License-Identifier: Apache-2.0
// Publishes what timers were set for, when their time has come. Any number of processes may do it: a row is taken
// by one of them, in the transaction that publishes its document.
#include "base/clock.h"
#include "engine/timer.h"
#include "gateways/inbound.h"
#include "gateways/threads.h"

enum { LOOK_MS = 500, PAUSE_MS = 2000, ARENA_BYTES = 64 << 20 };

struct timers {
    struct gateway *gateway;
    struct inbound *inbound;
    struct db *db;
    struct arena *arena;
    int64_t now_us;
    size_t taken, unreadable;
};

static bool take(void *context, struct db *db, struct arena *arena, struct outbox_document **documents,
                 size_t *count, struct error *error)
{
    struct timers *timers = context;
    bool good = timer_take(db, arena, timers->gateway->engine->catalogue, timers->now_us, documents, count,
                           &timers->unreadable, error);
    timers->taken = *count;
    return good;
}

// Publishes some of what is due. A timer that cannot be read stays; the others are not kept waiting by it.
static bool look(struct timers *timers, struct error *error)
{
    const char *database = timers->gateway->engine->settings->database;
    arena_reset(timers->arena);
    if (!timers->db && !(timers->db = db_open(database, "comptoird timers", error)))
        return false;
    if (db_lost(timers->db) && !db_reopen(timers->db, error))
        return false;
    timers->now_us = clock_now_us();
    bool due;
    if (!timer_is_due(timers->db, timers->arena, timers->now_us, &due, error))
        return false;
    timers->taken = timers->unreadable = 0;
    struct inbound_parcel parcel = {
        .reference = SLICE("timers"), .now_us = timers->now_us, .context = timers, .more = take
    };
    if (due && !inbound_post(timers->inbound, timers->db, timers->arena, &parcel, error))
        return false;
    if (timers->taken)
        log_line(&timers->gateway->log, LOG_LEVEL_DEBUG, "timers_published", "%zu", timers->taken);
    if (timers->unreadable)
        return error_set(error, ERROR_INVALID, NULL,
                         "%zu timers hold documents that the schemas here cannot read: is this release older "
                         "than the one that set them?",
                         timers->unreadable);
    return true;
}

static void *run(void *argument)
{
    struct timers *timers = argument;
    bool failing = false;
    while (!gateway_stopping(timers->gateway)) {
        struct error error = { 0 };
        bool good = look(timers, &error);
        if (!good && !failing)
            log_error(&timers->gateway->log, LOG_LEVEL_WARNING, "timers_wait", &error);
        failing = !good;
        if (!good || timers->taken < TIMER_MOST)
            gateway_sleep(timers->gateway, good ? LOOK_MS : PAUSE_MS);
    }
    return NULL;
}

struct gateway *timers_open(struct engine *engine, struct error *error)
{
    struct gateway *gateway = gateway_new(engine, "timers");
    struct timers *timers = gateway->own = ARENA_NEW(gateway->arena, struct timers);
    timers->gateway = gateway;
    timers->arena = arena_open(ARENA_BYTES);
    timers->inbound = inbound_open(engine, "timers", &gateway->log, error);
    if (timers->inbound && gateway_start(gateway, run, timers, error))
        return gateway;
    timers_close(gateway);
    return NULL;
}

void timers_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct timers *timers = gateway->own;
    gateway_join(gateway);
    inbound_close(timers->inbound);
    db_close(timers->db);
    arena_close(timers->arena);
    gateway_free(gateway);
}

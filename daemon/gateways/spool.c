// SPDX-License-Identifier: Apache-2.0
// The EDIFACT folder. A file is taken when it has not changed between two looks, stored, and only then moved
// to done/ or bad/: if the process dies in between, the file is met again and found to be a repeat.
#include <stdio.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "formats/map_store.h"
#include "gateways/folder.h"
#include "gateways/spool_watch.h"
#include "gateways/threads.h"

enum {
    MOST_BYTES = 64 << 20,
    ARENA_BYTES = 1 << 30,
    MOST_PAUSE_MS = 10000,
    MOST_INTERNAL_FAILURES = 10, // of one file, then it goes to bad/ so that others are not kept waiting
};

struct spool {
    struct gateway *gateway;
    struct inbound *inbound;
    const struct maps *maps; // held, the newest for each file
    const char *in, *done, *bad;
    struct db *db;
    struct arena *looks[2]; // of this look into the folder and the last one
    struct folder_file *files;
    size_t count;
    struct arena *arena; // of one file
    struct spool_watch watch;
    int64_t pause_ms;  // longer while the database does not answer
    char failing[256]; // the file that failed last for a fault of ours, and how often in a row
    int failures;
};

static bool connect_db(struct spool *spool, struct error *error)
{
    if (!spool->db)
        spool->db = db_open(spool->gateway->engine->settings->database, "comptoird spool", error);
    else if (db_lost(spool->db))
        return db_reopen(spool->db, error);
    return spool->db != NULL;
}

static bool move(struct spool *spool, const char *name, const struct spool_outcome *outcome,
                 struct error *error)
{
    struct slice moved;
    if (FAILPOINT_ERROR("spool.before_rename"))
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not move %s: failpoint spool.before_rename",
                         name);
    if (!folder_move(spool->in, name, outcome->bad ? spool->bad : spool->done, outcome->report, spool->arena,
                     &moved, error))
        return false;
    log_line(&spool->gateway->log, outcome->bad ? LOG_LEVEL_PARTNER : LOG_LEVEL_INFO,
             outcome->bad ? "file_bad" : "file_done",
             "%s: %zu interchange%s (%zu repeated), %.*s; now %s/%.*s", name, outcome->interchanges,
             outcome->interchanges == 1 ? "" : "s", outcome->repeated,
             SLICE_ARGS(spool_file_numbers(outcome, spool->arena)), outcome->bad ? "bad" : "done",
             SLICE_ARGS(moved));
    return true;
}

static struct spool_work work_of(const struct spool *spool)
{
    return (struct spool_work){
        .engine = spool->gateway->engine,
        .log = &spool->gateway->log,
        .maps = spool->maps,
        .inbound = spool->inbound,
        .db = spool->db,
        .arena = spool->arena,
    };
}

static bool take_file(struct spool *spool, const struct folder_file *file, struct error *error)
{
    const struct spool_work work = work_of(spool);
    struct spool_outcome outcome;
    struct slice bytes;
    if (!folder_read(spool->in, file->name, MOST_BYTES, spool->arena, &bytes, error))
        return false;
    // It has grown since the look: wait for the next one.
    if ((int64_t)bytes.size != file->size)
        return true;
    return spool_take(&work, file->name, bytes, &outcome, error) && move(spool, file->name, &outcome, error);
}

static bool give_up(struct spool *spool, const struct folder_file *file, const struct error *why,
                    struct error *error)
{
    char text[1024];
    error_text(why, text, sizeof text);
    const struct spool_outcome outcome = {
        .bad = true,
        .report = arena_printf(spool->arena, "the file could not be taken: %s\n", text),
    };
    return move(spool, file->name, &outcome, error);
}

static int count_failure(struct spool *spool, const char *name)
{
    if (strncmp(spool->failing, name, sizeof spool->failing - 1) != 0) {
        snprintf(spool->failing, sizeof spool->failing, "%s", name);
        spool->failures = 0;
    }
    return ++spool->failures;
}

// A fault of the file's sends it to bad/; one of ours does so only when it stays. False where the rest of the
// files would fail in the same way now.
static bool handle_failure(struct spool *spool, const struct folder_file *file, const struct error *why)
{
    const struct log_context *log = &spool->gateway->log;
    struct error error = { 0 };
    if (!folder_has(spool->in, file->name)) {
        log_line(log, LOG_LEVEL_INFO, "file_gone", "%s was taken by another process meanwhile", file->name);
        return true;
    }
    log_error(log, why->kind == ERROR_UNAVAILABLE ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, "file_failed", why);
    if (why->kind == ERROR_UNAVAILABLE || why->kind == ERROR_FENCED)
        return false;
    if (why->kind == ERROR_INTERNAL && count_failure(spool, file->name) < MOST_INTERNAL_FAILURES)
        return false;
    if (give_up(spool, file, why, &error))
        return true;
    log_error(log, LOG_LEVEL_ERROR, "file_stuck", &error);
    return false;
}

// Each file is read by the newest partners and maps, as a whole.
static void renew_maps(struct spool *spool)
{
    struct map_store *store = spool->gateway->engine->maps;
    map_store_release(store, spool->maps);
    spool->maps = map_store_hold(store);
}

static bool take_files(struct spool *spool, const struct folder_file *before, size_t before_count)
{
    for (size_t i = 0; i < spool->count && !gateway_stopping(spool->gateway); i++) {
        const struct folder_file *file = &spool->files[i];
        struct error error = { 0 };
        if (!folder_stable(file, before, before_count))
            continue;
        arena_reset(spool->arena);
        renew_maps(spool);
        if (!connect_db(spool, &error)) {
            log_error(&spool->gateway->log, LOG_LEVEL_WARNING, "database_unavailable", &error);
            return false;
        }
        if (!take_file(spool, file, &error) && !handle_failure(spool, file, &error))
            return false;
    }
    return true;
}

static void watch(struct spool *spool)
{
    const struct spool_work work = work_of(spool);
    arena_reset(spool->arena);
    // Without a database the files have told so.
    if (spool->db && !db_lost(spool->db))
        spool_watch_look(&spool->watch, &work);
}

// An interchange that came before is put through once more, because people asked for it.
static bool take_request(struct spool *spool, const struct desk_request *request, struct error *error)
{
    struct spool_work work = work_of(spool);
    work.request = request;
    struct spool_outcome outcome = { 0 };
    struct error why = { 0 };
    struct slice result;
    char text[1024];
    const char *name = arena_printf(spool->arena, "archive %lld", (long long)request->archive_id).data;
    if (spool_take(&work, name, request->bytes, &outcome, &why)) {
        result =
            arena_printf(spool->arena, "%.*s%s%.*s", SLICE_ARGS(spool_file_numbers(&outcome, spool->arena)),
                         outcome.report.size ? "\n" : "", SLICE_ARGS(outcome.report));
    } else if (why.kind == ERROR_INVALID) {
        result = arena_printf(spool->arena, "failed: %s", error_text(&why, text, sizeof text));
    } else {
        *error = why;
        return false;
    }
    log_line(&spool->gateway->log, LOG_LEVEL_INFO, "reprocessed", "interchange %lld of the archive: %.*s",
             (long long)request->archive_id, SLICE_ARGS(spool_file_numbers(&outcome, spool->arena)));
    return desk_done(spool->db, spool->arena, request->id, result, clock_now_us(), error);
}

static void look_for_requests(struct spool *spool)
{
    struct error error = { 0 };
    struct desk_request request;
    bool found;
    arena_reset(spool->arena);
    // Without a database the files have told so.
    if (!spool->db || db_lost(spool->db))
        return;
    if (!desk_next(spool->db, spool->arena, &request, &found, &error) ||
        (found && !take_request(spool, &request, &error)))
        log_error(&spool->gateway->log, LOG_LEVEL_WARNING, "request_failed", &error);
}

static void look(struct spool *spool)
{
    const struct folder_file *before = spool->files;
    size_t before_count = spool->count;
    struct arena *arena = spool->looks[1];
    struct error error = { 0 };
    arena_reset(arena);
    bool good = folder_list(spool->in, arena, &spool->files, &spool->count, &error);
    if (good) {
        spool->looks[1] = spool->looks[0];
        spool->looks[0] = arena;
        good = take_files(spool, before, before_count);
    } else
        log_error(&spool->gateway->log, LOG_LEVEL_ERROR, "folder_unreadable", &error);
    int64_t least = spool->gateway->engine->settings->spool_poll_ms;
    spool->pause_ms = good ? least : spool->pause_ms * 2;
    if (spool->pause_ms > MOST_PAUSE_MS && spool->pause_ms > least)
        spool->pause_ms = least > MOST_PAUSE_MS ? least : MOST_PAUSE_MS;
}

static void *run(void *argument)
{
    struct spool *spool = argument;
    while (!gateway_stopping(spool->gateway)) {
        struct map_store *store = spool->gateway->engine->maps;
        spool->maps = map_store_hold(store);
        look(spool);
        watch(spool);
        look_for_requests(spool);
        map_store_release(store, spool->maps);
        gateway_sleep(spool->gateway, spool->pause_ms);
    }
    return NULL;
}

static bool make_folders(struct spool *spool, struct error *error)
{
    const char *folder = spool->gateway->engine->settings->spool_folder;
    struct arena *arena = spool->gateway->arena;
    const char *out = arena_printf(arena, "%s/out", folder).data;
    spool->in = arena_printf(arena, "%s/in", folder).data;
    spool->done = arena_printf(arena, "%s/done", folder).data;
    spool->bad = arena_printf(arena, "%s/bad", folder).data;
    return (folder_make(spool->in, error) && folder_make(spool->done, error) &&
            folder_make(spool->bad, error) && folder_make(out, error)) ||
           error_within(error, "preparing setting 'spool_folder'");
}

static bool prepare(struct spool *spool, struct error *error)
{
    struct engine *engine = spool->gateway->engine;
    if (!make_folders(spool, error))
        return false;
    spool->inbound = inbound_open(engine, "edifact", &spool->gateway->log, error);
    return spool->inbound && gateway_start(spool->gateway, run, spool, error);
}

struct gateway *spool_open(struct engine *engine, struct error *error)
{
    struct gateway *gateway = gateway_new(engine, "edifact");
    struct spool *spool = ARENA_NEW(gateway->arena, struct spool);
    gateway->own = spool;
    spool->gateway = gateway;
    spool->pause_ms = engine->settings->spool_poll_ms;
    spool->arena = arena_open(ARENA_BYTES);
    spool->looks[0] = arena_open(ARENA_BYTES);
    spool->looks[1] = arena_open(ARENA_BYTES);
    if (prepare(spool, error))
        return gateway;
    error_within(error, "starting the EDIFACT folder");
    spool_close(gateway);
    return NULL;
}

void spool_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct spool *spool = gateway->own;
    gateway_join(gateway);
    inbound_close(spool->inbound);
    db_close(spool->db);
    arena_close(spool->arena);
    arena_close(spool->looks[0]);
    arena_close(spool->looks[1]);
    gateway_free(gateway);
}

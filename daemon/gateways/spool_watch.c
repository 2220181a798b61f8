// SPDX-License-Identifier: Apache-2.0
#include "gateways/spool_watch.h"

#include "base/clock.h"
#include "engine/owed_ack.h"
#include "gateways/answer_due.h"
#include "gateways/desk_event.h"
#include "gateways/reported.h"

enum {
    OVERDUE_EVERY_US = 5000000,
    FORGET_EVERY_US = 10000000,
    MOST_OVERDUE = 500,
    MOST_FORGOTTEN = 1000,
};

// Reports that partners owe us and that have not come in time: an event each, once.
static bool tell_reports(const struct spool_work *work, struct db *db, struct arena *arena, int64_t now_us,
                         struct outbox_document **documents, size_t *count, struct error *error)
{
    struct owed_match *matches;
    size_t found;
    if (!owed_overdue(db, arena, now_us, MOST_OVERDUE, &matches, &found, error))
        return false;
    *documents = ARENA_ARRAY(arena, found, struct outbox_document);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        const struct partner *partner = maps_partner_named(work->maps, matches[i].partner);
        log_line(work->log, LOG_LEVEL_PARTNER, "report_overdue",
                 "partner %.*s has not answered our interchange %.*s in time", SLICE_ARGS(matches[i].partner),
                 SLICE_ARGS(matches[i].control));
        *count += report_overdue(&matches[i], partner, now_us, arena, &(*documents)[*count]);
    }
    return true;
}

static struct outbox_document unanswered(const struct answer_due *due, const struct partner *partner,
                                         int64_t now_us, struct arena *arena)
{
    const struct desk_event event = {
        .partner = partner,
        .kind = "unanswered",
        .control = due->control,
        .reference = due->number,
        .now_us = now_us,
        .text = arena_printf(
            arena,
            "number %.*s of partner %s, interchange %lld of the archive, has had no %.*s within %d min",
            SLICE_ARGS(due->number), partner->name, (long long)due->archive_id, SLICE_ARGS(due->answer),
            partner->edifact_response_minutes),
    };
    return desk_event(&event, arena);
}

// Answers of ours that partners wait for: the same.
static bool tell_answers(const struct spool_work *work, struct db *db, struct arena *arena, int64_t now_us,
                         struct outbox_document **documents, size_t *count, struct error *error)
{
    struct answer_due *dues;
    size_t found;
    if (!answer_due_overdue(db, arena, now_us, MOST_OVERDUE, &dues, &found, error))
        return false;
    *documents = ARENA_ARRAY(arena, found, struct outbox_document);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        const struct partner *partner = maps_partner_named(work->maps, dues[i].partner);
        log_line(work->log, LOG_LEVEL_PARTNER, "answer_overdue",
                 "partner %.*s has had no %.*s for number %.*s, interchange %lld of the archive",
                 SLICE_ARGS(dues[i].partner), SLICE_ARGS(dues[i].answer), SLICE_ARGS(dues[i].number),
                 (long long)dues[i].archive_id);
        if (partner)
            (*documents)[(*count)++] = unanswered(&dues[i], partner, now_us, arena);
    }
    return true;
}

static bool tell_overdue(void *context, struct db *db, struct arena *arena,
                         struct outbox_document **documents, size_t *count, struct error *error)
{
    const struct spool_work *work = context;
    struct outbox_document *reports, *answers;
    size_t report_count, answer_count;
    int64_t now_us = clock_now_us();
    if (!tell_reports(work, db, arena, now_us, &reports, &report_count, error) ||
        !tell_answers(work, db, arena, now_us, &answers, &answer_count, error))
        return false;
    *count = report_count + answer_count;
    *documents = ARENA_ARRAY(arena, *count, struct outbox_document);
    for (size_t i = 0; i < *count; i++)
        (*documents)[i] = i < report_count ? reports[i] : answers[i - report_count];
    return true;
}

static void look_for_overdue(struct spool_watch *watch, const struct spool_work *work)
{
    struct error error = { 0 };
    const struct inbound_parcel parcel = { .reference = SLICE("what is overdue"),
                                           .now_us = clock_now_us(),
                                           .more = tell_overdue,
                                           .context = (void *)(uintptr_t)work };
    int64_t now_us = clock_monotonic_us();
    if (now_us - watch->overdue_us < OVERDUE_EVERY_US)
        return;
    watch->overdue_us = now_us;
    if (!inbound_post(work->inbound, work->db, work->arena, &parcel, &error))
        log_error(work->log, LOG_LEVEL_WARNING, "overdue_unknown", &error);
}

// The keys of one partner, a step; the same partner again where there are more of them.
static bool forget(struct spool_watch *watch, const struct spool_work *work, struct error *error)
{
    bool unknown;
    size_t count = 0, partners = maps_partner_count(work->maps);
    for (size_t i = 0; i < partners; i++, watch->forgetting++) {
        const struct partner *partner = maps_partner(work->maps, watch->forgetting % partners);
        if (!partner->edifact_duplicate_days)
            continue;
        int64_t before_us = clock_now_us() - partner->edifact_duplicate_days * (86400 * INT64_C(1000000));
        if (!db_begin(work->db, error))
            return false;
        if (!inbound_forget(work->db, work->arena, SLICE("edifact"), slice_of(partner->name), before_us,
                            MOST_FORGOTTEN, &count, error)) {
            db_rollback(work->db);
            return false;
        }
        if (!db_commit(work->db, &unknown, error))
            return false;
        if (count)
            log_line(work->log, LOG_LEVEL_INFO, "keys_forgotten", "%zu of partner %s, older than %d d", count,
                     partner->name, partner->edifact_duplicate_days);
        if (count < MOST_FORGOTTEN)
            watch->forgetting++;
        return true;
    }
    return true;
}

static void look_for_old_keys(struct spool_watch *watch, const struct spool_work *work)
{
    struct error error = { 0 };
    int64_t now_us = clock_monotonic_us();
    if (now_us - watch->forgotten_us < FORGET_EVERY_US)
        return;
    watch->forgotten_us = now_us;
    if (!forget(watch, work, &error))
        log_error(work->log, LOG_LEVEL_WARNING, "keys_not_forgotten", &error);
}

void spool_watch_look(struct spool_watch *watch, const struct spool_work *work)
{
    look_for_overdue(watch, work);
    look_for_old_keys(watch, work);
}

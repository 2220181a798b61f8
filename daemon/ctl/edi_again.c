// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi resend` and `edi reprocess`: an interchange once more, linked to the original.
#include <time.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/edi_archive.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LOOK_EVERY_MS = 100, WAIT_S = 15 };

static bool find(struct online *online, const char *word, const char *direction, struct document **record,
                 struct error *error)
{
    if (!edi_archive_find(online, word, record, error))
        return false;
    return slice_is(document_text(*record, "direction"), direction) ||
           error_set(error, ERROR_INVALID, NULL, "interchange '%s' %s", word,
                     *direction == 'o' ? "came from a partner; use `comptoirctl edi reprocess`"
                                       : "went to a partner; use `comptoirctl edi resend`");
}

static bool note(struct online *online, const char *action, int64_t archive_id, struct slice delivery,
                 bool done, int64_t *id, struct error *error)
{
    static const char sql[] = "INSERT INTO edi_request (at, action, archive_id, delivery, done_at)"
                              " VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN $1 END) RETURNING id";
    const struct db_value values[] = { db_instant(clock_now_us()), db_text(slice_of(action)),
                                       db_bigint(archive_id), db_text(delivery), db_boolean(done) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 5, &rows, error))
        return false;
    *id = db_rows_number(&rows, 0, 0);
    return true;
}

// The delivery's own bytes, under its own reference.
static bool send_same(struct online *online, struct slice delivery, struct error *error)
{
    static const char sql[] =
        "UPDATE delivery SET state = 'waiting', attempts = 0, next_at = $2, last_error = '',"
        " delivered_at = NULL, ack = CASE WHEN ack = '' THEN '' ELSE 'awaited' END"
        " WHERE id = $1 AND state <> 'waiting'";
    const struct db_value values[] = { db_text(delivery), db_instant(clock_now_us()) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return false;
    return rows.affected == 1 ||
           error_set(error, ERROR_INVALID, NULL, "delivery \"%.*s\" waits to be sent already",
                     SLICE_ARGS(delivery));
}

// A new delivery of the same document, which the gateway renders under the next control reference.
static bool send_anew(struct online *online, struct slice *delivery, struct error *error)
{
    static const char lock[] = "SELECT id FROM delivery WHERE id = $1 FOR UPDATE";
    static const char sql[] =
        "INSERT INTO delivery (id, partner, channel, reference, type, document, state, next_at, created_at,"
        " original) SELECT d.id || '#' || (SELECT count(*) + 1 FROM delivery o WHERE o.original = d.id),"
        " partner, channel, reference, type, document, 'waiting', $2, $2, d.id FROM delivery d"
        " WHERE d.id = $1 AND document IS NOT NULL RETURNING id";
    const struct db_value values[] = { db_text(*delivery), db_instant(clock_now_us()) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, lock, values, 1, NULL, error) ||
        !db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return false;
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "delivery \"%.*s\" has no document that could be written anew (a CONTRL has none); "
                         "without --new-reference the same bytes are sent",
                         SLICE_ARGS(*delivery));
    *delivery = db_rows_slice(&rows, 0, 0);
    return true;
}

static bool resend(struct online *online, const char *word, bool anew, struct slice *delivery,
                   struct error *error)
{
    struct document *record;
    int64_t request;
    bool unknown;
    if (!db_begin(online->db, error) || !find(online, word, "out", &record, error))
        return false;
    *delivery = document_text(record, "delivery");
    if (slice_empty(*delivery))
        return error_set(error, ERROR_INVALID, NULL,
                         "interchange '%s' belongs to no delivery that could send it again", word);
    if (!(anew ? send_anew(online, delivery, error) : send_same(online, *delivery, error)) ||
        !note(online, anew ? "resend_new" : "resend", document_integer(record, "id", 0), *delivery, true,
              &request, error))
        return false;
    return db_commit(online->db, &unknown, error);
}

int ctl_edi_resend(int argc, char **argv)
{
    struct online online = { 0 };
    bool anew = false;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "new-reference", OPTION_FLAG, &anew, NULL, "written anew, under the next control reference" },
    };
    const struct ctl_usage usage = { "edi resend",
                                     "ID|REFERENCE",
                                     "Send an interchange to its partner once more.",
                                     options,
                                     COUNT(options),
                                     1,
                                     1,
                                     "The same bytes go out again, so that the partner can tell a repeat. "
                                     "With --new-reference the document\n"
                                     "is written anew; the new delivery names the one that it stands for." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct slice delivery;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !resend(&online, argv[0], anew, &delivery, &error))
        return online_fail(&online, &error);
    if (online.json) {
        struct document *record = document_record(online.arena, NULL);
        document_add_text(online.arena, record, "delivery", delivery);
        online_print_json(&online, record);
    } else
        printf("delivery \"%.*s\" waits to be sent\n", SLICE_ARGS(delivery));
    online_close(&online);
    return 0;
}

// Until the gateway has done it; *done false where that takes too long.
static bool await(struct online *online, int64_t request, int64_t wait_s, bool *done, struct slice *outcome,
                  struct error *error)
{
    static const char sql[] = "SELECT result FROM edi_request WHERE id = $1 AND done_at IS NOT NULL";
    const struct db_value value = db_bigint(request);
    int64_t until_us = clock_monotonic_us() + wait_s * 1000000;
    *done = false;
    for (;;) {
        struct db_rows rows;
        if (!db_query(online->db, online->arena, sql, &value, 1, &rows, error))
            return false;
        *done = rows.count > 0;
        if (*done)
            *outcome = db_rows_slice(&rows, 0, 0);
        if (*done || clock_monotonic_us() > until_us)
            return true;
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
    }
}

// The first line counts, each of the others is a finding.
static void tell(const struct online *online, struct slice outcome)
{
    if (!online->json) {
        printf("%.*s\n", SLICE_ARGS(outcome));
        return;
    }
    struct document *record = document_record(online->arena, NULL);
    document_add_text(online->arena, record, "result", slice_cut(&outcome, '\n'));
    struct document *list = document_add_list(online->arena, record, "findings");
    while (outcome.size)
        document_add_text(online->arena, list, NULL, slice_cut(&outcome, '\n'));
    online_print_json(online, record);
}

// "1 message taken, 0 refused": something was taken and nothing refused.
static bool all_taken(struct slice outcome)
{
    struct slice first = slice_cut(&outcome, '\n'), last = { 0 };
    if (slice_starts(first, "failed") || slice_starts(first, "0 "))
        return false;
    while (first.size)
        last = slice_cut(&first, ',');
    return slice_is(slice_trim(last), "0 refused");
}

int ctl_edi_reprocess(int argc, char **argv)
{
    struct online online = { 0 };
    int64_t wait_s = WAIT_S, request;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "wait", OPTION_NUMBER, &wait_s, "SECONDS", "for the gateway to do it; default 15" },
    };
    const struct ctl_usage usage = {
        "edi reprocess",
        "ID|REFERENCE",
        "Put an interchange that came through the gateway once more.",
        options,
        COUNT(options),
        1,
        1,
        "It is taken although it is known, with today's partner files and maps, "
        "and earns a CONTRL of its own.\n"
        "Orders that were taken before are repeats to the worker and change "
        "nothing. A process with role spool\n"
        "does it, and tells what became of it, a line a finding. Exit status 1: not "
        "all of it was taken; 2: not in time."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *record;
    struct slice outcome = { 0 };
    bool done = false;
    if (!online_open(&online, ONLINE_DATABASE, &error) || !find(&online, argv[0], "in", &record, &error) ||
        !note(&online, "reprocess", document_integer(record, "id", 0), (struct slice){ 0 }, false, &request,
              &error) ||
        !await(&online, request, wait_s, &done, &outcome, &error))
        return online_fail(&online, &error);
    if (done)
        tell(&online, outcome);
    else
        fprintf(stderr,
                "comptoirctl: no gateway has taken it within %lld s; it will be when one with role spool "
                "runs\n",
                (long long)wait_s);
    bool taken = done && all_taken(outcome);
    online_close(&online);
    return !done ? 2 : taken ? 0 : 1;
}

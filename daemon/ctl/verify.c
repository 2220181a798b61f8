// SPDX-License-Identifier: Apache-2.0
// `comptoirctl verify`: is everything as it must be? One line an invariant.
#include "ctl/verify.h"

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/progress.h"

enum { SCRATCH_BYTES = 512 << 20 };

static const char *const texts[INVARIANT_END] = {
    [INVARIANT_OUTCOME] = "every inbound document has exactly one outcome",
    [INVARIANT_EVENTS] = "the events of every order are numbered 1, 2, 3 ... each once and in order",
    [INVARIANT_STOCK] = "reserved stock is the sum of the open reservations, and no more than there is",
    [INVARIANT_EXPOSURE] = "every exposure is the sum of its ledger, and so is what each order has booked",
    [INVARIANT_BUDGETS] =
        "what is counted against limits and budgets for a period is the sum of its entries, and what "
        "the orders cost",
    [INVARIANT_APPROVAL] = "no order was accepted without the approvals that it needed, of what was accepted",
    [INVARIANT_PRICE] = "every accepted price follows from its trace, every total from its prices",
    [INVARIANT_ANSWER] = "every answer owed stands once, and is delivered or waits for its next attempt",
    [INVARIANT_OUTBOX] = "the outbox of every shard is dense up to its end",
    [INVARIANT_TOPICS] =
        "every outbox row stands on its topic once, unchanged and in order, and the marks say so",
};

// Only the topics tell the limits of the past.
static const char *text_of(const struct verify *verify, int invariant)
{
    if (invariant == INVARIANT_EXPOSURE && verify->with_topics)
        return "every exposure is the sum of its ledger, so is what each order has booked, and no limit was "
               "passed";
    return texts[invariant];
}

static void print_json(const struct verify *verify, int invariant)
{
    struct arena *arena = verify->online.arena;
    const struct verdict *verdict = &verify->verdicts[invariant];
    struct document *record = document_record(arena, NULL);
    document_add_integer(arena, record, "invariant", invariant);
    document_add_text(arena, record, "text", slice_of(text_of(verify, invariant)));
    document_add_boolean(arena, record, "ok", verdict->faults == 0);
    document_add_integer(arena, record, "faults", (int64_t)verdict->faults);
    struct document *details = document_add_list(arena, record, "details");
    for (size_t i = 0; i < VERDICT_DETAILS && i < verdict->faults; i++)
        if (verdict->details[i].size)
            document_add_text(arena, details, NULL, verdict->details[i]);
    online_print_json(&verify->online, record);
}

static void print_people(const struct verify *verify, int invariant)
{
    const struct verdict *verdict = &verify->verdicts[invariant];
    if (verdict->faults == 0) {
        printf("ok %d %s\n", invariant, text_of(verify, invariant));
        return;
    }
    printf("BROKEN %d %s: ", invariant, text_of(verify, invariant));
    size_t told = 0;
    for (size_t i = 0; i < VERDICT_DETAILS; i++)
        if (verdict->details[i].size)
            printf("%s%.*s", told++ ? "; " : "", SLICE_ARGS(verdict->details[i]));
    if (verdict->faults > told)
        printf("; and %zu more", verdict->faults - told);
    putchar('\n');
}

// True where all hold.
static bool print_all(const struct verify *verify)
{
    bool good = true;
    for (int invariant = INVARIANT_OUTCOME; invariant < INVARIANT_END; invariant++) {
        if (invariant == INVARIANT_TOPICS && !verify->with_topics)
            continue;
        if (verify->online.json)
            print_json(verify, invariant);
        else
            print_people(verify, invariant);
        good = good && verify->verdicts[invariant].faults == 0;
    }
    return good;
}

// One snapshot, however long it takes: nothing may change between two checks.
static bool check_snapshot(struct verify *verify, struct error *error)
{
    struct db *db = verify->online.db;
    bool good = db_begin(db, error) &&
                db_run(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", error) &&
                verify_sql(verify, error) && verify_facts(verify, error) &&
                (!verify->with_topics || verify_compare_topics(verify, error));
    if (!db_lost(db))
        db_rollback(db);
    return good;
}

static bool check(struct verify *verify, struct error *error)
{
    struct online *online = &verify->online;
    unsigned wants = ONLINE_DATABASE | ONLINE_SCHEMAS | (verify->with_topics ? (unsigned)ONLINE_KAFKA : 0);
    if (!online_open(online, wants, error))
        return false;
    for (int i = 0; i < INVARIANT_END; i++)
        verify->verdicts[i].arena = online->arena;
    verify->began_us = clock_now_us();
    return db_run(online->db, "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0",
                  error) &&
           (!verify->with_topics || verify_read_topics(verify, error)) && check_snapshot(verify, error);
}

int ctl_verify(int argc, char **argv)
{
    struct verify verify = { .wait_s = 30 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&verify.online),
        { "topics", OPTION_FLAG, &verify.with_topics, NULL, "also read the topics and compare them" },
        { "wait", OPTION_NUMBER, &verify.wait_s, "SECONDS",
          "with --topics: wait so long until all that stands there is decided and published; default 30" },
    };
    const struct ctl_usage usage = {
        "verify",
        "",
        "Check every invariant of the database, and with --topics of the topics.",
        options,
        sizeof options / sizeof options[0],
        0,
        0,
        "A line an invariant: `ok N text` or `BROKEN N text: detail`. Exit status 1 where one is broken. It "
        "reads\n"
        "only, and may run beside the daemon."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    verify.scratch = arena_open(SCRATCH_BYTES);
    bool good = check(&verify, &error);
    progress_clear();
    arena_close(verify.scratch);
    if (!good)
        return online_fail(&verify.online, &error);
    good = print_all(&verify);
    online_close(&verify.online);
    return good ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl approve` and `reject`: publish an ApprovalDecision, as the approver's own system would, and
// wait until the worker has taken it.
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/order_data.h"
#include "handlers/order.h"

enum { FLUSH_MS = 15000, LOOK_EVERY_MS = 150 };

struct decision {
    struct online online;
    const char *verb; // "approve", "reject"
    const char *actor, *reason;
    int64_t wait_s;
    struct document *order;
    struct slice account, bytes;
    struct slice approver; // who was asked; empty: nobody of the buyer's
    int64_t event_seq;     // before
};

// Who sits at the seller's keyboard; the stages know him by this prefix.
static const char *seller(const struct online *online)
{
    return arena_printf(online->arena, "seller:%s", online_user(online)).data;
}

static bool must_wait_for_approval(struct decision *decision, struct error *error)
{
    struct online *online = &decision->online;
    struct document *tasks;
    if (!order_data_approvals(online, decision->order, &tasks, error))
        return false;
    for (const struct document *task = tasks->first; task; task = task->next)
        if (slice_is(document_text(task, "state"), "open")) {
            decision->approver = document_text(task, "approver");
            return true;
        }
    return error_set(error, ERROR_INVALID, NULL, "order '%.*s' is %.*s and waits for nobody's approval",
                     SLICE_ARGS(document_text(decision->order, "order_id")),
                     SLICE_ARGS(document_text(decision->order, "state")));
}

static bool publish(struct decision *decision, struct error *error)
{
    struct online *online = &decision->online;
    struct arena *arena = online->arena;
    const char *topic = online->settings.topics[TOPIC_INBOUND];
    struct document *document = document_record(arena, "ApprovalDecision");
    document_add_text(arena, document, "account", decision->account);
    document_add_text(arena, document, "order_id", document_text(decision->order, "order_id"));
    document_add_text(arena, document, "decision", slice_of(decision->verb));
    document_add_text(arena, document, "actor", slice_of(decision->actor));
    document_add_text(arena, document, "reason", slice_of(decision->reason));
    document_add_instant(arena, document, "decided_at", clock_now_us());
    if (!avro_encode(online->catalogue, topic, document, arena, &decision->bytes, error))
        return error_within(error, "encoding the decision");
    struct kafka_publisher *publisher = kafka_publisher_open(&online->settings.kafka, NULL, error);
    bool good = publisher &&
                kafka_publish(publisher, topic, -1, decision->account, decision->bytes, NULL, 0, error) &&
                kafka_publisher_flush(publisher, FLUSH_MS, error);
    kafka_publisher_close(publisher);
    return good || error_within(error, "publishing the decision to %s", topic);
}

// The decision in dead-letter: its bytes are like no other's, for they hold the time to the microsecond.
static bool look_for_refusal(struct decision *decision, struct slice *reason, struct error *error)
{
    static const char sql[] = "SELECT reason FROM dead_letter WHERE key = $1 AND payload = $2 LIMIT 1";
    struct online *online = &decision->online;
    const struct db_value values[] = { db_bytes(decision->account), db_bytes(decision->bytes) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for the decision");
    *reason = rows.count ? db_rows_slice(&rows, 0, 0) : (struct slice){ 0 };
    return true;
}

static bool look_for_effect(struct decision *decision, bool *changed, struct error *error)
{
    const char *id = arena_string(decision->online.arena, document_text(decision->order, "order_id"));
    if (!order_data_find(&decision->online, id, &decision->order, error))
        return false;
    *changed = document_integer(decision->order, "event_seq", 0) > decision->event_seq;
    return true;
}

static void tell(const struct decision *decision)
{
    if (decision->online.json) {
        online_print_json(&decision->online, decision->order);
        return;
    }
    struct slice holds = document_text(decision->order, "holds");
    printf("order %.*s is %.*s%s%.*s\n", SLICE_ARGS(document_text(decision->order, "order_id")),
           SLICE_ARGS(document_text(decision->order, "state")), slice_empty(holds) ? "" : " by ",
           SLICE_ARGS(holds));
}

// 0 where the order moved, 1 where the decision was refused, 2 where nothing came of it in time.
static int wait_for_effect(struct decision *decision, struct error *error)
{
    int64_t deadline = clock_monotonic_us() + decision->wait_s * 1000000;
    for (;;) {
        bool changed;
        struct slice refusal = { 0 };
        if (!look_for_effect(decision, &changed, error) || !look_for_refusal(decision, &refusal, error))
            return online_fail(&decision->online, error);
        if (changed) {
            tell(decision);
            return 0;
        }
        if (!slice_empty(refusal)) {
            fprintf(stderr, "comptoirctl: %.*s", SLICE_ARGS(refusal));
            if (!slice_empty(decision->approver))
                fprintf(stderr, "; it waits for '%.*s' (--actor)", SLICE_ARGS(decision->approver));
            fputc('\n', stderr);
            return 1;
        }
        if (clock_monotonic_us() >= deadline)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_EVERY_MS * 1000000L }, NULL);
    }
    fprintf(stderr,
            "comptoirctl: the decision is published, but the order has not moved within %" PRId64
            " s; see `comptoirctl status`\n",
            decision->wait_s);
    return 2;
}

static int decide(struct decision *decision, const char *id)
{
    struct error error = { 0 };
    struct online *online = &decision->online;
    if (!online_open(online, ONLINE_DATABASE | ONLINE_SCHEMAS | ONLINE_KAFKA, &error) ||
        !order_data_find(online, id, &decision->order, &error))
        return online_fail(online, &error);
    decision->account = document_text(decision->order, "account");
    decision->event_seq = document_integer(decision->order, "event_seq", 0);
    if (!decision->actor)
        decision->actor = seller(online);
    if (!must_wait_for_approval(decision, &error))
        return online_fail(online, &error);
    if (!publish(decision, &error))
        return online_fail(online, &error);
    int status = decision->wait_s ? wait_for_effect(decision, &error) : 0;
    online_close(online);
    return status;
}

static int run(const char *verb, const char *purpose, int argc, char **argv)
{
    struct decision decision = { .verb = verb, .reason = "", .wait_s = 10 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&decision.online),
        { "actor", OPTION_TEXT, &decision.actor, "WHO",
          "user number or mail address of who decides; default seller:LOGIN" },
        { "reason", OPTION_TEXT, &decision.reason, "TEXT", "shown to the buyer on a rejection" },
        { "wait", OPTION_NUMBER, &decision.wait_s, "SECONDS",
          "wait so long for the effect; default 10, 0: not" },
    };
    const struct ctl_usage usage = { verb,
                                     "ID",
                                     purpose,
                                     options,
                                     sizeof options / sizeof options[0],
                                     1,
                                     1,
                                     "ID is our id (SHARD-OFFSET) or the buyer's order number where only one "
                                     "order has it. The one who was\n"
                                     "asked may decide; where the buyer has nobody who is eligible, the "
                                     "seller may. Exit status 1: refused." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    return decide(&decision, argv[0]);
}

int ctl_approve(int argc, char **argv)
{
    return run("approve", "Approve an order that waits for it.", argc, argv);
}

int ctl_reject(int argc, char **argv)
{
    return run("reject", "Reject an order that waits for an approval.", argc, argv);
}

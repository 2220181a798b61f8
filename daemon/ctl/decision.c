// SPDX-License-Identifier: Apache-2.0
// `comptoirctl approve` and `reject`, `order return`, `answer`, `withdraw` and `reassign`: publish an
// ApprovalDecision, as the approver's own system would, and wait until the worker has taken it.
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/order_data.h"
#include "handlers/order/order.h"

enum { FLUSH_MS = 15000, LOOK_EVERY_MS = 150 };

struct decision {
    struct online online;
    const char *verb; // "approve", "reject" ...
    const char *actor, *reason, *task, *to, *lines;
    int64_t wait_s;
    struct document *order;
    struct slice account, bytes;
    struct slice approvers; // who was asked; empty: nobody of the buyer's
    int64_t event_seq;      // before
    struct slice tasks;     // before, as text
};

// Who sits at the seller's keyboard; the stages know him by this prefix.
static const char *seller(const struct online *online)
{
    return arena_printf(online->arena, "seller:%s", online_user(online)).data;
}

// The tasks as text, to see whether anything has become of them; and who is asked by those that are open.
static bool look_at_tasks(struct decision *decision, struct slice *told, bool *pending, struct error *error)
{
    struct online *online = &decision->online;
    struct document *tasks;
    struct text text = text_in(online->arena), asked = text_in(online->arena);
    *pending = false;
    if (!order_data_approvals(online, decision->order, &tasks, error))
        return false;
    for (const struct document *task = tasks->first; task; task = task->next) {
        struct slice state = document_text(task, "state"), who = document_text(task, "asked");
        text_printf(&text, "%.*s %.*s %.*s %.*s\n", SLICE_ARGS(document_text(task, "task_id")),
                    SLICE_ARGS(state), SLICE_ARGS(who), SLICE_ARGS(document_text(task, "remark")));
        *pending =
            *pending || slice_is(state, "open") || slice_is(state, "returned") || slice_is(state, "altering");
        if (slice_is(state, "open") && !slice_empty(who))
            text_printf(&asked, "%s%.*s", asked.size ? ", " : "", SLICE_ARGS(who));
    }
    *told = text_slice(&text);
    decision->approvers = text_slice(&asked);
    return true;
}

static bool must_wait_for_approval(struct decision *decision, struct error *error)
{
    bool pending;
    if (!look_at_tasks(decision, &decision->tasks, &pending, error))
        return false;
    return pending ||
           error_set(error, ERROR_INVALID, NULL, "order '%.*s' is %.*s and waits for nobody's approval",
                     SLICE_ARGS(document_text(decision->order, "order_id")),
                     SLICE_ARGS(document_text(decision->order, "state")));
}

// "1=4,2=0": line 1 is lowered to 4, line 2 dropped.
static bool add_lines(struct decision *decision, struct document *document, struct error *error)
{
    struct arena *arena = decision->online.arena;
    struct slice rest = slice_of(decision->lines);
    struct document *lines = slice_empty(rest) ? NULL : document_add_list(arena, document, "lines");
    while (!slice_empty(rest)) {
        struct slice word = slice_cut(&rest, ','), quantity = word, number = slice_cut(&quantity, '=');
        int64_t value;
        if (number.size == word.size || !decimal_parse(quantity, '.', 6, &value) || value < 0)
            return error_set(error, ERROR_INVALID, NULL, "--lines '%s': '%.*s' is not LINE=QUANTITY",
                             decision->lines, SLICE_ARGS(word));
        struct document *line = document_add_record(arena, lines, NULL, "ApprovalDecisionLine");
        document_add_text(arena, line, "number", number);
        document_add_decimal(arena, line, "quantity", value, 6);
    }
    return true;
}

static bool publish(struct decision *decision, struct error *error)
{
    struct online *online = &decision->online;
    struct arena *arena = online->arena;
    const char *topic = online->settings.topics[TOPIC_INBOUND];
    struct document *document = document_record(arena, "ApprovalDecision");
    document_add_text(arena, document, "account", decision->account);
    document_add_text(arena, document, "order_id", document_text(decision->order, "order_id"));
    document_add_text(arena, document, "task_id", slice_of(decision->task));
    document_add_text(arena, document, "decision", slice_of(decision->verb));
    document_add_text(arena, document, "actor", slice_of(decision->actor));
    document_add_text(arena, document, "reason", slice_of(decision->reason));
    document_add_instant(arena, document, "decided_at", clock_now_us());
    document_add_text(arena, document, "to", slice_of(decision->to));
    if (!add_lines(decision, document, error))
        return false;
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
    struct slice tasks;
    bool pending;
    if (!look_at_tasks(decision, &tasks, &pending, error))
        return false;
    // Approved with changes, the order moves when they have come round.
    bool altering = decision->lines && strstr(arena_string(decision->online.arena, tasks), " altering ");
    *changed = !altering && (document_integer(decision->order, "event_seq", 0) > decision->event_seq ||
                             !slice_equal(tasks, decision->tasks));
    return true;
}

static void tell(const struct decision *decision)
{
    if (decision->online.json) {
        online_print_json(&decision->online, decision->order);
        return;
    }
    struct slice holds = document_text(decision->order, "holds");
    printf("order %.*s is %.*s%s%.*s%s%.*s\n", SLICE_ARGS(document_text(decision->order, "order_id")),
           SLICE_ARGS(document_text(decision->order, "state")), slice_empty(holds) ? "" : " by ",
           SLICE_ARGS(holds), slice_empty(decision->approvers) ? "" : "; it waits for ",
           SLICE_ARGS(decision->approvers));
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
            if (!slice_empty(decision->approvers))
                fprintf(stderr, "; it waits for %.*s, whom --as must name", SLICE_ARGS(decision->approvers));
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

// What a verb is called and may be given besides.
struct verb {
    const char *verb, *command, *purpose;
    bool takes_lines, takes_to;
    const char *reason; // what --comment is
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct decision decision = { .verb = verb->verb, .reason = "", .wait_s = 10 };
    struct ctl_option options[12] = {
        ONLINE_OPTIONS(&decision.online),
        { "as", OPTION_TEXT, &decision.actor, "WHO",
          "user number or mail address of who decides; default seller:LOGIN" },
        { "actor", OPTION_TEXT, &decision.actor, "WHO", "the same" },
        { "comment", OPTION_TEXT, &decision.reason, "TEXT", verb->reason },
        { "reason", OPTION_TEXT, &decision.reason, "TEXT", "the same" },
        { "task", OPTION_TEXT, &decision.task, "TASK", "this task; default an open one that WHO may decide" },
        { "wait", OPTION_NUMBER, &decision.wait_s, "SECONDS",
          "wait so long for the effect; default 10, 0: not" },
    };
    size_t count = 8, words;
    if (verb->takes_lines)
        options[count++] = (struct ctl_option){ "lines", OPTION_TEXT, &decision.lines, "LINE=QUANTITY,...",
                                                "with these changes: lower quantities; 0 drops the line" };
    if (verb->takes_to)
        options[count++] =
            (struct ctl_option){ "to", OPTION_TEXT, &decision.to, "USER", "who is asked instead" };
    const struct ctl_usage usage = { verb->command,
                                     "ID",
                                     verb->purpose,
                                     options,
                                     count,
                                     1,
                                     1,
                                     "ID is our id (SHARD-OFFSET) or the buyer's order number where only one "
                                     "order has it. The one who was\n"
                                     "asked may decide; where the buyer has nobody who is eligible, the "
                                     "seller may. Exit status 1: refused." };
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    return decide(&decision, argv[0]);
}

int ctl_approve(int argc, char **argv)
{
    static const struct verb verb = { .verb = "approve",
                                      .command = "approve",
                                      .purpose = "Approve an order that waits for it.",
                                      .takes_lines = true,
                                      .reason = "kept with the task" };
    return run(&verb, argc, argv);
}

int ctl_reject(int argc, char **argv)
{
    static const struct verb verb = { .verb = "reject",
                                      .command = "reject",
                                      .purpose = "Reject an order that waits for an approval.",
                                      .reason = "shown to the buyer" };
    return run(&verb, argc, argv);
}

int ctl_order_return(int argc, char **argv)
{
    static const struct verb verb = { .verb = "return",
                                      .command = "order return",
                                      .purpose = "Ask who has ordered for information before deciding.",
                                      .reason = "the question; needed" };
    return run(&verb, argc, argv);
}

int ctl_order_answer(int argc, char **argv)
{
    static const struct verb verb = { .verb = "answer",
                                      .command = "order answer",
                                      .purpose = "Answer an approver's question, as who has ordered.",
                                      .reason = "the answer; needed" };
    return run(&verb, argc, argv);
}

int ctl_order_withdraw(int argc, char **argv)
{
    static const struct verb verb = {
        .verb = "withdraw",
        .command = "order withdraw",
        .purpose = "Take back an order that waits for an approval, as who has ordered.",
        .reason = "why"
    };
    return run(&verb, argc, argv);
}

int ctl_order_reassign(int argc, char **argv)
{
    static const struct verb verb = { .verb = "reassign",
                                      .command = "order reassign",
                                      .purpose = "Have somebody else asked for an approval.",
                                      .takes_to = true,
                                      .reason = "why" };
    return run(&verb, argc, argv);
}

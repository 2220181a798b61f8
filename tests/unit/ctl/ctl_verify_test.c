// SPDX-License-Identifier: Apache-2.0
// Each fault that a broken relay, worker or database could leave must be told, and nothing where all is well.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/verify_compare.h"
#include "engine/stage.h"
#include "handlers/order/order.h"

static const char *const topics[TOPIC_COUNT] = { "inbound",   "erp",    "events", "acknowledgements",
                                                 "approvals", "quotes", "status", "dead-letter" };

enum { E = TOPIC_EVENTS, A = TOPIC_ACKNOWLEDGEMENTS };

#define DIGEST(byte)                                                                                         \
    {                                                                                                        \
        {                                                                                                    \
            (byte)                                                                                           \
        }                                                                                                    \
    }

// Three rows of shard 3 and one of shard 4; the mark of shard 3 lets its last row be missing.
static const struct outbox_fact rows[] = {
    { 3, 0, E, DIGEST(1) }, { 3, 1, A, DIGEST(2) }, { 3, 2, E, DIGEST(3) }, { 4, 0, E, DIGEST(4) }
};
static const struct shard_fact shards[] = { { 3, 0, 3, 2 }, { 4, 0, 1, 1 } };
enum { MOST = 6 };

static const struct {
    const char *name;
    struct record_fact records[MOST];
    size_t count;
    int32_t trimmed;  // partition of the events topic, -1 for none
    const char *want; // part of the first fault; NULL: none
    size_t faults;
} outbox_cases[] = {
    { "all is there",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 0, 1 }, 3, 2, DIGEST(3) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      4,
      -1,
      NULL,
      0 },
    { "what is above the mark may be missing",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      3,
      -1,
      NULL,
      0 },
    { "a row is missing",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { E, 0, 1 }, 3, 2, DIGEST(3) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      3,
      -1,
      "outbox row 3:1 is missing on acknowledgements",
      1 },
    { "all are missing",
      { { { 0, 0, 0 }, 0, 0, DIGEST(0) } },
      0,
      -1,
      "outbox row 3:0 is missing on events",
      3 },
    { "a row stands twice",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { A, 0, 1 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      4,
      -1,
      "outbox row 3:1 stands twice, at acknowledgements[0]@0",
      1 },
    { "a row stands in two partitions",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { E, 1, 1 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      4,
      -1,
      "outbox row 3:0 stands twice",
      1 },
    { "another content",
      { { { E, 0, 0 }, 3, 0, DIGEST(9) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      3,
      -1,
      "events[0]@0 differs from outbox row 3:0",
      1 },
    { "another topic",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { E, 0, 1 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      3,
      -1,
      "outbox row 3:1 belongs on acknowledgements but stands on events",
      1 },
    { "out of order",
      { { { E, 0, 0 }, 3, 2, DIGEST(3) },
        { { E, 0, 1 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      4,
      -1,
      "events[0]@1 holds row 3:0 behind row 3:2",
      1 },
    { "shards may stand between each other",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { E, 0, 1 }, 4, 0, DIGEST(4) },
        { { E, 0, 2 }, 3, 2, DIGEST(3) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) } },
      4,
      -1,
      NULL,
      0 },
    { "a row that the outbox never had",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) },
        { { E, 1, 1 }, 4, 1, DIGEST(5) } },
      4,
      -1,
      "events[1]@1 claims to be row 4:1",
      1 },
    { "an unknown shard",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) },
        { { E, 1, 1 }, 5, 0, DIGEST(5) } },
      4,
      -1,
      "events[1]@1 claims to be row 5:0",
      1 },
    { "retention took the first event of the partition",
      { { { E, 0, 1 }, 3, 2, DIGEST(3) },
        { { A, 0, 0 }, 3, 1, DIGEST(2) },
        { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      3,
      0,
      NULL,
      0 },
    { "retention took from another topic's partition only",
      { { { E, 0, 0 }, 3, 0, DIGEST(1) }, { { E, 1, 0 }, 4, 0, DIGEST(4) } },
      2,
      1,
      "outbox row 3:1 is missing on acknowledgements",
      1 },
};

static void assert_verdict(const char *name, const struct verdict *verdict, const char *want, size_t faults)
{
    if (verdict->faults != faults)
        fail_msg("%s: got %zu faults, first '%.*s', want %zu", name, verdict->faults,
                 SLICE_ARGS(verdict->details[0]), faults);
    if (want && !memmem(verdict->details[0].data, verdict->details[0].size, want, strlen(want)))
        fail_msg("%s: got '%.*s', want '%s'", name, SLICE_ARGS(verdict->details[0]), want);
}

static void outbox_and_topics(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outbox_cases / sizeof outbox_cases[0]; i++) {
        struct verdict verdict = { .arena = arena_open(1 << 20) };
        const struct place trimmed = { E, outbox_cases[i].trimmed, 1 };
        const struct compared_outbox facts = { rows,
                                               4,
                                               outbox_cases[i].records,
                                               outbox_cases[i].count,
                                               shards,
                                               2,
                                               &trimmed,
                                               outbox_cases[i].trimmed >= 0,
                                               topics };
        compare_outbox(&facts, &verdict);
        assert_verdict(outbox_cases[i].name, &verdict, outbox_cases[i].want, outbox_cases[i].faults);
        arena_close(verdict.arena);
    }
}

static const struct {
    const char *name;
    struct input_fact records[MOST], outcomes[MOST];
    size_t record_count, outcome_count;
    const char *want;
    size_t faults;
} input_cases[] = {
    { "one each", { { 1, 2 }, { 1, 3 }, { 2, 2 } }, { { 1, 2 }, { 1, 3 }, { 2, 2 } }, 3, 3, NULL, 0 },
    { "markers leave gaps", { { 1, 2 }, { 1, 5 } }, { { 1, 2 }, { 1, 5 } }, 2, 2, NULL, 0 },
    { "a record without outcome",
      { { 1, 2 }, { 1, 3 } },
      { { 1, 2 } },
      2,
      1,
      "inbound[0]@3 has no outcome",
      1 },
    { "not yet decided", { { 1, 2 }, { 1, 8 } }, { { 1, 2 } }, 2, 1, NULL, 0 },
    { "an outcome without record",
      { { 1, 2 } },
      { { 1, 2 }, { 1, 4 } },
      1,
      2,
      "an outcome speaks of inbound[0]@4",
      1 },
    { "records that retention has taken", { { 1, 2 } }, { { 1, 0 }, { 1, 1 }, { 1, 2 } }, 1, 3, NULL, 0 },
    { "decided after we read", { { 1, 2 } }, { { 1, 2 }, { 1, 12 } }, 1, 2, NULL, 0 },
    { "no record and no outcome", { { 0, 0 } }, { { 0, 0 } }, 0, 0, NULL, 0 },
    { "the other shard's outcome does not count",
      { { 1, 2 } },
      { { 2, 2 } },
      1,
      1,
      "inbound[0]@2 has no outcome",
      2 },
};

static void inputs_and_outcomes(void **state)
{
    (void)state;
    static const struct input_shard input_shards[] = { { 1, "inbound[0]", 2, 10, 8 },
                                                       { 2, "erp[0]", 0, 5, 5 } };
    for (size_t i = 0; i < sizeof input_cases / sizeof input_cases[0]; i++) {
        struct verdict verdict = { .arena = arena_open(1 << 20) };
        const struct compared_inputs facts = { input_cases[i].records,
                                               input_cases[i].outcomes,
                                               input_cases[i].record_count,
                                               input_cases[i].outcome_count,
                                               input_shards,
                                               2 };
        compare_inputs(&facts, &verdict);
        assert_verdict(input_cases[i].name, &verdict, input_cases[i].want, input_cases[i].faults);
        arena_close(verdict.arena);
    }
}

// Orders 10 (two events, answered), 11 (one event, held), 12 (two events; it is still moving) and 20 (began on
// another cluster).
static const struct order_fact orders[] = { { 10, 2, true, true, false },
                                            { 11, 1, true, false, false },
                                            { 12, 2, false, true, false },
                                            { 20, 5, true, true, true } };

static const struct {
    const char *name;
    struct event_fact events[MOST];
    size_t count;
    bool trimmed;
    const char *want;
    size_t faults;
} event_cases[] = {
    { "all in order",
      { { 10, 1, { 0 } }, { 11, 1, { 0 } }, { 10, 2, { 0 } }, { 12, 1, { 0 } } },
      4,
      false,
      NULL,
      0 },
    { "one is missing",
      { { 10, 2, { 0 } }, { 11, 1, { 0 } } },
      2,
      false,
      "event 2 at events[0]@0 follows event 0",
      1 },
    { "the last is missing",
      { { 10, 1, { 0 } }, { 11, 1, { 0 } } },
      2,
      false,
      "events has its events up to 1, decided were 2",
      1 },
    { "one twice",
      { { 10, 1, { 0 } }, { 10, 1, { 0 } }, { 10, 2, { 0 } }, { 11, 1, { 0 } } },
      4,
      false,
      "event 1 at events[0]@0 follows event 1",
      1 },
    { "in reverse",
      { { 10, 2, { 0 } }, { 10, 1, { 0 } }, { 11, 1, { 0 } } },
      3,
      false,
      "event 2 at events[0]@0 follows event 0",
      2 },
    { "more than were decided",
      { { 10, 1, { 0 } }, { 10, 2, { 0 } }, { 11, 1, { 0 } }, { 11, 2, { 0 } } },
      4,
      false,
      "events has its events up to 2, decided were 1",
      1 },
    { "of an unknown order",
      { { 10, 1, { 0 } }, { 10, 2, { 0 } }, { 11, 1, { 0 } }, { 13, 1, { 0 } } },
      4,
      false,
      "which is unknown",
      1 },
    { "the beginning is gone", { { 10, 2, { 0 } } }, 1, true, NULL, 0 },
    { "an order from another cluster goes on",
      { { 10, 1, { 0 } }, { 10, 2, { 0 } }, { 11, 1, { 0 } }, { 20, 4, { 0 } }, { 20, 5, { 0 } } },
      5,
      false,
      NULL,
      0 },
    { "an order from another cluster with a gap",
      { { 10, 1, { 0 } }, { 10, 2, { 0 } }, { 11, 1, { 0 } }, { 20, 3, { 0 } }, { 20, 5, { 0 } } },
      5,
      false,
      "event 5 at events[0]@0 follows event 3",
      1 },
    { "a gap is one even where the beginning is gone",
      { { 12, 1, { 0 } }, { 12, 3, { 0 } } },
      2,
      true,
      "event 3 at events[0]@0 follows event 1",
      2 },
};

static void events_and_orders(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof event_cases / sizeof event_cases[0]; i++) {
        struct verdict verdict = { .arena = arena_open(1 << 20) };
        const struct compared_orders facts = { orders, 4, "events", event_cases[i].trimmed };
        compare_events(&facts, event_cases[i].events, event_cases[i].count, &verdict);
        assert_verdict(event_cases[i].name, &verdict, event_cases[i].want, event_cases[i].faults);
        arena_close(verdict.arena);
    }
}

static const struct {
    const char *name;
    struct answer_fact answers[MOST];
    size_t count;
    bool trimmed;
    const char *want;
    size_t faults;
} answer_cases[] = {
    { "one each", { { 10, DIGEST(1), { 0 } }, { 12, DIGEST(2), { 0 } } }, 2, false, NULL, 0 },
    { "one that still moves may be missing", { { 10, DIGEST(1), { 0 } } }, 1, false, NULL, 0 },
    { "missing", { { 12, DIGEST(2), { 0 } } }, 1, false, "its answer is not in acknowledgements", 1 },
    { "gone with the beginning", { { 12, DIGEST(2), { 0 } } }, 1, true, NULL, 0 },
    { "two alike", { { 10, DIGEST(1), { 0 } }, { 10, DIGEST(1), { 0 } } }, 2, false, "two equal answers", 1 },
    { "two that differ",
      { { 10, DIGEST(1), { 0 } }, { 10, DIGEST(9), { 0 } } },
      2,
      false,
      "two different answers",
      1 },
    { "of a held order",
      { { 10, DIGEST(1), { 0 } }, { 11, DIGEST(1), { 0 } } },
      2,
      false,
      "which is not decided",
      1 },
    { "of an unknown order",
      { { 10, DIGEST(1), { 0 } }, { 99, DIGEST(1), { 0 } } },
      2,
      false,
      "which is unknown",
      1 },
};

static void answers_and_orders(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_cases / sizeof answer_cases[0]; i++) {
        struct verdict verdict = { .arena = arena_open(1 << 20) };
        const struct compared_orders facts = { orders, 4, "acknowledgements", answer_cases[i].trimmed };
        compare_answers(&facts, answer_cases[i].answers, answer_cases[i].count, &verdict);
        assert_verdict(answer_cases[i].name, &verdict, answer_cases[i].want, answer_cases[i].faults);
        arena_close(verdict.arena);
    }
}

static void only_the_first_faults_are_told(void **state)
{
    (void)state;
    struct verdict verdict = { .arena = arena_open(1 << 20) };
    for (int i = 0; i < 20; i++)
        verdict_fault(&verdict, "fault %d", i);
    assert_int_equal(verdict.faults, 20);
    assert_true(slice_is(verdict.details[VERDICT_DETAILS - 1], "fault 4"));
    arena_close(verdict.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(outbox_and_topics),
                                        cmocka_unit_test(inputs_and_outcomes),
                                        cmocka_unit_test(events_and_orders),
                                        cmocka_unit_test(answers_and_orders),
                                        cmocka_unit_test(only_the_first_faults_are_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

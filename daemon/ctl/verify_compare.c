// SPDX-License-Identifier: Apache-2.0
#include "ctl/verify_compare.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stage.h"
#include "handlers/order/order.h"

void verdict_fault(struct verdict *verdict, const char *format, ...)
{
    if (verdict->faults < VERDICT_DETAILS) {
        va_list arguments;
        va_start(arguments, format);
        verdict->details[verdict->faults] = arena_vprintf(verdict->arena, format, arguments);
        va_end(arguments);
    }
    verdict->faults++;
}

static int compare_numbers(int64_t left, int64_t right)
{
    return left < right ? -1 : left > right;
}

static bool same_digest(const struct digest *left, const struct digest *right)
{
    return memcmp(left->bytes, right->bytes, DIGEST_BYTES) == 0;
}

// --- Outbox against topics

static int by_sequence(const void *left, const void *right)
{
    const struct record_fact *l = left, *r = right;
    int order = compare_numbers(l->shard, r->shard);
    order = order ? order : compare_numbers(l->seq, r->seq);
    order = order ? order : compare_numbers(l->at.topic, r->at.topic);
    order = order ? order : compare_numbers(l->at.partition, r->at.partition);
    return order ? order : compare_numbers(l->at.offset, r->at.offset);
}

static int by_place(const void *left, const void *right)
{
    const struct record_fact *l = left, *r = right;
    int order = compare_numbers(l->at.topic, r->at.topic);
    order = order ? order : compare_numbers(l->at.partition, r->at.partition);
    order = order ? order : compare_numbers(l->shard, r->shard);
    return order ? order : compare_numbers(l->at.offset, r->at.offset);
}

static const struct shard_fact *find_shard(const struct compared_outbox *facts, int32_t id)
{
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].id == id)
            return &facts->shards[i];
    return NULL;
}

static struct record_fact *sorted(const struct compared_outbox *facts, struct arena *arena,
                                  int (*order)(const void *, const void *))
{
    struct record_fact *copy = ARENA_ARRAY(arena, facts->record_count, struct record_fact);
    if (facts->record_count) {
        memcpy(copy, facts->records, facts->record_count * sizeof *copy);
        qsort(copy, facts->record_count, sizeof *copy, order);
    }
    return copy;
}

// A missing row may have gone with the beginning of its partition; we do not know which partition that was.
// Rows above the result would be there for sure.
static int64_t lost_below(const struct compared_outbox *facts, int topic, int32_t shard)
{
    int64_t most = 0;
    for (size_t i = 0; i < facts->trimmed_count; i++) {
        if (facts->trimmed[i].topic != topic)
            continue;
        int64_t least = INT64_MAX;
        for (size_t j = 0; j < facts->record_count; j++) {
            const struct record_fact *record = &facts->records[j];
            if (record->at.topic == topic && record->at.partition == facts->trimmed[i].partition &&
                record->shard == shard && record->seq < least)
                least = record->seq;
        }
        if (least > most)
            most = least;
    }
    return most;
}

// How many of the sorted records, from *next on, are this row's; passes over those before it.
static size_t matches(const struct record_fact *records, size_t count, size_t *next,
                      const struct outbox_fact *row)
{
    while (*next < count && (records[*next].shard < row->shard ||
                             (records[*next].shard == row->shard && records[*next].seq < row->seq)))
        ++*next;
    size_t found = 0;
    while (*next + found < count && records[*next + found].shard == row->shard &&
           records[*next + found].seq == row->seq)
        found++;
    return found;
}

// What lost_below gave for the shard at hand; rows come shard by shard.
struct lost {
    int32_t shard;
    bool known[TOPIC_COUNT];
    int64_t below[TOPIC_COUNT];
};

static bool may_be_lost(const struct compared_outbox *facts, const struct outbox_fact *row, struct lost *lost)
{
    if (lost->shard != row->shard)
        *lost = (struct lost){ .shard = row->shard };
    if (!lost->known[row->topic])
        lost->below[row->topic] = lost_below(facts, row->topic, row->shard);
    lost->known[row->topic] = true;
    return row->seq < lost->below[row->topic];
}

static void judge_row(const struct compared_outbox *facts, const struct outbox_fact *row,
                      const struct record_fact *found, size_t count, struct lost *lost,
                      struct verdict *verdict)
{
    const struct shard_fact *shard = find_shard(facts, row->shard);
    const char *name = facts->topics[row->topic];
    if (count == 0) {
        bool published = shard && row->seq < shard->mark;
        if (published && !may_be_lost(facts, row, lost))
            verdict_fault(verdict, "outbox row %d:%lld is missing on %s", row->shard, (long long)row->seq,
                          name);
        return;
    }
    if (found->at.topic != row->topic)
        verdict_fault(verdict, "outbox row %d:%lld belongs on %s but stands on %s", row->shard,
                      (long long)row->seq, name, facts->topics[found->at.topic]);
    else if (!same_digest(&found->digest, &row->digest))
        verdict_fault(verdict, "%s[%d]@%lld differs from outbox row %d:%lld", name, found->at.partition,
                      (long long)found->at.offset, row->shard, (long long)row->seq);
}

static void find_missing(const struct compared_outbox *facts, const struct record_fact *records,
                         struct verdict *verdict)
{
    size_t next = 0;
    struct lost lost = { .shard = -1 };
    for (size_t i = 0; i < facts->row_count; i++) {
        size_t found = matches(records, facts->record_count, &next, &facts->rows[i]);
        judge_row(facts, &facts->rows[i], &records[next], found, &lost, verdict);
    }
}

static void find_doubled(const struct compared_outbox *facts, const struct record_fact *records,
                         struct verdict *verdict)
{
    for (size_t i = 1; i < facts->record_count; i++) {
        const struct record_fact *before = &records[i - 1], *record = &records[i];
        if (record->shard == before->shard && record->seq == before->seq)
            verdict_fault(verdict, "outbox row %d:%lld stands twice, at %s[%d]@%lld and %s[%d]@%lld",
                          record->shard, (long long)record->seq, facts->topics[before->at.topic],
                          before->at.partition, (long long)before->at.offset, facts->topics[record->at.topic],
                          record->at.partition, (long long)record->at.offset);
    }
}

static void find_strangers(const struct compared_outbox *facts, struct verdict *verdict)
{
    for (size_t i = 0; i < facts->record_count; i++) {
        const struct record_fact *record = &facts->records[i];
        const struct shard_fact *shard = find_shard(facts, record->shard);
        if (!shard || record->seq < 0 || record->seq >= shard->next_seq)
            verdict_fault(verdict, "%s[%d]@%lld claims to be row %d:%lld, which no outbox has had",
                          facts->topics[record->at.topic], record->at.partition, (long long)record->at.offset,
                          record->shard, (long long)record->seq);
    }
}

static void find_disorder(const struct compared_outbox *facts, const struct record_fact *records,
                          struct verdict *verdict)
{
    for (size_t i = 1; i < facts->record_count; i++) {
        const struct record_fact *before = &records[i - 1], *record = &records[i];
        if (record->at.topic == before->at.topic && record->at.partition == before->at.partition &&
            record->shard == before->shard && record->seq < before->seq)
            verdict_fault(verdict, "%s[%d]@%lld holds row %d:%lld behind row %d:%lld",
                          facts->topics[record->at.topic], record->at.partition, (long long)record->at.offset,
                          record->shard, (long long)record->seq, before->shard, (long long)before->seq);
    }
}

void compare_outbox(const struct compared_outbox *facts, struct verdict *verdict)
{
    struct record_fact *records = sorted(facts, verdict->arena, by_sequence);
    find_missing(facts, records, verdict);
    find_doubled(facts, records, verdict);
    find_strangers(facts, verdict);
    find_disorder(facts, sorted(facts, verdict->arena, by_place), verdict);
}

// --- Inputs against outcomes

static int compare_inputs_order(const struct input_fact *left, const struct input_fact *right)
{
    int order = compare_numbers(left->shard, right->shard);
    return order ? order : compare_numbers(left->offset, right->offset);
}

static const struct input_shard *find_input(const struct compared_inputs *facts, int32_t id)
{
    for (size_t i = 0; i < facts->shard_count; i++)
        if (facts->shards[i].id == id)
            return &facts->shards[i];
    return NULL;
}

static void judge_undecided(const struct compared_inputs *facts, const struct input_fact *record,
                            struct verdict *verdict)
{
    const struct input_shard *shard = find_input(facts, record->shard);
    if (shard && record->offset < shard->decided_before)
        verdict_fault(verdict, "%s@%lld has no outcome though the shard stands at %lld", shard->source,
                      (long long)record->offset, (long long)shard->decided_before);
}

static void judge_invented(const struct compared_inputs *facts, const struct input_fact *outcome,
                           struct verdict *verdict)
{
    const struct input_shard *shard = find_input(facts, outcome->shard);
    // What retention has taken, and what came after reading, cannot be judged.
    if (shard && outcome->offset >= shard->first && outcome->offset < shard->end)
        verdict_fault(verdict, "an outcome speaks of %s@%lld, where no record stands", shard->source,
                      (long long)outcome->offset);
}

void compare_inputs(const struct compared_inputs *facts, struct verdict *verdict)
{
    size_t record = 0, outcome = 0;
    while (record < facts->record_count || outcome < facts->outcome_count) {
        int order = record == facts->record_count ? 1
                    : outcome == facts->outcome_count
                        ? -1
                        : compare_inputs_order(&facts->records[record], &facts->outcomes[outcome]);
        if (order < 0)
            judge_undecided(facts, &facts->records[record], verdict);
        else if (order > 0)
            judge_invented(facts, &facts->outcomes[outcome], verdict);
        record += order <= 0;
        outcome += order >= 0;
    }
}

// --- Events and answers against orders

static int order_position(const struct order_fact *orders, size_t count, int64_t id, size_t *position)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (orders[middle].order < id)
            low = middle + 1;
        else
            high = middle;
    }
    *position = low;
    return low < count && orders[low].order == id;
}

static const char *name_of(int64_t order, char text[ORDER_ID_TEXT_SIZE])
{
    return order_id_text(order, text);
}

// True where events or answers of the order may be missing at the beginning.
static bool may_lack(const struct compared_orders *facts, const struct order_fact *order)
{
    return facts->trimmed || order->elsewhere;
}

static void judge_event(const struct compared_orders *facts, const struct order_fact *order,
                        const struct event_fact *event, int64_t *last, struct verdict *verdict)
{
    char id[ORDER_ID_TEXT_SIZE];
    bool first = *last == 0;
    if (event->sequence != *last + 1 && !(first && may_lack(facts, order)))
        verdict_fault(verdict, "order %s: event %lld at %s[%d]@%lld follows event %lld",
                      name_of(event->order, id), (long long)event->sequence, facts->source,
                      event->at.partition, (long long)event->at.offset, (long long)*last);
    if (event->sequence > *last)
        *last = event->sequence;
}

static void judge_event_count(const struct compared_orders *facts, const struct order_fact *order,
                              int64_t last, struct verdict *verdict)
{
    char id[ORDER_ID_TEXT_SIZE];
    bool gone = may_lack(facts, order) && last == 0;
    bool short_of = order->settled && last < order->event_seq && !gone;
    if (short_of || last > order->event_seq)
        verdict_fault(verdict, "order %s: %s has its events up to %lld, decided were %lld",
                      name_of(order->order, id), facts->source, (long long)last, (long long)order->event_seq);
}

void compare_events(const struct compared_orders *facts, const struct event_fact *events, size_t count,
                    struct verdict *verdict)
{
    char id[ORDER_ID_TEXT_SIZE];
    int64_t *last = ARENA_ARRAY(verdict->arena, facts->order_count, int64_t);
    for (size_t i = 0; i < count; i++) {
        size_t position;
        if (order_position(facts->orders, facts->order_count, events[i].order, &position))
            judge_event(facts, &facts->orders[position], &events[i], &last[position], verdict);
        else
            verdict_fault(verdict, "%s[%d]@%lld speaks of order %s, which is unknown", facts->source,
                          events[i].at.partition, (long long)events[i].at.offset,
                          name_of(events[i].order, id));
    }
    for (size_t i = 0; i < facts->order_count; i++)
        judge_event_count(facts, &facts->orders[i], last[i], verdict);
}

// `first` is the answer of the same order that stood there before, NULL for none.
static void judge_answer(const struct compared_orders *facts, const struct answer_fact *answer,
                         const struct answer_fact *first, struct verdict *verdict)
{
    char id[ORDER_ID_TEXT_SIZE];
    if (first)
        verdict_fault(verdict, "order %s has two %s answers, at %s[%d]@%lld and %s[%d]@%lld",
                      name_of(answer->order, id),
                      same_digest(&first->digest, &answer->digest) ? "equal" : "different", facts->source,
                      first->at.partition, (long long)first->at.offset, facts->source, answer->at.partition,
                      (long long)answer->at.offset);
}

void compare_answers(const struct compared_orders *facts, const struct answer_fact *answers, size_t count,
                     struct verdict *verdict)
{
    char id[ORDER_ID_TEXT_SIZE];
    const struct answer_fact **first =
        ARENA_ARRAY(verdict->arena, facts->order_count, const struct answer_fact *);
    for (size_t i = 0; i < count; i++) {
        const struct answer_fact *answer = &answers[i];
        size_t position;
        if (!order_position(facts->orders, facts->order_count, answer->order, &position)) {
            verdict_fault(verdict, "%s[%d]@%lld answers order %s, which is unknown", facts->source,
                          answer->at.partition, (long long)answer->at.offset, name_of(answer->order, id));
            continue;
        }
        if (!facts->orders[position].answered && facts->orders[position].settled)
            verdict_fault(verdict, "%s[%d]@%lld answers order %s, which is not decided", facts->source,
                          answer->at.partition, (long long)answer->at.offset, name_of(answer->order, id));
        judge_answer(facts, answer, first[position], verdict);
        if (!first[position])
            first[position] = answer;
    }
    for (size_t i = 0; i < facts->order_count; i++) {
        const struct order_fact *order = &facts->orders[i];
        if (order->answered && order->settled && !first[i] && !may_lack(facts, order))
            verdict_fault(verdict, "order %s is decided, but its answer is not in %s",
                          name_of(order->order, id), facts->source);
    }
}

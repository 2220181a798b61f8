// SPDX-License-Identifier: Apache-2.0
#include "engine/loop.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/carried.h"
#include "engine/conflict.h"
#include "engine/outcome.h"
#include "engine/owed.h"
#include "engine/timer.h"

enum {
    POLL_MS = 200,
    MIRROR_EVERY_US = 1000000,
    PASSING_TRIES = 5,      // of a batch that met a deadlock or a lock timeout
    SINGLE_AFTER_TRIES = 3, // starts that got no further: one by one from then on
    UNSEEN_AFTER_TRIES = 6, // ... and then the first document is parked without being looked at
};

// What one turn has received: items and, beside them, where each came from.
struct round {
    struct item *items;
    const char **sources;
    struct subject *subjects;
    size_t count, capacity, bytes;
    int64_t now_us;
};

static struct shard *shard_of(struct loop *loop, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < loop->shard_count; i++)
        if (loop->shards[i].partition == partition && strcmp(loop->shards[i].topic, topic) == 0)
            return &loop->shards[i];
    return NULL;
}

static struct shard *shard_by_id(struct loop *loop, int32_t id)
{
    size_t i = 0;
    while (loop->shards[i].id != id)
        i++;
    return &loop->shards[i];
}

// --- Receive and decode

static void park(struct item *item, struct slice reason)
{
    item->outcome = OUTCOME_PARKED;
    item->park_reason = reason;
    item->document = NULL;
}

// A W3C traceparent of version 00; anything else is not carried on: it would go into the database and into
// headers as it is.
static struct slice trace_of(const struct kafka_record *record)
{
    enum { TRACE_SIZE = 55 };
    struct slice trace = kafka_record_header(record, "traceparent");
    bool good = trace.size == TRACE_SIZE;
    for (size_t i = 0; good && i < TRACE_SIZE; i++)
        good = trace.data[i] && strchr("0123456789abcdef-", trace.data[i]);
    return good ? trace : (struct slice){ 0 };
}

// Fills the item's document, or parks the item; false only where the registry could not be asked.
static bool decode(struct loop *loop, const char *topic, struct item *item, struct error *error)
{
    const struct settings *settings = loop->engine->settings;
    struct arena *arena = loop->arena;
    struct document *document;
    struct error fault = { 0 };
    if ((int64_t)item->raw.size > settings->document_bytes) {
        park(item, arena_printf(arena, "a document of %zu bytes is larger than setting document_bytes = %lld",
                                item->raw.size, (long long)settings->document_bytes));
        return true;
    }
    if (avro_decode(loop->engine->catalogue, topic, item->raw, arena, &document, &fault)) {
        if (!carried_on(settings, topic, document->type)) {
            park(item, arena_printf(arena, "a document of type '%s' is not taken from topic '%s'",
                                    document->type, topic));
            return true;
        }
        item->document = document;
        item->type = document->type;
        return true;
    }
    // Only what is wrong with the record parks it: a registry that is away, or refuses us, does not.
    if (fault.kind != ERROR_INVALID) {
        *error = fault;
        return false;
    }
    char text[1024];
    park(item, arena_printf(arena, "cannot be decoded: %s", error_text(&fault, text, sizeof text)));
    return true;
}

// An account is decided by one shard alone. A record that another producer's partitioner, or another key, has
// brought elsewhere is sent on.
static void reroute(struct loop *loop, const struct kafka_record *record, struct item *item,
                    struct subject *subject)
{
    if (strcmp(record->topic, loop->engine->settings->topics[TOPIC_INBOUND]) != 0)
        return;
    if (subject->account.size == 0 ||
        kafka_partition_of(subject->account, loop->inbound_partitions) == record->partition)
        return;
    item->outcome = OUTCOME_REROUTED;
    item->key = subject->account;
    item->document = NULL;
    *subject = (struct subject){ 0 };
}

static bool add(struct loop *loop, struct round *round, const struct kafka_record *record,
                struct error *error)
{
    struct shard *shard = shard_of(loop, record->topic, record->partition);
    // Records of a partition just lost, or seen before, may still arrive.
    if (!shard || record->offset < shard->read_offset)
        return true;
    shard->read_offset = record->offset + 1;
    size_t i = round->count;
    struct item *item = &round->items[i];
    *item = (struct item){ .shard = shard->id,
                           .offset = record->offset,
                           .raw = record->value,
                           .key = record->key,
                           .trace_parent = trace_of(record) };
    round->sources[i] =
        arena_printf(loop->arena, "%s[%d]@%lld", record->topic, record->partition, (long long)record->offset)
            .data;
    if (!decode(loop, record->topic, item, error))
        return error_within(error, "decoding %s", round->sources[i]);
    round->subjects[i] =
        item->document ? pipeline.subject(item->document, loop->arena) : (struct subject){ 0 };
    reroute(loop, record, item, &round->subjects[i]);
    round->bytes += record->value.size;
    round->count++;
    return true;
}

// Shards were taken or given back while records came in: what was received comes again, here or elsewhere.
static void forget_stale(const struct loop *loop, struct round *round, uint64_t *changes)
{
    if (*changes == loop->changes)
        return;
    *changes = loop->changes;
    round->count = round->bytes = 0;
}

// The first record is waited for, the rest is what has already come or comes within batch.wait_ms.
static bool receive(struct loop *loop, struct round *round, struct error *error)
{
    const struct settings *settings = loop->engine->settings;
    round->capacity = (size_t)settings->batch_documents;
    round->items = ARENA_ARRAY(loop->arena, round->capacity, struct item);
    round->sources = ARENA_ARRAY(loop->arena, round->capacity, const char *);
    round->subjects = ARENA_ARRAY(loop->arena, round->capacity, struct subject);
    int64_t until_us = 0;
    uint64_t changes = loop->changes;
    while (round->count < round->capacity && (int64_t)round->bytes < settings->batch_bytes &&
           !arena_exhausted(loop->arena)) {
        int64_t left_us = until_us ? until_us - clock_monotonic_us() : POLL_MS * 1000;
        struct kafka_record record;
        bool got;
        if (!kafka_member_poll(loop->member, left_us > 0 ? (int)(left_us / 1000) : 0, loop->arena, &record,
                               &got, error))
            return false;
        forget_stale(loop, round, &changes);
        if (!got)
            break;
        if (!add(loop, round, &record, error))
            return false;
        if (!until_us)
            until_us = clock_monotonic_us() + settings->batch_wait_ms * 1000;
    }
    return true;
}

// --- One batch

// The shards that the batch moves, as they are and as they will be.
struct moves {
    struct shard *before, *after;
    size_t count;
};

static struct shard *moved(struct moves *moves, int32_t id)
{
    for (size_t i = 0; i < moves->count; i++)
        if (moves->after[i].id == id)
            return &moves->after[i];
    return NULL;
}

static struct moves plan_moves(struct loop *loop, const struct batch *batch)
{
    struct moves moves = { ARENA_ARRAY(batch->arena, loop->shard_count, struct shard),
                           ARENA_ARRAY(batch->arena, loop->shard_count, struct shard), 0 };
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        struct shard *after = moved(&moves, item->shard);
        if (!after) {
            after = &moves.after[moves.count];
            *after = moves.before[moves.count] = *shard_by_id(loop, item->shard);
            moves.count++;
        }
        after->next_offset = item->offset + 1;
    }
    return moves;
}

static bool write_outbox(struct loop *loop, const struct batch *batch, const char *const *sources,
                         struct moves *moves, struct error *error)
{
    const struct engine *engine = loop->engine;
    struct outbox_row *rows =
        ARENA_ARRAY(batch->arena, batch->publication_count + batch->item_count, struct outbox_row);
    size_t count = 0;
    for (size_t i = 0; i < batch->publication_count; i++) {
        const struct publication *publication = &batch->publications[i];
        struct outbox_row *row = &rows[count++];
        *row = (struct outbox_row){ .shard = publication->cause->shard,
                                    .topic = publication->topic,
                                    .key = publication->key,
                                    .type = publication->document->type,
                                    .trace = publication->cause->trace_parent };
        if (!avro_encode(engine->catalogue, engine->settings->topics[row->topic], publication->document,
                         batch->arena, &row->payload, error))
            return error_within(error, "encoding a %s", row->type);
    }
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        if (item->outcome == OUTCOME_PARKED)
            rows[count++] = outcome_dead_letter(item, sources[i], batch->arena);
        else if (item->outcome == OUTCOME_REROUTED)
            rows[count++] = (struct outbox_row){ .shard = item->shard,
                                                 .topic = TOPIC_INBOUND,
                                                 .key = item->key,
                                                 .type = item->type,
                                                 .trace = item->trace_parent,
                                                 .payload = item->raw };
    }
    for (size_t i = 0; i < count; i++)
        rows[i].seq = moved(moves, rows[i].shard)->next_seq++;
    return outbox_write(loop->db, batch->arena, rows, count, batch->now_us, error);
}

// Which of the three phases with statements runs through all stages, in their order.
static bool each_stage(struct loop *loop, struct batch *batch, size_t phase, struct error *error)
{
    for (const struct stage *const *at = pipeline.stages; *at; at++) {
        const struct stage *stage = *at;
        bool (*const phases[])(struct batch *, struct db *, struct error *) = { stage->gather, stage->lock,
                                                                                stage->apply };
        static const char *const names[] = { "gathering", "locking", "applying" };
        if (phases[phase] && !phases[phase](batch, loop->db, error))
            return error_within(error, "%s in stage %s", names[phase], stage->name);
    }
    return true;
}
enum { GATHER, LOCK, APPLY };

static bool fails(const char *failpoint, enum error_kind kind, struct error *error)
{
    (void)failpoint;
    return FAILPOINT_ERROR(failpoint) && !error_set(error, kind, NULL, "a test made this fail");
}

static bool in_transaction(struct loop *loop, struct batch *batch, const char *const *sources,
                           struct moves *moves, struct error *error)
{
    if (!each_stage(loop, batch, LOCK, error) || fails("batch.locked", ERROR_UNAVAILABLE, error))
        return false;
    for (const struct stage *const *stage = pipeline.decisions; *stage; stage++)
        (*stage)->decide(batch);
    if (arena_exhausted(batch->arena))
        return error_set(error, ERROR_INVALID, NULL, "the documents need more than %zu bytes of memory",
                         arena_used(batch->arena));
    if (fails("batch.decided", ERROR_INTERNAL, error))
        return false;
    owed_choose(batch, loop->engine->maps, loop->engine->settings->mail_server[0] != 0);
    return each_stage(loop, batch, APPLY, error) && !fails("batch.applied", ERROR_UNAVAILABLE, error) &&
           outcome_apply(loop->db, batch, sources, error) &&
           owed_apply(loop->db, batch, loop->engine->catalogue, error) &&
           timer_apply(loop->db, batch, loop->engine->catalogue, error) &&
           write_outbox(loop, batch, sources, moves, error) &&
           !fails("batch.outbox", ERROR_UNAVAILABLE, error) &&
           shard_fence(loop->db, batch->arena, moves->before, moves->after, moves->count, error);
}

static void committed(struct loop *loop, const struct batch *batch, const struct moves *moves)
{
    for (size_t i = 0; i < moves->count; i++) {
        const struct shard *after = &moves->after[i];
        struct shard *shard = shard_by_id(loop, after->id);
        *shard = *after;
        shard->tries = 0;
        if (after->next_seq != moves->before[i].next_seq)
            relay_wake(loop->engine->relay, after->id, after->next_seq);
        status_shard(after,
                     kafka_member_lag(loop->member, after->topic, after->partition, after->next_offset));
    }
    atomic_fetch_add(&counters.batches, 1);
    atomic_fetch_add(&counters.documents, (int64_t)batch->item_count);
    for (size_t i = 0; i < batch->item_count; i++)
        if (batch->items[i].outcome == OUTCOME_PARKED)
            atomic_fetch_add(&counters.dead_letters, 1);
}

// Items [from, to) of the round, once. What it has decided is forgotten where it fails.
static bool commit_batch(struct loop *loop, const struct round *round, size_t from, size_t to,
                         struct error *error)
{
    status_beat(loop->index);
    // An attempt's memory is its own: one that needed too much does not spoil the next.
    arena_reset(loop->work);
    struct batch batch = { .arena = loop->work,
                           .now_us = round->now_us,
                           .items = ARENA_ARRAY(loop->work, to - from, struct item),
                           .item_count = to - from };
    memcpy(batch.items, &round->items[from], (to - from) * sizeof *batch.items);
    const char *const *sources = round->sources + from;
    struct moves moves = plan_moves(loop, &batch);
    FAILPOINT("batch.received");
    if (!each_stage(loop, &batch, GATHER, error) || fails("batch.gathered", ERROR_UNAVAILABLE, error) ||
        !db_begin(loop->db, error))
        return false;
    bool unknown;
    if (!in_transaction(loop, &batch, sources, &moves, error)) {
        db_rollback(loop->db);
        return false;
    }
    FAILPOINT("batch.before_commit");
    // Where the outcome of a commit is unknown the connection is lost, and the shards are read again.
    if (!db_commit(loop->db, &unknown, error))
        return error_within(error, "committing a batch");
    FAILPOINT("batch.after_commit");
    committed(loop, &batch, &moves);
    return true;
}

// --- Failures

static void log_failure(struct loop *loop, const struct round *round, size_t from, size_t to,
                        const char *event, struct error *error)
{
    atomic_fetch_add(&counters.failures, 1);
    error_within(error, "deciding %zu documents from %s", to - from, round->sources[from]);
    log_error(&loop->log, LOG_LEVEL_WARNING, event, error);
}

static bool passing(const struct loop *loop, const struct error *error)
{
    return error->kind == ERROR_UNAVAILABLE && !db_lost(loop->db);
}

// Deadlocks and the like: the same batch again, a few times.
static bool commit_patiently(struct loop *loop, const struct round *round, size_t from, size_t to,
                             struct error *error)
{
    for (int attempt = 1; !commit_batch(loop, round, from, to, error); attempt++) {
        if (!passing(loop, error) || attempt == PASSING_TRIES || atomic_load(&loop->engine->stop))
            return false;
        log_failure(loop, round, from, to, "batch_retried", error);
        error_clear(error);
        usleep((useconds_t)attempt * 20000);
    }
    return true;
}

// Whether the failure is one of the data: not of the servers, and not that of a former owner, who meets the rows
// of the present one.
static bool of_data(struct loop *loop, struct error *error)
{
    struct error whose = { 0 };
    if (error->kind != ERROR_INVALID && error->kind != ERROR_INTERNAL)
        return false;
    if (shard_owned(loop->db, loop->work, loop->shards, loop->shard_count, &whose))
        return true;
    *error = whose;
    return false;
}

// The first batch of a shard after a take-over is announced first. A shard that was begun at the same place
// again and again holds a document that kills the process: in the end it is not looked at any more.
static bool announce(struct loop *loop, struct round *round, size_t i, struct error *error)
{
    struct item *item = &round->items[i];
    struct shard *shard = shard_by_id(loop, item->shard);
    if (shard->tried)
        return true;
    if (!shard_try(loop->db, loop->arena, shard, error))
        return false;
    if (shard->tries < UNSEEN_AFTER_TRIES || item->outcome == OUTCOME_PARKED)
        return true;
    log_line(&loop->log, LOG_LEVEL_WARNING, "document_parked_unseen",
             "%s was begun %d times and the process ended each time", round->sources[i], shard->tries);
    park(item, arena_printf(loop->arena, "the process ended %d times while deciding this document",
                            shard->tries - 1));
    return true;
}

// Documents one by one; the one that fails on its own is parked with the reason.
static bool commit_singly(struct loop *loop, struct round *round, size_t from, size_t to, struct error *error)
{
    for (size_t i = from; i < to; i++) {
        if (!announce(loop, round, i, error))
            return false;
        if (commit_patiently(loop, round, i, i + 1, error))
            continue;
        if (!of_data(loop, error))
            return false;
        char text[1024];
        log_failure(loop, round, i, i + 1, "document_parked", error);
        park(&round->items[i],
             arena_printf(loop->arena, "cannot be decided: %s", error_text(error, text, sizeof text)));
        error_clear(error);
        if (!commit_patiently(loop, round, i, i + 1, error))
            return false;
    }
    return true;
}

static bool commit_somehow(struct loop *loop, struct round *round, size_t from, size_t to, bool singly,
                           struct error *error)
{
    if (singly || to - from == 1)
        return commit_singly(loop, round, from, to, error);
    if (commit_patiently(loop, round, from, to, error))
        return true;
    if (!of_data(loop, error))
        return false;
    log_failure(loop, round, from, to, "batch_failed", error);
    error_clear(error);
    return commit_singly(loop, round, from, to, error);
}

// Where a shard was begun in vain too often its documents go one by one, each shard announced only when its own
// come up: another's document that kills the process is not to be blamed on them.
static bool announce_all(struct loop *loop, struct round *round, bool *singly, struct error *error)
{
    for (size_t i = 0; i < round->count && !*singly; i++) {
        const struct shard *shard = shard_by_id(loop, round->items[i].shard);
        *singly = !shard->tried && shard->tries + 1 >= SINGLE_AFTER_TRIES;
    }
    for (size_t i = 0; i < round->count && !*singly; i++)
        if (!announce(loop, round, i, error))
            return false;
    return true;
}

// A document that touches what another of the same batch touches opens the next batch.
static bool commit_round(struct loop *loop, struct round *round, struct error *error)
{
    bool singly = false;
    if (!announce_all(loop, round, &singly, error))
        return false;
    struct conflicts conflicts = conflicts_open(loop->arena, round->count);
    size_t from = 0;
    for (size_t i = 0; i < round->count; i++) {
        if (conflicts_add(&conflicts, &round->subjects[i]))
            continue;
        if (!commit_somehow(loop, round, from, i, singly, error))
            return false;
        from = i;
        conflicts_clear(&conflicts);
        conflicts_add(&conflicts, &round->subjects[i]);
    }
    return commit_somehow(loop, round, from, round->count, singly, error);
}

static void mirror(struct loop *loop)
{
    if (clock_monotonic_us() - loop->mirrored_us < MIRROR_EVERY_US || loop->shard_count == 0)
        return;
    struct kafka_position *positions = ARENA_ARRAY(loop->arena, loop->shard_count, struct kafka_position);
    size_t count = 0;
    for (size_t i = 0; i < loop->shard_count; i++) {
        const struct shard *shard = &loop->shards[i];
        status_shard(shard,
                     kafka_member_lag(loop->member, shard->topic, shard->partition, shard->next_offset));
        if (shard->next_offset > 0)
            positions[count++] =
                (struct kafka_position){ shard->topic, shard->partition, shard->next_offset };
    }
    if (count)
        kafka_member_mirror(loop->member, positions, count);
    loop->mirrored_us = clock_monotonic_us();
}

bool loop_turn(struct loop *loop, struct error *error)
{
    status_beat(loop->index);
    arena_reset(loop->arena);
    struct round round = { .now_us = clock_now_us() };
    if (!receive(loop, &round, error))
        return false;
    if (round.count && !commit_round(loop, &round, error))
        return false;
    mirror(loop);
    return true;
}

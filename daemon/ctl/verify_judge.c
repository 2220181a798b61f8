// SPDX-License-Identifier: Apache-2.0
// Sets what was read from the topics against the database's snapshot, which is younger: all that stands on a
// topic must be in it.
#include "ctl/progress.h"
#include "ctl/verify_topics.h"

#include <stdlib.h>

enum { PAGE = 10000 };

struct judging {
    struct verify *verify;
    struct verify_shard *shards; // as the snapshot has them
    size_t shard_count;
    struct outbox_fact *rows;
    size_t row_count, row_capacity;
    struct input_fact *outcomes;
    size_t outcome_count, outcome_capacity;
};

// The shard's next rows after `last`, at most PAGE, in the scratch, which holds no other page any more.
static bool read_page(struct verify *verify, const char *sql, int32_t shard, int64_t last,
                      struct db_rows *rows, struct error *error)
{
    const struct db_value values[] = { db_integer(shard), db_bigint(last), db_bigint(PAGE) };
    arena_reset(verify->scratch);
    return db_query(verify->online.db, verify->scratch, sql, values, 3, rows, error);
}

static bool read_outbox(struct judging *judging, int32_t shard, struct error *error)
{
    static const char sql[] = "SELECT seq, topic, " VERIFY_DIGEST_COLUMNS " FROM outbox"
                              " WHERE shard = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    struct verify *verify = judging->verify;
    int64_t last = -1;
    for (size_t got = PAGE; got == PAGE;) {
        struct db_rows rows;
        if (!read_page(verify, sql, shard, last, &rows, error))
            return error_within(error, "reading the outbox of shard %d", shard);
        judging->rows = arena_grow(verify->online.arena, judging->rows, &judging->row_capacity,
                                   judging->row_count + rows.count + 1, sizeof *judging->rows);
        for (size_t i = 0; i < rows.count; i++)
            judging->rows[judging->row_count++] = (struct outbox_fact){
                .shard = shard,
                .seq = last = db_rows_number(&rows, i, 0),
                .topic = (int)db_rows_number(&rows, i, 1),
                .digest = verify_digest(db_rows_slice(&rows, i, 2), db_rows_slice(&rows, i, 3)),
            };
        got = rows.count;
        progress_show("outbox rows", judging->row_count);
    }
    return true;
}

static bool read_outcomes(struct judging *judging, int32_t shard, struct error *error)
{
    static const char sql[] = "SELECT \"offset\" FROM outcome WHERE shard = $1 AND \"offset\" > $2"
                              " ORDER BY \"offset\" LIMIT $3";
    struct verify *verify = judging->verify;
    int64_t last = -1;
    for (size_t got = PAGE; got == PAGE;) {
        struct db_rows rows;
        if (!read_page(verify, sql, shard, last, &rows, error))
            return error_within(error, "reading the outcomes of shard %d", shard);
        judging->outcomes = arena_grow(verify->online.arena, judging->outcomes, &judging->outcome_capacity,
                                       judging->outcome_count + rows.count + 1, sizeof *judging->outcomes);
        for (size_t i = 0; i < rows.count; i++)
            judging->outcomes[judging->outcome_count++] =
                (struct input_fact){ shard, last = db_rows_number(&rows, i, 0) };
        got = rows.count;
        progress_show("outcomes", judging->outcome_count);
    }
    return true;
}

static bool is_trimmed(const struct verify_topics *topics, enum topic topic)
{
    for (size_t i = 0; i < topics->trimmed_count; i++)
        if (topics->trimmed[i].topic == (int)topic)
            return true;
    return false;
}

static const struct verify_shard *earlier(const struct verify_topics *topics, int32_t id)
{
    for (size_t i = 0; i < topics->shard_count; i++)
        if (topics->shards[i].id == id)
            return &topics->shards[i];
    return NULL;
}

static void judge_outbox(struct judging *judging)
{
    struct verify *verify = judging->verify;
    struct verify_topics *topics = verify->topics;
    struct shard_fact *shards = ARENA_ARRAY(verify->online.arena, judging->shard_count, struct shard_fact);
    for (size_t i = 0; i < judging->shard_count; i++) {
        const struct verify_shard *shard = &judging->shards[i], *before = earlier(topics, shard->id);
        shards[i] = (struct shard_fact){ .id = shard->id,
                                         .next_seq = shard->next_seq,
                                         .mark = before ? before->mark : -1 };
        if (before && before->mark > shard->next_seq)
            verdict_fault(
                &verify->verdicts[INVARIANT_TOPICS],
                "shard %d: the mark is %lld, but the outbox ends at %lld: the database went back in time",
                shard->id, (long long)before->mark, (long long)shard->next_seq);
    }
    const struct compared_outbox facts = { .rows = judging->rows,
                                           .row_count = judging->row_count,
                                           .records = topics->records,
                                           .record_count = topics->record_count,
                                           .shards = shards,
                                           .shard_count = judging->shard_count,
                                           .trimmed = topics->trimmed,
                                           .trimmed_count = topics->trimmed_count,
                                           .topics = verify->online.settings.topics };
    compare_outbox(&facts, &verify->verdicts[INVARIANT_TOPICS]);
}

static int by_shard(const void *left, const void *right)
{
    const struct input_fact *l = left, *r = right;
    if (l->shard != r->shard)
        return l->shard < r->shard ? -1 : 1;
    return l->offset < r->offset ? -1 : l->offset > r->offset;
}

static void judge_inputs(struct judging *judging)
{
    struct verify *verify = judging->verify;
    struct verify_topics *topics = verify->topics;
    struct input_shard *shards = ARENA_ARRAY(verify->online.arena, topics->shard_count, struct input_shard);
    size_t count = 0;
    for (size_t i = 0; i < topics->shard_count; i++) {
        const struct verify_shard *shard = &topics->shards[i];
        if (shard->partition >= 0)
            shards[count++] = (struct input_shard){
                .id = shard->id,
                .source = arena_printf(verify->online.arena, "%s[%d]", shard->topic, shard->partition).data,
                .first = shard->first,
                .end = shard->end,
                .decided_before = shard->next_offset
            };
    }
    if (topics->input_count)
        qsort(topics->inputs, topics->input_count, sizeof *topics->inputs, by_shard);
    const struct compared_inputs facts = { .records = topics->inputs,
                                           .record_count = topics->input_count,
                                           .outcomes = judging->outcomes,
                                           .outcome_count = judging->outcome_count,
                                           .shards = shards,
                                           .shard_count = count };
    compare_inputs(&facts, &verify->verdicts[INVARIANT_OUTCOME]);
}

// Orders of an earlier cluster live on, but began on its topics. A change is told by its number as an order is.
static struct compared_orders facts_here(struct judging *judging, struct order_fact *facts, size_t count,
                                         const char *source, enum topic topic)
{
    for (size_t i = 0; i < count; i++) {
        facts[i].elsewhere = true;
        for (size_t j = 0; j < judging->shard_count && facts[i].elsewhere; j++)
            facts[i].elsewhere = judging->shards[j].id != facts[i].order >> 40;
    }
    return (struct compared_orders){ facts, count, source, is_trimmed(judging->verify->topics, topic) };
}

static void judge_orders(struct judging *judging)
{
    struct verify *verify = judging->verify;
    struct verify_topics *topics = verify->topics;
    const char *const *names = (const char *const *)verify->online.settings.topics;
    struct verdict *answered = &verify->verdicts[INVARIANT_ANSWER];
    struct compared_orders events =
        facts_here(judging, verify->orders, verify->order_count, names[TOPIC_EVENTS], TOPIC_EVENTS);
    struct compared_orders answers = facts_here(judging, verify->orders, verify->order_count,
                                                names[TOPIC_ACKNOWLEDGEMENTS], TOPIC_ACKNOWLEDGEMENTS);
    const char *source =
        arena_printf(verify->online.arena, "%s (changes)", names[TOPIC_ACKNOWLEDGEMENTS]).data;
    struct compared_orders changes =
        facts_here(judging, verify->changes, verify->change_count, source, TOPIC_ACKNOWLEDGEMENTS);
    compare_events(&events, topics->events, topics->event_count, &verify->verdicts[INVARIANT_EVENTS]);
    compare_answers(&answers, topics->answers, topics->answer_count, answered);
    compare_answers(&changes, topics->change_answers, topics->change_answer_count, answered);
}

bool verify_compare_topics(struct verify *verify, struct error *error)
{
    struct judging judging = { .verify = verify };
    struct verify_topics *topics = verify->topics;
    if (!verify_load_shards(&verify->online, topics->cluster, &judging.shards, &judging.shard_count, error))
        return false;
    for (size_t i = 0; i < judging.shard_count; i++)
        if (!read_outbox(&judging, judging.shards[i].id, error) ||
            (judging.shards[i].partition >= 0 && !read_outcomes(&judging, judging.shards[i].id, error)))
            return false;
    judge_outbox(&judging);
    judge_inputs(&judging);
    judge_orders(&judging);
    return verify_credit(verify, error);
}

// SPDX-License-Identifier: Apache-2.0
#include "engine/shard.h"

bool shard_take(struct db *db, struct arena *arena, const char *cluster, const char *owner,
                struct shard *shard, struct error *error)
{
    // The progress partition is the next one that no shard of the cluster has. Two processes that make the
    // same or different rows at once are told apart by the unique keys: the loser tries again.
    static const char sql[] =
        "INSERT INTO shard (cluster, topic, partition, progress, epoch, owner, next_offset)"
        " SELECT $1, $2, $3, coalesce((SELECT max(progress) + 1 FROM shard WHERE cluster = $1), 0), 1, $4, $5"
        " ON CONFLICT (cluster, topic, partition) DO UPDATE SET epoch = shard.epoch + 1, owner = $4"
        " RETURNING id, progress, epoch, next_offset, next_seq, relayed_seq,"
        " CASE WHEN tried_offset = next_offset THEN tries ELSE 0 END";
    const struct db_value values[] = { db_text(slice_of(cluster)), db_text(slice_of(shard->topic)),
                                       db_integer(shard->partition), db_text(slice_of(owner)),
                                       db_bigint(shard->first_offset) };
    struct db_rows rows;
    enum { TRIES = 50 };
    for (int attempt = 1;; attempt++) {
        if (db_query(db, arena, sql, values, 5, &rows, error))
            break;
        if (strcmp(error->code, "23505") != 0 || attempt == TRIES)
            return error_within(error, "taking shard %s[%d]", shard->topic, shard->partition);
        error_clear(error);
    }
    shard->id = (int32_t)db_rows_number(&rows, 0, 0);
    shard->progress = (int32_t)db_rows_number(&rows, 0, 1);
    shard->epoch = db_rows_number(&rows, 0, 2);
    shard->next_offset = db_rows_number(&rows, 0, 3);
    shard->next_seq = db_rows_number(&rows, 0, 4);
    shard->relayed_seq = db_rows_number(&rows, 0, 5);
    shard->tries = (int32_t)db_rows_number(&rows, 0, 6);
    shard->tried = false;
    shard->read_offset = shard->next_offset;
    return true;
}

bool shard_has_progress(const struct shard *shard, int partitions, const char *topic, struct error *error)
{
    return shard->progress < partitions ||
           error_set(
               error, ERROR_INTERNAL, NULL,
               "the progress topic has %d partitions, too few for shard %d: raise progress_partitions and "
               "add partitions to '%s'",
               partitions, shard->id, topic);
}

bool shard_try(struct db *db, struct arena *arena, struct shard *shard, struct error *error)
{
    static const char sql[] =
        "UPDATE shard SET tries = CASE WHEN tried_offset = next_offset THEN tries + 1 ELSE 1 END,"
        " tried_offset = next_offset WHERE id = $1 AND epoch = $2 RETURNING tries";
    const struct db_value values[] = { db_integer(shard->id), db_bigint(shard->epoch) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "announcing the first batch of shard %d", shard->id);
    if (rows.count == 0)
        return error_set(error, ERROR_FENCED, NULL, "another owner has taken shard %d", shard->id);
    shard->tries = (int32_t)db_rows_number(&rows, 0, 0);
    shard->tried = true;
    return true;
}

bool shard_survived(struct db *db, struct arena *arena, const struct shard *shard, struct error *error)
{
    static const char sql[] =
        "UPDATE shard SET tries = tries - 1 WHERE id = $1 AND tried_offset = $2 AND tries > 0";
    const struct db_value values[] = { db_integer(shard->id), db_bigint(shard->next_offset) };
    return db_query(db, arena, sql, values, 2, NULL, error) ||
           error_within(error, "taking back the announcement of shard %d", shard->id);
}

bool shard_owned(struct db *db, struct arena *arena, const struct shard *shards, size_t count,
                 struct error *error)
{
    static const char sql[] =
        "SELECT count(*) FROM shard s JOIN unnest($1::int[], $2::bigint[]) AS o(id, epoch)"
        " ON s.id = o.id AND s.epoch = o.epoch";
    struct db_column ids = db_column(arena, DB_INTEGER), epochs = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < count; i++) {
        db_column_add_number(&ids, shards[i].id);
        db_column_add_number(&epochs, shards[i].epoch);
    }
    const struct db_value values[] = { db_array(&ids), db_array(&epochs) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "asking whose the shards are");
    return (size_t)db_rows_number(&rows, 0, 0) == count ||
           error_set(error, ERROR_FENCED, NULL, "another owner has taken a shard of this worker");
}

bool shard_fence(struct db *db, struct arena *arena, const struct shard *before, const struct shard *after,
                 size_t count, struct error *error)
{
    static const char sql[] =
        "WITH moved AS (UPDATE shard s SET next_offset = f.new_offset, next_seq = f.new_seq"
        " FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])"
        " AS f(id, epoch, old_offset, old_seq, new_offset, new_seq)"
        " WHERE s.id = f.id AND s.epoch = f.epoch AND s.next_offset = f.old_offset AND s.next_seq = f.old_seq"
        " RETURNING 1) SELECT comptoir_fence($7, (SELECT count(*) FROM moved))";
    struct db_column columns[6];
    columns[0] = db_column(arena, DB_INTEGER);
    for (int i = 1; i < 6; i++)
        columns[i] = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < count; i++) {
        const int64_t numbers[] = { before[i].id,       before[i].epoch,      before[i].next_offset,
                                    before[i].next_seq, after[i].next_offset, after[i].next_seq };
        for (int j = 0; j < 6; j++)
            db_column_add_number(&columns[j], numbers[j]);
    }
    struct db_value values[7];
    for (int i = 0; i < 6; i++)
        values[i] = db_array(&columns[i]);
    values[6] = db_bigint((int64_t)count);
    return db_query(db, arena, sql, values, 7, NULL, error) || error_within(error, "fencing the batch");
}

bool shard_number(struct db *db, struct arena *arena, const struct shard *gateway, int64_t count,
                  int64_t *first, struct error *error)
{
    static const char sql[] = "UPDATE shard SET next_seq = next_seq + $3 WHERE id = $1 AND epoch = $2"
                              " RETURNING next_seq - $3";
    const struct db_value values[] = { db_integer(gateway->id), db_bigint(gateway->epoch), db_bigint(count) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return error_within(error, "numbering documents of gateway %s", gateway->topic);
    if (rows.count == 0)
        return error_set(error, ERROR_FENCED, NULL,
                         "another process has taken gateway %s: give each process its own setting 'instance'",
                         gateway->topic);
    *first = db_rows_number(&rows, 0, 0);
    return true;
}

bool shard_relayed(struct db *db, struct arena *arena, int32_t id, int64_t epoch, int64_t relayed_seq,
                   int64_t *next_seq, struct error *error)
{
    static const char sql[] = "UPDATE shard SET relayed_seq = greatest(relayed_seq, $2)"
                              " WHERE id = $1 AND epoch = $3 RETURNING next_seq";
    const struct db_value values[] = { db_integer(id), db_bigint(relayed_seq), db_bigint(epoch) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 3, &rows, error))
        return error_within(error, "noting what shard %d has published", id);
    if (rows.count == 0)
        return error_set(error, ERROR_FENCED, NULL, "another owner has taken shard %d", id);
    *next_seq = db_rows_number(&rows, 0, 0);
    return true;
}

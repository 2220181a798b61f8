// SPDX-License-Identifier: Apache-2.0
#include "gateways/inbound.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "doors/crypto.h"
#include "gateways/archive.h"
#include "gateways/inbound_number.h"
#include "gateways/own_shard.h"

enum { TRIES = 3, MOST_KEY = 1000 };

struct inbound {
    struct engine *engine;
    const struct log_context *log;
    struct slice channel;
    struct own_shard *shard;
};

struct inbound *inbound_open(struct engine *engine, const char *channel, const struct log_context *log,
                             struct error *error)
{
    struct inbound *inbound = calloc(1, sizeof *inbound);
    assert(inbound);
    *inbound = (struct inbound){ .engine = engine, .log = log, .channel = slice_of(channel) };
    inbound->shard = own_shard_open(engine, channel, log, error);
    if (inbound->shard)
        return inbound;
    error_within(error, "opening gateway %s", channel);
    inbound_close(inbound);
    return NULL;
}

void inbound_close(struct inbound *inbound)
{
    if (!inbound)
        return;
    own_shard_close(inbound->shard);
    free(inbound);
}

// One parcel on its way through one transaction.
struct passage {
    struct inbound *inbound;
    struct db *db;
    struct arena *arena;
    const struct inbound_parcel *parcel;
    struct shard shard;
    int64_t archive_id, next_seq;
    enum inbound_verdict verdict;
    struct slice reply;
};

// The row of a key: made here, or found. An insert waits for another transaction that has just made it.
static bool claim(struct passage *passage, struct slice key, bool *is_new, bool *is_same, struct error *error)
{
    static const char insert[] =
        "INSERT INTO received (channel, partner, key, digest, reply, archive_id, at)"
        " VALUES ($1, $2, $3, $4, ''::bytea, $5, $6) ON CONFLICT (channel, partner, key) DO UPDATE"
        " SET digest = excluded.digest, reply = excluded.reply, archive_id = excluded.archive_id,"
        " at = excluded.at WHERE received.at < $7";
    static const char select[] =
        "SELECT digest, reply FROM received WHERE channel = $1 AND partner = $2 AND key = $3";
    const struct inbound_parcel *parcel = passage->parcel;
    const struct db_value values[] = {
        db_text(passage->inbound->channel), db_text(parcel->partner),       db_text(key),
        db_bytes(parcel->digest),           db_bigint(passage->archive_id), db_instant(parcel->now_us),
        db_instant(parcel->forgotten_us)
    };
    struct db_rows rows;
    if (!db_query(passage->db, passage->arena, insert, values, 7, &rows, error))
        return false;
    *is_new = rows.affected == 1;
    *is_same = true;
    if (*is_new)
        return true;
    if (!db_query(passage->db, passage->arena, select, values, 3, &rows, error))
        return false;
    if (rows.count == 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read the key %.*s: it was just removed",
                         SLICE_ARGS(key));
    *is_same = slice_equal(db_rows_slice(&rows, 0, 0), parcel->digest);
    passage->reply = db_rows_slice(&rows, 0, 1);
    return true;
}

static bool claim_parts(struct passage *passage, struct error *error)
{
    static const char sql[] = "INSERT INTO received (channel, partner, key, digest, reply, archive_id, at)"
                              " SELECT $1, $2, key, digest, ''::bytea, $5, $6 FROM unnest($3::text[], "
                              "$4::bytea[]) AS p(key, digest)"
                              " ON CONFLICT (channel, partner, key) DO NOTHING";
    const struct inbound_parcel *parcel = passage->parcel;
    if (parcel->part_count == 0)
        return true;
    struct db_column keys = db_column(passage->arena, DB_TEXT);
    struct db_column digests = db_column(passage->arena, DB_BYTES);
    for (size_t i = 0; i < parcel->part_count; i++) {
        uint8_t digest[SHA256_BYTES];
        crypto_sha256(parcel->parts[i].bytes, digest);
        db_column_add(&keys, arena_printf(passage->arena, "%.*s/%.*s", SLICE_ARGS(parcel->key),
                                          SLICE_ARGS(parcel->parts[i].key)));
        db_column_add(&digests, (struct slice){ (const char *)digest, sizeof digest });
    }
    const struct db_value values[] = {
        db_text(passage->inbound->channel), db_text(parcel->partner),  db_array(&keys), db_array(&digests),
        db_bigint(passage->archive_id),     db_instant(parcel->now_us)
    };
    return db_query(passage->db, passage->arena, sql, values, 6, NULL, error);
}

static bool make_reply(struct passage *passage, struct slice key, bool conflict, struct error *error)
{
    static const char sql[] =
        "UPDATE received SET reply = $4 WHERE channel = $1 AND partner = $2 AND key = $3";
    const struct inbound_parcel *parcel = passage->parcel;
    if (!parcel->reply(parcel->context, passage->db, conflict, passage->arena, &passage->reply, error))
        return error_within(error, "making the reply");
    const struct db_value values[] = { db_text(passage->inbound->channel), db_text(parcel->partner),
                                       db_text(key), db_bytes(passage->reply) };
    return db_query(passage->db, passage->arena, sql, values, 4, NULL, error);
}

// The parcel's documents and those that are made inside the transaction, as one array.
static bool add_more(struct passage *passage, const struct outbox_document **documents, size_t *count,
                     struct error *error)
{
    const struct inbound_parcel *parcel = passage->parcel;
    struct outbox_document *more, *all;
    size_t added = 0;
    if (!parcel->more(parcel->context, passage->db, passage->arena, &more, &added, error))
        return false;
    if (added == 0)
        return true;
    all = ARENA_ARRAY(passage->arena, *count + added, struct outbox_document);
    if (*count)
        memcpy(all, *documents, *count * sizeof *all);
    memcpy(all + *count, more, added * sizeof *all);
    *documents = all;
    *count += added;
    return true;
}

// Documents into the outbox. Their last number is read back for the relay, also where a repeat shows that an
// earlier commit of unknown outcome did happen.
static bool publish(struct passage *passage, bool is_new, struct error *error)
{
    static const char sql[] = "SELECT next_seq FROM shard WHERE id = $1";
    const struct inbound_parcel *parcel = passage->parcel;
    const struct engine *engine = passage->inbound->engine;
    const struct outbox_document *documents = parcel->documents;
    size_t count = parcel->document_count;
    if (is_new && parcel->more && !add_more(passage, &documents, &count, error))
        return false;
    if (is_new && !outbox_put(passage->db, passage->arena, engine->settings, engine->catalogue,
                              &passage->shard, parcel->now_us, documents, count, error))
        return false;
    const struct db_value values[] = { db_integer(passage->shard.id) };
    struct db_rows rows;
    if (!db_query(passage->db, passage->arena, sql, values, 1, &rows, error))
        return false;
    passage->next_seq = rows.count ? db_rows_number(&rows, 0, 0) : 0;
    return true;
}

static bool store_conflict(struct passage *passage, struct error *error)
{
    const struct inbound_parcel *parcel = passage->parcel;
    struct slice key = arena_printf(passage->arena, "%.*s#%.*s", SLICE_ARGS(parcel->key),
                                    SLICE_ARGS(crypto_sha256_hex(passage->arena, parcel->digest)));
    bool is_new, is_same;
    return claim(passage, key, &is_new, &is_same, error) &&
           (!is_new || make_reply(passage, key, true, error));
}

static bool describe(struct passage *passage, struct error *error)
{
    if (!passage->parcel->facts)
        return true;
    struct archive_facts facts = *passage->parcel->facts;
    if (passage->verdict != INBOUND_STORED)
        facts.state = passage->verdict == INBOUND_CONFLICT ? SLICE("conflict") : SLICE("repeated");
    return archive_describe(passage->db, passage->arena, passage->archive_id, &facts, error);
}

// Which of the parts are taken, before anything is said of the parcel.
static bool judge(struct passage *passage, struct error *error)
{
    const struct inbound_parcel *parcel = passage->parcel;
    struct inbound_twice *twice = NULL;
    size_t count = 0;
    if (!parcel->judge)
        return true;
    if (!inbound_number_claim(passage->db, passage->arena, passage->inbound->channel, parcel,
                              passage->archive_id, &twice, &count, error))
        return false;
    parcel->judge(parcel->context, passage->archive_id, twice, count);
    return true;
}

static bool store_all(struct passage *passage, struct error *error)
{
    const struct inbound_parcel *parcel = passage->parcel;
    bool is_new, is_same;
    if (!archive_put(passage->db, passage->arena, ARCHIVE_IN, passage->inbound->channel, parcel->partner,
                     parcel->reference, parcel->bytes, parcel->now_us, &passage->archive_id, error) ||
        !claim(passage, parcel->key, &is_new, &is_same, error))
        return false;
    passage->verdict = !is_same ? INBOUND_CONFLICT : is_new ? INBOUND_STORED : INBOUND_REPEATED;
    if (passage->verdict == INBOUND_STORED && !judge(passage, error))
        return false;
    if (!describe(passage, error))
        return false;
    if (!is_same)
        return store_conflict(passage, error);
    if (is_new && (!claim_parts(passage, error) || !make_reply(passage, parcel->key, false, error)))
        return false;
    return publish(passage, is_new, error);
}

static bool in_transaction(struct passage *passage, bool (*work)(struct passage *, struct error *),
                           bool *unknown, struct error *error)
{
    *unknown = false;
    if (!db_begin(passage->db, error))
        return false;
    if (!work(passage, error)) {
        db_rollback(passage->db);
        return false;
    }
    if (FAILPOINT_ERROR("inbound.before_commit")) {
        db_rollback(passage->db);
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not commit: failpoint inbound.before_commit");
    }
    if (!db_commit(passage->db, unknown, error))
        return false;
    if (FAILPOINT_ERROR("inbound.after_commit")) {
        *unknown = true;
        return error_set(error, ERROR_UNAVAILABLE, NULL, "lost the answer: failpoint inbound.after_commit");
    }
    return true;
}

// What has to happen before another try; false where another try makes no sense.
static bool mend(struct passage *passage, bool unknown, struct error *error)
{
    struct inbound *inbound = passage->inbound;
    if (error->kind == ERROR_FENCED) {
        log_error(inbound->log, LOG_LEVEL_WARNING, "gateway_fenced", error);
        error_clear(error);
        atomic_fetch_add(&counters.fenced, 1);
        return own_shard_retake(inbound->shard, passage->db, passage->arena, passage->shard.epoch, error);
    }
    if (!unknown)
        return false;
    log_error(inbound->log, LOG_LEVEL_WARNING, "commit_unknown", error);
    error_clear(error);
    return db_reopen(passage->db, error);
}

static bool store(struct passage *passage, bool (*work)(struct passage *, struct error *),
                  struct error *error)
{
    bool was_unknown = false;
    for (int attempt = 1;; attempt++) {
        bool unknown;
        passage->shard = own_shard_now(passage->inbound->shard);
        if (in_transaction(passage, work, &unknown, error))
            break;
        was_unknown |= unknown;
        if (attempt == TRIES || !mend(passage, unknown, error))
            return error_within(error, "storing %.*s", SLICE_ARGS(passage->parcel->reference));
    }
    // Found after a doubtful commit: it was ours.
    if (was_unknown && passage->verdict == INBOUND_REPEATED)
        passage->verdict = INBOUND_STORED;
    return true;
}

bool inbound_store(struct inbound *inbound, struct db *db, struct arena *arena,
                   const struct inbound_parcel *parcel, enum inbound_verdict *verdict, struct slice *reply,
                   struct error *error)
{
    struct passage passage = { .inbound = inbound, .db = db, .arena = arena, .parcel = parcel };
    if (parcel->key.size > MOST_KEY)
        return error_set(error, ERROR_INVALID, NULL,
                         "the references that name the document have %zu bytes, more than the %d that are "
                         "taken: \"%.40s...\"",
                         parcel->key.size, MOST_KEY, parcel->key.data);
    if (!store(&passage, store_all, error))
        return false;
    if (passage.next_seq > 0)
        own_shard_wake(inbound->shard, passage.next_seq);
    if (passage.verdict == INBOUND_STORED)
        atomic_fetch_add(&counters.received, (int64_t)parcel->document_count);
    *verdict = passage.verdict;
    *reply = passage.reply;
    return true;
}

bool inbound_forget(struct db *db, struct arena *arena, struct slice channel, struct slice partner,
                    int64_t forgotten_us, int64_t most, size_t *count, struct error *error)
{
    static const char sql[] =
        "DELETE FROM received WHERE (channel, partner, key) IN (SELECT channel, partner, key FROM received"
        " WHERE channel = $1 AND partner = $2 AND at < $3 ORDER BY at LIMIT $4 FOR UPDATE SKIP LOCKED)";
    const struct db_value values[] = { db_text(channel), db_text(partner), db_instant(forgotten_us),
                                       db_bigint(most) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 4, &rows, error))
        return error_within(error, "forgetting old keys");
    *count = (size_t)rows.affected;
    return true;
}

static bool store_bytes(struct passage *passage, struct error *error)
{
    const struct inbound_parcel *parcel = passage->parcel;
    passage->verdict = INBOUND_STORED;
    return archive_put(passage->db, passage->arena, ARCHIVE_IN, passage->inbound->channel, parcel->partner,
                       parcel->reference, parcel->bytes, parcel->now_us, &passage->archive_id, error) &&
           describe(passage, error);
}

bool inbound_archive(struct inbound *inbound, struct db *db, struct arena *arena,
                     const struct inbound_parcel *parcel, struct error *error)
{
    struct passage passage = { .inbound = inbound, .db = db, .arena = arena, .parcel = parcel };
    return store(&passage, store_bytes, error);
}

static bool store_more(struct passage *passage, struct error *error)
{
    return publish(passage, true, error);
}

bool inbound_post(struct inbound *inbound, struct db *db, struct arena *arena,
                  const struct inbound_parcel *parcel, struct error *error)
{
    struct passage passage = { .inbound = inbound, .db = db, .arena = arena, .parcel = parcel };
    if (!store(&passage, store_more, error))
        return false;
    if (passage.next_seq > 0)
        own_shard_wake(inbound->shard, passage.next_seq);
    return true;
}

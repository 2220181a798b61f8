// SPDX-License-Identifier: Apache-2.0
// The outbox: what a transaction publishes, numbered densely a shard, in the same transaction.
#pragma once

#include "doors/avro.h"
#include "engine/settings.h"
#include "engine/shard.h"

// A row ready to be written. Slices live until the transaction's end.
struct outbox_row {
    int32_t shard;
    int64_t seq;
    enum topic topic;
    int64_t at_us; // filled by outbox_read
    struct slice key;
    const char *type;     // document type, empty for raw bytes
    struct slice trace;   // W3C traceparent, may be empty
    struct slice headers; // further headers: name NUL value NUL ...
    struct slice payload;
};

// A gateway's documents into its shard, inside the caller's transaction. `type` of each document is its
// root's. The order is that of the array. The keys are the account.
struct outbox_document {
    enum topic topic;
    struct slice key, trace;
    const struct document *document;
};
bool outbox_put(struct db *db, struct arena *arena, const struct settings *settings,
                const struct avro_catalogue *catalogue, const struct shard *gateway, int64_t now_us,
                const struct outbox_document *documents, size_t count, struct error *error);

// Writes rows by one COPY.
bool outbox_write(struct db *db, struct arena *arena, const struct outbox_row *rows, size_t count,
                  int64_t now_us, struct error *error);

// The rows of a shard from `seq` on, at most `most`, in order: for the relay. Slices live in the arena.
bool outbox_read(struct db *db, struct arena *arena, int32_t shard, int64_t seq, int64_t most,
                 struct outbox_row **rows, size_t *count, struct error *error);

// Makes the partitions of the coming days and drops those older than `days` whose rows are all published.
bool outbox_upkeep(struct db *db, struct arena *arena, int64_t now_us, int64_t days, struct error *error);

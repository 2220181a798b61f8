// SPDX-License-Identifier: Apache-2.0
// The one way in. What a partner sends is stored in one transaction: the raw bytes, the keys that tell a
// repeat, the reply, and the canonical documents in the gateway's own outbox shard, from where the relay
// takes them. What was not stored was not accepted.
//
// A key that is known already with the same digest is a repeat: the stored reply is given again, byte for
// byte, and nothing else happens. With another digest it is a conflict and refused, under a key of its own,
// so that a repeat of the conflict gets its own first answer again.
//
// Where the connection is lost while a commit is under way, nobody knows whether it was done. The parcel is
// then stored once more: its key waits for the other transaction's end and finds the row, or does not.
#pragma once

#include "engine/engine.h"
#include "engine/outbox.h"
#include "gateways/archive.h"

struct inbound;

// Takes the shard of gateway "gateway.CHANNEL.INSTANCE" and lets the relay serve it. NULL and `error` where
// the database does not answer. `log` lives as long as the result.
struct inbound *inbound_open(struct engine *engine, const char *channel, const struct log_context *log,
                             struct error *error);
void inbound_close(struct inbound *inbound);

enum inbound_verdict {
    INBOUND_STORED,
    INBOUND_REPEATED, // known, with the same digest
    INBOUND_CONFLICT, // known, with another digest: nothing was published
};

// A part of the parcel that has a key of its own: a message of an interchange.
struct inbound_part {
    struct slice key;   // "REF/UNH", appended to the parcel's
    struct slice bytes; // for the digest
    // The partner's own number of the document, with its kind; empty where it has none. Claimed beyond the parcel.
    struct slice number;
    struct slice digest; // of its content, twice 32 bytes: as it was written, and as it was understood
};

// A part whose number came before, in which row of the archive, and whether with the same content.
struct inbound_twice {
    size_t part;
    int64_t archive_id;
    bool same;
};

struct inbound_parcel {
    struct slice partner, reference; // reference: for people, in the archive
    struct slice bytes;              // as they came
    struct slice key, digest;
    const struct inbound_part *parts;
    size_t part_count;
    const struct outbox_document *documents;
    size_t document_count;
    int64_t now_us;
    int64_t forgotten_us; // a key that came before this instant is taken as new; 0: none is
    // Makes the reply inside the transaction, where it may draw numbers and queue a delivery; called only
    // where the parcel is new, or is a new conflict. Everything it writes is undone with the transaction.
    bool (*reply)(void *context, struct db *db, bool conflict, struct arena *arena, struct slice *reply,
                  struct error *error);
    void *context;
    const struct archive_facts *facts; // NULL for none; of a repeat and a conflict, `state` says so
    // Told, before `reply`, the row of the archive and which parts of a new parcel came before, if any: it then
    // changes the parcel's documents and facts, which are its own. Called at each try. May be NULL where no part
    // has a number.
    void (*judge)(void *context, int64_t archive_id, const struct inbound_twice *twice, size_t count);
    // Further documents that are made inside the transaction, after `reply`; called only where the parcel is
    // new. May be NULL.
    bool (*more)(void *context, struct db *db, struct arena *arena, struct outbox_document **documents,
                 size_t *count, struct error *error);
};

// Any number of threads, each with its own connection and arena. *reply lives in the arena. On failure
// nothing was stored: ERROR_UNAVAILABLE later, ERROR_INVALID never. A fenced shard is retaken here.
bool inbound_store(struct inbound *inbound, struct db *db, struct arena *arena,
                   const struct inbound_parcel *parcel, enum inbound_verdict *verdict, struct slice *reply,
                   struct error *error);

// Publishes what parcel->more makes, in one transaction: no bytes, no key. Only `more`, `context`, `now_us`
// and `reference` count. It may be called again where the outcome of a commit is not known.
bool inbound_post(struct inbound *inbound, struct db *db, struct arena *arena,
                  const struct inbound_parcel *parcel, struct error *error);

// Forgets keys of a partner that came before `forgotten_us`, at most `most`, in the caller's transaction; *count
// of them.
bool inbound_forget(struct db *db, struct arena *arena, struct slice channel, struct slice partner,
                    int64_t forgotten_us, int64_t most, size_t *count, struct error *error);

// Only the bytes: a document of a known partner that is refused as a whole, without a key.
bool inbound_archive(struct inbound *inbound, struct db *db, struct arena *arena,
                     const struct inbound_parcel *parcel, struct error *error);

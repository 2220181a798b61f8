// SPDX-License-Identifier: Apache-2.0
#include "engine/outcome.h"

#include <assert.h>

#include "base/text.h"
#include "doors/utf8.h"

// Brokers take records of 1 MB by default; the rest of the room is for headers and framing.
enum { LARGEST_RECORD = 900000, HEAD_OF_LARGE = 65536, LONGEST_KEY = 4096 };

static bool write_outcomes(struct db *db, const struct batch *batch, struct error *error)
{
    struct db_copy copy = db_copy(batch->arena, 5);
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        assert(item->outcome != OUTCOME_NONE);
        db_copy_row(&copy);
        db_copy_number(&copy, DB_INTEGER, item->shard);
        db_copy_number(&copy, DB_BIGINT, item->offset);
        db_copy_number(&copy, DB_INTEGER, item->outcome);
        db_copy_number(&copy, DB_BIGINT, item->order);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db,
                       "COPY outcome (shard, \"offset\", kind, order_id, at) FROM STDIN (FORMAT binary)",
                       error) ||
           error_within(error, "writing outcomes");
}

// A reason may quote what cannot be read, or be cut within a letter: the database takes UTF-8 without NUL only,
// and a document that cannot even be parked would stand in the way for ever.
struct slice outcome_reason(struct slice text, struct arena *arena)
{
    char *copy = arena_string(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        i += utf8_valid_size((struct slice){ copy + i, text.size - i });
        if (i < text.size)
            copy[i] = '?';
    }
    for (size_t i = 0; i < text.size; i++)
        if (!copy[i])
            copy[i] = ' ';
    return (struct slice){ copy, text.size };
}

static bool write_dead_letters(struct db *db, const struct batch *batch, const char *const *sources,
                               struct error *error)
{
    struct db_copy copy = db_copy(batch->arena, 8);
    for (size_t i = 0; i < batch->item_count; i++) {
        const struct item *item = &batch->items[i];
        if (item->outcome != OUTCOME_PARKED)
            continue;
        struct slice topic = slice_of(sources[i]);
        topic = slice_cut(&topic, '[');
        db_copy_row(&copy);
        db_copy_number(&copy, DB_INTEGER, item->shard);
        db_copy_number(&copy, DB_BIGINT, item->offset);
        db_copy_slice(&copy, slice_of(sources[i]));
        db_copy_slice(&copy, topic);
        db_copy_slice(&copy, outcome_reason(item->park_reason, batch->arena));
        db_copy_slice(&copy, item->key);
        db_copy_slice(&copy, item->raw);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db,
                       "COPY dead_letter (shard, \"offset\", source, topic, reason, key, payload, at)"
                       " FROM STDIN (FORMAT binary)",
                       error) ||
           error_within(error, "writing dead letters");
}

bool outcome_apply(struct db *db, const struct batch *batch, const char *const *sources, struct error *error)
{
    return write_outcomes(db, batch, error) && write_dead_letters(db, batch, sources, error);
}

static void header(struct text *text, const char *name, struct slice value)
{
    text_append(text, slice_of(name));
    text_append_char(text, '\0');
    text_append(text, value);
    text_append_char(text, '\0');
}

struct outbox_row outcome_dead_letter(const struct item *item, const char *source, struct arena *arena)
{
    struct text headers = text_in(arena);
    header(&headers, "comptoir_reason", outcome_reason(item->park_reason, arena));
    header(&headers, "comptoir_source", slice_of(source));
    struct slice payload = item->raw, key = item->key;
    if (key.size > LONGEST_KEY)
        key = (struct slice){ 0 };
    if (payload.size > LARGEST_RECORD) {
        header(&headers, "comptoir_whole_size", arena_printf(arena, "%zu", payload.size));
        payload.size = HEAD_OF_LARGE;
    }
    return (struct outbox_row){ .shard = item->shard,
                                .topic = TOPIC_DEAD_LETTER,
                                .key = key,
                                .type = "",
                                .trace = item->trace_parent,
                                .headers = text_slice(&headers),
                                .payload = payload };
}

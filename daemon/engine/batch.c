// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <stdarg.h>

#include "engine/stage.h"

void batch_publish(struct batch *batch, const struct item *cause, enum topic topic, struct slice key,
                   const struct document *document)
{
    batch->publications = arena_grow(batch->arena, batch->publications, &batch->publication_capacity,
                                     batch->publication_count + 1, sizeof *batch->publications);
    batch->publications[batch->publication_count++] = (struct publication){ cause, topic, key, document };
}

void batch_owe(struct batch *batch, const struct item *cause, struct slice id, struct slice partner,
               struct slice channel, struct slice reference, const struct document *document)
{
    batch->owed = arena_grow(batch->arena, batch->owed, &batch->owed_capacity, batch->owed_count + 1,
                             sizeof *batch->owed);
    batch->owed[batch->owed_count++] = (struct owed){ cause, id, partner, channel, reference, document };
}

static void add_timer(struct batch *batch, struct timer timer)
{
    batch->timers = arena_grow(batch->arena, batch->timers, &batch->timer_capacity, batch->timer_count + 1,
                               sizeof *batch->timers);
    batch->timers[batch->timer_count++] = timer;
}

void batch_set_timer(struct batch *batch, const struct item *cause, struct slice id, int64_t due_us,
                     struct slice account, const struct document *document)
{
    assert(document);
    add_timer(batch, (struct timer){ cause, id, due_us, account, document });
}

void batch_clear_timer(struct batch *batch, const struct item *cause, struct slice id)
{
    add_timer(batch, (struct timer){ .cause = cause, .id = id });
}

void batch_outcome(struct item *item, enum outcome outcome, int64_t order)
{
    assert(item->outcome == OUTCOME_NONE && outcome != OUTCOME_NONE);
    item->outcome = outcome;
    item->order = order;
}

void batch_park(struct batch *batch, struct item *item, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    item->park_reason = arena_vprintf(batch->arena, format, arguments);
    va_end(arguments);
    batch_outcome(item, OUTCOME_PARKED, 0);
}

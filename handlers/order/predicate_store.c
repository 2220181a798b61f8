// SPDX-License-Identifier: Apache-2.0
// What the stages found, written with the event that it led to. Owner of table `order_finding`.
#include "base/text.h"
#include "handlers/order/answer.h"

// A text within a line: what would end a field or the line becomes a space.
static void append_text(struct text *to, struct slice text)
{
    size_t start = to->size;
    text_append(to, text);
    for (size_t i = start; i < to->size; i++)
        if (to->data[i] == '\t' || to->data[i] == '\n')
            to->data[i] = ' ';
}

static struct slice findings_of(const struct order *order, struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < order->predicate_count; i++) {
        const struct predicate *found = &order->predicates[i];
        text_printf(&text, "%s%s\t%s\t%s\t", i ? "\n" : "", found->stage, found->code,
                    effect_name(found->effect));
        if (found->has_values)
            text_printf(&text, "%lld\t%lld\t%lld\t", (long long)found->before, (long long)found->after,
                        (long long)found->threshold);
        else
            text_append(&text, SLICE("\t\t\t"));
        append_text(&text, found->text);
    }
    return text_slice(&text);
}

bool predicates_store(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "COPY order_finding (account, order_id, event_seq, found) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 4);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        if (!order->event || order->predicate_count == 0)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, order->account_number);
        db_copy_number(&copy, DB_BIGINT, order->id);
        db_copy_number(&copy, DB_INTEGER, order->event_seq);
        db_copy_slice(&copy, findings_of(order, batch->arena));
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing what the stages found");
}

// SPDX-License-Identifier: Apache-2.0
// What the stages found, written with the event that it led to. Owner of table `order_predicate`.
#include "handlers/answer.h"

static void copy_value(struct db_copy *copy, bool present, int64_t value)
{
    if (present)
        db_copy_number(copy, DB_BIGINT, value);
    else
        db_copy_null(copy);
}

bool predicates_store(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "COPY order_predicate (account, order_id, event_seq, position, stage, code, "
                              "effect, text, before, after, threshold) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(batch->arena, 11);
    for (size_t i = 0; i < batch->trade->order_count; i++) {
        const struct order *order = batch->trade->orders[i];
        for (size_t j = 0; order->event && j < order->predicate_count; j++) {
            const struct predicate *predicate = &order->predicates[j];
            db_copy_row(&copy);
            db_copy_slice(&copy, order->account_number);
            db_copy_number(&copy, DB_BIGINT, order->id);
            db_copy_number(&copy, DB_INTEGER, order->event_seq);
            db_copy_number(&copy, DB_INTEGER, (int64_t)j + 1);
            db_copy_slice(&copy, slice_of(predicate->stage));
            db_copy_slice(&copy, slice_of(predicate->code));
            db_copy_slice(&copy, slice_of(effect_name(predicate->effect)));
            db_copy_slice(&copy, predicate->text);
            copy_value(&copy, predicate->has_values, predicate->before);
            copy_value(&copy, predicate->has_values, predicate->after);
            copy_value(&copy, predicate->has_values, predicate->threshold);
        }
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "writing predicates");
}

// SPDX-License-Identifier: Apache-2.0
// A buyer's change or cancellation of an order. It is taken whole or refused whole: where any of it cannot be,
// the order stays as it was. A change that is taken alters the order in memory before the stages look at it,
// so that they decide again on what has become of it: lines that it leaves alone keep their price, and credit
// and stock act on the difference.
#pragma once

#include "handlers/trade.h"

enum change_action { CHANGE_CANCEL, CHANGE_LINES, CHANGE_REPLACE, CHANGE_UNKNOWN };

struct change {
    struct item *item; // NULL where loaded
    int64_t id;
    struct slice account_number, order_number, release, number, user, note, currency, channel, partner,
        reply_reference, content_hash;
    enum change_action action;
    struct slice action_text;
    int64_t requested_at, received_at;
    bool test;
    struct line *lines;
    const char **acts; // of the lines: "add", "change", "delete", or what else is written there
    size_t line_count;

    struct change *twin; // of the same number, that came before; NULL for none
    int64_t named_id;    // of the order, where the change says which of several versions it means; else 0
    struct order *order; // which it changes; NULL where unknown
    int64_t order_id;    // 0 where unknown
    bool refused;        // with the reasons here; a change that is taken has its reasons in the order
    struct reason *reasons;
    size_t reason_count, reason_capacity;
    struct slice effect; // which lines it changed, for people
    int32_t event_seq, response_seq;
    int64_t responded_at; // 0: not yet
    bool answered;        // by this batch
};

// Reads an OrderChange document that has its schema's shape.
struct change *change_read(struct arena *arena, struct item *item);

// Adds a reason and refuses the change; `line` may be empty.
void change_refuse(struct change *change, struct arena *arena, const char *code, struct slice line,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

// Puts the change to the order that it names (NULL where there is none): alters the order, or refuses the
// change and leaves the order alone. An order that is altered remembers what it was.
void change_take(struct arena *arena, struct change *change, struct order *order);

// Where a stage has found a reason against what the change makes of the order: refuses the change, and puts the
// order back to what it was.
void change_settle(struct batch *batch, struct change *change);

// Reads what change_store has written, for repeats and for what is still to be answered.
#define CHANGE_COLUMNS                                                                                       \
    "c.account, c.id, c.order_id, c.order_number, c.release, c.change_number, c.test, c.action, c.refused, " \
    "c.requested_at, c.channel, c.partner, c.reply_reference, c.content_hash, c.event_seq, c.response_seq, " \
    "c.received_at, c.responded_at, c.user_name"
struct change *change_loaded(struct arena *arena, const struct db_rows *rows, size_t row, int column);
bool change_gather(struct batch *batch, struct db *db, struct error *error);
// Reads what has left and what is billed of the orders that are changed. The accounts are locked, so that the ERP's
// shipments and invoices, which are stored under that lock, are all seen or come later and see the change.
bool change_lock(struct batch *batch, struct db *db, struct error *error);
bool change_store(struct batch *batch, struct db *db, struct error *error);

// The answer to a change that was refused.
struct document *change_refusal(struct arena *arena, const struct change *change);

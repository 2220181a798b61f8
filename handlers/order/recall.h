// SPDX-License-Identifier: Apache-2.0
// Stored orders into memory, for recall.c.
#pragma once

#include "handlers/trade.h"

// The columns of sales_order that recall_order reads, in its order; the table's alias is o.
#define RECALL_COLUMNS                                                                                       \
    "o.account, o.id, o.order_number, o.release, o.version, o.test, o.state, o.user_name, o.payer, "         \
    "o.ordered_at, "                                                                                         \
    "o.requested_date, o.currency, o.ship_to, o.total, o.note, o.channel, o.partner, o.reply_reference, "    \
    "o.content_hash, o.approval_hash, o.booked, o.event_seq, o.response_seq, o.received_at, o.decided_at, "  \
    "o.responded_at, o.first_hash, o.unit, o.cost_centre, o.payment_terms, o.credit_rate, o.prepaid"

struct order *recall_order(struct arena *arena, const struct db_rows *rows, size_t row, int column);

// Lines with what is reserved for them, open holds, the reasons of the answer, the approval tasks and the changes
// of the orders given.
bool recall_parts(struct arena *arena, struct db *db, struct order **orders, size_t count,
                  struct error *error);

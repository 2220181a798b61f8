// SPDX-License-Identifier: Apache-2.0
// Orders as the database has them, as documents for printing.
#pragma once

#include "ctl/online.h"

// The newest `most` orders; an empty account or state means all.
bool order_data_list(struct online *online, struct slice account, struct slice state, int64_t most,
                     struct document **orders, struct error *error);

// The order that the word names: our own id "SHARD-OFFSET", or the buyer's order number where only one order
// has it. ERROR_INVALID where there is none, or several. The document's fields are those of the list and
// more.
bool order_data_find(const struct online *online, const char *word, struct document **order,
                     struct error *error);

// Parts of a found order, each a list.
bool order_data_lines(const struct online *online, const struct document *order, struct document **lines,
                      struct error *error);
bool order_data_holds(const struct online *online, const struct document *order, struct document **holds,
                      struct error *error);
bool order_data_reasons(const struct online *online, const struct document *order, struct document **reasons,
                        struct error *error);
bool order_data_approvals(const struct online *online, const struct document *order, struct document **tasks,
                          struct error *error);
bool order_data_shipments(const struct online *online, const struct document *order,
                          struct document **shipments, struct error *error);
bool order_data_invoices(const struct online *online, const struct document *order,
                         struct document **invoices, struct error *error);
// What the stages found at each decision, and what credit was granted, by which limit.
bool order_data_predicates(const struct online *online, const struct document *order,
                           struct document **predicates, struct error *error);
bool order_data_grants(const struct online *online, const struct document *order, struct document **grants,
                       struct error *error);
bool order_data_reservations(const struct online *online, const struct document *order,
                             struct document **reservations, struct error *error);
// The changes that the buyer has sent, and why those that were refused were.
bool order_data_changes(const struct online *online, const struct document *order, struct document **changes,
                        struct error *error);
// What must be paid when, by the terms that were agreed, and what the order has of the company's budgets.
bool order_data_dues(const struct online *online, const struct document *order, struct document **dues,
                     struct error *error);
bool order_data_budgets(const struct online *online, const struct document *order, struct document **budgets,
                        struct error *error);
bool order_data_deliveries(const struct online *online, const struct document *order,
                           struct document **deliveries, struct error *error);

// SPDX-License-Identifier: Apache-2.0
// Requests for quotes. A request is read as an order that is only asked about: the stages that resolve and price
// lines see it (trade->asked), and nothing else does. quote.c decides, quote_store.c reads and writes the rows,
// quote_document.c makes the answer.
#pragma once

#include "handlers/trade.h"

struct quote {
    struct item *item; // NULL where loaded
    int64_t id;        // its input position, as an order's
    // The buyer's request. Its order_number is the request's, ordered_at the day that prices are of; lines that are
    // not offered are `rejected`. Channel, partner and reply_reference are where the answer goes.
    struct order *asked;
    int64_t requested_at, quoted_at;
    int32_t valid_from, valid_until;
    const char *status; // "offered", "partly_offered", "refused"
    struct quote *twin; // the one of the same number that came before; NULL for none
};

struct quoting {
    struct quote **quotes; // in order of arrival
    size_t count, capacity;
};

// Reads a QuoteRequest document that has its schema's shape.
struct quote *quote_read(struct arena *arena, struct item *item);

// Finds the quotations that the batch's requests had before.
bool quote_find_twins(struct batch *batch, struct db *db, struct error *error);
// Writes those that the batch has made.
bool quote_store(struct batch *batch, struct db *db, struct error *error);

// The Quotation: a function of what is stored, so that a repeat has the same answer.
struct document *quote_document(struct arena *arena, const struct quote *quote);

// SPDX-License-Identifier: Apache-2.0
// What follows an order. The ERP's shard reads and checks a Shipment or Invoice under the lock of its account
// (fulfil_read.c, fulfil_facts.c), stores it (fulfil_store.c) and tells the account's own shard by a notice, which
// takes it into the order (notice_load.c, notice_take.c, notice_store.c).
#pragma once

#include "handlers/trade.h"

struct agreed_terms;
struct invoice_plan;

// A line of an order as the facts see it; read under the account's lock, with running sums of the batch.
struct known_line {
    int32_t position;
    struct slice number, product, unit, buyer_part, gtin, description;
    int64_t factor, quantity, base_quantity, amount, unit_price, price_basis;
    int64_t shipped, invoiced, billed, closed; // the last two are amounts
    bool rejected, final;
};

struct known_order {
    struct slice account, order_number, release, payer, currency, channel, partner, reply_reference;
    int64_t id, ordered_at;
    int32_t version;
    enum order_state state;
    bool test;
    struct agreed_terms *terms; // of payment; NULL for none
    bool has_left;              // some of its goods, last at `left_at`
    int64_t left_at;
    struct known_line *lines;
    size_t line_count;
    int64_t credit_rate; // to the payer's currency (handlers/credit/rate.h)
};

// What a line of a Shipment or Invoice says, and what it was found to mean.
struct fulfil_line {
    struct slice order_id, order_number, release, line, product, unit;
    int64_t quantity, amount4;
    bool final;
    struct known_order *order;
    struct known_line *known;
    int64_t base, amount, taken;
};

struct fulfil_fact {
    struct item *item;
    bool invoice, sound;
    bool fresh; // sound, and not recorded before
    struct slice number, account, payer, hash;
    struct slice *stored; // hash of what was recorded under the number before; NULL for nothing
    struct fulfil_line *lines;
    size_t line_count;
    // Shipment
    struct slice site, carrier, tracking;
    int64_t shipped_at;
    // Invoice
    struct slice currency;
    int64_t issued_at, due_at, charges4, net4, tax4, gross4, net, tax, gross;
    bool has_due;
    struct invoice_plan *plan; // what it makes due
};

// A notice of the account's own shard, with what is stored of its shipment or invoice.
struct notice_line {
    int32_t position;
    int64_t quantity, base;
    bool final;
};
struct held_goods { // an open reservation
    int32_t position, event_seq;
    struct slice product, site;
    int64_t quantity, used; // base units; used by this batch
    bool freed;             // what is not used is free again
};
struct notice {
    struct order *order;
    bool invoice, found, told;
    struct slice number, site;
    int64_t shipped_at;
    struct notice_line *lines;
    size_t line_count;
    struct known_line *known; // sums with this shipment in them
    size_t known_count;
    struct held_goods *goods;
    size_t goods_count;
    struct closing *closings;
    struct extra *extras; // goods that left without having been reserved
    bool taken;
};
struct closing {
    int32_t position;
    int64_t base, amount;
    struct closing *next;
};
struct extra {
    int32_t position;
    struct slice product, site;
    int64_t quantity;
    struct extra *next;
};
// What a batch does to a stock row.
struct stock_change {
    struct slice product, site;
    int64_t issued, closed;
};

struct fulfilment {
    struct fulfil_fact *facts;
    size_t fact_count;
    struct notice *notices;
    size_t notice_count;
    struct stock_change **changes;
    size_t change_count, change_capacity;
    struct index change_index;
};

// Reads one document into a fact, or parks its item.
bool fulfil_read(struct batch *batch, struct fulfil_fact *fact);

// The facts' part of lock, decide and apply.
bool fulfil_facts_lock(struct batch *batch, struct db *db, struct error *error);
void fulfil_facts_decide(struct batch *batch);
bool fulfil_facts_store(struct batch *batch, struct db *db, struct error *error);

// A notice's part of lock, decide and apply.
bool notice_load(struct batch *batch, struct notice *notice, struct db *db, struct error *error);
void notice_take(struct batch *batch, struct notice *notice);
bool notices_store(struct batch *batch, struct db *db, struct error *error);

// The ShipNotice or InvoiceNotice of a fact.
struct document *fulfil_notice(struct batch *batch, const struct fulfil_fact *fact);

// For reserve's lock: takes off the batch's counts of stock what has left after they were taken.
bool fulfil_correct_counts(struct batch *batch, struct db *db, struct error *error);

// What the part `quantity` of a line's accepted amount is worth; the whole is the amount itself.
int64_t fulfil_value(const struct known_line *line, int64_t quantity);

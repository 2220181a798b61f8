// SPDX-License-Identifier: Apache-2.0
// Facts that came in with the batch from the ERP: read and checked by masterdata_read.c, gathered by
// masterdata_facts.c, decided by masterdata.c, stored by masterdata_store.c, and looked at by the stages that lock their rows.
#pragma once

#include "handlers/trade.h"

// Every fact begins with the same things. A fact that is not `sound` was parked; one that is `superseded` has
// a newer one of the same key behind it in the batch.
struct fact_account {
    struct item *item;
    bool sound, superseded;
    struct slice key, name, payer, currency, approver, site, gln, sales_rep;
    enum account_status status;
    bool has_credit_limit, has_order_limit;
    int64_t credit_limit, order_limit;
    struct slice *parts; // pairs: the buyer's number, ours
    size_t part_count;
};

struct fact_product {
    struct item *item;
    bool sound, superseded;
    struct slice key, description, gtin, category, unit, units, factors; // the last two with commas
    bool active;
};

struct fact_price {
    struct item *item;
    bool sound, superseded;
    struct slice product, account, currency, unit, from, prices; // the last two with commas
    int32_t valid_from, valid_to;
    bool has_end, deleted;
    int64_t basis;
};

struct fact_stock {
    struct item *item;
    bool sound, superseded;
    struct slice product, site;
    int64_t on_hand, counted_at;
};

struct payment_part {
    struct slice invoice;
    int64_t decimal4, amount, more; // as stated; in minor units; beyond what was allocated before
};
struct fact_payment {
    struct item *item;
    bool sound;
    struct slice number, payer, currency, source;
    int64_t decimal4;           // as stated
    struct payment_part *parts; // what it is allocated to, each invoice once
    size_t part_count;
};

struct facts {
    struct fact_account *accounts;
    struct fact_product *products;
    struct fact_price *prices;
    struct fact_stock *stocks;
    struct fact_payment *payments;
    size_t account_count, product_count, price_count, stock_count, payment_count;
};

// True where the item's document is one of the ERP's records.
bool facts_is_one(const struct item *item);
// The last sound record of an account that came in with the batch; NULL for none.
const struct fact_account *facts_account(const struct facts *facts, struct slice number);
// Reads the batch's facts; unsound ones are parked with a reason that quotes the value.
struct facts *facts_read(struct batch *batch);
// The currency of an account that is stored, or came in with the batch; empty for none.
struct slice facts_currency(const struct trade *trade, struct slice account);
// Writes the sound ones that nothing supersedes.
bool facts_store(struct batch *batch, struct db *db, struct error *error);

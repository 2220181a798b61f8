// SPDX-License-Identifier: Apache-2.0
// The trade's words as C structs: an order, its lines, holds and reasons. An order lives in the batch's
// arena; each stage fills its own named part and reads those before it.
//
// Numbers: amounts in the currency's minor unit (handlers/money.h), unit prices in 1/10000 of the currency
// unit, quantities and unit factors in 1/1000000.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stage.h"

struct account;
struct user;
struct product;
struct stock;
struct change;
struct approval_task;
struct split;
struct agreed_terms;
struct order_rights;
struct order_budget;

// An order's id is its input position, so that a batch that is done again makes the same one.
enum { ORDER_ID_TEXT_SIZE = 40 };
int64_t order_id_of(int32_t shard, int64_t offset);
const char *order_id_text(int64_t id, char text[ORDER_ID_TEXT_SIZE]); // "SHARD-OFFSET"
bool order_id_parse(struct slice text, int64_t *id);

// As stored in sales_order.state; NEW is in no table.
enum order_state {
    ORDER_NEW,
    ORDER_HELD,
    ORDER_ACCEPTED,
    ORDER_REJECTED,
    ORDER_CANCELLED, // by the buyer
    ORDER_STATE_COUNT
};
const char *order_state_name(enum order_state state);

enum hold {
    HOLD_VETTING,
    HOLD_CREDIT,
    HOLD_APPROVAL,
    HOLD_BUDGET,
    HOLD_INFORMATION, // the approver has asked the buyer something
    HOLD_COUNT
};
const char *hold_name(enum hold hold); // "vetting", "credit" ...
bool hold_parse(struct slice text, enum hold *hold);

struct reason {
    const char *code;  // a stable word: unknown_product
    struct slice text; // a sentence for people
    struct slice line; // the buyer's line number; empty for the whole order
};

// What a stage asked of an order, and what came out. One that says EFFECT_APPROVE is a cause for approval.
enum effect { EFFECT_PASS, EFFECT_WARN, EFFECT_APPROVE, EFFECT_HOLD, EFFECT_REFUSE };
const char *effect_name(enum effect effect); // "pass", "warn" ...
struct predicate {
    const char *stage, *code; // "credit", "exposure"
    enum effect effect;
    struct slice text;                // a sentence for people, with the values
    bool has_values;                  // that compare before and after with the threshold
    int64_t before, after, threshold; // in the minor unit of the order's currency
};

// Goods of one site for one line.
struct allocation {
    struct stock *stock;
    int64_t quantity; // base units
    struct allocation *next;
};

// Goods that a stored reservation holds for a line.
struct holding {
    struct slice product, site;
    int32_t event_seq;
    int64_t quantity, freed; // base units; what this batch gives back
    struct holding *next;
};

// What a change does to a line.
enum line_act { LINE_AS_ORDERED, LINE_KEPT, LINE_CHANGED, LINE_ADDED };

struct line {
    // recall: as ordered
    int32_t position; // in the order, from 1; it stays with the line
    struct slice number, seller_part, buyer_part, gtin, description, unit;
    struct slice cost_centre; // empty: the order's
    struct split *splits;     // of several cost centres (handlers/order/split.h)
    size_t split_count;
    int64_t quantity;
    bool has_price, has_amount, has_date, has_quantity;
    int64_t stated_price, stated_basis, stated_amount; // price and amount with 4 decimals
    int32_t requested_date;

    // recall: as stored
    struct holding *holdings;
    int64_t shipped; // base units that have left: no change takes them back
    int64_t closed;  // base units that will not follow
    int64_t sent;    // of the ordered unit, as the ERP has told by now; read under the lock for a change
    bool billed;     // an invoice or a closing speaks of it; read under the lock for a change

    // change
    enum line_act act;

    // validate
    const struct product *known; // NULL where loaded from the database or unknown
    struct slice product, category;
    int64_t factor, base_quantity;
    bool rejected;

    // price; `unit_price` is for `price_basis` of the ordered unit
    bool priced, changed;
    int64_t unit_price, price_basis, amount;
    int32_t discount_permille; // that the account's own price is below the list price; negative: above it
    struct slice trace;

    // reserve; base units but for `confirmed` and `backordered`, which are as answered, in the ordered unit
    int64_t waiting;
    struct allocation *allocations; // of this batch
    int64_t confirmed, backordered;
};

struct order {
    struct item *item; // the input that has the order in this batch
    int64_t id;
    bool loaded;               // from the database
    struct order *repeated_as; // the order in `item`'s document, where that has this order's business key
    bool settled;              // `item` repeats or asks in vain: nothing is decided about it in this batch

    // recall: as ordered
    struct slice account_number, order_number, release, user_name, currency, ship_to, note, channel, partner,
        reply_reference, content_hash;
    struct slice unit, cost_centre, payment_terms; // of the buyer's company
    struct slice contract; // that a new order names; of a stored one it is no longer known
    int32_t version;
    int64_t ordered_at, received_at;
    bool has_date, has_total, test;
    int32_t requested_date;
    int64_t stated_total; // 4 decimals
    struct line *lines;
    size_t line_count;

    // recall: as stored
    struct slice first_hash; // what the buyer wrote first; empty while content_hash is that
    struct change **changes; // that were taken before this batch, oldest first
    size_t change_count;
    enum order_state state;
    int32_t event_seq, response_seq;
    int64_t decided_at, responded_at;
    bool was_held[HOLD_COUNT];
    int64_t stored_booked;

    // change
    struct change *change; // the one that the batch takes, NULL for none
    struct order *before;  // the order as it was, where the batch takes a change
    bool cancelled;        // by the change
    struct line *deleted;  // by the change
    size_t deleted_count;

    // validate
    struct account *account;   // NULL where unknown
    struct slice payer_number; // as stored with a loaded order, else the account's; empty where unknown
    struct account *payer;     // NULL where unknown
    const struct user *user;   // NULL for the account itself
    int exponent;              // of the currency; -1 where nobody knows the currency

    // the verdict: rejected for good, or held by any number of holds, or passed
    bool rejected;
    bool holds[HOLD_COUNT];
    struct slice hold_reasons[HOLD_COUNT];
    bool released[HOLD_COUNT]; // by this batch; set by the stage that had held it
    struct slice actor;        // the person who decided in this batch
    struct reason *reasons;
    size_t reason_count, reason_capacity;
    struct predicate *predicates;
    size_t predicate_count, predicate_capacity;

    // fulfil: what the batch takes into the order
    enum { FULFILLED_NOTHING, FULFILLED_SHIPMENT, FULFILLED_INVOICE } fulfilled;
    struct slice reference; // the shipment's or invoice's number
    const char *progress;   // "open", "partly_shipped", "shipped"

    // credit
    int64_t booked;      // exposure on the payer, in the order's currency
    int64_t credit_rate; // to the payer's currency (handlers/credit/rate.h), while anything is booked
    int64_t booked_later,
        booked_later_group; // of that beyond the payer's horizon and the group's; in their currencies
    bool later_known;       // the two are
    bool has_ceiling;       // what was counted when it was granted:
    int64_t counted, ceiling;
    const char *override; // by whose leave it was granted past the ceiling; NULL for none

    // approval
    struct approval_task *tasks; // all that it ever had, oldest first
    bool planned;                // of a change: what it needs is decided
    struct slice approval_hash;

    // price: the buyer's total until it is priced, then ours
    int64_t total;
    bool priced;

    // rights
    struct order_rights *rights; // of the buyer's company; NULL where the account has none

    // budget
    struct order_budget *budget; // NULL where the account has none

    // terms
    struct agreed_terms *terms; // of payment; NULL where none apply
    bool prepaid;               // their form

    // reserve
    bool filled; // goods were found for what an accepted order still waited for

    // answer
    enum order_state next_state;
    const char *event; // kind of the OrderEvent of this batch; NULL for none
};

// Adds a reason; `line` may be NULL.
void order_reason(struct order *order, struct arena *arena, const char *code, const struct line *line,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
// Adds a reason and rejects the order.
void order_reject(struct order *order, struct arena *arena, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Writes down what a stage has found; its text is in the batch's arena. A stage that decides again forgets first
// what it had found.
void order_found(struct order *order, struct arena *arena, struct predicate predicate);
void order_forget(struct order *order, const char *stage);

// Puts a hold on the order; an open hold of the kind stays as it is.
void order_hold(struct order *order, enum hold hold, struct slice reason);
void order_release(struct order *order, enum hold hold);
bool order_is_held(const struct order *order);
// True where the stages still have something to decide: neither settled, nor finished, nor rejected, nor
// cancelled.
bool order_is_open(const struct order *order);
// True where the line is to be looked at: it is new, or a change has brought it.
bool order_line_is_new(const struct order *order, const struct line *line);

// The last day on which any line of the order is wanted; false where no line has a day.
bool order_latest_date(const struct order *order, int32_t *date);

// Longest key in bytes: account, order number, product and the like. Longer ones are refused with a reason,
// because no index of the database takes them.
enum { KEY_BYTES_MAX = 200 };

// Reads one line of a PurchaseOrder or OrderChange.
void order_read_line(struct line *line, const struct document *document, struct arena *arena);
// Reads a PurchaseOrder document that has its schema's shape. The order's texts point into the document.
struct order *order_read(struct arena *arena, struct item *item);

// SPDX-License-Identifier: Apache-2.0
// The facts of a batch: the orders it decides and what the stages have read about them. recall makes it, each
// stage's gather and lock add to it, decide reads it. Order matters where a decision depends on it, so facts
// that are walked lie in arrays; the indexes only find.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/stage.h"
#include "handlers/index.h"
#include "handlers/order/order.h"

// What each allows stands in handlers/company/vetting.h. "open" and "pending" are older words for approved and under check.
enum account_status {
    ACCOUNT_APPROVED,
    ACCOUNT_APPLIED,
    ACCOUNT_UNDER_CHECK,
    ACCOUNT_AWAITING_OFFSITE,
    ACCOUNT_APPROVED_WITH_LIMITS,
    ACCOUNT_REFUSED,
    ACCOUNT_SUSPENDED,
    ACCOUNT_BLOCKED,
    ACCOUNT_CLOSED,
    ACCOUNT_REVETTING_DUE,
    ACCOUNT_STATUS_COUNT
};
bool account_status_parse(struct slice text, enum account_status *status);
const char *account_status_name(enum account_status status);

struct account {
    struct slice number, name, payer, currency, approver, site;
    struct slice sales_rep; // the seller's own who looks after it
    enum account_status status;
    int exponent; // of the currency
    bool has_credit_limit, has_order_limit;
    int64_t credit_limit, order_limit;
    int64_t exposure;        // as stored
    int64_t running;         // what this batch adds
    bool locked;             // read under the lock
    int64_t company_version; // 0: it has no company (handlers/company/company.h)
    // credit
    struct slice credit_parent;              // empty for none
    bool has_credit_terms, is_credit_parent; // a row of credit_terms is there; others name it as their parent
};

struct user {
    struct slice account, number, name, mail, approver;
    struct slice manager;  // a user's number, empty for none
    struct slice mails;    // "each", "digest", "none"
    struct slice language; // of what he is sent: "fr", "en"; empty for the seller's
    bool active, may_order, may_approve, has_order_limit;
    int64_t order_limit;           // 4 decimals, in the account's currency
    const struct user_role *roles; // handlers/company/company.h; of accounts that have a company
    size_t role_count;
};

struct unit_factor {
    struct slice unit;
    int64_t factor;
};

struct product {
    struct slice number, description, gtin, unit, category;
    bool active;
    struct unit_factor *units;
    size_t unit_count;
};

struct price_step {
    int64_t from, price;
};

struct condition {
    struct slice product, account, currency, unit;
    int32_t valid_from, valid_to;
    bool has_end;
    int64_t price_basis;
    struct price_step *steps;
    size_t step_count;
    struct condition *next; // of the same product and account
};

// Stock of a product at a site.
struct stock {
    struct slice product, site;
    int64_t on_hand, reserved, counted_at;
    int64_t taken;      // what this batch reserves
    struct stock *next; // of the same product, in the order of the sites' names
};

// An entry to book in the ledger of exposure.
struct ledger_entry {
    struct slice payer, source, account;
    int64_t order, amount;
    bool has_ceiling; // credit was granted: what counted then, against which ceiling
    int64_t counted, ceiling;
    const char *override; // by whose leave it was granted past that; NULL for none
};

struct circuit_facts; // circuit's own: circuits and calendars that came in with this batch
struct facts;         // masterdata's own: facts that came in with this batch
struct fulfilment;    // fulfil's own: shipments and invoices
struct budgets;       // budget's own
struct terms_facts;   // terms' own: terms of payment that came in with this batch
struct offers;        // terms' own: those that accounts have
struct digests;       // digest's own: what waits for whom
struct wakeup;        // review's own: who waits for them
struct quoting;       // quote's own: requests for quotes
struct enquiries;     // enquiry's own: questions how far orders are
struct credit_book;   // credit's own: terms, groups, rates and open items

struct catalogues;     // catalogue's own: who wants one
struct company_facts;  // company's own: documents about companies
struct vettings;       // vetting's own: documents about it, and what is known of accounts
struct counters;       // rights' own: what is counted against limits for a period
struct party_messages; // party's own: information about parties

struct trade {
    struct arena *arena;
    struct order **orders; // in order of arrival
    size_t order_count, order_capacity;

    struct change **changes; // in order of arrival
    size_t change_count, change_capacity;

    // What is only asked about: read and priced like orders, never stored as ones.
    struct order **asked;
    size_t asked_count, asked_capacity;

    struct index accounts;   // number
    struct index users;      // account, number or mail in lower case
    struct index parts;      // account, buyer's part: struct slice of the product
    struct index products;   // number
    struct index gtins;      // digits of the GTIN
    struct index conditions; // product, account
    struct index stocks;     // product: the first site
    struct index bought;     // account, product: sold to it before; of those that circuits ask about
    struct index companies;  // account: of handlers/company/company.h; read through trade_company

    struct ledger_entry *entries;
    size_t entry_count, entry_capacity;

    struct facts *facts;
    struct circuit_facts *circuits;
    struct wakeup *wakeup;
    struct fulfilment *fulfilment;
    struct digests *digests; // digest's own
    struct quoting *quoting;
    struct catalogues *catalogues;
    struct budgets *budgets;
    struct party_messages *parties;
    struct terms_facts *terms_facts;
    struct offers *offers;
    struct enquiries *enquiries;
    struct company_facts *company_facts;
    struct credit_book *credit; // NULL where the batch has no need of it
    struct counters *counters;
    struct vettings *vettings;
    bool priced; // the price stage has decided
};

struct trade *trade_new(struct arena *arena);
void trade_add_order(struct trade *trade, struct order *order);
void trade_add_asked(struct trade *trade, struct order *order);
// The orders and then those that are only asked about; NULL behind the last. For what both need: facts.
struct order *trade_looked_at(const struct trade *trade, size_t number);
void trade_add_change(struct trade *trade, struct change *change);
void trade_add_entry(struct trade *trade, struct ledger_entry entry);

// NULL where the batch has read nothing of the kind.
struct account *trade_account(const struct trade *trade, struct slice number);
// By number, else by mail address.
const struct user *trade_user(const struct trade *trade, struct slice account, struct slice name);
const struct product *trade_product(const struct trade *trade, struct slice number);
const struct product *trade_gtin(const struct trade *trade, struct slice gtin);
// A GTIN without the zeros in front: GTINs of different length are then comparable.
struct slice gtin_digits(struct slice gtin);
struct stock *trade_stock(const struct trade *trade, struct slice product);
struct stock *trade_stock_at(const struct trade *trade, struct slice product, struct slice site);

// Adds facts, as gather and tests do.
void trade_put_account(struct trade *trade, struct account *account);
void trade_put_user(struct trade *trade, struct user *user);
void trade_put_part(struct trade *trade, struct slice account, struct slice buyer_part, struct slice product);
void trade_put_product(struct trade *trade, struct product *product);
void trade_put_condition(struct trade *trade, struct condition *condition);
// Stock rows of a product are put in the order of their sites' names.
void trade_put_stock(struct trade *trade, struct stock *stock);

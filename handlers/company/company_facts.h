// SPDX-License-Identifier: Apache-2.0
// Documents about customers' companies that came in with the batch: read by company_read.c, checked by company.c
// against what the account's company holds already (company_draft.h), stored by company_store.c.
#pragma once

#include "handlers/company/company.h"

enum company_kind {
    COMPANY_UNIT,
    COMPANY_USER,
    COMPANY_RIGHTS,
    COMPANY_COST_CENTRE,
    COMPANY_DELEGATION,
    COMPANY_KIND_COUNT
};

struct fact_role {
    struct slice unit;
    enum role role;
    int64_t from, to;
};

struct fact_limit {
    enum limit_kind kind;
    struct slice period, cost_centre, currency;
    int32_t rolling_days;
    int64_t decimal4, amount; // as stated, and in the minor unit once the account's currency is known
    bool gross, refuse;
};

struct company_fact {
    struct item *item;
    enum company_kind kind;
    bool sound;      // not parked
    bool superseded; // a later one of the batch takes its place
    bool deleted;
    struct slice account, key;
    int64_t from, to; // INT64_MIN and INT64_MAX where open

    struct slice title, unit, parent; // of units and cost centres; `unit` bounds rights and delegations
    bool inherits;
    struct slice owner; // of a cost centre

    // User
    struct slice mail, approver, manager, language, mails;
    bool active, may_order, may_approve, has_order_limit;
    int64_t order_limit;
    struct fact_role *roles;
    size_t role_count;

    // Rights
    enum rights_subject subject;
    struct slice *names;
    size_t name_count;
    struct fact_limit *limits;
    size_t limit_count;
    struct entitlement *entitlements;
    size_t entitlement_count;

    // Delegation
    struct slice from_user, to_user, cost_centre, currency;
    bool has_amount, passes_on;
    int64_t decimal4, amount;
};

struct company_draft;

struct company_facts {
    struct company_fact *facts; // in the order of their documents
    size_t count;
    struct index drafts;    // account: of company_draft.h
    struct index asked;     // accounts whose companies are to be gathered and whose rows are to be locked ...
    struct slice *accounts; // ... in the order in which they were asked for
    size_t account_count, account_capacity;
    struct index touched;              // accounts that get a new version ...
    struct db_column touched_accounts; // ... by this batch
};

// True where the item's document is one of these.
bool company_is_one(const struct item *item);
// Reads the batch's documents into trade->company_facts; unsound ones are parked with a reason that quotes the value.
void company_read(struct batch *batch);
// Writes the sound ones that nothing supersedes.
bool company_store(struct batch *batch, struct db *db, struct error *error);

// The words of documents and tables.
const char *rights_subject_name(enum rights_subject subject);
const char *limit_kind_name(enum limit_kind kind);
const char *entitlement_kind_name(enum entitlement_kind kind);
bool entitlement_kind_parse(struct slice text, enum entitlement_kind *kind);
bool limit_kind_parse(struct slice text, enum limit_kind *kind);
bool limit_period_parse(struct slice text, enum limit_period *period);
bool rights_subject_parse(struct slice text, enum rights_subject *subject);

// SPDX-License-Identifier: Apache-2.0
// What an account's company holds at all times, in force or not, as far as documents that change it are checked
// against it: names, and who stands above whom. A document that is taken changes the draft, so that those behind it
// in the batch see it.
#pragma once

#include "handlers/company/company_facts.h"

struct draft_version {
    int64_t from, to; // INT64_MAX where open
    struct slice parent;
    struct draft_version *next; // the next later one
};

struct draft_unit {
    struct slice name;
    struct draft_version *versions; // by `from`, ascending; NULL where all were taken away
    struct draft_unit *next;        // in the draft
};

// A user, and the manager above him; a cost centre, and the one above it.
struct draft_member {
    struct slice name, above;
    bool deleted;
};

struct company_draft {
    struct arena *arena;
    struct slice account;
    int64_t version; // when it was read
    struct index units, users, cost_centres;
    struct draft_unit *unit_list;
    size_t unit_count, version_count, member_count;
};

// Reads the drafts of the accounts given into trade->company_facts.
bool company_drafts_load(struct batch *batch, struct db *db, const struct db_column *accounts,
                         struct error *error);

// The account's draft; an empty one where it has none.
struct company_draft *company_draft_of(struct batch *batch, struct slice account);

// The empty name is the root, which is always there.
bool draft_has_unit(const struct company_draft *draft, struct slice name);
bool draft_has_user(const struct company_draft *draft, struct slice number);
bool draft_has_cost_centre(const struct company_draft *draft, struct slice code);

// Puts or takes away a record of a unit; what stood there under the same first instant is returned, so that
// draft_unit_restore takes the step back.
struct draft_step {
    struct draft_unit *unit;
    struct draft_version *before; // the list as it was
};
struct draft_step draft_unit_put(struct company_draft *draft, struct slice name,
                                 const struct draft_version *version);
struct draft_step draft_unit_remove(struct company_draft *draft, struct slice name, int64_t from);
void draft_unit_restore(struct draft_step step);
// The instant at which a unit would lie under itself, or below more than COMPANY_DEPTH_MAX others. False where there
// is none.
bool draft_unit_circle(const struct company_draft *draft, struct slice name, int64_t *at);
// The name of a unit whose record has this one as its parent; empty for none.
struct slice draft_unit_child(const struct company_draft *draft, struct slice name);

void draft_member_put(struct company_draft *draft, struct index *members, struct slice name,
                      struct slice above);
void draft_member_remove(struct index *members, struct slice name);
// True where `name` would stand above itself, if `above` stood above it.
bool draft_member_circle(const struct company_draft *draft, const struct index *members, struct slice name,
                         struct slice above);

// SPDX-License-Identifier: Apache-2.0
// An approval circuit as C structs, and the pure questions about it: which circuit takes an order, and which of its
// tiers the order needs. Nothing here knows a batch, a table or a clock; the daemon, `comptoirctl circuit check` and
// the unit tests ask the same functions.
//
// A circuit belongs to one account and is immutable once read (handlers/approval/circuit_read.c). Amounts have 4 decimals, as
// in documents, in the circuit's currency; a discount is in thousandths.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

// In the order in which they are asked.
enum circuit_phase { PHASE_DENY, PHASE_BYPASS, PHASE_REQUIRE, PHASE_COUNT };

// What a condition looks at. Conditions on lines must all hold for the same line; which lines that are is the scope
// of the circuit or tier, and `amount` is what these lines cost together: so no order gets through because it is
// cut into many small lines.
enum circuit_field {
    FIELD_TOTAL,
    FIELD_AMOUNT,
    FIELD_LINES, // how many
    FIELD_SHIP_TO,
    FIELD_REQUESTER,
    FIELD_UNIT,
    FIELD_ROLE,
    FIELD_CHANNEL,
    FIELD_BUDGET, // "within" or "over"
    FIELD_CREDIT, // "within" or "over"
    FIELD_CAUSE,  // code of a cause that another stage has found
    FIELD_CATEGORY,
    FIELD_PRODUCT,
    FIELD_BUYER_PART,
    FIELD_COST_CENTRE,
    FIELD_LINE_AMOUNT,
    FIELD_DISCOUNT,    // off the price that the buyer would pay without
    FIELD_FIRST_ORDER, // "yes" where the account has never been sold the product
    FIELD_COUNT
};
const char *circuit_field_name(enum circuit_field field);
bool circuit_field_parse(struct slice text, enum circuit_field *field);
bool circuit_field_is_line(enum circuit_field field);   // of a line, not of the order
bool circuit_field_is_number(enum circuit_field field); // compared by size
bool circuit_field_is_money(enum circuit_field field);  // in the circuit's currency

enum circuit_operator {
    OPERATOR_IS, // any of the values
    OPERATOR_IS_NOT,
    OPERATOR_WITHIN, // unit: in one of these or below; category: one of these or a branch of it ("IT" of "IT/Laptops")
    OPERATOR_ABOVE,
    OPERATOR_AT_LEAST,
    OPERATOR_BELOW,
    OPERATOR_AT_MOST,
    OPERATOR_COUNT
};
const char *circuit_operator_name(enum circuit_operator operator);
bool circuit_operator_parse(struct slice text, enum circuit_operator *operator);
bool circuit_operator_is_number(enum circuit_operator operator);

struct circuit_condition {
    enum circuit_field field;
    enum circuit_operator operator;
    int64_t number; // of operators that compare by size
    const struct slice *values;
    size_t value_count;
};

enum selector_kind {
    SELECTOR_USER,
    SELECTOR_ROLE,
    SELECTOR_MANAGER,
    SELECTOR_UNIT_APPROVER,
    SELECTOR_COST_CENTRE_OWNER,
    SELECTOR_SALES_REP,
    SELECTOR_COUNT
};
const char *circuit_selector_kind_name(enum selector_kind kind);
bool circuit_selector_kind_parse(struct slice text, enum selector_kind *kind);

struct circuit_selector {
    enum selector_kind kind;
    struct slice name, unit;
    int32_t levels; // of MANAGER, from 1
    bool has_limit;
    int64_t limit;
};
// "role finance of unit PARIS", for sentences.
struct slice circuit_selector_text(const struct circuit_selector *selector, struct arena *arena);

// Any of the selectors.
struct circuit_group {
    struct circuit_selector *selectors;
    size_t selector_count;
};

enum tier_mode {
    TIER_ALL,    // each group, at the same time
    TIER_QUORUM, // `quorum` of all persons that the groups name
    TIER_CHAIN,  // each group, one after the other
    TIER_MODE_COUNT
};
const char *circuit_tier_mode_name(enum tier_mode mode);
bool circuit_tier_mode_parse(struct slice text, enum tier_mode *mode);

struct circuit_tier {
    struct slice name;
    enum tier_mode mode;
    int32_t quorum;
    struct circuit_group *groups;
    size_t group_count;
    struct circuit_condition *when, *skip;
    size_t when_count, skip_count;
    int32_t remind_minutes, due_minutes, expire_minutes; // of working time; 0: never
    struct circuit_group escalate;
    bool expiry_rejects; // else it holds
};

struct circuit {
    struct slice name, title, currency, calendar;
    bool active;
    enum circuit_phase phase;
    int32_t priority;
    int64_t valid_from, valid_to; // INT64_MIN, INT64_MAX where open
    struct circuit_condition *conditions;
    size_t condition_count;
    struct circuit_tier *tiers;
    size_t tier_count;
    bool distinct_in_circuit; // else in each tier only
    bool has_tolerance_amount;
    int64_t tolerance_amount;
    int32_t tolerance_permille;
};
const char *circuit_phase_name(enum circuit_phase phase);
bool circuit_phase_parse(struct slice text, enum circuit_phase *phase);

// Limits of a document: a circuit is written by people, and a decision must not take long.
enum {
    CIRCUIT_TIERS_MAX = 20,
    CIRCUIT_GROUPS_MAX = 20,
    CIRCUIT_SELECTORS_MAX = 50,
    CIRCUIT_CONDITIONS_MAX = 50
};
enum { CIRCUIT_VALUES_MAX = 1000, CIRCUITS_MAX = 200 };

// What the conditions look at: an order, seen by the company's rules.
struct circuit_line {
    struct slice number, product, category, buyer_part;
    const struct slice *cost_centres;
    size_t cost_centre_count;
    int64_t amount;
    int64_t discount_permille;
    bool first_order;
};

// A currency in which a circuit states amounts, and the rate into it from the case's (handlers/credit/rate.h).
struct circuit_rate {
    struct slice currency;
    int64_t rate;
};

struct circuit_case {
    struct slice currency, requester, ship_to, channel;
    const struct circuit_rate *rates; // those that are known; the case's own currency needs none
    size_t rate_count;
    const struct slice *units; // the requester's, then those above it
    size_t unit_count;
    const struct slice *roles; // the requester's, there
    size_t role_count;
    int64_t total;
    bool over_budget, over_credit;
    const struct slice *causes;
    size_t cause_count;
    const struct circuit_line *lines;
    size_t line_count;
    int64_t now_us;
};

// The lines that a list of conditions looks at, and what they cost together. `lines` has the case's line_count.
struct circuit_scope {
    bool *lines;
    size_t count;
    int64_t amount;
};

// An amount of the case in another currency, rounded to its minor unit; an empty currency is the case's own. What does
// not fit is as large as any. False where no rate is known.
bool circuit_amount(const struct circuit_case *looked_at, struct slice currency, int64_t amount,
                    int64_t *converted);

// True where all hold. `doubt` is what an amount counts as for which there is no rate into the circuit's currency:
// nobody can tell, so the caller says which answer is the safe one. `scope` may be NULL; it is written whatever the answer.
bool circuit_holds(const struct circuit *circuit, const struct circuit_condition *conditions, size_t count,
                   const struct circuit_case *looked_at, bool doubt, struct arena *arena,
                   struct circuit_scope *scope);

bool circuit_in_force(const struct circuit *circuit, int64_t now_us);
// Denials, then bypasses, then requirements; within a phase by priority, then name.
bool circuit_goes_before(const struct circuit *left, const struct circuit *right);
// Puts circuits into the order in which they are asked.
void circuit_sort(struct circuit **circuits, size_t count);

// The first that takes the order, NULL for none. The circuits are sorted.
const struct circuit *circuit_choose(struct circuit *const *circuits, size_t count,
                                     const struct circuit_case *looked_at, struct arena *arena);
const struct circuit *circuit_named(struct circuit *const *circuits, size_t count, struct slice name);

// True where the order needs the tier; then `scope` has the lines that it looks at.
bool circuit_needs(const struct circuit *circuit, const struct circuit_tier *tier,
                   const struct circuit_case *looked_at, struct arena *arena, struct circuit_scope *scope);

// What an approval of `approved` still covers: true where `amount` is no more than that and the tolerance. Both are in
// the case's currency; without a rate nothing is tolerated.
bool circuit_tolerates(const struct circuit *circuit, const struct circuit_case *looked_at, int64_t approved,
                       int64_t amount);

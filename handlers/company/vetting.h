// SPDX-License-Identifier: Apache-2.0
// Account opening under control: the states of an account, what each allows, and the checks that lead from one to the
// other.
#pragma once

#include "handlers/trade.h"

// What a state lets an account do.
enum gate {
    GATE_YES,
    GATE_WAIT,   // held until the account is approved, or refused at once (setting vetting.pending)
    GATE_LIMITS, // up to what it is approved for
    GATE_NO
};
enum vetting_action { VETTING_QUOTE, VETTING_ORDER, VETTING_PREPAID, VETTING_ACTION_COUNT };
enum gate vetting_gate(enum account_status status, enum vetting_action action);
// False for an account that gets neither quotes nor prices.
bool vetting_may_quote(enum account_status status);

// The reason's code where an account's state stands against it: "account_blocked".
const char *vetting_code(enum account_status status);

enum check_source { CHECK_INTERNAL, CHECK_OFFSITE, CHECK_AGENCY, CHECK_SOURCE_COUNT };
enum check_result { CHECK_REQUESTED, CHECK_PASSED, CHECK_LIMITED, CHECK_FAILED, CHECK_RESULT_COUNT };
bool check_source_parse(struct slice text, enum check_source *source);
bool check_result_parse(struct slice text, enum check_result *result);
const char *check_source_name(enum check_source source);
const char *check_result_name(enum check_result result);

struct vetting_check {
    struct slice id, kind, verifier, evidence, note;
    enum check_source source;
    enum check_result result;
    bool has_valid_to, has_order_max;
    int64_t checked_at, valid_to; // checked_at 0: requested
    int64_t order_max;            // minor unit
    bool changed;                 // by this batch
};

// What is known of one account's vetting; read under the lock of its row.
struct vetting {
    struct slice account;
    struct item *item;          // the document that has it looked at
    enum account_status before; // the state as stored
    enum account_status after;  // ... and as decided
    bool is_new;                // the account came in with this batch
    bool stored, changed;       // the row of table vetting
    bool has_plan;
    struct slice *required;
    size_t required_count;
    bool has_order_max, prepaid_only, by_checks;
    int64_t order_max;
    struct vetting_check *checks; // by id
    size_t check_count, check_capacity;
};

// The state that follows from the state that the account is in, its plan and its checks. `reason` says why where it is
// another one, and `by_checks` is set then.
enum account_status vetting_state(struct vetting *vetting, enum account_status status, int64_t now_us,
                                  struct arena *arena, struct slice *reason);
// The first instant at which a required result ends that counts now; INT64_MAX for none.
int64_t vetting_ends(const struct vetting *vetting, int64_t now_us);
// What an account that is approved with limits may order at most; false where no amount is known.
bool vetting_order_max(const struct vetting *vetting, int64_t *amount);

// NULL where nothing was read of the account.
struct vetting *trade_vetting(const struct trade *trade, struct slice account);

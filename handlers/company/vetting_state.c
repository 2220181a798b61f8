// SPDX-License-Identifier: Apache-2.0
// What each state allows, and how checks lead from one state to the other: pure.
#include "handlers/company/vetting.h"

#include <assert.h>

// An account that is not approved yet waits or is refused by setting; one that is refused, blocked or closed for good
// gets nothing. Goods that are paid before they leave are no risk of credit, so they pass earlier.
static const enum gate gates[ACCOUNT_STATUS_COUNT][VETTING_ACTION_COUNT] = {
    // quote, order, prepaid order
    [ACCOUNT_APPLIED] = { GATE_WAIT, GATE_WAIT, GATE_WAIT },
    [ACCOUNT_UNDER_CHECK] = { GATE_WAIT, GATE_WAIT, GATE_WAIT },
    [ACCOUNT_AWAITING_OFFSITE] = { GATE_YES, GATE_WAIT, GATE_YES },
    [ACCOUNT_APPROVED] = { GATE_YES, GATE_YES, GATE_YES },
    [ACCOUNT_APPROVED_WITH_LIMITS] = { GATE_YES, GATE_LIMITS, GATE_YES },
    [ACCOUNT_REFUSED] = { GATE_NO, GATE_NO, GATE_NO },
    [ACCOUNT_SUSPENDED] = { GATE_NO, GATE_WAIT, GATE_WAIT },
    [ACCOUNT_BLOCKED] = { GATE_NO, GATE_NO, GATE_NO },
    [ACCOUNT_CLOSED] = { GATE_NO, GATE_NO, GATE_NO },
    [ACCOUNT_REVETTING_DUE] = { GATE_YES, GATE_WAIT, GATE_YES },
};

enum gate vetting_gate(enum account_status status, enum vetting_action action)
{
    assert(status < ACCOUNT_STATUS_COUNT && action < VETTING_ACTION_COUNT);
    return gates[status][action];
}

// --- Words

static const char *const sources[CHECK_SOURCE_COUNT] = { "internal", "offsite", "agency" };
static const char *const results[CHECK_RESULT_COUNT] = { "requested", "passed", "limited", "failed" };

bool check_source_parse(struct slice text, enum check_source *source)
{
    for (int i = 0; i < CHECK_SOURCE_COUNT; i++)
        if (slice_is(text, sources[i])) {
            *source = (enum check_source)i;
            return true;
        }
    return false;
}

bool check_result_parse(struct slice text, enum check_result *result)
{
    for (int i = 0; i < CHECK_RESULT_COUNT; i++)
        if (slice_is(text, results[i])) {
            *result = (enum check_result)i;
            return true;
        }
    return false;
}

const char *check_source_name(enum check_source source)
{
    assert(source < CHECK_SOURCE_COUNT);
    return sources[source];
}

const char *check_result_name(enum check_result result)
{
    assert(result < CHECK_RESULT_COUNT);
    return results[result];
}

// --- From checks to a state

// The result of a kind that was found last, NULL for none; and whether one is still asked for.
static const struct vetting_check *latest(const struct vetting *vetting, struct slice kind)
{
    const struct vetting_check *found = NULL;
    for (size_t i = 0; i < vetting->check_count; i++) {
        const struct vetting_check *check = &vetting->checks[i];
        if (slice_equal(check->kind, kind) && check->result != CHECK_REQUESTED &&
            (!found || check->checked_at >= found->checked_at))
            found = check;
    }
    return found;
}

static bool waits_offsite(const struct vetting *vetting, struct slice kind)
{
    for (size_t i = 0; i < vetting->check_count; i++) {
        const struct vetting_check *check = &vetting->checks[i];
        if (slice_equal(check->kind, kind) && check->result == CHECK_REQUESTED &&
            check->source == CHECK_OFFSITE)
            return true;
    }
    return false;
}

static bool has_ended(const struct vetting_check *check, int64_t now_us)
{
    return check->has_valid_to && check->valid_to <= now_us;
}

// What the required checks come to.
struct summary {
    struct slice failed, ended, missing; // a kind of each; empty for none
    bool limited, all_missing_offsite;
};

static struct summary summary_of(const struct vetting *vetting, int64_t now_us)
{
    struct summary summary = { .all_missing_offsite = true };
    for (size_t i = 0; i < vetting->required_count; i++) {
        struct slice kind = vetting->required[i];
        const struct vetting_check *check = latest(vetting, kind);
        if (!check) {
            summary.missing = kind;
            summary.all_missing_offsite = summary.all_missing_offsite && waits_offsite(vetting, kind);
        } else if (check->result == CHECK_FAILED) {
            summary.failed = kind;
        } else if (has_ended(check, now_us)) {
            summary.ended = kind;
        } else if (check->result == CHECK_LIMITED) {
            summary.limited = true;
        }
    }
    return summary;
}

static enum account_status become(struct vetting *vetting, enum account_status status,
                                  enum account_status next, struct slice why, struct slice *reason)
{
    if (next != status) {
        vetting->by_checks = true;
        vetting->changed = true;
        *reason = why;
    }
    return next;
}

// Of an account that is not approved yet, or was refused by its checks.
static enum account_status before_approval(struct vetting *vetting, enum account_status status,
                                           struct summary summary, struct arena *arena, struct slice *reason)
{
    if (!slice_empty(summary.failed))
        return become(vetting, status, ACCOUNT_REFUSED,
                      arena_printf(arena, "the check '%.*s' failed", SLICE_ARGS(summary.failed)), reason);
    struct slice open = slice_empty(summary.missing) ? summary.ended : summary.missing;
    if (!slice_empty(open)) {
        bool offsite = slice_empty(summary.ended) && summary.all_missing_offsite;
        if (!offsite && status == ACCOUNT_APPLIED && vetting->check_count == 0)
            return status;
        return become(vetting, status, offsite ? ACCOUNT_AWAITING_OFFSITE : ACCOUNT_UNDER_CHECK,
                      arena_printf(arena, "the check '%.*s' is %s", SLICE_ARGS(open),
                                   offsite                        ? "awaited from off-site"
                                   : slice_empty(summary.missing) ? "no longer valid"
                                                                  : "still to be made"),
                      reason);
    }
    bool limits = summary.limited || vetting->has_order_max || vetting->prepaid_only;
    return become(vetting, status, limits ? ACCOUNT_APPROVED_WITH_LIMITS : ACCOUNT_APPROVED,
                  SLICE("all checks are passed"), reason);
}

// Of an account that was approved: the ERP's word stands until a result fails or ends.
static enum account_status after_approval(struct vetting *vetting, enum account_status status,
                                          struct summary summary, struct arena *arena, struct slice *reason)
{
    if (!slice_empty(summary.failed))
        return become(vetting, status, ACCOUNT_SUSPENDED,
                      arena_printf(arena, "the check '%.*s' failed", SLICE_ARGS(summary.failed)), reason);
    if (!slice_empty(summary.ended))
        return become(vetting, status, ACCOUNT_REVETTING_DUE,
                      arena_printf(arena, "the check '%.*s' is no longer valid", SLICE_ARGS(summary.ended)),
                      reason);
    if (status == ACCOUNT_APPROVED || status == ACCOUNT_APPROVED_WITH_LIMITS || !slice_empty(summary.missing))
        return status;
    return before_approval(vetting, status, summary, arena, reason);
}

enum account_status vetting_state(struct vetting *vetting, enum account_status status, int64_t now_us,
                                  struct arena *arena, struct slice *reason)
{
    *reason = (struct slice){ 0 };
    if (vetting->required_count == 0)
        return status;
    struct summary summary = summary_of(vetting, now_us);
    switch (status) {
    case ACCOUNT_APPLIED:
    case ACCOUNT_UNDER_CHECK:
    case ACCOUNT_AWAITING_OFFSITE:
        return before_approval(vetting, status, summary, arena, reason);
    case ACCOUNT_REFUSED:
        return vetting->by_checks ? before_approval(vetting, status, summary, arena, reason) : status;
    case ACCOUNT_SUSPENDED:
        return vetting->by_checks ? after_approval(vetting, status, summary, arena, reason) : status;
    case ACCOUNT_APPROVED:
    case ACCOUNT_APPROVED_WITH_LIMITS:
    case ACCOUNT_REVETTING_DUE:
        return after_approval(vetting, status, summary, arena, reason);
    case ACCOUNT_BLOCKED:
    case ACCOUNT_CLOSED:
    case ACCOUNT_STATUS_COUNT:
        break;
    }
    return status;
}

int64_t vetting_ends(const struct vetting *vetting, int64_t now_us)
{
    int64_t ends = INT64_MAX;
    for (size_t i = 0; i < vetting->required_count; i++) {
        const struct vetting_check *check = latest(vetting, vetting->required[i]);
        if (check && check->result != CHECK_FAILED && check->has_valid_to && check->valid_to > now_us &&
            check->valid_to < ends)
            ends = check->valid_to;
    }
    return ends;
}

bool vetting_order_max(const struct vetting *vetting, int64_t *amount)
{
    bool has = vetting->has_order_max;
    *amount = has ? vetting->order_max : INT64_MAX;
    for (size_t i = 0; i < vetting->required_count; i++) {
        const struct vetting_check *check = latest(vetting, vetting->required[i]);
        if (check && check->result == CHECK_LIMITED && check->has_order_max) {
            *amount = check->order_max < *amount ? check->order_max : *amount;
            has = true;
        }
    }
    return has;
}

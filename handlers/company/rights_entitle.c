// SPDX-License-Identifier: Apache-2.0
// May this user order in this unit, and may this be ordered? All that is wrong is said.
#include "handlers/company/rights.h"
#include "handlers/order/change.h"
#include "handlers/order/split.h"
#include "handlers/order/validate.h"
#include "handlers/terms/terms_agreed.h"

// "tools" means "tools/hand", too.
static bool category_within(struct slice category, struct slice value)
{
    return slice_equal(category, value) || (category.size > value.size && category.data[value.size] == '/' &&
                                            memcmp(category.data, value.data, value.size) == 0);
}

static bool matches(const struct entitlement *entitlement, struct slice value)
{
    return entitlement->kind == ENTITLED_CATEGORY ? category_within(value, entitlement->value)
                                                  : slice_equal(value, entitlement->value);
}

static bool has(const struct rights *rights, enum entitlement_kind kind, bool deny, const struct slice *value)
{
    for (size_t i = 0; i < rights->entitlement_count; i++) {
        const struct entitlement *entitlement = &rights->entitlements[i];
        if (entitlement->kind == kind && entitlement->deny == deny &&
            (!value || matches(entitlement, *value)))
            return true;
    }
    return false;
}

static bool level_allows(const struct order_rights *its, int level, enum entitlement_kind kind,
                         const struct slice *value)
{
    for (size_t i = 0; i < its->applied_count; i++)
        if (its->applied[i].level == level && has(its->applied[i].rights, kind, false, value))
            return true;
    return false;
}

// The right that stands against it, NULL where none does: one that denies it, or one that allows others of the kind
// where its level does not allow this one.
static const struct rights *against(const struct order_rights *its, enum entitlement_kind kind,
                                    struct slice value, bool *denied)
{
    for (size_t i = 0; i < its->applied_count; i++)
        if (has(its->applied[i].rights, kind, true, &value)) {
            *denied = true;
            return its->applied[i].rights;
        }
    *denied = false;
    for (size_t i = 0; i < its->applied_count; i++)
        if (has(its->applied[i].rights, kind, false, NULL) &&
            !level_allows(its, its->applied[i].level, kind, &value))
            return its->applied[i].rights;
    return NULL;
}

// Those that were agreed, else those that the buyer asks for.
static struct slice terms_of(const struct order *order)
{
    return order->terms ? order->terms->terms.id : order->payment_terms;
}

static void check_head(const struct trade *trade, struct order *order, enum entitlement_kind kind,
                       const char *code, const char *what, struct slice value)
{
    bool denied;
    const struct rights *rights = against(order->rights, kind, value, &denied);
    if (!rights)
        return;
    if (slice_empty(value))
        order_reject(order, trade->arena, code, "the order names no %s, and rights %.*s allow only some",
                     what, SLICE_ARGS(rights->id));
    else
        order_reject(order, trade->arena, code, "the %s '%.*s' is %s by rights %.*s", what, SLICE_ARGS(value),
                     denied ? "denied" : "not allowed", SLICE_ARGS(rights->id));
}

static void check_line(const struct trade *trade, struct order *order, struct line *line)
{
    bool denied;
    const struct rights *rights = against(order->rights, ENTITLED_CATEGORY, line->category, &denied);
    if (rights) {
        order_reason(order, trade->arena, "category_not_allowed", line,
                     "line %.*s: the category '%.*s' of product %.*s is %s by rights %.*s",
                     SLICE_ARGS(line->number), SLICE_ARGS(line->category), SLICE_ARGS(line->product),
                     denied ? "denied" : "not allowed", SLICE_ARGS(rights->id));
        validate_line_failed(order, line);
    }
    rights = against(order->rights, ENTITLED_PRODUCT, line->product, &denied);
    if (rights) {
        order_reason(order, trade->arena, "product_not_allowed", line,
                     "line %.*s: product %.*s is %s by rights %.*s", SLICE_ARGS(line->number),
                     SLICE_ARGS(line->product), denied ? "denied" : "not allowed", SLICE_ARGS(rights->id));
        validate_line_failed(order, line);
    }
}

static void check_cost_centre(const struct trade *trade, struct order *order, const struct line *line,
                              struct slice code)
{
    const struct company *company = order->rights->company;
    // A company that lists none takes whatever the buyer writes.
    if (slice_empty(code) || company->cost_centre_count == 0 || company_cost_centre(company, code))
        return;
    order_reason(order, trade->arena, "unknown_cost_centre", line,
                 "%s%.*s%saccount %.*s has no cost centre '%.*s'", line ? "line " : "",
                 SLICE_ARGS(line ? line->number : (struct slice){ 0 }), line ? ": " : "",
                 SLICE_ARGS(order->account_number), SLICE_ARGS(code));
    order->rejected = true;
}

static void check_cost_centres(const struct trade *trade, struct order *order)
{
    check_cost_centre(trade, order, NULL, order->cost_centre);
    for (size_t i = 0; i < order->line_count; i++) {
        const struct line *line = &order->lines[i];
        if (!order_line_is_new(order, line))
            continue;
        check_cost_centre(trade, order, line, line->cost_centre);
        for (size_t j = 0; j < line->split_count; j++)
            check_cost_centre(trade, order, line, line->splits[j].cost_centre);
    }
}

static void check_role(const struct trade *trade, struct order *order)
{
    const struct order_rights *its = order->rights;
    if (!order->user || !order->user->active || !order->user->may_order ||
        company_has_role(its->company, order->user, its->unit, ROLE_BUYER) ||
        company_has_role(its->company, order->user, its->unit, ROLE_REQUESTER))
        return;
    order_reject(order, trade->arena, "user_may_not_order_here",
                 "user %.*s has no role to order for %s%.*s%s", SLICE_ARGS(order->user->number),
                 slice_empty(its->unit->name) ? "the whole company" : "unit '", SLICE_ARGS(its->unit->name),
                 slice_empty(its->unit->name) ? "" : "'");
}

void rights_check_entitlements(const struct trade *trade, struct order *order)
{
    struct order_rights *its = order->rights;
    bool by_user = !order->loaded || (order->change && !slice_empty(order->change->user));
    if (!its->unit) {
        order_reject(order, trade->arena, "unknown_company_unit", "account %.*s has no unit '%.*s'",
                     SLICE_ARGS(order->account_number), SLICE_ARGS(order->unit));
        return;
    }
    if (by_user)
        check_role(trade, order);
    check_cost_centres(trade, order);
    check_head(trade, order, ENTITLED_SHIP_TO, "ship_to_not_allowed", "ship-to", order->ship_to);
    check_head(trade, order, ENTITLED_PAYMENT_TERMS, "payment_terms_not_allowed", "payment terms",
               terms_of(order));
    for (size_t i = 0; i < order->line_count; i++)
        if (order_line_is_new(order, &order->lines[i]) && order->lines[i].known)
            check_line(trade, order, &order->lines[i]);
    validate_lines_left(order, trade->arena);
}

// SPDX-License-Identifier: Apache-2.0
// Does a document fit the company that there is? What it names must be known, and nothing may stand above itself.
#include "handlers/company/company_check.h"

#include "base/clock.h"
#include "handlers/company/rights.h"
#include "handlers/money.h"

static bool park(struct batch *batch, struct company_fact *fact, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool park(struct batch *batch, struct company_fact *fact, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(batch->arena, format, arguments);
    va_end(arguments);
    batch_park(batch, fact->item, "%.*s", SLICE_ARGS(text));
    return false;
}

// "rights R1 of account A1"
static struct slice name_of(struct batch *batch, const struct company_fact *fact)
{
    static const char *const kinds[COMPANY_KIND_COUNT] = { "unit", "user", "rights", "cost centre",
                                                           "delegation" };
    return arena_printf(batch->arena, "%s %.*s of account %.*s", kinds[fact->kind], SLICE_ARGS(fact->key),
                        SLICE_ARGS(fact->account));
}

static bool unknown(struct batch *batch, struct company_fact *fact, const char *what, struct slice name)
{
    return park(batch, fact, "%.*s names the unknown %s '%.*s'", SLICE_ARGS(name_of(batch, fact)), what,
                SLICE_ARGS(name));
}

static bool fits_currency(struct batch *batch, struct company_fact *fact, struct slice theirs,
                          struct slice ours, int64_t decimal4, int64_t *minor)
{
    char text[DECIMAL_TEXT_SIZE];
    if (!slice_empty(theirs) && !slice_equal(theirs, ours))
        return park(batch, fact, "%.*s has an amount in %.*s, but the account's orders are in %.*s",
                    SLICE_ARGS(name_of(batch, fact)), SLICE_ARGS(theirs), SLICE_ARGS(ours));
    return money_minor(decimal4, money_exponent(ours), minor) ||
           park(batch, fact, "the amount %s of %.*s is finer than the minor unit of %.*s",
                decimal_text(decimal4, MONEY_SCALE, text), SLICE_ARGS(name_of(batch, fact)),
                SLICE_ARGS(ours));
}

// --- Units

static bool circle(struct batch *batch, struct company_draft *draft, struct company_fact *fact,
                   struct draft_step step)
{
    char text[INSTANT_TEXT_SIZE];
    int64_t at;
    if (!draft_unit_circle(draft, fact->key, &at))
        return true;
    draft_unit_restore(step);
    return park(batch, fact, "%.*s would lie under itself, or below more than %d others, from %s on",
                SLICE_ARGS(name_of(batch, fact)), COMPANY_DEPTH_MAX, at ? instant_text(at, text) : "ever");
}

static bool remove_unit(struct batch *batch, struct company_draft *draft, struct company_fact *fact)
{
    struct draft_step step = draft_unit_remove(draft, fact->key, fact->from);
    struct slice child = draft_unit_child(draft, fact->key);
    if (!step.unit->versions && !slice_empty(child)) {
        draft_unit_restore(step);
        return park(batch, fact, "%.*s cannot be taken away: unit '%.*s' lies under it",
                    SLICE_ARGS(name_of(batch, fact)), SLICE_ARGS(child));
    }
    return circle(batch, draft, fact, step);
}

static bool check_unit(struct batch *batch, struct company_draft *draft, struct slice currency,
                       struct company_fact *fact)
{
    (void)currency;
    if (fact->deleted)
        return remove_unit(batch, draft, fact);
    if (!draft_has_unit(draft, fact->parent))
        return unknown(batch, fact, "unit", fact->parent);
    if (draft->version_count >= COMPANY_UNITS_MAX)
        return park(batch, fact, "account %.*s has %d records of units already, and no more can be kept",
                    SLICE_ARGS(fact->account), COMPANY_UNITS_MAX);
    draft->version_count++;
    return circle(batch, draft, fact,
                  draft_unit_put(draft, fact->key,
                                 &(struct draft_version){ fact->from, fact->to, fact->parent, NULL }));
}

// --- People

static bool check_user(struct batch *batch, struct company_draft *draft, struct slice currency,
                       struct company_fact *fact)
{
    (void)currency;
    for (size_t i = 0; i < fact->role_count; i++)
        if (!draft_has_unit(draft, fact->roles[i].unit))
            return unknown(batch, fact, "unit", fact->roles[i].unit);
    if (draft_member_circle(draft, &draft->users, fact->key, fact->manager))
        return park(batch, fact, "%.*s would be his own manager by '%.*s'", SLICE_ARGS(name_of(batch, fact)),
                    SLICE_ARGS(fact->manager));
    draft_member_put(draft, &draft->users, fact->key, fact->manager);
    return true;
}

static bool check_delegation(struct batch *batch, struct company_draft *draft, struct slice currency,
                             struct company_fact *fact)
{
    if (fact->deleted)
        return true;
    if (!draft_has_user(draft, fact->from_user))
        return unknown(batch, fact, "user", fact->from_user);
    if (!draft_has_user(draft, fact->to_user))
        return unknown(batch, fact, "user", fact->to_user);
    if (!draft_has_unit(draft, fact->unit))
        return unknown(batch, fact, "unit", fact->unit);
    if (!slice_empty(fact->cost_centre) && !draft_has_cost_centre(draft, fact->cost_centre))
        return unknown(batch, fact, "cost centre", fact->cost_centre);
    return fits_currency(batch, fact, fact->currency, currency, fact->decimal4, &fact->amount);
}

static bool check_cost_centre(struct batch *batch, struct company_draft *draft, struct slice currency,
                              struct company_fact *fact)
{
    (void)currency;
    if (fact->deleted) {
        draft_member_remove(&draft->cost_centres, fact->key);
        return true;
    }
    if (!draft_has_unit(draft, fact->unit))
        return unknown(batch, fact, "unit", fact->unit);
    if (!slice_empty(fact->parent) && !draft_has_cost_centre(draft, fact->parent))
        return unknown(batch, fact, "cost centre", fact->parent);
    if (!slice_empty(fact->owner) && !draft_has_user(draft, fact->owner))
        return unknown(batch, fact, "user", fact->owner);
    if (draft_member_circle(draft, &draft->cost_centres, fact->key, fact->parent))
        return park(batch, fact, "%.*s would lie under itself by '%.*s'", SLICE_ARGS(name_of(batch, fact)),
                    SLICE_ARGS(fact->parent));
    draft_member_put(draft, &draft->cost_centres, fact->key, fact->parent);
    return true;
}

// --- Rights

static bool check_rights(struct batch *batch, struct company_draft *draft, struct slice currency,
                         struct company_fact *fact)
{
    if (fact->deleted)
        return true;
    if (!draft_has_unit(draft, fact->unit))
        return unknown(batch, fact, "unit", fact->unit);
    for (size_t i = 0; i < fact->name_count; i++) {
        if (fact->subject == RIGHTS_OF_USERS && !draft_has_user(draft, fact->names[i]))
            return unknown(batch, fact, "user", fact->names[i]);
        if (fact->subject == RIGHTS_OF_UNITS && !draft_has_unit(draft, fact->names[i]))
            return unknown(batch, fact, "unit", fact->names[i]);
    }
    for (size_t i = 0; i < fact->limit_count; i++) {
        struct fact_limit *limit = &fact->limits[i];
        if (!slice_empty(limit->cost_centre) && !draft_has_cost_centre(draft, limit->cost_centre))
            return unknown(batch, fact, "cost centre", limit->cost_centre);
        if (limit->gross && rights_tax_permille() == 0)
            return park(batch, fact,
                        "%.*s has a gross limit, but no tax is known here: set rights.tax_permille",
                        SLICE_ARGS(name_of(batch, fact)));
        if (!fits_currency(batch, fact, limit->currency, currency, limit->decimal4, &limit->amount))
            return false;
    }
    return true;
}

bool company_check(struct batch *batch, struct company_draft *draft, struct slice currency,
                   struct company_fact *fact)
{
    static bool (*const checks[COMPANY_KIND_COUNT])(struct batch *, struct company_draft *, struct slice,
                                                    struct company_fact *) = {
        [COMPANY_UNIT] = check_unit,
        [COMPANY_USER] = check_user,
        [COMPANY_RIGHTS] = check_rights,
        [COMPANY_COST_CENTRE] = check_cost_centre,
        [COMPANY_DELEGATION] = check_delegation,
    };
    return checks[fact->kind](batch, draft, currency, fact);
}

// SPDX-License-Identifier: Apache-2.0
// Looking things up in a company.
#include "handlers/company/company_parts.h"
#include "handlers/order/order.h"

static const struct slice none;

const struct company *trade_company(const struct trade *trade, struct slice account)
{
    return index_get(&trade->companies, account, none);
}

const struct unit *company_unit(const struct company *company, struct slice name)
{
    return slice_empty(name) ? company->root : index_get(&company->unit_index, name, none);
}

const struct user *company_user(const struct company *company, struct slice name)
{
    const struct user *user = index_get(&company->user_index, name, none);
    char mail[KEY_BYTES_MAX];
    if (user || slice_empty(name) || name.size > sizeof mail)
        return user;
    for (size_t i = 0; i < name.size; i++)
        mail[i] =
            (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] - 'A' + 'a' : name.data[i]);
    return index_get(&company->user_index, (struct slice){ mail, name.size }, COMPANY_BY_MAIL);
}

const struct cost_centre *company_cost_centre(const struct company *company, struct slice code)
{
    return index_get(&company->cost_centre_index, code, none);
}

bool unit_within(const struct unit *unit, const struct unit *above)
{
    while (unit && unit->depth > above->depth)
        unit = unit->parent;
    return unit == above;
}

bool unit_inherits_from(const struct unit *unit, const struct unit *above)
{
    while (unit && unit != above) {
        if (!unit->inherits)
            return false;
        unit = unit->parent;
    }
    return unit != NULL;
}

bool company_has_role(const struct company *company, const struct user *user, const struct unit *unit,
                      enum role role)
{
    (void)company;
    if (!user || !user->active)
        return false;
    for (size_t i = 0; i < user->role_count; i++)
        if (user->roles[i].role == role && unit_inherits_from(unit, user->roles[i].unit))
            return true;
    return false;
}

size_t company_holders(const struct company *company, const struct unit *unit, enum role role,
                       struct arena *arena, const struct user ***users)
{
    const struct company_holders *holders =
        index_get(&company->holder_index, unit->name, slice_of(role_name(role)));
    size_t count = holders ? holders->count : 0;
    *users = ARENA_ARRAY(arena, count, const struct user *);
    for (size_t i = 0; i < count; i++)
        (*users)[i] = holders->users[i];
    return count;
}

const struct user *company_manager(const struct company *company, const struct user *user, int levels)
{
    for (; user && levels > 0; levels--)
        user = slice_empty(user->manager) ? NULL : index_get(&company->user_index, user->manager, none);
    return user;
}

const struct unit *company_home(const struct company *company, const struct user *user)
{
    return user && user->role_count ? user->roles[0].unit : company->root;
}

const struct unit *company_order_unit(const struct company *company, const struct order *order)
{
    if (!company)
        return NULL;
    if (!slice_empty(order->unit))
        return company_unit(company, order->unit);
    return company_home(company, company_user(company, order->user_name));
}

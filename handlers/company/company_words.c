// SPDX-License-Identifier: Apache-2.0
// The words by which documents and tables speak of companies.
#include <assert.h>

#include "handlers/company/company_facts.h"

static const char *const roles[] = { "requester", "buyer", "approver", "accounting", "administrator" };
static const char *const subjects[] = { "user", "role", "unit" };
static const char *const kinds[] = { "order", "line", "period" };
static const char *const periods[] = { "day", "week", "month", "quarter", "year", "rolling" };
static const char *const entitlements[] = { "category", "product", "ship_to", "payment_terms" };

#define COUNT(words) (sizeof(words) / sizeof *(words))

static bool find(const char *const *words, size_t count, struct slice text, size_t *at)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(text, words[i])) {
            *at = i;
            return true;
        }
    return false;
}

const char *role_name(enum role role)
{
    assert(role < COUNT(roles));
    return roles[role];
}

const char *rights_subject_name(enum rights_subject subject)
{
    assert(subject < COUNT(subjects));
    return subjects[subject];
}

const char *limit_kind_name(enum limit_kind kind)
{
    assert(kind < COUNT(kinds));
    return kinds[kind];
}

const char *entitlement_kind_name(enum entitlement_kind kind)
{
    assert(kind < COUNT(entitlements));
    return entitlements[kind];
}

bool role_parse(struct slice text, enum role *role)
{
    size_t at;
    if (!find(roles, COUNT(roles), text, &at))
        return false;
    *role = (enum role)at;
    return true;
}

bool rights_subject_parse(struct slice text, enum rights_subject *subject)
{
    size_t at;
    if (!find(subjects, COUNT(subjects), text, &at))
        return false;
    *subject = (enum rights_subject)at;
    return true;
}

bool limit_kind_parse(struct slice text, enum limit_kind *kind)
{
    size_t at;
    if (!find(kinds, COUNT(kinds), text, &at))
        return false;
    *kind = (enum limit_kind)at;
    return true;
}

bool limit_period_parse(struct slice text, enum limit_period *period)
{
    size_t at;
    if (!find(periods, COUNT(periods), text, &at))
        return false;
    *period = (enum limit_period)at;
    return true;
}

bool entitlement_kind_parse(struct slice text, enum entitlement_kind *kind)
{
    size_t at;
    if (!find(entitlements, COUNT(entitlements), text, &at))
        return false;
    *kind = (enum entitlement_kind)at;
    return true;
}

// SPDX-License-Identifier: Apache-2.0
// Documents about companies into facts. What stands in the document alone is checked here; what needs the rest of the
// company, in company.c.
#include "handlers/company/company_facts.h"
#include "handlers/fact_reader.h"

static bool list_within(struct reader *reader, const char *name, uint32_t most, size_t *count)
{
    const struct document *list = document_get(reader->document, name);
    *count = list ? list->count : 0;
    return *count <= most ||
           reader_park(reader, "the %s has %zu %s, more than %u", reader->item->type, *count, name, most);
}

// An item of a list is read like a document of its own.
static struct reader reader_of_item(const struct reader *reader, const struct document *item)
{
    return (struct reader){ reader->batch, reader->item, item };
}

static bool read_unit(struct reader *reader, struct company_fact *fact)
{
    if (!reader_required(reader, "unit", &fact->key) || !reader_optional(reader, "parent", &fact->parent) ||
        !reader_validity(reader, &fact->from, &fact->to))
        return false;
    // The record's first instant is part of its key; 1970 stands for "always".
    fact->from = fact->from < 0 ? 0 : fact->from;
    fact->title = document_text(reader->document, "title");
    fact->inherits = document_boolean(reader->document, "inherits", true);
    return !slice_equal(fact->key, fact->parent) ||
           reader_park(reader, "unit '%.*s' of account %.*s is its own parent", SLICE_ARGS(fact->key),
                       SLICE_ARGS(fact->account));
}

static bool read_role(struct reader *reader, const struct document *item, struct company_fact *fact,
                      struct fact_role *role)
{
    struct reader inner = reader_of_item(reader, item);
    struct slice name = document_text(item, "role");
    if (!reader_optional(&inner, "unit", &role->unit) || !reader_validity(&inner, &role->from, &role->to))
        return false;
    return role_parse(name, &role->role) ||
           reader_park(reader, "user %.*s of account %.*s has the unknown role '%.*s'", SLICE_ARGS(fact->key),
                       SLICE_ARGS(fact->account), SLICE_ARGS(name));
}

static bool read_mails(struct reader *reader, struct company_fact *fact)
{
    fact->mails = document_text(reader->document, "mails");
    if (slice_empty(fact->mails))
        fact->mails = SLICE("each");
    return slice_is(fact->mails, "each") || slice_is(fact->mails, "digest") ||
           slice_is(fact->mails, "none") ||
           reader_park(
               reader,
               "user %.*s of account %.*s wants the mails '%.*s', which is none of each, digest and none",
               SLICE_ARGS(fact->key), SLICE_ARGS(fact->account), SLICE_ARGS(fact->mails));
}

static bool read_user(struct reader *reader, struct company_fact *fact)
{
    struct slice status = document_text(reader->document, "status");
    size_t count;
    if (!reader_required(reader, "user", &fact->key))
        return false;
    if (!slice_is(status, "active") && !slice_is(status, "inactive"))
        return reader_park(reader, "user %.*s of account %.*s has the unknown status '%.*s'",
                           SLICE_ARGS(fact->key), SLICE_ARGS(fact->account), SLICE_ARGS(status));
    fact->title = document_text(reader->document, "name");
    if (!reader_optional(reader, "mail", &fact->mail) ||
        !reader_optional(reader, "manager", &fact->manager) ||
        !reader_optional(reader, "language", &fact->language) || !read_mails(reader, fact) ||
        !list_within(reader, "roles", COMPANY_ROLES_MAX, &count))
        return false;
    fact->active = slice_is(status, "active");
    fact->may_order = document_boolean(reader->document, "may_order", true);
    fact->may_approve = document_boolean(reader->document, "may_approve", false);
    fact->approver = document_text(reader->document, "approver");
    fact->roles = ARENA_ARRAY(reader->batch->arena, count, struct fact_role);
    for (const struct document *item = document_items(reader->document, "roles"); item; item = item->next)
        if (!read_role(reader, item, fact, &fact->roles[fact->role_count++]))
            return false;
    return reader_limit(reader, "order_limit", &fact->has_order_limit, &fact->order_limit);
}

static bool read_limit(struct reader *reader, const struct document *item, struct company_fact *fact,
                       struct fact_limit *limit)
{
    struct reader inner = reader_of_item(reader, item);
    struct slice kind = document_text(item, "kind"), basis = document_text(item, "basis"),
                 reaction = document_text(item, "reaction");
    enum limit_period period;
    bool has;
    limit->period = document_text(item, "period");
    limit->rolling_days = (int32_t)document_integer(item, "rolling_days", 0);
    if (!limit_kind_parse(kind, &limit->kind))
        return reader_park(reader, "a limit of rights %.*s has the unknown kind '%.*s'",
                           SLICE_ARGS(fact->key), SLICE_ARGS(kind));
    if (limit->kind == LIMIT_PERIOD ? !limit_period_parse(limit->period, &period)
                                    : !slice_empty(limit->period))
        return reader_park(reader, "a limit of rights %.*s is for the %s, but its period is '%.*s'",
                           SLICE_ARGS(fact->key), limit_kind_name(limit->kind), SLICE_ARGS(limit->period));
    bool rolling = slice_is(limit->period, "rolling");
    if (rolling ? limit->rolling_days < 1 || limit->rolling_days > ROLLING_DAYS_MAX
                : limit->rolling_days != 0)
        return reader_park(reader,
                           "a limit of rights %.*s rolls over %d days; 1 to %d are possible, and only "
                           "with the period 'rolling'",
                           SLICE_ARGS(fact->key), (int)limit->rolling_days, ROLLING_DAYS_MAX);
    if ((!slice_is(basis, "net") && !slice_is(basis, "gross")) ||
        (!slice_is(reaction, "approve") && !slice_is(reaction, "refuse")))
        return reader_park(reader,
                           "a limit of rights %.*s has the basis '%.*s' and the reaction '%.*s'; net or "
                           "gross and approve or refuse are known",
                           SLICE_ARGS(fact->key), SLICE_ARGS(basis), SLICE_ARGS(reaction));
    limit->gross = slice_is(basis, "gross");
    limit->refuse = slice_is(reaction, "refuse");
    return reader_optional(&inner, "cost_centre", &limit->cost_centre) &&
           reader_optional(&inner, "currency", &limit->currency) &&
           reader_limit(&inner, "amount", &has, &limit->decimal4);
}

// Two limits for the same thing contradict each other, so that nobody would know which one was meant.
static bool limits_differ(struct reader *reader, const struct company_fact *fact)
{
    struct index seen = index_in(reader->batch->arena);
    for (size_t i = 0; i < fact->limit_count; i++) {
        const struct fact_limit *limit = &fact->limits[i];
        struct slice what = arena_printf(reader->batch->arena, "%s %.*s %d %d", limit_kind_name(limit->kind),
                                         SLICE_ARGS(limit->period), (int)limit->rolling_days, limit->refuse);
        if (!index_put(&seen, what, limit->cost_centre, (void *)(uintptr_t)limit))
            return reader_park(
                reader, "rights %.*s has two limits for the %s%s%.*s%s%.*s with the same reaction",
                SLICE_ARGS(fact->key), limit_kind_name(limit->kind), slice_empty(limit->period) ? "" : " ",
                SLICE_ARGS(limit->period), slice_empty(limit->cost_centre) ? "" : " on cost centre ",
                SLICE_ARGS(limit->cost_centre));
    }
    return true;
}

static bool read_entitlement(struct reader *reader, const struct document *item, struct company_fact *fact,
                             struct entitlement *entitlement)
{
    struct reader inner = reader_of_item(reader, item);
    struct slice effect = document_text(item, "effect"), kind = document_text(item, "kind");
    if (!slice_is(effect, "allow") && !slice_is(effect, "deny"))
        return reader_park(reader, "an entitlement of rights %.*s has the unknown effect '%.*s'",
                           SLICE_ARGS(fact->key), SLICE_ARGS(effect));
    if (!entitlement_kind_parse(kind, &entitlement->kind))
        return reader_park(reader, "an entitlement of rights %.*s has the unknown kind '%.*s'",
                           SLICE_ARGS(fact->key), SLICE_ARGS(kind));
    entitlement->deny = slice_is(effect, "deny");
    entitlement->value = document_text(item, "value");
    if (slice_empty(entitlement->value))
        return reader_park(reader, "an entitlement of rights %.*s to a %s names none", SLICE_ARGS(fact->key),
                           entitlement_kind_name(entitlement->kind));
    return reader_fits(&inner, "value", entitlement->value);
}

static bool read_names(struct reader *reader, struct company_fact *fact)
{
    struct index seen = index_in(reader->batch->arena);
    for (const struct document *item = document_items(reader->document, "names"); item; item = item->next) {
        enum role role;
        if (!reader_fits(reader, "name", item->text))
            return false;
        if (fact->subject == RIGHTS_OF_ROLES && !role_parse(item->text, &role))
            return reader_park(reader, "rights %.*s is for the unknown role '%.*s'", SLICE_ARGS(fact->key),
                               SLICE_ARGS(item->text));
        if (!index_put(&seen, item->text, (struct slice){ 0 }, fact))
            return reader_park(reader, "rights %.*s names '%.*s' twice", SLICE_ARGS(fact->key),
                               SLICE_ARGS(item->text));
        fact->names[fact->name_count++] = item->text;
    }
    return fact->name_count > 0 || fact->deleted ||
           reader_park(reader, "rights %.*s names nobody", SLICE_ARGS(fact->key));
}

static bool read_rights(struct reader *reader, struct company_fact *fact)
{
    struct slice subject = document_text(reader->document, "subject");
    struct arena *arena = reader->batch->arena;
    size_t names, limits, entitlements;
    if (!reader_required(reader, "rights", &fact->key) || !reader_optional(reader, "unit", &fact->unit) ||
        !reader_validity(reader, &fact->from, &fact->to) ||
        !list_within(reader, "names", RIGHTS_NAMES_MAX, &names) ||
        !list_within(reader, "limits", RIGHTS_LIMITS_MAX, &limits) ||
        !list_within(reader, "entitlements", RIGHTS_ENTRIES_MAX, &entitlements))
        return false;
    if (!rights_subject_parse(subject, &fact->subject))
        return reader_park(reader, "rights %.*s is for the unknown subject '%.*s'", SLICE_ARGS(fact->key),
                           SLICE_ARGS(subject));
    if (fact->subject == RIGHTS_OF_UNITS && !slice_empty(fact->unit))
        return reader_park(reader, "rights %.*s of units is bound to unit '%.*s' besides",
                           SLICE_ARGS(fact->key), SLICE_ARGS(fact->unit));
    fact->names = ARENA_ARRAY(arena, names, struct slice);
    fact->limits = ARENA_ARRAY(arena, limits, struct fact_limit);
    fact->entitlements = ARENA_ARRAY(arena, entitlements, struct entitlement);
    for (const struct document *item = document_items(reader->document, "limits"); item; item = item->next)
        if (!read_limit(reader, item, fact, &fact->limits[fact->limit_count++]))
            return false;
    for (const struct document *item = document_items(reader->document, "entitlements"); item;
         item = item->next)
        if (!read_entitlement(reader, item, fact, &fact->entitlements[fact->entitlement_count++]))
            return false;
    return read_names(reader, fact) && limits_differ(reader, fact);
}

static bool read_cost_centre(struct reader *reader, struct company_fact *fact)
{
    fact->title = document_text(reader->document, "title");
    if (!reader_required(reader, "cost_centre", &fact->key) ||
        !reader_optional(reader, "unit", &fact->unit) || !reader_optional(reader, "parent", &fact->parent) ||
        !reader_optional(reader, "owner", &fact->owner) || !reader_validity(reader, &fact->from, &fact->to))
        return false;
    return !slice_equal(fact->key, fact->parent) ||
           reader_park(reader, "cost centre '%.*s' of account %.*s is its own parent", SLICE_ARGS(fact->key),
                       SLICE_ARGS(fact->account));
}

static bool read_delegation(struct reader *reader, struct company_fact *fact)
{
    if (!reader_required(reader, "delegation", &fact->key) ||
        !reader_required(reader, "from", &fact->from_user) ||
        !reader_required(reader, "to", &fact->to_user) || !reader_optional(reader, "unit", &fact->unit) ||
        !reader_optional(reader, "cost_centre", &fact->cost_centre) ||
        !reader_optional(reader, "currency", &fact->currency) ||
        !reader_validity(reader, &fact->from, &fact->to))
        return false;
    fact->passes_on = document_boolean(reader->document, "passes_on", false);
    if (slice_equal(fact->from_user, fact->to_user))
        return reader_park(reader, "delegation %.*s of account %.*s has user '%.*s' stand in for himself",
                           SLICE_ARGS(fact->key), SLICE_ARGS(fact->account), SLICE_ARGS(fact->to_user));
    return reader_limit(reader, "amount", &fact->has_amount, &fact->decimal4);
}

static const struct {
    const char *type;
    bool (*read)(struct reader *, struct company_fact *);
} kinds[COMPANY_KIND_COUNT] = {
    [COMPANY_UNIT] = { "Unit", read_unit },
    [COMPANY_USER] = { "User", read_user },
    [COMPANY_RIGHTS] = { "Rights", read_rights },
    [COMPANY_COST_CENTRE] = { "CostCentre", read_cost_centre },
    [COMPANY_DELEGATION] = { "Delegation", read_delegation },
};

static enum company_kind kind_of(const struct item *item)
{
    int kind = 0;
    while (kind < COMPANY_KIND_COUNT && (!item->document || strcmp(item->type, kinds[kind].type) != 0))
        kind++;
    return (enum company_kind)kind;
}

bool company_is_one(const struct item *item)
{
    return kind_of(item) != COMPANY_KIND_COUNT;
}

void company_read(struct batch *batch)
{
    struct company_facts *all = ARENA_NEW(batch->arena, struct company_facts);
    size_t count = 0;
    for (size_t i = 0; i < batch->item_count; i++)
        count += company_is_one(&batch->items[i]);
    *all = (struct company_facts){
        .facts = ARENA_ARRAY(batch->arena, count, struct company_fact),
        .drafts = index_in(batch->arena),
        .asked = index_in(batch->arena),
        .touched = index_in(batch->arena),
        .touched_accounts = db_column(batch->arena, DB_TEXT),
    };
    batch->trade->company_facts = all;
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome != OUTCOME_NONE || !company_is_one(item))
            continue;
        struct company_fact *fact = &all->facts[all->count++];
        struct reader reader = reader_of(batch, item);
        fact->item = item;
        fact->kind = kind_of(item);
        fact->deleted = document_boolean(item->document, "deleted", false);
        fact->sound =
            reader_required(&reader, "account", &fact->account) && kinds[fact->kind].read(&reader, fact);
    }
}

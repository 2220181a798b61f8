// SPDX-License-Identifier: Apache-2.0
// company: who is who at a customer's. Units, users with their roles, rights, cost centres and delegations are checked
// against what the company has already, and stored. The orders of the batch see the company as it was gathered; a
// company that changed between that and the lock has the batch done again.
#include "handlers/company/company.h"

#include "handlers/company/company_cache.h"
#include "handlers/company/company_check.h"
#include "handlers/masterdata/facts.h"
#include "handlers/stages.h"

static const struct slice none;

// --- Which accounts

void company_ask(struct batch *batch, struct slice account)
{
    struct company_facts *all = batch->trade->company_facts;
    if (slice_empty(account) || !index_put(&all->asked, account, none, all))
        return;
    all->accounts = arena_grow(batch->arena, all->accounts, &all->account_capacity, all->account_count + 1,
                               sizeof *all->accounts);
    all->accounts[all->account_count++] = account;
}

void company_touch(struct batch *batch, struct slice account)
{
    struct company_facts *all = batch->trade->company_facts;
    if (index_put(&all->touched, account, none, all))
        db_column_add(&all->touched_accounts, account);
}

bool company_known(const struct trade *trade, struct slice account)
{
    return trade_account(trade, account) || facts_account(trade->facts, account);
}

// --- The stage

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    company_read(batch);
    struct company_facts *all = batch->trade->company_facts;
    struct db_column accounts = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++)
        if (all->facts[i].sound)
            company_ask(batch, all->facts[i].account);
    for (size_t i = 0; i < all->account_count; i++)
        db_column_add(&accounts, all->accounts[i]);
    return accounts.count == 0 || company_drafts_load(batch, db, &accounts, error);
}

static bool gather_one(struct batch *batch, struct db *db, struct slice number, struct error *error)
{
    const struct account *account = trade_account(batch->trade, number);
    const struct company *company;
    if (!account || account->company_version == 0 || trade_company(batch->trade, number))
        return true;
    if (!company_cached(batch->arena, db, account->number, account->company_version, batch->now_us, &company,
                        error))
        return false;
    return index_put(&batch->trade->companies, account->number, none, (void *)(uintptr_t)company);
}

bool company_gather(struct batch *batch, struct db *db, struct error *error)
{
    const struct trade *trade = batch->trade;
    const struct order *order;
    for (size_t i = 0; (order = trade_looked_at(trade, i)); i++)
        if (!order->settled && !gather_one(batch, db, order->account_number, error))
            return false;
    for (size_t i = 0; trade->company_facts && i < trade->company_facts->account_count; i++)
        if (!gather_one(batch, db, trade->company_facts->accounts[i], error))
            return false;
    return true;
}

static bool same_version(const struct trade *trade, struct slice number, int64_t gathered,
                         struct error *error)
{
    const struct account *account = trade_account(trade, number);
    int64_t now = account ? account->company_version : 0;
    return now == gathered ||
           error_set(error, ERROR_UNAVAILABLE, NULL,
                     "could not decide for account %.*s: its company changed in this moment; try again",
                     SLICE_ARGS(number));
}

bool company_locked(const struct trade *trade, struct error *error)
{
    const struct company_facts *all = trade->company_facts;
    for (size_t i = 0; i < trade->order_count; i++) {
        struct slice number = trade->orders[i]->account_number;
        const struct company *company = trade_company(trade, number);
        if (!trade->orders[i]->settled && !same_version(trade, number, company ? company->version : 0, error))
            return false;
    }
    for (size_t i = 0; all && i < all->account_count; i++) {
        struct slice number = all->accounts[i];
        const struct company *company = trade_company(trade, number);
        const struct company_draft *draft = index_get(&all->drafts, number, none);
        if (!same_version(trade, number, company ? company->version : 0, error) ||
            (draft && !same_version(trade, number, draft->version, error)))
            return false;
    }
    return true;
}

// What came before it in the batch under the same key is not stored.
static void supersede(struct batch *batch, struct index *last, struct company_fact *fact)
{
    struct slice key =
        arena_printf(batch->arena, "%d %lld %.*s", (int)fact->kind,
                     fact->kind == COMPANY_UNIT ? (long long)fact->from : 0, SLICE_ARGS(fact->key));
    struct company_fact **place = index_get(last, fact->account, key);
    if (place) {
        (*place)->superseded = true;
    } else {
        place = ARENA_NEW(batch->arena, struct company_fact *);
        index_put(last, fact->account, key, place);
    }
    *place = fact;
}

// A user without role and manager makes no company: accounts that want none stay with the simple rules.
static bool makes_company(const struct trade *trade, const struct company_fact *fact)
{
    const struct account *account = trade_account(trade, fact->account);
    return fact->kind != COMPANY_USER || fact->role_count || !slice_empty(fact->manager) ||
           (account && account->company_version) ||
           index_get(&trade->company_facts->touched, fact->account, none);
}

static void decide_fact(struct batch *batch, struct index *last, struct company_fact *fact)
{
    struct trade *trade = batch->trade;
    bool makes = makes_company(trade, fact);
    if (makes && !company_known(trade, fact->account)) {
        batch_park(batch, fact->item, "the %s '%.*s' is of the unknown account '%.*s'", fact->item->type,
                   SLICE_ARGS(fact->key), SLICE_ARGS(fact->account));
        fact->sound = false;
        return;
    }
    fact->sound = company_check(batch, company_draft_of(batch, fact->account),
                                facts_currency(trade, fact->account), fact);
    if (!fact->sound)
        return;
    supersede(batch, last, fact);
    if (makes)
        company_touch(batch, fact->account);
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
}

static void decide(struct batch *batch)
{
    struct index last = index_in(batch->arena);
    struct company_facts *all = batch->trade->company_facts;
    for (size_t i = 0; i < all->count; i++)
        if (all->facts[i].sound)
            decide_fact(batch, &last, &all->facts[i]);
}

// The transaction's own number was no version of the account's before.
static bool raise_versions(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "UPDATE account SET company_version = pg_current_xact_id()::text::bigint "
                              "WHERE account = ANY($1)";
    const struct db_column *accounts = &batch->trade->company_facts->touched_accounts;
    struct db_value values[] = { db_array(accounts) };
    struct db_rows rows;
    if (accounts->count == 0)
        return true;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error))
        return error_within(error, "giving companies a new version");
    return rows.affected == accounts->count ||
           error_set(error, ERROR_INTERNAL, NULL, "%zu companies were to get a new version, %zu did",
                     accounts->count, rows.affected);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return raise_versions(batch, db, error) && company_store(batch, db, error);
}

static const struct setting settings[] = {
    { "kept", SETTING_INTEGER, "200", "how many companies each worker keeps in memory between batches",
      &company_cache_size },
    { .name = NULL },
};

const struct stage company_stage = {
    .name = "company",
    .purpose = "stores what the ERP says about units, users, rights, cost centres and delegations",
    .settings = settings,
    .gather = gather,
    .decide = decide,
    .apply = apply,
};

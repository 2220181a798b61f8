// SPDX-License-Identifier: Apache-2.0
// circuit: what the ERP says about approval circuits and working calendars. A circuit that cannot be - it names
// somebody unknown, or nothing says whether it or another one goes first - is parked, and the one that was there stays.
#include "base/text.h"
#include "handlers/approval/approval.h"
#include "handlers/approval/circuit_load.h"
#include "handlers/approval/circuit_reach.h"
#include "handlers/company/company_facts.h"
#include "handlers/stages.h"

// An account that the batch brings circuits of: what is stored of it.
struct circuit_account {
    struct slice account;
    struct circuit **circuits;
    size_t circuit_count, capacity;
    struct slice *users, *units, *centres,
        *calendars; // known names among those that the batch's circuits use
    size_t user_count, unit_count, centre_count, calendar_count;
};

// circuit's own part of struct trade.
struct circuit_facts {
    struct circuit_fact *facts;
    size_t count;
    struct circuit_account *accounts;
    size_t account_count;
};

static bool is_ours(const struct item *item)
{
    return item->document && item->outcome == OUTCOME_NONE &&
           (strcmp(item->type, "ApprovalCircuit") == 0 || strcmp(item->type, "WorkingCalendar") == 0);
}

static struct circuit_account *account_of(const struct circuit_facts *facts, struct slice account)
{
    for (size_t i = 0; i < facts->account_count; i++)
        if (slice_equal(facts->accounts[i].account, account))
            return &facts->accounts[i];
    return NULL;
}

// The names of one kind that circuits of the batch use.
struct collecting {
    const char *kind;
    struct slice account;
    struct db_column names;
};

static bool collect(void *context, const char *kind, struct slice name)
{
    struct collecting *collecting = context;
    if (strcmp(kind, collecting->kind) == 0)
        db_column_add(&collecting->names, name);
    return true;
}

// Which of the names of a kind are known: one statement an account.
static bool find_names(struct batch *batch, const struct circuit_facts *facts,
                       struct circuit_account *account, const char *kind, const char *sql,
                       struct slice **names, size_t *count, struct db *db, struct error *error)
{
    struct collecting collecting = { kind, account->account, db_column(batch->arena, DB_TEXT) };
    for (size_t i = 0; i < facts->count; i++)
        if (facts->facts[i].circuit && slice_equal(facts->facts[i].account, account->account))
            circuit_unknown_names(facts->facts[i].circuit, collect, &collecting, batch->arena);
    if (collecting.names.count == 0)
        return true;
    const struct db_value values[] = { db_text(account->account), db_array(&collecting.names) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for the names of circuits");
    *names = ARENA_ARRAY(batch->arena, rows.count, struct slice);
    *count = rows.count;
    for (size_t row = 0; row < rows.count; row++)
        (*names)[row] = db_rows_slice(&rows, row, 0);
    return true;
}

static bool gather_account(struct batch *batch, const struct circuit_facts *facts,
                           struct circuit_account *account, struct db *db, struct error *error)
{
    static const char
        user_sql[] = "SELECT n.name FROM unnest($2::text[]) AS n(name) WHERE EXISTS (SELECT FROM app_user "
                     "u WHERE u.account = $1 AND (u.user_number = n.name OR "
                     "(u.mail <> '' AND lower(u.mail) = lower(n.name))))",
        unit_sql[] = "SELECT u.unit FROM company_unit u WHERE u.account = $1 AND u.unit = ANY($2::text[])",
        centre_sql[] = "SELECT c.cost_centre FROM cost_centre c WHERE c.account = $1 AND "
                       "c.cost_centre = ANY($2::text[])",
        calendar_sql[] = "SELECT c.calendar FROM working_calendar c WHERE c.account = $1 AND "
                         "c.calendar = ANY($2::text[])";
    if (!circuit_load_all(db, batch->arena, account->account, &account->circuits, &account->circuit_count,
                          error))
        return false;
    account->capacity = account->circuit_count;
    return find_names(batch, facts, account, "user", user_sql, &account->users, &account->user_count, db,
                      error) &&
           find_names(batch, facts, account, "unit", unit_sql, &account->units, &account->unit_count, db,
                      error) &&
           find_names(batch, facts, account, "cost centre", centre_sql, &account->centres,
                      &account->centre_count, db, error) &&
           find_names(batch, facts, account, "calendar", calendar_sql, &account->calendars,
                      &account->calendar_count, db, error);
}

static void read_facts(struct batch *batch, struct circuit_facts *facts)
{
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (!is_ours(item))
            continue;
        struct circuit_fact fact = { .item = item };
        struct reader reader = reader_of(batch, item);
        if (strcmp(item->type, "ApprovalCircuit") == 0)
            fact.circuit = circuit_read(&reader, &fact.account);
        else
            fact.calendar = circuit_read_calendar(&reader, &fact.account);
        if (!fact.circuit && !fact.calendar)
            continue;
        facts->facts[facts->count++] = fact;
        company_ask(batch, fact.account);
        if (!account_of(facts, fact.account))
            facts->accounts[facts->account_count++].account = fact.account;
    }
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    struct circuit_facts *facts = ARENA_NEW(batch->arena, struct circuit_facts);
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    batch->trade->circuits = facts;
    facts->facts = ARENA_ARRAY(batch->arena, batch->item_count, struct circuit_fact);
    facts->accounts = ARENA_ARRAY(batch->arena, batch->item_count, struct circuit_account);
    read_facts(batch, facts);
    for (size_t i = 0; i < facts->account_count; i++)
        if (!gather_account(batch, facts, &facts->accounts[i], db, error))
            return false;
    return true;
}

static bool has(const struct slice *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_equal(names[i], name))
            return true;
    return false;
}

// What came in with this very batch is as good as what was there.
static bool came(const struct company_facts *facts, struct slice account, enum company_kind kind,
                 struct slice name)
{
    for (size_t i = 0; facts && i < facts->count; i++) {
        const struct company_fact *fact = &facts->facts[i];
        if (fact->sound && !fact->deleted && fact->kind == kind && slice_equal(fact->account, account) &&
            (slice_equal(fact->key, name) ||
             (kind == COMPANY_USER && !slice_empty(fact->mail) && slice_equal_nocase(fact->mail, name))))
            return true;
    }
    return false;
}

struct knowing {
    const struct trade *trade;
    const struct circuit_account *account;
};

static bool calendar_came(const struct circuit_facts *facts, struct slice account, struct slice name)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->facts[i].calendar && facts->facts[i].stored &&
            slice_equal(facts->facts[i].account, account) &&
            slice_equal(facts->facts[i].calendar->name, name))
            return true;
    return false;
}

static bool is_known(void *context, const char *kind, struct slice name)
{
    const struct knowing *knowing = context;
    const struct circuit_account *account = knowing->account;
    const struct company_facts *facts = knowing->trade->company_facts;
    if (strcmp(kind, "user") == 0)
        return has(account->users, account->user_count, name) ||
               came(facts, account->account, COMPANY_USER, name);
    if (strcmp(kind, "unit") == 0)
        return has(account->units, account->unit_count, name) ||
               came(facts, account->account, COMPANY_UNIT, name);
    if (strcmp(kind, "cost centre") == 0)
        return has(account->centres, account->centre_count, name) ||
               came(facts, account->account, COMPANY_COST_CENTRE, name);
    return has(account->calendars, account->calendar_count, name) ||
           calendar_came(knowing->trade->circuits, account->account, name);
}

static const struct circuit *overlapped(const struct circuit_account *account, const struct circuit *circuit)
{
    for (size_t i = 0; i < account->circuit_count; i++)
        if (!slice_equal(account->circuits[i]->name, circuit->name) &&
            circuit_overlaps(account->circuits[i], circuit))
            return account->circuits[i];
    return NULL;
}

// The circuit takes its place among those that further ones of the batch are compared with.
static void replace(struct arena *arena, struct circuit_account *account, struct circuit *circuit)
{
    for (size_t i = 0; i < account->circuit_count; i++)
        if (slice_equal(account->circuits[i]->name, circuit->name)) {
            account->circuits[i] = circuit;
            return;
        }
    account->circuits = arena_grow(arena, account->circuits, &account->capacity, account->circuit_count + 1,
                                   sizeof *account->circuits);
    account->circuits[account->circuit_count++] = circuit;
}

static void decide_circuit(struct batch *batch, struct circuit_fact *fact, struct circuit_account *account)
{
    struct knowing knowing = { batch->trade, account };
    struct slice unknown = circuit_unknown_names(fact->circuit, is_known, &knowing, batch->arena);
    const struct circuit *other = overlapped(account, fact->circuit);
    const char *name = arena_string(batch->arena, fact->circuit->name);
    if (!slice_empty(unknown))
        batch_park(batch, fact->item, "circuit %s of account %.*s names the unknown %.*s", name,
                   SLICE_ARGS(fact->account), SLICE_ARGS(unknown));
    else if (other)
        batch_park(batch, fact->item,
                   "circuit %s of account %.*s overlaps circuit %.*s: an order can match both, and both have "
                   "phase %s "
                   "and priority %d; give one of them another priority",
                   name, SLICE_ARGS(fact->account), SLICE_ARGS(other->name), circuit_phase_name(other->phase),
                   (int)other->priority);
    else if (account->circuit_count >= CIRCUITS_MAX)
        batch_park(batch, fact->item, "account %.*s has %zu circuits, more than %d are not taken",
                   SLICE_ARGS(fact->account), account->circuit_count, CIRCUITS_MAX);
    else {
        fact->stored = true;
        replace(batch->arena, account, fact->circuit);
    }
}

static void decide(struct batch *batch)
{
    if (batch->trade->priced) {
        approval_deny(batch);
        return;
    }
    struct circuit_facts *facts = batch->trade->circuits;
    for (size_t i = 0; facts && i < facts->count; i++) {
        struct circuit_fact *fact = &facts->facts[i];
        if (!company_known(batch->trade, fact->account))
            batch_park(batch, fact->item, "account %.*s of %s %.*s is unknown", SLICE_ARGS(fact->account),
                       fact->circuit ? "circuit" : "calendar",
                       SLICE_ARGS(fact->circuit ? fact->circuit->name : fact->calendar->name));
        else if (fact->circuit)
            decide_circuit(batch, fact, account_of(facts, fact->account));
        else
            fact->stored = true;
        if (!fact->stored)
            continue;
        company_touch(batch, fact->account);
        batch_outcome(fact->item, OUTCOME_RECORDED, 0);
    }
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    const struct circuit_facts *facts = batch->trade->circuits;
    return !facts || facts->count == 0 || circuit_store(batch, facts->facts, facts->count, db, error);
}

const struct stage circuit_stage = {
    .name = "circuit",
    .purpose =
        "stores the companies' approval circuits and working calendars, and refuses what a circuit denies",
    .gather = gather,
    .decide = decide,
    .apply = apply,
};

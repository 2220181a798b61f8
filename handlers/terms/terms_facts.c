// SPDX-License-Identifier: Apache-2.0
// terms_doc: PaymentTerms documents of the ERP, checked and stored as they come. Orders keep what was agreed with
// them; only new ones see the change.
#include "base/clock.h"
#include "handlers/fact_reader.h"
#include "handlers/money.h"
#include "handlers/stages.h"
#include "handlers/terms/terms.h"
#include "handlers/trade.h"

struct fact_terms {
    struct item *item;
    bool sound, superseded, deleted, standard, may_choose;
    struct slice account, contract, description;
    int64_t valid_from, valid_to;
    struct terms terms;
};

struct terms_facts {
    struct fact_terms *facts;
    size_t count;
};

static bool read_percent(struct reader *reader, const struct document *record, const char *name,
                         const char *of, int64_t *percent)
{
    return document_decimal(record, name, MONEY_SCALE, percent) ||
           reader_park(reader, "the percent of a %s has more than 4 decimals or is missing", of);
}

static bool read_month(struct reader *reader, const struct document *record, struct due_rule *rule)
{
    struct slice word = document_text(record, "end_of_month");
    int64_t day = document_integer(record, "fixed_day", 0);
    if (!terms_month_end_parse(word, &rule->month_end))
        return reader_park(reader, "the end_of_month '%.*s' is none of after_days and before_days",
                           SLICE_ARGS(word));
    if (day < 0 || day > 31)
        return reader_park(reader, "the fixed_day %lld is no day of a month", (long long)day);
    rule->day = (int32_t)day;
    return true;
}

static bool read_days(struct reader *reader, const struct document *record, const char *name, int32_t *days)
{
    int64_t value = document_integer(record, name, 0);
    if (value < 0 || value > TERMS_DAYS_MAX)
        return reader_park(reader, "the %s %lld of the terms are none of 0 to %d", name, (long long)value,
                           TERMS_DAYS_MAX);
    *days = (int32_t)value;
    return true;
}

static bool add_part(struct reader *reader, struct fact_terms *fact, struct terms_part part)
{
    if (fact->terms.part_count == TERMS_PARTS_MAX)
        return reader_park(reader, "terms %.*s have more than %d parts", SLICE_ARGS(fact->terms.id),
                           TERMS_PARTS_MAX);
    fact->terms.parts[fact->terms.part_count++] = part;
    return true;
}

static bool read_instalments(struct reader *reader, struct fact_terms *fact)
{
    for (const struct document *at = document_items(reader->document, "instalments"); at; at = at->next) {
        struct terms_part part = { .kind = PART_INSTALMENT };
        struct slice event = document_text(at, "event");
        if (!terms_event_parse(event, &part.event))
            return reader_park(reader,
                               "the event '%.*s' of an instalment is none of order, delivery and invoice",
                               SLICE_ARGS(event));
        if (!read_percent(reader, at, "percent", "instalment", &part.percent) ||
            !read_days(reader, at, "days", &part.rule.days) || !read_month(reader, at, &part.rule) ||
            !add_part(reader, fact, part))
            return false;
    }
    return true;
}

// Instalments say all of it, or net_days, end_of_month and fixed_day do.
static bool read_parts(struct reader *reader, struct fact_terms *fact)
{
    struct terms *terms = &fact->terms;
    struct terms_part deposit = { .kind = PART_DEPOSIT, .event = DUE_FROM_ORDER };
    struct terms_part balance = { .kind = PART_BALANCE, .event = DUE_FROM_INVOICE };
    bool split = document_items(reader->document, "instalments") != NULL;
    if (reader_has(reader, "deposit_percent") &&
        (!read_percent(reader, reader->document, "deposit_percent", "deposit", &deposit.percent) ||
         !add_part(reader, fact, deposit)))
        return false;
    if (!read_days(reader, reader->document, "net_days", &balance.rule.days) ||
        !read_month(reader, reader->document, &balance.rule) || !read_instalments(reader, fact))
        return false;
    if (split)
        return (balance.rule.days == 0 && balance.rule.month_end == MONTH_END_NONE &&
                balance.rule.day == 0) ||
               reader_park(reader,
                           "terms %.*s have instalments, so net_days, end_of_month and fixed_day say nothing",
                           SLICE_ARGS(terms->id));
    balance.percent = PERCENT_WHOLE - deposit.percent;
    if (terms->form == FORM_PREPAID)
        balance.event = DUE_FROM_ORDER;
    return balance.percent == 0 || add_part(reader, fact, balance);
}

static bool read_discounts(struct reader *reader, struct fact_terms *fact)
{
    for (const struct document *at = document_items(reader->document, "discounts"); at; at = at->next) {
        if (fact->terms.discount_count == TERMS_DISCOUNTS_MAX)
            return reader_park(reader, "terms %.*s have more than %d discounts", SLICE_ARGS(fact->terms.id),
                               TERMS_DISCOUNTS_MAX);
        struct terms_discount *discount = &fact->terms.discounts[fact->terms.discount_count++];
        if (!read_percent(reader, at, "percent", "discount", &discount->percent) ||
            !read_days(reader, at, "days", &discount->days))
            return false;
    }
    return true;
}

static bool read_fact(struct reader *reader, struct fact_terms *fact)
{
    struct slice form = document_text(reader->document, "form");
    if (!reader_required(reader, "terms", &fact->terms.id) ||
        !reader_optional(reader, "account", &fact->account) ||
        !reader_optional(reader, "contract", &fact->contract) ||
        !reader_validity(reader, &fact->valid_from, &fact->valid_to))
        return false;
    if (!slice_empty(fact->contract) && slice_empty(fact->account))
        return reader_park(reader, "terms %.*s are of contract %.*s, but of no account",
                           SLICE_ARGS(fact->terms.id), SLICE_ARGS(fact->contract));
    fact->deleted = document_boolean(reader->document, "deleted", false);
    if (fact->deleted)
        return true;
    fact->standard = document_boolean(reader->document, "standard", false);
    fact->may_choose = document_boolean(reader->document, "may_choose", false);
    fact->description = document_text(reader->document, "description");
    if (!terms_form_parse(form, &fact->terms.form))
        return reader_park(
            reader,
            "the form '%.*s' of terms %.*s is none of transfer, direct_debit, draft, card and prepaid",
            SLICE_ARGS(form), SLICE_ARGS(fact->terms.id));
    if (!read_parts(reader, fact) || !read_discounts(reader, fact))
        return false;
    struct slice fault = terms_fault(&fact->terms, reader->batch->arena);
    return slice_empty(fault) ||
           reader_park(reader, "terms %.*s have %.*s", SLICE_ARGS(fact->terms.id), SLICE_ARGS(fault));
}

static bool same_key(const struct fact_terms *left, const struct fact_terms *right)
{
    return slice_equal(left->account, right->account) && slice_equal(left->contract, right->contract) &&
           slice_equal(left->terms.id, right->terms.id);
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    (void)db;
    (void)error;
    if (!batch->trade)
        batch->trade = trade_new(batch->arena);
    struct terms_facts *all = batch->trade->terms_facts = ARENA_NEW(batch->arena, struct terms_facts);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (!item->document || item->outcome != OUTCOME_NONE || strcmp(item->type, "PaymentTerms") != 0)
            continue;
        if (!all->facts)
            all->facts = ARENA_ARRAY(batch->arena, batch->item_count - i, struct fact_terms);
        struct fact_terms *fact = &all->facts[all->count++];
        struct reader reader = reader_of(batch, item);
        fact->item = item;
        fact->sound = read_fact(&reader, fact);
        for (size_t j = 0; fact->sound && j + 1 < all->count; j++)
            if (same_key(&all->facts[j], fact))
                all->facts[j].superseded = true;
    }
    return true;
}

// Of an account, or of a contract, one set of terms applies at a time.
static void check_overlap(struct batch *batch, struct fact_terms *fact, struct slice other, int64_t from,
                          int64_t to)
{
    if (!fact->sound || from >= fact->valid_to || to <= fact->valid_from)
        return;
    batch_park(batch, fact->item,
               "terms %.*s overlap with terms %.*s, which are standard for account '%.*s'%s%.*s too",
               SLICE_ARGS(fact->terms.id), SLICE_ARGS(other), SLICE_ARGS(fact->account),
               slice_empty(fact->contract) ? "" : " contract ", SLICE_ARGS(fact->contract));
    fact->sound = false;
}

static bool is_replaced(const struct terms_facts *all, const struct fact_terms *fact, struct slice other)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->facts[i].sound && slice_equal(all->facts[i].account, fact->account) &&
            slice_equal(all->facts[i].contract, fact->contract) && slice_equal(all->facts[i].terms.id, other))
            return true;
    return false;
}

// The shard that has the account's key writes its terms, so that nobody adds one between this and the commit.
static bool lock(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, t.terms, t.valid_from, t.valid_to FROM unnest($1::bigint[], $2::text[], $3::text[]) "
        "AS k(n, account, contract) JOIN payment_terms t ON t.account = k.account AND t.contract = "
        "k.contract "
        "AND t.standard ORDER BY k.n, t.terms COLLATE \"C\"";
    struct terms_facts *all = batch->trade->terms_facts;
    struct db_column numbers = db_column(batch->arena, DB_BIGINT),
                     accounts = db_column(batch->arena, DB_TEXT),
                     contracts = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++) {
        const struct fact_terms *fact = &all->facts[i];
        if (!fact->sound || fact->superseded || !fact->standard || fact->deleted)
            continue;
        db_column_add_number(&numbers, (int64_t)i);
        db_column_add(&accounts, fact->account);
        db_column_add(&contracts, fact->contract);
    }
    if (numbers.count == 0)
        return true;
    struct db_value values[] = { db_array(&numbers), db_array(&accounts), db_array(&contracts) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 3, &rows, error))
        return error_within(error, "reading standard terms of payment");
    for (size_t row = 0; row < rows.count; row++) {
        struct fact_terms *fact = &all->facts[db_rows_number(&rows, row, 0)];
        struct slice other = db_rows_slice(&rows, row, 1);
        if (!is_replaced(all, fact, other))
            check_overlap(batch, fact, other,
                          db_rows_null(&rows, row, 2) ? INT64_MIN : db_rows_number(&rows, row, 2),
                          db_rows_null(&rows, row, 3) ? INT64_MAX : db_rows_number(&rows, row, 3));
    }
    return true;
}

static bool counts(const struct fact_terms *fact)
{
    return fact->sound && !fact->superseded;
}

static void decide(struct batch *batch)
{
    struct terms_facts *all = batch->trade->terms_facts;
    if (!all)
        return;
    for (size_t i = 0; i < all->count; i++) {
        struct fact_terms *fact = &all->facts[i];
        for (size_t j = 0; counts(fact) && fact->standard && j < i; j++) {
            const struct fact_terms *other = &all->facts[j];
            if (counts(other) && other->standard && slice_equal(other->account, fact->account) &&
                slice_equal(other->contract, fact->contract))
                check_overlap(batch, fact, other->terms.id, other->valid_from, other->valid_to);
        }
        if (fact->sound)
            batch_outcome(fact->item, OUTCOME_RECORDED, 0);
    }
}

static bool delete_terms(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "DELETE FROM payment_terms t USING unnest($1::text[], $2::text[], $3::text[]) "
                              "AS k(account, contract, terms) "
                              "WHERE t.account = k.account AND t.contract = k.contract AND t.terms = k.terms";
    const struct terms_facts *all = batch->trade->terms_facts;
    struct db_column columns[3];
    for (int i = 0; i < 3; i++)
        columns[i] = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++)
        if (counts(&all->facts[i]) && all->facts[i].deleted) {
            db_column_add(&columns[0], all->facts[i].account);
            db_column_add(&columns[1], all->facts[i].contract);
            db_column_add(&columns[2], all->facts[i].terms.id);
        }
    if (columns[0].count == 0)
        return true;
    struct db_value values[] = { db_array(&columns[0]), db_array(&columns[1]), db_array(&columns[2]) };
    return db_query(db, batch->arena, sql, values, 3, NULL, error) ||
           error_within(error, "deleting terms of payment");
}

// An open end is no instant.
static void add_instant(struct db_column *column, int64_t instant_us)
{
    if (instant_us == INT64_MIN || instant_us == INT64_MAX)
        db_column_add_null(column);
    else
        db_column_add_number(column, instant_us);
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "INSERT INTO payment_terms (account, contract, terms, standard, may_choose, valid_from, valid_to, "
        "rule, "
        "description) SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], "
        "$5::boolean[], "
        "$6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[]) AS k(account, contract, terms, "
        "standard, "
        "may_choose, valid_from, valid_to, rule, description) ORDER BY k.account, k.contract, k.terms "
        "ON CONFLICT (account, contract, terms) DO UPDATE SET standard = excluded.standard, "
        "may_choose = excluded.may_choose, valid_from = excluded.valid_from, valid_to = excluded.valid_to, "
        "rule = excluded.rule, description = excluded.description";
    static const enum db_type types[] = { DB_TEXT,    DB_TEXT,    DB_TEXT, DB_BOOLEAN, DB_BOOLEAN,
                                          DB_INSTANT, DB_INSTANT, DB_TEXT, DB_TEXT };
    enum { COLUMNS = sizeof types / sizeof *types };
    const struct terms_facts *all = batch->trade->terms_facts;
    struct db_column columns[COLUMNS];
    struct db_value values[COLUMNS];
    for (int i = 0; i < COLUMNS; i++)
        columns[i] = db_column(batch->arena, types[i]);
    for (size_t i = 0; i < all->count; i++) {
        const struct fact_terms *fact = &all->facts[i];
        if (!counts(fact) || fact->deleted)
            continue;
        db_column_add(&columns[0], fact->account);
        db_column_add(&columns[1], fact->contract);
        db_column_add(&columns[2], fact->terms.id);
        db_column_add_number(&columns[3], fact->standard);
        db_column_add_number(&columns[4], fact->may_choose);
        add_instant(&columns[5], fact->valid_from);
        add_instant(&columns[6], fact->valid_to);
        db_column_add(&columns[7], terms_text(&fact->terms, batch->arena));
        db_column_add(&columns[8], fact->description);
    }
    for (int i = 0; i < COLUMNS; i++)
        values[i] = db_array(&columns[i]);
    return delete_terms(batch, db, error) &&
           (columns[0].count == 0 || db_query(db, batch->arena, sql, values, COLUMNS, NULL, error) ||
            error_within(error, "storing terms of payment"));
}

const struct stage terms_doc_stage = {
    .name = "terms_doc",
    .purpose = "stores terms of payment",
    .gather = gather,
    .lock = lock,
    .decide = decide,
    .apply = apply,
};

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl budget`: a company's budgets, how they stand, and what has moved them.
#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "handlers/budget/budgets.h"
#include "handlers/money.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// The budgets of an account, or the one that is named, with all that was done with them.
static bool load(struct online *online, const char *account, const char *id, struct budget ***budgets,
                 size_t *count, struct error *error)
{
    static const char sql[] = "SELECT " BUDGET_COLUMNS " FROM budget b WHERE b.account = $1 AND ($2 = '' OR "
                              "b.budget = $2) ORDER BY b.budget COLLATE \"C\"";
    static const char uses[] = "SELECT period_start, committed, actual, transferred FROM budget_period "
                               "WHERE account = $1 AND budget = $2 ORDER BY period_start";
    struct db_value values[] = { db_text(slice_of(account)), db_text(slice_of(id)) };
    struct db_rows rows;
    if (!db_query(online->db, online->arena, sql, values, 2, &rows, error))
        return error_within(error, "reading budgets");
    *count = rows.count;
    *budgets = ARENA_ARRAY(online->arena, rows.count, struct budget *);
    for (size_t row = 0; row < rows.count; row++) {
        struct budget **budget = &(*budgets)[row];
        struct db_rows done;
        if (!budget_of_row(online->arena, &rows, row, budget, error))
            return false;
        values[1] = db_text((*budget)->id);
        if (!db_query(online->db, online->arena, uses, values, 2, &done, error))
            return error_within(error, "reading what was done with budgets");
        for (size_t i = 0; i < done.count; i++) {
            struct budget_use *use =
                budget_use_of(*budget, (int32_t)db_rows_number(&done, i, 0), online->arena);
            use->committed = db_rows_number(&done, i, 1);
            use->actual = db_rows_number(&done, i, 2);
            use->transferred = db_rows_number(&done, i, 3);
        }
    }
    if (*id && rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "account %s has no budget \"%s\"; `comptoirctl budget list %s` shows them", account,
                         id, account);
    return true;
}

static void add_amount(struct arena *arena, struct document *record, const char *name,
                       const struct budget *budget, int64_t minor)
{
    document_add_decimal(arena, record, name, minor, (uint8_t)money_exponent(budget->currency));
}

static void add_period(struct arena *arena, struct document *record, const struct budget *budget,
                       int32_t start)
{
    struct budget_state state = budget_state(budget, start);
    const struct budget_use *use = budget_find(budget, start);
    document_add_date(arena, record, "period_start", start);
    add_amount(arena, record, "amount", budget, state.amount);
    add_amount(arena, record, "transferred", budget, state.transferred);
    add_amount(arena, record, "rolled_over", budget, state.rolled);
    add_amount(arena, record, "available", budget, state.available);
    add_amount(arena, record, "committed", budget, use ? use->committed : 0);
    add_amount(arena, record, "spent", budget, use ? use->actual : 0);
    add_amount(arena, record, "left", budget, state.available - state.used);
}

static struct document *add_budget(struct arena *arena, struct document *list, const struct budget *budget)
{
    struct document *record = document_add_record(arena, list, NULL, NULL);
    bool centre = !slice_empty(budget->cost_centre), unit = !slice_empty(budget->unit);
    document_add_text(arena, record, "account", budget->account);
    document_add_text(arena, record, "budget", budget->id);
    document_add_text(arena, record, "title", budget->title);
    document_add_text(arena, record, "for",
                      centre ? arena_printf(arena, "cost centre %.*s", SLICE_ARGS(budget->cost_centre))
                      : unit ? arena_printf(arena, "unit %.*s", SLICE_ARGS(budget->unit))
                             : SLICE("whole company"));
    document_add_text(arena, record, "period", slice_of(budget_every_name(budget->every)));
    document_add_text(arena, record, "rule",
                      slice_of(budget->closed ? "deleted" : budget_rule_name(budget->rule)));
    document_add_text(arena, record, "currency", budget->currency);
    return record;
}

static struct document *list_on(struct arena *arena, struct budget **budgets, size_t count, int32_t day)
{
    struct document *list = document_list(arena);
    for (size_t i = 0; i < count; i++) {
        struct document *record = add_budget(arena, list, budgets[i]);
        int32_t start;
        if (budget_start(budgets[i], day, &start))
            add_period(arena, record, budgets[i], start);
    }
    return list;
}

struct list_options {
    const char *on;
    int32_t day; // the same
};

static bool read_day(void *context)
{
    struct list_options *options = context;
    options->day = instant_date(clock_now_us());
    if (!*options->on || date_parse(slice_of(options->on), &options->day))
        return true;
    fprintf(stderr, "comptoirctl budget list: '%s' is no date; write it as 2026-06-15\n", options->on);
    return false;
}

static bool list_budgets(struct online *online, void *context, char **words, size_t word_count,
                         struct error *error)
{
    static const struct table_column columns[] = {
        { "budget", "BUDGET", false },      { "for", "FOR", false },
        { "rule", "RULE", false },          { "period", "PERIOD", false },
        { "period_start", "SINCE", false }, { "available", "AVAILABLE", true },
        { "committed", "COMMITTED", true }, { "spent", "SPENT", true },
        { "left", "LEFT", true },           { "currency", "CUR", false },
    };
    const struct list_options *options = context;
    struct budget **budgets;
    size_t count;
    (void)word_count;
    if (!load(online, words[0], "", &budgets, &count, error))
        return false;
    online_print_list(online, list_on(online->arena, budgets, count, options->day), columns, COUNT(columns));
    return true;
}

int ctl_budget_list(int argc, char **argv)
{
    struct online online = { 0 };
    struct list_options given = { .on = "" };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "on", OPTION_TEXT, &given.on, "DATE",
          "in the periods of this day, as 2026-06-15; default today (UTC)" },
    };
    const struct online_command command = {
        .usage = { "budget list", "ACCOUNT", "List a company's budgets and what is left of them.", options,
                   COUNT(options), 1, 1, NULL },
        .wants = ONLINE_DATABASE,
        .prepare = read_day,
        .act = list_budgets,
    };
    return online_run(&command, &online, &given, argc, argv);
}

// --- One budget

static struct document *periods_of(struct arena *arena, const struct budget *budget, int32_t today)
{
    struct document *list = document_list(arena);
    int32_t now;
    bool current = budget_start(budget, today, &now);
    for (size_t i = 0; i < budget->use_count; i++) {
        struct document *record = document_add_record(arena, list, NULL, NULL);
        add_period(arena, record, budget, budget->uses[i].start);
        current = current && budget->uses[i].start != now;
    }
    if (current)
        add_period(arena, document_add_record(arena, list, NULL, NULL), budget, now);
    return list;
}

// The periods are computed. The entries are those of an account's ($1) budget ($2), at most $3.
static const struct listing parts[] = {
    {
        .name = "periods",
        .columns = {
            { "period_start", "SINCE", false }, { "amount", "AMOUNT", true },
            { "transferred", "MOVED", true }, { "rolled_over", "ROLLED", true },
            { "available", "AVAILABLE", true }, { "committed", "COMMITTED", true },
            { "spent", "SPENT", true }, { "left", "LEFT", true },
        },
    },
    {
        .name = "entries",
        .sql =
            "SELECT b.currency, e.at, e.period_start, e.kind, e.amount, e.source, o.order_number FROM "
            "budget_entry e JOIN budget b ON b.account = e.account AND b.budget = e.budget LEFT JOIN "
            "sales_order o ON o.account = e.account AND o.id = e.order_id WHERE e.account = $1 AND "
            "e.budget = $2 ORDER BY e.at DESC, e.source LIMIT $3",
        .fields = {
            { "currency", ROW_TEXT }, { "at", ROW_INSTANT }, { "period_start", ROW_DATE },
            { "kind", ROW_TEXT }, { "amount", ROW_AMOUNT }, { "source", ROW_TEXT },
            { "order_number", ROW_TEXT },
        },
        .columns = {
            { "at", "AT", false }, { "period_start", "PERIOD", false }, { "kind", "KIND", false },
            { "amount", "AMOUNT", true }, { "order_number", "ORDER", false },
            { "source", "SOURCE", false },
        },
    },
};
enum { PERIODS, ENTRIES };

static void write_sheet(const struct online *online, const struct document *record)
{
    static const struct table_column sheet[] = {
        { "budget", "Budget", false },
        { "title", "Title", false },
        { "for", "For", false },
        { "rule", "Rule", false },
        { "period", "Period", false },
        { "first_day", "First day", false },
        { "end_day", "Ends before", false },
        { "rollover_percent", "Rolls over (percent)", true },
        { "currency", "Currency", false },
    };
    struct text text = text_in(online->arena);
    table_write_sheet(record, sheet, COUNT(sheet), &text);
    online_put(&text);
    for (size_t i = 0; i < COUNT(parts); i++) {
        putchar('\n');
        listing_print(online, &parts[i], document_get(record, parts[i].name));
    }
}

static bool show(struct online *online, void *context, char **words, size_t word_count, struct error *error)
{
    const int64_t *limit = context;
    struct arena *arena = online->arena;
    struct budget **budgets;
    size_t count;
    (void)word_count;
    if (!load(online, words[0], words[1], &budgets, &count, error))
        return false;
    const struct budget *budget = budgets[0];
    struct document *record = add_budget(arena, document_list(arena), budget);
    if (budget->from != BUDGET_OPEN_START)
        document_add_date(arena, record, "first_day", budget->from);
    if (budget->to != BUDGET_OPEN_END)
        document_add_date(arena, record, "end_day", budget->to);
    document_add_decimal(arena, record, "rollover_percent", budget->rollover, MONEY_SCALE);
    document_add(record, parts[PERIODS].name, periods_of(arena, budget, instant_date(clock_now_us())));
    const struct db_value values[] = { db_text(budget->account), db_text(budget->id), db_bigint(*limit) };
    if (!listing_add_parts(online, record, &parts[ENTRIES], 1, values, COUNT(values), error))
        return false;
    if (online->json)
        online_print_json(online, record);
    else
        write_sheet(online, record);
    return true;
}

int ctl_budget_show(int argc, char **argv)
{
    struct online online = { 0 };
    int64_t limit = 20;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "limit", OPTION_NUMBER, &limit, "NUMBER", "at most so many entries, the youngest; default 20" },
    };
    const struct online_command command = {
        .usage = { "budget show", "ACCOUNT BUDGET",
                   "Show a budget with its periods and its youngest entries.", options, COUNT(options), 2, 2,
                   NULL },
        .wants = ONLINE_DATABASE,
        .act = show,
    };
    return online_run(&command, &online, &limit, argc, argv);
}

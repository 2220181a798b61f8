// SPDX-License-Identifier: Apache-2.0
// An account's circuits out of their tables.
#include "handlers/approval/circuit_load.h"

// Rows of an account's circuits, ordered by circuit, are walked once beside the circuits, which are ordered alike.
struct loading {
    struct db *db;
    struct arena *arena;
    struct slice account;
    struct circuit **circuits;
    size_t count;
};

static bool ask(struct loading *loading, const char *sql, struct db_rows *rows, struct error *error)
{
    const struct db_value values[] = { db_text(loading->account) };
    return db_query(loading->db, loading->arena, sql, values, 1, rows, error);
}

static bool unknown(const char *what, struct slice word, struct error *error)
{
    return error_set(error, ERROR_INTERNAL, NULL, "a stored circuit has the unknown %s '%.*s'", what,
                     SLICE_ARGS(word));
}

static struct slice copy(struct loading *loading, const struct db_rows *rows, size_t row, int column)
{
    return arena_copy(loading->arena, db_rows_slice(rows, row, column));
}

static bool load_headers(struct loading *loading, struct error *error)
{
    static const char sql[] =
        "SELECT circuit, title, active, phase, priority, currency, valid_from, valid_to, distinct_in, "
        "tolerance_amount, tolerance_permille, calendar FROM circuit WHERE account = $1 ORDER BY circuit "
        "COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    loading->count = rows.count;
    loading->circuits = ARENA_ARRAY(loading->arena, rows.count, struct circuit *);
    for (size_t row = 0; row < rows.count; row++) {
        struct circuit *circuit = loading->circuits[row] = ARENA_NEW(loading->arena, struct circuit);
        circuit->name = copy(loading, &rows, row, 0);
        circuit->title = copy(loading, &rows, row, 1);
        circuit->active = db_rows_number(&rows, row, 2);
        if (!circuit_phase_parse(db_rows_slice(&rows, row, 3), &circuit->phase))
            return unknown("phase", db_rows_slice(&rows, row, 3), error);
        circuit->priority = (int32_t)db_rows_number(&rows, row, 4);
        circuit->currency = copy(loading, &rows, row, 5);
        circuit->valid_from = db_rows_null(&rows, row, 6) ? INT64_MIN : db_rows_number(&rows, row, 6);
        circuit->valid_to = db_rows_null(&rows, row, 7) ? INT64_MAX : db_rows_number(&rows, row, 7);
        circuit->distinct_in_circuit = slice_is(db_rows_slice(&rows, row, 8), "circuit");
        circuit->has_tolerance_amount = !db_rows_null(&rows, row, 9);
        circuit->tolerance_amount = db_rows_number(&rows, row, 9);
        circuit->tolerance_permille = (int32_t)db_rows_number(&rows, row, 10);
        circuit->calendar = copy(loading, &rows, row, 11);
    }
    return true;
}

static struct circuit *circuit_of(const struct loading *loading, struct slice name)
{
    for (size_t i = 0; i < loading->count; i++)
        if (slice_equal(loading->circuits[i]->name, name))
            return loading->circuits[i];
    return NULL;
}

static bool load_tiers(struct loading *loading, struct error *error)
{
    static const char sql[] =
        "SELECT circuit, name, mode, quorum, remind_minutes, due_minutes, expire_minutes, "
        "on_expiry FROM circuit_tier WHERE account = $1 ORDER BY circuit, tier";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct circuit *circuit = circuit_of(loading, db_rows_slice(&rows, row, 0));
        if (!circuit)
            continue;
        if (!circuit->tiers)
            circuit->tiers = ARENA_ARRAY(loading->arena, CIRCUIT_TIERS_MAX, struct circuit_tier);
        if (circuit->tier_count == CIRCUIT_TIERS_MAX)
            return unknown("number of tiers of circuit", circuit->name, error);
        struct circuit_tier *tier = &circuit->tiers[circuit->tier_count++];
        tier->name = copy(loading, &rows, row, 1);
        if (!circuit_tier_mode_parse(db_rows_slice(&rows, row, 2), &tier->mode))
            return unknown("mode", db_rows_slice(&rows, row, 2), error);
        tier->quorum = (int32_t)db_rows_number(&rows, row, 3);
        tier->remind_minutes = (int32_t)db_rows_number(&rows, row, 4);
        tier->due_minutes = (int32_t)db_rows_number(&rows, row, 5);
        tier->expire_minutes = (int32_t)db_rows_number(&rows, row, 6);
        tier->expiry_rejects = slice_is(db_rows_slice(&rows, row, 7), "reject");
    }
    return true;
}

// NULL where the tier, counted from 1, is none of the circuit's.
static struct circuit_tier *tier_of(const struct circuit *circuit, int64_t tier)
{
    return circuit && tier >= 1 && (size_t)tier <= circuit->tier_count ? &circuit->tiers[tier - 1] : NULL;
}

static struct circuit_group *group_of(struct loading *loading, struct circuit_tier *tier, int64_t number)
{
    if (number == 0)
        return &tier->escalate;
    if (!tier->groups)
        tier->groups = ARENA_ARRAY(loading->arena, CIRCUIT_GROUPS_MAX, struct circuit_group);
    if (number < 1 || number > CIRCUIT_GROUPS_MAX)
        return NULL;
    if ((size_t)number > tier->group_count)
        tier->group_count = (size_t)number;
    return &tier->groups[number - 1];
}

static bool load_selectors(struct loading *loading, struct error *error)
{
    static const char sql[] =
        "SELECT circuit, tier, \"group\", kind, name, unit, levels, \"limit\" FROM circuit_selector "
        "WHERE account = $1 ORDER BY circuit, tier, \"group\", position";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct circuit_tier *tier =
            tier_of(circuit_of(loading, db_rows_slice(&rows, row, 0)), db_rows_number(&rows, row, 1));
        struct circuit_group *group = tier ? group_of(loading, tier, db_rows_number(&rows, row, 2)) : NULL;
        if (!group)
            continue;
        if (!group->selectors)
            group->selectors = ARENA_ARRAY(loading->arena, CIRCUIT_SELECTORS_MAX, struct circuit_selector);
        if (group->selector_count == CIRCUIT_SELECTORS_MAX)
            return unknown("number of people to ask in tier", tier->name, error);
        struct circuit_selector *selector = &group->selectors[group->selector_count++];
        if (!circuit_selector_kind_parse(db_rows_slice(&rows, row, 3), &selector->kind))
            return unknown("kind of person", db_rows_slice(&rows, row, 3), error);
        selector->name = copy(loading, &rows, row, 4);
        selector->unit = copy(loading, &rows, row, 5);
        selector->levels = (int32_t)db_rows_number(&rows, row, 6);
        selector->has_limit = !db_rows_null(&rows, row, 7);
        selector->limit = db_rows_number(&rows, row, 7);
    }
    return true;
}

// The list of conditions that a row belongs to; NULL where there is none.
static struct circuit_condition **list_of(struct circuit *circuit, int64_t number, struct slice purpose,
                                          size_t **count)
{
    struct circuit_tier *tier = tier_of(circuit, number);
    if (circuit && number == 0) {
        *count = &circuit->condition_count;
        return &circuit->conditions;
    }
    if (!tier)
        return NULL;
    *count = slice_is(purpose, "when") ? &tier->when_count : &tier->skip_count;
    return slice_is(purpose, "when") ? &tier->when : &tier->skip;
}

static bool read_condition(struct loading *loading, const struct db_rows *rows, size_t row, size_t values,
                           struct circuit_condition *condition, struct error *error)
{
    struct slice field = db_rows_slice(rows, row, 4), operator= db_rows_slice(rows, row, 5);
    if (!circuit_field_parse(field, &condition->field))
        return unknown("field", field, error);
    if (!circuit_operator_parse(operator, & condition->operator))
        return unknown("operator", operator, error);
    struct slice *words = ARENA_ARRAY(loading->arena, values, struct slice);
    for (size_t i = 0; i < values; i++)
        words[i] = copy(loading, rows, row + i, 6);
    condition->values = words;
    condition->value_count = values;
    if (!circuit_operator_is_number(condition->operator))
        return true;
    uint8_t scale = condition->field == FIELD_DISCOUNT ? 1 : circuit_field_is_money(condition->field) ? 4 : 0;
    return decimal_parse(words[0], '.', scale, &condition->number) || unknown("number", words[0], error);
}

static bool load_conditions(struct loading *loading, struct error *error)
{
    static const char sql[] =
        "SELECT circuit, tier, purpose, position, field, operator, value FROM circuit_condition "
        "WHERE account = $1 ORDER BY circuit, tier, purpose, position, value_position";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count;) {
        size_t end = row + 1, *count;
        while (end < rows.count && slice_equal(db_rows_slice(&rows, end, 0), db_rows_slice(&rows, row, 0)) &&
               db_rows_number(&rows, end, 1) == db_rows_number(&rows, row, 1) &&
               slice_equal(db_rows_slice(&rows, end, 2), db_rows_slice(&rows, row, 2)) &&
               db_rows_number(&rows, end, 3) == db_rows_number(&rows, row, 3))
            end++;
        struct circuit_condition **list =
            list_of(circuit_of(loading, db_rows_slice(&rows, row, 0)), db_rows_number(&rows, row, 1),
                    db_rows_slice(&rows, row, 2), &count);
        if (list && !*list)
            *list = ARENA_ARRAY(loading->arena, CIRCUIT_CONDITIONS_MAX, struct circuit_condition);
        if (list && *count == CIRCUIT_CONDITIONS_MAX)
            return unknown("number of conditions of circuit", db_rows_slice(&rows, row, 0), error);
        if (list && !read_condition(loading, &rows, row, end - row, &(*list)[(*count)++], error))
            return false;
        row = end;
    }
    return true;
}

bool circuit_load_all(struct db *db, struct arena *arena, struct slice account, struct circuit ***circuits,
                      size_t *count, struct error *error)
{
    struct loading loading = { .db = db, .arena = arena, .account = account };
    bool good = load_headers(&loading, error) &&
                (loading.count == 0 || (load_tiers(&loading, error) && load_selectors(&loading, error) &&
                                        load_conditions(&loading, error)));
    *circuits = loading.circuits;
    *count = loading.count;
    circuit_sort(*circuits, *count);
    return good || error_within(error, "loading the circuits of account %.*s", SLICE_ARGS(account));
}

// --- Calendars

static struct working_calendar *calendar_in(struct company *company, struct slice name)
{
    for (size_t i = 0; i < company->calendar_count; i++)
        if (slice_equal(company->calendars[i]->name, name))
            return company->calendars[i];
    return NULL;
}

const struct working_calendar *company_calendar(const struct company *company, struct slice name)
{
    for (size_t i = 0; i < company->calendar_count; i++)
        if (slice_equal(company->calendars[i]->name, name))
            return company->calendars[i];
    return NULL;
}

static bool load_shifts(struct loading *loading, struct company *company, struct error *error)
{
    static const char sql[] =
        "SELECT calendar, \"from\", offset_minutes FROM calendar_shift WHERE account = $1 "
        "ORDER BY calendar, \"from\"";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct working_calendar *calendar = calendar_in(company, db_rows_slice(&rows, row, 0));
        if (!calendar || calendar->shift_count == CALENDAR_SHIFTS_MAX)
            continue;
        if (!calendar->shifts)
            calendar->shifts = ARENA_ARRAY(company->arena, CALENDAR_SHIFTS_MAX, struct calendar_shift);
        calendar->shifts[calendar->shift_count++] =
            (struct calendar_shift){ db_rows_number(&rows, row, 1), (int32_t)db_rows_number(&rows, row, 2) };
    }
    return true;
}

static bool load_days(struct loading *loading, struct company *company, struct error *error)
{
    static const char sql[] =
        "SELECT calendar, day, works FROM calendar_day WHERE account = $1 ORDER BY calendar, day";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    for (size_t row = 0; row < rows.count; row++) {
        struct working_calendar *calendar = calendar_in(company, db_rows_slice(&rows, row, 0));
        if (!calendar || calendar->day_count == CALENDAR_DAYS_MAX)
            continue;
        if (!calendar->days)
            calendar->days = ARENA_ARRAY(company->arena, CALENDAR_DAYS_MAX, struct calendar_day);
        calendar->days[calendar->day_count++] =
            (struct calendar_day){ (int32_t)db_rows_number(&rows, row, 1), db_rows_number(&rows, row, 2) };
    }
    return true;
}

static bool load_calendars(struct loading *loading, struct company *company, struct error *error)
{
    static const char sql[] =
        "SELECT calendar, weekdays, from_minute, to_minute, offset_minutes FROM working_calendar "
        "WHERE account = $1 ORDER BY calendar COLLATE \"C\"";
    struct db_rows rows;
    if (!ask(loading, sql, &rows, error))
        return false;
    company->calendars = ARENA_ARRAY(company->arena, rows.count, struct working_calendar *);
    company->calendar_count = rows.count;
    for (size_t row = 0; row < rows.count; row++) {
        struct working_calendar *calendar = ARENA_NEW(company->arena, struct working_calendar);
        struct slice weekdays = db_rows_slice(&rows, row, 1);
        calendar->name = copy(loading, &rows, row, 0);
        for (size_t i = 0; i < weekdays.size; i++)
            if (weekdays.data[i] >= '1' && weekdays.data[i] <= '7')
                calendar->weekdays[weekdays.data[i] - '1'] = true;
        calendar->from_minute = (int32_t)db_rows_number(&rows, row, 2);
        calendar->to_minute = (int32_t)db_rows_number(&rows, row, 3);
        calendar->offset_minutes = (int32_t)db_rows_number(&rows, row, 4);
        company->calendars[row] = calendar;
    }
    return rows.count == 0 || (load_shifts(loading, company, error) && load_days(loading, company, error));
}

bool circuit_load(struct db *db, struct company *company, int64_t now_us, struct error *error)
{
    struct circuit **circuits;
    size_t count;
    if (!circuit_load_all(db, company->arena, company->account, &circuits, &count, error))
        return false;
    company->circuits = circuits;
    company->circuit_count = 0;
    for (size_t i = 0; i < count; i++)
        if (circuits[i]->active &&
            company_dated(company, now_us, circuits[i]->valid_from, circuits[i]->valid_to))
            company->circuits[company->circuit_count++] = circuits[i];
    struct loading loading = { .db = db, .arena = company->arena, .account = company->account };
    return load_calendars(&loading, company, error) || error_within(error, "loading working calendars");
}

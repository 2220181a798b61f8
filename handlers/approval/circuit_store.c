// SPDX-License-Identifier: Apache-2.0
// Circuits and calendars into their tables. A document replaces what its name stood for, whole: the old rows go, the
// new ones are copied in. Such documents are rare, so a statement a table does.
#include "handlers/approval/circuit_load.h"

struct storing {
    struct batch *batch;
    struct db *db;
    const struct circuit_fact **circuits, **calendars; // the last of each name
    size_t circuit_count, calendar_count;
};

// The last fact of each key, by key, so that two batches with the same ones wait for each other.
static void keep_last(const struct circuit_fact **kept, size_t *count, const struct circuit_fact *fact,
                      struct slice name)
{
    for (size_t i = 0; i < *count; i++) {
        struct slice other = kept[i]->circuit ? kept[i]->circuit->name : kept[i]->calendar->name;
        if (slice_equal(kept[i]->account, fact->account) && slice_equal(other, name)) {
            kept[i] = fact;
            return;
        }
    }
    kept[(*count)++] = fact;
}

static bool forget(const struct storing *storing, const char *const *statements, size_t count,
                   const struct circuit_fact **facts, size_t fact_count, struct error *error)
{
    struct db_column accounts = db_column(storing->batch->arena, DB_TEXT),
                     names = db_column(storing->batch->arena, DB_TEXT);
    for (size_t i = 0; i < fact_count; i++) {
        db_column_add(&accounts, facts[i]->account);
        db_column_add(&names, facts[i]->circuit ? facts[i]->circuit->name : facts[i]->calendar->name);
    }
    const struct db_value values[] = { db_array(&accounts), db_array(&names) };
    for (size_t i = 0; i < count && fact_count > 0; i++)
        if (!db_query(storing->db, storing->batch->arena, statements[i], values, 2, NULL, error))
            return error_within(error, "replacing circuits");
    return true;
}

#define FORGET(table, name)                                                                                  \
    "DELETE FROM " table " t USING unnest($1::text[], $2::text[]) AS k(account, name) "                      \
    "WHERE t.account = k.account AND t." name " = k.name"

static void copy_instant(struct db_copy *copy, int64_t instant_us)
{
    if (instant_us == INT64_MIN || instant_us == INT64_MAX)
        db_copy_null(copy);
    else
        db_copy_number(copy, DB_INSTANT, instant_us);
}

static void copy_optional(struct db_copy *copy, bool has, int64_t number)
{
    if (has)
        db_copy_number(copy, DB_BIGINT, number);
    else
        db_copy_null(copy);
}

static bool copy_headers(const struct storing *storing, struct error *error)
{
    static const char sql[] = "COPY circuit (account, circuit, title, active, phase, priority, currency, "
                              "valid_from, valid_to, distinct_in, "
                              "tolerance_amount, tolerance_permille, calendar) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(storing->batch->arena, 13);
    for (size_t i = 0; i < storing->circuit_count; i++) {
        const struct circuit *circuit = storing->circuits[i]->circuit;
        db_copy_row(&copy);
        db_copy_slice(&copy, storing->circuits[i]->account);
        db_copy_slice(&copy, circuit->name);
        db_copy_slice(&copy, circuit->title);
        db_copy_number(&copy, DB_BOOLEAN, circuit->active);
        db_copy_slice(&copy, slice_of(circuit_phase_name(circuit->phase)));
        db_copy_number(&copy, DB_INTEGER, circuit->priority);
        db_copy_slice(&copy, circuit->currency);
        copy_instant(&copy, circuit->valid_from);
        copy_instant(&copy, circuit->valid_to);
        db_copy_slice(&copy, circuit->distinct_in_circuit ? SLICE("circuit") : SLICE("tier"));
        copy_optional(&copy, circuit->has_tolerance_amount, circuit->tolerance_amount);
        db_copy_number(&copy, DB_INTEGER, circuit->tolerance_permille);
        db_copy_slice(&copy, circuit->calendar);
    }
    return db_copy_end(&copy, storing->db, sql, error);
}

static void copy_list(struct db_copy *copy, const struct circuit_fact *fact, size_t tier, const char *purpose,
                      const struct circuit_condition *conditions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < conditions[i].value_count; j++) {
            db_copy_row(copy);
            db_copy_slice(copy, fact->account);
            db_copy_slice(copy, fact->circuit->name);
            db_copy_number(copy, DB_INTEGER, (int64_t)tier);
            db_copy_slice(copy, slice_of(purpose));
            db_copy_number(copy, DB_INTEGER, (int64_t)i);
            db_copy_number(copy, DB_INTEGER, (int64_t)j);
            db_copy_slice(copy, slice_of(circuit_field_name(conditions[i].field)));
            db_copy_slice(copy, slice_of(circuit_operator_name(conditions[i].operator)));
            db_copy_slice(copy, conditions[i].values[j]);
        }
}

static bool copy_conditions(const struct storing *storing, struct error *error)
{
    static const char sql[] =
        "COPY circuit_condition (account, circuit, tier, purpose, position, value_position, "
        "field, operator, value) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(storing->batch->arena, 9);
    for (size_t i = 0; i < storing->circuit_count; i++) {
        const struct circuit_fact *fact = storing->circuits[i];
        copy_list(&copy, fact, 0, "match", fact->circuit->conditions, fact->circuit->condition_count);
        for (size_t tier = 0; tier < fact->circuit->tier_count; tier++) {
            const struct circuit_tier *at = &fact->circuit->tiers[tier];
            copy_list(&copy, fact, tier + 1, "when", at->when, at->when_count);
            copy_list(&copy, fact, tier + 1, "skip", at->skip, at->skip_count);
        }
    }
    return db_copy_end(&copy, storing->db, sql, error);
}

static bool copy_tiers(const struct storing *storing, struct error *error)
{
    static const char sql[] =
        "COPY circuit_tier (account, circuit, tier, name, mode, quorum, remind_minutes, "
        "due_minutes, expire_minutes, on_expiry) FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(storing->batch->arena, 10);
    for (size_t i = 0; i < storing->circuit_count; i++)
        for (size_t tier = 0; tier < storing->circuits[i]->circuit->tier_count; tier++) {
            const struct circuit_tier *at = &storing->circuits[i]->circuit->tiers[tier];
            db_copy_row(&copy);
            db_copy_slice(&copy, storing->circuits[i]->account);
            db_copy_slice(&copy, storing->circuits[i]->circuit->name);
            db_copy_number(&copy, DB_INTEGER, (int64_t)tier + 1);
            db_copy_slice(&copy, at->name);
            db_copy_slice(&copy, slice_of(circuit_tier_mode_name(at->mode)));
            db_copy_number(&copy, DB_INTEGER, at->quorum);
            db_copy_number(&copy, DB_INTEGER, at->remind_minutes);
            db_copy_number(&copy, DB_INTEGER, at->due_minutes);
            db_copy_number(&copy, DB_INTEGER, at->expire_minutes);
            db_copy_slice(&copy, at->expiry_rejects ? SLICE("reject") : SLICE("hold"));
        }
    return db_copy_end(&copy, storing->db, sql, error);
}

static void copy_group(struct db_copy *copy, const struct circuit_fact *fact, size_t tier, size_t number,
                       const struct circuit_group *group)
{
    for (size_t i = 0; i < group->selector_count; i++) {
        const struct circuit_selector *selector = &group->selectors[i];
        db_copy_row(copy);
        db_copy_slice(copy, fact->account);
        db_copy_slice(copy, fact->circuit->name);
        db_copy_number(copy, DB_INTEGER, (int64_t)tier);
        db_copy_number(copy, DB_INTEGER, (int64_t)number);
        db_copy_number(copy, DB_INTEGER, (int64_t)i);
        db_copy_slice(copy, slice_of(circuit_selector_kind_name(selector->kind)));
        db_copy_slice(copy, selector->name);
        db_copy_slice(copy, selector->unit);
        db_copy_number(copy, DB_INTEGER, selector->levels);
        copy_optional(copy, selector->has_limit, selector->limit);
    }
}

static bool copy_selectors(const struct storing *storing, struct error *error)
{
    static const char sql[] =
        "COPY circuit_selector (account, circuit, tier, \"group\", position, kind, name, unit, "
        "levels, \"limit\") FROM STDIN (FORMAT binary)";
    struct db_copy copy = db_copy(storing->batch->arena, 10);
    for (size_t i = 0; i < storing->circuit_count; i++) {
        const struct circuit_fact *fact = storing->circuits[i];
        for (size_t tier = 0; tier < fact->circuit->tier_count; tier++) {
            const struct circuit_tier *at = &fact->circuit->tiers[tier];
            copy_group(&copy, fact, tier + 1, 0, &at->escalate);
            for (size_t group = 0; group < at->group_count; group++)
                copy_group(&copy, fact, tier + 1, group + 1, &at->groups[group]);
        }
    }
    return db_copy_end(&copy, storing->db, sql, error);
}

static struct slice weekdays_text(struct arena *arena, const struct working_calendar *calendar)
{
    char text[8] = { 0 };
    size_t size = 0;
    for (int i = 0; i < 7; i++)
        if (calendar->weekdays[i])
            text[size++] = (char)('1' + i);
    return arena_copy(arena, (struct slice){ text, size });
}

static bool copy_calendars(const struct storing *storing, struct error *error)
{
    static const char sql[] = "COPY working_calendar (account, calendar, weekdays, from_minute, to_minute, "
                              "offset_minutes) FROM STDIN (FORMAT binary)",
                      shift_sql[] =
                          "COPY calendar_shift (account, calendar, \"from\", offset_minutes) FROM STDIN "
                          "(FORMAT binary)",
                      day_sql[] =
                          "COPY calendar_day (account, calendar, day, works) FROM STDIN (FORMAT binary)";
    struct arena *arena = storing->batch->arena;
    struct db_copy copy = db_copy(arena, 6), shifts = db_copy(arena, 4), days = db_copy(arena, 4);
    for (size_t i = 0; i < storing->calendar_count; i++) {
        const struct working_calendar *calendar = storing->calendars[i]->calendar;
        struct slice account = storing->calendars[i]->account;
        db_copy_row(&copy);
        db_copy_slice(&copy, account);
        db_copy_slice(&copy, calendar->name);
        db_copy_slice(&copy, weekdays_text(arena, calendar));
        db_copy_number(&copy, DB_INTEGER, calendar->from_minute);
        db_copy_number(&copy, DB_INTEGER, calendar->to_minute);
        db_copy_number(&copy, DB_INTEGER, calendar->offset_minutes);
        for (size_t j = 0; j < calendar->shift_count; j++) {
            db_copy_row(&shifts);
            db_copy_slice(&shifts, account);
            db_copy_slice(&shifts, calendar->name);
            db_copy_number(&shifts, DB_INSTANT, calendar->shifts[j].from);
            db_copy_number(&shifts, DB_INTEGER, calendar->shifts[j].offset_minutes);
        }
        for (size_t j = 0; j < calendar->day_count; j++) {
            db_copy_row(&days);
            db_copy_slice(&days, account);
            db_copy_slice(&days, calendar->name);
            db_copy_number(&days, DB_DATE, calendar->days[j].day);
            db_copy_number(&days, DB_BOOLEAN, calendar->days[j].works);
        }
    }
    return db_copy_end(&copy, storing->db, sql, error) &&
           db_copy_end(&shifts, storing->db, shift_sql, error) &&
           db_copy_end(&days, storing->db, day_sql, error);
}

bool circuit_store(struct batch *batch, const struct circuit_fact *facts, size_t count, struct db *db,
                   struct error *error)
{
    static const char *const circuit_tables[] = { FORGET("circuit", "circuit"),
                                                  FORGET("circuit_condition", "circuit"),
                                                  FORGET("circuit_tier", "circuit"),
                                                  FORGET("circuit_selector", "circuit") };
    static const char *const calendar_tables[] = { FORGET("working_calendar", "calendar"),
                                                   FORGET("calendar_shift", "calendar"),
                                                   FORGET("calendar_day", "calendar") };
    struct storing storing = { .batch = batch, .db = db };
    storing.circuits = ARENA_ARRAY(batch->arena, count, const struct circuit_fact *);
    storing.calendars = ARENA_ARRAY(batch->arena, count, const struct circuit_fact *);
    for (size_t i = 0; i < count; i++) {
        if (facts[i].stored && facts[i].circuit)
            keep_last(storing.circuits, &storing.circuit_count, &facts[i], facts[i].circuit->name);
        if (facts[i].stored && facts[i].calendar)
            keep_last(storing.calendars, &storing.calendar_count, &facts[i], facts[i].calendar->name);
    }
    return (forget(&storing, circuit_tables, 4, storing.circuits, storing.circuit_count, error) &&
            forget(&storing, calendar_tables, 3, storing.calendars, storing.calendar_count, error) &&
            copy_headers(&storing, error) && copy_conditions(&storing, error) &&
            copy_tiers(&storing, error) && copy_selectors(&storing, error) &&
            copy_calendars(&storing, error)) ||
           error_within(error, "storing circuits and calendars");
}

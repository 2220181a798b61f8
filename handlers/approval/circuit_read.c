// SPDX-License-Identifier: Apache-2.0
#include "handlers/approval/circuit_read.h"

#include "base/text.h"
#include "handlers/company/company.h"
#include "handlers/money.h"

// A circuit being read.
struct reading {
    struct reader *reader;
    struct arena *arena;
    struct circuit *circuit;
};

static size_t items_of(const struct document *record, const char *name)
{
    const struct document *list = document_get(record, name);
    return list && list->kind == DOCUMENT_LIST ? list->count : 0;
}

static bool fits_count(struct reading *reading, const char *what, size_t count, size_t least, size_t most)
{
    return (count >= least && count <= most) ||
           reader_park(reading->reader, "circuit %.*s has %zu %s, wanted %zu to %zu",
                       SLICE_ARGS(reading->circuit->name), count, what, least, most);
}

// The one value of an operator that compares by size. A discount is written in percent.
static bool read_number(struct reading *reading, struct circuit_condition *condition)
{
    uint8_t scale = condition->field == FIELD_DISCOUNT         ? 1
                    : circuit_field_is_money(condition->field) ? MONEY_SCALE
                                                               : 0;
    return (condition->value_count == 1 &&
            decimal_parse(condition->values[0], '.', scale, &condition->number)) ||
           reader_park(reading->reader,
                       "circuit %.*s compares %s with '%.*s'%s, wanted one number with at most %d decimals",
                       SLICE_ARGS(reading->circuit->name), circuit_field_name(condition->field),
                       SLICE_ARGS(condition->value_count ? condition->values[0] : (struct slice){ 0 }),
                       condition->value_count > 1 ? " and more" : "", scale);
}

// Fields that have a few words only.
static bool word_fits(struct reading *reading, const struct circuit_condition *condition, struct slice value)
{
    enum role role;
    bool fits = true;
    if (condition->field == FIELD_BUDGET || condition->field == FIELD_CREDIT)
        fits = slice_is(value, "within") || slice_is(value, "over");
    else if (condition->field == FIELD_FIRST_ORDER)
        fits = slice_is(value, "yes") || slice_is(value, "no");
    else if (condition->field == FIELD_ROLE)
        fits = role_parse(value, &role);
    return fits || reader_park(reading->reader, "circuit %.*s compares %s with the unknown word '%.*s'",
                               SLICE_ARGS(reading->circuit->name), circuit_field_name(condition->field),
                               SLICE_ARGS(value));
}

static bool operator_fits(const struct circuit_condition *condition)
{
    if (circuit_field_is_number(condition->field) || circuit_operator_is_number(condition->operator))
        return circuit_field_is_number(condition->field) && circuit_operator_is_number(condition->operator);
    return condition->operator!= OPERATOR_WITHIN || condition->field == FIELD_UNIT ||
        condition->field == FIELD_CATEGORY;
}

static struct slice field_names(struct arena *arena)
{
    struct text text = text_in(arena);
    for (int i = 0; i < FIELD_COUNT; i++)
        text_printf(&text, "%s%s", i ? ", " : "", circuit_field_name((enum circuit_field)i));
    return text_slice(&text);
}

static struct slice selector_names(struct arena *arena)
{
    struct text text = text_in(arena);
    for (int i = 0; i < SELECTOR_COUNT; i++)
        text_printf(&text, "%s%s", i ? ", " : "", circuit_selector_kind_name((enum selector_kind)i));
    return text_slice(&text);
}

static bool read_condition(struct reading *reading, const struct document *record,
                           struct circuit_condition *condition)
{
    struct slice field = document_text(record, "field"), operator= document_text(record, "operator");
    if (!circuit_field_parse(field, &condition->field))
        return reader_park(
            reading->reader, "circuit %.*s looks at the unknown field '%.*s', wanted one of %.*s",
            SLICE_ARGS(reading->circuit->name), SLICE_ARGS(field), SLICE_ARGS(field_names(reading->arena)));
    if (!circuit_operator_parse(operator, & condition->operator) || !operator_fits(condition))
        return reader_park(reading->reader, "circuit %.*s: '%.*s' is no operator for %.*s",
                           SLICE_ARGS(reading->circuit->name), SLICE_ARGS(operator), SLICE_ARGS(field));
    size_t count = items_of(record, "values");
    if (!fits_count(reading, "values of a condition", count, 1, CIRCUIT_VALUES_MAX))
        return false;
    struct slice *values = ARENA_ARRAY(reading->arena, count, struct slice);
    condition->values = values;
    for (const struct document *value = document_items(record, "values"); value; value = value->next) {
        values[condition->value_count++] = value->text;
        if (!reader_fits(reading->reader, "value", value->text) ||
            !word_fits(reading, condition, value->text))
            return false;
    }
    return !circuit_operator_is_number(condition->operator) || read_number(reading, condition);
}

static bool read_conditions(struct reading *reading, const struct document *record, const char *name,
                            struct circuit_condition **conditions, size_t *count)
{
    size_t wanted = items_of(record, name);
    if (!fits_count(reading, "conditions in a list", wanted, 0, CIRCUIT_CONDITIONS_MAX))
        return false;
    *conditions = ARENA_ARRAY(reading->arena, wanted, struct circuit_condition);
    for (const struct document *item = document_items(record, name); item; item = item->next)
        if (!read_condition(reading, item, &(*conditions)[(*count)++]))
            return false;
    return true;
}

static bool read_selector(struct reading *reading, const struct document *record,
                          struct circuit_selector *selector)
{
    struct slice kind = document_text(record, "kind"), circuit = reading->circuit->name;
    enum role role;
    selector->name = document_text(record, "name");
    selector->unit = document_text(record, "unit");
    selector->levels = (int32_t)document_integer(record, "levels", 0);
    selector->has_limit = document_decimal(record, "limit", MONEY_SCALE, &selector->limit);
    if (!circuit_selector_kind_parse(kind, &selector->kind))
        return reader_park(reading->reader,
                           "circuit %.*s asks the unknown kind of person '%.*s', wanted one of %.*s",
                           SLICE_ARGS(circuit), SLICE_ARGS(kind), SLICE_ARGS(selector_names(reading->arena)));
    if (!reader_fits(reading->reader, "name", selector->name) ||
        !reader_fits(reading->reader, "unit", selector->unit))
        return false;
    if (selector->has_limit && selector->limit < 0)
        return reader_park(reading->reader, "circuit %.*s: the limit of %.*s is negative",
                           SLICE_ARGS(circuit), SLICE_ARGS(circuit_selector_text(selector, reading->arena)));
    if (selector->kind == SELECTOR_USER && slice_empty(selector->name))
        return reader_park(reading->reader, "circuit %.*s asks a user, but names none", SLICE_ARGS(circuit));
    if (selector->kind == SELECTOR_ROLE && !role_parse(selector->name, &role))
        return reader_park(reading->reader, "circuit %.*s asks the unknown role '%.*s'", SLICE_ARGS(circuit),
                           SLICE_ARGS(selector->name));
    if (selector->kind == SELECTOR_MANAGER && selector->levels == 0)
        selector->levels = 1;
    return (selector->levels >= 0 && selector->levels <= COMPANY_DEPTH_MAX) ||
           reader_park(reading->reader, "circuit %.*s asks the manager %d levels up, wanted 1 to %d",
                       SLICE_ARGS(circuit), (int)selector->levels, COMPANY_DEPTH_MAX);
}

static bool read_selectors(struct reading *reading, const struct document *record, const char *name,
                           size_t least, struct circuit_group *group)
{
    size_t count = items_of(record, name);
    if (!fits_count(reading, "people to ask in a group", count, least, CIRCUIT_SELECTORS_MAX))
        return false;
    group->selectors = ARENA_ARRAY(reading->arena, count, struct circuit_selector);
    for (const struct document *item = document_items(record, name); item; item = item->next)
        if (!read_selector(reading, item, &group->selectors[group->selector_count++]))
            return false;
    return true;
}

static bool read_minutes(struct reading *reading, const struct document *record, const char *name,
                         int32_t *minutes)
{
    int64_t value = document_integer(record, name, 0);
    *minutes = (int32_t)value;
    return (value >= 0 && value <= CALENDAR_MINUTES_MAX) ||
           reader_park(reading->reader, "circuit %.*s: %s is %lld, wanted 0 to %d",
                       SLICE_ARGS(reading->circuit->name), name, (long long)value, CALENDAR_MINUTES_MAX);
}

static bool read_clock(struct reading *reading, const struct document *record, struct circuit_tier *tier)
{
    struct slice on_expiry = document_text(record, "on_expiry");
    if (!read_minutes(reading, record, "remind_minutes", &tier->remind_minutes) ||
        !read_minutes(reading, record, "due_minutes", &tier->due_minutes) ||
        !read_minutes(reading, record, "expire_minutes", &tier->expire_minutes))
        return false;
    if (tier->remind_minutes > 0 && tier->remind_minutes < 5)
        return reader_park(
            reading->reader, "circuit %.*s: tier %.*s reminds every %d minutes, wanted 5 at least",
            SLICE_ARGS(reading->circuit->name), SLICE_ARGS(tier->name), (int)tier->remind_minutes);
    if (tier->expire_minutes > 0 && tier->due_minutes >= tier->expire_minutes)
        return reader_park(reading->reader,
                           "circuit %.*s: tier %.*s expires after %d minutes, before it goes up after %d",
                           SLICE_ARGS(reading->circuit->name), SLICE_ARGS(tier->name),
                           (int)tier->expire_minutes, (int)tier->due_minutes);
    tier->expiry_rejects = slice_is(on_expiry, "reject");
    return tier->expiry_rejects || slice_empty(on_expiry) || slice_is(on_expiry, "hold") ||
           reader_park(reading->reader, "circuit %.*s: on_expiry is '%.*s', wanted hold or reject",
                       SLICE_ARGS(reading->circuit->name), SLICE_ARGS(on_expiry));
}

static bool quorum_fits(struct reading *reading, const struct circuit_tier *tier)
{
    bool wanted = tier->mode == TIER_QUORUM;
    return (wanted ? tier->quorum >= 1 && tier->quorum <= CIRCUIT_GROUPS_MAX : tier->quorum == 0) ||
           reader_park(reading->reader, "circuit %.*s: tier %.*s has a quorum of %d, wanted %s",
                       SLICE_ARGS(reading->circuit->name), SLICE_ARGS(tier->name), (int)tier->quorum,
                       wanted ? "1 to 20" : "none in this mode");
}

static bool read_tier(struct reading *reading, const struct document *record, struct circuit_tier *tier)
{
    struct slice mode = document_text(record, "mode"), circuit = reading->circuit->name;
    tier->name = document_text(record, "name");
    if (slice_empty(tier->name))
        return reader_park(reading->reader, "circuit %.*s has a tier without a name", SLICE_ARGS(circuit));
    if (!reader_fits(reading->reader, "name", tier->name))
        return false;
    if (!slice_empty(mode) && !circuit_tier_mode_parse(mode, &tier->mode))
        return reader_park(reading->reader,
                           "circuit %.*s: tier %.*s has the unknown mode '%.*s', wanted all, chain or quorum",
                           SLICE_ARGS(circuit), SLICE_ARGS(tier->name), SLICE_ARGS(mode));
    tier->quorum = (int32_t)document_integer(record, "quorum", 0);
    size_t groups = items_of(record, "groups");
    if (!quorum_fits(reading, tier) ||
        !fits_count(reading, "groups in a tier", groups, 1, CIRCUIT_GROUPS_MAX))
        return false;
    tier->groups = ARENA_ARRAY(reading->arena, groups, struct circuit_group);
    for (const struct document *item = document_items(record, "groups"); item; item = item->next)
        if (!read_selectors(reading, item, "selectors", 1, &tier->groups[tier->group_count++]))
            return false;
    return read_conditions(reading, record, "when", &tier->when, &tier->when_count) &&
           read_conditions(reading, record, "skip", &tier->skip, &tier->skip_count) &&
           read_selectors(reading, record, "escalate", 0, &tier->escalate) &&
           read_clock(reading, record, tier);
}

static bool read_tiers(struct reading *reading)
{
    struct circuit *circuit = reading->circuit;
    const struct document *document = reading->reader->document;
    bool wanted = circuit->phase == PHASE_REQUIRE;
    size_t count = items_of(document, "tiers");
    if (!fits_count(reading, wanted ? "tiers" : "tiers, but it asks nobody", count, wanted,
                    wanted ? CIRCUIT_TIERS_MAX : 0))
        return false;
    circuit->tiers = ARENA_ARRAY(reading->arena, count, struct circuit_tier);
    for (const struct document *item = document_items(document, "tiers"); item; item = item->next) {
        struct circuit_tier *tier = &circuit->tiers[circuit->tier_count++];
        if (!read_tier(reading, item, tier))
            return false;
        for (size_t i = 0; i + 1 < circuit->tier_count; i++)
            if (slice_equal(circuit->tiers[i].name, tier->name))
                return reader_park(reading->reader, "circuit %.*s has two tiers of the name '%.*s'",
                                   SLICE_ARGS(circuit->name), SLICE_ARGS(tier->name));
    }
    return true;
}

static bool read_tolerance(struct reading *reading)
{
    struct circuit *circuit = reading->circuit;
    int64_t permille = document_integer(reading->reader->document, "tolerance_permille", 0);
    circuit->tolerance_permille = (int32_t)permille;
    return reader_limit(reading->reader, "tolerance_amount", &circuit->has_tolerance_amount,
                        &circuit->tolerance_amount) &&
           ((permille >= 0 && permille <= 1000) ||
            reader_park(reading->reader,
                        "circuit %.*s: the tolerance of %lld thousandths is not between 0 and 1000",
                        SLICE_ARGS(circuit->name), (long long)permille));
}

static bool read_header(struct reading *reading, struct slice *account)
{
    struct reader *reader = reading->reader;
    struct circuit *circuit = reading->circuit;
    struct slice phase = document_text(reader->document, "phase"),
                 status = document_text(reader->document, "status"),
                 distinct = document_text(reader->document, "distinct");
    if (!reader_required(reader, "account", account) || !reader_required(reader, "circuit", &circuit->name) ||
        !reader_optional(reader, "calendar", &circuit->calendar))
        return false;
    if (!circuit_phase_parse(phase, &circuit->phase))
        return reader_park(reader,
                           "circuit %.*s has the unknown phase '%.*s', wanted deny, bypass or require",
                           SLICE_ARGS(circuit->name), SLICE_ARGS(phase));
    circuit->active = !slice_is(status, "inactive");
    if (circuit->active && !slice_empty(status) && !slice_is(status, "active"))
        return reader_park(reader, "circuit %.*s has the unknown status '%.*s', wanted active or inactive",
                           SLICE_ARGS(circuit->name), SLICE_ARGS(status));
    circuit->distinct_in_circuit = slice_is(distinct, "circuit");
    if (!circuit->distinct_in_circuit && !slice_empty(distinct) && !slice_is(distinct, "tier"))
        return reader_park(reader, "circuit %.*s: distinct is '%.*s', wanted tier or circuit",
                           SLICE_ARGS(circuit->name), SLICE_ARGS(distinct));
    circuit->title = document_text(reader->document, "title");
    circuit->priority = (int32_t)document_integer(reader->document, "priority", 0);
    circuit->currency = document_text(reader->document, "currency");
    return (slice_empty(circuit->currency) || reader_currency(reader, "currency", &circuit->currency)) &&
           reader_validity(reader, &circuit->valid_from, &circuit->valid_to);
}

struct circuit *circuit_read(struct reader *reader, struct slice *account)
{
    struct arena *arena = reader->batch->arena;
    struct reading reading = { reader, arena, ARENA_NEW(arena, struct circuit) };
    struct circuit *circuit = reading.circuit;
    return read_header(&reading, account) &&
                   read_conditions(&reading, reader->document, "conditions", &circuit->conditions,
                                   &circuit->condition_count) &&
                   read_tiers(&reading) && read_tolerance(&reading)
               ? circuit
               : NULL;
}

// --- Names

struct naming {
    bool (*known)(void *context, const char *kind, struct slice name);
    void *context;
    struct text unknown;
};

static void look_up(struct naming *naming, const char *kind, struct slice name)
{
    if (!slice_empty(name) && !naming->known(naming->context, kind, name) && naming->unknown.size < 500)
        text_printf(&naming->unknown, "%s%s '%.*s'", naming->unknown.size ? ", " : "", kind,
                    SLICE_ARGS(name));
}

static void look_up_conditions(struct naming *naming, const struct circuit_condition *conditions,
                               size_t count)
{
    static const char *const kinds[FIELD_COUNT] = {
        [FIELD_REQUESTER] = "user", [FIELD_UNIT] = "unit", [FIELD_COST_CENTRE] = "cost centre"
    };
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; kinds[conditions[i].field] && j < conditions[i].value_count; j++)
            look_up(naming, kinds[conditions[i].field], conditions[i].values[j]);
}

static void look_up_selectors(struct naming *naming, const struct circuit_group *group)
{
    for (size_t i = 0; i < group->selector_count; i++) {
        const struct circuit_selector *selector = &group->selectors[i];
        if (selector->kind == SELECTOR_USER)
            look_up(naming, "user", selector->name);
        look_up(naming, "unit", selector->unit);
    }
}

struct slice circuit_unknown_names(const struct circuit *circuit,
                                   bool (*known)(void *context, const char *kind, struct slice name),
                                   void *context, struct arena *arena)
{
    struct naming naming = { known, context, text_in(arena) };
    look_up(&naming, "calendar", circuit->calendar);
    look_up_conditions(&naming, circuit->conditions, circuit->condition_count);
    for (size_t i = 0; i < circuit->tier_count; i++) {
        const struct circuit_tier *tier = &circuit->tiers[i];
        look_up_conditions(&naming, tier->when, tier->when_count);
        look_up_conditions(&naming, tier->skip, tier->skip_count);
        for (size_t j = 0; j < tier->group_count; j++)
            look_up_selectors(&naming, &tier->groups[j]);
        look_up_selectors(&naming, &tier->escalate);
    }
    return text_slice(&naming.unknown);
}

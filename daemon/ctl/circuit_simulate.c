// SPDX-License-Identifier: Apache-2.0
// `comptoirctl circuit simulate`: who would be asked, for every band of totals and everybody who may order.
#include <stdio.h>

#include "ctl/circuit_source.h"
#include "ctl/ctl.h"
#include "handlers/approval/circuit_try.h"
#include "handlers/money.h"

struct simulation {
    struct circuit_source source;
    const char *user, *category, *product, *cost_centre, *channel, *ship_to, *total;
    bool first_order, over_budget, over_credit;
};

static void add_people(struct text *text, const struct circuit_slot *slot)
{
    for (size_t i = 0; i < slot->candidate_count; i++) {
        const struct candidate *candidate = &slot->candidates[i];
        text_printf(text, "%s%.*s", i ? " or " : "", SLICE_ARGS(candidate->acting));
        if (!slice_equal(candidate->acting, candidate->original))
            text_printf(text, " for %.*s", SLICE_ARGS(candidate->original));
    }
    if (slot->candidate_count == 0)
        text_printf(text, "NOBODY (%.*s)", SLICE_ARGS(slot->nobody));
}

// "circuit big: tier manager: max; tier finance: fin and dir"
static struct slice outcome_text(const struct company *company, const struct circuit_trial *trial,
                                 int64_t now_us, struct arena *arena)
{
    struct circuit_demand demand;
    struct text text = text_in(arena);
    const struct circuit *circuit = circuit_try(company, trial, now_us, arena, &demand);
    if (!circuit)
        return SLICE("no circuit: the simple limit counts");
    text_printf(&text, "circuit %.*s", SLICE_ARGS(circuit->name));
    if (circuit->phase != PHASE_REQUIRE)
        text_printf(&text, "%s", circuit->phase == PHASE_DENY ? " refuses it" : " lets it pass");
    else if (demand.slot_count == 0)
        text_printf(&text, ": no tier is needed");
    for (size_t i = 0; i < demand.slot_count; i++) {
        const struct circuit_slot *slot = &demand.slots[i];
        bool same = i > 0 && slot->tier == demand.slots[i - 1].tier;
        if (same)
            text_printf(&text, "%s", slot->tier->mode == TIER_CHAIN ? ", then " : " and ");
        else
            text_printf(&text, "%s tier %.*s: ", i ? ";" : ":", SLICE_ARGS(slot->tier->name));
        add_people(&text, slot);
    }
    return text_slice(&text);
}

static struct slice amount_text(const struct company *company, struct arena *arena, int64_t decimal4)
{
    int64_t minor = 0;
    char text[DECIMAL_TEXT_SIZE];
    if (company->exponent < 0 || !money_minor_rounded(decimal4, company->exponent, &minor))
        return arena_printf(arena, "%s", decimal_text(decimal4, MONEY_SCALE, text));
    return money_text(arena, minor, company->exponent, company->currency);
}

static void tell(const struct simulation *simulation, const struct company *company, int64_t from,
                 bool has_to, int64_t to, struct slice users, struct slice outcome)
{
    struct arena *arena = simulation->source.arena;
    struct slice least = amount_text(company, arena, from),
                 most = has_to ? amount_text(company, arena, to) : (struct slice){ 0 };
    if (!simulation->source.online.json) {
        printf("%.*s  %.*s%s%.*s  %.*s  %.*s\n", SLICE_ARGS(company->account), SLICE_ARGS(least),
               has_to ? " to " : " up", SLICE_ARGS(most), SLICE_ARGS(users), SLICE_ARGS(outcome));
        return;
    }
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "account", company->account);
    document_add_decimal(arena, record, "from", from, MONEY_SCALE);
    if (has_to)
        document_add_decimal(arena, record, "to", to, MONEY_SCALE);
    document_add_text(arena, record, "users", users);
    document_add_text(arena, record, "outcome", outcome);
    online_print_json(&simulation->source.online, record);
}

// People with the same outcome stand in one line.
struct band_outcome {
    struct slice text;
    struct text users;
};

static void try_band(const struct simulation *simulation, const struct company *company, int64_t from,
                     bool has_to, int64_t to)
{
    struct arena *arena = simulation->source.arena;
    struct band_outcome *outcomes = ARENA_ARRAY(arena, company->user_count + 1, struct band_outcome);
    size_t count = 0;
    struct circuit_trial trial = { .category = slice_of(simulation->category),
                                   .product = slice_of(simulation->product),
                                   .cost_centre = slice_of(simulation->cost_centre),
                                   .channel = slice_of(simulation->channel),
                                   .ship_to = slice_of(simulation->ship_to),
                                   .total = from,
                                   .first_order = simulation->first_order,
                                   .over_budget = simulation->over_budget,
                                   .over_credit = simulation->over_credit };
    for (size_t i = 0; i <= company->user_count; i++) {
        const struct user *user = i < company->user_count ? company->users[i] : NULL;
        bool wanted = simulation->user ? user && slice_is(user->number, simulation->user)
                                       : !user || (user->active && user->may_order);
        if (!wanted)
            continue;
        trial.requester = user;
        struct slice text = outcome_text(company, &trial, simulation->source.now_us, arena);
        size_t at = 0;
        while (at < count && !slice_equal(outcomes[at].text, text))
            at++;
        if (at == count)
            outcomes[count++] = (struct band_outcome){ text, text_in(arena) };
        if (outcomes[at].users.size < 200)
            text_printf(&outcomes[at].users, "%s%.*s", outcomes[at].users.size ? "," : "",
                        SLICE_ARGS(user ? user->number : SLICE("(no user)")));
    }
    for (size_t i = 0; i < count; i++)
        tell(simulation, company, from, has_to, to, text_slice(&outcomes[i].users), outcomes[i].text);
}

static bool simulate(struct simulation *simulation, struct error *error)
{
    int64_t total = 0;
    if (simulation->total &&
        (!decimal_parse(slice_of(simulation->total), '.', MONEY_SCALE, &total) || total < 0))
        return error_set(error, ERROR_INVALID, NULL, "--total '%s' is no amount", simulation->total);
    for (size_t i = 0; i < simulation->source.count; i++) {
        const struct company *company = simulation->source.companies[i];
        int64_t *starts, step = 1;
        if (simulation->user && !company_user(company, slice_of(simulation->user)))
            return error_set(error, ERROR_INVALID, NULL, "account %.*s has no user '%s'",
                             SLICE_ARGS(company->account), simulation->user);
        if (simulation->total) {
            try_band(simulation, company, total, true, total);
            continue;
        }
        size_t count = circuit_bands(company, simulation->source.arena, &starts);
        if (company->exponent >= 0)
            money_decimal4(1, company->exponent, &step);
        for (size_t band = 0; band < count; band++)
            try_band(simulation, company, starts[band], band + 1 < count,
                     band + 1 < count ? starts[band + 1] - step : 0);
    }
    return true;
}

int ctl_circuit_simulate(int argc, char **argv)
{
    struct simulation simulation = { 0 };
    const struct ctl_option options[] = {
        CIRCUIT_SOURCE_OPTIONS(&simulation.source),
        { "user", OPTION_TEXT, &simulation.user, "USER", "only this one orders; default everybody who may" },
        { "total", OPTION_TEXT, &simulation.total, "AMOUNT", "only this total; default every band" },
        { "category", OPTION_TEXT, &simulation.category, "NAME", "of what is ordered" },
        { "product", OPTION_TEXT, &simulation.product, "NUMBER", "what is ordered" },
        { "cost-centre", OPTION_TEXT, &simulation.cost_centre, "CODE", "who is charged" },
        { "channel", OPTION_TEXT, &simulation.channel, "NAME", "kafka (default), edifact or cxml" },
        { "ship-to", OPTION_TEXT, &simulation.ship_to, "PARTY", "where it goes" },
        { "first-order", OPTION_FLAG, &simulation.first_order, NULL, "the product was never ordered before" },
        { "over-budget", OPTION_FLAG, &simulation.over_budget, NULL, "a budget does not suffice" },
        { "over-credit", OPTION_FLAG, &simulation.over_credit, NULL, "the credit does not suffice" },
    };
    const struct ctl_usage usage = {
        "circuit simulate",
        "ACCOUNT|FILE...",
        "Who would be asked, for every band of totals and everybody who may order.",
        options,
        sizeof options / sizeof options[0],
        1,
        SIZE_MAX,
        "A line a band and outcome: account, totals, who orders, who is asked. FILE as in "
        "`circuit check`.\nNothing is stored, nobody is told."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    bool good = circuit_source_open(&simulation.source, argv, words, &error) && simulate(&simulation, &error);
    int status = good ? simulation.source.refused != 0 : online_fail(&simulation.source.online, &error);
    circuit_source_close(&simulation.source);
    return status;
}

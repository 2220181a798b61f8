// SPDX-License-Identifier: Apache-2.0
// `comptoirctl circuit check`: what is wrong with a company's circuits, before they are put to use.
#include <stdio.h>

#include "ctl/circuit_source.h"
#include "ctl/ctl.h"
#include "handlers/approval/circuit_try.h"

static void tell(const struct circuit_source *source, const struct company *company,
                 const struct circuit_finding *finding)
{
    struct arena *arena = source->arena;
    if (!source->online.json) {
        printf("%.*s: %s%.*s%s%.*s [%s]\n", SLICE_ARGS(company->account),
               slice_empty(finding->circuit) ? "" : "circuit ", SLICE_ARGS(finding->circuit),
               slice_empty(finding->circuit) ? "" : ": ", SLICE_ARGS(finding->text), finding->code);
        return;
    }
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "account", company->account);
    document_add_text(arena, record, "circuit", finding->circuit);
    document_add_text(arena, record, "code", slice_of(finding->code));
    document_add_text(arena, record, "text", finding->text);
    online_print_json(&source->online, record);
}

static int check(struct circuit_source *source)
{
    size_t circuits = 0, found = 0;
    for (size_t i = 0; i < source->count; i++) {
        const struct company *company = source->companies[i];
        struct circuit_findings findings = { .arena = source->arena };
        circuit_check(company, source->now_us, &findings);
        for (size_t j = 0; j < findings.count; j++)
            tell(source, company, &findings.items[j]);
        circuits += company->circuit_count;
        found += findings.count;
    }
    if (!source->online.json)
        printf("%zu circuit%s, %zu finding%s\n", circuits, circuits == 1 ? "" : "s", found,
               found == 1 ? "" : "s");
    return found || source->refused ? 1 : 0;
}

int ctl_circuit_check(int argc, char **argv)
{
    struct circuit_source source = { 0 };
    const struct ctl_option options[] = { CIRCUIT_SOURCE_OPTIONS(&source) };
    const struct ctl_usage usage = {
        "circuit check",
        "ACCOUNT|FILE...",
        "Prove a company's approval circuits before they are put to use.",
        options,
        sizeof options / sizeof options[0],
        1,
        SIZE_MAX,
        "A FILE has canonical documents, one JSON object a line: the company's "
        "ApprovalCircuit, User, Unit,\nCostCentre, Delegation, WorkingCalendar and Account "
        "documents; it needs neither database nor broker. Told is,\na line each: names that "
        "nobody has, circuits that overlap or are never reached, tiers that are never "
        "needed,\namounts that nobody can approve, approvals that hang on one person, and "
        "delegations that go round in a\ncircle or end with who has ordered. Exit status 1: "
        "something was found."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    if (!circuit_source_open(&source, argv, words, &error)) {
        int status = online_fail(&source.online, &error);
        circuit_source_close(&source);
        return status;
    }
    int status = check(&source);
    circuit_source_close(&source);
    return status;
}

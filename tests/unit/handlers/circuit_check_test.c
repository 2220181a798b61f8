// SPDX-License-Identifier: Apache-2.0
// What `circuit check` finds wrong with circuits, and whom `circuit simulate` would ask: over companies that are built
// of documents, without a database.
#include <stdio.h>
#include <stdlib.h>

#include "doors/avro.h"
#include "doors/json.h"
#include "fixture.h"
#include "handlers/approval/circuit_try.h"
#include "handlers/company/company_build.h"

static struct avro_catalogue *catalogue;

static int open_schemas(void **state)
{
    (void)state;
    struct error error = { 0 };
    catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    return catalogue ? 0 : -1;
}

static int close_schemas(void **state)
{
    (void)state;
    avro_close(catalogue);
    return 0;
}

#define ROLE(unit, role) "{\"unit\":\"" unit "\",\"role\":\"" role "\"}"
#define USER(name, more)                                                                                     \
    "{\"$type\":\"User\",\"account\":\"A1\",\"user\":\"" name "\",\"status\":\"active\"" more "}\n"
#define STANDS_IN(name, from, to)                                                                            \
    "{\"$type\":\"Delegation\",\"account\":\"A1\",\"delegation\":\"" name "\",\"from\":\"" from              \
    "\",\"to\":\"" to "\",\"passes_on\":true}\n"

// dir above max above ann and bob; ann and bob order, max orders and approves, dir approves, fin looks after money.
static const char company_documents[] =
    "{\"$type\":\"Account\",\"account\":\"A1\",\"name\":\"B\",\"status\":\"open\",\"currency\":\"EUR\"}\n"
    "{\"$type\":\"Unit\",\"account\":\"A1\",\"unit\":\"LYON\",\"parent\":\"FR\"}\n"
    "{\"$type\":\"Unit\",\"account\":\"A1\",\"unit\":\"FR\"}\n" USER("dir",
                                                                     ",\"roles\":[" ROLE("", "approver") "]")
        USER("max", ",\"manager\":\"dir\",\"roles\":[" ROLE("LYON", "approver") "," ROLE("LYON", "buyer") "]")
            USER("fin", ",\"roles\":[" ROLE("", "accounting") "]")
                USER("ann",
                     ",\"manager\":\"max\",\"mail\":\"Ann@B.example\",\"roles\":[" ROLE("LYON", "buyer") "]")
                    USER("bob", ",\"manager\":\"max\",\"roles\":[" ROLE(
                                    "LYON", "buyer") "]") "{\"$type\":\"CostCentre\",\"account\":\"A1\","
                                                          "\"cost_centre\":\"C1\",\"owner\":\"fin\"}\n";

#define CIRCUIT(name, more)                                                                                  \
    "{\"$type\":\"ApprovalCircuit\",\"account\":\"A1\",\"circuit\":\"" name "\",\"phase\":\"require\"," more \
    "}\n"
#define WHERE(field, operator, value)                                                                        \
    "\"conditions\":[{\"field\":\"" field "\",\"operator\":\"" operator"\",\"values\":[\"" value "\"]}],"
#define TIER(name, selector, more)                                                                           \
    "{\"name\":\"" name "\",\"groups\":[{\"selectors\":[" selector "]}]" more "}"
#define WHO(kind, name) "{\"kind\":\"" kind "\",\"name\":\"" name "\"}"
#define UP_TO(name, limit) "{\"kind\":\"user\",\"name\":\"" name "\",\"limit\":\"" limit "\"}"
#define MANAGER "{\"kind\":\"manager\"}"
#define CONDITION(list, field, operator, value)                                                              \
    ",\"" list "\":[{\"field\":\"" field "\",\"operator\":\"" operator"\",\"values\":[\"" value "\"]}]"

static struct company *build(struct fixture *fixture, const char *more)
{
    struct slice parts[] = { slice_of(company_documents), slice_of(more) };
    for (size_t i = 0; i < 2; i++)
        while (!slice_empty(parts[i])) {
            struct document *document;
            struct error error = { 0 };
            struct findings findings = { .arena = fixture->arena };
            struct slice line = slice_cut(&parts[i], '\n');
            if (!json_read(line, fixture->arena, &document, &error) ||
                !avro_conform(catalogue, document->type, document, fixture->arena, &findings) ||
                findings.errors)
                fail_msg("bad test: %.*s", SLICE_ARGS(line));
            fixture_item(fixture, document);
        }
    struct company *company = company_build(&fixture->batch, SLICE("A1"));
    for (size_t i = 0; i < fixture->batch.item_count; i++)
        if (fixture->items[i].outcome == OUTCOME_PARKED)
            fail_msg("parked: %.*s", SLICE_ARGS(fixture->items[i].park_reason));
    return company;
}

static void test_findings(void **state)
{
    (void)state;
    static const struct {
        const char *documents, *codes, *says;
    } rows[] = {
        { CIRCUIT("a", "\"tiers\":[" TIER("m", MANAGER, "") "]"), "", NULL },
        { CIRCUIT("a",
                  "\"tiers\":[" TIER("m", WHO("user", "zed") "," WHO("user", "dir") "," MANAGER, "") "]"),
          "unknown_name", "user 'zed'" },
        { CIRCUIT("a", WHERE("total", "above", "5") "\"tiers\":[" TIER("m", MANAGER, "") "]")
              CIRCUIT("b", WHERE("channel", "is", "cxml") "\"tiers\":[" TIER("m", MANAGER, "") "]"),
          "overlap", "circuit a" },
        { CIRCUIT("a", WHERE("total", "above", "5") "\"tiers\":[" TIER("m", MANAGER, "") "]") CIRCUIT(
              "b", "\"priority\":1," WHERE("total", "above", "9") "\"tiers\":[" TIER("m", MANAGER, "") "]"),
          "unreachable", "circuit a (require) takes all of its orders" },
        { CIRCUIT(
              "a",
              "\"conditions\":[{\"field\":\"total\",\"operator\":\"above\",\"values\":[\"9\"]},{\"field\":"
              "\"total\",\"operator\":\"below\",\"values\":[\"5\"]}],\"tiers\":[" TIER("m", MANAGER, "") "]"),
          "never_matches unreachable_tier", NULL },
        { CIRCUIT("a", WHERE("total", "above", "9") "\"tiers\":[" TIER(
                           "m", MANAGER, CONDITION("when", "total", "below", "5")) "]"),
          "unreachable_tier", "contradict" },
        { CIRCUIT("a", WHERE("total", "above", "9") "\"tiers\":[" TIER(
                           "m", MANAGER, CONDITION("skip", "total", "above", "5")) "]"),
          "unreachable_tier", "always skipped" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", UP_TO("dir", "1000") "," UP_TO("fin", "800"), "") "]"),
          "single_person nobody", "from 1000.01 EUR: dir approves no more than his limit, fin" },
        { CIRCUIT("a", WHERE("total", "at_most", "800") "\"tiers\":[" TIER(
                           "m", UP_TO("dir", "1000") "," UP_TO("fin", "800"), "") "]"),
          "", NULL },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", WHO("user", "dir"), "") "]"), "single_person",
          "hangs on dir alone" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", WHO("user", "dir"),
                                          ",\"due_minutes\":60,\"escalate\":[{\"kind\":\"sales_rep\"}]") "]"),
          "", NULL },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", WHO("user", "max"), "") "]"), "nobody",
          "of max: max has ordered or changed it himself" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", "{\"kind\":\"manager\",\"levels\":2}", "") "]"), "nobody",
          "of max" },
        { CIRCUIT("a", "\"tiers\":[{\"name\":\"two\",\"groups\":[{\"selectors\":[" WHO(
                           "user", "dir") "]},{\"selectors\":[" WHO("user", "dir") "]}]}]"),
          "too_few too_few single_person", "nobody may give two" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", MANAGER, "") "]") STANDS_IN("D1", "max", "ann"),
          "self_approval", "gives the approvals of max to ann, who orders himself" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", MANAGER, "") "]") STANDS_IN("D1", "dir", "fin")
              STANDS_IN("D2", "fin", "dir"),
          "delegation_loop", "dir to fin to dir" },
        { CIRCUIT("a", "\"tiers\":[" TIER(
                           "m", "{\"kind\":\"cost_centre_owner\"}," MANAGER,
                           "") "]") "{\"$type\":\"CostCentre\",\"account\":\"A1\",\"cost_centre\":\"C2\"}\n",
          "nobody", "cost centre C2" },
        { CIRCUIT("a", "\"tiers\":[" TIER("m", MANAGER, "") "],\"calendar\":\"W\""), "unknown_name",
          "calendar 'W'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        struct company *company = build(&fixture, rows[i].documents);
        struct circuit_findings findings = { .arena = fixture.arena };
        struct text codes = text_in(fixture.arena), said = text_in(fixture.arena);
        circuit_check(company, fixture.batch.now_us, &findings);
        for (size_t j = 0; j < findings.count; j++) {
            text_printf(&codes, "%s%s", j ? " " : "", findings.items[j].code);
            text_printf(&said, "%.*s\n", SLICE_ARGS(findings.items[j].text));
        }
        text_append_char(&said, '\0');
        if (!slice_is(text_slice(&codes), rows[i].codes) ||
            (rows[i].says && !strstr(said.data, rows[i].says)))
            fail_msg("row %zu: wanted %s, got %.*s\n%s", i, rows[i].codes, SLICE_ARGS(text_slice(&codes)),
                     said.data);
        arena_close(company->arena);
        fixture_close(&fixture);
    }
}

static void test_bands(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct company *company =
        build(&fixture,
              CIRCUIT("a", WHERE("total", "above", "500") "\"tiers\":[" TIER(
                               "m", UP_TO("dir", "1000"), CONDITION("skip", "total", "below", "600")) "]"));
    int64_t *starts;
    static const char *const want[] = { "0", "500.01", "600", "1000.01" };
    assert_int_equal(circuit_bands(company, fixture.arena, &starts), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(starts[i], fixture_number(want[i], 4));
    arena_close(company->arena);
    fixture_close(&fixture);
}

// Who acts in whose place: "dir for max".
static void test_delegation(void **state)
{
    (void)state;
    static const struct {
        const char *delegations, *user, *total, *want;
    } rows[] = {
        { "", "ann", "10", "max" },
        { "", "max", "10", "dir" },
        { STANDS_IN("D1", "max", "fin"), "ann", "10", "fin for max" },
        { STANDS_IN("D1", "max", "ann"), "ann", "10", "max" },
        { STANDS_IN("D1", "max", "ann"), "bob", "10", "ann for max" },
        { STANDS_IN("D1", "max", "fin") STANDS_IN("D2", "fin", "dir"), "ann", "10", "dir for max" },
        { STANDS_IN("D1", "max", "fin") STANDS_IN("D2", "fin", "max"), "ann", "10", "fin for max" },
        { STANDS_IN("D1", "max", "ann") STANDS_IN("D2", "max", "dir"), "ann", "10", "dir for max" },
        { "{\"$type\":\"Delegation\",\"account\":\"A1\",\"delegation\":\"D1\",\"from\":\"max\",\"to\":"
          "\"fin\",\"amount\":"
          "\"100\",\"currency\":\"EUR\"}\n",
          "ann", "100", "fin for max" },
        { "{\"$type\":\"Delegation\",\"account\":\"A1\",\"delegation\":\"D1\",\"from\":\"max\",\"to\":"
          "\"fin\",\"amount\":"
          "\"100\",\"currency\":\"EUR\"}\n",
          "ann", "100.01", "max" },
        { "{\"$type\":\"Delegation\",\"account\":\"A1\",\"delegation\":\"D1\",\"from\":\"max\",\"to\":"
          "\"fin\",\"unit\":"
          "\"FR\"}\n",
          "ann", "10", "fin for max" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture fixture;
        fixture_open(&fixture);
        char documents[4096];
        snprintf(documents, sizeof documents, "%s%s", rows[i].delegations,
                 CIRCUIT("a", "\"tiers\":[" TIER("m", MANAGER, "") "]"));
        struct company *company = build(&fixture, documents);
        struct circuit_trial trial = { .requester = company_user(company, slice_of(rows[i].user)),
                                       .total = fixture_number(rows[i].total, 4) };
        struct circuit_demand demand;
        circuit_try(company, &trial, fixture.batch.now_us, fixture.arena, &demand);
        assert_int_equal(demand.slot_count, 1);
        assert_int_equal(demand.slots[0].candidate_count, 1);
        const struct candidate *got = &demand.slots[0].candidates[0];
        struct slice text = slice_equal(got->acting, got->original)
                                ? got->acting
                                : arena_printf(fixture.arena, "%.*s for %.*s", SLICE_ARGS(got->acting),
                                               SLICE_ARGS(got->original));
        if (!slice_is(text, rows[i].want))
            fail_msg("row %zu: wanted %s, got %.*s", i, rows[i].want, SLICE_ARGS(text));
        arena_close(company->arena);
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_findings), cmocka_unit_test(test_bands),
                                        cmocka_unit_test(test_delegation) };
    return cmocka_run_group_tests(tests, open_schemas, close_schemas);
}

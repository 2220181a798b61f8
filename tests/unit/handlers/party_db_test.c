// SPDX-License-Identifier: Apache-2.0
// What becomes of information about parties, against a real PostgreSQL.
#include "batch_testing.h"
#include "handlers/masterdata/party.h"

static const char **acknowledge(void)
{
    return party_stage.settings[0].address;
}

static int open_shop(void **state)
{
    struct error error = { 0 };
    open_database(state);
    if (db)
        must(
            db_run(db,
                   "INSERT INTO account (account, name, status, payer, currency, approver, site, gln) VALUES "
                   "('A1', 'Buyer', 'approved', 'A1', 'EUR', '', '', ''), ('SHUT', 'Shut', 'closed', 'SHUT', "
                   "'EUR', "
                   "'', '', '')",
                   &error),
            &error);
    return 0;
}

static void add_party(struct arena *arena, struct document *document, const char *role, const char *id,
                      const char *name)
{
    struct document *parties = (struct document *)(uintptr_t)document_get(document, "parties");
    if (!parties)
        parties = document_add_list(arena, document, "parties");
    struct document *party = document_add_record(arena, parties, NULL, "Party");
    document_add_text(arena, party, "role", slice_of(role));
    document_add_text(arena, party, "id", slice_of(id));
    document_add_text(arena, party, "name", slice_of(name));
    struct document *contact =
        document_add_record(arena, document_add_list(arena, party, "contacts"), NULL, "PartyContact");
    document_add_text(arena, contact, "function", SLICE("OC"));
    document_add_text(arena, contact, "name", SLICE("Ann"));
    document_add_text(arena, contact, "mail", SLICE("ann@acme.example"));
}

static struct document *message(struct arena *arena, const char *type, const char *account,
                                const char *number)
{
    struct document *document = document_record(arena, type);
    bool ours = strcmp(type, "PartyAnnouncement") == 0;
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, ours ? "announcement_number" : "message_number", slice_of(number));
    document_add_instant(arena, document, ours ? "announced_at" : "sent_at", 7);
    if (!ours)
        document_add_text(arena, document, "channel", SLICE("edifact"));
    document_add_text(arena, document, "partner", SLICE("acme"));
    return document;
}

static const struct {
    const char *account, *number, *role, *id, *name, *acknowledge;
    enum outcome outcome;
    const char *status, *codes; // of the acknowledgement; NULL for none
    size_t owed, events;
} cases[] = {
    { "A1", "PI-1", "DP", "4012", "", "refusals", OUTCOME_ANSWERED, "accepted", "", 0, 1 },
    { "A1", "PI-1", "DP", "4012", "", "always", OUTCOME_REPEATED, NULL, NULL, 1, 0 },
    { "A1", "PI-1", "DP", "4013", "", "always", OUTCOME_PARKED, NULL, NULL, 0, 0 },
    { "A1", "PI-2", "IV", "", "Acme Accounts", "always", OUTCOME_ANSWERED, "accepted", "", 1, 1 },
    { "A1", "PI-3", "IV", "", "", "refusals", OUTCOME_ANSWERED, "rejected", "unnamed_party", 1, 0 },
    { "A1", "PI-3", "IV", "", "Now with a name", "refusals", OUTCOME_ANSWERED, "accepted", "", 0, 1 },
    { "A1", "PI-4", NULL, "", "", "never", OUTCOME_ANSWERED, "rejected", "no_parties", 0, 0 },
    { "NOBODY", "PI-1", "DP", "1", "", "refusals", OUTCOME_ANSWERED, "rejected", "unknown_account", 1, 0 },
    { "SHUT", "PI-1", "DP", "1", "", "refusals", OUTCOME_ANSWERED, "rejected", "account_closed", 1, 0 },
    { "A1", "", "DP", "1", "", "refusals", OUTCOME_PARKED, NULL, NULL, 0, 0 },
};

static const char *codes_of(struct arena *arena, const struct document *answer)
{
    struct text text = text_in(arena);
    for (const struct document *at = document_items(answer, "reasons"); at; at = at->next)
        text_printf(&text, "%s%.*s", text.size ? " " : "", SLICE_ARGS(document_text(at, "code")));
    return arena_string(arena, text_slice(&text));
}

static void buyers_are_noted_and_answered(void **state)
{
    (void)state;
    need_database();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        begin(&fixture);
        *acknowledge() = cases[i].acknowledge;
        struct document *document =
            message(fixture.arena, "PartyInformation", cases[i].account, cases[i].number);
        if (cases[i].role)
            add_party(fixture.arena, document, cases[i].role, cases[i].id, cases[i].name);
        struct item *item = add(&fixture, document);
        run(&fixture);
        const struct document *answer = NULL;
        size_t answers = fixture_published(&fixture, TOPIC_ACKNOWLEDGEMENTS, &answer);
        if (item->outcome != cases[i].outcome || fixture.batch.owed_count != cases[i].owed ||
            fixture_published(&fixture, TOPIC_EVENTS, NULL) != cases[i].events ||
            answers != (cases[i].status != NULL))
            fail_msg("case %zu: outcome %d, owed %zu, answers %zu", i, (int)item->outcome,
                     fixture.batch.owed_count, answers);
        if (answer) {
            ASSERT_SLICE(document_text(answer, "status"), cases[i].status);
            assert_string_equal(codes_of(fixture.arena, answer), cases[i].codes);
        }
        fixture_close(&fixture);
    }
    *acknowledge() = "refusals";
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(number_of(db, fixture.arena, "SELECT count(*) FROM party_message"), 3);
    assert_int_equal(
        number_of(db, fixture.arena,
                  "SELECT count(*) FROM party WHERE contacts = 'OC Ann, ann@acme.example' AND numbers = ''"),
        3);
    // Nothing of it has changed an account.
    assert_int_equal(number_of(db, fixture.arena, "SELECT count(*) FROM account WHERE name = 'Buyer'"), 1);
    fixture_close(&fixture);
}

static void ours_go_to_the_partner_once(void **state)
{
    (void)state;
    need_database();
    static const struct {
        const char *number, *name;
        enum outcome outcome;
        size_t owed;
    } ours[] = {
        { "OUR-1", "Us", OUTCOME_RECORDED, 1 },
        { "OUR-1", "Us", OUTCOME_REPEATED, 1 },
        { "OUR-1", "Others", OUTCOME_PARKED, 0 },
        { "OUR-2", "", OUTCOME_PARKED, 0 },
    };
    char id[64] = "";
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        struct fixture fixture;
        begin(&fixture);
        struct document *document = message(fixture.arena, "PartyAnnouncement", "A1", ours[i].number);
        document_add_text(fixture.arena, document, "function", SLICE("change"));
        add_party(fixture.arena, document, "SU", "", ours[i].name);
        struct item *item = add(&fixture, document);
        run(&fixture);
        outcome_is(item, ours[i].outcome);
        assert_int_equal(fixture.batch.owed_count, ours[i].owed);
        assert_int_equal(fixture_published(&fixture, TOPIC_EVENTS, NULL), 0);
        if (ours[i].owed) {
            const struct owed *owed = &fixture.batch.owed[0];
            ASSERT_SLICE(slice_of(owed->document->type), "PartyInformation");
            ASSERT_SLICE(document_text(owed->document, "function"), "change");
            ASSERT_SLICE(document_text(document_items(owed->document, "parties"), "name"), "Us");
            ASSERT_SLICE(owed->partner, "acme");
            if (i == 0)
                snprintf(id, sizeof id, "%.*s", SLICE_ARGS(owed->id));
            else
                ASSERT_SLICE(owed->id, id);
        }
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(buyers_are_noted_and_answered),
                                        cmocka_unit_test(ours_go_to_the_partner_once) };
    return cmocka_run_group_tests(tests, open_shop, close_database);
}

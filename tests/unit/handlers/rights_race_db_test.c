// SPDX-License-Identifier: Apache-2.0
// Two instances race for one user's limit, while the ERP changes his company beneath them: what is accepted is the limit
// to the cent, and never more. COMPTOIR_TEST_DATABASE holds a connection string of an empty database; without it the
// test is skipped and says so.
#include <pthread.h>
#include <stdlib.h>

#include "database_testing.h"

enum { RACERS = 2, ORDERS = 150, LIMIT = 100, CHANGES = 40, TRIES = 1000 };

struct racer {
    int shard;
    struct db *db;
    size_t again; // batches done once more
};

static void must_here(bool good, const struct error *error)
{
    char text[1024];
    if (good)
        return;
    // A test cannot fail from a thread of ours: cmocka would jump across stacks.
    print_error("%s\n", error_text(error, text, sizeof text));
    abort();
}

static bool phase(struct batch *batch, struct db *db, size_t which, struct error *error)
{
    for (const struct stage *const *at = pipeline.stages; *at; at++) {
        bool (*const phases[])(struct batch *, struct db *, struct error *) = { (*at)->gather, (*at)->lock,
                                                                                (*at)->apply };
        if (phases[which] && !phases[which](batch, db, error))
            return false;
    }
    return true;
}

static void decide(struct batch *batch)
{
    for (const struct stage *const *at = pipeline.decisions; *at; at++)
        if ((*at)->decide)
            (*at)->decide(batch);
}

static bool attempt(struct racer *racer, struct batch *batch, struct error *error)
{
    bool unknown;
    if (!phase(batch, racer->db, 0, error) || !db_begin(racer->db, error) ||
        !phase(batch, racer->db, 1, error))
        return false;
    decide(batch);
    return phase(batch, racer->db, 2, error) && db_commit(racer->db, &unknown, error);
}

// Runs one document until it is done; what met another batch is done again.
static enum outcome run(struct racer *racer, const struct document *(*make)(struct arena *, int), int number)
{
    for (int tries = 0; tries < TRIES; tries++) {
        struct arena *arena = arena_open(64 << 20);
        struct error error = { 0 };
        const struct document *document = make(arena, number);
        struct item item = {
            .document = document, .type = document->type, .shard = racer->shard, .offset = number
        };
        struct batch batch = {
            .arena = arena, .now_us = INT64_C(1790000000000000) + number, .items = &item, .item_count = 1
        };
        bool good = attempt(racer, &batch, &error);
        if (!good)
            db_rollback(racer->db);
        enum outcome outcome = item.outcome;
        arena_close(arena);
        if (good)
            return outcome;
        must_here(error.kind == ERROR_UNAVAILABLE, &error);
        racer->again++;
    }
    print_error("a batch never got through\n");
    abort();
}

static const struct document *rights_record(struct arena *arena, int number)
{
    struct document *document = document_record(arena, "Rights");
    document_add_text(arena, document, "account", SLICE("A1"));
    document_add_text(arena, document, "rights",
                      number ? arena_printf(arena, "other-%d", number) : SLICE("R1"));
    document_add_text(arena, document, "subject", SLICE("user"));
    document_add_text(arena, document_add_list(arena, document, "names"), NULL,
                      number ? SLICE("max") : SLICE("ann"));
    struct document *limits = document_add_list(arena, document, "limits");
    struct document *limit = document_add_record(arena, limits, NULL, "RightsLimit");
    document_add_text(arena, limit, "kind", SLICE("period"));
    document_add_text(arena, limit, "period", SLICE("year"));
    document_add_text(arena, limit, "basis", SLICE("net"));
    document_add_text(arena, limit, "reaction", SLICE("refuse"));
    document_add_decimal(arena, limit, "amount", LIMIT * INT64_C(10000), MONEY_SCALE);
    return document;
}

static const struct document *order_record(struct arena *arena, int number)
{
    struct document *document = fixture_document(arena, "A1", arena_printf(arena, "N%d", number).data);
    document_add_text(arena, document, "user", SLICE("ann"));
    fixture_line(arena, document, "1", "P1", "1");
    return document;
}

static void *race(void *racer_)
{
    struct racer *racer = racer_;
    for (int i = 1; i <= ORDERS; i++)
        run(racer, order_record, racer->shard * 1000 + i);
    return NULL;
}

static void *change(void *racer_)
{
    for (int i = 1; i <= CHANGES; i++)
        if (run(racer_, rights_record, i) != OUTCOME_RECORDED) {
            print_error("a change of rights was not recorded\n");
            abort();
        }
    return NULL;
}

static void nobody_gets_past_the_limit(void **state)
{
    (void)state;
    const char *conninfo = getenv("COMPTOIR_TEST_DATABASE");
    struct error error = { 0 };
    if (!conninfo) {
        print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
        skip();
    }
    static const char facts[] =
        "INSERT INTO account (account, name, status, payer, currency, approver, site, gln) VALUES "
        "('A1', 'Buyer', 'approved', 'A1', 'EUR', '', '', '');"
        "INSERT INTO app_user (account, user_number, name, mail, active, may_order, may_approve, approver) "
        "VALUES "
        "('A1', 'ann', '', '', true, true, false, ''), ('A1', 'max', '', '', true, true, false, '');"
        "INSERT INTO product (product, description, gtin, active, unit, units, factors) VALUES "
        "('P1', 'Bolt', '', true, 'PCE', '{}', '{}');"
        "INSERT INTO condition_record VALUES ('P1', '', 'EUR', 'PCE', '2026-01-01', NULL, 1000000, '{0}', "
        "'{10000}');"
        "INSERT INTO stock (product, site, on_hand, counted_at) VALUES ('P1', 'S1', 1000000000, now())";
    struct racer racers[RACERS + 1];
    pthread_t threads[RACERS + 1];
    for (int i = 0; i <= RACERS; i++) {
        racers[i] = (struct racer){ .shard = i + 1, .db = db_open(conninfo, "rights_race_db_test", &error) };
        must(racers[i].db != NULL, &error);
    }
    struct db *db = racers[RACERS].db;
    make_tables(db);
    must(db_run(db, facts, &error), &error);
    assert_int_equal(run(&racers[RACERS], rights_record, 0), OUTCOME_RECORDED);
    for (int i = 0; i <= RACERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i < RACERS ? race : change, &racers[i]), 0);
    for (int i = 0; i <= RACERS; i++)
        pthread_join(threads[i], NULL);
    struct arena *arena = arena_open(1 << 20);
    assert_int_equal(number_of(db, arena, "SELECT count(*) FROM sales_order"), RACERS * ORDERS);
    assert_int_equal(number_of(db, arena, "SELECT count(*) FROM sales_order WHERE state = 2"), LIMIT);
    assert_int_equal(number_of(db, arena, "SELECT count(*) FROM sales_order WHERE state = 1"), 0);
    assert_int_equal(number_of(db, arena, "SELECT amount FROM spending"), LIMIT * 100);
    assert_int_equal(number_of(db, arena, "SELECT count(*) FROM rights"), CHANGES + 1);
    print_message("%zu and %zu batches of orders were done again\n", racers[0].again, racers[1].again);
    arena_close(arena);
    for (int i = 0; i <= RACERS; i++)
        db_close(racers[i].db);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_gets_past_the_limit) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

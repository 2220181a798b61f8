// SPDX-License-Identifier: Apache-2.0
// Several shards at once on the same payers and the same goods, with the ERP changing limits, stock and
// payments beneath them: in the end the books agree, every event has its number, and nobody waits for what is
// there. COMPTOIR_TEST_DATABASE holds a connection string of an empty database; without it the test is
// skipped and says so.
#include <pthread.h>
#include <stdlib.h>

#include "database_testing.h"
#include "fixture.h"
#include "handlers/price/price_trace.h"

enum {
    SHARDS = 3,
    ERP = SHARDS,
    ACCOUNTS = 12,
    PAYERS = 2,
    PRODUCTS = 6,
    ROUNDS = 100,
    NOTES = 100000,
    ORDERS = 100000
};

// What shards tell each other by way of topics.
struct note {
    int account;
    char cause[16];
    char task[ORDER_ID_TEXT_SIZE]; // an order to decide on; empty for a review
};

static struct queue {
    struct note notes[NOTES];
    size_t first, last;
} queues[SHARDS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int64_t clock_us = INT64_C(1790000000000000);
static size_t retries, answers;
static int limits[ACCOUNTS]; // as the ERP said last
static struct {
    int64_t id;
    int32_t sequence;
} orders[ORDERS];
static size_t order_count;

struct worker {
    int shard;
    struct db *db;
    struct arena *arena;
    int64_t next_offset;
    unsigned seed;
    struct batch batch;
};

static int chance(struct worker *worker, int of)
{
    return rand_r(&worker->seed) % of;
}

// A test cannot fail from a thread of ours: cmocka would jump across stacks.
static void must_here(bool good, const struct error *error)
{
    char text[1024];
    if (good)
        return;
    print_error("%s\n", error_text(error, text, sizeof text));
    abort();
}

static struct document *account_record(struct arena *arena, int number, const char *status, int limit)
{
    struct document *document = document_record(arena, "Account");
    limits[number] = limit;
    document_add_text(arena, document, "account", arena_printf(arena, "A%02d", number));
    document_add_text(arena, document, "status", slice_of(status));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    document_add_text(arena, document, "approver", SLICE("boss"));
    document_add_text(arena, document, "payer", arena_printf(arena, "A%02d", number % PAYERS));
    document_add_text(arena, document, "site", arena_printf(arena, "S%d", number % 2));
    document_add_decimal(arena, document, "credit_limit", (int64_t)limit * 10000, MONEY_SCALE);
    document_add_decimal(arena, document, "order_limit", INT64_C(400) * 10000, MONEY_SCALE);
    return document;
}

static struct document *stock_record(struct arena *arena, int product, int site, int on_hand)
{
    struct document *document = document_record(arena, "StockLevel");
    document_add_text(arena, document, "product", arena_printf(arena, "P%d", product));
    document_add_text(arena, document, "site", arena_printf(arena, "S%d", site));
    document_add_decimal(arena, document, "on_hand", on_hand * QUANTITY_ONE, QUANTITY_SCALE);
    document_add_instant(arena, document, "counted_at", __atomic_add_fetch(&clock_us, 1, __ATOMIC_SEQ_CST));
    return document;
}

static struct document *payment_record(struct worker *worker, int payer, int amount)
{
    struct arena *arena = worker->arena;
    struct document *document = document_record(arena, "Payment");
    document_add_text(arena, document, "payment",
                      arena_printf(arena, "Z%lld", (long long)worker->next_offset));
    document_add_text(arena, document, "account", arena_printf(arena, "A%02d", payer));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    document_add_decimal(arena, document, "amount", (int64_t)amount * 10000, MONEY_SCALE);
    return document;
}

static struct document *order_document(struct worker *worker, int account)
{
    struct arena *arena = worker->arena;
    struct document *document =
        fixture_document(arena, arena_string(arena, arena_printf(arena, "A%02d", account)), "");
    struct document *number = (struct document *)(uintptr_t)document_get(document, "order_number");
    number->text = arena_printf(arena, "N%lld", (long long)worker->next_offset);
    for (int i = 0, count = 1 + chance(worker, 4); i < count; i++)
        fixture_line(arena, document, arena_string(arena, arena_printf(arena, "%d", i + 1)),
                     arena_string(arena, arena_printf(arena, "P%d", chance(worker, PRODUCTS))),
                     arena_string(arena, arena_printf(arena, "%d", 1 + chance(worker, 30))));
    if (chance(worker, 3) == 0)
        document_add_decimal(arena, document, "total", chance(worker, 900) * 10000, MONEY_SCALE);
    return document;
}

static void begin(struct worker *worker)
{
    arena_reset(worker->arena);
    worker->batch = (struct batch){ .arena = worker->arena };
    worker->batch.items = ARENA_ARRAY(worker->arena, FIXTURE_ITEMS, struct item);
}

static void add(struct worker *worker, const struct document *document)
{
    worker->batch.items[worker->batch.item_count++] = (struct item){ .document = document,
                                                                     .type = document->type,
                                                                     .shard = worker->shard + 1,
                                                                     .offset = worker->next_offset++ };
}

static bool phase(struct worker *worker, int which, struct error *error)
{
    for (const struct stage *const *at = pipeline.stages; *at; at++) {
        bool (*const phases[])(struct batch *, struct db *, struct error *) = { (*at)->gather, (*at)->lock,
                                                                                (*at)->apply };
        if (phases[which] && !phases[which](&worker->batch, worker->db, error))
            return false;
    }
    return true;
}

static bool attempt(struct worker *worker, struct error *error)
{
    bool unknown;
    if (!phase(worker, 0, error) || !db_begin(worker->db, error) || !phase(worker, 1, error))
        return false;
    for (const struct stage *const *at = pipeline.decisions; *at; at++)
        if ((*at)->decide)
            (*at)->decide(&worker->batch);
    return phase(worker, 2, error) && db_commit(worker->db, &unknown, error);
}

static void send(const struct document *document, const char *task)
{
    struct slice account = document_text(document, "account"), cause = document_text(document, "cause");
    int number = (account.data[1] - '0') * 10 + account.data[2] - '0';
    struct queue *queue = &queues[number % SHARDS];
    struct note *note = &queue->notes[queue->last++];
    assert_true(queue->last < NOTES);
    note->account = number;
    snprintf(note->cause, sizeof note->cause, "%.*s", SLICE_ARGS(cause));
    snprintf(note->task, sizeof note->task, "%s", task);
}

// Each order's events come numbered from 1, one by one.
static void count_event(const struct document *event)
{
    int64_t id;
    if (strcmp(event->type, "OrderEvent") != 0)
        return;
    assert_true(order_id_parse(document_text(event, "order_id"), &id));
    size_t i = 0;
    while (i < order_count && orders[i].id != id)
        i++;
    if (i == order_count)
        orders[order_count++].id = id;
    assert_int_equal(document_integer(event, "sequence", 0), ++orders[i].sequence);
}

static void deliver(const struct batch *batch)
{
    pthread_mutex_lock(&mutex);
    for (size_t i = 0; i < batch->publication_count; i++) {
        const struct publication *publication = &batch->publications[i];
        char task[ORDER_ID_TEXT_SIZE];
        struct slice order = document_text(publication->document, "order_id");
        snprintf(task, sizeof task, "%.*s", SLICE_ARGS(order));
        if (publication->topic == TOPIC_INBOUND)
            send(publication->document, "");
        else if (publication->topic == TOPIC_APPROVALS &&
                 slice_is(document_text(publication->document, "state"), "open"))
            send(publication->document, task);
        else if (publication->topic == TOPIC_EVENTS)
            count_event(publication->document);
        else
            answers += publication->topic == TOPIC_ACKNOWLEDGEMENTS;
    }
    pthread_mutex_unlock(&mutex);
}

// As the loop does it: what could not be done now is done again from the start.
static void run(struct worker *worker)
{
    struct item *items = worker->batch.items;
    size_t count = worker->batch.item_count;
    for (;;) {
        struct error error = { 0 };
        worker->batch = (struct batch){ .arena = worker->arena, .items = items, .item_count = count };
        worker->batch.now_us = __atomic_add_fetch(&clock_us, 1000, __ATOMIC_SEQ_CST);
        for (size_t i = 0; i < count; i++)
            items[i].outcome = OUTCOME_NONE;
        if (attempt(worker, &error))
            break;
        if (error.kind != ERROR_UNAVAILABLE)
            must_here(false, &error);
        db_rollback(worker->db);
        __atomic_add_fetch(&retries, 1, __ATOMIC_SEQ_CST);
    }
    deliver(&worker->batch);
}

static bool take_note(int shard, struct note *note)
{
    pthread_mutex_lock(&mutex);
    struct queue *queue = &queues[shard];
    bool any = queue->first < queue->last;
    if (any)
        *note = queue->notes[queue->first++];
    pthread_mutex_unlock(&mutex);
    return any;
}

static void follow(struct worker *worker, const struct note *note)
{
    begin(worker);
    struct arena *arena = worker->arena;
    bool decides = note->task[0] != '\0';
    struct document *document = document_record(arena, decides ? "ApprovalDecision" : "AccountReview");
    document_add_text(arena, document, "account", arena_printf(arena, "A%02d", note->account));
    if (decides) {
        document_add_text(arena, document, "order_id", slice_of(note->task));
        document_add_text(arena, document, "decision",
                          chance(worker, 3) ? SLICE("approve") : SLICE("reject"));
        document_add_text(arena, document, "actor", SLICE("boss"));
    } else {
        document_add_text(arena, document, "cause", slice_of(note->cause));
    }
    add(worker, document);
    run(worker);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (int round = 0; round < ROUNDS; round++) {
        struct note note;
        if (chance(worker, 2) && take_note(worker->shard, &note)) {
            follow(worker, &note);
            continue;
        }
        begin(worker);
        for (int i = 0, count = 1 + chance(worker, 12); i < count; i++)
            add(worker, order_document(worker, worker->shard + SHARDS * chance(worker, ACCOUNTS / SHARDS)));
        run(worker);
    }
    return NULL;
}

static void *change_facts(void *argument)
{
    struct worker *worker = argument;
    for (int round = 0; round < ROUNDS; round++) {
        begin(worker);
        for (int i = 0, count = 1 + chance(worker, 5); i < count; i++) {
            int kind = chance(worker, 4);
            if (kind == 0)
                add(worker,
                    account_record(worker->arena, chance(worker, ACCOUNTS),
                                   chance(worker, 4) ? "open" : "pending", 2000 + chance(worker, 8000)));
            else if (kind == 1)
                add(worker, payment_record(worker, chance(worker, PAYERS), 100 + chance(worker, 2500)));
            else
                add(worker, stock_record(worker->arena, chance(worker, PRODUCTS), chance(worker, 2),
                                         50 * chance(worker, 120)));
        }
        run(worker);
    }
    return NULL;
}

static void check_books(struct worker *worker)
{
    static const char *const broken[] = {
        "SELECT count(*) FROM account a WHERE a.exposure <> (SELECT COALESCE(sum(e.amount), 0) FROM "
        "exposure_entry e "
        "WHERE e.payer = a.account)",
        "SELECT count(*) FROM stock s WHERE s.reserved <> (SELECT COALESCE(sum(r.quantity), 0) FROM "
        "reservation r "
        "WHERE r.product = s.product AND r.site = s.site AND r.closed_at IS NULL)",
        "SELECT count(*) FROM sales_order o WHERE (o.state = 1) <> EXISTS (SELECT FROM order_hold h "
        "WHERE h.account = o.account AND h.order_id = o.id AND h.released_at IS NULL)",
        "SELECT count(*) FROM (SELECT 1 FROM sales_order o LEFT JOIN exposure_entry e ON e.order_id = o.id "
        "GROUP BY o.account, o.id, o.booked, o.state, o.total HAVING o.booked <> COALESCE(sum(e.amount), 0) "
        "OR (o.state = 2 AND o.booked <> o.total) OR (o.state = 3 AND o.booked <> 0)) AS b",
        "SELECT count(*) FROM sales_order o WHERE o.state = 2 AND o.approval_hash <> '' AND NOT EXISTS "
        "(SELECT FROM approval_task t WHERE t.account = o.account AND t.order_id = o.id AND t.state = "
        "'approved' "
        "AND t.content_hash = o.approval_hash)",
        "SELECT count(*) FROM (SELECT 1 FROM sales_order o JOIN order_line l ON l.account = o.account "
        "AND l.order_id = o.id WHERE o.state = 2 GROUP BY o.account, o.id, o.total HAVING o.total <> "
        "sum(l.amount)) AS b",
        // An accepted order's goods are reserved or still waited for.
        "SELECT count(*) FROM sales_order o JOIN order_line l ON l.account = o.account AND l.order_id = o.id "
        "WHERE l.base_quantity * (o.state = 2)::integer <> l.waiting + (SELECT COALESCE(sum(r.quantity), 0) "
        "FROM reservation r WHERE r.account = l.account AND r.order_id = l.order_id AND r.position = "
        "l.position)",
        // Nobody waits for what is there.
        "SELECT count(*) FROM order_line l JOIN stock s ON s.product = l.product WHERE l.waiting > 0 AND "
        "s.on_hand > s.reserved",
        "SELECT count(*) FROM sales_order o JOIN order_hold h ON h.account = o.account AND h.order_id = o.id "
        "AND h.released_at IS NULL AND h.kind = 'credit' JOIN account a ON a.account = o.payer "
        "WHERE a.credit_limit IS NULL OR a.exposure + o.total <= a.credit_limit",
        "SELECT count(*) FROM order_hold h JOIN account a ON a.account = h.account WHERE h.released_at IS "
        "NULL "
        "AND h.kind = 'vetting' AND a.status <> 'under_check'",
        "SELECT count(*) FROM approval_task WHERE state = 'open'",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (number_of(worker->db, worker->arena, broken[i]) != 0)
            fail_msg("%lld rows: %s", (long long)number_of(worker->db, worker->arena, broken[i]), broken[i]);
}

static void check_traces(struct worker *worker)
{
    struct error error = { 0 };
    struct db_rows rows;
    must(db_query(worker->db, worker->arena, "SELECT trace, amount FROM order_line WHERE trace <> ''", NULL,
                  0, &rows, &error),
         &error);
    for (size_t row = 0; row < rows.count; row++) {
        int64_t amount;
        must(price_trace_replay(db_rows_slice(&rows, row, 0), &amount, &error), &error);
        assert_int_equal(amount, db_rows_number(&rows, row, 1));
    }
}

static void load(struct worker *worker)
{
    struct error error = { 0 };
    make_tables(worker->db);
    must(
        db_run(
            worker->db,
            "INSERT INTO product SELECT 'P' || i, '', '', true, 'PCE', '{}', '{}' FROM "
            "generate_series(0, 5) AS i;"
            "INSERT INTO condition_record SELECT 'P' || i, '', 'EUR', 'EA', '2020-01-01', NULL, 1000000, "
            "'{0,10000000}', "
            "'{100000,90001}' FROM generate_series(0, 5) AS i;"
            "INSERT INTO app_user SELECT 'A' || lpad(i::text, 2, '0'), 'boss', '', '', true, true, true, "
            "NULL, '' "
            "FROM generate_series(0, 11) AS i;"
            // Nothing is granted above the limit, not even for a moment.
            "CREATE FUNCTION check_limit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.exposure > OLD.exposure AND NEW.exposure > NEW.credit_limit THEN "
            "RAISE EXCEPTION 'account % was granted % above %', NEW.account, NEW.exposure, NEW.credit_limit; "
            "END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER check_limit BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION check_limit()",
            &error),
        &error);
    begin(worker);
    for (int i = 0; i < ACCOUNTS; i++)
        add(worker, account_record(worker->arena, i, "open", 5000));
    run(worker);
}

static void books_agree_in_the_end(void **state)
{
    (void)state;
    if (!getenv("COMPTOIR_TEST_DATABASE")) {
        print_message("skipped: COMPTOIR_TEST_DATABASE is not set\n");
        skip();
    }
    struct worker workers[SHARDS + 1] = { 0 };
    pthread_t threads[SHARDS + 1];
    for (int i = 0; i <= SHARDS; i++) {
        struct error error = { 0 };
        workers[i] = (struct worker){
            .shard = i, .arena = arena_open(256 << 20), .next_offset = 1, .seed = 7u + (unsigned)i
        };
        workers[i].db = db_open(getenv("COMPTOIR_TEST_DATABASE"), "storm_db_test", &error);
        must(workers[i].db != NULL, &error);
        // What a power cut would do is not asked here, so nobody waits for the disk.
        must(db_run(workers[i].db, "SET synchronous_commit = off", &error), &error);
    }
    load(&workers[ERP]);
    for (int i = 0; i <= SHARDS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i == ERP ? change_facts : work, &workers[i]), 0);
    for (int i = 0; i <= SHARDS; i++)
        pthread_join(threads[i], NULL);
    // Everybody is vetted, with the limit that he has, so that nobody is woken for another reason; then all
    // that was told is followed up.
    begin(&workers[ERP]);
    for (int i = 0; i < ACCOUNTS; i++)
        add(&workers[ERP], account_record(workers[ERP].arena, i, "open", limits[i]));
    run(&workers[ERP]);
    for (bool any = true; any;) {
        any = false;
        struct note note;
        for (int i = 0; i < SHARDS; i++)
            while (take_note(i, &note)) {
                follow(&workers[i], &note);
                any = true;
            }
    }
    arena_reset(workers[0].arena);
    check_books(&workers[0]);
    check_traces(&workers[0]);
    int64_t count = number_of(workers[0].db, workers[0].arena, "SELECT count(*) FROM sales_order"),
            accepted = number_of(workers[0].db, workers[0].arena,
                                 "SELECT count(*) FROM sales_order WHERE state = 2"),
            rejected = number_of(workers[0].db, workers[0].arena,
                                 "SELECT count(*) FROM sales_order WHERE state = 3"),
            later = number_of(workers[0].db, workers[0].arena,
                              "SELECT count(*) FROM sales_order WHERE event_seq > 1");
    print_message(
        "%lld orders, %lld accepted, %lld rejected, %lld with more than one event, %zu batches done again\n",
        (long long)count, (long long)accepted, (long long)rejected, (long long)later, retries);
    assert_int_equal(order_count, count);
    assert_int_equal(answers, accepted + rejected);
    assert_true(accepted > 100 && rejected > 10 && later > 100);
    for (int i = 0; i <= SHARDS; i++) {
        db_close(workers[i].db);
        arena_close(workers[i].arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(books_agree_in_the_end) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

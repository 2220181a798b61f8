// SPDX-License-Identifier: Apache-2.0
// catalogue: what an account may buy and at which prices, sent when somebody asks for it.
#include "handlers/price/catalogue.h"

#include "handlers/company/vetting.h"
#include "handlers/masterdata/accounts.h"
#include "handlers/stages.h"

enum { LINES_MOST = 100000 };
static int64_t lines_max = 1000;

static bool is_request(const struct item *item)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "CatalogueRequest") == 0;
}

// What is wrong with the request itself; empty where nothing.
static struct slice problem(const struct item *item, struct arena *arena)
{
    static const char *const keys[] = { "account", "request_number" };
    int64_t id;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct slice key = document_text(item->document, keys[i]);
        if (slice_empty(key))
            return arena_printf(arena, "the request for a catalogue has no %s", keys[i]);
        if (key.size > KEY_BYTES_MAX)
            return arena_printf(arena, "the request's %s is longer than %d bytes: '%.40s...'", keys[i],
                                KEY_BYTES_MAX, key.data);
    }
    struct slice catalogue = document_text(item->document, "catalogue_id");
    int64_t page = document_integer(item->document, "page", 1);
    if (page < 1 || (page > 1) != order_id_parse(catalogue, &id))
        return arena_printf(arena, "page %lld of catalogue '%.*s' makes no sense", (long long)page,
                            SLICE_ARGS(catalogue));
    return (struct slice){ 0 };
}

static void read_request(struct catalogue *catalogue, struct item *item)
{
    *catalogue = (struct catalogue){ .item = item,
                                     .id = order_id_of(item->shard, item->offset),
                                     .page = (int32_t)document_integer(item->document, "page", 1),
                                     .account_number = document_text(item->document, "account"),
                                     .after = document_text(item->document, "after") };
    order_id_parse(document_text(item->document, "catalogue_id"), &catalogue->id);
}

static bool read_accounts(struct batch *batch, struct catalogues *all, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT " ACCOUNT_COLUMNS " FROM account a WHERE a.account = ANY($1) ORDER BY a.account";
    struct db_column numbers = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++)
        db_column_add(&numbers, all->catalogues[i].account_number);
    const struct db_value values[] = { db_array(&numbers) };
    struct db_rows rows;
    if (!db_query(db, batch->arena, sql, values, 1, &rows, error) ||
        !accounts_read(batch->trade, &rows, false, error))
        return error_within(error, "gathering accounts");
    for (size_t i = 0; i < all->count; i++)
        all->catalogues[i].account = trade_account(batch->trade, all->catalogues[i].account_number);
    return true;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    if (lines_max < 1 || lines_max > LINES_MOST)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "setting catalogue.lines_max = %lld is invalid: set 1 to %d", (long long)lines_max,
                         LINES_MOST);
    struct catalogues *all = batch->trade->catalogues = ARENA_NEW(batch->arena, struct catalogues);
    all->catalogues = ARENA_ARRAY(batch->arena, batch->item_count, struct catalogue);
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_request(&batch->items[i]) && slice_empty(problem(&batch->items[i], batch->arena)))
            read_request(&all->catalogues[all->count++], &batch->items[i]);
    if (all->count == 0)
        return true;
    if (!read_accounts(batch, all, db, error))
        return false;
    for (size_t i = 0; i < all->count; i++) {
        struct catalogue *catalogue = &all->catalogues[i];
        if (!catalogue->account || !vetting_may_quote(catalogue->account->status))
            continue;
        if (!catalogue_page_read(batch, catalogue, lines_max, db, error))
            return false;
        trade_add_asked(batch->trade, catalogue->asked);
    }
    return true;
}

// The same request once more, for what follows behind the last product.
static struct document *next_request(struct arena *arena, const struct catalogue *catalogue)
{
    static const char *const same[] = { "account", "request_number", "channel", "partner",
                                        "reply_reference" };
    const struct document *request = catalogue->item->document;
    const struct order *asked = catalogue->asked;
    char id[ORDER_ID_TEXT_SIZE];
    int64_t requested_at = 0;
    struct document *document = document_record(arena, "CatalogueRequest");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        document_add_text(arena, document, same[i], document_text(request, same[i]));
    document_instant(request, "requested_at", &requested_at);
    document_add_instant(arena, document, "requested_at", requested_at);
    document_add_boolean(arena, document, "test", document_boolean(request, "test", false));
    document_add_text(arena, document, "catalogue_id",
                      arena_copy(arena, slice_of(order_id_text(catalogue->id, id))));
    document_add_integer(arena, document, "page", catalogue->page + 1);
    document_add_text(arena, document, "after", asked->lines[catalogue->told - 1].seller_part);
    return document;
}

static void answer(struct batch *batch, struct catalogue *catalogue)
{
    struct arena *arena = batch->arena;
    const struct document *request = catalogue->item->document;
    const struct document *document = catalogue_document(arena, batch->trade, catalogue, batch->now_us);
    char id[ORDER_ID_TEXT_SIZE];
    batch_publish(batch, catalogue->item, TOPIC_QUOTES, catalogue->account_number, document);
    if (slice_is(document_text(request, "channel"), "edifact"))
        batch_owe(
            batch, catalogue->item,
            arena_printf(arena, "catalogue/%s/%d", order_id_text(catalogue->id, id), (int)catalogue->page),
            document_text(request, "partner"), document_text(request, "channel"),
            document_text(request, "reply_reference"), document);
    if (catalogue->more)
        batch_publish(batch, catalogue->item, TOPIC_INBOUND, catalogue->account_number,
                      next_request(arena, catalogue));
    catalogue->made = true;
    batch_outcome(catalogue->item, OUTCOME_ANSWERED, 0);
}

static void decide(struct batch *batch)
{
    struct catalogues *all = batch->trade->catalogues;
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_request(&batch->items[i])) {
            struct slice why = problem(&batch->items[i], batch->arena);
            if (!slice_empty(why))
                batch_park(batch, &batch->items[i], "%.*s", SLICE_ARGS(why));
        }
    for (size_t i = 0; all && i < all->count; i++) {
        struct catalogue *catalogue = &all->catalogues[i];
        if (!catalogue->account)
            batch_park(batch, catalogue->item, "account '%.*s' is unknown: it gets no catalogue",
                       SLICE_ARGS(catalogue->account_number));
        else if (!vetting_may_quote(catalogue->account->status) || !catalogue->asked)
            batch_park(batch, catalogue->item, "account %.*s is %s: it gets no catalogue",
                       SLICE_ARGS(catalogue->account_number),
                       account_status_name(catalogue->account->status));
        else
            answer(batch, catalogue);
    }
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] = "COPY catalogue_page (account, catalogue_id, page, request_number, partner, "
                              "channel, lines, last, made_at) "
                              "FROM STDIN (FORMAT binary)";
    const struct catalogues *all = batch->trade->catalogues;
    struct db_copy copy = db_copy(batch->arena, 9);
    for (size_t i = 0; i < all->count; i++) {
        const struct catalogue *catalogue = &all->catalogues[i];
        const struct document *request = catalogue->item->document;
        if (!catalogue->made)
            continue;
        db_copy_row(&copy);
        db_copy_slice(&copy, catalogue->account_number);
        db_copy_number(&copy, DB_BIGINT, catalogue->id);
        db_copy_number(&copy, DB_INTEGER, catalogue->page);
        db_copy_slice(&copy, document_text(request, "request_number"));
        db_copy_slice(&copy, document_text(request, "partner"));
        db_copy_slice(&copy, document_text(request, "channel"));
        db_copy_number(&copy, DB_INTEGER, (int64_t)catalogue->products);
        db_copy_number(&copy, DB_BOOLEAN, !catalogue->more);
        db_copy_number(&copy, DB_INSTANT, batch->now_us);
    }
    return db_copy_end(&copy, db, sql, error) || error_within(error, "noting catalogues");
}

static const struct setting settings[] = {
    { "lines_max", SETTING_INTEGER, "1000", "so many products stand in one document of a catalogue at most",
      &lines_max },
    { .name = NULL },
};

const struct stage catalogue_stage = {
    .name = "catalogue",
    .purpose = "sends an account what it may buy, with its prices",
    .settings = settings,
    .gather = gather,
    .decide = decide,
    .apply = apply,
};

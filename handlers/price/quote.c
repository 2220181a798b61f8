// SPDX-License-Identifier: Apache-2.0
// quote: what goods would cost. Every request is answered once: each line with the account's price for the
// quantity asked, or with the reason why it is not offered. Nothing is reserved or booked.
#include "handlers/price/quote.h"

#include "base/clock.h"
#include "handlers/company/vetting.h"
#include "handlers/money.h"
#include "handlers/order/order_hash.h"
#include "handlers/order/validate.h"
#include "handlers/price/price.h"
#include "handlers/stages.h"

enum { DAYS_MAX = 3650 };
static int64_t valid_days = 30;

static bool is_request(const struct item *item)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "QuoteRequest") == 0;
}

// What the request lacks to have a key; empty where nothing.
static struct slice keyless(const struct item *item, struct arena *arena)
{
    static const char *const keys[] = { "account", "request_number" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct slice key = document_text(item->document, keys[i]);
        if (slice_empty(key))
            return arena_printf(arena, "the request for a quote has no %s", keys[i]);
        if (key.size > KEY_BYTES_MAX)
            return arena_printf(arena, "the request's %s is longer than %d bytes: '%.40s...'", keys[i],
                                KEY_BYTES_MAX, key.data);
    }
    return (struct slice){ 0 };
}

struct quote *quote_read(struct arena *arena, struct item *item)
{
    struct quote *quote = ARENA_NEW(arena, struct quote);
    struct order *asked = quote->asked = order_read(arena, item);
    quote->item = item;
    quote->id = asked->id;
    asked->order_number = document_text(item->document, "request_number");
    document_instant(item->document, "requested_at", &quote->requested_at);
    asked->ordered_at = quote->requested_at;
    // What the buyer has in mind is part of what he wrote, and of no weight for our price.
    size_t i = 0;
    for (const struct document *line = document_items(item->document, "lines"); line;
         line = line->next, i++) {
        document_decimal(line, "target_basis", QUANTITY_SCALE, &asked->lines[i].stated_basis);
        asked->lines[i].has_price =
            document_decimal(line, "target_price", MONEY_SCALE, &asked->lines[i].stated_price);
    }
    asked->content_hash = order_content_hash(asked, arena);
    for (i = 0; i < asked->line_count; i++) {
        asked->lines[i].has_price = false;
        asked->lines[i].stated_basis = QUANTITY_ONE;
    }
    return quote;
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    if (valid_days < 1 || valid_days > DAYS_MAX)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "setting quote.valid_days = %lld is invalid: set 1 to %d", (long long)valid_days,
                         DAYS_MAX);
    struct quoting *quoting = batch->trade->quoting = ARENA_NEW(batch->arena, struct quoting);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (!is_request(item) || !slice_empty(keyless(item, batch->arena)))
            continue;
        struct quote *quote = quote_read(batch->arena, item);
        // Prices are those of today, whatever date the buyer writes.
        quote->asked->ordered_at = batch->now_us;
        quoting->quotes = arena_grow(batch->arena, quoting->quotes, &quoting->capacity, quoting->count + 1,
                                     sizeof(struct quote *));
        quoting->quotes[quoting->count++] = quote;
    }
    if (quoting->count == 0)
        return true;
    if (!quote_find_twins(batch, db, error))
        return error_within(error, "looking for earlier quotations");
    for (size_t i = 0; i < quoting->count; i++)
        if (!quoting->quotes[i]->twin)
            trade_add_asked(batch->trade, quoting->quotes[i]->asked);
    return true;
}

static void check_account(struct arena *arena, struct order *asked)
{
    const struct account *account = asked->account;
    if (!account)
        order_reject(asked, arena, "unknown_account", "account '%.*s' is unknown",
                     SLICE_ARGS(asked->account_number));
    else if (!vetting_may_quote(account->status))
        order_reject(asked, arena, vetting_code(account->status), "account %.*s is %s: it gets no quotes",
                     SLICE_ARGS(account->number), account_status_name(account->status));
    if (!account || slice_empty(asked->user_name))
        return;
    if (!asked->user)
        order_reject(asked, arena, "unknown_user", "account %.*s has no user '%.*s'",
                     SLICE_ARGS(account->number), SLICE_ARGS(asked->user_name));
    else if (!asked->user->active)
        order_reject(asked, arena, "inactive_user", "user %.*s is no longer active",
                     SLICE_ARGS(asked->user->number));
}

static void check_header(struct arena *arena, struct order *asked)
{
    if (slice_empty(asked->currency) && asked->account) {
        asked->currency = asked->account->currency;
        asked->exponent = asked->account->exponent;
    }
    if (asked->account && !slice_equal(asked->currency, asked->account->currency))
        order_reject(asked, arena, "wrong_currency", "the request is in '%.*s', account %.*s buys in %.*s",
                     SLICE_ARGS(asked->currency), SLICE_ARGS(asked->account_number),
                     SLICE_ARGS(asked->account->currency));
    struct index numbers = index_in(arena);
    for (size_t i = 0; i < asked->line_count; i++)
        if (!index_put(&numbers, asked->lines[i].number, (struct slice){ 0 }, asked))
            order_reject(asked, arena, "repeated_line", "line number '%.*s' stands twice in the request",
                         SLICE_ARGS(asked->lines[i].number));
    if (asked->line_count == 0)
        order_reject(asked, arena, "no_lines", "the request has no lines");
}

static bool offer_line(const struct trade *trade, struct order *asked, struct line *line)
{
    if (!validate_line(trade, asked, line))
        return false;
    price_line(trade, asked, line);
    return line->priced && !line->rejected;
}

// The lines that can be priced are offered, whatever the others are.
static size_t offer_lines(const struct trade *trade, struct order *asked)
{
    size_t offered = 0;
    int64_t total = 0;
    for (size_t i = 0; i < asked->line_count; i++) {
        struct line *line = &asked->lines[i];
        line->rejected = !offer_line(trade, asked, line);
        if (!line->rejected &&
            (__builtin_add_overflow(total, line->amount, &total) || total > INT64_MAX / 100000)) {
            order_reject(asked, trade->arena, "amount_too_large",
                         "the lines together cost more than can be written");
            return 0;
        }
        offered += !line->rejected;
    }
    asked->total = total;
    return offered;
}

// What a refused request must not tell: prices of what cannot be had.
static void withhold(struct order *asked)
{
    asked->total = 0;
    for (size_t i = 0; i < asked->line_count; i++) {
        asked->lines[i].rejected = true;
        asked->lines[i].unit_price = asked->lines[i].price_basis = asked->lines[i].amount = 0;
        asked->lines[i].trace = (struct slice){ 0 };
    }
}

static void decide_request(const struct batch *batch, struct quote *quote)
{
    struct order *asked = quote->asked;
    size_t offered = 0;
    validate_parties(batch->trade, asked);
    check_account(batch->arena, asked);
    check_header(batch->arena, asked);
    if (!asked->rejected)
        offered = offer_lines(batch->trade, asked);
    if (offered == 0)
        withhold(asked);
    quote->status = offered == 0 ? "refused" : offered < asked->line_count ? "partly_offered" : "offered";
    quote->quoted_at = batch->now_us;
    quote->valid_from = instant_date(batch->now_us);
    quote->valid_until = quote->valid_from + (int32_t)valid_days;
}

static void owe(struct batch *batch, const struct item *cause, const struct quote *quote,
                const struct document *quotation)
{
    char id[ORDER_ID_TEXT_SIZE];
    const struct order *asked = quote->asked;
    if (slice_is(asked->channel, "edifact"))
        batch_owe(batch, cause, arena_printf(batch->arena, "quote/%s", order_id_text(quote->id, id)),
                  asked->partner, asked->channel, asked->reply_reference, quotation);
}

// The same request gets the same answer on the partner's channel; the topic has had its own.
static void repeat(struct batch *batch, const struct quote *quote)
{
    const struct quote *twin = quote->twin;
    if (!slice_equal(twin->asked->content_hash, quote->asked->content_hash)) {
        batch_park(batch, quote->item, "request '%.*s' of account %.*s arrived before with other content",
                   SLICE_ARGS(quote->asked->order_number), SLICE_ARGS(quote->asked->account_number));
        return;
    }
    owe(batch, quote->item, twin, quote_document(batch->arena, twin));
    batch_outcome(quote->item, OUTCOME_REPEATED, 0);
}

static void decide(struct batch *batch)
{
    const struct quoting *quoting = batch->trade->quoting;
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_request(&batch->items[i])) {
            struct slice why = keyless(&batch->items[i], batch->arena);
            if (!slice_empty(why))
                batch_park(batch, &batch->items[i], "%.*s", SLICE_ARGS(why));
        }
    for (size_t i = 0; quoting && i < quoting->count; i++) {
        struct quote *quote = quoting->quotes[i];
        if (quote->twin) {
            repeat(batch, quote);
            continue;
        }
        decide_request(batch, quote);
        const struct document *quotation = quote_document(batch->arena, quote);
        batch_publish(batch, quote->item, TOPIC_QUOTES, quote->asked->account_number, quotation);
        owe(batch, quote->item, quote, quotation);
        batch_outcome(quote->item, OUTCOME_ANSWERED, 0);
    }
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return batch->trade->quoting->count == 0 || quote_store(batch, db, error);
}

static const struct setting settings[] = {
    { "valid_days", SETTING_INTEGER, "30", "how many days after the day of the quotation its prices hold",
      &valid_days },
    { .name = NULL },
};

const struct stage quote_stage = {
    .name = "quote",
    .purpose = "answers requests for quotes with the account's prices",
    .settings = settings,
    .gather = gather,
    .decide = decide,
    .apply = apply,
};

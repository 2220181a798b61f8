// SPDX-License-Identifier: Apache-2.0
// Shipments and invoices against the orders that they name. The account is locked, and so is every other batch
// that decides its orders: what is read here stands until the commit.
#include "base/clock.h"
#include "handlers/credit/open_item.h"
#include "handlers/credit/rate.h"
#include "handlers/fulfil/fulfil.h"
#include "handlers/money.h"
#include "handlers/terms/terms_agreed.h"

// An invoice of which nobody says when it is due is due so many days after it was issued.
enum { DUE_DAYS = 30 };

static struct fulfilment *facts_of(const struct batch *batch)
{
    return batch->trade->fulfilment;
}

static bool sound(const struct fulfil_fact *fact)
{
    return fact->sound && fact->item->outcome == OUTCOME_NONE;
}

// --- Reading

// Two words for one order are two keys, but the order itself is one thing, so that its sums run on.
struct reading {
    struct batch *batch;
    struct index keys, orders;
    struct known_order **known;
    size_t known_count, known_capacity;
    struct db_column accounts, ids, numbers, releases;
    struct fulfil_line **waiting; // by key
    size_t waiting_count, waiting_capacity;
};

static void ask_order(struct reading *reading, const struct fulfil_fact *fact, struct fulfil_line *line)
{
    int64_t id = 0;
    if (!slice_empty(line->order_id) && !order_id_parse(line->order_id, &id))
        return;
    struct slice word = slice_empty(line->order_id)
                            ? arena_printf(reading->batch->arena, "n%.*s%c%.*s",
                                           SLICE_ARGS(line->order_number), 0, SLICE_ARGS(line->release))
                            : arena_printf(reading->batch->arena, "i%lld", (long long)id);
    struct fulfil_line *first = index_get(&reading->keys, fact->account, word);
    reading->waiting = arena_grow(reading->batch->arena, reading->waiting, &reading->waiting_capacity,
                                  reading->waiting_count + 2, sizeof *reading->waiting);
    reading->waiting[reading->waiting_count++] = line;
    reading->waiting[reading->waiting_count++] = first ? first : line;
    if (first)
        return;
    index_put(&reading->keys, fact->account, word, line);
    db_column_add(&reading->accounts, fact->account);
    db_column_add_number(&reading->ids, id);
    db_column_add(&reading->numbers, line->order_number);
    db_column_add(&reading->releases, line->release);
}

static struct known_order *read_order(struct reading *reading, const struct db_rows *rows, size_t row)
{
    struct slice account = db_rows_slice(rows, row, 1);
    struct slice id = arena_printf(reading->batch->arena, "%lld", (long long)db_rows_number(rows, row, 2));
    struct known_order *order = index_get(&reading->orders, account, id);
    if (order)
        return order;
    order = ARENA_NEW(reading->batch->arena, struct known_order);
    *order = (struct known_order){ .account = account,
                                   .id = db_rows_number(rows, row, 2),
                                   .order_number = db_rows_slice(rows, row, 3),
                                   .release = db_rows_slice(rows, row, 4),
                                   .version = (int32_t)db_rows_number(rows, row, 5),
                                   .state = (enum order_state)db_rows_number(rows, row, 6),
                                   .test = db_rows_number(rows, row, 7),
                                   .payer = db_rows_slice(rows, row, 8),
                                   .currency = db_rows_slice(rows, row, 9),
                                   .channel = db_rows_slice(rows, row, 10),
                                   .partner = db_rows_slice(rows, row, 11),
                                   .reply_reference = db_rows_slice(rows, row, 12),
                                   .ordered_at = db_rows_number(rows, row, 13),
                                   .credit_rate = db_rows_number(rows, row, 14) };
    index_put(&reading->orders, account, id, order);
    reading->known = arena_grow(reading->batch->arena, reading->known, &reading->known_capacity,
                                reading->known_count + 1, sizeof *reading->known);
    reading->known[reading->known_count++] = order;
    return order;
}

static bool find_orders(struct reading *reading, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, o.account, o.id, o.order_number, o.release, o.version, o.state, o.test, o.payer, "
        "o.currency, o.channel, o.partner, o.reply_reference, o.ordered_at, o.credit_rate "
        "FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY "
        "AS k(account, id, number, release, n) CROSS JOIN LATERAL ("
        "(SELECT s.* FROM sales_order s WHERE k.number = '' AND s.account = k.account AND s.id = k.id) UNION "
        "ALL "
        "(SELECT s.* FROM sales_order s WHERE k.number <> '' AND k.id = 0 AND s.account = k.account AND "
        "s.order_number = k.number AND s.release = k.release AND NOT s.test "
        "ORDER BY s.state = 2 DESC, s.version DESC LIMIT 1)) AS o ORDER BY k.n";
    struct db_value values[] = { db_array(&reading->accounts), db_array(&reading->ids),
                                 db_array(&reading->numbers), db_array(&reading->releases) };
    struct db_rows rows;
    if (!db_query(db, reading->batch->arena, sql, values, 4, &rows, error))
        return error_within(error, "looking for the orders of shipments and invoices");
    struct known_order **by_key =
        ARENA_ARRAY(reading->batch->arena, reading->accounts.count, struct known_order *);
    for (size_t row = 0; row < rows.count; row++)
        by_key[db_rows_number(&rows, row, 0) - 1] = read_order(reading, &rows, row);
    size_t next = 0;
    for (size_t i = 0; i < reading->waiting_count; i += 2) {
        struct fulfil_line *line = reading->waiting[i], *first = reading->waiting[i + 1];
        line->order = first == line ? by_key[next++] : first->order;
    }
    return true;
}

static bool load_lines(struct reading *reading, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.n, p.position, l.line_number, l.product, l.unit, l.buyer_part, l.gtin, l.description, "
        "l.factor, "
        "p.quantity, l.base_quantity, p.amount, l.unit_price, l.price_basis, p.shipped, p.invoiced, "
        "p.billed, "
        "p.rejected, p.final, p.closed_amount FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS "
        "k(account, id, n) "
        "JOIN order_progress p ON p.account = k.account AND p.order_id = k.id JOIN order_line l "
        "ON l.account = p.account AND l.order_id = p.order_id AND l.position = p.position ORDER BY k.n, "
        "p.position";
    struct arena *arena = reading->batch->arena;
    struct db_column accounts = db_column(arena, DB_TEXT), ids = db_column(arena, DB_BIGINT);
    for (size_t i = 0; i < reading->known_count; i++) {
        db_column_add(&accounts, reading->known[i]->account);
        db_column_add_number(&ids, reading->known[i]->id);
    }
    struct db_value values[] = { db_array(&accounts), db_array(&ids) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "reading how far orders are");
    struct known_line *lines = ARENA_ARRAY(arena, rows.count, struct known_line);
    for (size_t row = 0; row < rows.count; row++) {
        struct known_order *order = reading->known[db_rows_number(&rows, row, 0) - 1];
        struct known_line *line = &lines[row];
        if (order->line_count++ == 0)
            order->lines = line;
        *line = (struct known_line){ .position = (int32_t)db_rows_number(&rows, row, 1),
                                     .number = db_rows_slice(&rows, row, 2),
                                     .product = db_rows_slice(&rows, row, 3),
                                     .unit = db_rows_slice(&rows, row, 4),
                                     .buyer_part = db_rows_slice(&rows, row, 5),
                                     .gtin = db_rows_slice(&rows, row, 6),
                                     .description = db_rows_slice(&rows, row, 7),
                                     .factor = db_rows_number(&rows, row, 8),
                                     .quantity = db_rows_number(&rows, row, 9),
                                     .base_quantity = db_rows_number(&rows, row, 10),
                                     .amount = db_rows_number(&rows, row, 11),
                                     .unit_price = db_rows_number(&rows, row, 12),
                                     .price_basis = db_rows_number(&rows, row, 13),
                                     .shipped = db_rows_number(&rows, row, 14),
                                     .invoiced = db_rows_number(&rows, row, 15),
                                     .billed = db_rows_number(&rows, row, 16),
                                     .rejected = db_rows_number(&rows, row, 17),
                                     .final = db_rows_number(&rows, row, 18),
                                     .closed = db_rows_number(&rows, row, 19) };
    }
    return true;
}

// --- Repeats

static bool find_repeats(struct batch *batch, bool invoice, struct db *db, struct error *error)
{
    static const char shipments[] =
        "SELECT k.n, s.account, s.content_hash FROM unnest($1::text[]) WITH ORDINALITY AS k(number, n) "
        "JOIN shipment s ON s.shipment = k.number";
    static const char invoices[] =
        "SELECT k.n, i.account, i.content_hash FROM unnest($1::text[]) WITH ORDINALITY AS k(number, n) "
        "JOIN invoice i ON i.invoice = k.number";
    struct fulfilment *all = facts_of(batch);
    struct db_column numbers = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->fact_count; i++)
        if (all->facts[i].invoice == invoice)
            db_column_add(&numbers, all->facts[i].number);
    struct db_value value = db_array(&numbers);
    struct db_rows rows;
    if (numbers.count == 0)
        return true;
    if (!db_query(db, batch->arena, invoice ? invoices : shipments, &value, 1, &rows, error))
        return error_within(error, "looking for repeated %s", invoice ? "invoices" : "shipments");
    struct fulfil_fact **by_number = ARENA_ARRAY(batch->arena, numbers.count, struct fulfil_fact *);
    size_t count = 0;
    for (size_t i = 0; i < all->fact_count; i++)
        if (all->facts[i].invoice == invoice)
            by_number[count++] = &all->facts[i];
    for (size_t row = 0; row < rows.count; row++) {
        struct fulfil_fact *fact = by_number[db_rows_number(&rows, row, 0) - 1];
        fact->stored = ARENA_NEW(batch->arena, struct slice);
        *fact->stored = db_rows_slice(&rows, row, 2);
    }
    return true;
}

bool fulfil_facts_lock(struct batch *batch, struct db *db, struct error *error)
{
    struct fulfilment *all = facts_of(batch);
    struct arena *arena = batch->arena;
    struct reading reading = { .batch = batch,
                               .keys = index_in(arena),
                               .orders = index_in(arena),
                               .accounts = db_column(arena, DB_TEXT),
                               .ids = db_column(arena, DB_BIGINT),
                               .numbers = db_column(arena, DB_TEXT),
                               .releases = db_column(arena, DB_TEXT) };
    for (size_t i = 0; i < all->fact_count; i++)
        for (size_t j = 0; sound(&all->facts[i]) && j < all->facts[i].line_count; j++)
            ask_order(&reading, &all->facts[i], &all->facts[i].lines[j]);
    return find_repeats(batch, false, db, error) && find_repeats(batch, true, db, error) &&
           (reading.accounts.count == 0 || find_orders(&reading, db, error)) &&
           (reading.known_count == 0 || load_lines(&reading, db, error)) &&
           terms_load_known(batch, reading.known, reading.known_count, db, error);
}

// --- Deciding

static bool is_piece(struct slice unit)
{
    return slice_is(unit, "C62") || slice_is(unit, "EA") || slice_is(unit, "PCE") || slice_is(unit, "H87");
}

static bool same_unit(struct slice left, struct slice right)
{
    return slice_empty(left) || slice_empty(right) || slice_equal(left, right) ||
           (is_piece(left) && is_piece(right));
}

int64_t fulfil_value(const struct known_line *line, int64_t quantity)
{
    if (quantity >= line->quantity)
        return line->amount;
    __int128 doubled = (__int128)2 * line->amount * quantity + line->quantity;
    return (int64_t)(doubled / ((__int128)2 * line->quantity));
}

#define PARK(batch, fact, ...) (batch_park((batch), (fact)->item, __VA_ARGS__), false)

static bool find_line(struct batch *batch, const struct fulfil_fact *fact, struct fulfil_line *line)
{
    const struct known_order *order = line->order;
    struct slice word = slice_empty(line->order_id) ? line->order_number : line->order_id;
    if (!order)
        return PARK(batch, fact, "account %.*s has no order %.*s", SLICE_ARGS(fact->account),
                    SLICE_ARGS(word));
    if (order->state != ORDER_ACCEPTED || order->test)
        return PARK(batch, fact, "order %.*s of account %.*s is %s, not accepted", SLICE_ARGS(word),
                    SLICE_ARGS(fact->account), order->test ? "a test" : order_state_name(order->state));
    for (size_t i = 0; i < order->line_count; i++)
        if (slice_equal(order->lines[i].number, line->line) && !order->lines[i].rejected)
            line->known = &order->lines[i];
    if (!line->known)
        return PARK(batch, fact, "order %.*s of account %.*s has no accepted line %.*s", SLICE_ARGS(word),
                    SLICE_ARGS(fact->account), SLICE_ARGS(line->line));
    if (!slice_empty(line->product) && !slice_equal(line->product, line->known->product))
        return PARK(batch, fact, "line %.*s of order %.*s is of product %.*s, not %.*s",
                    SLICE_ARGS(line->line), SLICE_ARGS(word), SLICE_ARGS(line->known->product),
                    SLICE_ARGS(line->product));
    return same_unit(line->unit, line->known->unit) ||
           PARK(batch, fact, "line %.*s of order %.*s was ordered in %.*s, not %.*s", SLICE_ARGS(line->line),
                SLICE_ARGS(word), SLICE_ARGS(line->known->unit), SLICE_ARGS(line->unit));
}

static bool too_much(struct batch *batch, const struct fulfil_fact *fact, const struct fulfil_line *line,
                     const char *done, int64_t before, int64_t most)
{
    char now[DECIMAL_TEXT_SIZE], was[DECIMAL_TEXT_SIZE], all[DECIMAL_TEXT_SIZE];
    return PARK(batch, fact, "line %.*s of order %.*s: %s cannot be %s after %s, at most %s in all",
                SLICE_ARGS(line->line), SLICE_ARGS(line->order->order_number),
                decimal_text(line->quantity, QUANTITY_SCALE, now), done,
                decimal_text(before, QUANTITY_SCALE, was), decimal_text(most, QUANTITY_SCALE, all));
}

static int64_t base_of(const struct known_line *line, int64_t quantity)
{
    int64_t base = line->base_quantity;
    if (quantity < line->quantity &&
        (!quantity_to_base(quantity, line->factor, &base) || base > line->base_quantity))
        base = line->base_quantity;
    return base;
}

static bool ship_line(struct batch *batch, const struct fulfil_fact *fact, struct fulfil_line *line)
{
    struct known_line *known = line->known;
    if (known->final)
        return PARK(batch, fact, "line %.*s of order %.*s is closed: nothing more of it was to follow",
                    SLICE_ARGS(line->line), SLICE_ARGS(line->order->order_number));
    if (line->quantity > known->quantity - known->shipped)
        return too_much(batch, fact, line, "shipped", known->shipped, known->quantity);
    line->base = base_of(known, known->shipped + line->quantity) - base_of(known, known->shipped);
    known->shipped += line->quantity;
    known->final = line->final;
    return true;
}

static bool bill_line(struct batch *batch, const struct fulfil_fact *fact, struct fulfil_line *line)
{
    struct known_line *known = line->known;
    int64_t most = known->quantity;
    if (known->final)
        most = known->shipped > known->invoiced ? known->shipped : known->invoiced;
    if (!slice_equal(fact->currency, line->order->currency))
        return PARK(batch, fact, "invoice %.*s is in %.*s, order %.*s in %.*s", SLICE_ARGS(fact->number),
                    SLICE_ARGS(fact->currency), SLICE_ARGS(line->order->order_number),
                    SLICE_ARGS(line->order->currency));
    if (!slice_equal(fact->payer, line->order->payer))
        return PARK(batch, fact, "invoice %.*s is for payer %.*s, but order %.*s is booked on %.*s",
                    SLICE_ARGS(fact->number), SLICE_ARGS(fact->payer), SLICE_ARGS(line->order->order_number),
                    SLICE_ARGS(line->order->payer));
    if (!money_minor_rounded(line->amount4, money_exponent(fact->currency), &line->amount))
        return PARK(batch, fact, "the amount of line %.*s is too large", SLICE_ARGS(line->line));
    if (line->quantity > most - known->invoiced)
        return too_much(batch, fact, line, "billed", known->invoiced, most);
    line->taken = fulfil_value(known, known->invoiced + line->quantity) - known->billed;
    known->invoiced += line->quantity;
    known->billed += line->taken;
    return true;
}

// What a parked fact has added to the sums is taken off again.
static void take_back(const struct fulfil_fact *fact, size_t count, const struct known_line *before)
{
    for (size_t i = count; i > 0; i--)
        *fact->lines[i - 1].known = before[i - 1];
}

static bool decide_lines(struct batch *batch, struct fulfil_fact *fact)
{
    struct known_line *before = ARENA_ARRAY(batch->arena, fact->line_count, struct known_line);
    for (size_t i = 0; i < fact->line_count; i++) {
        struct fulfil_line *line = &fact->lines[i];
        bool good = find_line(batch, fact, line);
        if (good) {
            before[i] = *line->known;
            good = fact->invoice ? bill_line(batch, fact, line) : ship_line(batch, fact, line);
        }
        if (!good) {
            take_back(fact, i, before);
            return false;
        }
    }
    return true;
}

// What the invoice takes the place of, in the payer's currency: by the rate of each order, over all that was ever taken
// of it, so that a fully billed order leaves nothing behind. The sums have this invoice in them already.
static int64_t taken_from_orders(const struct fulfil_fact *fact)
{
    int64_t sum = 0;
    for (size_t i = 0; i < fact->line_count; i++) {
        const struct known_order *order = fact->lines[i].order;
        int64_t gone = 0, taken = 0;
        bool first = true;
        for (size_t j = 0; j < fact->line_count; j++)
            if (fact->lines[j].order == order) {
                first = first && j >= i;
                taken += fact->lines[j].taken;
            }
        for (size_t j = 0; j < order->line_count; j++)
            if (!order->lines[j].rejected)
                gone += order->lines[j].billed + order->lines[j].closed;
        if (first)
            sum += rate_convert(gone, order->credit_rate) - rate_convert(gone - taken, order->credit_rate);
    }
    return sum;
}

// An item for each day on which a part of the invoice is due.
static void add_items(struct batch *batch, const struct fulfil_fact *fact, int64_t rate)
{
    struct open_item item = { .payer = fact->payer,
                              .invoice = fact->number,
                              .account = fact->account,
                              .currency = fact->currency,
                              .rate = rate,
                              .issued_at = fact->issued_at };
    const struct invoice_plan *plan = fact->plan;
    for (size_t i = 0; i < plan->due_count; i++) {
        item.instalment = (int32_t)i + 1;
        item.amount = plan->dues[i].amount;
        item.due = plan->dues[i].date;
        open_item_bill(batch->trade, item);
    }
    if (plan->due_count > 0)
        return;
    item.instalment = 1;
    item.amount = fact->gross;
    item.due = instant_date(fact->issued_at) + DUE_DAYS;
    open_item_bill(batch->trade, item);
}

static void book(struct batch *batch, const struct fulfil_fact *fact)
{
    struct account *payer = trade_account(batch->trade, fact->payer);
    int64_t rate = 0;
    rate_find(batch->trade, fact->currency, payer->currency, &rate);
    int64_t more = rate_convert(fact->gross, rate) - taken_from_orders(fact);
    payer->running += more;
    trade_add_entry(batch->trade,
                    (struct ledger_entry){
                        .payer = fact->payer,
                        .source = arena_printf(batch->arena, "invoice/%.*s", SLICE_ARGS(fact->number)),
                        .account = fact->account,
                        .amount = more,
                    });
    add_items(batch, fact, rate);
}

static bool payer_fits(struct batch *batch, const struct fulfil_fact *fact)
{
    const struct account *payer = trade_account(batch->trade, fact->payer);
    int64_t rate;
    if (!payer)
        return PARK(batch, fact, "invoice %.*s is for the unknown account %.*s", SLICE_ARGS(fact->number),
                    SLICE_ARGS(fact->payer));
    if (rate_find(batch->trade, fact->currency, payer->currency, &rate) && !rate_fits(fact->gross, rate))
        return PARK(batch, fact, "the gross amount of invoice %.*s is too large to be counted in %.*s",
                    SLICE_ARGS(fact->number), SLICE_ARGS(payer->currency));
    return rate_find(batch->trade, fact->currency, payer->currency, &rate) ||
           PARK(batch, fact,
                "invoice %.*s is in %.*s, payer %.*s pays in %.*s, and no exchange rate of the two is known",
                SLICE_ARGS(fact->number), SLICE_ARGS(fact->currency), SLICE_ARGS(fact->payer),
                SLICE_ARGS(payer->currency));
}

static void tell_account(struct batch *batch, const struct fulfil_fact *fact, const struct known_order *order)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct arena *arena = batch->arena;
    struct document *notice = document_record(arena, "FulfilmentNotice");
    document_add_text(arena, notice, "account", fact->account);
    document_add_text(arena, notice, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_text(arena, notice, "kind", slice_of(fact->invoice ? "invoice" : "shipment"));
    document_add_text(arena, notice, "number", fact->number);
    batch_publish(batch, fact->item, TOPIC_INBOUND, fact->account, notice);
}

// Each order that the fact names once; each partner of its orders once.
static void tell(struct batch *batch, const struct fulfil_fact *fact)
{
    struct index orders = index_in(batch->arena), partners = index_in(batch->arena);
    struct document *notice = fulfil_notice(batch, fact);
    batch_publish(batch, fact->item, TOPIC_EVENTS, fact->account, notice);
    for (size_t i = 0; i < fact->line_count; i++) {
        struct known_order *order = fact->lines[i].order;
        struct slice id = arena_printf(batch->arena, "%lld", (long long)order->id);
        if (index_put(&orders, fact->account, id, order))
            tell_account(batch, fact, order);
        if ((slice_is(order->channel, "edifact") || slice_is(order->channel, "cxml")) &&
            index_put(&partners, order->partner, order->channel, order))
            batch_owe(batch, fact->item,
                      arena_printf(batch->arena, "%s/%.*s/%.*s", fact->invoice ? "invoice" : "shipment",
                                   SLICE_ARGS(fact->number), SLICE_ARGS(order->partner)),
                      order->partner, order->channel, order->reply_reference, notice);
    }
}

static void decide_fact(struct batch *batch, struct index *seen, struct fulfil_fact *fact)
{
    const char *kind = fact->invoice ? "invoice" : "shipment";
    struct slice *first = fact->stored ? fact->stored : index_get(seen, fact->number, slice_of(kind));
    if (first && slice_equal(*first, fact->hash)) {
        batch_outcome(fact->item, OUTCOME_RECORDED, 0);
        return;
    }
    if (first) {
        batch_park(batch, fact->item, "%s %.*s arrived before with other content", kind,
                   SLICE_ARGS(fact->number));
        return;
    }
    if ((fact->invoice && !payer_fits(batch, fact)) || !decide_lines(batch, fact))
        return;
    index_put(seen, fact->number, slice_of(kind), &fact->hash);
    fact->fresh = true;
    batch_outcome(fact->item, OUTCOME_RECORDED, 0);
    if (fact->invoice) {
        terms_plan_invoice(batch, fact);
        book(batch, fact);
    }
    tell(batch, fact);
}

void fulfil_facts_decide(struct batch *batch)
{
    struct fulfilment *all = facts_of(batch);
    struct index seen = index_in(batch->arena);
    for (size_t i = 0; i < all->fact_count; i++)
        if (sound(&all->facts[i]))
            decide_fact(batch, &seen, &all->facts[i]);
}

// SPDX-License-Identifier: Apache-2.0
// enquiry: how far orders are, told to the account that they belong to and to nobody else. Each
// OrderStatusRequest is answered by one OrderStatus, by the rows as they are when it comes.
#include "handlers/order/enquiry.h"

#include "handlers/money.h"
#include "handlers/stages.h"

static int64_t lines_max = 2000;

static bool is_request(const struct item *item)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, "OrderStatusRequest") == 0;
}

static const char *lacks(const struct item *item)
{
    const struct document *orders = document_get(item->document, "orders");
    if (slice_empty(document_text(item->document, "account")))
        return "account";
    if (slice_empty(document_text(item->document, "request_number")))
        return "request_number";
    return orders && orders->first ? NULL : "orders";
}

static void read_request(struct arena *arena, struct enquiry *enquiry, struct item *item)
{
    *enquiry = (struct enquiry){ .item = item,
                                 .account = document_text(item->document, "account"),
                                 .test = document_boolean(item->document, "test", false) };
    enquiry->orders =
        ARENA_ARRAY(arena, document_get(item->document, "orders")->count, struct enquired_order);
    for (const struct document *at = document_items(item->document, "orders"); at; at = at->next)
        enquiry->orders[enquiry->order_count++] = (struct enquired_order){
            .number = document_text(at, "order_number"), .release = document_text(at, "release"), .asked = at
        };
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    if (lines_max < 1)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "setting enquiry.lines_max = %lld is invalid: set at least 1", (long long)lines_max);
    struct enquiries *all = batch->trade->enquiries = ARENA_NEW(batch->arena, struct enquiries);
    all->enquiries = ARENA_ARRAY(batch->arena, batch->item_count, struct enquiry);
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_request(&batch->items[i]) && !lacks(&batch->items[i]))
            read_request(batch->arena, &all->enquiries[all->count++], &batch->items[i]);
    return all->count == 0 || enquiry_gather(batch, all, db, error);
}

// --- The answer

struct answer {
    struct arena *arena;
    struct document *reasons, *orders;
    size_t lines;
};

static void add_reason(struct answer *answer, const char *code, struct slice text)
{
    struct document *record = document_add_record(answer->arena, answer->reasons, NULL, "Reason");
    document_add_text(answer->arena, record, "code", slice_of(code));
    document_add_text(answer->arena, record, "text", text);
    document_add_text(answer->arena, record, "line", SLICE(""));
}

static bool is_asked(const struct enquired_order *order, struct slice line)
{
    const struct document *lines = document_get(order->asked, "lines");
    for (const struct document *at = lines ? lines->first : NULL; at; at = at->next)
        if (slice_equal(document_text(at, "number"), line))
            return true;
    return !lines || !lines->first;
}

static const struct enquired_line *line_of(const struct enquired_order *order, struct slice number)
{
    const struct enquired_line *line = order->first;
    while (line && !slice_equal(line->number, number))
        line = line->next;
    return line;
}

static const char *progress_of(const struct enquired_order *order)
{
    bool some = false, all = true;
    if (order->state != ORDER_ACCEPTED)
        return "";
    for (const struct enquired_line *line = order->first; line; line = line->next) {
        some = some || line->shipped > 0;
        all = all && strcmp(line->state, "open") != 0;
    }
    return all ? "shipped" : some ? "partly_shipped" : "open";
}

static void add_line(struct arena *arena, struct document *lines, const struct enquired_line *line)
{
    struct document *record = document_add_record(arena, lines, NULL, "OrderStatusLine");
    document_add_text(arena, record, "number", line->number);
    document_add_text(arena, record, "state", slice_of(line->state));
    document_add_text(arena, record, "product", line->product);
    document_add_text(arena, record, "buyer_part", line->buyer_part);
    document_add_text(arena, record, "gtin", line->gtin);
    document_add_text(arena, record, "description", line->description);
    document_add_text(arena, record, "unit", line->unit);
    document_add_decimal(arena, record, "ordered", line->ordered, QUANTITY_SCALE);
    document_add_decimal(arena, record, "confirmed", line->confirmed, QUANTITY_SCALE);
    document_add_decimal(arena, record, "backordered", line->backordered, QUANTITY_SCALE);
    document_add_decimal(arena, record, "shipped", line->shipped, QUANTITY_SCALE);
    document_add_decimal(arena, record, "invoiced", line->invoiced, QUANTITY_SCALE);
}

static void add_lines(struct answer *answer, struct document *record, const struct enquired_order *order)
{
    struct document *lines = document_add_list(answer->arena, record, "lines");
    // The first order is told whatever its size: it came in as one document.
    if (answer->lines > 0 && answer->lines + order->line_count > (size_t)lines_max) {
        add_reason(answer, "too_many_lines",
                   arena_printf(answer->arena,
                                "order %.*s has %zu lines more than the %lld that one answer tells: ask "
                                "for it alone",
                                SLICE_ARGS(order->number), order->line_count, (long long)lines_max));
        return;
    }
    answer->lines += order->line_count;
    for (const struct enquired_line *line = order->first; line; line = line->next)
        if (is_asked(order, line->number))
            add_line(answer->arena, lines, line);
    for (const struct document *at = document_items(order->asked, "lines"); at; at = at->next)
        if (!line_of(order, document_text(at, "number")))
            add_reason(answer, "unknown_line",
                       arena_printf(answer->arena, "order %.*s has no line '%.*s'", SLICE_ARGS(order->number),
                                    SLICE_ARGS(document_text(at, "number"))));
}

static void add_order(struct answer *answer, const struct enquired_order *order)
{
    struct arena *arena = answer->arena;
    char id[ORDER_ID_TEXT_SIZE];
    struct document *record = document_add_record(arena, answer->orders, NULL, "OrderStatusOrder");
    document_add_text(arena, record, "order_number", order->number);
    document_add_text(arena, record, "release", order->release);
    if (!order->found) {
        document_add_text(arena, record, "state", SLICE("unknown"));
        add_reason(answer, "unknown_order",
                   arena_printf(arena, "there is no order '%.*s'", SLICE_ARGS(order->number)));
        return;
    }
    document_add_text(arena, record, "state", slice_of(order_state_name(order->state)));
    document_add_text(arena, record, "progress", slice_of(progress_of(order)));
    document_add_text(arena, record, "order_id", arena_copy(arena, slice_of(order_id_text(order->id, id))));
    document_add_instant(arena, record, "ordered_at", order->ordered_at);
    add_lines(answer, record, order);
}

static struct document *order_status(const struct batch *batch, const struct enquiry *enquiry,
                                     struct slice id)
{
    struct arena *arena = batch->arena;
    const struct document *request = enquiry->item->document;
    struct document *document = document_record(arena, "OrderStatus");
    int64_t requested_at = 0;
    document_instant(request, "requested_at", &requested_at);
    document_add_text(arena, document, "status_id", id);
    document_add_text(arena, document, "account", enquiry->account);
    document_add_text(arena, document, "request_number", document_text(request, "request_number"));
    document_add_instant(arena, document, "answered_at", batch->now_us);
    document_add_instant(arena, document, "requested_at", requested_at);
    struct answer answer = { .arena = arena };
    answer.reasons = document_add_list(arena, document, "reasons");
    answer.orders = document_add_list(arena, document, "orders");
    for (size_t i = 0; i < enquiry->order_count; i++)
        add_order(&answer, &enquiry->orders[i]);
    static const char *const origin[] = { "channel", "partner", "reply_reference" };
    for (size_t i = 0; i < sizeof origin / sizeof *origin; i++)
        document_add_text(arena, document, origin[i], document_text(request, origin[i]));
    document_add_boolean(arena, document, "test", enquiry->test);
    return document;
}

static void decide(struct batch *batch)
{
    const struct enquiries *all = batch->trade->enquiries;
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_request(&batch->items[i]) && lacks(&batch->items[i]))
            batch_park(batch, &batch->items[i], "the question how far orders are has no %s",
                       lacks(&batch->items[i]));
    for (size_t i = 0; all && i < all->count; i++) {
        const struct enquiry *enquiry = &all->enquiries[i];
        const struct document *request = enquiry->item->document;
        char text[ORDER_ID_TEXT_SIZE];
        order_id_text(order_id_of(enquiry->item->shard, enquiry->item->offset), text);
        struct slice id = arena_copy(batch->arena, slice_of(text));
        const struct document *status = order_status(batch, enquiry, id);
        batch_publish(batch, enquiry->item, TOPIC_ACKNOWLEDGEMENTS, enquiry->account, status);
        if (slice_is(document_text(request, "channel"), "edifact"))
            batch_owe(batch, enquiry->item, arena_printf(batch->arena, "status/%s", text),
                      document_text(request, "partner"), document_text(request, "channel"),
                      document_text(request, "reply_reference"), status);
        batch_outcome(enquiry->item, OUTCOME_ANSWERED, 0);
    }
}

static const struct setting settings[] = {
    { "lines_max", SETTING_INTEGER, "2000",
      "an answer to several orders tells of so many lines at most; what goes beyond must be asked for alone",
      &lines_max },
    { .name = NULL },
};

const struct stage enquiry_stage = {
    .name = "enquiry",
    .purpose = "tells how far orders are",
    .settings = settings,
    .gather = gather,
    .decide = decide,
};

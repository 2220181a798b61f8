// SPDX-License-Identifier: Apache-2.0
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "ctl/order_data.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct table_column list_columns[] = {
    { "order_id", "ORDER", false }, { "account", "ACCOUNT", false }, { "order_number", "NUMBER", false },
    { "version", "VERSION", true }, { "state", "STATE", false },     { "total", "TOTAL", true },
    { "currency", "CUR", false },   { "holds", "HOLDS", false },     { "received_at", "RECEIVED", false },
};

struct list_options {
    const char *account, *state;
    int64_t most;
};

static bool list_orders(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    const struct list_options *options = context;
    struct document *orders;
    (void)words;
    (void)count;
    if (!order_data_list(online, slice_of(options->account), slice_of(options->state), options->most, &orders,
                         error))
        return false;
    online_print_list(online, orders, list_columns, COUNT(list_columns));
    return true;
}

int ctl_order_list(int argc, char **argv)
{
    struct online online = { 0 };
    struct list_options given = { .account = "", .state = "", .most = 50 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "account", OPTION_TEXT, &given.account, "ACCOUNT", "only orders of this account" },
        { "state", OPTION_TEXT, &given.state, "STATE", "only held, accepted, rejected or cancelled orders" },
        { "limit", OPTION_NUMBER, &given.most, "NUMBER", "at most so many, the newest; default 50" },
    };
    const struct online_command command = {
        .usage = { "order list", "", "List orders, newest first.", options, COUNT(options), 0, 0, NULL },
        .wants = ONLINE_DATABASE,
        .act = list_orders,
    };
    return online_run(&command, &online, &given, argc, argv);
}

static const struct table_column sheet_columns[] = {
    { "order_id", "Order", false },
    { "account", "Account", false },
    { "order_number", "Order number", false },
    { "release", "Release", false },
    { "version", "Version", false },
    { "state", "State", false },
    { "holds", "Held by", false },
    { "test", "Test", false },
    { "user", "User", false },
    { "payer", "Payer", false },
    { "currency", "Currency", false },
    { "stated_total", "Total as ordered", false },
    { "total", "Total as decided", false },
    { "booked", "Booked exposure", false },
    { "progress", "Progress", false },
    { "ordered_amount", "  still ordered", false },
    { "shipped_amount", "  shipped, not billed", false },
    { "billed_amount", "  billed", false },
    { "closed_amount", "  will not follow", false },
    { "ship_to", "Ship to", false },
    { "requested_date", "Wanted on", false },
    { "note", "Note", false },
    { "channel", "Channel", false },
    { "partner", "Partner", false },
    { "reply_reference", "Reply reference", false },
    { "received_at", "Received", false },
    { "decided_at", "Decided", false },
    { "responded_at", "Answered", false },
    { "event_seq", "Events", false },
};

static const struct table_column line_columns[] = {
    { "line", "LINE", true },
    { "product", "PRODUCT", false },
    { "quantity", "QUANTITY", true },
    { "unit", "UNIT", false },
    { "unit_price", "PRICE", true },
    { "price_basis", "PER", true },
    { "amount", "AMOUNT", true },
    { "confirmed", "CONFIRMED", true },
    { "backordered", "TO FOLLOW", true },
    { "shipped", "SHIPPED", true },
    { "invoiced", "BILLED", true },
    { "changed", "CHANGED", false },
    { "rejected", "REJECTED", false },
    { "description", "DESCRIPTION", false },
};
static const struct table_column hold_columns[] = {
    { "kind", "HOLD", false },      { "since", "SINCE", false },   { "released_at", "RELEASED", false },
    { "released_by", "BY", false }, { "reason", "REASON", false },
};
static const struct table_column approval_columns[] = {
    { "task_id", "TASK", false },
    { "state", "STATE", false },
    { "tier", "TIER", false },
    { "asked", "ASKED", false },
    { "decided_by", "DECIDED BY", false },
    { "in_name_of", "FOR", false },
    { "due_at", "UNTIL", false },
    { "total", "TOTAL", true },
    { "reason", "REASON", false },
};
static const struct table_column reservation_columns[] = {
    { "line", "LINE", true },         { "product", "PRODUCT", false }, { "site", "SITE", false },
    { "quantity", "QUANTITY", true }, { "at", "RESERVED", false },     { "closed_at", "CLOSED", false },
};

static const struct table_column shipment_columns[] = {
    { "shipment", "SHIPMENT", false }, { "shipped_at", "SHIPPED", false }, { "site", "SITE", false },
    { "line", "LINE", true },          { "quantity", "QUANTITY", true },   { "unit", "UNIT", false },
    { "final", "LAST", false },        { "carrier", "CARRIER", false },    { "tracking", "TRACKING", false },
};
static const struct table_column invoice_columns[] = {
    { "invoice", "INVOICE", false }, { "issued_at", "ISSUED", false }, { "due_at", "DUE", false },
    { "line", "LINE", true },        { "quantity", "QUANTITY", true }, { "unit", "UNIT", false },
    { "amount", "AMOUNT", true },    { "currency", "CUR", false },
};

static const struct table_column change_columns[] = {
    { "change_number", "CHANGE", false }, { "action", "ACTION", false },
    { "state", "STATE", false },          { "user", "BY", false },
    { "received_at", "CAME", false },     { "effect", "WHAT", false },
};
static const struct table_column due_columns[] = {
    { "terms", "TERMS", false },  { "level", "OF", false },     { "kind", "KIND", false },
    { "percent", "PART", true },  { "event", "FROM", false },   { "due_date", "DUE", false },
    { "amount", "AMOUNT", true }, { "currency", "CUR", false },
};
static const struct table_column budget_columns[] = {
    { "budget", "BUDGET", false }, { "period_start", "SINCE", false }, { "committed", "COMMITTED", true },
    { "spent", "SPENT", true },    { "currency", "CUR", false },
};
static const struct table_column delivery_columns[] = {
    { "id", "DELIVERY", false },
    { "channel", "CHANNEL", false },
    { "partner", "PARTNER", false },
    { "state", "STATE", false },
    { "attempts", "ATTEMPTS", true },
    { "next_at", "NEXT", false },
    { "delivered_at", "DELIVERED", false },
    { "last_error", "LAST ERROR", false },
};

struct section {
    const char *name, *title;
    bool (*read)(const struct online *, const struct document *, struct document **, struct error *);
    const struct table_column *columns;
    size_t count;
};
static const struct section sections[] = {
    { "lines", "Lines", order_data_lines, line_columns, COUNT(line_columns) },
    { "hold_history", "Holds", order_data_holds, hold_columns, COUNT(hold_columns) },
    { "approvals", "Approvals", order_data_approvals, approval_columns, COUNT(approval_columns) },
    { "reservations", "Reservations", order_data_reservations, reservation_columns,
      COUNT(reservation_columns) },
    { "shipments", "Shipments", order_data_shipments, shipment_columns, COUNT(shipment_columns) },
    { "invoices", "Invoices", order_data_invoices, invoice_columns, COUNT(invoice_columns) },
    { "changes", "Changes", order_data_changes, change_columns, COUNT(change_columns) },
    { "dues", "Payment", order_data_dues, due_columns, COUNT(due_columns) },
    { "budgets", "Budgets", order_data_budgets, budget_columns, COUNT(budget_columns) },
    { "deliveries", "Deliveries", order_data_deliveries, delivery_columns, COUNT(delivery_columns) },
};

static void print_sheet(const struct online *online, const struct document *order)
{
    struct text text = text_in(online->arena);
    table_write_sheet(order, sheet_columns, COUNT(sheet_columns), &text);
    for (size_t i = 0; i < COUNT(sections); i++) {
        const struct document *list = document_get(order, sections[i].name);
        if (!list->first)
            continue;
        text_printf(&text, "\n%s\n", sections[i].title);
        table_write(list, sections[i].columns, sections[i].count, &text);
    }
    online_put(&text);
}

static bool load(struct online *online, char **words, struct document **record, struct error *error)
{
    if (!order_data_find(online, words[0], record, error))
        return false;
    for (size_t i = 0; i < COUNT(sections); i++) {
        struct document *list;
        if (!sections[i].read(online, *record, &list, error))
            return false;
        document_add(*record, sections[i].name, list);
    }
    return true;
}

static const struct show_command order_show = {
    .command = "order show",
    .arguments = "ID",
    .purpose = "Show one order with lines, holds, approvals, reservations, shipments, invoices, changes, "
               "payment, budgets and deliveries.",
    .more = "ID is our id (SHARD-OFFSET) or the buyer's order number where only one order has it.",
    .words = 1,
    .load = load,
    .print = print_sheet,
};

int ctl_order_show(int argc, char **argv)
{
    return show_run(&order_show, argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// `comptoirctl order why`: the recorded grounds of every decision about an order, in sentences.
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "ctl/order_data.h"
#include "ctl/order_remedies.h"

static struct slice cell(const struct online *online, const struct document *record, const char *field)
{
    return table_cell(online->arena, document_get(record, field));
}

static void tell_reasons(const struct online *online, const struct document *reasons, struct text *text)
{
    int64_t event = 0;
    for (const struct document *reason = reasons->first; reason; reason = reason->next) {
        if (document_integer(reason, "event_seq", 0) != event)
            text_printf(text, "\nDecision %lld:\n",
                        (long long)(event = document_integer(reason, "event_seq", 0)));
        // The sentence is what the buyer reads, and names the line where it speaks of one.
        text_printf(text, "  %.*s [%.*s]\n", SLICE_ARGS(cell(online, reason, "text")),
                    SLICE_ARGS(cell(online, reason, "code")));
    }
}

// A line a finding: what it is, and the numbers that were compared.
static void tell_predicates(const struct online *online, const struct document *predicates, struct text *text)
{
    int64_t event = 0;
    for (const struct document *found = predicates->first; found; found = found->next) {
        if (document_integer(found, "event_seq", 0) != event)
            text_printf(text, "\nFound at decision %lld:\n",
                        (long long)(event = document_integer(found, "event_seq", 0)));
        text_printf(text, "  %.*s: %.*s [%.*s]", SLICE_ARGS(cell(online, found, "effect")),
                    SLICE_ARGS(cell(online, found, "text")), SLICE_ARGS(cell(online, found, "code")));
        if (document_get(found, "threshold"))
            text_printf(text, "; before %.*s, after %.*s, limit %.*s",
                        SLICE_ARGS(cell(online, found, "before")), SLICE_ARGS(cell(online, found, "after")),
                        SLICE_ARGS(cell(online, found, "threshold")));
        text_append_char(text, '\n');
    }
}

static void tell_grants(const struct online *online, const struct document *grants, struct text *text)
{
    if (grants->first)
        text_append(text, SLICE("\nCredit:\n"));
    for (const struct document *grant = grants->first; grant; grant = grant->next) {
        text_printf(text, "  %.*s %.*s on payer %.*s at %.*s", SLICE_ARGS(cell(online, grant, "amount")),
                    SLICE_ARGS(cell(online, grant, "currency")), SLICE_ARGS(cell(online, grant, "payer")),
                    SLICE_ARGS(cell(online, grant, "at")));
        if (document_get(grant, "ceiling"))
            text_printf(text, "; before %.*s, after %.*s, limit %.*s",
                        SLICE_ARGS(cell(online, grant, "before")), SLICE_ARGS(cell(online, grant, "counted")),
                        SLICE_ARGS(cell(online, grant, "ceiling")));
        if (!slice_empty(document_text(grant, "override")))
            text_printf(text, "; let pass by: %.*s", SLICE_ARGS(cell(online, grant, "override")));
        text_append_char(text, '\n');
    }
}

static void tell_remedies(const struct online *online, const struct document *remedies, struct text *text)
{
    if (remedies->first)
        text_append(text, SLICE("\nWhat would release it:\n"));
    for (const struct document *remedy = remedies->first; remedy; remedy = remedy->next)
        text_printf(text, "  %.*s: %.*s\n", SLICE_ARGS(cell(online, remedy, "hold")),
                    SLICE_ARGS(cell(online, remedy, "text")));
}

static void tell_holds(const struct online *online, const struct document *holds, struct text *text)
{
    if (holds->first)
        text_append(text, SLICE("\nHolds:\n"));
    for (const struct document *hold = holds->first; hold; hold = hold->next) {
        text_printf(text, "  %.*s since %.*s: %.*s; ", SLICE_ARGS(cell(online, hold, "kind")),
                    SLICE_ARGS(cell(online, hold, "since")), SLICE_ARGS(cell(online, hold, "reason")));
        if (document_get(hold, "released_at"))
            text_printf(text, "released %.*s by %.*s\n", SLICE_ARGS(cell(online, hold, "released_at")),
                        SLICE_ARGS(cell(online, hold, "released_by")));
        else if (slice_equal(document_text(hold, "kind"), SLICE("approval")))
            text_append(text, SLICE("open, waits for the approval below\n"));
        else
            text_printf(text, "open, waits for news of account %.*s\n",
                        SLICE_ARGS(cell(online, hold, "waits_for")));
    }
}

static void tell_approvals(const struct online *online, const struct document *tasks, struct text *text)
{
    if (tasks->first)
        text_append(text, SLICE("\nApprovals:\n"));
    for (const struct document *task = tasks->first; task; task = task->next) {
        text_printf(text, "  %.*s is %.*s: %.*s", SLICE_ARGS(cell(online, task, "task_id")),
                    SLICE_ARGS(cell(online, task, "state")), SLICE_ARGS(cell(online, task, "reason")));
        if (!slice_empty(document_text(task, "tier")))
            text_printf(text, "; tier %.*s asks %.*s", SLICE_ARGS(cell(online, task, "tier")),
                        SLICE_ARGS(cell(online, task, "asks")));
        if (!slice_empty(document_text(task, "in_name_of")))
            text_printf(text, "; for %.*s", SLICE_ARGS(cell(online, task, "in_name_of")));
        if (!slice_empty(document_text(task, "decided_by")))
            text_printf(text, "; decided by %.*s at %.*s: %.*s", SLICE_ARGS(cell(online, task, "decided_by")),
                        SLICE_ARGS(cell(online, task, "decided_at")),
                        SLICE_ARGS(cell(online, task, "remark")));
        else if (slice_is(document_text(task, "state"), "waiting"))
            text_append(text, SLICE("; its turn has not come"));
        else if (!slice_empty(document_text(task, "asked")) && slice_is(document_text(task, "state"), "open"))
            text_printf(text, "; waits for %.*s", SLICE_ARGS(cell(online, task, "asked")));
        else if (slice_is(document_text(task, "state"), "open"))
            text_append(text, SLICE("; nobody of the buyer's is eligible, the seller must act"));
        if (document_get(task, "due_at") && slice_is(document_text(task, "state"), "open"))
            text_printf(text, ", due %.*s", SLICE_ARGS(cell(online, task, "due_at")));
        text_append_char(text, '\n');
    }
}

static void tell_prices(const struct online *online, const struct document *lines, struct text *text)
{
    text_append(text, SLICE("\nPrices:\n"));
    for (const struct document *line = lines->first; line; line = line->next) {
        text_printf(text, "  line %.*s: ", SLICE_ARGS(cell(online, line, "line")));
        if (slice_empty(document_text(line, "trace")))
            text_append(text, SLICE("not priced\n"));
        else
            text_printf(text, "%.*s %.*s, %.*s\n", SLICE_ARGS(cell(online, line, "amount")),
                        SLICE_ARGS(cell(online, line, "currency")), SLICE_ARGS(cell(online, line, "trace")));
    }
}

static void tell(const struct online *online, const struct document *order)
{
    struct text text = text_in(online->arena);
    text_printf(&text, "Order %.*s (%.*s of account %.*s) is %.*s, %.*s %.*s.\n",
                SLICE_ARGS(cell(online, order, "order_id")), SLICE_ARGS(cell(online, order, "order_number")),
                SLICE_ARGS(cell(online, order, "account")), SLICE_ARGS(cell(online, order, "state")),
                SLICE_ARGS(cell(online, order, "total")), SLICE_ARGS(cell(online, order, "currency")));
    tell_reasons(online, document_get(order, "reasons"), &text);
    tell_predicates(online, document_get(order, "predicates"), &text);
    tell_holds(online, document_get(order, "hold_history"), &text);
    tell_approvals(online, document_get(order, "approvals"), &text);
    tell_grants(online, document_get(order, "grants"), &text);
    tell_remedies(online, document_get(order, "remedies"), &text);
    tell_prices(online, document_get(order, "lines"), &text);
    online_put(&text);
}

static bool load(struct online *online, char **words, struct document **record, struct error *error)
{
    struct document *order, *reasons, *holds, *tasks, *lines, *predicates, *grants, *remedies;
    if (!order_data_find(online, words[0], &order, error) ||
        !order_data_reasons(online, order, &reasons, error) ||
        !order_data_holds(online, order, &holds, error) ||
        !order_data_approvals(online, order, &tasks, error) ||
        !order_data_predicates(online, order, &predicates, error) ||
        !order_data_grants(online, order, &grants, error) ||
        !order_remedies(online, order, holds, tasks, &remedies, error) ||
        !order_data_lines(online, order, &lines, error))
        return false;
    document_add(order, "reasons", reasons);
    document_add(order, "hold_history", holds);
    document_add(order, "approvals", tasks);
    document_add(order, "predicates", predicates);
    document_add(order, "grants", grants);
    document_add(order, "remedies", remedies);
    document_add(order, "lines", lines);
    *record = order;
    return true;
}

static const struct show_command order_why = {
    .command = "order why",
    .arguments = "ID",
    .purpose = "Say why an order was decided as it was.",
    .more =
        "All that was recorded with the decisions: reasons, what each check found, holds, approvals, credit "
        "and the price of every line; and for a held order what would release it now.",
    .words = 1,
    .load = load,
    .print = tell,
};

int ctl_order_why(int argc, char **argv)
{
    return show_run(&order_why, argc, argv);
}

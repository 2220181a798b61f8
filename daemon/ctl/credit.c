// SPDX-License-Identifier: Apache-2.0
// `comptoirctl credit show`: where a payer's exposure lies, what counts of it, and against which limit; the same for his
// corporate parent.
#include "base/clock.h"
#include "ctl/credit_data.h"
#include "ctl/ctl.h"
#include "ctl/listing.h"
#include "handlers/credit/credit_check.h"
#include "handlers/money.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_amount(const struct online *online, struct document *document, const char *name,
                       int64_t minor, int exponent)
{
    document_add_decimal(online->arena, document, name, minor, (uint8_t)exponent);
}

// One whose limit counts: the payer, or the parent for the whole group.
static struct document *party(const struct online *online, const struct batch *batch,
                              const struct account *account, const struct credit_group *group)
{
    const struct credit_standing *standing = credit_standing_of(batch->trade, account->number);
    const struct credit_terms *terms = standing ? &standing->terms : &credit_no_terms;
    struct document *document = document_record(online->arena, NULL);
    int64_t counted, base, ceiling;
    document_add_text(online->arena, document, "account", account->number);
    document_add_text(online->arena, document, "name", account->name);
    document_add_text(online->arena, document, "currency", account->currency);
    document_add_boolean(online->arena, document, "group", group != NULL);
    if (group && !slice_empty(group->missing_rate)) {
        document_add_text(online->arena, document, "missing_rate", group->missing_rate);
        return document;
    }
    if (!credit_counted(batch->trade, account, group, &counted))
        return document;
    add_amount(online, document, "counted", counted, account->exponent);
    if (credit_terms_ceiling(terms, account->has_credit_limit, account->credit_limit, batch->now_us, &base,
                             &ceiling)) {
        add_amount(online, document, "limit", base, account->exponent);
        add_amount(online, document, "ceiling", ceiling, account->exponent);
        add_amount(online, document, "available", ceiling - counted, account->exponent);
    }
    if (standing && terms->has_horizon) {
        document_add_date(online->arena, document, "horizon", standing->horizon);
        add_amount(online, document, "later", standing->later, account->exponent);
    }
    if (standing && (terms->has_overdue || terms->has_oldest)) {
        add_amount(online, document, "overdue", standing->overdue, account->exponent);
        document_add_integer(online->arena, document, "oldest_days", standing->oldest_days);
        document_add_text(online->arena, document, "oldest_item", standing->oldest_item);
    }
    return document;
}

// The buckets of each account that counts, and the orders that wait for its credit.
static const struct listing buckets = {
    .name = "buckets",
    .sql =
        "SELECT b.account, b.currency, b.ordered, b.shipped, b.due_later, b.overdue, b.disputed, b.cash, "
        "a.exposure, (SELECT count(*) FROM order_hold h WHERE h.waits_for = b.account AND h.kind = "
        "'credit' AND h.released_at IS NULL) FROM credit_bucket b JOIN account a ON a.account = b.account "
        "WHERE b.account = $1 OR a.credit_parent = $1 ORDER BY b.account <> $1, b.account",
    .fields = {
        { "account", ROW_TEXT }, { "currency", ROW_TEXT }, { "ordered", ROW_AMOUNT },
        { "shipped", ROW_AMOUNT }, { "due_later", ROW_AMOUNT }, { "overdue", ROW_AMOUNT },
        { "disputed", ROW_AMOUNT }, { "cash", ROW_AMOUNT }, { "exposure", ROW_AMOUNT },
        { "waiting", ROW_INTEGER },
    },
    .columns = {
        { "account", "ACCOUNT", false }, { "currency", "CURRENCY", false }, { "ordered", "ORDERED", true },
        { "shipped", "SHIPPED", true }, { "due_later", "DUE LATER", true }, { "overdue", "OVERDUE", true },
        { "disputed", "DISPUTED", true }, { "cash", "CASH", true }, { "exposure", "EXPOSURE", true },
        { "waiting", "WAITING", true },
    },
};

static void tell(const struct online *online, const struct document *document)
{
    static const struct table_column parties[] = { { "account", "ACCOUNT", false },
                                                   { "name", "NAME", false },
                                                   { "group", "GROUP", false },
                                                   { "currency", "CURRENCY", false },
                                                   { "limit", "LIMIT", true },
                                                   { "ceiling", "CEILING", true },
                                                   { "counted", "COUNTED", true },
                                                   { "available", "AVAILABLE", true },
                                                   { "later", "LATER", true },
                                                   { "overdue", "OVERDUE", true },
                                                   { "oldest_days", "OLDEST DAYS", true },
                                                   { "missing_rate", "NO RATE OF", false } };
    struct text text = text_in(online->arena);
    table_write(document_get(document, "parties"), parties, COUNT(parties), &text);
    text_append_char(&text, '\n');
    online_put(&text);
    listing_print(online, &buckets, document_get(document, buckets.name));
}

static bool load(struct online *online, char **words, struct document **document, struct error *error)
{
    struct slice number = slice_of(words[0]);
    struct batch batch;
    struct order *order = ARENA_NEW(online->arena, struct order);
    *order = (struct order){ .account_number = number, .payer_number = number };
    if (!credit_data_load(online, &batch, order, error))
        return false;
    if (!order->payer)
        return error_set(error, ERROR_INVALID, NULL,
                         "there is no account '%.*s'; `comptoirctl company list` shows them",
                         SLICE_ARGS(number));
    const struct credit_standing *standing = credit_standing_of(batch.trade, number);
    const struct credit_group *group = standing ? standing->group : NULL;
    *document = document_record(online->arena, NULL);
    struct document *parties = document_add_list(online->arena, *document, "parties");
    // A parent's own limit counts for the group alone.
    if (!group || group->account != order->payer)
        document_add(parties, NULL, party(online, &batch, order->payer, NULL));
    if (group && group->account)
        document_add(parties, NULL, party(online, &batch, group->account, group));
    const struct db_value value = db_text(number);
    return listing_add_parts(online, *document, &buckets, 1, &value, 1, error);
}

static const struct show_command credit_show = {
    .command = "credit show",
    .arguments = "ACCOUNT",
    .purpose = "Say where a payer's exposure lies, and against which limit it counts.",
    .more =
        "The payer and, for his whole group, his corporate parent; then the buckets of the account, and of "
        "those whose parent it is. Orders that are to be delivered later than the horizon are LATER and not "
        "COUNTED.",
    .words = 1,
    .load = load,
    .print = tell,
};

int ctl_credit_show(int argc, char **argv)
{
    return show_run(&credit_show, argc, argv);
}

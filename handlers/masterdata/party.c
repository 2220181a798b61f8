// SPDX-License-Identifier: Apache-2.0
// party: who somebody's parties are. The ERP owns accounts, so nothing here alters one: people read what has come.
#include "handlers/masterdata/party.h"

#include "handlers/masterdata/accounts.h"
#include "handlers/order/order_hash.h"
#include "handlers/stages.h"

static const char *acknowledge = "refusals";

static bool is(const struct item *item, const char *type)
{
    return item->document && item->outcome == OUTCOME_NONE && strcmp(item->type, type) == 0;
}

static bool is_message(const struct item *item)
{
    return is(item, "PartyInformation") || is(item, "PartyAnnouncement");
}

// What the document lacks to have a key; empty where nothing.
static struct slice keyless(const struct item *item, struct arena *arena)
{
    bool ours = is(item, "PartyAnnouncement");
    const char *const keys[] = { "account", ours ? "announcement_number" : "message_number",
                                 ours ? "partner" : "account" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct slice key = document_text(item->document, keys[i]);
        if (slice_empty(key))
            return arena_printf(arena, "the %s has no %s", item->type, keys[i]);
        if (key.size > KEY_BYTES_MAX)
            return arena_printf(arena, "the %s of the %s is longer than %d bytes: '%.40s...'", keys[i],
                                item->type, KEY_BYTES_MAX, key.data);
    }
    return (struct slice){ 0 };
}

static void read_message(struct batch *batch, struct party_message *message, struct item *item)
{
    const struct document *document = item->document;
    bool ours = is(item, "PartyAnnouncement");
    *message = (struct party_message){
        .item = item,
        .id = order_id_of(item->shard, item->offset),
        .ours = ours,
        .account_number = document_text(document, "account"),
        .number = document_text(document, ours ? "announcement_number" : "message_number"),
        .partner = document_text(document, "partner"),
        .channel = ours ? SLICE("edifact") : document_text(document, "channel"),
        .reply_reference = document_text(document, "reply_reference"),
        .content_hash = document_content_hash(document, batch->arena),
        .recorded_at = batch->now_us,
        .test = document_boolean(document, "test", false),
    };
    document_instant(document, ours ? "announced_at" : "sent_at", &message->sent_at);
}

static bool read_accounts(struct batch *batch, const struct party_messages *all, struct db *db,
                          struct error *error)
{
    static const char sql[] =
        "SELECT " ACCOUNT_COLUMNS " FROM account a WHERE a.account = ANY($1) ORDER BY a.account";
    struct db_column numbers = db_column(batch->arena, DB_TEXT);
    for (size_t i = 0; i < all->count; i++)
        db_column_add(&numbers, all->messages[i].account_number);
    const struct db_value values[] = { db_array(&numbers) };
    struct db_rows rows;
    return (db_query(db, batch->arena, sql, values, 1, &rows, error) &&
            accounts_read(batch->trade, &rows, false, error)) ||
           error_within(error, "gathering accounts");
}

static bool gather(struct batch *batch, struct db *db, struct error *error)
{
    static const char *const words[] = { "always", "refusals", "never" };
    bool known = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        known = known || strcmp(acknowledge, words[i]) == 0;
    if (!known)
        return error_set(
            error, ERROR_INTERNAL, NULL,
            "setting party.acknowledge = \"%s\" is invalid: set \"always\", \"refusals\" or \"never\"",
            acknowledge);
    struct party_messages *all = batch->trade->parties = ARENA_NEW(batch->arena, struct party_messages);
    all->messages = ARENA_ARRAY(batch->arena, batch->item_count, struct party_message);
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_message(&batch->items[i]) && slice_empty(keyless(&batch->items[i], batch->arena)))
            read_message(batch, &all->messages[all->count++], &batch->items[i]);
    return all->count == 0 || (read_accounts(batch, all, db, error) && party_find_twins(batch, db, error));
}

static void refuse(struct arena *arena, struct party_message *message, const char *code, struct slice text)
{
    message->reasons = arena_grow(arena, message->reasons, &message->reason_capacity,
                                  message->reason_count + 1, sizeof *message->reasons);
    message->reasons[message->reason_count++] = (struct reason){ .code = code, .text = text };
}

static void check(const struct batch *batch, struct party_message *message)
{
    struct arena *arena = batch->arena;
    const struct account *account = trade_account(batch->trade, message->account_number);
    const struct document *parties = document_get(message->item->document, "parties");
    if (!account)
        refuse(arena, message, "unknown_account",
               arena_printf(arena, "account '%.*s' is unknown", SLICE_ARGS(message->account_number)));
    else if (account->status == ACCOUNT_CLOSED)
        refuse(arena, message, "account_closed",
               arena_printf(arena, "account %.*s is closed", SLICE_ARGS(account->number)));
    if (!parties || !parties->first)
        refuse(arena, message, "no_parties", SLICE("the message names no party"));
    unsigned number = 1;
    for (const struct document *at = parties ? parties->first : NULL; at; at = at->next, number++)
        if (slice_empty(document_text(at, "id")) && slice_empty(document_text(at, "name")))
            refuse(arena, message, "unnamed_party",
                   arena_printf(arena, "party %u (%.*s) has neither a number nor a name", number,
                                SLICE_ARGS(document_text(at, "role"))));
    message->accepted = message->reason_count == 0;
}

static struct document *acknowledgement(struct arena *arena, const struct party_message *message)
{
    char id[ORDER_ID_TEXT_SIZE];
    struct document *document = document_record(arena, "Acknowledgement");
    document_add_text(arena, document, "ack_id", arena_copy(arena, slice_of(order_id_text(message->id, id))));
    document_add_text(arena, document, "account", message->account_number);
    document_add_text(arena, document, "document_type", SLICE("PartyInformation"));
    document_add_text(arena, document, "document_number", message->number);
    document_add_text(arena, document, "status", message->accepted ? SLICE("accepted") : SLICE("rejected"));
    document_add_instant(arena, document, "answered_at", message->recorded_at);
    document_add_instant(arena, document, "document_at", message->sent_at);
    struct document *reasons = document_add_list(arena, document, "reasons");
    for (size_t i = 0; i < message->reason_count; i++) {
        struct document *record = document_add_record(arena, reasons, NULL, "Reason");
        document_add_text(arena, record, "code", slice_of(message->reasons[i].code));
        document_add_text(arena, record, "text", message->reasons[i].text);
        document_add_text(arena, record, "line", SLICE(""));
    }
    document_add_text(arena, document, "channel", message->channel);
    document_add_text(arena, document, "partner", message->partner);
    document_add_text(arena, document, "reply_reference", message->reply_reference);
    document_add_boolean(arena, document, "test", message->test);
    return document;
}

static void owe_acknowledgement(struct batch *batch, const struct item *cause,
                                const struct party_message *message, const struct document *document)
{
    char id[ORDER_ID_TEXT_SIZE];
    bool wanted =
        strcmp(acknowledge, "always") == 0 || (strcmp(acknowledge, "refusals") == 0 && !message->accepted);
    if (wanted && slice_is(message->channel, "edifact"))
        batch_owe(batch, cause, arena_printf(batch->arena, "ack/party/%s", order_id_text(message->id, id)),
                  message->partner, message->channel, message->reply_reference, document);
}

// Ours as the partner gets it: what the ERP says, under its number.
static void owe_announcement(struct batch *batch, const struct item *cause,
                             const struct party_message *message)
{
    struct arena *arena = batch->arena;
    char id[ORDER_ID_TEXT_SIZE];
    struct document *document = document_record(arena, "PartyInformation");
    document_add_text(arena, document, "account", message->account_number);
    document_add_text(arena, document, "message_number", message->number);
    document_add_instant(arena, document, "sent_at", message->sent_at);
    document_add_text(arena, document, "channel", message->channel);
    document_add_text(arena, document, "partner", message->partner);
    document_add_text(arena, document, "reply_reference", message->number);
    document_add_boolean(arena, document, "test", message->test);
    static const char *const same[] = { "function", "note", "parties" };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        const struct document *field = document_get(cause->document, same[i]);
        if (!field)
            continue;
        struct document *copy = ARENA_NEW(arena, struct document);
        *copy = *field; // its children are shared, and nobody alters them
        copy->next = NULL;
        document_add(document, same[i], copy);
    }
    batch_owe(batch, cause, arena_printf(arena, "party/%s", order_id_text(message->id, id)), message->partner,
              message->channel, message->number, document);
}

static void repeat(struct batch *batch, struct party_message *message)
{
    const struct party_message *twin = message->twin;
    if (!slice_equal(twin->content_hash, message->content_hash))
        batch_park(batch, message->item, "%s '%.*s' of account %.*s arrived before with other content",
                   message->item->type, SLICE_ARGS(message->number), SLICE_ARGS(message->account_number));
    else {
        if (twin->ours)
            owe_announcement(batch, message->item, twin);
        else
            owe_acknowledgement(batch, message->item, twin, acknowledgement(batch->arena, twin));
        batch_outcome(message->item, OUTCOME_REPEATED, 0);
    }
}

static void take_theirs(struct batch *batch, struct party_message *message)
{
    const struct document *answer = acknowledgement(batch->arena, message);
    if (message->accepted)
        batch_publish(batch, message->item, TOPIC_EVENTS, message->account_number, message->item->document);
    batch_publish(batch, message->item, TOPIC_ACKNOWLEDGEMENTS, message->account_number, answer);
    owe_acknowledgement(batch, message->item, message, answer);
    batch_outcome(message->item, OUTCOME_ANSWERED, 0);
}

static void take_ours(struct batch *batch, struct party_message *message)
{
    if (!message->accepted) {
        batch_park(batch, message->item, "%.*s", SLICE_ARGS(message->reasons[0].text));
        return;
    }
    owe_announcement(batch, message->item, message);
    batch_outcome(message->item, OUTCOME_RECORDED, 0);
}

static void decide(struct batch *batch)
{
    struct party_messages *all = batch->trade->parties;
    for (size_t i = 0; i < batch->item_count; i++)
        if (is_message(&batch->items[i])) {
            struct slice why = keyless(&batch->items[i], batch->arena);
            if (!slice_empty(why))
                batch_park(batch, &batch->items[i], "%.*s", SLICE_ARGS(why));
        }
    for (size_t i = 0; all && i < all->count; i++) {
        struct party_message *message = &all->messages[i];
        if (message->twin) {
            repeat(batch, message);
            continue;
        }
        check(batch, message);
        if (message->ours)
            take_ours(batch, message);
        else
            take_theirs(batch, message);
    }
}

static bool apply(struct batch *batch, struct db *db, struct error *error)
{
    return batch->trade->parties->count == 0 || party_store(batch, db, error);
}

static const struct setting settings[] = {
    { "acknowledge", SETTING_TEXT, "refusals",
      "which information about parties is answered by APERAK: \"always\", \"refusals\" or \"never\"",
      &acknowledge },
    { .name = NULL },
};

const struct stage party_stage = {
    .name = "party",
    .purpose = "notes what buyers tell of their parties, and tells partners of ours",
    .settings = settings,
    .gather = gather,
    .decide = decide,
    .apply = apply,
};

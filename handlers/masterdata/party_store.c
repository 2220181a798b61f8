// SPDX-License-Identifier: Apache-2.0
// The rows of messages about parties: which came before, and what is kept.
#include "base/text.h"
#include "handlers/masterdata/party.h"

bool party_find_twins(struct batch *batch, struct db *db, struct error *error)
{
    static const char sql[] =
        "SELECT k.place, m.id, m.ours, m.account, m.message_number, m.partner, m.channel, m.reply_reference, "
        "m.content_hash, m.sent_at, m.recorded_at, m.test FROM unnest($1::bigint[], $2::text[], $3::text[], "
        "$4::text[], $5::boolean[], $6::boolean[]) AS k(place, account, number, partner, ours, test) "
        "JOIN party_message m ON m.account = k.account AND m.message_number = k.number AND m.test = k.test "
        "AND m.ours = k.ours AND (NOT m.ours OR m.partner = k.partner)";
    struct party_messages *all = batch->trade->parties;
    struct arena *arena = batch->arena;
    struct db_column places = db_column(arena, DB_BIGINT), accounts = db_column(arena, DB_TEXT),
                     numbers = db_column(arena, DB_TEXT), partners = db_column(arena, DB_TEXT),
                     ours = db_column(arena, DB_BOOLEAN), tests = db_column(arena, DB_BOOLEAN);
    for (size_t i = 0; i < all->count; i++) {
        db_column_add_number(&places, (int64_t)i);
        db_column_add(&accounts, all->messages[i].account_number);
        db_column_add(&numbers, all->messages[i].number);
        db_column_add(&partners, all->messages[i].partner);
        db_column_add_number(&ours, all->messages[i].ours);
        db_column_add_number(&tests, all->messages[i].test);
    }
    const struct db_value values[] = { db_array(&places),   db_array(&accounts), db_array(&numbers),
                                       db_array(&partners), db_array(&ours),     db_array(&tests) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 6, &rows, error))
        return error_within(error, "looking for earlier information about parties");
    for (size_t row = 0; row < rows.count; row++) {
        struct party_message *twin = ARENA_NEW(arena, struct party_message);
        *twin = (struct party_message){ .id = db_rows_number(&rows, row, 1),
                                        .ours = db_rows_number(&rows, row, 2),
                                        .account_number = db_rows_slice(&rows, row, 3),
                                        .number = db_rows_slice(&rows, row, 4),
                                        .partner = db_rows_slice(&rows, row, 5),
                                        .channel = db_rows_slice(&rows, row, 6),
                                        .reply_reference = db_rows_slice(&rows, row, 7),
                                        .content_hash = db_rows_slice(&rows, row, 8),
                                        .sent_at = db_rows_number(&rows, row, 9),
                                        .recorded_at = db_rows_number(&rows, row, 10),
                                        .test = db_rows_number(&rows, row, 11),
                                        .accepted = true };
        all->messages[db_rows_number(&rows, row, 0)].twin = twin;
    }
    return true;
}

static void copy_message(struct db_copy *copy, const struct party_message *message)
{
    const struct document *document = message->item->document;
    struct slice function = document_text(document, "function");
    db_copy_row(copy);
    db_copy_slice(copy, message->account_number);
    db_copy_number(copy, DB_BIGINT, message->id);
    db_copy_number(copy, DB_BOOLEAN, message->ours);
    db_copy_slice(copy, message->number);
    db_copy_slice(copy, message->partner);
    db_copy_number(copy, DB_BOOLEAN, message->test);
    db_copy_slice(copy, slice_empty(function) ? SLICE("original") : function);
    db_copy_number(copy, DB_INSTANT, message->sent_at);
    db_copy_slice(copy, document_text(document, "note"));
    db_copy_slice(copy, message->channel);
    db_copy_slice(copy, message->reply_reference);
    db_copy_slice(copy, message->content_hash);
    db_copy_number(copy, DB_INSTANT, message->recorded_at);
}

// "VA DE1; XA HRB 7": of each record its fields, those that are empty left out.
static struct slice sentence(struct arena *arena, const struct document *party, const char *list,
                             const char *const *names, size_t count, const char *between)
{
    struct text text = text_in(arena);
    for (const struct document *at = document_items(party, list); at; at = at->next) {
        bool first = true;
        if (text.size)
            text_append(&text, SLICE("; "));
        for (size_t i = 0; i < count; i++) {
            struct slice value = document_text(at, names[i]);
            if (slice_empty(value))
                continue;
            // The first word is a code.
            text_printf(&text, "%s%.*s", first ? "" : i == 1 ? " " : between, SLICE_ARGS(value));
            first = false;
        }
    }
    return text_slice(&text);
}

static void copy_parties(struct db_copy *copy, const struct party_message *message)
{
    static const char *const texts[] = { "role", "id",     "id_agency", "name",   "street",
                                         "city", "region", "postcode",  "country" };
    static const char *const reference[] = { "type", "number" };
    static const char *const contact[] = { "function", "name", "phone", "fax", "mail" };
    int32_t position = 1;
    for (const struct document *at = document_items(message->item->document, "parties"); at; at = at->next) {
        int32_t valid_from;
        db_copy_row(copy);
        db_copy_slice(copy, message->account_number);
        db_copy_number(copy, DB_BIGINT, message->id);
        db_copy_number(copy, DB_INTEGER, position++);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            db_copy_slice(copy, document_text(at, texts[i]));
        if (document_date(at, "valid_from", &valid_from))
            db_copy_number(copy, DB_DATE, valid_from);
        else
            db_copy_null(copy);
        db_copy_slice(copy, sentence(copy->arena, at, "references", reference, 2, " "));
        db_copy_slice(copy, sentence(copy->arena, at, "contacts", contact, 5, ", "));
    }
}

bool party_store(struct batch *batch, struct db *db, struct error *error)
{
    static const char messages[] = "COPY party_message (account, id, ours, message_number, partner, test, "
                                   "function, sent_at, note, channel, "
                                   "reply_reference, content_hash, recorded_at) FROM STDIN (FORMAT binary)";
    static const char parties[] =
        "COPY party (account, message_id, position, role, party_id, id_agency, name, street, city, region, "
        "postcode, country, valid_from, numbers, contacts) FROM STDIN (FORMAT binary)";
    const struct party_messages *all = batch->trade->parties;
    struct db_copy message_copy = db_copy(batch->arena, 13), party_copy = db_copy(batch->arena, 15);
    for (size_t i = 0; i < all->count; i++) {
        if (all->messages[i].twin || !all->messages[i].accepted)
            continue;
        copy_message(&message_copy, &all->messages[i]);
        copy_parties(&party_copy, &all->messages[i]);
    }
    return (db_copy_end(&message_copy, db, messages, error) &&
            db_copy_end(&party_copy, db, parties, error)) ||
           error_within(error, "writing information about parties");
}

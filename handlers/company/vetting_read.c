// SPDX-License-Identifier: Apache-2.0
// Documents about vetting into facts.
#include "base/clock.h"
#include "handlers/company/vetting_doc.h"
#include "handlers/fact_reader.h"

enum { REQUIRED_MAX = 50, EVIDENCE_SIZE = 64 };
#define TOMORROW_US INT64_C(86400000000)

// A word of a list that is stored with commas.
static bool word(struct reader *reader, const char *name, struct slice value)
{
    if (slice_empty(value) || memchr(value.data, ',', value.size))
        return reader_park(reader, "the %s '%.*s' of the %s is empty or holds a comma", name,
                           SLICE_ARGS(value), reader->item->type);
    return reader_fits(reader, name, value);
}

static bool read_plan(struct reader *reader, struct vetting_fact *fact)
{
    const struct document *list = document_get(reader->document, "required");
    size_t count = list ? list->count : 0;
    struct index seen = index_in(reader->batch->arena);
    if (count > REQUIRED_MAX)
        return reader_park(reader, "the Vetting of account %.*s requires %zu checks, more than %d",
                           SLICE_ARGS(fact->account), count, REQUIRED_MAX);
    fact->required = ARENA_ARRAY(reader->batch->arena, count, struct slice);
    for (const struct document *item = document_items(reader->document, "required"); item;
         item = item->next) {
        if (!word(reader, "kind", item->text))
            return false;
        if (!index_put(&seen, item->text, (struct slice){ 0 }, fact))
            return reader_park(reader, "the Vetting of account %.*s requires '%.*s' twice",
                               SLICE_ARGS(fact->account), SLICE_ARGS(item->text));
        fact->required[fact->required_count++] = item->text;
    }
    fact->prepaid_only = document_boolean(reader->document, "prepaid_only", false);
    fact->deleted = document_boolean(reader->document, "deleted", false);
    return reader_limit(reader, "order_max", &fact->has_order_max, &fact->decimal4);
}

static bool is_digest(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!text.data[i] || !strchr("0123456789abcdefABCDEF", text.data[i]))
            return false;
    return text.size == EVIDENCE_SIZE;
}

// A result is worth what stands behind it: who has found it, on which evidence, and when.
static bool check_result(struct reader *reader, struct vetting_check *check)
{
    char text[INSTANT_TEXT_SIZE];
    if (slice_empty(check->verifier))
        return reader_park(reader, "the check %.*s has a result, but no verifier", SLICE_ARGS(check->id));
    if (!is_digest(check->evidence))
        return reader_park(reader, "the evidence '%.*s' of the check %.*s is no SHA-256 in hex",
                           SLICE_ARGS(check->evidence), SLICE_ARGS(check->id));
    if (check->checked_at <= 0)
        return reader_park(reader, "the check %.*s has a result, but no instant checked_at",
                           SLICE_ARGS(check->id));
    if (check->checked_at > reader->batch->now_us + TOMORROW_US)
        return reader_park(reader, "the check %.*s was made in the future, at %s", SLICE_ARGS(check->id),
                           instant_text(check->checked_at, text));
    return !check->has_valid_to || check->valid_to > check->checked_at ||
           reader_park(reader, "the check %.*s ends before it was made, at %s", SLICE_ARGS(check->id),
                       instant_text(check->valid_to, text));
}

static bool read_check(struct reader *reader, struct vetting_fact *fact)
{
    struct vetting_check *check = &fact->check;
    struct slice source = document_text(reader->document, "source"),
                 result = document_text(reader->document, "result");
    fact->is_check = true;
    if (!reader_required(reader, "check", &check->id) || !reader_required(reader, "kind", &check->kind) ||
        !word(reader, "kind", check->kind) || !reader_optional(reader, "verifier", &check->verifier) ||
        !reader_optional(reader, "evidence", &check->evidence))
        return false;
    if (!check_source_parse(source, &check->source))
        return reader_park(reader, "the check %.*s has the unknown source '%.*s'", SLICE_ARGS(check->id),
                           SLICE_ARGS(source));
    if (!check_result_parse(result, &check->result))
        return reader_park(reader, "the check %.*s has the unknown result '%.*s'", SLICE_ARGS(check->id),
                           SLICE_ARGS(result));
    check->note = document_text(reader->document, "note");
    document_instant(reader->document, "checked_at", &check->checked_at);
    check->has_valid_to = document_instant(reader->document, "valid_to", &check->valid_to);
    if (check->result == CHECK_REQUESTED)
        check->checked_at = 0;
    else if (!check_result(reader, check))
        return false;
    return reader_limit(reader, "order_max", &fact->has_order_max, &fact->decimal4);
}

bool vetting_is_one(const struct item *item)
{
    return item->document && (strcmp(item->type, "Vetting") == 0 || strcmp(item->type, "VettingCheck") == 0);
}

void vetting_read(struct batch *batch)
{
    struct vettings *all = batch->trade->vettings = ARENA_NEW(batch->arena, struct vettings);
    all->by_account = index_in(batch->arena);
    all->facts = ARENA_ARRAY(batch->arena, batch->item_count, struct vetting_fact);
    for (size_t i = 0; i < batch->item_count; i++) {
        struct item *item = &batch->items[i];
        if (item->outcome != OUTCOME_NONE || !vetting_is_one(item))
            continue;
        struct vetting_fact *fact = &all->facts[all->fact_count++];
        struct reader reader = reader_of(batch, item);
        fact->item = item;
        fact->sound = reader_required(&reader, "account", &fact->account) &&
                      (strcmp(item->type, "Vetting") == 0 ? read_plan : read_check)(&reader, fact);
    }
}

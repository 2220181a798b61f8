// SPDX-License-Identifier: Apache-2.0
#include "gateways/spool_answer.h"

#include "base/text.h"
#include "engine/carried.h"
#include "engine/owed.h"
#include "formats/edifact/contrl.h"
#include "gateways/answer_due.h"
#include "gateways/control.h"
#include "gateways/desk_event.h"
#include "gateways/plain.h"
#include "gateways/reported.h"

static struct slice delivery_id(const struct spool_answer *answer, bool conflict, struct arena *arena)
{
    const struct interchange *interchange = &answer->interchange;
    struct slice digest = conflict ? answer->digest_hex : (struct slice){ 0 };
    // Where references come again after some time, each has a CONTRL of its own.
    if (interchange->partner->edifact_duplicate_days)
        return arena_printf(arena, "contrl %s %.*s%s%.*s@%lld", interchange->partner->name,
                            SLICE_ARGS(interchange->key), conflict ? "#" : "", SLICE_ARGS(digest),
                            (long long)answer->parcel.now_us);
    return arena_printf(arena, "contrl %s %.*s%s%.*s", interchange->partner->name,
                        SLICE_ARGS(interchange->key), conflict ? "#" : "", SLICE_ARGS(digest));
}

static bool queue(const struct spool_answer *answer, struct db *db, bool conflict, struct slice contrl,
                  struct arena *arena, struct error *error)
{
    const struct interchange *interchange = &answer->interchange;
    return owed_put_bytes(db, arena, delivery_id(answer, conflict, arena),
                          slice_of(interchange->partner->name), SLICE("edifact"),
                          interchange->result->reference, contrl, answer->parcel.now_us, error);
}

static bool archive_contrl(const struct spool_answer *answer, struct db *db, struct slice delivery,
                           struct slice control, struct slice contrl, struct arena *arena,
                           struct error *error)
{
    const struct edifact_interchange_result *result = answer->interchange.result;
    const struct archive_facts facts = {
        .control = control,
        .sender = interchange_party(arena, result->receiver_qualifier, result->receiver),
        .receiver = interchange_party(arena, result->sender_qualifier, result->sender),
        .kind = SLICE("CONTRL"),
        .messages = 1,
        .delivery = delivery,
    };
    int64_t archived;
    return archive_put(db, arena, ARCHIVE_OUT, SLICE("edifact"), slice_of(answer->interchange.partner->name),
                       result->reference, contrl, answer->parcel.now_us, &archived, error) &&
           archive_describe(db, arena, archived, &facts, error) &&
           owed_control(db, arena, delivery, facts.control, false, 0, error);
}

// Inside the transaction of inbound_store: the number is drawn, and so never has a gap, with what it is for.
static bool make_contrl(void *context, struct db *db, bool conflict, struct arena *arena, struct slice *reply,
                        struct error *error)
{
    struct spool_answer *answer = context;
    const struct interchange *interchange = &answer->interchange;
    struct slice control;
    *reply = (struct slice){ 0 };
    if (!contrl_owed(interchange->result))
        return true;
    if (!control_next(db, arena, interchange->partner, "CONTRL", &control, error) ||
        !interchange_contrl(interchange, control, answer->parcel.now_us, conflict, arena, reply, error) ||
        !queue(answer, db, conflict, *reply, arena, error))
        return false;
    answer->queued = true;
    return archive_contrl(answer, db, delivery_id(answer, conflict, arena), control, *reply, arena, error);
}

// --- What is noted beside it

// Events that are made in the transaction.
struct events {
    struct outbox_document *items;
    size_t count, capacity;
};

static void add_event(struct events *events, struct arena *arena, struct outbox_document event)
{
    events->items =
        arena_grow(arena, events->items, &events->capacity, events->count + 1, sizeof *events->items);
    events->items[events->count++] = event;
}

// What a partner's CONTRL says of interchanges of ours.
static bool note_reports(const struct spool_answer *answer, struct db *db, struct arena *arena,
                         struct events *events, struct error *error)
{
    const struct interchange *interchange = &answer->interchange;
    for (size_t i = 0; i < interchange->reports; i++) {
        struct outbox_document event;
        bool made;
        if (!report_note(&interchange->report_items[i], interchange->partner, db, answer->parcel.now_us,
                         arena, &event, &made, error))
            return false;
        if (made)
            add_event(events, arena, event);
    }
    return true;
}

static struct slice sequence_sentence(const struct spool_answer *answer, struct arena *arena)
{
    const struct sequence_step *step = &answer->step;
    struct slice reference = answer->interchange.result->reference;
    if (step->verdict == SEQUENCE_LATE)
        return arena_printf(arena, "control reference %.*s comes after %.*s, which is higher",
                            SLICE_ARGS(reference), SLICE_ARGS(step->last));
    return arena_printf(arena, "control reference %.*s comes after %.*s: %lld between them %s not come",
                        SLICE_ARGS(reference), SLICE_ARGS(step->last), (long long)step->missing,
                        step->missing == 1 ? "has" : "have");
}

static struct desk_event event_of(const struct spool_answer *answer, const char *kind, struct slice reference,
                                  struct slice text)
{
    return (struct desk_event){
        .partner = answer->interchange.partner,
        .kind = kind,
        .control = answer->interchange.result->reference,
        .reference = reference,
        .now_us = answer->parcel.now_us,
        .text = text,
    };
}

// An interchange that is taken once more was in its place the first time.
static bool note_sequence(struct spool_answer *answer, struct db *db, struct arena *arena,
                          struct events *events, struct error *error)
{
    const struct interchange *interchange = &answer->interchange;
    const struct edifact_interchange_result *result = interchange->result;
    answer->step = (struct sequence_step){ .verdict = SEQUENCE_FINE };
    if (!interchange->partner->edifact_warn_sequence || answer->work->request)
        return true;
    struct slice sender = interchange_party(arena, result->sender_qualifier, result->sender);
    struct slice receiver = interchange_party(arena, result->receiver_qualifier, result->receiver);
    struct slice stream = arena_printf(arena, "%s%.*s>%.*s", result->test ? "test " : "", SLICE_ARGS(sender),
                                       SLICE_ARGS(receiver));
    if (!sequence_note(db, arena, slice_of(interchange->partner->name), stream, result->reference,
                       answer->parcel.now_us, &answer->step, error))
        return false;
    if (answer->step.verdict == SEQUENCE_FINE)
        return true;
    const char *name = sequence_name(answer->step.verdict);
    struct slice text = sequence_sentence(answer, arena);
    const struct desk_event event = event_of(answer, name, answer->step.last, text);
    add_event(events, arena, desk_event(&event, arena));
    return archive_sequence(db, arena, answer->archive_id, slice_of(name),
                            arena_printf(arena, "warning: %.*s", SLICE_ARGS(text)), error);
}

// A message that only we send, or that nobody knows here: it answers nothing.
static void note_unexpected(const struct spool_answer *answer, struct arena *arena, struct events *events)
{
    const struct interchange *interchange = &answer->interchange;
    for (size_t i = 0; i < interchange->unexpected_count; i++) {
        const struct edifact_message_result *message =
            &interchange->result->messages[interchange->unexpected[i]];
        const struct desk_event event = event_of(
            answer, "unexpected", message->reference,
            arena_printf(arena,
                         "partner %s sends a message %.*s of directory %.*s%.*s, which is not taken from it",
                         interchange->partner->name, SLICE_ARGS(message->type), SLICE_ARGS(message->version),
                         SLICE_ARGS(message->release)));
        add_event(events, arena, desk_event(&event, arena));
    }
}

static bool note_answers(const struct spool_answer *answer, struct db *db, struct arena *arena,
                         struct error *error)
{
    const struct interchange *interchange = &answer->interchange;
    int minutes = interchange->partner->edifact_response_minutes;
    struct answer_due *dues = ARENA_ARRAY(arena, interchange->part_count, struct answer_due);
    size_t count = 0;
    for (size_t i = 0; i < interchange->part_count && minutes; i++) {
        size_t index = interchange->part_documents[i];
        // What came before gets its first answer again, and waits as it did.
        if (index == SIZE_MAX || (interchange->repeats && interchange->repeats[i]))
            continue;
        const struct document *document = interchange->documents[index].document;
        const struct carried_number *kind = carried_number(document->type);
        if (!kind)
            continue;
        dues[count++] = (struct answer_due){
            .partner = slice_of(interchange->partner->name),
            .reference = document_text(document, "reply_reference"),
            .answer = slice_of(kind->answer),
            .number = document_text(document, kind->fields[0]),
            .archive_id = answer->archive_id,
            .due_us = answer->parcel.now_us + minutes * INT64_C(60000000),
        };
    }
    return answer_due_note(db, arena, dues, count, error);
}

static bool note_all(void *context, struct db *db, struct arena *arena, struct outbox_document **documents,
                     size_t *count, struct error *error)
{
    struct spool_answer *answer = context;
    struct events events = { 0 };
    if (!note_reports(answer, db, arena, &events, error) ||
        !note_sequence(answer, db, arena, &events, error) || !note_answers(answer, db, arena, error))
        return false;
    note_unexpected(answer, arena, &events);
    *documents = events.items;
    *count = events.count;
    return true;
}

// --- Storing

struct slice spool_answer_state(const struct interchange *interchange)
{
    bool all = interchange->refused == interchange->result->message_count || !interchange->part_count;
    return all ? SLICE("refused") : interchange->refused ? SLICE("partly") : SLICE("taken");
}

static struct slice with_findings(const struct spool_answer *answer)
{
    struct arena *arena = answer->received->arena;
    struct text text = text_in(arena);
    text_append(&text, answer->plain.findings);
    for (size_t i = 0; i < answer->findings.count; i++) {
        text_append(&text, plain_text(arena, answer->findings.items[i].text));
        text_append_char(&text, '\n');
    }
    return text_slice(&text);
}

static void judge(void *context, int64_t archive_id, const struct inbound_twice *twice, size_t count)
{
    struct spool_answer *answer = context;
    answer->archive_id = archive_id;
    answer->findings = (struct findings){ .arena = answer->received->arena };
    interchange_refuse_twice(answer->received, twice, count, &answer->findings, &answer->interchange);
    answer->parcel.parts = answer->interchange.parts;
    answer->parcel.part_count = answer->interchange.part_count;
    answer->parcel.documents = answer->interchange.documents;
    answer->parcel.document_count = answer->interchange.document_count;
    answer->facts = answer->plain;
    answer->facts.refused = answer->interchange.refused;
    answer->facts.state = spool_answer_state(&answer->interchange);
    answer->facts.findings = with_findings(answer);
}

bool spool_answer_store(struct spool_answer *answer, enum inbound_verdict *verdict, struct error *error)
{
    const struct spool_work *work = answer->work;
    struct arena *arena = answer->received->arena;
    struct slice reply;
    answer->interchange = *answer->received;
    answer->facts = answer->plain;
    answer->findings = (struct findings){ .arena = arena };
    answer->parcel.facts = &answer->facts;
    answer->parcel.judge = judge;
    answer->parcel.reply = make_contrl;
    answer->parcel.more = note_all;
    answer->parcel.context = answer;
    if (!inbound_store(work->inbound, work->db, arena, &answer->parcel, verdict, &reply, error))
        return false;
    // A repeat gets its first answer once more.
    return answer->queued || slice_empty(reply) ||
           queue(answer, work->db, *verdict == INBOUND_CONFLICT, reply, arena, error);
}

static void log_reports(const struct spool_work *work, const struct interchange *interchange)
{
    for (size_t i = 0; i < interchange->reports; i++) {
        const struct report *report = &interchange->report_items[i];
        bool bad = report->verdict == OWED_REJECTED || report->verdict == OWED_ERRORS;
        log_line(work->log, bad || !report->found ? LOG_LEVEL_PARTNER : LOG_LEVEL_INFO,
                 !report->found ? "report_unmatched"
                 : bad          ? "partner_refused"
                                : "partner_reported",
                 "partner %s answers our interchange %.*s with %.*s%s", interchange->partner->name,
                 SLICE_ARGS(report->control), SLICE_ARGS(report->text),
                 report->found ? "" : "; we have sent it none of that reference");
    }
}

void spool_answer_log(const struct spool_answer *answer)
{
    const struct log_context *log = answer->work->log;
    const struct interchange *interchange = &answer->interchange;
    struct arena *arena = answer->received->arena;
    log_reports(answer->work, interchange);
    if (answer->step.verdict != SEQUENCE_FINE)
        log_line(
            log, LOG_LEVEL_PARTNER, answer->step.verdict == SEQUENCE_GAP ? "reference_gap" : "reference_late",
            "partner %s: %.*s", interchange->partner->name, SLICE_ARGS(sequence_sentence(answer, arena)));
    for (size_t i = 0; i < answer->findings.count; i++)
        log_line(log, LOG_LEVEL_PARTNER, "number_conflict", "partner %s, interchange %.*s: %.*s",
                 interchange->partner->name, SLICE_ARGS(interchange->result->reference),
                 SLICE_ARGS(answer->findings.items[i].text));
    for (size_t i = 0; i < interchange->unexpected_count; i++) {
        const struct edifact_message_result *message =
            &interchange->result->messages[interchange->unexpected[i]];
        log_line(log, LOG_LEVEL_PARTNER, "message_unexpected",
                 "partner %s, interchange %.*s: a message %.*s is not taken from it",
                 interchange->partner->name, SLICE_ARGS(interchange->result->reference),
                 SLICE_ARGS(message->type));
    }
}

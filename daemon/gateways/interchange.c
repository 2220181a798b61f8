// SPDX-License-Identifier: Apache-2.0
#include "gateways/interchange.h"

#include "base/text.h"
#include "formats/edifact/contrl.h"
#include "gateways/interchange_message.h"
#include "gateways/interchange_number.h"
#include "gateways/plain.h"

enum { ARENA_BYTES = 1 << 30 };

struct slice interchange_party(struct arena *arena, struct slice qualifier, struct slice identity)
{
    return arena_printf(arena, "%.*s%s%.*s", SLICE_ARGS(qualifier), qualifier.size ? ":" : "",
                        SLICE_ARGS(identity));
}

// What is being put together: the interchange that is open.
struct assembly {
    const struct interchange_reading *reading;
    struct edifact_check *check;
    struct arena *arena;                             // of this interchange
    const struct edifact_interchange_result *result; // NULL between two
    const struct partner *partner;
    const struct partner *sender; // of the UNB last read
    const char *begin, *from;     // UNB; the end of the last interchange
    struct message_takings takings;
    bool stray;
};

static bool same_party(const struct edifact_interchange_result *result, const struct partner_identity *us)
{
    return slice_equal(result->receiver, us->identity) &&
           (slice_empty(us->domain) || slice_equal(result->receiver_qualifier, us->domain));
}

static void add_fault(struct edifact_interchange_result *result, int code, struct arena *arena)
{
    result->faults = arena_grow(arena, result->faults, &result->fault_capacity, result->fault_count + 1,
                                sizeof *result->faults);
    result->faults[result->fault_count++] =
        (struct edifact_fault){ .level = EDIFACT_LEVEL_INTERCHANGE, .code = code, .service_tag = "UNB" };
    result->errors++;
}

// A copy that may be added to; the check keeps its own. Capacities of 0 make a copy of an array that grows.
static struct edifact_interchange_result *copy_result(const struct edifact_interchange_result *result,
                                                      struct arena *arena)
{
    struct edifact_interchange_result *copy = ARENA_NEW(arena, struct edifact_interchange_result);
    *copy = *result;
    copy->faults = ARENA_ARRAY(arena, result->fault_count, struct edifact_fault);
    copy->fault_capacity = result->fault_count;
    if (result->fault_count)
        memcpy(copy->faults, result->faults, result->fault_count * sizeof *copy->faults);
    copy->messages = ARENA_ARRAY(arena, result->message_count, struct edifact_message_result);
    copy->message_capacity = result->message_count;
    if (result->message_count)
        memcpy(copy->messages, result->messages, result->message_count * sizeof *copy->messages);
    return copy;
}

static void party_key(struct text *text, struct slice qualifier, struct slice identity, struct slice internal)
{
    text_printf(text, "%.*s:%.*s", SLICE_ARGS(qualifier), SLICE_ARGS(identity));
    if (internal.size)
        text_printf(text, "/%.*s", SLICE_ARGS(internal));
}

// A test interchange has references of its own: it stands in no real one's way.
static struct slice key_of(const struct edifact_interchange_result *result, struct arena *arena)
{
    struct text text = text_in(arena);
    if (slice_empty(result->reference))
        return (struct slice){ 0 };
    text_append(&text, result->test ? SLICE("test ") : SLICE(""));
    party_key(&text, result->sender_qualifier, result->sender, result->sender_internal);
    text_append_char(&text, '>');
    party_key(&text, result->receiver_qualifier, result->receiver, result->receiver_internal);
    text_printf(&text, "/%.*s", SLICE_ARGS(result->reference));
    return text_slice(&text);
}

static void check_receiver(const struct assembly *assembly, struct edifact_interchange_result *result)
{
    const struct partner_identity *us = &assembly->partner->edifact_us;
    if (slice_empty(us->identity) || same_party(result, us))
        return;
    add_fault(result, 7, assembly->arena);
    findings_add(assembly->reading->findings, FINDING_ERROR, NULL, SLICE("UNB"), 7,
                 "the receiver \"%.*s\" is not us, whom partner %s knows as \"%.*s\"",
                 SLICE_ARGS(interchange_party(assembly->arena, result->receiver_qualifier, result->receiver)),
                 assembly->partner->name,
                 SLICE_ARGS(interchange_party(assembly->arena, us->domain, us->identity)));
}

static struct inbound_part part_of(const struct message_taking *taking, struct arena *arena)
{
    struct inbound_part part = { .key = taking->name, .bytes = taking->bytes };
    if (!taking->document)
        return part;
    part.number = interchange_number(taking->document, arena);
    if (part.number.size)
        part.digest = interchange_content(taking->document, taking->content, arena);
    return part;
}

static void keep_unexpected(struct interchange *interchange, const struct message_takings *takings,
                            struct arena *arena)
{
    size_t *unexpected = ARENA_ARRAY(arena, takings->count, size_t);
    for (size_t i = 0; i < takings->count; i++)
        if (takings->items[i].unexpected)
            unexpected[interchange->unexpected_count++] = takings->items[i].index;
    interchange->unexpected = unexpected;
}

// Keeps what may be published: nothing of an interchange or a group that is refused as a whole.
static void keep_taken(struct interchange *interchange, const struct message_takings *takings,
                       struct arena *arena)
{
    const struct edifact_interchange_result *result = interchange->result;
    struct outbox_document *documents = ARENA_ARRAY(arena, takings->count, struct outbox_document);
    struct inbound_part *parts = ARENA_ARRAY(arena, takings->count, struct inbound_part);
    size_t *messages = ARENA_ARRAY(arena, takings->count, size_t);
    size_t *part_documents = ARENA_ARRAY(arena, takings->count, size_t);
    interchange->report_items = ARENA_ARRAY(arena, takings->count, struct report);
    for (size_t i = 0; i < takings->count; i++) {
        const struct message_taking *taking = &takings->items[i];
        const struct edifact_message_result *message = &result->messages[taking->index];
        if (result->errors || message->errors ||
            (message->group && result->groups[message->group - 1].errors))
            continue;
        messages[interchange->part_count] = taking->index;
        part_documents[interchange->part_count] = taking->document ? interchange->document_count : SIZE_MAX;
        parts[interchange->part_count++] = part_of(taking, arena);
        if (taking->document)
            documents[interchange->document_count++] =
                (struct outbox_document){ .topic = TOPIC_INBOUND,
                                          .key = document_text(taking->document, "account"),
                                          .document = taking->document };
        else if (taking->report)
            interchange->report_items[interchange->reports++] = *taking->report;
    }
    interchange->documents = documents;
    interchange->parts = parts;
    interchange->part_messages = messages;
    interchange->part_documents = part_documents;
    interchange->refused = result->message_count - interchange->part_count;
}

static bool finish(struct assembly *assembly, const char *end, struct error *error)
{
    struct edifact_interchange_result *result = copy_result(assembly->result, assembly->arena);
    message_takings_report(&assembly->takings, result, assembly->arena);
    messages_refuse_doubles(result, assembly->reading->findings, assembly->arena);
    if (assembly->partner)
        check_receiver(assembly, result);
    struct interchange interchange = {
        .result = result,
        .partner = assembly->partner,
        .bytes = { assembly->from, (size_t)(end - assembly->from) },
        .exact = { assembly->begin, (size_t)(end - assembly->begin) },
        .key = key_of(result, assembly->arena),
        .arena = assembly->arena,
    };
    keep_taken(&interchange, &assembly->takings, assembly->arena);
    keep_unexpected(&interchange, &assembly->takings, assembly->arena);
    bool good = arena_exhausted(assembly->arena)
                    ? error_set(error, ERROR_INVALID, NULL,
                                "the interchange \"%.*s\" needs more than %d MiB of memory: send it in parts",
                                SLICE_ARGS(result->reference), ARENA_BYTES >> 20)
                    : assembly->reading->receive(assembly->reading->context, &interchange, error);
    assembly->result = NULL;
    assembly->partner = NULL;
    assembly->from = end;
    assembly->takings = (struct message_takings){ 0 };
    arena_reset(assembly->arena);
    return good;
}

static void begin(struct assembly *assembly, const struct edifact_unit *unit)
{
    assembly->result = edifact_check_interchange(assembly->check);
    assembly->begin = unit->bytes.data;
    assembly->partner = assembly->sender;
}

// Whose interchange begins, before it is checked: the partner says what may be tolerated.
static void find_sender(struct assembly *assembly, const struct edifact_unit *unit)
{
    const struct edifact_segment *unb = &unit->segments[0];
    assembly->sender =
        maps_partner_edifact(assembly->reading->maps, edifact_value(unit, unb, 2, 2, assembly->arena),
                             edifact_value(unit, unb, 2, 1, assembly->arena));
    edifact_check_tolerate(assembly->check, assembly->sender ? assembly->sender->edifact_tolerances : NULL);
}

// What stands between UNH and UNT: it is the same when a message comes in another interchange.
static struct slice content_of(const struct edifact_unit *unit)
{
    if (unit->segment_count < 3)
        return (struct slice){ 0 };
    uint32_t from = unit->segments[1].start, to = unit->segments[unit->segment_count - 1].start;
    return (struct slice){ unit->bytes.data + from, to - from };
}

static bool take_unit(struct assembly *assembly, const struct edifact_unit *unit, struct error *error)
{
    const struct interchange_reading *reading = assembly->reading;
    struct edifact_placed placed;
    if (unit->kind == EDIFACT_INTERCHANGE_BEGIN)
        find_sender(assembly, unit);
    edifact_check_unit(assembly->check, unit, assembly->arena, reading->findings, &placed);
    // A UNB where the last interchange has no UNZ: the check has told so, and that one ends here.
    if (unit->kind == EDIFACT_INTERCHANGE_BEGIN && assembly->result &&
        !finish(assembly, unit->bytes.data, error))
        return false;
    if (unit->kind == EDIFACT_INTERCHANGE_BEGIN)
        begin(assembly, unit);
    else if (!assembly->result)
        assembly->stray |= !plain_blank(unit->bytes);
    else if (unit->kind == EDIFACT_MESSAGE && assembly->partner) {
        const struct message_place place = {
            .engine = reading->engine,
            .maps = reading->maps,
            .log = reading->log,
            .findings = reading->findings,
            .partner = assembly->partner,
            .interchange = assembly->result,
            .result = edifact_check_message(assembly->check),
            .index = assembly->result->message_count - 1,
            .arena = assembly->arena,
        };
        message_take(&place, &placed, unit->bytes, content_of(unit), &assembly->takings);
    } else if (unit->kind == EDIFACT_INTERCHANGE_END)
        return finish(assembly, unit->bytes.data + unit->bytes.size, error);
    return true;
}

bool interchange_read(const struct interchange_reading *reading, struct slice bytes, bool *stray,
                      struct error *error)
{
    struct assembly assembly = { .reading = reading, .arena = arena_open(ARENA_BYTES), .from = bytes.data };
    struct edifact_reader *reader = edifact_open(bytes, reading->source);
    struct edifact_unit unit;
    bool good = true;
    assembly.check = edifact_check_open(maps_directories(reading->maps), NULL);
    edifact_check_keep(assembly.check, reading->kept);
    while (good && edifact_next(reader, &unit))
        good = take_unit(&assembly, &unit, error);
    if (good) {
        edifact_check_end(assembly.check, assembly.arena, reading->findings);
        good = !assembly.result || finish(&assembly, bytes.data + bytes.size, error);
    }
    edifact_check_close(assembly.check);
    edifact_close(reader);
    arena_close(assembly.arena);
    *stray = assembly.stray;
    return good;
}

static void refuse_part(const struct interchange *interchange, const struct inbound_twice *twice,
                        struct edifact_interchange_result *result, struct findings *findings)
{
    struct arena *arena = interchange->arena;
    struct edifact_message_result *message = &result->messages[interchange->part_messages[twice->part]];
    message_refuse_twice(message, arena);
    findings_add(findings, FINDING_ERROR, NULL, SLICE("UNH"), 26,
                 "message %.*s is not taken: %.*s came before with other content, in interchange %lld of the "
                 "archive",
                 SLICE_ARGS(message->reference), SLICE_ARGS(interchange->parts[twice->part].number),
                 (long long)twice->archive_id);
}

void interchange_refuse_twice(const struct interchange *interchange, const struct inbound_twice *twice,
                              size_t count, struct findings *findings, struct interchange *left)
{
    struct arena *arena = interchange->arena;
    *left = *interchange;
    if (count == 0)
        return;
    struct edifact_interchange_result *result = copy_result(interchange->result, arena);
    bool *refused = ARENA_ARRAY(arena, interchange->part_count, bool);
    bool *again = ARENA_ARRAY(arena, interchange->part_count, bool);
    bool *repeats = ARENA_ARRAY(arena, interchange->part_count, bool);
    size_t *messages = ARENA_ARRAY(arena, interchange->part_count, size_t);
    size_t *part_documents = ARENA_ARRAY(arena, interchange->part_count, size_t);
    size_t refusals = 0;
    struct inbound_part *parts = ARENA_ARRAY(arena, interchange->part_count, struct inbound_part);
    struct outbox_document *documents =
        ARENA_ARRAY(arena, interchange->document_count, struct outbox_document);
    for (size_t i = 0; i < count; i++) {
        again[twice[i].part] = twice[i].same;
        if (twice[i].same)
            continue;
        refuse_part(interchange, &twice[i], result, findings);
        refused[twice[i].part] = true;
        refusals++;
    }
    left->part_count = left->document_count = 0;
    for (size_t i = 0; i < interchange->part_count; i++) {
        size_t document = interchange->part_documents[i];
        if (refused[i])
            continue;
        repeats[left->part_count] = again[i];
        messages[left->part_count] = interchange->part_messages[i];
        part_documents[left->part_count] = document == SIZE_MAX ? document : left->document_count;
        parts[left->part_count++] = interchange->parts[i];
        if (document != SIZE_MAX)
            documents[left->document_count++] = interchange->documents[document];
    }
    left->result = result;
    left->parts = parts;
    left->documents = documents;
    left->part_messages = messages;
    left->part_documents = part_documents;
    left->repeats = repeats;
    left->refused += refusals;
}

bool interchange_contrl(const struct interchange *interchange, struct slice reference, int64_t now_us,
                        bool duplicate, struct arena *arena, struct slice *contrl, struct error *error)
{
    struct text text = text_in(arena);
    const struct edifact_interchange_result *result = interchange->result;
    struct contrl_settings settings = {
        .reference = reference,
        .now_us = now_us,
        .una = interchange->partner->edifact_una,
        .every_message = interchange->partner->edifact_every_message,
    };
    *contrl = (struct slice){ 0 };
    if (!contrl_owed(result))
        return true;
    if (duplicate) {
        struct edifact_interchange_result *refused = copy_result(result, arena);
        refused->fault_count = 0;
        add_fault(refused, 26, arena);
        result = refused;
    }
    if (!contrl_write(result, &settings, &text, error))
        return false;
    *contrl = text_slice(&text);
    return true;
}

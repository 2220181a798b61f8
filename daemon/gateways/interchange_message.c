// SPDX-License-Identifier: Apache-2.0
#include "gateways/interchange_message.h"

#include <stdlib.h>

#include "engine/carried.h"
#include "gateways/document_in.h"

// UN 0085: where the finding has no code of its own; where the message's type is not agreed; where a
// reference was there before.
enum { CODE_UNSPECIFIED = 18, CODE_NO_AGREEMENT = 17, CODE_DUPLICATE = 26 };

static struct edifact_fault *add_fault(struct message_taking *taking, struct arena *arena,
                                       struct edifact_fault fault)
{
    taking->faults = arena_grow(arena, taking->faults, &taking->fault_capacity, taking->fault_count + 1,
                                sizeof *taking->faults);
    taking->faults[taking->fault_count++] = fault;
    return &taking->faults[taking->fault_count - 1];
}

static bool place_in_segment(const struct node *node, uint32_t line, uint32_t column,
                             struct edifact_fault *fault)
{
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        if (value->line != line || value->column != column)
            continue;
        fault->segment = node->segment;
        fault->element = value->element;
        fault->occurrence = value->occurrence;
        fault->component = value->component;
        return true;
    }
    if (node->segment && node->line == line && node->column == column) {
        fault->segment = node->segment;
        return true;
    }
    return false;
}

// Where in the message a line and column is. CONTRL counts segments, and documents know only the former.
static bool place_in_message(const struct node *node, uint32_t line, uint32_t column,
                             struct edifact_fault *fault)
{
    if (place_in_segment(node, line, column, fault))
        return true;
    for (const struct node *child = node->first; child; child = child->next)
        if (place_in_message(child, line, column, fault))
            return true;
    return false;
}

static void fault_of_finding(struct message_taking *taking, const struct finding *finding,
                             const struct node *tree, struct arena *arena)
{
    struct edifact_fault fault = {
        .code = finding->code ? finding->code : CODE_UNSPECIFIED,
        .segment = finding->at.segment,
        .element = finding->at.element,
        .occurrence = finding->at.element ? 1 : 0,
        .component = finding->at.component,
    };
    bool placed = fault.segment != 0 ||
                  (finding->at.line && place_in_message(tree, finding->at.line, finding->at.column, &fault));
    fault.level = placed ? EDIFACT_LEVEL_SEGMENT : EDIFACT_LEVEL_MESSAGE;
    add_fault(taking, arena, fault);
}

static const char *directory_of(const struct edifact_message_result *result, struct arena *arena)
{
    return arena_printf(arena, "%.*s%.*s", SLICE_ARGS(result->version), SLICE_ARGS(result->release)).data;
}

static void refuse_type(const struct message_place *place, struct message_taking *taking)
{
    const struct edifact_message_result *result = place->result;
    findings_add(place->findings, FINDING_ERROR, NULL, SLICE("UNH"), CODE_NO_AGREEMENT,
                 "message %.*s: %.*s of directory %s is not taken from partner %s: it has no map",
                 SLICE_ARGS(result->reference), SLICE_ARGS(result->type), directory_of(result, place->arena),
                 place->partner->name);
    struct edifact_fault *fault =
        add_fault(taking, place->arena,
                  (struct edifact_fault){ .level = EDIFACT_LEVEL_MESSAGE, .code = CODE_NO_AGREEMENT });
    memcpy(fault->service_tag, "UNH", sizeof "UNH");
}

// What the maps find goes to the report and becomes faults of this message.
static void pass_findings(const struct message_place *place, const struct findings *found,
                          const struct edifact_placed *placed, struct message_taking *taking)
{
    const struct node *tree = found->count ? edifact_tree(placed, place->arena) : NULL;
    for (size_t i = 0; i < found->count; i++) {
        const struct finding *finding = &found->items[i];
        findings_add(place->findings, finding->severity, &finding->at, finding->where, finding->code,
                     "message %.*s: %.*s", SLICE_ARGS(place->result->reference), SLICE_ARGS(finding->text));
        if (finding->severity == FINDING_ERROR)
            fault_of_finding(taking, finding, tree, place->arena);
    }
}

static void read_document(const struct message_place *place, const struct map *map,
                          const struct edifact_placed *placed, struct message_taking *taking)
{
    struct findings found = { .arena = place->arena };
    const struct document_origin origin = {
        .partner = place->partner,
        .channel = "edifact",
        .reply_reference = taking->name,
        .test = place->interchange->test,
    };
    taking->document = document_in(place->engine, map, (struct map_message){ .placed = placed }, &origin,
                                   place->arena, &found);
    pass_findings(place, &found, placed, taking);
    if (!taking->document && taking->fault_count == 0)
        add_fault(taking, place->arena,
                  (struct edifact_fault){ .level = EDIFACT_LEVEL_MESSAGE, .code = CODE_UNSPECIFIED });
}

// There are maps of messages that we only send: nobody may send us those.
static bool comes_in(const struct map *map)
{
    for (size_t i = 0; i < carried_count; i++)
        if (carried[i].topic == TOPIC_INBOUND && strcmp(carried[i].type, map_document_type(map)) == 0)
            return true;
    return false;
}

void message_take(const struct message_place *place, const struct edifact_placed *placed, struct slice bytes,
                  struct slice content, struct message_takings *takings)
{
    if (place->result->errors || !placed->unit)
        return;
    takings->items = arena_grow(place->arena, takings->items, &takings->capacity, takings->count + 1,
                                sizeof *takings->items);
    struct message_taking *taking = &takings->items[takings->count++];
    *taking = (struct message_taking){
        .index = place->index,
        .bytes = bytes,
        .content = content,
        .name = edifact_message_name(place->interchange, place->result, place->arena),
    };
    if (slice_is(place->result->type, "CONTRL")) {
        struct report *report = ARENA_NEW(place->arena, struct report);
        *report = report_read(edifact_tree(placed, place->arena), place->arena);
        taking->report = report;
        return;
    }
    const char *type = arena_string(place->arena, place->result->type);
    const struct map *map =
        maps_find(place->maps, type, directory_of(place->result, place->arena), place->partner);
    if (map && comes_in(map))
        read_document(place, map, placed, taking);
    else
        refuse_type(place, taking);
    taking->unexpected = !map || !comes_in(map);
}

static void add_faults(struct edifact_message_result *message, const struct edifact_fault *added,
                       size_t added_count, struct arena *arena)
{
    size_t count = message->fault_count + added_count;
    struct edifact_fault *faults = ARENA_ARRAY(arena, count, struct edifact_fault);
    if (message->fault_count)
        memcpy(faults, message->faults, message->fault_count * sizeof *faults);
    memcpy(faults + message->fault_count, added, added_count * sizeof *faults);
    message->faults = faults;
    message->fault_count = message->fault_capacity = count;
    message->errors += added_count;
}

void message_takings_report(const struct message_takings *takings, struct edifact_interchange_result *result,
                            struct arena *arena)
{
    for (size_t i = 0; i < takings->count; i++)
        if (takings->items[i].fault_count)
            add_faults(&result->messages[takings->items[i].index], takings->items[i].faults,
                       takings->items[i].fault_count, arena);
}

void message_refuse_twice(struct edifact_message_result *message, struct arena *arena)
{
    static const struct edifact_fault fault = { .level = EDIFACT_LEVEL_MESSAGE, .code = CODE_DUPLICATE };
    add_faults(message, &fault, 1, arena);
}

static int by_reference(const void *left, const void *right)
{
    const struct edifact_message_result *const *a = left, *const *b = right;
    if ((*a)->group != (*b)->group)
        return (*a)->group < (*b)->group ? -1 : 1;
    return slice_compare((*a)->reference, (*b)->reference);
}

static void refuse_double(struct edifact_message_result *message, struct findings *findings,
                          struct arena *arena)
{
    static const struct edifact_fault fault = { .level = EDIFACT_LEVEL_MESSAGE,
                                                .code = CODE_DUPLICATE,
                                                .service_tag = "UNH" };
    if (message->errors)
        return;
    add_faults(message, &fault, 1, arena);
    findings_add(findings, FINDING_ERROR, NULL, SLICE("UNH"), CODE_DUPLICATE,
                 "message %.*s is not taken, since another one of this interchange has its reference",
                 SLICE_ARGS(message->reference));
}

void messages_refuse_doubles(struct edifact_interchange_result *result, struct findings *findings,
                             struct arena *arena)
{
    size_t count = result->message_count;
    struct edifact_message_result **sorted = ARENA_ARRAY(arena, count, struct edifact_message_result *);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &result->messages[i];
    if (count > 1)
        qsort(sorted, count, sizeof *sorted, by_reference);
    for (size_t i = 1; i < count; i++)
        if (by_reference(&sorted[i - 1], &sorted[i]) == 0) {
            refuse_double(sorted[i - 1], findings, arena);
            refuse_double(sorted[i], findings, arena);
        }
}

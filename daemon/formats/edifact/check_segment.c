// SPDX-License-Identifier: Apache-2.0
// The elements of one segment, and how findings become faults.
#include "formats/edifact/checking.h"

static struct arena *result_arena(const struct edifact_check *check, enum edifact_level level)
{
    if (check->kept)
        return check->kept;
    return level >= EDIFACT_LEVEL_MESSAGE ? check->message_arena : check->interchange_arena;
}

static void add_fault(struct checking *checking, struct edifact_fault fault)
{
    struct edifact_check *check = checking->check;
    struct arena *arena = result_arena(check, checking->level);
    struct edifact_fault **faults = NULL;
    size_t *count = NULL, *capacity = NULL;
    if (checking->level >= EDIFACT_LEVEL_MESSAGE && checking->message) {
        checking->message->errors++;
        faults = &checking->message->faults;
        count = &checking->message->fault_count;
        capacity = &checking->message->fault_capacity;
    } else if (checking->level == EDIFACT_LEVEL_GROUP && check->group) {
        check->group->errors++;
        faults = &check->group->faults;
        count = &check->group->fault_count;
        capacity = &check->group->fault_capacity;
    } else if (check->interchange) {
        check->interchange->errors++;
        faults = &check->interchange->faults;
        count = &check->interchange->fault_count;
        capacity = &check->interchange->fault_capacity;
    }
    if (!faults || *count >= FAULTS_KEPT)
        return;
    fault.level = checking->level;
    size_t size = checking->service_tag.size < 3 ? checking->service_tag.size : 3;
    memcpy(fault.service_tag, checking->service_tag.data ? checking->service_tag.data : "", size);
    *faults = arena_grow(arena, *faults, capacity, *count + 1, sizeof **faults);
    (*faults)[(*count)++] = fault;
}

struct position checking_position(struct checking *checking, const struct edifact_token *token)
{
    const struct edifact_segment *segment = checking->segment;
    struct position at = { .source = checking->unit->source,
                           .line = segment->line,
                           .column = segment->column,
                           .segment = (uint32_t)(segment - checking->unit->segments) + 1 };
    uint32_t start = token ? token->start : segment->start;
    at.byte = checking->unit->offset + start;
    if (token) {
        at.element = token->element;
        at.component = token->component;
        at.column += start - segment->start;
    }
    if (!segment->broken || !token)
        return at;
    if (checking->counted.segment != segment || checking->counted.start > start) {
        checking->counted.segment = segment;
        checking->counted.start = segment->start;
        checking->counted.line = segment->line;
        checking->counted.column = segment->column;
    }
    for (; checking->counted.start < start; checking->counted.start++) {
        bool end = checking->unit->bytes.data[checking->counted.start] == '\n';
        checking->counted.line += end;
        checking->counted.column = end ? 1 : checking->counted.column + 1;
    }
    at.line = checking->counted.line;
    at.column = checking->counted.column;
    return at;
}

static void add(struct checking *checking, enum edifact_severity severity, const struct position *at,
                struct slice where, struct edifact_fault fault, const char *format, va_list arguments)
    __attribute__((format(printf, 6, 0)));

static void add(struct checking *checking, enum edifact_severity severity, const struct position *at,
                struct slice where, struct edifact_fault fault, const char *format, va_list arguments)
{
    if (severity == EDIFACT_ACCEPT)
        return;
    struct findings *findings = checking->findings;
    enum finding_severity kind = severity == EDIFACT_REFUSE ? FINDING_ERROR : FINDING_WARNING;
    // Beyond the limit findings are counted only, and need no text.
    if (findings->count < (findings->limit ? findings->limit : 1000)) {
        struct slice text = arena_vprintf(checking->arena, format, arguments);
        findings_add(findings, kind, at, where, fault.code, "%.*s", SLICE_ARGS(text));
    } else {
        findings_add(findings, kind, at, where, fault.code, "%s", "");
    }
    if (severity == EDIFACT_REFUSE)
        add_fault(checking, fault);
    else if (checking->message && checking->level >= EDIFACT_LEVEL_MESSAGE)
        checking->message->warnings++;
}

// A stand-alone element has no components to be named by.
static bool stands_alone(const struct checking *checking, unsigned component)
{
    return component == 1 && checking->position && !checking->position->composite;
}

// The tag as it is shown: without the line break that a wrapped line may have put into it.
static struct slice tag_of(const struct checking *checking, char text[5])
{
    const struct edifact_segment *segment = checking->segment;
    return segment->key ? slice_of(directory_key_text(segment->key, text))
                        : edifact_tag(checking->unit, segment);
}

void checking_report(struct checking *checking, enum edifact_severity severity,
                     const struct edifact_token *token, int code, const char *format, ...)
{
    struct position at = checking_position(checking, token);
    if (token && stands_alone(checking, token->component))
        at.component = 0;
    struct edifact_fault fault = { .code = code,
                                   .segment = at.segment,
                                   .element = at.element,
                                   .component = at.component,
                                   .occurrence = token ? token->occurrence : 0 };
    va_list arguments;
    va_start(arguments, format);
    char tag[5];
    add(checking, severity, &at, tag_of(checking, tag), fault, format, arguments);
    va_end(arguments);
}

void checking_report_place(struct checking *checking, enum edifact_severity severity, unsigned element,
                           unsigned occurrence, unsigned component, int code, const char *format, ...)
{
    struct position at = checking_position(checking, NULL);
    at.element = (uint16_t)element;
    at.component = (uint16_t)component;
    struct edifact_fault fault = { .code = code,
                                   .segment = at.segment,
                                   .element = at.element,
                                   .component = at.component,
                                   .occurrence = (uint16_t)occurrence };
    va_list arguments;
    va_start(arguments, format);
    char tag[5];
    add(checking, severity, &at, tag_of(checking, tag), fault, format, arguments);
    va_end(arguments);
}

void checking_report_missing(struct checking *checking, struct slice tag, uint32_t previous,
                             const char *format, ...)
{
    struct position at = checking_position(checking, NULL);
    struct edifact_fault fault = { .code = 13, .segment = previous };
    va_list arguments;
    va_start(arguments, format);
    add(checking, checking->tolerances->mandatory, &at, tag, fault, format, arguments);
    va_end(arguments);
}

static void check_missing_components(struct checking *checking, const struct directory_position *position,
                                     const struct edifact_token *token, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to && i < position->required; i++) {
        if (!position->components[i].mandatory)
            continue;
        checking->said_missing = true;
        char number[5];
        checking_report_place(checking, checking->tolerances->mandatory, token->element, token->occurrence,
                              position->composite ? i + 1 : 0, 13, "the mandatory component %s is missing",
                              directory_key_text(position->components[i].element->key, number));
    }
}

// One position with something in it: the tokens from `token` on that share its element and occurrence.
static const struct edifact_token *check_position(struct checking *checking,
                                                  const struct edifact_token *token,
                                                  const struct edifact_token *end,
                                                  const struct directory_position *position)
{
    const struct edifact_token *first = token;
    unsigned next = 0;
    bool surplus = false;
    checking->position = position;
    if (position && token->occurrence > position->repeat)
        checking_report(checking, checking->tolerances->repeats, token, 35,
                        "the element stands %u times, at most %u are allowed", token->occurrence,
                        position->repeat);
    for (; token < end && token->element == first->element && token->occurrence == first->occurrence;
         token++) {
        unsigned index = token->component - 1u;
        struct slice text = checking_text(checking, token);
        if (position && index > next)
            check_missing_components(checking, position, first, next, index);
        next = index + 1;
        if (position && index >= position->component_count && !surplus) {
            surplus = true;
            checking_report(checking, checking->tolerances->surplus, token, 16,
                            "\"%.*s\" is one component too many: the element has %u", SLICE_ARGS(text),
                            position->component_count);
        }
        check_value(checking, token, text, position, index);
    }
    if (position)
        check_missing_components(checking, position, first, next, position->required);
    checking->position = NULL;
    return token;
}

static void check_missing(struct checking *checking, const struct directory_position *positions,
                          unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        if (!positions[i].mandatory)
            continue;
        checking->said_missing = true;
        char number[5];
        uint32_t key =
            positions[i].composite ? positions[i].composite : positions[i].components[0].element->key;
        checking_report_place(checking, checking->tolerances->mandatory, i + 1, 1, 0, 13,
                              "the mandatory element %s is missing", directory_key_text(key, number));
    }
}

// The values of a segment whose places are good.
static void check_values(struct checking *checking, const struct edifact_segment *segment,
                         const struct directory_segment *definition)
{
    const struct edifact_token *token = checking->unit->tokens + segment->first,
                               *end = token + segment->count;
    for (; token < end; token++) {
        const struct directory_position *position = &definition->expanded[token->element - 1];
        unsigned index = token->component - 1u;
        if (glance_value(checking, token, position->components[index].element))
            continue;
        checking->position = position;
        check_value(checking, token, checking_text(checking, token), position, index);
    }
    checking->position = NULL;
}

void check_segment(struct checking *checking, const struct edifact_segment *segment,
                   const struct directory_segment *definition)
{
    bool calm = definition && !segment->broken && !segment->trailing && checking->unit->syntax != 4 &&
                checking->unit->charset > EDIFACT_UNOB;
    if (calm && glance_structure(checking, segment, definition)) {
        checking->segment = segment;
        checking->said_missing = false;
        check_values(checking, segment, definition);
        return;
    }
    const struct edifact_token *token = checking->unit->tokens + segment->first,
                               *end = token + segment->count;
    const struct directory_position *positions = NULL;
    unsigned count = 0, required = 0, next = 0;
    bool surplus = false;
    checking->segment = segment;
    checking->said_missing = false;
    if (definition) {
        bool apart = checking->unit->syntax == 4;
        positions = apart ? definition->positions : definition->expanded;
        count = apart ? definition->position_count : definition->expanded_count;
        required = apart ? definition->required : definition->expanded_required;
    }
    while (token < end) {
        unsigned index = token->element - 1u;
        if (positions && index > next)
            check_missing(checking, positions, next, index < required ? index : required);
        next = index + 1;
        if (positions && index >= count && !surplus) {
            surplus = true; // the component says nothing where there is no element
            checking_report(checking, checking->tolerances->surplus, token, 16,
                            "\"%.*s\" is one element too many: the segment has %u",
                            SLICE_ARGS(checking_text(checking, token)), count);
        }
        token = check_position(checking, token, end, index < count ? &positions[index] : NULL);
    }
    if (positions)
        check_missing(checking, positions, next, required);
    // In a tag or a place where nothing stands.
    if (segment->broken && !checking->said_breaks) {
        checking->said_breaks = true;
        checking_report(checking, checking->tolerances->line_breaks, NULL, 21,
                        "a line break stands inside the segment");
    }
    // A separator in front of what is missing is no second fault.
    if (segment->trailing && !checking->said_missing)
        checking_report(checking, checking->tolerances->trailing, NULL, 45,
                        "a separator stands at the end of the segment with nothing behind it");
}

// SPDX-License-Identifier: Apache-2.0
// Values and positions of tokens.
#include "formats/edifact/syntax.h"

const struct edifact_token *edifact_find(const struct edifact_unit *unit,
                                         const struct edifact_segment *segment, unsigned element,
                                         unsigned occurrence, unsigned component)
{
    const struct edifact_token *token = unit->tokens + segment->first, *end = token + segment->count;
    for (; token < end && token->element <= element; token++)
        if (token->element == element && token->occurrence == occurrence && token->component == component)
            return token;
    return NULL;
}

// Takes out release characters and the line breaks that are not released.
static struct slice unescape(struct slice raw, char release, struct arena *arena)
{
    char *clean = arena_take(arena, raw.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        if (release && raw.data[i] == release) {
            if (++i < raw.size)
                clean[size++] = raw.data[i];
        } else if (raw.data[i] != '\r' && raw.data[i] != '\n') {
            clean[size++] = raw.data[i];
        }
    }
    return (struct slice){ clean, size };
}

struct slice edifact_text(const struct edifact_unit *unit, const struct edifact_token *token,
                          struct arena *arena, bool *clean)
{
    struct slice text = edifact_raw(unit, token);
    bool whole = true;
    if (token->flags & (EDIFACT_TOKEN_RELEASED | EDIFACT_TOKEN_BROKEN))
        text = unescape(text, unit->marks.release, arena);
    if (token->flags & EDIFACT_TOKEN_HIGH)
        whole = edifact_to_utf8(unit->charset, text, arena, &text, NULL);
    if (clean)
        *clean = whole;
    return text;
}

struct slice edifact_value(const struct edifact_unit *unit, const struct edifact_segment *segment,
                           unsigned element, unsigned component, struct arena *arena)
{
    const struct edifact_token *token = edifact_find(unit, segment, element, 1, component);
    return token ? edifact_text(unit, token, arena, NULL) : (struct slice){ 0 };
}

struct position edifact_position(const struct edifact_unit *unit, const struct edifact_segment *segment,
                                 const struct edifact_token *token)
{
    size_t start = token ? token->start : segment->start;
    struct position at = { .source = unit->source,
                           .byte = unit->offset + start,
                           .line = segment->line,
                           .column = segment->column + (uint32_t)(start - segment->start),
                           .segment = (uint32_t)(segment - unit->segments) + 1 };
    if (token) {
        at.element = token->element;
        at.component = token->component;
    }
    if (!segment->broken)
        return at;
    for (size_t i = segment->start; i < start; i++) {
        if (unit->bytes.data[i] == '\n') {
            at.line++;
            at.column = (uint32_t)(start - i);
        }
    }
    return at;
}

// SPDX-License-Identifier: Apache-2.0
// Most segments and values are as their directory wants them, and that is seen at a glance. The rest is for
// check_segment.c and check_value.c, which know what to say.
#include "formats/edifact/checking.h"

// None of the places from `next` to `to` must be filled.
static inline bool may_skip(const struct directory_position *positions, unsigned next, unsigned to)
{
    for (; next < to; next++)
        if (positions[next].mandatory)
            return false;
    return true;
}

static inline bool may_skip_components(const struct directory_position *position, unsigned next, unsigned to)
{
    for (; next < to; next++)
        if (position->components[next].mandatory)
            return false;
    return true;
}

bool glance_structure(const struct checking *checking, const struct edifact_segment *segment,
                      const struct directory_segment *definition)
{
    const struct edifact_token *token = checking->unit->tokens + segment->first,
                               *end = token + segment->count;
    const struct directory_position *positions = definition->expanded, *position = NULL;
    unsigned element = 0, component = 0; // that were read last, from 1
    for (; token < end; token++) {
        if (token->element != element) {
            if (token->element > definition->expanded_count ||
                !may_skip(positions, element, token->element - 1u) ||
                (position && !may_skip_components(position, component, position->required)))
                return false;
            element = token->element;
            position = &positions[element - 1];
            component = 0;
        }
        if (token->component > position->component_count ||
            !may_skip_components(position, component, token->component - 1u))
            return false;
        component = token->component;
    }
    return (!position || may_skip_components(position, component, position->required)) &&
           may_skip(positions, element, definition->expanded_required);
}

static inline bool is_digits(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

bool glance_value(const struct checking *checking, const struct edifact_token *token,
                  const struct directory_element *element)
{
    bool alphanumeric = element->format == DIRECTORY_ALPHANUMERIC;
    if (token->flags & ~EDIFACT_TOKEN_RELEASED || element->check != DIRECTORY_CHECK_NONE ||
        token->size > element->most)
        return false;
    // Without its release characters it is shorter, but not empty.
    if (token->flags)
        return alphanumeric && element->least == 0 && !element->codes;
    struct slice text = edifact_raw(checking->unit, token);
    if (token->size < element->least || (element->codes && !directory_has_code(element->codes, text)))
        return false;
    return alphanumeric || (element->format == DIRECTORY_NUMERIC && is_digits(text));
}

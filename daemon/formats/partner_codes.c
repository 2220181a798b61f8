// SPDX-License-Identifier: Apache-2.0
#include "formats/partner_codes.h"

#include <string.h>

#include "base/text.h"

static bool fail(const struct config_node *at, struct error *error, const char *wanted)
{
    struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
    return error_set(error, ERROR_INVALID, &place, "%s is wanted in \"codes\"", wanted);
}

static bool read_added(const struct config_node *list, struct arena *arena, struct edifact_code_rule *rule,
                       struct error *error)
{
    if (list->kind != CONFIG_LIST)
        return fail(list, error, "a list of codes for \"add\"");
    struct slice *added = ARENA_ARRAY(arena, list->count, struct slice);
    for (const struct config_node *node = list->first; node; node = node->next) {
        if (node->kind != CONFIG_TEXT || !node->text[0])
            return fail(node, error, "a code in quotes");
        added[rule->added_count++] = arena_copy(arena, slice_of(node->text));
    }
    rule->added = added;
    return true;
}

static bool read_rule(const struct config_node *node, struct arena *arena, struct edifact_code_rule *rule,
                      struct text *text, struct error *error)
{
    static const char *const members[] = { "element", "add", "unknown", NULL };
    const char *number;
    int64_t value;
    if (node->kind != CONFIG_GROUP)
        return fail(node, error, "a group { element = \"1001\"; ... }");
    if (!config_only(node, members, error) || !config_text(node, "element", "", &number, error))
        return false;
    if (strlen(number) != 4 || !slice_integer(slice_of(number), &value) || value < 0)
        return fail(node, error, "the four figures of an element");
    rule->element = directory_key(slice_of(number));
    const struct config_node *add = config_get(node, "add"), *unknown = config_get(node, "unknown");
    if (!add && !unknown)
        return fail(node, error, "\"add\" or \"unknown\"");
    if (add && !read_added(add, arena, rule, error))
        return false;
    rule->judged = unknown != NULL;
    if (unknown && !partner_severity(unknown, "unknown", &rule->severity, error))
        return false;
    text_printf(text, "%s%s", text->size ? "; " : "", number);
    for (size_t i = 0; i < rule->added_count; i++)
        text_printf(text, "%s %.*s", i ? "" : " adds", SLICE_ARGS(rule->added[i]));
    if (unknown)
        text_printf(text, "%s %s", add ? "," : "", unknown->text);
    return true;
}

bool partner_codes_read(const struct config_node *list, struct arena *arena,
                        struct edifact_tolerances *tolerances, const char **text, struct error *error)
{
    if (list->kind != CONFIG_LIST)
        return fail(list, error, "a list of groups");
    struct edifact_code_rule *rules = ARENA_ARRAY(arena, list->count, struct edifact_code_rule);
    struct text line = text_in(arena);
    tolerances->code_rule_count = 0;
    for (const struct config_node *node = list->first; node; node = node->next) {
        struct edifact_code_rule *rule = &rules[tolerances->code_rule_count];
        if (!read_rule(node, arena, rule, &line, error))
            return false;
        for (size_t i = 0; i < tolerances->code_rule_count; i++)
            if (rules[i].element == rule->element)
                return fail(node, error, "each element once");
        tolerances->code_rule_count++;
    }
    tolerances->code_rules = rules;
    *text = arena_string(arena, text_slice(&line));
    return true;
}

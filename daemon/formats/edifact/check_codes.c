// SPDX-License-Identifier: Apache-2.0
// Codes that the UN's lists do not have: the association's, the partner's, and what becomes of the others.
#include "formats/edifact/checking.h"
#include "formats/edifact/overlay.h"

static const struct edifact_code_rule *rule_of(const struct edifact_tolerances *tolerances, uint32_t element)
{
    for (size_t i = 0; i < tolerances->code_rule_count; i++)
        if (tolerances->code_rules[i].element == element)
            return &tolerances->code_rules[i];
    return NULL;
}

static bool adds(const struct edifact_code_rule *rule, struct slice code)
{
    for (size_t i = 0; i < rule->added_count; i++)
        if (slice_equal(rule->added[i], code))
            return true;
    return false;
}

void check_unlisted(struct checking *checking, const struct edifact_token *token, struct slice text,
                    const struct directory_element *element, enum edifact_severity severity, const char *what)
{
    const struct edifact_tolerances *tolerances = checking->tolerances;
    const struct edifact_code_rule *rule = rule_of(tolerances, element->key);
    if (rule && rule->judged)
        severity = rule->severity == EDIFACT_WARN ? tolerances->rule_warning : rule->severity;
    if (severity == EDIFACT_ACCEPT || (rule && adds(rule, text)) ||
        (checking->overlay && overlay_has_code(checking->overlay, element->key, text)))
        return;
    char number[5];
    struct slice shown = { text.data, text.size < 70 ? text.size : 70 };
    const char *besides = checking->overlay ? overlay_name(checking->overlay) : NULL;
    const char *fault = what ? what
                             : arena_printf(checking->arena, "not in the code list of element %s",
                                            directory_key_text(element->key, number))
                                   .data;
    checking_report(checking, severity, token, 12, "\"%.*s\" is %s%s%s", SLICE_ARGS(shown), fault,
                    besides ? ", nor in " : "", besides ? besides : "");
}

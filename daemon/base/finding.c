// SPDX-License-Identifier: Apache-2.0
#include "base/finding.h"

#include <stdarg.h>

void findings_add(struct findings *findings, enum finding_severity severity, const struct position *at,
                  struct slice where, int code, const char *format, ...)
{
    findings->errors += severity == FINDING_ERROR;
    if (findings->count >= (findings->limit ? findings->limit : 1000)) {
        findings->dropped++;
        return;
    }
    findings->items = arena_grow(findings->arena, findings->items, &findings->capacity, findings->count + 1,
                                 sizeof *findings->items);
    va_list arguments;
    va_start(arguments, format);
    findings->items[findings->count++] = (struct finding){
        .severity = severity,
        .at = at ? *at : (struct position){ 0 },
        .where = arena_copy(findings->arena, where),
        .code = code,
        .text = arena_vprintf(findings->arena, format, arguments),
    };
    va_end(arguments);
}

void finding_print(const struct finding *finding, const char *file, struct text *text)
{
    text_printf(text, "%s:", file);
    if (finding->at.line)
        text_printf(text, "%u:%u:", finding->at.line, finding->at.column);
    if (finding->where.size)
        text_printf(text, " %.*s", SLICE_ARGS(finding->where));
    if (finding->at.element && finding->at.component)
        text_printf(text, " %u.%u", finding->at.element, finding->at.component);
    else if (finding->at.element)
        text_printf(text, " %u", finding->at.element);
    text_printf(text, "%s %s%.*s", finding->where.size ? ":" : "",
                finding->severity == FINDING_WARNING ? "warning: " : "", SLICE_ARGS(finding->text));
    if (finding->code)
        text_printf(text, " [%d]", finding->code);
}

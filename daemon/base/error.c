// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *error, enum error_kind kind, const struct position *at, const char *format, ...)
{
    if (error->kind != ERROR_NONE)
        return false;
    error->kind = kind;
    error->at = at ? *at : (struct position){ 0 };
    error->at.source = NULL;
    error->source[0] = error->context[0] = '\0';
    if (at && at->source) {
        size_t size = strlen(at->source), room = sizeof error->source - 1;
        snprintf(error->source, sizeof error->source, "%s",
                 size > room ? at->source + (size - room) : at->source);
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    // Libraries write several lines; an error is one.
    for (char *c = error->message; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    return false;
}

bool error_within(struct error *error, const char *format, ...)
{
    size_t used = strlen(error->context);
    int added = snprintf(error->context + used, sizeof error->context - used, used ? ", while " : "while ");
    if (added > 0 && used + (size_t)added < sizeof error->context) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->context + used + added, sizeof error->context - used - (size_t)added, format,
                  arguments);
        va_end(arguments);
    }
    return false;
}

static size_t append(char *text, size_t size, size_t used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t append(char *text, size_t size, size_t used, const char *format, ...)
{
    if (used >= size)
        return used;
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
    return added > 0 ? used + (size_t)added : used;
}

const char *error_text(const struct error *error, char *text, unsigned long size)
{
    size_t used = 0;
    text[0] = '\0';
    if (error->source[0])
        used = append(text, size, used, "%s:", error->source);
    if (error->at.line)
        used = append(text, size, used, "%u:", error->at.line);
    if (error->at.line && error->at.column)
        used = append(text, size, used, "%u:", error->at.column);
    if (!error->at.line && error->at.byte)
        used = append(text, size, used, "byte %llu:", (unsigned long long)error->at.byte);
    used = append(text, size, used, "%s%s", used ? " " : "", error->message);
    if (error->context[0])
        used = append(text, size, used, " (%s)", error->context);
    if (error->code[0])
        append(text, size, used, " [%s]", error->code);
    return text;
}

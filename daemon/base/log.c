// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static enum log_level least_level = LOG_LEVEL_INFO;
static bool under_journal;
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;
static char last_line[256];

static const struct {
    const char *name;
    int priority; // of syslog(3)
} levels[] = {
    [LOG_LEVEL_ERROR] = { "error", 3 },     [LOG_LEVEL_WARNING] = { "warning", 4 },
    [LOG_LEVEL_INFO] = { "info", 6 },       [LOG_LEVEL_DEBUG] = { "debug", 7 },
    [LOG_LEVEL_PARTNER] = { "warning", 4 },
};

void log_open(enum log_level least)
{
    least_level = least;
    under_journal = getenv("JOURNAL_STREAM") != NULL;
}

bool log_level_of(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(name, levels[i].name) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    return false;
}

void log_fields(struct log_context *context, const struct log_context *parent, const char *format, ...)
{
    context->parent = parent;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context->fields, sizeof context->fields, format, arguments);
    va_end(arguments);
}

static size_t add(char *line, size_t size, size_t used, const char *text)
{
    size_t length = strlen(text);
    if (length > size - used)
        length = size - used;
    memcpy(line + used, text, length);
    return used + length;
}

static size_t add_fields(char *line, size_t size, size_t used, const struct log_context *context)
{
    if (!context)
        return used;
    used = add_fields(line, size, used, context->parent);
    if (!context->fields[0])
        return used;
    used = add(line, size, used, " ");
    return add(line, size, used, context->fields);
}

static bool is_written(enum log_level level)
{
    return (level == LOG_LEVEL_PARTNER ? LOG_LEVEL_WARNING : level) <= least_level;
}

static void write_line(const struct log_context *context, enum log_level level, const char *event,
                       const char *sentence)
{
    char line[2048], stamp[INSTANT_TEXT_SIZE + 24];
    const size_t room = sizeof line - 1;
    if (under_journal)
        snprintf(stamp, sizeof stamp, "<%d>", levels[level].priority);
    else
        snprintf(stamp, sizeof stamp, "%s %s ", instant_text(clock_now_us(), (char[INSTANT_TEXT_SIZE]){ 0 }),
                 levels[level].name);
    size_t used = add(line, room, 0, stamp);
    used = add(line, room, used, event);
    used = add(line, room, used, ": ");
    used = add(line, room, used, sentence);
    used = add_fields(line, room, used, context);
    for (size_t i = 0; i < used; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    line[used++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
    if (level <= LOG_LEVEL_WARNING) {
        pthread_mutex_lock(&last_lock);
        snprintf(last_line, sizeof last_line, "%s: %s", event, sentence);
        pthread_mutex_unlock(&last_lock);
    }
}

void log_line(const struct log_context *context, enum log_level level, const char *event, const char *format,
              ...)
{
    if (!is_written(level))
        return;
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    write_line(context, level, event, sentence);
}

void log_error(const struct log_context *context, enum log_level level, const char *event,
               const struct error *error)
{
    char sentence[1024];
    if (is_written(level))
        write_line(context, level, event, error_text(error, sentence, sizeof sentence));
}

void log_last(char text[256])
{
    pthread_mutex_lock(&last_lock);
    memcpy(text, last_line, sizeof last_line);
    pthread_mutex_unlock(&last_lock);
}

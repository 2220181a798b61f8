// SPDX-License-Identifier: Apache-2.0
#include "doors/config_numbers.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    const char *file, *at;
    uint32_t line;
};

static char take(struct scan *scan)
{
    scan->line += *scan->at == '\n';
    return *scan->at++;
}

static void skip_text(struct scan *scan)
{
    take(scan);
    while (*scan->at && *scan->at != '"') {
        if (*scan->at == '\\' && scan->at[1])
            take(scan);
        take(scan);
    }
    if (*scan->at)
        take(scan);
}

static void skip_line(struct scan *scan)
{
    while (*scan->at && *scan->at != '\n')
        take(scan);
}

static void skip_block(struct scan *scan)
{
    while (*scan->at && strncmp(scan->at, "*/", 2) != 0)
        take(scan);
}

static void skip_name(struct scan *scan)
{
    while (isalnum((unsigned char)*scan->at) || (*scan->at && strchr("_-*", *scan->at)))
        take(scan);
}

static bool check_number(struct scan *scan, struct error *error)
{
    const char *start = scan->at;
    bool hexadecimal = start[0] == '0' && (start[1] == 'x' || start[1] == 'X');
    char *end;
    errno = 0;
    unsigned long long value = strtoull(start, &end, hexadecimal ? 16 : 10);
    bool lost = errno == ERANGE || (!hexadecimal && value > LLONG_MAX);
    bool fraction = !hexadecimal && (*end == '.' || *end == 'e' || *end == 'E');
    bool wide = *end == 'L';
    struct position at = { .source = scan->file, .line = scan->line, .column = 1 };
    scan->at = end;
    while (isalnum((unsigned char)*scan->at) || *scan->at == '.')
        take(scan);
    if (fraction)
        return true;
    if (lost)
        return error_set(error, ERROR_INVALID, &at, "number %.*s does not fit 64 bits", (int)(end - start),
                         start);
    if (!wide && value > INT_MAX)
        return error_set(error, ERROR_INVALID, &at, "number %.*s does not fit 32 bits: write %.*sL",
                         (int)(end - start), start, (int)(end - start), start);
    return true;
}

static bool check(struct scan *scan, struct error *error)
{
    while (*scan->at) {
        char c = *scan->at;
        if (c == '"')
            skip_text(scan);
        else if (c == '#' || strncmp(scan->at, "//", 2) == 0)
            skip_line(scan);
        else if (strncmp(scan->at, "/*", 2) == 0)
            skip_block(scan);
        else if (isalpha((unsigned char)c) || c == '*')
            skip_name(scan);
        else if (!isdigit((unsigned char)c))
            take(scan);
        else if (!check_number(scan, error))
            return false;
    }
    return true;
}

bool config_numbers_check(const char *file, struct error *error)
{
    FILE *stream = fopen(file, "re");
    char *text = NULL;
    size_t size = 0;
    // A file cannot hold a NUL that means anything here, so reading up to the first one reads it all.
    ssize_t got = stream ? getdelim(&text, &size, '\0', stream) : -1;
    bool empty = stream && feof(stream) && got < 0;
    if (stream)
        fclose(stream);
    bool valid = true;
    if (got >= 0)
        valid = check(&(struct scan){ .file = file, .at = text, .line = 1 }, error);
    else if (!empty)
        valid = error_set(error, ERROR_INVALID, NULL, "cannot read configuration file \"%s\": %s", file,
                          strerror(errno));
    free(text);
    return valid;
}

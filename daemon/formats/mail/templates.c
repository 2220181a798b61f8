// SPDX-License-Identifier: Apache-2.0
#include "formats/mail/templates.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/text.h"

enum { MOST_BYTES = 64 << 10 };

// What an ApprovalMail may carry, its fields and those of its lists, and the links that are made when it is written.
static const char *const fields[] = {
    "kind",         "account",      "to",        "user",        "name",       "tasks",  "task_id",
    "order_id",     "order_number", "requester", "reason",      "currency",   "total",  "until",
    "lines",        "number",       "product",   "description", "quantity",   "unit",   "amount",
    "decision",     "approved",     "rejected",  "expired",     "decided_by", "remark", "on_behalf_of",
    "approve_link", "reject_link",  "next",      NULL,
};

static const char *const kinds[] = { "created", "reminded", "escalated", "decided", "digest" };
static const char *const codes[] = { [TEMPLATE_ENGLISH] = "en", [TEMPLATE_FRENCH] = "fr" };
enum { KINDS = sizeof kinds / sizeof *kinds, LANGUAGES = sizeof codes / sizeof *codes };

struct templates {
    const struct template *of[KINDS][LANGUAGES];
};

static bool read_file(const char *path, struct arena *arena, struct slice *text, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, ERROR_INVALID, &(struct position){ .source = path },
                         "this mail template cannot be read: %s", strerror(errno));
    char *bytes = arena_take(arena, MOST_BYTES);
    size_t size = fread(bytes, 1, MOST_BYTES, file);
    fclose(file);
    *text = (struct slice){ bytes, size };
    return size < MOST_BYTES || error_set(error, ERROR_INVALID, &(struct position){ .source = path },
                                          "this mail template is larger than %d bytes", MOST_BYTES - 1);
}

const struct templates *templates_load(struct arena *arena, const char *folder, struct error *error)
{
    struct stat found;
    if (stat(folder, &found) != 0 && errno == ENOENT)
        return NULL;
    struct templates *templates = ARENA_NEW(arena, struct templates);
    for (int kind = 0; kind < KINDS; kind++)
        for (int language = 0; language < LANGUAGES; language++) {
            const char *path =
                arena_printf(arena, "%s/%s.%s.mail", folder, kinds[kind], codes[language]).data;
            struct slice text;
            if (!read_file(path, arena, &text, error))
                return NULL;
            templates->of[kind][language] = template_parse(arena, path, text, fields, error);
            if (!templates->of[kind][language])
                return NULL;
        }
    return templates;
}

const struct template *templates_find(const struct templates *templates, struct slice kind,
                                      struct slice language_code, enum template_language *language)
{
    *language = TEMPLATE_ENGLISH;
    for (int i = 0; i < LANGUAGES; i++)
        if (slice_equal_nocase(language_code, slice_of(codes[i])))
            *language = (enum template_language)i;
    for (int i = 0; templates && i < KINDS; i++)
        if (slice_is(kind, kinds[i]))
            return templates->of[i][*language];
    return NULL;
}

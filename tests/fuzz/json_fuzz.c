// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON. Our door puts numbers in quotes before jansson sees them; it must take just what jansson
// takes by itself, apart from numbers that are too large for jansson, and what it took must survive writing.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/text.h"
#include "doors/json.h"

static void need(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "json_fuzz: %s\n", what);
    abort();
}

static bool jansson_takes(struct slice text, bool *too_large)
{
    json_error_t fault;
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
    *too_large = !root && json_error_code(&fault) == json_error_numeric_overflow;
    json_decref(root);
    return root != NULL;
}

static struct slice json_of(const struct document *document, struct arena *arena)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    return text_slice(&text);
}

static void check(struct slice text, struct arena *arena)
{
    struct error error = { 0 };
    struct document *first, *second;
    bool too_large, theirs = jansson_takes(text, &too_large), ours = json_read(text, arena, &first, &error);
    bool type = memmem(text.data, text.size, "type", 4) != NULL; // "$type" has rules of our own
    need(ours || !theirs || type, "we refuse what jansson takes");
    need(!ours || theirs || too_large, "we take what jansson refuses");
    if (!ours) {
        need(error.kind == ERROR_INVALID && (error.at.byte <= text.size + 1),
             "an error without kind or place");
        return;
    }
    struct slice written = json_of(first, arena);
    need(json_read(written, arena, &second, &error), error.message);
    need(slice_equal(written, json_of(second, arena)), "the document has changed");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open(SIZE_MAX);
    check((struct slice){ size ? (const char *)data : "", size }, arena);
    arena_close(arena);
    return 0;
}

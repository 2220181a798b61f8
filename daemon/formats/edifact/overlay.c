// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/overlay.h"

#include "formats/edifact/directory_tables.h"

// The codes of an element; of all where `element` is 0.
struct overlay_codes {
    uint32_t element;
    struct slice words; // separated by spaces
    struct overlay_codes *next;
};

struct overlay_segments {
    struct slice message, tags;
    struct overlay_segments *next;
};

struct directory_overlay {
    const char *name, *association;
    struct overlay_codes *codes;
    struct overlay_segments *segments;
};

const char *overlay_name(const struct directory_overlay *overlay)
{
    return overlay->name;
}

bool overlay_holds(const struct directory_overlay *overlay, struct slice association)
{
    return overlay->association && slice_starts(association, overlay->association);
}

static bool matches(struct slice pattern, struct slice code)
{
    if (pattern.size != code.size)
        return false;
    for (size_t i = 0; i < code.size; i++) {
        char p = pattern.data[i], c = code.data[i];
        bool good = p == '#' ? c >= '0' && c <= '9' : p == '@' ? c >= 'A' && c <= 'Z' : p == c;
        if (!good)
            return false;
    }
    return true;
}

// Asked only for codes that the UN does not have, so a walk is quick enough.
bool overlay_has_code(const struct directory_overlay *overlay, uint32_t element, struct slice code)
{
    for (const struct overlay_codes *codes = overlay->codes; codes; codes = codes->next) {
        struct slice rest = codes->words;
        while ((codes->element == element || !codes->element) && rest.size)
            if (matches(directory_word(&rest), code))
                return true;
    }
    return false;
}

bool overlay_uses(const struct directory_overlay *overlay, const char *message, uint32_t tag)
{
    bool listed = false;
    for (const struct overlay_segments *segments = overlay->segments; segments; segments = segments->next) {
        struct slice rest = segments->tags;
        if (!slice_is(segments->message, message))
            continue;
        listed = true;
        while (rest.size)
            if (directory_key(directory_word(&rest)) == tag)
                return true;
    }
    return !listed;
}

static bool read_codes(struct directory_overlay *overlay, struct slice number, struct slice words,
                       struct arena *arena)
{
    bool all = slice_is(number, "*");
    if (!all && (number.size != 4 || !directory_key(number)))
        return false;
    struct overlay_codes *codes = ARENA_NEW(arena, struct overlay_codes);
    *codes = (struct overlay_codes){ all ? 0 : directory_key(number), words, overlay->codes };
    overlay->codes = codes;
    return words.size > 0;
}

static bool read_line(struct directory_overlay *overlay, struct slice line, struct arena *arena)
{
    struct slice rest = line, keyword = directory_word(&rest);
    struct slice first = directory_word(&rest);
    rest = slice_trim(rest);
    if (slice_is(keyword, "overlay") && !rest.size)
        overlay->name = arena_string(arena, first);
    else if (slice_is(keyword, "association") && !rest.size)
        overlay->association = arena_string(arena, first);
    else if (slice_is(keyword, "codes"))
        return read_codes(overlay, first, rest, arena);
    else if (slice_is(keyword, "segments")) {
        struct overlay_segments *segments = ARENA_NEW(arena, struct overlay_segments);
        *segments = (struct overlay_segments){ first, rest, overlay->segments };
        overlay->segments = segments;
    } else
        return false;
    return first.size > 0;
}

struct directory_overlay *overlay_read(const char *path, struct slice text, struct arena *arena,
                                       struct error *error)
{
    struct directory_overlay *overlay = ARENA_NEW(arena, struct directory_overlay);
    struct position at = { .source = path, .column = 1 };
    while (text.size) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        at.line++;
        if (line.size && line.data[0] != '#' && !read_line(overlay, line, arena)) {
            error_set(error, ERROR_INTERNAL, &at, "this line of an overlay is not understood: \"%.*s\"",
                      SLICE_ARGS(line));
            return NULL;
        }
    }
    if (overlay->name)
        return overlay;
    error_set(error, ERROR_INTERNAL, &at, "the line \"overlay NAME\" is missing in \"%s\"", path);
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
// Reads NAME.dir, a text of lines; '#' begins a comment line.
//
//     directory D96A
//     element 1001 an..3            its number and format
//     codes 1001 220 221 224        its code list; several lines add up
//     composite C002 1001 1131      its components in order
//     segment BGM C002 1004 1225    its positions in order: composites and elements
//     message ORDERS                its structure, up to a line "end"
//       UNH!
//       DTM!*35
//       SG1*10 (                    a segment group up to its ")", the trigger first
//         RFF!
//         DTM*5 )
//     end
//
// Behind a name, '!' says that it is mandatory and '*N' that it may stand N times.
#include <errno.h>
#include <stdio.h>

#include "base/text.h"
#include "formats/edifact/directory_tables.h"
#include "formats/edifact/overlay.h"

bool directory_wrong(struct directory_loader *loader, const char *what, struct slice value)
{
    struct position at = { .source = loader->path, .line = loader->line, .column = 1 };
    return error_set(loader->error, ERROR_INTERNAL, &at,
                     "%s \"%.*s\"; make the file anew with "
                     "`comptoirctl edi compile`",
                     what, SLICE_ARGS(value));
}

struct slice directory_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    return slice_cut(rest, ' ');
}

bool directory_part(struct directory_loader *loader, struct slice word, struct directory_part *part)
{
    struct slice rest = word;
    part->name = slice_cut(&rest, '*');
    int64_t repeat = 1;
    if (rest.size && (!slice_integer(rest, &repeat) || repeat < 1 || repeat > UINT32_MAX))
        return directory_wrong(loader, "this is no repeat count:", word);
    part->repeat = (uint32_t)repeat;
    part->mandatory = part->name.size && part->name.data[part->name.size - 1] == '!';
    part->name.size -= part->mandatory;
    return part->name.size > 0 || directory_wrong(loader, "a name is missing in", word);
}

static bool read_format(struct directory_loader *loader, struct slice format,
                        struct directory_element *element)
{
    struct slice rest = format;
    element->format = slice_starts(format, "an")  ? DIRECTORY_ALPHANUMERIC
                      : slice_starts(format, "n") ? DIRECTORY_NUMERIC
                                                  : DIRECTORY_ALPHABETIC;
    size_t letters = slice_starts(format, "an") ? 2 : slice_starts(format, "n") || slice_starts(format, "a");
    rest = (struct slice){ format.data + letters, format.size - letters };
    bool variable = slice_starts(rest, "..");
    if (variable)
        rest = (struct slice){ rest.data + 2, rest.size - 2 };
    int64_t size;
    if (!letters || !slice_integer(rest, &size) || size < 1 || size > UINT16_MAX)
        return directory_wrong(loader, "this is no element format:", format);
    element->most = (uint16_t)size;
    element->least = variable ? 0 : (uint16_t)size;
    return true;
}

static bool element_index(struct slice number, int64_t *index)
{
    return number.size == 4 && slice_integer(number, index) && *index >= 0 && *index < DIRECTORY_ELEMENTS;
}

static enum directory_check check_of(struct slice number)
{
    static const struct {
        char number[5];
        enum directory_check check;
    } rows[] = {
        { "6411", DIRECTORY_CHECK_UNIT },          { "6345", DIRECTORY_CHECK_CURRENCY },
        { "3207", DIRECTORY_CHECK_COUNTRY },       { "2380", DIRECTORY_CHECK_DATE },
        { "0017", DIRECTORY_CHECK_ENVELOPE_DATE }, { "0019", DIRECTORY_CHECK_ENVELOPE_TIME },
        { "0052", DIRECTORY_CHECK_VERSION },       { "0054", DIRECTORY_CHECK_VERSION },
        { "7140", DIRECTORY_CHECK_DIGIT },         { "3039", DIRECTORY_CHECK_DIGIT },
        { "3225", DIRECTORY_CHECK_DIGIT },         { "7402", DIRECTORY_CHECK_DIGIT },
        { "0004", DIRECTORY_CHECK_DIGIT },         { "0010", DIRECTORY_CHECK_DIGIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (slice_is(number, rows[i].number))
            return rows[i].check;
    return DIRECTORY_CHECK_NONE;
}

static bool load_element(struct directory_loader *loader, struct slice rest)
{
    struct slice number = directory_word(&rest);
    int64_t index;
    if (!element_index(number, &index))
        return directory_wrong(loader, "this is no element number:", number);
    struct directory_element *element = ARENA_NEW(loader->arena, struct directory_element);
    element->key = directory_key(number);
    element->check = (uint8_t)check_of(number);
    loader->directory->elements[index] = element;
    return read_format(loader, slice_trim(rest), element);
}

void directory_codes_add(struct directory_codes *codes, struct slice code, struct arena *arena)
{
    if (!codes->slots || codes->count * 2 >= codes->mask) {
        struct directory_codes larger = { .mask = codes->slots ? codes->mask * 2 + 1 : 15 };
        larger.slots = ARENA_ARRAY(arena, larger.mask + 1, uint64_t);
        for (uint32_t i = 0; codes->slots && i <= codes->mask; i++) {
            if (!codes->slots[i])
                continue;
            uint32_t slot = directory_hash(codes->slots[i]) & larger.mask;
            while (larger.slots[slot])
                slot = (slot + 1) & larger.mask;
            larger.slots[slot] = codes->slots[i];
        }
        codes->slots = larger.slots;
        codes->mask = larger.mask;
    }
    uint64_t packed = directory_pack(code);
    uint32_t slot = directory_hash(packed) & codes->mask;
    while (codes->slots[slot] && codes->slots[slot] != packed)
        slot = (slot + 1) & codes->mask;
    codes->count += codes->slots[slot] == 0;
    codes->slots[slot] = packed;
}

static bool load_codes(struct directory_loader *loader, struct slice rest)
{
    struct slice number = directory_word(&rest);
    int64_t index;
    if (!element_index(number, &index) || !loader->directory->elements[index])
        return directory_wrong(loader, "codes of an element that is not defined above:", number);
    struct directory_element *element = loader->directory->elements[index];
    struct directory_codes *codes = ARENA_NEW(loader->arena, struct directory_codes);
    if (element->codes)
        *codes = *element->codes;
    while (rest.size) {
        struct slice code = directory_word(&rest);
        if (!directory_pack(code))
            return directory_wrong(loader, "a code has one to eight characters, not", code);
        directory_codes_add(codes, code, loader->arena);
    }
    element->codes = codes;
    return true;
}

static size_t count_words(struct slice rest)
{
    size_t count = 0;
    for (rest = slice_trim(rest); rest.size; rest = slice_trim(rest)) {
        directory_word(&rest);
        count++;
    }
    return count;
}

static bool read_component(struct directory_loader *loader, struct directory_part part,
                           struct directory_component *component)
{
    int64_t index;
    if (!element_index(part.name, &index) || !loader->directory->elements[index])
        return directory_wrong(loader, "this element is not defined above:", part.name);
    *component = (struct directory_component){ loader->directory->elements[index], part.mandatory };
    return true;
}

static bool load_composite(struct directory_loader *loader, struct slice rest)
{
    struct directory *directory = loader->directory;
    if (directory->composite_count == DIRECTORY_COMPOSITES)
        return directory_wrong(loader, "there are too many composites at", rest);
    struct directory_composite *composite = &directory->composites[directory->composite_count++];
    composite->key = directory_key(directory_word(&rest));
    size_t count = count_words(rest);
    struct directory_component *components = ARENA_ARRAY(loader->arena, count, struct directory_component);
    composite->components = components;
    composite->count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        struct directory_part part;
        if (!directory_part(loader, directory_word(&rest), &part) ||
            !read_component(loader, part, &components[i]))
            return false;
    }
    return true;
}

static bool read_position(struct directory_loader *loader, struct directory_part part, uint16_t number,
                          struct directory_position *position)
{
    *position = (struct directory_position){
        .mandatory = part.mandatory, .repeat = (uint16_t)part.repeat, .element = number, .occurrence = 1
    };
    if (part.repeat > 9999)
        return directory_wrong(loader, "an element cannot repeat that often:", part.name);
    uint32_t key = directory_key(part.name);
    for (size_t i = 0; i < loader->directory->composite_count; i++) {
        const struct directory_composite *composite = &loader->directory->composites[i];
        if (composite->key == key) {
            position->composite = key;
            position->components = composite->components;
            position->component_count = composite->count;
            for (uint16_t k = 0; k < composite->count; k++)
                if (composite->components[k].mandatory)
                    position->required = (uint16_t)(k + 1);
            return true;
        }
    }
    struct directory_component *component = ARENA_NEW(loader->arena, struct directory_component);
    position->components = component;
    position->component_count = 1;
    if (!read_component(loader, part, component))
        return false;
    component->mandatory = part.mandatory;
    position->required = part.mandatory;
    return true;
}

// Repeats laid out one after the other; only the first of a mandatory position is mandatory.
static void expand(struct arena *arena, struct directory_segment *segment)
{
    size_t count = 0;
    for (uint16_t i = 0; i < segment->position_count; i++)
        count += segment->positions[i].repeat;
    segment->expanded = segment->positions;
    segment->expanded_count = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
    if (count == segment->position_count)
        return;
    struct directory_position *expanded =
        ARENA_ARRAY(arena, segment->expanded_count, struct directory_position);
    size_t used = 0;
    for (uint16_t i = 0; i < segment->position_count; i++) {
        for (uint16_t k = 1; k <= segment->positions[i].repeat && used < segment->expanded_count; k++) {
            expanded[used] = segment->positions[i];
            expanded[used].occurrence = k;
            expanded[used].mandatory = segment->positions[i].mandatory && k == 1;
            used++;
        }
    }
    segment->expanded = expanded;
}

static uint16_t last_mandatory(const struct directory_position *positions, size_t count)
{
    while (count && !positions[count - 1].mandatory)
        count--;
    return (uint16_t)count;
}

static bool load_segment(struct directory_loader *loader, struct slice rest)
{
    struct directory *directory = loader->directory;
    struct directory_segment *segment = ARENA_NEW(loader->arena, struct directory_segment);
    struct slice tag = directory_word(&rest);
    segment->key = directory_key(tag);
    if (tag.size != 3 || directory->segment_count * 2 >= DIRECTORY_SEGMENT_SLOTS)
        return directory_wrong(loader, "this segment cannot be taken:", tag);
    size_t count = count_words(rest);
    struct directory_position *positions = ARENA_ARRAY(loader->arena, count, struct directory_position);
    segment->positions = positions;
    segment->position_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        struct directory_part part;
        if (!directory_part(loader, directory_word(&rest), &part) ||
            !read_position(loader, part, (uint16_t)(i + 1), &positions[i]))
            return false;
    }
    expand(loader->arena, segment);
    segment->required = last_mandatory(segment->positions, segment->position_count);
    segment->expanded_required = last_mandatory(segment->expanded, segment->expanded_count);
    uint32_t slot = directory_hash(segment->key) % DIRECTORY_SEGMENT_SLOTS;
    while (directory->segments[slot])
        slot = (slot + 1) % DIRECTORY_SEGMENT_SLOTS;
    directory->segments[slot] = segment;
    directory->segment_count++;
    return true;
}

static bool load_line(struct directory_loader *loader, struct slice line, struct slice *text)
{
    struct slice rest = line, keyword = directory_word(&rest);
    if (slice_is(keyword, "element"))
        return load_element(loader, rest);
    if (slice_is(keyword, "codes"))
        return load_codes(loader, rest);
    if (slice_is(keyword, "composite"))
        return load_composite(loader, rest);
    if (slice_is(keyword, "segment"))
        return load_segment(loader, rest);
    if (slice_is(keyword, "message"))
        return directory_load_message(loader, slice_trim(rest), text);
    if (slice_is(keyword, "directory")) {
        loader->directory->name = arena_string(loader->arena, slice_trim(rest));
        return true;
    }
    return directory_wrong(loader, "this line is not understood:", line);
}

static bool read_file(struct arena *arena, const char *path, struct slice *bytes, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(error, ERROR_INTERNAL, NULL, "could not read \"%s\": %s", path, strerror(errno));
    struct text text = text_in(arena);
    char block[32768];
    size_t size;
    while ((size = fread(block, 1, sizeof block, file)) > 0)
        text_append(&text, (struct slice){ block, size });
    bool failed = ferror(file) != 0;
    fclose(file);
    *bytes = text_slice(&text);
    return !failed || error_set(error, ERROR_INTERNAL, NULL, "could not read \"%s\" to its end", path);
}

bool directory_load(struct directories *directories, const char *path, struct error *error)
{
    struct slice text;
    if (!read_file(directories->arena, path, &text, error))
        return false;
    struct directory_loader loader = { .arena = directories->arena,
                                       .directory = ARENA_NEW(directories->arena, struct directory),
                                       .path = arena_string(directories->arena, slice_of(path)),
                                       .error = error };
    while (text.size) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        loader.line++;
        if (line.size && line.data[0] != '#' && !load_line(&loader, line, &text))
            return false;
    }
    if (!loader.directory->name)
        return directory_wrong(&loader, "the line \"directory NAME\" is missing in", slice_of(path));
    directories->items = arena_grow(directories->arena, directories->items, &directories->capacity,
                                    directories->count + 1, sizeof(struct directory *));
    directories->items[directories->count++] = loader.directory;
    return true;
}

bool directory_load_overlay(struct directories *directories, const char *path, struct error *error)
{
    struct slice text;
    const char *kept = arena_string(directories->arena, slice_of(path));
    struct directory_overlay *overlay = read_file(directories->arena, path, &text, error)
                                            ? overlay_read(kept, text, directories->arena, error)
                                            : NULL;
    if (!overlay)
        return false;
    directories->overlays =
        arena_grow(directories->arena, directories->overlays, &directories->overlay_capacity,
                   directories->overlay_count + 1, sizeof(struct directory_overlay *));
    directories->overlays[directories->overlay_count++] = overlay;
    return true;
}

bool directory_load_units(struct directories *directories, struct directory_codes *codes, const char *path,
                          struct error *error)
{
    struct slice text;
    if (!read_file(directories->arena, path, &text, error))
        return false;
    while (text.size) {
        struct slice line = slice_trim(slice_cut(&text, '\n'));
        while (line.size && line.data[0] != '#') {
            struct slice code = slice_cut(&line, ' ');
            if (directory_pack(code))
                directory_codes_add(codes, code, directories->arena);
        }
    }
    return true;
}

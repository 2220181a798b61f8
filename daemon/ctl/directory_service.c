// SPDX-License-Identifier: Apache-2.0
// Reads service segments and service messages from XML of a flat kind: one tag a line or not, facts in
// attributes (id, type, length, maxlength, required, maxrepeat), no text content. A general XML parser would
// be a door; this runs once, on files that the person at the keyboard has chosen.
#include <stdio.h>

#include "ctl/directory_source.h"

struct tag {
    struct slice name, attributes;
    bool closing, alone; // </name>, <name/>
};

// The next tag, without declarations and comments; false at the end.
static bool next_tag(struct slice *rest, struct tag *tag)
{
    while (rest->size) {
        slice_cut(rest, '<');
        struct slice inside = slice_cut(rest, '>');
        if (inside.size == 0 || inside.data[0] == '?' || inside.data[0] == '!')
            continue;
        *tag = (struct tag){ .closing = inside.data[0] == '/' };
        if (tag->closing)
            inside = (struct slice){ inside.data + 1, inside.size - 1 };
        if (inside.size && inside.data[inside.size - 1] == '/') {
            tag->alone = true;
            inside.size--;
        }
        tag->name = slice_cut(&inside, ' ');
        tag->attributes = inside;
        return true;
    }
    return false;
}

static struct slice attribute(const struct tag *tag, const char *name)
{
    struct slice rest = tag->attributes;
    while (rest.size) {
        struct slice key = slice_trim(slice_cut(&rest, '='));
        slice_cut(&rest, '"');
        struct slice value = slice_cut(&rest, '"');
        if (slice_is(key, name))
            return value;
    }
    return (struct slice){ 0 };
}

static uint32_t number(const struct tag *tag, const char *name, uint32_t fallback)
{
    int64_t value;
    return slice_integer(attribute(tag, name), &value) && value > 0 && value < UINT32_MAX ? (uint32_t)value
                                                                                          : fallback;
}

static struct source_part part_of(const struct tag *tag)
{
    return (struct source_part){ .name = attribute(tag, "id"),
                                 .mandatory = slice_is(attribute(tag, "required"), "true"),
                                 .repeat = number(tag, "maxrepeat", 1) };
}

// An element may be defined in many places, always alike.
static bool add_element(struct source *source, const struct tag *tag, struct error *error)
{
    struct slice id = attribute(tag, "id"), length = attribute(tag, "length");
    struct slice format =
        arena_printf(source->arena, "%.*s%s%.*s", SLICE_ARGS(attribute(tag, "type")), length.size ? "" : "..",
                     SLICE_ARGS(length.size ? length : attribute(tag, "maxlength")));
    struct source_thing *element = source_find(&source->elements, id);
    if (!element)
        element = source_add(source, &source->elements, id);
    if (!element->format.size)
        element->format = format;
    if (!slice_equal(element->format, format))
        return error_set(error, ERROR_INVALID, NULL,
                         "service element %.*s is \"%.*s\" in one place and \"%.*s\" in "
                         "another",
                         SLICE_ARGS(id), SLICE_ARGS(element->format), SLICE_ARGS(format));
    return true;
}

// ISO 9735 version 4 has in UNH, in front of the scenario, the implementation guideline (S017), which the XML
// leaves out.
static void add_guideline(struct source *source)
{
    static const struct {
        const char *number, *format;
        bool mandatory;
    } parts[] = { { "0121", "an..14", true },
                  { "0122", "an..3", false },
                  { "0124", "an..3", false },
                  { "0051", "an..3", false } };
    struct slice name = SLICE("S017");
    if (source_find(&source->composites, name))
        return;
    struct source_thing *composite = source_add(source, &source->composites, name);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct slice number = slice_of(parts[i].number);
        struct source_thing *element = source_find(&source->elements, number);
        if (!element) {
            element = source_add(source, &source->elements, number);
            element->format = slice_of(parts[i].format);
        }
        source_add_part(source, composite,
                        (struct source_part){ .name = number, .mandatory = parts[i].mandatory, .repeat = 1 });
    }
    source_add_part(source, source_find(&source->segments, SLICE("UNH")),
                    (struct source_part){ .name = name, .repeat = 1 });
    source->position_count++;
}

static bool read_segments(struct source *source, struct slice text, struct error *error)
{
    struct tag tag;
    struct slice segment = { 0 }, composite = { 0 };
    bool first_time = false;
    while (next_tag(&text, &tag)) {
        if (slice_is(tag.name, "segment")) {
            segment = tag.closing ? (struct slice){ 0 } : attribute(&tag, "id");
            if (!tag.closing)
                source_add(source, &source->segments, segment);
        } else if (slice_is(tag.name, "composite_data_element") && tag.closing) {
            composite = (struct slice){ 0 };
        } else if (slice_is(tag.name, "composite_data_element")) {
            composite = attribute(&tag, "id");
            if (slice_is(segment, "UNH") && slice_is(composite, "S018"))
                add_guideline(source);
            source_add_part(source, source_find(&source->segments, segment), part_of(&tag));
            source->position_count++;
            first_time = !source_find(&source->composites, composite);
            if (first_time)
                source_add(source, &source->composites, composite);
        } else if (slice_is(tag.name, "data_element") && !tag.closing && segment.size) {
            if (!add_element(source, &tag, error))
                return false;
            if (composite.size && first_time)
                source_add_part(source, source_find(&source->composites, composite), part_of(&tag));
            else if (!composite.size)
                source_add_part(source, source_find(&source->segments, segment), part_of(&tag));
            source->position_count += !composite.size;
        }
    }
    return true;
}

static void read_message(struct source *source, struct slice text)
{
    struct tag tag;
    struct source_message *message = source_add_message(source, SLICE("CONTRL"));
    while (next_tag(&text, &tag)) {
        bool group = slice_is(tag.name, "group");
        if (!group && !slice_is(tag.name, "segment"))
            continue;
        if (tag.closing) {
            message->lines[message->count - 1].closes += group;
            continue;
        }
        struct source_part part = part_of(&tag);
        source_add_line(
            source, message,
            (struct source_line){
                .name = part.name, .group = group, .mandatory = part.mandatory, .repeat = part.repeat });
    }
}

static void read_codes(struct source *source, struct slice text)
{
    struct tag tag;
    struct source_thing *element = NULL;
    while (next_tag(&text, &tag)) {
        if (slice_is(tag.name, "data_element")) {
            element = tag.closing ? NULL : source_find(&source->elements, attribute(&tag, "id"));
            source->list_count += element != NULL;
        } else if (slice_is(tag.name, "code") && element) {
            source_add_code(source, element, attribute(&tag, "id"));
            source->code_count++;
        }
    }
}

bool source_read_service(struct source *source, const char *folder, unsigned version, const char *codes,
                         struct error *error)
{
    char path[4096];
    struct slice text;
    snprintf(path, sizeof path, "%s/Service_V%u/segments.xml", folder, version);
    if (!source_file(source, path, &text, error) || !read_segments(source, text, error))
        return false;
    snprintf(path, sizeof path, "%s/Service_V%u/messages/contrl.xml", folder, version);
    if (!source_file(source, path, &text, error))
        return false;
    read_message(source, text);
    if (!codes)
        return true;
    if (!source_file(source, codes, &text, error))
        return false;
    if (slice_starts(slice_trim(text), "<"))
        read_codes(source, text);
    else
        return source_read_codes(source, text, codes, error);
    return true;
}

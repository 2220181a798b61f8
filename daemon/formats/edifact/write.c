// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/write.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/document.h"

struct writer {
    const struct edifact_envelope *envelope;
    const struct directory *directory;
    struct text *text;
    struct error *error;
    uint8_t syntax;
    char decimal, repetition;
    size_t segments; // of the current message
    // The segment being written: separators owed before the next value, and what it is for error messages.
    struct slice tag;
    unsigned element, occurrence, component;
};

static bool is_mark(const struct writer *writer, char c)
{
    return c == ':' || c == '+' || c == '?' || c == '\'' || (writer->repetition && c == writer->repetition);
}

static bool wrong_value(struct writer *writer, struct slice value, const char *why)
{
    struct slice shown = { value.data, value.size < 60 ? value.size : 60 };
    return error_set(writer->error, ERROR_INVALID, NULL, "cannot write \"%.*s\" as %.*s %u.%u: %s",
                     SLICE_ARGS(shown), SLICE_ARGS(writer->tag), writer->element, writer->component, why);
}

static bool holds_control(struct slice value)
{
    for (size_t i = 0; i < value.size; i++)
        if ((unsigned char)value.data[i] < 0x20 || value.data[i] == 0x7F)
            return true;
    return false;
}

// The value with spaces for control characters, which no level has.
static struct slice without_controls(struct writer *writer, struct slice value)
{
    struct slice copy = arena_copy(writer->text->arena, value);
    char *data = (char *)copy.data;
    for (size_t i = 0; i < copy.size; i++)
        if ((unsigned char)data[i] < 0x20 || data[i] == 0x7F)
            data[i] = ' ';
    return copy;
}

static bool append_value(struct writer *writer, struct slice value, bool numeric)
{
    struct slice bytes;
    bool replace = writer->envelope->replace_characters;
    if (holds_control(value) && !replace)
        return wrong_value(writer, value, "it holds a line break or another control character");
    if (holds_control(value))
        value = without_controls(writer, value);
    if (!edifact_from_utf8(writer->envelope->charset, value, writer->text->arena, &bytes) && !replace)
        return wrong_value(
            writer, value,
            "the character set of the interchange lacks a character of it; set another one for "
            "the partner, or let characters be replaced");
    for (size_t i = 0; i < bytes.size; i++) {
        char c = numeric && bytes.data[i] == '.' && writer->decimal == ',' ? ',' : bytes.data[i];
        if (is_mark(writer, c))
            text_append_char(writer->text, '?');
        text_append_char(writer->text, c);
    }
    return true;
}

static void begin_segment(struct writer *writer, struct slice tag)
{
    text_append(writer->text, tag);
    writer->tag = tag;
    writer->element = 0;
    writer->occurrence = writer->component = 1;
    writer->segments++;
}

static void end_segment(struct writer *writer)
{
    text_append_char(writer->text, '\'');
    if (writer->envelope->line_breaks)
        text_append_char(writer->text, '\n');
}

// Writes the separators up to a place, then the value. Places must come in order; empty values are left out,
// so that no separator stands at the end of anything.
static bool put(struct writer *writer, unsigned element, unsigned occurrence, unsigned component,
                struct slice value, bool numeric)
{
    if (value.size == 0)
        return true;
    for (; writer->element < element; writer->element++) {
        text_append_char(writer->text, '+');
        writer->occurrence = writer->component = 1;
    }
    for (; writer->occurrence < occurrence; writer->occurrence++) {
        text_append_char(writer->text, writer->repetition);
        writer->component = 1;
    }
    for (; writer->component < component; writer->component++)
        text_append_char(writer->text, ':');
    return append_value(writer, value, numeric);
}

static bool put_first(struct writer *writer, unsigned element, struct slice value)
{
    return put(writer, element, 1, 1, value, false);
}

// A value with the place it takes in the data.
struct placed {
    unsigned element, occurrence, component;
    const struct node_value *value;
    bool numeric;
};

static int by_place(const void *left, const void *right)
{
    const struct placed *a = left, *b = right;
    if (a->element != b->element)
        return a->element < b->element ? -1 : 1;
    if (a->occurrence != b->occurrence)
        return a->occurrence < b->occurrence ? -1 : 1;
    return a->component < b->component ? -1 : a->component > b->component;
}

// Later directories have made quantities (6060) and measurements (6314) alphanumeric; they are numbers all
// the same.
static bool is_numeric(const struct directory_element *element, struct slice value)
{
    static const uint32_t quantity = '6' << 24 | '0' << 16 | '6' << 8 | '0';
    static const uint32_t measurement = '6' << 24 | '3' << 16 | '1' << 8 | '4';
    if (element->format == DIRECTORY_NUMERIC)
        return true;
    int64_t number;
    return (element->key == quantity || element->key == measurement) && decimal_parse(value, '.', 9, &number);
}

// Node values are numbered as the directory has it; versions 1 to 3 lay repeats out one after the other.
static bool place(struct writer *writer, const struct directory_segment *segment,
                  const struct node_value *value, struct placed *placed)
{
    *placed = (struct placed){ value->element, value->occurrence ? value->occurrence : 1u, value->component,
                               value, false };
    writer->element = value->element;
    writer->component = value->component;
    if (value->element == 0 || value->component == 0)
        return wrong_value(writer, value->text, "its place is not set");
    const struct directory_position *position =
        segment && value->element <= segment->position_count ? &segment->positions[value->element - 1] : NULL;
    if (position && value->component <= position->component_count)
        placed->numeric = is_numeric(position->components[value->component - 1].element, value->text);
    unsigned repeat = position ? position->repeat : 1;
    if (placed->occurrence > repeat && (position || writer->syntax != 4))
        return wrong_value(writer, value->text, "the element does not repeat that often");
    if (writer->syntax == 4)
        return true;
    for (unsigned i = 0; segment && i + 1 < value->element && i < segment->position_count; i++)
        placed->element += segment->positions[i].repeat - 1u;
    placed->element += placed->occurrence - 1;
    placed->occurrence = 1;
    return true;
}

static bool write_segment(struct writer *writer, const struct node *node)
{
    const struct directory_segment *segment =
        writer->directory ? directory_segment(writer->directory, node->name) : NULL;
    struct placed *placed = ARENA_ARRAY(writer->text->arena, node->value_count + 1, struct placed);
    size_t count = 0;
    writer->tag = node->name;
    for (size_t i = 0; i < node->value_count; i++) {
        if (node->values[i].text.size == 0)
            continue;
        if (!place(writer, segment, &node->values[i], &placed[count++]))
            return false;
    }
    if (count == 0)
        return true; // nothing to say
    qsort(placed, count, sizeof *placed, by_place);
    begin_segment(writer, node->name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && by_place(&placed[i - 1], &placed[i]) == 0)
            return wrong_value(writer, placed[i].value->text, "another value has the same place");
        if (!put(writer, placed[i].element, placed[i].occurrence, placed[i].component, placed[i].value->text,
                 placed[i].numeric))
            return false;
    }
    end_segment(writer);
    return true;
}

static bool is_group(const struct node *node)
{
    return node->first || (slice_starts(node->name, "SG") && node->name.size > 2 &&
                           node->name.data[2] >= '0' && node->name.data[2] <= '9');
}

// Segments of a tree in its order, without recursion: a tree may come from anywhere.
static bool write_tree(struct writer *writer, const struct node *root)
{
    const struct node *node = root->first;
    while (node) {
        bool envelope = slice_is(node->name, "UNH") || slice_is(node->name, "UNT");
        if (!envelope && !is_group(node) && !write_segment(writer, node))
            return false;
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node && !node->next)
            node = node->parent == root ? NULL : node->parent;
        node = node ? node->next : NULL;
    }
    return true;
}

static struct slice figure(struct writer *writer, size_t value)
{
    return arena_printf(writer->text->arena, "%zu", value);
}

static bool write_message(struct writer *writer, const struct edifact_message_header *header,
                          const struct node *message, size_t number)
{
    struct slice reference = header->reference.size ? header->reference : figure(writer, number);
    writer->segments = 0;
    begin_segment(writer, SLICE("UNH"));
    if (!put_first(writer, 1, reference) ||
        !put(writer, 2, 1, 1, header->type.size ? header->type : message->name, false) ||
        !put(writer, 2, 1, 2, header->version, false) || !put(writer, 2, 1, 3, header->release, false) ||
        !put(writer, 2, 1, 4, header->agency, false) || !put(writer, 2, 1, 5, header->association, false) ||
        !put_first(writer, 3, header->access))
        return false;
    end_segment(writer);
    if (!write_tree(writer, message))
        return false;
    begin_segment(writer, SLICE("UNT"));
    if (!put_first(writer, 1, figure(writer, writer->segments)) || !put_first(writer, 2, reference))
        return false;
    end_segment(writer);
    return true;
}

static bool put_party(struct writer *writer, unsigned element, const struct edifact_party *party)
{
    return put(writer, element, 1, 1, party->identity, false) &&
           put(writer, element, 1, 2, party->qualifier, false) &&
           put(writer, element, 1, 3, party->internal, false);
}

static bool put_time(struct writer *writer, unsigned element)
{
    int64_t seconds = writer->envelope->time_us / 1000000 % 86400;
    int year, month, day;
    date_to_civil(instant_date(writer->envelope->time_us), &year, &month, &day);
    struct arena *arena = writer->text->arena;
    struct slice date = writer->syntax == 4 ? arena_printf(arena, "%04d%02d%02d", year, month, day)
                                            : arena_printf(arena, "%02d%02d%02d", year % 100, month, day);
    struct slice time = arena_printf(arena, "%02d%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    return put(writer, element, 1, 1, date, false) && put(writer, element, 1, 2, time, false);
}

static bool write_unb(struct writer *writer)
{
    const struct edifact_envelope *envelope = writer->envelope;
    if (envelope->una || writer->decimal == ',') {
        text_printf(writer->text, "UNA:+%c?%c'", writer->decimal,
                    writer->repetition ? writer->repetition : ' ');
        if (envelope->line_breaks)
            text_append_char(writer->text, '\n');
    }
    begin_segment(writer, SLICE("UNB"));
    if (!put(writer, 1, 1, 1, slice_of(edifact_charset_name(envelope->charset)), false) ||
        !put(writer, 1, 1, 2, figure(writer, writer->syntax), false) ||
        !put_party(writer, 2, &envelope->sender) || !put_party(writer, 3, &envelope->receiver) ||
        !put_time(writer, 4) || !put_first(writer, 5, envelope->reference) ||
        !put_first(writer, 7, envelope->application) ||
        (envelope->acknowledge && !put_first(writer, 9, SLICE("1"))) ||
        (envelope->test && !put_first(writer, 11, SLICE("1"))))
        return false;
    end_segment(writer);
    return true;
}

static bool write_all(struct writer *writer, const struct edifact_message_header *headers,
                      struct node *const *messages, size_t count)
{
    if (!write_unb(writer))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!write_message(writer, &headers[i], messages[i], i + 1))
            return false;
    begin_segment(writer, SLICE("UNZ"));
    if (!put_first(writer, 1, figure(writer, count)) || !put_first(writer, 2, writer->envelope->reference))
        return false;
    end_segment(writer);
    return true;
}

bool edifact_write(const struct edifact_envelope *envelope, const struct edifact_message_header *headers,
                   struct node *const *messages, size_t count, const struct directory *directory,
                   struct text *text, struct error *error)
{
    struct writer writer = { .envelope = envelope,
                             .directory = directory,
                             .text = text,
                             .error = error,
                             .syntax = envelope->syntax ? envelope->syntax : 3,
                             .decimal = envelope->decimal ? envelope->decimal : '.' };
    size_t before = text->size;
    if (writer.syntax > 4)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "cannot write EDIFACT syntax version %u: there are 1 to 4", writer.syntax);
    if (!envelope->reference.size || !envelope->sender.identity.size || !envelope->receiver.identity.size)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "cannot write an interchange without %s: set it in the partner's file",
                         !envelope->reference.size         ? "a control reference"
                         : !envelope->sender.identity.size ? "our identity"
                                                           : "the partner's identity");
    writer.repetition = writer.syntax == 4 ? '*' : '\0';
    if (write_all(&writer, headers, messages, count))
        return true;
    text->size = before;
    return false;
}

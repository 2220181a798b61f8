// SPDX-License-Identifier: Apache-2.0
// Reads the text files in which the UN publishes a directory: code page 437, fixed columns, change marks in
// the margin, names that run over several lines, group trees drawn with box characters.
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "ctl/directory_source.h"

// Box characters of code page 437 that the files use.
enum { BOX_LINE = 0xC4, BOX_CLOSE = 0xD9, BOX_CLOSE_AND = 0xC1 };

static struct slice next_line(struct slice *rest)
{
    struct slice line = slice_cut(rest, '\n');
    while (line.size && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' '))
        line.size--;
    return line;
}

static bool is_rule(struct slice line)
{
    return line.size > 40 && (unsigned char)line.data[0] == BOX_LINE &&
           (unsigned char)line.data[1] == BOX_LINE;
}

static struct slice next_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    size_t size = 0;
    while (size < rest->size && rest->data[size] != ' ' && rest->data[size] != '\t')
        size++;
    struct slice word = { rest->data, size };
    *rest = (struct slice){ rest->data + size, rest->size - size };
    return word;
}

static struct slice last_word(struct slice *rest)
{
    *rest = slice_trim(*rest);
    size_t start = rest->size;
    while (start && rest->data[start - 1] != ' ')
        start--;
    struct slice word = { rest->data + start, rest->size - start };
    rest->size = start;
    return word;
}

static bool all(struct slice word, int (*is)(int))
{
    for (size_t i = 0; i < word.size; i++)
        if (!is((unsigned char)word.data[i]))
            return false;
    return word.size > 0;
}

// Change marks stand alone or in pairs ("*|").
static bool is_mark(struct slice word)
{
    for (size_t i = 0; i < word.size; i++)
        if (!memchr("+*#|X-", word.data[i], 6))
            return false;
    return word.size > 0 && word.size <= 3;
}

// The next word that is no change mark.
static struct slice next_unmarked(struct slice *rest)
{
    struct slice word = next_word(rest);
    while (is_mark(word))
        word = next_word(rest);
    return word;
}

static bool is_element(struct slice word)
{
    return word.size == 4 && all(word, isdigit);
}

static bool is_composite(struct slice word)
{
    return word.size == 4 && (word.data[0] == 'C' || word.data[0] == 'S' || word.data[0] == 'E') &&
           all((struct slice){ word.data + 1, 3 }, isdigit);
}

static bool is_tag(struct slice word)
{
    return word.size == 3 && all(word, isupper);
}

static bool is_format(struct slice word)
{
    size_t letters = slice_starts(word, "an")                             ? 2
                     : slice_starts(word, "a") || slice_starts(word, "n") ? 1
                                                                          : 0;
    struct slice figures = { word.data + letters, word.size - letters };
    if (letters && slice_starts(figures, ".."))
        figures = (struct slice){ figures.data + 2, figures.size - 2 };
    return letters && all(figures, isdigit);
}

// Takes "M", "C 5" or "C 1 an..35" off the end of a line; false where the line has none (its name goes on).
static bool take_status(struct slice *line, struct source_part *part, struct slice *format)
{
    struct slice rest = *line, word = last_word(&rest);
    *format = (struct slice){ 0 };
    part->repeat = 1;
    if (is_format(word)) {
        *format = word;
        word = last_word(&rest);
    }
    int64_t repeat;
    if (all(word, isdigit) && slice_integer(word, &repeat)) {
        part->repeat = (uint32_t)repeat;
        word = last_word(&rest);
    }
    if (!slice_is(word, "M") && !slice_is(word, "C"))
        return false;
    part->mandatory = slice_is(word, "M");
    return true;
}

// A line that begins a part: its number, then name and status. Whether the position number stands before it
// tells segments' positions from the components listed below them.
static bool read_part(struct slice line, struct slice *rest, bool *numbered, struct source_part *part)
{
    struct slice words = line;
    struct slice word = next_unmarked(&words);
    *numbered = word.size == 3 && all(word, isdigit) && line.data[0] != ' ';
    if (*numbered)
        word = next_unmarked(&words);
    if (!is_element(word) && !is_composite(word))
        return false;
    part->name = word;
    struct slice format;
    while (!take_status(&words, part, &format)) {
        if (slice_empty(*rest))
            return false;
        words = next_line(rest);
        if (slice_empty(words))
            return false;
    }
    return true;
}

// Segments or composites: a rule, a heading with the tag, then the parts.
static void read_things(struct source *source, struct slice text, bool segments)
{
    struct source_thing *thing = NULL;
    struct source_things *things = segments ? &source->segments : &source->composites;
    bool heading = false;
    while (text.size) {
        struct slice line = next_line(&text), words = line;
        if (is_rule(line)) {
            heading = true;
            thing = NULL;
        } else if (heading && line.size) {
            struct slice word = next_unmarked(&words);
            heading = false;
            if (segments ? is_tag(word) : is_composite(word))
                thing = source_add(source, things, word);
        } else if (thing && line.size) {
            struct source_part part;
            bool numbered;
            if (read_part(line, &text, &numbered, &part) && numbered) {
                source_add_part(source, thing, part);
                source->position_count += segments;
            }
        }
    }
}

static void read_elements(struct source *source, struct slice text)
{
    struct source_thing *element = NULL;
    bool heading = false;
    while (text.size) {
        struct slice line = next_line(&text), words = line;
        struct slice word = next_unmarked(&words);
        if (is_rule(line)) {
            heading = true;
        } else if (heading && word.size) {
            heading = false;
            element = is_element(word) ? source_add(source, &source->elements, word) : NULL;
        } else if (element && slice_is(word, "Repr:") && !element->format.size) {
            // "a 3" and "an..3" both occur.
            struct slice kind = next_word(&words), size = next_word(&words);
            element->format = arena_printf(source->arena, "%.*s%.*s", SLICE_ARGS(kind), SLICE_ARGS(size));
        }
    }
}

// A code stands left of the column where names begin; names, their second lines and explanations stand
// further right. The column differs between the generations of files, so it is found from "Repr:" and the
// first code.
static bool take_code(struct slice line, size_t column, struct slice *code)
{
    if (line.size <= column || (unsigned char)line.data[0] >= 0x80)
        return false;
    struct slice field = slice_trim((struct slice){ line.data + 1, column - 1 });
    struct slice word = next_word(&field);
    if (is_mark(word) && field.size)
        word = next_word(&field);
    if (word.size == 0 || field.size || word.data[word.size - 1] == ':')
        return false;
    *code = word;
    return true;
}

// Where names begin: 10 in files to D.97 or so, 11 from then on, when the explanations stand three further
// in.
static size_t name_column(struct slice text)
{
    while (text.size) {
        struct slice line = next_line(&text);
        if (slice_starts(slice_trim(line), "Repr:"))
            return line.data[4] == ' ' && line.data[5] == 'R' ? 11 : 10;
    }
    return 10;
}

bool source_read_codes(struct source *source, struct slice text, const char *path, struct error *error)
{
    struct source_thing *element = NULL;
    size_t column = name_column(text);
    bool heading = false, listing = false;
    while (text.size) {
        struct slice line = next_line(&text), words = line;
        struct slice word = next_unmarked(&words), code;
        if (is_rule(line)) {
            heading = true;
            listing = false;
            element = NULL;
        } else if (heading && word.size) {
            heading = false;
            if (!is_element(word))
                continue;
            element = source_find(&source->elements, word);
            source->list_count += element != NULL;
        } else if (element && slice_is(word, "Repr:")) {
            listing = true;
            if (!element->format.size) {
                struct slice kind = next_word(&words), size = next_word(&words);
                element->format = arena_printf(source->arena, "%.*s%.*s", SLICE_ARGS(kind), SLICE_ARGS(size));
            }
        } else if (listing && slice_is(word, "Note:")) {
            // A note goes on to the next empty line.
            while (text.size && next_line(&text).size) {
            }
        } else if (listing && take_code(line, column, &code)) {
            source_add_code(source, element, code);
            source->code_count++;
        }
    }
    if (source->code_count == 0)
        return error_set(error, ERROR_INVALID, NULL, "\"%s\" holds no code values", path);
    return true;
}

// Takes the tree's lines off the end and counts the groups that end there.
static unsigned take_closes(struct slice *line)
{
    unsigned closes = 0;
    while (line->size &&
           ((unsigned char)line->data[line->size - 1] >= 0x80 || line->data[line->size - 1] == ' ')) {
        unsigned char c = (unsigned char)line->data[--line->size];
        closes += c == BOX_CLOSE || c == BOX_CLOSE_AND;
    }
    return closes;
}

static bool read_table_line(struct source *source, struct source_message *message, struct slice line,
                            struct slice *rest)
{
    struct slice words = line;
    struct source_line entry = { .repeat = 1 };
    struct source_part status;
    struct slice format;
    struct slice position = next_word(&words);
    if (position.size < 4 || position.size > 5 || !all(position, isdigit))
        return false;
    entry.closes = take_closes(&words);
    struct slice word = next_unmarked(&words);
    if (word.size && (unsigned char)word.data[0] == BOX_LINE) {
        if (!slice_is(next_word(&words), "Segment") || !slice_is(next_word(&words), "group"))
            return false;
        entry.group = true;
        struct slice number = next_word(&words);
        entry.name = arena_printf(source->arena, "SG%.*s", SLICE_ARGS(number));
    } else if (is_tag(word)) {
        entry.name = word;
    } else {
        return false;
    }
    while (!take_status(&words, &status, &format)) {
        if (slice_empty(*rest))
            return false;
        words = next_line(rest);
        entry.closes += take_closes(&words);
    }
    entry.mandatory = status.mandatory;
    entry.repeat = status.repeat;
    source_add_line(source, message, entry);
    return true;
}

// The table stands last in the file; explanations before it have lines that look nearly alike, without
// status.
static bool read_message(struct source *source, const char *path, struct slice type, struct error *error)
{
    struct slice text;
    if (!source_file(source, path, &text, error))
        return false;
    struct slice table = { 0 };
    for (struct slice rest = text; rest.size;) {
        struct slice line = slice_trim(next_line(&rest));
        if (line.size > 14 &&
            slice_equal_nocase((struct slice){ line.data + line.size - 13, 13 }, SLICE("Segment table")))
            table = rest;
    }
    struct source_message *message = source_add_message(source, type);
    while (table.size) {
        struct slice line = next_line(&table);
        read_table_line(source, message, line, &table);
    }
    if (message->count < 3 || !slice_is(message->lines[0].name, "UNH"))
        return error_set(error, ERROR_INVALID, NULL, "\"%s\" has no segment table that begins with UNH",
                         path);
    return true;
}

struct folder_walk {
    struct source *source;
    struct slice segments, composites, elements, codes[2];
    struct error *error;
};

static bool take_file(struct folder_walk *walk, const char *path, const char *name)
{
    struct source *source = walk->source;
    if (strncasecmp(name, "TRSD.", 5) == 0 || strncasecmp(name, "EDSD.", 5) == 0)
        return source_file(source, path, &walk->segments, walk->error);
    if (strncasecmp(name, "TRCD.", 5) == 0 || strncasecmp(name, "EDCD.", 5) == 0)
        return source_file(source, path, &walk->composites, walk->error);
    if (strncasecmp(name, "TRED.", 5) == 0 || strncasecmp(name, "EDED.", 5) == 0)
        return source_file(source, path, &walk->elements, walk->error);
    if (strncasecmp(name, "UNCL.", 5) == 0 || strncasecmp(name, "UNCL-1.", 7) == 0)
        return source_file(source, path, &walk->codes[0], walk->error);
    if (strncasecmp(name, "UNCL-2.", 7) == 0)
        return source_file(source, path, &walk->codes[1], walk->error);
    if (strlen(name) > 9 && name[6] == '_' && name[8] == '.' && all((struct slice){ name, 6 }, isupper))
        return read_message(source, path, (struct slice){ name, 6 }, walk->error);
    return true;
}

static bool walk_folder(struct folder_walk *walk, const char *folder, unsigned depth)
{
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);
    if (count < 0)
        return error_set(walk->error, ERROR_INTERNAL, NULL, "could not list the folder \"%s\"", folder);
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        char *path =
            arena_string(walk->source->arena, arena_printf(walk->source->arena, "%s/%s", folder, name));
        DIR *inner = name[0] != '.' && depth < 2 ? opendir(path) : NULL;
        if (inner) {
            closedir(inner);
            good = good && walk_folder(walk, path, depth + 1);
        } else if (name[0] != '.') {
            good = good && take_file(walk, path, name);
        }
        free(names[i]);
    }
    free(names);
    return good;
}

bool source_read_text(struct source *source, const char *folder, struct error *error)
{
    struct folder_walk walk = { .source = source, .error = error };
    if (!walk_folder(&walk, folder, 0))
        return false;
    if (!walk.segments.size || !walk.composites.size || !walk.elements.size || !walk.codes[0].size)
        return error_set(
            error, ERROR_INVALID, NULL,
            "\"%s\" is no UN directory: it lacks the %s file; give the folder that holds EDSD, EDCD, "
            "EDED, UNCL (or TRSD, TRCD, TRED, UNCL-1) and the messages",
            folder,
            !walk.segments.size     ? "segment (EDSD or TRSD)"
            : !walk.composites.size ? "composite (EDCD or TRCD)"
            : !walk.elements.size   ? "element (EDED or TRED)"
                                    : "code list (UNCL)");
    read_things(source, walk.segments, true);
    read_things(source, walk.composites, false);
    read_elements(source, walk.elements);
    // The second file goes on where the first ends, in the middle of a list if need be.
    struct text codes = text_in(source->arena);
    text_append(&codes, walk.codes[0]);
    text_append(&codes, walk.codes[1]);
    return source_read_codes(source, text_slice(&codes), folder, error);
}

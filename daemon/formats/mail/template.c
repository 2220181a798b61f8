// SPDX-License-Identifier: Apache-2.0
#include "formats/mail/template.h"

#include "base/text.h"
#include "formats/mail/figures.h"

enum { MOST_DEPTH = 16 };

// A template is a row of parts. A section knows the part behind its end.
enum part_kind { PART_TEXT, PART_FIELD, PART_SECTION, PART_INVERTED, PART_END };
struct part {
    enum part_kind kind;
    struct slice text; // literal text, or the field's name
    size_t end;        // of a section: the index of its PART_END
};

struct template
{
    struct part *parts;
    size_t count, capacity;
    size_t body; // index of the first part of the text; those before it are the subject's
};

struct parser {
    struct arena *arena;
    struct template *template;
    const char *file;
    const char *const *fields;
    struct slice text; // still to be read
    uint32_t line;
    bool fresh;              // nothing but sections' marks stands on the line so far
    size_t open[MOST_DEPTH]; // sections that are not closed yet
    size_t depth;
    struct error *error;
};

static bool fail(struct parser *parser, const char *problem, struct slice name)
{
    const struct position at = { .source = parser->file, .line = parser->line };
    return error_set(parser->error, ERROR_INVALID, &at, "%s{{%.*s}}", problem, SLICE_ARGS(name));
}

static void add(struct parser *parser, enum part_kind kind, struct slice text)
{
    struct template *template = parser->template;
    template->parts = arena_grow(parser->arena, template->parts, &template->capacity, template->count + 1,
                                 sizeof *template->parts);
    template->parts[template->count++] = (struct part){ .kind = kind, .text = text };
}

static void add_text(struct parser *parser, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        parser->line += text.data[i] == '\n';
    if (slice_empty(text))
        return;
    add(parser, PART_TEXT, text);
    parser->fresh = text.data[text.size - 1] == '\n';
}

static bool known(const struct parser *parser, struct slice name)
{
    if (!parser->fields)
        return true;
    for (const char *const *field = parser->fields; *field; field++)
        if (slice_is(name, *field))
            return true;
    return false;
}

static bool open_section(struct parser *parser, enum part_kind kind, struct slice name)
{
    if (parser->depth == MOST_DEPTH)
        return fail(parser, "sections lie too deep in one another at ", name);
    if (!known(parser, name))
        return fail(parser, "the document has no such field: ", name);
    parser->open[parser->depth++] = parser->template->count;
    add(parser, kind, name);
    return true;
}

static bool close_section(struct parser *parser, struct slice name)
{
    struct template *template = parser->template;
    if (parser->depth == 0)
        return fail(parser, "nothing is open that this could close: ", name);
    struct part *section = &template->parts[parser->open[--parser->depth]];
    if (!slice_equal(section->text, name))
        return fail(parser, "another section has to be closed before ", name);
    section->end = template->count;
    add(parser, PART_END, name);
    return true;
}

// Where a section's mark stands alone on its line, the line's end belongs to the mark.
static void skip_line_end(struct parser *parser)
{
    if (!parser->fresh || slice_empty(parser->text) || parser->text.data[0] != '\n')
        return;
    parser->text.data++;
    parser->text.size--;
    parser->line++;
}

static bool parse_mark(struct parser *parser, struct slice mark)
{
    char sign = mark.size ? mark.data[0] : '\0';
    struct slice name = { mark.data + 1, mark.size ? mark.size - 1 : 0 };
    bool good = true;
    switch (sign) {
    case '#':
    case '^':
        good = open_section(parser, sign == '#' ? PART_SECTION : PART_INVERTED, name);
        break;
    case '/':
        good = close_section(parser, name);
        break;
    default:
        if (!known(parser, mark))
            return fail(parser, "the document has no such field: ", mark);
        add(parser, PART_FIELD, mark);
        parser->fresh = false;
        return true;
    }
    skip_line_end(parser);
    return good;
}

static bool parse(struct parser *parser)
{
    parser->fresh = true;
    while (!slice_empty(parser->text)) {
        const char *start = parser->text.data;
        const char *open = memmem(start, parser->text.size, "{{", 2);
        if (!open) {
            add_text(parser, parser->text);
            break;
        }
        add_text(parser, (struct slice){ start, (size_t)(open - start) });
        size_t left = parser->text.size - (size_t)(open + 2 - start);
        const char *close = memmem(open + 2, left, "}}", 2);
        if (!close)
            return fail(parser, "a mark is not closed: ", (struct slice){ open + 2, left < 20 ? left : 20 });
        parser->text = (struct slice){ close + 2, left - (size_t)(close + 2 - (open + 2)) };
        if (!parse_mark(parser, (struct slice){ open + 2, (size_t)(close - open - 2) }))
            return false;
    }
    return parser->depth == 0 || fail(parser, "this section is not closed: ",
                                      parser->template->parts[parser->open[parser->depth - 1]].text);
}

const struct template *template_parse(struct arena *arena, const char *file, struct slice text,
                                      const char *const *fields, struct error *error)
{
    static const char head[] = "Subject: ";
    struct parser parser = { .arena = arena,
                             .template = ARENA_NEW(arena, struct template),
                             .file = file,
                             .fields = fields,
                             .line = 1,
                             .error = error };
    struct slice rest = text, subject = slice_cut(&rest, '\n'), empty = slice_cut(&rest, '\n');
    if (!slice_starts(subject, head) || empty.size) {
        const struct position at = { .source = file, .line = 1 };
        error_set(error, ERROR_INVALID, &at,
                  "a mail template begins with a line 'Subject: ...' and an empty one");
        return NULL;
    }
    parser.text = (struct slice){ subject.data + sizeof head - 1, subject.size - (sizeof head - 1) };
    if (!parse(&parser))
        return NULL;
    parser.template->body = parser.template->count;
    parser.text = rest;
    parser.line = 3;
    return parse(&parser) ? parser.template : NULL;
}

// Records from the outermost to the innermost; a name is looked for from the inside.
struct scope {
    const struct document *records[MOST_DEPTH + 1];
    size_t depth;
};

static const struct document *look_up(const struct scope *scope, struct slice name)
{
    for (size_t i = scope->depth; i > 0; i--)
        for (const struct document *field = scope->records[i - 1]->first; field; field = field->next)
            if (field->name && slice_is(name, field->name))
                return field;
    return NULL;
}

static bool is_there(const struct document *field)
{
    if (!field || field->kind == DOCUMENT_NULL)
        return false;
    switch (field->kind) {
    case DOCUMENT_TEXT:
        return !slice_empty(field->text);
    case DOCUMENT_LIST:
        return field->count > 0;
    case DOCUMENT_BOOLEAN:
        return field->integer != 0;
    default:
        return true;
    }
}

static void render(const struct template *template, size_t from, size_t to, struct scope *scope,
                   enum template_language language, struct text *text);

static void render_section(const struct template *template, size_t i, struct scope *scope,
                           enum template_language language, struct text *text)
{
    const struct part *part = &template->parts[i];
    const struct document *field = look_up(scope, part->text);
    bool there = is_there(field);
    if (part->kind == PART_INVERTED ? there : !there)
        return;
    if (part->kind == PART_INVERTED || field->kind != DOCUMENT_LIST) {
        render(template, i + 1, part->end, scope, language, text);
        return;
    }
    for (const struct document *item = field->first; item; item = item->next) {
        scope->records[scope->depth++] = item;
        render(template, i + 1, part->end, scope, language, text);
        scope->depth--;
    }
}

static void render(const struct template *template, size_t from, size_t to, struct scope *scope,
                   enum template_language language, struct text *text)
{
    for (size_t i = from; i < to; i++) {
        const struct part *part = &template->parts[i];
        if (part->kind == PART_TEXT)
            text_append(text, part->text);
        else if (part->kind == PART_FIELD)
            figures_write(text, look_up(scope, part->text), language);
        else if (part->kind != PART_END) {
            render_section(template, i, scope, language, text);
            i = part->end;
        }
    }
}

void template_render(const struct template *template, const struct document *document,
                     enum template_language language, struct arena *arena, struct slice *subject,
                     struct slice *text)
{
    struct scope scope = { .records = { document }, .depth = 1 };
    struct text head = text_in(arena), body = text_in(arena);
    render(template, 0, template->body, &scope, language, &head);
    render(template, template->body, template->count, &scope, language, &body);
    *subject = text_slice(&head);
    *text = text_slice(&body);
}

// SPDX-License-Identifier: Apache-2.0
// Writing XML needs no library: names come from maps, texts are escaped here.
#include "base/text.h"
#include "doors/xml.h"

// XML 1.0 has no way to write most control characters; a question mark shows where one was.
static bool is_forbidden(unsigned char c)
{
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

static const char *escape_of(char c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\r':
        return "&#13;";
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default:
        return is_forbidden((unsigned char)c) ? "?" : NULL;
    }
}

static void write_escaped(struct text *text, struct slice value, bool attribute)
{
    size_t start = 0;
    for (size_t i = 0; i < value.size; i++) {
        const char *escape = escape_of(value.data[i], attribute);
        if (!escape)
            continue;
        text_append(text, (struct slice){ value.data + start, i - start });
        text_append(text, slice_of(escape));
        start = i + 1;
    }
    text_append(text, (struct slice){ value.data + start, value.size - start });
}

static void write_element(struct text *text, const struct node *node)
{
    text_append_char(text, '<');
    text_append(text, node->name);
    struct slice content = { 0 };
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        if (value->name.size == 0) {
            content = value->text;
            continue;
        }
        text_append_char(text, ' ');
        text_append(text, value->name);
        text_append(text, SLICE("=\""));
        write_escaped(text, value->text, true);
        text_append_char(text, '"');
    }
    if (content.size == 0 && !node->first) {
        text_append(text, SLICE("/>"));
        return;
    }
    text_append_char(text, '>');
    write_escaped(text, content, false);
    for (const struct node *child = node->first; child; child = child->next)
        write_element(text, child);
    text_append(text, SLICE("</"));
    text_append(text, node->name);
    text_append_char(text, '>');
}

struct slice xml_write(const struct node *root, struct slice doctype, struct arena *arena)
{
    struct text text = text_in(arena);
    text_append(&text, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    if (doctype.size) {
        text_append(&text, doctype);
        text_append_char(&text, '\n');
    }
    write_element(&text, root);
    text_append_char(&text, '\n');
    return text_slice(&text);
}

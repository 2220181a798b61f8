// SPDX-License-Identifier: Apache-2.0
#include "doors/xml.h"

#include <unistd.h>

#include "base/finding.h"
#include "base/text.h"
#include "unit/arena_testing.h"

// The tree as text: name@line:column(attribute=value ...)[text]{children}.
static void show(struct text *text, const struct node *node)
{
    text_printf(text, "%.*s@%u:%u", SLICE_ARGS(node->name), node->line, node->column);
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        if (value->name.size)
            text_printf(text, "(%.*s=%.*s)", SLICE_ARGS(value->name), SLICE_ARGS(value->text));
        else
            text_printf(text, "[%.*s]", SLICE_ARGS(value->text));
    }
    if (node->first)
        text_append_char(text, '{');
    for (const struct node *child = node->first; child; child = child->next)
        show(text, child);
    if (node->first)
        text_append_char(text, '}');
}

static void reads_documents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice in;
        const char *want;
    } cases[] = {
        { "empty element", SLICE("<a/>"), "a@1:1" },
        { "attribute and text", SLICE("<a b='1'>x</a>"), "a@1:1(b=1)[x]" },
        { "places", SLICE("<a>\n  <b\n c='1'/><d/></a>"), "a@1:1[\n  ]{b@2:3(c=1)d@3:9}" },
        { "columns are characters", SLICE("<a>\xC3\xA4\xE2\x82\xAC<b/></a>"),
          "a@1:1[\xC3\xA4\xE2\x82\xAC]{b@1:6}" },
        { "pieces of text", SLICE("<a>x<b/>y<![CDATA[<&z]]></a>"), "a@1:1[xy<&z]{b@1:5}" },
        { "the five entities", SLICE("<a b='&amp;&lt;&gt;&quot;&apos;&#65;'>&amp;&#x42;&lt;</a>"),
          "a@1:1(b=&<>\"'A)[&B<]" },
        { "name spaces", SLICE("<s:a xmlns:s='urn:x' s:b='1' xml:lang='en'><u:c/></s:a>"),
          "a@1:1(b=1)(lang=en){c@1:44}" },
        { "comments and instructions", SLICE("<?x?><!-- < \" --><a><!--y--><?z?></a>"), "a@1:18" },
        { "doctype is not fetched", SLICE("<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>"), "a@1:47" },
        { "byte order mark", SLICE("\xEF\xBB\xBF<a/>"), "a@1:1" },
        { "Latin 1", SLICE("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>"), "a@1:44[\xC3\xA4]" },
        { "UTF-16 with mark", SLICE("\xFF\xFE<\0a\0>\0\xE4\0<\0/\0a\0>\0"), "a@1:1[\xC3\xA4]" },
        { "UTF-16 without mark", SLICE("\0<\0a\0/\0>"), "a@1:1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xml_document got = { 0 };
        struct error error = { 0 };
        if (!xml_read(cases[i].in, NULL, arena, &got, &error)) {
            print_error("%s: refused: %s\n", cases[i].name, error.message);
            fail();
        }
        struct text text = text_in(arena);
        show(&text, got.root);
        text_append_char(&text, '\0');
        if (strcmp(text.data, cases[i].want) != 0)
            print_error("%s\n", cases[i].name);
        assert_string_equal(text.data, cases[i].want);
    }
}

static void refuses_documents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice in;
        unsigned line, column;
        const char *want; // a part of the message
    } cases[] = {
        { "nothing", SLICE(""), 0, 0, "empty" },
        { "blanks", SLICE(" \n"), 0, 0, "empty" },
        { "no XML", SLICE("UNA:+.? '"), 1, 1, "not well-formed" },
        { "open end", SLICE("<a><b>"), 1, 7, "not well-formed" },
        { "wrong end", SLICE("<a>\n<b></a>"), 2, 0, "not well-formed" },
        { "two roots", SLICE("<a/><b/>"), 1, 5, "not well-formed" },
        { "internal subset", SLICE("<!DOCTYPE a [<!ELEMENT a ANY>]><a/>"), 1, 13, "internal DTD subset" },
        { "subset behind an identifier", SLICE("<!DOCTYPE a SYSTEM 'x' [ ]><a/>"), 1, 24,
          "internal DTD subset" },
        { "a bomb", SLICE("<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;&x;'>]><a>&y;</a>"), 1, 13,
          "internal DTD subset" },
        { "external entity", SLICE("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), 1, 13,
          "internal DTD subset" },
        { "entity of the unread DTD", SLICE("<!DOCTYPE a SYSTEM 'a.dtd'><a>&nbsp;</a>"), 1, 0, "\"&nbsp;\"" },
        { "the same in an attribute", SLICE("<!DOCTYPE a SYSTEM 'a.dtd'><a b='&nbsp;'/>"), 1, 0,
          "\"&nbsp;\"" },
        { "entity without a DTD", SLICE("<a>&nbsp;</a>"), 1, 0, "nbsp" },
        { "parameter entity", SLICE("<!DOCTYPE a SYSTEM 'x' [%p;]><a/>"), 1, 24, "internal DTD subset" },
        { "bad UTF-8", SLICE("<a>\xFF</a>"), 1, 0, "not well-formed" },
        { "control character", SLICE("<a>\x01</a>"), 1, 0, "not well-formed" },
        { "NUL", SLICE("<a>\0</a>"), 1, 0, "not well-formed" },
        { "an attribute twice", SLICE("<a b='1' b='2'/>"), 1, 0, "not well-formed" },
        { "unknown encoding", SLICE("<?xml version='1.0' encoding='x-none'?><a/>"), 1, 1, "x-none" },
        { "half a UTF-16 pair", SLICE("\xFF\xFE<\0a\0/\0>\0x"), 1, 1, "UTF-16" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xml_document got = { 0 };
        struct error error = { 0 };
        if (xml_read(cases[i].in, NULL, arena, &got, &error)) {
            print_error("%s: read\n", cases[i].name);
            fail();
        }
        if (!strstr(error.message, cases[i].want) || error.at.line != cases[i].line ||
            (cases[i].column && error.at.column != cases[i].column)) {
            print_error("%s: got %u:%u: %s\n", cases[i].name, error.at.line, error.at.column, error.message);
            fail();
        }
        assert_int_equal(error.kind, ERROR_INVALID);
    }
}

static struct slice repeated(const char *before, const char *piece, size_t count, const char *after)
{
    struct text text = text_in(arena);
    text_append(&text, slice_of(before));
    for (size_t i = 0; i < count; i++)
        text_append(&text, slice_of(piece));
    text_append(&text, slice_of(after));
    return text_slice(&text);
}

static void keeps_limits(void **state)
{
    (void)state;
    static const struct {
        const char *name, *before, *piece;
        size_t count;
        const char *after;
        struct xml_limits limits;
        const char *want; // NULL: is read
    } cases[] = {
        { "bytes at the limit", "<a>", "x", 93, "</a>", { .most_bytes = 100 }, NULL },
        { "bytes above", "<a>", "x", 94, "</a>", { .most_bytes = 100 }, "101 bytes" },
        { "nodes at the limit", "<a>", "<b/>", 9, "</a>", { .most_nodes = 10 }, NULL },
        { "nodes above", "<a>", "<b/>", 10, "</a>", { .most_nodes = 10 }, "more than 10 elements" },
        { "depth above", "", "<a>", 11, "", { .most_depth = 10 }, "more than 10 deep" },
        { "default depth", "", "<a>", 101, "", { 0 }, "more than 100 deep" },
        { "attributes", "<a", " b='1'", 101, "/>", { 0 }, "101 attributes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xml_document got = { 0 };
        struct error error = { 0 };
        struct slice in = repeated(cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        bool read = xml_read(in, &cases[i].limits, arena, &got, &error);
        if (read != !cases[i].want || (cases[i].want && !strstr(error.message, cases[i].want))) {
            print_error("%s: got %s\n", cases[i].name, read ? "read" : error.message);
            fail();
        }
    }
}

// The parser moves its window over a long input; lines must stay right.
static void counts_lines_of_long_documents(void **state)
{
    (void)state;
    struct slice in =
        repeated("<a>\n", "<b c='0123456789012345678901234567890123456789'>text</b>\n", 70000, "</a>");
    struct xml_document got = { 0 };
    struct error error = { 0 };
    assert_true(xml_read(in, NULL, arena, &got, &error));
    uint32_t line = 2;
    for (const struct node *child = got.root->first; child; child = child->next, line++) {
        assert_int_equal(child->line, line);
        assert_int_equal(child->column, 1);
    }
    assert_int_equal(line, 70002);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    struct node *root = node_new(arena, SLICE("a"));
    node_add_value(arena, root, (struct node_value){ .name = SLICE("b"), .text = SLICE("\"<&>'\n\t") });
    struct node *child = node_add(root, node_new(arena, SLICE("c")));
    node_add_value(arena, child, (struct node_value){ .text = SLICE("x < y & z > \xC3\xA4\r\n\x02") });
    node_add(root, node_new(arena, SLICE("d")));
    struct slice got = xml_write(root, SLICE("<!DOCTYPE a SYSTEM \"a.dtd\">"), arena);
    const char *want =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE a SYSTEM \"a.dtd\">\n"
        "<a b=\"&quot;&lt;&amp;&gt;'&#10;&#9;\"><c>x &lt; y &amp; z &gt; \xC3\xA4&#13;\n?</c><d/></a>\n";
    assert_int_equal(got.size, strlen(want));
    assert_memory_equal(got.data, want, got.size);
    struct xml_document back = { 0 };
    struct error error = { 0 };
    assert_true(xml_read(got, NULL, arena, &back, &error));
    assert_true(slice_is(back.doctype_system, "a.dtd"));
    assert_true(slice_is(node_attribute(back.root, "b")->text, "\"<&>'\n\t"));
    assert_true(slice_is(node_attribute(back.root->first, "")->text, "x < y & z > \xC3\xA4\r\n?"));
}

static void validates(void **state)
{
    (void)state;
    char path[] = "/tmp/xml_test_XXXXXX";
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    const char dtd[] = "<!ELEMENT a (b+)><!ELEMENT b (#PCDATA)><!ATTLIST b c CDATA #REQUIRED>";
    assert_int_equal(write(handle, dtd, sizeof dtd - 1), sizeof dtd - 1);
    close(handle);
    static const struct {
        const char *name, *in;
        size_t want;
        const char *where, *text;
        unsigned line, column;
    } cases[] = {
        { "good", "<a><b c='1'>x</b></a>", 0, NULL, NULL, 0, 0 },
        { "names another DTD", "<!DOCTYPE z SYSTEM 'z.dtd'><a><b c='1'/></a>", 0, NULL, NULL, 0, 0 },
        { "attribute missing", "<a>\n <b/></a>", 1, "b", "attribute c", 2, 2 },
        { "child missing", "<a/>", 1, "a", "content", 1, 1 },
        { "unknown element", "<a><b c='1'/>\n<z/></a>", 2, "a", "content", 1, 1 },
        { "refused before", "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", 1, "", "internal DTD subset", 1, 13 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct findings got = { .arena = arena };
        struct error error = { 0 };
        assert_true(xml_validate(slice_of(cases[i].in), path, &got, &error));
        bool right = got.count == cases[i].want;
        if (right && got.count)
            right = slice_is(got.items[0].where, cases[i].where) &&
                    memmem(got.items[0].text.data, got.items[0].text.size, cases[i].text,
                           strlen(cases[i].text)) &&
                    got.items[0].at.line == cases[i].line && got.items[0].at.column == cases[i].column;
        if (!right) {
            print_error("%s: %zu findings\n", cases[i].name, got.count);
            for (size_t k = 0; k < got.count; k++) {
                struct text text = text_in(arena);
                finding_print(&got.items[k], "x", &text);
                print_error("%.*s\n", SLICE_ARGS(text_slice(&text)));
            }
            fail();
        }
    }
    unlink(path);
    struct findings none = { .arena = arena };
    struct error error = { 0 };
    assert_false(xml_validate(SLICE("<a/>"), "/nonexistent/a.dtd", &none, &error));
    assert_non_null(strstr(error.message, "/nonexistent/a.dtd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_documents, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(refuses_documents, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(keeps_limits, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(counts_lines_of_long_documents, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(writes_what_it_reads, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(validates, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

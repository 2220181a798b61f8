// SPDX-License-Identifier: Apache-2.0
// The rules of maps one by one, on small XML messages, in both directions, and what a partner's overrides change.
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "doors/json.h"
#include "doors/xml.h"
#include "formats/map.h"

static char folder[] = "/tmp/map_rules_test_XXXXXX";
static struct arena *arena;

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int open_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(path_of("messages"), 0700), 0);
    assert_int_equal(mkdir(path_of("messages/cxml"), 0700), 0);
    assert_int_equal(mkdir(path_of("partners"), 0700), 0);
    return symlink(SOURCE_DIR "/edi-maps/directories", path_of("directories"));
}

static int close_folder(void **state)
{
    (void)state;
    unlink(path_of("messages/cxml/M.map"));
    unlink(path_of("partners/p.conf"));
    unlink(path_of("directories"));
    rmdir(path_of("messages/cxml"));
    rmdir(path_of("messages"));
    rmdir(path_of("partners"));
    return rmdir(folder);
}

static void write_file(const char *name, const char *before, const char *content, const char *after)
{
    FILE *file = fopen(path_of(name), "we");
    assert_non_null(file);
    fprintf(file, "%s%s%s", before, content, after);
    fclose(file);
}

// The map with these members, changed by the partner's.
static struct maps *load(const char *map, const char *override)
{
    struct error error = { 0 };
    char text[1024];
    write_file("messages/cxml/M.map", "message = \"cxml/M\"; document = \"PurchaseOrder\";\n", map, "\n");
    write_file("partners/p.conf",
               "account = \"A\"; zone = \"+02:00\";\noverrides = ( { message = \"cxml/M\"; ",
               override ? override : "fields = ();", " } );\n");
    struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        print_error("%s\n", error_text(&error, text, sizeof text));
    assert_non_null(maps);
    return maps;
}

static const struct map *the_map(const struct maps *maps)
{
    return maps_find(maps, "cxml/M", "", maps_partner_named(maps, SLICE("p")));
}

static void reads(void **state)
{
    (void)state;
    static const struct {
        const char *name, *map, *override, *in;
        const char
            *want; // the document as JSON, or where it begins with another character a part of a finding
    } cases[] = {
        { "attribute and text",
          "fields = ( { field = \"order_number\"; at = \"@a\"; }, { field = \"note\"; at = \"b/c\"; } );",
          NULL, "<x a=' 1 '><b><c> t </c></b></x>", "{\"order_number\":\"1\",\"note\":\"t\"}" },
        { "nothing there", "fields = ( { field = \"note\"; at = \"b/c\"; } );", NULL,
          "<x><b><c>  </c></b></x>", "{}" },
        { "the first that has a value", "fields = ( { field = \"note\"; at = (\"a\", \"b\", \"c\"); } );",
          NULL, "<x><c>3</c><b>2</b><a> </a></x>", "{\"note\":\"2\"}" },
        { "the first of several", "fields = ( { field = \"note\"; at = \"a\"; } );", NULL,
          "<x><a/><a>1</a><a>2</a></x>", "{\"note\":\"1\"}" },
        { "all of several", "fields = ( { field = \"note\"; at = \"a\"; join = \", \"; } );", NULL,
          "<x><a>1</a><a/><a>2</a></x>", "{\"note\":\"1, 2\"}" },
        { "two rules for a field",
          "fields = ( { field = \"note\"; at = \"a\"; }, { field = \"note\"; at = \"b\"; } );", NULL,
          "<x><a>1</a><b>2</b></x>", "{\"note\":\"1\"}" },
        { "equal", "fields = ( { field = \"note\"; at = \"a[@k=x|y]/b\"; } );", NULL,
          "<x><a k='z'><b>1</b></a><a k='y'><b>2</b></a></x>", "{\"note\":\"2\"}" },
        { "not equal", "fields = ( { field = \"note\"; at = \"a[@k!=x|y]\"; } );", NULL,
          "<x><a k='x'>1</a><a k='y'>2</a><a>3</a></x>", "{\"note\":\"3\"}" },
        { "is there", "fields = ( { field = \"note\"; at = \"a[b/@k]/c\"; } );", NULL,
          "<x><a><c>1</c></a><a><b k='0'/><c>2</c></a></x>", "{\"note\":\"2\"}" },
        { "two conditions", "fields = ( { field = \"note\"; at = \"a[@k=1][@l=2]\"; } );", NULL,
          "<x><a k='1'>1</a><a l='2'>2</a><a k='1' l='2'>3</a></x>", "{\"note\":\"3\"}" },
        { "any of repeated places", "fields = ( { field = \"note\"; at = \"a[b=2]/c\"; } );", NULL,
          "<x><a><b>1</b><b>2</b><c>y</c></a></x>", "{\"note\":\"y\"}" },
        { "default", "fields = ( { field = \"note\"; at = \"a\"; default = \"d\"; } );", NULL, "<x/>",
          "{\"note\":\"d\"}" },
        { "required", "fields = ( { field = \"note\"; at = \"a\"; required = true; } );", NULL, "<x/>",
          "note is missing: nothing stands at a [400]" },
        { "within the first that is there",
          "fields = ( { within = (\"a\", \"b\"); fields = ( { field = \"note\"; at = \"@n\"; }, "
          "{ field = \"user\"; at = \"@u\"; } ); } );",
          NULL, "<x><b n='2' u='3'/><a n='1'/></x>", "{\"note\":\"1\"}" },
        { "list",
          "fields = ( { list = \"lines\"; each = \"i\"; fields = ( { field = \"number\"; at = (\"@n\", "
          "\"#\"); }, "
          "{ field = \"note\"; at = \"/h\"; } ); } );",
          NULL, "<x><h>all</h><i n='7'/><i/></x>",
          "{\"lines\":[{\"number\":\"7\",\"note\":\"all\"},{\"number\":\"2\",\"note\":\"all\"}]}" },
        { "empty list", "fields = ( { list = \"lines\"; each = \"i\"; fields = (); } );", NULL, "<x/>",
          "{\"lines\":[]}" },
        { "required list", "fields = ( { list = \"lines\"; each = \"i\"; required = true; fields = (); } );",
          NULL, "<x/>", "lines is missing: nothing stands at i" },
        { "table",
          "tables = { t = { codes = ( [\"a\", \"A\"], [\"b\", \"A\"] ); }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          NULL, "<x><a>b</a></x>", "{\"note\":\"A\"}" },
        { "unknown code",
          "tables = { t = { codes = ( [\"a\", \"A\"] ); }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          NULL, "<x>\n<a>c</a></x>", "f:2:1: a: note: \"c\" is not in the table t [400]" },
        { "unknown code kept",
          "tables = { t = { codes = (); unknown = \"keep\"; }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          NULL, "<x><a>c</a></x>", "{\"note\":\"c\"}" },
        { "unknown code dropped",
          "tables = { t = { codes = (); unknown = \"drop\"; }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          NULL, "<x><a>c</a></x>", "{}" },
        { "date as written", "fields = ( { field = \"requested_date\"; at = \"@d\"; as = \"date\"; } );",
          NULL, "<x d='2026-03-02'/>", "{\"requested_date\":\"2026-03-02\"}" },
        { "date of an instant", "fields = ( { field = \"requested_date\"; at = \"@d\"; as = \"date\"; } );",
          NULL, "<x d='2026-03-02T22:30:00Z'/>", "{\"requested_date\":\"2026-03-03\"}" },
        { "instant without a zone",
          "fields = ( { field = \"ordered_at\"; at = \"@d\"; as = \"instant\"; } );", NULL,
          "<x d='2026-03-02T01:30:00'/>", "{\"ordered_at\":\"2026-03-01T23:30:00Z\"}" },
        { "no date", "fields = ( { field = \"ordered_at\"; at = \"@d\"; as = \"instant\"; } );", NULL,
          "<x d='soon'/>", "@d: ordered_at: \"soon\" is no date" },
        { "decimals", "fields = ( { field = \"total\"; at = \"@a\"; as = \"decimal\"; } );", NULL,
          "<x a='+.50'/>", "{\"total\":\"0.50\"}" },
        { "decimal with a bare point", "fields = ( { field = \"total\"; at = \"@a\"; as = \"decimal\"; } );",
          NULL, "<x a='-5.'/>", "{\"total\":\"-5\"}" },
        { "thousands", "fields = ( { field = \"total\"; at = \"@a\"; as = \"decimal\"; } );", NULL,
          "<x a='1,000'/>", "\"1,000\" is no decimal number" },
        { "exponent", "fields = ( { field = \"total\"; at = \"@a\"; as = \"decimal\"; } );", NULL,
          "<x a='1e3'/>", "\"1e3\" is no decimal number" },
        { "two points", "fields = ( { field = \"total\"; at = \"@a\"; as = \"decimal\"; } );", NULL,
          "<x a='1.0.0'/>", "\"1.0.0\" is no decimal number" },
        { "expected", "expect = ( { at = \"@t\"; in = [\"\", \"new\"]; text = \"no\"; } ); fields = ();",
          NULL, "<x t='new'/>", "{}" },
        { "expected nothing",
          "expect = ( { at = \"@t\"; in = [\"\", \"new\"]; text = \"no\"; } ); fields = ();", NULL, "<x/>",
          "{}" },
        { "unexpected",
          "expect = ( { at = \"@t\"; in = [\"new\"]; text = \"no\"; code = 409; } ); fields = ();", NULL,
          "<x t='old'/>", "t: \"old\" is not supported: no [409]" },

        { "override of a field",
          "fields = ( { field = \"note\"; at = \"a\"; }, { field = \"user\"; at = \"b\"; } );",
          "fields = ( { field = \"note\"; at = \"c\"; } );", "<x><a>1</a><b>2</b><c>3</c></x>",
          "{\"user\":\"2\",\"note\":\"3\"}" },
        { "override of several rules",
          "fields = ( { field = \"note\"; at = \"a\"; }, { field = \"note\"; at = \"b\"; } );",
          "fields = ( { field = \"note\"; at = \"c\"; } );", "<x><a>1</a><b>2</b></x>", "{}" },
        { "addition", "fields = ( { field = \"note\"; at = \"a\"; } );",
          "fields = ( { field = \"user\"; at = \"b\"; } );", "<x><a>1</a><b>2</b></x>",
          "{\"user\":\"2\",\"note\":\"1\"}" },
        { "removal", "fields = ( { field = \"note\"; at = \"a\"; }, { field = \"user\"; at = \"b\"; } );",
          "fields = ( { field = \"note\"; remove = true; } );", "<x><a>1</a><b>2</b></x>",
          "{\"user\":\"2\"}" },
        { "override inside a list",
          "fields = ( { list = \"lines\"; each = \"i\"; fields = ( { field = \"number\"; at = \"@n\"; }, "
          "{ field = \"note\"; at = \"@t\"; } ); } );",
          "fields = ( { list = \"lines\"; fields = ( { field = \"note\"; at = \"@u\"; } ); } );",
          "<x><i n='1' t='2' u='3'/></x>", "{\"lines\":[{\"number\":\"1\",\"note\":\"3\"}]}" },
        { "override of a list's place",
          "fields = ( { list = \"lines\"; each = \"i\"; fields = ( { field = \"number\"; at = \"@n\"; } ); } "
          ");",
          "fields = ( { list = \"lines\"; each = \"j\"; fields = (); } );", "<x><i n='1'/><j n='2'/></x>",
          "{\"lines\":[{\"number\":\"2\"}]}" },
        { "override inside within",
          "fields = ( { within = \"a\"; fields = ( { field = \"note\"; at = \"@n\"; }, { field = \"user\"; "
          "at = \"@u\"; } ); "
          "} );",
          "fields = ( { field = \"note\"; at = \"b\"; } );", "<x><a n='1' u='2'/><b>3</b></x>",
          "{\"user\":\"2\",\"note\":\"3\"}" },
        { "override of a table",
          "tables = { t = { codes = ( [\"a\", \"A\"] ); }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          "tables = { t = { codes = ( [\"c\", \"C\"] ); }; };", "<x><a>c</a></x>", "{\"note\":\"C\"}" },
        { "override of a name", "names = { p = \"a\"; }; fields = ( { field = \"note\"; at = \"p/@n\"; } );",
          "names = { p = \"b\"; };", "<x><a n='1'/><b n='2'/></x>", "{\"note\":\"2\"}" },
        { "override of an expectation", "expect = ( { at = \"@t\"; in = [\"new\"]; } ); fields = ();",
          "expect = ( { at = \"@t\"; in = [\"old\"]; } );", "<x t='old'/>", "{}" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct maps *maps = load(cases[i].map, cases[i].override);
        struct xml_document message = { 0 };
        struct error error = { 0 };
        struct document *document = NULL;
        arena = arena_open(16 << 20);
        struct findings findings = { .arena = arena };
        struct text got = text_in(arena);
        assert_true(xml_read(slice_of(cases[i].in), NULL, arena, &message, &error));
        if (map_read(the_map(maps), (struct map_message){ .tree = message.root }, arena, &document,
                     &findings)) {
            document->type = NULL;
            json_write(document, &got);
        }
        for (size_t k = 0; k < findings.count; k++)
            finding_print(&findings.items[k], "f", &got);
        bool good = *cases[i].want == '{'
                        ? slice_is(text_slice(&got), cases[i].want)
                        : memmem(got.data, got.size, cases[i].want, strlen(cases[i].want)) != NULL;
        if (!good) {
            print_error("%s: got\n%.*s\nwant\n%s\n", cases[i].name, SLICE_ARGS(text_slice(&got)),
                        cases[i].want);
            fail();
        }
        arena_close(arena);
        maps_free(maps);
    }
}

static void writes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *map, *in, *want; // in: JSON of texts; want: below the root
    } cases[] = {
        { "places are shared",
          "fields = ( { field = \"note\"; at = \"a/@n\"; }, { field = \"user\"; at = \"a/b\"; } );",
          "{\"user\":\"2\",\"note\":\"1\"}", "<a n=\"1\"><b>2</b></a>" },
        { "nothing for nothing",
          "fields = ( { field = \"note\"; at = \"a/@n\"; }, { field = \"user\"; at = \"b\"; } );",
          "{\"note\":\"\"}", "" },
        { "conditions become constants",
          "fields = ( { field = \"note\"; at = \"a[@k=x|y][@l!=z]/b[c/@d=e]/f\"; } );", "{\"note\":\"1\"}",
          "<a k=\"x\"><b><c d=\"e\"/><f>1</f></b></a>" },
        { "unlike conditions, unlike places",
          "fields = ( { field = \"note\"; at = \"a[@k=1]\"; }, { field = \"user\"; at = \"a[@k=2]\"; } );",
          "{\"note\":\"n\",\"user\":\"u\"}", "<a k=\"1\">n</a><a k=\"2\">u</a>" },
        { "only the first place", "fields = ( { field = \"note\"; at = (\"a\", \"b\"); } );",
          "{\"note\":\"1\"}", "<a>1</a>" },
        { "all rules of a field",
          "fields = ( { field = \"note\"; at = \"a\"; }, { field = \"note\"; at = \"b\"; } );",
          "{\"note\":\"1\"}", "<a>1</a><b>1</b>" },
        { "constants and counts",
          "fields = ( { at = \"@v\"; value = \"1\"; }, { list = \"lines\"; each = \"i\"; fields = ( { field "
          "= \"number\"; "
          "at = \"@n\"; } ); }, { at = \"c\"; count = \"lines\"; } );",
          "{\"lines\":[{\"number\":\"5\"},{\"number\":\"6\"}]}", "<i n=\"5\"/><i n=\"6\"/><c>2</c>" },
        { "at most",
          "fields = ( { list = \"lines\"; each = \"i\"; most = 1; fields = ( { field = \"number\"; at = "
          "\"@n\"; } ); "
          "} );",
          "{\"lines\":[{\"number\":\"5\"},{\"number\":\"6\"}]}", "<i n=\"5\"/>" },
        { "conditions of the document",
          "fields = ( { field = \"note\"; at = \"a\"; when = \"user = u | v\"; }, { field = \"note\"; at = "
          "\"b\"; when = "
          "\"user != v\"; } );",
          "{\"note\":\"1\",\"user\":\"v\"}", "<a>1</a>" },
        { "the head's condition in a list",
          "fields = ( { list = \"lines\"; each = \"i\"; fields = ( { field = \"number\"; at = \"@n\"; when = "
          "\"/user = u\"; "
          "}, { field = \"/note\"; at = \"@o\"; } ); } );",
          "{\"note\":\"1\",\"user\":\"v\",\"lines\":[{\"number\":\"5\"}]}", "<i o=\"1\"/>" },
        { "unless", "fields = ( { field = \"note\"; at = \"a\"; unless = \"0\"; } );", "{\"note\":\"0\"}",
          "" },
        { "beside",
          "fields = ( { within = \"a\"; fields = ( { field = \"note\"; at = \"@n\"; }, { field = \"user\"; "
          "at = "
          "\"b\"; beside = true; } ); } );",
          "{\"user\":\"u\"}", "" },
        { "beside what is there",
          "fields = ( { within = \"a\"; fields = ( { field = \"note\"; at = \"@n\"; }, { field = \"user\"; "
          "at = "
          "\"b\"; beside = true; } ); } );",
          "{\"note\":\"1\",\"user\":\"u\"}", "<a n=\"1\"><b>u</b></a>" },
        { "table backwards",
          "tables = { t = { codes = ( [\"a\", \"A\"], [\"b\", \"A\"] ); }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          "{\"note\":\"A\"}", "<a>a</a>" },
        { "unknown word",
          "tables = { t = { codes = ( [\"a\", \"A\"] ); }; };\n"
          "fields = ( { field = \"note\"; at = \"a\"; table = \"t\"; } );",
          "{\"note\":\"B\"}", "cxml/M cannot be written at a: note: \"B\" is not in the table t" },
        { "required", "fields = ( { field = \"note\"; at = \"a\"; required = true; } );", "{}",
          "cxml/M cannot be written at a: note: the document has no value for it" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct maps *maps = load(cases[i].map, NULL);
        struct document *document;
        struct node *message;
        struct error error = { 0 };
        arena = arena_open(16 << 20);
        assert_true(json_read(slice_of(cases[i].in), arena, &document, &error));
        const char *got = error.message, *want = cases[i].want;
        if (map_write(the_map(maps), document, arena, &message, &error)) {
            got = arena_string(arena, xml_write(message, (struct slice){ 0 }, arena));
            bool bare = strstr(got, "<cXML/>") != NULL, valued = strstr(got, "<cXML v=") != NULL;
            want = arena_printf(arena, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cXML%s%s%s%s\n",
                                valued ? " v=\"1\"" : "", bare ? "/>" : ">", cases[i].want,
                                bare ? "" : "</cXML>")
                       .data;
        }
        if (strcmp(got, want) != 0)
            print_error("%s\n", cases[i].name);
        assert_string_equal(got, want);
        arena_close(arena);
        maps_free(maps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(writes) };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}

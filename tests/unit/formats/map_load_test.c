// SPDX-License-Identifier: Apache-2.0
// Loading a folder of maps: what is wrong is named with file and line; partners are found by their
// identities.
#include "formats/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static char folder[] = "/tmp/map_load_test_XXXXXX";

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int open_folder(void **state)
{
    char path[256];
    (void)state;
    assert_non_null(mkdtemp(folder));
    make_folder("messages");
    make_folder("messages/cxml");
    make_folder("partners");
    snprintf(path, sizeof path, "%s/directories", folder);
    return symlink(SOURCE_DIR "/edi-maps/directories", path);
}

static void remove_file(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static int close_folder(void **state)
{
    (void)state;
    static const char *const names[] = { "partners", "messages/cxml", "messages" };
    remove_file("directories");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        rmdir(path);
    }
    return rmdir(folder);
}

static void write_file(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static struct maps *load(char text[1024])
{
    struct error error = { 0 };
    struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        error_text(&error, text, 1024);
    return maps;
}

#define HEAD "message = \"ORDERS\"; directory = \"D96A\"; document = \"PurchaseOrder\";\n"
#define CXML "message = \"cxml/OrderRequest\"; document = \"PurchaseOrder\";\n"

static void names_faults_of_maps(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content, *want; // want NULL: loads
    } cases[] = {
        { "good", HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; } );", NULL },
        { "syntax", HEAD "fields = (\n { field = ; } );", "M.map:3" },
        { "no message", "document = \"PurchaseOrder\"; fields = ();", "message" },
        { "no fields", HEAD, "fields" },
        { "unknown member", HEAD "feilds = ();", "feilds" },
        { "unknown directory",
          "message = \"ORDERS\"; directory = \"D99Z\"; document = \"PurchaseOrder\"; fields = ();", "D99Z" },
        { "unknown message",
          "message = \"ORDRES\"; directory = \"D96A\"; document = \"PurchaseOrder\"; fields = ();",
          "ORDRES" },
        { "unknown document field", HEAD "\nfields = (\n { field = \"ordernumber\"; at = \"BGM/1004\"; } );",
          "M.map:4:1: PurchaseOrder has no field \"ordernumber\"" },
        { "unknown document",
          "message = \"ORDERS\"; directory = \"D96A\"; document = \"Order\";\n"
          "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; } );",
          "Order has no field" },
        { "unknown segment", HEAD "fields = (\n { field = \"order_number\"; at = \"BMG/1004\"; } );",
          "M.map:3:1: ORDERS of D96A has no BMG" },
        { "segment in another group",
          HEAD "fields = ( { field = \"order_number\"; at = \"SG1/LIN/1082\"; } );", "has no LIN" },
        { "unknown element", HEAD "fields = (\n { field = \"order_number\"; at = \"BGM/1005\"; } );",
          "M.map:3:1: the directory has no component \"1005\"" },
        { "unknown component",
          HEAD "fields = ( { field = \"order_number\"; at = \"SG2/NAD/C082.1131x\"; } );", "C082.1131x" },
        { "unknown component in a test",
          HEAD "fields = ( { field = \"order_number\"; at = \"SG2/NAD[3036=BY]/C082.3039\"; } );", "3036" },
        { "unknown component of a composite's test",
          HEAD "fields = ( { field = \"order_number\"; at = \"SG25/LIN/C212[3035=EN].7140\"; } );",
          "C212.3035" },
        { "open bracket",
          HEAD "fields = ( { field = \"order_number\"; at = \"SG2/NAD[3035=BY/C082.3039\"; } );",
          "brackets" },
        { "no value", HEAD "fields = ( { field = \"order_number\"; at = \"SG2/NAD\"; } );",
          "not at a value" },
        { "empty path", HEAD "fields = ( { field = \"order_number\"; at = \"\"; } );", "a path" },
        { "no path", HEAD "fields = ( { field = \"order_number\"; } );", "`at` is wanted" },
        { "unknown conversion",
          HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; as = \"number\"; } );",
          "no conversion is called \"number\"" },
        { "unknown table",
          HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; table = \"x\"; } );",
          "there is no table \"x\"" },
        { "half a pair", HEAD "tables = { x = { codes = ( [\"A\"] ); }; }; fields = ();", "a pair" },
        { "unknown handling", HEAD "tables = { x = { codes = (); unknown = \"ignore\"; }; }; fields = ();",
          "ignore" },
        { "unknown option",
          HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; requierd = true; } );",
          "requierd" },
        { "wrong kind",
          HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; required = \"yes\"; } );",
          "required" },
        { "two purposes",
          HEAD "fields = ( { field = \"order_number\"; value = \"1\"; at = \"BGM/1004\"; } );",
          "one of field" },
        { "unknown constant", HEAD "fields = ( { value = \"$them\"; at = \"BGM/1004\"; } );", "\"$them\"" },
        { "list without each", HEAD "fields = ( { list = \"lines\"; fields = (); } );", "each" },
        { "field outside its list",
          HEAD "fields = ( { list = \"lines\"; each = \"SG25\"; fields = (\n"
               " { field = \"order_number\"; at = \"LIN/1082\"; } ); } );",
          "M.map:3:1: PurchaseOrder has no field \"lines.order_number\"" },
        { "head's field in a list",
          HEAD "fields = ( { list = \"lines\"; each = \"SG25\"; fields = (\n"
               " { field = \"/currency\"; at = \"MOA/C516.6345\"; } ); } );",
          NULL },
        { "within with unlike ends", HEAD "fields = ( { within = (\"BGM\", \"UNS\"); fields = (); } );",
          "different nodes" },
        { "condition", HEAD "fields = ( { field = \"note\"; at = \"BGM/1004\"; when = \"note\"; } );",
          "a condition" },
        { "condition on no field",
          HEAD "fields = ( { field = \"note\"; at = \"BGM/1004\"; when = \"nota = 1\"; } );", "nota" },
        { "unknown base", "base = \"ORDERS\"; fields = ();", "base \"ORDERS\"" },
        { "itself as base", "base = \"M\"; fields = ();", "based on this map again" },
        { "expectation without path", HEAD "expect = ( { in = [\"\"]; } ); fields = ();", "expect" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024] = "";
        write_file("messages/M.map", cases[i].content);
        struct maps *maps = load(text);
        remove_file("messages/M.map");
        if (!maps != !!cases[i].want || (!maps && !strstr(text, cases[i].want))) {
            print_error("%s: got %s\n", cases[i].name, maps ? "loaded" : text);
            fail();
        }
        maps_free(maps);
    }
}

static void names_faults_of_partners(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content, *want;
    } cases[] = {
        { "good", "account = \"A\";", NULL },
        { "no account", "test = true;", "\"account\"" },
        { "unknown member", "account = \"A\";\nacount = \"B\";", "p.conf:2" },
        { "zone", "account = \"A\";\nzone = \"Mars/Base\";", "p.conf:2:1: the zone \"Mars/Base\"" },
        { "identities", "account = \"A\"; edifact = { directory = \"D96A\"; };", "identities" },
        { "identity", "account = \"A\"; edifact = { identities = ( { qualifier = \"14\"; } ); };",
          "identity" },
        { "domain", "account = \"A\"; cxml = { identities = ( { identity = \"1\"; } ); };", "domain" },
        { "directory",
          "account = \"A\"; edifact = { identities = ( { identity = \"1\"; } ); directory = \"D00Z\"; };",
          "D00Z" },
        { "syntax", "account = \"A\"; edifact = { identities = ( { identity = \"1\"; } ); syntax = 5; };",
          "from 1 to 4" },
        { "three secrets",
          "account = \"A\"; cxml = { identities = ( { domain = \"D\"; identity = \"1\"; } );\n"
          "secrets = (\"a\", \"b\", \"c\"); };",
          "p.conf:2:1: a list of one or two" },
        { "override of nothing", "account = \"A\";\noverrides = ( { message = \"INVOIC\"; fields = (); } );",
          "p.conf:2:1: there is no map of the message \"INVOIC\"" },
        { "faulty override",
          "account = \"A\"; overrides = ( { message = \"ORDERS\";\n"
          "fields = ( { field = \"order_number\"; at = \"BGM/9\"; } ); } );",
          "p.conf:2" },
        { "an identity twice",
          "account = \"A\"; edifact = { identities = ( { identity = \"1\"; }, { identity = \"1\"; } ); };",
          "the same identity \"1\"" },
    };
    write_file("messages/M.map", HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; } );");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024] = "";
        write_file("partners/p.conf", cases[i].content);
        struct maps *maps = load(text);
        remove_file("partners/p.conf");
        if (!maps != !!cases[i].want || (!maps && !strstr(text, cases[i].want))) {
            print_error("%s: got %s\n", cases[i].name, maps ? "loaded" : text);
            fail();
        }
        maps_free(maps);
    }
    remove_file("messages/M.map");
}

static const char *name_of(const struct partner *partner)
{
    return partner ? partner->name : "nobody";
}

static void finds_partners(void **state)
{
    char text[1024] = "";
    (void)state;
    write_file("messages/M.map", HEAD "fields = ( { field = \"order_number\"; at = \"BGM/1004\"; } );");
    write_file("messages/cxml/O.map",
               CXML "fields = ( { field = \"order_number\"; at = \"Request/@Id\"; } );");
    write_file("partners/a.conf",
               "account = \"1\"; test = true; zone = \"+02:00\";\n"
               "edifact = { identities = ( { qualifier = \"14\"; identity = \"400\"; },\n"
               "{ identity = \"500\"; } ); us = { identity = \"9\"; }; una = true; syntax = 4; };");
    write_file("partners/b.conf",
               "account = \"2\"; cxml = { identities = ( { domain = \"DUNS\"; identity = \"400\"; } );\n"
               "secrets = ( \"s\", \"t\" ); url = \"https://b.example/\"; };\n"
               "overrides = ( { message = \"cxml/OrderRequest\";\n"
               "fields = ( { field = \"note\"; at = \"Request/@note\"; } ); } );");
    struct maps *maps = load(text);
    if (!maps)
        print_error("%s\n", text);
    assert_non_null(maps);
    assert_int_equal(maps_partner_count(maps), 2);
    const struct partner *a = maps_partner_named(maps, SLICE("a")), *b = maps_partner_named(maps, SLICE("b"));
    assert_string_equal(name_of(a), "a");
    assert_string_equal(a->account, "1");
    assert_true(a->test);
    assert_true(a->edifact_una);
    assert_int_equal(a->edifact_syntax, 4);
    assert_string_equal(a->edifact_directory, "D96A");
    assert_string_equal(a->zone, "+02:00");
    assert_string_equal(b->zone, "UTC");
    assert_string_equal(b->cxml_secrets[1], "t");
    assert_string_equal(b->cxml_version, "1.2.014");
    assert_null(maps_partner_named(maps, SLICE("c")));

    assert_string_equal(name_of(maps_partner_edifact(maps, SLICE("14"), SLICE("400"))), "a");
    assert_string_equal(name_of(maps_partner_edifact(maps, SLICE(""), SLICE("500"))), "a");
    assert_string_equal(name_of(maps_partner_edifact(maps, SLICE(""), SLICE("400"))), "nobody");
    assert_string_equal(name_of(maps_partner_edifact(maps, SLICE("15"), SLICE("400"))), "nobody");
    assert_string_equal(name_of(maps_partner_cxml(maps, SLICE("Duns"), SLICE("400"))), "b");
    assert_string_equal(name_of(maps_partner_cxml(maps, SLICE("DUNS"), SLICE(" 400 "))), "b");
    assert_string_equal(name_of(maps_partner_cxml(maps, SLICE("NetworkID"), SLICE("400"))), "nobody");

    assert_non_null(maps_find(maps, "ORDERS", "D96A", NULL));
    assert_non_null(maps_find(maps, "ORDERS", "D96A", a));
    assert_null(maps_find(maps, "ORDERS", "D01B", a));
    assert_null(maps_find(maps, "INVOIC", "D96A", NULL));
    assert_ptr_not_equal(maps_find(maps, "cxml/OrderRequest", "", b),
                         maps_find(maps, "cxml/OrderRequest", "", a));
    assert_string_equal(map_document_type(maps_find(maps, "cxml/OrderRequest", "", b)), "PurchaseOrder");
    maps_free(maps);

    write_file("partners/c.conf",
               "account = \"3\"; cxml = { identities = ( { domain = \"duns\"; identity = \"400\"; } ); };");
    assert_null(load(text));
    assert_non_null(strstr(text, "\"b\" and \"c\"") ? text : strstr(text, "\"c\" and \"b\""));
    remove_file("partners/a.conf");
    remove_file("partners/b.conf");
    remove_file("partners/c.conf");
    remove_file("messages/M.map");
    remove_file("messages/cxml/O.map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_faults_of_maps),
        cmocka_unit_test(names_faults_of_partners),
        cmocka_unit_test(finds_partners),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}

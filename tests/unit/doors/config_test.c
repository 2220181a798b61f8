// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "doors/config.h"

static struct arena *arena;
static char folder[] = "/tmp/config_test.XXXXXX";

static const char *path_of(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name).data;
}

static const char *put(const char *name, const char *text)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static int open_all(void **state)
{
    (void)state;
    arena = arena_open(1024 * 1024);
    return mkdtemp(folder) ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    static const char *const names[] = { "a.conf", "inner/b.conf", "c.conf" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    rmdir(path_of("inner"));
    rmdir(folder);
    arena_close(arena);
    return 0;
}

static const struct config_node *read_text(const char *text)
{
    struct error error = { 0 };
    struct config_node *root;
    if (!config_read(put("a.conf", text), arena, &root, &error))
        fail_msg("%s: %s", text, error.message);
    return root;
}

static void every_kind_is_read(void **state)
{
    (void)state;
    const struct config_node *root =
        read_text("text = \"a\" \"b\";\nnumber = -7;\nwide = 5000000000L;\nhex = 0x10;\n"
                  "yes = true;\nfraction = 1.5;\narray = [1, 2];\n"
                  "list = ( { name = \"x\"; }, \"y\", (3) );\ngroup : { inner = 1; };\n");
    struct error error = { 0 };
    const char *text;
    int64_t number;
    bool yes = false;
    assert_true(config_text(root, "text", NULL, &text, &error));
    assert_string_equal(text, "ab");
    assert_true(config_integer(root, "number", 0, &number, &error));
    assert_int_equal(number, -7);
    assert_true(config_integer(root, "wide", 0, &number, &error));
    assert_int_equal(number, 5000000000);
    assert_true(config_integer(root, "hex", 0, &number, &error));
    assert_int_equal(number, 16);
    assert_true(config_boolean(root, "yes", false, &yes, &error));
    assert_true(yes);
    assert_int_equal(config_get(root, "fraction")->kind, CONFIG_FLOAT);
    assert_int_equal(config_get(root, "array")->kind, CONFIG_LIST);
    const struct config_node *list = config_get(root, "list");
    assert_int_equal(list->count, 3);
    assert_int_equal(list->line, 8);
    assert_string_equal(config_get(list->first, "name")->text, "x");
    assert_null(list->first->name);
    assert_int_equal(list->first->next->next->first->integer, 3);
    assert_int_equal(config_get(config_get(root, "group"), "inner")->integer, 1);
    assert_int_equal(root->count, 9);
}

static void fallbacks_stand_in(void **state)
{
    (void)state;
    const struct config_node *root = read_text("a = 1;");
    struct error error = { 0 };
    const char *text;
    int64_t number;
    bool yes;
    assert_true(config_text(root, "b", "other", &text, &error));
    assert_string_equal(text, "other");
    assert_true(config_integer(root, "b", 42, &number, &error));
    assert_int_equal(number, 42);
    assert_true(config_boolean(root, "b", true, &yes, &error));
    assert_true(yes);
    assert_null(config_get(root, "b"));
    assert_null(config_get(NULL, "b"));
    assert_true(config_text(NULL, "b", NULL, &text, &error));
    assert_null(text);
}

static void wrong_kinds_name_their_line(void **state)
{
    (void)state;
    const struct config_node *root = read_text("a = 1;\n\nb = \"two\";\n");
    const char *text;
    int64_t number;
    struct error error = { 0 };
    assert_false(config_text(root, "a", "", &text, &error));
    assert_int_equal(error.at.line, 1);
    assert_string_equal(error.message, "setting \"a\" is an integer: write a text in quotes");
    error_clear(&error);
    assert_false(config_integer(root, "b", 0, &number, &error));
    assert_int_equal(error.at.line, 3);
    assert_string_equal(error.source, path_of("a.conf"));
}

static void unknown_members_are_named(void **state)
{
    (void)state;
    static const char *const known[] = { "address", "port", NULL };
    struct error error = { 0 };
    assert_true(config_only(read_text("port = 1;\naddress = \"x\";"), known, &error));
    assert_false(config_only(read_text("port = 1;\nadress = \"x\";"), known, &error));
    assert_int_equal(error.kind, ERROR_INVALID);
    assert_int_equal(error.at.line, 2);
    assert_string_equal(error.message, "unknown setting \"adress\": known here are address, port");
}

static void faults_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        uint32_t line;
    } cases[] = {
        { "a = ;", "syntax error", 1 },
        { "a = 1;\na = 2;", "duplicate setting name", 2 },
        { "a = 1;\n\nb = 5000000000;", "number 5000000000 does not fit 32 bits: write 5000000000L", 3 },
        { "a = 0xFFFFFFFF;", "number 0xFFFFFFFF does not fit 32 bits", 1 },
        { "a = -2147483649;", "number 2147483649 does not fit 32 bits", 1 },
        { "a = 99999999999999999999L;", "does not fit 64 bits", 1 },
        { "/* 5000000000\n*/ a = \"5000000000\"; # 5000000000\nb5000000000 = 5000000001;",
          "number 5000000001", 3 },
        { "@include \"missing.conf\"", "cannot open include file", 1 },
        { "@include \"../x.conf\"", "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        struct config_node *root;
        if (config_read(put("a.conf", cases[i].text), arena, &root, &error))
            fail_msg("%s was read", cases[i].text);
        assert_int_equal(error.kind, ERROR_INVALID);
        if (!strstr(error.message, cases[i].want) || (cases[i].line && error.at.line != cases[i].line))
            fail_msg("%s: got line %u \"%s\", want line %u \"%s\"", cases[i].text, error.at.line,
                     error.message, cases[i].line, cases[i].want);
    }
    struct error error = { 0 };
    struct config_node *root;
    assert_false(config_read(path_of("none.conf"), arena, &root, &error));
    assert_non_null(strstr(error.message, "No such file"));
}

static void valid_numbers_pass(void **state)
{
    (void)state;
    static const char *const cases[] = { "a = 2147483647;",
                                         "a = -2147483647;",
                                         "a = 9223372036854775807L;",
                                         "a = 1.5e10;",
                                         "a = \"\\\"5000000000\";",
                                         "a-5000000000 = 1;",
                                         "" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        read_text(cases[i]);
}

static void includes_stay_in_the_folder(void **state)
{
    (void)state;
    mkdir(path_of("inner"), 0700);
    put("inner/b.conf", "\nb = 5;\n");
    put("c.conf", "c = 1;\n");
    const struct config_node *root = read_text("a = 1;\n@include \"inner/b.conf\"\n");
    const struct config_node *b = config_get(root, "b");
    assert_int_equal(b->integer, 5);
    assert_int_equal(b->line, 2);
    assert_string_equal(b->file, path_of("inner/b.conf"));
    struct error error = { 0 };
    struct config_node *none;
    assert_false(
        config_read(put("a.conf", "@include \"inner/../../../etc/passwd\"\n"), arena, &none, &error));
    error_clear(&error);
    assert_false(config_read(put("a.conf", "@include \"inner/../c.conf\"\n"), arena, &none, &error));
    assert_non_null(strstr(error.message, "leads out of the folder"));
    error_clear(&error);
    put("c.conf", "c = 5000000000;\n");
    assert_false(config_read(put("a.conf", "@include \"c.conf\"\n"), arena, &none, &error));
    assert_string_equal(error.source, path_of("c.conf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_read),          cmocka_unit_test(fallbacks_stand_in),
        cmocka_unit_test(wrong_kinds_name_their_line), cmocka_unit_test(unknown_members_are_named),
        cmocka_unit_test(faults_are_refused),          cmocka_unit_test(valid_numbers_pass),
        cmocka_unit_test(includes_stay_in_the_folder),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

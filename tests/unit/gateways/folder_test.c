// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateways/folder.h"

struct place {
    char root[64], in[80], done[80];
    struct arena *arena;
    struct error error;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    strcpy(place->root, "/tmp/folder_test.XXXXXX");
    assert_non_null(mkdtemp(place->root));
    snprintf(place->in, sizeof place->in, "%s/deep/in", place->root);
    snprintf(place->done, sizeof place->done, "%s/done", place->root);
    place->arena = arena_open(1 << 20);
    assert_true(folder_make(place->in, &place->error));
    assert_true(folder_make(place->done, &place->error));
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", place->root);
    assert_int_equal(system(command), 0);
    arena_close(place->arena);
    free(place);
    return 0;
}

static void put(const char *folder, const char *name, const char *text, long age_s)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    const struct timespec times[2] = { { 1000000 - age_s, 0 }, { 1000000 - age_s, 0 } };
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void assert_holds(struct place *place, const char *folder, const char *name, const char *want)
{
    struct slice got;
    assert_true(folder_read(folder, name, 1000, place->arena, &got, &place->error));
    assert_string_equal(arena_string(place->arena, got), want);
}

static void only_whole_files_are_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool want;
    } cases[] = {
        { "orders.edi", true },
        { "orders", true },
        { "orders.tmp.edi", true },
        { "tmp", true },
        { ".orders.edi", false },
        { "orders.edi.tmp", false },
        { "orders.edi.part", false },
        { ".tmp", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (folder_wanted(cases[i].name) != cases[i].want)
            fail_msg("\"%s\": want %d", cases[i].name, cases[i].want);
}

static void files_are_listed_oldest_first(void **state)
{
    struct place *place = *state;
    char folder[160];
    struct folder_file *files;
    size_t count;
    put(place->in, "b", "2", 50);
    put(place->in, "c", "33", 90);
    put(place->in, "a", "1", 50);
    put(place->in, ".hidden", "x", 99);
    put(place->in, "half.part", "x", 99);
    snprintf(folder, sizeof folder, "%s/a-folder", place->in);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(folder, sizeof folder, "%s/link", place->in);
    assert_int_equal(symlink("/etc/hostname", folder), 0);
    assert_true(folder_list(place->in, place->arena, &files, &count, &place->error));
    assert_int_equal(count, 3);
    assert_string_equal(files[0].name, "c");
    assert_string_equal(files[1].name, "a");
    assert_string_equal(files[2].name, "b");
    assert_int_equal(files[0].size, 2);
}

static void a_folder_that_is_missing_is_told(void **state)
{
    struct place *place = *state;
    struct folder_file *files;
    size_t count;
    assert_false(folder_list("folder_test.none", place->arena, &files, &count, &place->error));
    assert_non_null(strstr(place->error.message, "folder_test.none"));
}

static void a_file_that_grows_is_not_stable(void **state)
{
    (void)state;
    const struct folder_file before[] = { { "grown", 5, 100 }, { "same", 5, 100 }, { "touched", 5, 100 } };
    const struct folder_file now[] = {
        { "same", 5, 100 }, { "grown", 6, 100 }, { "touched", 5, 101 }, { "new", 5, 100 }
    };
    static const bool want[] = { true, false, false, false };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(folder_stable(&now[i], before, 3), want[i]);
}

static void nothing_is_written_over(void **state)
{
    struct place *place = *state;
    static const char *const want[] = { "o.edi", "o.edi.2", "o.edi.3" };
    struct slice moved;
    for (int i = 0; i < 3; i++) {
        put(place->in, "o.edi", (char[]){ (char)('1' + i), '\0' }, 0);
        assert_true(
            folder_move(place->in, "o.edi", place->done, SLICE(""), place->arena, &moved, &place->error));
        assert_string_equal(moved.data, want[i]);
    }
    assert_holds(place, place->done, "o.edi", "1");
    assert_holds(place, place->done, "o.edi.3", "3");
}

static void a_report_stands_beside_the_file(void **state)
{
    struct place *place = *state;
    struct slice moved;
    put(place->done, "o.edi.txt", "of an older file", 0);
    put(place->in, "o.edi", "x", 0);
    assert_true(
        folder_move(place->in, "o.edi", place->done, SLICE("why"), place->arena, &moved, &place->error));
    assert_string_equal(moved.data, "o.edi.2");
    assert_holds(place, place->done, "o.edi.2.txt", "why");
    assert_holds(place, place->done, "o.edi.txt", "of an older file");
}

static void a_file_that_is_gone_leaves_no_report(void **state)
{
    struct place *place = *state;
    struct folder_file *files;
    struct slice moved;
    size_t count;
    assert_false(
        folder_move(place->in, "gone", place->done, SLICE("why"), place->arena, &moved, &place->error));
    assert_int_equal(place->error.kind, ERROR_UNAVAILABLE);
    assert_false(folder_has(place->in, "gone"));
    assert_true(folder_list(place->done, place->arena, &files, &count, &(struct error){ 0 }));
    assert_int_equal(count, 0);
}

static void a_written_file_replaces_the_same_one(void **state)
{
    struct place *place = *state;
    struct folder_file *files;
    size_t count;
    assert_true(folder_write(place->done, "n", SLICE("first"), &place->error));
    assert_true(folder_write(place->done, "n", SLICE("second"), &place->error));
    assert_holds(place, place->done, "n", "second");
    assert_true(folder_list(place->done, place->arena, &files, &count, &place->error));
    assert_int_equal(count, 1);
    char part[128];
    snprintf(part, sizeof part, "%s/.n.tmp", place->done);
    assert_int_equal(access(part, F_OK), -1);
}

static void a_file_that_is_too_large_is_invalid(void **state)
{
    struct place *place = *state;
    struct slice bytes;
    put(place->in, "large", "123456", 0);
    assert_false(folder_read(place->in, "large", 5, place->arena, &bytes, &place->error));
    assert_int_equal(place->error.kind, ERROR_INVALID);
    assert_non_null(strstr(place->error.message, "large has 6 bytes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_whole_files_are_wanted),
        cmocka_unit_test_setup_teardown(files_are_listed_oldest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_missing_is_told, set_up, tear_down),
        cmocka_unit_test(a_file_that_grows_is_not_stable),
        cmocka_unit_test_setup_teardown(nothing_is_written_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_report_stands_beside_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_gone_leaves_no_report, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_written_file_replaces_the_same_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_too_large_is_invalid, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

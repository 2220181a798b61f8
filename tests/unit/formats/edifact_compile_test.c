// SPDX-License-Identifier: Apache-2.0
// The directory compiler proves itself on the UN's text by its counts, and by making the shipped tables
// again.
#include "unit/formats/edifact_testing.h"

#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/directory_source.h"
#include "formats/edifact/write.h"

#define TEXTS SOURCE_DIR "/../shared/edifact"

static bool texts_missing(void)
{
    if (access(TEXTS "/D.96A", R_OK) == 0)
        return false;
    print_message("no UN texts in %s: skipped\n", TEXTS);
    return true;
}

static void counts(void **state)
{
    (void)state;
    static const struct {
        const char *folder;
        size_t segments, positions, messages, lists, codes;
    } rows[] = { { TEXTS "/D.96A", 127, 465, 125, 207, 6149 },
                 { TEXTS "/D.01B", 158, 586, 194, 268, 10228 } };
    if (texts_missing())
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct source source = { .arena = arena };
        struct error error = { 0 };
        assert_true(source_read_text(&source, rows[i].folder, &error));
        assert_int_equal(source.segments.count, rows[i].segments);
        assert_int_equal(source.position_count, rows[i].positions);
        assert_int_equal(source.message_count, rows[i].messages);
        assert_int_equal(source.list_count, rows[i].lists);
        assert_int_equal(source.code_count, rows[i].codes);
        arena_close(arena);
    }
}

static void compile(const char *output, const char *folder, const char *name, const char *option,
                    const char *value)
{
    char *arguments[] = { "compile",    "--output",     (char *)output, (char *)folder,
                          (char *)name, (char *)option, (char *)value,  NULL };
    assert_int_equal(ctl_edi_compile(option ? 7 : 5, arguments), 0);
}

static void makes_the_shipped_tables(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file, *folder, *option, *value;
    } rows[] = {
        { "D96A", "D96A.dir", TEXTS "/D.96A", NULL, NULL },
        { "D01B", "D01B.dir", TEXTS "/D.01B", NULL, NULL },
        { "service-1", "service-1.dir", TEXTS "/service", "--codes", TEXTS "/D.96A/UNSL.96A" },
        { "service-2", "service-2.dir", TEXTS "/service", "--codes", TEXTS "/D.96A/UNSL.96A" },
        { "service-3", "service-3.dir", TEXTS "/service", "--codes", TEXTS "/D.96A/UNSL.96A" },
        { "service-4", "service-4.dir", TEXTS "/service", "--codes",
          TEXTS "/service/service_codes_v4__from_D16A.xml" },
        { "units", "units.codes", TEXTS "/units-rec20/units-of-measure.csv", NULL, NULL },
    };
    if (texts_missing())
        skip();
    char output[] = "/tmp/comptoir-compile-XXXXXX";
    int file = mkstemp(output);
    assert_true(file >= 0);
    close(file);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char shipped[512];
        size_t got_size, want_size;
        snprintf(shipped, sizeof shipped, SOURCE_DIR "/edi-maps/directories/%s", rows[i].file);
        compile(output, rows[i].folder, rows[i].name, rows[i].option, rows[i].value);
        char *got = read_file(output, &got_size), *want = read_file(shipped, &want_size);
        assert_non_null(want);
        if (got_size != want_size || memcmp(got, want, got_size) != 0)
            fail_msg("%s is not what the compiler makes", rows[i].file);
        free(got);
        free(want);
    }
    unlink(output);
}

// Only what one message uses.
static void makes_a_part(void **state)
{
    (void)state;
    if (texts_missing())
        skip();
    char output[] = "/tmp/comptoir-compile-XXXXXX";
    int file = mkstemp(output);
    assert_true(file >= 0);
    close(file);
    compile(output, TEXTS "/D.96A", "D96A", "--messages", "APERAK");
    size_t size;
    char *got = read_file(output, &size);
    assert_non_null(memmem(got, size, "message APERAK\n", 15));
    assert_null(memmem(got, size, "message ORDERS\n", 15));
    assert_non_null(memmem(got, size, "\nsegment ERC", 12));
    assert_null(memmem(got, size, "\nsegment LIN", 12));
    free(got);
    unlink(output);
}

// What stands behind an element that repeats moves, in versions 1 to 3, by its repeats.
static void writes_behind_repeats(const struct directory *directory)
{
    static const char *const want[] = { "ADR+++++++++++X'", "ADR+++++++X'" };
    struct arena *arena = arena_open(SIZE_MAX);
    struct node *tree = node_new(arena, SLICE("GENRAL"));
    struct node *segment = node_add(tree, node_new(arena, SLICE("ADR")));
    node_add_value(arena, segment,
                   (struct node_value){ .element = 7, .occurrence = 1, .component = 1, .text = SLICE("X") });
    for (uint8_t syntax = 3; syntax <= 4; syntax++) {
        struct edifact_envelope envelope = { .sender = { .identity = SLICE("A") },
                                             .receiver = { .identity = SLICE("B") },
                                             .reference = SLICE("1"),
                                             .syntax = syntax,
                                             .charset = EDIFACT_UNOC };
        struct edifact_message_header header = { .version = SLICE("D"), .release = SLICE("01B") };
        struct text text = text_in(arena);
        struct error error = { 0 };
        assert_true(edifact_write(&envelope, &header, &tree, 1, directory, &text, &error));
        text_append_char(&text, '\0');
        if (!strstr(text.data, want[syntax - 3]))
            fail_msg("got \"%s\", want \"%s\"", text.data, want[syntax - 3]);
    }
    arena_close(arena);
}

// All messages of a directory, and the loader reads them.
static void whole_directory_loads(void **state)
{
    (void)state;
    if (texts_missing())
        skip();
    char folder[] = "/tmp/comptoir-whole-XXXXXX", path[128], service[128];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/D01B.dir", folder);
    snprintf(service, sizeof service, "%s/service-3.dir", folder);
    compile(path, TEXTS "/D.01B", "D01B", NULL, NULL);
    compile(service, TEXTS "/service", "service-3", NULL, NULL);
    struct error error = { 0 };
    struct directories *directories = directories_load(folder, &error);
    if (!directories)
        fail_msg("%s", error.message);
    const struct directory *directory = directories_named(directories, "D01B");
    assert_non_null(directory_message(directory, SLICE("IFCSUM")));
    assert_non_null(directory_segment(directory, SLICE("ARD")));
    assert_int_equal(directory_segment(directory, SLICE("ADR"))->expanded_count, 15);
    writes_behind_repeats(directory);
    directories_free(directories);
    unlink(path);
    unlink(service);
    rmdir(folder);
}

static void refuses_other_folders(void **state)
{
    (void)state;
    struct arena *arena = arena_open(SIZE_MAX);
    struct source source = { .arena = arena };
    struct error error = { 0 };
    assert_false(source_read_text(&source, EDIFACT_SAMPLES, &error));
    assert_non_null(strstr(error.message, "is no UN directory: it lacks the segment (EDSD or TRSD) file"));
    error_clear(&error);
    assert_false(source_read_text(&source, "/nowhere", &error));
    assert_non_null(strstr(error.message, "could not list the folder"));
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(counts), cmocka_unit_test(makes_the_shipped_tables),
                                        cmocka_unit_test(makes_a_part),
                                        cmocka_unit_test(whole_directory_loads),
                                        cmocka_unit_test(refuses_other_folders) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

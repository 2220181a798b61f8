// SPDX-License-Identifier: Apache-2.0
#include "unit/formats/edifact_testing.h"

#include <unistd.h>

#include "formats/edifact/overlay.h"

static const struct {
    const char *directory, *tag, *name;
    unsigned occurrence;
    uint16_t element, repeat, component; // 0: there is no such place
} places[] = {
    { "D96A", "BGM", "C002.1001", 1, 1, 1, 1 },      { "D96A", "BGM", "1004", 1, 2, 1, 1 },
    { "D96A", "LIN", "1082", 1, 1, 1, 1 },           { "D96A", "LIN", "C212.7140", 1, 3, 1, 1 },
    { "D96A", "LIN", "C212.7143", 1, 3, 1, 2 },      { "D96A", "LIN", "C829.5495", 1, 4, 1, 1 },
    { "D96A", "PIA", "C212.7140", 1, 2, 1, 1 },      { "D96A", "PIA", "C212.7140", 5, 6, 1, 1 },
    { "D96A", "PIA", "C212.7140", 6, 0, 0, 0 },      { "D96A", "PIA", "C212#3.7140", 1, 4, 1, 1 },
    { "D96A", "NAD", "C080.3036", 1, 4, 1, 1 },      { "D96A", "NAD", "C080.3036#2", 1, 4, 1, 2 },
    { "D96A", "NAD", "C080.3036#6", 1, 0, 0, 0 },    { "D96A", "NAD", "C059.3042#4", 1, 5, 1, 4 },
    { "D96A", "NAD", "C059.3042#5", 1, 0, 0, 0 },    { "D96A", "DTM", "C507.2380", 1, 1, 1, 2 },
    { "D96A", "DTM", "2380", 1, 0, 0, 0 },           { "D96A", "XXX", "1004", 1, 0, 0, 0 },
    { "D96A", "BGM", "1004", 0, 0, 0, 0 },           { "D01B", "COM", "C076.3148", 1, 1, 1, 1 },
    { "D01B", "COM", "C076.3155", 3, 1, 3, 2 },      { "D01B", "COM", "C076.3155", 4, 0, 0, 0 },
    { "service-3", "UNB", "S002.0004", 1, 2, 1, 1 }, { "service-4", "UCD", "S011.0136", 1, 2, 1, 3 },
};

static void finds_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct directory *directory = directories_named(testing_directories, places[i].directory);
        struct directory_place got = { 0 };
        assert_non_null(directory);
        bool found = directory_place(directory, slice_of(places[i].tag), slice_of(places[i].name),
                                     places[i].occurrence, &got);
        if (found != (places[i].element > 0) || got.element != places[i].element ||
            got.occurrence != places[i].repeat || got.component != places[i].component)
            fail_msg("%s %s %s: got %u %u %u", places[i].directory, places[i].tag, places[i].name,
                     got.element, got.occurrence, got.component);
    }
}

static void finds_paths(void **state)
{
    (void)state;
    const struct directory *directory = directories_named(testing_directories, "D96A");
    const struct directory_message *orders = directory_message(directory, SLICE("ORDERS"));
    assert_non_null(orders);
    size_t groups = 0;
    for (unsigned i = 0; i < orders->entry_count; i++)
        groups += orders->entries[i].group > 0;
    assert_int_equal(groups, 54);
    const struct directory_entry *line = directory_path(orders, SLICE("SG25"));
    assert_non_null(line);
    assert_int_equal(line->repeat, 200000);
    assert_false(line->mandatory);
    assert_non_null(directory_path(orders, SLICE("SG25.LIN")));
    assert_non_null(directory_path(orders, SLICE("SG25.SG28.PRI")));
    assert_null(directory_path(orders, SLICE("SG28.PRI")));
    assert_null(directory_path(orders, SLICE("SG25.BGM")));
    assert_true(directory_path(orders, SLICE("UNS"))->unique);
    assert_false(directory_path(orders, SLICE("DTM"))->unique);
    // Groups that must be there, and repeat counts with many digits.
    const struct directory_message *quotes = directory_message(directory, SLICE("QUOTES"));
    assert_true(directory_path(quotes, SLICE("SG27"))->mandatory);
    const struct directory *d01b = directories_named(testing_directories, "D01B");
    assert_int_equal(directory_path(directory_message(d01b, SLICE("INVOIC")), SLICE("SG26"))->repeat,
                     9999999);
    assert_non_null(directory_message(d01b, SLICE("OSTRPT")));
    assert_null(directory_message(directory, SLICE("OSTRPT")));
}

static void finds_directories(void **state)
{
    (void)state;
    static const struct {
        const char *type, *version, *release, *want;
    } rows[] = {
        { "ORDERS", "D", "96A", "D96A" },    { "ORDERS", "D", "01B", "D01B" },
        { "ORDERS", "D", "93A", NULL },      { "ORDERS", "S", "96A", NULL },
        { "ORDERS", "", "", NULL },          { "CONTRL", "D", "3", "service-3" },
        { "CONTRL", "2", "2", "service-2" }, { "CONTRL", "4", "1", "service-4" },
        { "CONTRL", "1", "1", NULL },        { "ORDERS", "D", "96AAAAAAAAAAAAAAAAAAAA", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct directory *got = directories_find(testing_directories, slice_of(rows[i].type),
                                                       slice_of(rows[i].version), slice_of(rows[i].release));
        assert_string_equal(got ? directory_name(got) : "none", rows[i].want ? rows[i].want : "none");
    }
}

static void knows_codes(void **state)
{
    (void)state;
    const struct directory *directory = directories_named(testing_directories, "D96A");
    const struct directory_element *name = directory_element(directory, SLICE("1001"));
    assert_non_null(name);
    assert_true(directory_has_code(name->codes, SLICE("220")));
    assert_false(directory_has_code(name->codes, SLICE("22E")));
    assert_false(directory_has_code(name->codes, SLICE("")));
    assert_false(directory_has_code(name->codes, SLICE("123456789")));
    assert_null(directory_element(directory, SLICE("1004"))->codes);
    assert_null(directory_element(directory, SLICE("9999")));
    assert_null(directory_element(directory, SLICE("-001")));
    assert_true(directories_unit(testing_directories, SLICE("KGM")));
    assert_true(directories_unit(testing_directories, SLICE("C62")));
    assert_true(directories_unit(testing_directories, SLICE("PCE"))); // an alias
    assert_false(directories_unit(testing_directories, SLICE("QQQ")));
}

static void overlays_add(void **state)
{
    (void)state;
    static const struct {
        const char *element, *code;
        bool known;
    } codes[] = {
        { "1001", "22E", true },   { "1001", "Z1", true },   { "1001", "7E", true },
        { "3035", "22E", true },   { "3035", "Z1", false },  { "1001", "E", false },
        { "1001", "123E", false }, { "1001", "2XE", false }, { "1153", "YC1", true },
        { "1153", "Y11", false },  { "1153", "YCC", false }, { "1153", "", false },
    };
    static const char text[] = "overlay X\n# comment\nassociation EAN\ncodes * #E ##E Y@#\ncodes 1001 Z1 Z2\n"
                               "segments ORDERS UNH BGM\nsegments ORDERS UNT\n";
    struct arena *arena = arena_open(SIZE_MAX);
    struct error error = { 0 };
    struct directory_overlay *overlay = overlay_read("x", slice_of(text), arena, &error);
    assert_non_null(overlay);
    assert_string_equal(overlay_name(overlay), "X");
    assert_true(overlay_holds(overlay, SLICE("EAN008")));
    assert_false(overlay_holds(overlay, SLICE("EA")));
    assert_false(overlay_holds(overlay, SLICE("")));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (overlay_has_code(overlay, directory_key(slice_of(codes[i].element)), slice_of(codes[i].code)) !=
            codes[i].known)
            fail_msg("%s %s", codes[i].element, codes[i].code);
    assert_true(overlay_uses(overlay, "ORDERS", directory_key(SLICE("BGM"))));
    assert_true(overlay_uses(overlay, "ORDERS", directory_key(SLICE("UNT"))));
    assert_false(overlay_uses(overlay, "ORDERS", directory_key(SLICE("LIN"))));
    assert_true(overlay_uses(overlay, "ORDRSP", directory_key(SLICE("LIN"))));
    static const char *const wrong[] = { "association EAN\n", "overlay X\ncodes 1001\n",
                                         "overlay X Y\n",     "overlay X\ncodes 101 A\n",
                                         "overlay X\nwhat\n", "overlay\n" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_null(overlay_read("x", slice_of(wrong[i]), arena, &error));
        assert_true(error.at.line > 0);
        error_clear(&error);
    }
    arena_close(arena);
}

// Faulty tables are refused with file and line.
static void refuses_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "directory X\nelement 10 an..3\n", ":2:1: this is no element number: \"10\"" },
        { "directory X\nelement 1001 b..3\n", ":2:1: this is no element format: \"b..3\"" },
        { "directory X\ncodes 1001 1\n", ":2:1: codes of an element that is not defined above: \"1001\"" },
        { "directory X\ncomposite C002 1001\n", ":2:1: this element is not defined above: \"1001\"" },
        { "directory X\nsegment BGM C002\n", ":2:1: this element is not defined above: \"C002\"" },
        { "directory X\nmessage ORDERS\n  UNH!\n", "the line \"end\" is missing behind message \"ORDERS\"" },
        { "directory X\nmessage ORDERS\n  UNH!\n  SG1 ( RFF!\nend\n", "groups are not closed" },
        { "directory X\nmessage ORDERS\n  UNH! )\nend\n", "\")\" closes no group" },
        { "directory X\nmessage ORDERS\n  UNH! BGM*x\nend\n", "this is no repeat count: \"BGM*x\"" },
        { "directory X\nwhatever\n", ":2:1: this line is not understood: \"whatever\"" },
        { "element 1001 an..3\n", "the line \"directory NAME\" is missing" },
    };
    char folder[] = "/tmp/comptoir-directory-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/X.dir", folder);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *file = fopen(path, "w");
        fputs(rows[i].text, file);
        fclose(file);
        struct error error = { 0 };
        char text[1024];
        assert_null(directories_load(folder, &error));
        if (!strstr(error_text(&error, text, sizeof text), rows[i].want))
            fail_msg("got \"%s\", want \"%s\"", text, rows[i].want);
    }
    unlink(path);
    struct error error = { 0 };
    assert_null(directories_load(folder, &error));
    assert_non_null(strstr(error.message, "holds no service-3.dir"));
    rmdir(folder);
    error_clear(&error);
    assert_null(directories_load(folder, &error));
    assert_non_null(strstr(error.message, "could not list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_places), cmocka_unit_test(finds_paths),  cmocka_unit_test(finds_directories),
        cmocka_unit_test(knows_codes),  cmocka_unit_test(overlays_add), cmocka_unit_test(refuses_tables)
    };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

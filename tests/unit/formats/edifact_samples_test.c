// SPDX-License-Identifier: Apache-2.0
// Whole files: our samples are valid; cut off anywhere, or with two marks swapped, they are refused or read,
// and nothing else happens. Then files of other people, where they are at hand.
#include "unit/formats/edifact_testing.h"

#include <dirent.h>

static size_t each_file(const char *folder, const char *ending,
                        void (*call)(const char *name, struct slice bytes))
{
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);
    size_t called = 0;
    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(names[i]->d_name, '.');
        char path[1024];
        size_t size;
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        char *bytes = dot && strcmp(dot, ending) == 0 ? read_file(path, &size) : NULL;
        if (bytes) {
            call(names[i]->d_name, (struct slice){ bytes, size });
            called++;
        }
        free(bytes);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
    return called;
}

static void is_valid(const char *name, struct slice bytes)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct text lines = text_in(arena);
    struct checked checked = check_bytes(bytes, NULL, &lines);
    // A file that is meant to be refused says so in its name.
    if (strstr(name, "bad") ? checked.errors == 0
                            : checked.errors || checked.warnings || checked.messages == 0)
        fail_msg("%s: %.*s", name, SLICE_ARGS(text_slice(&lines)));
    arena_close(arena);
}

static void samples_are_valid(void **state)
{
    (void)state;
    assert_true(each_file(EDIFACT_SAMPLES, ".edi", is_valid) >= 9);
}

static void survives_cuts(const char *name, struct slice bytes)
{
    size_t end = bytes.size;
    while (end && (bytes.data[end - 1] == '\n' || bytes.data[end - 1] == '\r'))
        end--;
    for (size_t size = 1; size < end; size++) {
        // A copy of that size, so that reading on is seen.
        char *cut = malloc(size);
        memcpy(cut, bytes.data, size);
        bool is_edifact;
        edifact_recognise((struct slice){ cut, size }, &is_edifact);
        struct checked checked = check_bytes((struct slice){ cut, size }, NULL, NULL);
        // Between two interchanges a file may end.
        bool between = checked.errors == 0 && checked.interchanges > 0 && memmem(cut, size, "UNZ", 3);
        if (checked.errors == 0 && !between)
            fail_msg("%s: cut to %zu bytes it passes as valid", name, size);
        free(cut);
    }
}

static void cut_anywhere(void **state)
{
    (void)state;
    each_file(EDIFACT_SAMPLES, ".edi", survives_cuts);
}

// One figure of a count, or one sign of a reference, is another: one error, at the trailer.
static void tells_trailers(const char *name, struct slice bytes)
{
    static const char *const tags[] = { "UNT", "UNE", "UNZ" };
    for (size_t at = 1; at + 6 < bytes.size && !strstr(name, "bad"); at++) {
        bool trailer = false;
        for (size_t i = 0; i < 3; i++)
            trailer = trailer || memcmp(bytes.data + at, tags[i], 3) == 0;
        char before = bytes.data[at - 1], mark = bytes.data[at + 3];
        if (!trailer || (before >= 'A' && before <= 'Z') || (mark >= 'A' && mark <= 'Z'))
            continue;
        const char *count = bytes.data + at + 4;
        const char *reference = (const char *)memchr(count, mark, 12) + 1;
        const size_t places[] = { (size_t)(count - bytes.data), (size_t)(reference - bytes.data) };
        for (size_t i = 0; i < 2; i++) {
            char *changed = malloc(bytes.size);
            memcpy(changed, bytes.data, bytes.size);
            changed[places[i]] = changed[places[i]] == '1' ? '7' : '1';
            struct arena *arena = arena_open(SIZE_MAX);
            struct text lines = text_in(arena);
            struct checked checked = check_bytes((struct slice){ changed, bytes.size }, NULL, &lines);
            if (checked.errors != 1)
                fail_msg("%s, byte %zu: %.*s", name, places[i], SLICE_ARGS(text_slice(&lines)));
            arena_close(arena);
            free(changed);
        }
    }
}

static void trailers_changed(void **state)
{
    (void)state;
    each_file(EDIFACT_SAMPLES, ".edi", tells_trailers);
}

static void survives_swaps(const char *name, struct slice bytes)
{
    static const char marks[] = ":+?'*\n";
    (void)name;
    for (size_t a = 0; a + 1 < sizeof marks; a++) {
        for (size_t b = a + 1; b + 1 < sizeof marks; b++) {
            char *swapped = malloc(bytes.size);
            for (size_t i = 0; i < bytes.size; i++) {
                char c = bytes.data[i];
                swapped[i] = c == marks[a] ? marks[b] : c == marks[b] ? marks[a] : c;
            }
            check_bytes((struct slice){ swapped, bytes.size }, NULL, NULL);
            free(swapped);
        }
    }
}

static void marks_swapped(void **state)
{
    (void)state;
    each_file(EDIFACT_SAMPLES, ".edi", survives_swaps);
}

// Twice the messages must take about twice the tokens and no more memory at a time; here: the checks agree.
static void many_messages(void **state)
{
    (void)state;
    enum { MESSAGES = 3000 };
    struct arena *arena = arena_open(SIZE_MAX);
    struct text text = text_in(arena);
    text_printf(&text, "UNB+UNOC:3+A+B+261124:0915+1'");
    for (unsigned i = 1; i <= MESSAGES; i++)
        text_printf(&text,
                    "UNH+%u+ORDERS:D:96A:UN'BGM+220+%u+9'DTM+137:20261124:102'NAD+BY+B1::92'LIN+1++T-1:SA'"
                    "QTY+21:2:C62'UNS+S'UNT+8+%u'",
                    i, i, i);
    text_printf(&text, "UNZ+%u+1'", (unsigned)MESSAGES);
    struct checked checked = check_bytes(text_slice(&text), NULL, NULL);
    assert_int_equal(checked.messages, MESSAGES);
    assert_int_equal(checked.errors, 0);
    arena_close(arena);
}

// Long segments take time in proportion: each of these once took the square of it.
static void long_segments(void **state)
{
    (void)state;
    enum { REPEATS = 200000 };
    static const char *const pieces[] = { "+1:XXXX\n", "*1:XXXX\n", ":\nA", "+9\n", "?+\n" };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct text text = text_in(arena);
        text_printf(&text, "UNB+UNOC:4+A+B+20261124:0915+1'UNH+1+ORDERS:D:01B:UN'COM+1");
        for (unsigned k = 0; k < REPEATS; k++)
            text_append(&text, slice_of(pieces[i]));
        text_printf(&text, "'UNT+3+1'UNZ+1+1'");
        struct checked checked = check_bytes(text_slice(&text), NULL, NULL);
        assert_true(checked.errors > 0);
        arena_close(arena);
    }
}

// Lines wrapped at a width, inside of segments and of tags: read all the same, with a warning for each unit.
static void reads_wrapped(const char *name, struct slice bytes)
{
    static const size_t widths[] = { 80, 71, 64, 61 };
    struct arena *arena = arena_open(SIZE_MAX);
    for (size_t i = 0; i < sizeof widths / sizeof *widths && !strstr(name, "bad"); i++) {
        struct text wrapped = text_in(arena), lines = text_in(arena);
        size_t column = 0;
        for (size_t k = 0; k < bytes.size; k++) {
            if (bytes.data[k] == '\r' || bytes.data[k] == '\n')
                continue;
            text_append_char(&wrapped, bytes.data[k]);
            if (++column % widths[i] == 0)
                text_append(&wrapped, SLICE("\r\n"));
        }
        struct checked checked = check_bytes(text_slice(&wrapped), NULL, &lines);
        if (checked.errors)
            fail_msg("%s wrapped at %zu: %.*s", name, widths[i], SLICE_ARGS(text_slice(&lines)));
    }
    arena_close(arena);
}

static void wrapped_lines(void **state)
{
    (void)state;
    each_file(EDIFACT_SAMPLES, ".edi", reads_wrapped);
}

// One row of the index beside the foreign samples.
static bool read_row(struct slice *rest, struct slice columns[11])
{
    while (rest->size) {
        struct slice line = slice_cut(rest, '\n');
        size_t count = 0;
        while (count < 11)
            columns[count++] = slice_cut(&line, '\t');
        if (columns[0].size && !slice_is(columns[0], "file"))
            return true;
    }
    return false;
}

static void foreign_samples(void **state)
{
    (void)state;
    const char *folder = SOURCE_DIR "/../shared/samples/edi";
    char path[2048];
    size_t size, orders = 0, valid = 0, others = 0;
    snprintf(path, sizeof path, "%s/INDEX.tsv", folder);
    char *index = read_file(path, &size);
    if (!index) {
        print_message("no samples in %s: skipped\n", folder);
        skip();
    }
    struct slice rest = { index, size }, columns[11];
    while (read_row(&rest, columns)) {
        snprintf(path, sizeof path, "%s/%.*s", folder, SLICE_ARGS(columns[0]));
        char *bytes = read_file(path, &size);
        assert_non_null(bytes);
        bool is_edifact;
        edifact_recognise((struct slice){ bytes, size }, &is_edifact);
        struct checked checked = check_bytes((struct slice){ bytes, size }, NULL, NULL);
        bool is_order = slice_is(columns[5], "ORDERS") && slice_starts(columns[6], "D.96A");
        bool envelope = slice_is(columns[9], "ok"), directory = slice_is(columns[10], "ok");
        if (slice_starts(columns[5], "X12")) {
            assert_false(is_edifact);
            others++;
        } else if (is_order && envelope && directory && checked.errors) {
            fail_msg("%s: got %zu errors, want none", path, checked.errors);
        } else if (is_order && !envelope && !checked.errors && !slice_starts(columns[9], "trailing")) {
            fail_msg("%s: got no error, want \"%.*s\"", path, SLICE_ARGS(columns[9]));
        }
        orders += is_order;
        valid += is_order && envelope && directory;
        free(bytes);
    }
    free(index);
    print_message("%zu orders of D.96A, %zu of them valid, %zu files of other formats\n", orders, valid,
                  others);
    assert_true(orders > 10 && valid > 0 && others > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_valid), cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(marks_swapped),     cmocka_unit_test(trailers_changed),
        cmocka_unit_test(many_messages),     cmocka_unit_test(long_segments),
        cmocka_unit_test(wrapped_lines),     cmocka_unit_test(foreign_samples)
    };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

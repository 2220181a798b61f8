// SPDX-License-Identifier: Apache-2.0
// tests/cases/edifact/NAME.case: comment lines with '#', an input, a line "====", and what the check must say
// of the input, finding by finding, with the totals as the last line.
#include "unit/formats/edifact_testing.h"

#include <dirent.h>

#include "formats/edifact/contrl.h"

// Whether a segment of a CONTRL gives the action 4.
static bool refuses(struct slice segment)
{
    if (!slice_starts(segment, "UCI+") && !slice_starts(segment, "UCF+") && !slice_starts(segment, "UCM+"))
        return false;
    return memmem(segment.data, segment.size, "+4+", 3) ||
           memcmp(segment.data + segment.size - 2, "+4", 2) == 0;
}

// The CONTRL that each interchange of the input earns is valid itself, and refuses what the check refuses.
static void answer(struct slice input, const char *name)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct findings findings = { .arena = arena };
    struct edifact_reader *reader = edifact_open(input, "test");
    struct edifact_check *check = edifact_check_open(testing_directories, NULL);
    const struct edifact_interchange_result *interchanges[8] = { NULL };
    size_t count = 0;
    struct edifact_unit unit;
    edifact_check_keep(check, arena);
    while (edifact_next(reader, &unit)) {
        edifact_check_unit(check, &unit, arena, &findings, NULL);
        const struct edifact_interchange_result *now = edifact_check_interchange(check);
        if (now && (count == 0 || interchanges[count - 1] != now))
            interchanges[count++] = now;
        assert_true(count < 8);
    }
    edifact_check_end(check, arena, &findings);
    for (size_t i = 0; i < count; i++) {
        struct contrl_settings settings = { .reference = SLICE("C1"), .every_message = true };
        struct error error = { 0 };
        struct text text = text_in(arena), lines = text_in(arena);
        if (!contrl_owed(interchanges[i]) || !contrl_write(interchanges[i], &settings, &text, &error))
            continue;
        if (check_bytes(text_slice(&text), NULL, &lines).errors)
            fail_msg("%s: %.*s\n%.*s", name, SLICE_ARGS(text_slice(&text)), SLICE_ARGS(text_slice(&lines)));
        bool refused = interchanges[i]->errors > 0;
        for (size_t k = 0; k < interchanges[i]->message_count; k++)
            refused = refused || interchanges[i]->messages[k].errors > 0;
        for (size_t k = 0; k < interchanges[i]->group_count; k++)
            refused = refused || interchanges[i]->groups[k].errors > 0;
        bool says = false;
        for (struct slice rest = text_slice(&text); rest.size;)
            says = refuses(slice_cut(&rest, '\'')) || says;
        if (refused != says)
            fail_msg("%s: %s, but %.*s", name, refused ? "refused" : "taken", SLICE_ARGS(text_slice(&text)));
    }
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(arena);
}

static void run_case(const char *path, const char *name, size_t *failed)
{
    size_t size;
    char *bytes = read_file(path, &size);
    assert_non_null(bytes);
    struct slice rest = { bytes, size };
    while (rest.size && rest.data[0] == '#')
        slice_cut(&rest, '\n');
    const char *rule = memmem(rest.data, rest.size, "====\n", 5);
    assert_non_null(rule);
    struct slice input = { rest.data, (size_t)(rule - rest.data) };
    struct slice want = { rule + 5, size - (size_t)(rule + 5 - bytes) };
    struct arena *arena = arena_open(SIZE_MAX);
    struct text got = text_in(arena);
    bool is_edifact;
    const char *what = edifact_recognise(input, &is_edifact);
    struct checked checked = { .errors = 1 };
    if (is_edifact)
        answer(input, name);
    if (is_edifact)
        checked = check_bytes(input, NULL, &got);
    else
        text_printf(&got,
                    strcmp(what, "empty") == 0 ? "1:1: the input is %s [2]\n"
                                               : "1:1: the input is no EDIFACT interchange, it is %s [2]\n",
                    what);
    text_printf(&got, "%zu interchanges, %zu messages, %zu errors\n", checked.interchanges, checked.messages,
                checked.errors);
    if (!slice_equal(text_slice(&got), want)) {
        print_error("%s\ngot:\n%.*swant:\n%.*s\n", name, SLICE_ARGS(text_slice(&got)), SLICE_ARGS(want));
        ++*failed;
    }
    arena_close(arena);
    free(bytes);
}

static void all_cases(void **state)
{
    (void)state;
    const char *folder = SOURCE_DIR "/tests/cases/edifact";
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);
    size_t run = 0, failed = 0;
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(names[i]->d_name, '.');
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (dot && strcmp(dot, ".case") == 0) {
            run_case(path, names[i]->d_name, &failed);
            run++;
        }
        free(names[i]);
    }
    free(names);
    print_message("%zu cases\n", run);
    assert_true(run >= 180);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(all_cases) };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

// SPDX-License-Identifier: Apache-2.0
// The settings of a partner: which layer wins, what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/edifact/check.h"
#include "formats/map.h"

#define IDENTITY "account = \"ACME\"; edifact = { identities = ( { identity = \"4012345000009\"; } ); "

static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int open_all(void **state)
{
    (void)state;
    char path[128];
    strcpy(folder, "/tmp/partner_settings.XXXXXX");
    assert_non_null(mkdtemp(folder));
    static const char *const links[] = { "directories", "messages" };
    for (size_t i = 0; i < 2; i++) {
        char target[512];
        snprintf(path, sizeof path, "%s/%s", folder, links[i]);
        snprintf(target, sizeof target, SOURCE_DIR "/edi-maps/%s", links[i]);
        assert_int_equal(symlink(target, path), 0);
    }
    snprintf(path, sizeof path, "%s/partners", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const struct partner_setting *find(const struct partner *partner, const char *name)
{
    for (size_t i = 0; i < partner->setting_count; i++)
        if (strcmp(partner->settings[i].name, name) == 0)
            return &partner->settings[i];
    fail_msg("there is no setting %s", name);
    return NULL;
}

static void the_nearer_layer_wins(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        enum partner_layer layer;
    } cases[] = {
        { "charset", "UNOC", PARTNER_LAYER_BUILT_IN },
        { "directory", "D01B", PARTNER_LAYER_PARTNER },
        { "syntax", "4", PARTNER_LAYER_BASE },
        { "tolerances.counts", "accept", PARTNER_LAYER_PARTNER },
        { "tolerances.codes", "refuse", PARTNER_LAYER_BASE },
        { "tolerances.units", "warn", PARTNER_LAYER_BUILT_IN },
    };
    struct error error = { 0 };
    write_file("partners/defaults", "edifact = { syntax = 4; directory = \"D96A\";\n"
                                    "  tolerances = { counts = \"warn\"; codes = \"refuse\"; }; };\n");
    write_file("partners/acme.conf",
               IDENTITY "directory = \"D01B\"; tolerances = { counts = \"accept\"; }; };\n");
    struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        fail_msg("%s", error.message);
    const struct partner *partner = maps_partner(maps, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct partner_setting *got = find(partner, cases[i].name);
        if (strcmp(got->value, cases[i].value) != 0 || got->layer != cases[i].layer)
            fail_msg("%s: got %s of layer %d, want %s of layer %d", cases[i].name, got->value,
                     (int)got->layer, cases[i].value, (int)cases[i].layer);
    }
    assert_int_equal(partner->edifact_tolerances->counts, EDIFACT_ACCEPT);
    assert_int_equal(partner->edifact_tolerances->codes, EDIFACT_REFUSE);
    assert_int_equal(partner->edifact_tolerances->units, EDIFACT_WARN);
    assert_int_equal(partner->edifact_syntax, 4);
    assert_string_equal(find(partner, "tolerances.codes")->file + strlen(folder), "/partners/defaults");
    assert_int_equal(find(partner, "tolerances.codes")->line, 2);
    maps_free(maps);
}

// The UN's lists, the association's by UNH or by the partner's word, the partner's own; and what becomes of the rest.
static void codes_have_layers(void **state)
{
    (void)state;
    static const struct {
        const char *association, *settings, *code; // BGM 1001
        size_t errors, warnings;
    } cases[] = {
        { "", "", "220", 0, 0 },
        { "", "", "22E", 0, 1 },
        { ":EAN008", "", "22E", 0, 0 },
        { ":EAN008", "", "Z01", 0, 1 },
        { ":EAN008", "code_lists = \"none\";", "22E", 0, 1 },
        { "", "code_lists = \"EANCOM\";", "22E", 0, 0 },
        { "", "codes = ( { element = \"1001\"; add = (\"Z01\", \"Z02\"); } );", "Z02", 0, 0 },
        { "", "codes = ( { element = \"1001\"; add = (\"Z01\"); unknown = \"refuse\"; } );", "Z01", 0, 0 },
        { "", "codes = ( { element = \"1001\"; add = (\"Z01\"); unknown = \"refuse\"; } );", "Z03", 1, 0 },
        { "", "codes = ( { element = \"1001\"; unknown = \"accept\"; } );", "Z03", 0, 0 },
        { "", "codes = ( { element = \"1225\"; unknown = \"refuse\"; } );", "Z03", 0, 1 },
        { "", "tolerances = { codes = \"refuse\"; };", "Z03", 1, 0 },
        { "",
          "tolerances = { codes = \"refuse\"; }; codes = ( { element = \"1001\"; unknown = \"warn\"; } );",
          "Z03", 0, 1 },
        // Under another agency, or in a list of their own, it is no code of these lists.
        { "", "tolerances = { codes = \"refuse\"; };", "Z03::91", 0, 0 },
        { "", "tolerances = { codes = \"refuse\"; };", "Z03::6", 1, 0 },
    };
    write_file("partners/defaults", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = { 0 };
        char text[1024];
        snprintf(text, sizeof text, IDENTITY "%s };\n", cases[i].settings);
        write_file("partners/acme.conf", text);
        struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
        if (!maps)
            fail_msg("case %zu: %s", i, error.message);
        snprintf(text, sizeof text,
                 "UNB+UNOC:3+4012345000009+B+261124:0915+1'UNH+1+ORDERS:D:96A:UN%s'BGM+%s+PO+9'"
                 "DTM+137:20261124:102'NAD+BY+1::92'LIN+1++T:SA'QTY+21:1'UNS+S'UNT+8+1'UNZ+1+1'",
                 cases[i].association, cases[i].code);
        struct arena *arena = arena_open(SIZE_MAX);
        struct findings findings = { .arena = arena };
        struct edifact_check *check =
            edifact_check_open(maps_directories(maps), maps_partner(maps, 0)->edifact_tolerances);
        struct edifact_reader *reader = edifact_open(slice_of(text), "test");
        struct edifact_unit unit;
        while (edifact_next(reader, &unit))
            edifact_check_unit(check, &unit, arena, &findings, NULL);
        if (findings.errors != cases[i].errors || findings.count - findings.errors != cases[i].warnings)
            fail_msg("case %zu (%s %s %s): got %zu errors, %zu warnings", i, cases[i].association,
                     cases[i].settings, cases[i].code, findings.errors, findings.count - findings.errors);
        edifact_close(reader);
        edifact_check_close(check);
        arena_close(arena);
        maps_free(maps);
    }
}

static void codes_are_shown(void **state)
{
    (void)state;
    struct error error = { 0 };
    write_file("partners/defaults",
               "edifact = { codes = ( { element = \"3035\"; unknown = \"accept\"; } ); };\n");
    write_file("partners/acme.conf", IDENTITY "code_lists = \"EANCOM\"; };\n");
    struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    assert_non_null(maps);
    const struct partner_setting *codes = find(maps_partner(maps, 0), "codes");
    assert_string_equal(codes->value, "3035 accept");
    assert_int_equal(codes->layer, PARTNER_LAYER_BASE);
    assert_string_equal(find(maps_partner(maps, 0), "code_lists")->value, "EANCOM");
    maps_free(maps);
    write_file("partners/acme.conf", IDENTITY
               "codes = ( { element = \"1001\"; add = (\"Z01\", \"Z02\"); unknown = \"refuse\"; } ); };\n");
    maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    assert_non_null(maps);
    codes = find(maps_partner(maps, 0), "codes");
    assert_string_equal(codes->value, "1001 adds Z01 Z02, refuse");
    assert_int_equal(codes->layer, PARTNER_LAYER_PARTNER);
    maps_free(maps);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *base, *partner, *want;
    } cases[] = {
        { "", IDENTITY "tolerances = { counts = \"maybe\"; }; };", "\"accept\" is wanted for \"counts\"" },
        { "", IDENTITY "tolerances = { count = \"warn\"; }; };", "\"count\" is no kind of fault" },
        { "", IDENTITY "tolerances = \"warn\"; };", "a group is wanted for \"tolerances\"" },
        { "", IDENTITY "colour = \"blue\"; };", "\"colour\" is no setting" },
        { "", IDENTITY "numbers = ( { prefix = \"r\"; } ); };", "capital letters and figures" },
        { "", IDENTITY "numbers = ( { prefix = \"R12345\"; width = 9; } ); };", "more than 14 characters" },
        { "", IDENTITY "numbers = ( { }, { message = \"CONTRL\"; } ); };", "the same prefix" },
        { "", IDENTITY "numbers = ( { last = 10; at_end = \"grow\"; } ); };",
          "a range with `last` does not" },
        { "", IDENTITY "numbers = ( { at_end = \"start\"; } ); };", "`at_end` is grow, stop or wrap" },
        { "", IDENTITY "numbers = ( { first = 10; last = 10; } ); };", "`first` is not below `last`" },
        { "", IDENTITY "numbers = ( { prefix = \"ABCDEFGHIJKLM\"; last = 10; } ); };",
          "more than 14 characters" },
        { "", IDENTITY "numbers = ( { prefix = \"ABCDEFGHIJKLMN\"; } ); };", "more than 14 characters" },
        { "", IDENTITY "sequence = \"tell\"; };", "\"ignore\" or \"warn\" is wanted for \"sequence\"" },
        { "", IDENTITY "numbers = ( 5 ); };", "a range is a group" },
        { "", IDENTITY "code_lists = \"VDA\"; };", "there are no code lists \"VDA\"" },
        { "", IDENTITY "codes = 5; };", "a list of groups is wanted in \"codes\"" },
        { "", IDENTITY "codes = ( { element = \"BGM\"; unknown = \"warn\"; } ); };",
          "the four figures of an element" },
        { "", IDENTITY "codes = ( { element = \"1001\"; } ); };", "\"add\" or \"unknown\"" },
        { "", IDENTITY "codes = ( { element = \"1001\"; add = (5); } ); };", "a code in quotes" },
        { "", IDENTITY "codes = ( { element = \"1001\"; unknown = \"no\"; } ); };",
          "\"accept\" is wanted for \"unknown\"" },
        { "",
          IDENTITY
          "codes = ( { element = \"1001\"; add = (\"A\"); }, { element = \"1001\"; add = (\"B\"); } ); };",
          "each element once" },
        { "", IDENTITY "syntax = 5; };", "a number from 1 to 4 is wanted for \"syntax\"" },
        { "edifact = { identities = (); };", IDENTITY "};", "\"identities\" is no setting" },
        { "edifact = { syntax = 0; };", IDENTITY "};", "a number from 1 to 4" },
        { "account = \"X\";", IDENTITY "};", "account" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = { 0 };
        write_file("partners/defaults", cases[i].base);
        write_file("partners/acme.conf", cases[i].partner);
        struct maps *maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
        if (maps)
            fail_msg("case %zu is taken", i);
        bool placed = error.at.line || strstr(cases[i].want, "there are no");
        if (!strstr(error.message, cases[i].want) || !placed)
            fail_msg("case %zu: got \"%s\" at line %u, want \"%s\"", i, error.message, error.at.line,
                     cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearer_layer_wins),
        cmocka_unit_test(codes_have_layers),
        cmocka_unit_test(codes_are_shown),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

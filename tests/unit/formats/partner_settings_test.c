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
        { "", IDENTITY "numbers = ( 5 ); };", "a range is a group" },
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
        if (!strstr(error.message, cases[i].want) || !error.at.line)
            fail_msg("case %zu: got \"%s\" at line %u, want \"%s\"", i, error.message, error.at.line,
                     cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearer_layer_wins),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

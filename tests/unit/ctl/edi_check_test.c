// SPDX-License-Identifier: Apache-2.0
// What `comptoirctl edi check` prints and returns.
#include "unit/formats/edifact_testing.h"

#include "ctl/ctl.h"
#include "ctl/edi_check.h"

#define GOOD                                                                                                 \
    "UNB+UNOC:3+A+B+261124:0915+1'UNH+1+ORDERS:D:96A:UN'BGM+220'DTM+137:20261124:102'UNS+S'UNT+5+1'UNZ+1+1'"
#define BAD                                                                                                  \
    "UNB+UNOC:3+A+B+261124:0915+1'UNH+1+ORDERS:D:96A:UN'BGM+999'DTM+137:20260231:102'UNS+S'UNT+5+1'UNZ+1+1'"

static const struct {
    const char *name, *input;
    bool json, valid;
    size_t errors, warnings;
    const char *want;
} rows[] = {
    { "valid", GOOD, false, true, 0, 0, "" },
    { "lines", BAD, false, false, 1, 1,
      "x.edi:1:56: BGM 1.1: warning: \"999\" is not in the code list of element 1001 [12]\n"
      "x.edi:1:68: DTM 1.2: \"20260231\" is no date, time or period of format 102 [12]\n" },
    { "JSON", "ISA*00*", true, false, 1, 0,
      "{\"severity\":\"error\",\"file\":\"x.edi\",\"line\":1,\"column\":1,\"byte\":0,"
      "\"text\":\"the input is no EDIFACT interchange, it is an X12 interchange\",\"code\":2}\n" },
    { "JSON of a segment", "UNB+UNOC:3+A+B+261124:0915+1'UNZ+1+\"'", true, false, 2, 0,
      "{\"severity\":\"error\",\"file\":\"x.edi\",\"line\":1,\"column\":30,\"byte\":29,\"segment\":\"UNZ\","
      "\"index\":1,"
      "\"text\":\"the interchange holds no message\",\"code\":32}\n"
      "{\"severity\":\"error\",\"file\":\"x.edi\",\"line\":1,\"column\":36,\"byte\":35,\"segment\":\"UNZ\","
      "\"index\":1,"
      "\"element\":2,\"text\":\"the reference \\\"\\\"\\\" is not \\\"1\\\", which UNB "
      "gave\",\"code\":28}\n" },
    { "control characters stay off the terminal", "UNH+\x1B[31m+ORDERS:D:96A:UN'", false, false, 2, 1, NULL },
};

static void prints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&got, &size);
        struct edi_checking checking = {
            .translation = { .command = "edi check", .directories = testing_directories, .nobody = true },
            .json = rows[i].json,
            .out = out,
        };
        bool valid = edi_check_bytes(&checking, "x.edi", slice_of(rows[i].input));
        fclose(out);
        assert_int_equal(valid, rows[i].valid);
        if (rows[i].want && strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got\n%swant\n%s", rows[i].name, got, rows[i].want);
        assert_null(strchr(got, '\x1B'));
        assert_int_equal(checking.errors, rows[i].errors);
        assert_int_equal(checking.warnings, rows[i].warnings);
        free(got);
    }
}

static int run(const char *first, const char *second, const char *third)
{
    char *arguments[] = { "check",       "--maps", SOURCE_DIR "/edi-maps", (char *)first, (char *)second,
                          (char *)third, NULL };
    int count = 3 + (first != NULL) + (second != NULL) + (third != NULL);
    return ctl_edi_check(count, arguments);
}

static void returns(void **state)
{
    (void)state;
    const char *good = EDIFACT_SAMPLES "/orders_simple.edi", *other = EDIFACT_SAMPLES "/orders_full.edi";
    const char *bad = SOURCE_DIR "/tests/cases/edifact/unt_count.case";
    assert_int_equal(run(good, other, NULL), 0);
    assert_int_equal(run(good, bad, NULL), 1);
    assert_int_equal(run(good, "/nowhere/x.edi", bad), 2);
    assert_int_equal(run(NULL, NULL, NULL), 2);
    assert_int_equal(run("--json", good, NULL), 0);
    assert_int_equal(run("--unknown", good, NULL), 2);
    char *nowhere[] = { "check", "--maps", "/nowhere", (char *)good, NULL };
    assert_int_equal(ctl_edi_check(4, nowhere), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(prints), cmocka_unit_test(returns) };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

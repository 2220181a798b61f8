// SPDX-License-Identifier: Apache-2.0
// Whose settings `edi check` and `edi contrl` take.
#include "unit/ctl/command_testing.h"

static void takes_the_senders_settings(void **state)
{
    (void)state;
    static const struct command_case cases[] = {
        { "the sender's",
          ctl_edi_check,
          { EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          SIZE_MAX,
          "1 interchanges, 3 messages, 1 errors\n",
          "orders-one-of-three-bad.edi:1: with the settings of partner example-edifact\n" },
        { "a sender that nobody knows",
          ctl_edi_check,
          { EDIFACT "orders_simple.edi", NULL },
          0,
          1,
          "1 interchanges, 1 messages, 0 errors\n",
          "no partner file has the sender \"14:4012345000016\"\n" },
        { "nobody's",
          ctl_edi_check,
          { "--partner", "none", EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          SIZE_MAX,
          "3 messages",
          "orders-one-of-three-bad.edi:1: with the built-in settings\n" },
        { "another one's",
          ctl_edi_check,
          { "--partner", "example-edifact", EDIFACT "orders_simple.edi", NULL },
          0,
          1,
          "1 messages",
          "with the settings of partner example-edifact\n" },
        { "quietly",
          ctl_edi_check,
          { "--quiet", EDIFACT "orders_simple.edi", NULL },
          0,
          1,
          "0 errors\n",
          NULL },
        { "told once for a file",
          ctl_edi_check,
          { EDIFACT "two_interchanges.edi", NULL },
          0,
          1,
          "2 interchanges",
          "two_interchanges.edi:" },
        { "of nobody known",
          ctl_edi_check,
          { "--partner", "nobody", EDIFACT "orders_simple.edi", NULL },
          2,
          0,
          NULL,
          "\"nobody.conf\"" },
        { "settings", ctl_edi_settings, { "example-edifact", NULL }, 0, SIZE_MAX, "built-in", NULL },
        { "settings of nobody",
          ctl_edi_settings,
          { "nobody", NULL },
          1,
          0,
          NULL,
          "there is no partner 'nobody'" },
        { "settings of another channel",
          ctl_edi_settings,
          { "example-cxml", NULL },
          1,
          0,
          NULL,
          "does not use EDIFACT" },
        { "CONTRL in lines",
          ctl_edi_contrl,
          { "--line-breaks", "--partner=none", EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          SIZE_MAX,
          "\nUNH+1+CONTRL:D:3:UN'\nUCI+",
          "built-in" },
        // The example asks for a UNA in what it gets.
        { "CONTRL as the partner wants it",
          ctl_edi_contrl,
          { EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          1,
          "UNA:+.? 'UNB+UNOC:3+4300003000011:14+4300002000012:14+",
          "example-edifact" },
        { "CONTRL as nobody in particular wants it",
          ctl_edi_contrl,
          { "--partner=none", "--time=2026-11-24T13:10:00Z", "--reference=7",
            EDIFACT "orders-one-of-three-bad.edi", NULL },
          1,
          1,
          "UNB+UNOC:3+4300003000011:14+4300002000012:14+261124:1310+7'UNH+1+CONTRL:D:3:UN'UCI+",
          "built-in" },
        { "CONTRL of what is no EDIFACT", ctl_edi_contrl, { CXML "order.xml", NULL }, 1, 0, NULL, "XML" },
        { "CONTRL of no file", ctl_edi_contrl, { "/nonexistent", NULL }, 2, 0, NULL, "/nonexistent" },
        { "CONTRL at no time",
          ctl_edi_contrl,
          { "--time", "noon", EDIFACT "orders_simple.edi", NULL },
          2,
          0,
          NULL,
          "--time \"noon\" is no instant" },
        { "CONTRL under no number",
          ctl_edi_contrl,
          { "--reference", "0", EDIFACT "orders_simple.edi", NULL },
          2,
          0,
          NULL,
          "--reference \"0\"" },
    };
    run_commands(cases, sizeof cases / sizeof *cases);
}

// A folder that holds directories alone, or whose partner files are at fault, still checks messages.
static void checks_without_partners(void **state)
{
    (void)state;
    char folder[] = "/tmp/edi_partner_test_XXXXXX", link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(link, sizeof link, "%s/directories", folder);
    assert_int_equal(symlink(SOURCE_DIR "/edi-maps/directories", link), 0);
    const struct command_case cases[] = {
        { "directories alone",
          ctl_edi_check,
          { "--maps", folder, EDIFACT "orders_simple.edi", NULL },
          0,
          1,
          "0 errors\n",
          "messages" },
        { "directories alone, and nobody asked for more",
          ctl_edi_check,
          { "--maps", folder, "--partner", "none", "--quiet", EDIFACT "orders_simple.edi", NULL },
          0,
          1,
          "0 errors\n",
          NULL },
        { "but not a partner who is asked for",
          ctl_edi_check,
          { "--maps", folder, "--partner", "example-edifact", EDIFACT "orders_simple.edi", NULL },
          2,
          0,
          NULL,
          "messages" },
    };
    run_commands(cases, sizeof cases / sizeof *cases);
    unlink(link);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(takes_the_senders_settings),
                                        cmocka_unit_test(checks_without_partners) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

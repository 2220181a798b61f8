// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/options.h"

enum { MOST = 8 };

static const struct {
    const char *name, *arguments[MOST];
    enum options_result result;
    const char *text;
    int64_t number;
    bool flag;
    const char *words[MOST];
} cases[] = {
    { "nothing but words", { "cmd", "A", "B" }, OPTIONS_GOOD, "t", 7, false, { "A", "B" } },
    { "options behind words", { "cmd", "A", "--text", "x", "--flag" }, OPTIONS_GOOD, "x", 7, true, { "A" } },
    { "equals sign", { "cmd", "--text=a=b", "--number=0", "A" }, OPTIONS_GOOD, "a=b", 0, false, { "A" } },
    { "empty value", { "cmd", "--text=", "A" }, OPTIONS_GOOD, "", 7, false, { "A" } },
    { "words behind two dashes", { "cmd", "--", "--flag" }, OPTIONS_GOOD, "t", 7, false, { "--flag" } },
    { "one dash is a word", { "cmd", "-" }, OPTIONS_GOOD, "t", 7, false, { "-" } },
    { "a value may begin with a dash",
      { "cmd", "A", "--text", "-x" },
      OPTIONS_GOOD,
      "-x",
      7,
      false,
      { "A" } },
    { "help", { "cmd", "--help" }, OPTIONS_HELP, NULL, 0, false, { NULL } },
    { "help wins over what is missing",
      { "cmd", "--flag", "--help", "--nope" },
      OPTIONS_HELP,
      NULL,
      0,
      false,
      { NULL } },
    { "unknown option", { "cmd", "A", "--nope" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "prefix of an option", { "cmd", "A", "--fla" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "one dash", { "cmd", "A", "-f" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "flag with a value", { "cmd", "A", "--flag=yes" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "value missing", { "cmd", "A", "--text" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "no number", { "cmd", "A", "--number", "ten" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "negative number", { "cmd", "A", "--number=-1" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "number too large",
      { "cmd", "A", "--number=9223372036854775808" },
      OPTIONS_WRONG,
      NULL,
      0,
      false,
      { NULL } },
    { "too few words", { "cmd", "--flag" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
    { "too many words", { "cmd", "A", "B", "C" }, OPTIONS_WRONG, NULL, 0, false, { NULL } },
};

// What the parser writes belongs to people; the test looks at results only.
static void silence(int *out, int *err)
{
    fflush(stdout);
    fflush(stderr);
    *out = dup(STDOUT_FILENO);
    *err = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stdout));
    assert_non_null(freopen("/dev/null", "w", stderr));
}

static void speak(int out, int err)
{
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
}

static void options_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *text = "t";
        int64_t number = 7;
        bool flag = false;
        const struct ctl_option options[] = {
            { "text", OPTION_TEXT, &text, "TEXT", "a text" },
            { "number", OPTION_NUMBER, &number, "NUMBER", "a number" },
            { "flag", OPTION_FLAG, &flag, NULL, "a flag" },
        };
        const struct ctl_usage usage = { "cmd", "A [B]", "A command.", options, 3, 1, 2, NULL };
        char *arguments[MOST] = { 0 };
        int count = 0;
        for (; count < MOST && cases[i].arguments[count]; count++)
            arguments[count] = (char *)(uintptr_t)cases[i].arguments[count];
        size_t words = 0;
        int out, err;
        silence(&out, &err);
        enum options_result got = options_read(&usage, count, arguments, &words);
        speak(out, err);
        if (got != cases[i].result)
            fail_msg("%s: got %d, want %d", cases[i].name, got, cases[i].result);
        if (got != OPTIONS_GOOD)
            continue;
        if (strcmp(text, cases[i].text) != 0 || number != cases[i].number || flag != cases[i].flag)
            fail_msg("%s: got text '%s', number %ld, flag %d", cases[i].name, text, (long)number, flag);
        for (size_t w = 0; w < MOST && (w < words || cases[i].words[w]); w++)
            if (w >= words || !cases[i].words[w] || strcmp(arguments[w], cases[i].words[w]) != 0)
                fail_msg("%s: word %zu: got '%s', want '%s'", cases[i].name, w, w < words ? arguments[w] : "",
                         cases[i].words[w] ? cases[i].words[w] : "");
    }
}

static int nothing(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static const struct command commands[] = {
    { "order", nothing, "", "" },
    { "order list", nothing, "", "" },
    { "order show", nothing, "ID", "" },
    { "status", nothing, "", "" },
    { "dead-letter retry", nothing, "ID...", "" },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static const struct {
    const char *arguments[4];
    const char *found; // NULL: none
    int taken;
    const char *suggested; // where none is found
} lookups[] = {
    { { "status" }, "status", 1, NULL },
    { { "order", "list" }, "order list", 2, NULL },
    { { "order", "list", "--json" }, "order list", 2, NULL },
    { { "order", "7-1" }, "order", 1, NULL },
    { { "statu" }, NULL, 0, "status" },
    { { "sattus" }, NULL, 0, "status" },
    { { "dead-leter", "retry", "1-1" }, NULL, 0, "dead-letter retry" },
    { { "ordr", "list" }, NULL, 0, "order list" },
    { { "x" }, NULL, 0, NULL },
    { { "completely-different-and-longer-than-any-command-that-there-could-ever-be-in-the-table" },
      NULL,
      0,
      NULL },
};

static void commands_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
        char *arguments[4];
        int count = 0, taken = -1;
        for (; count < 4 && lookups[i].arguments[count]; count++)
            arguments[count] = (char *)(uintptr_t)lookups[i].arguments[count];
        const struct command *got = commands_find(commands, COMMANDS, count, arguments, &taken);
        assert_string_equal(got ? got->words : "none", lookups[i].found ? lookups[i].found : "none");
        assert_int_equal(taken, lookups[i].taken);
        if (got)
            continue;
        const struct command *near = commands_suggest(commands, COMMANDS, count, arguments);
        assert_string_equal(near ? near->words : "none",
                            lookups[i].suggested ? lookups[i].suggested : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(options_are_read),
                                        cmocka_unit_test(commands_are_found) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

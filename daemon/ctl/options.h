// SPDX-License-Identifier: Apache-2.0
// The arguments of a command: options, which may stand anywhere, and words. `--name VALUE` and `--name=VALUE`
// mean the same; behind `--` all are words.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum ctl_option_kind {
    OPTION_FLAG,   // address is a bool
    OPTION_TEXT,   // address is a const char *
    OPTION_NUMBER, // address is an int64_t; negative numbers are refused
};

struct ctl_option {
    const char *name; // without dashes
    enum ctl_option_kind kind;
    void *address;     // holds the default before, and stays as it was where the option is absent
    const char *value; // what the value is called in the help; NULL for flags
    const char *help;
};

struct ctl_usage {
    const char *command;   // "order show"
    const char *arguments; // "ID", empty for none
    const char *purpose;   // one line for the list of commands
    const struct ctl_option *options;
    size_t option_count;
    size_t least_words, most_words;
    const char *more; // further sentences of the help, may be NULL
};

enum options_result {
    OPTIONS_GOOD,
    OPTIONS_HELP, // --help was there and has been answered: exit with 0
    OPTIONS_WRONG // a mistake, told on standard error: exit with 2
};

// argv[0] is the command's name and is skipped. *words arguments that are no options are moved to the
// beginning of argv, from argv[0] on.
enum options_result options_read(const struct ctl_usage *usage, int argc, char **argv, size_t *words);

void options_help(const struct ctl_usage *usage, FILE *file);

// SPDX-License-Identifier: Apache-2.0
// The commands as a table: words to function.
#pragma once

#include <stddef.h>
#include <stdio.h>

struct command {
    const char *words; // "order list"
    int (*run)(int argc, char **argv);
    const char *arguments, *purpose; // for the list of commands
};

// The command that the first arguments name, the one with the most words; *taken is their number. NULL where
// there is none.
const struct command *commands_find(const struct command *commands, size_t count, int argc, char **argv,
                                    int *taken);

// The command whose name is nearest to what was written, NULL where none is near.
const struct command *commands_suggest(const struct command *commands, size_t count, int argc, char **argv);

// A line a command; with a word, only commands that begin with it. Returns how many.
size_t commands_print(const struct command *commands, size_t count, const char *word, FILE *file);

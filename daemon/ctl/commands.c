// SPDX-License-Identifier: Apache-2.0
#include "ctl/commands.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

enum { MOST_LETTERS = 64, MOST_DISTANCE = 3 };

// The number of words where the arguments begin with them, else 0.
static int match(const char *words, int argc, char **argv)
{
    struct slice rest = slice_of(words);
    int taken = 0;
    while (!slice_empty(rest)) {
        struct slice word = slice_cut(&rest, ' ');
        if (taken == argc || !slice_is(word, argv[taken]))
            return 0;
        taken++;
    }
    return taken;
}

const struct command *commands_find(const struct command *commands, size_t count, int argc, char **argv,
                                    int *taken)
{
    const struct command *found = NULL;
    *taken = 0;
    for (size_t i = 0; i < count; i++) {
        int words = match(commands[i].words, argc, argv);
        if (words > *taken) {
            *taken = words;
            found = &commands[i];
        }
    }
    return found;
}

// Levenshtein's distance; texts of MOST_LETTERS and more count as far away.
static size_t distance(const char *left, const char *right)
{
    size_t left_size = strlen(left), right_size = strlen(right), row[MOST_LETTERS];
    if (left_size >= MOST_LETTERS || right_size >= MOST_LETTERS)
        return MOST_LETTERS;
    for (size_t j = 0; j <= right_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= left_size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= right_size; j++) {
            size_t change = diagonal + (left[i - 1] != right[j - 1]);
            diagonal = row[j];
            size_t least = row[j - 1] < row[j] ? row[j - 1] + 1 : row[j] + 1;
            row[j] = change < least ? change : least;
        }
    }
    return row[right_size];
}

// As many arguments as the command has words, joined by spaces.
static void join(const char *like, int argc, char **argv, char text[MOST_LETTERS])
{
    int words = 1;
    for (const char *c = like; *c; c++)
        words += *c == ' ';
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < argc && i < words && used < MOST_LETTERS; i++) {
        int wrote = snprintf(text + used, MOST_LETTERS - used, "%s%s", i ? " " : "", argv[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

const struct command *commands_suggest(const struct command *commands, size_t count, int argc, char **argv)
{
    const struct command *nearest = NULL;
    size_t least = MOST_DISTANCE + 1;
    for (size_t i = 0; i < count; i++) {
        char written[MOST_LETTERS];
        join(commands[i].words, argc, argv, written);
        size_t far = distance(commands[i].words, written);
        // Something must be right for a guess to help; of equals the one that explains more of it.
        bool nearer =
            far < least || (far == least && nearest && strlen(commands[i].words) > strlen(nearest->words));
        if (nearer && far < strlen(commands[i].words) / 2 + 1) {
            least = far;
            nearest = &commands[i];
        }
    }
    return nearest;
}

size_t commands_print(const struct command *commands, size_t count, const char *word, FILE *file)
{
    size_t printed = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice rest = slice_of(commands[i].words), first = slice_cut(&rest, ' ');
        if (word && !slice_is(first, word))
            continue;
        char left[MOST_LETTERS];
        snprintf(left, sizeof left, "%s %s", commands[i].words, commands[i].arguments);
        fprintf(file, "  %-28s %s\n", left, commands[i].purpose);
        printed++;
    }
    return printed;
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/options.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

void options_help(const struct ctl_usage *usage, FILE *file)
{
    fprintf(file, "Usage: comptoirctl %s [OPTION...]%s%s\n%s\n\n", usage->command,
            *usage->arguments ? " " : "", usage->arguments, usage->purpose);
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct ctl_option *option = &usage->options[i];
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->value ? " " : "",
                 option->value ? option->value : "");
        fprintf(file, "  %-20s %s\n", left, option->help);
    }
    fprintf(file, "  %-20s %s\n", "--help", "print this and do nothing");
    if (usage->more)
        fprintf(file, "\n%s\n", usage->more);
}

static enum options_result wrong(const struct ctl_usage *usage, const char *what, const char *text)
{
    fprintf(stderr, "comptoirctl: %s%s%s%s; see `comptoirctl %s --help`\n", what, text ? " '" : "",
            text ? text : "", text ? "'" : "", usage->command);
    return OPTIONS_WRONG;
}

static const struct ctl_option *find(const struct ctl_usage *usage, struct slice name)
{
    for (size_t i = 0; i < usage->option_count; i++)
        if (slice_is(name, usage->options[i].name))
            return &usage->options[i];
    return NULL;
}

static bool take_value(const struct ctl_option *option, const char *value)
{
    if (option->kind == OPTION_TEXT) {
        *(const char **)option->address = value;
        return true;
    }
    int64_t number;
    if (!slice_integer(slice_of(value), &number) || number < 0)
        return false;
    *(int64_t *)option->address = number;
    return true;
}

// One option at argv[*i]; moves *i to the last argument that it took.
static enum options_result read_one(const struct ctl_usage *usage, int argc, char **argv, int *i)
{
    const char *argument = argv[*i], *equals = strchr(argument, '=');
    struct slice rest = slice_of(argument + 2), name = slice_cut(&rest, '=');
    if (argument[1] != '-')
        return wrong(usage, "options are written with two dashes, not", argument);
    if (slice_is(name, "help")) {
        options_help(usage, stdout);
        return OPTIONS_HELP;
    }
    const struct ctl_option *option = find(usage, name);
    if (!option)
        return wrong(usage, "unknown option", argument);
    if (option->kind == OPTION_FLAG) {
        if (equals)
            return wrong(usage, "the option takes no value:", argument);
        *(bool *)option->address = true;
        return OPTIONS_GOOD;
    }
    if (!equals && *i + 1 >= argc)
        return wrong(usage, "a value is missing behind", argument);
    const char *value = equals ? equals + 1 : argv[++*i];
    return take_value(option, value) ? OPTIONS_GOOD
                                     : wrong(usage, "a whole number from 0 is wanted, not", value);
}

enum options_result options_read(const struct ctl_usage *usage, int argc, char **argv, size_t *words)
{
    size_t count = 0;
    bool options = true;
    for (int i = 1; i < argc; i++) {
        if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
            argv[count++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        enum options_result result = read_one(usage, argc, argv, &i);
        if (result != OPTIONS_GOOD)
            return result;
    }
    *words = count;
    if (count < usage->least_words)
        return wrong(usage, "arguments are missing: wanted", usage->arguments);
    if (count > usage->most_words)
        return wrong(usage, "that is too much:", argv[usage->most_words]);
    return OPTIONS_GOOD;
}

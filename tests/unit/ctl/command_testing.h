// SPDX-License-Identifier: Apache-2.0
// Commands of comptoirctl as a user calls them: exit status, what goes to standard output and what to standard
// error, as a table. Brings cmocka along.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/ctl.h"

#define CXML SOURCE_DIR "/tests/samples/cxml/"
#define EDIFACT SOURCE_DIR "/tests/samples/edifact/"
enum { MOST_ARGUMENTS = 8, MOST_BYTES = 65536 };

struct command_case {
    const char *name;
    int (*command)(int, char **);
    const char *arguments[MOST_ARGUMENTS + 1];
    int want;
    size_t out_lines;
    const char *out, *err; // parts, NULL for nothing at all
};

struct output {
    int status;
    char out[MOST_BYTES], err[MOST_BYTES];
};

static inline void read_back(int handle, char *bytes)
{
    lseek(handle, 0, SEEK_SET);
    ssize_t size = read(handle, bytes, MOST_BYTES - 1);
    bytes[size > 0 ? size : 0] = '\0';
    close(handle);
}

static inline int temporary(void)
{
    char path[] = "/tmp/translate_test_XXXXXX";
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    unlink(path);
    return handle;
}

// Runs a command in a process of its own, so that its output can be caught.
static inline void run(int (*command)(int, char **), const char *const arguments[], struct output *output)
{
    int out = temporary(), err = temporary(), argc = 1;
    char *argv[MOST_ARGUMENTS + 2] = { "command" };
    for (; arguments[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        exit(command(argc, argv));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    output->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    read_back(out, output->out);
    read_back(err, output->err);
}

static inline size_t lines(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == '\n';
    return count;
}

// Standard input is empty, and the maps are the project's own.
static inline void run_commands(const struct command_case *cases, size_t count)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    setenv("COMPTOIR_MAPS", SOURCE_DIR "/edi-maps", 1);
    for (size_t i = 0; i < count; i++) {
        static struct output got;
        run(cases[i].command, cases[i].arguments, &got);
        bool good = got.status == cases[i].want && !*got.out == !cases[i].out && !*got.err == !cases[i].err &&
                    (!cases[i].out || strstr(got.out, cases[i].out)) &&
                    (!cases[i].err || strstr(got.err, cases[i].err)) &&
                    (cases[i].out_lines == SIZE_MAX || lines(got.out) == cases[i].out_lines);
        if (!good) {
            print_error("%s: status %d\nout:\n%serr:\n%s", cases[i].name, got.status, got.out, got.err);
            fail();
        }
    }
    close(nothing);
}

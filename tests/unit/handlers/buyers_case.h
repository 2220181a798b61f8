// SPDX-License-Identifier: Apache-2.0
// Reads tests/cases/buyers/*.case. A file has a part `setup`, which all its cases begin with, and cases:
//
//     # a comment
//     setup
//         Account account=A1 name=Buyer status=open currency=EUR
//     case two lines that pass singly are refused together
//         order A1/N1 ann P1*6 P2*6
//         expect order A1/N1 rejected
//
// Each further line is one step; tests/cases/buyers/README.md says which there are.
#pragma once

#include <glob.h>
#include <stdlib.h>

#include "database_testing.h"

enum { BUYERS_WORDS = 64, BUYERS_LINE = 16384, BUYERS_STEPS = 400, BUYERS_CASES = 1000 };

struct step {
    const char *file; // its base name
    int line;
    struct slice text;
};

struct buyers_case {
    const char *name; // "credit: the payer counts"
    const struct step *setup;
    size_t setup_count;
    const struct step *steps;
    size_t step_count;
};

struct buyers_cases {
    struct arena *arena; // all of it lies here
    struct buyers_case items[BUYERS_CASES];
    size_t count;
};

static inline struct slice case_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s: cannot be opened", path);
    size_t size = 0, capacity = 0;
    char *data = NULL;
    do {
        data = arena_grow(arena, data, &capacity, size + 65536, 1);
        size += fread(data + size, 1, 65536, file);
    } while (!feof(file) && !ferror(file));
    fclose(file);
    return (struct slice){ data, size };
}

static inline void case_read(struct buyers_cases *cases, const char *path)
{
    const char *base = arena_string(cases->arena, slice_of(strrchr(path, '/') + 1));
    struct slice rest = case_file(cases->arena, path), area = slice_of(base);
    area = slice_cut(&area, '.');
    struct step *setup = ARENA_ARRAY(cases->arena, BUYERS_STEPS, struct step);
    size_t setup_count = 0;
    struct buyers_case *now = NULL;
    bool in_setup = false;
    for (int line = 1; rest.size; line++) {
        struct slice text = slice_trim(slice_cut(&rest, '\n')), words = text;
        if (slice_empty(text) || text.data[0] == '#')
            continue;
        struct slice word = slice_cut(&words, ' ');
        if (slice_is(word, "setup")) {
            in_setup = true;
            continue;
        }
        if (slice_is(word, "case")) {
            assert_true(cases->count < BUYERS_CASES);
            now = &cases->items[cases->count++];
            *now = (struct buyers_case){ .setup = setup,
                                         .steps = ARENA_ARRAY(cases->arena, BUYERS_STEPS, struct step) };
            now->name =
                arena_printf(cases->arena, "%.*s: %.*s", SLICE_ARGS(area), SLICE_ARGS(slice_trim(words)))
                    .data;
            in_setup = false;
            now->setup_count = setup_count;
            continue;
        }
        struct step step = { base, line, text };
        if (!in_setup && !now)
            fail_msg("%s:%d: a step before `setup` or `case`", base, line);
        if (in_setup) {
            assert_true(setup_count < BUYERS_STEPS);
            setup[setup_count++] = step;
        } else {
            assert_true(now->step_count < BUYERS_STEPS);
            ((struct step *)(uintptr_t)now->steps)[now->step_count++] = step;
        }
    }
}

// The words of a line: apart by blanks, but not within quotes, brackets and braces.
static inline size_t case_words(const struct step *step, struct slice text, struct slice words[BUYERS_WORDS])
{
    size_t count = 0, at = 0;
    while (at < text.size) {
        if (text.data[at] == ' ') {
            at++;
            continue;
        }
        size_t from = at;
        int depth = 0;
        bool quoted = false;
        for (; at < text.size && (quoted || depth || text.data[at] != ' '); at++) {
            char c = text.data[at];
            if (c == '"' && (at == 0 || text.data[at - 1] != '\\'))
                quoted = !quoted;
            else if (!quoted)
                depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        }
        if (quoted || depth)
            fail_msg("%s:%d: a quote or bracket is not closed", step->file, step->line);
        if (count == BUYERS_WORDS)
            fail_msg("%s:%d: more than %d words", step->file, step->line, BUYERS_WORDS);
        words[count++] = (struct slice){ text.data + from, at - from };
    }
    return count;
}

static inline struct slice case_unquoted(struct slice word)
{
    if (word.size >= 2 && word.data[0] == '"' && word.data[word.size - 1] == '"')
        return (struct slice){ word.data + 1, word.size - 2 };
    return word;
}

// "+2d", "-90m", "3h", "10s" in microseconds.
static inline bool case_duration(struct slice text, int64_t *us)
{
    static const struct {
        char letter;
        int64_t us;
    } units[] = { { 's', 1000000 },
                  { 'm', 60 * INT64_C(1000000) },
                  { 'h', 3600 * INT64_C(1000000) },
                  { 'd', 86400 * INT64_C(1000000) } };
    int64_t number;
    if (text.size && text.data[0] == '+')
        text = (struct slice){ text.data + 1, text.size - 1 };
    if (text.size < 2 || !slice_integer((struct slice){ text.data, text.size - 1 }, &number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.data[text.size - 1] == units[i].letter) {
            *us = number * units[i].us;
            return true;
        }
    return false;
}

// Every "@+2d" or "@-1h" becomes the instant that is so far from now.
static inline struct slice case_instants(struct arena *arena, struct slice text, int64_t now_us)
{
    struct text out = text_in(arena);
    for (size_t at = 0; at < text.size;) {
        size_t end = at + 1;
        if (text.data[at] == '@' && end < text.size && (text.data[end] == '+' || text.data[end] == '-'))
            for (end++; end < text.size &&
                        ((text.data[end] >= '0' && text.data[end] <= '9') || strchr("smhd", text.data[end]));)
                if (strchr("smhd", text.data[end++]))
                    break;
        int64_t us;
        char instant[INSTANT_TEXT_SIZE];
        if (end > at + 2 && case_duration((struct slice){ text.data + at + 1, end - at - 1 }, &us)) {
            text_append(&out, slice_of(instant_text(now_us + us, instant)));
            at = end;
        } else {
            text_append_char(&out, text.data[at++]);
        }
    }
    return text_slice(&out);
}

// SPDX-License-Identifier: Apache-2.0
// What the parts of `comptoirctl edi map-test` share (edi_map_test.c): the run, what is shown of a message, and what is
// compared.
#pragma once

#include "ctl/map_view.h"
#include "ctl/table.h"
#include "ctl/translate.h"

struct map_testing {
    struct translation translation; // first, for edi_reading
    const char *name;               // of the map's file, without ".map"
    const char *expect;
    bool json;
    const struct map *map; // for nobody in particular
    bool xml;
    const char *sample;
    struct arena *arena;
    struct map_view_lines got; // to be compared
    size_t messages, bad;      // of this map's kind; that are not valid
    struct slice other;        // a message of another kind that was met
};

// One message, in either direction: a list of what was taken or written, and of what was left.
struct map_testing_shown {
    struct slice message; // its reference, or where the document stands
    const struct partner *partner;
    const char *main_name, *rest_name; // of the lists in JSON
    struct document *main, *rest;
    const struct table_column *main_columns, *rest_columns;
    size_t main_count, rest_count;
    const char *rest_title;
    const struct findings *findings;
};

// map_testing_show.c: prints it, for people or as JSON, and counts it.
void map_testing_show(struct map_testing *testing, const struct map_testing_shown *shown);
// A record as a line of JSON.
void map_testing_put(const struct document *record, struct arena *arena);

// map_testing_expect.c: adds a written message to what is compared.
void map_testing_add(struct map_testing *testing, const struct node *root, struct map_view_lines *lines);
// A document of the map's type; NULL, which has been told, where the line of the file holds none.
struct document *map_testing_json(struct map_testing *testing, struct slice json, const char *file,
                                  uint32_t line);
// 0 where the result is what the file of --expect says, 1 where not, 2 where the file cannot be read. `written`: the
// result is a message, not documents.
int map_testing_compare(struct map_testing *testing, bool written);

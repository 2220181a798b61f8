// SPDX-License-Identifier: Apache-2.0
// Commands that list what a query gives, and commands that show one thing with its parts, as tables: what the command
// is called, what it asks the database, what becomes of the columns. What is the same in all of them stands here.
#pragma once

#include "ctl/online.h"
#include "ctl/rows.h"

enum { LISTING_FIELDS = 20, LISTING_COLUMNS = 14, LISTING_FILTERS = 4 };

// The rows of one query. Fields and columns end at the first without a name.
struct listing {
    const char *name;  // "accounts"; of the field, too, where the rows are a part of a record
    const char *title; // above such a part; NULL: none
    const char *sql;
    struct row_field fields[LISTING_FIELDS];      // the columns of the SQL in order
    struct table_column columns[LISTING_COLUMNS]; // what people see of them
};

// The rows as records. `sql` is another query with the same columns; NULL: the listing's own.
bool listing_read(const struct online *online, const struct listing *listing, const char *sql,
                  const struct db_value *values, size_t count, struct document **list, struct error *error);
void listing_print(const struct online *online, const struct listing *listing, const struct document *list);
// Adds the rows of each listing to the record, under its name.
bool listing_add_parts(const struct online *online, struct document *record, const struct listing *parts,
                       size_t count, const struct db_value *values, size_t value_count, struct error *error);

// An option that narrows a list.
struct list_filter {
    const char *name;
    enum ctl_option_kind kind;
    const char *value, *help; // as in struct ctl_option
    int64_t number;           // the default of an OPTION_NUMBER; texts are empty and flags false
    // Of a text that is one of a few words: as the database has it, NULL where it is none of them. NULL: any text.
    const char *(*known)(const char *word);
    const char *unknown; // what is told behind the quoted word where it is none: "is no state; they are ..."
};

// A command that prints a listing. The parameters of its SQL are the words, texts that are empty where they are left
// out ($1 ...), then the filters in order: text, boolean or bigint.
struct list_command {
    const char *command, *arguments, *purpose, *more; // as in struct ctl_usage
    size_t least_words, most_words;
    struct list_filter filters[LISTING_FILTERS]; // end at the first without a name
    struct listing listing;
};
int list_run(const struct list_command *command, int argc, char **argv);

// A command that shows one thing: `load` makes the record of what the words name, ERROR_INVALID where there is no
// such thing, and `print` writes it for people. With --json the record goes out as it is.
struct show_command {
    const char *command, *arguments, *purpose, *more; // as in struct ctl_usage
    size_t words;                                     // that it wants
    unsigned wants;                                   // of ONLINE_..., beside the database
    bool (*load)(struct online *online, char **words, struct document **record, struct error *error);
    void (*print)(const struct online *online, const struct document *record);
};
int show_run(const struct show_command *command, int argc, char **argv);

// The usual print: a sheet, then each part of the record that holds something, under its title where it has one.
void show_print(const struct online *online, const struct document *record, const struct table_column *sheet,
                size_t sheet_count, const struct listing *parts, size_t part_count);

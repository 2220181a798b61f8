// SPDX-License-Identifier: Apache-2.0
// What commands that speak with a running system share: the configuration, the database, the schemas and the
// broker, opened as far as a command needs them, and the printing of answers.
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "ctl/options.h"
#include "ctl/table.h"
#include "doors/avro.h"
#include "doors/kafka.h"
#include "doors/postgres.h"
#include "engine/settings.h"

struct online {
    const char *config; // of --config; NULL: COMPTOIR_CONFIG or the usual place
    bool json;
    struct arena *arena; // lives until online_close
    struct settings settings;
    struct db *db;
    struct avro_catalogue *catalogue;
    bool open;   // online_open has succeeded
    bool unable; // a failure is one of the arguments or the files, not of what was asked for
};

#define ONLINE_CONFIG "/etc/comptoir/comptoir.conf"
// The two rows of a command's options that every one of these commands has.
#define ONLINE_OPTIONS(online)                                                                               \
    { "config", OPTION_TEXT, &(online)->config, "FILE", "the daemon's configuration" },                      \
    {                                                                                                        \
        "json", OPTION_FLAG, &(online)->json, NULL, "JSON, one object a line"                                \
    }

enum { ONLINE_DATABASE = 1, ONLINE_SCHEMAS = 2, ONLINE_KAFKA = 4 };

// A whole command: reads the options, opens what it wants, acts and closes. `context` is the command's own: where its
// options went.
struct online_command {
    struct ctl_usage usage;
    unsigned wants; // of ONLINE_...
    // Behind the options, before anything is opened: false where an argument will not do, which has been told. NULL:
    // nothing to look at.
    bool (*prepare)(void *context);
    bool (*act)(struct online *online, void *context, char **words, size_t count, struct error *error);
};

// Returns the exit status: 0 where `act` was content or --help was asked for, 2 where `prepare` was not, else that of
// online_fail.
int online_run(const struct online_command *command, struct online *online, void *context, int argc,
               char **argv);

// Opens what `wants` names. ONLINE_KAFKA settles settings.kafka, with the address of an embedded broker;
// readers and publishers are the command's to open. On failure all is closed again with online_close.
bool online_open(struct online *online, unsigned wants, struct error *error);
void online_close(struct online *online);

// Tells the error on standard error, closes and returns the exit status: 1 where the system answered and what was
// asked for is not there or not as it must be (ERROR_INVALID), 2 where the command could not run.
int online_fail(struct online *online, const struct error *error);

// The login of whoever sits at the keyboard, "unknown" where there is none.
const char *online_user(const struct online *online);

// Prints a list of records: a table, or with --json an object a line.
void online_print_list(const struct online *online, const struct document *list,
                       const struct table_column *columns, size_t count);
// Prints one document as a line of JSON.
void online_print_json(const struct online *online, const struct document *document);

// Writes the text to standard output.
void online_put(const struct text *text);

// SPDX-License-Identifier: Apache-2.0
// What becomes of the bytes of one file of the spool. Part of spool.c.
#pragma once

#include "gateways/desk.h"
#include "gateways/interchange.h"

struct spool_work {
    const struct engine *engine;
    const struct log_context *log;
    const struct maps *maps;
    struct inbound *inbound;
    struct db *db;
    struct arena *arena; // of the file
    // Where people asked for an interchange of the archive to be taken once more; NULL for a file.
    const struct desk_request *request;
};

struct spool_outcome {
    size_t interchanges;
    size_t taken, refused; // messages
    size_t repeated;       // interchanges that were here before
    size_t again;          // messages in those
    bool bad;              // something in the file reached nobody: people must look
    struct slice report;   // what there is to say about it, empty where all is well
};

// "1 message taken, 2 repeated, 0 refused"
struct slice spool_file_numbers(const struct spool_outcome *outcome, struct arena *arena);

// Stores every interchange of the file. False where one could not be stored: then the file must be taken
// again as a whole, which is harmless.
bool spool_take(const struct spool_work *work, const char *name, struct slice bytes,
                struct spool_outcome *outcome, struct error *error);

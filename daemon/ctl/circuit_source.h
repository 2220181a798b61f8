// SPDX-License-Identifier: Apache-2.0
// Companies with their circuits, for the commands that look at circuits: out of files of documents, without database
// or broker, or of an account of a running system.
#pragma once

#include "ctl/online.h"
#include "handlers/company/company.h"

struct circuit_source {
    struct online online;
    const char *schemas; // of --schemas, for files
    struct arena *arena; // lives until circuit_source_close
    const struct company **companies;
    size_t count, capacity;
    size_t refused; // documents of the files that cannot be; each was told on standard error
    int64_t now_us;
};

#define CIRCUIT_SOURCE_OPTIONS(source)                                                                       \
    ONLINE_OPTIONS(&(source)->online),                                                                       \
    {                                                                                                        \
        "schemas", OPTION_TEXT, &(source)->schemas, "FOLDER", "where the Avro schemas are, for files"        \
    }

// Each word is a file of documents, one JSON object a line (Account, Unit, User, CostCentre, Delegation,
// ApprovalCircuit, WorkingCalendar; all files together make the companies), or else an account of the running system.
// Circuits that begin later are there, too; inactive ones are not.
bool circuit_source_open(struct circuit_source *source, char **words, size_t count, struct error *error);
void circuit_source_close(struct circuit_source *source);

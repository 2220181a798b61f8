// SPDX-License-Identifier: Apache-2.0
// A company's circuits and calendars between their documents, tables and structs.
#pragma once

#include "handlers/approval/circuit_read.h"
#include "handlers/company/company.h"

// Reads the account's circuits and calendars into company->circuits (sorted, only those that are in force at `now_us`,
// what they depend on in time told by company_dated) and company->calendars. Memory is the company's. For
// company_load.
bool circuit_load(struct db *db, struct company *company, int64_t now_us, struct error *error);

// All circuits of the account, also those that are not in force, sorted; in `arena`.
bool circuit_load_all(struct db *db, struct arena *arena, struct slice account, struct circuit ***circuits,
                      size_t *count, struct error *error);

// The calendar of that name, NULL for none and for an empty name.
const struct working_calendar *company_calendar(const struct company *company, struct slice name);

// A document of this stage in the batch. In order of arrival.
struct circuit_fact {
    struct item *item;
    struct slice account;
    struct circuit *circuit;           // of ApprovalCircuit
    struct working_calendar *calendar; // of WorkingCalendar
    bool stored;                       // decide has found nothing against it
};

// Replaces circuits and calendars whole. `facts` in order of arrival: the last of a key counts.
bool circuit_store(struct batch *batch, const struct circuit_fact *facts, size_t count, struct db *db,
                   struct error *error);

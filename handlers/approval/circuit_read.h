// SPDX-License-Identifier: Apache-2.0
// ApprovalCircuit and WorkingCalendar documents into structs. A document that makes no sense parks its item with a
// sentence that quotes the value. Whom a circuit names is not looked up here (handlers/approval/circuit_facts.c).
#pragma once

#include "handlers/approval/calendar.h"
#include "handlers/approval/circuit.h"
#include "handlers/fact_reader.h"

// NULL where the document is parked. In the batch's arena; texts point into the document.
struct circuit *circuit_read(struct reader *reader, struct slice *account);
struct working_calendar *circuit_read_calendar(struct reader *reader, struct slice *account);

// Adds " user 'X'" and the like for each name of the circuit that `known` says no to, NULL where all are known.
// `kind` is "user", "unit", "cost centre" or "calendar".
struct slice circuit_unknown_names(const struct circuit *circuit,
                                   bool (*known)(void *context, const char *kind, struct slice name),
                                   void *context, struct arena *arena);

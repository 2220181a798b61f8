// SPDX-License-Identifier: Apache-2.0
// A company out of documents alone, without a database: for commands that look at rules before they are put to use.
#pragma once

#include "handlers/company/company.h"

// Compiles the company of `account` as of batch->now_us out of the batch's documents: Account (its currency), Unit,
// User, CostCentre, Delegation, ApprovalCircuit and WorkingCalendar; the last of a key counts. Documents that make no
// sense are parked. What names something that is not there is left out, as in company_load. The company is closed by
// arena_close(company->arena); the batch's documents must live as long.
struct company *company_build(struct batch *batch, struct slice account);

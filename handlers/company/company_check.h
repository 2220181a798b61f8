// SPDX-License-Identifier: Apache-2.0
// The checks of a document about a company against what is there, for company.c.
#pragma once

#include "handlers/company/company_draft.h"

// True where the document can be taken; then the draft has it. Else it is parked with a reason that names what does
// not fit, and the draft is as it was. `currency` is the account's.
bool company_check(struct batch *batch, struct company_draft *draft, struct slice currency,
                   struct company_fact *fact);

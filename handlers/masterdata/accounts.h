// SPDX-License-Identifier: Apache-2.0
// Rows of the account table into memory, for the stages that ask for them.
#pragma once

#include "handlers/trade.h"

// The columns that accounts_read reads; the table's alias is a.
#define ACCOUNT_COLUMNS                                                                                      \
    "a.account, a.name, a.status, a.payer, a.currency, a.credit_limit, a.order_limit, a.approver, a.site, "  \
    "a.exposure, a.company_version, a.credit_parent, a.has_credit_terms, a.is_credit_parent, "               \
    "a.sales_rep"

// Adds the rows to the trade; an account that is there already takes the row's facts in its place.
bool accounts_read(struct trade *trade, const struct db_rows *rows, bool locked, struct error *error);

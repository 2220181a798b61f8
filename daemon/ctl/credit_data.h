// SPDX-License-Identifier: Apache-2.0
// A payer's credit in memory, as the daemon has it when it decides.
#pragma once

#include "ctl/online.h"
#include "handlers/credit/credit_book.h"

// Reads the accounts of an order (its own, the payer, his corporate parent) and all that credit's lock reads of them,
// without locking; the order is added to the batch's trade. With payer NULL the payer is unknown.
bool credit_data_load(const struct online *online, struct batch *batch, struct order *order,
                      struct error *error);

// SPDX-License-Identifier: Apache-2.0
// One document of the ERP into one fact. `fact->item` is set. False where the document makes no sense: then the
// item is parked with a sentence that quotes the value.
#pragma once

#include "handlers/masterdata/facts.h"

bool masterdata_read_account(struct batch *batch, struct fact_account *fact);
bool masterdata_read_product(struct batch *batch, struct fact_product *fact);
bool masterdata_read_price(struct batch *batch, struct fact_price *fact);
bool masterdata_read_stock(struct batch *batch, struct fact_stock *fact);
bool masterdata_read_payment(struct batch *batch, struct fact_payment *fact);

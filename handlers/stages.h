// SPDX-License-Identifier: Apache-2.0
// The stages, each defined last in its file; pipeline.c puts them in order.
#pragma once

#include "engine/stage.h"

extern const struct stage masterdata_stage, credit_doc_stage, recall_stage, change_stage, validate_stage,
    credit_stage, fulfil_stage, quote_stage, approval_stage, price_stage, reserve_stage, answer_stage,
    review_stage;
extern const struct stage terms_doc_stage, terms_stage;
extern const struct stage enquiry_stage, catalogue_stage, party_stage;
extern const struct stage company_stage, circuit_stage, digest_stage;
extern const struct stage rights_stage, vetting_doc_stage, vetting_stage;
extern const struct stage budget_doc_stage, budget_stage;

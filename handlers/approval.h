// SPDX-License-Identifier: Apache-2.0
// The approver's answer, for approval.c.
#pragma once

#include "handlers/trade.h"

// True where the user may decide on the order: active, with the right to approve, and not who ordered.
bool approval_may(const struct order *order, const struct user *user);

// Takes an ApprovalDecision to its order: approves or rejects it, or parks the document with the reason and
// settles the order for this batch.
void approval_answer(struct batch *batch, struct order *order);

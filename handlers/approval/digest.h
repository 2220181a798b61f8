// SPDX-License-Identifier: Apache-2.0
// One mail a day of all that waits for a user's approval, for those who want no mail for each.
#pragma once

#include "handlers/trade.h"

// Sees to it that the user gets his digest at the next hour of digests (setting `digest.minute`).
void digest_order(struct batch *batch, const struct item *cause, struct slice account, struct slice user);

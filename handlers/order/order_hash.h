// SPDX-License-Identifier: Apache-2.0
// Hashes that bind: of what a buyer wrote, to tell a repeat from a contradiction, and of what an approver
// saw, so that an approval holds for that and for nothing else.
#pragma once

#include "handlers/order/order.h"

// SHA-256 in hex over all that the buyer states. Channel, partner and reply reference are not in it: a buyer
// may repeat an order in another envelope. Texts have their lengths in front, so no two orders look alike.
struct slice order_content_hash(const struct order *order, struct arena *arena);

// The same of a change. In a cancellation the lines do not count.
struct slice order_change_hash(const struct change *change, struct arena *arena);

// The content hash of an order that a change was put to: of what it was, and of the change.
struct slice order_changed_hash(const struct order *order, struct slice change_hash, struct arena *arena);

// SHA-256 in hex over all that a document says, but for the envelope that it came in.
struct slice document_content_hash(const struct document *document, struct arena *arena);

// SHA-256 in hex over the content hash, the currency and the total as priced.
struct slice order_approval_hash(const struct order *order, struct arena *arena);

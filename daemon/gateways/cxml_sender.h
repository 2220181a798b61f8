// SPDX-License-Identifier: Apache-2.0
// Who sends a cXML document, and by which key a repeat of it is told. Part of cxml.c.
#pragma once

#include "formats/cxml/cxml.h"
#include "formats/map.h"

// The partner in whose name (From) the document speaks, where the Sender is one that may speak for it and
// proves it. NULL otherwise, with ERROR_INVALID: why, for our log only, since the sender must not learn which
// part was right.
const struct partner *cxml_sender(const struct maps *maps, const struct cxml_envelope *envelope,
                                  int64_t now_us, struct arena *arena, struct error *error);

// Whether one of the To credentials is ours, as the partner knows us.
bool cxml_addressed_to_us(const struct cxml_envelope *envelope, const struct partner *partner);

// Kind, order number, version and type of an order, and whether it is a test. Never the payloadID: some
// buyers send one value for ever.
struct slice cxml_order_key(const struct cxml_envelope *envelope, struct arena *arena);

// What the digest is taken of: names, attributes in the order of their names, and texts without the white
// space around them. So an envelope with a new payloadID and time, or another layout, is still the same
// order.
struct slice cxml_canonical(const struct node *element, struct arena *arena);

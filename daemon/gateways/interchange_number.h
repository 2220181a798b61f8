// SPDX-License-Identifier: Apache-2.0
// By which number a partner knows a document, and what its content is. Part of interchange.c.
#pragma once

#include "base/document.h"

// "PurchaseOrder [\"PO-1\",\"\",\"1\"]", of a test document with "test " before it; empty where documents of the
// type have no number (engine/carried.h), or where it is too long for a key.
struct slice interchange_number(const struct document *document, struct arena *arena);

// 64 bytes (inbound_part.digest): of the message's text without its ends, and of the document without what says how
// it came. Line breaks between segments are no content.
struct slice interchange_content(const struct document *document, struct slice content, struct arena *arena);

// SPDX-License-Identifier: Apache-2.0
// The door to jansson: documents to and from JSON. Decimals are JSON strings ("12.5"), so that nobody reads
// them into floats; dates "2026-11-24" and instants "2026-11-24T13:10:38Z" are strings; bytes are base64.
#pragma once

#include "base/document.h"
#include "base/error.h"
#include "base/text.h"

// One line, fields in the document's order, "type" of the root first as "$type". Absent fields are left out.
// Bytes that are no UTF-8 in a TEXT become U+FFFD.
void json_write(const struct document *document, struct text *text);
// The text as a JSON string, with its quotes.
void json_write_text(struct slice value, struct text *text);
// An untyped tree: strings and numbers become TEXT leaves, true/false BOOLEAN, null a NULL leaf, with line
// and column unknown (jansson gives them for syntax errors only). Numbers keep the spelling they had, so no
// digit is lost. "$type" sets the root's type, kept in the arena. Nothing points into `text`.
bool json_read(struct slice text, struct arena *arena, struct document **document, struct error *error);

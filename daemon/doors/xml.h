// SPDX-License-Identifier: Apache-2.0
// The door to libxml2: XML bytes to a node tree and back. No network, no DTD loading, no entities beyond the
// five of XML; a document that declares an entity or has an internal subset is refused. Limits: bytes, depth,
// node count; all are errors with line and column, kind ERROR_INVALID.
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/node.h"

struct xml_limits {
    size_t most_bytes, most_nodes; // 0: 16 MiB, 500,000
    unsigned most_depth;           // 0: 100
};

struct xml_document {
    struct node *root;
    struct slice doctype_system; // the DOCTYPE's system identifier, empty without DOCTYPE
};

// Namespaces are kept out of the names (local names only). Text content is the concatenation of the text and
// CDATA pieces; white space is kept. Everything is copied into the arena.
bool xml_read(struct slice bytes, const struct xml_limits *limits, struct arena *arena,
              struct xml_document *document, struct error *error);

// The whole document, UTF-8, with XML declaration and the given DOCTYPE line ("" for none).
struct slice xml_write(const struct node *root, struct slice doctype, struct arena *arena);

// Validation against an external DTD file chosen by the caller (never by the document); findings with lines.
// The DTD is parsed once a thread. False where the DTD itself cannot be read.
struct findings;
bool xml_validate(struct slice bytes, const char *dtd_file, struct findings *findings, struct error *error);

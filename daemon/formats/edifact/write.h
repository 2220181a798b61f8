// SPDX-License-Identifier: Apache-2.0
// Writes message trees (base/node.h) as EDIFACT. Segments and groups are written in the order of the tree;
// UNH, UNT and the envelope are made here and must not be in the tree (they are left out where they are).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"
#include "formats/edifact/charset.h"
#include "formats/edifact/directory.h"

struct edifact_party {
    struct slice identity, qualifier, internal; // UNB 0004/0010, 0007, 0008/0014
};

struct edifact_envelope {
    struct edifact_party sender, receiver;
    struct slice reference;   // UNB and UNZ 0020
    struct slice application; // UNB 0026, may be empty
    int64_t time_us;          // UNB S004, written in UTC
    uint8_t syntax;           // 1..4; 0: 3
    enum edifact_charset charset;
    char decimal;     // '.' or ','; 0: '.'. Values in the tree have the point and are written with this
                      // mark where the directory says they are numeric
    bool una;         // write a UNA segment
    bool test;        // UNB 0035
    bool acknowledge; // UNB 0031
    bool line_breaks; // a line feed after each segment
    bool replace_characters; // true: what the charset lacks becomes '?'; false: it is an error
};

struct edifact_message_header {
    struct slice reference;                                   // UNH and UNT 0062
    struct slice type, version, release, agency, association; // UNH S009; type empty: the tree's name
    struct slice access;                                      // UNH 0068, may be empty
};

// One interchange with `count` messages. `directory` (may be NULL) is needed where elements repeat in syntax
// versions 1 to 3, and for decimal marks. False where a value cannot be written; text then holds nothing new.
bool edifact_write(const struct edifact_envelope *envelope, const struct edifact_message_header *headers,
                   struct node *const *messages, size_t count, const struct directory *directory,
                   struct text *text, struct error *error);

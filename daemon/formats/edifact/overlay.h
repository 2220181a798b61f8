// SPDX-License-Identifier: Apache-2.0
// What an association adds to the UN's directories: codes of its own, and which segments of a message it uses.
// Read from edi-maps/directories/NAME.overlay, lines as in docs/edifact-directories.md:
//
//     overlay EANCOM
//     association EAN               holds for messages whose UNH 0057 begins so
//     codes 1001 22E 23E            codes beside the UN's, of one element
//     codes * ##E                   of all elements; # is a figure, @ a capital letter
//     segments ORDERS BGM DTM NAD   all that it uses of a message; left out, all are used
//
// A loaded overlay is read-only, as the directories are that it belongs to.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "formats/edifact/directory.h"

struct directory_overlay;

// NULL and `error`, with file and line, where the text is not right. Lives in the arena.
struct directory_overlay *overlay_read(const char *path, struct slice text, struct arena *arena,
                                       struct error *error);

const char *overlay_name(const struct directory_overlay *overlay);
// Whether it holds for messages with this UNH 0057.
bool overlay_holds(const struct directory_overlay *overlay, struct slice association);
// `element` is its number as a key (directory_key).
bool overlay_has_code(const struct directory_overlay *overlay, uint32_t element, struct slice code);
bool overlay_uses(const struct directory_overlay *overlay, const char *message, uint32_t tag);

// SPDX-License-Identifier: Apache-2.0
// UTF-8 at the doors: nothing else enters a document.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

// The number of bytes at the start of `text` that are valid UTF-8 (shortest forms, no surrogates, at most
// U+10FFFF). Equal to text.size where all of it is.
size_t utf8_valid_size(struct slice text);

static inline bool utf8_valid(struct slice text)
{
    return utf8_valid_size(text) == text.size;
}

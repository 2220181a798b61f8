// SPDX-License-Identifier: Apache-2.0
#include "doors/utf8.h"

#include <stdint.h>

// Bytes of the sequence that begins at `byte`, 0 where it is none. Second bytes are narrowed for the leads
// that would otherwise allow long forms, surrogates and code points beyond U+10FFFF.
static size_t sequence(const uint8_t *byte, size_t left)
{
    uint8_t lead = byte[0], low = 0x80, high = 0xBF;
    if (lead < 0x80)
        return 1;
    size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || left < size)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    else if (lead == 0xED)
        high = 0x9F;
    else if (lead == 0xF0)
        low = 0x90;
    else if (lead == 0xF4)
        high = 0x8F;
    if (byte[1] < low || byte[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((byte[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

size_t utf8_valid_size(struct slice text)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    size_t i = 0;
    while (i < text.size) {
        uint64_t eight;
        if (text.size - i >= sizeof eight) {
            // Most text is ASCII: eight bytes without a high bit are done at once.
            memcpy(&eight, bytes + i, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                i += sizeof eight;
                continue;
            }
        }
        size_t size = sequence(bytes + i, text.size - i);
        if (!size)
            return i;
        i += size;
    }
    return i;
}

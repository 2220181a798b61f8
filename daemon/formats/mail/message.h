// SPDX-License-Identifier: Apache-2.0
// A mail as it goes over the wire: Internet Message Format (RFC 5322) with a plain text in UTF-8 (RFC 2045, base64)
// and encoded words in its header (RFC 2047). The same parts give the same bytes.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct mail_message {
    struct slice from, to;           // addresses: "orders@seller.example"
    struct slice from_name, to_name; // may be empty
    struct slice subject, text;      // UTF-8; the text's lines end with LF
    struct slice id;                 // left part of the Message-ID; the right one is the sender's domain
    int64_t at_us;                   // of the Date
};

// True where the address can stand in a header and in an SMTP command: one '@', no space, no control character,
// no angle bracket, at most 254 bytes (RFC 5321, 4.5.3.1).
bool mail_address_is_sound(struct slice address);

// ERROR_INVALID where an address is not sound.
bool mail_write(const struct mail_message *message, struct arena *arena, struct slice *bytes,
                struct error *error);

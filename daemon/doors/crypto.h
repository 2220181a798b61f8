// SPDX-License-Identifier: Apache-2.0
// The door to libcrypto.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

enum { SHA256_BYTES = 32 };

void crypto_sha256(struct slice bytes, uint8_t digest[SHA256_BYTES]);
// The digest in lower-case hex, in the arena.
struct slice crypto_sha256_hex(struct arena *arena, struct slice bytes);
// Time does not depend on where the slices differ.
bool crypto_equal(struct slice left, struct slice right);
// CredentialMac of cXML, algorithm HMAC-SHA1-96: the first 12 bytes in base64.
struct slice crypto_hmac_sha1_96(struct arena *arena, struct slice key, struct slice message);
// The 32 bytes of HMAC-SHA256, in the arena.
struct slice crypto_hmac_sha256(struct arena *arena, struct slice key, struct slice message);
struct slice crypto_base64(struct arena *arena, struct slice bytes);
bool crypto_base64_read(struct arena *arena, struct slice text, struct slice *bytes);

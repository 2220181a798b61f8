// SPDX-License-Identifier: Apache-2.0
#include "doors/crypto.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

// A failure of these would be a broken OpenSSL installation; no input leads to it, hence the assertions.

void crypto_sha256(struct slice bytes, uint8_t digest[SHA256_BYTES])
{
    unsigned size = 0;
    int done = EVP_Digest(bytes.size ? bytes.data : "", bytes.size, digest, &size, EVP_sha256(), NULL);
    assert(done == 1 && size == SHA256_BYTES);
}

struct slice crypto_sha256_hex(struct arena *arena, struct slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_BYTES];
    crypto_sha256(bytes, digest);
    char *text = arena_take(arena, 2 * SHA256_BYTES + 1);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return (struct slice){ text, 2 * SHA256_BYTES };
}

bool crypto_equal(struct slice left, struct slice right)
{
    // Digests have one size whatever the secrets' sizes are, so that time tells nothing about these either.
    uint8_t left_digest[SHA256_BYTES], right_digest[SHA256_BYTES];
    crypto_sha256(left, left_digest);
    crypto_sha256(right, right_digest);
    return CRYPTO_memcmp(left_digest, right_digest, SHA256_BYTES) == 0 && left.size == right.size;
}

struct slice crypto_hmac_sha1_96(struct arena *arena, struct slice key, struct slice message)
{
    enum { KEPT_BYTES = 12 };
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    assert(key.size <= INT_MAX);
    const unsigned char *done =
        HMAC(EVP_sha1(), key.size ? key.data : "", (int)key.size,
             (const unsigned char *)(message.size ? message.data : ""), message.size, mac, &size);
    assert(done && size >= KEPT_BYTES);
    return crypto_base64(arena, (struct slice){ (const char *)mac, KEPT_BYTES });
}

struct slice crypto_hmac_sha256(struct arena *arena, struct slice key, struct slice message)
{
    unsigned char *mac = arena_take(arena, SHA256_BYTES);
    unsigned size = 0;
    assert(key.size <= INT_MAX);
    const unsigned char *done =
        HMAC(EVP_sha256(), key.size ? key.data : "", (int)key.size,
             (const unsigned char *)(message.size ? message.data : ""), message.size, mac, &size);
    assert(done && size == SHA256_BYTES);
    return (struct slice){ (const char *)mac, size };
}

struct slice crypto_base64(struct arena *arena, struct slice bytes)
{
    assert(bytes.size <= INT_MAX / 2);
    unsigned char *text = arena_take(arena, (bytes.size + 2) / 3 * 4 + 1);
    int size = bytes.size ? EVP_EncodeBlock(text, (const unsigned char *)bytes.data, (int)bytes.size) : 0;
    return (struct slice){ (const char *)text, (size_t)size };
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// EVP_DecodeBlock is lenient about what stands behind the padding and about stray bits, so that two texts
// would mean the same bytes; ours takes one spelling only. Line ends and blanks between the digits are
// allowed, as MIME bodies and XML have them.
bool crypto_base64_read(struct arena *arena, struct slice text, struct slice *bytes)
{
    char *out = arena_take(arena, text.size / 4 * 3 + 4);
    size_t size = 0, digits = 0, padding = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t')
            continue;
        int value = digit(c);
        if (c == '=' ? ++padding > 2 : value < 0 || padding)
            return false;
        group = group << 6 | (uint32_t)(value < 0 ? 0 : value);
        if (++digits % 4 == 0) {
            out[size++] = (char)(group >> 16 & 255);
            out[size++] = (char)(group >> 8 & 255);
            out[size++] = (char)(group & 255);
            group = 0;
        }
    }
    if (digits % 4)
        return false;
    for (; padding; padding--)
        if (out[--size])
            return false;
    *bytes = (struct slice){ out, size };
    return true;
}

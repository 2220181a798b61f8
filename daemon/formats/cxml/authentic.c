// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "doors/crypto.h"
#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"

static void add_part(struct text *text, struct slice part, bool lower)
{
    for (size_t i = 0; i < part.size; i++) {
        char c = part.data[i];
        text_append_char(text, lower && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    text_append_char(text, '\0');
}

// What the MAC is made of: each part is followed by a NUL.
static struct slice mac_message(const struct cxml_credential *from, const struct cxml_credential *sender,
                                struct arena *arena)
{
    struct text text = text_in(arena);
    add_part(&text, from->domain, true);
    add_part(&text, from->identity, true);
    add_part(&text, sender->domain, true);
    add_part(&text, sender->identity, true);
    add_part(&text, cxml_text(sender->mac, "creationDate"), false);
    add_part(&text, cxml_text(sender->mac, "expirationDate"), false);
    return text_slice(&text);
}

static bool mac_usable(const struct node *mac, int64_t now_us, struct error *error)
{
    struct position at = cxml_position(mac);
    struct slice type = cxml_text(mac, "type"), algorithm = cxml_text(mac, "algorithm");
    struct slice created = cxml_text(mac, "creationDate"), expires = cxml_text(mac, "expirationDate");
    struct cxml_time begin, end;
    if (!slice_is(type, "FromSenderCredentials") || !slice_is(algorithm, "HMAC-SHA1-96"))
        return error_set(error, ERROR_INVALID, &at,
                         "a CredentialMac of type \"%.*s\", algorithm \"%.*s\" is not "
                         "supported; use FromSenderCredentials and HMAC-SHA1-96",
                         SLICE_ARGS(type), SLICE_ARGS(algorithm));
    if (!cxml_time_parse(created, 0, &begin) || !cxml_time_parse(expires, 0, &end))
        return error_set(error, ERROR_INVALID, &at,
                         "the CredentialMac's dates \"%.*s\" and \"%.*s\" cannot be read",
                         SLICE_ARGS(created), SLICE_ARGS(expires));
    if (now_us < begin.instant_us || now_us > end.instant_us)
        return error_set(error, ERROR_INVALID, &at, "the CredentialMac is valid from %.*s to %.*s, not now",
                         SLICE_ARGS(created), SLICE_ARGS(expires));
    return true;
}

static bool mac_matches(const struct cxml_envelope *envelope, const struct cxml_credential *sender,
                        const char *secret, struct arena *arena)
{
    struct slice value = cxml_text(sender->mac, "");
    bool matches = false;
    for (size_t i = 0; i < envelope->from.count; i++) {
        struct slice message = mac_message(&envelope->from.credentials[i], sender, arena);
        matches |= crypto_equal(value, crypto_hmac_sha1_96(arena, slice_of(secret), message));
    }
    return matches;
}

// Whether this credential proves a secret; *tried tells that it attempts to.
static bool credential_proves(const struct cxml_envelope *envelope, const struct cxml_credential *sender,
                              const char *const secrets[2], int64_t now_us, struct arena *arena, bool *tried,
                              struct error *error)
{
    bool proven = false;
    *tried = sender->secret.size || sender->mac;
    if (sender->mac && !mac_usable(sender->mac, now_us, error))
        return false;
    // Both secrets are always compared, so that time does not tell which one is near.
    for (size_t i = 0; i < 2; i++) {
        if (!secrets[i] || !*secrets[i])
            continue;
        if (sender->secret.size)
            proven |= crypto_equal(sender->secret, slice_of(secrets[i]));
        if (sender->mac)
            proven |= mac_matches(envelope, sender, secrets[i], arena);
    }
    return proven;
}

bool cxml_authentic(const struct cxml_envelope *envelope, const char *const secrets[2], int64_t now_us,
                    struct arena *arena, struct error *error)
{
    bool proven = false, any = false;
    for (size_t i = 0; i < envelope->sender.count; i++) {
        bool tried;
        proven |= credential_proves(envelope, &envelope->sender.credentials[i], secrets, now_us, arena,
                                    &tried, error);
        any |= tried;
    }
    if (proven) {
        error_clear(error);
        return true;
    }
    struct position at = cxml_position(envelope->root);
    if (!any)
        return error_set(error, ERROR_INVALID, &at,
                         "the Sender's Credential has neither a SharedSecret nor a CredentialMac");
    return error_set(error, ERROR_INVALID, &at, "the Sender's shared secret is not the agreed one");
}

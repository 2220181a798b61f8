// SPDX-License-Identifier: Apache-2.0
#include "gateways/link.h"

#include "base/text.h"
#include "doors/crypto.h"

// Fields are parted by a character that no text of a document may hold.
enum { FIELDS = 8, SEPARATOR = '\x1f', MOST_TOKEN = 4096 };

static struct slice *const *fields_of(struct link *link, struct slice *fields[FIELDS])
{
    struct slice *const all[FIELDS] = { &link->account, &link->order_id,     &link->task_id,
                                        &link->user,    &link->content_hash, &link->order_number,
                                        &link->total,   &link->language };
    memcpy(fields, all, sizeof all);
    return fields;
}

// base64 as RFC 4648, 5 has it for URLs, without padding.
static struct slice to_url(struct arena *arena, struct slice bytes)
{
    struct slice text = crypto_base64(arena, bytes);
    char *copy = arena_string(arena, text);
    size_t size = text.size;
    while (size && copy[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++)
        copy[i] = copy[i] == '+' ? '-' : copy[i] == '/' ? '_' : copy[i];
    return (struct slice){ copy, size };
}

static bool from_url(struct arena *arena, struct slice text, struct slice *bytes)
{
    struct text copy = text_in(arena);
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '+' || c == '/' || c == '=')
            return false;
        text_append_char(&copy, c == '-' ? '+' : c == '_' ? '/' : c);
    }
    while (copy.size % 4)
        text_append_char(&copy, '=');
    return crypto_base64_read(arena, text_slice(&copy), bytes);
}

struct slice link_write(struct arena *arena, struct slice secret, const struct link *link)
{
    struct link copy = *link;
    struct slice *fields[FIELDS];
    fields_of(&copy, fields);
    struct text text = text_in(arena);
    for (int i = 0; i < FIELDS; i++) {
        for (size_t j = 0; j < fields[i]->size; j++)
            text_append_char(&text, fields[i]->data[j] == SEPARATOR ? ' ' : fields[i]->data[j]);
        text_append_char(&text, SEPARATOR);
    }
    text_printf(&text, "%lld", (long long)link->until_us);
    struct slice body = to_url(arena, text_slice(&text));
    return arena_printf(arena, "%.*s.%.*s", SLICE_ARGS(body),
                        SLICE_ARGS(to_url(arena, crypto_hmac_sha256(arena, secret, body))));
}

bool link_read(struct arena *arena, struct slice secret, struct slice token, struct link *link)
{
    struct slice body = token, rest, *fields[FIELDS];
    if (token.size > MOST_TOKEN)
        return false;
    rest = token;
    body = slice_cut(&rest, '.');
    struct slice wanted = to_url(arena, crypto_hmac_sha256(arena, secret, body)), text;
    if (!crypto_equal(wanted, rest) || !from_url(arena, body, &text))
        return false;
    *link = (struct link){ 0 };
    fields_of(link, fields);
    for (int i = 0; i < FIELDS; i++)
        *fields[i] = slice_cut(&text, SEPARATOR);
    return slice_integer(text, &link->until_us);
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/interchange_number.h"

#include <string.h>

#include "base/text.h"
#include "doors/crypto.h"
#include "doors/json.h"
#include "engine/carried.h"

enum { MOST_NUMBER = 500 };

struct slice interchange_number(const struct document *document, struct arena *arena)
{
    const struct carried_number *kind = carried_number(document->type);
    struct text text = text_in(arena);
    if (!kind)
        return (struct slice){ 0 };
    text_printf(&text, "%s%s ", document_boolean(document, "test", false) ? "test " : "", document->type);
    for (size_t i = 0; i < CARRIED_NUMBERS && kind->fields[i]; i++) {
        const struct document *leaf = document_get(document, kind->fields[i]);
        text_append_char(&text, i ? ',' : '[');
        if (leaf)
            json_write(leaf, &text);
    }
    text_append_char(&text, ']');
    return text.size > MOST_NUMBER ? (struct slice){ 0 } : text_slice(&text);
}

// The reply reference names the interchange, which is another one each time.
static struct slice without_origin(const struct document *document, struct arena *arena)
{
    struct text text = text_in(arena);
    for (const struct document *child = document->first; child; child = child->next) {
        if (strcmp(child->name, "reply_reference") == 0)
            continue;
        text_printf(&text, "%s=", child->name);
        json_write(child, &text);
    }
    return text_slice(&text);
}

static struct slice without_breaks(struct slice content, struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < content.size; i++)
        if (content.data[i] != '\r' && content.data[i] != '\n')
            text_append_char(&text, content.data[i]);
    return text_slice(&text);
}

struct slice interchange_content(const struct document *document, struct slice content, struct arena *arena)
{
    uint8_t *digest = ARENA_ARRAY(arena, 2 * SHA256_BYTES, uint8_t);
    crypto_sha256(without_breaks(content, arena), digest);
    crypto_sha256(without_origin(document, arena), digest + SHA256_BYTES);
    return (struct slice){ (const char *)digest, 2 * SHA256_BYTES };
}

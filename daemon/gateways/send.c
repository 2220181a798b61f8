// SPDX-License-Identifier: Apache-2.0
#include "gateways/send.h"

#include "base/text.h"
#include "doors/crypto.h"
#include "doors/http.h"
#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"
#include "gateways/folder.h"

// The database ends a transaction that is idle for 30 s, and the delivery's row is locked meanwhile.
enum { TIMEOUT_MS = 20000, MOST_ANSWER_BYTES = 1 << 20, MOST_NAME = 100, DIGEST_FIGURES = 12 };

static void add_safely(struct text *text, struct slice part)
{
    for (size_t i = 0; i < part.size && text->size < MOST_NAME; i++) {
        char c = part.data[i];
        bool safe = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                    (c == '.' && text->size > 0);
        text_append_char(text, safe ? c : '_');
    }
}

struct slice send_file_name(const struct delivery *delivery, struct arena *arena)
{
    struct text text = text_in(arena);
    struct slice whole =
        arena_printf(arena, "%.*s\n%.*s", SLICE_ARGS(delivery->partner), SLICE_ARGS(delivery->id));
    add_safely(&text, delivery->partner);
    text_append_char(&text, '-');
    add_safely(&text, delivery->id);
    text_printf(&text, "-%.*s.edi", DIGEST_FIGURES, crypto_sha256_hex(arena, whole).data);
    return text_slice(&text);
}

bool send_file(const struct delivery *delivery, const char *folder, struct arena *arena, struct error *error)
{
    const char *name = arena_string(arena, send_file_name(delivery, arena));
    return folder_write(folder, name, delivery->bytes, error);
}

bool send_judge(int http_status, struct slice answer, struct arena *arena, struct error *error)
{
    enum { SHOWN = 200 };
    struct cxml_envelope envelope;
    struct error fault = { 0 };
    if (http_status < 200 || http_status > 299)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "the partner answers with HTTP %d", http_status);
    if (!cxml_read(answer, arena, &envelope, &fault))
        return error_set(error, ERROR_UNAVAILABLE, NULL,
                         "the partner's answer (HTTP %d) cannot be read as cXML: %s", http_status,
                         fault.message);
    const struct node *status = cxml_child(envelope.body, "Status");
    struct slice code = cxml_text(status, "code"), text = cxml_text(status, "");
    int64_t number;
    if (!slice_integer(code, &number))
        return error_set(error, ERROR_UNAVAILABLE, NULL,
                         "the partner's answer (HTTP %d) has no Status with a code", http_status);
    if (number >= 200 && number <= 299)
        return true;
    if (text.size > SHOWN)
        text.size = SHOWN;
    return error_set(error, ERROR_UNAVAILABLE, NULL, "the partner answers with Status %lld \"%.*s\": %.*s",
                     (long long)number, SLICE_ARGS(cxml_text(status, "text")), SLICE_ARGS(text));
}

bool send_cxml(const struct delivery *delivery, const struct partner *partner, struct arena *arena,
               struct error *error)
{
    const struct http_call call = {
        .url = partner->cxml_url,
        .body = delivery->bytes,
        .content_type = "text/xml; charset=UTF-8",
        .timeout_ms = TIMEOUT_MS,
        .most_bytes = MOST_ANSWER_BYTES,
    };
    int status;
    struct slice answer;
    return http_call(&call, arena, &status, &answer, error) && send_judge(status, answer, arena, error);
}

int64_t send_delay_ms(int64_t failures, int64_t first_ms, int64_t most_ms)
{
    int64_t delay = first_ms;
    for (int64_t i = 1; i < failures && delay < most_ms; i++)
        delay = delay > most_ms / 2 ? most_ms : delay * 2;
    return delay < most_ms ? delay : most_ms;
}

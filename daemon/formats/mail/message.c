// SPDX-License-Identifier: Apache-2.0
#include "formats/mail/message.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/crypto.h"

enum { MOST_ADDRESS = 254, LINE_BYTES = 76, WORD_BYTES = 42, DAY_S = 86400 };

bool mail_address_is_sound(struct slice address)
{
    size_t signs = 0;
    if (address.size < 3 || address.size > MOST_ADDRESS || address.data[0] == '@' ||
        address.data[address.size - 1] == '@' || address.data[0] == '-')
        return false;
    for (size_t i = 0; i < address.size; i++) {
        unsigned char c = (unsigned char)address.data[i];
        if (c <= ' ' || c >= 127 || strchr("<>()[]\\,;:\"", c))
            return false;
        signs += c == '@';
    }
    return signs == 1;
}

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ' || (unsigned char)text.data[i] >= 127 ||
            strchr("\"\\<>()@,;:=?", text.data[i]))
            return false;
    return true;
}

// Encoded words of at most 75 characters, none of which cuts a letter of UTF-8.
static void write_words(struct text *to, struct arena *arena, struct slice text)
{
    for (bool first = true; text.size; first = false) {
        size_t size = text.size < WORD_BYTES ? text.size : WORD_BYTES;
        while (size < text.size && size > 1 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
            size--;
        struct slice word = crypto_base64(arena, (struct slice){ text.data, size });
        text_printf(to, "%s=?UTF-8?B?%.*s?=", first ? "" : "\r\n ", SLICE_ARGS(word));
        text.data += size;
        text.size -= size;
    }
}

static void write_phrase(struct text *to, struct arena *arena, struct slice text)
{
    if (is_plain(text) && text.size < WORD_BYTES)
        text_append(to, text);
    else
        write_words(to, arena, text);
}

static void write_address(struct text *to, struct arena *arena, const char *field, struct slice name,
                          struct slice address)
{
    text_printf(to, "%s: ", field);
    write_phrase(to, arena, name);
    text_printf(to, "%s<%.*s>\r\n", name.size ? " " : "", SLICE_ARGS(address));
}

static void write_date(struct text *to, int64_t at_us)
{
    static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int year, month, day;
    int64_t seconds = at_us / 1000000, rest = seconds % DAY_S;
    date_to_civil((int32_t)(seconds / DAY_S), &year, &month, &day);
    text_printf(to, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[seconds / DAY_S % 7], day,
                months[month - 1], year, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

// Lines of a text end with CR LF on the wire, also within base64 (RFC 2045, 6.8).
static struct slice with_line_ends(struct arena *arena, struct slice text)
{
    struct text lines = text_in(arena);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\n' && (i == 0 || text.data[i - 1] != '\r'))
            text_append_char(&lines, '\r');
        text_append_char(&lines, text.data[i]);
    }
    return text_slice(&lines);
}

bool mail_write(const struct mail_message *message, struct arena *arena, struct slice *bytes,
                struct error *error)
{
    const struct slice addresses[] = { message->from, message->to };
    for (int i = 0; i < 2; i++)
        if (!mail_address_is_sound(addresses[i]))
            return error_set(error, ERROR_INVALID, NULL, "'%.*s' is no mail address",
                             SLICE_ARGS(addresses[i]));
    struct text to = text_in(arena);
    struct slice domain = message->from;
    slice_cut(&domain, '@');
    write_address(&to, arena, "From", message->from_name, message->from);
    write_address(&to, arena, "To", message->to_name, message->to);
    text_printf(&to, "Subject: ");
    write_words(&to, arena, message->subject);
    text_printf(&to, "\r\n");
    write_date(&to, message->at_us);
    text_printf(&to,
                "Message-ID: <%.*s@%.*s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n",
                SLICE_ARGS(message->id), SLICE_ARGS(domain));
    struct slice body = crypto_base64(arena, with_line_ends(arena, message->text));
    for (size_t at = 0; at < body.size; at += LINE_BYTES) {
        size_t size = body.size - at < LINE_BYTES ? body.size - at : LINE_BYTES;
        text_printf(&to, "%.*s\r\n", (int)size, body.data + at);
    }
    *bytes = text_slice(&to);
    return true;
}

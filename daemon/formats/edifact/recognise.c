// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/recognise.h"

static bool has(struct slice bytes, const char *text)
{
    return slice_starts(bytes, text);
}

static struct slice after(struct slice bytes, size_t count)
{
    count = count < bytes.size ? count : bytes.size;
    return (struct slice){ bytes.data + count, bytes.size - count };
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

char recognise_una_fault(struct slice bytes)
{
    static const size_t places[] = { 3, 4, 8, 6 };
    for (size_t i = 0; i < 4; i++) {
        char c = bytes.data[places[i]];
        bool absent = places[i] == 6 && c == ' '; // no release character
        for (size_t k = 0; k < i; k++)
            if (c == bytes.data[places[k]] && !absent)
                return c;
        if (is_letter_or_digit(c) || (c == ' ' && !absent))
            return c;
    }
    return '\0';
}

bool recognise_una(struct slice bytes)
{
    if (bytes.size < UNA_SIZE || !has(bytes, "UNA") || recognise_una_fault(bytes))
        return false;
    // Eight bytes and the end of a line, rather than a line feed for a terminator.
    if ((bytes.data[8] == '\n' || bytes.data[8] == '\r') && bytes.data[7] != ' ' && bytes.data[7] != '*')
        return false;
    struct slice next = after(bytes, 9);
    while (next.size && memchr(" \t\r\n", next.data[0], 4))
        next = after(next, 1);
    return next.size < 3 || has(next, "UNB") || has(next, "UNH") || has(next, "UNG");
}

bool recognise_unb(struct slice bytes)
{
    if (bytes.size < 8 || !has(bytes, "UNB") || is_letter_or_digit(bytes.data[3]))
        return false;
    struct slice level = after(bytes, 4);
    return has(level, "UNO") || has(level, "IAT");
}

bool recognise_start(struct slice bytes)
{
    return bytes.size >= 4 && bytes.data[0] == 'U' && bytes.data[1] == 'N' &&
           (recognise_una(bytes) || recognise_unb(bytes) || has(bytes, "UNH+"));
}

bool recognise_segment(struct slice bytes, const struct edifact_marks *marks)
{
    if (bytes.size < 4)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (!(bytes.data[i] >= 'A' && bytes.data[i] <= 'Z') &&
            !(bytes.data[i] >= '0' && bytes.data[i] <= '9'))
            return false;
    char next = bytes.data[3];
    return next == marks->element || next == marks->terminator || next == marks->component;
}

// Whether an EDIFACT segment begins somewhere in the first bytes: junk before it is a finding, not another
// format.
static bool holds_start(struct slice bytes)
{
    for (size_t i = 0; i + 4 <= bytes.size && i < 65536; i++)
        if (recognise_start(after(bytes, i)))
            return true;
    return false;
}

static const char *recognise_other(struct slice bytes)
{
    if (has(bytes, "ISA") && bytes.size > 3 && !is_letter_or_digit(bytes.data[3]))
        return "an X12 interchange";
    if (has(bytes, "STX="))
        return "a TRADACOMS transmission";
    if (has(bytes, "<?xml") || has(bytes, "<"))
        return "XML";
    if (has(bytes, "{") || has(bytes, "["))
        return "JSON";
    if (has(bytes, "%PDF"))
        return "a PDF file";
    if (has(bytes, "PK\x03\x04") || has(bytes, "\x1F\x8B"))
        return "a compressed file";
    if (has(bytes, "UIB") || has(bytes, "UIH"))
        return "an interactive EDIFACT interchange, which is not supported";
    return NULL;
}

const char *edifact_recognise(struct slice bytes, bool *is_edifact)
{
    *is_edifact = false;
    if (has(bytes, "\xFF\xFE") || has(bytes, "\xFE\xFF"))
        return "UTF-16 text";
    struct slice trimmed = slice_trim(has(bytes, "\xEF\xBB\xBF") ? after(bytes, 3) : bytes);
    if (slice_empty(trimmed))
        return "empty";
    const char *other = recognise_other(trimmed);
    bool start = has(trimmed, "UN") && (recognise_start(trimmed) || has(trimmed, "UNA") ||
                                        has(trimmed, "UNB") || has(trimmed, "UNH") || has(trimmed, "UNG"));
    if (start || (!other && holds_start(trimmed))) {
        *is_edifact = true;
        return "EDIFACT";
    }
    if (other)
        return other;
    for (size_t i = 0; i < trimmed.size && i < 4096; i++)
        if ((unsigned char)trimmed.data[i] < 0x20 && !memchr("\t\r\n\f\x1A\x1C\x1D\x1F", trimmed.data[i], 8))
            return "binary data";
    const struct edifact_marks usual = { .component = ':', .element = '+', .terminator = '\'' };
    if (recognise_segment(trimmed, &usual)) {
        *is_edifact = true; // segments of a message without UNH: the check says what is missing
        return "EDIFACT";
    }
    return "plain text";
}

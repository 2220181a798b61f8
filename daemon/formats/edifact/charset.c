// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/charset.h"

#include "base/text.h"
#include "formats/edifact/charset_tables.h"

static const char *const names[] = { "UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF", "UNOG", "UNOH",
                                     "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW", "UNOX", "UNOY", "UNOZ" };

enum edifact_charset edifact_charset_of(struct slice name)
{
    if (slice_is(name, "IATA"))
        return EDIFACT_UNOA;
    if (slice_is(name, "IATB"))
        return EDIFACT_UNOB;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i]))
            return (enum edifact_charset)i;
    return EDIFACT_CHARSET_UNKNOWN;
}

const char *edifact_charset_name(enum edifact_charset charset)
{
    return charset < EDIFACT_CHARSET_UNKNOWN ? names[charset] : "unknown";
}

// Reads one character of UTF-8 at *at and moves on; false (and one byte on) where it is none.
static bool utf8_next(struct slice bytes, size_t *at, uint32_t *character)
{
    const unsigned char *p = (const unsigned char *)bytes.data + *at;
    size_t left = bytes.size - *at, size;
    uint32_t least;
    ++*at;
    if (p[0] < 0x80) {
        *character = p[0];
        return true;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        size = 2, least = 0x80, *character = p[0] & 0x1Fu;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        size = 3, least = 0x800, *character = p[0] & 0x0Fu;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        size = 4, least = 0x10000, *character = p[0] & 0x07u;
    } else {
        return false;
    }
    if (left < size)
        return false;
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return false;
        *character = *character << 6 | (p[i] & 0x3Fu);
    }
    if (*character < least || *character > 0x10FFFF || (*character >= 0xD800 && *character <= 0xDFFF))
        return false;
    *at += size - 1;
    return true;
}

bool utf8_valid(struct slice bytes)
{
    uint32_t character;
    for (size_t at = 0; at < bytes.size;)
        if (!utf8_next(bytes, &at, &character))
            return false;
    return true;
}

size_t utf8_length(struct slice utf8)
{
    size_t length = 0;
    for (size_t i = 0; i < utf8.size; i++)
        length += ((unsigned char)utf8.data[i] & 0xC0) != 0x80;
    return length;
}

static void append_utf8(struct text *text, uint32_t character)
{
    if (character < 0x80) {
        text_append_char(text, (char)character);
    } else if (character < 0x800) {
        text_append_char(text, (char)(0xC0 | character >> 6));
        text_append_char(text, (char)(0x80 | (character & 0x3F)));
    } else {
        text_append_char(text, (char)(0xE0 | character >> 12));
        text_append_char(text, (char)(0x80 | (character >> 6 & 0x3F)));
        text_append_char(text, (char)(0x80 | (character & 0x3F)));
    }
}

static bool is_ascii(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if ((unsigned char)bytes.data[i] >= 0x80)
            return false;
    return true;
}

enum { NO_CHARACTER = 0xFFFD };

// The character of a byte above 0x7F.
static uint32_t of_byte(enum edifact_charset charset, unsigned char byte)
{
    if (byte < 0xA0)
        return NO_CHARACTER; // the control characters of ISO 6429 are in no level
    if (charset < EDIFACT_UNOD || charset > EDIFACT_UNOL)
        return byte;
    uint32_t character = upper_halves[charset - EDIFACT_UNOD][byte - 0xA0];
    return character ? character : NO_CHARACTER;
}

bool edifact_to_utf8(enum edifact_charset charset, struct slice bytes, struct arena *arena,
                     struct slice *utf8, bool *guessed)
{
    if (guessed)
        *guessed = false;
    *utf8 = bytes;
    if (is_ascii(bytes))
        return true;
    bool is_8859 = charset >= EDIFACT_UNOC && charset <= EDIFACT_UNOL;
    bool is_utf8 = charset == EDIFACT_UNOW || charset == EDIFACT_UNOY;
    bool valid = utf8_valid(bytes);
    if (guessed)
        *guessed = is_utf8 ? !valid : is_8859 ? valid : true;
    if (valid)
        return true;
    struct text text = text_in(arena);
    bool whole = true;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        uint32_t character = byte < 0x80 ? byte : of_byte(charset, byte);
        whole = whole && character != NO_CHARACTER;
        append_utf8(&text, character);
    }
    *utf8 = text_slice(&text);
    return whole;
}

static bool to_byte(enum edifact_charset charset, uint32_t character, char *byte)
{
    if (character < 0x80) {
        *byte = (char)character;
        return edifact_in_repertoire(charset, (struct slice){ byte, 1 }, NULL);
    }
    if (charset == EDIFACT_UNOC && character >= 0xA0 && character <= 0xFF) {
        *byte = (char)character;
        return true;
    }
    if (charset < EDIFACT_UNOD || charset > EDIFACT_UNOL || character > UINT16_MAX)
        return false;
    for (unsigned i = 0; i < 96; i++) {
        if (upper_halves[charset - EDIFACT_UNOD][i] == character) {
            *byte = (char)(0xA0 + i);
            return true;
        }
    }
    return false;
}

// What stands in for a character that the level lacks.
static void append_substitute(struct text *text, enum edifact_charset charset, uint32_t character)
{
    char ascii[3] = "?";
    if (character >= FOLD_FIRST && character <= FOLD_LAST)
        memcpy(ascii, folds[character - FOLD_FIRST], 3);
    else if (character < 0x80)
        ascii[0] = (char)character;
    for (size_t i = 0; ascii[i]; i++) {
        char c = ascii[i];
        if (charset == EDIFACT_UNOA && c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        text_append_char(text, edifact_in_repertoire(charset, (struct slice){ &c, 1 }, NULL) ? c : '?');
    }
}

bool edifact_from_utf8(enum edifact_charset charset, struct slice utf8, struct arena *arena,
                       struct slice *bytes)
{
    *bytes = utf8;
    bool multibyte = charset >= EDIFACT_UNOW;
    if (multibyte ? utf8_valid(utf8) : is_ascii(utf8) && edifact_in_repertoire(charset, utf8, NULL))
        return true;
    struct text text = text_in(arena);
    bool whole = true;
    for (size_t at = 0; at < utf8.size;) {
        size_t start = at;
        uint32_t character;
        char byte;
        if (!utf8_next(utf8, &at, &character)) {
            text_append_char(&text, '?');
            whole = false;
        } else if (multibyte) {
            text_append(&text, (struct slice){ utf8.data + start, at - start });
        } else if (to_byte(charset, character, &byte)) {
            text_append_char(&text, byte);
        } else {
            append_substitute(&text, charset, character);
            whole = false;
        }
    }
    *bytes = text_slice(&text);
    return whole;
}

// Levels A and B name their characters; from C on it is all of ASCII's graphic characters and above. 2: in
// level A, 1: in B only.
static const uint8_t levels[256] = {
    [' '] = 2, ['.'] = 2, [','] = 2, ['-'] = 2, ['('] = 2, [')'] = 2, ['/'] = 2, ['='] = 2,  ['!'] = 2,
    ['"'] = 2, ['%'] = 2, ['&'] = 2, ['*'] = 2, [';'] = 2, ['<'] = 2, ['>'] = 2, ['\''] = 2, ['+'] = 2,
    [':'] = 2, ['?'] = 2, ['0'] = 2, ['1'] = 2, ['2'] = 2, ['3'] = 2, ['4'] = 2, ['5'] = 2,  ['6'] = 2,
    ['7'] = 2, ['8'] = 2, ['9'] = 2, ['A'] = 2, ['B'] = 2, ['C'] = 2, ['D'] = 2, ['E'] = 2,  ['F'] = 2,
    ['G'] = 2, ['H'] = 2, ['I'] = 2, ['J'] = 2, ['K'] = 2, ['L'] = 2, ['M'] = 2, ['N'] = 2,  ['O'] = 2,
    ['P'] = 2, ['Q'] = 2, ['R'] = 2, ['S'] = 2, ['T'] = 2, ['U'] = 2, ['V'] = 2, ['W'] = 2,  ['X'] = 2,
    ['Y'] = 2, ['Z'] = 2, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,  ['g'] = 1,
    ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1,  ['p'] = 1,
    ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,  ['y'] = 1,
    ['z'] = 1,
};

static bool in_level(enum edifact_charset charset, unsigned char c)
{
    if (charset > EDIFACT_UNOB)
        return c >= 0x20 && c != 0x7F;
    return levels[c] >= (charset == EDIFACT_UNOA ? 2 : 1);
}

bool edifact_in_repertoire(enum edifact_charset charset, struct slice bytes, char *offender)
{
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if (in_level(charset, c))
            continue;
        if (offender)
            *offender = bytes.data[i];
        return false;
    }
    return true;
}

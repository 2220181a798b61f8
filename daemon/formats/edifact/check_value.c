// SPDX-License-Identifier: Apache-2.0
// One value against its element.
#include "formats/edifact/checking.h"

static const uint32_t LIST_ELEMENT = '1' << 24 | '1' << 16 | '3' << 8 | '1';
static const uint32_t AGENCY_ELEMENT = '3' << 24 | '0' << 16 | '5' << 8 | '5';
static const uint32_t DATE_FORMAT_ELEMENT = '2' << 24 | '3' << 16 | '7' << 8 | '9';

// Values are quoted in findings; a long one is cut.
enum { QUOTED = 70 };

static struct slice quoted(struct slice text)
{
    if (text.size <= QUOTED)
        return text;
    size_t size = QUOTED;
    while (size && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct slice){ text.data, size };
}

static void check_characters(struct checking *checking, const struct edifact_token *token, struct slice text)
{
    const struct edifact_unit *unit = checking->unit;
    enum edifact_charset charset = unit->charset;
    if (token->flags & EDIFACT_TOKEN_BROKEN && !checking->said_breaks) {
        checking->said_breaks = true;
        checking_report(checking, checking->tolerances->line_breaks, token, 21,
                        "a line break stands inside the segment; it was taken out of the value");
    }
    if (token->flags & EDIFACT_TOKEN_CONTROL)
        checking_report(checking, checking->tolerances->characters, token, 21,
                        "the value holds a control character");
    if (token->flags & EDIFACT_TOKEN_HIGH) {
        struct slice utf8;
        bool guessed,
            whole = edifact_to_utf8(charset, edifact_raw(unit, token), checking->arena, &utf8, &guessed);
        if (!whole)
            checking_report(checking, checking->tolerances->characters, token, 21,
                            "\"%.*s\" holds bytes that are no characters of level %s",
                            SLICE_ARGS(quoted(utf8)), edifact_charset_name(charset));
        else if (guessed && charset != EDIFACT_UNOZ && !checking->said_characters) {
            checking->said_characters = true;
            bool is_utf8 = charset > EDIFACT_UNOB && charset <= EDIFACT_UNOL;
            checking_report(checking, checking->tolerances->characters, token, 21,
                            is_utf8 ? "\"%.*s\" is in UTF-8, though the interchange says %s"
                                    : "\"%.*s\" holds characters outside level %s",
                            SLICE_ARGS(quoted(utf8)), edifact_charset_name(charset));
        }
        return;
    }
    char offender;
    if (charset <= EDIFACT_UNOB && !checking->said_characters && !(token->flags & EDIFACT_TOKEN_CONTROL) &&
        !edifact_in_repertoire(charset, text, &offender)) {
        checking->said_characters = true;
        checking_report(checking, checking->tolerances->characters, token, 21,
                        "\"%.*s\" holds '%c', which is not in level %s", SLICE_ARGS(quoted(text)), offender,
                        edifact_charset_name(charset));
    }
}

// A number: an optional minus, digits, and perhaps a mark with digits on both sides. Gives the UN 0085 code
// of what is wrong, 0 for nothing.
static int numeric_fault(const struct edifact_unit *unit, struct slice text, size_t *digits)
{
    size_t i = text.size && text.data[0] == '-' ? 1 : 0, before = 0, after = 0;
    bool mark = false;
    // Versions 1 to 3 obey the decimal mark of UNA; without UNA, and in version 4, both are good.
    bool both = unit->syntax == 4 || !unit->marks.una;
    *digits = 0;
    for (; i < text.size; i++) {
        char c = text.data[i];
        if (c >= '0' && c <= '9') {
            if (mark)
                after++;
            else
                before++;
        } else if ((c == '.' || c == ',') && !mark) {
            if (!both && c != unit->marks.decimal)
                return 19;
            mark = true;
        } else {
            return c == '.' || c == ',' ? 19 : 37;
        }
    }
    *digits = before + after;
    if (mark && before == 0)
        return 38;
    return mark && after == 0 ? 19 : *digits == 0 ? 37 : 0;
}

static bool has_digit(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] >= '0' && text.data[i] <= '9')
            return true;
    return false;
}

// The date of an envelope has six digits before version 4 and eight in it; many send the other.
static bool other_envelope_date(const struct directory_element *element, struct slice text)
{
    return element->check == DIRECTORY_CHECK_ENVELOPE_DATE && (text.size == 8 || text.size == 6);
}

static void check_length(struct checking *checking, const struct edifact_token *token, struct slice text,
                         const struct directory_element *element, size_t length)
{
    enum edifact_severity severity = checking->tolerances->too_long;
    if (other_envelope_date(element, text))
        severity = checking->tolerances->assumed;
    if (length > element->most)
        checking_report(checking, severity, token, 39, "\"%.*s\" has %zu characters, at most %u are allowed",
                        SLICE_ARGS(quoted(text)), length, element->most);
    else if (length < element->least)
        checking_report(checking, severity, token, 40, "\"%.*s\" has %zu characters, it must have %u",
                        SLICE_ARGS(quoted(text)), length, element->least);
}

static size_t check_class(struct checking *checking, const struct edifact_token *token, struct slice text,
                          const struct directory_element *element)
{
    enum edifact_severity severity = checking->tolerances->wrong_class;
    // Syntax version 1 knew numbers only; directories since have been called D and 96A, under version 1 too.
    if (element->check == DIRECTORY_CHECK_VERSION)
        return utf8_length(text);
    if (element->format == DIRECTORY_NUMERIC) {
        size_t digits;
        int fault = numeric_fault(checking->unit, text, &digits);
        if (fault == 38)
            checking_report(checking, severity, token, fault,
                            "\"%.*s\" lacks a digit in front of the decimal mark", SLICE_ARGS(quoted(text)));
        else if (fault == 19)
            checking_report(checking, severity, token, fault,
                            "\"%.*s\" is no decimal number here: its mark is %s", SLICE_ARGS(quoted(text)),
                            !checking->unit->marks.una || checking->unit->syntax == 4
                                ? "'.' or ',', once, between digits"
                            : checking->unit->marks.decimal == ',' ? "',', once, between digits"
                                                                   : "'.', once, between digits");
        else if (fault)
            checking_report(checking, severity, token, fault, "\"%.*s\" is no number",
                            SLICE_ARGS(quoted(text)));
        // What is no number has no number of digits.
        return fault ? element->most : digits;
    }
    if (element->format == DIRECTORY_ALPHABETIC && has_digit(text))
        checking_report(checking, severity, token, 37, "\"%.*s\" holds digits, only letters are allowed",
                        SLICE_ARGS(quoted(text)));
    return utf8_length(text);
}

const struct edifact_token *checking_sibling(const struct checking *checking,
                                             const struct edifact_token *token, unsigned component)
{
    // They stand side by side; the segment around them may be long.
    const struct edifact_token *first = checking->unit->tokens + checking->segment->first;
    const struct edifact_token *end = first + checking->segment->count;
    for (; token > first && token->component > component && token[-1].element == token->element &&
           token[-1].occurrence == token->occurrence;
         token--) {
    }
    for (const struct edifact_token *here = token;
         here < end && here->component <= component && here->element == token->element &&
         here->occurrence == token->occurrence;
         here++)
        if (here->component == component)
            return here;
    return NULL;
}

// Whether a code list (1131) or an agency (3055) other than the UN is named behind a coded component: then
// the code is theirs and not in our lists.
static bool foreign_code(const struct checking *checking, const struct edifact_token *token,
                         const struct directory_position *position, unsigned index)
{
    for (unsigned i = index + 1; i < position->component_count && i <= index + 2; i++) {
        uint32_t key = position->components[i].element->key;
        const struct edifact_token *value = checking_sibling(checking, token, i + 1);
        if (key != LIST_ELEMENT && key != AGENCY_ELEMENT)
            return false;
        if (value && (key == LIST_ELEMENT || !slice_is(checking_text(checking, value), "6")))
            return true;
    }
    return false;
}

static void check_date(struct checking *checking, const struct edifact_token *token, struct slice text,
                       const struct directory_position *position, unsigned index)
{
    for (unsigned i = 0; i < position->component_count; i++) {
        if (position->components[i].element->key != DATE_FORMAT_ELEMENT || i == index)
            continue;
        const struct edifact_token *format = checking_sibling(checking, token, i + 1);
        if (format) {
            struct slice code = checking_text(checking, format);
            if (!date_format_holds(code, text))
                checking_report(checking, checking->tolerances->dates, token, 12,
                                "\"%.*s\" is no date, time or period of format %.*s",
                                SLICE_ARGS(quoted(text)), SLICE_ARGS(code));
        } else if (text.size == 8) {
            bool holds = date_format_holds(SLICE("102"), text);
            checking_report(checking, holds ? checking->tolerances->assumed : checking->tolerances->dates,
                            token, holds ? 13 : 12,
                            holds ? "the format of \"%.*s\" is missing; CCYYMMDD (102) is assumed"
                                  : "\"%.*s\" has no format and is no date CCYYMMDD (102)",
                            SLICE_ARGS(quoted(text)));
        }
    }
}

// The dates and times of UNB and UNG; a wrong length has been told already.
static void check_envelope_time(struct checking *checking, const struct edifact_token *token,
                                struct slice text, bool date)
{
    struct slice format = !date ? SLICE("401") : text.size == 8 ? SLICE("102") : SLICE("101");
    bool whole = date ? text.size == 6 || text.size == 8 : text.size == 4;
    if (whole && !date_format_holds(format, text))
        checking_report(checking, checking->tolerances->dates, token, 12, "\"%.*s\" is no %s",
                        SLICE_ARGS(quoted(text)), date ? "date" : "time of day");
}

// What an element needs beside its format and its list.
static void check_further(struct checking *checking, const struct edifact_token *token, struct slice text,
                          const struct directory_position *position, unsigned index)
{
    const struct directories *directories = checking->check->directories;
    const struct edifact_tolerances *tolerances = checking->tolerances;
    const struct directory_element *element = position->components[index].element;
    switch ((enum directory_check)element->check) {
    case DIRECTORY_CHECK_UNIT:
        if (!directories_unit(directories, text) && !foreign_code(checking, token, position, index))
            check_unlisted(checking, token, text, element, tolerances->units, "no unit of Recommendation 20");
        break;
    case DIRECTORY_CHECK_CURRENCY:
        if (!directories_currency(directories, text))
            check_unlisted(checking, token, text, element, tolerances->codes, "no currency of ISO 4217");
        break;
    case DIRECTORY_CHECK_COUNTRY:
        if (!directories_country(directories, text))
            check_unlisted(checking, token, text, element, tolerances->codes, "no country of ISO 3166");
        break;
    case DIRECTORY_CHECK_DATE:
        check_date(checking, token, text, position, index);
        break;
    case DIRECTORY_CHECK_ENVELOPE_DATE:
        check_envelope_time(checking, token, text, true);
        break;
    case DIRECTORY_CHECK_ENVELOPE_TIME:
        check_envelope_time(checking, token, text, false);
        break;
    case DIRECTORY_CHECK_DIGIT:
        check_digit(checking, token, text, position, index);
        break;
    case DIRECTORY_CHECK_NONE:
    case DIRECTORY_CHECK_VERSION:
        break;
    }
}

void check_value(struct checking *checking, const struct edifact_token *token, struct slice text,
                 const struct directory_position *position, unsigned index)
{
    if (token->flags & ~EDIFACT_TOKEN_RELEASED || checking->unit->charset <= EDIFACT_UNOB)
        check_characters(checking, token, text);
    if (!position || index >= position->component_count)
        return;
    const struct directory_element *element = position->components[index].element;
    size_t length = text.size;
    if (element->format != DIRECTORY_ALPHANUMERIC)
        length = check_class(checking, token, text, element);
    else if (token->flags & EDIFACT_TOKEN_HIGH)
        length = utf8_length(text);
    if (length > element->most || length < element->least)
        check_length(checking, token, text, element, length);
    if (element->codes && !directory_has_code(element->codes, text) &&
        !foreign_code(checking, token, position, index))
        check_unlisted(checking, token, text, element, checking->tolerances->codes, NULL);
    if (element->check != DIRECTORY_CHECK_NONE)
        check_further(checking, token, text, position, index);
}

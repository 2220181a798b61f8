// SPDX-License-Identifier: Apache-2.0
#include "formats/mail/figures.h"

#include "base/clock.h"

enum { LEAST_DECIMALS = 2, GROUP = 3 };

static const struct {
    const char *group, *mark;
    const char *months[12];
} languages[] = {
    [TEMPLATE_ENGLISH] = { ",",
                           ".",
                           { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                             "Dec" } },
    [TEMPLATE_FRENCH] = { "\u202f",
                          ",",
                          { "janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.",
                            "oct.", "nov.", "déc." } },
};

static void write_decimal(struct text *text, const struct document *field, enum template_language language)
{
    char digits[DECIMAL_TEXT_SIZE];
    decimal_text_whole(field->integer, field->scale, digits);
    const char *start = digits[0] == '-' ? digits + 1 : digits;
    const char *point = strchr(start, '.');
    size_t whole = point ? (size_t)(point - start) : strlen(start);
    size_t decimals = point ? strlen(point + 1) : 0;
    while (decimals > LEAST_DECIMALS && point[decimals] == '0')
        decimals--;
    if (start != digits)
        text_append_char(text, '-');
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % GROUP == 0)
            text_append(text, slice_of(languages[language].group));
        text_append_char(text, start[i]);
    }
    if (decimals == 0)
        return;
    text_append(text, slice_of(languages[language].mark));
    text_append(text, (struct slice){ point + 1, decimals });
}

static void write_day(struct text *text, int32_t days, enum template_language language)
{
    int year, month, day;
    date_to_civil(days, &year, &month, &day);
    text_printf(text, "%d %s %d", day, languages[language].months[month - 1], year);
}

static void write_instant(struct text *text, int64_t instant_us, enum template_language language)
{
    static const int64_t MINUTE_US = 60 * INT64_C(1000000), DAY_MINUTES = 24 * 60;
    int32_t days = instant_date(instant_us);
    int64_t minute = instant_us / MINUTE_US - days * DAY_MINUTES;
    write_day(text, days, language);
    text_printf(text, ", %02d:%02d UTC", (int)(minute / 60), (int)(minute % 60));
}

static void write_text(struct text *text, struct slice value)
{
    for (size_t i = 0; i < value.size; i++)
        text_append_char(text, (unsigned char)value.data[i] < ' ' ? ' ' : value.data[i]);
}

void figures_write(struct text *text, const struct document *field, enum template_language language)
{
    if (!field)
        return;
    switch (field->kind) {
    case DOCUMENT_TEXT:
        write_text(text, field->text);
        break;
    case DOCUMENT_DECIMAL:
        write_decimal(text, field, language);
        break;
    case DOCUMENT_DATE:
        write_day(text, (int32_t)field->integer, language);
        break;
    case DOCUMENT_INSTANT:
        write_instant(text, field->integer, language);
        break;
    case DOCUMENT_INTEGER:
    case DOCUMENT_BOOLEAN:
        text_printf(text, "%lld", (long long)field->integer);
        break;
    default:
        break;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Dates, times and periods by their format (element 2379), each a picture of fields.
#include "base/clock.h"
#include "formats/edifact/checking.h"

// C century, Y year, M month, D day, W week, d day of the week, j day of the year, H hour, m minute, S
// second, Z zone (three letters, or sign and hours and minutes), s half year, Q quarter, P third of a year, A
// ten days, n any number. '-' may be left out in the data, and mostly is.
enum { FORMATS = 821 };

static const char *const pictures[FORMATS] = {
    [2] = "DDMMYY",
    [3] = "MMDDYY",
    [4] = "DDMMCCYY",
    [5] = "DDMMCCYYHHmm",
    [101] = "YYMMDD",
    [102] = "CCYYMMDD",
    [103] = "YYWWd",
    [105] = "YYjjj",
    [106] = "MMDD",
    [107] = "jjj",
    [108] = "WW",
    [109] = "MM",
    [110] = "DD",
    [201] = "YYMMDDHHmm",
    [202] = "YYMMDDHHmmSS",
    [203] = "CCYYMMDDHHmm",
    [204] = "CCYYMMDDHHmmSS",
    [205] = "CCYYMMDDHHmmZ",
    [301] = "YYMMDDHHmmZ",
    [302] = "YYMMDDHHmmSSZ",
    [303] = "CCYYMMDDHHmmZ",
    [304] = "CCYYMMDDHHmmSSZ",
    [305] = "MMDDHHmm",
    [306] = "DDHHmm",
    [401] = "HHmm",
    [402] = "HHmmSS",
    [404] = "HHmmSSZ",
    [406] = "Z",
    [501] = "HHmm-HHmm",
    [502] = "HHmmSS-HHmmSS",
    [503] = "HHmmSSZ-HHmmSSZ",
    [600] = "CC",
    [601] = "YY",
    [602] = "CCYY",
    [603] = "YYs",
    [604] = "CCYYs",
    [608] = "CCYYQ",
    [609] = "YYMM",
    [610] = "CCYYMM",
    [613] = "YYMMA",
    [614] = "CCYYMMA",
    [615] = "YYWW",
    [616] = "CCYYWW",
    [701] = "YY-YY",
    [702] = "CCYY-CCYY",
    [703] = "YYs-YYs",
    [704] = "CCYYs-CCYYs",
    [705] = "YYP-YYP",
    [706] = "CCYYP-CCYYP",
    [707] = "YYQ-YYQ",
    [708] = "CCYYQ-CCYYQ",
    [709] = "YYMM-YYMM",
    [710] = "CCYYMM-CCYYMM",
    [713] = "YYMMDDHHmm-YYMMDDHHmm",
    [715] = "YYWW-YYWW",
    [716] = "CCYYWW-CCYYWW",
    [717] = "YYMMDD-YYMMDD",
    [718] = "CCYYMMDD-CCYYMMDD",
    [719] = "CCYYMMDDHHmm-CCYYMMDDHHmm",
    [720] = "dHHmm-dHHmm",
    [801] = "n",
    [802] = "n",
    [803] = "n",
    [804] = "n",
    [805] = "n",
    [806] = "n",
    [807] = "n",
    [808] = "n",
    [809] = "n",
    [810] = "n",
    [811] = "n",
    [812] = "n",
    [814] = "n",
};

// The fields of one date; -1 where the picture has none.
struct fields {
    int century, year, month, day;
};

static bool number(struct slice *rest, size_t digits, int *value)
{
    *value = 0;
    if (rest->size < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        if (rest->data[i] < '0' || rest->data[i] > '9')
            return false;
        *value = *value * 10 + rest->data[i] - '0';
    }
    *rest = (struct slice){ rest->data + digits, rest->size - digits };
    return true;
}

// A zone as three letters, or as an offset with or without a sign.
static bool zone(struct slice *rest)
{
    struct slice here = *rest;
    int hours, minutes;
    if (here.size >= 3 && here.data[0] >= 'A' && here.data[0] <= 'Z') {
        *rest = (struct slice){ here.data + 3, here.size - 3 };
        return true;
    }
    if (here.size && (here.data[0] == '+' || here.data[0] == '-'))
        here = (struct slice){ here.data + 1, here.size - 1 };
    if (here.size == 3) { // the three figures that some send for a zone
        *rest = (struct slice){ here.data + 3, 0 };
        return true;
    }
    if (!number(&here, 2, &hours) || !number(&here, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *rest = here;
    return true;
}

static bool duration(struct slice text)
{
    int64_t value;
    if (text.size > 15)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '.' || text.data[i] == ',')
            return i > 0 && i + 1 < text.size && slice_integer((struct slice){ text.data, i }, &value) &&
                   slice_integer((struct slice){ text.data + i + 1, text.size - i - 1 }, &value) &&
                   value >= 0;
    return slice_integer(text, &value);
}

static bool field(char letter, struct slice *rest, struct fields *fields)
{
    int value;
    switch (letter) {
    case 'C':
        return number(rest, 2, &fields->century);
    case 'Y':
        return number(rest, 2, &fields->year);
    case 'M':
        return number(rest, 2, &fields->month) && fields->month >= 1 && fields->month <= 12;
    case 'D':
        return number(rest, 2, &fields->day) && fields->day >= 1 && fields->day <= 31;
    case 'W':
        return number(rest, 2, &value) && value >= 1 && value <= 53;
    case 'j':
        return number(rest, 3, &value) && value >= 1 && value <= 366;
    case 'H':
        return number(rest, 2, &value) && value <= 24;
    case 'm':
        return number(rest, 2, &value) && value <= 59;
    case 'S':
        return number(rest, 2, &value) && value <= 60;
    case 'd':
        return number(rest, 1, &value) && value >= 1 && value <= 7;
    case 's':
        return number(rest, 1, &value) && value >= 1 && value <= 2;
    case 'Q':
        return number(rest, 1, &value) && value >= 1 && value <= 4;
    case 'P':
    case 'A':
        return number(rest, 1, &value) && value >= 1 && value <= 3;
    case 'Z':
        return zone(rest);
    default:
        return false;
    }
}

// Days that the month has not. Two figures of a year are taken as of this century: only leap years matter.
static bool exists(const struct fields *fields)
{
    if (fields->month < 0 || fields->day < 0)
        return true;
    int year = fields->year < 0 ? 2000 : (fields->century < 0 ? 20 : fields->century) * 100 + fields->year;
    return date_exists(year, fields->month, fields->day);
}

static bool matches(const char *picture, struct slice rest)
{
    if (picture[0] == 'n')
        return duration(rest);
    struct fields fields = { -1, -1, -1, -1 };
    for (const char *p = picture; *p;) {
        if (*p == '-') {
            if (!exists(&fields))
                return false;
            fields = (struct fields){ -1, -1, -1, -1 };
            if (rest.size && rest.data[0] == '-')
                rest = (struct slice){ rest.data + 1, rest.size - 1 };
            p++;
            continue;
        }
        if (!field(*p, &rest, &fields))
            return false;
        // Letters that stand for one field follow each other; no picture has two equal fields side by side.
        char letter = *p;
        while (*p == letter)
            p++;
    }
    return rest.size == 0 && exists(&fields);
}

bool date_format_holds(struct slice format, struct slice value)
{
    unsigned number = 0;
    bool known = format.size > 0 && format.size <= 3 && format.data[0] != '0';
    for (size_t i = 0; known && i < format.size; i++) {
        known = format.data[i] >= '0' && format.data[i] <= '9';
        number = number * 10 + (unsigned)(format.data[i] - '0');
    }
    // A format that we do not know is the code list's matter.
    return !known || number >= FORMATS || !pictures[number] || matches(pictures[number], value);
}

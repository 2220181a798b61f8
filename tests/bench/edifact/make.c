// SPDX-License-Identifier: Apache-2.0
#include "bench/edifact/make.h"

#include <stdarg.h>

struct making {
    FILE *out;
    uint64_t written, state;
    unsigned segments;
    const char *line_end;
};

static const char *const firms[] = { "Werkzeug Handel GmbH",       "M\xFCller & S\xF6hne KG",
                                     "Bricolage de l?'Ouest SARL", "Nordic Fasteners ?+ Tools AB",
                                     "O?'Brien Hardware Ltd",      "Ferramenta del Porto S.r.l." };
static const char *const streets[] = { "Hauptstrasse 1", "Industrieweg 27b", "12 rue de l?'\xC9glise",
                                       "Unit 4, Dock Road", "Via Garibaldi 118" };
static const char *const towns[] = { "Kassel", "Lyon", "G\xF6teborg", "Cork", "Genova" };
static const char *const countries[] = { "DE", "FR", "SE", "IE", "IT" };
static const char *const notes[] = {
    "Deliver to gate 4?: ring twice",           "Price agreed on the phone?, see mail of 12.10.",
    "Pallets 80 x 120?+lid, no film",           "Is this the old type?? Then send the new one",
    "Please quote our reference on all papers",
};
static const char *const articles[] = { "Cordless drill 18 V",      "Hex bolt M8x40?, zinc",
                                        "Anchor 10 mm?: box of 50", "Work glove?, size 10",
                                        "Cable drum 40 m IP44",     "Sealant?, clear 310 ml" };
static const char *const units[] = { "C62", "GRM", "MTR", "KGM", "SET" };

#define PICK(making, list) (list)[next((making), sizeof(list) / sizeof *(list))]

// A number below `limit`.
static unsigned next(struct making *making, size_t limit)
{
    making->state = making->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((making->state >> 33) % limit);
}

static void segment(struct making *making, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void segment(struct making *making, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vfprintf(making->out, format, arguments);
    va_end(arguments);
    size += fprintf(making->out, "'%s", making->line_end);
    making->written += (uint64_t)size;
    making->segments++;
}

// Thirteen figures of GS1, the last one their check digit.
static const char *gs1(struct making *making, const char *prefix, char number[14])
{
    unsigned sum = 0;
    snprintf(number, 14, "%s%04u0", prefix, next(making, 10000));
    for (unsigned i = 0; i < 12; i++)
        sum += (unsigned)(number[i] - '0') * (i % 2 ? 3 : 1);
    number[12] = (char)('0' + (10 - sum % 10) % 10);
    return number;
}

static void make_party(struct making *making, const char *qualifier)
{
    char gln[14];
    unsigned place = next(making, sizeof towns / sizeof *towns);
    segment(making, "NAD+%s+%s::9++%s+%s+%s++%05u+%s", qualifier, gs1(making, "40123450", gln),
            PICK(making, firms), PICK(making, streets), towns[place], 10000 + next(making, 80000),
            countries[place]);
}

static void make_head(struct making *making, unsigned order)
{
    segment(making, "BGM+220+PO-%08u+9", order);
    segment(making, "DTM+137:202611%02u:102", 1 + next(making, 28));
    segment(making, "DTM+2:202612%02u:102", 1 + next(making, 28));
    segment(making, "FTX+ZZZ+++%s:%s", PICK(making, notes), PICK(making, notes));
    segment(making, "RFF+CT:FRAME-%u", next(making, 1000));
    make_party(making, "BY");
    segment(making, "CTA+OC+:J. Keller");
    segment(making, "COM+?+49 561 %06u:TE", next(making, 1000000));
    make_party(making, "SU");
    make_party(making, "DP");
    segment(making, "CUX+2:EUR:9");
}

static void make_line(struct making *making, unsigned line)
{
    unsigned quantity = 1 + next(making, 500), cents = 10 + next(making, 50000);
    unsigned amount = quantity * cents;
    const char *unit = PICK(making, units);
    char gtin[14];
    segment(making, "LIN+%u++%s:EN", line, gs1(making, "40008621", gtin));
    segment(making, "PIA+1+A-%06u:SA+B%05u:BP", next(making, 1000000), next(making, 100000));
    segment(making, "IMD+F++:::%s", PICK(making, articles));
    segment(making, "QTY+21:%u:%s", quantity, unit);
    if (next(making, 3) == 0)
        segment(making, "DTM+2:202612%02u:102", 1 + next(making, 28));
    segment(making, "MOA+203:%u.%02u", amount / 100, amount % 100);
    if (next(making, 8) == 0)
        segment(making, "FTX+LIN+++%s", PICK(making, notes));
    segment(making, "PRI+AAA:%u.%02u:CT::1:%s", cents / 100, cents % 100, unit);
}

static void make_message(struct making *making, unsigned number, unsigned order)
{
    unsigned lines = 1 + next(making, 50);
    making->segments = 0;
    segment(making, "UNH+%u+ORDERS:D:96A:UN", number);
    make_head(making, order);
    for (unsigned i = 1; i <= lines; i++)
        make_line(making, i);
    segment(making, "UNS+S");
    segment(making, "CNT+2:%u", lines);
    segment(making, "UNT+%u+%u", making->segments + 1, number);
}

void make_orders(FILE *out, uint64_t wanted)
{
    struct making making = { .out = out, .state = 20261124 };
    unsigned interchange = 0, order = 0;
    while (making.written < wanted) {
        unsigned messages = 1 + next(&making, 12);
        interchange++;
        making.line_end = interchange % 4 == 0 ? "\r\n" : "";
        segment(&making, "UNA:+.? ");
        segment(&making, "UNB+UNOC:3+4012345000016:14+4098765000010:14+261124:0915+%u", interchange);
        for (unsigned i = 1; i <= messages; i++)
            make_message(&making, i, ++order);
        segment(&making, "UNZ+%u+%u", messages, interchange);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Each kind of fault that a partner may be allowed: refused, it is one error; warned of, one warning; accepted,
// nothing. The inputs have that one fault.
#include "unit/formats/edifact_testing.h"

#define BEGIN "UNB+UNOC:3+BUYER+SELLER+261124:0915+R1'"
#define HEAD "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20261124:102'NAD+BY+B1::92'"
#define LINE "LIN+1++T-1:SA'QTY+21:2:C62'"
#define TAIL "UNS+S'UNT+8+1'"
#define END "UNZ+1+R1'"

#define KIND(member) offsetof(struct edifact_tolerances, member)

static const struct {
    const char *name, *input;
    size_t kind;
} rows[] = {
    { "UNT counts wrong", BEGIN HEAD LINE "UNS+S'UNT+9+1'" END, KIND(counts) },
    { "UNZ counts wrong", BEGIN HEAD LINE TAIL "UNZ+2+R1'", KIND(counts) },
    { "UNZ's reference", BEGIN HEAD LINE TAIL "UNZ+1+R2'", KIND(references) },
    { "a reference twice", BEGIN HEAD LINE TAIL HEAD LINE TAIL "UNZ+2+R1'", KIND(references) },
    { "UNZ missing", BEGIN HEAD LINE TAIL, KIND(envelope) },
    { "UNB missing", HEAD LINE TAIL END, KIND(envelope) },
    { "UNT missing", BEGIN HEAD LINE "UNS+S'" END, KIND(envelope) },
    { "a segment outside", BEGIN HEAD LINE TAIL "FTX+AAI'" END, KIND(envelope) },
    { "UNA of ten bytes", "UNA:+.?  '" BEGIN HEAD LINE TAIL END, KIND(envelope) },
    { "DTM missing", BEGIN "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'NAD+BY+B1::92'" LINE "UNS+S'UNT+7+1'" END,
      KIND(mandatory) },
    { "a component missing", BEGIN HEAD "LIN+1++T-1:SA'QTY+21'" TAIL END, KIND(mandatory) },
    { "an unknown segment", BEGIN HEAD LINE "ZZZ+1'UNS+S'UNT+9+1'" END, KIND(unknown_segment) },
    { "a segment in the wrong place", BEGIN HEAD "CTA+OC'" LINE "CUX+2:EUR:9'UNS+S'UNT+10+1'" END,
      KIND(unknown_segment) },
    { "an element too many", BEGIN HEAD "LIN+1++T-1:SA'QTY+21:2:C62+7'" TAIL END, KIND(surplus) },
    { "a component too many", BEGIN HEAD "LIN+1++T-1:SA'QTY+21:2:C62:7'" TAIL END, KIND(surplus) },
    { "a segment too many", BEGIN HEAD LINE "UNS+S'UNS+S'UNT+9+1'" END, KIND(repeats) },
    { "too long", BEGIN HEAD "LIN+1++T-1:SA'QTY+21:1234567890123456:C62'" TAIL END, KIND(too_long) },
    { "no number", BEGIN HEAD "LIN+1++T-1:SA'QTY+21:2x:C62'" TAIL END, KIND(wrong_class) },
    { "no date",
      BEGIN "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20240231:102'NAD+BY+B1::92'" LINE TAIL END,
      KIND(dates) },
    { "the number of lines", BEGIN HEAD LINE "UNS+S'CNT+2:3'UNT+9+1'" END, KIND(line_count) },
    { "the sum of quantities", BEGIN HEAD LINE "UNS+S'CNT+1:3'UNT+9+1'" END, KIND(totals) },
    { "a code", BEGIN HEAD "LIN+1++T-1:QQ'QTY+21:2:C62'" TAIL END, KIND(codes) },
    { "a currency", BEGIN HEAD "CUX+2:QQQ:9'" LINE "UNS+S'UNT+9+1'" END, KIND(codes) },
    { "the section of UNS", BEGIN HEAD LINE "UNS+D'UNT+8+1'" END, KIND(codes) },
    { "a unit", BEGIN HEAD "LIN+1++T-1:SA'QTY+21:2:QQQ'" TAIL END, KIND(units) },
    { "small letters in level A",
      "UNB+UNOA:3+BUYER+SELLER+261124:0915+R1'" HEAD "LIN+1++t-1:SA'QTY+21:2:C62'" TAIL END,
      KIND(characters) },
    { "a line end inside", BEGIN HEAD "LIN+1++T-\n1:SA'QTY+21:2:C62'" TAIL END, KIND(line_breaks) },
    { "a separator behind", BEGIN HEAD "LIN+1++T-1:SA+'QTY+21:2:C62'" TAIL END, KIND(trailing) },
    { "a directory that is not here", BEGIN "UNH+1+ORDERS:D:93A:UN'BGM+220+PO-1+9'UNT+3+1'" END,
      KIND(unsupported) },
    { "a GTIN", BEGIN HEAD "LIN+1++4006381333932:EN'QTY+21:2:C62'" TAIL END, KIND(check_digits) },
    { "junk between", BEGIN HEAD LINE TAIL "(page 2) " END, KIND(junk) },
    { "junk behind", BEGIN HEAD LINE TAIL END "\x1B(end)", KIND(junk) },
    { "eight figures in UNB", "UNB+UNOC:3+BUYER+SELLER+20261124:0915+R1'" HEAD LINE TAIL END, KIND(assumed) },
    { "a date without format",
      BEGIN "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20261124'NAD+BY+B1::92'" LINE TAIL END,
      KIND(assumed) },
};

static void each_kind(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (enum edifact_severity severity = EDIFACT_REFUSE; severity <= EDIFACT_ACCEPT; severity++) {
            struct arena *arena = arena_open(SIZE_MAX);
            struct text lines = text_in(arena);
            struct edifact_tolerances tolerances = edifact_default_tolerances;
            memcpy((char *)&tolerances + rows[i].kind, &severity, sizeof severity);
            struct checked got = check_bytes(slice_of(rows[i].input), &tolerances, &lines);
            if (got.errors != (severity == EDIFACT_REFUSE) || got.warnings != (severity == EDIFACT_WARN)) {
                print_error("%s, severity %u: %.*s\n", rows[i].name, severity,
                            SLICE_ARGS(text_slice(&lines)));
                failed++;
            }
            arena_close(arena);
        }
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_kind) };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

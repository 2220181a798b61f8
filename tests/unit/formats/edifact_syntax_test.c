// SPDX-License-Identifier: Apache-2.0
#include "unit/formats/edifact_testing.h"

#include "formats/edifact/scan.h"

// Every unit as text: kind, then segments as TAG element.occurrence.component=value, values unescaped.
static void describe(struct slice input, struct text *text)
{
    static const char *const kinds[] = { "UNB", "UNZ", "UNG", "UNE", "message", "stray", "junk" };
    struct edifact_reader *reader = edifact_open(input, "test");
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        text_printf(text, "[%s%s%s]", kinds[unit.kind],
                    unit.kind == EDIFACT_MESSAGE && !unit.complete ? " open" : "",
                    unit.truncated ? " cut" : "");
        for (size_t i = 0; unit.kind != EDIFACT_JUNK && i < unit.segment_count; i++) {
            const struct edifact_segment *segment = &unit.segments[i];
            text_printf(text, " %.*s", SLICE_ARGS(edifact_tag(&unit, segment)));
            for (uint32_t k = 0; k < segment->count; k++) {
                const struct edifact_token *token = &unit.tokens[segment->first + k];
                struct slice value = edifact_text(&unit, token, text->arena, NULL);
                text_printf(text, " %u.%u.%u=%.*s", token->element, token->occurrence, token->component,
                            SLICE_ARGS(value));
            }
        }
        text_append_char(text, '\n');
    }
    edifact_close(reader);
}

static const struct {
    const char *name, *input, *want;
} readings[] = {
    { "elements and components", "UNH+1+A:B'BGM+220++9'UNT+3+1'",
      "[message] UNH 1.1.1=1 2.1.1=A 2.1.2=B BGM 1.1.1=220 3.1.1=9 UNT 1.1.1=3 2.1.1=1\n" },
    { "empty components in the middle", "UNH+1'NAD+BY+::9'UNT+3+1'",
      "[message] UNH 1.1.1=1 NAD 1.1.1=BY 2.1.3=9 UNT 1.1.1=3 2.1.1=1\n" },
    { "released marks", "UNH+1'FTX+a?+b?:c?'d??e'UNT+3+1'",
      "[message] UNH 1.1.1=1 FTX 1.1.1=a+b:c'd?e UNT 1.1.1=3 2.1.1=1\n" },
    { "a release in front of a line feed", "UNH+1'FTX+a?\nb'UNT+3+1'",
      "[message] UNH 1.1.1=1 FTX 1.1.1=a\nb UNT 1.1.1=3 2.1.1=1\n" },
    { "a release in front of a letter above 0x7F", "UNH+1'FTX+a?\xC3\xA4'UNT+3+1'",
      "[message] UNH 1.1.1=1 FTX 1.1.1=a\xC3\xA4 UNT 1.1.1=3 2.1.1=1\n" },
    { "line breaks and spaces between segments", " UNH+1'\r\n \tUNT+2+1'\r\n\r\n",
      "[message] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "line breaks inside", "UNH+1'NAD+B\r\nY+1'UNT+3+1'",
      "[message] UNH 1.1.1=1 NAD 1.1.1=BY 2.1.1=1 UNT 1.1.1=3 2.1.1=1\n" },
    { "a byte order mark", "\xEF\xBB\xBFUNH+1'UNT+2+1'", "[message] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "own marks", "UNA|^,\\ ~UNH^1~BGM^a\\^b|c~UNT^3^1~",
      "[message] UNH 1.1.1=1 BGM 1.1.1=a^b 1.1.2=c UNT 1.1.1=3 2.1.1=1\n" },
    { "no release character", "UNA:+.  'UNH+1'BGM+a?'UNT+3+1'",
      "[message] UNH 1.1.1=1 BGM 1.1.1=a? UNT 1.1.1=3 2.1.1=1\n" },
    { "a line feed as terminator", "UNA:+.? \nUNH+1\nBGM+a\nUNT+3+1\n",
      "[message] UNH 1.1.1=1 BGM 1.1.1=a UNT 1.1.1=3 2.1.1=1\n" },
    { "repetition only in version 4", "UNB+UNOC:3+A*B'UNZ+0+1'UNB+UNOC:4+A*B'UNZ+0+1'",
      "[UNB] UNB 1.1.1=UNOC 1.1.2=3 2.1.1=A*B\n[UNZ] UNZ 1.1.1=0 2.1.1=1\n"
      "[UNB] UNB 1.1.1=UNOC 1.1.2=4 2.1.1=A*B\n[UNZ] UNZ 1.1.1=0 2.1.1=1\n" },
    { "repetition in a message", "UNB+UNOC:4'UNH+1'COM+a:b*c:d++e*f'UNT+3+1'UNZ+1+1'",
      "[UNB] UNB 1.1.1=UNOC 1.1.2=4\n"
      "[message] UNH 1.1.1=1 COM 1.1.1=a 1.1.2=b 1.2.1=c 1.2.2=d 3.1.1=e 3.2.1=f UNT 1.1.1=3 2.1.1=1\n"
      "[UNZ] UNZ 1.1.1=1 2.1.1=1\n" },
    { "marks of level B",
      "UNB\x1DUNOB\x1F"
      "1\x1D"
      "A\x1CUNH\x1D"
      "1\x1C"
      "BGM\x1D"
      "a+b:c'd\x1C"
      "UNT\x1D"
      "3\x1D"
      "1\x1CUNZ\x1D"
      "1\x1D\x1C",
      "[UNB] UNB 1.1.1=UNOB 1.1.2=1 2.1.1=A\n[message] UNH 1.1.1=1 BGM 1.1.1=a+b:c'd UNT 1.1.1=3 2.1.1=1\n"
      "[UNZ] UNZ 1.1.1=1\n" },
    { "a message without UNT", "UNH+1'BGM+1'UNH+2'UNT+2+2'",
      "[message open] UNH 1.1.1=1 BGM 1.1.1=1\n[message] UNH 1.1.1=2 UNT 1.1.1=2 2.1.1=2\n" },
    { "no terminator at the end", "UNH+1'UNT+2+1", "[message cut] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "a release at the end", "UNH+1'UNT+2+1?", "[message cut] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "junk in front", "From: me\nUNH+1'UNT+2+1'", "[junk]\n[message] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "segments of no message", "BGM+1'DTM+2'UNH+1'UNT+2+1'",
      "[stray] BGM 1.1.1=1 DTM 1.1.1=2\n[message] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "components of a tag are no data", "UNH+1'LIN:1:2+3'UNT+3+1'",
      "[message] UNH 1.1.1=1 LIN 1.1.1=3 UNT 1.1.1=3 2.1.1=1\n" },
    { "^Z at the end", "UNH+1'UNT+2+1'\r\n\x1A", "[message] UNH 1.1.1=1 UNT 1.1.1=2 2.1.1=1\n" },
    { "nothing", "", "" },
};

static void reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct text got = text_in(arena);
        describe(slice_of(readings[i].input), &got);
        text_append_char(&got, '\0');
        if (readings[i].want && strcmp(got.data, readings[i].want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", readings[i].name, got.data, readings[i].want);
        arena_close(arena);
    }
}

static void knows_positions(void **state)
{
    (void)state;
    const char *input = "UNH+1'\r\nBGM+220\r\n+X:Y'DTM+1'UNT+4+1'";
    struct edifact_reader *reader = edifact_open(slice_of(input), "file.edi");
    struct edifact_unit unit;
    assert_true(edifact_next(reader, &unit));
    const struct edifact_segment *bgm = &unit.segments[1], *dtm = &unit.segments[2];
    struct position at = edifact_position(&unit, bgm, edifact_find(&unit, bgm, 1, 1, 1));
    assert_int_equal(at.line, 2);
    assert_int_equal(at.column, 5);
    assert_int_equal(at.segment, 2);
    assert_string_equal(at.source, "file.edi");
    at = edifact_position(&unit, bgm, edifact_find(&unit, bgm, 2, 1, 2));
    assert_int_equal(at.line, 3);
    assert_int_equal(at.column, 4);
    assert_int_equal(at.element, 2);
    assert_int_equal(at.component, 2);
    assert_int_equal(at.byte, (uint64_t)(strchr(input, 'Y') - input));
    at = edifact_position(&unit, dtm, NULL);
    assert_int_equal(at.line, 3);
    assert_int_equal(at.column, 6);
    edifact_close(reader);
}

static const struct {
    const char *charset, *bytes, *utf8;
} encodings[] = {
    { "UNOC", "M\xFCller", "M\xC3\xBCller" },
    { "UNOD",
      "\xA3\xF3"
      "d\xBC",
      "\xC5\x81\xC3\xB3"
      "d\xC5\xBA" },
    { "UNOE", "\xBC\xDE\xE1", "\xD0\x9C\xD0\xBE\xD1\x81" },
    { "UNOF", "\xC1\xE8", "\xCE\x91\xCE\xB8" },
    { "UNOK", "\xDD", "\xC4\xB0" },
    { "UNOL", "\xA4", "\xE2\x82\xAC" },
    { "UNOY", "\xE2\x82\xAC", "\xE2\x82\xAC" },
};

static void converts_charsets(void **state)
{
    (void)state;
    struct arena *arena = arena_open(SIZE_MAX);
    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
        enum edifact_charset charset = edifact_charset_of(slice_of(encodings[i].charset));
        struct slice utf8, bytes;
        bool guessed;
        assert_true(edifact_to_utf8(charset, slice_of(encodings[i].bytes), arena, &utf8, &guessed));
        if (!slice_is(utf8, encodings[i].utf8) || guessed)
            fail_msg("%s: got \"%.*s\", want \"%s\"", encodings[i].charset, SLICE_ARGS(utf8),
                     encodings[i].utf8);
        assert_true(edifact_from_utf8(charset, slice_of(encodings[i].utf8), arena, &bytes));
        assert_true(slice_is(bytes, encodings[i].bytes));
    }
    struct slice out;
    bool guessed;
    assert_true(edifact_to_utf8(EDIFACT_UNOC, SLICE("M\xC3\xBCller"), arena, &out, &guessed));
    assert_true(guessed && slice_is(out, "M\xC3\xBCller"));
    assert_false(edifact_to_utf8(EDIFACT_UNOC, SLICE("a\x85"), arena, &out, NULL));
    assert_true(slice_is(out, "a\xEF\xBF\xBD"));
    assert_false(edifact_from_utf8(EDIFACT_UNOA,
                                   SLICE("Stra\xC3\x9F"
                                         "e \xC3\x84 \xE2\x82\xAC"),
                                   arena, &out));
    assert_true(slice_is(out, "STRASSE A ?"));
    assert_false(edifact_from_utf8(EDIFACT_UNOC, SLICE("\xC5\x81"), arena, &out));
    assert_true(slice_is(out, "L"));
    arena_close(arena);
}

// The vector version finds the same bytes as the portable one, wherever blocks begin and end.
static void scans_alike(void **state)
{
    (void)state;
    uint32_t seed = 20261124;
    struct edifact_marks marks = { .component = ':', .element = '+', .release = '?', .terminator = '\'' };
    for (unsigned round = 0; round < 400; round++) {
        size_t size = round < 200 ? round : (seed >> 8) % 3000;
        char *bytes = malloc(size ? size : 1);
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = round % 2 ? (char)(seed >> 24) : "abcXYZ012+:'?*\n\xE4"[seed >> 28];
        }
        marks.repetition = round % 3 ? '*' : '\0';
        struct scan fast, slow;
        scan_open(&fast, (struct slice){ bytes, size }, &marks, false);
        scan_open(&slow, (struct slice){ bytes, size }, &marks, true);
        size_t got, want;
        do {
            got = scan_next(&fast);
            want = scan_next(&slow);
            assert_int_equal(got, want);
        } while (want < size);
        free(bytes);
    }
}

static void recognises(void **state)
{
    (void)state;
    static const struct {
        const char *input, *want;
    } inputs[] = {
        { "UNA:+.? 'UNB+UNOA:1", "EDIFACT" },
        { "UNB+UNOC:3+A+B'", "EDIFACT" },
        { "\xEF\xBB\xBF UNH+1+X'", "EDIFACT" },
        { "mail header\n\nUNB+UNOC:3+A'", "EDIFACT" },
        { "BGM+220+1+9'", "EDIFACT" },
        { "ISA*00*", "an X12 interchange" },
        { "<?xml version='1.0'?>", "XML" },
        { "{\"a\":1}", "JSON" },
        { " \r\n", "empty" },
        { "Hello", "plain text" },
        { "\x01\x02\x03", "binary data" },
        { "%PDF-1.4", "a PDF file" },
        { "STX=ANA:1+", "a TRADACOMS transmission" },
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        bool is_edifact;
        assert_string_equal(edifact_recognise(slice_of(inputs[i].input), &is_edifact), inputs[i].want);
        assert_int_equal(is_edifact, strcmp(inputs[i].want, "EDIFACT") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads), cmocka_unit_test(knows_positions),
                                        cmocka_unit_test(converts_charsets), cmocka_unit_test(scans_alike),
                                        cmocka_unit_test(recognises) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

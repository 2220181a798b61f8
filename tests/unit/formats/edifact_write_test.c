// SPDX-License-Identifier: Apache-2.0
// Trees, what is written from them, and CONTRL.
#include "unit/formats/edifact_testing.h"

#include <dirent.h>

#include "base/clock.h"
#include "formats/edifact/contrl.h"
#include "formats/edifact/write.h"

static int64_t some_time(void)
{
    int64_t time;
    assert_true(instant_parse(SLICE("2026-11-24T13:10:38Z"), &time));
    return time;
}

static void print_tree(const struct node *node, struct text *text)
{
    text_printf(text, "%.*s", SLICE_ARGS(node->name));
    for (size_t i = 0; i < node->value_count; i++) {
        const struct node_value *value = &node->values[i];
        text_printf(text, " %u.%u.%u=%.*s", value->element, value->occurrence, value->component,
                    SLICE_ARGS(value->text));
    }
    if (!node->first)
        return;
    text_append(text, SLICE(" ("));
    for (const struct node *child = node->first; child; child = child->next) {
        print_tree(child, text);
        if (child->next)
            text_append(text, SLICE("; "));
    }
    text_append_char(text, ')');
}

static void makes_trees(void **state)
{
    (void)state;
    static const struct {
        const char *name, *head, *body, *want;
    } rows[] = {
        { "groups", "ORDERS:D:96A:UN",
          "BGM+220+1'DTM+137:20261124:102'NAD+BY+B'RFF+VA:1'NAD+SU+S'LIN+1'QTY+21:1'PRI+AAA:5'LIN+2'QTY+21:2'"
          "UNS+S'",
          "ORDERS (UNH 1.1.1=1 2.1.1=ORDERS 2.1.2=D 2.1.3=96A 2.1.4=UN; BGM 1.1.1=220 2.1.1=1; "
          "DTM 1.1.1=137 1.1.2=20261124 1.1.3=102; SG2 (NAD 1.1.1=BY 2.1.1=B; SG3 (RFF 1.1.1=VA 1.1.2=1)); "
          "SG2 (NAD 1.1.1=SU 2.1.1=S); SG25 (LIN 1.1.1=1; QTY 1.1.1=21 1.1.2=1; SG28 (PRI 1.1.1=AAA "
          "1.1.2=5)); "
          "SG25 (LIN 1.1.1=2; QTY 1.1.1=21 1.1.2=2); UNS 1.1.1=S; UNT 1.1.1=99 2.1.1=1)" },
        { "repeats in version 3", "ORDERS:D:01B:UN",
          "BGM+220+1'DTM+137:1:2'NAD+BY'CTA+PD'COM+a:TE+b:FX'UNS+S'",
          "ORDERS (UNH 1.1.1=1 2.1.1=ORDERS 2.1.2=D 2.1.3=01B 2.1.4=UN; BGM 1.1.1=220 2.1.1=1; "
          "DTM 1.1.1=137 1.1.2=1 1.1.3=2; SG2 (NAD 1.1.1=BY; SG5 (CTA 1.1.1=PD; "
          "COM 1.1.1=a 1.1.2=TE 1.2.1=b 1.2.2=FX)); UNS 1.1.1=S; UNT 1.1.1=99 2.1.1=1)" },
        { "no directory", "ORDERS:D:93A:UN", "BGM+220+1'NAD+BY'",
          "ORDERS (UNH 1.1.1=1 2.1.1=ORDERS 2.1.2=D 2.1.3=93A 2.1.4=UN; BGM 1.1.1=220 2.1.1=1; NAD 1.1.1=BY; "
          "UNT 1.1.1=99 2.1.1=1)" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct slice input = arena_printf(arena, "UNH+1+%s'%sUNT+99+1'", rows[i].head, rows[i].body);
        struct edifact_reader *reader = edifact_open(input, "test");
        struct edifact_unit unit;
        assert_true(edifact_next(reader, &unit));
        struct text got = text_in(arena);
        print_tree(edifact_unit_tree(testing_directories, &unit, arena), &got);
        if (!slice_is(text_slice(&got), rows[i].want))
            fail_msg("%s: got\n%.*s", rows[i].name, SLICE_ARGS(text_slice(&got)));
        edifact_close(reader);
        arena_close(arena);
    }
}

// Reads a sample, writes its messages anew in `syntax` and `charset`, checks that, and compares the trees.
static void write_again(const char *path, uint8_t syntax, enum edifact_charset charset, char decimal)
{
    size_t size;
    char *bytes = read_file(path, &size);
    assert_non_null(bytes);
    struct arena *arena = arena_open(SIZE_MAX), *kept = arena_open(SIZE_MAX);
    struct edifact_reader *reader = edifact_open((struct slice){ bytes, size }, path);
    struct edifact_check *check = edifact_check_open(testing_directories, NULL);
    edifact_check_keep(check, kept);
    struct findings findings = { .arena = arena };
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct edifact_placed placed;
        edifact_check_unit(check, &unit, arena, &findings, &placed);
        struct node *tree = edifact_tree(&placed, arena);
        if (!tree)
            continue;
        const struct edifact_message_result *message = edifact_check_message(check);
        struct edifact_message_header header = {
            message->reference,   message->type, message->version, message->release, message->agency,
            message->association, { 0 }
        };
        struct edifact_envelope envelope = { .sender = { SLICE("US"), SLICE("ZZZ"), { 0 } },
                                             .receiver = { SLICE("THEM"), SLICE("14"), SLICE("DEP") },
                                             .reference = SLICE("77"),
                                             .time_us = some_time(),
                                             .syntax = syntax,
                                             .charset = charset,
                                             .decimal = decimal };
        const struct directory *directory =
            directories_find(testing_directories, message->type, message->version, message->release);
        struct text text = text_in(arena), before = text_in(arena), after = text_in(arena),
                    lines = text_in(arena);
        struct error error = { 0 };
        if (!edifact_write(&envelope, &header, &tree, 1, directory, &text, &error))
            fail_msg("%s: %s", path, error.message);
        struct checked checked = check_bytes(text_slice(&text), NULL, &lines);
        if (checked.errors || checked.warnings)
            fail_msg("%s: %.*s\n%.*s", path, SLICE_ARGS(text_slice(&text)), SLICE_ARGS(text_slice(&lines)));
        struct edifact_reader *again = edifact_open(text_slice(&text), "again");
        struct edifact_unit second;
        while (edifact_next(again, &second) && second.kind != EDIFACT_MESSAGE) {
        }
        print_tree(tree, &before);
        print_tree(edifact_unit_tree(testing_directories, &second, arena), &after);
        if (decimal == '.' && !slice_equal(text_slice(&before), text_slice(&after)))
            fail_msg("%s: got\n%.*s\nwant\n%.*s", path, SLICE_ARGS(text_slice(&after)),
                     SLICE_ARGS(text_slice(&before)));
        edifact_close(again);
    }
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(kept);
    arena_close(arena);
    free(bytes);
}

static void writes_what_it_read(void **state)
{
    (void)state;
    static const char *const samples[] = { "orders_simple", "orders_full",   "orders_v4",    "orders_d01b_v3",
                                           "replies",       "orders_latin1", "orders_groups" };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.edi", EDIFACT_SAMPLES, samples[i]);
        write_again(path, 3, EDIFACT_UNOC, '.');
        write_again(path, 4, EDIFACT_UNOY, '.');
        write_again(path, 3, EDIFACT_UNOC, ',');
    }
}

static struct node *with_value(struct arena *arena, const char *tag, uint16_t element, uint16_t occurrence,
                               uint16_t component, const char *value)
{
    struct node *root = node_new(arena, SLICE("ORDERS"));
    struct node *segment = node_add(root, node_new(arena, slice_of(tag)));
    node_add_value(
        arena, segment,
        (struct node_value){
            .element = element, .occurrence = occurrence, .component = component, .text = slice_of(value) });
    return root;
}

static void writes_values(void **state)
{
    (void)state;
    static const struct {
        uint8_t syntax;
        enum edifact_charset charset;
        char decimal;
        bool replace;
        const char *tag;
        uint16_t element, occurrence, component;
        const char *value, *want; // the segment, or the error
    } rows[] = {
        { 3, EDIFACT_UNOC, '.', false, "FTX", 4, 1, 1, "a+b:c'd?e*f", "FTX++++a?+b?:c?'d??e*f'" },
        { 4, EDIFACT_UNOC, '.', false, "FTX", 4, 1, 1, "a*b", "FTX++++a?*b'" },
        { 3, EDIFACT_UNOC, '.', false, "QTY", 1, 1, 2, "1.5", "QTY+:1.5'" },
        { 3, EDIFACT_UNOC, ',', false, "QTY", 1, 1, 2, "1.5", "QTY+:1,5'" },
        { 3, EDIFACT_UNOC, ',', false, "FTX", 4, 1, 1, "1.5", "FTX++++1.5'" },
        { 3, EDIFACT_UNOC, '.', false, "FTX", 4, 1, 1, "M\xC3\xBCller", "FTX++++M\xFCller'" },
        { 3, EDIFACT_UNOA, '.', true, "FTX", 4, 1, 1, "M\xC3\xBCller", "FTX++++MULLER'" },
        { 3, EDIFACT_UNOA, '.', false, "FTX", 4, 1, 1, "M\xC3\xBCller",
          "the character set of the interchange" },
        { 3, EDIFACT_UNOC, '.', true, "FTX", 4, 1, 1, "a\nb", "FTX++++a b'" },
        { 3, EDIFACT_UNOC, '.', false, "FTX", 4, 1, 1, "a\nb", "a line break or another control character" },
        { 3, EDIFACT_UNOC, '.', false, "COM", 1, 3, 2, "FX", "COM+++:FX'" },
        { 4, EDIFACT_UNOC, '.', false, "COM", 1, 3, 2, "FX", "COM+**:FX'" },
        { 3, EDIFACT_UNOC, '.', false, "COM", 1, 4, 2, "FX", "does not repeat that often" },
        { 3, EDIFACT_UNOC, '.', false, "BGM", 0, 1, 1, "X", "its place is not set" },
    };
    const struct directory *directory = directories_named(testing_directories, "D01B");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct node *tree = with_value(arena, rows[i].tag, rows[i].element, rows[i].occurrence,
                                       rows[i].component, rows[i].value);
        struct edifact_envelope envelope = { .sender = { SLICE("A"), { 0 }, { 0 } },
                                             .receiver = { SLICE("B"), { 0 }, { 0 } },
                                             .reference = SLICE("1"),
                                             .syntax = rows[i].syntax,
                                             .charset = rows[i].charset,
                                             .decimal = rows[i].decimal,
                                             .replace_characters = rows[i].replace };
        struct edifact_message_header header = { .version = SLICE("D"), .release = SLICE("01B") };
        struct text text = text_in(arena);
        struct error error = { 0 };
        bool written = edifact_write(&envelope, &header, &tree, 1, directory, &text, &error);
        text_append_char(&text, '\0');
        if (!strstr(written ? text.data : error.message, rows[i].want))
            fail_msg("row %zu: got \"%s%s\", want \"%s\"", i, text.data, error.message, rows[i].want);
        if (!written)
            assert_int_equal(text.size, 1);
        arena_close(arena);
    }
}

// The CONTRL for each interchange of `input`, without its envelope.
static void answer(const char *input, const struct contrl_settings *settings, struct text *text)
{
    struct arena *kept = arena_open(SIZE_MAX);
    struct findings findings = { .arena = kept };
    struct edifact_reader *reader = edifact_open(slice_of(input), "test");
    struct edifact_check *check = edifact_check_open(testing_directories, NULL);
    edifact_check_keep(check, kept);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit))
        edifact_check_unit(check, &unit, kept, &findings, NULL);
    edifact_check_end(check, kept, &findings);
    struct error error = { 0 };
    struct text contrl = text_in(kept);
    const struct edifact_interchange_result *interchange = edifact_check_interchange(check);
    assert_non_null(interchange);
    if (!contrl_owed(interchange)) {
        text_printf(text, "none owed");
    } else if (!contrl_write(interchange, settings, &contrl, &error)) {
        text_printf(text, "%s", error.message);
    } else {
        struct text lines = text_in(kept);
        struct checked checked = check_bytes(text_slice(&contrl), NULL, &lines);
        if (checked.errors || checked.warnings)
            fail_msg("%.*s\n%.*s", SLICE_ARGS(text_slice(&contrl)), SLICE_ARGS(text_slice(&lines)));
        text_append(text, text_slice(&contrl));
    }
    text_append_char(text, '\0');
    edifact_check_close(check);
    edifact_close(reader);
    arena_close(kept);
}

#define HEAD "UNB+UNOC:3+BUYER:14:DEP+SELLER:ZZZ+261124:0915+R1'"
#define HEAD_4 "UNB+UNOC:4+BUYER:14+SELLER:ZZZ+20261124:0915+R1'"
#define ORDER                                                                                                \
    "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20261124:102'NAD+BY+B1::92'LIN+1'QTY+21:2'UNS+S'UNT+8+1'"
#define ENVELOPE                                                                                             \
    "UNB+UNOC:3+SELLER:ZZZ+BUYER:14:DEP+261124:1310+C9'UNH+1+CONTRL:D:3:UN'UCI+R1+BUYER:14:DEP+SELLER:ZZZ+"

static void answers(void **state)
{
    (void)state;
    const struct contrl_settings plain = { .reference = SLICE("C9"), .now_us = some_time() };
    struct contrl_settings every = plain, receipt = plain;
    every.every_message = true;
    receipt.receipt_only = true;
    const struct {
        const char *name;
        const struct contrl_settings *settings;
        const char *input, *want;
    } rows[] = {
        { "accepted", &plain, HEAD ORDER "UNZ+1+R1'", ENVELOPE "7'UNT+3+1'UNZ+1+C9'" },
        { "every message", &every, HEAD ORDER "UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+7'UNT+4+1'UNZ+1+C9'" },
        { "receipt", &receipt, HEAD "UNZ+5+R2'", ENVELOPE "8'UNT+3+1'UNZ+1+C9'" },
        { "UNZ reference", &plain, HEAD ORDER "UNZ+1+R2'", ENVELOPE "4+28+UNZ+3'UNT+3+1'UNZ+1+C9'" },
        { "UNZ missing", &plain, HEAD ORDER, ENVELOPE "4+13+UNZ'UNT+3+1'UNZ+1+C9'" },
        { "UNT count", &plain,
          HEAD "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20261124:102'UNS+S'UNT+7+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+4+29+UNT+2'UNT+4+1'UNZ+1+C9'" },
        // UNH is segment 1; the tag is position 1, so the value of QTY is in position 2, component 2.
        { "a number", &plain,
          HEAD
          "UNH+1+ORDERS:D:96A:UN'BGM+220+PO-1+9'DTM+137:20261124:102'LIN+1'QTY+21:x'UNS+S'UNT+7+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+4'UCS+5'UCD+37+2:2'UNT+6+1'UNZ+1+C9'" },
        // A stand-alone element has no component; the element left out in the middle counts.
        { "a stand-alone element", &plain,
          HEAD "UNH+1+ORDERS:D:96A:UN'BGM+220++9999'DTM+137:20261124:102'LIN+1'UNS+S'UNT+6+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+4'UCS+2'UCD+39+4'UNT+6+1'UNZ+1+C9'" },
        // Missing DTM: the segment before the gap is cited.
        { "a missing segment", &plain, HEAD "UNH+1+ORDERS:D:96A:UN'BGM+220'LIN+1'UNS+S'UNT+5+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+4'UCS+2+13'UNT+5+1'UNZ+1+C9'" },
        { "an unknown segment", &plain,
          HEAD "UNH+1+ORDERS:D:96A:UN'BGM+220'XYZ+1'DTM+137:20261124:102'UNS+S'UNT+6+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:96A:UN+4'UCS+3+15'UNT+5+1'UNZ+1+C9'" },
        { "a directory that is not installed", &plain, HEAD "UNH+1+ORDERS:D:93A:UN'BGM+1'UNT+3+1'UNZ+1+R1'",
          ENVELOPE "7'UCM+1+ORDERS:D:93A:UN+4+14+UNH+3:1'UNT+4+1'UNZ+1+C9'" },
        { "one of two", &plain,
          HEAD ORDER "UNH+2+ORDERS:D:96A:UN'BGM+220'DTM+137:20260231:102'UNS+S'UNT+5+2'UNZ+2+R1'",
          ENVELOPE "7'UCM+2+ORDERS:D:96A:UN+4'UCS+3'UCD+12+2:2'UNT+6+1'UNZ+1+C9'" },
        { "groups", &plain,
          HEAD "UNG+ORDERS+A+B:14+261124:0915+7+UN+D:96A'UNH+1+ORDERS:D:96A:UN'BGM+220'UNS+S'UNT+4+1'UNE+1+7'"
               "UNZ+1+R1'",
          ENVELOPE "7'UCF+7+A+B:14+7'UCM+1+ORDERS:D:96A:UN+4'UCS+2+13'UNT+6+1'UNZ+1+C9'" },
        { "a group's count", &plain,
          HEAD "UNG+ORDERS+A+B:14+261124:0915+7+UN+D:96A'" ORDER "UNE+2+7'UNZ+1+R1'",
          ENVELOPE "7'UCF+7+A+B:14+4+29+UNE+2'UNT+4+1'UNZ+1+C9'" },
        { "version 4 counts occurrences", &plain,
          HEAD_4
          "UNH+1+ORDERS:D:01B:UN'BGM+220'DTM+137:20261124:102'NAD+BY'CTA+PD'COM+1:TE*2:XXXX'UNS+S'UNT+8+1'"
          "UNZ+1+R1'",
          "UNB+UNOC:4+SELLER:ZZZ+BUYER:14+20261124:1310+C9'UNH+1+CONTRL:4:1:UN'UCI+R1+BUYER:14+SELLER:ZZZ+7'"
          "UCM+1+ORDERS:D:01B:UN+4'UCS+6'UCD+39+2:2:2'UNT+6+1'UNZ+1+C9'" },
        { "CONTRL is not answered", &plain, HEAD "UNH+1+CONTRL:D:3:UN'UCI+1+A+B+7'UNT+3+1'UNZ+1+R1'",
          "none owed" },
        { "no reference", &plain, "UNB+UNOC:3+BUYER+SELLER+261124:0915'" ORDER "UNZ+1+R1'",
          "cannot answer an interchange with CONTRL whose UNB lacks the control reference" },
        { "no message reference", &plain, HEAD "UNH++ORDERS:D:96A:UN'BGM+220'UNT+3+1'UNZ+1+R1'",
          ENVELOPE "4+13+UNH'UNT+3+1'UNZ+1+C9'" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_open(SIZE_MAX);
        struct text got = text_in(arena);
        answer(rows[i].input, rows[i].settings, &got);
        if (strcmp(got.data, rows[i].want) != 0)
            fail_msg("%s:\ngot  %s\nwant %s", rows[i].name, got.data, rows[i].want);
        arena_close(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(makes_trees), cmocka_unit_test(writes_what_it_read),
                                        cmocka_unit_test(writes_values), cmocka_unit_test(answers) };
    return cmocka_run_group_tests(tests, open_directories, close_directories);
}

// SPDX-License-Identifier: Apache-2.0
// All ways to read give the same units: bytes in memory or piece by piece, in bulk or each segment by the
// rules. And memory does not grow with the input: 300 MB of it where COMPTOIR_SLOW_TESTS is set, else 30.
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/text.h"
#include "formats/edifact/check.h"
#include "formats/edifact/reading.h"

static void make(struct text *text, unsigned interchange)
{
    const char *end = interchange % 3 == 0 ? "\r\n" : interchange % 3 == 1 ? "" : "\n";
    text_printf(text, "UNA:+.? '%sUNB+UNO%c:3+A+B+261124:0915+%u'%s", end, interchange % 2 ? 'C' : 'B',
                interchange, end);
    for (unsigned message = 1; message <= 3; message++) {
        text_printf(text, "UNH+%u+ORDERS:D:96A:UN'%s", message, end);
        text_printf(text, "BGM+220+PO?'%u?:?+??+9'%sFTX+ZZZ+++caf\xE9?\xE9::a+'%s", message, end, end);
        for (unsigned line = 1; line <= 10 + interchange % 40; line++)
            text_printf(text, "LIN+%u++%u:EN'%sIMD+F++:::Drill\r\n wrapped'%s\t QTY+21:%u'X+1'%s", line,
                        line * 7919, end, end, line, end);
        text_printf(text, "UNS+S'%sUNT+7+%u'%s", end, message, end);
    }
    text_printf(text, "UNZ+3+%u'%s", interchange, end);
}

struct pieces {
    struct slice rest;
    size_t most;
};

static size_t take_piece(void *context, char *to, size_t size)
{
    struct pieces *pieces = context;
    size = size < pieces->most ? size : pieces->most;
    size = size < pieces->rest.size ? size : pieces->rest.size;
    memcpy(to, pieces->rest.data, size);
    pieces->rest = (struct slice){ pieces->rest.data + size, pieces->rest.size - size };
    return size;
}

// The pieces of structs that mean something, not their padding.
static void compare(const struct edifact_unit *got, const struct edifact_unit *want, const char *name)
{
    bool same = got->kind == want->kind && got->offset == want->offset &&
                slice_equal(got->bytes, want->bytes) && got->segment_count == want->segment_count &&
                got->token_count == want->token_count && got->complete == want->complete &&
                got->truncated == want->truncated && got->syntax == want->syntax;
    for (size_t i = 0; same && i < got->token_count; i++)
        same = memcmp(&got->tokens[i], &want->tokens[i], sizeof *got->tokens) == 0;
    for (size_t i = 0; same && i < got->segment_count; i++) {
        const struct edifact_segment *a = &got->segments[i], *b = &want->segments[i];
        same = a->start == b->start && a->size == b->size && a->first == b->first && a->count == b->count &&
               a->line == b->line && a->column == b->column && a->key == b->key &&
               a->tag_size == b->tag_size && a->elements == b->elements && a->trailing == b->trailing &&
               a->broken == b->broken;
    }
    if (!same)
        fail_msg("%s: another unit at byte %" PRIu64, name, want->offset);
}

static void compare_all(struct edifact_reader *got, struct slice bytes, const char *name)
{
    struct edifact_reader *want = reading_open(bytes, "test", READING_NO_BULK);
    struct edifact_unit one, other;
    while (edifact_next(want, &other)) {
        assert_true(edifact_next(got, &one));
        compare(&one, &other, name);
    }
    assert_false(edifact_next(got, &one));
    edifact_close(want);
    edifact_close(got);
}

static void reads_the_same(void **state)
{
    (void)state;
    struct arena *arena = arena_open(SIZE_MAX);
    struct text text = text_in(arena);
    for (unsigned i = 1; text.size < 3000000; i++)
        make(&text, i);
    // Cut anywhere, too: the end of the input is where mistakes are.
    for (size_t cut = 0; cut < 300; cut += 7) {
        struct slice bytes = { text.data, text.size - cut };
        if (cut > 100)
            bytes.size = 4000 + cut;
        struct pieces pieces = { bytes, 7919 + cut };
        for (enum reading_bulk way = READING_PORTABLE; way <= READING_FASTEST; way++)
            compare_all(reading_open(bytes, "test", way), bytes,
                        arena_printf(arena, "way %d of reading in bulk", way).data);
        compare_all(edifact_open_stream(take_piece, &pieces, "test"), bytes, "stream");
    }
    arena_close(arena);
}

// The same interchanges again and again.
struct endless {
    struct slice bytes;
    unsigned left;
    struct pieces pieces;
};

static size_t take_more(void *context, char *to, size_t size)
{
    struct endless *endless = context;
    if (!endless->pieces.rest.size && endless->left) {
        endless->pieces = (struct pieces){ endless->bytes, SIZE_MAX };
        endless->left--;
    }
    return take_piece(&endless->pieces, to, size);
}

static long peak_kilobytes(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void stays_small(void **state)
{
    (void)state;
    struct arena *arena = arena_open(SIZE_MAX);
    struct text text = text_in(arena);
    for (unsigned i = 1; text.size < 100000; i++)
        make(&text, i);
    unsigned times = getenv("COMPTOIR_SLOW_TESTS") ? 3000 : 300;
    struct endless endless = { .bytes = text_slice(&text), .left = times };
    long before = peak_kilobytes();
    struct edifact_reader *reader = edifact_open_stream(take_more, &endless, "test");
    struct edifact_unit unit;
    uint64_t end = 0;
    while (edifact_next(reader, &unit))
        end = unit.offset + unit.bytes.size;
    assert_int_equal(end, (uint64_t)times * slice_trim(endless.bytes).size +
                              (uint64_t)(times - 1) * (endless.bytes.size - slice_trim(endless.bytes).size));
    assert_in_range(peak_kilobytes() - before, 0, 16000);
    edifact_close(reader);
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_small),
        cmocka_unit_test(reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

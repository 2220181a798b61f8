// SPDX-License-Identifier: Apache-2.0
// Any bytes as EDIFACT. They are checked, answered with CONTRL, and each message is written anew; what was
// written must read back to the same values. Seeds: tests/samples/edifact and tests/cases/edifact.
#include <stdio.h>
#include <stdlib.h>

#include "formats/edifact/check.h"
#include "formats/edifact/contrl.h"
#include "formats/edifact/reading.h"
#include "formats/edifact/scan.h"
#include "formats/edifact/write.h"

static struct directories *directories;

static void need(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "edifact_fuzz: %s\n", what);
    abort();
}

// Segments' values one after the other. Line ends inside values do not come back, nor do empty segments.
static void collect(const struct node *node, struct text *text)
{
    if (node->value_count)
        text_printf(text, "\n%.*s", SLICE_ARGS(node->name));
    for (size_t i = 0; i < node->value_count; i++)
        if (node->values[i].text.size)
            text_printf(text, "|%u.%u.%u=%.*s", node->values[i].element, node->values[i].occurrence,
                        node->values[i].component, SLICE_ARGS(node->values[i].text));
    for (const struct node *child = node->first; child; child = child->next)
        if (!slice_is(child->name, "UNH") && !slice_is(child->name, "UNT"))
            collect(child, text);
}

static void write_again(struct node *tree, const struct edifact_message_result *message, struct arena *arena)
{
    struct edifact_envelope envelope = { .sender = { .identity = SLICE("A") },
                                         .receiver = { .identity = SLICE("B") },
                                         .reference = SLICE("1"),
                                         .syntax = 4,
                                         .charset = EDIFACT_UNOY };
    struct edifact_message_header header = {
        SLICE("1"),           message->type, message->version, message->release, message->agency,
        message->association, { 0 }
    };
    const struct directory *directory =
        directories_find(directories, message->type, message->version, message->release);
    struct text text = text_in(arena), before = text_in(arena), after = text_in(arena);
    struct error error = { 0 };
    // What no charset can say, or no directory allows, is refused.
    if (!edifact_write(&envelope, &header, &tree, 1, directory, &text, &error))
        return;
    struct edifact_reader *reader = edifact_open(text_slice(&text), "again");
    struct edifact_unit unit;
    bool found = false;
    while (!found && edifact_next(reader, &unit))
        found = unit.kind == EDIFACT_MESSAGE;
    need(found, "the written message is not read");
    collect(tree, &before);
    collect(edifact_unit_tree(directories, &unit, arena), &after);
    if (!message->errors)
        need(slice_equal(text_slice(&before), text_slice(&after)), "the written message has other values");
    edifact_close(reader);
}

static void scan_both(struct slice bytes)
{
    struct edifact_marks marks = { .component = ':', .element = '+', .release = '?', .terminator = '\'' };
    struct scan fast, slow;
    scan_open(&fast, bytes, &marks, false);
    scan_open(&slow, bytes, &marks, true);
    size_t got, want;
    do {
        got = scan_next(&fast);
        want = scan_next(&slow);
        need(got == want, "the scanners differ");
    } while (want < bytes.size);
}

// What was read in bulk is what the rules read.
static void read_alike(struct slice bytes, enum reading_bulk way)
{
    struct edifact_reader *fast = reading_open(bytes, "fuzz", way);
    struct edifact_reader *slow = reading_open(bytes, "fuzz", READING_NO_BULK);
    struct edifact_unit got, want;
    while (edifact_next(slow, &want)) {
        need(edifact_next(fast, &got) && got.kind == want.kind && got.offset == want.offset &&
                 got.bytes.size == want.bytes.size && got.segment_count == want.segment_count &&
                 got.token_count == want.token_count,
             "a unit that was read in bulk is another one");
        need(want.token_count == 0 ||
                 memcmp(got.tokens, want.tokens, want.token_count * sizeof *want.tokens) == 0,
             "tokens that were read in bulk are others");
        for (size_t i = 0; i < want.segment_count; i++) {
            const struct edifact_segment *a = &got.segments[i], *b = &want.segments[i];
            need(a->start == b->start && a->size == b->size && a->first == b->first && a->count == b->count &&
                     a->line == b->line && a->column == b->column && a->key == b->key &&
                     a->tag_size == b->tag_size && a->elements == b->elements && a->trailing == b->trailing &&
                     a->broken == b->broken,
                 "a segment that was read in bulk is another one");
        }
    }
    need(!edifact_next(fast, &got), "there is a unit too many");
    edifact_close(fast);
    edifact_close(slow);
}

static void read_all(struct slice bytes, struct arena *arena)
{
    struct findings findings = { .arena = arena };
    struct edifact_reader *reader = edifact_open(bytes, "fuzz");
    struct edifact_check *check = edifact_check_open(directories, NULL);
    struct edifact_unit unit;
    uint64_t last = 0;
    edifact_check_keep(check, arena);
    while (edifact_next(reader, &unit)) {
        need(unit.offset >= last && unit.offset + unit.bytes.size <= bytes.size,
             "a unit lies outside of the input");
        last = unit.offset + unit.bytes.size;
        for (size_t i = 0; i < unit.token_count; i++)
            need((size_t)unit.tokens[i].start + unit.tokens[i].size <= unit.bytes.size,
                 "a token lies outside");
        struct edifact_placed placed;
        edifact_check_unit(check, &unit, arena, &findings, &placed);
        if (placed.unit)
            write_again(edifact_tree(&placed, arena), edifact_check_message(check), arena);
    }
    edifact_check_end(check, arena, &findings);
    const struct edifact_interchange_result *interchange = edifact_check_interchange(check);
    struct contrl_settings settings = { .reference = SLICE("1"), .every_message = true };
    struct text text = text_in(arena);
    struct error error = { 0 };
    if (interchange && contrl_owed(interchange))
        contrl_write(interchange, &settings, &text, &error);
    edifact_check_close(check);
    edifact_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!directories) {
        struct error error = { 0 };
        directories = directories_load(SOURCE_DIR "/edi-maps/directories", &error);
        need(directories != NULL, error.message);
    }
    struct slice bytes = { (const char *)data, size };
    struct arena *arena = arena_open(SIZE_MAX);
    bool is_edifact;
    edifact_recognise(bytes, &is_edifact);
    scan_both(bytes);
    for (enum reading_bulk way = READING_PORTABLE; way < READING_FASTEST; way++)
        read_alike(bytes, way);
    read_all(bytes, arena);
    arena_close(arena);
    return 0;
}

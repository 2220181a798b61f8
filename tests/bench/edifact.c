// SPDX-License-Identifier: Apache-2.0
// What the EDIFACT bench (edifact.py) runs:
//
//     bench_edifact make MEGABYTES      writes the file that is measured to standard output
//     bench_edifact measure FILE        for each line of standard input, one of the works below, does it once
//                                       over the file in memory and prints
//                                       CPU-MICROSECONDS BYTES MESSAGES RESULT
//     bench_edifact stream              `whole` over standard input, as it comes; the same line, RESULT is the
//                                       largest resident size in kB
//
// byteloop and tokenise give the same hash of tokens as RESULT; check validates against the directory; whole
// makes typed canonical documents besides, RESULT is their number.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/edifact/byteloop.h"
#include "bench/edifact/make.h"
#include "doors/avro.h"
#include "formats/edifact/check.h"
#include "formats/map.h"

struct bench {
    struct maps *maps;
    const struct map *map;
    struct arena *arena;
};

struct done {
    uint64_t bytes, messages, result;
};

// Of this thread: other programs on the machine do not count.
static int64_t cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct done tokenise(struct slice bytes)
{
    struct tokens_seen seen = { 0 };
    struct done done = { .bytes = bytes.size };
    struct edifact_reader *reader = edifact_open(bytes, "bench");
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        done.messages += unit.kind == EDIFACT_MESSAGE;
        for (size_t i = 0; i < unit.token_count; i++) {
            const struct edifact_token *token = &unit.tokens[i];
            tokens_take(&seen, unit.offset + token->start, token->size, token->element, token->component);
        }
    }
    edifact_close(reader);
    done.result = seen.hash;
    return done;
}

static void must(bool good, const char *what, const struct findings *findings)
{
    if (good)
        return;
    struct text line = text_in(findings->arena);
    if (findings->count)
        finding_print(&findings->items[0], "bench", &line);
    fprintf(stderr, "bench_edifact: %s: %.*s\n", what, (int)line.size, line.data ? line.data : "");
    exit(1);
}

enum work { WORK_CHECK, WORK_WHOLE };

// Reads, checks and maps all that the reader gives; every message must become a document.
static struct done translate(const struct bench *bench, struct edifact_reader *reader, enum work work)
{
    struct findings findings = { .arena = bench->arena };
    struct edifact_check *check = edifact_check_open(maps_directories(bench->maps), NULL);
    struct done done = { 0 };
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct edifact_placed placed;
        struct document *document;
        edifact_check_unit(check, &unit, bench->arena, &findings, &placed);
        must(findings.count == 0, "a finding", &findings);
        if (placed.unit && work == WORK_WHOLE) {
            must(map_read(bench->map, (struct map_message){ .placed = &placed }, bench->arena, &document,
                          &findings),
                 "not mapped", &findings);
            // What a gateway would know.
            document_add_text(bench->arena, document, "account", SLICE("ACME"));
            document_add_text(bench->arena, document, "channel", SLICE("edifact"));
            document_add_text(bench->arena, document, "partner", SLICE("bench"));
            document_add_text(bench->arena, document, "reply_reference", SLICE("1/1"));
            must(avro_conform(maps_schemas(bench->maps), map_document_type(bench->map), document,
                              bench->arena, &findings),
                 "not conforming", &findings);
            done.result++;
        }
        done.messages += unit.kind == EDIFACT_MESSAGE;
        done.bytes = unit.offset + unit.bytes.size;
        arena_reset(bench->arena);
    }
    edifact_check_end(check, bench->arena, &findings);
    must(findings.count == 0, "a finding at the end", &findings);
    edifact_check_close(check);
    edifact_close(reader);
    return done;
}

static bool work_once(const struct bench *bench, const char *work, struct slice bytes, struct done *done)
{
    if (strcmp(work, "byteloop") == 0)
        *done = (struct done){ .bytes = bytes.size, .result = byteloop(bytes).hash };
    else if (strcmp(work, "tokenise") == 0)
        *done = tokenise(bytes);
    else if (strcmp(work, "check") == 0)
        *done = translate(bench, edifact_open(bytes, "bench"), WORK_CHECK);
    else if (strcmp(work, "whole") == 0)
        *done = translate(bench, edifact_open(bytes, "bench"), WORK_WHOLE);
    else
        return false;
    return true;
}

static void print_done(int64_t took_us, const struct done *done)
{
    printf("%" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", took_us, done->bytes, done->messages,
           done->result);
    fflush(stdout);
}

static struct slice read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    char *data = size > 0 ? malloc((size_t)size) : NULL;
    if (!data || fseek(file, 0, SEEK_SET) != 0 || fread(data, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "bench_edifact: could not read %s\n", path);
        exit(2);
    }
    fclose(file);
    return (struct slice){ data, (size_t)size };
}

static int measure(const struct bench *bench, const char *path)
{
    struct slice bytes = read_file(path);
    char work[32];
    while (scanf("%31s", work) == 1) {
        struct done done;
        int64_t start_us = cpu_us();
        if (!work_once(bench, work, bytes, &done)) {
            fprintf(stderr, "bench_edifact: no such work: %s\n", work);
            return 2;
        }
        print_done(cpu_us() - start_us, &done);
    }
    free((char *)bytes.data);
    return 0;
}

static size_t read_input(void *context, char *to, size_t size)
{
    (void)context;
    ssize_t got = read(STDIN_FILENO, to, size);
    return got > 0 ? (size_t)got : 0;
}

// The largest resident size of this process so far, in kilobytes.
static long peak_kilobytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0;
}

static int stream(const struct bench *bench)
{
    int64_t start_us = cpu_us();
    struct edifact_reader *reader = edifact_open_stream(read_input, NULL, "stdin");
    struct done done = translate(bench, reader, WORK_WHOLE);
    done.result = (uint64_t)peak_kilobytes();
    print_done(cpu_us() - start_us, &done);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "make") == 0) {
        make_orders(stdout, strtoull(argv[2], NULL, 10) * 1000000);
        return fflush(stdout) == 0 ? 0 : 2;
    }
    struct error error = { 0 };
    char text[1024];
    struct bench bench = { .maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error) };
    if (!bench.maps) {
        fprintf(stderr, "bench_edifact: %s\n", error_text(&error, text, sizeof text));
        return 2;
    }
    bench.map = maps_find(bench.maps, "ORDERS", "D96A", NULL);
    bench.arena = arena_open(SIZE_MAX);
    int status = 2;
    if (argc == 3 && strcmp(argv[1], "measure") == 0)
        status = measure(&bench, argv[2]);
    else if (argc == 2 && strcmp(argv[1], "stream") == 0)
        status = stream(&bench);
    else
        fputs("usage: bench_edifact make MEGABYTES | measure FILE | stream\n", stderr);
    arena_close(bench.arena);
    maps_free(bench.maps);
    return status;
}

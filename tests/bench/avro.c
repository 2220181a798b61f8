// SPDX-License-Identifier: Apache-2.0
// How long an order of five lines takes to be read from Avro and to be written.
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "doors/avro.h"
#include "doors/json.h"

enum { ROUNDS = 50000 };

static void stop(const struct error *error)
{
    char text[900];
    fprintf(stderr, "%s\n", error_text(error, text, sizeof text));
    exit(2);
}

static struct document *order(const struct avro_catalogue *catalogue, struct arena *arena)
{
    static const char line[] =
        "{\"number\":\"10\",\"seller_part\":\"A-4711\",\"buyer_part\":\"998877\",\"gtin\":"
        "\"04012345678901\",\"description\":\"Hexagon screw M8 x 40, zinc plated\",\"quantity\":"
        "\"250\",\"unit\":\"PCE\",\"unit_price\":\"12.5\",\"price_basis\":\"100\",\"amount\":"
        "\"31.25\",\"requested_date\":\"2026-12-01\"}";
    struct slice json =
        arena_printf(arena,
                     "{\"$type\":\"PurchaseOrder\",\"account\":\"100042\",\"order_number\":"
                     "\"4500012345\",\"ordered_at\":\"2026-11-24T13:10:38Z\",\"currency\":\"EUR\","
                     "\"total\":\"156.25\",\"channel\":\"edi-http\",\"partner\":\"acme\",\"lines\":["
                     "%s,%s,%s,%s,%s]}",
                     line, line, line, line, line);
    struct error error = { 0 };
    struct document *document;
    struct findings findings = { .arena = arena };
    if (!json_read(json, arena, &document, &error))
        stop(&error);
    if (!avro_conform(catalogue, document->type, document, arena, &findings)) {
        fprintf(stderr, "the order does not fit its schema: %.*s\n", SLICE_ARGS(findings.items[0].text));
        exit(2);
    }
    return document;
}

int main(void)
{
    struct error error = { 0 };
    struct avro_catalogue *catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    if (!catalogue)
        stop(&error);
    struct arena *kept = arena_open(SIZE_MAX), *arena = arena_open(SIZE_MAX);
    struct document *document = order(catalogue, kept), *got;
    struct slice bytes, again;
    if (!avro_encode(catalogue, "inbound", document, kept, &bytes, &error))
        stop(&error);
    int64_t begun = clock_monotonic_us();
    for (int i = 0; i < ROUNDS; i++) {
        if (!avro_decode(catalogue, "inbound", bytes, arena, &got, &error))
            stop(&error);
        if (i % 64 == 0)
            arena_reset(arena);
    }
    int64_t read = clock_monotonic_us();
    for (int i = 0; i < ROUNDS; i++) {
        if (!avro_encode(catalogue, "inbound", document, arena, &again, &error))
            stop(&error);
        if (i % 64 == 0)
            arena_reset(arena);
    }
    int64_t written = clock_monotonic_us();
    printf("order of 5 lines, %zu bytes: read %.2f us, written %.2f us\n", bytes.size,
           (double)(read - begun) / ROUNDS, (double)(written - read) / ROUNDS);
    arena_close(arena);
    arena_close(kept);
    avro_close(catalogue);
    return 0;
}

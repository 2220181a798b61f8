// SPDX-License-Identifier: Apache-2.0
// Any bytes as an Avro record. The first byte chooses: one of our records, framed by its fingerprint; bytes
// with the frame they bring; or a foreign schema (up to a NUL) followed by a record that it wrote. What is
// read from a record of ours must come back the same when it is written and read again.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "doors/avro.h"
#include "doors/avro_plan.h"
#include "doors/json.h"

static const char *const names[] = { "Account",    "AccountReview", "ApprovalDecision", "ApprovalTask",
                                     "OrderEvent", "OrderResponse", "Payment",          "Price",
                                     "Product",    "PurchaseOrder", "Status",           "StockLevel",
                                     "User" };
enum { TYPES = sizeof names / sizeof *names, FRAME = 10, CEILING = 8 * 1024 * 1024 };

static struct avro_catalogue *catalogue;
static const struct schema *schemas[TYPES];
static uint64_t fingerprints[TYPES];

static void need(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "avro_fuzz: %s\n", what);
    abort();
}

static void read_schema(size_t type, struct arena *arena)
{
    static char json[65536];
    struct error error = { 0 };
    const char *path = arena_printf(arena, "%s/schemas/avro/%s.avsc", SOURCE_DIR, names[type]).data;
    FILE *file = fopen(path, "re");
    need(file, path);
    size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    need(schema_read((struct slice){ json, size }, path, true, arena, &schemas[type], &error), error.message);
    fingerprints[type] = schema_fingerprint(schemas[type], arena, NULL);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    static struct arena *forever; // static, so that the leak check sees it
    struct error error = { 0 };
    forever = arena_open(SIZE_MAX);
    catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    need(catalogue, error.message);
    for (size_t type = 0; type < TYPES; type++)
        read_schema(type, forever);
    return 0;
}

static struct slice json_of(const struct document *document, struct arena *arena)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    return text_slice(&text);
}

static void check(struct slice bytes, struct arena *arena)
{
    struct error error = { 0 };
    struct document *first, *second;
    struct slice again;
    if (!avro_decode(catalogue, "inbound", bytes, arena, &first, &error)) {
        need(error.kind == ERROR_INVALID && error.at.byte <= bytes.size + 1,
             "an error without kind or place");
        return;
    }
    need(avro_encode(catalogue, "inbound", first, arena, &again, &error), error.message);
    need(avro_decode(catalogue, "inbound", again, arena, &second, &error), error.message);
    need(slice_equal(json_of(first, arena), json_of(second, arena)), "the document has changed");
}

static void check_framed(uint64_t fingerprint, struct slice body, struct arena *arena)
{
    char *bytes = arena_take(arena, FRAME + body.size);
    bytes[0] = '\xC3';
    bytes[1] = '\x01';
    memcpy(bytes + 2, &fingerprint, sizeof fingerprint); // fuzzers run on little-endian machines
    if (body.size)
        memcpy(bytes + FRAME, body.data, body.size);
    check((struct slice){ bytes, FRAME + body.size }, arena);
}

static void check_foreign(struct slice data, size_t type, struct arena *arena)
{
    struct error error = { 0 };
    const struct schema *writer;
    struct document *document;
    struct slice json = slice_cut(&data, '\0');
    if (!schema_read(json, "fuzz", true, arena, &writer, &error))
        return;
    schema_fingerprint(writer, arena, NULL);
    avro_plan_run(avro_plan(writer, writer, arena), data, 0, arena, &document, &error);
    error_clear(&error);
    avro_plan_run(avro_plan(writer, schemas[type], arena), data, 0, arena, &document, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct arena *arena = arena_open(CEILING);
    size_t type = data[0] % TYPES;
    struct slice rest = { (const char *)data + 1, size - 1 };
    if (data[0] < 128)
        check_framed(fingerprints[type], rest, arena);
    else if (data[0] < 160)
        check(rest, arena);
    else
        check_foreign(rest, type, arena);
    arena_close(arena);
    return 0;
}

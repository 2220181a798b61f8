// SPDX-License-Identifier: Apache-2.0
// Schemas, their fingerprints, and the reading of records that others wrote with other schemas.

#include "doors/avro_plan.h"
#include "doors/json.h"
#include "unit/arena_testing.h"

// The fingerprints are those of Apache Avro's own test data.
static void fingerprints_are_avro_s(void **state)
{
    (void)state;
    static const struct {
        const char *json, *canonical;
        int64_t fingerprint;
    } cases[] = {
        { "{\"fields\":[], \"type\":\"record\", \"name\":\"foo\"}",
          "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[]}", -4824392279771201922 },
        { "{\"fields\":[], \"type\":\"record\", \"name\":\"foo\", \"namespace\":\"x.y\"}",
          "{\"name\":\"x.y.foo\",\"type\":\"record\",\"fields\":[]}", 5916914534497305771 },
        { "{\"fields\":[], \"type\":\"record\", \"name\":\"a.b.foo\", \"namespace\":\"x.y\"}",
          "{\"name\":\"a.b.foo\",\"type\":\"record\",\"fields\":[]}", -4616218487480524110 },
        { "{\"fields\":[], \"type\":\"record\", \"name\":\"foo\", \"doc\":\"foo\", "
          "\"aliases\":[\"foo\",\"bar\"]}",
          "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[]}", -4824392279771201922 },
        { "{\"fields\":[{\"type\":{\"type\":\"boolean\"}, \"name\":\"f1\"}], \"type\":\"record\", "
          "\"name\":\"foo\"}",
          "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[{\"name\":\"f1\",\"type\":\"boolean\"}]}",
          7843277075252814651 },
        { "{ \"fields\":[{\"type\":\"boolean\", \"aliases\":[], \"name\":\"f1\", \"default\":\"true\"}, "
          "{\"order\":\"descending\",\"name\":\"f2\",\"doc\":\"Hello\",\"type\":\"int\"}], "
          "\"type\":\"record\", "
          "\"name\":\"foo\"}",
          "{\"name\":\"foo\",\"type\":\"record\",\"fields\":[{\"name\":\"f1\",\"type\":\"boolean\"},{"
          "\"name\":\"f2\","
          "\"type\":\"int\"}]}",
          -4860222112080293046 },
        { "{\"name\":\"PigValue\",\"type\":\"record\",\"fields\":[{\"name\":\"value\", \"type\":[\"null\", "
          "\"int\", "
          "\"long\", \"PigValue\"]}]}",
          "{\"name\":\"PigValue\",\"type\":\"record\",\"fields\":[{\"name\":\"value\",\"type\":[\"null\","
          "\"int\","
          "\"long\",\"PigValue\"]}]}",
          -1759257747318642341 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        const struct schema *schema;
        struct slice got;
        if (!schema_read(slice_of(cases[i].json), "test", false, arena, &schema, &error))
            fail_msg("%s: %s", cases[i].json, error.message);
        uint64_t fingerprint = schema_fingerprint(schema, arena, &got);
        if (!slice_is(got, cases[i].canonical))
            fail_msg("got %.*s, want %s", SLICE_ARGS(got), cases[i].canonical);
        assert_int_equal(fingerprint, (uint64_t)cases[i].fingerprint);
    }
    assert_int_equal(schema_crc64(SLICE("\"null\"")), (uint64_t)7195948357588979594);
    assert_int_equal(schema_crc64(SLICE("\"string\"")), (uint64_t)-8142146995180207161);
}

static void parts_of_canonical_forms(void **state)
{
    (void)state;
    static const char json[] =
        "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"fields\":["
        "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"],\"default\":"
        "\"A\"}},"
        "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"o.F\",\"size\":16}},"
        "{\"name\":\"m\",\"type\":{\"type\":\"map\",\"values\":\"E\"}},"
        "{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":\"o.F\"}},"
        "{\"name\":\"d\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4}}]}";
    static const char want[] =
        "{\"name\":\"n.R\",\"type\":\"record\",\"fields\":["
        "{\"name\":\"e\",\"type\":{\"name\":\"n.E\",\"type\":\"enum\",\"symbols\":[\"A\",\"B\"]}},"
        "{\"name\":\"f\",\"type\":{\"name\":\"o.F\",\"type\":\"fixed\",\"size\":16}},"
        "{\"name\":\"m\",\"type\":{\"type\":\"map\",\"values\":\"n.E\"}},"
        "{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":\"o.F\"}},"
        "{\"name\":\"d\",\"type\":\"bytes\"}]}";
    struct error error = { 0 };
    const struct schema *schema;
    struct slice got;
    assert_true(schema_read(slice_of(json), "test", true, arena, &schema, &error));
    schema_fingerprint(schema, arena, &got);
    if (!slice_is(got, want))
        fail_msg("got %.*s", SLICE_ARGS(got));
}

static void bad_schemas_are_refused(void **state)
{
    (void)state;
#define RECORD(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "{", "invalid JSON" },
        { "{\"type\":\"string\"}", "outermost type is no record" },
        { "{\"type\":\"record\",\"name\":\"R\"}", "a record without fields: \"R\"" },
        { "{\"type\":\"record\",\"name\":\"1R\",\"fields\":[]}",
          "not a name of a record, enum or fixed: \"1R\"" },
        { RECORD("{\"name\":\"a\"}"), "a field without type or with an invalid name: \"a\"" },
        { RECORD("{\"name\":\"a-b\",\"type\":\"int\"}"), "invalid name: \"a-b\"" },
        { RECORD("{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"a\",\"type\":\"int\"}"),
          "a field occurs twice: \"a\"" },
        { RECORD("{\"name\":\"a\",\"type\":\"Other\"}"), "used before it is defined: \"Other\"" },
        { RECORD("{\"name\":\"a\",\"type\":[\"null\",[\"int\"]]}"), "a union directly within a union" },
        { RECORD("{\"name\":\"a\",\"type\":7.5}"), "not a type name: \"7.5\"" },
        { RECORD("{\"name\":\"a\",\"type\":true}"), "a type is a name, a list or an object" },
        { RECORD("{\"name\":\"a\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}}"),
          "a fixed without a size" },
        { RECORD("{\"name\":\"a\",\"type\":\"int\",\"default\":\"x\"}"),
          "default does not fit the type of field \"a\"" },
        { RECORD("{\"name\":\"a\",\"type\":\"int\",\"default\":2147483648}"), "default does not fit" },
        { RECORD("{\"name\":\"a\",\"type\":[\"null\",\"int\"],\"default\":1}"), "default does not fit" },
        { RECORD("{\"name\":\"a\",\"type\":\"bytes\",\"default\":\"\xE2\x82\xAC\"}"),
          "default does not fit" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        const struct schema *schema;
        if (schema_read(slice_of(cases[i].json), "test", true, arena, &schema, &error))
            fail_msg("%s was read", cases[i].json);
        if (!strstr(error.message, cases[i].want))
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].json, error.message, cases[i].want);
    }
}

// One field "a" each: its type in the writer's schema and in ours, the writer's bytes, and the document as
// JSON or the end of the error.
#define DECIMAL(scale) "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":6,\"scale\":" #scale "}"
#define MILLIS "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}"
#define MICROS "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}"
#define DATE "{\"type\":\"int\",\"logicalType\":\"date\"}"
#define ENUM(symbols, more) "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[" symbols "]" more "}"
static const struct {
    const char *name, *writer, *reader;
    struct slice bytes;
    const char *want;
} types[] = {
    { "same", "\"int\"", "\"int\"", SLICE("\x0D"), "{\"a\":-7}" },
    { "int to long", "\"int\"", "\"long\"", SLICE("\x0E"), "{\"a\":7}" },
    { "long to int", "\"long\"", "\"int\"", SLICE("\x0E"), "the writer's long cannot be read as our int" },
    { "int of 33 bits", "\"int\"", "\"long\"", SLICE("\x80\x80\x80\x80\x10"),
      "int 2147483648 has more than 32 bits" },
    { "least long", "\"long\"", "\"long\"", SLICE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
      "{\"a\":-9223372036854775808}" },
    { "int to double", "\"int\"", "\"double\"", SLICE("\x0E"), "{\"a\":\"7\"}" },
    { "float to double", "\"float\"", "\"double\"", SLICE("\x00\x00\x20\xC0"), "{\"a\":\"-2.5\"}" },
    { "double", "\"double\"", "\"double\"", SLICE("\x9A\x99\x99\x99\x99\x99\xB9\x3F"), "{\"a\":\"0.1\"}" },
    { "not a number", "\"double\"", "\"double\"", SLICE("\x00\x00\x00\x00\x00\x00\xF8\x7F"),
      "too large for a document" },
    { "double to float", "\"double\"", "\"float\"", SLICE("\x00\x00\x00\x00\x00\x00\x00\x00"),
      "cannot be read as our float" },
    { "boolean", "\"boolean\"", "\"boolean\"", SLICE("\x01"), "{\"a\":true}" },
    { "boolean 2", "\"boolean\"", "\"boolean\"", SLICE("\x02"), "boolean is byte 02" },
    { "bytes to string", "\"bytes\"", "\"string\"", SLICE("\x04hi"), "{\"a\":\"hi\"}" },
    { "string to bytes", "\"string\"", "\"bytes\"", SLICE("\x04hi"), "{\"a\":\"aGk=\"}" },
    { "string to int", "\"string\"", "\"int\"",
      SLICE("\x02"
            "1"),
      "the writer's string cannot be read as our int" },
    { "value to nullable", "\"int\"", "[\"null\",\"long\"]", SLICE("\x0E"), "{\"a\":7}" },
    { "nullable with value", "[\"null\",\"int\"]", "\"int\"", SLICE("\x02\x0E"), "{\"a\":7}" },
    { "nullable with null", "[\"null\",\"int\"]", "\"int\"", SLICE("\x00"),
      "the writer's null cannot be read as our int" },
    { "null is left out", "[\"int\",\"null\"]", "[\"null\",\"int\"]", SLICE("\x02"), "{}" },
    { "branch fits", "[\"null\",\"string\",\"int\"]", "[\"null\",\"int\"]", SLICE("\x04\x0E"), "{\"a\":7}" },
    { "branch does not", "[\"null\",\"string\",\"int\"]", "[\"null\",\"int\"]", SLICE("\x02\x02x"),
      "the writer's string cannot" },
    { "branch too high", "[\"null\",\"int\"]", "[\"null\",\"int\"]", SLICE("\x04"),
      "union branch 2 where the union has 2" },
    { "branch negative", "[\"null\",\"int\"]", "[\"null\",\"int\"]", SLICE("\x01"), "union branch -1" },
    { "decimal", DECIMAL(2), DECIMAL(2), SLICE("\x02\x80"), "{\"a\":\"-1.28\"}" },
    { "decimal to finer", DECIMAL(1), DECIMAL(3), SLICE("\x02\x7F"), "{\"a\":\"12.7\"}" },
    { "decimal to coarser", DECIMAL(3), DECIMAL(1), SLICE("\x04\x04\xB0"), "{\"a\":\"1.2\"}" },
    { "digits would be lost", DECIMAL(3), DECIMAL(1), SLICE("\x02\x7F"), "does not fit our decimal(6,1)" },
    { "seven digits", DECIMAL(2), DECIMAL(2), SLICE("\x06\x0F\x42\x40"), "does not fit our decimal(6,2)" },
    { "sign repeated", DECIMAL(2), DECIMAL(2), SLICE("\x14\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"),
      "{\"a\":\"-0.02\"}" },
    { "72 bits", DECIMAL(2), DECIMAL(2), SLICE("\x12\x01\x00\x00\x00\x00\x00\x00\x00\x00"),
      "decimal of 9 bytes does not fit 64 bits" },
    { "no digits", DECIMAL(2), DECIMAL(2), SLICE("\x00"), "decimal of 0 bytes" },
    { "plain bytes to decimal", "\"bytes\"", DECIMAL(2), SLICE("\x02\x0A"), "{\"a\":\"0.1\"}" },
    { "millis to micros", MILLIS, MICROS, SLICE("\xD0\x0F"), "{\"a\":\"1970-01-01T00:00:01Z\"}" },
    { "plain long to micros", "\"long\"", MICROS, SLICE("\x80\x89\x7A"), "{\"a\":\"1970-01-01T00:00:01Z\"}" },
    { "millis too large", MILLIS, MICROS, SLICE("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), "does not fit" },
    { "last day", DATE, DATE, SLICE("\xC0\x82\xE6\x02"), "{\"a\":\"9999-12-31\"}" },
    { "a day later", DATE, DATE, SLICE("\xC2\x82\xE6\x02"), "day 2932897 since 1970 lies outside" },
    { "least instant", MICROS, MICROS, SLICE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
      "lies outside of the years" },
    { "symbol", ENUM("\"A\",\"B\"", ""), ENUM("\"B\",\"A\"", ""), SLICE("\x02"), "{\"a\":\"B\"}" },
    { "symbol by default", ENUM("\"A\",\"C\"", ""), ENUM("\"A\",\"B\"", ",\"default\":\"B\""), SLICE("\x02"),
      "{\"a\":\"B\"}" },
    { "unknown symbol", ENUM("\"A\",\"C\"", ""), ENUM("\"A\",\"B\"", ""), SLICE("\x02"),
      "symbol C is none of our E" },
    { "symbol index", ENUM("\"A\"", ""), ENUM("\"A\"", ""), SLICE("\x02"),
      "enum index 1 is not within 0 to 0" },
    { "list", "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"array\",\"items\":\"long\"}",
      SLICE("\x04\x02\x04\x00"), "{\"a\":[1,2]}" },
    { "list of two blocks", "{\"type\":\"array\",\"items\":\"int\"}",
      "{\"type\":\"array\",\"items\":\"int\"}", SLICE("\x02\x02\x01\x02\x04\x00"), "{\"a\":[1,2]}" },
    { "block with a wrong size", "{\"type\":\"array\",\"items\":\"int\"}",
      "{\"type\":\"array\",\"items\":\"int\"}", SLICE("\x02\x02\x01\x04\x04\x00"),
      "block ends after byte 5 but says after byte 6" },
    { "block with a negative size", "{\"type\":\"array\",\"items\":\"int\"}",
      "{\"type\":\"array\",\"items\":\"int\"}", SLICE("\x01\x01\x04\x00"), "block of -1 bytes" },
    { "huge count", "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"array\",\"items\":\"int\"}",
      SLICE("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), "block of 9223372036854775807 items" },
    { "least count", "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"array\",\"items\":\"int\"}",
      SLICE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00"), "block of -9223372036854775808 items" },
    { "endless nulls", "{\"type\":\"array\",\"items\":\"null\"}", "{\"type\":\"array\",\"items\":\"null\"}",
      SLICE("\x80\x80\x80\x80\x20\x00"), "block of 4294967296 items" },
    { "nulls in a list", "{\"type\":\"array\",\"items\":[\"null\",\"int\"]}",
      "{\"type\":\"array\",\"items\":[\"null\",\"int\"]}", SLICE("\x04\x00\x02\x02\x00"),
      "{\"a\":[null,1]}" },
};

static const struct schema *schema_of(const char *json, bool ours)
{
    struct error error = { 0 };
    const struct schema *schema;
    if (!schema_read(slice_of(json), "test", ours, arena, &schema, &error))
        fail_msg("%s: %s", json, error.message);
    return schema;
}

static void run(const char *name, const struct schema *writer, const struct schema *reader,
                struct slice bytes, const char *want)
{
    struct error error = { 0 };
    struct document *document;
    char *exact = arena_take(arena, bytes.size);
    memcpy(exact, bytes.data, bytes.size);
    struct text got = text_in(arena);
    if (avro_plan_run(avro_plan(writer, reader, arena), (struct slice){ exact, bytes.size }, 0, arena,
                      &document, &error)) {
        document->type = NULL; // "$type" says nothing here
        json_write(document, &got);
    } else {
        text_append(&got, slice_of(error.message));
    }
    text_append_char(&got, '\0');
    if (want[0] == '{' ? strcmp(got.data, want) != 0 : !strstr(got.data, want))
        fail_msg("%s: got %s, want %s", name, got.data, want);
}

static void types_are_resolved(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char *frame = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":%s}]}";
        const char *writer = arena_printf(arena, frame, types[i].writer).data; // NOLINT
        const char *reader = arena_printf(arena, frame, types[i].reader).data; // NOLINT
        run(types[i].name, schema_of(writer, false), schema_of(reader, true), types[i].bytes, types[i].want);
    }
}

static void fields_are_resolved_by_name(void **state)
{
    (void)state;
    const struct schema *writer = schema_of(
        RECORD("{\"name\":\"gone\",\"type\":{\"type\":\"map\",\"values\":[\"null\",{\"type\":\"record\","
               "\"name\":\"I\","
               "\"fields\":[{\"name\":\"x\",\"type\":\"double\"},{\"name\":\"y\",\"type\":{\"type\":"
               "\"array\",\"items\":"
               "\"string\"}}]}]}},{\"name\":\"b\",\"type\":\"int\"},{\"name\":\"old\",\"type\":\"string\"}"),
        false);
    const struct schema *reader = schema_of(
        RECORD(
            "{\"name\":\"new\",\"type\":\"string\",\"aliases\":[\"old\"]},{\"name\":\"b\",\"type\":\"long\"},"
            "{\"name\":\"n\",\"type\":[\"null\",\"int\"],\"default\":null},"
            "{\"name\":\"s\",\"type\":\"string\",\"default\":\"so\"},{\"name\":\"l\",\"type\":{\"type\":"
            "\"array\","
            "\"items\":{\"type\":\"record\",\"name\":\"P\",\"fields\":[{\"name\":\"q\",\"type\":\"int\","
            "\"default\":3},"
            "{\"name\":\"f\",\"type\":\"boolean\"}]}},\"default\":[{\"f\":true},{\"q\":4,\"f\":false}]}"),
        true);
    struct slice bytes =
        SLICE("\x04\x02k\x00\x02m\x02\x00\x00\x00\x00\x00\x00\x00\x00\x02\x02z\x00\x00\x0E\x02v");
    run("by name", writer, reader, bytes,
        "{\"new\":\"v\",\"b\":7,\"s\":\"so\",\"l\":[{\"q\":3,\"f\":true},{\"q\":4,\"f\":false}]}");
    for (size_t size = 0; size < bytes.size; size++)
        run("cut", writer, reader, (struct slice){ bytes.data, size }, "cannot read Avro R");
    run("no default", schema_of(RECORD(""), false),
        schema_of(RECORD("{\"name\":\"a\",\"type\":\"int\"}"), true), SLICE(""),
        "the writer's R lacks field \"a\", which has no default");
}

// A list that holds itself, 5000 deep: in the reader by way of records, in what is skipped by way of arrays.
static void nesting_ends(void **state)
{
    (void)state;
    static const char deep[] = RECORD("{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":\"R\"}}");
    const struct schema *schema = schema_of(deep, false);
    struct slice bytes = { arena_take(arena, 5000), 5000 };
    memset((char *)(uintptr_t)bytes.data, 2, bytes.size);
    run("read", schema, schema, bytes, "nested more than 64 deep");
    const struct schema *outer =
        schema_of(RECORD("{\"name\":\"a\",\"type\":{\"type\":\"record\",\"name\":\"S\",\"fields\":[{"
                         "\"name\":\"s\",\"type\":{\"type\":\"array\",\"items\":\"S\"}}]}}"),
                  false);
    run("skipped", outer, schema_of(RECORD(""), true), bytes, "nested more than 64 deep");
}

// Few bytes that ask for much memory: each item of our type brings a long default.
static void memory_ends(void **state)
{
    (void)state;
    const struct schema *writer = schema_of(RECORD("{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":{"
                                                   "\"type\":\"record\",\"name\":\"I\",\"fields\":[]}}}"),
                                            false);
    const struct schema *reader = schema_of(
        RECORD(
            "{\"name\":\"a\",\"type\":{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"I\","
            "\"fields\":[{\"name\":"
            "\"d\",\"type\":{\"type\":\"array\",\"items\":\"int\"},\"default\":[1,2,3,4,5,6,7,8,9,10]}]}}}"),
        true);
    struct slice bytes = { arena_take(arena, 10000), 10000 };
    memcpy((char *)(uintptr_t)bytes.data, "\x80\x7D", 2); // 8000 items
    run("memory", writer, reader, bytes, "needs more memory than is set apart");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fingerprints_are_avro_s, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(parts_of_canonical_forms, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(bad_schemas_are_refused, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(types_are_resolved, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(fields_are_resolved_by_name, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(nesting_ends, open_small_arena, close_arena),
        cmocka_unit_test_setup_teardown(memory_ends, open_small_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

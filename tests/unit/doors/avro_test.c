// SPDX-License-Identifier: Apache-2.0
// Documents through Avro and back, by the project's own schemas. What we write is also read by avro-c, which
// shares no code with our reader and writer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <avro.h>

#include "base/clock.h"
#include "doors/avro.h"
#include "doors/json.h"

#define SCHEMAS SOURCE_DIR "/schemas/avro"

static struct avro_catalogue *catalogue;
static struct arena *arena;

static int open_all(void **state)
{
    (void)state;
    struct error error = { 0 };
    arena = arena_open(64 * 1024 * 1024);
    catalogue = avro_open(SCHEMAS, &error);
    if (!catalogue)
        fprintf(stderr, "%s\n", error.message);
    return catalogue ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    avro_close(catalogue);
    arena_close(arena);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    arena_reset(arena);
    return 0;
}

static const char *json_of(const struct document *document)
{
    struct text text = text_in(arena);
    json_write(document, &text);
    text_append_char(&text, '\0');
    return text.data;
}

// An order as a map would make it: texts only.
static const char order_json[] =
    "{\"$type\":\"PurchaseOrder\",\"account\":\"4711\",\"order_number\":\"PO-1\",\"currency\":\"EUR\","
    "\"ordered_at\":\"2026-11-24T13:10:38.5Z\",\"requested_date\":\"2026-12-01\",\"total\":\"-12.5\","
    "\"lines\":[{\"number\":\"1\",\"quantity\":\"3\",\"unit_price\":\"0.0001\"},"
    "{\"number\":\"2\",\"quantity\":\"999999999999\",\"gtin\":\"00012345678905\"}],\"note\":"
    "\"Gr\xC3\xBC\xC3\x9F"
    "e\"}";

static struct document *conformed(const char *json)
{
    struct error error = { 0 };
    struct document *document;
    assert_true(json_read(slice_of(json), arena, &document, &error));
    struct findings findings = { .arena = arena };
    bool valid = avro_conform(catalogue, document->type, document, arena, &findings);
    for (size_t i = 0; i < findings.count; i++)
        fprintf(stderr, "%.*s: %.*s\n", SLICE_ARGS(findings.items[i].where),
                SLICE_ARGS(findings.items[i].text));
    assert_true(valid);
    return document;
}

static struct slice encoded(const struct document *document)
{
    struct error error = { 0 };
    struct slice bytes;
    char text[900];
    if (!avro_encode(catalogue, "inbound", document, arena, &bytes, &error))
        fail_msg("%s", error_text(&error, text, sizeof text));
    // A copy of just this size, so that the sanitizer sees a read beyond it.
    struct slice exact = { arena_take(arena, bytes.size), bytes.size };
    memcpy((char *)(uintptr_t)exact.data, bytes.data, bytes.size);
    return exact;
}

static void comes_back_as_it_went(void **state)
{
    (void)state;
    struct document *want = conformed(order_json), *got;
    struct error error = { 0 };
    assert_true(avro_decode(catalogue, "inbound", encoded(want), arena, &got, &error));
    assert_string_equal(json_of(got), json_of(want));
    assert_string_equal(got->type, "PurchaseOrder");
    int64_t total = 0;
    assert_true(document_decimal(got, "total", 4, &total));
    assert_int_equal(total, -125000);
    int32_t day = 0;
    assert_true(document_date(got, "requested_date", &day));
    assert_int_equal(day, date_from_civil(2026, 12, 1));
    assert_null(document_get(document_items(got, "lines"), "requested_date"));
    assert_string_equal(document_items(got, "lines")->type, "PurchaseOrderLine");
}

// Names belong to the catalogue, not to the document that was read.
static void names_outlive_the_arena(void **state)
{
    (void)state;
    struct document *got;
    struct error error = { 0 };
    assert_true(avro_decode(catalogue, "inbound", encoded(conformed(order_json)), arena, &got, &error));
    const char *type = got->type, *field = got->first->name;
    arena_reset(arena);
    assert_string_equal(type, "PurchaseOrder");
    assert_string_equal(field, "account");
}

static void avro_c_reads_what_we_write(void **state)
{
    (void)state;
    struct slice bytes = encoded(conformed(order_json));
    FILE *file = fopen(SCHEMAS "/PurchaseOrder.avsc", "re");
    assert_non_null(file);
    char json[32768];
    size_t size = fread(json, 1, sizeof json, file);
    fclose(file);
    avro_schema_t schema;
    assert_int_equal(avro_schema_from_json_length(json, size, &schema), 0);
    avro_value_iface_t *class = avro_generic_class_from_schema(schema);
    avro_value_t value, field, line, item;
    avro_generic_value_new(class, &value);
    avro_reader_t reader = avro_reader_memory(bytes.data + 10, (int64_t)bytes.size - 10);
    assert_int_equal(avro_value_read(reader, &value), 0);
    const char *text;
    const void *raw;
    int64_t instant = 0;
    avro_value_get_by_name(&value, "note", &field, NULL);
    avro_value_get_string(&field, &text, &size);
    assert_string_equal(text, "Gr\xC3\xBC\xC3\x9F"
                              "e");
    avro_value_get_by_name(&value, "ordered_at", &field, NULL);
    avro_value_get_long(&field, &instant);
    assert_int_equal(instant, INT64_C(1795525838500000));
    avro_value_get_by_name(&value, "total", &field, NULL);
    avro_value_get_current_branch(&field, &item);
    avro_value_get_bytes(&item, &raw, &size);
    assert_int_equal(size, 3); // -125000 needs three bytes: FE 17 B8
    assert_memory_equal(raw, "\xFE\x17\xB8", 3);
    avro_value_get_by_name(&value, "lines", &field, NULL);
    avro_value_get_size(&field, &size);
    assert_int_equal(size, 2);
    avro_value_get_by_index(&field, 1, &line, NULL);
    avro_value_get_by_name(&line, "gtin", &item, NULL);
    avro_value_get_string(&item, &text, &size);
    assert_string_equal(text, "00012345678905");
    // All bytes were used: one more cannot be read.
    char byte;
    assert_int_not_equal(avro_read(reader, &byte, 1), 0);
    avro_reader_free(reader);
    avro_value_decref(&value);
    avro_value_iface_decref(class);
    avro_schema_decref(schema);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct slice whole = encoded(conformed(order_json));
    for (size_t size = 0; size < whole.size; size++) {
        struct error error = { 0 };
        struct document *got;
        char *cut =
            malloc(size ? size : 1); // an allocation of just this size, so that ASan sees a read beyond
        memcpy(cut, whole.data, size);
        assert_false(avro_decode(catalogue, "inbound", (struct slice){ cut, size }, arena, &got, &error));
        assert_int_equal(error.kind, ERROR_INVALID);
        assert_true(error.at.byte >= 1 && error.at.byte <= size + 1);
        free(cut);
    }
}

// Each byte changed in each way that has trouble in it: nothing may crash, and errors must say where.
static void every_damage_is_survived(void **state)
{
    (void)state;
    struct slice whole = encoded(conformed(order_json));
    static const unsigned char values[] = { 0x00, 0x01, 0x02, 0x7F, 0x80, 0xFE, 0xFF };
    char *damaged = malloc(whole.size);
    size_t refused = 0;
    for (size_t i = 0; i < whole.size; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            struct error error = { 0 };
            struct document *got;
            memcpy(damaged, whole.data, whole.size);
            damaged[i] = (char)values[v];
            struct slice bytes = { damaged, whole.size };
            if (avro_decode(catalogue, "inbound", bytes, arena, &got, &error))
                continue;
            refused++;
            assert_int_equal(error.kind, ERROR_INVALID);
        }
    free(damaged);
    assert_true(refused > whole.size);
}

static void left_over_bytes_are_refused(void **state)
{
    (void)state;
    struct slice whole = encoded(conformed(order_json));
    struct error error = { 0 };
    struct document *got;
    char *longer = arena_take(arena, whole.size + 1);
    memcpy(longer, whole.data, whole.size);
    struct slice bytes = { longer, whole.size + 1 };
    assert_false(avro_decode(catalogue, "inbound", bytes, arena, &got, &error));
    assert_non_null(strstr(error.message, "1 bytes are left over"));
    assert_int_equal(error.at.byte, whole.size + 1);
}

static void bad_frames_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct slice bytes;
        const char *want;
    } cases[] = {
        { "nothing", { "", 0 }, "no Avro record" },
        { "JSON", { "{\"account\":1}", 13 }, "no Avro record" },
        { "marker only", { "\xC3\x01", 2 }, "no Avro record" },
        { "fingerprint",
          { "\xC3\x01\x01\x02\x03\x04\x05\x06\x07\x08", 10 },
          "unknown schema fingerprint 0807060504030201" },
        { "id", { "\x00\x00\x00\x00\x07\x00", 6 }, "schema id 7 cannot be looked up" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = { 0 };
        struct document *got;
        assert_false(avro_decode(catalogue, "inbound", cases[i].bytes, arena, &got, &error));
        if (!strstr(error.message, cases[i].want))
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, error.message, cases[i].want);
        assert_int_equal(error.kind, ERROR_INVALID);
    }
}

static void bodies_without_sense_are_refused(void **state)
{
    (void)state;
    // AccountReview is three texts: account, cause, reference.
    static const struct {
        const char *name;
        struct slice body;
        const char *want;
    } cases[] = {
        { "negative length", SLICE("\x01"), "length -1 is negative" },
        { "huge length", SLICE("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), "wanted but" },
        { "65 bits", SLICE("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x03"), "more than 64 bits" },
        { "endless number", SLICE("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), "more than 64 bits" },
        { "Latin-1",
          SLICE("\x04"
                "a\xE9"
                "\x00\x00"),
          "byte E9 at its place 2" },
        { "surrogate", SLICE("\x06\xED\xA0\x80\x00\x00"), "not UTF-8" },
        { "long form", SLICE("\x04\xC0\x80\x00\x00"), "not UTF-8" },
        { "NUL",
          SLICE("\x04"
                "a\x00"
                "\x00\x00"),
          "U+0000" },
    };
    struct error error = { 0 };
    struct slice frame;
    struct document *review = document_record(arena, "AccountReview");
    document_add_text(arena, review, "account", SLICE("1"));
    document_add_text(arena, review, "cause", SLICE("credit"));
    assert_true(avro_encode(catalogue, "erp", review, arena, &frame, &error));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char bytes[64];
        struct document *got;
        error_clear(&error);
        memcpy(bytes, frame.data, 10);
        memcpy(bytes + 10, cases[i].body.data, cases[i].body.size);
        assert_false(avro_decode(catalogue, "erp", (struct slice){ bytes, 10 + cases[i].body.size }, arena,
                                 &got, &error));
        if (!strstr(error.message, cases[i].want) || !strstr(error.message, "AccountReview.account"))
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, error.message, cases[i].want);
    }
}

static void a_bytes_default_is_a_decimal(void **state)
{
    (void)state;
    struct document *price =
        conformed("{\"$type\":\"Price\",\"product\":\"A\",\"currency\":\"EUR\",\"unit\":\"PCE\","
                  "\"valid_from\":\"2026-01-01\",\"scales\":[]}");
    const struct document *basis = document_get(price, "price_basis");
    assert_int_equal(basis->kind, DOCUMENT_DECIMAL);
    assert_int_equal(basis->integer, 1000000);
    assert_int_equal(basis->scale, 6);
    // The writer fills it in by itself, too.
    struct document *bare = document_record(arena, "Price"), *got;
    document_add_text(arena, bare, "product", SLICE("A"));
    document_add_text(arena, bare, "currency", SLICE("EUR"));
    document_add_text(arena, bare, "unit", SLICE("PCE"));
    document_add_date(arena, bare, "valid_from", date_from_civil(2026, 1, 1));
    document_add_list(arena, bare, "scales");
    struct error error = { 0 };
    assert_true(avro_decode(catalogue, "erp", encoded(bare), arena, &got, &error));
    assert_string_equal(json_of(got), json_of(price));
}

static void wrong_documents_are_not_written(void **state)
{
    (void)state;
    static const struct {
        const char *name, *field, *want;
        enum document_kind kind;
        int64_t integer;
    } cases[] = {
        { "unknown field", "colour", "PurchaseOrder.colour: the schema has no such field", DOCUMENT_TEXT, 0 },
        { "wrong kind", "note", "PurchaseOrder.note: the schema wants string", DOCUMENT_INTEGER, 7 },
        { "32 bits", "version", "PurchaseOrder.version: number 2147483648 does not fit", DOCUMENT_INTEGER,
          2147483648 },
        { "null", "note", "PurchaseOrder.note: the schema wants string, but the document has null",
          DOCUMENT_NULL, 0 },
        { "19 digits", "total", "does not fit decimal(18,4)", DOCUMENT_INTEGER, 100000000000000 },
        { "20 digits", "total", "does not fit decimal(18,4)", DOCUMENT_INTEGER, 1000000000000000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document *order = document_record(arena, "PurchaseOrder"),
                        *value = ARENA_NEW(arena, struct document);
        document_add_text(arena, order, "account", SLICE("1"));
        document_add_text(arena, order, "order_number", SLICE("2"));
        document_add_instant(arena, order, "ordered_at", 0);
        document_add_text(arena, order, "currency", SLICE("EUR"));
        document_add_list(arena, order, "lines");
        value->kind = cases[i].kind;
        value->integer = cases[i].integer;
        document_add(order, cases[i].field, value);
        struct error error = { 0 };
        struct slice bytes;
        assert_false(avro_encode(catalogue, "inbound", order, arena, &bytes, &error));
        assert_int_equal(error.kind, ERROR_INTERNAL);
        if (!strstr(error.message, cases[i].want))
            fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name, error.message, cases[i].want);
    }
    struct error error = { 0 };
    struct slice bytes;
    assert_false(
        avro_encode(catalogue, "inbound", document_record(arena, "PurchaseOrder"), arena, &bytes, &error));
    assert_non_null(strstr(error.message, "PurchaseOrder.account: the field is absent and has no default"));
    error_clear(&error);
    assert_false(avro_encode(catalogue, "inbound", document_record(arena, "Nothing"), arena, &bytes, &error));
    assert_non_null(strstr(error.message, "\"Nothing\""));
}

static void all_findings_are_collected(void **state)
{
    (void)state;
    struct error error = { 0 };
    struct document *document;
    const char *json =
        "{\"account\":\"1\",\"currency\":\"EUR\",\"ordered_at\":\"yesterday\",\"colour\":\"red\","
        "\"total\":\"1.23456\",\"version\":\"2147483648\",\"test\":\"maybe\",\"note\":null,"
        "\"requested_date\":\"2026-02-30\",\"lines\":[{\"number\":\"1\",\"quantity\":\"1\"},"
        "{\"number\":\"2\",\"quantity\":\"many\"}]}";
    static const char *const want[][2] = {
        { "order_number", "required, but missing" },
        { "version", "\"2147483648\" is not a whole number within 32 bits (int)" },
        { "ordered_at", "\"yesterday\" is not a time like" },
        { "requested_date", "\"2026-02-30\" is not a date" },
        { "total", "\"1.23456\" is not a decimal number with at most 4 places (decimal(18,4))" },
        { "note", "a text is wanted here" },
        { "test", "\"maybe\" is not true or false" },
        { "lines[2].quantity", "\"many\" is not a decimal number" },
        { "colour", "has no such field" },
    };
    assert_true(json_read(slice_of(json), arena, &document, &error));
    struct findings findings = { .arena = arena };
    assert_false(avro_conform(catalogue, "PurchaseOrder", document, arena, &findings));
    for (size_t i = 0; i < findings.count && i < sizeof want / sizeof *want; i++) {
        struct slice where = findings.items[i].where, text = findings.items[i].text;
        if (!slice_is(where, want[i][0]) || !memmem(text.data, text.size, want[i][1], strlen(want[i][1])))
            fail_msg("got %.*s: %.*s, want %s: %s", SLICE_ARGS(where), SLICE_ARGS(text), want[i][0],
                     want[i][1]);
    }
    assert_int_equal(findings.count, sizeof want / sizeof *want);
}

static void times_have_a_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        { "0001-01-01T00:00:00Z", true },
        { "0001-01-01T00:00:00+01:00", false },
        { "9999-12-31T23:59:59.999999Z", true },
        { "9999-12-31T23:59:59-01:00", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct document *decision = document_record(arena, "ApprovalDecision");
        static const char *const texts[] = { "account", "order_id", "decision", "actor" };
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            document_add_text(arena, decision, texts[t], SLICE("x"));
        document_add_text(arena, decision, "decided_at", slice_of(cases[i].text));
        struct findings findings = { .arena = arena };
        bool got = avro_conform(catalogue, "ApprovalDecision", decision, arena, &findings);
        if (got != cases[i].want)
            fail_msg("%s: got %d, want %d", cases[i].text, got, cases[i].want);
    }
}

static void fields_are_found_by_path(void **state)
{
    (void)state;
    static const struct {
        const char *type, *path;
        bool want;
    } cases[] = {
        { "PurchaseOrder", "account", true },    { "PurchaseOrder", "lines.quantity", true },
        { "PurchaseOrder", "lines", true },      { "PurchaseOrder", "lines.colour", false },
        { "PurchaseOrder", "account.x", false }, { "PurchaseOrder", "", false },
        { "PurchaseOrder", "total", true },      { "Nothing", "account", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (avro_has_field(catalogue, cases[i].type, slice_of(cases[i].path)) != cases[i].want)
            fail_msg("%s %s: want %d", cases[i].type, cases[i].path, cases[i].want);
}

static void broken_folders_are_refused(void **state)
{
    (void)state;
    struct error error = { 0 };
    assert_null(avro_open(SOURCE_DIR "/no-such-folder", &error));
    assert_non_null(strstr(error.message, "cannot read schema folder"));
    error_clear(&error);
    assert_null(avro_open(SOURCE_DIR "/tests/unit/doors", &error));
    assert_non_null(strstr(error.message, "has no .avsc file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(comes_back_as_it_went, reset),
        cmocka_unit_test_setup(names_outlive_the_arena, reset),
        cmocka_unit_test_setup(avro_c_reads_what_we_write, reset),
        cmocka_unit_test_setup(every_cut_is_refused, reset),
        cmocka_unit_test_setup(every_damage_is_survived, reset),
        cmocka_unit_test_setup(left_over_bytes_are_refused, reset),
        cmocka_unit_test_setup(bad_frames_are_refused, reset),
        cmocka_unit_test_setup(bodies_without_sense_are_refused, reset),
        cmocka_unit_test_setup(a_bytes_default_is_a_decimal, reset),
        cmocka_unit_test_setup(wrong_documents_are_not_written, reset),
        cmocka_unit_test_setup(all_findings_are_collected, reset),
        cmocka_unit_test_setup(times_have_a_range, reset),
        cmocka_unit_test_setup(fields_are_found_by_path, reset),
        cmocka_unit_test_setup(broken_folders_are_refused, reset),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

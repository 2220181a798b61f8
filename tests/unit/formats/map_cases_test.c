// SPDX-License-Identifier: Apache-2.0
// Messages and the documents that the maps make of them: tests/cases/maps/*.case. A case is
//     # what it shows
//     partner NAME            (optional)
//     --- message
//     ...
//     --- documents
//     a line of JSON each, as `comptoirctl edi to-json` and `cxml to-json` print them, without what gateways
//     add
//     --- findings
//     a line each, without the file's name
#include <glob.h>

#include "base/text.h"
#include "doors/avro.h"
#include "doors/json.h"
#include "formats/cxml/cxml.h"
#include "formats/edifact/check.h"
#include "unit/file_testing.h"
#include "unit/formats/maps_testing.h"

enum { LEAST_CASES = 17 };

struct test_case {
    struct slice partner, message, documents, findings;
};

struct result {
    struct text documents, findings;
    struct arena *arena;
};

// What stands between the line "--- name" and the next such line.
static struct slice section(struct slice text, const char *name)
{
    char mark[64];
    int size = snprintf(mark, sizeof mark, "--- %s\n", name);
    const char *begin = memmem(text.data, text.size, mark, (size_t)size);
    if (!begin)
        return (struct slice){ 0 };
    begin += size;
    size_t left = (size_t)(text.data + text.size - begin);
    const char *end = left >= 4 && memcmp(begin, "--- ", 4) == 0 ? begin : memmem(begin, left, "\n--- ", 5);
    return (struct slice){ begin, !end ? left : end == begin ? 0 : (size_t)(end - begin) + 1 };
}

static struct test_case read_case(struct arena *arena, const char *path)
{
    struct slice text = read_bytes(arena, path), rest = text;
    struct test_case read = {
        .message = section(text, "message"),
        .documents = section(text, "documents"),
        .findings = section(text, "findings"),
    };
    while (rest.size && !slice_starts(rest, "---")) {
        struct slice line = slice_cut(&rest, '\n');
        if (slice_starts(line, "partner "))
            read.partner = slice_trim((struct slice){ line.data + 8, line.size - 8 });
    }
    return read;
}

static void show_findings(struct result *result, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct text line = text_in(result->arena);
        finding_print(&findings->items[i], "", &line);
        text_printf(&result->findings, "%.*s\n", (int)line.size - 1, line.data + 1);
    }
}

static void finish(struct result *result, struct document *document, struct findings *findings)
{
    document_add_text(result->arena, document, "account", SLICE("A"));
    if (!avro_conform(maps_schemas(maps), document->type, document, result->arena, findings))
        return;
    json_write(document, &result->documents);
    text_append_char(&result->documents, '\n');
}

static void translate(struct result *result, const char *kind, const char *directory,
                      const struct partner *partner, struct map_message message, struct findings *findings)
{
    const struct map *map = maps_find(maps, kind, directory, partner);
    struct document *document;
    assert_non_null(map);
    if (map_read(map, message, result->arena, &document, findings))
        finish(result, document, findings);
}

static void run_cxml(struct result *result, const struct test_case *test, const struct partner *partner)
{
    struct cxml_envelope envelope;
    struct error error = { 0 };
    struct findings findings = { .arena = result->arena };
    if (!cxml_read(test->message, result->arena, &envelope, &error))
        findings_add(&findings, FINDING_ERROR, &error.at, (struct slice){ 0 }, 406, "%s", error.message);
    else if (cxml_check(&envelope, &findings))
        translate(result, cxml_message_name(&envelope, result->arena), "", partner,
                  (struct map_message){ .tree = envelope.root }, &findings);
    show_findings(result, &findings);
}

static void run_edifact(struct result *result, const struct test_case *test, const struct partner *partner)
{
    // The checker's warnings are its own tests' affair.
    struct edifact_tolerances tolerances = edifact_default_tolerances;
    tolerances.codes = tolerances.units = tolerances.totals = tolerances.characters = EDIFACT_ACCEPT;
    struct edifact_reader *reader = edifact_open(test->message, "case");
    struct edifact_check *check = edifact_check_open(maps_directories(maps), &tolerances);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct findings findings = { .arena = result->arena };
        struct edifact_placed placed;
        edifact_check_unit(check, &unit, result->arena, &findings, &placed);
        if (placed.unit && findings.errors == 0) {
            const struct edifact_message_result *message = edifact_check_message(check);
            translate(result, arena_string(result->arena, message->type),
                      arena_printf(result->arena, "%.*s%.*s", SLICE_ARGS(message->version),
                                   SLICE_ARGS(message->release))
                          .data,
                      partner, (struct map_message){ .placed = &placed }, &findings);
        }
        show_findings(result, &findings);
    }
    edifact_check_close(check);
    edifact_close(reader);
}

static bool same(const char *path, const char *what, const struct text *got, struct slice want)
{
    if (slice_equal(text_slice(got), want))
        return true;
    print_error("%s: %s: got\n%.*swant\n%.*s", path, what, SLICE_ARGS(text_slice(got)), SLICE_ARGS(want));
    return false;
}

static bool run_case(const char *path)
{
    struct arena *arena = arena_open(64 << 20);
    struct test_case test = read_case(arena, path);
    const struct partner *partner = test.partner.size ? maps_partner_named(maps, test.partner) : NULL;
    struct result result = { .documents = text_in(arena), .findings = text_in(arena), .arena = arena };
    assert_true(test.message.size > 0);
    assert_int_equal(partner != NULL, test.partner.size > 0);
    if (slice_starts(slice_trim(test.message), "<"))
        run_cxml(&result, &test, partner);
    else
        run_edifact(&result, &test, partner);
    // Both are compared, so that both differences are shown.
    bool documents = same(path, "documents", &result.documents, test.documents);
    bool findings = same(path, "findings", &result.findings, test.findings);
    bool good = documents && findings;
    arena_close(arena);
    return good;
}

static void reads_cases(void **state)
{
    glob_t found;
    (void)state;
    assert_int_equal(glob(SOURCE_DIR "/tests/cases/maps/*.case", 0, NULL, &found), 0);
    bool good = true;
    for (size_t i = 0; i < found.gl_pathc; i++)
        good &= run_case(found.gl_pathv[i]);
    assert_true(found.gl_pathc >= LEAST_CASES);
    globfree(&found);
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads_cases) };
    return cmocka_run_group_tests(tests, load_maps, free_maps);
}

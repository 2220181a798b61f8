// SPDX-License-Identifier: Apache-2.0
// A collection of other people's cXML beside the project, where it is there: whole new orders become
// documents, everything else is refused with a message.
#include <glob.h>

#include "base/text.h"
#include "doors/avro.h"
#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"
#include "formats/map.h"
#include "unit/file_testing.h"

static struct maps *maps;

// A new order with all that an order consists of, however it is filled.
static bool is_whole(const struct cxml_envelope *envelope)
{
    const struct node *header = cxml_child(envelope->payload, "OrderRequestHeader");
    struct slice type = cxml_text(header, "type");
    return slice_is(envelope->kind, "OrderRequest") && header && (type.size == 0 || slice_is(type, "new")) &&
           cxml_child(envelope->payload, "ItemOut") && envelope->from.count && envelope->to.count &&
           envelope->sender.count;
}

static bool translate(const struct cxml_envelope *envelope, struct arena *arena, struct findings *findings)
{
    struct document *document;
    struct slice text;
    if (!envelope->payload || cxml_unsupported(envelope, arena, &text)) {
        findings_add(findings, FINDING_ERROR, NULL, (struct slice){ 0 }, 450, "%.*s", SLICE_ARGS(text));
        return false;
    }
    if (!cxml_check(envelope, findings) ||
        !map_read(maps_find(maps, "cxml/OrderRequest", "", NULL),
                  (struct map_message){ .tree = envelope->root }, arena, &document, findings))
        return false;
    document_add_text(arena, document, "account", SLICE("A"));
    return avro_conform(maps_schemas(maps), "PurchaseOrder", document, arena, findings);
}

// True where the outcome is the one that is due.
static bool try_file(const char *path, size_t *orders)
{
    struct arena *arena = arena_open(64 << 20);
    struct cxml_envelope envelope;
    struct error error = { 0 };
    struct findings findings = { .arena = arena };
    bool good;
    if (!cxml_read(read_bytes(arena, path), arena, &envelope, &error)) {
        good = error.message[0] != '\0';
    } else {
        bool whole = is_whole(&envelope), translated = translate(&envelope, arena, &findings);
        *orders += translated;
        good = translated == whole && (translated || findings.errors > 0);
    }
    if (!good) {
        struct text text = text_in(arena);
        for (size_t i = 0; i < findings.count; i++) {
            finding_print(&findings.items[i], path, &text);
            text_append_char(&text, '\n');
        }
        print_error("%s: not as it should be\n%.*s", path, SLICE_ARGS(text_slice(&text)));
    }
    arena_close(arena);
    return good;
}

static void takes_whole_orders(void **state)
{
    (void)state;
    struct error error = { 0 };
    glob_t found;
    if (glob(SOURCE_DIR "/../shared/samples/cxml/*.xml", 0, NULL, &found) != 0) {
        print_message("skipped: there is no folder ../shared/samples/cxml\n");
        skip();
    }
    maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error);
    assert_non_null(maps);
    bool good = true;
    size_t orders = 0;
    for (size_t i = 0; i < found.gl_pathc; i++)
        good &= try_file(found.gl_pathv[i], &orders);
    print_message("%zu files, %zu orders among them\n", found.gl_pathc, orders);
    globfree(&found);
    maps_free(maps);
    assert_true(good);
    assert_true(orders > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(takes_whole_orders) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Whatever arrives as cXML: read, checked, and, where it is an order, written and read again.
#include <stdlib.h>

#include "doors/xml.h"
#include "formats/cxml/cxml.h"
#include "maps_fuzzing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open(256 << 20);
    struct cxml_envelope envelope;
    struct error error = { 0 };
    struct findings findings = { .arena = arena };
    struct slice text;
    struct document *document = NULL;
    const char *const secrets[2] = { "a", "b" };
    if (cxml_read((struct slice){ (const char *)data, size }, arena, &envelope, &error)) {
        cxml_authentic(&envelope, secrets, 0, arena, &error);
        if (envelope.payload)
            cxml_unsupported(&envelope, arena, &text);
        cxml_check(&envelope, &findings);
        map_read(maps_find(maps, "cxml/OrderRequest", "", maps_partner_named(maps, SLICE("example-cxml"))),
                 (struct map_message){ .tree = envelope.root }, arena, &document, &findings);
        // What we write, we can read.
        struct xml_document again;
        error_clear(&error);
        if (!xml_read(xml_write(envelope.root, (struct slice){ 0 }, arena), NULL, arena, &again, &error))
            abort();
    }
    arena_close(arena);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Catalogues on demand. A request is answered by one document of at most catalogue.lines_max products; where more
// follow, the stage asks itself for the next one, so that no batch ever holds a whole assortment.
#pragma once

#include "handlers/trade.h"

struct catalogue {
    struct item *item;
    int64_t id; // input position of the first request
    int32_t page;
    struct slice account_number, after;
    const struct account *account; // NULL where unknown
    // One line a product, for the stages that find products and prices; only asked about.
    struct order *asked;
    bool more;       // products follow behind the last line that is told
    size_t told;     // lines of `asked` that the document has come to
    size_t products; // that it tells of
    bool made;
};

struct catalogues {
    struct catalogue *catalogues;
    size_t count;
};

// The products of the page and their buyer's numbers, as lines of `asked`. The account has been read.
bool catalogue_page_read(struct batch *batch, struct catalogue *catalogue, int64_t lines_max, struct db *db,
                         struct error *error);
// The Catalogue. It ends before it gets too large for a topic, and says in `told` and `more` how far it has come.
struct document *catalogue_document(struct arena *arena, const struct trade *trade,
                                    struct catalogue *catalogue, int64_t now_us);

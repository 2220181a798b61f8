// SPDX-License-Identifier: Apache-2.0
// The pages that people see behind a link of a mail, in English or French. Part of links.c.
#pragma once

#include "gateways/link.h"

enum links_page {
    PAGE_ASK,      // the order, a remark, two buttons; nothing is decided by opening it
    PAGE_TAKEN,    // the decision is on its way
    PAGE_REPEATED, // it was given before
    PAGE_CONTRARY, // another one was given before by the same person
    PAGE_EXPIRED,  // the link is too old
    PAGE_INVALID,  // the link was not made here, or was cut
    PAGE_LATER,    // the database does not answer
    PAGE_COUNT
};

// HTML in UTF-8. `link` may be NULL for PAGE_INVALID; `chosen` ("approve", "reject") is the button that comes first.
struct slice links_page(struct arena *arena, enum links_page page, const struct link *link,
                        struct slice chosen);

// SPDX-License-Identifier: Apache-2.0
// Requests for quotes by hand.
#pragma once

#include "fixture.h"
#include "handlers/price/quote.h"

static inline struct document *quote_request(struct arena *arena, const char *account, const char *number)
{
    struct document *document = document_record(arena, "QuoteRequest");
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, "request_number", slice_of(number));
    document_add_instant(arena, document, "requested_at",
                         INT64_C(86400000000) * date_from_civil(2026, 6, 15));
    document_add_list(arena, document, "lines");
    return document;
}

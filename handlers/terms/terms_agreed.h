// SPDX-License-Identifier: Apache-2.0
// Terms of payment as agreed with an order, what they make due, and how documents tell it.
#pragma once

#include "handlers/fulfil/fulfil.h"
#include "handlers/terms/terms.h"

// Whose terms they are; the first one that is there counts.
enum terms_level { TERMS_OF_ORDER, TERMS_OF_CONTRACT, TERMS_OF_ACCOUNT, TERMS_OF_DEFAULT, TERMS_LEVEL_COUNT };
const char *terms_level_name(enum terms_level level); // "order", "contract", "account", "default"
bool terms_level_parse(struct slice text, enum terms_level *level);

struct agreed_terms {
    struct terms terms;
    enum terms_level level;
    bool stored;
    struct due dues[TERMS_PARTS_MAX]; // of the order's total, from the day of the order
};

// A part of what an invoice makes due; several orders with several terms may be in one invoice.
enum { INVOICE_DUES_MAX = TERMS_PARTS_MAX };
struct invoice_due {
    const struct terms_part *part; // NULL where the ERP has stated the date, or parts were put together
    int32_t date;
    int64_t amount;
};
struct invoice_plan {
    const struct agreed_terms *terms; // of the first order that has any; NULL for none
    struct invoice_due dues[INVOICE_DUES_MAX];
    size_t due_count; // 0 where nothing was agreed and the ERP states no date
};

// After the stage's gather, before its decide: false where the order's terms cannot come to be prepaid.
bool terms_may_be_prepaid(const struct trade *trade, const struct order *order);

// Reads what was agreed with the orders of invoices, and when their goods left; under the account's lock.
bool terms_load_known(struct batch *batch, struct known_order **orders, size_t count, struct db *db,
                      struct error *error);
// What the invoice makes due. The ERP's date goes before the terms; where it has none, the fact gets the last day.
void terms_plan_invoice(struct batch *batch, struct fulfil_fact *fact);
bool terms_store_invoices(struct batch *batch, struct db *db, struct error *error);

// Adds payment_terms, payment_form, payment_text, dues and discounts.
void terms_tell_order(struct arena *arena, struct document *document, const struct order *order);
void terms_tell_invoice(struct arena *arena, struct document *document, const struct fulfil_fact *fact);

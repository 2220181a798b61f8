// SPDX-License-Identifier: Apache-2.0
#include "ctl/kinds.h"

#include <string.h>

#include "base/text.h"

static const struct kind kinds[] = {
    { "PurchaseOrder", TOPIC_INBOUND, "account" },
    { "OrderChange", TOPIC_INBOUND, "account" },
    { "ApprovalDecision", TOPIC_INBOUND, "account" },
    { "QuoteRequest", TOPIC_INBOUND, "account" },
    { "OrderStatusRequest", TOPIC_INBOUND, "account" },
    { "CatalogueRequest", TOPIC_INBOUND, "account" },
    { "PartyInformation", TOPIC_INBOUND, "account" },
    { "PartyAnnouncement", TOPIC_ERP, "account" },
    { "AccountReview", TOPIC_INBOUND, "account" },
    { "Account", TOPIC_ERP, "account" },
    { "User", TOPIC_ERP, "account" },
    { "Unit", TOPIC_ERP, "account" },
    { "Rights", TOPIC_ERP, "account" },
    { "CostCentre", TOPIC_ERP, "account" },
    { "Delegation", TOPIC_ERP, "account" },
    { "Vetting", TOPIC_ERP, "account" },
    { "VettingCheck", TOPIC_ERP, "account" },
    { "Payment", TOPIC_ERP, "account" },
    { "CreditTerms", TOPIC_ERP, "account" },
    { "CreditNote", TOPIC_ERP, "account" },
    { "InvoiceDispute", TOPIC_ERP, "account" },
    { "Shipment", TOPIC_ERP, "account" },
    { "Invoice", TOPIC_ERP, "account" },
    { "ExchangeRate", TOPIC_ERP, "currency_from" },
    { "PaymentTerms", TOPIC_ERP, "account" },
    { "ApprovalCircuit", TOPIC_ERP, "account" },
    { "WorkingCalendar", TOPIC_ERP, "account" },
    { "Budget", TOPIC_ERP, "account" },
    { "BudgetTransfer", TOPIC_ERP, "account" },
    { "Product", TOPIC_ERP, "product" },
    { "Price", TOPIC_ERP, "product" },
    { "StockLevel", TOPIC_ERP, "product" },
};

const struct kind *kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (type && strcmp(kinds[i].type, type) == 0)
            return &kinds[i];
    return NULL;
}

const char *kinds_names(struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        text_printf(&text, "%s%s", i ? ", " : "", kinds[i].type);
    return arena_string(arena, text_slice(&text));
}

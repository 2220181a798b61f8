// SPDX-License-Identifier: Apache-2.0
#include "engine/carried.h"

const struct carried carried[] = {
    { TOPIC_INBOUND, "PurchaseOrder" },
    { TOPIC_INBOUND, "OrderChange" },
    { TOPIC_INBOUND, "ApprovalDecision" },
    { TOPIC_INBOUND, "ApprovalDue" },
    { TOPIC_INBOUND, "ApprovalDigest" },
    { TOPIC_INBOUND, "AccountReview" },
    { TOPIC_INBOUND, "ApprovalDigest" },
    { TOPIC_INBOUND, "FulfilmentNotice" },
    { TOPIC_INBOUND, "QuoteRequest" },
    { TOPIC_INBOUND, "OrderStatusRequest" },
    { TOPIC_INBOUND, "CatalogueRequest" },
    { TOPIC_INBOUND, "PartyInformation" },
    { TOPIC_ERP, "Account" },
    { TOPIC_ERP, "User" },
    { TOPIC_ERP, "Unit" },
    { TOPIC_ERP, "Rights" },
    { TOPIC_ERP, "CostCentre" },
    { TOPIC_ERP, "Delegation" },
    { TOPIC_ERP, "Vetting" },
    { TOPIC_ERP, "VettingCheck" },
    { TOPIC_ERP, "ApprovalCircuit" },
    { TOPIC_ERP, "WorkingCalendar" },
    { TOPIC_ERP, "Product" },
    { TOPIC_ERP, "Price" },
    { TOPIC_ERP, "StockLevel" },
    { TOPIC_ERP, "Payment" },
    { TOPIC_ERP, "CreditTerms" },
    { TOPIC_ERP, "CreditNote" },
    { TOPIC_ERP, "InvoiceDispute" },
    { TOPIC_ERP, "ExchangeRate" },
    { TOPIC_ERP, "PaymentTerms" },
    { TOPIC_ERP, "Budget" },
    { TOPIC_ERP, "BudgetTransfer" },
    { TOPIC_ERP, "Shipment" },
    { TOPIC_ERP, "Invoice" },
    { TOPIC_EVENTS, "OrderEvent" },
    { TOPIC_EVENTS, "AccountEvent" },
    { TOPIC_EVENTS, "InterchangeEvent" },
    { TOPIC_EVENTS, "ShipNotice" },
    { TOPIC_EVENTS, "InvoiceNotice" },
    { TOPIC_APPROVALS, "ApprovalTask" },
    { TOPIC_ACKNOWLEDGEMENTS, "OrderResponse" },
    { TOPIC_ACKNOWLEDGEMENTS, "OrderStatus" },
    { TOPIC_ERP, "PartyAnnouncement" },
    { TOPIC_EVENTS, "PartyInformation" },
    { TOPIC_ACKNOWLEDGEMENTS, "Acknowledgement" },
    { TOPIC_QUOTES, "Quotation" },
    { TOPIC_QUOTES, "Catalogue" },
    { TOPIC_STATUS, "Status" },
};
const size_t carried_count = sizeof carried / sizeof carried[0];

bool carried_on(const struct settings *settings, const char *topic, const char *type)
{
    for (size_t i = 0; i < carried_count; i++)
        if (strcmp(settings->topics[carried[i].topic], topic) == 0 && strcmp(carried[i].type, type) == 0)
            return true;
    return false;
}

static const struct carried_number numbers[] = {
    { "PurchaseOrder", { "order_number", "release", "version" }, "OrderResponse" },
    { "OrderChange", { "order_number", "release", "change_number" }, "OrderResponse" },
    { "QuoteRequest", { "request_number" }, "Quotation" },
};

const struct carried_number *carried_number(const char *type)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(numbers[i].type, type) == 0)
            return &numbers[i];
    return NULL;
}

// SPDX-License-Identifier: Apache-2.0
// The stages in order: the table of contents of the trade. To add a stage, write its file and add it here.
#include "handlers/stages.h"

// In this order rows are gathered, locked (accounts, then stock) and written. A payment's account is stored
// before exposure is booked on it; orders get their numbers of events before reservations quote them; shipped
// goods leave the stock before the room is reserved again.
static const struct stage *const stages[] = {
    &masterdata_stage,  // what the ERP says
    &company_stage,     // who is who at a customer's
    &vetting_doc_stage, // what accounts were checked for
    &credit_doc_stage,  // ... and about credit
    &circuit_stage,     // whom its company asks
    &terms_doc_stage,   // terms of payment
    &budget_doc_stage,  // budgets, and transfers between them
    &recall_stage,      // the orders concerned, and what came in before
    &change_stage,      // what the buyer wants otherwise
    &quote_stage,       // what goods would cost
    &enquiry_stage,     // how far orders are
    &catalogue_stage,   // what an account may buy
    &party_stage,       // who somebody's parties are
    &validate_stage,    // account, user, products, units, sums
    &credit_stage,      // the payer's limit
    &vetting_stage,     // what the account's state allows
    &rights_stage,      // what the user, his roles and his unit may order
    &terms_stage,       // when the buyer pays
    &fulfil_stage,      // what was shipped and billed
    &budget_stage,      // the company's budgets
    &digest_stage,      // what waits for whom
    &approval_stage,    // the circuit, or the user's limit and his approver
    &price_stage,       // the account's price or the list's
    &reserve_stage,     // from which stock
    &answer_stage,      // events, answers, rows
    &review_stage,      // who waits for what has changed
    NULL,
};

// Credit and approval decide on what the buyer states, and again on what it really costs. Before that, a change
// that cannot be is refused.
static const struct stage *const decisions[] = {
    &masterdata_stage,  // the ERP's facts
    &company_stage,     // who is who at a customer's
    &vetting_doc_stage, // what accounts were checked for
    &credit_doc_stage,  // ... and about credit
    &circuit_stage,     // whom its company asks
    &terms_doc_stage,   // terms of payment
    &budget_doc_stage,  // budgets, and transfers between them
    &fulfil_stage,      // shipments and invoices
    &quote_stage,       // requests for quotes
    &enquiry_stage,     // questions how far orders are
    &catalogue_stage,   // catalogues on demand
    &party_stage,       // information about parties
    &digest_stage,      // what waits for whom
    &recall_stage,      // what nobody has taken by now is parked
    &change_stage,      // a change that cannot be is refused
    &validate_stage,    // may they, and does it make sense
    &terms_stage,       // which terms apply
    &vetting_stage,     // may the account order
    &rights_stage,      // may the user order that
    &credit_stage,      // on what the buyer states
    &approval_stage,    // likewise
    &price_stage,       // what it costs
    &vetting_stage,     // may the account order for so much
    &rights_stage,      // may the user
    &budget_stage,      // is there money left for it
    &circuit_stage,     // what its company denies
    &change_stage,      // a change that was refused meanwhile
    &credit_stage,      // on what it costs
    &change_stage,      // a change that is too dear
    &approval_stage,    // on what it costs
    &change_stage,      // a change that nobody may approve
    &budget_stage,      // what was refused meanwhile is released
    &reserve_stage,     // from which stock
    &terms_stage,       // what is due when
    &answer_stage,      // who is told
    &review_stage,      // who looks again
    NULL,
};

static bool is(const struct document *document, const char *type)
{
    return document->type && strcmp(document->type, type) == 0;
}

// An order belongs to itself, a request for a quote or catalogue to its number; a change, a decision, a review, a notice or a
// question may touch any order of its account; what the ERP says touches no order.
static struct subject subject_of(const struct document *document, struct arena *arena)
{
    struct slice account = document_text(document, "account");
    if (is(document, "PurchaseOrder")) {
        struct slice number = document_text(document, "order_number"),
                     release = document_text(document, "release");
        return (struct subject){
            .account = account,
            .order = arena_printf(arena, "%.*s%c%.*s%c%lld", SLICE_ARGS(number), 0, SLICE_ARGS(release), 0,
                                  (long long)document_integer(document, "version", 1)),
        };
    }
    // Of two requests with one number the second must find the first one's rows.
    if (is(document, "QuoteRequest") || is(document, "CatalogueRequest"))
        return (struct subject){ .account = account,
                                 .order =
                                     arena_printf(arena, "%s%c%.*s", document->type, 0,
                                                  SLICE_ARGS(document_text(document, "request_number"))) };
    if (is(document, "PartyInformation") || is(document, "PartyAnnouncement"))
        return (struct subject){
            .account = account,
            .order = arena_printf(arena, "%s%c%.*s%.*s", document->type, 0,
                                  SLICE_ARGS(document_text(document, "message_number")),
                                  SLICE_ARGS(document_text(document, "announcement_number"))),
        };
    if (is(document, "OrderChange") || is(document, "ApprovalDecision") || is(document, "ApprovalDue") ||
        is(document, "AccountReview") || is(document, "FulfilmentNotice") ||
        is(document, "OrderStatusRequest"))
        return (struct subject){ .account = account };
    return (struct subject){ 0 };
}

const struct pipeline pipeline = {
    .stages = stages,
    .decisions = decisions,
    .subject = subject_of,
    .held = "SELECT count(*) FROM sales_order WHERE state = 1",
};

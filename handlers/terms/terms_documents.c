// SPDX-License-Identifier: Apache-2.0
// How documents tell terms of payment.
#include <assert.h>

#include "base/clock.h"
#include "handlers/money.h"
#include "handlers/terms/terms_agreed.h"

static const char *const level_names[TERMS_LEVEL_COUNT] = { "order", "contract", "account", "default" };

const char *terms_level_name(enum terms_level level)
{
    assert(level < TERMS_LEVEL_COUNT);
    return level_names[level];
}

bool terms_level_parse(struct slice text, enum terms_level *level)
{
    for (int i = 0; i < TERMS_LEVEL_COUNT; i++)
        if (slice_is(text, level_names[i])) {
            *level = (enum terms_level)i;
            return true;
        }
    return false;
}

static void add_money(struct arena *arena, struct document *document, int64_t minor, int exponent)
{
    int64_t decimal4 = 0;
    if (exponent >= 0)
        money_decimal4(minor, exponent, &decimal4);
    document_add_decimal(arena, document, "amount", decimal4, MONEY_SCALE);
}

// In one word what messages have codes for; NULL stands for a date that was stated.
static const char *kind_word(const struct terms_part *part)
{
    if (!part)
        return "fixed_date";
    if (part->kind != PART_BALANCE || part->percent != PERCENT_WHOLE)
        return part->kind == PART_DEPOSIT ? "deposit" : "instalment";
    return part->event == DUE_FROM_ORDER ? "deposit" : part->rule.month_end ? "end_of_month" : "basic";
}

static struct document *add_due(struct arena *arena, struct document *list, const struct terms_part *part)
{
    struct document *record = document_add_record(arena, list, NULL, "PaymentDue");
    document_add_text(arena, record, "kind", slice_of(kind_word(part)));
    document_add_decimal(arena, record, "percent", part ? part->percent : PERCENT_WHOLE, MONEY_SCALE);
    document_add_text(arena, record, "event", slice_of(part ? terms_event_name(part->event) : ""));
    document_add_integer(arena, record, "days", part ? part->rule.days : 0);
    return record;
}

static void add_terms(struct arena *arena, struct document *document, const struct agreed_terms *agreed)
{
    const struct terms *terms = agreed ? &agreed->terms : NULL;
    document_add_text(arena, document, "payment_terms", terms ? terms->id : SLICE(""));
    document_add_text(arena, document, "payment_form", slice_of(terms ? terms_form_name(terms->form) : ""));
    document_add_text(arena, document, "payment_text", terms ? terms_text(terms, arena) : SLICE(""));
}

static void add_discounts(struct arena *arena, struct document *document, const struct agreed_terms *agreed,
                          const int32_t *from, int64_t total, int exponent)
{
    struct document *list = document_add_list(arena, document, "discounts");
    for (size_t i = 0; agreed && i < agreed->terms.discount_count; i++) {
        const struct terms_discount *discount = &agreed->terms.discounts[i];
        struct document *record = document_add_record(arena, list, NULL, "DueDiscount");
        document_add_decimal(arena, record, "percent", discount->percent, MONEY_SCALE);
        document_add_integer(arena, record, "days", discount->days);
        if (from)
            document_add_date(arena, record, "until", *from + discount->days);
        add_money(arena, record, terms_discount_amount(discount->percent, total), exponent);
    }
}

void terms_tell_order(struct arena *arena, struct document *document, const struct order *order)
{
    const struct agreed_terms *agreed = order->terms;
    bool ended = order->next_state == ORDER_REJECTED || order->next_state == ORDER_CANCELLED;
    if (ended)
        agreed = NULL;
    add_terms(arena, document, agreed);
    struct document *list = document_add_list(arena, document, "dues");
    for (size_t i = 0; agreed && i < agreed->terms.part_count; i++) {
        const struct due *due = &agreed->dues[i];
        struct document *record = add_due(arena, list, &agreed->terms.parts[i]);
        if (due->dated)
            document_add_date(arena, record, "due_date", due->date);
        add_money(arena, record, due->amount, order->exponent);
    }
    add_discounts(arena, document, agreed, NULL, order->total > 0 ? order->total : 0, order->exponent);
}

void terms_tell_invoice(struct arena *arena, struct document *document, const struct fulfil_fact *fact)
{
    const struct invoice_plan *plan = fact->plan;
    int exponent = money_exponent(fact->currency);
    int32_t from = instant_date(fact->issued_at);
    add_terms(arena, document, plan ? plan->terms : NULL);
    struct document *list = document_add_list(arena, document, "dues");
    for (size_t i = 0; plan && i < plan->due_count; i++) {
        const struct invoice_due *due = &plan->dues[i];
        struct document *record = add_due(arena, list, due->part);
        document_add_date(arena, record, "due_date", due->date);
        // What was due before the invoice is due at once.
        document_add_integer(arena, record, "pay_days", due->date > from ? due->date - from : 0);
        add_money(arena, record, due->amount, exponent);
    }
    add_discounts(arena, document, plan ? plan->terms : NULL, &from, fact->gross, exponent);
}

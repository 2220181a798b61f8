// SPDX-License-Identifier: Apache-2.0
// Hand-made batches for the tests of the stages: facts and documents in memory, no database.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "handlers/company/company_facts.h"
#include "handlers/masterdata/facts.h"
#include "handlers/money.h"
#include "handlers/order/order_hash.h"
#include "handlers/stages.h"
#include "handlers/trade.h"

enum { FIXTURE_ITEMS = 64 };

struct fixture {
    struct arena *arena;
    struct batch batch;
    struct item items[FIXTURE_ITEMS];
    struct trade *trade;
};

static inline void fixture_open(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->arena = arena_open(64 << 20);
    fixture->trade = trade_new(fixture->arena);
    fixture->batch = (struct batch){ .arena = fixture->arena,
                                     .now_us = INT64_C(1790000000000000),
                                     .items = fixture->items,
                                     .trade = fixture->trade };
}

static inline void fixture_close(struct fixture *fixture)
{
    arena_close(fixture->arena);
}

static inline struct item *fixture_item(struct fixture *fixture, const struct document *document)
{
    assert_true(fixture->batch.item_count < FIXTURE_ITEMS);
    struct item *item = &fixture->items[fixture->batch.item_count];
    *item = (struct item){ .document = document,
                           .type = document->type,
                           .shard = 3,
                           .offset = 100 + (int64_t)fixture->batch.item_count };
    fixture->batch.item_count++;
    return item;
}

// A number in a test table: "12.5" at a scale.
static inline int64_t fixture_number(const char *text, uint8_t scale)
{
    int64_t value;
    assert_true(decimal_parse(slice_of(text), '.', scale, &value));
    return value;
}

static inline struct account *fixture_account(struct fixture *fixture, const char *number,
                                              const char *credit_limit, const char *order_limit)
{
    struct account *account = ARENA_NEW(fixture->arena, struct account);
    *account = (struct account){ .number = slice_of(number),
                                 .payer = slice_of(number),
                                 .currency = SLICE("EUR"),
                                 .exponent = 2,
                                 .has_credit_limit = credit_limit != NULL,
                                 .has_order_limit = order_limit != NULL,
                                 .locked = true };
    if (credit_limit)
        account->credit_limit = fixture_number(credit_limit, 2);
    if (order_limit)
        account->order_limit = fixture_number(order_limit, 2);
    trade_put_account(fixture->trade, account);
    return account;
}

static inline struct user *fixture_user(struct fixture *fixture, const char *account, const char *number)
{
    struct user *user = ARENA_NEW(fixture->arena, struct user);
    *user = (struct user){ .account = slice_of(account),
                           .number = slice_of(number),
                           .mail = arena_printf(fixture->arena, "%s@buyer.example", number),
                           .active = true,
                           .may_order = true };
    trade_put_user(fixture->trade, user);
    return user;
}

static inline struct product *fixture_product(struct fixture *fixture, const char *number, const char *gtin)
{
    struct product *product = ARENA_NEW(fixture->arena, struct product);
    *product = (struct product){
        .number = slice_of(number), .gtin = slice_of(gtin), .unit = SLICE("PCE"), .active = true
    };
    trade_put_product(fixture->trade, product);
    return product;
}

static inline void fixture_unit(struct fixture *fixture, struct product *product, const char *unit,
                                const char *factor)
{
    struct unit_factor *units = ARENA_ARRAY(fixture->arena, product->unit_count + 1, struct unit_factor);
    for (size_t i = 0; i < product->unit_count; i++)
        units[i] = product->units[i];
    units[product->unit_count++] =
        (struct unit_factor){ slice_of(unit), fixture_number(factor, QUANTITY_SCALE) };
    product->units = units;
}

static inline struct condition *fixture_price(struct fixture *fixture, const char *product,
                                              const char *account, const char *price)
{
    struct condition *condition = ARENA_NEW(fixture->arena, struct condition);
    *condition = (struct condition){ .product = slice_of(product),
                                     .account = slice_of(account),
                                     .currency = SLICE("EUR"),
                                     .unit = SLICE("PCE"),
                                     .valid_from = date_from_civil(2026, 1, 1),
                                     .price_basis = QUANTITY_ONE,
                                     .step_count = 1 };
    condition->steps = ARENA_ARRAY(fixture->arena, 4, struct price_step);
    condition->steps[0].price = fixture_number(price, MONEY_SCALE);
    trade_put_condition(fixture->trade, condition);
    return condition;
}

static inline struct stock *fixture_stock(struct fixture *fixture, const char *product, const char *site,
                                          const char *on_hand)
{
    struct stock *stock = ARENA_NEW(fixture->arena, struct stock);
    *stock = (struct stock){ .product = slice_of(product),
                             .site = slice_of(site),
                             .on_hand = fixture_number(on_hand, QUANTITY_SCALE) };
    trade_put_stock(fixture->trade, stock);
    return stock;
}

static inline struct document *fixture_document(struct arena *arena, const char *account, const char *number)
{
    struct document *document = document_record(arena, "PurchaseOrder");
    document_add_text(arena, document, "account", slice_of(account));
    document_add_text(arena, document, "order_number", slice_of(number));
    document_add_instant(arena, document, "ordered_at", INT64_C(86400000000) * date_from_civil(2026, 6, 15));
    document_add_text(arena, document, "currency", SLICE("EUR"));
    document_add_list(arena, document, "lines");
    return document;
}

static inline struct document *fixture_line(struct arena *arena, struct document *document,
                                            const char *number, const char *product, const char *quantity)
{
    struct document *lines = (struct document *)(uintptr_t)document_get(document, "lines");
    struct document *line = document_add_record(arena, lines, NULL, "PurchaseOrderLine");
    document_add_text(arena, line, "number", slice_of(number));
    if (product)
        document_add_text(arena, line, "seller_part", slice_of(product));
    document_add_decimal(arena, line, "quantity", fixture_number(quantity, QUANTITY_SCALE), QUANTITY_SCALE);
    return line;
}

static inline void fixture_money(struct arena *arena, struct document *document, const char *name,
                                 const char *amount)
{
    document_add_decimal(arena, document, name, fixture_number(amount, MONEY_SCALE), MONEY_SCALE);
}

// What recall's gather does with a new order.
static inline struct order *fixture_order(struct fixture *fixture, const struct document *document)
{
    struct order *order = order_read(fixture->arena, fixture_item(fixture, document));
    order->content_hash = order_content_hash(order, fixture->arena);
    order->received_at = fixture->batch.now_us;
    trade_add_order(fixture->trade, order);
    return order;
}

// One line of a product at a quantity: the usual order.
static inline struct order *fixture_simple(struct fixture *fixture, const char *account, const char *number,
                                           const char *product, const char *quantity)
{
    struct document *document = fixture_document(fixture->arena, account, number);
    fixture_line(fixture->arena, document, "1", product, quantity);
    return fixture_order(fixture, document);
}

static inline void fixture_decide(struct fixture *fixture)
{
    if (!fixture->trade->facts)
        fixture->trade->facts = facts_read(&fixture->batch);
    if (!fixture->trade->company_facts)
        company_read(&fixture->batch);
    for (const struct stage *const *at = pipeline.decisions; *at; at++)
        if ((*at)->decide)
            (*at)->decide(&fixture->batch);
}

// The reasons' codes with blanks between.
static inline const char *fixture_codes(struct fixture *fixture, const struct order *order)
{
    struct slice codes = { 0 };
    for (size_t i = 0; i < order->reason_count; i++)
        codes =
            arena_printf(fixture->arena, "%.*s%s%s", SLICE_ARGS(codes), i ? " " : "", order->reasons[i].code);
    return arena_string(fixture->arena, codes);
}

// Publications of one topic.
static inline size_t fixture_published(const struct fixture *fixture, enum topic topic,
                                       const struct document **last)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->batch.publication_count; i++) {
        if (fixture->batch.publications[i].topic != topic)
            continue;
        count++;
        if (last)
            *last = fixture->batch.publications[i].document;
    }
    return count;
}

// A document as text, to compare whole ones.
static inline void fixture_print(const struct document *document, struct text *text)
{
    text_printf(text, "%s=%d:%lld:%.*s{", document->name ? document->name : "", (int)document->kind,
                (long long)document->integer, SLICE_ARGS(document->text));
    for (const struct document *child = document->first; child; child = child->next)
        fixture_print(child, text);
    text_append_char(text, '}');
}

#define ASSERT_SLICE(got, want)                                                                              \
    do {                                                                                                     \
        struct slice got_slice = (got);                                                                      \
        char got_text[512];                                                                                  \
        snprintf(got_text, sizeof got_text, "%.*s", SLICE_ARGS(got_slice));                                  \
        assert_string_equal(got_text, (want));                                                               \
    } while (0)

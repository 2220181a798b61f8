// SPDX-License-Identifier: Apache-2.0
// The rules of an OrderRequest: errors where it cannot be understood, warnings where only the DTD minds.
#include <stdlib.h>

#include "formats/cxml/check.h"

// The currencies of an order must be one; the first that is seen counts.
struct currency {
    struct slice first;
    bool seen_none; // a Money without currency was reported
};

static const struct node *header_of(const struct node *order)
{
    return cxml_child(order, "OrderRequestHeader");
}

static bool is_new(const struct node *order)
{
    struct slice type = cxml_text(header_of(order), "type");
    return type.size == 0 || slice_is(type, "new");
}

static bool is_one_of(struct slice text, const char *const words[])
{
    for (; *words; words++)
        if (slice_is(text, *words))
            return true;
    return false;
}

static void check_word(struct findings *findings, const struct node *element, const char *attribute,
                       const char *const words[])
{
    struct slice text = cxml_text(element, attribute);
    if (text.size && !is_one_of(text, words))
        cxml_error(findings, element, CXML_BAD, "%s=\"%.*s\" is no value of cXML", attribute,
                   SLICE_ARGS(text));
}

static bool is_currency(struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 'A' || text.data[i] > 'Z')
            return false;
    return text.size == 3;
}

static void check_money(struct findings *findings, const struct node *money, struct currency *currency)
{
    if (!money)
        return;
    struct slice amount = cxml_text(money, ""), code = cxml_text(money, "currency");
    if (!cxml_is_decimal(amount))
        cxml_error(findings, money, CXML_BAD, "the amount \"%.*s\" is no decimal number", SLICE_ARGS(amount));
    if (code.size == 0) {
        cxml_error(findings, money, CXML_BAD, "the Money has no currency");
        currency->seen_none = true;
    } else if (!is_currency(code)) {
        cxml_error(findings, money, CXML_BAD, "the currency \"%.*s\" is no ISO 4217 code such as \"EUR\"",
                   SLICE_ARGS(code));
        currency->seen_none = true;
    } else if (currency->first.size && !slice_equal(code, currency->first)) {
        cxml_error(findings, money, CXML_BAD, "the currency is %.*s here and %.*s before; an order has one",
                   SLICE_ARGS(code), SLICE_ARGS(currency->first));
    } else {
        currency->first = code;
    }
}

static void check_attachments(struct findings *findings, const struct node *parent)
{
    for (const struct node *comments = cxml_child(parent, "Comments"); comments;
         comments = cxml_next(comments)) {
        const struct node *attachment = cxml_child(comments, "Attachment");
        for (; attachment; attachment = cxml_next(attachment)) {
            struct slice url = cxml_text(cxml_child(attachment, "URL"), "");
            cxml_warning(findings, attachment, "the attachment \"%.*s\" is not read", SLICE_ARGS(url));
        }
    }
}

static void check_header(struct findings *findings, const struct node *header, bool needs_all,
                         struct currency *currency)
{
    static const char *const types[] = { "new", "update", "delete", NULL };
    static const char *const order_types[] = {
        "release", "regular", "blanket", "stockTransport", "stockTransportRelease", NULL
    };
    if (cxml_text(header, "orderID").size == 0)
        cxml_error(findings, header, CXML_BAD, "the order has no orderID");
    if (cxml_text(header, "orderDate").size == 0)
        cxml_error(findings, header, CXML_BAD, "the order has no orderDate");
    check_word(findings, header, "type", types);
    check_word(findings, header, "orderType", order_types);
    cxml_check_time(findings, header, "orderDate");
    cxml_check_time(findings, header, "requestedDeliveryDate");
    struct slice version = cxml_text(header, "orderVersion");
    int64_t number;
    if (version.size && (!slice_integer(version, &number) || number < 1 || number > INT32_MAX))
        cxml_error(findings, header, CXML_BAD, "orderVersion=\"%.*s\" is no number from 1 on",
                   SLICE_ARGS(version));
    const struct node *total = cxml_find(header, "Total/Money");
    check_money(findings, total, currency);
    check_attachments(findings, header);
    if (!needs_all)
        return;
    if (!total)
        cxml_warning(findings, header, "the order has no Total, so it cannot be compared");
    if (!cxml_child(header, "BillTo"))
        cxml_warning(findings, header, "the order has no BillTo, which the DTD requires");
}

static void check_part(struct findings *findings, const struct node *item)
{
    const struct node *id = cxml_child(item, "ItemID");
    bool has_part = cxml_text(cxml_child(id, "SupplierPartID"), "").size ||
                    cxml_text(cxml_child(id, "BuyerPartID"), "").size;
    if (has_part)
        return;
    if (cxml_text(cxml_find(item, "ItemDetail/Description"), "").size)
        cxml_warning(findings, item, "the line has no part number, only a description");
    else
        cxml_error(findings, item, CXML_BAD, "the line has neither a part number nor a description");
}

static void check_quantity(struct findings *findings, const struct node *item)
{
    struct slice quantity = cxml_text(item, "quantity");
    if (quantity.size == 0)
        cxml_error(findings, item, CXML_BAD, "the line has no quantity");
    else if (!cxml_is_positive(quantity))
        cxml_error(findings, item, CXML_BAD, "quantity=\"%.*s\" is no decimal number above zero",
                   SLICE_ARGS(quantity));
}

static void check_detail(struct findings *findings, const struct node *item, struct currency *currency)
{
    const struct node *detail = cxml_child(item, "ItemDetail");
    const struct node *basis = cxml_child(detail, "PriceBasisQuantity");
    const struct node *price = cxml_find(detail, "UnitPrice/Money");
    if (cxml_text(cxml_child(detail, "UnitOfMeasure"), "").size == 0)
        cxml_error(findings, detail ? detail : item, CXML_BAD, "the line has no UnitOfMeasure");
    if (!price)
        cxml_warning(findings, detail ? detail : item, "the line has no UnitPrice");
    check_money(findings, price, currency);
    if (basis && !cxml_is_positive(cxml_text(basis, "quantity")))
        cxml_error(findings, basis, CXML_BAD, "quantity=\"%.*s\" is no decimal number above zero",
                   SLICE_ARGS(cxml_text(basis, "quantity")));
}

static int compare_numbers(const void *left, const void *right)
{
    const struct node *const *a = left, *const *b = right;
    int order = slice_compare(cxml_text(*a, "lineNumber"), cxml_text(*b, "lineNumber"));
    return order ? order : ((*a)->line > (*b)->line) - ((*a)->line < (*b)->line);
}

// Sorted, so that an order of many lines is not compared line by line.
static void check_numbers(struct findings *findings, const struct node *order)
{
    size_t count = 0, capacity = 0;
    const struct node **items = NULL;
    for (const struct node *item = cxml_child(order, "ItemOut"); item; item = cxml_next(item)) {
        if (cxml_text(item, "lineNumber").size == 0) {
            cxml_warning(findings, item, "the line has no lineNumber; its place in the order is taken");
            continue;
        }
        items = arena_grow(findings->arena, items, &capacity, count + 1, sizeof *items);
        items[count++] = item;
    }
    if (count)
        qsort(items, count, sizeof *items, compare_numbers);
    for (size_t i = 1; i < count; i++)
        if (slice_equal(cxml_text(items[i - 1], "lineNumber"), cxml_text(items[i], "lineNumber")))
            cxml_error(findings, items[i], CXML_BAD,
                       "lineNumber=\"%.*s\" stands at line %u of the document already",
                       SLICE_ARGS(cxml_text(items[i], "lineNumber")), items[i - 1]->line);
}

void cxml_check_order(const struct node *order, struct findings *findings)
{
    struct currency currency = { 0 };
    const struct node *header = header_of(order), *item = cxml_child(order, "ItemOut");
    bool new_order = is_new(order);
    if (header)
        check_header(findings, header, new_order, &currency);
    else
        cxml_error(findings, order, CXML_BAD, "the order has no OrderRequestHeader");
    if (!new_order)
        return;
    if (!item)
        cxml_error(findings, order, CXML_BAD, "the order has no ItemOut");
    for (; item; item = cxml_next(item)) {
        check_quantity(findings, item);
        check_part(findings, item);
        check_detail(findings, item, &currency);
        check_attachments(findings, item);
        cxml_check_time(findings, item, "requestedDeliveryDate");
    }
    check_numbers(findings, order);
    if (currency.first.size == 0 && !currency.seen_none)
        cxml_error(findings, order, CXML_BAD, "the order says nowhere in which currency it is");
}

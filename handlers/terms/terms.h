// SPDX-License-Identifier: Apache-2.0
// Terms of payment: when which part of what is owed must be paid, in what form, and what is taken off for paying
// early. Terms are agreed with an order and stay with it; dates come out of pure arithmetic (docs/payment-terms.md).
//
// Percentages are in 1/10000 of a percent, dates in days since 1970, amounts in the currency's minor unit.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "handlers/money.h"

enum terms_form { FORM_TRANSFER, FORM_DIRECT_DEBIT, FORM_DRAFT, FORM_CARD, FORM_PREPAID, FORM_COUNT };

// What starts the time that a part is given.
enum terms_event { DUE_FROM_ORDER, DUE_FROM_DELIVERY, DUE_FROM_INVOICE, DUE_EVENT_COUNT };

enum terms_kind { PART_DEPOSIT, PART_INSTALMENT, PART_BALANCE, PART_KIND_COUNT };

// The end of a month comes in after the days ("45 days end of month") or before them ("end of month 45 days").
enum month_end { MONTH_END_NONE, MONTH_END_AFTER, MONTH_END_BEFORE, MONTH_END_COUNT };

// `days` after the event, the month's end where one counts, then the next `day` of a month (0: none): the same or a
// later one, after a month's end that of the following month. A month that is too short for the day has its last.
struct due_rule {
    int32_t days;
    enum month_end month_end;
    int32_t day;
};

struct terms_part {
    enum terms_kind kind;
    enum terms_event event;
    int64_t percent;
    struct due_rule rule;
};

// `percent` off what is paid within `days` of the invoice.
struct terms_discount {
    int32_t days;
    int64_t percent;
};

// A message has room for ten: EDIFACT's PAT groups.
enum { TERMS_PARTS_MAX = 7, TERMS_DISCOUNTS_MAX = 3, TERMS_DAYS_MAX = 3650 };

// Parts sum to the whole. Discounts grow in days and shrink in percent.
struct terms {
    struct slice id;
    enum terms_form form;
    struct terms_part parts[TERMS_PARTS_MAX];
    struct terms_discount discounts[TERMS_DISCOUNTS_MAX];
    size_t part_count, discount_count;
};

const char *terms_form_name(enum terms_form form); // "direct_debit"
bool terms_form_parse(struct slice text, enum terms_form *form);
const char *terms_event_name(enum terms_event event); // "order", "delivery", "invoice"
bool terms_event_parse(struct slice text, enum terms_event *event);
const char *terms_kind_name(enum terms_kind kind);          // "deposit", "instalment", "balance"
const char *terms_month_end_name(enum month_end month_end); // "", "after_days", "before_days"
bool terms_month_end_parse(struct slice text, enum month_end *month_end);

// When `rule` lets fall due what began on `from`.
int32_t terms_due(struct due_rule rule, int32_t from);

// What must be paid when. Dates of events that have not happened are unknown; the part then has no date yet.
struct due {
    const struct terms_part *part;
    bool dated;
    int32_t date;
    int64_t amount;
};
struct due_events {
    bool known[DUE_EVENT_COUNT];
    int32_t dates[DUE_EVENT_COUNT];
};
// Writes an entry a part, in the terms' order. Each part is rounded down and the last one takes the rest, so that
// they sum to `total`, which is not negative, and none is negative.
void terms_plan(const struct terms *terms, int64_t total, const struct due_events *events,
                struct due dues[TERMS_PARTS_MAX]);
// What a discount takes off `total`, rounded half-up.
int64_t terms_discount_amount(int64_t percent, int64_t total);

// The terms in one line, for people and to be stored:
//     transfer; discount 2% 10; deposit 30% order 0; balance 70% invoice 45 after_days day 10
struct slice terms_text(const struct terms *terms, struct arena *arena);
// Reads what terms_text wrote; the id is not in it. False where the text is something else.
bool terms_parse(struct slice text, struct terms *terms);

// Why the terms cannot be; empty where they can.
struct slice terms_fault(const struct terms *terms, struct arena *arena);

// SPDX-License-Identifier: Apache-2.0
// Control totals: CNT against the lines and quantities of the message, MOA 79 against the amounts of its
// lines.
#include "base/document.h"
#include "formats/edifact/checking.h"

#define KEY(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

static struct slice value_at(struct checking *checking, const struct edifact_segment *segment,
                             unsigned element, unsigned component)
{
    const struct edifact_token *token = edifact_find(checking->unit, segment, element, 1, component);
    return token ? checking_text(checking, token) : (struct slice){ 0 };
}

static bool decimal(struct slice text, int64_t *value)
{
    char mark = memchr(text.data ? text.data : "", ',', text.size) ? ',' : '.';
    return text.size && decimal_parse(text, mark, TOTALS_SCALE, value);
}

static void add_quantity(struct checking *checking, struct slice qualifier, int64_t quantity)
{
    struct totals *totals = &checking->totals;
    size_t i = 0;
    while (i < totals->quantity_count && !slice_equal(totals->quantities[i].qualifier, qualifier))
        i++;
    if (i == TOTALS_QUALIFIERS) {
        totals->overflow = true;
        return;
    }
    if (i == totals->quantity_count)
        totals->quantities[totals->quantity_count++] = (struct totals_sum){ .qualifier = qualifier };
    if (__builtin_add_overflow(totals->quantities[i].sum, quantity, &totals->quantities[i].sum))
        totals->overflow = true;
}

static void take_quantity(struct checking *checking, const struct edifact_segment *segment)
{
    int64_t quantity;
    if (decimal(value_at(checking, segment, 1, 2), &quantity))
        add_quantity(checking, value_at(checking, segment, 1, 1), quantity);
    else
        checking->totals.overflow = true;
}

static void take_amount(struct checking *checking, const struct edifact_segment *segment)
{
    int64_t amount;
    if (!slice_is(value_at(checking, segment, 1, 1), "203") ||
        !decimal(value_at(checking, segment, 1, 2), &amount))
        return;
    checking->totals.amount_count++;
    if (__builtin_add_overflow(checking->totals.line_amounts, amount, &checking->totals.line_amounts))
        checking->totals.amount_count = 0;
}

static void check_count(struct checking *checking, const struct edifact_segment *segment)
{
    const struct totals *totals = &checking->totals;
    const struct edifact_token *token = edifact_find(checking->unit, segment, 1, 1, 2);
    struct slice qualifier = value_at(checking, segment, 1, 1);
    int64_t value, one = 1000000;
    if (!token || !decimal(checking_text(checking, token), &value))
        return;
    // Whether sublines count is a matter between the partners.
    if (slice_is(qualifier, "2") && value != totals->lines * one &&
        value != (totals->lines - totals->sublines) * one)
        checking_report(checking, checking->tolerances->line_count, token, 12,
                        "the message says that it has %.*s lines, it has %u",
                        SLICE_ARGS(checking_text(checking, token)), totals->lines);
    if (!slice_is(qualifier, "1") || totals->overflow || totals->quantity_count == 0)
        return;
    int64_t all = 0;
    bool matches = false;
    for (size_t i = 0; i < totals->quantity_count; i++) {
        matches = matches || value == totals->quantities[i].sum;
        if (__builtin_add_overflow(all, totals->quantities[i].sum, &all))
            return;
    }
    char text[DECIMAL_TEXT_SIZE];
    if (!matches && value != all)
        checking_report(
            checking, checking->tolerances->totals, token, 12,
            "the message says that its quantities sum up to %.*s, they sum up to %s",
            SLICE_ARGS(checking_text(checking, token)),
            decimal_text(totals->quantity_count == 1 ? totals->quantities[0].sum : all, TOTALS_SCALE, text));
}

static void check_amount(struct checking *checking, const struct edifact_segment *segment)
{
    const struct totals *totals = &checking->totals;
    const struct edifact_token *token = edifact_find(checking->unit, segment, 1, 1, 2);
    int64_t value;
    // Only where each line has told its amount; rounding may cost a cent a line.
    if (!slice_is(value_at(checking, segment, 1, 1), "79") || !token || totals->amount_count == 0 ||
        totals->amount_count != totals->lines || !decimal(checking_text(checking, token), &value))
        return;
    int64_t difference =
        value > totals->line_amounts ? value - totals->line_amounts : totals->line_amounts - value;
    char text[DECIMAL_TEXT_SIZE];
    if (difference > (int64_t)totals->lines * 10000)
        checking_report(checking, checking->tolerances->totals, token, 12,
                        "the message says that its line amounts sum up to %.*s, they sum up to %s",
                        SLICE_ARGS(checking_text(checking, token)),
                        decimal_text(totals->line_amounts, TOTALS_SCALE, text));
}

void totals_take(struct checking *checking, const struct edifact_segment *segment, uint32_t tag,
                 uint32_t trigger)
{
    struct totals *totals = &checking->totals;
    if (tag == KEY('L', 'I', 'N')) {
        totals->lines++;
        totals->sublines += slice_is(value_at(checking, segment, 4, 1), "1");
    } else if (tag == KEY('Q', 'T', 'Y') && trigger == KEY('L', 'I', 'N')) {
        take_quantity(checking, segment);
    } else if (tag == KEY('M', 'O', 'A')) {
        if (totals->summary)
            check_amount(checking, segment);
        else if (totals->lines)
            take_amount(checking, segment);
    } else if (tag == KEY('C', 'N', 'T')) {
        totals->counted = true;
    } else if (tag == KEY('U', 'N', 'S')) {
        totals->summary = true;
    }
}

// CNT may stand before the lines are over, so it waits for the end.
void totals_check(struct checking *checking, const struct edifact_segment *segment)
{
    checking->segment = segment;
    check_count(checking, segment);
}

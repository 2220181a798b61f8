// SPDX-License-Identifier: Apache-2.0
// Terms of payment as one line of text, and the words in it.
#include <assert.h>

#include "base/document.h"
#include "base/text.h"
#include "handlers/terms/terms.h"

enum { PERCENT_SCALE = 4 };

static bool find(struct slice text, const char *const names[], int count, int *found)
{
    for (int i = 0; i < count; i++)
        if (slice_is(text, names[i])) {
            *found = i;
            return true;
        }
    return false;
}

static const char *const form_names[FORM_COUNT] = { "transfer", "direct_debit", "draft", "card", "prepaid" };
static const char *const event_names[DUE_EVENT_COUNT] = { "order", "delivery", "invoice" };
static const char *const kind_names[PART_KIND_COUNT] = { "deposit", "instalment", "balance" };
static const char *const month_end_names[MONTH_END_COUNT] = { "", "after_days", "before_days" };

const char *terms_form_name(enum terms_form form)
{
    assert(form < FORM_COUNT);
    return form_names[form];
}

bool terms_form_parse(struct slice text, enum terms_form *form)
{
    int found;
    if (!find(text, form_names, FORM_COUNT, &found))
        return false;
    *form = (enum terms_form)found;
    return true;
}

const char *terms_event_name(enum terms_event event)
{
    assert(event < DUE_EVENT_COUNT);
    return event_names[event];
}

bool terms_event_parse(struct slice text, enum terms_event *event)
{
    int found;
    if (!find(text, event_names, DUE_EVENT_COUNT, &found))
        return false;
    *event = (enum terms_event)found;
    return true;
}

const char *terms_kind_name(enum terms_kind kind)
{
    assert(kind < PART_KIND_COUNT);
    return kind_names[kind];
}

const char *terms_month_end_name(enum month_end month_end)
{
    assert(month_end < MONTH_END_COUNT);
    return month_end_names[month_end];
}

bool terms_month_end_parse(struct slice text, enum month_end *month_end)
{
    int found;
    if (!find(text, month_end_names, MONTH_END_COUNT, &found))
        return false;
    *month_end = (enum month_end)found;
    return true;
}

struct slice terms_text(const struct terms *terms, struct arena *arena)
{
    char number[DECIMAL_TEXT_SIZE];
    struct text text = text_in(arena);
    text_printf(&text, "%s", terms_form_name(terms->form));
    for (size_t i = 0; i < terms->discount_count; i++)
        text_printf(&text, "; discount %s%% %d",
                    decimal_text(terms->discounts[i].percent, PERCENT_SCALE, number),
                    terms->discounts[i].days);
    for (size_t i = 0; i < terms->part_count; i++) {
        const struct terms_part *part = &terms->parts[i];
        text_printf(&text, "; %s %s%% %s %d", terms_kind_name(part->kind),
                    decimal_text(part->percent, PERCENT_SCALE, number), terms_event_name(part->event),
                    part->rule.days);
        if (part->rule.month_end != MONTH_END_NONE)
            text_printf(&text, " %s", terms_month_end_name(part->rule.month_end));
        if (part->rule.day)
            text_printf(&text, " day %d", part->rule.day);
    }
    return text_slice(&text);
}

static bool parse_percent(struct slice word, int64_t *percent)
{
    if (word.size == 0 || word.data[word.size - 1] != '%')
        return false;
    word.size--;
    return decimal_parse(word, '.', PERCENT_SCALE, percent);
}

static bool parse_days(struct slice word, int32_t *days)
{
    int64_t value;
    if (!slice_integer(word, &value) || value < 0 || value > TERMS_DAYS_MAX)
        return false;
    *days = (int32_t)value;
    return true;
}

static bool parse_discount(struct slice rest, struct terms *terms)
{
    if (terms->discount_count == TERMS_DISCOUNTS_MAX)
        return false;
    struct terms_discount *discount = &terms->discounts[terms->discount_count++];
    return parse_percent(slice_cut(&rest, ' '), &discount->percent) && parse_days(rest, &discount->days);
}

static bool parse_part(int kind, struct slice rest, struct terms *terms)
{
    if (terms->part_count == TERMS_PARTS_MAX)
        return false;
    struct terms_part *part = &terms->parts[terms->part_count++];
    *part = (struct terms_part){ .kind = (enum terms_kind)kind };
    if (!parse_percent(slice_cut(&rest, ' '), &part->percent) ||
        !terms_event_parse(slice_cut(&rest, ' '), &part->event) ||
        !parse_days(slice_cut(&rest, ' '), &part->rule.days))
        return false;
    struct slice word = slice_cut(&rest, ' ');
    if (!slice_empty(word) && terms_month_end_parse(word, &part->rule.month_end))
        word = slice_cut(&rest, ' ');
    if (slice_is(word, "day"))
        return parse_days(rest, &part->rule.day) && part->rule.day >= 1 && part->rule.day <= 31;
    return slice_empty(word) && slice_empty(rest);
}

bool terms_parse(struct slice text, struct terms *terms)
{
    struct slice rest = text;
    int kind;
    *terms = (struct terms){ 0 };
    if (!terms_form_parse(slice_cut(&rest, ';'), &terms->form))
        return false;
    while (!slice_empty(rest)) {
        struct slice clause = slice_trim(slice_cut(&rest, ';')), word = slice_cut(&clause, ' ');
        bool good = slice_is(word, "discount")
                        ? parse_discount(clause, terms)
                        : find(word, kind_names, PART_KIND_COUNT, &kind) && parse_part(kind, clause, terms);
        if (!good)
            return false;
    }
    return terms->part_count > 0;
}

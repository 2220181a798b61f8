// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/split.h"

#include "base/text.h"
#include "handlers/money.h"

void split_read(struct line *line, const struct document *document, struct arena *arena)
{
    const struct document *list = document_get(document, "splits");
    line->split_count = 0;
    line->splits = ARENA_ARRAY(arena, list && list->kind == DOCUMENT_LIST ? list->count : 0, struct split);
    for (const struct document *part = document_items(document, "splits"); part; part = part->next) {
        struct split *split = &line->splits[line->split_count++];
        split->cost_centre = document_text(part, "cost_centre");
        document_decimal(part, "share", QUANTITY_SCALE, &split->share);
    }
}

struct slice split_text(const struct line *line, struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = 0; i < line->split_count; i++)
        text_printf(&text, "%s%lld %.*s", i ? "\n" : "", (long long)line->splits[i].share,
                    SLICE_ARGS(line->splits[i].cost_centre));
    return text_slice(&text);
}

void split_parse(struct line *line, struct slice text, struct arena *arena)
{
    size_t capacity = 0;
    line->splits = NULL;
    line->split_count = 0;
    while (!slice_empty(text)) {
        struct slice rest = slice_cut(&text, '\n'), share = slice_cut(&rest, ' ');
        line->splits =
            arena_grow(arena, line->splits, &capacity, line->split_count + 1, sizeof *line->splits);
        struct split *split = &line->splits[line->split_count++];
        *split = (struct split){ .cost_centre = rest };
        slice_integer(share, &split->share);
    }
}

bool split_equal(const struct line *one, const struct line *other)
{
    if (one->split_count != other->split_count)
        return false;
    for (size_t i = 0; i < one->split_count; i++)
        if (one->splits[i].share != other->splits[i].share ||
            !slice_equal(one->splits[i].cost_centre, other->splits[i].cost_centre))
            return false;
    return true;
}

const char *split_problem(const struct line *line)
{
    int64_t sum = 0;
    for (size_t i = 0; i < line->split_count; i++) {
        const struct split *split = &line->splits[i];
        if (slice_empty(split->cost_centre))
            return "one of its shares names no cost centre";
        if (memchr(split->cost_centre.data, '\n', split->cost_centre.size))
            return "the name of a cost centre has a line end";
        if (split->share <= 0 || split->share > QUANTITY_ONE)
            return "a share is not above 0 and at most 1";
        for (size_t j = 0; j < i; j++)
            if (slice_equal(split->cost_centre, line->splits[j].cost_centre))
                return "a cost centre stands there twice";
        sum += split->share;
        if (sum > QUANTITY_ONE)
            return "its shares add up to more than 1";
    }
    return line->split_count == 0 || sum == QUANTITY_ONE ? NULL : "its shares add up to less than 1";
}

static int64_t part(int64_t amount, int64_t share)
{
    return (int64_t)((__int128)amount * share / QUANTITY_ONE);
}

int64_t split_amount(const struct line *line, size_t i, int64_t amount)
{
    if (i + 1 < line->split_count)
        return part(amount, line->splits[i].share);
    int64_t rest = amount;
    for (size_t j = 0; j < i; j++)
        rest -= part(amount, line->splits[j].share);
    return rest;
}

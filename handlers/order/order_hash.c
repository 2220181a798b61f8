// SPDX-License-Identifier: Apache-2.0
#include "handlers/order/order_hash.h"

#include "base/text.h"
#include "doors/crypto.h"
#include "handlers/order/change.h"
#include "handlers/order/split.h"

static void add_number(struct text *text, int64_t number)
{
    text_append(text, (struct slice){ (const char *)&number, sizeof number });
}

static void add_optional(struct text *text, bool present, int64_t number)
{
    text_append_char(text, present ? 1 : 0);
    add_number(text, present ? number : 0);
}

static void add_text(struct text *text, struct slice slice)
{
    add_number(text, (int64_t)slice.size);
    text_append(text, slice);
}

// A field that came into being later: what was ordered before keeps its hash.
static void add_later(struct text *text, const char *name, struct slice slice)
{
    if (slice_empty(slice))
        return;
    add_text(text, slice_of(name));
    add_text(text, slice);
}

static void add_line(struct text *text, const struct line *line, struct arena *arena)
{
    add_text(text, line->number);
    add_text(text, line->seller_part);
    add_text(text, line->buyer_part);
    add_text(text, line->gtin);
    add_text(text, line->description);
    add_text(text, line->unit);
    add_optional(text, line->has_quantity, line->quantity);
    add_optional(text, line->has_price, line->stated_price);
    add_number(text, line->stated_basis);
    add_optional(text, line->has_amount, line->stated_amount);
    add_optional(text, line->has_date, line->requested_date);
    add_later(text, "cost_centre", line->cost_centre);
    add_later(text, "splits", split_text(line, arena));
}

struct slice order_content_hash(const struct order *order, struct arena *arena)
{
    struct text text = text_in(arena);
    add_text(&text, order->account_number);
    add_text(&text, order->order_number);
    add_text(&text, order->release);
    add_number(&text, order->version);
    add_text(&text, order->user_name);
    add_number(&text, order->ordered_at);
    add_optional(&text, order->has_date, order->requested_date);
    add_text(&text, order->currency);
    add_text(&text, order->ship_to);
    add_optional(&text, order->has_total, order->stated_total);
    add_text(&text, order->note);
    add_number(&text, order->test);
    add_later(&text, "unit", order->unit);
    add_later(&text, "cost_centre", order->cost_centre);
    add_later(&text, "payment_terms", order->payment_terms);
    add_later(&text, "contract", order->contract);
    add_number(&text, (int64_t)order->line_count);
    for (size_t i = 0; i < order->line_count; i++)
        add_line(&text, &order->lines[i], arena);
    return crypto_sha256_hex(arena, text_slice(&text));
}

struct slice order_change_hash(const struct change *change, struct arena *arena)
{
    struct text text = text_in(arena);
    add_text(&text, change->account_number);
    add_text(&text, change->order_number);
    add_text(&text, change->release);
    add_text(&text, change->number);
    add_number(&text, change->requested_at);
    add_text(&text, change->action_text);
    add_text(&text, change->currency);
    add_text(&text, change->user);
    add_text(&text, change->note);
    add_number(&text, change->test);
    for (size_t i = 0; change->action != CHANGE_CANCEL && i < change->line_count; i++) {
        add_text(&text, slice_of(change->acts[i]));
        add_line(&text, &change->lines[i], arena);
    }
    return crypto_sha256_hex(arena, text_slice(&text));
}

struct slice order_changed_hash(const struct order *order, struct slice change_hash, struct arena *arena)
{
    struct text text = text_in(arena);
    add_text(&text, order->content_hash);
    add_text(&text, change_hash);
    return crypto_sha256_hex(arena, text_slice(&text));
}

static bool is_envelope(const struct document *field)
{
    static const char *const names[] = { "channel", "partner", "reply_reference" };
    for (size_t i = 0; field->name && i < sizeof names / sizeof *names; i++)
        if (strcmp(field->name, names[i]) == 0)
            return true;
    return false;
}

// With lengths in front, so that no two documents look alike.
static void add_content(struct text *text, const struct document *document, bool root)
{
    text_printf(text, "%d %s %lld %zu ", (int)document->kind, document->name ? document->name : "",
                (long long)document->integer, document->text.size);
    text_append(text, document->text);
    for (const struct document *child = document->first; child; child = child->next)
        if (!root || !is_envelope(child))
            add_content(text, child, false);
    text_append_char(text, '.');
}

struct slice document_content_hash(const struct document *document, struct arena *arena)
{
    struct text text = text_in(arena);
    add_content(&text, document, true);
    return crypto_sha256_hex(arena, text_slice(&text));
}

struct slice order_approval_hash(const struct order *order, struct arena *arena)
{
    struct text text = text_in(arena);
    add_text(&text, order->content_hash);
    add_text(&text, order->currency);
    add_number(&text, order->total);
    return crypto_sha256_hex(arena, text_slice(&text));
}

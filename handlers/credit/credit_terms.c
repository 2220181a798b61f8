// SPDX-License-Identifier: Apache-2.0
#include "handlers/credit/credit_terms.h"

#include <assert.h>

#include "handlers/money.h"

#define DEFAULT_REACTIONS                                                                                    \
    {                                                                                                        \
        [CREDIT_OVER] = CREDIT_HOLD, [CREDIT_LIMIT] = CREDIT_HOLD, [CREDIT_SHARE] = CREDIT_WARN,             \
        [CREDIT_DOCUMENT] = CREDIT_HOLD, [CREDIT_OVERDUE] = CREDIT_HOLD, [CREDIT_OLDEST] = CREDIT_HOLD,      \
        [CREDIT_REVIEW] = CREDIT_WARN,                                                                       \
    }

const struct credit_terms credit_no_terms = { .reactions = DEFAULT_REACTIONS };

// By credit_check, as the document's fields are named.
static const char *const reaction_fields[CREDIT_CHECK_COUNT] = { "on_over",     "on_limit",   "on_share",
                                                                 "on_document", "on_overdue", "on_oldest",
                                                                 "on_review" };

static const char *const reaction_names[] = { "warn", "approve", "hold", "refuse" };

const char *credit_reaction_name(enum credit_reaction reaction)
{
    assert(reaction <= CREDIT_REFUSE);
    return reaction_names[reaction];
}

bool credit_reaction_parse(struct slice text, enum credit_reaction *reaction)
{
    for (int i = CREDIT_WARN; i <= CREDIT_REFUSE; i++)
        if (slice_is(text, reaction_names[i])) {
            *reaction = (enum credit_reaction)i;
            return true;
        }
    return false;
}

// --- Out of the database

static bool optional_number(const struct db_rows *rows, size_t row, int column, int64_t *value)
{
    *value = db_rows_number(rows, row, column);
    return !db_rows_null(rows, row, column);
}

static bool optional_small(const struct db_rows *rows, size_t row, int column, int32_t *value)
{
    *value = (int32_t)db_rows_number(rows, row, column);
    return !db_rows_null(rows, row, column);
}

bool credit_terms_row(const struct db_rows *rows, size_t row, struct credit_terms *terms, struct error *error)
{
    *terms = (struct credit_terms){ .account = db_rows_slice(rows, row, 0),
                                    .parent = db_rows_slice(rows, row, 1),
                                    .temporary_from =
                                        db_rows_null(rows, row, 3) ? INT64_MIN : db_rows_number(rows, row, 3),
                                    .temporary_until =
                                        db_rows_null(rows, row, 4) ? INT64_MAX : db_rows_number(rows, row, 4),
                                    .tolerance = (int32_t)db_rows_number(rows, row, 6),
                                    .overdue_days = (int32_t)db_rows_number(rows, row, 10),
                                    .priority = (int32_t)db_rows_number(rows, row, 13) };
    terms->has_temporary = optional_number(rows, row, 2, &terms->temporary_limit);
    terms->has_horizon = optional_small(rows, row, 5, &terms->horizon_days);
    terms->has_share = optional_small(rows, row, 7, &terms->share);
    terms->has_document = optional_number(rows, row, 8, &terms->document_max);
    terms->has_overdue = optional_number(rows, row, 9, &terms->overdue_max);
    terms->has_oldest = optional_small(rows, row, 11, &terms->oldest_days);
    terms->has_review = optional_number(rows, row, 12, &terms->review_at);
    for (int check = 0; check < CREDIT_CHECK_COUNT; check++) {
        struct slice word = db_rows_slice(rows, row, 14 + check);
        if (!credit_reaction_parse(word, &terms->reactions[check]))
            return error_set(error, ERROR_INTERNAL, NULL,
                             "the credit terms of %.*s have the unknown reaction '%.*s'",
                             SLICE_ARGS(terms->account), SLICE_ARGS(word));
    }
    return true;
}

// --- Out of a document

enum { DAYS_MAX = 36500, SHARE_MAX = 1000 * CREDIT_WHOLE, PRIORITY_MAX = 1000000 };

static bool number(struct reader *reader, const char *name, int64_t least, int64_t most, int32_t *value)
{
    int64_t stated = document_integer(reader->document, name, 0);
    *value = (int32_t)stated;
    return (stated >= least && stated <= most) ||
           reader_park(reader, "the %s %lld of the %s is not from %lld to %lld", name, (long long)stated,
                       reader->item->type, (long long)least, (long long)most);
}

static bool days(struct reader *reader, const char *name, bool *has, int32_t *value)
{
    *has = reader_has(reader, name);
    return !*has || number(reader, name, 0, DAYS_MAX, value);
}

static bool percent(struct reader *reader, const char *name, bool *has, int32_t *value)
{
    int64_t stated = 0;
    char text[DECIMAL_TEXT_SIZE];
    *has = reader_has(reader, name);
    if (*has && !document_decimal(reader->document, name, 2, &stated))
        return reader_park(reader, "the %s of the %s has more than 2 decimals or is too large", name,
                           reader->item->type);
    *value = (int32_t)stated;
    return (stated >= 0 && stated <= SHARE_MAX) ||
           reader_park(reader, "the %s %s of the %s is not from 0 to %d", name, decimal_text(stated, 2, text),
                       reader->item->type, SHARE_MAX / 100);
}

static bool temporary(struct reader *reader, struct credit_terms *terms)
{
    terms->temporary_from = INT64_MIN;
    terms->temporary_until = INT64_MAX;
    document_instant(reader->document, "temporary_from", &terms->temporary_from);
    bool ends = document_instant(reader->document, "temporary_until", &terms->temporary_until);
    if (!reader_limit(reader, "temporary_limit", &terms->has_temporary, &terms->temporary_limit))
        return false;
    if (terms->has_temporary && !ends)
        return reader_park(reader,
                           "the temporary_limit of account %.*s has no end: temporary_until is missing",
                           SLICE_ARGS(terms->account));
    return terms->temporary_from < terms->temporary_until ||
           reader_park(reader, "the temporary_limit of account %.*s ends before it begins",
                       SLICE_ARGS(terms->account));
}

static bool reactions(struct reader *reader, struct credit_terms *terms)
{
    for (int check = 0; check < CREDIT_CHECK_COUNT; check++) {
        struct slice word = document_text(reader->document, reaction_fields[check]);
        if (!slice_empty(word) && !credit_reaction_parse(word, &terms->reactions[check]))
            return reader_park(
                reader, "the reaction %s of account %.*s is '%.*s', neither warn, approve, hold nor refuse",
                reaction_fields[check], SLICE_ARGS(terms->account), SLICE_ARGS(word));
    }
    return true;
}

bool credit_terms_read(struct reader *reader, struct credit_terms *terms)
{
    bool tolerated;
    *terms = credit_no_terms;
    if (!reader_required(reader, "account", &terms->account) ||
        !reader_optional(reader, "parent", &terms->parent))
        return false;
    if (slice_equal(terms->account, terms->parent))
        return reader_park(reader, "account %.*s cannot be its own credit parent",
                           SLICE_ARGS(terms->account));
    terms->has_review = document_instant(reader->document, "review_at", &terms->review_at);
    return temporary(reader, terms) &&
           days(reader, "horizon_days", &terms->has_horizon, &terms->horizon_days) &&
           percent(reader, "tolerance_percent", &tolerated, &terms->tolerance) &&
           percent(reader, "warn_percent", &terms->has_share, &terms->share) &&
           reader_limit(reader, "document_max", &terms->has_document, &terms->document_max) &&
           reader_limit(reader, "overdue_max_amount", &terms->has_overdue, &terms->overdue_max) &&
           number(reader, "overdue_max_days", 0, DAYS_MAX, &terms->overdue_days) &&
           days(reader, "oldest_max_days", &terms->has_oldest, &terms->oldest_days) &&
           number(reader, "priority", -PRIORITY_MAX, PRIORITY_MAX, &terms->priority) &&
           reactions(reader, terms);
}

bool credit_terms_scale(struct credit_terms *terms, int exponent, const char **name)
{
    struct {
        const char *name;
        bool has;
        int64_t *value;
    } amounts[] = { { "temporary_limit", terms->has_temporary, &terms->temporary_limit },
                    { "document_max", terms->has_document, &terms->document_max },
                    { "overdue_max_amount", terms->has_overdue, &terms->overdue_max } };
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
        if (amounts[i].has && !money_minor(*amounts[i].value, exponent, amounts[i].value)) {
            *name = amounts[i].name;
            return false;
        }
    return true;
}

// --- What they mean

bool credit_terms_ceiling(const struct credit_terms *terms, bool has_limit, int64_t limit, int64_t now_us,
                          int64_t *base, int64_t *ceiling)
{
    bool temporary =
        terms->has_temporary && now_us >= terms->temporary_from && now_us < terms->temporary_until;
    *base = temporary ? terms->temporary_limit : limit;
    __int128 most = (__int128)*base + (__int128)*base * terms->tolerance / CREDIT_WHOLE;
    *ceiling = most > INT64_MAX ? INT64_MAX : (int64_t)most;
    // A temporary limit beside no limit at all would lower what the payer may owe.
    return has_limit;
}

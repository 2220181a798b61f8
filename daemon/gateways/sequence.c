// SPDX-License-Identifier: Apache-2.0
#include "gateways/sequence.h"

#include "gateways/plain.h"

enum { MOST_FIGURES = 18 };

const char *sequence_name(enum sequence_verdict verdict)
{
    static const char *const names[] = {
        [SEQUENCE_FINE] = "", [SEQUENCE_GAP] = "gap", [SEQUENCE_LATE] = "late"
    };
    return names[verdict];
}

bool sequence_split(struct slice reference, struct slice *prefix, int64_t *number, size_t *figures)
{
    size_t begin = reference.size;
    while (begin > 0 && reference.size - begin < MOST_FIGURES && reference.data[begin - 1] >= '0' &&
           reference.data[begin - 1] <= '9')
        begin--;
    *prefix = (struct slice){ reference.data, begin };
    *figures = reference.size - begin;
    return slice_integer((struct slice){ reference.data + begin, *figures }, number);
}

static bool all_nines(int64_t number, size_t figures)
{
    int64_t most = 1;
    for (size_t i = 0; i < figures; i++)
        most *= 10;
    return number == most - 1;
}

enum sequence_verdict sequence_judge(int64_t last, size_t figures, int64_t number, int64_t *missing)
{
    *missing = 0;
    if (number == last + 1 || (number <= 1 && all_nines(last, figures)))
        return SEQUENCE_FINE;
    if (number <= last)
        return SEQUENCE_LATE;
    *missing = number - last - 1;
    return SEQUENCE_GAP;
}

static bool store(struct db *db, struct arena *arena, const struct db_value values[5], struct error *error)
{
    static const char sql[] =
        "INSERT INTO control_seen (partner, stream, number, reference, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (partner, stream) DO UPDATE SET number = excluded.number, reference = "
        "excluded.reference, at = excluded.at";
    return db_query(db, arena, sql, values, 5, NULL, error);
}

bool sequence_note(struct db *db, struct arena *arena, struct slice partner, struct slice stream,
                   struct slice reference, int64_t now_us, struct sequence_step *step, struct error *error)
{
    static const char sql[] =
        "SELECT number, reference FROM control_seen WHERE partner = $1 AND stream = $2 FOR UPDATE";
    struct slice prefix, before_prefix;
    size_t figures, before_figures;
    int64_t number, before;
    *step = (struct sequence_step){ .verdict = SEQUENCE_FINE };
    if (!sequence_split(reference, &prefix, &number, &figures))
        return true;
    stream = plain_text(arena, arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(stream), SLICE_ARGS(prefix)));
    const struct db_value values[] = { db_text(partner), db_text(stream), db_bigint(number),
                                       db_text(reference), db_instant(now_us) };
    struct db_rows rows;
    if (!db_query(db, arena, sql, values, 2, &rows, error))
        return error_within(error, "looking for the last control reference");
    if (rows.count) {
        step->last = db_rows_slice(&rows, 0, 1);
        sequence_split(step->last, &before_prefix, &before, &before_figures);
        step->verdict = sequence_judge(before, before_figures, number, &step->missing);
    }
    // The highest one stays, so that what is late does not make a gap of what follows.
    return step->verdict == SEQUENCE_LATE || store(db, arena, values, error) ||
           error_within(error, "noting a control reference");
}

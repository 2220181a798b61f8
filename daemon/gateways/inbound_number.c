// SPDX-License-Identifier: Apache-2.0
#include "gateways/inbound_number.h"

#include <stdlib.h>
#include <string.h>

#include "doors/crypto.h"

// A part, in the order of numbers: so rows are locked in one order, whatever order they came in.
struct wanted {
    struct slice number, digest;
    size_t part;
};

bool inbound_number_same(struct slice left, struct slice right)
{
    if (left.size != 2 * SHA256_BYTES || right.size != left.size)
        return slice_equal(left, right);
    return memcmp(left.data, right.data, SHA256_BYTES) == 0 ||
           memcmp(left.data + SHA256_BYTES, right.data + SHA256_BYTES, SHA256_BYTES) == 0;
}

static int by_number(const void *left, const void *right)
{
    const struct wanted *a = left, *b = right;
    int order = slice_compare(a->number, b->number);
    return order ? order : (a->part > b->part) - (a->part < b->part);
}

static struct wanted *sorted(const struct inbound_parcel *parcel, struct arena *arena, size_t *count)
{
    struct wanted *wanted = ARENA_ARRAY(arena, parcel->part_count, struct wanted);
    *count = 0;
    for (size_t i = 0; i < parcel->part_count; i++)
        if (parcel->parts[i].number.size)
            wanted[(*count)++] = (struct wanted){ parcel->parts[i].number, parcel->parts[i].digest, i };
    if (*count)
        qsort(wanted, *count, sizeof *wanted, by_number);
    return wanted;
}

// What stands under each number now: ours, or what came before.
static bool insert(struct db *db, struct arena *arena, const struct db_value values[7], struct db_rows *rows,
                   struct error *error)
{
    static const char insert[] =
        "INSERT INTO received (channel, partner, key, digest, reply, archive_id, at)"
        " SELECT $1, $2, key, digest, ''::bytea, $5, $6 FROM unnest($3::text[], $4::bytea[]) AS p(key, "
        "digest)"
        " ON CONFLICT (channel, partner, key) DO UPDATE SET digest = excluded.digest, archive_id = "
        "excluded.archive_id, at = excluded.at WHERE received.at < $7";
    static const char select[] =
        "SELECT key, digest, archive_id FROM received WHERE channel = $1 AND partner = $2"
        " AND key = ANY($3) ORDER BY key COLLATE \"C\"";
    return db_query(db, arena, insert, values, 7, NULL, error) &&
           db_query(db, arena, select, values, 3, rows, error);
}

bool inbound_number_claim(struct db *db, struct arena *arena, struct slice channel,
                          const struct inbound_parcel *parcel, int64_t archive_id,
                          struct inbound_twice **twice, size_t *count, struct error *error)
{
    size_t wanted_count, row = 0;
    struct wanted *wanted = sorted(parcel, arena, &wanted_count);
    struct db_column keys = db_column(arena, DB_TEXT), digests = db_column(arena, DB_BYTES);
    struct db_rows rows;
    *count = 0;
    if (wanted_count == 0)
        return true;
    *twice = ARENA_ARRAY(arena, wanted_count, struct inbound_twice);
    for (size_t i = 0; i < wanted_count; i++) {
        // The first of several in one interchange has the number.
        if (i && slice_equal(wanted[i].number, wanted[i - 1].number))
            continue;
        db_column_add(&keys, wanted[i].number);
        db_column_add(&digests, wanted[i].digest);
    }
    const struct db_value values[] = { db_text(channel),
                                       db_text(parcel->partner),
                                       db_array(&keys),
                                       db_array(&digests),
                                       db_bigint(archive_id),
                                       db_instant(parcel->now_us),
                                       db_instant(parcel->forgotten_us) };
    if (!insert(db, arena, values, &rows, error))
        return error_within(error, "claiming the numbers of documents");
    for (size_t i = 0; i < wanted_count; i++) {
        while (row < rows.count && slice_compare(db_rows_slice(&rows, row, 0), wanted[i].number) < 0)
            row++;
        if (row == rows.count || !slice_equal(db_rows_slice(&rows, row, 0), wanted[i].number))
            continue;
        bool first = i == 0 || !slice_equal(wanted[i].number, wanted[i - 1].number);
        const struct inbound_twice found = {
            .part = wanted[i].part,
            .archive_id = db_rows_number(&rows, row, 2),
            .same = inbound_number_same(db_rows_slice(&rows, row, 1), wanted[i].digest),
        };
        // It is ours, unless it stood there.
        if (!first || found.archive_id != archive_id)
            (*twice)[(*count)++] = found;
    }
    return true;
}

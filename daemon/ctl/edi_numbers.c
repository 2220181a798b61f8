// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi numbers`: the ranges of control references, what comes next and how much is left.
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "formats/map.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct table_column columns[] = {
    { "partner", "PARTNER", false }, { "messages", "MESSAGES", false }, { "next", "NEXT", false },
    { "last", "LAST", false },       { "left", "LEFT", true },          { "at_end", "THEN", false },
};

// The number that the range gives next: what is counted in the database, or its first.
static int64_t next_of(const struct db_rows *rows, const struct partner *partner,
                       const struct partner_range *range, struct arena *arena)
{
    struct slice name = partner_range_name(range, arena);
    int64_t next = range->first;
    for (size_t i = 0; i < rows->count; i++)
        if (slice_is(db_rows_slice(rows, i, 0), partner->name) &&
            slice_equal(db_rows_slice(rows, i, 1), name) && db_rows_number(rows, i, 2) > next)
            next = db_rows_number(rows, i, 2);
    return next > range->last && range->end == PARTNER_RANGE_WRAP ? range->first : next;
}

static void describe(struct document *list, const struct db_rows *rows, const struct partner *partner,
                     const struct partner_range *range, struct arena *arena)
{
    static const char *const ends[] = { "grow", "stop", "wrap" };
    int64_t next = next_of(rows, partner, range, arena);
    bool used_up = next > range->last;
    struct document *record = document_add(list, NULL, document_record(arena, NULL));
    document_add_text(arena, record, "partner", slice_of(partner->name));
    document_add_text(arena, record, "messages",
                      *range->message ? slice_of(range->message) : SLICE("all others"));
    document_add_text(arena, record, "next",
                      used_up ? SLICE("used up") : partner_range_reference(range, next, arena));
    document_add_text(arena, record, "last", partner_range_reference(range, range->last, arena));
    document_add_integer(arena, record, "left", used_up ? 0 : range->last - next + 1);
    document_add_text(arena, record, "at_end", slice_of(ends[range->end]));
}

static bool has_common(const struct partner *partner)
{
    for (size_t i = 0; i < partner->edifact_range_count; i++)
        if (!*partner->edifact_ranges[i].message)
            return true;
    return false;
}

static bool list_ranges(struct online *online, const char *name, struct document *list, struct error *error)
{
    static const char sql[] = "SELECT partner, name, next FROM number_range";
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    struct maps *maps = maps_load(online->settings.maps, schemas, error);
    struct db_rows rows;
    bool found = !name;
    online->unable = !maps;
    if (!maps)
        return false;
    bool good = db_query(online->db, online->arena, sql, NULL, 0, &rows, error);
    for (size_t i = 0; good && i < maps_partner_count(maps); i++) {
        const struct partner *partner = maps_partner(maps, i);
        if (!partner->edifact_identity_count || (name && strcmp(partner->name, name) != 0))
            continue;
        found = true;
        for (size_t k = 0; k < partner->edifact_range_count; k++)
            describe(list, &rows, partner, &partner->edifact_ranges[k], online->arena);
        if (!has_common(partner))
            describe(list, &rows, partner, partner_range(partner, ""), online->arena);
    }
    // Texts of the list stand in the partners' files.
    if (good && found)
        online_print_list(online, list, columns, COUNT(columns));
    maps_free(maps);
    return good && (found || error_set(error, ERROR_INVALID, NULL,
                                       "there is no partner '%s' that uses EDIFACT", name));
}

int ctl_edi_numbers(int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct ctl_usage usage = { "edi numbers",
                                     "[PARTNER]",
                                     "List the ranges of control references of what we send.",
                                     options,
                                     COUNT(options),
                                     0,
                                     1,
                                     "The next reference is drawn in the transaction that uses it: no number "
                                     "is left out, none is given twice but\n"
                                     "by a range that wraps. Exit status 1: there is no such partner." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !list_ranges(&online, words ? argv[0] : NULL, document_list(online.arena), &error))
        return online_fail(&online, &error);
    online_close(&online);
    return fflush(stdout) == 0 ? 0 : 2;
}

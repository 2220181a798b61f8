// SPDX-License-Identifier: Apache-2.0
// `comptoirctl edi show`: one interchange for people: what is known of it, then a segment a line, with what is
// wrong beside it.
#include "ctl/ctl.h"
#include "ctl/edi_archive.h"
#include "formats/edifact/check.h"
#include "formats/map.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct table_column sheet_columns[] = {
    { "id", "Id", false },
    { "direction", "Direction", false },
    { "at", "At", false },
    { "partner", "Partner", false },
    { "sender", "Sender", false },
    { "receiver", "Receiver", false },
    { "control", "Control reference", false },
    { "reference", "Belongs to", false },
    { "kind", "Messages", false },
    { "messages", "Number", false },
    { "refused", "Refused", false },
    { "state", "State", false },
    { "sequence", "Sequence", false },
    { "unanswered", "Unanswered", false },
    { "original", "Reprocessed from", false },
    { "delivery", "Delivery", false },
    { "original_delivery", "Sent anew for", false },
    { "attempts", "Attempts", false },
    { "delivered_at", "Delivered", false },
    { "last_error", "Last error", false },
    { "ack", "Acknowledgement", false },
    { "ack_at", "Acknowledged", false },
    { "ack_text", "It says", false },
};

static void add_line(struct text *text, struct slice line)
{
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c != '\r' && c != '\n')
            text_append_char(text, c < 0x20 || c == 0x7F ? '.' : (char)c);
    }
    text_append_char(text, '\n');
}

static void add_finding(struct text *text, const struct finding *finding, struct arena *arena)
{
    struct slice words;
    edifact_to_utf8(EDIFACT_UNOZ, finding->text, arena, &words, NULL);
    text_printf(text, "         ^ %s", finding->severity == FINDING_ERROR ? "error: " : "warning: ");
    if (finding->at.element && finding->at.component)
        text_printf(text, "element %u.%u: ", finding->at.element, finding->at.component);
    else if (finding->at.element)
        text_printf(text, "element %u: ", finding->at.element);
    add_line(text, words);
}

// Whether the finding stands before a place of the text.
static bool before(const struct finding *finding, const struct edifact_segment *segment)
{
    return finding->at.line < segment->line ||
           (finding->at.line == segment->line && finding->at.column < segment->column);
}

// The unit's segments, each with the findings up to the next one.
static void add_unit(struct text *text, const struct edifact_unit *unit, const struct findings *findings,
                     struct arena *arena)
{
    for (size_t i = 0; i < unit->segment_count; i++) {
        const struct edifact_segment *segment = &unit->segments[i];
        const struct edifact_segment *next = i + 1 < unit->segment_count ? segment + 1 : NULL;
        struct slice raw = { unit->bytes.data + segment->start, segment->size }, line;
        edifact_to_utf8(unit->charset, slice_trim(raw), arena, &line, NULL);
        if (unit->kind == EDIFACT_MESSAGE)
            text_printf(text, "%6zu  ", i + 1);
        else
            text_append(text, SLICE("        "));
        add_line(text, line);
        for (size_t k = 0; k < findings->count; k++)
            if ((i == 0 || !before(&findings->items[k], segment)) &&
                (!next || before(&findings->items[k], next)))
                add_finding(text, &findings->items[k], arena);
    }
}

static void add_interchange(struct text *text, struct slice bytes, const struct directories *directories,
                            const struct partner *partner, struct arena *arena)
{
    struct edifact_reader *reader = edifact_open(bytes, "archive");
    struct edifact_check *check =
        edifact_check_open(directories, partner ? partner->edifact_tolerances : NULL);
    struct edifact_unit unit;
    while (edifact_next(reader, &unit)) {
        struct findings findings = { .arena = arena };
        edifact_check_unit(check, &unit, arena, &findings, NULL);
        if (unit.segment_count)
            add_unit(text, &unit, &findings, arena);
    }
    edifact_check_close(check);
    edifact_close(reader);
}

// Only what is there: a sheet of dashes helps nobody.
static size_t columns_of(const struct document *record, struct table_column *columns)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT(sheet_columns); i++) {
        const struct document *leaf = document_get(record, sheet_columns[i].field);
        if (leaf && (leaf->kind != DOCUMENT_TEXT || leaf->text.size))
            columns[count++] = sheet_columns[i];
    }
    return count;
}

static bool print(struct online *online, const struct document *record, struct error *error)
{
    struct table_column columns[COUNT(sheet_columns)];
    size_t count = columns_of(record, columns);
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    struct maps *maps = maps_load(online->settings.maps, schemas, error);
    online->unable = !maps;
    if (!maps)
        return false;
    struct text text = text_in(online->arena);
    table_write_sheet(record, columns, count, &text);
    text_append_char(&text, '\n');
    add_interchange(&text, document_get(record, "bytes")->text, maps_directories(maps),
                    maps_partner_named(maps, document_text(record, "partner")), online->arena);
    struct slice findings = document_text(record, "findings");
    if (findings.size)
        text_printf(&text, "\nFound when it came:\n%.*s", SLICE_ARGS(findings));
    online_put(&text);
    maps_free(maps);
    return true;
}

int ctl_edi_show(int argc, char **argv)
{
    struct online online = { 0 };
    bool raw = false;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&online),
        { "raw", OPTION_FLAG, &raw, NULL, "the bytes as they came or went, and nothing else" },
    };
    const struct ctl_usage usage = {
        "edi show",
        "ID|REFERENCE",
        "Show one interchange: what is known of it, and a segment a line with what is wrong.",
        options,
        COUNT(options),
        1,
        1,
        "A control reference will do where only one interchange has it."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    struct document *record;
    if (!online_open(&online, ONLINE_DATABASE, &error) ||
        !edi_archive_find(&online, argv[0], &record, &error))
        return online_fail(&online, &error);
    struct slice bytes = document_get(record, "bytes")->text;
    if (raw)
        fwrite(bytes.data, 1, bytes.size, stdout);
    else if (online.json)
        online_print_json(&online, record);
    else if (!print(&online, record, &error))
        return online_fail(&online, &error);
    online_close(&online);
    return fflush(stdout) == 0 ? 0 : 2;
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/circuit_source.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/input.h"
#include "ctl/paths.h"
#include "doors/json.h"
#include "handlers/approval/circuit_load.h"
#include "handlers/company/company_build.h"

enum { SOURCE_BYTES = 512 << 20, TEXT_SIZE = 1024 };

// Documents of the files, as a batch that nobody runs.
struct reading {
    struct circuit_source *source;
    struct batch batch;
    size_t capacity;
    struct avro_catalogue *catalogue;
    const char **files; // of the items
    uint32_t *lines;
    size_t file_capacity, line_capacity;
};

static void add_company(struct circuit_source *source, const struct company *company)
{
    source->companies = arena_grow(source->arena, source->companies, &source->capacity, source->count + 1,
                                   sizeof *source->companies);
    source->companies[source->count++] = company;
}

static void refuse(struct reading *reading, const char *file, uint32_t line, const char *text)
{
    fprintf(stderr, "%s:%u: %s\n", file, line, text);
    reading->source->refused++;
}

static void add_item(struct reading *reading, const char *file, uint32_t line,
                     const struct document *document)
{
    struct batch *batch = &reading->batch;
    struct arena *arena = batch->arena;
    size_t count = batch->item_count + 1;
    batch->items = arena_grow(arena, batch->items, &reading->capacity, count, sizeof *batch->items);
    reading->files =
        arena_grow(arena, reading->files, &reading->file_capacity, count, sizeof *reading->files);
    reading->lines =
        arena_grow(arena, reading->lines, &reading->line_capacity, count, sizeof *reading->lines);
    reading->files[batch->item_count] = file;
    reading->lines[batch->item_count] = line;
    batch->items[batch->item_count++] = (struct item){ .document = document, .type = document->type };
}

static void read_line(struct reading *reading, const char *file, uint32_t line, struct slice json)
{
    char text[TEXT_SIZE];
    struct error error = { 0 };
    struct document *document;
    struct arena *arena = reading->batch.arena;
    struct findings findings = { .arena = arena };
    if (!json_read(json, arena, &document, &error)) {
        refuse(reading, file, line, error_text(&error, text, sizeof text));
        return;
    }
    if (!document->type) {
        refuse(reading, file, line, "the document has no \"$type\"");
        return;
    }
    if (avro_conform(reading->catalogue, document->type, document, arena, &findings) &&
        findings.errors == 0) {
        add_item(reading, file, line, document);
        return;
    }
    for (size_t i = 0; i < findings.count; i++) {
        struct text told = text_in(arena);
        findings.items[i].at = (struct position){ .line = line };
        finding_print(&findings.items[i], file, &told);
        fprintf(stderr, "%.*s\n", SLICE_ARGS(text_slice(&told)));
    }
    reading->source->refused++;
}

static bool read_file(struct reading *reading, const char *path, struct error *error)
{
    struct input input;
    if (!input_open(path, &input, error))
        return false;
    struct slice rest = input.bytes;
    for (uint32_t line = 1; rest.size; line++) {
        struct slice json = slice_trim(slice_cut(&rest, '\n'));
        if (!slice_empty(json))
            read_line(reading, input.name, line, json);
    }
    input_close(&input);
    return true;
}

static bool is_built(const struct circuit_source *source, struct slice account)
{
    for (size_t i = 0; i < source->count; i++)
        if (slice_equal(source->companies[i]->account, account))
            return true;
    return false;
}

static void build(struct reading *reading)
{
    for (size_t i = 0; i < reading->batch.item_count; i++) {
        const struct item *item = &reading->batch.items[i];
        struct slice account = document_text(item->document, "account");
        if (strcmp(item->type, "ApprovalCircuit") == 0 && !is_built(reading->source, account))
            add_company(reading->source, company_build(&reading->batch, account));
    }
    for (size_t i = 0; i < reading->batch.item_count; i++)
        if (reading->batch.items[i].outcome == OUTCOME_PARKED)
            refuse(reading, reading->files[i], reading->lines[i],
                   arena_string(reading->batch.arena, reading->batch.items[i].park_reason));
}

static bool read_account(struct circuit_source *source, struct slice account, struct error *error)
{
    static const char sql[] = "SELECT company_version FROM account WHERE account = $1";
    struct online *online = &source->online;
    const struct db_value values[] = { db_text(account) };
    struct db_rows rows;
    struct company *company;
    if (!online->db && !online_open(online, ONLINE_DATABASE, error))
        return false;
    if (!db_query(online->db, online->arena, sql, values, 1, &rows, error))
        return false;
    if (rows.count == 0)
        return error_set(error, ERROR_INVALID, NULL, "there is neither a file nor an account '%.*s'",
                         SLICE_ARGS(account));
    if (!company_load(online->db, account, db_rows_number(&rows, 0, 0), source->now_us, &company, error))
        return false;
    add_company(source, company);
    // Those that begin later are looked at, too: that is what one wants to know before they do.
    struct circuit **all;
    size_t count;
    if (!circuit_load_all(online->db, company->arena, account, &all, &count, error))
        return false;
    company->circuits = all;
    company->circuit_count = 0;
    for (size_t i = 0; i < count; i++)
        if (all[i]->active && all[i]->valid_to > source->now_us)
            company->circuits[company->circuit_count++] = all[i];
    return true;
}

bool circuit_source_open(struct circuit_source *source, char **words, size_t count, struct error *error)
{
    source->arena = arena_open(SOURCE_BYTES);
    source->now_us = clock_now_us();
    struct reading reading = { .source = source,
                               .batch = { .arena = source->arena, .now_us = source->now_us } };
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        bool is_file = strcmp(words[i], "-") == 0 || access(words[i], F_OK) == 0;
        if (is_file && !reading.catalogue)
            good = (reading.catalogue =
                        avro_open(paths_schemas(source->schemas, input_maps_folder(NULL)), error));
        good = good && (is_file ? read_file(&reading, words[i], error)
                                : read_account(source, slice_of(words[i]), error));
    }
    if (good)
        build(&reading);
    // Printing needs one, also where nothing was asked of a running system.
    if (!source->online.arena)
        source->online.arena = arena_open(SOURCE_BYTES);
    if (reading.catalogue)
        avro_close(reading.catalogue);
    return good;
}

void circuit_source_close(struct circuit_source *source)
{
    for (size_t i = 0; i < source->count; i++)
        arena_close(source->companies[i]->arena);
    if (source->arena)
        arena_close(source->arena);
    online_close(&source->online);
}

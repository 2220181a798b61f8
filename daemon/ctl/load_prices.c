// SPDX-License-Identifier: Apache-2.0
// `comptoirctl load prices`: price lists of spreadsheets as Price documents. A line is a step of a quantity scale; the
// lines of one price, wherever they stand, become one document. All is checked before anything is sent.
#include <stdlib.h>
#include <string.h>

#include "ctl/csv.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/kinds.h"
#include "ctl/online.h"
#include "ctl/progress.h"
#include "handlers/money.h"

enum { FLUSH_MS = 60000, SCRATCH_BYTES = 64 << 20 };

// The columns; those before PRICE_KEY tell one price from another, those up to PRICE_SCALE say more of it.
enum column {
    PRODUCT,
    ACCOUNT,
    CURRENCY,
    UNIT,
    VALID_FROM,
    VALID_TO,
    PRICE_BASIS,
    DELETED,
    FROM,
    PRICE,
    COLUMN_COUNT
};
enum { PRICE_KEY = VALID_TO, PRICE_SCALE = FROM };

static const struct {
    const char *name;
    bool wanted, decimal;
    const char *fallback; // where the column is absent or the cell empty
} columns[COLUMN_COUNT] = {
    [PRODUCT] = { "product", true, false, NULL },        [ACCOUNT] = { "account", false, false, "" },
    [CURRENCY] = { "currency", true, false, NULL },      [UNIT] = { "unit", true, false, NULL },
    [VALID_FROM] = { "valid_from", true, false, NULL },  [VALID_TO] = { "valid_to", false, false, "" },
    [PRICE_BASIS] = { "price_basis", false, true, "1" }, [DELETED] = { "deleted", false, false, "false" },
    [FROM] = { "from_quantity", false, true, "0" },      [PRICE] = { "unit_price", true, true, NULL },
};

// A line of a file.
struct row {
    struct slice cells[COLUMN_COUNT];
    int64_t from; // of FROM
    const char *file;
    uint32_t line;
};

struct loading {
    struct online online;
    bool dry_run;
    struct arena *scratch; // one document's
    struct row *rows;
    size_t count, capacity;
    size_t documents, errors;
    struct kafka_publisher *publisher; // NULL while only checking
};

static void complain(struct loading *loading, const char *file, uint32_t line, const char *what)
{
    progress_clear();
    fprintf(stderr, "%s:%u: %s\n", file, line, what);
    loading->errors++;
}

// --- Lines

// places[column] is where the column stands, CSV_FIELDS where it does not.
static bool read_header(struct loading *loading, const char *file, const struct slice *fields, size_t count,
                        size_t places[COLUMN_COUNT])
{
    struct arena *arena = loading->online.arena;
    size_t errors = loading->errors;
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        places[c] = CSV_FIELDS;
    for (size_t i = 0; i < count; i++) {
        size_t c = 0;
        while (c < COLUMN_COUNT && !slice_is(fields[i], columns[c].name))
            c++;
        if (c == COLUMN_COUNT)
            complain(loading, file, 1,
                     arena_printf(arena,
                                  "there is no column \"%.*s\"; they are product, account, currency, unit, "
                                  "valid_from, valid_to, price_basis, deleted, from_quantity and unit_price",
                                  SLICE_ARGS(fields[i]))
                         .data);
        else if (places[c] != CSV_FIELDS)
            complain(loading, file, 1,
                     arena_printf(arena, "column %s stands there twice", columns[c].name).data);
        else
            places[c] = i;
    }
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        if (columns[c].wanted && places[c] == CSV_FIELDS)
            complain(loading, file, 1, arena_printf(arena, "column %s is missing", columns[c].name).data);
    return loading->errors == errors;
}

// A decimal mark may be a comma where commas separate nothing.
static struct slice cell_of(struct loading *loading, const struct csv *csv, size_t column, struct slice text)
{
    if (text.size == 0 && columns[column].fallback)
        return slice_of(columns[column].fallback);
    char *copy = arena_string(loading->online.arena, text);
    for (size_t i = 0; columns[column].decimal && csv->separator != ',' && i < text.size; i++)
        if (copy[i] == ',')
            copy[i] = '.';
    return (struct slice){ copy, text.size };
}

static void read_row(struct loading *loading, const char *file, const struct csv *csv,
                     const struct slice *fields, size_t count, const size_t places[COLUMN_COUNT])
{
    struct arena *arena = loading->online.arena;
    struct row row = { .file = file, .line = csv->line };
    size_t errors = loading->errors;
    int64_t price;
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        row.cells[c] = cell_of(loading, csv, c, places[c] < count ? fields[places[c]] : (struct slice){ 0 });
        if (columns[c].wanted && row.cells[c].size == 0)
            complain(loading, file, csv->line, arena_printf(arena, "%s is missing", columns[c].name).data);
    }
    if (row.cells[CURRENCY].size && money_exponent(row.cells[CURRENCY]) < 0)
        complain(
            loading, file, csv->line,
            arena_printf(arena, "currency: \"%.*s\" is not known", SLICE_ARGS(row.cells[CURRENCY])).data);
    if (!decimal_parse(row.cells[FROM], '.', QUANTITY_SCALE, &row.from))
        complain(loading, file, csv->line,
                 arena_printf(arena, "from_quantity: \"%.*s\" is no decimal with at most %d places",
                              SLICE_ARGS(row.cells[FROM]), QUANTITY_SCALE)
                     .data);
    if (row.cells[PRICE].size && !decimal_parse(row.cells[PRICE], '.', MONEY_SCALE, &price))
        complain(loading, file, csv->line,
                 arena_printf(arena, "unit_price: \"%.*s\" is no decimal with at most %d places",
                              SLICE_ARGS(row.cells[PRICE]), MONEY_SCALE)
                     .data);
    if (loading->errors != errors)
        return;
    loading->rows = arena_grow(arena, loading->rows, &loading->capacity, loading->count + 1, sizeof row);
    loading->rows[loading->count++] = row;
}

static void read_file(struct loading *loading, const char *file, struct slice bytes)
{
    struct csv csv = csv_open(bytes);
    struct slice fields[CSV_FIELDS];
    size_t count, places[COLUMN_COUNT];
    struct error error = { 0 };
    bool good = csv_next(&csv, loading->online.arena, fields, &count, &error);
    if (good && count == 0)
        complain(loading, file, 1, "the file is empty: a line with the names of the columns is wanted");
    if (!good || count == 0 || !read_header(loading, file, fields, count, places)) {
        if (!good)
            complain(loading, file, csv.line, error.message);
        return;
    }
    while ((good = csv_next(&csv, loading->online.arena, fields, &count, &error)) && count) {
        read_row(loading, file, &csv, fields, count, places);
        progress_show("read", loading->count);
    }
    if (!good)
        complain(loading, file, csv.line, error.message);
}

// --- Prices

static int by_price(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    for (size_t c = 0; c < PRICE_KEY; c++) {
        int order = slice_compare(a->cells[c], b->cells[c]);
        if (order)
            return order;
    }
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

static bool same_price(const struct row *a, const struct row *b)
{
    for (size_t c = 0; c < PRICE_KEY; c++)
        if (!slice_equal(a->cells[c], b->cells[c]))
            return false;
    return true;
}

// A step must agree with the first one in all but quantity and price.
static void check_step(struct loading *loading, const struct row *rows, size_t step)
{
    const struct row *row = &rows[step], *before = &rows[step - 1];
    struct arena *arena = loading->scratch;
    if (row->from == before->from)
        complain(loading, row->file, row->line,
                 arena_printf(arena, "this price stands in %s:%u, too, from the same quantity on",
                              before->file, before->line)
                     .data);
    for (size_t c = PRICE_KEY; c < PRICE_SCALE; c++)
        if (!slice_equal(row->cells[c], rows->cells[c]))
            complain(loading, row->file, row->line,
                     arena_printf(arena, "%s is \"%.*s\" here and \"%.*s\" in %s:%u, which is the same price",
                                  columns[c].name, SLICE_ARGS(row->cells[c]), SLICE_ARGS(rows->cells[c]),
                                  rows->file, rows->line)
                         .data);
}

static struct document *price_of(struct loading *loading, const struct row *rows, size_t count)
{
    struct arena *arena = loading->scratch;
    struct document *price = document_record(arena, "Price");
    for (size_t c = 0; c < PRICE_SCALE; c++)
        if (rows->cells[c].size || c == ACCOUNT)
            document_add_text(arena, price, columns[c].name, rows->cells[c]);
    struct document *scales = document_add_list(arena, price, "scales");
    for (size_t i = 0; i < count; i++) {
        struct document *scale = document_add(scales, NULL, document_record(arena, NULL));
        document_add_text(arena, scale, "from_quantity", rows[i].cells[FROM]);
        document_add_text(arena, scale, "unit_price", rows[i].cells[PRICE]);
        if (i)
            check_step(loading, rows, i);
    }
    struct findings findings = { .arena = arena };
    if (!avro_conform(loading->online.catalogue, "Price", price, arena, &findings))
        for (size_t i = 0; i < findings.count; i++)
            complain(loading, rows->file, rows->line,
                     arena_printf(arena, "%.*s: %.*s", SLICE_ARGS(findings.items[i].where),
                                  SLICE_ARGS(findings.items[i].text))
                         .data);
    return price;
}

static bool send(struct loading *loading, const struct document *price, struct error *error)
{
    const struct kind *kind = kind_of("Price");
    const char *topic = loading->online.settings.topics[kind->topic];
    struct slice bytes;
    return avro_encode(loading->online.catalogue, topic, price, loading->scratch, &bytes, error) &&
           kafka_publish(loading->publisher, topic, -1, document_text(price, kind->key), bytes, NULL, 0,
                         error);
}

// Checks, and where a publisher stands ready sends, every price.
static bool take_prices(struct loading *loading, struct error *error)
{
    loading->documents = 0;
    for (size_t i = 0, next; i < loading->count; i = next) {
        for (next = i + 1; next < loading->count && same_price(&loading->rows[i], &loading->rows[next]);)
            next++;
        arena_reset(loading->scratch);
        struct document *price = price_of(loading, &loading->rows[i], next - i);
        if (loading->publisher && !send(loading, price, error))
            return error_within(error, "publishing the price of %s:%u", loading->rows[i].file,
                                loading->rows[i].line);
        loading->documents++;
        progress_show(loading->publisher ? "published" : "checked", loading->documents);
    }
    progress_clear();
    return true;
}

static bool read_files(struct loading *loading, char **files, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct input input;
        if (!input_open(files[i], &input, error)) {
            loading->online.unable = true;
            return false;
        }
        // Cells are copied, names of files are the caller's.
        read_file(loading, input.name, input.bytes);
        input_close(&input);
    }
    if (loading->count)
        qsort(loading->rows, loading->count, sizeof *loading->rows, by_price);
    return true;
}

// False with an error, or with loading->errors where the prices are at fault.
static bool load(struct loading *loading, char **files, size_t count, struct error *error)
{
    struct online *online = &loading->online;
    if (!online_open(online, loading->dry_run ? ONLINE_SCHEMAS : ONLINE_SCHEMAS | ONLINE_KAFKA, error) ||
        !read_files(loading, files, count, error) || !take_prices(loading, error) || loading->errors)
        return false;
    if (loading->dry_run)
        return true;
    loading->publisher = kafka_publisher_open(&online->settings.kafka, NULL, error);
    return loading->publisher && take_prices(loading, error) &&
           kafka_publisher_flush(loading->publisher, FLUSH_MS, error);
}

static void report(const struct loading *loading, bool good)
{
    size_t documents = loading->documents, lines = loading->count;
    if (loading->online.json)
        printf("{\"lines\":%zu,\"documents\":%zu,\"errors\":%zu,\"published\":%s}\n", lines, documents,
               loading->errors, good && !loading->dry_run ? "true" : "false");
    else if (good)
        printf("%zu price%s of %zu line%s %s\n", documents, documents == 1 ? "" : "s", lines,
               lines == 1 ? "" : "s", loading->dry_run ? "would be published" : "published");
    else
        fprintf(stderr, "comptoirctl: %zu error%s; nothing was published\n", loading->errors,
                loading->errors == 1 ? "" : "s");
}

int ctl_load_prices(int argc, char **argv)
{
    struct loading loading = { 0 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&loading.online),
        { "dry-run", OPTION_FLAG, &loading.dry_run, NULL, "only check; needs no broker" },
    };
    const struct ctl_usage usage = {
        "load prices",
        "FILE...",
        "Publish prices from CSV files to the ERP's topic.",
        options,
        sizeof options / sizeof options[0],
        1,
        SIZE_MAX,
        "The first line names the columns: product, currency, unit, valid_from, unit_price, and where wanted "
        "account\n"
        "(else it is a list price), valid_to, price_basis (1), from_quantity (0) and deleted (false). "
        "Separators are\n"
        "commas, semicolons or tabs; without commas between columns a decimal mark may be one. Lines that "
        "differ in\n"
        "from_quantity and unit_price alone are one price with a scale. Nothing is sent where anything is "
        "invalid.\n"
        "Exit status: 0 all was published, 1 something is invalid, 2 it could not run."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    loading.scratch = arena_open(SCRATCH_BYTES);
    bool good = load(&loading, argv, words, &error);
    progress_clear();
    kafka_publisher_close(loading.publisher);
    arena_close(loading.scratch);
    if (!good && error.kind != ERROR_NONE)
        return online_fail(&loading.online, &error);
    report(&loading, good);
    online_close(&loading.online);
    return fflush(stdout) != 0 ? 2 : good ? 0 : 1;
}

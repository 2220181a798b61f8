// SPDX-License-Identifier: Apache-2.0
// Tables as spreadsheets write them, good and bad; and `load prices` as far as it goes without a broker.
#include "unit/ctl/command_testing.h"

#include "base/text.h"
#include "ctl/csv.h"

// Fields between |, records end in newlines; an error as "LINE: text".
static const char *read_all(const char *in, struct arena *arena)
{
    struct csv csv = csv_open(slice_of(in));
    struct text text = text_in(arena);
    struct slice fields[CSV_FIELDS];
    struct error error = { 0 };
    size_t count;
    while (csv_next(&csv, arena, fields, &count, &error)) {
        if (count == 0)
            return arena_string(arena, text_slice(&text));
        text_printf(&text, "%u:", csv.line);
        for (size_t i = 0; i < count; i++)
            text_printf(&text, "%.*s|", SLICE_ARGS(fields[i]));
    }
    text_printf(&text, "!%u:%s", error.at.line, error.message);
    return arena_string(arena, text_slice(&text));
}

static void tables_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        { "", "" },
        { "\n\r\n  \n", "" },
        { "a,b\n1,2\n", "1:a|b|2:1|2|" },
        { "a,b\r\n1,2", "1:a|b|2:1|2|" },
        { "a;b\n1,5;2\n", "1:a|b|2:1,5|2|" },
        { "a\tb\n1\t2\n", "1:a|b|2:1|2|" },
        { "\xEF\xBB\xBF"
          "a,b\n",
          "1:a|b|" },
        { "a , b\n", "1:a|b|" },
        { "a,\n,\n", "1:a||2:||" },
        { "\"a,b\",\" c \"\n", "1:a,b| c |" },
        { "\"a \"\"b\"\"\",c\n", "1:a \"b\"|c|" },
        { "a,\"1\n2\",c\nd\n", "1:a|1\n2|c|3:d|" },
        { "\"a;b\",c\n", "1:a;b|c|" },
        { "a,\"b\n", "!1:a quotation mark begins in this line and does not end" },
        { "a\n\"b\"c\n",
          "1:a|!2:something stands behind a closing quotation mark; double the marks within a field" },
        { "\"\"\n\n\"\",\"\"", "3:||" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_open(1 << 20);
        assert_string_equal(read_all(cases[i].in, arena), cases[i].want);
        arena_close(arena);
    }
}

static void too_many_fields_are_told(void **state)
{
    (void)state;
    char line[2 * CSV_FIELDS + 2];
    struct arena *arena = arena_open(1 << 20);
    memset(line, ',', sizeof line);
    line[sizeof line - 1] = '\0';
    assert_non_null(strstr(read_all(line, arena), "!1:the line has more fields"));
    arena_close(arena);
}

static char folder[] = "/tmp/csv_test_XXXXXX";
static char config[64], prices[64];

static void write_file(char path[64], const char *name, const char *content)
{
    snprintf(path, 64, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file(config, "comptoir.conf",
               "database = \"host=/nonexistent\"; schemas = \"" SOURCE_DIR "/schemas\"; maps = \"" SOURCE_DIR
               "/edi-maps\";\n");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(config);
    unlink(prices);
    return rmdir(folder);
}

#define HEAD "product;account;currency;unit;valid_from;from_quantity;unit_price\n"

static void prices_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *content;
        int want;
        const char *out, *err; // parts
    } cases[] = {
        { "scales of two prices",
          HEAD "P-1;;EUR;C62;2026-01-01;;10,5\nP-2;A;EUR;C62;2026-01-01;;1\n"
               "P-1;;EUR;C62;2026-01-01;100;9.25\n",
          0, "2 prices of 3 lines would be published\n", NULL },
        { "one", "unit_price,unit,product,currency,valid_from,deleted\n1,C62,P,EUR,2026-01-01,true\n", 0,
          "1 price of 1 line would be published\n", NULL },
        { "nothing", "", 1, NULL, ":1: the file is empty" },
        { "a head alone", HEAD, 0, "0 prices of 0 lines would be published\n", NULL },
        { "an unknown column", "product,colour\n", 1, NULL, ":1: there is no column \"colour\"" },
        { "a missing column", "product,currency,unit,valid_from\n", 1, NULL,
          ":1: column unit_price is missing" },
        { "a column twice", HEAD "", 0, "0 prices", NULL },
        { "twice", "product,product\n", 1, NULL, ":1: column product stands there twice" },
        { "an empty cell", HEAD ";;EUR;C62;2026-01-01;;1\n", 1, NULL, ":2: product is missing" },
        { "a currency", HEAD "P;;EUX;C62;2026-01-01;;1\n", 1, NULL, ":2: currency: \"EUX\" is not known" },
        { "a date", HEAD "P;;EUR;C62;1.1.2026;;1\n", 1, NULL, ":2: valid_from: \"1.1.2026\" is not a date" },
        { "a price", HEAD "\nP;;EUR;C62;2026-01-01;;1.23456\n", 1, NULL,
          ":3: unit_price: \"1.23456\" is no decimal with at most 4 places" },
        { "a quantity", HEAD "P;;EUR;C62;2026-01-01;many;1\n", 1, NULL, ":2: from_quantity: \"many\"" },
        { "a step twice", HEAD "P;;EUR;C62;2026-01-01;0;1\nP;;EUR;C62;2026-01-01;;2\n", 1, NULL,
          "prices.csv:2, too, from the same quantity on" },
        { "two ends of one price",
          "product,currency,unit,valid_from,valid_to,from_quantity,unit_price\n"
          "P,EUR,C62,2026-01-01,2026-02-01,0,2\nP,EUR,C62,2026-01-01,,10,1\n",
          1, NULL, ":3: valid_to is \"\" here and \"2026-02-01\" in" },
        { "errors of several lines", HEAD ";;EUR;C62;2026-01-01;;1\nP;;EUR;C62;2026-01-01;;x\n", 1, NULL,
          "2 errors; nothing was published" },
        { "thousands marks", HEAD "P;;EUR;C62;2026-01-01;;1.234,5\n", 1, NULL, ":2: unit_price:" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct output got;
        write_file(prices, "prices.csv", cases[i].content);
        run(ctl_load_prices, (const char *const[]){ "--config", config, "--dry-run", prices, NULL }, &got);
        if (got.status != cases[i].want || !cases[i].out != !*got.out || !cases[i].err != !*got.err ||
            (cases[i].out && !strstr(got.out, cases[i].out)) ||
            (cases[i].err && !strstr(got.err, cases[i].err)))
            fail_msg("%s: status %d\nout:\n%serr:\n%s", cases[i].name, got.status, got.out, got.err);
    }
}

static void what_cannot_run_is_told(void **state)
{
    (void)state;
    const struct command_case cases[] = {
        { "no file",
          ctl_load_prices,
          { "--config", config, "--dry-run", "/nonexistent", NULL },
          2,
          0,
          NULL,
          "/nonexistent" },
        { "no configuration",
          ctl_load_prices,
          { "--config", "/nonexistent", "x.csv", NULL },
          2,
          0,
          NULL,
          "/nonexistent" },
        { "no argument", ctl_load_prices, { NULL }, 2, 0, NULL, "FILE" },
        { "dismissed for no reason",
          ctl_dead_letter_dismiss,
          { "--config", config, "1-2", NULL },
          2,
          0,
          NULL,
          "--why is wanted" },
        { "no database",
          ctl_dead_letter_dismiss,
          { "--config", config, "--why", "old", "1-2", NULL },
          2,
          0,
          NULL,
          "/nonexistent" },
    };
    run_commands(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tables_are_read),
                                        cmocka_unit_test(too_many_fields_are_told),
                                        cmocka_unit_test(prices_are_checked),
                                        cmocka_unit_test(what_cannot_run_is_told) };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

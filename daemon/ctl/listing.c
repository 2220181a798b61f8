// SPDX-License-Identifier: Apache-2.0
#include "ctl/listing.h"

#include <assert.h>

enum { WORDS_MAX = 2, OWN_OPTIONS = 2 };

static size_t field_count(const struct listing *listing)
{
    size_t count = 0;
    while (count < LISTING_FIELDS && listing->fields[count].name)
        count++;
    return count;
}

static size_t column_count(const struct listing *listing)
{
    size_t count = 0;
    while (count < LISTING_COLUMNS && listing->columns[count].field)
        count++;
    return count;
}

bool listing_read(const struct online *online, const struct listing *listing, const char *sql,
                  const struct db_value *values, size_t count, struct document **list, struct error *error)
{
    struct db_rows rows;
    *list = NULL;
    if (!db_query(online->db, online->arena, sql ? sql : listing->sql, values, count, &rows, error))
        return error_within(error, "reading the %s", listing->name);
    *list = rows_list(online->arena, &rows, listing->fields, field_count(listing));
    return true;
}

void listing_print(const struct online *online, const struct listing *listing, const struct document *list)
{
    online_print_list(online, list, listing->columns, column_count(listing));
}

bool listing_add_parts(const struct online *online, struct document *record, const struct listing *parts,
                       size_t count, const struct db_value *values, size_t value_count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct document *list;
        if (!listing_read(online, &parts[i], NULL, values, value_count, &list, error))
            return false;
        document_add(record, parts[i].name, list);
    }
    return true;
}

// --- Lists

struct given {
    const char *text;
    bool flag;
    int64_t number;
};

struct list_call {
    const struct list_command *command;
    struct given given[LISTING_FILTERS];
    size_t filter_count;
};

// The options of the filters; their values will stand in `given`, the defaults do already.
static void take_filters(struct list_call *call, struct ctl_option *options)
{
    const struct list_filter *filters = call->command->filters;
    for (size_t i = 0; i < LISTING_FILTERS && filters[i].name; i++) {
        struct given *given = &call->given[i];
        *given = (struct given){ .text = "", .number = filters[i].number };
        void *const addresses[] = { [OPTION_FLAG] = &given->flag,
                                    [OPTION_TEXT] = (void *)&given->text,
                                    [OPTION_NUMBER] = &given->number };
        options[i] = (struct ctl_option){ filters[i].name, filters[i].kind, addresses[filters[i].kind],
                                          filters[i].value, filters[i].help };
        call->filter_count++;
    }
}

static struct db_value value_of(const struct given *given, enum ctl_option_kind kind)
{
    return kind == OPTION_FLAG   ? db_boolean(given->flag)
           : kind == OPTION_TEXT ? db_text(slice_of(given->text))
                                 : db_bigint(given->number);
}

// A word that means nothing would look like an empty list.
static bool check_filters(void *context)
{
    struct list_call *call = context;
    for (size_t i = 0; i < call->filter_count; i++) {
        const struct list_filter *filter = &call->command->filters[i];
        const char *word = call->given[i].text;
        if (!filter->known || !*word)
            continue;
        call->given[i].text = filter->known(word);
        if (call->given[i].text)
            continue;
        fprintf(stderr, "comptoirctl %s: '%s' %s\n", call->command->command, word, filter->unknown);
        return false;
    }
    return true;
}

static bool list_act(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    const struct list_call *call = context;
    const struct list_command *command = call->command;
    struct db_value values[WORDS_MAX + LISTING_FILTERS];
    size_t value_count = 0;
    struct document *list;
    for (size_t i = 0; i < command->most_words; i++)
        values[value_count++] = db_text(slice_of(i < count ? words[i] : ""));
    for (size_t i = 0; i < call->filter_count; i++)
        values[value_count++] = value_of(&call->given[i], command->filters[i].kind);
    if (!listing_read(online, &command->listing, NULL, values, value_count, &list, error))
        return false;
    listing_print(online, &command->listing, list);
    return true;
}

int list_run(const struct list_command *command, int argc, char **argv)
{
    assert(command->most_words <= WORDS_MAX);
    struct online online = { 0 };
    struct list_call call = { .command = command };
    struct ctl_option options[OWN_OPTIONS + LISTING_FILTERS] = { ONLINE_OPTIONS(&online) };
    take_filters(&call, options + OWN_OPTIONS);
    const struct online_command run = {
        .usage = { command->command, command->arguments, command->purpose, options,
                   OWN_OPTIONS + call.filter_count, command->least_words, command->most_words,
                   command->more },
        .wants = ONLINE_DATABASE,
        .prepare = check_filters,
        .act = list_act,
    };
    return online_run(&run, &online, &call, argc, argv);
}

// --- One thing

static bool show_act(struct online *online, void *context, char **words, size_t count, struct error *error)
{
    const struct show_command *command = context;
    struct document *record = NULL;
    (void)count;
    if (!command->load(online, words, &record, error))
        return false;
    if (online->json)
        online_print_json(online, record);
    else
        command->print(online, record);
    return true;
}

int show_run(const struct show_command *command, int argc, char **argv)
{
    struct online online = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&online) };
    const struct online_command run = {
        .usage = { command->command, command->arguments, command->purpose, options, OWN_OPTIONS,
                   command->words, command->words, command->more },
        .wants = ONLINE_DATABASE | command->wants,
        .act = show_act,
    };
    struct show_command context = *command;
    return online_run(&run, &online, &context, argc, argv);
}

void show_print(const struct online *online, const struct document *record, const struct table_column *sheet,
                size_t sheet_count, const struct listing *parts, size_t part_count)
{
    struct text text = text_in(online->arena);
    table_write_sheet(record, sheet, sheet_count, &text);
    for (size_t i = 0; i < part_count; i++) {
        const struct document *list = document_get(record, parts[i].name);
        if (!list || !list->first)
            continue;
        text_append_char(&text, '\n');
        if (parts[i].title)
            text_printf(&text, "%s\n", parts[i].title);
        table_write(list, parts[i].columns, column_count(&parts[i]), &text);
    }
    online_put(&text);
}

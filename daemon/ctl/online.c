// SPDX-License-Identifier: Apache-2.0
#include "ctl/online.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "doors/json.h"
#include "engine/topics.h"

enum { ARENA_CEILING = 1 << 30 };

static bool settle_kafka(struct online *online, struct error *error)
{
    struct settings *settings = &online->settings;
    settings->kafka.client_id = "comptoirctl";
    return !settings->embedded_broker || settings_find_broker(settings, online->arena, error);
}

static bool open_schemas(struct online *online, struct error *error)
{
    const struct settings *settings = &online->settings;
    const char *folder = arena_printf(online->arena, "%s/avro", settings->schemas).data;
    online->catalogue = avro_open(folder, error);
    if (!online->catalogue)
        return error_within(error, "reading the schemas");
    return !settings->schema_registry[0] || topics_register(settings, online->catalogue, error);
}

bool online_open(struct online *online, unsigned wants, struct error *error)
{
    online->arena = arena_open(ARENA_CEILING);
    const char *config = online->config ? online->config : getenv("COMPTOIR_CONFIG");
    if (!config || !*config)
        config = ONLINE_CONFIG;
    if (!settings_read(config, online->arena, &online->settings, error))
        return false;
    log_open(LOG_LEVEL_ERROR);
    if (wants & ONLINE_DATABASE && !(online->db = db_open(online->settings.database, "comptoirctl", error)))
        return false;
    if (wants & ONLINE_SCHEMAS && !open_schemas(online, error))
        return false;
    online->open = !(wants & ONLINE_KAFKA) || settle_kafka(online, error);
    return online->open;
}

void online_close(struct online *online)
{
    if (online->arena)
        arena_close(online->arena);
    if (online->catalogue)
        avro_close(online->catalogue);
    if (online->db)
        db_close(online->db);
    online->arena = NULL;
    online->catalogue = NULL;
    online->db = NULL;
}

int online_fail(struct online *online, const struct error *error)
{
    char text[1024];
    fprintf(stderr, "comptoirctl: %s\n", error_text(error, text, sizeof text));
    int status = online->open && !online->unable && error->kind == ERROR_INVALID ? 1 : 2;
    online_close(online);
    return status;
}

int online_run(const struct online_command *command, struct online *online, void *context, int argc,
               char **argv)
{
    size_t words;
    enum options_result result = options_read(&command->usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (command->prepare && !command->prepare(context))
        return 2;
    struct error error = { 0 };
    if (!online_open(online, command->wants, &error) || !command->act(online, context, argv, words, &error))
        return online_fail(online, &error);
    online_close(online);
    return 0;
}

const char *online_user(const struct online *online)
{
    const struct passwd *user = getpwuid(getuid());
    return user ? arena_printf(online->arena, "%s", user->pw_name).data : "unknown";
}

void online_put(const struct text *text)
{
    fwrite(text->data, 1, text->size, stdout);
}

void online_print_json(const struct online *online, const struct document *document)
{
    struct text text = text_in(online->arena);
    json_write(document, &text);
    text_append_char(&text, '\n');
    online_put(&text);
}

void online_print_list(const struct online *online, const struct document *list,
                       const struct table_column *columns, size_t count)
{
    if (online->json) {
        for (const struct document *record = list->first; record; record = record->next)
            online_print_json(online, record);
        return;
    }
    struct text text = text_in(online->arena);
    table_write(list, columns, count, &text);
    online_put(&text);
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/online.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/kinds.h"
#include "doors/json.h"

enum { ARENA_CEILING = 1 << 30, ADDRESS_SIZE = 512 };

// comptoird writes its embedded broker's address beside its configuration.
static bool embedded_address(const struct settings *settings, struct arena *arena, struct slice *address,
                             struct error *error)
{
    const char *path = arena_printf(arena, "%s.broker", settings->file).data;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, ERROR_UNAVAILABLE, NULL,
                         "could not read the embedded broker's address from '%s': %s; is comptoird running?",
                         path, strerror(errno));
    char line[ADDRESS_SIZE] = "";
    bool got = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    *address = arena_copy(arena, slice_trim(slice_of(line)));
    return (got && !slice_empty(*address)) ||
           error_set(error, ERROR_UNAVAILABLE, NULL, "'%s' holds no address; is comptoird still starting?",
                     path);
}

static bool settle_kafka(struct online *online, struct error *error)
{
    struct settings *settings = &online->settings;
    struct kafka_settings *kafka = &settings->kafka;
    const char **properties = ARENA_ARRAY(online->arena, kafka->property_count + 1, const char *);
    for (size_t i = 0; i < kafka->property_count; i++)
        properties[i] = kafka->properties[i];
    kafka->properties = properties;
    kafka->client_id = "comptoirctl";
    if (!settings->embedded_broker)
        return true;
    struct slice address;
    if (!embedded_address(settings, online->arena, &address, error))
        return false;
    properties[kafka->property_count++] =
        arena_printf(online->arena, "bootstrap.servers=%.*s", SLICE_ARGS(address)).data;
    return true;
}

static bool open_schemas(struct online *online, struct error *error)
{
    const struct settings *settings = &online->settings;
    const char *folder = arena_printf(online->arena, "%s/avro", settings->schemas).data;
    online->catalogue = avro_open(folder, error);
    if (!online->catalogue)
        return error_within(error, "reading the schemas");
    if (!settings->schema_registry || !*settings->schema_registry)
        return true;
    struct avro_subject *subjects = ARENA_ARRAY(online->arena, kind_count, struct avro_subject);
    for (size_t i = 0; i < kind_count; i++)
        subjects[i] = (struct avro_subject){ settings->topics[kinds[i].topic], kinds[i].type };
    return avro_use_registry(online->catalogue, settings->schema_registry, subjects, kind_count, error);
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
    return !(wants & ONLINE_KAFKA) || settle_kafka(online, error);
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
    online_close(online);
    return 2;
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

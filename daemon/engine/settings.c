// SPDX-License-Identifier: Apache-2.0
#include "engine/settings.h"

#include <libgen.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "doors/config.h"

// One row a setting: where it stands in the file, what it is, where it goes.
enum kind { KIND_TEXT, KIND_PATH, KIND_SECRET, KIND_INTEGER, KIND_INT, KIND_BOOLEAN };
struct row {
    const char *group; // NULL: top level
    const char *name;
    enum kind kind;
    size_t offset;
    const char *text;    // default of texts and paths
    int64_t number;      // default of numbers
    int64_t least, most; // bounds of numbers
};

#define AT(field) offsetof(struct settings, field)
static const struct row rows[] = {
    { NULL, "instance", KIND_TEXT, AT(instance), NULL, 0, 0, 0 },
    { NULL, "database", KIND_TEXT, AT(database), "dbname=comptoir", 0, 0, 0 },
    { NULL, "embedded_broker", KIND_BOOLEAN, AT(embedded_broker), NULL, 0, 0, 1 },
    { NULL, "topic_prefix", KIND_TEXT, AT(topic_prefix), "comptoir.", 0, 0, 0 },
    { NULL, "partitions", KIND_INT, AT(partitions), NULL, 16, 1, 1000 },
    { NULL, "progress_partitions", KIND_INT, AT(progress_partitions), NULL, 64, 1, 3000 },
    { NULL, "replication", KIND_INT, AT(replication), NULL, -1, -1, 10 },
    { NULL, "workers", KIND_INT, AT(workers), NULL, 2, 1, 64 },
    { NULL, "document_bytes", KIND_INTEGER, AT(document_bytes), NULL, 10 << 20, 1024, 1 << 30 },
    { NULL, "status_interval_ms", KIND_INTEGER, AT(status_interval_ms), NULL, 2000, 100, 3600000 },
    { NULL, "maps", KIND_PATH, AT(maps), "edi-maps", 0, 0, 0 },
    { NULL, "schemas", KIND_PATH, AT(schemas), "schemas", 0, 0, 0 },
    { "batch", "orders", KIND_INTEGER, AT(batch_documents), NULL, 500, 1, 10000 },
    { "batch", "bytes", KIND_INTEGER, AT(batch_bytes), NULL, 4 << 20, 1024, 256 << 20 },
    { "batch", "wait_ms", KIND_INTEGER, AT(batch_wait_ms), NULL, 0, 0, 10000 },
    { "relay", "threads", KIND_INT, AT(relay_threads), NULL, 4, 1, 64 },
    { "relay", "rows", KIND_INTEGER, AT(relay_rows), NULL, 2000, 1, 100000 },
    { "relay", "keep_days", KIND_INTEGER, AT(outbox_days), NULL, 14, 1, 3650 },
    { "schema_registry", "url", KIND_TEXT, AT(schema_registry), "", 0, 0, 0 },
    { "spool", "folder", KIND_PATH, AT(spool_folder), "spool", 0, 0, 0 },
    { "spool", "poll_ms", KIND_INTEGER, AT(spool_poll_ms), NULL, 1000, 10, 3600000 },
    { "cxml", "address", KIND_TEXT, AT(cxml_address), "127.0.0.1", 0, 0, 0 },
    { "cxml", "port", KIND_INTEGER, AT(cxml_port), NULL, 8080, 0, 65535 },
    { "cxml", "threads", KIND_INTEGER, AT(cxml_threads), NULL, 4, 1, 256 },
    { "cxml", "certificate", KIND_PATH, AT(cxml_certificate), NULL, 0, 0, 0 },
    { "cxml", "key", KIND_PATH, AT(cxml_key), NULL, 0, 0, 0 },
    { "deliveries", "attempts", KIND_INTEGER, AT(delivery_attempts), NULL, 20, 1, 1000 },
    { "deliveries", "first_delay_ms", KIND_INTEGER, AT(delivery_first_delay_ms), NULL, 5000, 1, 86400000 },
    { "deliveries", "most_delay_ms", KIND_INTEGER, AT(delivery_most_delay_ms), NULL, 3600000, 1, 86400000 },
    { "mail", "server", KIND_TEXT, AT(mail_server), "", 0, 0, 0 },
    { "mail", "from", KIND_TEXT, AT(mail_from), "", 0, 0, 0 },
    { "mail", "from_name", KIND_TEXT, AT(mail_from_name), "", 0, 0, 0 },
    { "mail", "user", KIND_TEXT, AT(mail_user), NULL, 0, 0, 0 },
    { "mail", "password_file", KIND_SECRET, AT(mail_password), NULL, 0, 0, 0 },
    { "mail", "authorities", KIND_PATH, AT(mail_ca), NULL, 0, 0, 0 },
    { "mail", "plain", KIND_BOOLEAN, AT(mail_plain), NULL, 0, 0, 1 },
    { "links", "url", KIND_TEXT, AT(links_url), "", 0, 0, 0 },
    { "links", "secret_file", KIND_SECRET, AT(links_secret), NULL, 0, 0, 0 },
    { "links", "days", KIND_INTEGER, AT(links_days), NULL, 14, 1, 366 },
    { "links", "address", KIND_TEXT, AT(links_address), "127.0.0.1", 0, 0, 0 },
    { "links", "port", KIND_INTEGER, AT(links_port), NULL, 8081, 0, 65535 },
    { "links", "certificate", KIND_PATH, AT(links_certificate), NULL, 0, 0, 0 },
    { "links", "key", KIND_PATH, AT(links_key), NULL, 0, 0, 0 },
    { "admin", "address", KIND_TEXT, AT(admin_address), "127.0.0.1", 0, 0, 0 },
    { "admin", "port", KIND_INTEGER, AT(admin_port), NULL, 0, 0, 65535 },
};
enum { SECRET_SIZE = 1024 };
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const struct {
    const char *name;
    size_t offset;
} roles[] = {
    { "worker", AT(role_worker) },         { "spool", AT(role_spool) },   { "cxml", AT(role_cxml) },
    { "deliveries", AT(role_deliveries) }, { "status", AT(role_status) }, { "timers", AT(role_timers) },
    { "links", AT(role_links) },
};
enum { ROLE_COUNT = sizeof roles / sizeof roles[0] };

static const char *const topic_names[TOPIC_COUNT] = {
    [TOPIC_INBOUND] = "inbound",     [TOPIC_ERP] = "erp",
    [TOPIC_EVENTS] = "events",       [TOPIC_ACKNOWLEDGEMENTS] = "acknowledgements",
    [TOPIC_APPROVALS] = "approvals", [TOPIC_QUOTES] = "quotes",
    [TOPIC_STATUS] = "status",       [TOPIC_DEAD_LETTER] = "dead-letter",
};

// Stands in every group that a row or a stage may have.
static const char *const other_names[] = { "roles", "kafka", "log_level" };

static const char *in_folder(const char *file, const char *path, struct arena *arena)
{
    if (!path || path[0] == '/')
        return path;
    char *copy = arena_string(arena, slice_of(file));
    return arena_printf(arena, "%s/%s", dirname(copy), path).data;
}

static bool read_number(const struct config_node *group, const struct row *row, int64_t *value,
                        struct error *error)
{
    if (!config_integer(group, row->name, row->number, value, error))
        return false;
    if (*value >= row->least && *value <= row->most)
        return true;
    const struct config_node *node = config_get(group, row->name);
    return error_set(
        error, ERROR_INVALID, &(struct position){ .source = node->file, .line = (uint32_t)node->line },
        "setting '%s%s%s' is %lld, wanted %lld to %lld", row->group ? row->group : "", row->group ? "." : "",
        row->name, (long long)*value, (long long)row->least, (long long)row->most);
}

// The text of a file that only the daemon may read, so that the configuration can be shown to others.
static bool read_secret(const struct config_node *group, const struct row *row, const char *file,
                        struct arena *arena, const char **secret, struct error *error)
{
    const char *path;
    char text[SECRET_SIZE];
    *secret = NULL;
    if (!config_text(group, row->name, row->text, &path, error))
        return false;
    if (!path)
        return true;
    path = in_folder(file, path, arena);
    FILE *stream = fopen(path, "rb");
    size_t size = stream ? fread(text, 1, sizeof text, stream) : 0;
    if (stream)
        fclose(stream);
    struct slice trimmed = slice_trim((struct slice){ text, size });
    if (size == sizeof text || slice_empty(trimmed) || memchr(trimmed.data, '\0', trimmed.size)) {
        const struct config_node *node = config_get(group, row->name);
        return error_set(error, ERROR_INVALID,
                         &(struct position){ .source = node->file, .line = (uint32_t)node->line },
                         "setting '%s.%s': \"%s\" cannot be read, is empty, or has more than %d bytes",
                         row->group, row->name, path, SECRET_SIZE - 1);
    }
    *secret = arena_string(arena, trimmed);
    return true;
}

static bool read_row(const struct config_node *root, const struct row *row, const char *file,
                     struct arena *arena, struct settings *settings, struct error *error)
{
    const struct config_node *group = row->group ? config_get(root, row->group) : root;
    char *field = (char *)settings + row->offset;
    int64_t number;
    switch (row->kind) {
    case KIND_TEXT:
        return config_text(group, row->name, row->text, (const char **)field, error);
    case KIND_PATH:
        if (!config_text(group, row->name, row->text, (const char **)field, error))
            return false;
        *(const char **)field = in_folder(file, *(const char **)field, arena);
        return true;
    case KIND_SECRET:
        return read_secret(group, row, file, arena, (const char **)field, error);
    case KIND_BOOLEAN:
        return config_boolean(group, row->name, row->number != 0, (bool *)field, error);
    case KIND_INT:
        if (!read_number(group, row, &number, error))
            return false;
        *(int *)field = (int)number;
        return true;
    case KIND_INTEGER:
        return read_number(group, row, (int64_t *)field, error);
    }
    return false;
}

static bool refuse(const struct config_node *node, struct error *error, const char *why)
{
    return error_set(
        error, ERROR_INVALID, &(struct position){ .source = node->file, .line = (uint32_t)node->line },
        "setting '%s' %s; deploy/comptoir.conf has them all, and `comptoird --stages` those of the stages",
        node->name ? node->name : "", why);
}

static bool stage_setting(const char *group, const char *name)
{
    for (const struct stage *const *stage = pipeline.stages; *stage; stage++)
        if (group && strcmp((*stage)->name, group) == 0)
            for (const struct setting *setting = (*stage)->settings; setting && setting->name; setting++)
                if (!name || strcmp(setting->name, name) == 0)
                    return true;
    return false;
}

static bool known(const char *group, const char *name)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        bool same_group = group ? rows[i].group && strcmp(rows[i].group, group) == 0 : !rows[i].group;
        if (same_group && strcmp(rows[i].name, name) == 0)
            return true;
        if (!group && rows[i].group && strcmp(rows[i].group, name) == 0)
            return true;
    }
    for (size_t i = 0; !group && i < sizeof other_names / sizeof other_names[0]; i++)
        if (strcmp(other_names[i], name) == 0)
            return true;
    return group ? stage_setting(group, name) : stage_setting(name, NULL);
}

static bool refuse_unknown(const struct config_node *group, const char *group_name, struct error *error)
{
    for (const struct config_node *node = group->first; node; node = node->next) {
        if (!known(group_name, node->name))
            return refuse(node, error, "is unknown");
        if (!group_name && node->kind == CONFIG_GROUP && !refuse_unknown(node, node->name, error))
            return false;
    }
    return true;
}

static bool read_roles(const struct config_node *root, struct settings *settings, struct error *error)
{
    const struct config_node *list = config_get(root, "roles");
    for (int i = 0; i < ROLE_COUNT && !list; i++)
        *(bool *)((char *)settings + roles[i].offset) = true;
    for (const struct config_node *node = list ? list->first : NULL; node; node = node->next) {
        bool found = false;
        for (int i = 0; i < ROLE_COUNT; i++)
            if (node->kind == CONFIG_TEXT && strcmp(node->text, roles[i].name) == 0)
                found = *(bool *)((char *)settings + roles[i].offset) = true;
        if (!found)
            return refuse(list, error,
                          "may name worker, spool, cxml, deliveries, status, timers and links only");
    }
    return true;
}

static bool read_kafka(const struct config_node *root, struct arena *arena, struct settings *settings,
                       struct error *error)
{
    const struct config_node *list = config_get(root, "kafka");
    size_t count = list ? list->count : 0;
    const char **properties = ARENA_ARRAY(arena, count, const char *);
    size_t i = 0;
    for (const struct config_node *node = list ? list->first : NULL; node; node = node->next) {
        if (node->kind != CONFIG_TEXT || !strchr(node->text, '='))
            return refuse(list, error, "is a list of \"name=value\" strings");
        properties[i++] = node->text;
    }
    settings->kafka = (struct kafka_settings){ properties, count, settings->instance };
    return true;
}

static bool read_stage_setting(const struct config_node *group, const struct setting *setting,
                               struct error *error)
{
    switch (setting->type) {
    case SETTING_INTEGER:
        return config_integer(group, setting->name, strtoll(setting->fallback, NULL, 10), setting->address,
                              error);
    case SETTING_BOOLEAN:
        return config_boolean(group, setting->name, strcmp(setting->fallback, "true") == 0, setting->address,
                              error);
    case SETTING_TEXT:
        return config_text(group, setting->name, setting->fallback, setting->address, error);
    }
    return false;
}

static bool read_stages(const struct config_node *root, struct error *error)
{
    for (const struct stage *const *stage = pipeline.stages; *stage; stage++)
        for (const struct setting *setting = (*stage)->settings; setting && setting->name; setting++)
            if (!read_stage_setting(config_get(root, (*stage)->name), setting, error))
                return false;
    return true;
}

// Every shard has a partition of the progress topic: those of inbound and erp, and the gateways'.
static bool check_progress(const struct config_node *root, const struct settings *settings,
                           struct error *error)
{
    enum { GATEWAYS = 8 };
    if (settings->progress_partitions >= 2 * settings->partitions + GATEWAYS)
        return true;
    return error_set(
        error, ERROR_INVALID, &(struct position){ .source = root->file, .line = (uint32_t)root->line },
        "setting 'progress_partitions' is %d, wanted at least %d: twice 'partitions' and %d for gateways",
        settings->progress_partitions, 2 * settings->partitions + GATEWAYS, GATEWAYS);
}

// What would only show when the first mail is due, or the role links opened.
static bool check_mail(const struct config_node *root, const struct settings *settings, struct error *error)
{
    enum { LEAST_SECRET = 32 };
    const char *server = settings->mail_server, *secret = settings->links_secret;
    const struct config_node *mail = config_get(root, "mail"), *links = config_get(root, "links");
    if (*server && strncmp(server, "smtp://", 7) != 0 && strncmp(server, "smtps://", 8) != 0)
        return refuse(config_get(mail, "server"), error, "is smtp://HOST:PORT or smtps://HOST:PORT");
    if (*server && !*settings->mail_from)
        return refuse(mail, error, "has a server and lacks `from`, the address that mails are from");
    if (secret && strlen(secret) < LEAST_SECRET)
        return refuse(config_get(links, "secret_file"), error,
                      "names a file with fewer than 32 characters: write 32 random bytes in base64 into it");
    return true;
}

static bool read_log_level(const struct config_node *root, struct settings *settings, struct error *error)
{
    const char *name;
    if (!config_text(root, "log_level", "info", &name, error))
        return false;
    return log_level_of(name, &settings->log_level) ||
           refuse(config_get(root, "log_level"), error, "is error, warning, info or debug");
}

static void name_topics(struct arena *arena, struct settings *settings)
{
    for (int i = 0; i < TOPIC_COUNT; i++)
        settings->topics[i] = arena_printf(arena, "%s%s", settings->topic_prefix, topic_names[i]).data;
    settings->progress_topic = arena_printf(arena, "%sprogress", settings->topic_prefix).data;
}

static void name_instance(struct arena *arena, struct settings *settings)
{
    char host[256];
    if (settings->instance)
        return;
    settings->instance = "comptoir";
    if (gethostname(host, sizeof host) == 0)
        settings->instance = arena_string(arena, (struct slice){ host, strnlen(host, sizeof host) });
}

bool settings_read(const char *file, struct arena *arena, struct settings *settings, struct error *error)
{
    *settings = (struct settings){ .file = file };
    struct config_node *root;
    if (!config_read(file, arena, &root, error) || !refuse_unknown(root, NULL, error))
        return error_within(error, "reading the configuration");
    for (int i = 0; i < ROW_COUNT; i++)
        if (!read_row(root, &rows[i], file, arena, settings, error))
            return error_within(error, "reading the configuration");
    name_instance(arena, settings);
    name_topics(arena, settings);
    return read_roles(root, settings, error) && read_kafka(root, arena, settings, error) &&
           read_log_level(root, settings, error) && check_progress(root, settings, error) &&
           check_mail(root, settings, error) && read_stages(root, error);
}

static void add_property(struct settings *settings, const char *address, struct arena *arena)
{
    struct kafka_settings *kafka = &settings->kafka;
    const char **properties = ARENA_ARRAY(arena, kafka->property_count + 1, const char *);
    if (kafka->property_count)
        memcpy(properties, kafka->properties, kafka->property_count * sizeof *properties);
    properties[kafka->property_count++] = arena_printf(arena, "bootstrap.servers=%s", address).data;
    kafka->properties = properties;
}

bool settings_use_broker(struct settings *settings, const char *address, struct arena *arena,
                         struct error *error)
{
    struct slice path = arena_printf(arena, "%s.broker", settings->file);
    add_property(settings, address, arena);
    FILE *file = fopen(path.data, "w");
    bool good = file && fprintf(file, "%s\n", address) > 0;
    if (file && fclose(file) != 0)
        good = false;
    return good ||
           error_set(error, ERROR_INTERNAL, NULL, "cannot write the broker's address to '%s'", path.data);
}

bool settings_find_broker(struct settings *settings, struct arena *arena, struct error *error)
{
    struct slice path = arena_printf(arena, "%s.broker", settings->file);
    char address[256];
    FILE *file = fopen(path.data, "r");
    size_t size = file ? fread(address, 1, sizeof address, file) : 0;
    if (file)
        fclose(file);
    if (size == 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL,
                         "could not read '%s': comptoird with its embedded broker does not run", path.data);
    struct slice trimmed = slice_trim((struct slice){ address, size });
    add_property(settings, arena_string(arena, trimmed), arena);
    return true;
}

void settings_print_stages(void)
{
    for (const struct stage *const *stage = pipeline.stages; *stage; stage++) {
        printf("%-12s %s\n", (*stage)->name, (*stage)->purpose);
        for (const struct setting *setting = (*stage)->settings; setting && setting->name; setting++)
            printf("%-12s   %s.%s = %s: %s\n", "", (*stage)->name, setting->name, setting->fallback,
                   setting->help);
    }
}

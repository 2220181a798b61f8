// SPDX-License-Identifier: Apache-2.0
// `comptoirctl publish`: canonical documents from JSON lines. All files are checked before the first document
// goes out, so that a mistake in one leaves nothing half sent.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/kinds.h"
#include "ctl/online.h"
#include "ctl/progress.h"
#include "ctl/topic_names.h"
#include "doors/json.h"

enum { SCRATCH_BYTES = 256 << 20, FLUSH_MS = 60000, READ_BYTES = 65536 };

struct publishing {
    struct online online;
    const char *topic_word, *topic;    // NULL: by type
    struct arena *scratch;             // one document's
    struct kafka_publisher *publisher; // NULL while only checking
    size_t documents, errors;
};

static bool read_file(struct arena *arena, const char *path, struct slice *bytes, struct error *error)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!file)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read '%s': %s", path, strerror(errno));
    struct text text = text_in(arena);
    char *buffer = malloc(READ_BYTES);
    for (size_t got; (got = fread(buffer, 1, READ_BYTES, file)) > 0;)
        text_append(&text, (struct slice){ buffer, got });
    free(buffer);
    bool good = !ferror(file);
    if (file != stdin)
        fclose(file);
    *bytes = text_slice(&text);
    return good || error_set(error, ERROR_UNAVAILABLE, NULL, "could not read '%s' to its end", path);
}

static void complain(struct publishing *publishing, const char *file, uint32_t line, const char *what)
{
    fprintf(stderr, "%s:%u: %s\n", file, line, what);
    publishing->errors++;
}

static void complain_findings(struct publishing *publishing, const char *file, uint32_t line,
                              struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        struct text text = text_in(publishing->scratch);
        findings->items[i].at = (struct position){ .line = line };
        finding_print(&findings->items[i], file, &text);
        fprintf(stderr, "%.*s\n", SLICE_ARGS(text_slice(&text)));
    }
    publishing->errors += findings->errors;
}

// Parses and conforms a line; NULL where it is not fit to be sent, which has been told.
static struct document *read_line(struct publishing *publishing, const char *file, uint32_t line,
                                  struct slice json)
{
    char text[1024];
    struct error error = { 0 };
    struct document *document;
    if (!json_read(json, publishing->scratch, &document, &error)) {
        error.at = (struct position){ .column = error.at.column };
        complain(publishing, file, line, error_text(&error, text, sizeof text));
        return NULL;
    }
    const struct kind *kind = kind_of(document->type);
    if (!kind) {
        snprintf(text, sizeof text, "\"$type\" is %s%s%s, wanted is one of %s",
                 document->type ? "'" : "missing", document->type ? document->type : "",
                 document->type ? "'" : "", kinds_names(publishing->scratch));
        complain(publishing, file, line, text);
        return NULL;
    }
    struct findings findings = { .arena = publishing->scratch };
    bool good =
        avro_conform(publishing->online.catalogue, kind->type, document, publishing->scratch, &findings);
    if (good && findings.errors == 0)
        return document;
    complain_findings(publishing, file, line, &findings);
    return NULL;
}

static bool send(struct publishing *publishing, const struct document *document, struct error *error)
{
    const struct kind *kind = kind_of(document->type);
    const char *topic =
        publishing->topic ? publishing->topic : publishing->online.settings.topics[kind->topic];
    struct slice bytes;
    return avro_encode(publishing->online.catalogue, topic, document, publishing->scratch, &bytes, error) &&
           kafka_publish(publishing->publisher, topic, -1, document_text(document, kind->key), bytes, NULL, 0,
                         error);
}

// Checks, and where a publisher stands ready sends, the documents of one file.
static bool take_file(struct publishing *publishing, const char *file, struct slice bytes,
                      struct error *error)
{
    uint32_t line = 0;
    while (bytes.size) {
        struct slice json = slice_trim(slice_cut(&bytes, '\n'));
        line++;
        if (slice_empty(json))
            continue;
        arena_reset(publishing->scratch);
        struct document *document = read_line(publishing, file, line, json);
        if (document && publishing->publisher && !send(publishing, document, error))
            return error_within(error, "publishing %s:%u", file, line);
        publishing->documents++;
        progress_show(publishing->publisher ? "published" : "checked", publishing->documents);
    }
    return true;
}

static bool take_files(struct publishing *publishing, char **files, const struct slice *bytes, size_t count,
                       struct error *error)
{
    publishing->documents = 0;
    for (size_t i = 0; i < count; i++)
        if (!take_file(publishing, files[i], bytes[i], error))
            return false;
    progress_clear();
    return true;
}

static bool settle_topic(struct publishing *publishing, struct error *error)
{
    enum topic topic;
    if (!publishing->topic_word)
        return true;
    publishing->topic = topic_named(&publishing->online.settings, publishing->topic_word, &topic);
    publishing->online.unable = !publishing->topic || (topic != TOPIC_INBOUND && topic != TOPIC_ERP);
    return !publishing->online.unable ||
           error_set(error, ERROR_INVALID, NULL, "documents are taken from inbound and erp, not from '%s'",
                     publishing->topic_word);
}

// False with an error, or with publishing->errors where the documents are at fault.
static bool publish(struct publishing *publishing, char **files, size_t count, struct error *error)
{
    struct online *online = &publishing->online;
    if (!online_open(online, ONLINE_SCHEMAS | ONLINE_KAFKA, error) || !settle_topic(publishing, error))
        return false;
    struct slice *bytes = ARENA_ARRAY(online->arena, count, struct slice);
    for (size_t i = 0; i < count; i++)
        if (!read_file(online->arena, files[i], &bytes[i], error))
            return false;
    if (!take_files(publishing, files, bytes, count, error) || publishing->errors)
        return false;
    publishing->publisher = kafka_publisher_open(&online->settings.kafka, NULL, error);
    return publishing->publisher && take_files(publishing, files, bytes, count, error) &&
           kafka_publisher_flush(publishing->publisher, FLUSH_MS, error);
}

int ctl_publish(int argc, char **argv)
{
    struct publishing publishing = { 0 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&publishing.online),
        { "topic", OPTION_TEXT, &publishing.topic_word, "TOPIC",
          "inbound or erp; default by the document's type" },
    };
    const struct ctl_usage usage = { "publish",
                                     "FILE...",
                                     "Publish canonical documents, one JSON object a line.",
                                     options,
                                     sizeof options / sizeof options[0],
                                     1,
                                     SIZE_MAX,
                                     "\"$type\" names the schema. FILE may be - for standard input. Nothing "
                                     "is sent where anything is invalid." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    publishing.scratch = arena_open(SCRATCH_BYTES);
    bool good = publish(&publishing, argv, words, &error);
    progress_clear();
    kafka_publisher_close(publishing.publisher);
    arena_close(publishing.scratch);
    if (!good && error.kind != ERROR_NONE)
        return online_fail(&publishing.online, &error);
    if (publishing.online.json)
        printf("{\"documents\":%zu,\"errors\":%zu}\n", publishing.documents, publishing.errors);
    else if (good)
        printf("%zu document%s published\n", publishing.documents, publishing.documents == 1 ? "" : "s");
    else
        fprintf(stderr, "comptoirctl: %zu error%s; nothing was published\n", publishing.errors,
                publishing.errors == 1 ? "" : "s");
    online_close(&publishing.online);
    return good ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
#include "ctl/translate.h"

#include <limits.h>

#include "ctl/input.h"
#include "ctl/paths.h"
#include "doors/avro.h"
#include "doors/json.h"
#include "formats/cxml/cxml.h"
#include "formats/edifact/directory.h"

int translation_fail(const struct translation *translation, const struct error *error)
{
    char text[1024];
    fprintf(stderr, "comptoirctl %s: %s\n", translation->command, error_text(error, text, sizeof text));
    return 2;
}

// Without partners and maps: what is checked against the directories alone needs no more.
static bool open_directories(struct translation *translation, const char *maps)
{
    struct error error = { 0 };
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/directories", maps);
    translation->alone = directories_load(folder, &error);
    translation->directories = translation->alone;
    return translation->alone || translation_fail(translation, &error) == 0;
}

bool translation_open(struct translation *translation)
{
    struct error error = { 0 };
    const char *maps = input_maps_folder(translation->maps);
    translation->nobody = translation->partner && strcmp(translation->partner, "none") == 0;
    if (translation->lenient && translation->nobody)
        return open_directories(translation, maps);
    translation->loaded = maps_load(maps, paths_schemas(translation->schemas, maps), &error);
    if (!translation->loaded) {
        translation_fail(translation, &error);
        return translation->lenient && !translation->partner && open_directories(translation, maps);
    }
    translation->directories = maps_directories(translation->loaded);
    if (!translation->partner || translation->nobody)
        return true;
    translation->chosen = maps_partner_named(translation->loaded, slice_of(translation->partner));
    if (translation->chosen)
        return true;
    fprintf(stderr, "comptoirctl %s: there is no partner file \"%s.conf\" in %s/partners\n",
            translation->command, translation->partner, maps);
    translation_close(translation);
    return false;
}

void translation_close(struct translation *translation)
{
    maps_free(translation->loaded);
    directories_free(translation->alone);
    translation->loaded = NULL;
    translation->alone = NULL;
}

const struct partner *translation_sender_cxml(const struct translation *translation,
                                              const struct cxml_envelope *envelope)
{
    const struct partner *partner = translation->chosen;
    for (size_t i = 0; i < envelope->from.count && !partner && !translation->nobody; i++)
        // An intermediary does not say whose order it is.
        if (!envelope->from.credentials[i].marketplace)
            partner = maps_partner_cxml(translation->loaded, envelope->from.credentials[i].domain,
                                        envelope->from.credentials[i].identity);
    return partner;
}

const struct partner *translation_sender(const struct translation *translation,
                                         const struct edifact_unit *unb, struct arena *arena)
{
    if (translation->chosen || translation->nobody || !translation->loaded)
        return translation->chosen;
    return maps_partner_edifact(translation->loaded, edifact_value(unb, &unb->segments[0], 2, 2, arena),
                                edifact_value(unb, &unb->segments[0], 2, 1, arena));
}

int translation_run(struct translation *translation, const struct ctl_usage *usage, int argc, char **argv,
                    int (*translate)(struct translation *translation, const char *path))
{
    size_t words;
    enum options_result result = options_read(usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if ((translation->prepare && !translation->prepare(translation)) || !translation_open(translation))
        return 2;
    int worst = 0;
    translation->ran = true;
    for (size_t i = 0; i < words; i++) {
        int status = translate(translation, argv[i]);
        worst = status > worst ? status : worst;
    }
    translation_close(translation);
    return fflush(stdout) == 0 ? worst : 2;
}

static void print_line(const struct finding *finding, const char *file, struct arena *arena, FILE *out)
{
    struct text line = text_in(arena);
    finding_print(finding, file, &line);
    for (size_t i = 0; i < line.size; i++)
        if ((unsigned char)line.data[i] < 0x20 || line.data[i] == 0x7F)
            line.data[i] = '.';
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, out);
}

static void print_json(const struct finding *finding, const char *file, struct arena *arena, FILE *out)
{
    struct document *record = document_record(arena, NULL);
    struct text line = text_in(arena);
    document_add_text(arena, record, "severity",
                      slice_of(finding->severity == FINDING_ERROR ? "error" : "warning"));
    document_add_text(arena, record, "file", slice_of(file));
    document_add_integer(arena, record, "line", finding->at.line);
    document_add_integer(arena, record, "column", finding->at.column);
    document_add_text(arena, record, "path", finding->where);
    document_add_text(arena, record, "text", finding->text);
    document_add_integer(arena, record, "code", finding->code);
    json_write(record, &line);
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, out);
}

void translation_print(const struct findings *findings, const char *file, bool json, FILE *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (json)
            print_json(&findings->items[i], file, findings->arena, out);
        else
            print_line(&findings->items[i], file, findings->arena, out);
    }
    if (findings->dropped && !json)
        fprintf(out, "%s: %zu more findings are not shown\n", file, findings->dropped);
}

void translation_put_segments(struct slice bytes)
{
    // A terminator ends a segment unless it is released.
    for (size_t i = 0; i < bytes.size; i++) {
        putchar(bytes.data[i]);
        if (bytes.data[i] == '?' && i + 1 < bytes.size)
            putchar(bytes.data[++i]);
        else if (bytes.data[i] == '\'')
            putchar('\n');
    }
}

// The gateway's word outranks what a map may have said; records that lack the field go without.
static void set_field(const struct translation *translation, struct document *document, const char *name,
                      struct slice text, struct arena *arena)
{
    if (!avro_has_field(maps_schemas(translation->loaded), document->type, slice_of(name)))
        return;
    for (struct document *child = document->first; child; child = child->next) {
        if (strcmp(child->name, name) == 0) {
            child->kind = DOCUMENT_TEXT;
            child->text = text;
            return;
        }
    }
    document_add_text(arena, document, name, text);
}

bool translation_complete(const struct translation *translation, struct document *document,
                          const struct translation_origin *origin, struct arena *arena,
                          struct findings *findings)
{
    const struct partner *partner = origin->partner;
    const struct avro_catalogue *schemas = maps_schemas(translation->loaded);
    bool test = origin->test || (partner && partner->test);
    if (!partner)
        findings_add(findings, FINDING_WARNING, NULL, (struct slice){ 0 }, 0,
                     "no partner file has the sender's identity, so the account is left empty");
    set_field(translation, document, "account", slice_of(partner ? partner->account : ""), arena);
    set_field(translation, document, "channel", slice_of(origin->channel), arena);
    set_field(translation, document, "partner", slice_of(partner ? partner->name : ""), arena);
    set_field(translation, document, "reply_reference", origin->reply_reference, arena);
    set_field(translation, document, "test", slice_of(test ? "true" : "false"), arena);
    return avro_conform(schemas, document->type, document, arena, findings);
}

bool translation_finish(struct translation *translation, struct document *document,
                        const struct translation_origin *origin, struct arena *arena,
                        struct findings *findings)
{
    if (!translation_complete(translation, document, origin, arena, findings))
        return false;
    struct text line = text_in(arena);
    json_write(document, &line);
    text_append_char(&line, '\n');
    fwrite(line.data, 1, line.size, stdout);
    translation->documents++;
    return true;
}

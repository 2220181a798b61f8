// SPDX-License-Identifier: Apache-2.0
// `comptoirctl cxml check`: our own rules and, where a folder of DTDs is given, the official ones.
#include <limits.h>
#include <stdint.h>

#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "doors/xml.h"
#include "formats/cxml/cxml.h"

struct checking {
    const char *dtd; // a folder, NULL for none
    bool json, strict, quiet;
    size_t documents, errors;
};

static bool validate(const struct checking *checking, const struct cxml_envelope *envelope,
                     struct slice bytes, struct findings *findings, struct error *error)
{
    char file[PATH_MAX];
    const char *module = cxml_dtd_module(envelope);
    struct position at = { .line = envelope->root->line, .column = envelope->root->column };
    if (!module) {
        findings_add(findings, FINDING_WARNING, &at, envelope->root->name, 0,
                     "no DTD is known for the kind \"%.*s\"", SLICE_ARGS(envelope->kind));
        return true;
    }
    snprintf(file, sizeof file, "%s/%s", checking->dtd, module);
    return xml_validate(bytes, file, findings, error);
}

// With --strict every warning is an error; with --quiet warnings are left out.
static void weigh(const struct checking *checking, struct findings *findings)
{
    size_t kept = 0;
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->items[i];
        if (checking->strict && finding->severity == FINDING_WARNING) {
            finding->severity = FINDING_ERROR;
            findings->errors++;
        }
        if (!checking->quiet || finding->severity == FINDING_ERROR)
            findings->items[kept++] = *finding;
    }
    findings->count = kept;
}

static void tell_kind(const struct checking *checking, const char *name, const struct cxml_envelope *envelope)
{
    if (!checking->json && envelope->root && !slice_is(envelope->kind, "OrderRequest"))
        printf("%s: well-formed, a document of kind %.*s, whose content is not checked\n", name,
               SLICE_ARGS(envelope->kind));
}

static int check_bytes(struct checking *checking, const char *name, struct slice bytes, struct arena *arena)
{
    struct cxml_envelope envelope = { .root = NULL };
    struct findings findings = { .arena = arena };
    struct error error = { 0 }, fault = { 0 };
    char text[1024];
    bool ran = true;
    if (!cxml_read(bytes, arena, &envelope, &error)) {
        findings_add(&findings, FINDING_ERROR, &error.at, (struct slice){ 0 }, 406, "%s", error.message);
    } else {
        cxml_check(&envelope, &findings);
        ran = !checking->dtd || validate(checking, &envelope, bytes, &findings, &fault);
    }
    weigh(checking, &findings);
    translation_print(&findings, name, checking->json, stdout);
    if (findings.errors == 0)
        tell_kind(checking, name, &envelope);
    checking->documents++;
    checking->errors += findings.errors;
    if (!ran)
        fprintf(stderr, "comptoirctl cxml check: %s\n", error_text(&fault, text, sizeof text));
    return !ran ? 2 : findings.errors ? 1 : 0;
}

static int check_file(struct checking *checking, const char *path)
{
    struct input input;
    struct error error = { 0 };
    char text[1024];
    if (!input_open(path, &input, &error)) {
        fprintf(stderr, "comptoirctl cxml check: %s\n", error_text(&error, text, sizeof text));
        return 2;
    }
    struct arena *arena = arena_open(SIZE_MAX);
    int status = check_bytes(checking, input.name, input.bytes, arena);
    arena_close(arena);
    input_close(&input);
    return status;
}

int ctl_cxml_check(int argc, char **argv)
{
    struct checking checking = { .dtd = NULL };
    const struct ctl_option options[] = {
        { "dtd", OPTION_TEXT, &checking.dtd, "DIR", "validate against the official DTDs in this folder too" },
        { "strict", OPTION_FLAG, &checking.strict, NULL, "warnings are errors" },
        { "quiet", OPTION_FLAG, &checking.quiet, NULL, "no warnings" },
        { "json", OPTION_FLAG, &checking.json, NULL, "a JSON object a line" },
    };
    const struct ctl_usage usage = {
        .command = "cxml check",
        .arguments = "FILE...",
        .purpose =
            "Checks cXML documents: the envelope of each, and what an order must have to be understood.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .least_words = 1,
        .most_words = SIZE_MAX,
        .more = "Prints a line a finding, FILE:LINE:COLUMN: PATH: text [code], with cXML status codes; the "
                "text of\n"
                "a warning begins with \"warning:\". The last line counts documents and errors. A FILE of "
                "\"-\" is\n"
                "standard input. Exit status: 0 all is valid, 1 something is invalid, 2 it could not run.",
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    int worst = 0;
    for (size_t i = 0; i < words; i++) {
        int status = check_file(&checking, argv[i]);
        worst = status > worst ? status : worst;
    }
    printf(checking.json ? "{\"documents\":%zu,\"errors\":%zu}\n" : "%zu documents, %zu errors\n",
           checking.documents, checking.errors);
    return fflush(stdout) == 0 ? worst : 2;
}

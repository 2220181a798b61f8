// SPDX-License-Identifier: Apache-2.0
// Validation against a DTD of the operator's. libxml2 completes a DTD while it validates, so each thread has
// its own copy, read once and freed when the thread ends.
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/valid.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/finding.h"
#include "doors/xml.h"
#include "doors/xml_parse.h"

struct loaded_dtd {
    struct loaded_dtd *next;
    xmlDtdPtr dtd;
    char file[];
};

static pthread_key_t loaded_key;

static void free_loaded(void *first)
{
    for (struct loaded_dtd *loaded = first, *next; loaded; loaded = next) {
        next = loaded->next;
        xmlFreeDtd(loaded->dtd);
        free(loaded);
    }
}

static void make_key(void)
{
    pthread_key_create(&loaded_key, free_loaded);
}

static void keep_first(void *context, xmlErrorPtr fault)
{
    struct error *error = context;
    struct position at = { .line = fault->line > 0 ? (uint32_t)fault->line : 0 };
    if (fault->level != XML_ERR_WARNING)
        error_set(error, ERROR_INVALID, &at, "%.*s", SLICE_ARGS(slice_trim(slice_of(fault->message))));
}

static xmlDtdPtr read_dtd(const char *file, struct error *error)
{
    int handle = open(file, O_RDONLY | O_CLOEXEC);
    if (handle < 0) {
        error_set(error, ERROR_INTERNAL, NULL, "cannot open the DTD \"%s\": %m", file);
        return NULL;
    }
    struct error fault = { .kind = ERROR_NONE };
    xmlSetStructuredErrorFunc(&fault, keep_first);
    // The buffer is taken over, also on failure.
    xmlParserInputBufferPtr input = xmlParserInputBufferCreateFd(handle, XML_CHAR_ENCODING_NONE);
    xmlDtdPtr dtd = input ? xmlIOParseDTD(NULL, input, XML_CHAR_ENCODING_NONE) : NULL;
    xmlSetStructuredErrorFunc(NULL, NULL);
    close(handle);
    if (!dtd)
        error_set(error, ERROR_INTERNAL, NULL, "cannot read the DTD \"%s\": line %u: %s", file, fault.at.line,
                  fault.kind ? fault.message : "it is no DTD");
    return dtd;
}

static xmlDtdPtr dtd_of_thread(const char *file, struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    for (struct loaded_dtd *loaded = pthread_getspecific(loaded_key); loaded; loaded = loaded->next)
        if (strcmp(loaded->file, file) == 0)
            return loaded->dtd;
    xmlDtdPtr dtd = read_dtd(file, error);
    struct loaded_dtd *loaded = dtd ? malloc(sizeof *loaded + strlen(file) + 1) : NULL;
    if (!loaded) {
        if (dtd)
            xmlFreeDtd(dtd);
        error_set(error, ERROR_INTERNAL, NULL, "cannot keep the DTD \"%s\": no memory", file);
        return NULL;
    }
    loaded->next = pthread_getspecific(loaded_key);
    loaded->dtd = dtd;
    strcpy(loaded->file, file);
    pthread_setspecific(loaded_key, loaded);
    return dtd;
}

// Below the root, as all paths of ours; the root itself is its name.
static struct slice path_of(const xmlNode *node, struct arena *arena)
{
    if (!node || node->type != XML_ELEMENT_NODE)
        return (struct slice){ 0 };
    struct slice name = arena_copy(arena, slice_of((const char *)node->name));
    const xmlNode *parent = node->parent;
    if (!parent || parent->type != XML_ELEMENT_NODE || !parent->parent ||
        parent->parent->type != XML_ELEMENT_NODE)
        return name;
    return arena_printf(arena, "%.*s/%.*s", SLICE_ARGS(path_of(parent, arena)), SLICE_ARGS(name));
}

static void on_fault(void *context, xmlErrorPtr fault)
{
    struct findings *findings = context;
    const xmlNode *node = fault->node;
    if (fault->level == XML_ERR_WARNING)
        return;
    struct position at = { .line = fault->line > 0 ? (uint32_t)fault->line : 0 };
    if (node && node->type == XML_ELEMENT_NODE) {
        struct xml_place place = xml_place_unpack(node->_private);
        at = (struct position){ .line = place.line, .column = place.column };
    }
    findings_add(findings, FINDING_WARNING, &at, path_of(node, findings->arena), 406, "against the DTD: %.*s",
                 SLICE_ARGS(slice_trim(slice_of(fault->message))));
}

bool xml_validate(struct slice bytes, const char *dtd_file, struct findings *findings, struct error *error)
{
    xml_open_library();
    xmlDtdPtr dtd = dtd_of_thread(dtd_file, error);
    if (!dtd)
        return false;
    struct xml_parse parse;
    struct error fault = { .kind = ERROR_NONE };
    if (!xml_parse_open(&parse, bytes, NULL, findings->arena, &fault)) {
        findings_add(findings, FINDING_ERROR, &fault.at, (struct slice){ 0 }, 406, "%s", fault.message);
        return true;
    }
    xmlValidCtxtPtr context = xmlNewValidCtxt();
    if (context) {
        xmlSetStructuredErrorFunc(findings, on_fault);
        xmlValidateDtd(context, parse.document, dtd);
        xmlSetStructuredErrorFunc(NULL, NULL);
        xmlFreeValidCtxt(context);
    } else {
        error_set(error, ERROR_INTERNAL, NULL, "cannot validate against \"%s\": no memory", dtd_file);
    }
    xml_parse_close(&parse);
    return context != NULL;
}

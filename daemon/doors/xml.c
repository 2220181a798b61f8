// SPDX-License-Identifier: Apache-2.0
// Reading. The bytes become UTF-8 before libxml2 sees them (xml_source.c), so positions can be counted in
// what it reads; then libxml2 builds its tree under our SAX hooks, which keep the limits and refuse
// declarations.
#include "doors/xml.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "doors/xml_parse.h"
#include "doors/xml_source.h"

enum { MOST_BYTES = 16 << 20, MOST_NODES = 500000, MOST_DEPTH = 100 };

static xmlParserInputPtr refuse_entity(const char *url, const char *id, xmlParserCtxtPtr context)
{
    (void)url;
    (void)id;
    (void)context;
    return NULL;
}

// libxml2 reports to standard error by default; every fault of a document is an error of ours instead.
static void drop_message(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static void open_library(void)
{
    xmlInitParser();
    xmlSetExternalEntityLoader(refuse_entity);
}

void xml_open_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    xmlSetGenericErrorFunc(NULL, drop_message); // a setting of each thread
}

static void __attribute__((format(printf, 3, 4)))
fail(struct xml_parse *parse, struct xml_place place, const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct position at = { .line = place.line, .column = place.column };
    error_set(parse->error, ERROR_INVALID, &at, "%s", message);
    xmlStopParser(parse->context);
}

// The place that the parser has reached.
static struct xml_place here(struct xml_parse *parse)
{
    const xmlParserInput *input = parse->context->input;
    size_t offset = input ? input->consumed + (size_t)(input->cur - input->base) : 0;
    return xml_place_of(&parse->cursor, offset < parse->source.size ? offset : parse->source.size);
}

// A start tag holds no other '<', so the last one before the parser's position opens it.
static struct xml_place tag_place(struct xml_parse *parse)
{
    const xmlParserInput *input = parse->context->input;
    size_t offset = input->consumed + (size_t)(input->cur - input->base);
    if (offset > parse->source.size)
        offset = parse->source.size;
    while (offset > 0 && parse->source.data[offset - 1] != '<')
        offset--;
    return xml_place_of(&parse->cursor, offset ? offset - 1 : 0);
}

static struct xml_parse *parse_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

static void on_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                       int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted,
                       const xmlChar **attributes)
{
    struct xml_parse *parse = parse_of(context);
    if (parse->error->kind != ERROR_NONE)
        return;
    xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted,
                          attributes);
    struct xml_place place = tag_place(parse);
    xmlNodePtr made = parse->context->node;
    if (made)
        made->_private = xml_place_pack(place);
    if (++parse->node_count > parse->most_nodes)
        fail(parse, place, "the document has more than %zu elements; send it in parts", parse->most_nodes);
    else if ((unsigned)parse->context->nodeNr > parse->most_depth)
        fail(parse, place, "elements are nested more than %u deep", parse->most_depth);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    struct xml_parse *parse = parse_of(context);
    if (*parse->context->input->cur == '[') {
        fail(parse, here(parse), "the document has an internal DTD subset; declarations are refused");
        return;
    }
    xmlSAX2InternalSubset(context, name, public_id, system_id);
}

// Called for entities other than the five of XML. No document can declare any, so the name is unknown.
static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
    struct xml_parse *parse = parse_of(context);
    fail(parse, here(parse), "the entity \"&%s;\" is unknown; write the character itself",
         (const char *)name);
    return NULL;
}

static void on_error(void *context, xmlErrorPtr fault)
{
    struct xml_parse *parse = context;
    if (fault->level == XML_ERR_WARNING || parse->error->kind != ERROR_NONE)
        return;
    // A name space that is not declared or no URI is harmless: names are taken without it.
    if (fault->domain == XML_FROM_NAMESPACE)
        return;
    struct slice message = slice_trim(slice_of(fault->message));
    struct xml_place place = here(parse);
    struct position at = { .line = place.line, .column = place.column };
    error_set(parse->error, ERROR_INVALID, &at, "the XML is not well-formed: %.*s", SLICE_ARGS(message));
}

static xmlSAXHandler hooks(void)
{
    xmlSAXHandler sax;
    memset(&sax, 0, sizeof sax);
    xmlSAXVersion(&sax, 2);
    sax.internalSubset = on_doctype;
    sax.externalSubset = NULL;
    sax.getEntity = on_entity;
    sax.startElementNs = on_element;
    sax.comment = NULL;
    sax.processingInstruction = NULL;
    sax.warning = NULL;
    sax.error = NULL;
    sax.fatalError = NULL;
    sax.serror = NULL; // faults go to the thread's handler, on_error
    return sax;
}

static bool run(struct xml_parse *parse)
{
    xmlParserCtxtPtr context = parse->context = xmlNewParserCtxt();
    if (!context)
        return error_set(parse->error, ERROR_INTERNAL, NULL, "cannot make an XML parser: no memory");
    *context->sax = hooks();
    context->_private = parse;
    context->userData = context;
    // NOENT gives the five entities as characters; others end the parse in on_entity.
    // HUGE lifts libxml2's limits, below which ours already are; without it large documents fail in odd places.
    int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE;
    xmlSetStructuredErrorFunc(parse, on_error);
    parse->document =
        xmlCtxtReadMemory(context, parse->source.data, (int)parse->source.size, NULL, "UTF-8", options);
    xmlSetStructuredErrorFunc(NULL, NULL);
    if (!parse->document || parse->error->kind != ERROR_NONE || !xmlDocGetRootElement(parse->document))
        error_set(parse->error, ERROR_INVALID, NULL, "the XML is not well-formed");
    xmlFreeParserCtxt(context);
    parse->context = NULL;
    return parse->error->kind == ERROR_NONE;
}

bool xml_parse_open(struct xml_parse *parse, struct slice bytes, const struct xml_limits *limits,
                    struct arena *arena, struct error *error)
{
    xml_open_library();
    struct error local = { .kind = ERROR_NONE };
    *parse = (struct xml_parse){
        .error = &local,
        .most_nodes = limits && limits->most_nodes ? limits->most_nodes : MOST_NODES,
        .most_depth = limits && limits->most_depth ? limits->most_depth : MOST_DEPTH,
    };
    size_t most_bytes = limits && limits->most_bytes ? limits->most_bytes : MOST_BYTES;
    bool good = xml_source_open(bytes, most_bytes, arena, &parse->source, &local);
    parse->cursor = (struct xml_cursor){ .text = parse->source, .line = 1, .column = 1 };
    good = good && run(parse);
    if (!good) {
        xml_parse_close(parse);
        *error = local;
    }
    parse->error = NULL;
    return good;
}

void xml_parse_close(struct xml_parse *parse)
{
    if (parse->document)
        xmlFreeDoc(parse->document);
    parse->document = NULL;
}

static struct slice copy(struct arena *arena, const xmlChar *text)
{
    return arena_copy(arena, slice_of((const char *)text));
}

// A prefix that is not declared stays in libxml2's name.
static struct slice copy_name(struct arena *arena, const xmlChar *name)
{
    const char *colon = strrchr((const char *)name, ':');
    return arena_copy(arena, slice_of(colon ? colon + 1 : (const char *)name));
}

static void copy_attributes(const xmlNode *from, struct arena *arena, struct node *to)
{
    for (const xmlAttr *attribute = from->properties; attribute; attribute = attribute->next) {
        // Without entity nodes an attribute has one text child, or none when it is empty.
        const xmlNode *text = attribute->children;
        struct node_value value = { .name = copy_name(arena, attribute->name),
                                    .line = to->line,
                                    .column = to->column };
        if (text && text->content)
            value.text = copy(arena, text->content);
        node_add_value(arena, to, value);
    }
}

static void copy_text(const xmlNode *from, struct arena *arena, struct node *to)
{
    struct text content = text_in(arena);
    for (const xmlNode *child = from->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
            text_append(&content, slice_of((const char *)child->content));
    if (content.size)
        node_add_value(
            arena, to,
            (struct node_value){ .text = text_slice(&content), .line = to->line, .column = to->column });
}

static struct node *copy_element(const xmlNode *from, struct arena *arena)
{
    struct node *to = node_new(arena, copy_name(arena, from->name));
    struct xml_place place = xml_place_unpack(from->_private);
    to->line = place.line;
    to->column = place.column;
    copy_attributes(from, arena, to);
    copy_text(from, arena, to);
    return to;
}

// The depth is limited, so recursion is.
static struct node *copy_tree(const xmlNode *from, struct arena *arena)
{
    struct node *to = copy_element(from, arena);
    for (const xmlNode *child = from->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            node_add(to, copy_tree(child, arena));
    return to;
}

bool xml_read(struct slice bytes, const struct xml_limits *limits, struct arena *arena,
              struct xml_document *document, struct error *error)
{
    struct xml_parse parse;
    if (!xml_parse_open(&parse, bytes, limits, arena, error))
        return false;
    *document = (struct xml_document){ .root = copy_tree(xmlDocGetRootElement(parse.document), arena) };
    const xmlDtd *doctype = xmlGetIntSubset(parse.document);
    if (doctype && doctype->SystemID)
        document->doctype_system = copy(arena, doctype->SystemID);
    xml_parse_close(&parse);
    return true;
}

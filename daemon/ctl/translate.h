// SPDX-License-Identifier: Apache-2.0
// What the commands that turn messages into documents and back share: maps and schemas, the options that say
// where they are, findings on standard error, and the last steps from a map's result to a line of JSON.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/finding.h"
#include "ctl/options.h"
#include "formats/edifact/syntax.h"
#include "formats/map.h"

struct translation {
    const char *command;        // "edi to-json", for messages
    const char *maps, *schemas; // options; NULL: the usual places
    const char *partner;        // of --partner; NULL: told by the identities of the message; "none": nobody
    bool (*prepare)(
        struct translation *translation); // translation_run, behind the options; NULL: nothing to do
    bool lenient;                         // partners and maps that cannot be read leave the directories
    struct maps *loaded;                  // NULL where `lenient` has left them out
    const struct directories *directories;
    struct directories *alone;    // the same, where no maps own them
    const struct partner *chosen; // of --partner
    bool nobody;                  // of --partner none
    bool ran;                     // translation_run had what it needs, and has read the files
    size_t documents, errors;     // so far
};

#define TRANSLATION_OPTIONS(translation)                                                                     \
    { "maps", OPTION_TEXT, &(translation)->maps, "DIR",                                                      \
      "the folder edi-maps (also: environment COMPTOIR_MAPS)" },                                             \
        { "schemas", OPTION_TEXT, &(translation)->schemas, "DIR",                                            \
          "the folder schemas (also: environment COMPTOIR_SCHEMAS)" },                                       \
    {                                                                                                        \
        "partner", OPTION_TEXT, &(translation)->partner, "NAME",                                             \
            "take this partner, whatever the message says; none: nobody's settings"                          \
    }

// Loads maps and schemas and looks the partner up; false where that cannot be, which has been told.
bool translation_open(struct translation *translation);
// The partner of --partner, or else the one who is in From; NULL for nobody.
struct cxml_envelope;
const struct partner *translation_sender_cxml(const struct translation *translation,
                                              const struct cxml_envelope *envelope);
// The partner of --partner, or else the one whose identity the interchange's UNB has as its sender; NULL for nobody.
const struct partner *translation_sender(const struct translation *translation,
                                         const struct edifact_unit *unb, struct arena *arena);
void translation_close(struct translation *translation);

// A whole command: reads the options, opens the translation, hands each FILE to `translate`, which returns that
// file's exit status, and closes it again. Returns the command's, the worst of them.
int translation_run(struct translation *translation, const struct ctl_usage *usage, int argc, char **argv,
                    int (*translate)(struct translation *translation, const char *path));

// A sentence on standard error; returns 2.
int translation_fail(const struct translation *translation, const struct error *error);

// Findings as lines on `out`; a JSON object a line with `json`. Control characters become points.
void translation_print(const struct findings *findings, const char *file, bool json, FILE *out);

// Our own EDIFACT on standard output, a line a segment.
void translation_put_segments(struct slice bytes);

// What the gateways know and a map does not.
struct translation_origin {
    const struct partner *partner; // NULL: nobody knows the sender
    const char *channel;
    struct slice reply_reference;
    bool test;
};

// Sets these fields and gives every field its type; false with findings where that cannot be.
bool translation_complete(const struct translation *translation, struct document *document,
                          const struct translation_origin *origin, struct arena *arena,
                          struct findings *findings);
// The same, and prints the document as a line on standard output.
bool translation_finish(struct translation *translation, struct document *document,
                        const struct translation_origin *origin, struct arena *arena,
                        struct findings *findings);

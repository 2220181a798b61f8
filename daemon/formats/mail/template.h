// SPDX-License-Identifier: Apache-2.0
// Mail templates: text with places for the fields of a canonical document. The first line is "Subject: ..."; after
// an empty line comes the text.
//
//     {{field}}              the field as people read it: amounts with two decimals or more, instants in UTC
//     {{#field}} ... {{/field}}   once for each item of a list (its fields go before those outside), or once where
//                            the field is there and not empty
//     {{^field}} ... {{/field}}   once where it is not
//
// A line that holds nothing but an opening or closing mark leaves no empty line. The syntax is the one that many
// know from Mustache; nothing is escaped, since the result is plain text.
#pragma once

#include "base/arena.h"
#include "base/document.h"
#include "base/error.h"

enum template_language { TEMPLATE_ENGLISH, TEMPLATE_FRENCH };

struct template;

// ERROR_INVALID with file and line where a mark is not closed, closes another one, or names no field of `fields`
// (ends with NULL; NULL: any name will do), or where there is no subject. The text is kept in the arena.
const struct template *template_parse(struct arena *arena, const char *file, struct slice text,
                                      const char *const *fields, struct error *error);

// Subject and text, in the arena. Numbers and dates are written as the language does.
void template_render(const struct template *template, const struct document *document,
                     enum template_language language, struct arena *arena, struct slice *subject,
                     struct slice *text);

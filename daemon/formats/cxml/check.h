// SPDX-License-Identifier: Apache-2.0
// Inside formats/cxml: what the envelope's and the order's rules share.
#pragma once

#include <stdbool.h>

#include "formats/cxml/cxml.h"
#include "formats/cxml/path.h"

enum { CXML_BAD = 400, CXML_UNSUPPORTED = 450 };

// Adds a finding at an element.
void cxml_error(struct findings *findings, const struct node *at, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void cxml_warning(struct findings *findings, const struct node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A free decimal: digits with at most one point, a sign before; neither exponent nor thousands marks.
bool cxml_is_decimal(struct slice text);
bool cxml_is_positive(struct slice text);

// A time attribute that is there but cannot be read is an error, one without a zone a warning.
void cxml_check_time(struct findings *findings, const struct node *element, const char *attribute);

// The rules of an OrderRequest.
void cxml_check_order(const struct node *order, struct findings *findings);

// SPDX-License-Identifier: Apache-2.0
// Small steps in XML node trees that checks and maps share.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/node.h"

// The path of an element below the root, "Request/OrderRequest/ItemOut[2]/ItemDetail": an index where several
// of that name stand side by side. The root itself is its name.
struct slice cxml_path(const struct node *element, struct arena *arena);

struct position cxml_position(const struct node *element);

// The first child of that name, NULL where there is none or `parent` is NULL.
const struct node *cxml_child(const struct node *parent, const char *name);
// The same along "OrderRequestHeader/Total/Money", always by first children.
const struct node *cxml_find(const struct node *parent, const char *path);
// The next sibling of the same name.
const struct node *cxml_next(const struct node *element);

// An attribute, or with an empty name the text; trimmed, empty where absent.
struct slice cxml_text(const struct node *element, const char *name);

// A sentence that may quote a very long value, cut to a readable length.
struct slice cxml_shorten(struct slice text, struct arena *arena);

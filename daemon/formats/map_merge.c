// SPDX-License-Identifier: Apache-2.0
// Laying one map file over another: a directory's differences over the base map, a partner's over both.
// Members of groups replace each other by name. Rules replace each other by what they fill: a rule takes the
// place of all rules for the same field (for the same path where it has no field). A rule inside `within`
// gives way too, but its successor stands behind the `within`, since its place may be elsewhere.
#include "formats/map_rules.h"

static struct config_node *copy_one(const struct config_node *node, struct arena *arena)
{
    struct config_node *copy = ARENA_NEW(arena, struct config_node);
    *copy = *node;
    copy->next = NULL;
    copy->first = NULL;
    copy->count = 0;
    return copy;
}

static void append(struct config_node *parent, struct config_node *child)
{
    struct config_node **end = &parent->first;
    while (*end)
        end = &(*end)->next;
    *end = child;
    child->next = NULL;
    parent->count++;
}

static struct config_node *copy_all(const struct config_node *node, struct arena *arena)
{
    struct config_node *copy = copy_one(node, arena);
    struct config_node **end = &copy->first;
    for (const struct config_node *child = node->first; child; child = child->next) {
        *end = copy_all(child, arena);
        end = &(*end)->next;
        copy->count++;
    }
    return copy;
}

static const struct config_node *first_path(const struct config_node *rule)
{
    const struct config_node *at = config_get(rule, "at");
    return at && at->kind == CONFIG_LIST ? at->first : at;
}

// What a rule is known by: its field, its list, or the place it writes.
static const char *key_of(const struct config_node *rule)
{
    static const char *const names[] = { "field", "list", NULL };
    for (size_t i = 0; names[i]; i++) {
        const struct config_node *found = config_get(rule, names[i]);
        if (found && found->kind == CONFIG_TEXT)
            return found->text;
    }
    const struct config_node *at = first_path(rule);
    return at && at->kind == CONFIG_TEXT ? at->text : NULL;
}

static bool same_key(const struct config_node *left, const struct config_node *right)
{
    const char *a = key_of(left), *b = key_of(right);
    return a && b && strcmp(a, b) == 0;
}

static bool is_listed(const struct config_node *rules, const struct config_node *rule)
{
    for (const struct config_node *one = rules->first; one; one = one->next)
        if (same_key(one, rule))
            return true;
    return false;
}

static bool is_removal(const struct config_node *rule)
{
    const struct config_node *removes = config_get(rule, "remove");
    return removes && removes->kind == CONFIG_BOOLEAN && removes->integer;
}

static struct config_node *merge_rules(const struct config_node *base, const struct config_node *over,
                                       struct arena *arena, bool append_new);

// The rules of `over` with this rule's key. A list keeps what is not said anew.
static void add_replacements(struct config_node *merged, const struct config_node *old,
                             const struct config_node *over, struct arena *arena)
{
    for (const struct config_node *one = over->first; one; one = one->next) {
        if (!same_key(one, old) || is_removal(one))
            continue;
        append(merged, config_get(old, "list") ? map_merge(old, one, arena) : copy_all(one, arena));
    }
}

static bool stands_before(const struct config_node *base, const struct config_node *rule)
{
    for (const struct config_node *one = base->first; one != rule; one = one->next)
        if (same_key(one, rule))
            return true;
    return false;
}

static struct config_node *merge_within(const struct config_node *within, const struct config_node *over,
                                        struct arena *arena)
{
    struct config_node *merged = copy_one(within, arena);
    for (const struct config_node *member = within->first; member; member = member->next)
        append(merged, strcmp(member->name, "fields") == 0 ? merge_rules(member, over, arena, false)
                                                           : copy_all(member, arena));
    return merged;
}

static struct config_node *merge_rules(const struct config_node *base, const struct config_node *over,
                                       struct arena *arena, bool append_new)
{
    struct config_node *merged = copy_one(base, arena);
    for (const struct config_node *old = base->first; old; old = old->next) {
        if (config_get(old, "within"))
            append(merged, merge_within(old, over, arena));
        else if (!is_listed(over, old))
            append(merged, copy_all(old, arena));
        else if (append_new && !stands_before(base, old))
            add_replacements(merged, old, over, arena);
    }
    for (const struct config_node *one = append_new ? over->first : NULL; one; one = one->next)
        if (!is_listed(base, one) && !is_removal(one))
            append(merged, copy_all(one, arena));
    return merged;
}

static bool is_rules(const char *name)
{
    return strcmp(name, "fields") == 0 || strcmp(name, "expect") == 0;
}

struct config_node *map_merge(const struct config_node *base, const struct config_node *over,
                              struct arena *arena)
{
    struct config_node *merged = copy_one(base, arena);
    for (const struct config_node *member = base->first; member; member = member->next) {
        const struct config_node *other = config_get(over, member->name);
        if (!other)
            append(merged, copy_all(member, arena));
        else if (other->kind == CONFIG_LIST && member->kind == CONFIG_LIST && is_rules(member->name))
            append(merged, merge_rules(member, other, arena, true));
        else if (other->kind == CONFIG_GROUP && member->kind == CONFIG_GROUP)
            append(merged, map_merge(member, other, arena));
        else
            append(merged, copy_all(other, arena));
    }
    for (const struct config_node *member = over->first; member; member = member->next)
        if (!config_get(base, member->name))
            append(merged, copy_all(member, arena));
    return merged;
}

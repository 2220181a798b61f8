// SPDX-License-Identifier: Apache-2.0
// Paths of map files: "SG2/NAD[3035=DP]/C082.3039", "LIN/C212[7143=EN|SRV].7140", "ItemOut/@quantity". They
// are checked here against the directory, so that a slip is found when the maps are loaded and not in a
// message.
#include "formats/map_rules.h"

struct parser {
    struct map_compiler *compiler;
    const struct config_node *at;
    struct map_path *path;
    struct slice rest;
};

static bool fail(struct parser *parser, const char *what, struct slice text)
{
    struct position at = { .source = parser->at->file, .line = (uint32_t)parser->at->line, .column = 1 };
    return error_set(parser->compiler->error, ERROR_INVALID, &at, "%s \"%.*s\" in the path \"%s\"", what,
                     SLICE_ARGS(text), parser->at->text);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// "1004", "C212" or "C212.7140"; tags have three letters, groups begin with SG.
static bool is_element(struct slice name)
{
    if (name.size < 4)
        return false;
    size_t letters = !is_digit(name.data[0]);
    for (size_t i = letters; i < 4; i++)
        if (!is_digit(name.data[i]))
            return false;
    return name.size == 4 || name.data[4] == '.' || name.data[4] == '[';
}

// Cuts at the first '/' outside brackets.
static struct slice cut_step(struct slice *rest)
{
    size_t depth = 0, i = 0;
    for (; i < rest->size && (depth || rest->data[i] != '/'); i++) {
        depth += rest->data[i] == '[';
        depth -= rest->data[i] == ']' && depth;
    }
    struct slice step = { rest->data, i };
    size_t used = i < rest->size ? i + 1 : i;
    *rest = (struct slice){ rest->data + used, rest->size - used };
    return step;
}

// Cuts "[...]" with its inner brackets from the beginning of `rest`.
static bool cut_bracket(struct slice *rest, struct slice *inside)
{
    size_t depth = 0;
    for (size_t i = 0; i < rest->size; i++) {
        depth += rest->data[i] == '[';
        depth -= rest->data[i] == ']' && depth;
        if (depth)
            continue;
        *inside = (struct slice){ rest->data + 1, i - 1 };
        *rest = (struct slice){ rest->data + i + 1, rest->size - i - 1 };
        return true;
    }
    return false;
}

static struct slice *split_values(struct slice text, struct arena *arena, size_t *count)
{
    struct slice *values = NULL;
    size_t capacity = 0;
    for (*count = 0; text.size; ++*count) {
        values = arena_grow(arena, values, &capacity, *count + 1, sizeof *values);
        values[*count] = arena_copy(arena, slice_trim(slice_cut(&text, '|')));
    }
    return values;
}

// "path=A|B" in its parts; without a comparison `count` is 0.
static struct slice split_test(struct slice inside, struct arena *arena, bool *negate, size_t *count,
                               struct slice **values)
{
    const char *equals = memrchr(inside.data, '=', inside.size);
    *negate = false;
    *count = 0;
    if (!equals)
        return slice_trim(inside);
    size_t used = (size_t)(equals - inside.data);
    *values = split_values((struct slice){ equals + 1, inside.size - used - 1 }, arena, count);
    *negate = used && equals[-1] == '!';
    return slice_trim((struct slice){ inside.data, used - *negate });
}

// The node's name from the message inward: how the directory is asked.
static struct slice dot(struct arena *arena, struct slice above, struct slice name)
{
    return above.size ? arena_printf(arena, "%.*s.%.*s", SLICE_ARGS(above), SLICE_ARGS(name)) : name;
}

static struct slice alias(struct map_compiler *compiler, struct slice name)
{
    const struct config_node *found = NULL;
    for (const struct config_node *one = compiler->names ? compiler->names->first : NULL; one;
         one = one->next)
        if (slice_is(name, one->name))
            found = one;
    return found && found->text ? slice_of(found->text) : arena_copy(compiler->arena, name);
}

static bool add_test(struct parser *parser, struct map_step *step, struct slice inside, size_t *capacity)
{
    struct arena *arena = parser->compiler->arena;
    struct map_test test = { 0 };
    struct slice left = split_test(inside, arena, &test.negate, &test.count, &test.values);
    struct config_node at = *parser->at;
    at.text = arena_string(arena, left);
    test.path = map_path_compile(parser->compiler, &at, parser->path, MAP_USE_VALUE);
    if (!test.path)
        return false;
    step->tests = arena_grow(arena, step->tests, capacity, step->count + 1, sizeof *step->tests);
    step->tests[step->count++] = test;
    return true;
}

static void place_step(const struct directory_message *structure, const struct directory_entry *entry,
                       struct map_step *step)
{
    const struct directory_entry *around = &structure->entries[entry->parent];
    size_t alike = 0;
    step->name = entry->name;
    step->group = entry->group != 0;
    step->entry = step->group ? entry->first : (uint16_t)(entry - structure->entries);
    for (uint16_t i = 0; i < around->count; i++)
        alike += slice_equal(structure->entries[around->first + i].name, entry->name);
    if (alike == 1)
        step->number = (uint16_t)(entry - &structure->entries[around->first] + 1);
}

static bool step_exists(struct parser *parser, struct slice name, struct map_step *step)
{
    const struct map_rules *rules = parser->compiler->rules;
    if (rules->syntax == MAP_XML)
        return true;
    const struct directory_entry *entry = directory_path(rules->structure, parser->path->dotted);
    if (entry) {
        place_step(rules->structure, entry, step);
        return true;
    }
    struct position at = { .source = parser->at->file, .line = (uint32_t)parser->at->line, .column = 1 };
    return error_set(parser->compiler->error, ERROR_INVALID, &at,
                     "%s of %s has no %.*s at \"%.*s\", as the path \"%s\" says", rules->kind,
                     rules->directory, SLICE_ARGS(name), SLICE_ARGS(parser->path->dotted), parser->at->text);
}

static bool add_step(struct parser *parser, struct slice text, size_t *capacity)
{
    struct arena *arena = parser->compiler->arena;
    struct slice rest = text, name = slice_cut(&rest, '[');
    rest = (struct slice){ text.data + name.size, text.size - name.size };
    if (name.size == 0)
        return fail(parser, "an empty step", text);
    struct map_path *path = parser->path;
    if (path->count == MAP_STEPS)
        return fail(parser, "too many steps at", text);
    path->steps = arena_grow(arena, path->steps, capacity, path->count + 1, sizeof *path->steps);
    struct map_step step = { .name = alias(parser->compiler, name) };
    path->dotted = dot(arena, path->dotted, step.name);
    if (!step_exists(parser, step.name, &step))
        return false;
    size_t tests = 0;
    while (rest.size) {
        struct slice inside;
        if (rest.data[0] != '[' || !cut_bracket(&rest, &inside))
            return fail(parser, "brackets that do not close at", rest);
        if (!add_test(parser, &step, inside, &tests))
            return false;
    }
    path->steps[path->count++] = step;
    return true;
}

// UNS and the like stand in the messages but are defined with the service segments.
static const struct directory *directory_of(struct parser *parser, struct slice tag)
{
    const struct directory *tables = parser->compiler->rules->tables;
    const struct directory *service = directories_service(parser->compiler->directories, 3);
    return directory_segment(tables, tag) || !service ? tables : service;
}

// All occurrences of a component in a segment.
static struct directory_place *places_of(struct parser *parser, struct slice tag, struct slice name,
                                         size_t *count)
{
    struct arena *arena = parser->compiler->arena;
    struct directory_place place, *places = NULL;
    size_t capacity = 0;
    *count = 0;
    while (directory_place(directory_of(parser, tag), tag, name, (unsigned)*count + 1, &place)) {
        places = arena_grow(arena, places, &capacity, *count + 1, sizeof *places);
        places[(*count)++] = place;
    }
    return places;
}

static struct directory_place *pieces_of(struct parser *parser, struct slice tag, struct slice name,
                                         size_t *count)
{
    struct arena *arena = parser->compiler->arena;
    struct directory_place place, *pieces = NULL;
    size_t capacity = 0;
    for (*count = 0; *count < 99; ++*count) {
        struct slice numbered = arena_printf(arena, "%.*s#%zu", SLICE_ARGS(name), *count + 1);
        if (!directory_place(directory_of(parser, tag), tag, numbered, 1, &place))
            break;
        pieces = arena_grow(arena, pieces, &capacity, *count + 1, sizeof *pieces);
        pieces[*count] = place;
    }
    return pieces;
}

static bool add_part_test(struct parser *parser, struct slice tag, struct slice composite,
                          struct slice inside)
{
    struct arena *arena = parser->compiler->arena;
    struct map_path *path = parser->path;
    struct map_part_test test = { 0 };
    struct slice component = split_test(inside, arena, &test.negate, &test.count, &test.values);
    struct slice name = arena_printf(arena, "%.*s.%.*s", SLICE_ARGS(composite), SLICE_ARGS(component));
    size_t count;
    test.places = places_of(parser, tag, name, &count);
    if (count == 0 || count != path->place_count)
        return fail(parser, "the directory has no component", name);
    size_t capacity = path->part_count;
    path->parts = arena_grow(arena, path->parts, &capacity, path->part_count + 1, sizeof *path->parts);
    path->parts[path->part_count++] = test;
    return true;
}

// "1004", "C082.3039", "C212[7143=SA].7140"
static bool set_component(struct parser *parser, struct slice text, enum map_path_use use)
{
    struct map_path *path = parser->path;
    struct arena *arena = parser->compiler->arena;
    struct slice dotted = path->dotted, tag = dotted;
    while (dotted.size)
        tag = slice_cut(&dotted, '.');
    struct slice composite = { text.data, text.size < 4 ? text.size : 4 };
    struct slice tests = { text.data + composite.size, text.size - composite.size }, rest = tests, inside;
    while (rest.size && rest.data[0] == '[')
        if (!cut_bracket(&rest, &inside))
            return fail(parser, "brackets that do not close at", rest);
    struct slice name = arena_printf(arena, "%.*s%.*s", SLICE_ARGS(composite), SLICE_ARGS(rest));
    path->leaf = MAP_COMPONENT;
    path->places = places_of(parser, tag, name, &path->place_count);
    if (path->place_count == 0)
        return fail(parser, "the directory has no component", name);
    while (tests.size && tests.data[0] == '[')
        if (!cut_bracket(&tests, &inside) || !add_part_test(parser, tag, composite, inside))
            return false;
    if (slice_is(name, "C507.2380"))
        directory_place(parser->compiler->rules->tables, tag, SLICE("C507.2379"), 1, &path->format);
    if (use == MAP_USE_PIECES)
        path->pieces = pieces_of(parser, tag, name, &path->piece_count);
    return true;
}

// The last part, where it is no step. *done is false where it is one.
static bool set_leaf(struct parser *parser, struct slice last, enum map_path_use use, bool *done)
{
    struct map_path *path = parser->path;
    *done = true;
    if (slice_is(last, "#")) {
        path->leaf = MAP_INDEX;
        return true;
    }
    if (parser->compiler->rules->syntax == MAP_EDIFACT) {
        *done = is_element(last);
        return !*done || set_component(parser, last, use);
    }
    if (last.size > 1 && last.data[0] == '@') {
        path->leaf = MAP_ATTRIBUTE;
        path->attribute = arena_copy(parser->compiler->arena, (struct slice){ last.data + 1, last.size - 1 });
        return true;
    }
    path->leaf = MAP_CONTENT;
    *done = slice_is(last, ".");
    return true;
}

struct map_path *map_path_compile(struct map_compiler *compiler, const struct config_node *at,
                                  const struct map_path *context, enum map_path_use use)
{
    struct parser parser = { .compiler = compiler,
                             .at = at,
                             .path = ARENA_NEW(compiler->arena, struct map_path) };
    struct map_path *path = parser.path;
    size_t capacity = 0;
    bool done = false;
    if (at->kind != CONFIG_TEXT || !*at->text) {
        struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
        error_set(compiler->error, ERROR_INVALID, &place, "a path such as \"BGM/1004\" is wanted");
        return NULL;
    }
    path->text = at->text;
    parser.rest = slice_of(at->text);
    path->absolute = parser.rest.data[0] == '/';
    if (path->absolute)
        parser.rest = (struct slice){ parser.rest.data + 1, parser.rest.size - 1 };
    else if (context)
        path->dotted = context->dotted;
    while (parser.rest.size) {
        struct slice step = cut_step(&parser.rest);
        if (parser.rest.size == 0 && use != MAP_USE_NODE && !set_leaf(&parser, step, use, &done))
            return NULL;
        if (!done && !add_step(&parser, step, &capacity))
            return NULL;
    }
    if (use != MAP_USE_NODE && path->leaf == MAP_NODE) {
        fail(&parser, "the path ends at a node, not at a value:", slice_of(at->text));
        return NULL;
    }
    path->direct = compiler->rules->syntax == MAP_EDIFACT && map_path_is_direct(path);
    return path;
}

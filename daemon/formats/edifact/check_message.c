// SPDX-License-Identifier: Apache-2.0
// Walks a message along the structure of its directory: places each segment, counts repeats, finds what is
// missing, and goes on sensibly after a mismatch.
#include "formats/edifact/checking.h"
#include "formats/edifact/definition.h"
#include "formats/edifact/overlay.h"

#define KEY(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

enum { DEPTH = 16, LATER_TAGS = 512, COUNTS = 64 };

// An open group, from the message inward.
struct level {
    const struct directory_entry *group;
    unsigned current; // the child that was placed last
    uint32_t repeats; // how often it has stood in this repeat of the group
};

struct walk {
    struct checking *checking;
    const struct directory_message *message;
    struct level levels[DEPTH];
    unsigned depth;        // of the innermost open level
    uint16_t from;         // entry of the segment placed last, 0 before the first
    bool lost;             // the segment before could not be placed
    uint32_t misplaced[8]; // tags that stood in a wrong place: where they are missed, that has been told
    unsigned misplaced_count;
    // Where each tag stands for the last time; made when it is first needed.
    struct {
        uint32_t key, last;
    } * later;
    size_t later_mask;
};

// A child that could take a segment.
struct choice {
    unsigned level, child;
    bool found;
};

static const struct directory_entry *child_of(const struct walk *walk, const struct directory_entry *group,
                                              unsigned index)
{
    return &walk->message->entries[group->first + index];
}

// The last segment of each tag, so that asking whether one comes later costs one step.
static void note_later(struct walk *walk)
{
    const struct edifact_unit *unit = walk->checking->unit;
    size_t slots = LATER_TAGS;
    while (slots < unit->segment_count * 2 && slots < 65536)
        slots *= 2;
    walk->later = arena_take_array(walk->checking->arena, slots, sizeof *walk->later);
    walk->later_mask = slots - 1;
    size_t used = 0;
    for (size_t i = 0; i < unit->segment_count && used < slots / 2; i++) {
        uint32_t key = unit->segments[i].key;
        size_t slot = key * 2654435761u & walk->later_mask;
        while (walk->later[slot].key && walk->later[slot].key != key)
            slot = (slot + 1) & walk->later_mask;
        used += walk->later[slot].key == 0;
        walk->later[slot].key = key;
        walk->later[slot].last = (uint32_t)i;
    }
}

static bool comes_later(struct walk *walk, uint32_t key, const struct edifact_segment *segment)
{
    if (!walk->later)
        note_later(walk);
    size_t slot = key * 2654435761u & walk->later_mask;
    while (walk->later[slot].key && walk->later[slot].key != key)
        slot = (slot + 1) & walk->later_mask;
    return walk->later[slot].key &&
           walk->later[slot].last > (size_t)(segment - walk->checking->unit->segments);
}

// Calls for each mandatory child that is passed over when `choice` is taken: `missing` with its entry; stops
// and returns true when that returns true.
static bool each_missing(struct walk *walk, struct choice choice, const struct edifact_segment *segment,
                         bool (*missing)(struct walk *, const struct directory_entry *,
                                         const struct edifact_segment *))
{
    for (unsigned depth = walk->depth + 1; depth-- > choice.level;) {
        const struct level *level = &walk->levels[depth];
        unsigned from = level->current + (level->repeats > 0);
        unsigned to = depth == choice.level ? choice.child : level->group->count;
        for (unsigned i = from; i < to; i++) {
            i = child_of(walk, level->group, i)->next_mandatory;
            if (i < to && missing(walk, child_of(walk, level->group, i), segment))
                return true;
        }
    }
    return false;
}

// A mandatory segment that stands nowhere else in the structure and comes later in the message is not
// missing: the segment at hand stands too early.
static bool only_later(struct walk *walk, const struct directory_entry *entry,
                       const struct edifact_segment *segment)
{
    return entry->unique && comes_later(walk, entry->key, segment);
}

static bool report_missing(struct walk *walk, const struct directory_entry *entry,
                           const struct edifact_segment *segment)
{
    struct checking *checking = walk->checking;
    struct slice before = edifact_tag(checking->unit, segment);
    for (unsigned i = 0; i < walk->misplaced_count; i++)
        if (walk->misplaced[i] == entry->key)
            return false;
    char tag[5];
    directory_key_text(entry->key, tag);
    uint32_t previous = (uint32_t)(segment - checking->unit->segments);
    checking->segment = segment;
    if (entry->group)
        checking_report_missing(checking, slice_of(tag), previous,
                                "the mandatory segment group %u is missing before %.*s", entry->group,
                                SLICE_ARGS(before));
    else
        checking_report_missing(checking, slice_of(tag), previous,
                                "the mandatory segment is missing before %.*s", SLICE_ARGS(before));
    return false;
}

// Looks for a child that takes the tag, from the innermost open group outwards and forwards only. A child
// that has stood as often as it may counts only for `over`.
static struct choice choose(struct walk *walk, uint32_t key, const struct edifact_segment *segment,
                            struct choice *over)
{
    *over = (struct choice){ 0 };
    for (unsigned depth = walk->depth + 1; depth-- > 0;) {
        const struct level *level = &walk->levels[depth];
        const struct directory_entry *children = child_of(walk, level->group, 0);
        const uint32_t *keys = &walk->message->keys[level->group->first];
        unsigned count = level->group->count;
        for (unsigned i = level->current; i < count; i++) {
            if (keys[i] != key)
                continue;
            struct choice choice = { depth, i, true };
            if (i == level->current && level->repeats >= children[i].repeat) {
                // A trigger that comes again is a repeat of its group, one level further out.
                if (!over->found && (depth == 0 || i > 0))
                    *over = choice;
                continue;
            }
            if (!each_missing(walk, choice, segment, only_later))
                return choice;
        }
    }
    return (struct choice){ 0 };
}

static bool any_missing(struct walk *walk, const struct directory_entry *entry,
                        const struct edifact_segment *segment)
{
    (void)walk;
    (void)entry;
    (void)segment;
    return true;
}

static struct way *way_of(const struct walk *walk, uint32_t key)
{
    uint32_t mixed = (key ^ (uint32_t)walk->from << 20) * 2654435761u;
    return &walk->checking->check->ways[mixed >> 16 & (WAYS - 1)];
}

// What choose() says, where it has said it before and the child has not stood too often yet.
static bool go_known_way(const struct walk *walk, uint32_t key, struct choice *choice)
{
    const struct way *way = way_of(walk, key);
    if (!walk->from || way->message != walk->message || way->from != walk->from || way->key != key)
        return false;
    const struct level *level = &walk->levels[way->level];
    *choice = (struct choice){ way->level, way->child, true };
    return level->current != way->child || level->repeats < child_of(walk, level->group, way->child)->repeat;
}

static void note_way(const struct walk *walk, uint32_t key, struct choice choice)
{
    // A trigger that may repeat within its group is another way from the same place.
    bool plain = walk->from != 0;
    for (unsigned depth = 1; depth <= walk->depth; depth++)
        plain = plain && child_of(walk, walk->levels[depth].group, 0)->repeat == 1;
    if (plain)
        *way_of(walk, key) = (struct way){ .message = walk->message,
                                           .key = key,
                                           .from = walk->from,
                                           .child = (uint16_t)choice.child,
                                           .level = (uint16_t)choice.level };
}

// Takes the choice: closes inner groups, opens the group where the child is one.
static const struct directory_entry *enter(struct walk *walk, struct choice choice, struct edifact_spot *spot)
{
    struct level *level = &walk->levels[choice.level];
    const struct directory_entry *child = child_of(walk, level->group, choice.child);
    bool again = level->current == choice.child && level->repeats > 0;
    level->repeats = again ? level->repeats + 1 : 1;
    level->current = choice.child;
    walk->depth = choice.level;
    spot->opens = child->group && walk->depth + 1 < DEPTH;
    if (spot->opens)
        walk->levels[++walk->depth] = (struct level){ .group = child, .current = 0, .repeats = 1 };
    const struct directory_entry *entry = child->group ? child_of(walk, child, 0) : child;
    spot->entry = (uint16_t)(entry - walk->message->entries);
    return entry;
}

static void report_unplaced(struct walk *walk, const struct edifact_segment *segment, uint32_t key)
{
    struct checking *checking = walk->checking;
    struct slice tag = edifact_tag(checking->unit, segment);
    checking->segment = segment;
    bool known =
        directory_segment_keyed(checking->directory, key) || directory_segment_keyed(checking->service, key);
    bool used = false;
    for (unsigned i = 1; i < walk->message->entry_count; i++)
        used = used || walk->message->entries[i].key == key;
    // The segments that belonged to one that was lost are lost with it: one slip is one finding.
    if (used && walk->misplaced_count < sizeof walk->misplaced / sizeof *walk->misplaced)
        walk->misplaced[walk->misplaced_count++] = key;
    if (used && walk->lost)
        return;
    walk->lost = true;
    checking->empty += tag.size == 0;
    if (!tag.size)
        checking_report(checking, checking->tolerances->unknown_segment, NULL, 15,
                        "a terminator stands alone: it ends no segment");
    else if (used)
        checking_report(checking, checking->tolerances->unknown_segment, NULL, 15,
                        "the segment cannot stand at this point of %s", walk->message->type);
    else if (known)
        checking_report(checking, checking->tolerances->unknown_segment, NULL, 15,
                        "the message %s does not use this segment", walk->message->type);
    else
        checking_report(checking, checking->tolerances->unknown_segment, NULL, 15,
                        "there is no segment \"%.*s\" in %s", (int)(tag.size < 20 ? tag.size : 20), tag.data,
                        directory_name(checking->directory));
}

static void report_over(struct walk *walk, struct choice choice, const struct edifact_segment *segment)
{
    const struct level *level = &walk->levels[choice.level];
    const struct directory_entry *child = child_of(walk, level->group, choice.child);
    // Once where it passes the limit, not for each that follows.
    if (level->repeats != child->repeat)
        return;
    walk->checking->segment = segment;
    if (child->group)
        checking_report(walk->checking, walk->checking->tolerances->repeats, NULL, 36,
                        "segment group %u may stand %u time%s here", child->group, child->repeat,
                        child->repeat == 1 ? "" : "s");
    else
        checking_report(walk->checking, walk->checking->tolerances->repeats, NULL, 35,
                        "the segment may stand %u time%s here", child->repeat, child->repeat == 1 ? "" : "s");
}

// The most that anything may be repeated among the children from `first` on, before `end`.
static uint32_t most_repeats(struct walk *walk, const struct directory_entry *group, unsigned first,
                             unsigned end)
{
    uint32_t most = 0;
    for (unsigned i = first; i < end; i++)
        most = child_of(walk, group, i)->repeat > most ? child_of(walk, group, i)->repeat : most;
    return most;
}

// UNS parts heading and detail (D) where a second UNS is to come, or where what is repeated most stands behind it (PARTIN);
// else detail and summary (S).
static void check_section(struct walk *walk, const struct edifact_segment *segment)
{
    struct checking *checking = walk->checking;
    const struct edifact_token *token = edifact_find(checking->unit, segment, 1, 1, 1);
    const struct level *level = &walk->levels[walk->depth];
    unsigned here = level->current;
    bool detail = most_repeats(walk, level->group, here + 1, level->group->count) >
                  most_repeats(walk, level->group, 0, here);
    for (unsigned i = here + 1; i < level->group->count; i++)
        detail = detail || child_of(walk, level->group, i)->key == KEY('U', 'N', 'S');
    const char *want = detail ? "D" : "S";
    if (token && edifact_raw(checking->unit, token).size == 1 &&
        !slice_is(edifact_raw(checking->unit, token), want))
        checking_report(checking, checking->tolerances->codes, token, 12,
                        "\"%.*s\" is not the section that begins here in %s, which is %s",
                        SLICE_ARGS(edifact_raw(checking->unit, token)), walk->message->type, want);
}

static void check_one(struct walk *walk, const struct edifact_segment *segment, struct edifact_spot *spot)
{
    struct checking *checking = walk->checking;
    uint32_t key = segment->key;
    struct choice over = { 0 }, choice;
    const struct directory_entry *entry = NULL;
    bool known = go_known_way(walk, key, &choice);
    if (!known)
        choice = choose(walk, key, segment, &over);
    if (!choice.found && over.found) {
        report_over(walk, over, segment);
        choice = over;
    }
    if (choice.found) {
        if (!known && !over.found && !each_missing(walk, choice, segment, any_missing))
            note_way(walk, key, choice);
        else if (!known)
            each_missing(walk, choice, segment, report_missing);
        entry = enter(walk, choice, spot);
        walk->from = spot->entry;
        walk->lost = false;
    } else {
        report_unplaced(walk, segment, key);
    }
    spot->depth = (uint8_t)walk->depth;
    // UNH and UNT have been checked as the envelope that they are.
    if (key == KEY('U', 'N', 'H') || key == KEY('U', 'N', 'T'))
        return;
    check_segment(checking, segment, definition_of(checking->directory, checking->service, key, entry));
    if (choice.found && checking->overlay && !overlay_uses(checking->overlay, walk->message->type, key))
        checking_report(checking, checking->tolerances->unused, NULL, 15,
                        "%s does not use this segment in %s", overlay_name(checking->overlay),
                        walk->message->type);
    if (choice.found && key == KEY('U', 'N', 'S'))
        check_section(walk, segment);
    if (choice.found)
        totals_take(checking, segment, key, walk->levels[walk->depth].group->key);
}

// Without a directory: characters, and service segments among the user's.
static void check_flat(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    for (size_t i = 0; i < unit->segment_count; i++) {
        const struct edifact_segment *segment = &unit->segments[i];
        checking->empty += segment->tag_size == 0;
        if (segment->key != KEY('U', 'N', 'H') && segment->key != KEY('U', 'N', 'T'))
            check_segment(checking, segment, definition_flat(checking->service, segment->key));
    }
}

static void check_totals(struct checking *checking, const struct directory_message *message)
{
    const struct edifact_unit *unit = checking->unit;
    // Without lines it is the message that knows what its counts count.
    bool lines = false;
    for (unsigned i = 1; checking->totals.counted && i < message->entry_count; i++)
        lines = lines || message->keys[i] == KEY('L', 'I', 'N');
    checking->totals.counted = lines;
    for (size_t i = 0; checking->totals.counted && i < unit->segment_count; i++)
        if (unit->segments[i].key == KEY('C', 'N', 'T'))
            totals_check(checking, &unit->segments[i]);
}

struct edifact_placed check_message(struct checking *checking)
{
    const struct edifact_unit *unit = checking->unit;
    const struct directory_message *message =
        checking->directory ? directory_message(checking->directory, checking->message->type) : NULL;
    struct edifact_placed placed = { .unit = unit,
                                     .structure = message,
                                     .directory = checking->directory,
                                     .service = checking->service,
                                     .type = checking->message->type,
                                     .count = unit->segment_count };
    if (!message) {
        check_flat(checking);
        return placed;
    }
    struct walk walk = { .checking = checking, .message = message };
    walk.levels[0].group = &message->entries[0];
    placed.count -= unit->truncated && unit->segment_count > 1;
    struct edifact_spot *spots = ARENA_ARRAY(checking->arena, placed.count, struct edifact_spot);
    for (size_t i = 0; i < placed.count; i++)
        check_one(&walk, &unit->segments[i], &spots[i]);
    // Where UNT is missing, that is the finding: what should have stood before it is not known.
    check_totals(checking, message);
    placed.spots = spots;
    return placed;
}

// SPDX-License-Identifier: Apache-2.0
#include "doors/avro_ids.h"

#include <pthread.h>

#include "base/clock.h"
#include "doors/avro_registry.h"

enum { ASK_AGAIN_US = 30 * 1000 * 1000, MOST_REFUSED = 256, REGISTRY_BYTES = 16 * 1024 * 1024 };

struct subject {
    const char *topic;
    const struct schema *schema;
    int32_t id;
};

struct known {
    struct known *next;
    int32_t id;
    const struct avro_plan *plan;
};

struct refused {
    int32_t id;
    int64_t until_us; // on the monotonic clock
    struct error error;
};

struct avro_ids {
    struct arena *arena; // written under the lock
    const char *url;
    avro_ids_planner *planner;
    const void *context;
    struct subject *subjects;
    size_t subject_count, subject_capacity;
    pthread_rwlock_t lock;
    struct known *known;
    struct refused refused[MOST_REFUSED]; // a ring: bad ids must not fill the memory
    size_t refused_next;
};

static void destroy_lock(void *lock)
{
    pthread_rwlock_destroy(lock);
}

struct avro_ids *avro_ids_open(const char *url, avro_ids_planner *planner, const void *context)
{
    struct arena *arena = arena_open(SIZE_MAX);
    struct avro_ids *ids = ARENA_NEW(arena, struct avro_ids);
    ids->arena = arena;
    ids->url = arena_string(arena, slice_of(url));
    ids->planner = planner;
    ids->context = context;
    pthread_rwlock_init(&ids->lock, NULL);
    arena_defer(arena, destroy_lock, &ids->lock);
    return ids;
}

void avro_ids_close(struct avro_ids *ids)
{
    if (ids)
        arena_close(ids->arena);
}

static const struct avro_plan *find_known(const struct avro_ids *ids, int32_t id)
{
    for (const struct known *known = ids->known; known; known = known->next)
        if (known->id == id)
            return known->plan;
    return NULL;
}

static void add_known(struct avro_ids *ids, int32_t id, const struct avro_plan *plan)
{
    struct known *known = ARENA_NEW(ids->arena, struct known);
    *known = (struct known){ ids->known, id, plan };
    ids->known = known;
}

bool avro_ids_register(struct avro_ids *ids, const char *topic, const struct schema *schema,
                       struct slice json, const struct avro_plan *plan, struct error *error)
{
    struct arena *scratch = arena_open(REGISTRY_BYTES);
    const char *subject = arena_printf(scratch, "%s-%s", topic, schema->full_name).data;
    int32_t id;
    bool done = avro_registry_register(ids->url, subject, json, scratch, &id, error);
    arena_close(scratch);
    if (!done)
        return false;
    ids->subjects = arena_grow(ids->arena, ids->subjects, &ids->subject_capacity, ids->subject_count + 1,
                               sizeof *ids->subjects);
    ids->subjects[ids->subject_count++] =
        (struct subject){ arena_string(ids->arena, slice_of(topic)), schema, id };
    if (!find_known(ids, id))
        add_known(ids, id, plan);
    return true;
}

bool avro_ids_find(const struct avro_ids *ids, const char *topic, const struct schema *schema, int32_t *id)
{
    for (size_t i = 0; i < ids->subject_count; i++)
        if (ids->subjects[i].schema == schema && strcmp(ids->subjects[i].topic, topic) == 0) {
            *id = ids->subjects[i].id;
            return true;
        }
    return false;
}

static bool is_refused(const struct avro_ids *ids, int32_t id, struct error *error)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = 0; i < MOST_REFUSED; i++)
        if (ids->refused[i].until_us > now && ids->refused[i].id == id) {
            *error = ids->refused[i].error;
            return true;
        }
    return false;
}

// Makes the plan in the shared arena, under the write lock; another thread may have been faster.
static bool keep(struct avro_ids *ids, int32_t id, struct slice json, const struct avro_plan **plan,
                 struct error *error)
{
    *plan = find_known(ids, id);
    if (*plan)
        return true;
    const char *source = arena_printf(ids->arena, "schema id %d", id).data;
    struct slice kept = arena_copy(ids->arena, json);
    if (!ids->planner(ids->context, kept, source, ids->arena, plan, error))
        return false;
    add_known(ids, id, *plan);
    return true;
}

static void refuse(struct avro_ids *ids, int32_t id, const struct error *error)
{
    ids->refused[ids->refused_next] =
        (struct refused){ .id = id, .until_us = clock_monotonic_us() + ASK_AGAIN_US, .error = *error };
    ids->refused_next = (ids->refused_next + 1) % MOST_REFUSED;
}

static bool fetch(struct avro_ids *ids, int32_t id, const struct avro_plan **plan, struct error *error)
{
    struct arena *scratch = arena_open(REGISTRY_BYTES);
    struct slice json;
    bool done = avro_registry_fetch(ids->url, id, scratch, &json, error);
    pthread_rwlock_wrlock(&ids->lock);
    done = done && keep(ids, id, json, plan, error);
    if (!done && error->kind == ERROR_INVALID)
        refuse(ids, id, error);
    pthread_rwlock_unlock(&ids->lock);
    arena_close(scratch);
    return done;
}

bool avro_ids_plan(struct avro_ids *ids, int32_t id, const struct avro_plan **plan, struct error *error)
{
    pthread_rwlock_rdlock(&ids->lock);
    *plan = find_known(ids, id);
    bool refused = !*plan && is_refused(ids, id, error);
    pthread_rwlock_unlock(&ids->lock);
    return *plan || (!refused && fetch(ids, id, plan, error));
}

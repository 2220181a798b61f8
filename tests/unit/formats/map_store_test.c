// SPDX-License-Identifier: Apache-2.0
// Maps that are replaced while threads use them. The sanitizers tell of a generation freed too early or never.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "formats/map_store.h"

static struct maps *load(void)
{
    struct error error = { 0 };
    struct maps *maps = maps_load(SOURCE_DIR "/edi-maps", SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        fail_msg("%s", error.message);
    return maps;
}

static void held_maps_outlive_their_replacement(void **state)
{
    (void)state;
    struct maps *first = load(), *second = load();
    struct map_store *store = map_store_open(first);
    const struct maps *held = map_store_hold(store), *again = map_store_hold(store);
    assert_ptr_equal(held, first);
    assert_ptr_equal(again, first);
    map_store_replace(store, second);
    const struct maps *newer = map_store_hold(store);
    assert_ptr_equal(newer, second);
    map_store_release(store, again);
    assert_true(maps_partner_count(held) > 0);
    assert_non_null(maps_find(held, "ORDERS", "D96A", maps_partner(held, 0)));
    map_store_release(store, held);
    map_store_release(store, newer);
    map_store_close(store);
}

static struct map_store *shared;
static atomic_bool done;

static void *use(void *argument)
{
    size_t *found = argument;
    while (!atomic_load(&done)) {
        const struct maps *maps = map_store_hold(shared);
        *found += maps_find(maps, "ORDERS", "D96A", maps_partner(maps, 0)) != NULL;
        map_store_release(shared, maps);
    }
    return NULL;
}

static void threads_see_whole_generations(void **state)
{
    (void)state;
    enum { THREADS = 3, GENERATIONS = 4 };
    pthread_t threads[THREADS];
    size_t found[THREADS] = { 0 };
    shared = map_store_open(load());
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use, &found[i]), 0);
    for (size_t i = 0; i < GENERATIONS; i++)
        map_store_replace(shared, load());
    atomic_store(&done, true);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_true(found[i] > 0);
    }
    map_store_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_maps_outlive_their_replacement),
        cmocka_unit_test(threads_see_whole_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

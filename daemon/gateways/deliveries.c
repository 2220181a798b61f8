// SPDX-License-Identifier: Apache-2.0
// The delivery queue's threads. A delivery is rendered in one transaction and sent in the next, so that what
// is sent is known to be kept; its row stays locked while it is sent, so that nobody else sends it too. If
// the process dies after sending, the same bytes go out once more.
#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/owed_ack.h"
#include "formats/map_store.h"
#include "gateways/archive.h"
#include "gateways/folder.h"
#include "gateways/interchange.h"
#include "gateways/mail.h"
#include "gateways/plain.h"
#include "gateways/render.h"
#include "gateways/send.h"
#include "gateways/threads.h"

enum { CXML_THREADS = 3, IDLE_MS = 200, MOST_PAUSE_MS = 10000, ARENA_BYTES = 256 << 20 };

struct deliveries;

// One thread: a connection and a channel.
struct courier {
    struct deliveries *deliveries;
    const char *channel;
    struct db *db;
    struct arena *arena;
    const struct maps *maps; // held during one step
};

struct deliveries {
    struct gateway *gateway;
    const char *out;
    struct courier couriers[2 + CXML_THREADS];
};

static bool connect_db(struct courier *courier, struct error *error)
{
    if (!courier->db)
        courier->db =
            db_open(courier->deliveries->gateway->engine->settings->database, "comptoird deliveries", error);
    else if (db_lost(courier->db))
        return db_reopen(courier->db, error);
    return courier->db != NULL;
}

static const struct partner *partner_of(const struct courier *courier, const struct delivery *delivery)
{
    return maps_partner_named(courier->maps, delivery->partner);
}

// For the desk: what the archived bytes are, and under which reference the partner will speak of them.
static bool describe(struct courier *courier, const struct rendering *rendering,
                     const struct rendered *rendered, int64_t archived, struct error *error)
{
    const struct partner *partner = rendering->partner;
    struct arena *arena = courier->arena;
    const struct partner_identity *us = &partner->edifact_us, *them = &partner->edifact_identities[0];
    const struct archive_facts facts = {
        .control = rendered->control,
        .sender = interchange_party(arena, us->domain, us->identity),
        .receiver = interchange_party(arena, them->domain, them->identity),
        .kind = slice_of(rendered->kind),
        .messages = 1,
        .delivery = rendering->delivery->id,
    };
    return owed_control(courier->db, arena, rendering->delivery->id, rendered->control,
                        partner->edifact_acknowledge, partner->edifact_ack_within_minutes, error) &&
           archive_describe(courier->db, arena, archived, &facts, error);
}

static bool is_mail(const struct delivery *delivery)
{
    return slice_is(delivery->channel, "mail");
}

// A mail is a person's, not a partner's: it is kept with the delivery alone.
static bool keep_mail(struct courier *courier, const struct delivery *delivery, struct error *error)
{
    struct slice bytes;
    return mail_render(courier->deliveries->gateway->engine, courier->maps, delivery, clock_now_us(),
                       courier->arena, &bytes, error) &&
           owed_rendered(courier->db, courier->arena, delivery->id, bytes, error);
}

static bool keep_rendered(struct courier *courier, const struct delivery *delivery, struct error *error)
{
    const struct rendering rendering = {
        .engine = courier->deliveries->gateway->engine,
        .maps = courier->maps,
        .partner = partner_of(courier, delivery),
        .delivery = delivery,
        .now_us = clock_now_us(),
    };
    struct rendered rendered;
    int64_t archived;
    if (!render(&rendering, courier->db, courier->arena, &rendered, error) ||
        !owed_rendered(courier->db, courier->arena, delivery->id, rendered.bytes, error) ||
        !archive_put(courier->db, courier->arena, ARCHIVE_OUT, delivery->channel, delivery->partner,
                     delivery->reference, rendered.bytes, rendering.now_us, &archived, error))
        return false;
    // Said before the answer itself, which waits for the next step.
    if (rendered.refusal && rendering.partner->edifact_aperak &&
        !owed_beside(courier->db, courier->arena, delivery->id, "APERAK", error))
        return false;
    return !rendered.kind || describe(courier, &rendering, &rendered, archived, error);
}

static bool send(struct courier *courier, const struct delivery *delivery, struct error *error)
{
    if (is_mail(delivery))
        return mail_deliver(courier->deliveries->gateway->engine->settings, delivery, courier->arena, error);
    if (slice_is(delivery->channel, "edifact"))
        return send_file(delivery, courier->deliveries->out, courier->arena, error);
    return send_cxml(delivery, partner_of(courier, delivery), courier->arena, error);
}

// Notes a failure: again later, or never where the attempts are used up or `final` says so.
static bool note_failure(struct courier *courier, const struct delivery *delivery, const char *why,
                         bool final, struct error *error)
{
    const struct settings *settings = courier->deliveries->gateway->engine->settings;
    int64_t failures = delivery->attempts + 1;
    bool ends = final || failures >= settings->delivery_attempts;
    int64_t wait_ms =
        send_delay_ms(failures, settings->delivery_first_delay_ms, settings->delivery_most_delay_ms);
    // A sentence that was cut within a letter would be refused by the database, for ever.
    why = plain_text(courier->arena, slice_of(why)).data;
    if (!owed_failed(courier->db, courier->arena, delivery->id, why,
                     ends ? 0 : clock_now_us() + wait_ms * 1000, error))
        return false;
    log_line(&courier->deliveries->gateway->log, ends ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
             ends ? "delivery_given_up" : "delivery_failed",
             "delivery \"%.*s\" to partner %.*s, attempt %lld: %s", SLICE_ARGS(delivery->id),
             SLICE_ARGS(delivery->partner), (long long)failures, why);
    return true;
}

static bool note_delivered(struct courier *courier, const struct delivery *delivery, struct error *error)
{
    if (!owed_delivered(courier->db, courier->arena, delivery->id, clock_now_us(), error))
        return false;
    log_line(&courier->deliveries->gateway->log, LOG_LEVEL_INFO, "delivered",
             "delivery \"%.*s\" to partner %.*s, %zu bytes", SLICE_ARGS(delivery->id),
             SLICE_ARGS(delivery->partner), delivery->bytes.size);
    return true;
}

// What could not be rendered has written something already (a number was drawn): it is undone, and the
// failure noted in a transaction of its own.
static bool note_unrendered(struct courier *courier, const struct delivery *delivery, const struct error *why,
                            struct error *error)
{
    char text[1024];
    db_rollback(courier->db);
    return db_begin(courier->db, error) &&
           note_failure(courier, delivery, error_text(why, text, sizeof text), false, error);
}

static struct slice obstacle_of(const struct courier *courier, const struct delivery *delivery)
{
    if (is_mail(delivery))
        return mail_obstacle(courier->deliveries->gateway->engine->settings, courier->maps, courier->arena);
    return render_obstacle(delivery, partner_of(courier, delivery), courier->arena);
}

static bool handle(struct courier *courier, const struct delivery *delivery, struct error *error)
{
    struct error why = { 0 };
    char text[1024];
    struct slice obstacle = obstacle_of(courier, delivery);
    if (obstacle.size)
        return note_failure(courier, delivery, obstacle.data, true, error);
    if (slice_empty(delivery->bytes)) {
        if (is_mail(delivery) ? keep_mail(courier, delivery, &why) : keep_rendered(courier, delivery, &why))
            return true;
        if (db_lost(courier->db)) {
            *error = why;
            return false;
        }
        return note_unrendered(courier, delivery, &why, error);
    }
    if (!send(courier, delivery, &why))
        return note_failure(courier, delivery, error_text(&why, text, sizeof text),
                            is_mail(delivery) && why.kind == ERROR_INVALID, error);
    if (FAILPOINT_ERROR("deliveries.after_send"))
        return note_failure(courier, delivery, "failpoint deliveries.after_send", false, error);
    return note_delivered(courier, delivery, error);
}

// One delivery, one step. An unknown end of the transaction needs no care: the row says what was done, and
// the same bytes may go out again.
static bool step(struct courier *courier, bool *found, struct error *error)
{
    struct delivery delivery;
    bool unknown;
    *found = false;
    if (!connect_db(courier, error) || !db_begin(courier->db, error))
        return false;
    if (!owed_next(courier->db, courier->arena, courier->channel, clock_now_us(), &delivery, found, error) ||
        (*found && !handle(courier, &delivery, error))) {
        db_rollback(courier->db);
        return false;
    }
    if (!db_commit(courier->db, &unknown, error))
        return false;
    if (*found && slice_empty(delivery.bytes))
        FAILPOINT("deliveries.after_render");
    return true;
}

static void *run(void *argument)
{
    struct courier *courier = argument;
    struct gateway *gateway = courier->deliveries->gateway;
    int64_t pause_ms = IDLE_MS;
    while (!gateway_stopping(gateway)) {
        struct error error = { 0 };
        bool found;
        arena_reset(courier->arena);
        courier->maps = map_store_hold(gateway->engine->maps);
        bool good = step(courier, &found, &error);
        map_store_release(gateway->engine->maps, courier->maps);
        if (good) {
            pause_ms = IDLE_MS;
            if (found)
                continue;
        } else {
            log_error(&gateway->log, LOG_LEVEL_WARNING, "deliveries_interrupted", &error);
            pause_ms = pause_ms * 2 < MOST_PAUSE_MS ? pause_ms * 2 : MOST_PAUSE_MS;
        }
        gateway_sleep(gateway, pause_ms);
    }
    return NULL;
}

static bool start(struct deliveries *deliveries, size_t index, const char *channel, struct error *error)
{
    struct courier *courier = &deliveries->couriers[index];
    *courier =
        (struct courier){ .deliveries = deliveries, .channel = channel, .arena = arena_open(ARENA_BYTES) };
    return gateway_start(deliveries->gateway, run, courier, error);
}

static bool prepare(struct deliveries *deliveries, struct error *error)
{
    const struct settings *settings = deliveries->gateway->engine->settings;
    struct arena *arena = deliveries->gateway->arena;
    deliveries->out = arena_printf(arena, "%s/out", settings->spool_folder).data;
    if (!folder_make(deliveries->out, error))
        return error_within(error, "preparing setting 'spool_folder'");
    bool good = start(deliveries, 0, "edifact", error);
    if (settings->mail_server[0])
        good = good && start(deliveries, 1, "mail", error);
    // A partner that answers slowly keeps one of these waiting.
    for (size_t i = 0; good && i < CXML_THREADS; i++)
        good = start(deliveries, 2 + i, "cxml", error);
    return good;
}

struct gateway *deliveries_open(struct engine *engine, struct error *error)
{
    struct gateway *gateway = gateway_new(engine, "deliveries");
    struct deliveries *deliveries = ARENA_NEW(gateway->arena, struct deliveries);
    gateway->own = deliveries;
    deliveries->gateway = gateway;
    if (prepare(deliveries, error))
        return gateway;
    error_within(error, "starting the deliveries");
    deliveries_close(gateway);
    return NULL;
}

void deliveries_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    struct deliveries *deliveries = gateway->own;
    gateway_join(gateway);
    for (size_t i = 0; i < sizeof deliveries->couriers / sizeof deliveries->couriers[0]; i++) {
        if (!deliveries->couriers[i].arena)
            continue;
        db_close(deliveries->couriers[i].db);
        arena_close(deliveries->couriers[i].arena);
    }
    gateway_free(gateway);
}

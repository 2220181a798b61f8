// SPDX-License-Identifier: Apache-2.0
// comptoird: reads the configuration, opens what the roles need, starts their threads, waits for a signal,
// stops them in the reverse order.
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "doors/service.h"
#include "engine/migrate.h"
#include "engine/outbox.h"
#include "engine/topics.h"
#include "engine/worker.h"
#include "formats/map_store.h"
#include "gateways/gateway.h"

enum { UPKEEP_EVERY_US = 600 * 1000000, WATCH_MS = 200, LOOK_US = 200000, CLOSE_WITHIN_S = 30 };

struct daemon {
    struct settings settings;
    struct arena *lasting;
    struct engine engine;
    struct kafka_broker *broker;
    struct avro_catalogue *catalogue;
    struct map_store *maps;
    struct db *db; // of the main thread while it starts, then of the upkeep's
    pthread_t upkeep;
    bool kept_up;
    struct worker *workers[64];
    int worker_count;
    struct gateway *spool, *cxml, *deliveries, *timers, *links, *admin;
    struct status *status;
};

static void usage(void)
{
    puts("comptoird: takes business documents, decides them once and answers them.\n"
         "\n"
         "usage: comptoird --config FILE [--check-config]\n"
         "       comptoird --stages | --failpoints | --version | --help\n"
         "\n"
         "  --config FILE   the configuration (default /etc/comptoir/comptoir.conf)\n"
         "  --check-config  read configuration, schemas and maps, say what is wrong, start nothing\n"
         "  --stages        the stages in their order, with their settings\n"
         "  --failpoints    places where a test can make the process fail, in builds that have them\n"
         "  --version       print the version\n"
         "  --help          print this\n"
         "\n"
         "SIGHUP reads partners and maps anew, all or nothing.\n"
         "SIGTERM or SIGINT stops in order; a second one at once, which is safe. See comptoird(8).");
}

static bool open_embedded(struct daemon *daemon, struct error *error)
{
    struct settings *settings = &daemon->settings;
    daemon->broker = topics_open_embedded(settings, error);
    if (!daemon->broker)
        return false;
    const char *address = kafka_broker_address(daemon->broker);
    log_line(
        NULL, LOG_LEVEL_INFO, "embedded_broker",
        "in-process broker at %s for evaluation only: it forgets everything at exit and keeps about 5 MB a "
        "partition",
        address);
    return settings_use_broker(settings, address, daemon->lasting, error);
}

static bool open_kafka(struct daemon *daemon, struct error *error)
{
    struct settings *settings = &daemon->settings;
    if (settings->embedded_broker && !open_embedded(daemon, error))
        return false;
    struct slice cluster;
    if (!kafka_cluster(&settings->kafka, daemon->lasting, &cluster, error))
        return false;
    // The embedded broker's own id may come again: its records do not.
    if (settings->embedded_broker)
        cluster = arena_printf(daemon->lasting, "%.*s@%lld", SLICE_ARGS(cluster), (long long)clock_now_us());
    daemon->engine.cluster = cluster.data;
    return settings->embedded_broker || topics_create(settings, error);
}

static bool open_database(struct daemon *daemon, struct error *error)
{
    struct arena *arena = arena_open(16 << 20);
    daemon->db = db_open(daemon->settings.database, "comptoir", error);
    bool good = daemon->db && migrate(daemon->db, arena, daemon->settings.schemas, error) &&
                outbox_upkeep(daemon->db, arena, clock_now_us(), daemon->settings.outbox_days, error);
    arena_close(arena);
    return good;
}

static bool read_data(struct daemon *daemon, struct error *error)
{
    const struct settings *settings = &daemon->settings;
    struct slice avro = arena_printf(daemon->lasting, "%s/avro", settings->schemas);
    daemon->engine.settings = settings;
    daemon->engine.catalogue = daemon->catalogue = avro_open(avro.data, error);
    if (!daemon->catalogue)
        return false;
    struct maps *maps = maps_load(settings->maps, avro.data, error);
    if (maps)
        daemon->engine.maps = daemon->maps = map_store_open(maps);
    return maps != NULL;
}

static bool start_workers(struct daemon *daemon, struct error *error)
{
    // The embedded broker may take a minute to share partitions anew when a second member joins late.
    int count = daemon->settings.embedded_broker ? 1 : daemon->settings.workers;
    for (int i = 0; i < count; i++) {
        if (!(daemon->workers[i] = worker_open(&daemon->engine, i, error)))
            return false;
        daemon->worker_count++;
    }
    return true;
}

static bool start(struct daemon *daemon, struct error *error)
{
    const struct settings *settings = &daemon->settings;
    struct engine *engine = &daemon->engine;
    if (!open_database(daemon, error) || !open_kafka(daemon, error))
        return false;
    if (settings->schema_registry[0] && !topics_register(settings, daemon->catalogue, error))
        return false;
    if (!(engine->relay = relay_open(settings, error)))
        return false;
    if (settings->role_worker && !start_workers(daemon, error))
        return false;
    if (settings->role_spool && !(daemon->spool = spool_open(engine, error)))
        return false;
    if (settings->role_cxml && !(daemon->cxml = cxml_open(engine, error)))
        return false;
    if (settings->role_deliveries && !(daemon->deliveries = deliveries_open(engine, error)))
        return false;
    if (settings->role_timers && !(daemon->timers = timers_open(engine, error)))
        return false;
    if (settings->role_links && !(daemon->links = links_open(engine, error)) && error->kind != ERROR_NONE)
        return false;
    if (settings->role_status &&
        !(daemon->status = status_open(settings, daemon->catalogue, engine->relay, error)))
        return false;
    daemon->admin = admin_open(engine, error);
    return daemon->admin || error->kind == ERROR_NONE;
}

static void stop(struct daemon *daemon)
{
    atomic_store(&daemon->engine.stop, true);
    admin_close(daemon->admin);
    cxml_close(daemon->cxml);
    spool_close(daemon->spool);
    deliveries_close(daemon->deliveries);
    timers_close(daemon->timers);
    links_close(daemon->links);
    for (int i = 0; i < daemon->worker_count; i++)
        worker_close(daemon->workers[i]);
    status_close(daemon->status); // it asks the relay
    relay_close(daemon->engine.relay);
    kafka_broker_close(daemon->broker);
    if (daemon->kept_up)
        pthread_join(daemon->upkeep, NULL);
    db_close(daemon->db);
    map_store_close(daemon->maps);
    avro_close(daemon->catalogue);
}

static void keep_up(struct daemon *daemon)
{
    struct error error = { 0 };
    struct arena *arena = arena_open(16 << 20);
    if ((db_lost(daemon->db) && !db_reopen(daemon->db, &error)) ||
        !outbox_upkeep(daemon->db, arena, clock_now_us(), daemon->settings.outbox_days, &error))
        log_error(NULL, LOG_LEVEL_WARNING, "upkeep_failed", &error);
    arena_close(arena);
}

// A thread of its own: the database may let it wait, and the service manager must hear from us meanwhile.
static void *upkeep(void *argument)
{
    struct daemon *daemon = argument;
    int64_t kept_us = clock_monotonic_us();
    while (!atomic_load(&daemon->engine.stop)) {
        usleep(LOOK_US);
        if (clock_monotonic_us() - kept_us < UPKEEP_EVERY_US)
            continue;
        keep_up(daemon);
        kept_us = clock_monotonic_us();
    }
    return NULL;
}

static bool start_upkeep(struct daemon *daemon, struct error *error)
{
    daemon->kept_up = pthread_create(&daemon->upkeep, NULL, upkeep, daemon) == 0;
    return daemon->kept_up || error_set(error, ERROR_INTERNAL, NULL, "cannot start the upkeep's thread");
}

// The process is ready once a worker serves or stands by, or at once where it has none.
static bool ready(const struct daemon *daemon)
{
    return !daemon->settings.role_worker || status_was_assigned();
}

// Partners and maps as the files are now, or as they were: all or nothing. What is under way goes on with the
// ones that it began with.
static void reload(struct daemon *daemon)
{
    const struct settings *settings = &daemon->settings;
    struct error error = { 0 };
    struct arena *arena = arena_open(1 << 16);
    struct maps *maps =
        maps_load(settings->maps, arena_printf(arena, "%s/avro", settings->schemas).data, &error);
    arena_close(arena);
    if (!maps) {
        error_within(&error, "reading partners and maps anew; those read before stay");
        log_error(NULL, LOG_LEVEL_ERROR, "reload_failed", &error);
        return;
    }
    size_t partners = maps_partner_count(maps), count = maps_count(maps);
    log_line(NULL, LOG_LEVEL_INFO, "reloaded", "%zu partner%s, %zu map%s", partners, partners == 1 ? "" : "s",
             count, count == 1 ? "" : "s");
    map_store_replace(daemon->maps, maps);
}

// Until a signal comes: tells the service manager that all is well, as long as the workers move.
static void watch(struct daemon *daemon, const sigset_t *signals)
{
    bool told = false;
    for (;;) {
        struct timespec pause = { 0, WATCH_MS * 1000000L };
        int signal = sigtimedwait(signals, NULL, &pause);
        if (signal == SIGTERM || signal == SIGINT)
            break;
        if (signal == SIGHUP)
            reload(daemon);
        if (!told && ready(daemon)) {
            log_line(NULL, LOG_LEVEL_INFO, "started", "comptoird " COMPTOIR_VERSION " as '%s', cluster %s",
                     daemon->settings.instance, daemon->engine.cluster);
            service_ready();
            told = true;
        }
        if (status_alive())
            service_alive();
    }
    log_line(NULL, LOG_LEVEL_INFO, "stopping", "finishing what has begun");
    service_stopping();
    // A second signal, or a stop that hangs, ends the process: what was not committed comes again.
    struct sigaction at_once = { .sa_handler = SIG_DFL };
    sigaction(SIGALRM, &at_once, NULL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
    alarm(CLOSE_WITHIN_S);
}

static int run(const char *file, bool check_only)
{
    static struct daemon daemon;
    struct error error = { 0 };
    daemon.lasting = arena_open(64 << 20);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);

    bool good = settings_read(file, daemon.lasting, &daemon.settings, &error);
    if (good) {
        log_open(daemon.settings.log_level);
        good = read_data(&daemon, &error);
    }
    if (good && !check_only) {
        good = start(&daemon, &error) && start_upkeep(&daemon, &error);
        if (good)
            watch(&daemon, &signals);
    }
    if (!good)
        log_error(NULL, LOG_LEVEL_ERROR, check_only ? "configuration_invalid" : "cannot_start", &error);
    else if (check_only)
        puts("configuration, schemas and maps are valid");
    stop(&daemon);
    arena_close(daemon.lasting);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "check-config", no_argument, NULL, 'k' },
        { "stages", no_argument, NULL, 's' },
        { "failpoints", no_argument, NULL, 'f' },
        { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const char *file = "/etc/comptoir/comptoir.conf";
    bool check_only = false;
    for (int option; (option = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case 'k':
            check_only = true;
            break;
        case 's':
            settings_print_stages();
            return 0;
        case 'f':
            failpoint_print();
            return 0;
        case 'v':
            puts("comptoird " COMPTOIR_VERSION);
            return 0;
        case 'h':
            usage();
            return 0;
        default:
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "comptoird: unexpected argument '%s'; see comptoird --help\n", argv[optind]);
        return 2;
    }
    failpoint_open();
    return run(file, check_only);
}

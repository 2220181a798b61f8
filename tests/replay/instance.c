// SPDX-License-Identifier: Apache-2.0
#include "instance.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "engine/outcome.h"
#include "engine/worker.h"
#include "scripted_broker.h"

// --- What the linker puts in place of the engine's own (-Wl,--wrap)

int64_t __real_clock_now_us(void);
int64_t __real_clock_monotonic_us(void);
int64_t __wrap_clock_now_us(void);
int64_t __wrap_clock_monotonic_us(void);
bool __real_outcome_apply(struct db *db, const struct batch *batch, const char *const *sources,
                          struct error *error);
bool __wrap_outcome_apply(struct db *db, const struct batch *batch, const char *const *sources,
                          struct error *error);

int64_t __wrap_clock_now_us(void)
{
    return __real_clock_now_us() + (broker ? atomic_load(&broker->ahead_us) : 0);
}

int64_t __wrap_clock_monotonic_us(void)
{
    return __real_clock_monotonic_us() * SCRIPTED_SPEED + (broker ? atomic_load(&broker->ahead_us) : 0);
}

static struct slice deadly_text;

// A document that kills the process that decides it: any that holds this text, unless it is parked unseen.
bool __wrap_outcome_apply(struct db *db, const struct batch *batch, const char *const *sources,
                          struct error *error)
{
    for (size_t i = 0; i < batch->item_count && deadly_text.size; i++)
        if (batch->items[i].document &&
            memmem(batch->items[i].raw.data, batch->items[i].raw.size, deadly_text.data, deadly_text.size))
            raise(SIGKILL);
    return __real_outcome_apply(db, batch, sources, error);
}

// --- The process

static struct engine engine;
static struct worker *workers[8];

static bool open_all(struct error *error)
{
    if (!(engine.relay = relay_open(engine.settings, error)))
        return false;
    for (int i = 0; i < engine.settings->workers; i++)
        if (!(workers[i] = worker_open(&engine, i, error)))
            return false;
    return true;
}

// As comptoird's main does: until SIGTERM, then everything in the reverse order.
static void run(struct instance *instance, struct settings *settings, const struct avro_catalogue *catalogue)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    settings->instance = instance->name;
    engine.settings = settings;
    engine.catalogue = catalogue;
    engine.cluster = "scripted";
    log_fields(&engine.log, NULL, "instance=%s", instance->name);
    struct error error = { 0 };
    if (!open_all(&error)) {
        log_error(&engine.log, LOG_LEVEL_ERROR, "cannot_start", &error);
        exit(1);
    }
    int signal;
    sigwait(&signals, &signal);
    atomic_store(&engine.stop, true);
    for (int i = 0; i < settings->workers; i++)
        worker_close(workers[i]);
    relay_close(engine.relay);
    exit(0);
}

// The test framework catches signals to report them; here they end the process.
static void forget_handlers(void)
{
    static const int caught[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS };
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        signal(caught[i], SIG_DFL);
}

void instance_start(struct instance *instance, const struct settings *settings,
                    const struct avro_catalogue *catalogue, const char *deadly, int log)
{
    fflush(NULL);
    instance->pid = fork();
    if (instance->pid == 0) {
        static struct settings own;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        forget_handlers();
        dup2(log, STDERR_FILENO);
        setenv("COMPTOIR_FAILPOINTS", instance->failpoints, 1);
        if (instance->failpoints[0])
            failpoint_open();
        deadly_text = slice_of(deadly);
        own = *settings;
        run(instance, &own, catalogue);
    }
    instance->failpoints[0] = '\0';
}

void instance_signal(const struct instance *instance, int signal)
{
    if (instance->pid > 0)
        kill(instance->pid, signal);
}

static void note_end(struct instance *instance, int status)
{
    instance->pid = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        instance->killed++;
    else if (status != 0)
        instance->failed++;
    scripted_expire(instance->name);
}

bool instance_stopped(struct instance *instance)
{
    int status;
    if (instance->pid <= 0 || waitpid(instance->pid, &status, WNOHANG | WUNTRACED) != instance->pid)
        return false;
    if (WIFSTOPPED(status))
        return true;
    note_end(instance, status);
    return false;
}

bool instance_ended(struct instance *instance)
{
    int status;
    if (instance->pid > 0 && waitpid(instance->pid, &status, WNOHANG) == instance->pid)
        note_end(instance, status);
    return instance->pid == 0;
}

void instance_join(struct instance *instance)
{
    int status;
    if (instance->pid > 0 && waitpid(instance->pid, &status, 0) == instance->pid)
        note_end(instance, status);
}

// SPDX-License-Identifier: Apache-2.0
#include "base/failpoint.h"

#ifdef COMPTOIR_FAILPOINTS

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum action { ACTION_KILL, ACTION_STOP, ACTION_ERROR, ACTION_SLEEP };

struct planned {
    char name[64];
    enum action action;
    long milliseconds;
    atomic_long left; // passages until it happens
};

// Every place there is; passing one that is missing here stops the program.
static const char *const names[] = {
    "shard.take",
    "batch.received",
    "batch.gathered",
    "batch.locked",
    "batch.decided",
    "batch.applied",
    "batch.outbox",
    "batch.before_commit",
    "batch.after_commit",
    "relay.opened",
    "relay.produced",
    "relay.before_commit",
    "relay.after_commit",
    "relay.doubtful",
    "relay.trust",
    "inbound.before_commit",
    "inbound.after_commit",
    "spool.before_rename",
    "deliveries.after_render",
    "deliveries.after_send",
};
enum { NAME_COUNT = sizeof names / sizeof names[0] };

static bool exists(const char *name)
{
    for (int i = 0; i < NAME_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void failpoint_print(void)
{
    for (int i = 0; i < NAME_COUNT; i++)
        puts(names[i]);
}

enum { MOST_PLANNED = 16 };
static struct planned planned[MOST_PLANNED];
static int planned_count;

static void refuse(const char *entry)
{
    fprintf(stderr, "COMPTOIR_FAILPOINTS: cannot understand '%s', wanted NAME=kill|stop|error|sleep:MS[@N]\n",
            entry);
    exit(2);
}

static void plan(char *entry)
{
    char *equals = strchr(entry, '=');
    if (!equals || planned_count == MOST_PLANNED)
        refuse(entry);
    *equals = '\0';
    if (!exists(entry))
        refuse(entry);
    char *action = equals + 1, *at = strchr(action, '@');
    long passage = 1;
    if (at) {
        *at = '\0';
        passage = strtol(at + 1, NULL, 10);
    }
    struct planned *one = &planned[planned_count++];
    snprintf(one->name, sizeof one->name, "%s", entry);
    atomic_store(&one->left, passage);
    if (strcmp(action, "kill") == 0)
        one->action = ACTION_KILL;
    else if (strcmp(action, "stop") == 0)
        one->action = ACTION_STOP;
    else if (strcmp(action, "error") == 0)
        one->action = ACTION_ERROR;
    else if (strncmp(action, "sleep:", 6) == 0) {
        one->action = ACTION_SLEEP;
        one->milliseconds = strtol(action + 6, NULL, 10);
    } else
        refuse(action);
}

void failpoint_open(void)
{
    const char *setting = getenv("COMPTOIR_FAILPOINTS");
    if (!setting)
        return;
    char *copy = strdup(setting), *state = NULL;
    for (char *entry = strtok_r(copy, ",", &state); entry; entry = strtok_r(NULL, ",", &state))
        plan(entry);
    free(copy);
}

bool failpoint_passed(const char *name)
{
    assert(exists(name));
    for (int i = 0; i < planned_count; i++) {
        struct planned *one = &planned[i];
        if (strcmp(one->name, name) != 0 || atomic_fetch_sub(&one->left, 1) != 1)
            continue;
        fprintf(stderr, "failpoint %s\n", name);
        switch (one->action) {
        case ACTION_KILL:
            raise(SIGKILL);
            break;
        case ACTION_STOP:
            raise(SIGSTOP);
            break;
        case ACTION_SLEEP:
            usleep((useconds_t)one->milliseconds * 1000);
            break;
        case ACTION_ERROR:
            return true;
        }
    }
    return false;
}

#endif

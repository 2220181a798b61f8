// SPDX-License-Identifier: Apache-2.0
#include "cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doors/postgres.h"

enum { START_TRIES = 600, START_NAP_US = 50000 };

static char folder[64], programs[256], conninfo[256];
static const struct passwd *unprivileged; // PostgreSQL refuses root
static pid_t server;

// Debian keeps the server's programs out of PATH; the newest version is the last one.
static bool find_programs(void)
{
    glob_t found;
    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0)
        snprintf(programs, sizeof programs, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    char *last = strrchr(programs, '/');
    if (last)
        *last = '\0';
    return last != NULL;
}

static bool become_unprivileged(void)
{
    return !unprivileged || (initgroups(unprivileged->pw_name, unprivileged->pw_gid) == 0 &&
                             setgid(unprivileged->pw_gid) == 0 && setuid(unprivileged->pw_uid) == 0);
}

// Starts one of the server's programs, its output in a file of the folder. The server is told by a signal when
// we die, so that none is left behind.
static pid_t start(const char *program, char *arguments[])
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char path[400];
    if (!become_unprivileged() || chdir(folder) != 0)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    snprintf(path, sizeof path, "%s/%s", programs, program);
    // They look for each other from where their own path says that they are.
    arguments[0] = path;
    execv(path, arguments);
    _exit(127);
}

static bool made(void)
{
    char *arguments[] = { "initdb", "-D", "data", "-U",          "comptoir", "-A",
                          "trust",  "-E", "UTF8", "--no-locale", "-N",       NULL };
    int status = 1;
    pid_t pid = start("initdb", arguments);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

// Deadlocks are found soon; nothing has to survive the machine.
static bool run_server(void)
{
    char sockets[128];
    snprintf(sockets, sizeof sockets, "unix_socket_directories=%s", folder);
    char *arguments[] = { "postgres",
                          "-D",
                          "data",
                          "-c",
                          sockets,
                          "-c",
                          "listen_addresses=",
                          "-c",
                          "unix_socket_permissions=0777",
                          "-c",
                          "fsync=off",
                          "-c",
                          "deadlock_timeout=200ms",
                          "-c",
                          "max_wal_size=1GB",
                          "-c",
                          "autovacuum=off",
                          NULL };
    server = start("postgres", arguments);
    for (int i = 0; i < START_TRIES && server > 0; i++) {
        struct error error = { 0 };
        struct db *db = db_open(cluster_database("postgres"), "replay", &error);
        db_close(db);
        if (db)
            return true;
        usleep(START_NAP_US);
    }
    return false;
}

bool cluster_open(const char **why_not)
{
    *why_not = "no PostgreSQL server (package postgresql)";
    if (!find_programs())
        return false;
    if (geteuid() == 0 && !(unprivileged = getpwnam("postgres"))) {
        *why_not = "PostgreSQL refuses root, and there is no user postgres";
        return false;
    }
    snprintf(folder, sizeof folder, "/tmp/comptoir-replay-XXXXXX");
    *why_not = "PostgreSQL could not be started";
    return mkdtemp(folder) && chmod(folder, 0711) == 0 &&
           (!unprivileged || chown(folder, unprivileged->pw_uid, unprivileged->pw_gid) == 0) && made() &&
           run_server();
}

static void end_server(int with)
{
    if (server <= 0)
        return;
    kill(server, with);
    waitpid(server, NULL, 0);
    server = 0;
}

static int remove_one(const char *path, const struct stat *state, int kind, struct FTW *where)
{
    (void)state;
    (void)kind;
    (void)where;
    return remove(path);
}

void cluster_close(void)
{
    end_server(SIGQUIT);
    if (folder[0])
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
}

bool cluster_restart(void)
{
    end_server(SIGQUIT);
    return run_server();
}

const char *cluster_database(const char *name)
{
    snprintf(conninfo, sizeof conninfo, "host=%s dbname=%s user=comptoir", folder, name);
    return conninfo;
}

const char *cluster_folder(void)
{
    return folder;
}

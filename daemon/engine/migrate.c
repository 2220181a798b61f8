// SPDX-License-Identifier: Apache-2.0
#include "engine/migrate.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

enum { LARGEST_FILE = 1 << 20 };

static bool read_file(const char *path, struct arena *arena, char **text, struct error *error)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return error_set(error, ERROR_INTERNAL, NULL, "cannot read '%s'; check setting 'schemas'", path);
    *text = arena_take(arena, LARGEST_FILE + 1);
    size_t size = fread(*text, 1, LARGEST_FILE + 1, file);
    fclose(file);
    if (size > LARGEST_FILE)
        return error_set(error, ERROR_INTERNAL, NULL, "'%s' is larger than %d bytes", path, LARGEST_FILE);
    (*text)[size] = '\0';
    return true;
}

static int number_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return atoi(slash ? slash + 1 : path);
}

static bool apply(struct db *db, struct arena *arena, const char *path, struct error *error)
{
    char *sql = NULL;
    if (!read_file(path, arena, &sql, error) || !db_run(db, sql, error))
        return error_within(error, "applying %s", path);
    struct slice note =
        arena_printf(arena, "INSERT INTO schema_version (number) VALUES (%d)", number_of(path));
    if (!db_run(db, note.data, error))
        return false;
    log_line(NULL, LOG_LEVEL_INFO, "schema_migrated", "applied %s", path);
    return true;
}

static bool apply_missing(struct db *db, struct arena *arena, const glob_t *files, struct error *error)
{
    static const char sql[] = "SELECT coalesce(max(number), 0) FROM schema_version";
    struct db_rows rows;
    if (!db_query(db, arena, sql, NULL, 0, &rows, error))
        return false;
    int64_t have = db_rows_number(&rows, 0, 0);
    int newest = number_of(files->gl_pathv[files->gl_pathc - 1]);
    if (have > newest)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "the database has schema %lld, this program knows %d: install the newer program",
                         (long long)have, newest);
    for (size_t i = 0; i < files->gl_pathc; i++)
        if (number_of(files->gl_pathv[i]) > have && !apply(db, arena, files->gl_pathv[i], error))
            return false;
    return true;
}

bool migrate(struct db *db, struct arena *arena, const char *schemas_folder, struct error *error)
{
    struct slice pattern = arena_printf(arena, "%s/sql/[0-9][0-9][0-9][0-9]_*.sql", schemas_folder);
    glob_t files;
    if (glob(pattern.data, 0, NULL, &files) != 0)
        return error_set(error, ERROR_INTERNAL, NULL, "no migrations match '%s'; check setting 'schemas'",
                         pattern.data);
    bool unknown, good = db_begin(db, error) && db_run(db, "SELECT pg_advisory_xact_lock(4331000)", error) &&
                         db_run(db,
                                "CREATE TABLE IF NOT EXISTS schema_version"
                                " (number integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
                                error) &&
                         apply_missing(db, arena, &files, error) && db_commit(db, &unknown, error);
    globfree(&files);
    if (!good)
        db_rollback(db);
    return good || error_within(error, "bringing the database's schema up to date");
}

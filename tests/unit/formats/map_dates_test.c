// SPDX-License-Identifier: Apache-2.0
#include "formats/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first.
#include <cmocka.h>
#include <unistd.h>

#include "base/clock.h"
#include "formats/map_rules.h"
#include "formats/zone_rule.h"

static int64_t instant(const char *text)
{
    int64_t value;
    assert_true(instant_parse(slice_of(text), &value));
    return value;
}

// Local times are written as if they were UTC.
static void turns_local_times(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *local, *want;
    } cases[] = {
        { "UTC", "2026-03-29T02:30Z", "2026-03-29T02:30:00Z" },
        { "+01:00", "2026-03-29T02:30Z", "2026-03-29T01:30:00Z" },
        { "-05:30", "2026-01-01T00:00Z", "2026-01-01T05:30:00Z" },
        { "Europe/Berlin", "2026-01-15T12:00Z", "2026-01-15T11:00:00Z" },
        { "Europe/Berlin", "2026-07-15T12:00Z", "2026-07-15T10:00:00Z" },
        { "Europe/Berlin", "2026-03-29T01:59Z", "2026-03-29T00:59:00Z" },
        { "Europe/Berlin", "2026-03-29T02:30Z", "2026-03-29T01:30:00Z" }, // skipped by the clock
        { "Europe/Berlin", "2026-03-29T03:00Z", "2026-03-29T01:00:00Z" },
        { "Europe/Berlin", "2026-10-25T02:30Z", "2026-10-25T00:30:00Z" }, // comes twice: the first
        { "Europe/Berlin", "2026-10-25T03:00Z", "2026-10-25T02:00:00Z" },
        { "Europe/Berlin", "2060-07-01T12:00Z", "2060-07-01T10:00:00Z" }, // by the rule behind the table
        { "America/New_York", "2026-11-01T00:30Z", "2026-11-01T04:30:00Z" },
        { "America/New_York", "2026-11-01T02:00Z", "2026-11-01T07:00:00Z" },
        { "Australia/Sydney", "2026-01-01T12:00Z", "2026-01-01T01:00:00Z" },
        { "Australia/Sydney", "2050-01-01T12:00Z", "2050-01-01T01:00:00Z" },
        { "Asia/Kolkata", "2026-01-01T12:00Z", "2026-01-01T06:30:00Z" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (strchr(cases[i].zone, '/') && access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
            print_message("skipped: no zone files here\n");
            return;
        }
        struct arena *arena = arena_open(1 << 20);
        struct error error = { 0 };
        char text[INSTANT_TEXT_SIZE];
        const struct zone *zone = zone_open(cases[i].zone, arena, &error);
        assert_non_null(zone);
        instant_text(zone_instant(zone, instant(cases[i].local)), text);
        if (strcmp(text, cases[i].want) != 0)
            print_error("%s %s\n", cases[i].zone, cases[i].local);
        assert_string_equal(text, cases[i].want);
        arena_close(arena);
    }
}

static void refuses_unknown_zones(void **state)
{
    (void)state;
    static const char *const cases[] = { "",       "Mars/Base", "../passwd", "/etc/passwd", "+15:00",
                                         "+01:60", "01:00",     "+01",       "+01:00x",     "zone.tab" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_open(1 << 20);
        struct error error = { 0 };
        assert_null(zone_open(cases[i], arena, &error));
        assert_non_null(strstr(error.message, cases[i]));
        arena_close(arena);
    }
}

static void reads_rules(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        bool read;
        const char *at;
        int32_t want;
    } cases[] = {
        { "CET-1CEST,M3.5.0,M10.5.0/3", true, "2026-07-01T00:00Z", 7200 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", true, "2026-03-29T00:59:59Z", 3600 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", true, "2026-03-29T01:00Z", 7200 },
        { "CET-1CEST,M3.5.0,M10.5.0/3", true, "2026-10-25T01:00Z", 3600 },
        { "EST5EDT,M3.2.0,M11.1.0", true, "2026-03-08T07:00Z", -14400 },
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", true, "2026-12-31T23:00Z", 39600 },
        { "<+0530>-5:30", true, "2026-01-01T00:00Z", 19800 },
        { "CET-1CEST,J60,J300", false, "2026-01-01T00:00Z", 0 },
        { "CET", false, "2026-01-01T00:00Z", 0 },
        { "", false, "2026-01-01T00:00Z", 0 },
        { "CET-1CEST,M13.5.0,M10.5.0/3", false, "2026-01-01T00:00Z", 0 },
        { "CET-1CEST,M3.5.0", false, "2026-01-01T00:00Z", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct zone_rule rule;
        assert_int_equal(zone_rule_parse(slice_of(cases[i].rule), &rule), cases[i].read);
        if (cases[i].read)
            assert_int_equal(zone_rule_offset(&rule, instant(cases[i].at) / 1000000), cases[i].want);
    }
}

static void reads_edifact_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *format, *want; // local; NULL: refused
        bool has_time, has_offset;
    } cases[] = {
        { "20260302", "102", "2026-03-02T00:00:00Z", false, false },
        { "20260302", "", "2026-03-02T00:00:00Z", false, false },
        { "260302", "", "2026-03-02T00:00:00Z", false, false },
        { "202603020930", "", "2026-03-02T09:30:00Z", true, false },
        { "020326", "2", "2026-03-02T00:00:00Z", false, false },
        { "2603020930", "201", "2026-03-02T09:30:00Z", true, false },
        { "202603020930", "203", "2026-03-02T09:30:00Z", true, false },
        { "20260302093015", "204", "2026-03-02T09:30:15Z", true, false },
        { "202603020930+0130", "205", "2026-03-02T09:30:00Z", true, true },
        { "202603020930UTC", "303", "2026-03-02T09:30:00Z", true, true },
        { "202603020930EST", "303", "2026-03-02T09:30:00Z", true, false },
        { "202653", "616", "2026-12-28T00:00:00Z", false, false },
        { "202601", "616", "2025-12-29T00:00:00Z", false, false },
        { "24366", "105", "2024-12-31T00:00:00Z", false, false },
        { "25366", "105", NULL, false, false },
        { "2026030120260331", "718", "2026-03-01T00:00:00Z", false, false },
        { "20260301-20260331", "718", "2026-03-01T00:00:00Z", false, false },
        { "20240231", "102", NULL, false, false },
        { "20260229", "102", NULL, false, false },
        { "202603022430", "203", NULL, false, false },
        { "2026030", "102", NULL, false, false },
        { "202603021", "102", NULL, false, false },
        { "2026O302", "102", NULL, false, false },
        { "14", "804", NULL, false, false },
        { "202603020930+9", "205", NULL, false, false },
        { "", "102", NULL, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct map_moment got = { 0 };
        char text[INSTANT_TEXT_SIZE];
        bool read = map_dtm_parse(slice_of(cases[i].text), slice_of(cases[i].format), &got);
        if (read != !!cases[i].want)
            print_error("%s:%s\n", cases[i].text, cases[i].format);
        assert_int_equal(read, !!cases[i].want);
        if (!read)
            continue;
        assert_string_equal(instant_text(got.local_us, text), cases[i].want);
        assert_int_equal(got.has_time, cases[i].has_time);
        assert_int_equal(got.has_offset, cases[i].has_offset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_local_times),
        cmocka_unit_test(refuses_unknown_zones),
        cmocka_unit_test(reads_rules),
        cmocka_unit_test(reads_edifact_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

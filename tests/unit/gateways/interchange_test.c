// SPDX-License-Identifier: Apache-2.0
// Interchanges to documents and CONTRL, with the maps and directories that are installed and partners of our
// own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "gateways/interchange.h"

static const char partner_file[] =
    "account = \"ACME\";\n"
    "edifact = {\n"
    "    identities = ( { qualifier = \"14\"; identity = \"4012345000009\"; } );\n"
    "    us = { qualifier = \"14\"; identity = \"4098765000010\"; };\n"
    "    directory = \"D96A\";\n"
    "};\n";

// Counts badly, and we have agreed to live with it.
static const char tolerant_file[] =
    "account = \"ACME\";\n"
    "edifact = {\n"
    "    identities = ( { qualifier = \"14\"; identity = \"4099999000018\"; } );\n"
    "    every_message = true;\n"
    "    tolerances = { counts = \"warn\"; references = \"accept\"; units = \"refuse\"; };\n"
    "};\n";

static char folder[64];
static struct settings settings = { .document_bytes = 1 << 20 };
static struct engine engine = { .settings = &settings };
static struct avro_catalogue *catalogue;
static struct maps *maps;
static struct arena *arena;

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void link_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(symlink(arena_printf(arena, SOURCE_DIR "/edi-maps/%s", name).data, path), 0);
}

static int open_all(void **state)
{
    (void)state;
    struct error error = { 0 };
    char path[128];
    arena = arena_open(64 << 20);
    settings.topics[TOPIC_INBOUND] = "comptoir.inbound";
    strcpy(folder, "/tmp/interchange_test.XXXXXX");
    assert_non_null(mkdtemp(folder));
    link_folder("directories");
    link_folder("messages");
    snprintf(path, sizeof path, "%s/partners", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file("partners/acme.conf", partner_file);
    write_file("partners/tolerant.conf", tolerant_file);
    engine.catalogue = catalogue = avro_open(SOURCE_DIR "/schemas/avro", &error);
    if (catalogue)
        maps = maps_load(folder, SOURCE_DIR "/schemas/avro", &error);
    if (!maps)
        fail_msg("%s", error.message);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    maps_free(maps);
    avro_close(catalogue);
    arena_close(arena);
    return 0;
}

// What was received, copied since interchanges do not last.
struct seen {
    size_t interchanges, documents, refused, reports;
    bool known, stray;
    struct text orders, keys, contrl;
};

static bool receive(void *context, const struct interchange *interchange, struct error *error)
{
    struct seen *seen = context;
    struct slice contrl;
    seen->interchanges++;
    seen->known = interchange->partner != NULL;
    seen->documents += interchange->document_count;
    seen->refused += interchange->refused;
    seen->reports += interchange->reports;
    text_printf(&seen->keys, "[%.*s]", SLICE_ARGS(interchange->key));
    for (size_t i = 0; i < interchange->document_count; i++) {
        const struct document *document = interchange->documents[i].document;
        assert_true(slice_equal(interchange->documents[i].key, document_text(document, "account")));
        text_printf(
            &seen->orders, "%.*s/%.*s/%.*s/%.*s/%.*s%s ", SLICE_ARGS(document_text(document, "account")),
            SLICE_ARGS(document_text(document, "partner")), SLICE_ARGS(document_text(document, "channel")),
            SLICE_ARGS(document_text(document, "order_number")),
            SLICE_ARGS(document_text(document, "reply_reference")),
            document_boolean(document, "test", false) ? "/test" : "");
    }
    if (!interchange->partner || interchange->key.size == 0)
        return true;
    if (!interchange_contrl(interchange, SLICE("42"), 0, false, interchange->arena, &contrl, error))
        fail_msg("%s", error->message);
    text_append(&seen->contrl, contrl);
    return true;
}

static struct seen take(const char *bytes)
{
    struct seen seen = { .orders = text_in(arena), .keys = text_in(arena), .contrl = text_in(arena) };
    struct findings findings = { .arena = arena };
    struct error error = { 0 };
    const struct interchange_reading reading = {
        .engine = &engine,
        .maps = maps,
        .source = "test.edi",
        .findings = &findings,
        .kept = arena,
        .receive = receive,
        .context = &seen,
    };
    if (!interchange_read(&reading, slice_of(bytes), &seen.stray, &error))
        fail_msg("%s", error.message);
    text_append_char(&seen.orders, '\0');
    text_append_char(&seen.keys, '\0');
    text_append_char(&seen.contrl, '\0');
    return seen;
}

#define UNB(sender, reference, more)                                                                         \
    "UNB+UNOC:3+" sender ":14+4098765000010:14+260302:0930+" reference more "'\n"
#define ACME "4012345000009"
#define ORDERS(reference, number, quantity, count)                                                           \
    "UNH+" reference "+ORDERS:D:96A:UN'\nBGM+220+" number "+9'\nDTM+137:20260302:102'\n"                     \
    "NAD+BY+4012345000009::9'\nNAD+SU+4098765000010::9'\nCUX+2:EUR:9'\nLIN+1'\nPIA+5+P-1:SA'\n"              \
    "QTY+21:" quantity ":PCE'\nUNS+S'\nCNT+2:1'\nUNT+" count "+" reference "'\n"
#define GOOD(reference, number) ORDERS(reference, number, "5", "12")

static void assert_has(const char *text, const char *want)
{
    if (!strstr(text, want))
        fail_msg("no \"%s\" in \"%s\"", want, text);
}

static void valid_messages_become_documents(void **state)
{
    (void)state;
    struct seen seen = take(UNB(ACME, "R1", "") GOOD("1", "E-1") GOOD("2", "E-2") "UNZ+2+R1'\n");
    assert_int_equal(seen.interchanges, 1);
    assert_string_equal(seen.orders.data, "ACME/acme/edifact/E-1/R1/1 ACME/acme/edifact/E-2/R1/2 ");
    assert_string_equal(seen.keys.data, "[14:4012345000009>14:4098765000010/R1]");
    assert_has(seen.contrl.data, "UCI+R1+4012345000009:14+4098765000010:14+7'");
    assert_has(seen.contrl.data, "UNB+UNOC:3+4098765000010:14+4012345000009:14+");
    assert_false(seen.stray);
}

static void a_bad_message_does_not_take_others_with_it(void **state)
{
    (void)state;
    struct seen seen = take(UNB(ACME, "R2", "") ORDERS("1", "E-1", "many", "12") GOOD("2", "E-2")
                                ORDERS("3", "E-3", "5", "99") "UNZ+3+R2'\n");
    assert_int_equal(seen.documents, 1);
    assert_int_equal(seen.refused, 2);
    assert_has(seen.orders.data, "E-2");
    assert_has(seen.contrl.data, "UCM+1+ORDERS:D:96A:UN+4");
    assert_has(seen.contrl.data, "UCM+3+ORDERS:D:96A:UN+4");
    assert_null(strstr(seen.contrl.data, "UCM+2"));
}

static void the_partner_says_what_is_tolerated(void **state)
{
    (void)state;
    static const char tolerant[] = UNB("4099999000018", "T1", "") ORDERS("1", "E-1", "5", "99")
        ORDERS("2", "E-2", "5:QQQ'\nFTX+AAI+++", "13") "UNZ+9+OTHER'\n";
    static const char strict[] = UNB("4099999000018", "T2", "")
        GOOD("1", "E-1") "UNZ+1+T2'\n" UNB(ACME, "R2", "") ORDERS("1", "E-2", "5", "99") "UNZ+1+R2'\n";
    struct seen seen = take(tolerant);
    assert_string_equal(seen.orders.data, "ACME/tolerant/edifact/E-1/T1/1 ");
    assert_has(seen.contrl.data, "+7'");
    assert_has(seen.contrl.data, "UCM+1+ORDERS:D:96A:UN+7'");
    assert_has(seen.contrl.data, "UCM+2+ORDERS:D:96A:UN+4'");
    assert_has(seen.contrl.data, "UCD+12+");
    // The next interchange of a file is another partner's.
    seen = take(strict);
    assert_string_equal(seen.orders.data, "ACME/tolerant/edifact/E-1/T2/1 ");
    assert_int_equal(seen.refused, 1);
}

static void messages_with_one_reference_are_all_refused(void **state)
{
    (void)state;
    struct seen seen =
        take(UNB(ACME, "R2", "") GOOD("1", "E-1") GOOD("2", "E-2") GOOD("1", "E-3") "UNZ+3+R2'\n");
    assert_string_equal(seen.orders.data, "ACME/acme/edifact/E-2/R2/2 ");
    assert_int_equal(seen.refused, 2);
    assert_has(seen.contrl.data, "UCM+1+ORDERS:D:96A:UN+4+26+UNH");
}

static void a_bad_envelope_refuses_all(void **state)
{
    (void)state;
    static const char *const cases[] = {
        UNB(ACME, "R3", "") GOOD("1", "E-1") "UNZ+2+R3'\n",
        UNB(ACME, "R3", "") GOOD("1", "E-1") "UNZ+1+OTHER'\n",
        UNB(ACME, "R3", "") GOOD("1", "E-1"),
        "UNB+UNOC:3+4012345000009:14+4000000000006:14+260302:0930+R3'\n" GOOD("1", "E-1") "UNZ+1+R3'\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = take(cases[i]);
        if (seen.documents || !seen.known)
            fail_msg("case %zu: %s taken", i, seen.orders.data);
        assert_has(seen.contrl.data, "UCI+R3+");
        assert_has(seen.contrl.data, "+4+");
    }
}

static void what_belongs_to_nobody_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t interchanges;
        bool known, stray;
    } cases[] = {
        { UNB("4000000000006", "R4", "") GOOD("1", "E-1") "UNZ+1+R4'\n", 1, false, false },
        { GOOD("1", "E-1"), 0, false, true },
        { "hello", 0, false, true },
        { "", 0, false, false },
        { "\r\n\x1A", 0, false, false },
        { UNB(ACME, "R4", "") GOOD("1", "E-1") "UNZ+1+R4'\n\x1A\n", 1, true, false },
        { UNB(ACME, "R4", "") GOOD("1", "E-1") "UNZ+1+R4'\nand more", 1, true, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = take(cases[i].bytes);
        if (seen.interchanges != cases[i].interchanges || seen.known != cases[i].known ||
            seen.stray != cases[i].stray || (!seen.known && seen.documents))
            fail_msg("case %zu: %zu interchanges, known %d, stray %d", i, seen.interchanges, seen.known,
                     seen.stray);
    }
}

static void interchanges_of_a_file_stand_alone(void **state)
{
    (void)state;
    struct seen seen = take("UNA:+.? '" UNB(ACME, "A", "") GOOD("1", "E-1") "UNZ+1+A'\n" UNB(ACME, "B", "")
                                GOOD("1", "E-2") UNB(ACME, "C", "++++++1") GOOD("1", "E-3") "UNZ+1+C'\n");
    assert_int_equal(seen.interchanges, 3);
    assert_string_equal(seen.orders.data, "ACME/acme/edifact/E-1/A/1 ACME/acme/edifact/E-3/C/1/test ");
    assert_string_equal(seen.keys.data,
                        "[14:4012345000009>14:4098765000010/A][14:4012345000009>14:4098765000010/B]"
                        "[test 14:4012345000009>14:4098765000010/C]");
}

static void a_message_that_nobody_reads_is_refused(void **state)
{
    (void)state;
    struct seen seen =
        take(UNB(ACME, "R5", "") "UNH+1+INVOIC:D:96A:UN'\nBGM+380+1+9'\nDTM+137:20260302:102'\n"
                                 "UNS+S'\nMOA+86:1'\nUNT+6+1'\n" GOOD("2", "E-2") "UNZ+2+R5'\n");
    assert_int_equal(seen.documents, 1);
    assert_int_equal(seen.refused, 1);
    assert_has(seen.contrl.data, "UCM+1+INVOIC:D:96A:UN+4+");
}

static void answers_are_ours_to_send(void **state)
{
    (void)state;
    struct seen seen = take(UNB(ACME, "R8", "") "UNH+1+APERAK:D:96A:UN'\nBGM+313+1-1+27'\n"
                                                "DTM+137:20260302:102'\nRFF+ON:1'\nUNT+5+1'\nUNZ+1+R8'\n");
    assert_int_equal(seen.documents, 0);
    assert_int_equal(seen.refused, 1);
    assert_has(seen.contrl.data, "UCM+1+APERAK:D:96A:UN+4+17+UNH'");
}

static void a_contrl_is_taken_and_becomes_nothing(void **state)
{
    (void)state;
    struct seen seen =
        take(UNB(ACME, "R6", "") "UNH+1+CONTRL:D:3:UN'\n"
                                 "UCI+7+4098765000010:14+4012345000009:14+4+18'\nUNT+3+1'\nUNZ+1+R6'\n");
    assert_int_equal(seen.reports, 1);
    assert_string_equal(seen.contrl.data, "");
    assert_int_equal(seen.documents, 0);
    assert_int_equal(seen.refused, 0);
}

static bool refuse_as_duplicate(void *context, const struct interchange *interchange, struct error *error)
{
    struct slice *contrl = context, made;
    if (!interchange_contrl(interchange, SLICE("7"), 0, true, interchange->arena, &made, error))
        return false;
    *contrl = arena_copy(arena, made);
    return true;
}

static void a_conflict_is_told_as_a_duplicate(void **state)
{
    (void)state;
    struct findings findings = { .arena = arena };
    struct error error = { 0 };
    struct slice contrl = { 0 };
    bool stray;
    const struct interchange_reading reading = { .engine = &engine,
                                                 .maps = maps,
                                                 .source = "test.edi",
                                                 .findings = &findings,
                                                 .kept = arena,
                                                 .receive = refuse_as_duplicate,
                                                 .context = &contrl };
    if (!interchange_read(&reading, SLICE(UNB(ACME, "R7", "") GOOD("1", "E-1") "UNZ+1+R7'\n"), &stray,
                          &error))
        fail_msg("%s", error.message);
    assert_has(contrl.data, "UCI+R7+4012345000009:14+4098765000010:14+4+26");
    assert_null(strstr(contrl.data, "UCM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_messages_become_documents),
        cmocka_unit_test(a_bad_message_does_not_take_others_with_it),
        cmocka_unit_test(the_partner_says_what_is_tolerated),
        cmocka_unit_test(messages_with_one_reference_are_all_refused),
        cmocka_unit_test(a_bad_envelope_refuses_all),
        cmocka_unit_test(what_belongs_to_nobody_is_told),
        cmocka_unit_test(interchanges_of_a_file_stand_alone),
        cmocka_unit_test(a_message_that_nobody_reads_is_refused),
        cmocka_unit_test(answers_are_ours_to_send),
        cmocka_unit_test(a_contrl_is_taken_and_becomes_nothing),
        cmocka_unit_test(a_conflict_is_told_as_a_duplicate),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}

// SPDX-License-Identifier: Apache-2.0
// Mail templates, what they make of a document, and the message that goes over the wire.
#include "base/clock.h"
#include "doors/crypto.h"
#include "formats/mail/message.h"
#include "formats/mail/templates.h"
#include "unit/arena_testing.h"

// An order of two lines for Ann; "note" is empty, "gone" is not there.
static struct document *sample(void)
{
    struct document *document = document_record(arena, "ApprovalMail");
    document_add_text(arena, document, "name", SLICE("Ann\r\nBcc: x"));
    document_add_text(arena, document, "note", (struct slice){ 0 });
    document_add_decimal(arena, document, "total", 12345678900, 4);
    document_add_decimal(arena, document, "odd", 15, 4);
    document_add_instant(arena, document, "until", INT64_C(1764596100000000));
    document_add_date(arena, document, "day", date_from_civil(2026, 2, 1));
    struct document *lines = document_add_list(arena, document, "lines");
    for (int i = 1; i <= 2; i++) {
        struct document *line = document_record(arena, "Line");
        document_add(lines, NULL, line);
        document_add_integer(arena, line, "number", i);
        document_add_decimal(arena, line, "quantity", -i * 1000000, 6);
    }
    return document;
}

struct rendering {
    const char *template;
    enum template_language language;
    const char *want;
};

static const struct rendering renderings[] = {
    { "plain", TEMPLATE_ENGLISH, "plain" },
    { "{{total}}|{{odd}}", TEMPLATE_ENGLISH, "1,234,567.89|0.0015" },
    { "{{total}}", TEMPLATE_FRENCH, "1\u202f234\u202f567,89" },
    { "{{until}}, {{day}}", TEMPLATE_ENGLISH, "1 Dec 2025, 13:35 UTC, 1 Feb 2026" },
    { "{{until}}, {{day}}", TEMPLATE_FRENCH, "1 déc. 2025, 13:35 UTC, 1 févr. 2026" },
    { "{{name}}", TEMPLATE_ENGLISH, "Ann  Bcc: x" },
    { "[{{gone}}{{note}}]", TEMPLATE_ENGLISH, "[]" },
    { "{{#note}}a{{/note}}{{^note}}b{{/note}}{{#gone}}c{{/gone}}{{^gone}}d{{/gone}}", TEMPLATE_ENGLISH,
      "bd" },
    { "{{#lines}}{{number}}:{{quantity}} of {{total}}; {{/lines}}", TEMPLATE_ENGLISH,
      "1:-1.00 of 1,234,567.89; 2:-2.00 of 1,234,567.89; " },
    { "a\n{{#lines}}\n{{number}}\n{{/lines}}\nb\n", TEMPLATE_ENGLISH, "a\n1\n2\nb\n" },
    { "a\n{{#name}}\n{{#lines}}\n- {{number}}\n{{/lines}}\n{{/name}}\nb", TEMPLATE_ENGLISH,
      "a\n- 1\n- 2\nb" },
    { "x{{#lines}}{{number}}{{/lines}}\ny", TEMPLATE_ENGLISH, "x12\ny" },
    { "{{name}}{{#lines}}{{/lines}}\ny", TEMPLATE_ENGLISH, "Ann  Bcc: x\ny" },
};

static void fields_are_put_in_their_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof renderings / sizeof *renderings; i++) {
        struct error error = { 0 };
        struct slice subject, text;
        const struct template *template = template_parse(
            arena, "t.mail", arena_printf(arena, "Subject: re {{name}}\n\n%s", renderings[i].template), NULL,
            &error);
        assert_non_null(template);
        template_render(template, sample(), renderings[i].language, arena, &subject, &text);
        assert_true(slice_is(subject, "re Ann  Bcc: x"));
        if (!slice_is(text, renderings[i].want))
            fail_msg("'%s': got '%.*s', want '%s'", renderings[i].template, SLICE_ARGS(text),
                     renderings[i].want);
    }
}

static const struct {
    const char *template, *want;
} faults[] = {
    { "Hello\n\nx", "t.mail:1: a mail template begins with a line 'Subject: ...' and an empty one" },
    { "Subject: x\ny\nz", "t.mail:1: a mail template begins with a line 'Subject: ...' and an empty one" },
    { "", "t.mail:1: a mail template begins with a line 'Subject: ...' and an empty one" },
    { "Subject: x\n\na\n{{nmae}}", "t.mail:4: the document has no such field: {{nmae}}" },
    { "Subject: {{nmae}}\n\na", "t.mail:1: the document has no such field: {{nmae}}" },
    { "Subject: x\n\n{{#name}}", "t.mail:3: this section is not closed: {{name}}" },
    { "Subject: x\n\n{{#name}}{{#lines}}{{/name}}{{/lines}}",
      "t.mail:3: another section has to be closed before {{name}}" },
    { "Subject: x\n\n{{/name}}", "t.mail:3: nothing is open that this could close: {{name}}" },
    { "Subject: x\n\n\n{{name", "t.mail:4: a mark is not closed: {{name}}" },
    { "Subject: x\n\n{{}}", "t.mail:3: the document has no such field: {{}}" },
};

static void a_fault_is_told_by_line(void **state)
{
    (void)state;
    static const char *const fields[] = { "name", "lines", NULL };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct error error = { 0 };
        char text[1024];
        assert_null(template_parse(arena, "t.mail", slice_of(faults[i].template), fields, &error));
        assert_string_equal(error_text(&error, text, sizeof text), faults[i].want);
    }
}

static void the_shipped_templates_are_sound(void **state)
{
    (void)state;
    static const char *const kinds[] = { "created", "reminded", "escalated", "decided", "digest" };
    struct error error = { 0 };
    enum template_language language;
    const struct templates *templates = templates_load(arena, SOURCE_DIR "/edi-maps/mail", &error);
    assert_int_equal(error.kind, ERROR_NONE);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_non_null(templates_find(templates, slice_of(kinds[i]), SLICE("FR"), &language));
        assert_int_equal(language, TEMPLATE_FRENCH);
        assert_non_null(templates_find(templates, slice_of(kinds[i]), SLICE("de"), &language));
        assert_int_equal(language, TEMPLATE_ENGLISH);
    }
    assert_null(templates_find(templates, SLICE("other"), SLICE("en"), &language));
    assert_null(templates_load(arena, SOURCE_DIR "/no-such-folder", &error));
    assert_int_equal(error.kind, ERROR_NONE);
    assert_null(templates_load(arena, SOURCE_DIR "/edi-maps/messages", &error));
    assert_int_equal(error.kind, ERROR_INVALID);
}

static void a_message_is_written_as_the_standards_say(void **state)
{
    (void)state;
    struct error error = { 0 };
    const struct mail_message message = { .from = SLICE("orders@seller.example"),
                                          .from_name = SLICE("Seller Ltd"),
                                          .to = SLICE("zoe@buyer.example"),
                                          .to_name = SLICE("Zoé, \"the\" buyer"),
                                          .subject = SLICE("Commande à valider"),
                                          .text = SLICE("Bonjour\nZoé\n"),
                                          .id = SLICE("abc"),
                                          .at_us = INT64_C(1764596100000000) };
    struct slice bytes;
    assert_true(mail_write(&message, arena, &bytes, &error));
    const char *want = "From: Seller Ltd <orders@seller.example>\r\n"
                       "To: =?UTF-8?B?Wm/DqSwgInRoZSIgYnV5ZXI=?= <zoe@buyer.example>\r\n"
                       "Subject: =?UTF-8?B?Q29tbWFuZGUgw6AgdmFsaWRlcg==?=\r\n"
                       "Date: Mon, 1 Dec 2025 13:35:00 +0000\r\n"
                       "Message-ID: <abc@seller.example>\r\n"
                       "MIME-Version: 1.0\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: base64\r\n"
                       "Auto-Submitted: auto-generated\r\n\r\n"
                       "Qm9uam91cg0KWm/DqQ0K\r\n";
    if (!slice_is(bytes, want))
        fail_msg("got\n%.*s\nwant\n%s", SLICE_ARGS(bytes), want);
}

static void long_header_words_do_not_cut_letters(void **state)
{
    (void)state;
    struct error error = { 0 };
    char subject[301];
    for (size_t i = 0; i < 150; i++)
        memcpy(subject + 2 * i, "é", 2);
    struct mail_message message = {
        .from = SLICE("a@b.c"), .to = SLICE("d@e.f"), .subject = { subject, 300 }, .id = SLICE("1")
    };
    struct slice bytes;
    // One letter further on, words would be cut within a letter.
    for (int shift = 0; shift < 2; shift++) {
        message.subject = (struct slice){ subject, 300 };
        if (shift)
            memcpy(subject, "ab", 2);
        assert_true(mail_write(&message, arena, &bytes, &error));
        struct slice rest = bytes;
        while (!slice_empty(rest)) {
            struct slice line = slice_trim(slice_cut(&rest, '\n'));
            assert_true(line.size <= 76 + sizeof "Subject:");
            if (!slice_starts(line, "=?UTF-8?B?"))
                continue;
            struct slice word = { line.data + 10, line.size - 12 }, decoded;
            assert_true(crypto_base64_read(arena, word, &decoded));
            assert_int_not_equal((unsigned char)decoded.data[0] & 0xC0, 0x80);
        }
    }
}

static void addresses_that_could_do_harm_are_refused(void **state)
{
    (void)state;
    static const char *const sound[] = { "a@b", "first.last+tag@sub.example.com", "o'neil@x.ie" };
    static const char *const unsound[] = { "",      "a",       "@b",          "a@",
                                           "a@b@c", "a b@c",   "a@b\r\nDATA", "<a@b>",
                                           "a,c@b", "\"a\"@b", "é@b",         "-oX@b" };
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        assert_true(mail_address_is_sound(slice_of(sound[i])));
    for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++)
        assert_false(mail_address_is_sound(slice_of(unsound[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_are_put_in_their_places, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_fault_is_told_by_line, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_shipped_templates_are_sound, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_message_is_written_as_the_standards_say, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(long_header_words_do_not_cut_letters, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(addresses_that_could_do_harm_are_refused, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

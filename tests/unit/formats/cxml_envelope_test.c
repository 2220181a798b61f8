// SPDX-License-Identifier: Apache-2.0
#include "formats/cxml/cxml.h"

#include "base/clock.h"
#include "base/text.h"
#include "formats/cxml/path.h"
#include "unit/arena_testing.h"

static int64_t instant(const char *text)
{
    int64_t value;
    assert_true(instant_parse(slice_of(text), &value));
    return value;
}

static void reads_envelopes(void **state)
{
    (void)state;
    const char *in =
        "<!DOCTYPE cXML SYSTEM 'http://example.com/cXML.dtd'><cXML payloadID=' p@1 ' timestamp='t'>"
        "<Header><From><Credential domain='DUNS'><Identity> 1 </Identity></Credential>"
        "<Credential domain='NetworkID' type='marketplace'><Identity>AN1</Identity></Credential></From>"
        "<To><Credential domain='DUNS'><Identity>2</Identity></Credential></To>"
        "<Sender><Credential domain='DUNS'><Identity>3</Identity><SharedSecret>s</SharedSecret>"
        "</Credential><UserAgent>U</UserAgent></Sender></Header>"
        "<Request deploymentMode='test'><ProfileRequest/></Request></cXML>";
    struct cxml_envelope got;
    struct error error = { 0 };
    assert_true(cxml_read(slice_of(in), arena, &got, &error));
    assert_true(slice_is(got.payload_id, "p@1"));
    assert_true(slice_is(got.kind, "ProfileRequest"));
    assert_int_equal(got.class, CXML_REQUEST);
    assert_true(got.test);
    assert_false(got.is_signed);
    assert_int_equal(got.from.count, 2);
    assert_true(slice_is(got.from.credentials[0].identity, "1"));
    assert_false(got.from.credentials[0].marketplace);
    assert_true(got.from.credentials[1].marketplace);
    assert_true(slice_is(got.from.credentials[1].domain, "NetworkID"));
    assert_true(slice_is(got.sender.credentials[0].secret, "s"));
    assert_true(slice_is(got.user_agent, "U"));
    assert_string_equal(cxml_dtd_module(&got), "cXML.dtd");

    const char *response = "<cXML payloadID='p' timestamp='t'><Response><Status code='200' text='OK'/>"
                           "</Response></cXML>";
    assert_true(cxml_read(slice_of(response), arena, &got, &error));
    assert_int_equal(got.class, CXML_RESPONSE);
    assert_null(got.payload);
    assert_true(slice_is(got.kind, "Response"));
    assert_false(got.test);
}

static void refuses_what_is_no_cxml(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        { "<html/>", "root element is \"html\"" },
        { "--boundary\r\nContent-Type: text/xml", "multipart" },
        { "Content-Type: multipart/related", "multipart" },
        { "<cXML><Header></cXML>", "not well-formed" },
        { "<!DOCTYPE cXML [<!ENTITY a 'b'>]><cXML/>", "internal DTD subset" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_envelope got;
        struct error error = { 0 };
        assert_false(cxml_read(slice_of(cases[i].in), arena, &got, &error));
        assert_int_equal(error.kind, ERROR_INVALID);
        assert_non_null(strstr(error.message, cases[i].want));
    }
}

static void reads_times(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want; // NULL: refused
        bool has_time, has_zone;
    } cases[] = {
        { "2026-11-24T13:10:38+01:00", "2026-11-24T12:10:38Z", true, true },
        { "2026-11-24T13:10:38-0800", "2026-11-24T21:10:38Z", true, true },
        { "2026-11-24T13:10:38+02", "2026-11-24T11:10:38Z", true, true },
        { "2026-11-24T13:10:38Z", "2026-11-24T13:10:38Z", true, true },
        { "2026-11-24T13:10:38.1234567+00:00", "2026-11-24T13:10:38.123456Z", true, true },
        { "2026-11-24T13:10:38", "2026-11-24T12:10:38Z", true, false },
        { "2026-11-24T13:10", "2026-11-24T12:10:00Z", true, false },
        { "2026-11-24 13:10:38 +00:00", "2026-11-24T13:10:38Z", true, true },
        { "  2026-11-24T13:10:38 Z ", "2026-11-24T13:10:38Z", true, true },
        { "2026-11-24", "2026-11-23T23:00:00Z", false, false },
        { "2026-11-24T13:10:38+13:04", "2026-11-24T00:06:38Z", true, true },
        { "2026-02-30", NULL, false, false },
        { "2026-11-24T24:00:00Z", NULL, false, false },
        { "2026-11-24T13:10:38+99:00", NULL, false, false },
        { "2026-11-24T13:10:38X", NULL, false, false },
        { "2026-11-24T", NULL, false, false },
        { "24.11.2026", NULL, false, false },
        { "", NULL, false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_time got;
        bool read = cxml_time_parse(slice_of(cases[i].in), 60, &got);
        if (read != !!cases[i].want)
            print_error("%s\n", cases[i].in);
        assert_int_equal(read, !!cases[i].want);
        if (!read)
            continue;
        char text[INSTANT_TEXT_SIZE];
        assert_string_equal(instant_text(got.instant_us, text), cases[i].want);
        assert_int_equal(got.has_time, cases[i].has_time);
        assert_int_equal(got.has_zone, cases[i].has_zone);
    }
}

static struct slice with_sender(const char *authentication)
{
    return arena_printf(
        arena,
        "<cXML payloadID='p' timestamp='t'><Header><From><Credential domain='NetworkID'><Identity>"
        "AN9900000100</Identity></Credential></From><To/><Sender><Credential domain='NetworkID'>"
        "<Identity>AN9900000100</Identity>%s</Credential></Sender></Header><Request/></cXML>",
        authentication);
}

static void proves_secrets(void **state)
{
    (void)state;
#define MAC(type, algorithm, value)                                                                          \
    "<CredentialMac type='" type "' algorithm='" algorithm                                                   \
    "' creationDate='2003-01-15T08:42:46-08:00' expirationDate='2003-01-15T11:42:46-08:00'>" value           \
    "</CredentialMac>"
    static const struct {
        const char *name, *in, *now, *first, *second;
        const char *want; // a part of the error, NULL: proven
    } cases[] = {
        { "secret", "<SharedSecret>abracadabra</SharedSecret>", "2026-11-24T00:00Z", "abracadabra", NULL,
          NULL },
        { "second secret", "<SharedSecret>new</SharedSecret>", "2026-11-24T00:00Z", "abracadabra", "new",
          NULL },
        { "wrong secret", "<SharedSecret>abracadabrA</SharedSecret>", "2026-11-24T00:00Z", "abracadabra",
          NULL, "not the agreed one" },
        { "empty secret", "<SharedSecret></SharedSecret>", "2026-11-24T00:00Z", "", NULL, "neither" },
        { "nothing", "", "2026-11-24T00:00Z", "abracadabra", NULL, "neither" },
        { "no secret agreed", "<SharedSecret>x</SharedSecret>", "2026-11-24T00:00Z", NULL, NULL,
          "not the agreed one" },
        { "mac", MAC("FromSenderCredentials", "HMAC-SHA1-96", "cR6Jpz58nriXERDN"), "2003-01-15T18:00Z",
          "abracadabra", NULL, NULL },
        { "mac of another secret", MAC("FromSenderCredentials", "HMAC-SHA1-96", "cR6Jpz58nriXERDN"),
          "2003-01-15T18:00Z", "abracadabrA", NULL, "not the agreed one" },
        { "mac before its time", MAC("FromSenderCredentials", "HMAC-SHA1-96", "cR6Jpz58nriXERDN"),
          "2003-01-15T16:42:45Z", "abracadabra", NULL, "not now" },
        { "mac after its time", MAC("FromSenderCredentials", "HMAC-SHA1-96", "cR6Jpz58nriXERDN"),
          "2003-01-15T19:42:47Z", "abracadabra", NULL, "not now" },
        { "mac of another kind", MAC("FromSenderCredentials", "MD5", "cR6Jpz58nriXERDN"), "2003-01-15T18:00Z",
          "abracadabra", NULL, "\"MD5\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cxml_envelope envelope;
        struct error error = { 0 };
        const char *secrets[2] = { cases[i].first, cases[i].second };
        assert_true(cxml_read(with_sender(cases[i].in), arena, &envelope, &error));
        bool got = cxml_authentic(&envelope, secrets, instant(cases[i].now), arena, &error);
        if (got != !cases[i].want || (!got && !strstr(error.message, cases[i].want))) {
            print_error("%s: got %s\n", cases[i].name, got ? "proven" : error.message);
            fail();
        }
    }
}

static void answers(void **state)
{
    (void)state;
    struct cxml_reply reply = {
        .code = 400,
        .detail = SLICE("the order has no <orderID>"),
        .payload_id = SLICE("1@us"),
        .now_us = instant("2026-11-24T13:10:38Z") + 5,
    };
    struct slice got = cxml_response(&reply, arena);
    const char *want =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<!DOCTYPE cXML SYSTEM \"http://xml.cxml.org/schemas/cXML/1.2.014/cXML.dtd\">\n"
        "<cXML payloadID=\"1@us\" timestamp=\"2026-11-24T13:10:38+00:00\" version=\"1.2.014\" "
        "xml:lang=\"en-US\"><Response><Status code=\"400\" text=\"Bad Request\" xml:lang=\"en-US\">"
        "the order has no &lt;orderID&gt;</Status></Response></cXML>\n";
    assert_string_equal(arena_string(arena, got), want);
}

static void wraps_requests(void **state)
{
    (void)state;
    struct node *root = node_new(arena, SLICE("cXML"));
    struct node *request = node_add(root, node_new(arena, SLICE("Request")));
    node_add(request, node_new(arena, SLICE("ConfirmationRequest")));
    struct cxml_outgoing outgoing = {
        .payload_id = SLICE("2@us"),
        .now_us = instant("2026-11-24T13:10:38Z"),
        .from_domain = SLICE("DUNS"),
        .from_identity = SLICE("222"),
        .to_domain = SLICE("NetworkID"),
        .to_identity = SLICE("AN1"),
        .secret = "s3",
        .version = "1.2.036",
        .test = true,
    };
    struct slice bytes = cxml_request_envelope(&outgoing, root, arena);
    struct cxml_envelope got;
    struct error error = { 0 };
    struct findings findings = { .arena = arena };
    assert_true(cxml_read(bytes, arena, &got, &error));
    assert_true(cxml_check(&got, &findings));
    assert_int_equal(findings.count, 0);
    assert_true(slice_is(got.kind, "ConfirmationRequest"));
    assert_true(got.test);
    assert_true(slice_is(got.doctype, "http://xml.cxml.org/schemas/cXML/1.2.036/Fulfill.dtd"));
    assert_true(slice_is(got.from.credentials[0].identity, "222"));
    assert_true(slice_is(got.to.credentials[0].identity, "AN1"));
    assert_true(slice_is(got.sender.credentials[0].secret, "s3"));
    assert_true(slice_is(cxml_text(got.root, "version"), "1.2.036"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_envelopes, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_cxml, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(reads_times, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(proves_secrets, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(answers, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(wraps_requests, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0

#include "doors/crypto.h"
#include "unit/arena_testing.h"

static void assert_slice(const char *name, struct slice got, struct slice want)
{
    if (!slice_equal(got, want))
        fail_msg("%s: got \"%.*s\", want \"%.*s\"", name, SLICE_ARGS(got), SLICE_ARGS(want));
}

static void digests(void **state)
{
    (void)state;
    // FIPS 180-2, its examples.
    static const struct {
        const char *name;
        struct slice bytes, want;
    } cases[] = {
        { "empty", { NULL, 0 }, SLICE("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") },
        { "abc", SLICE("abc"), SLICE("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice got = crypto_sha256_hex(arena, cases[i].bytes);
        assert_slice(cases[i].name, got, cases[i].want);
    }
}

static void equality(void **state)
{
    (void)state;
    static const struct {
        struct slice left, right;
        bool want;
    } cases[] = {
        { SLICE("secret"), SLICE("secret"), true },   { SLICE("secret"), SLICE("secreT"), false },
        { SLICE("secret"), SLICE("secret1"), false }, { { NULL, 0 }, SLICE(""), true },
        { { NULL, 0 }, SLICE("x"), false },           { SLICE("a\0b"), SLICE("a\0c"), false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(crypto_equal(cases[i].left, cases[i].right), cases[i].want);
}

static void macs(void **state)
{
    (void)state;
    // RFC 2202, cases 1, 2 and 5 (which gives the truncation itself), in base64.
    static const struct {
        const char *name;
        struct slice key, message, want;
    } cases[] = {
        { "1", SLICE("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
          SLICE("Hi There"), SLICE("thcxhlUFcmTii8C2") },
        { "2", SLICE("Jefe"), SLICE("what do ya want for nothing?"), SLICE("7/zfauXrL6LSdBbV") },
        { "5", SLICE("\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c\x0c"),
          SLICE("Test With Truncation"), SLICE("TBoDQktV4H/n8nvh") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice got = crypto_hmac_sha1_96(arena, cases[i].key, cases[i].message);
        assert_slice(cases[i].name, got, cases[i].want);
    }
    assert_int_equal(crypto_hmac_sha1_96(arena, (struct slice){ 0 }, (struct slice){ 0 }).size, 16);
}

static void base64(void **state)
{
    (void)state;
    // RFC 4648, section 10, and bytes that use all of the alphabet's end.
    static const struct slice cases[][2] = {
        { SLICE(""), SLICE("") },
        { SLICE("f"), SLICE("Zg==") },
        { SLICE("fo"), SLICE("Zm8=") },
        { SLICE("foo"), SLICE("Zm9v") },
        { SLICE("foob"), SLICE("Zm9vYg==") },
        { SLICE("fooba"), SLICE("Zm9vYmE=") },
        { SLICE("foobar"), SLICE("Zm9vYmFy") },
        { SLICE("\xFB\xFF\xFE\0"), SLICE("+//+AA==") },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice got = crypto_base64(arena, cases[i][0]), back;
        assert_slice("write", got, cases[i][1]);
        assert_true(crypto_base64_read(arena, cases[i][1], &back));
        assert_slice("read", back, cases[i][0]);
    }
}

static void base64_of_others(void **state)
{
    (void)state;
    static const struct {
        struct slice text;
        const char *want; // NULL: refused
    } cases[] = {
        { SLICE("Zm9v\r\nYmFy\r\n"), "foobar" },
        { SLICE(" Zg = = "), "f" },
        { SLICE("Zg="), NULL },
        { SLICE("Zg"), NULL },
        { SLICE("Z"), NULL },
        { SLICE("Zh=="), NULL },
        { SLICE("Zm9="), NULL },
        { SLICE("===="), NULL },
        { SLICE("Z==="), NULL },
        { SLICE("Zg==Zg=="), NULL },
        { SLICE("Zm-v"), NULL },
        { SLICE("Zm9v\0"), NULL },
        { SLICE("Zg=g"), NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice got = { 0 };
        bool read = crypto_base64_read(arena, cases[i].text, &got);
        if (read != (cases[i].want != NULL) || (read && !slice_is(got, cases[i].want)))
            fail_msg("\"%.*s\": got %d \"%.*s\", want %s", SLICE_ARGS(cases[i].text), read, SLICE_ARGS(got),
                     cases[i].want ? cases[i].want : "refusal");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests), cmocka_unit_test(equality),         cmocka_unit_test(macs),
        cmocka_unit_test(base64),  cmocka_unit_test(base64_of_others),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}

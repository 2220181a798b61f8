// SPDX-License-Identifier: Apache-2.0
// Which control references follow each other, and when two documents of one number are one.
#include "gateways/sequence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// cmocka wants the headers above first.
#include <cmocka.h>

#include "gateways/inbound_number.h"

static void references_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *reference, *prefix;
        bool numbered;
        int64_t number;
        size_t figures;
    } cases[] = {
        { "R000123", "R", true, 123, 6 },
        { "17", "", true, 17, 2 },
        { "0", "", true, 0, 1 },
        { "A-1B", "A-1B", false, 0, 0 },
        { "", "", false, 0, 0 },
        { "12X7", "12X", true, 7, 1 },
        { "99999999999999", "", true, 99999999999999, 14 },
        // More figures than a number has: the last ones count.
        { "91234567890123456789", "91", true, 234567890123456789, 18 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice prefix;
        int64_t number = 0;
        size_t figures;
        assert_int_equal(sequence_split(slice_of(cases[i].reference), &prefix, &number, &figures),
                         cases[i].numbered);
        assert_true(slice_is(prefix, cases[i].prefix));
        assert_int_equal(figures, cases[i].figures);
        if (cases[i].numbered)
            assert_int_equal(number, cases[i].number);
    }
}

static void steps_are_judged(void **state)
{
    (void)state;
    static const struct {
        int64_t last;
        size_t figures;
        int64_t number;
        enum sequence_verdict want;
        int64_t missing;
    } cases[] = {
        { 7, 1, 8, SEQUENCE_FINE, 0 },  { 7, 1, 9, SEQUENCE_GAP, 1 },     { 7, 3, 20, SEQUENCE_GAP, 12 },
        { 7, 1, 7, SEQUENCE_LATE, 0 },  { 7, 1, 3, SEQUENCE_LATE, 0 },    { 99, 2, 1, SEQUENCE_FINE, 0 },
        { 99, 2, 0, SEQUENCE_FINE, 0 }, { 99, 2, 100, SEQUENCE_FINE, 0 }, { 99, 3, 1, SEQUENCE_LATE, 0 },
        { 99, 2, 2, SEQUENCE_LATE, 0 }, { 0, 1, 1, SEQUENCE_FINE, 0 },    { 9, 1, 11, SEQUENCE_GAP, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t missing;
        assert_int_equal(sequence_judge(cases[i].last, cases[i].figures, cases[i].number, &missing),
                         cases[i].want);
        assert_int_equal(missing, cases[i].missing);
    }
}

static void contents_are_compared(void **state)
{
    (void)state;
    char left[64], right[64];
    memset(left, 'a', sizeof left);
    memset(right, 'a', sizeof right);
    const struct slice one = { left, sizeof left }, other = { right, sizeof right };
    assert_true(inbound_number_same(one, other));
    right[0] = 'b'; // written otherwise, understood alike
    assert_true(inbound_number_same(one, other));
    right[63] = 'b';
    assert_false(inbound_number_same(one, other));
    right[0] = 'a'; // written alike, by a map that has changed since
    assert_true(inbound_number_same(one, other));
    assert_false(inbound_number_same(one, (struct slice){ right, 32 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(references_are_split),
                                        cmocka_unit_test(steps_are_judged),
                                        cmocka_unit_test(contents_are_compared) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

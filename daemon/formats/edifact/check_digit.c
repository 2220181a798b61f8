// SPDX-License-Identifier: Apache-2.0
// Numbers of GS1 end with a check digit: the digits, weighed 3 and 1 in turn from the right, sum up to a multiple
// of ten.
#include "formats/edifact/checking.h"

#define NUMBER(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

// A number is of a kind where `beside`, in its own composite or else in the first element of the segment, says so.
static const struct kind {
    uint32_t element, beside;
    const char *values[4];
    const char *name;
    uint8_t sizes[5];  // digits, with the check digit
    bool may_be_other; // what has not that many digits is another identity, which VANs give
} kinds[] = {
    { NUMBER('7', '1', '4', '0'),
      NUMBER('7', '1', '4', '3'),
      { "EN", "SRV", "UP" },
      "GTIN",
      { 13, 14, 12, 8 },
      false },
    { NUMBER('3', '0', '3', '9'), NUMBER('3', '0', '5', '5'), { "9" }, "GLN", { 13 }, false },
    { NUMBER('3', '2', '2', '5'), NUMBER('3', '0', '5', '5'), { "9" }, "GLN", { 13 }, false },
    { NUMBER('0', '0', '0', '4'), NUMBER('0', '0', '0', '7'), { "14" }, "GLN", { 13 }, true },
    { NUMBER('0', '0', '1', '0'), NUMBER('0', '0', '0', '7'), { "14" }, "GLN", { 13 }, true },
    { NUMBER('7', '4', '0', '2'), NUMBER('7', '4', '0', '5'), { "BJ" }, "SSCC", { 18, 20 }, false },
};

static const struct edifact_token *token_beside(const struct checking *checking,
                                                const struct edifact_token *token,
                                                const struct directory_position *position, uint32_t beside)
{
    for (unsigned i = 0; i < position->component_count; i++)
        if (position->components[i].element->key == beside)
            return checking_sibling(checking, token, i + 1);
    return token->element > 1 ? edifact_find(checking->unit, checking->segment, 1, 1, 1) : NULL;
}

static bool is_of_kind(const struct checking *checking, const struct edifact_token *token,
                       const struct directory_position *position, const struct kind *kind)
{
    const struct edifact_token *beside = token_beside(checking, token, position, kind->beside);
    if (!beside)
        return false;
    for (const char *const *value = kind->values; *value; value++)
        if (slice_is(edifact_raw(checking->unit, beside), *value))
            return true;
    return false;
}

// The digit that should be last; -1 where a character is no digit.
static int wanted_digit(struct slice text)
{
    int sum = 0, weight = 3;
    for (size_t i = text.size - 1; i-- > 0; weight = 4 - weight) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        sum += (text.data[i] - '0') * weight;
    }
    char last = text.data[text.size - 1];
    return last < '0' || last > '9' ? -1 : (10 - sum % 10) % 10;
}

void check_digit(struct checking *checking, const struct edifact_token *token, struct slice text,
                 const struct directory_position *position, unsigned index)
{
    uint32_t element = position->components[index].element->key;
    if (checking->tolerances->check_digits == EDIFACT_ACCEPT)
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct kind *kind = &kinds[i];
        if (kind->element != element || !is_of_kind(checking, token, position, kind))
            continue;
        bool sized = text.size < 32 && memchr(kind->sizes, (int)text.size, sizeof kind->sizes);
        int wanted = sized ? wanted_digit(text) : -1;
        if (wanted < 0 && kind->may_be_other)
            return;
        struct slice shown = { text.data, text.size < 40 ? text.size : 40 };
        if (wanted < 0)
            checking_report(checking, checking->tolerances->check_digits, token, 12,
                            "\"%.*s\" is no %s: it must have %u digits", SLICE_ARGS(shown), kind->name,
                            kind->sizes[0]);
        else if (wanted != text.data[text.size - 1] - '0')
            checking_report(checking, checking->tolerances->check_digits, token, 12,
                            "\"%.*s\" is no %s: its last digit should be %d", SLICE_ARGS(shown), kind->name,
                            wanted);
        return;
    }
}

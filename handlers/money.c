// SPDX-License-Identifier: Apache-2.0
#include "handlers/money.h"

#include <assert.h>

#include "base/document.h"

typedef unsigned __int128 wide;

// ISO 4217 codes of money in use by decimals of their minor unit; funds, metals and testing codes are not
// money.
static const char *const currencies[] = {
    [0] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    [1] = "",
    [2] =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
        "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP "
        "MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD "
        "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS "
        "VED VES WST XCD XCG YER ZAR ZMW ZWG",
    [3] = "BHD IQD JOD KWD LYD OMR TND",
};

int money_exponent(struct slice currency)
{
    if (currency.size != 3)
        return -1;
    for (int exponent = 0; exponent < (int)(sizeof currencies / sizeof *currencies); exponent++)
        for (const char *code = currencies[exponent]; *code; code += code[3] ? 4 : 3)
            if (memcmp(code, currency.data, 3) == 0)
                return exponent;
    return -1;
}

bool money_minor(int64_t decimal4, int exponent, int64_t *minor)
{
    assert(exponent >= 0 && exponent <= MONEY_SCALE);
    return decimal_rescale(decimal4, MONEY_SCALE, (uint8_t)exponent, minor);
}

bool money_minor_rounded(int64_t decimal4, int exponent, int64_t *minor)
{
    assert(exponent >= 0 && exponent <= MONEY_SCALE);
    int64_t divisor = 1;
    for (int i = exponent; i < MONEY_SCALE; i++)
        divisor *= 10;
    int64_t rest = decimal4 % divisor;
    *minor = decimal4 / divisor;
    if (rest >= 0 && rest >= divisor - rest && divisor > 1)
        ++*minor;
    if (rest < 0 && -rest >= divisor + rest)
        --*minor;
    return true;
}

bool money_decimal4(int64_t minor, int exponent, int64_t *decimal4)
{
    assert(exponent >= 0 && exponent <= MONEY_SCALE);
    return decimal_rescale(minor, (uint8_t)exponent, MONEY_SCALE, decimal4);
}

struct slice money_text(struct arena *arena, int64_t minor, int exponent, struct slice currency)
{
    char text[DECIMAL_TEXT_SIZE];
    return arena_printf(arena, "%s %.*s",
                        decimal_text_whole(minor, (uint8_t)(exponent < 0 ? 0 : exponent), text),
                        SLICE_ARGS(currency));
}

static bool times(wide *product, int64_t factor)
{
    assert(factor >= 0);
    return !__builtin_mul_overflow(*product, (wide)factor, product);
}

// numerator / denominator, half-up.
static bool divide(wide numerator, wide denominator, int64_t *quotient)
{
    wide whole = numerator / denominator, rest = numerator % denominator;
    if (rest >= denominator - rest)
        whole++;
    if (whole > INT64_MAX)
        return false;
    *quotient = (int64_t)whole;
    return true;
}

bool money_amount(int64_t quantity, int64_t factor, struct money_rate rate, int exponent, int64_t *amount)
{
    // quantity/1e6 * (factor/1e6) / (price_factor/1e6) * (price/1e4) / (basis/1e6) * 10^exponent: what is
    // left of the scales is 10^(exponent - 4).
    assert(rate.basis > 0 && rate.price_factor > 0 && exponent >= 0 && exponent <= MONEY_SCALE);
    if (factor == rate.price_factor)
        factor = rate.price_factor = 1;
    wide numerator = (wide)quantity, denominator = (wide)rate.price_factor;
    for (int i = exponent; i < MONEY_SCALE; i++)
        if (!times(&denominator, 10))
            return false;
    return quantity >= 0 && times(&numerator, factor) && times(&numerator, rate.price) &&
           times(&denominator, rate.basis) && divide(numerator, denominator, amount);
}

bool money_unit_price(int64_t factor, struct money_rate rate, int64_t *unit_price)
{
    wide numerator = (wide)rate.price;
    return times(&numerator, factor) && divide(numerator, (wide)rate.price_factor, unit_price);
}

bool quantity_to_base(int64_t quantity, int64_t factor, int64_t *base)
{
    wide numerator = (wide)quantity;
    return quantity >= 0 && times(&numerator, factor) && divide(numerator, QUANTITY_ONE, base);
}

int64_t quantity_from_base(int64_t base, int64_t factor)
{
    if (factor <= 0 || base <= 0)
        return 0;
    wide units = (wide)base * QUANTITY_ONE / (wide)factor;
    return units > INT64_MAX ? INT64_MAX : (int64_t)units;
}

// SPDX-License-Identifier: Apache-2.0
#include "handlers/fact_reader.h"

#include "handlers/money.h"

struct reader reader_of(struct batch *batch, struct item *item)
{
    return (struct reader){ batch, item, item->document };
}

bool reader_park(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(reader->batch->arena, format, arguments);
    va_end(arguments);
    batch_park(reader->batch, reader->item, "%.*s", SLICE_ARGS(text));
    return false;
}

bool reader_has(const struct reader *reader, const char *name)
{
    const struct document *field = document_get(reader->document, name);
    return field && field->kind != DOCUMENT_NULL;
}

bool reader_fits(struct reader *reader, const char *name, struct slice value)
{
    return value.size <= KEY_BYTES_MAX ||
           reader_park(reader, "the %s of the %s is longer than %d bytes: '%.40s...'", name,
                       reader->item->type, KEY_BYTES_MAX, value.data);
}

bool reader_required(struct reader *reader, const char *name, struct slice *value)
{
    *value = document_text(reader->document, name);
    if (slice_empty(*value))
        return reader_park(reader, "the %s has no %s", reader->item->type, name);
    return reader_fits(reader, name, *value);
}

bool reader_optional(struct reader *reader, const char *name, struct slice *value)
{
    *value = document_text(reader->document, name);
    return reader_fits(reader, name, *value);
}

bool reader_currency(struct reader *reader, const char *name, struct slice *currency)
{
    if (!reader_required(reader, name, currency))
        return false;
    return money_exponent(*currency) >= 0 ||
           reader_park(reader, "'%.*s' is no currency of ISO 4217", SLICE_ARGS(*currency));
}

bool reader_limit(struct reader *reader, const char *name, bool *has, int64_t *value)
{
    char text[DECIMAL_TEXT_SIZE];
    *has = reader_has(reader, name);
    *value = 0;
    if (!*has)
        return true;
    if (!document_decimal(reader->document, name, MONEY_SCALE, value))
        return reader_park(reader, "the %s of the %s has more than 4 decimals or is too large", name,
                           reader->item->type);
    return *value >= 0 || reader_park(reader, "the %s %s of the %s is negative", name,
                                      decimal_text(*value, MONEY_SCALE, text), reader->item->type);
}

bool reader_limit_minor(struct reader *reader, const char *name, struct slice currency, bool *has,
                        int64_t *minor)
{
    char text[DECIMAL_TEXT_SIZE];
    int64_t value;
    *minor = 0;
    if (!reader_limit(reader, name, has, &value))
        return false;
    return !*has || money_minor(value, money_exponent(currency), minor) ||
           reader_park(reader, "the %s %s is finer than the minor unit of %.*s", name,
                       decimal_text(value, MONEY_SCALE, text), SLICE_ARGS(currency));
}

bool reader_unit(struct reader *reader, struct slice value)
{
    return (!slice_empty(value) && memchr(value.data, ',', value.size) == NULL) ||
           reader_park(reader, "the unit '%.*s' of the %s is invalid", SLICE_ARGS(value), reader->item->type);
}

bool reader_validity(struct reader *reader, int64_t *from_us, int64_t *to_us)
{
    *from_us = INT64_MIN;
    *to_us = INT64_MAX;
    if (reader_has(reader, "valid_from"))
        document_instant(reader->document, "valid_from", from_us);
    if (reader_has(reader, "valid_to"))
        document_instant(reader->document, "valid_to", to_us);
    return *from_us < *to_us ||
           reader_park(reader, "the %s ends before it begins: valid_to is not after valid_from",
                       reader->item->type);
}

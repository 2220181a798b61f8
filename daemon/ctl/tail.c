// SPDX-License-Identifier: Apache-2.0
// `comptoirctl tail`: what stands on a topic, as JSON lines.
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/topic_names.h"
#include "doors/json.h"

enum { POLL_MS = 200, SCRATCH_BYTES = 256 << 20 };

struct tail {
    struct online online;
    int64_t most, timeout_s;
    bool only_new, whole, uncommitted;
    const char *topic;
    struct kafka_reader *reader;
    struct arena *scratch; // one record's
    bool *ended;           // by partition
    int partitions;
    int64_t printed;
};

static bool begin(struct tail *tail, struct error *error)
{
    struct online *online = &tail->online;
    if (!(tail->reader = kafka_reader_open(&online->settings.kafka, !tail->uncommitted, error)) ||
        !kafka_reader_partitions(tail->reader, tail->topic, &tail->partitions, error))
        return false;
    size_t count = (size_t)tail->partitions;
    struct kafka_position *positions = ARENA_ARRAY(online->arena, count, struct kafka_position);
    tail->ended = ARENA_ARRAY(online->arena, count, bool);
    for (int32_t i = 0; i < tail->partitions; i++) {
        int64_t first, end;
        if (!kafka_reader_range(tail->reader, tail->topic, i, &first, &end, error))
            return false;
        positions[i] = (struct kafka_position){ tail->topic, i, tail->only_new ? end : first };
    }
    return kafka_reader_seek(tail->reader, positions, count, error);
}

static bool printable(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        if ((unsigned char)bytes.data[i] < 0x20 || (unsigned char)bytes.data[i] > 0x7E)
            return false;
    return true;
}

static void add_value(struct tail *tail, struct document *record, struct slice value)
{
    if (printable(value))
        document_add_text(tail->scratch, record, "text", value);
    else
        document_add_bytes(tail->scratch, record, "bytes", value);
}

// Position, key and headers, and the document or whatever the value is.
static struct document *whole_record(struct tail *tail, const struct kafka_record *record,
                                     struct document *document)
{
    struct arena *arena = tail->scratch;
    struct document *whole = document_record(arena, NULL);
    document_add_integer(arena, whole, "partition", record->partition);
    document_add_integer(arena, whole, "offset", record->offset);
    document_add_instant(arena, whole, "at", record->timestamp_ms * 1000);
    document_add_text(arena, whole, "key", record->key);
    struct document *headers = document_add_record(arena, whole, "headers", NULL);
    for (size_t i = 0; i < record->header_count; i++)
        if (!document_get(headers, record->headers[i].name))
            document_add_text(arena, headers, record->headers[i].name, record->headers[i].value);
    if (document) {
        document_add_text(arena, whole, "type", slice_of(document->type));
        document_add(whole, "document", document);
    } else {
        add_value(tail, whole, record->value);
    }
    return whole;
}

static void print(struct tail *tail, const struct kafka_record *record)
{
    struct error undecodable = { 0 };
    struct document *document = NULL;
    if (!avro_decode(tail->online.catalogue, tail->topic, record->value, tail->scratch, &document,
                     &undecodable))
        document = NULL;
    struct text text = text_in(tail->scratch);
    json_write(document && !tail->whole ? document : whole_record(tail, record, document), &text);
    text_append_char(&text, '\n');
    online_put(&text);
    fflush(stdout);
    tail->printed++;
}

static bool all_ended(const struct tail *tail)
{
    for (int i = 0; i < tail->partitions; i++)
        if (!tail->ended[i])
            return false;
    return true;
}

// Until enough is printed, the time is over, or with neither --new nor --timeout the topic's end is reached.
static bool run(struct tail *tail, struct error *error)
{
    int64_t deadline = clock_monotonic_us() + tail->timeout_s * 1000000;
    bool stays = tail->only_new || tail->timeout_s;
    while (!tail->most || tail->printed < tail->most) {
        struct kafka_record record;
        bool got, at_end;
        arena_reset(tail->scratch);
        if (!kafka_reader_next(tail->reader, POLL_MS, tail->scratch, &record, &got, &at_end, error))
            return false;
        if (got)
            print(tail, &record);
        if (at_end && record.partition < tail->partitions)
            tail->ended[record.partition] = true;
        if ((!stays && all_ended(tail)) || (tail->timeout_s && clock_monotonic_us() > deadline))
            break;
    }
    return true;
}

static bool open_all(struct tail *tail, const char *word, struct error *error)
{
    enum topic topic;
    if (!online_open(&tail->online, ONLINE_SCHEMAS | ONLINE_KAFKA, error))
        return false;
    tail->topic = topic_named(&tail->online.settings, word, &topic);
    tail->online.unable = !tail->topic;
    return tail->topic ? begin(tail, error)
                       : error_set(error, ERROR_INVALID, NULL,
                                   "there is no topic '%s'; they are inbound, erp, events, acknowledgements, "
                                   "approvals, quotes, status, dead-letter and progress",
                                   word);
}

int ctl_tail(int argc, char **argv)
{
    struct tail tail = { 0 };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&tail.online),
        { "count", OPTION_NUMBER, &tail.most, "NUMBER", "end after so many records" },
        { "timeout", OPTION_NUMBER, &tail.timeout_s, "SECONDS", "wait so long for more, then end" },
        { "new", OPTION_FLAG, &tail.only_new, NULL, "only what comes from now on" },
        { "whole", OPTION_FLAG, &tail.whole, NULL, "with partition, offset, time, key and headers" },
        { "uncommitted", OPTION_FLAG, &tail.uncommitted, NULL, "also what was aborted" },
    };
    const struct ctl_usage usage = { "tail",
                                     "TOPIC",
                                     "Read a topic from its start as JSON, one document a line.",
                                     options,
                                     sizeof options / sizeof options[0],
                                     1,
                                     1,
                                     "Without --new and --timeout it ends where the topic ends. A record "
                                     "that is no document is shown whole." };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    tail.scratch = arena_open(SCRATCH_BYTES);
    bool good = open_all(&tail, argv[0], &error) && run(&tail, &error);
    arena_close(tail.scratch); // first: librdkafka closes only when all records have been given back
    kafka_reader_close(tail.reader);
    if (!good)
        return online_fail(&tail.online, &error);
    online_close(&tail.online);
    return 0;
}

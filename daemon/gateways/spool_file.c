// SPDX-License-Identifier: Apache-2.0
#include "gateways/spool_file.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/crypto.h"
#include "gateways/plain.h"
#include "gateways/spool_answer.h"

struct taking {
    const struct spool_work *work;
    const char *name;
    struct text report;
    struct spool_outcome *outcome;
    size_t stored; // interchanges from which something was taken
    const struct findings *findings;
    size_t finding_count; // those that belong to interchanges before this one
};

static void say(struct taking *taking, const struct interchange *interchange, const char *what)
{
    const struct edifact_interchange_result *result = interchange->result;
    struct arena *arena = taking->work->arena;
    text_printf(&taking->report, "interchange \"%.*s\" from %.*s to %.*s: %s\n",
                SLICE_ARGS(result->reference),
                SLICE_ARGS(interchange_party(arena, result->sender_qualifier, result->sender)),
                SLICE_ARGS(interchange_party(arena, result->receiver_qualifier, result->receiver)), what);
}

// "ORDERS ORDCHG": each type once, in the order in which they come.
static struct slice kinds_of(const struct edifact_interchange_result *result, struct arena *arena)
{
    struct text text = text_in(arena);
    enum { MOST = 200 };
    for (size_t i = 0; i < result->message_count && text.size < MOST; i++) {
        size_t before = 0;
        while (before < i && !slice_equal(result->messages[before].type, result->messages[i].type))
            before++;
        if (before == i)
            text_printf(&text, "%s%.*s", text.size ? " " : "", SLICE_ARGS(result->messages[i].type));
    }
    return text_slice(&text);
}

// What was found in this interchange, and not yet in one before it.
static struct slice findings_of(struct taking *taking, struct arena *arena)
{
    struct text text = text_in(arena);
    for (size_t i = taking->finding_count; i < taking->findings->count; i++) {
        struct text line = text_in(arena);
        finding_print(&taking->findings->items[i], taking->name, &line);
        text_append(&text, plain_text(arena, text_slice(&line)));
        text_append_char(&text, '\n');
    }
    taking->finding_count = taking->findings->count;
    return text_slice(&text);
}

static struct archive_facts facts_of(struct taking *taking, const struct interchange *interchange)
{
    const struct edifact_interchange_result *result = interchange->result;
    struct arena *arena = interchange->arena;
    return (struct archive_facts){
        .control = result->reference,
        .sender = interchange_party(arena, result->sender_qualifier, result->sender),
        .receiver = interchange_party(arena, result->receiver_qualifier, result->receiver),
        .kind = kinds_of(result, arena),
        .messages = result->message_count,
        .refused = interchange->partner ? interchange->refused : result->message_count,
        .state = interchange->partner ? spool_answer_state(interchange) : SLICE("unknown"),
        .findings = findings_of(taking, arena),
    };
}

// Kept under no partner's name, so that `edi unknown` shows whose file is missing.
static bool keep_unknown(struct taking *taking, const struct interchange *interchange,
                         const struct archive_facts *facts, struct error *error)
{
    const struct inbound_parcel parcel = { .reference = interchange->result->reference,
                                           .bytes = interchange->bytes,
                                           .now_us = clock_now_us(),
                                           .facts = facts };
    return inbound_archive(taking->work->inbound, taking->work->db, interchange->arena, &parcel, error);
}

static void turn_away(struct taking *taking, const struct interchange *interchange)
{
    const struct edifact_interchange_result *result = interchange->result;
    taking->outcome->bad = true;
    taking->outcome->refused += result->message_count;
    atomic_fetch_add(&counters.refused, (int64_t)result->message_count);
    say(taking, interchange,
        "nobody here knows this sender; nothing was taken and no CONTRL is sent. Add the identity to a "
        "partner file, then move the file into in/ again");
    log_line(taking->work->log, LOG_LEVEL_PARTNER, "sender_unknown",
             "the sender %.*s of interchange \"%.*s\" in file %s is in no partner file",
             SLICE_ARGS(interchange_party(interchange->arena, result->sender_qualifier, result->sender)),
             SLICE_ARGS(result->reference), taking->name);
}

static void describe(struct taking *taking, const struct interchange *interchange,
                     enum inbound_verdict verdict)
{
    struct spool_outcome *outcome = taking->outcome;
    if (verdict == INBOUND_CONFLICT) {
        outcome->bad = true;
        outcome->refused += interchange->result->message_count;
        atomic_fetch_add(&counters.refused, (int64_t)interchange->result->message_count);
        say(taking, interchange,
            "refused, since another interchange with this reference and other content came before");
        log_line(taking->work->log, LOG_LEVEL_PARTNER, "reference_conflict",
                 "partner %s sends interchange \"%.*s\" again with other content, in file %s",
                 interchange->partner->name, SLICE_ARGS(interchange->result->reference), taking->name);
        return;
    }
    outcome->repeated += verdict == INBOUND_REPEATED;
    *(verdict == INBOUND_REPEATED ? &outcome->again : &outcome->taken) += interchange->part_count;
    outcome->refused += interchange->refused;
    taking->stored += interchange->part_count > 0;
    if (verdict == INBOUND_STORED)
        atomic_fetch_add(&counters.refused, (int64_t)interchange->refused);
    if (interchange->refused)
        say(taking, interchange,
            arena_printf(taking->work->arena, "messages taken: %zu, refused: %zu", interchange->part_count,
                         interchange->refused)
                .data);
}

static struct inbound_parcel parcel_of(const struct interchange *interchange, int64_t now_us,
                                       uint8_t digest[SHA256_BYTES])
{
    crypto_sha256(interchange->exact, digest);
    return (struct inbound_parcel){
        .partner = slice_of(interchange->partner->name),
        .reference = interchange->result->reference,
        .bytes = interchange->bytes,
        .key = interchange->key,
        .digest = { (const char *)digest, SHA256_BYTES },
        .parts = interchange->parts,
        .part_count = interchange->part_count,
        .documents = interchange->documents,
        .document_count = interchange->document_count,
        .now_us = now_us,
    };
}

// Without a reference there is nothing to tell a repeat by, and no CONTRL can name it.
static bool keep_nameless(struct taking *taking, const struct interchange *interchange,
                          const struct inbound_parcel *parcel, struct error *error)
{
    taking->outcome->bad = true;
    taking->outcome->refused += interchange->result->message_count;
    atomic_fetch_add(&counters.refused, (int64_t)interchange->result->message_count);
    say(taking, interchange, "refused, since it has no control reference; no CONTRL can be sent");
    return inbound_archive(taking->work->inbound, taking->work->db, interchange->arena, parcel, error);
}

// An interchange that is taken once more has a key of its own: it is no repeat, and earns a CONTRL of its own.
// One whose sender was unknown was never taken, so it keeps its key.
static void make_again(struct interchange *interchange, const struct desk_request *request)
{
    if (interchange->key.size && !slice_is(request->state, "unknown"))
        interchange->key = arena_printf(interchange->arena, "%.*s~%lld", SLICE_ARGS(interchange->key),
                                        (long long)request->id);
}

static void add_findings(struct taking *taking, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        finding_print(&findings->items[i], taking->name, &taking->report);
        text_append_char(&taking->report, '\n');
    }
    if (findings->dropped)
        text_printf(&taking->report, "and %zu more findings\n", findings->dropped);
}

static bool store(struct taking *taking, const struct interchange *interchange,
                  const struct archive_facts *facts, const struct inbound_parcel *parcel, struct error *error)
{
    struct spool_answer answer = {
        .work = taking->work,
        .received = interchange,
        .parcel = *parcel,
        .plain = *facts,
        .digest_hex = crypto_sha256_hex(interchange->arena, interchange->exact),
    };
    enum inbound_verdict verdict;
    if (interchange->partner->edifact_duplicate_days)
        answer.parcel.forgotten_us =
            parcel->now_us - interchange->partner->edifact_duplicate_days * (86400 * INT64_C(1000000));
    if (!spool_answer_store(&answer, &verdict, error))
        return false;
    describe(taking, &answer.interchange, verdict);
    if (verdict != INBOUND_STORED)
        return true;
    add_findings(taking, &answer.findings);
    spool_answer_log(&answer);
    return true;
}

static bool receive(void *context, const struct interchange *received, struct error *error)
{
    struct taking *taking = context;
    const struct spool_work *work = taking->work;
    struct interchange again = *received;
    const struct interchange *interchange = &again;
    struct archive_facts facts = facts_of(taking, interchange);
    if (work->request) {
        make_again(&again, work->request);
        facts.original = work->request->archive_id;
    }
    taking->outcome->interchanges++;
    if (!interchange->partner) {
        turn_away(taking, interchange);
        return keep_unknown(taking, interchange, &facts, error);
    }
    uint8_t digest[SHA256_BYTES];
    struct inbound_parcel parcel = parcel_of(interchange, clock_now_us(), digest);
    parcel.facts = &facts;
    return slice_empty(interchange->key) ? keep_nameless(taking, interchange, &parcel, error)
                                         : store(taking, interchange, &facts, &parcel, error);
}

static void add_stray(struct taking *taking, struct slice bytes, bool stray)
{
    bool is_edifact;
    const char *kind = edifact_recognise(bytes, &is_edifact);
    if (taking->outcome->interchanges == 0)
        text_printf(&taking->report, "no EDIFACT interchange was found in this file; it looks like: %s\n",
                    kind);
    else if (stray)
        text_printf(&taking->report, "some of the file belongs to no interchange and was not taken\n");
}

bool spool_take(const struct spool_work *work, const char *name, struct slice bytes,
                struct spool_outcome *outcome, struct error *error)
{
    struct findings findings = { .arena = work->arena };
    *outcome = (struct spool_outcome){ 0 };
    struct taking taking = {
        .work = work, .name = name, .report = text_in(work->arena), .outcome = outcome, .findings = &findings
    };
    const struct interchange_reading reading = {
        .engine = work->engine,
        .maps = work->maps,
        .log = work->log,
        .source = name,
        .findings = &findings,
        .kept = work->arena,
        .receive = receive,
        .context = &taking,
    };
    bool stray = false;
    if (!interchange_read(&reading, bytes, &stray, error))
        return error_within(error, "taking file %s", name);
    outcome->bad |= stray || taking.stored == 0;
    add_stray(&taking, bytes, stray);
    add_findings(&taking, &findings);
    // A file that is bad always says why.
    if (outcome->bad && taking.report.size == 0)
        text_printf(&taking.report, "nothing in this file could be taken\n");
    if (outcome->bad || findings.errors || outcome->refused)
        outcome->report = text_slice(&taking.report);
    return true;
}

struct slice spool_file_numbers(const struct spool_outcome *outcome, struct arena *arena)
{
    return outcome->again
               ? arena_printf(arena, "%zu message%s taken, %zu repeated, %zu refused", outcome->taken,
                              outcome->taken == 1 ? "" : "s", outcome->again, outcome->refused)
               : arena_printf(arena, "%zu message%s taken, %zu refused", outcome->taken,
                              outcome->taken == 1 ? "" : "s", outcome->refused);
}

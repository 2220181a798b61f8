// SPDX-License-Identifier: Apache-2.0
#include "gateways/spool_file.h"

#include "base/clock.h"
#include "base/text.h"
#include "doors/crypto.h"
#include "engine/owed.h"
#include "formats/edifact/contrl.h"
#include "gateways/archive.h"
#include "gateways/control.h"
#include "gateways/plain.h"
#include "gateways/reported.h"

struct taking {
    const struct spool_work *work;
    const char *name;
    struct text report;
    struct spool_outcome *outcome;
    size_t stored; // interchanges from which something was taken
    const struct findings *findings;
    size_t finding_count; // those that belong to interchanges before this one
};

// A reply under way: the CONTRL of one interchange.
struct answer {
    const struct spool_work *work;
    const struct interchange *interchange;
    struct slice digest_hex;
    int64_t now_us;
    bool queued; // in the transaction that was last tried
};

static struct slice delivery_id(const struct answer *answer, bool conflict, struct arena *arena)
{
    const struct interchange *interchange = answer->interchange;
    struct slice digest = conflict ? answer->digest_hex : (struct slice){ 0 };
    // Where references come again after some time, each has a CONTRL of its own.
    if (interchange->partner->edifact_duplicate_days)
        return arena_printf(arena, "contrl %s %.*s%s%.*s@%lld", interchange->partner->name,
                            SLICE_ARGS(interchange->key), conflict ? "#" : "", SLICE_ARGS(digest),
                            (long long)answer->now_us);
    return arena_printf(arena, "contrl %s %.*s%s%.*s", interchange->partner->name,
                        SLICE_ARGS(interchange->key), conflict ? "#" : "", SLICE_ARGS(digest));
}

static bool queue(const struct answer *answer, struct db *db, bool conflict, struct slice contrl,
                  struct arena *arena, struct error *error)
{
    const struct interchange *interchange = answer->interchange;
    return owed_put_bytes(db, arena, delivery_id(answer, conflict, arena),
                          slice_of(interchange->partner->name), SLICE("edifact"),
                          interchange->result->reference, contrl, answer->now_us, error);
}

static bool archive_contrl(const struct answer *answer, struct db *db, struct slice delivery,
                           struct slice control, struct slice contrl, struct arena *arena,
                           struct error *error)
{
    const struct edifact_interchange_result *result = answer->interchange->result;
    const struct archive_facts facts = {
        .control = control,
        .sender = interchange_party(arena, result->receiver_qualifier, result->receiver),
        .receiver = interchange_party(arena, result->sender_qualifier, result->sender),
        .kind = SLICE("CONTRL"),
        .messages = 1,
        .delivery = delivery,
    };
    int64_t archived;
    return archive_put(db, arena, ARCHIVE_OUT, SLICE("edifact"), slice_of(answer->interchange->partner->name),
                       result->reference, contrl, answer->now_us, &archived, error) &&
           archive_describe(db, arena, archived, &facts, error) &&
           owed_control(db, arena, delivery, facts.control, false, 0, error);
}

// Inside the transaction of inbound_store: the number is drawn, and so never has a gap, with what it is for.
static bool make_contrl(void *context, struct db *db, bool conflict, struct arena *arena, struct slice *reply,
                        struct error *error)
{
    struct answer *answer = context;
    const struct interchange *interchange = answer->interchange;
    struct slice control;
    *reply = (struct slice){ 0 };
    if (!contrl_owed(interchange->result))
        return true;
    if (!control_next(db, arena, interchange->partner, "CONTRL", &control, error) ||
        !interchange_contrl(interchange, control, answer->now_us, conflict, arena, reply, error) ||
        !queue(answer, db, conflict, *reply, arena, error))
        return false;
    answer->queued = true;
    return archive_contrl(answer, db, delivery_id(answer, conflict, arena), control, *reply, arena, error);
}

// Notes what a partner's CONTRL says of interchanges of ours, in the same transaction.
static bool note_reports(void *context, struct db *db, struct arena *arena,
                         struct outbox_document **documents, size_t *count, struct error *error)
{
    const struct answer *answer = context;
    const struct interchange *interchange = answer->interchange;
    struct outbox_document *made = ARENA_ARRAY(arena, interchange->reports, struct outbox_document);
    *documents = made;
    *count = 0;
    for (size_t i = 0; i < interchange->reports; i++) {
        bool event;
        if (!report_note(&interchange->report_items[i], interchange->partner, db, answer->now_us, arena,
                         &made[*count], &event, error))
            return false;
        *count += event;
    }
    return true;
}

static void log_reports(const struct taking *taking, const struct interchange *interchange)
{
    for (size_t i = 0; i < interchange->reports; i++) {
        const struct report *report = &interchange->report_items[i];
        bool bad = report->verdict == OWED_REJECTED || report->verdict == OWED_ERRORS;
        log_line(taking->work->log, bad || !report->found ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
                 !report->found ? "report_unmatched"
                 : bad          ? "partner_refused"
                                : "partner_reported",
                 "partner %s answers our interchange %.*s with %.*s%s", interchange->partner->name,
                 SLICE_ARGS(report->control), SLICE_ARGS(report->text),
                 report->found ? "" : "; we have sent it none of that reference");
    }
}

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
    bool all = interchange->refused == result->message_count || !interchange->part_count;
    return (struct archive_facts){
        .control = result->reference,
        .sender = interchange_party(arena, result->sender_qualifier, result->sender),
        .receiver = interchange_party(arena, result->receiver_qualifier, result->receiver),
        .kind = kinds_of(result, arena),
        .messages = result->message_count,
        .refused = interchange->partner ? interchange->refused : result->message_count,
        .state = !interchange->partner  ? SLICE("unknown")
                 : all                  ? SLICE("refused")
                 : interchange->refused ? SLICE("partly")
                                        : SLICE("taken"),
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
    log_line(taking->work->log, LOG_LEVEL_WARNING, "sender_unknown",
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
        log_line(taking->work->log, LOG_LEVEL_WARNING, "reference_conflict",
                 "partner %s sends interchange \"%.*s\" again with other content, in file %s",
                 interchange->partner->name, SLICE_ARGS(interchange->result->reference), taking->name);
        return;
    }
    outcome->repeated += verdict == INBOUND_REPEATED;
    outcome->taken += interchange->part_count;
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
    if (slice_empty(interchange->key))
        return keep_nameless(taking, interchange, &parcel, error);
    struct answer answer = { .work = work,
                             .interchange = interchange,
                             .now_us = parcel.now_us,
                             .digest_hex = crypto_sha256_hex(interchange->arena, interchange->exact) };
    enum inbound_verdict verdict;
    struct slice reply;
    parcel.reply = make_contrl;
    parcel.context = &answer;
    if (interchange->partner->edifact_duplicate_days)
        parcel.forgotten_us =
            parcel.now_us - interchange->partner->edifact_duplicate_days * (86400 * INT64_C(1000000));
    parcel.more = interchange->reports ? note_reports : NULL;
    if (!inbound_store(work->inbound, work->db, interchange->arena, &parcel, &verdict, &reply, error))
        return false;
    describe(taking, interchange, verdict);
    if (verdict == INBOUND_STORED)
        log_reports(taking, interchange);
    // A repeat gets its first answer once more.
    return answer.queued || slice_empty(reply) ||
           queue(&answer, work->db, verdict == INBOUND_CONFLICT, reply, interchange->arena, error);
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

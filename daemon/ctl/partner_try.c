// SPDX-License-Identifier: Apache-2.0
#include "ctl/partner_try.h"

#include "base/clock.h"
#include "ctl/input.h"
#include "ctl/translate.h"
#include "doors/json.h"
#include "gateways/interchange.h"

struct trial {
    const struct partner *partner;
    struct findings *findings;
    size_t told; // of the findings
    const char *name;
    bool good;
};

static void tell_findings(struct trial *trial)
{
    struct findings rest = *trial->findings;
    rest.items += trial->told;
    rest.count -= trial->told;
    trial->told = trial->findings->count;
    translation_print(&rest, trial->name, false, stdout);
}

static bool print_contrl(const struct interchange *interchange, struct error *error)
{
    struct slice contrl;
    if (slice_empty(interchange->key)) {
        puts("no CONTRL: the interchange has no control reference");
        return true;
    }
    // The number is drawn when one is really sent.
    if (!interchange_contrl(interchange, SLICE("0"), clock_now_us(), false, interchange->arena, &contrl,
                            error))
        return false;
    puts(contrl.size ? "CONTRL (its reference is drawn when it is sent):" : "no CONTRL: none is owed");
    translation_put_segments(contrl);
    return true;
}

static bool receive(void *context, const struct interchange *interchange, struct error *error)
{
    struct trial *trial = context;
    const struct edifact_interchange_result *result = interchange->result;
    printf("interchange \"%.*s\" from %.*s: %zu message%s taken, %zu refused\n",
           SLICE_ARGS(result->reference),
           SLICE_ARGS(interchange_party(interchange->arena, result->sender_qualifier, result->sender)),
           interchange->part_count, interchange->part_count == 1 ? "" : "s", interchange->refused);
    tell_findings(trial);
    trial->good &=
        interchange->partner == trial->partner && interchange->refused == 0 && interchange->part_count > 0;
    if (interchange->partner != trial->partner) {
        printf("the sender is %s%s, not %s\n", interchange->partner ? "partner " : "nobody's",
               interchange->partner ? interchange->partner->name : "", trial->partner->name);
        return true;
    }
    for (size_t i = 0; i < interchange->document_count; i++) {
        struct text line = text_in(interchange->arena);
        json_write(interchange->documents[i].document, &line);
        text_append_char(&line, '\n');
        online_put(&line);
    }
    return print_contrl(interchange, error);
}

bool partner_try(struct online *online, const struct maps *maps, const struct partner *partner,
                 const char *path, bool *good, struct error *error)
{
    const struct engine engine = { .settings = &online->settings, .catalogue = maps_schemas(maps) };
    struct findings findings = { .arena = online->arena };
    struct trial trial = { .partner = partner, .findings = &findings, .name = path, .good = true };
    const struct interchange_reading reading = {
        .engine = &engine,
        .maps = maps,
        .source = path,
        .findings = &findings,
        .kept = online->arena,
        .receive = receive,
        .context = &trial,
    };
    struct input input;
    bool stray = false;
    if (!input_open(path, &input, error))
        return false;
    bool read = interchange_read(&reading, input.bytes, &stray, error);
    tell_findings(&trial);
    input_close(&input);
    if (stray)
        puts("some of the file belongs to no interchange");
    *good = trial.good && !stray && findings.errors == 0;
    return read;
}

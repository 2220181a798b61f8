// SPDX-License-Identifier: Apache-2.0
#include "gateways/mail.h"

#include "base/text.h"
#include "doors/crypto.h"
#include "doors/mail.h"
#include "formats/mail/figures.h"
#include "formats/mail/message.h"
#include "formats/mail/templates.h"
#include "gateways/link.h"

static const int64_t DAY_US = 24 * 3600 * INT64_C(1000000);

struct slice mail_obstacle(const struct settings *settings, const struct maps *maps, struct arena *arena)
{
    if (!settings->mail_server[0])
        return SLICE("no mail server is set (mail.server)");
    if (!maps_templates(maps))
        return arena_printf(arena, "there are no mail templates in %s/mail", settings->maps);
    return (struct slice){ 0 };
}

static struct slice total_of(const struct document *task, enum template_language language,
                             struct arena *arena)
{
    struct text text = text_in(arena);
    figures_write(&text, document_get(task, "total"), language);
    text_printf(&text, " %.*s", SLICE_ARGS(document_text(task, "currency")));
    return text_slice(&text);
}

static void add_links(const struct settings *settings, const struct document *mail, struct document *task,
                      enum template_language language, int64_t now_us, struct arena *arena)
{
    struct link link = {
        .account = document_text(mail, "account"),
        .order_id = document_text(task, "order_id"),
        .task_id = document_text(task, "task_id"),
        .user = document_text(mail, "user"),
        .content_hash = document_text(task, "content_hash"),
        .order_number = document_text(task, "order_number"),
        .total = total_of(task, language, arena),
        .language = document_text(mail, "language"),
        .until_us = now_us + settings->links_days * DAY_US,
    };
    document_instant(task, "until", &link.until_us);
    struct slice token = link_write(arena, slice_of(settings->links_secret), &link);
    document_add_text(
        arena, task, "approve_link",
        arena_printf(arena, "%s/approval/%.*s/approve", settings->links_url, SLICE_ARGS(token)));
    document_add_text(arena, task, "reject_link",
                      arena_printf(arena, "%s/approval/%.*s/reject", settings->links_url, SLICE_ARGS(token)));
}

// A field of the decision's name, so that a template can say it in its language.
static void add_verdict(struct document *task, struct arena *arena)
{
    struct slice decision = document_text(task, "decision");
    if (!slice_empty(decision))
        document_add_boolean(arena, task, arena_string(arena, decision), true);
}

bool mail_render(const struct engine *engine, const struct maps *maps, const struct delivery *delivery,
                 int64_t now_us, struct arena *arena, struct slice *bytes, struct error *error)
{
    const struct settings *settings = engine->settings;
    struct document *mail;
    enum template_language language;
    if (!avro_decode(engine->catalogue, "delivery", delivery->document, arena, &mail, error))
        return false;
    struct slice kind = document_text(mail, "kind");
    const struct template *template =
        templates_find(maps_templates(maps), kind, document_text(mail, "language"), &language);
    if (!template)
        return error_set(error, ERROR_INTERNAL, NULL, "there is no mail template for '%.*s'",
                         SLICE_ARGS(kind));
    bool asks = !slice_is(kind, "decided") && settings->links_secret && settings->links_url[0];
    for (struct document *task = (struct document *)document_items(mail, "tasks"); task; task = task->next) {
        add_verdict(task, arena);
        if (asks)
            add_links(settings, mail, task, language, now_us, arena);
    }
    struct slice id = crypto_sha256_hex(arena, delivery->id);
    struct mail_message message = { .from = slice_of(settings->mail_from),
                                    .from_name = slice_of(settings->mail_from_name),
                                    .to = document_text(mail, "to"),
                                    .to_name = document_text(mail, "name"),
                                    .id = { id.data, 32 },
                                    .at_us = delivery->created_us };
    template_render(template, mail, language, arena, &message.subject, &message.text);
    return mail_write(&message, arena, bytes, error);
}

bool mail_deliver(const struct settings *settings, const struct delivery *delivery, struct arena *arena,
                  struct error *error)
{
    const struct mail_server server = { .url = settings->mail_server,
                                        .user = settings->mail_user,
                                        .password = settings->mail_password,
                                        .ca_file = settings->mail_ca,
                                        .plain = settings->mail_plain };
    return mail_send(&server, slice_of(settings->mail_from), delivery->reference, delivery->bytes, arena,
                     error);
}

// SPDX-License-Identifier: Apache-2.0
#include "gateways/links_page.h"

#include "base/text.h"

enum language { ENGLISH, FRENCH, LANGUAGES };

static const struct {
    const char *code, *approve, *reject, *remark, *order, *account;
    const char *says[PAGE_COUNT];
} words[LANGUAGES] = {
    [ENGLISH] = { "en",
                  "Approve",
                  "Reject",
                  "Remark",
                  "Order",
                  "Account",
                  { [PAGE_ASK] = "Do you approve this order?",
                    [PAGE_TAKEN] = "Thank you: your decision is taken.",
                    [PAGE_REPEATED] = "You have decided this already; nothing has changed.",
                    [PAGE_CONTRARY] = "You have decided otherwise before. That decision stands.",
                    [PAGE_EXPIRED] = "This link is too old. Ask the seller for a new one.",
                    [PAGE_INVALID] = "This link is not valid. Was it copied whole?",
                    [PAGE_LATER] = "Your decision could not be taken now. Try again in a minute." } },
    [FRENCH] = { "fr",
                 "Valider",
                 "Refuser",
                 "Remarque",
                 "Commande",
                 "Compte",
                 { [PAGE_ASK] = "Validez-vous cette commande ?",
                   [PAGE_TAKEN] = "Merci : votre décision est enregistrée.",
                   [PAGE_REPEATED] = "Vous avez déjà pris cette décision ; rien n'a changé.",
                   [PAGE_CONTRARY] = "Vous avez déjà pris une autre décision, qui reste valable.",
                   [PAGE_EXPIRED] = "Ce lien est trop ancien. Demandez-en un nouveau au vendeur.",
                   [PAGE_INVALID] = "Ce lien n'est pas valable. A-t-il été copié en entier ?",
                   [PAGE_LATER] =
                       "Votre décision n'a pas pu être enregistrée. Réessayez dans une minute." } },
};

static void write(struct text *to, struct slice text)
{
    for (size_t i = 0; i < text.size; i++)
        switch (text.data[i]) {
        case '<':
            text_append(to, SLICE("&lt;"));
            break;
        case '>':
            text_append(to, SLICE("&gt;"));
            break;
        case '&':
            text_append(to, SLICE("&amp;"));
            break;
        case '"':
            text_append(to, SLICE("&quot;"));
            break;
        default:
            text_append_char(to, text.data[i]);
        }
}

static void write_row(struct text *to, const char *name, struct slice value)
{
    text_printf(to, "<dt>%s</dt><dd>", name);
    write(to, value);
    text_append(to, SLICE("</dd>"));
}

static void write_button(struct text *to, const char *decision, const char *label)
{
    text_printf(to, "<button name=\"decision\" value=\"%s\">%s</button> ", decision, label);
}

static void write_form(struct text *to, enum language language, struct slice chosen)
{
    bool reject_first = slice_is(chosen, "reject");
    const char *const decisions[] = { "approve", "reject" };
    const char *const labels[] = { words[language].approve, words[language].reject };
    text_printf(to,
                "<form method=\"post\"><p><label>%s<br><textarea name=\"remark\" rows=\"3\" cols=\"50\" "
                "maxlength=\"1000\"></textarea></label></p><p>",
                words[language].remark);
    write_button(to, decisions[reject_first], labels[reject_first]);
    write_button(to, decisions[!reject_first], labels[!reject_first]);
    text_append(to, SLICE("</p></form>"));
}

struct slice links_page(struct arena *arena, enum links_page page, const struct link *link,
                        struct slice chosen)
{
    enum language language = link && slice_equal_nocase(link->language, SLICE("fr")) ? FRENCH : ENGLISH;
    struct text to = text_in(arena);
    text_printf(
        &to,
        "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\"><title>%s</title>"
        "<style>body{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 "
        "1em}button{font:inherit;padding:.4em 1.5em}dt{font-weight:bold}</style><h1>%s</h1>",
        words[language].code, words[language].order, words[language].says[page]);
    if (link) {
        text_append(&to, SLICE("<dl>"));
        write_row(&to, words[language].order,
                  arena_printf(arena, "%.*s, %.*s", SLICE_ARGS(link->order_number), SLICE_ARGS(link->total)));
        write_row(&to, words[language].account, link->account);
        text_append(&to, SLICE("</dl>"));
    }
    if (page == PAGE_ASK)
        write_form(&to, language, chosen);
    text_append(&to, SLICE("</html>\n"));
    return text_slice(&to);
}

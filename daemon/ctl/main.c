// SPDX-License-Identifier: Apache-2.0
// comptoirctl: finds the command that the words name and runs it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

static const struct command commands[] = {
    { "edi check", ctl_edi_check, "FILE...", "check EDIFACT interchanges, a line a finding" },
    { "edi to-json", ctl_edi_to_json, "FILE...", "EDIFACT as canonical documents, one a line" },
    { "edi from-json", ctl_edi_from_json, "FILE...", "canonical documents as EDIFACT" },
    { "edi contrl", ctl_edi_contrl, "FILE", "the CONTRL that an interchange earns" },
    { "edi map-test", ctl_edi_map_test, "MAP SAMPLE", "what a map does with a sample, value by value" },
    { "edi settings", ctl_edi_settings, "PARTNER", "a partner's settings and where each comes from" },
    { "edi compile", ctl_edi_compile, "FOLDER NAME", "a table of facts from a UN directory's text" },
    { "edi list", ctl_edi_list, "", "interchanges that came and went, newest first" },
    { "edi show", ctl_edi_show, "ID", "one interchange, a segment a line" },
    { "edi unknown", ctl_edi_unknown, "", "senders that are in no partner file" },
    { "edi numbers", ctl_edi_numbers, "[PARTNER]", "ranges of control references and what is left of them" },
    { "edi resend", ctl_edi_resend, "ID", "send an interchange once more" },
    { "edi reprocess", ctl_edi_reprocess, "ID", "take an interchange once more" },
    { "cxml check", ctl_cxml_check, "FILE...", "check cXML documents, a line a finding" },
    { "cxml to-json", ctl_cxml_to_json, "FILE...", "cXML as canonical documents, one a line" },
    { "status", ctl_status, "", "what runs, how far it is, what waits" },
    { "order list", ctl_order_list, "", "orders, newest first" },
    { "order show", ctl_order_show, "ID", "one order with all its parts" },
    { "order why", ctl_order_why, "ID", "why it was decided as it was" },
    { "order events", ctl_order_events, "ID", "the events published about it" },
    { "company list", ctl_company_list, "", "accounts, their state and their companies" },
    { "company show", ctl_company_show, "ACCOUNT", "who is who at a customer's, and what they may do" },
    { "user list", ctl_user_list, "ACCOUNT", "an account's users with their roles" },
    { "user show", ctl_user_show, "ACCOUNT USER", "a user with his rights and what he has ordered lately" },
    { "credit show", ctl_credit_show, "ACCOUNT", "where a payer's exposure lies, and against which limit" },
    { "approve", ctl_approve, "ID", "approve a held order" },
    { "reject", ctl_reject, "ID", "reject a held order" },
    { "quote list", ctl_quote_list, "", "what was quoted, newest first" },
    { "quote show", ctl_quote_show, "ID", "one quotation with all its parts" },
    { "party list", ctl_party_list, "", "what buyers tell of their parties" },
    { "catalogue send", ctl_catalogue_send, "ACCOUNT", "send an account what it may buy" },
    { "order return", ctl_order_return, "ID", "ask who has ordered before deciding" },
    { "order answer", ctl_order_answer, "ID", "answer an approver's question" },
    { "order withdraw", ctl_order_withdraw, "ID", "take back an order that waits for an approval" },
    { "order reassign", ctl_order_reassign, "ID", "have somebody else asked" },
    { "circuit list", ctl_circuit_list, "[ACCOUNT]", "approval circuits" },
    { "circuit show", ctl_circuit_show, "ACCOUNT CIRCUIT", "one circuit with its tiers" },
    { "circuit check", ctl_circuit_check, "ACCOUNT|FILE...", "prove circuits before they are put to use" },
    { "circuit simulate", ctl_circuit_simulate, "ACCOUNT|FILE...", "who would be asked, band by band" },
    { "dead-letter list", ctl_dead_letter_list, "", "records that could not be decided" },
    { "dead-letter show", ctl_dead_letter_show, "ID", "one of them, with its content" },
    { "dead-letter retry", ctl_dead_letter_retry, "ID...", "publish them again where they came from" },
    { "dead-letter dismiss", ctl_dead_letter_dismiss, "ID...",
      "note that nothing more will be done about them" },
    { "budget list", ctl_budget_list, "ACCOUNT", "a company's budgets and what is left of them" },
    { "budget show", ctl_budget_show, "ACCOUNT BUDGET", "one budget with its periods and entries" },
    { "delivery list", ctl_delivery_list, "", "what is owed to partners and not delivered" },
    { "delivery retry", ctl_delivery_retry, "ID...", "try deliveries again now" },
    { "publish", ctl_publish, "FILE...", "publish canonical documents" },
    { "load prices", ctl_load_prices, "FILE...", "publish prices from CSV files" },
    { "tail", ctl_tail, "TOPIC", "read a topic as JSON lines" },
    { "partner list", ctl_partner_list, "", "partners and their channels" },
    { "partner add", ctl_partner_add, "NAME", "write a partner file" },
    { "partner test", ctl_partner_test, "NAME [FILE]",
      "check one partner's file and maps, or what it sends" },
    { "verify", ctl_verify, "", "check every invariant of database and topics" },
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *file)
{
    fputs("Usage: comptoirctl [--config FILE] COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n", file);
    commands_print(commands, COMMAND_COUNT, NULL, file);
    fputs("\n  --config FILE  the daemon's configuration; else COMPTOIR_CONFIG, else "
          "/etc/comptoir/comptoir.conf\n"
          "  --version      print the version\n"
          "  --help         print this; behind a command, its options\n\n"
          "Exit status: 0 all is well, 1 something is invalid or broken, 2 it could not run.\n",
          file);
}

static bool is_family(const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strncmp(commands[i].words, word, size) == 0 && commands[i].words[size] == ' ')
            return true;
    return false;
}

static int unknown(int argc, char **argv)
{
    // "order" alone, or "order lst": the family is right, so all of it helps.
    const struct command *nearest = commands_suggest(commands, COMMAND_COUNT, argc, argv);
    if (nearest)
        fprintf(stderr, "comptoirctl: unknown command '%s%s%s'; did you mean `%s`?\n", argv[0],
                argc > 1 ? " " : "", argc > 1 ? argv[1] : "", nearest->words);
    else if (argc > 1 && is_family(argv[0]))
        fprintf(stderr, "comptoirctl: unknown command '%s %s'; see `comptoirctl %s --help`\n", argv[0],
                argv[1], argv[0]);
    else
        fprintf(stderr, "comptoirctl: unknown command '%s'; see `comptoirctl --help`\n", argv[0]);
    return 2;
}

static int family(int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    FILE *file = help ? stdout : stderr;
    if ((argc > 1 && !help) || commands_print(commands, COMMAND_COUNT, argv[0], file) == 0)
        return unknown(argc, argv);
    return help ? 0 : 2;
}

int main(int argc, char **argv)
{
    failpoint_open();
    int first = 1;
    while (first < argc && argv[first][0] == '-') {
        const char *option = argv[first++];
        if (strcmp(option, "--help") == 0) {
            print_help(stdout);
            return 0;
        }
        if (strcmp(option, "--version") == 0) {
            puts("comptoirctl " COMPTOIR_VERSION);
            return 0;
        }
        if (strcmp(option, "--config") == 0 && first < argc) {
            setenv("COMPTOIR_CONFIG", argv[first++], 1);
        } else if (strncmp(option, "--config=", 9) == 0) {
            setenv("COMPTOIR_CONFIG", option + 9, 1);
        } else {
            fprintf(stderr, "comptoirctl: unknown option '%s'; options of a command stand behind it\n",
                    option);
            return 2;
        }
    }
    if (first == argc) {
        print_help(stderr);
        return 2;
    }
    int taken;
    const struct command *command =
        commands_find(commands, COMMAND_COUNT, argc - first, argv + first, &taken);
    if (!command)
        return family(argc - first, argv + first);
    return command->run(argc - first - taken + 1, argv + first + taken - 1);
}

// SPDX-License-Identifier: Apache-2.0
// The commands of comptoirctl. Each is called like a main of its own: argv[0] is the last word of its name,
// its arguments follow. It returns the exit status: 0 all is well, 1 something was found invalid or broken, 2
// it could not run.
#pragma once

// Without database and broker.
int ctl_edi_check(int argc, char **argv);
int ctl_edi_to_json(int argc, char **argv);
int ctl_edi_from_json(int argc, char **argv);
int ctl_edi_contrl(int argc, char **argv);
int ctl_edi_map_test(int argc, char **argv);
int ctl_edi_settings(int argc, char **argv);
int ctl_edi_compile(int argc, char **argv);
int ctl_cxml_check(int argc, char **argv);
int ctl_cxml_to_json(int argc, char **argv);

int ctl_circuit_check(int argc, char **argv); // or of a running system
int ctl_circuit_simulate(int argc, char **argv);

// Against a running system.
int ctl_status(int argc, char **argv);
int ctl_order_list(int argc, char **argv);
int ctl_order_show(int argc, char **argv);
int ctl_order_why(int argc, char **argv);
int ctl_order_events(int argc, char **argv);
int ctl_company_list(int argc, char **argv);
int ctl_company_show(int argc, char **argv);
int ctl_user_list(int argc, char **argv);
int ctl_user_show(int argc, char **argv);
int ctl_credit_show(int argc, char **argv);
int ctl_approve(int argc, char **argv);
int ctl_reject(int argc, char **argv);
int ctl_quote_list(int argc, char **argv);
int ctl_quote_show(int argc, char **argv);
int ctl_party_list(int argc, char **argv);
int ctl_order_return(int argc, char **argv);
int ctl_order_answer(int argc, char **argv);
int ctl_order_withdraw(int argc, char **argv);
int ctl_order_reassign(int argc, char **argv);
int ctl_circuit_list(int argc, char **argv);
int ctl_circuit_show(int argc, char **argv);
int ctl_catalogue_send(int argc, char **argv);
int ctl_dead_letter_list(int argc, char **argv);
int ctl_dead_letter_show(int argc, char **argv);
int ctl_dead_letter_retry(int argc, char **argv);
int ctl_dead_letter_dismiss(int argc, char **argv);
int ctl_load_prices(int argc, char **argv);
int ctl_publish(int argc, char **argv);
int ctl_tail(int argc, char **argv);
int ctl_partner_list(int argc, char **argv);
int ctl_partner_add(int argc, char **argv);
int ctl_partner_test(int argc, char **argv);
int ctl_edi_list(int argc, char **argv);
int ctl_edi_show(int argc, char **argv);
int ctl_edi_unknown(int argc, char **argv);
int ctl_edi_numbers(int argc, char **argv);
int ctl_edi_resend(int argc, char **argv);
int ctl_edi_reprocess(int argc, char **argv);
int ctl_budget_list(int argc, char **argv);
int ctl_budget_show(int argc, char **argv);
int ctl_delivery_list(int argc, char **argv);
int ctl_delivery_retry(int argc, char **argv);
int ctl_verify(int argc, char **argv);

// SPDX-License-Identifier: Apache-2.0
// The commands of comptoirctl. Each takes the arguments after its name and returns the exit status: 0 all is
// well, 1 something was found invalid, 2 it could not run.
#pragma once

int ctl_edi_check(int argc, char **argv);
int ctl_edi_contrl(int argc, char **argv);
int ctl_edi_compile(int argc, char **argv);

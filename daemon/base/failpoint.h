// SPDX-License-Identifier: Apache-2.0
// Named places where a test can make the process fail. Compiled in with -DCOMPTOIR_FAILPOINTS; elsewhere they
// cost nothing. The environment variable COMPTOIR_FAILPOINTS says what happens where:
//
//     batch.before_commit=kill@3,relay.after_commit=stop@1,batch.apply=error@2
//
// kill: SIGKILL to ourselves; stop: SIGSTOP; error: FAILPOINT_ERROR is true there once; sleep:MS waits.
// @N: at the N-th passage (default 1). Unknown actions end the process at start with a message.
#pragma once

#include <stdbool.h>

#ifdef COMPTOIR_FAILPOINTS
void failpoint_open(void); // reads the environment; call once before threads start
bool failpoint_passed(const char *name);
void failpoint_print(void); // all names, a line each
#define FAILPOINT(name) ((void)failpoint_passed(name))
#define FAILPOINT_ERROR(name) failpoint_passed(name)
#else
static inline void failpoint_open(void)
{
}
static inline void failpoint_print(void)
{
}
#define FAILPOINT(name) ((void)0)
#define FAILPOINT_ERROR(name) false
#endif

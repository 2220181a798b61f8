// SPDX-License-Identifier: Apache-2.0
// A Kafka without a network: an implementation of daemon/doors/kafka.h over one broker in memory that is shared
// with the processes forked after scripted_open, so that one of them can be killed and the broker goes on. The
// functions below are the script's hand: they make topics, put records, plan faults and take members out of
// the group. What the broker promises is Kafka's: offsets a partition, transactions that end with a marker in
// each partition they touched, readers of committed records that wait at the first open one, epochs that fence
// the former owner of a transactional id, and an end of transaction that may arrive late.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

// A new, empty broker; scripted_close forgets it.
void scripted_open(void);
void scripted_close(void);

void scripted_topic(const char *name, int partitions);
// Puts a record outside of any transaction; its offset, or -1 where the partition does not exist.
int64_t scripted_put(const char *topic, int32_t partition, struct slice key, struct slice value);

// Faults. Each happens once, at the `passage`-th call from now on, whoever calls.
enum scripted_fault {
    SCRIPTED_OPEN,       // a publisher cannot be opened
    SCRIPTED_PUBLISH,    // a record is not taken
    SCRIPTED_COMMIT,     // the commit fails and nothing is committed
    SCRIPTED_UNANSWERED, // the commit fails, but is done
    SCRIPTED_DOUBTFUL,   // the commit is done and reported doubtful
    SCRIPTED_LATE,       // the same, and the request comes once more: see scripted_late
    SCRIPTED_POLL,       // a member's poll fails beyond mending
    SCRIPTED_FAULTS
};
void scripted_plan(enum scripted_fault fault, int passage);

// The request that SCRIPTED_LATE holds back arrives when its transactional id has put `records` further
// records. It ends whatever transaction the id has open then, unless a newer epoch refuses it.
void scripted_late_after(int records);
enum scripted_late { LATE_NONE, LATE_HELD, LATE_REFUSED, LATE_ENDED_ANOTHER };
enum scripted_late scripted_late(void);

// While it is down nothing is answered; members wait, everything else fails.
void scripted_down(bool down);
// The group's members whose name begins with `instance` and a dash are taken for dead: their partitions go to
// the others. They join again when they next poll. Every member of a killed process must be expired.
void scripted_expire(const char *instance);
// The member that reads the partition gets the records from `offset` on once more.
void scripted_redeliver(const char *topic, int32_t partition, int64_t offset);
// Deletes all records of a partition; offsets go on.
void scripted_empty(const char *topic, int32_t partition);

// Time as the engine sees it: monotonic time runs SCRIPTED_SPEED times as fast as ours, so that pauses are
// short, and both clocks can be put forward.
enum { SCRIPTED_SPEED = 10 };
void scripted_advance(int64_t us);

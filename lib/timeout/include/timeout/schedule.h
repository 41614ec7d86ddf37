/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts in the order of their deadlines: pure logic, on whatever clock the caller has. */

#ifndef TIMEOUT_SCHEDULE_H
#define TIMEOUT_SCHEDULE_H

#include <osier/avl.h>
#include <osier/err.h>
#include <osier/types.h>

/** Embedded in what waits. Zero is one that is not scheduled. */
struct os_timeout_entry {
	struct os_avl_node node;
	uint64_t deadline; /* while it is scheduled */
	uint64_t period;   /* 0: once */
	uint64_t round;    /* of the schedule, when it was scheduled */
	bool scheduled;
};

/** Zero is empty. There is nothing to free: entries are their owners'. */
struct os_timeout_schedule {
	struct os_avl entries; /* by deadline, the same ones in the order of scheduling */
	uint64_t round;
};

/**
 * Schedule `entry`, anew if it is scheduled already, to expire at `deadline`, and then each
 * `period` after that (0: never again). O(log n).
 */
void os_timeout_schedule_add(struct os_timeout_schedule *schedule, struct os_timeout_entry *entry,
                             uint64_t deadline, uint64_t period);

/** Take `entry` out; one that is not scheduled is accepted. O(log n). */
void os_timeout_schedule_remove(struct os_timeout_schedule *schedule,
                                struct os_timeout_entry *entry);

/** The first deadline; false if nothing is scheduled. O(log n). */
bool os_timeout_schedule_next(const struct os_timeout_schedule *schedule, uint64_t *deadline);

/**
 * Begin a round: entries that are added from here on expire in the next one at the earliest, so
 * that a round ends even if whoever expires schedules something that has expired already.
 */
void os_timeout_schedule_begin(struct os_timeout_schedule *schedule);

/**
 * The next entry of this round that has expired at `now`, or NULL. A periodic one is scheduled
 * again for the first of its times after `now`; `count` (at least 1) tells how many have passed.
 */
struct os_timeout_entry *os_timeout_schedule_expired(struct os_timeout_schedule *schedule,
                                                     uint64_t now, uint64_t *count);

#endif

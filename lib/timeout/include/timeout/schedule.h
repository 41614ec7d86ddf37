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
	bool scheduled;
};

/** Zero is empty. There is nothing to free: entries are their owners'. */
struct os_timeout_schedule {
	struct os_avl entries; /* by deadline, the same ones in the order of scheduling */
	uint64_t now;          /* the latest time that it was told */
};

/**
 * Schedule `entry`, anew if it is scheduled already, to expire at `deadline`, and then each
 * `period` after that (0: never again). A deadline that has passed is taken as one that is due
 * now, so that nobody gets ahead of those who wait longer. O(log n).
 */
void os_timeout_schedule_add(struct os_timeout_schedule *schedule, struct os_timeout_entry *entry,
                             uint64_t deadline, uint64_t period);

/** Take `entry` out; one that is not scheduled is accepted. O(log n). */
void os_timeout_schedule_remove(struct os_timeout_schedule *schedule,
                                struct os_timeout_entry *entry);

/** The first deadline; false if nothing is scheduled. O(log n). */
bool os_timeout_schedule_next(const struct os_timeout_schedule *schedule, uint64_t *deadline);

/**
 * Take the first entry that has expired at `now`, which never goes backwards; NULL: none has. A
 * periodic one is scheduled again for the first of its times after `now`; `count` (at least 1)
 * tells how many have passed. O(log n).
 */
struct os_timeout_entry *os_timeout_schedule_expired(struct os_timeout_schedule *schedule,
                                                     uint64_t now, uint64_t *count);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts in the order of their deadlines. */

#include <timeout/schedule.h>

static struct os_timeout_entry *entry_of(const struct os_avl_node *node)
{
	return OS_AVL_ITEM(node, struct os_timeout_entry, node);
}

/* Equal ones stay in the order of scheduling: the tree puts a new one behind them. */
static int compare(const struct os_avl_node *a, const struct os_avl_node *b)
{
	const uint64_t x = entry_of(a)->deadline, y = entry_of(b)->deadline;

	return x < y ? -1 : x > y;
}

void os_timeout_schedule_add(struct os_timeout_schedule *schedule, struct os_timeout_entry *entry,
                             uint64_t deadline, uint64_t period)
{
	os_timeout_schedule_remove(schedule, entry);
	entry->deadline = OS_MAX(deadline, schedule->now);
	entry->period = period;
	entry->scheduled = true;
	os_avl_insert(&schedule->entries, &entry->node, compare);
}

void os_timeout_schedule_remove(struct os_timeout_schedule *schedule,
                                struct os_timeout_entry *entry)
{
	if (entry->scheduled)
		os_avl_remove(&schedule->entries, &entry->node);
	entry->scheduled = false;
}

bool os_timeout_schedule_next(const struct os_timeout_schedule *schedule, uint64_t *deadline)
{
	const struct os_timeout_entry *first = entry_of(os_avl_first(&schedule->entries));

	if (!first)
		return false;
	*deadline = first->deadline;
	return true;
}

struct os_timeout_entry *os_timeout_schedule_expired(struct os_timeout_schedule *schedule,
                                                     uint64_t now, uint64_t *count)
{
	struct os_timeout_entry *entry = entry_of(os_avl_first(&schedule->entries));
	uint64_t next;

	schedule->now = OS_MAX(schedule->now, now);
	if (!entry || entry->deadline > now)
		return NULL;
	*count = 1;
	os_timeout_schedule_remove(schedule, entry);
	if (!entry->period)
		return entry;
	*count += (now - entry->deadline) / entry->period;
	/* A time beyond the end of all times never comes. */
	if (!__builtin_mul_overflow(*count, entry->period, &next) &&
	    !__builtin_add_overflow(next, entry->deadline, &next))
		os_timeout_schedule_add(schedule, entry, next, entry->period);
	return entry;
}

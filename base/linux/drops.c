/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities that were dropped, and of which core has not been told yet. */

#include "image.h"

/*
 * A server that takes a capability with each request drops it soon after. Telling core costs as
 * much as the whole call, so that drops are collected, and go along with the next call to core,
 * whatever it is about: core never answers one before it has seen the drops that came before. What
 * is left is told when the table is full, or when an entrypoint has nothing else to do.
 */

enum {
	LINGER_MAX = OS_LINUX_DROPS_MAX / 4,
	COUNT_MAX = 256, /* of one slot, before core is told */
};

uint32_t drops_pending;
static struct os_linux_drop drops[OS_LINUX_DROPS_MAX];
static struct lock lock;

static bool drop_add(uint32_t slot)
{
	for (uint32_t i = 0; i < drops_pending; i++)
		if (drops[i].slot == slot) {
			if (drops[i].count == COUNT_MAX)
				return false;
			drops[i].count++;
			return true;
		}
	if (drops_pending == OS_LINUX_DROPS_MAX)
		return false;
	drops[drops_pending] = (struct os_linux_drop){ slot, 1 };
	__atomic_store_n(&drops_pending, drops_pending + 1, __ATOMIC_RELAXED);
	return true;
}

void cap_drop(uint32_t slot)
{
	bool added;

	if (!slot)
		return;
	lock_take(&lock);
	added = drop_add(slot);
	lock_release(&lock);
	if (!added)
		core_call(OS_LINUX_CAP_DROP, slot, 0);
}

/* Hand all to core with the call that the thread is about to make. */
void drops_take(struct os_linux_utcb *utcb)
{
	lock_take(&lock);
	for (uint32_t i = 0; i < drops_pending; i++)
		utcb->drops[i] = drops[i];
	utcb->drop_count = drops_pending;
	__atomic_store_n(&drops_pending, 0, __ATOMIC_RELAXED);
	lock_release(&lock);
}

/* An entrypoint is about to sleep: few drops may wait until it is woken, since they cost only us.
 */
void drops_flush(void)
{
	if (__atomic_load_n(&drops_pending, __ATOMIC_RELAXED) > LINGER_MAX)
		core_call(OS_LINUX_NOTHING, 0, 0);
}

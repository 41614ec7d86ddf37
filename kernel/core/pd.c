/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains and their threads: from given pages, and back. */

#include <kernel.h>

enum { FINI_BATCH = 16 }; /* objects */

SLOW enum os_err pd_init(uint64_t page, uint64_t cookie, struct pd **out)
{
	struct pd *pd;
	enum os_err err;

	if ((err = page_take(page, PAGE_PD, NULL, (void **)&pd)))
		return err;
	pd->object.kind = OS_KIND_PD;
	pd->cookie = cookie;
	pd->slots_limit = UINT32_MAX;
	pd->root_table = pointer_physical(kernel_root_table());
	*out = pd;
	return OS_OK;
}

/* Half of the port bitmap; all ports are forbidden to begin with. */
static enum os_err ports_add(struct pd *pd, uint64_t page)
{
	uint8_t **half = pd->ports[0] ? &pd->ports[1] : &pd->ports[0];
	enum os_err err;

	if (pd->ports[1])
		return OS_ERR_LIMIT;
	if ((err = page_take(page, PAGE_TABLE, pd, (void **)half)))
		return err;
	memset(*half, 0xff, OS_KERNEL_PAGE);
	return OS_OK;
}

SLOW enum os_err pd_add(struct pd *pd, uint64_t page, uint32_t purpose)
{
	switch (purpose) {
	case OS_GIVE_TABLE:
		return space_add(pd, page);
	case OS_GIVE_SLOTS:
		return cap_table_add(pd, page);
	case OS_GIVE_DIRECTORY:
		return cap_directory_add(pd, page);
	case OS_GIVE_PORTS:
		return ports_add(pd, page);
	default:
		return OS_ERR_INVALID;
	}
}

static bool objects_fini(struct pd *pd)
{
	for (uint32_t i = 0; i < FINI_BATCH; i++) {
		struct object *object;

		if (pd->threads)
			object = &container_of(pd->threads, struct thread, pd_node)->object;
		else if (pd->endpoints)
			object = &container_of(pd->endpoints, struct endpoint, node)->object;
		else
			return true;
		if (!object_destroy(object))
			return false;
	}
	return false;
}

SLOW bool pd_fini(struct pd *pd)
{
	if (!objects_fini(pd) || !cap_table_fini(pd))
		return false;
	slot_refer(&pd->syscall_gate, NULL);
	cpu_unload(pd);
	if (!space_fini(pd))
		return false;
	for (uint32_t i = 0; i < 2; i++) {
		if (pd->ports[i])
			page_release(pointer_physical(pd->ports[i]));
		pd->ports[i] = NULL;
	}
	return true;
}

enum os_err thread_init(struct pd *pd, uint64_t page, uint64_t utcb, uint64_t cookie,
                        struct thread **out)
{
	struct thread *thread;
	void *message;
	enum os_err err;

	if ((err = page_take(page, PAGE_THREAD, NULL, (void **)&thread)))
		return err;
	if ((err = page_take(utcb, PAGE_UTCB, thread, &message))) {
		page_release(page);
		return err;
	}
	/* What is in `fpu` counts only once something has been saved there. */
	words_zero(thread, offsetof(struct thread, fpu) / 8);
	thread->object.kind = OS_KIND_THREAD;
	thread->pd = pd;
	thread->utcb = message;
	thread->cookie = cookie;
	thread->state = OS_THREAD_NEW;
	thread->priority = thread->effective = OS_KERNEL_PRIORITY_LOWEST;
	list_add(&pd->threads, &thread->pd_node);
	*out = thread;
	return OS_OK;
}

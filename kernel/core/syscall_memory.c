/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls on memory: what it is for, and where it is mapped. */

#include <kernel/handlers.h>
#include <syscall.h>

static enum os_err again(struct thread *self)
{
	thread_restart(self);
	return SYSCALL_LATER;
}

enum os_err syscall_memory_give(struct thread *self, uint64_t page, uint64_t count)
{
	(void)self;
	if (page % OS_KERNEL_PAGE)
		return OS_ERR_ALIGN;
	if (count > OS_KERNEL_GIVE_MAX)
		return OS_ERR_LIMIT;
	if (page + count * OS_KERNEL_PAGE < page)
		return OS_ERR_INVALID;
	for (uint64_t i = 0; i < count; i++) {
		enum page_use use = page_use(page + i * OS_KERNEL_PAGE);

		if (use != PAGE_FREE)
			return use == PAGE_NONE ? OS_ERR_INVALID : OS_ERR_BUSY;
	}
	for (uint64_t i = 0; i < count; i++) {
		void *units;
		enum os_err err = page_take(page + i * OS_KERNEL_PAGE, PAGE_UNITS, NULL, &units);

		ASSERT(!err);
		(void)err;
	}
	return OS_OK;
}

enum os_err syscall_memory_take(struct thread *self, uint64_t page)
{
	const struct object *object;

	if (page % OS_KERNEL_PAGE)
		return OS_ERR_ALIGN;
	if (page_use(page) == PAGE_NONE || page_use(page) == PAGE_KERNEL ||
	    page_use(page) == PAGE_RING)
		return OS_ERR_INVALID;
	object = page_object(page);
	if (object == &self->object || object == &self->pd->object)
		return OS_ERR_INVALID;
	if (page_destroy(page))
		return OS_OK;
	/* Of a PD, this page may be free before the rest is: go on with the PD's own. */
	if (object)
		self->frame.rsi = pointer_physical(object) & -(uint64_t)OS_KERNEL_PAGE;
	return again(self);
}

/* All is done, or `err` came in between. */
static enum os_err finished(struct thread *self, enum os_err err, uint64_t done,
                            struct results *out)
{
	out->a = self->progress + done;
	self->progress = 0;
	return err;
}

/*
 * Of these two one part is done at a time. What is left is done by the same call once more, with
 * its arguments moved on; what has been done so far stays with the thread.
 */
enum os_err syscall_map(struct thread *self, struct pd *pd, uint64_t address, uint64_t physical,
                        uint64_t size, uint64_t attributes, struct results *out)
{
	uint64_t done = 0;
	enum os_err err = OS_ERR_INVALID;

	if (attributes < MAP_ANY)
		err = space_map(pd, address, physical, size, attributes, &done);
	if (err || done == self->frame.r8)
		return finished(self, err, done, out);
	self->progress += done;
	self->frame.rdx += done;
	self->frame.r10 += done;
	self->frame.r8 -= done;
	return again(self);
}

enum os_err syscall_thread_resolve(struct thread *self, struct thread *thread, uint64_t address,
                                   uint64_t physical, uint64_t size, uint64_t attributes,
                                   struct results *out)
{
	enum os_err err = syscall_map(self, thread->pd, address, physical, size, attributes, out);

	return err ? err : syscall_thread_resume(self, thread);
}

enum os_err syscall_unmap(struct thread *self, struct pd *pd, uint64_t address, uint64_t size,
                          struct results *out)
{
	uint64_t done = 0;
	enum os_err err = space_unmap(pd, address, size, &done);

	if (err || done == self->frame.rdx)
		return finished(self, err, done, out);
	self->progress += done;
	self->frame.rsi += done;
	self->frame.rdx -= done;
	return again(self);
}

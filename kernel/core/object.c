/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of objects: of one, or of what lives in a page. */

#include <kernel.h>

struct object machine_object = { .kind = OS_KIND_MACHINE };

enum { PAGE_BATCH = 16 }; /* objects */

/* Bytes of the kinds that live in units. */
static const uint8_t unit_sizes[OS_KIND_COUNT] = {
	[OS_KIND_GATE] = 64,      [OS_KIND_SIGNAL] = 128, [OS_KIND_ENDPOINT] = 128,
	[OS_KIND_SEMAPHORE] = 64, [OS_KIND_MUTEX] = 64,   [OS_KIND_INTERRUPT] = 64,
};

/*
 * The end comes in three parts. All that waits for the object, or is a part of it, is sent away, a
 * batch at a time; then capabilities to it die, a batch at a time. As calls may come in between, it
 * begins with the first part each time. Then, in one go with the last batch, it is gone.
 */
static bool object_fini(struct object *object)
{
	switch ((enum os_kernel_kind)object->kind) {
	case OS_KIND_GATE:
		return gate_fini((struct gate *)object);
	case OS_KIND_ENDPOINT:
		return endpoint_fini((struct endpoint *)object);
	case OS_KIND_THREAD:
		return thread_fini(container_of(object, struct thread, object));
	case OS_KIND_PD:
		return pd_fini(container_of(object, struct pd, object));
	case OS_KIND_SEMAPHORE:
		return semaphore_fini((struct semaphore *)object);
	case OS_KIND_MUTEX:
		return mutex_fini((struct mutex *)object);
	default:
		return true;
	}
}

static void interrupt_release(struct interrupt *interrupt)
{
	interrupt_detach(interrupt);
	if (interrupt->context)
		interrupt->context->interrupt = NULL;
}

static void endpoint_release(struct endpoint *endpoint)
{
	list_remove(&endpoint->pd->endpoints, &endpoint->node);
}

static void thread_release(struct thread *thread)
{
	bool none_left = object_revoke(&thread->reply, 1);

	ASSERT(none_left);
	(void)none_left;
	list_remove(&thread->pd->threads, &thread->pd_node);
	thread->object.kind = OS_KIND_NONE;
	page_release(pointer_physical(thread->utcb));
	page_release(pointer_physical(thread));
}

static void object_release(struct object *object)
{
	switch ((enum os_kernel_kind)object->kind) {
	case OS_KIND_THREAD:
		thread_release(container_of(object, struct thread, object));
		return;
	case OS_KIND_PD:
		object->kind = OS_KIND_NONE;
		page_release(pointer_physical(object));
		return;
	case OS_KIND_SIGNAL:
		context_fini((struct context *)object);
		break;
	case OS_KIND_INTERRUPT:
		interrupt_release((struct interrupt *)object);
		break;
	case OS_KIND_ENDPOINT:
		endpoint_release((struct endpoint *)object);
		break;
	default:
		break;
	}
	unit_release(object, unit_sizes[object->kind]);
}

bool object_destroy(struct object *object)
{
	ASSERT(object->kind != OS_KIND_NONE && object->kind < OS_KIND_MACHINE);
	object->dying = true;
	if (!object_fini(object) || !object_revoke(object, BATCH))
		return false;
	event_record(EVENT_DESTROY, object->kind, (uintptr_t)object);
	object_release(object);
	return true;
}

/* ------------------------------------------------------------------ what lives in a page */

struct object *page_object(uint64_t address)
{
	switch (page_use(address)) {
	case PAGE_PD:
		return physical_pointer(address & -(uint64_t)OS_KERNEL_PAGE);
	case PAGE_TABLE:
		return page_owner(address);
	case PAGE_THREAD:
		return &((struct thread *)physical_pointer(address & -(uint64_t)OS_KERNEL_PAGE))
		                ->object;
	case PAGE_UTCB:
		return &((struct thread *)page_owner(address))->object;
	default:
		return NULL;
	}
}

SLOW bool page_destroy(uint64_t address)
{
	struct object *object = page_object(address);

	if (object)
		return object_destroy(object);
	if (page_use(address) != PAGE_UNITS)
		return true;
	for (uint32_t i = 0; i < PAGE_BATCH; i++) {
		object = unit_first(address);
		if (!object) {
			page_release(address);
			return true;
		}
		if (!object_destroy(object))
			return false;
	}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that make objects of given memory, and destroy them. */

#include <kernel/handlers.h>
#include <syscall.h>

enum os_err object_publish(struct thread *self, struct object *object, struct results *out)
{
	uint32_t slot = 0;
	enum os_err err = cap_insert(self->pd, object, OS_RIGHT_ALL, false, true, &slot);

	ASSERT(!err); /* the caller has made sure of a free slot */
	event_record(EVENT_CREATE, object->kind, (uintptr_t)object);
	out->a = slot;
	return err;
}

/* Memory for an object of `kind`, for which the caller has a free slot. */
static enum os_err object_make(struct thread *self, uint64_t unit, uint32_t size,
                               enum os_kernel_kind kind, struct object **object)
{
	enum os_err err;

	if (!self->pd->slots_free)
		return OS_ERR_CAP_SLOTS;
	if ((err = unit_take(unit, size, (void **)object)))
		return err;
	(*object)->kind = (uint8_t)kind;
	return OS_OK;
}

enum os_err syscall_endpoint_create(struct thread *self, struct pd *pd, uint64_t unit, uint64_t tag,
                                    uint64_t flags, struct results *out)
{
	struct cpu *cpu = cpu_self();
	struct endpoint *endpoint;
	struct object *object;
	enum os_err err;

	if (flags & ~(uint64_t)OS_ENDPOINT_RAW)
		return OS_ERR_INVALID;
	if ((err = object_make(self, unit, 128, OS_KIND_ENDPOINT, &object)))
		return err;
	endpoint = (struct endpoint *)object;
	endpoint->pd = pd;
	endpoint->tag = tag;
	endpoint->flags = (uint32_t)flags;
	endpoint->cpu = cpu->index;
	list_add(&pd->endpoints, &endpoint->node);
	return object_publish(self, object, out);
}

enum os_err syscall_gate_create(struct thread *self, struct endpoint *endpoint, uint64_t unit,
                                uint64_t badge, uint64_t type, uint64_t cookie, struct results *out)
{
	struct gate *gate;
	struct object *object;
	enum os_err err;

	if (type > UINT32_MAX)
		return OS_ERR_INVALID;
	if ((err = object_make(self, unit, 64, OS_KIND_GATE, &object)))
		return err;
	object->type = (uint32_t)type;
	gate = (struct gate *)object;
	gate->endpoint = endpoint;
	gate->badge = badge;
	gate->cookie = cookie;
	list_add(&endpoint->gates, &gate->node);
	return object_publish(self, object, out);
}

enum os_err syscall_signal_create(struct thread *self, struct endpoint *endpoint, uint64_t unit,
                                  uint64_t badge, uint64_t type, uint64_t cookie,
                                  struct results *out)
{
	struct context *context;
	struct object *object;
	enum os_err err;

	if (type > UINT32_MAX)
		return OS_ERR_INVALID;
	if ((err = object_make(self, unit, 128, OS_KIND_SIGNAL, &object)))
		return err;
	object->type = (uint32_t)type;
	context = (struct context *)object;
	context->endpoint = endpoint;
	context->badge = badge;
	context->cookie = cookie;
	list_add(&endpoint->contexts, &context->node);
	return object_publish(self, object, out);
}

enum os_err syscall_semaphore_create(struct thread *self, uint64_t unit, uint64_t count,
                                     uint64_t order, struct results *out)
{
	struct object *object;
	enum os_err err;

	if (order > OS_ORDER_PRIORITY)
		return OS_ERR_INVALID;
	if ((err = object_make(self, unit, 64, OS_KIND_SEMAPHORE, &object)))
		return err;
	((struct semaphore *)object)->count = count;
	((struct semaphore *)object)->order = (uint32_t)order;
	return object_publish(self, object, out);
}

enum os_err syscall_mutex_create(struct thread *self, uint64_t unit, uint64_t order,
                                 struct results *out)
{
	struct object *object;
	enum os_err err;

	if (order > OS_ORDER_PRIORITY)
		return OS_ERR_INVALID;
	if ((err = object_make(self, unit, 64, OS_KIND_MUTEX, &object)))
		return err;
	((struct mutex *)object)->order = (uint8_t)order;
	return object_publish(self, object, out);
}

enum os_err syscall_interrupt_create(struct thread *self, struct context *context, uint64_t unit,
                                     uint64_t source, struct results *out)
{
	const uint64_t known =
	        OS_IRQ_NUMBER | OS_IRQ_LEVEL | OS_IRQ_LOW | OS_IRQ_LEGACY | OS_IRQ_MSI;
	struct interrupt *interrupt;
	struct object *object;
	enum os_err err;

	if (source & ~known)
		return OS_ERR_RANGE;
	if (!context->endpoint)
		return OS_ERR_GONE;
	if (context->interrupt)
		return OS_ERR_EXISTS;
	if ((err = object_make(self, unit, 64, OS_KIND_INTERRUPT, &object)))
		return err;
	interrupt = (struct interrupt *)object;
	interrupt->context = context;
	interrupt->source = (uint32_t)source;
	interrupt->masked = true;
	if ((err = interrupt_attach(interrupt, &out->b, &out->c))) {
		out->b = out->c = 0;
		unit_release(interrupt, 64);
		return err;
	}
	context->interrupt = object;
	return object_publish(self, object, out);
}

enum os_err syscall_thread_create(struct thread *self, struct pd *pd, uint64_t page, uint64_t utcb,
                                  uint64_t cookie, uint64_t id, struct results *out)
{
	struct thread *thread;
	enum os_err err;

	if (!self->pd->slots_free)
		return OS_ERR_CAP_SLOTS;
	if ((err = thread_init(pd, page, utcb, cookie, &thread)))
		return err;
	thread->id = id;
	return object_publish(self, &thread->object, out);
}

enum os_err syscall_destroy(struct thread *self, struct object *object)
{
	if (object->kind == OS_KIND_MACHINE || object == &self->object ||
	    object == &self->pd->object)
		return OS_ERR_INVALID;
	/* The caller's own capability is needed until the end. */
	slot_outlive(slot_at(self->pd, self->frame.rdi));
	if (object_destroy(object))
		return OS_OK;
	thread_restart(self);
	return SYSCALL_LATER;
}

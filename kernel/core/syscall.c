/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around every exclusive system call: lock, capabilities, handler, results, schedule. */

#include <switch.h>
#include <syscall.h>

/* Of a frame as words: before it are rsi and rdx. */
enum { FIRST_ARGUMENT = offsetof(struct frame, rdi) / sizeof(uint64_t) };

/* As cap_find(), for what is in order. */
static inline struct object *object_fits(struct pd *pd, uint64_t index,
                                         const struct syscall_capability *wanted)
{
	const struct slot *slot = slot_at(pd, index);
	struct object *object;

	if (unlikely(!slot || !slot->object || wanted->rights & ~slot->rights))
		return NULL;
	object = slot->object;
	return (object->kind | object->dying << 8) == wanted->kind ? object : NULL;
}

/* Something is wrong, or of any kind. */
static SLOW enum os_err find_slowly(const struct thread *self, const struct syscall *call,
                                    struct object **objects)
{
	const uint64_t *slots = (const uint64_t *)&self->frame + FIRST_ARGUMENT;

	for (int i = 0; i < call->count; i++) {
		const struct syscall_capability *wanted = &call->capabilities[i];
		enum os_err err = cap_find(self->pd, slots[-i], (enum os_kernel_kind)wanted->kind,
		                           wanted->rights, &objects[i]);

		if (err)
			return err;
	}
	return OS_OK;
}

static inline enum os_err find_objects(const struct thread *self, const struct syscall *call,
                                       struct object **objects)
{
	const uint64_t *slots = (const uint64_t *)&self->frame + FIRST_ARGUMENT;

	for (int i = 0; i < call->count; i++) {
		objects[i] = object_fits(self->pd, slots[-i], &call->capabilities[i]);
		if (unlikely(!objects[i]))
			return find_slowly(self, call, objects);
	}
	return OS_OK;
}

static void run(struct cpu *cpu, struct thread *self, const struct syscall *call)
{
	struct object *objects[SYSCALL_CAPABILITIES_MAX];
	struct results out = { 0 };
	enum os_err err = find_objects(self, call, objects);

	event_record(EVENT_SYSCALL, call->number, self->frame.rdi);
	if (!err)
		err = call->run(self, objects, &out);
	/* Whoever destroys itself is not the current thread any more, and has no frame. */
	if (err != SYSCALL_LATER && cpu->current == self)
		thread_result(self, err, out.a, out.b, out.c, out.d);
}

void syscall_enter(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                   const struct syscall *call)
{
	struct cpu *cpu = cpu_self();
	struct thread *self = cpu->current;

	frame_note(&self->frame, call->number, a, b, c, d, e, f);
	if (likely(exclusive_enter(cpu)))
		run(cpu, self, call);
	exclusive_finish(cpu);
}

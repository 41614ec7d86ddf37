/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of several PDs on the mock machine, which make system calls in turn. */

#include <actors.h>
#include <kernel/handlers.h>

typedef void system_call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

/* ------------------------------------------------------------------ who runs */

struct thread *current(void)
{
	return mock.self->current;
}

void run(struct thread *thread)
{
	struct cpu *cpu = cpus[thread->cpu];
	struct thread *before = cpu->current;

	mock.self = cpu;
	if (before == thread)
		return;
	assert_true(thread_can_run(thread));
	assert_true(thread->queued);
	if (before)
		sched_ready_first(before);
	sched_remove(thread);
	cpu->current = thread;
	cpu->reschedule = false;
}

enum os_err act(struct thread *thread, uint32_t number, const uint64_t arguments[6])
{
	const uint64_t *a = arguments;

	run(thread);
	thread->full_frame = FRAME_SYSCALL;
	((system_call *)syscall_table[number])(a[0], a[1], a[2], a[3], a[4], a[5]);
	assert_false(mock.self->exclusive);
	assert_int_equal(mock.self->local, 0);
	assert_false(mock.self->reschedule);
	return RESULT(thread);
}

int actors_setup(void **state)
{
	world_setup(state);
	world.self->priority = world.self->effective = OS_KERNEL_PRIORITY_LOWEST;
	return 0;
}

/* With slots for what it makes. */
static void root(void)
{
	run(world.self);
	if (world.root->slots_free < 8)
		made(SYS(PD_GIVE, MACHINE, OS_KERNEL_ROOT_PD, page_new(), OS_GIVE_SLOTS));
}

enum os_err root_act(uint32_t number, struct thread *thread, const uint64_t arguments[3])
{
	uint64_t slot = hold_thread(world.self, thread);

	return act(world.self, number,
	           (const uint64_t[6]){ slot, arguments[0], arguments[1], arguments[2] });
}

/* ------------------------------------------------------------------ who is there */

static struct thread *start(struct pd *pd, uint64_t slot, uint32_t priority)
{
	struct thread *thread = container_of(object_in(slot), struct thread, object);

	assert_ptr_equal(thread->pd, pd);
	made(SYS(THREAD_SETUP, slot, 0, priority, 0));
	assert_int_equal(ROOT(THREAD_START, thread, 0x10000, 0x20000, 0), OS_OK);
	root();
	return thread;
}

struct thread *actor_in(struct pd *pd, uint32_t priority)
{
	root();
	return start(pd, thread_new(hold(world.self, pd, OS_RIGHT_ALL)), priority);
}

struct thread *actor_new(uint32_t priority)
{
	root();
	return actor_in(pd_at(pd_new(1, 1)), priority);
}

struct endpoint *endpoint_for(const struct thread *server, uint32_t flags)
{
	root();
	return (struct endpoint *)object_in(
	        made(SYS(ENDPOINT_CREATE, MACHINE, hold(world.self, server->pd, OS_RIGHT_ALL),
	                 unit_new(128), 0x7a6, flags)));
}

struct gate *gate_for(struct endpoint *endpoint, uint64_t badge)
{
	root();
	return (struct gate *)object_in(gate_new(has(world.self, endpoint), badge));
}

struct context *context_for(struct endpoint *endpoint, uint64_t badge)
{
	root();
	return (struct context *)object_in(context_new(has(world.self, endpoint), badge));
}

struct semaphore *semaphore_with(uint64_t count, uint32_t order)
{
	root();
	return (struct semaphore *)object_in(
	        made(SYS(SEMAPHORE_CREATE, MACHINE, unit_new(64), count, order)));
}

struct mutex *mutex_with(uint32_t order)
{
	root();
	return (struct mutex *)object_in(made(SYS(MUTEX_CREATE, MACHINE, unit_new(64), order)));
}

void destroy(void *object)
{
	uint64_t slot = has(world.self, object);

	for (uint32_t i = 0; i < 1000; i++) {
		root();
		world.self->frame.rip = 0x1000;
		if (ACT(world.self, DESTROY, slot) == OS_OK && world.self->frame.rip == 0x1000)
			return;
	}
	fail_msg("destroy() does not end");
}

void move(struct thread *thread, uint32_t cpu)
{
	assert_int_equal(ROOT(THREAD_SETUP, thread, 0, thread->priority, cpu), OS_OK);
}

/* ------------------------------------------------------------------ what they hold */

uint64_t hold(const struct thread *thread, void *object, uint32_t rights)
{
	uint64_t held = has(thread, object);
	uint32_t slot;

	if (held)
		return held;
	assert_int_equal(cap_insert(thread->pd, object, (uint8_t)rights, true, false, &slot),
	                 OS_OK);
	return slot;
}

uint64_t hold_thread(const struct thread *thread, struct thread *held)
{
	return hold(thread, &held->object, OS_RIGHT_ALL);
}

uint64_t has(const struct thread *thread, void *object)
{
	const struct object *o = object;

	for (const struct slot *slot = o->slots; slot; slot = slot->next)
		if (slot->pd == thread->pd)
			return slot->index;
	return 0;
}

uint32_t count_of(const struct thread *thread, uint64_t slot)
{
	const struct slot *at = slot_at(thread->pd, slot);

	return at && at->object ? at->count : 0;
}

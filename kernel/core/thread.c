/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads: their states from outside, and the frame around system calls that are restarted. */

#include <ipc.h>
#include <kernel/handlers.h>
#include <switch.h>

/* ------------------------------------------------------------------ waiting and waking */

void thread_unwait(struct thread *thread)
{
	if (thread->state == OS_THREAD_BLOCKED)
		block_unwait(thread);
	else
		ipc_unwait(thread);
	thread->state = OS_THREAD_READY;
}

void thread_wake(struct thread *thread, enum os_err err)
{
	bool faulted = thread->faulted;

	thread_unwait(thread);
	if (faulted) {
		/* Its pager will not tell it to go on: that is left to thread_resume(). */
		thread->state = OS_THREAD_FAULTED;
		return;
	}
	thread_result(thread, err, 0, 0, 0, 0);
	sched_ready(thread);
}

static bool is_current(const struct thread *thread)
{
	return cpus[thread->cpu]->current == thread;
}

/* It may be able to run, after a change from outside. */
static void thread_go(struct thread *thread)
{
	if (thread_can_run(thread) && !is_current(thread))
		sched_ready(thread);
}

/* ------------------------------------------------------------------ system calls once more */

enum { SYSCALL_LENGTH = 2 }; /* bytes of the instruction */

void thread_restart(struct thread *thread)
{
	thread->frame.rip -= SYSCALL_LENGTH;
	thread->full_frame = FRAME_FULL;
}

bool syscall_exclusive(struct cpu *cpu, uint64_t number, uint64_t a, uint64_t b, uint64_t c,
                       uint64_t d, uint64_t e, uint64_t f)
{
	struct thread *self = cpu->current;

	frame_note(&self->frame, number, a, b, c, d, e, f);
	if (likely(exclusive_enter(cpu)))
		return true;
	/* It will make the call once more, if it ever runs again. */
	schedule(cpu);
	exclusive_leave(cpu);
	return false;
}

/* ------------------------------------------------------------------ beginning and end */

void thread_frame_init(struct thread *thread, uint64_t ip, uint64_t sp, uint64_t argument)
{
	thread->frame = (struct frame){
		.rdi = argument,
		.rip = ip,
		.cs = FRAME_CS,
		.rflags = flags_for_user(thread->stepping ? FLAG_TRAP : 0),
		.rsp = sp,
		.ss = FRAME_SS,
	};
	thread->full_frame = FRAME_FULL;
}

bool thread_fini(struct thread *thread)
{
	struct cpu *cpu = cpu_self();

	cpu_evict(thread);
	if (cpu->current == thread)
		sched_switch(cpu, NULL);
	sched_remove(thread);
	thread_unwait(thread);
	thread->state = OS_THREAD_FAULTED; /* between batches: never runs again */
	if (!ipc_fini(thread))
		return false;
	for (uint32_t i = 0; thread->mutexes; i++) {
		if (i == BATCH)
			return false;
		mutex_abandon(container_of(thread->mutexes, struct mutex, owner_node));
	}
	slot_refer(&thread->pager, NULL);
	fpu_drop(thread);
	return true;
}

enum os_err syscall_thread_start(struct thread *self, struct thread *thread, uint64_t ip,
                                 uint64_t sp, uint64_t argument)
{
	(void)self;
	if (thread->state != OS_THREAD_NEW)
		return OS_ERR_EXISTS;
	if (ip >= OS_KERNEL_USER_END || sp >= OS_KERNEL_USER_END)
		return OS_ERR_RANGE;
	thread_frame_init(thread, ip, sp, argument);
	thread->effective = thread->priority;
	sched_ready(thread);
	return OS_OK;
}

/* ------------------------------------------------------------------ where and how it runs */

/* To another CPU, with the endpoint that it serves. */
static void thread_migrate(struct thread *thread, uint32_t target)
{
	struct cpu *cpu = cpu_self();

	if (thread->cpu == target)
		return;
	cpu_evict(thread);
	if (cpu->current == thread)
		sched_switch(cpu, NULL);
	sched_remove(thread);
	thread->cpu = target;
	if (thread->serves)
		thread->serves->cpu = target;
}

enum os_err syscall_thread_setup(struct thread *self, struct thread *thread, uint64_t pager,
                                 uint64_t priority, uint64_t cpu)
{
	struct cpu *here = cpu_self();
	struct object *gate;
	enum os_err err;

	if (priority > OS_KERNEL_PRIORITY_LOWEST || cpu >= cpu_count)
		return OS_ERR_RANGE;
	if (pager) {
		err = cap_find(self->pd, pager, OS_KIND_GATE, OS_RIGHT_USE, &gate);
		if (err)
			return err;
		slot_refer(&thread->pager, gate);
	}
	thread->priority = (uint8_t)priority;
	sched_lend(thread);
	thread_migrate(thread, (uint32_t)cpu);
	thread_go(thread);
	if (here->current == self)
		return OS_OK;
	/* It is on its way to another CPU, and nobody will write its results. */
	thread_result(self, OS_OK, 0, 0, 0, 0);
	return SYSCALL_LATER;
}

enum os_err syscall_thread_pause(struct thread *self, struct thread *thread)
{
	struct cpu *cpu = cpu_self();

	(void)self;
	if (thread->paused == UINT8_MAX)
		return OS_ERR_LIMIT;
	cpu_evict(thread);
	sched_remove(thread);
	thread->paused++;
	if (cpu->current == thread)
		cpu->reschedule = true;
	return OS_OK;
}

enum os_err syscall_thread_resume(struct thread *self, struct thread *thread)
{
	(void)self;
	if (!thread->paused && !thread->faulted)
		return OS_ERR_EMPTY;
	if (thread->paused)
		thread->paused--;
	if (thread->faulted) {
		thread_unwait(thread);
		thread->faulted = false;
	}
	thread_go(thread);
	return OS_OK;
}

enum os_err syscall_thread_cancel(struct thread *self, struct thread *thread)
{
	(void)self;
	if (!thread->faulted && thread->state != OS_THREAD_NEW &&
	    thread->state != OS_THREAD_READY && !call_is_raw(thread))
		thread_wake(thread, OS_ERR_CANCELLED);
	else
		thread->cancel = true;
	return OS_OK;
}

enum os_err syscall_thread_step(struct thread *self, struct thread *thread, uint64_t on)
{
	(void)self;
	if (on > 1)
		return OS_ERR_RANGE;
	cpu_evict(thread);
	thread->stepping = on;
	thread->frame.rflags &= ~(uint64_t)FLAG_TRAP;
	if (on)
		thread->frame.rflags |= FLAG_TRAP;
	thread_go(thread);
	return OS_OK;
}

/* ------------------------------------------------------------------ what it has done */

enum os_err syscall_thread_registers(struct thread *self, struct thread *thread, uint64_t write)
{
	struct os_kernel_registers registers;
	uint8_t *payload = self->utcb->payload;

	if (write > 1)
		return OS_ERR_RANGE;
	if (thread->state == OS_THREAD_NEW)
		return OS_ERR_EMPTY;
	if (thread_can_run(thread) || thread == self)
		return OS_ERR_BUSY;
	if (write) {
		words_copy(&registers, payload, sizeof(registers) / 8);
		return registers_set(thread, &registers) ? OS_OK : OS_ERR_RANGE;
	}
	registers_get(thread, &registers);
	words_copy(payload, &registers, sizeof(registers) / 8);
	return OS_OK;
}

enum os_err syscall_thread_time(struct thread *self, struct thread *thread, struct results *out)
{
	(void)self;
	out->a = thread->cycles;
	if (is_current(thread))
		out->a += cycles_now();
	out->b = thread->faulted ? OS_THREAD_FAULTED : thread->state;
	return OS_OK;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls for those who look after the machine: text, counters, the debugger. */

#include <kernel/handlers.h>
#include <syscall.h>

/* Characters that come out together, if they are one line; at 115200 baud they take 11 ms. */
enum { WRITE_BATCH = 128 };

enum os_err syscall_debug_write(struct thread *self, uint64_t length)
{
	char text[WRITE_BATCH + 1], c = 0;
	uint64_t first = self->progress < length ? self->progress : 0, n;

	if (length > OS_MSG_PAYLOAD_MAX)
		return OS_ERR_RANGE;
	for (n = 0; n < WRITE_BATCH && first + n < length && c != '\n'; n++) {
		c = (char)__atomic_load_n(&self->utcb->payload[first + n], __ATOMIC_RELAXED);
		text[n] = c ? c : '?';
	}
	text[n] = 0;
	kernel_print("%s", text);
	self->progress = first + n;
	if (self->progress < length) {
		thread_restart(self);
		return SYSCALL_LATER;
	}
	self->progress = 0;
	return OS_OK;
}

#ifndef NDEBUG
enum os_err syscall_counter(struct thread *self, uint64_t cpu, uint64_t which, struct results *out)
{
	(void)self;
	if (cpu >= cpu_count || which >= OS_COUNTER_COUNT)
		return OS_ERR_RANGE;
	out->a = cpus[cpu]->counters[which];
	return OS_OK;
}

enum os_err syscall_debug_enter(struct thread *self)
{
	debugger_enter("debug_enter()", &self->frame);
	return OS_OK;
}
#else
enum os_err syscall_counter(struct thread *self, uint64_t index, uint64_t which,
                            struct results *out)
{
	(void)self;
	(void)index;
	(void)which;
	(void)out;
	return OS_ERR_UNSUPPORTED;
}

enum os_err syscall_debug_enter(struct thread *self)
{
	(void)self;
	return OS_ERR_UNSUPPORTED;
}
#endif

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

static void ring_release(uint64_t page, uint64_t pages)
{
	while (pages--)
		page_release(page + pages * OS_KERNEL_PAGE);
}

static uint64_t ring_pages(uint64_t count)
{
	uint64_t size = sizeof(struct os_trace_ring) + count * sizeof(struct os_trace_event);

	return count ? (size + OS_KERNEL_PAGE - 1) / OS_KERNEL_PAGE : 0;
}

enum os_err syscall_cpu_record(struct thread *self, uint64_t index, uint64_t page, uint64_t count)
{
	struct cpu *cpu = cpus[index < cpu_count ? index : 0];
	enum os_err err;
	void *memory;

	(void)self;
	if (index >= cpu_count)
		return OS_ERR_RANGE;
	if (count > OS_KERNEL_RECORDS_MAX || count & (count - 1))
		return OS_ERR_INVALID;
	for (uint64_t n = 0; n < ring_pages(count); n++) {
		err = page_take(page + n * OS_KERNEL_PAGE, PAGE_RING, NULL, &memory);
		if (err) {
			ring_release(page, n);
			return err;
		}
	}
	if (cpu->ring)
		ring_release(pointer_physical(cpu->ring), ring_pages(cpu->ring_count));
	cpu->ring = count ? physical_pointer(page) : NULL;
	cpu->ring_head = 0;
	cpu->ring_count = count;
	if (count)
		sched_record(cpu, cpu->current);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel objects, made with what the program has. */

/* So that the FPU is used only where a program asks for it. */
#pragma GCC target("general-regs-only")

#include "test.h"

/* ------------------------------------------------------------------ PDs */

uint64_t pd_make_empty(uint64_t slots, uint64_t cookie)
{
	uint64_t pd;

	CHECK_OK(os_kernel_pd_create(MACHINE, page_alloc(), cookie, &pd));
	CHECK_OK(os_kernel_pd_give(MACHINE, pd, page_alloc(), OS_GIVE_TABLE));
	if (slots)
		slots_give(pd, slots);
	CHECK_OK(os_kernel_pd_limit(pd, slots * OS_KERNEL_SLOTS_PAGE));
	return pd;
}

uint64_t pd_make(void)
{
	uint64_t pd = pd_make_empty(1, 0);
	uint64_t text = (uint64_t)program_text, rodata = (uint64_t)program_rodata;
	uint64_t data = (uint64_t)program_data, end = (uint64_t)program_end;

	CHECK(environment.text_copy);
	pd_map(pd, text, environment.text_copy, (rodata - text) / PAGE,
	       OS_MAP_READ | OS_MAP_EXECUTE);
	pd_map(pd, rodata, environment.text_copy + rodata - text, (data - rodata) / PAGE,
	       OS_MAP_READ);
	pd_map(pd, data, environment.data_copy, (end - data) / PAGE, OS_MAP_READ | OS_MAP_WRITE);
	if (environment.observed)
		pd_map(pd, (uint64_t)environment.observed, (uint64_t)environment.observed - WINDOW,
		       1, OS_MAP_READ | OS_MAP_WRITE);
	return pd;
}

/* ------------------------------------------------------------------ threads */

struct thread thread_make_new(uint64_t pd, void (*entry)(void *), void *argument, uint64_t priority,
                              uint64_t cpu)
{
	struct thread thread = { 0 };

	thread.utcb_page = pages_alloc_aligned(BLOCK / PAGE, BLOCK / PAGE);
	thread.utcb = window_map(thread.utcb_page, BLOCK / PAGE);
	memset(thread.utcb, 0, BLOCK);
	if (pd != SELF_PD)
		pd_map(pd, WINDOW + thread.utcb_page, thread.utcb_page, BLOCK / PAGE,
		       OS_MAP_READ | OS_MAP_WRITE);
	thread.block = (void *)((char *)thread.utcb + PAGE);
	thread.block->utcb = thread.utcb;
	thread.block->entry = entry;
	thread.block->argument = argument;
	thread.page = page_alloc();
	CHECK_OK(os_kernel_thread_create(MACHINE, pd, thread.page, thread.utcb_page,
	                                 (uint64_t)argument, thread.page, &thread.slot));
	CHECK_OK(os_kernel_thread_setup(thread.slot, environment.pager, priority, cpu));
	return thread;
}

void thread_run(struct thread *thread)
{
	CHECK_OK(os_kernel_thread_start(thread->slot, (uint64_t)thread_entry,
	                                (uint64_t)thread->utcb + BLOCK, (uint64_t)thread->block));
}

struct thread thread_make(uint64_t pd, void (*entry)(void *), void *argument, uint64_t priority,
                          uint64_t cpu)
{
	struct thread thread = thread_make_new(pd, entry, argument, priority, cpu);

	thread_run(&thread);
	return thread;
}

void flag_wait(const volatile uint32_t *flag, uint32_t value)
{
	while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) != value)
		CHECK_OK(os_kernel_yield());
}

void thread_join(struct thread *thread)
{
	flag_wait(&thread->block->done, 1);
}

enum os_kernel_thread_state thread_state(const struct thread *thread)
{
	uint64_t cycles, state;

	CHECK_OK(os_kernel_thread_time(thread->slot, &cycles, &state));
	return (enum os_kernel_thread_state)state;
}

void thread_expect(const struct thread *thread, enum os_kernel_thread_state state)
{
	while (thread_state(thread) != state)
		CHECK_OK(os_kernel_yield());
}

/* ------------------------------------------------------------------ the others */

uint64_t endpoint_make(uint64_t pd, uint64_t tag)
{
	uint64_t slot;

	CHECK_OK(os_kernel_endpoint_create(MACHINE, pd, unit_alloc(128), tag, 0, &slot));
	return slot;
}

uint64_t gate_make_full(uint64_t endpoint, uint64_t badge, uint64_t type, uint64_t cookie)
{
	uint64_t slot;

	CHECK_OK(os_kernel_gate_create(MACHINE, endpoint, unit_alloc(64), badge, type, cookie,
	                               &slot));
	return slot;
}

uint64_t gate_make(uint64_t endpoint, uint64_t badge)
{
	return gate_make_full(endpoint, badge, 0, 0);
}

uint64_t signal_make(uint64_t endpoint, uint64_t badge)
{
	uint64_t slot;

	CHECK_OK(os_kernel_signal_create(MACHINE, endpoint, unit_alloc(128), badge, 0, 0, &slot));
	return slot;
}

uint64_t semaphore_make(uint64_t count, uint64_t order)
{
	uint64_t slot;

	CHECK_OK(os_kernel_semaphore_create(MACHINE, unit_alloc(64), count, order, &slot));
	return slot;
}

uint64_t mutex_make(uint64_t order)
{
	uint64_t slot;

	CHECK_OK(os_kernel_mutex_create(MACHINE, unit_alloc(64), order, &slot));
	return slot;
}

uint64_t grant(uint64_t pd, uint64_t slot, uint64_t rights)
{
	uint64_t there;

	CHECK_OK(os_kernel_cap_grant(pd, slot, rights, 0, &there));
	return there;
}

void grant_at(uint64_t pd, uint64_t slot, uint64_t rights, uint64_t at)
{
	uint64_t there;

	CHECK_OK(os_kernel_cap_grant(pd, slot, rights, at, &there));
	CHECK_EQUAL(there, at);
}

/* ------------------------------------------------------------------ ports */

void ports_allow(uint64_t first, uint64_t count)
{
	enum os_err err = os_kernel_pd_ports(MACHINE, SELF_PD, first, count, 1);

	for (int i = 0; err == OS_ERR_EMPTY && i < 2; i++) {
		CHECK_OK(os_kernel_pd_give(MACHINE, SELF_PD, page_alloc(), OS_GIVE_PORTS));
		err = os_kernel_pd_ports(MACHINE, SELF_PD, first, count, 1);
	}
	CHECK_OK(err);
}

static void pit_program(uint8_t mode, uint16_t ticks)
{
	port_write8(0x43, (uint8_t)(0x30 | mode << 1)); /* channel 0, both bytes of the count */
	port_write8(0x40, (uint8_t)ticks);
	port_write8(0x40, (uint8_t)(ticks >> 8));
}

void pit_one_shot(uint16_t ticks)
{
	pit_program(0, ticks);
}

void pit_periodic(uint16_t ticks)
{
	pit_program(2, ticks);
}

/* ------------------------------------------------------------------ faults */

struct thread victim_make(uint64_t pd, void (*entry)(void *), void *argument, uint64_t endpoint)
{
	struct thread thread = thread_make_new(pd, entry, argument, PRIORITY_HIGH, 0);

	CHECK_OK(os_kernel_thread_setup(thread.slot, gate_make(endpoint, 77), PRIORITY_HIGH, 0));
	thread_run(&thread);
	return thread;
}

struct os_kernel_fault fault_wait(uint64_t endpoint)
{
	struct os_kernel_fault fault;
	struct event event;

	CHECK_OK(wait_at(endpoint, &event));
	CHECK_EQUAL(event.kind & OS_EVENT_CALL, OS_EVENT_CALL);
	CHECK_EQUAL(event.badge, 77);
	CHECK_EQUAL(header_op(event.value), OS_KERNEL_OP_FAULT);
	memcpy(&fault, utcb()->payload, sizeof(fault));
	return fault;
}

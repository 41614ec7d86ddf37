/* SPDX-License-Identifier: BSD-2-Clause */
/* Random operations of core's kind on the same objects from all CPUs; the judge counts the pages.
 */

/*
 * Some drivers make, use and destroy objects, threads and PDs at the same few places, and take
 * their memory back at any time. Each answer of the kernel is right: what counts is that it stays
 * whole (debug builds check themselves), and that nothing is lost in the end. Drivers never wait;
 * the threads that they make do.
 */

#include "common.h"

enum { PLACES = 8, OPERATIONS = 2500, SEEDS = 12 };

#define FAR 0x500000000000ul

struct place {
	uint64_t unit; /* 128 bytes */
	uint64_t page, utcb_page, pd_page, table_pages[6];
	volatile uint64_t object, thread, pd; /* slots */
};

static struct place places[PLACES];
static uint64_t unit_page, endpoint, gate, signals, semaphore, mutex;
static volatile uint32_t started;

static uint64_t random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* ------------------------------------------------------------------ what threads do */

static void work_call(void *unused)
{
	uint64_t answer;

	(void)unused;
	for (;;)
		if (call(gate, header(1, 64), &answer))
			(void)os_kernel_yield();
}

static void work_serve(void *unused)
{
	struct event event;

	(void)unused;
	for (;;)
		if (reply_and_wait(endpoint, header(2, 8), &event))
			(void)os_kernel_yield();
}

static void work_save(void *unused)
{
	struct event event;
	uint64_t slot;

	(void)unused;
	for (;;) {
		if (wait_at(endpoint, &event))
			(void)os_kernel_yield();
		else if (event.kind & OS_EVENT_CALL && !os_kernel_reply_save(&slot))
			(void)os_kernel_reply(slot, header(3, 0));
	}
}

static void work_lock(void *unused)
{
	uint64_t died;

	(void)unused;
	for (;;) {
		(void)os_kernel_semaphore_down(semaphore, 0);
		if (!os_kernel_mutex_lock(mutex, 0, &died))
			(void)os_kernel_yield();
		(void)os_kernel_mutex_unlock(mutex);
		(void)os_kernel_semaphore_up(semaphore);
	}
}

static void work_fault(void *unused)
{
	(void)unused;
	for (;;) {
		(void)*(volatile uint64_t *)FAR;
		(void)os_kernel_yield();
	}
}

static void work_float(void *unused)
{
	(void)unused;
	for (uint64_t i = 0;; i++) {
		__asm__ volatile("movq %0, %%xmm3" : : "r"(i) : "xmm3");
		(void)os_kernel_signal(signals, 1);
		(void)os_kernel_yield();
	}
}

static void (*const works[])(void *) = { work_call, work_serve, work_save,
	                                 work_lock, work_fault, work_float };

/* ------------------------------------------------------------------ what drivers do */

static void put_slot(volatile uint64_t *place, uint64_t slot)
{
	uint64_t before = __atomic_exchange_n(place, slot, __ATOMIC_SEQ_CST);

	if (before)
		(void)os_kernel_cap_drop(before, 1);
}

static void make_object(struct place *place, uint64_t r)
{
	uint64_t slot = 0, address, data;
	enum os_err err;

	switch (r % 6) {
	case 0:
		err = os_kernel_endpoint_create(MACHINE, r & 64 ? place->pd : SELF_PD, place->unit,
		                                1, 0, &slot);
		break;
	case 1:
		err = os_kernel_gate_create(MACHINE, endpoint, place->unit, 1, 2, 3, &slot);
		break;
	case 2:
		err = os_kernel_signal_create(MACHINE, endpoint, place->unit, 1, 2, 3, &slot);
		break;
	case 3:
		err = os_kernel_semaphore_create(MACHINE, place->unit, 1, r / 8 % 2, &slot);
		break;
	case 4:
		err = os_kernel_mutex_create(MACHINE, place->unit, r / 8 % 2, &slot);
		break;
	default:
		err = os_kernel_interrupt_create(MACHINE, places[r / 8 % PLACES].object,
		                                 place->unit, OS_IRQ_MSI, &slot, &address, &data);
	}
	if (!err)
		put_slot(&place->object, slot);
}

static void make_pd(struct place *place)
{
	uint64_t slot;

	if (os_kernel_pd_create(MACHINE, place->pd_page, 0, &slot))
		return;
	for (uint64_t i = 0; i < 6; i++)
		(void)os_kernel_pd_give(MACHINE, slot, place->table_pages[i],
		                        i == 4   ? OS_GIVE_DIRECTORY
		                        : i == 5 ? OS_GIVE_SLOTS
		                                 : OS_GIVE_TABLE);
	(void)os_kernel_pd_limit(slot, 64);
	put_slot(&place->pd, slot);
}

static void make_thread(struct place *place, uint64_t r)
{
	struct block *block = (void *)(WINDOW + place->utcb_page + PAGE);
	uint64_t slot;

	if (os_kernel_thread_create(MACHINE, r & 256 ? place->pd : SELF_PD, place->page,
	                            place->utcb_page, r, 0, &slot))
		return;
	block->utcb = (void *)(WINDOW + place->utcb_page);
	block->entry = works[r / 512 % 6];
	(void)os_kernel_thread_setup(slot, r & 1 ? gate : 0, PRIORITY_TEST + r / 2 % 4,
	                             r / 8 % environment.cpu_count);
	(void)os_kernel_thread_start(slot, (uint64_t)thread_entry,
	                             WINDOW + place->utcb_page + BLOCK, (uint64_t)block);
	put_slot(&place->thread, slot);
}

static void use_thread(uint64_t slot, uint64_t r)
{
	switch (r % 8) {
	case 0:
		(void)os_kernel_thread_pause(slot);
		break;
	case 1:
	case 2:
		(void)os_kernel_thread_resume(slot);
		break;
	case 3:
		(void)os_kernel_thread_cancel(slot);
		break;
	case 4:
		(void)os_kernel_thread_setup(slot, 0, PRIORITY_TEST + r / 8 % 4,
		                             r / 64 % environment.cpu_count);
		break;
	case 5:
		(void)os_kernel_thread_step(slot, r / 8 % 2);
		break;
	case 6:
		if (!os_kernel_thread_registers(slot, 0))
			(void)os_kernel_thread_registers(slot, 1);
		break;
	default:
		(void)os_kernel_unblock(slot);
	}
}

static void use_object(struct place *place, uint64_t r)
{
	uint64_t slot = place->object, there, died;

	(void)os_kernel_signal(slot, 1);
	(void)os_kernel_semaphore_down(slot, OS_WAIT_POLL);
	(void)os_kernel_semaphore_up(slot);
	if (!os_kernel_mutex_lock(slot, OS_WAIT_POLL, &died) && r & 1)
		(void)os_kernel_mutex_unlock(slot);
	(void)os_kernel_interrupt_acknowledge(slot);
	if (!os_kernel_cap_grant(place->pd, slot, OS_RIGHT_ALL, 0, &there) && r & 2)
		(void)os_kernel_cap_remove(place->pd, there, 1);
}

static void use_memory(struct place *place, uint64_t r)
{
	uint64_t pd = r & 1 ? place->pd : SELF_PD, done;

	if (r & 2)
		(void)os_kernel_map(MACHINE, pd, FAR, environment.big, r & 4 ? PAGE : 2 << 20,
		                    OS_MAP_READ, &done);
	else
		(void)os_kernel_unmap(pd, FAR, r & 4 ? PAGE : 2 << 20, &done);
}

/* Into a page that may be something else by then. */
static void record_cpu(const struct place *place, uint64_t r)
{
	const uint64_t page = r & 1 ? place->page : place->table_pages[r / 2 % 6];

	(void)os_kernel_cpu_record(MACHINE, r / 16 % environment.cpu_count, page,
	                           r / 64 & 3 ? 1ul << r / 256 % 9 : 0);
}

static void take_memory(struct place *place, uint64_t r)
{
	const uint64_t pages[] = { place->page,           place->utcb_page,      place->pd_page,
		                   place->table_pages[0], place->table_pages[5], unit_page };

	(void)os_kernel_memory_take(MACHINE, pages[r % 6]);
	(void)os_kernel_memory_give(MACHINE, unit_page, 1);
}

static void driver_step(uint64_t *state)
{
	uint64_t r = random(state), what = r >> 40;
	struct place *place = &places[r >> 32 & (PLACES - 1)];
	struct event event;

	switch (r >> 60) {
	case 0:
	case 1:
		make_object(place, what);
		break;
	case 2:
		make_pd(place);
		break;
	case 3:
	case 4:
	case 5:
		make_thread(place, what);
		break;
	case 6:
	case 7:
	case 8:
		use_thread(place->thread, what);
		break;
	case 9:
		use_object(place, what);
		break;
	case 10:
		if (what & 1 << 19)
			use_memory(place, what);
		else
			record_cpu(place, what);
		break;
	case 11:
		(void)os_kernel_destroy(place->object);
		break;
	case 12:
		(void)os_kernel_destroy(place->thread);
		break;
	case 13:
		(void)os_kernel_destroy(place->pd);
		break;
	case 14:
		take_memory(place, what);
		break;
	default:
		(void)os_kernel_signal(signals, 1);
		(void)poll_at(endpoint, &event);
		(void)os_kernel_yield();
	}
}

static void driver(void *seed)
{
	uint64_t state = (uint64_t)seed;

	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < OPERATIONS; i++)
		driver_step(&state);
}

static void places_make(void)
{
	uint64_t page = page_alloc();

	/* A page of its own for the objects that all work with; it is never taken. */
	CHECK_OK(os_kernel_memory_give(MACHINE, page, 1));
	environment.units = page + 64;
	environment.units_end = page + PAGE;
	endpoint = endpoint_make(SELF_PD, 0);
	gate = gate_make(endpoint, 1);
	signals = signal_make(endpoint, 2);
	semaphore = semaphore_make(2, OS_ORDER_PRIORITY);
	mutex = mutex_make(OS_ORDER_FIFO);
	unit_page = page_alloc();
	CHECK_OK(os_kernel_memory_give(MACHINE, unit_page, 1));
	for (uint64_t i = 0; i < PLACES; i++) {
		struct place *place = &places[i];

		place->unit = unit_page + 128 + i * 128;
		place->page = page_alloc();
		place->utcb_page = pages_alloc_aligned(BLOCK / PAGE, BLOCK / PAGE);
		window_map(place->utcb_page, BLOCK / PAGE);
		place->pd_page = page_alloc();
		for (int j = 0; j < 6; j++)
			place->table_pages[j] = page_alloc();
	}
}

static bool storm_label(uint64_t index, char *name, size_t size)
{
	text_format(name, size, "storm_of_operations_with_seed_%lu", index);
	return true;
}

TEST_EACH(storm_of_operations, SEEDS, storm_label)
{
	struct thread drivers[4];

	environment.pager = 0; /* what faults, stays */
	places_make();
	environment.pager = PAGER_SLOT;
	for (uint64_t i = 0; i < 4; i++)
		drivers[i] = thread_make(SELF_PD, driver,
		                         (void *)((index * 4 + i + 1) * 0x9e3779b97f4a7c15ul),
		                         PRIORITY_TEST, i % environment.cpu_count);
	for (uint64_t i = 0; i < 4; i++)
		thread_join(&drivers[i]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A root PD with a thread on the mock machine, with the real dispatch of system calls. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* The generated dispatch belongs to the kernel, and to the tests' world. */
#include <kernel/dispatch.c>

enum { FIRST_PAGE = 16 };

struct world world;
static uint64_t words[MOCK_PAGES];
static uint64_t next_page, next_unit;

typedef void system_call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

static void root_init(void)
{
	const uint64_t page = OS_KERNEL_PAGE;
	struct object *machine = &machine_object;

	assert_int_equal(pd_init(1 * page, 0, &world.root), OS_OK);
	assert_int_equal(pd_add(world.root, 2 * page, OS_GIVE_DIRECTORY), OS_OK);
	assert_int_equal(pd_add(world.root, 3 * page, OS_GIVE_SLOTS), OS_OK);
	assert_int_equal(pd_add(world.root, 4 * page, OS_GIVE_TABLE), OS_OK);
	assert_int_equal(thread_init(world.root, 5 * page, 6 * page, 0, &world.self), OS_OK);
	machine->slots = NULL;
	assert_int_equal(cap_insert_at(world.root, &world.root->object, OS_RIGHT_ALL, false,
	                               OS_KERNEL_ROOT_PD),
	                 OS_OK);
	assert_int_equal(cap_insert_at(world.root, &world.self->object, OS_RIGHT_ALL, false,
	                               OS_KERNEL_ROOT_THREAD),
	                 OS_OK);
	assert_int_equal(
	        cap_insert_at(world.root, machine, OS_RIGHT_ALL, false, OS_KERNEL_ROOT_MACHINE),
	        OS_OK);
}

int world_setup(void **state)
{
	(void)state;
	mock_reset(2);
	console = (struct console){ 0 };
	memset(words, 0, sizeof(words));
	/* What was there before must not matter. */
	memset(mock_memory, 0xa5, sizeof(mock_memory));
	pages_init(words, sizeof(mock_memory));
	pages_set(OS_KERNEL_PAGE, sizeof(mock_memory) - OS_KERNEL_PAGE, PAGE_FREE);
	next_page = FIRST_PAGE * (uint64_t)OS_KERNEL_PAGE;
	next_unit = 0;
	world = (struct world){ 0 };
	root_init();
	thread_frame_init(world.self, 0x1000, 0x2000, 0);
	world.self->state = OS_THREAD_READY;
	world.self->priority = world.self->effective = 0; /* nobody takes its CPU */
	mock.self->current = world.self;
	mock.self->space = world.root;
	return 0;
}

uint64_t page_new(void)
{
	for (uint32_t i = 0; i < MOCK_PAGES; i++) {
		next_page = (next_page + OS_KERNEL_PAGE) % sizeof(mock_memory);
		if (page_use(next_page) == PAGE_FREE)
			return next_page;
	}
	fail_msg("no page is free");
	return 0;
}

uint64_t unit_new(uint32_t size)
{
	uint64_t unit;

	if (next_unit % OS_KERNEL_PAGE + size > OS_KERNEL_PAGE || !next_unit ||
	    next_unit % OS_KERNEL_PAGE == 0) {
		uint64_t page = page_new();

		assert_int_equal(SYS(MEMORY_GIVE, MACHINE, page, 1), OS_OK);
		next_unit = page + OS_KERNEL_UNIT;
	}
	unit = next_unit;
	next_unit += size;
	return unit;
}

uint32_t pages_used(void)
{
	uint32_t used = 0;

	for (uint64_t page = 0; page < sizeof(mock_memory); page += OS_KERNEL_PAGE)
		used += page_use(page) != PAGE_FREE && page_use(page) != PAGE_NONE;
	return used;
}

enum os_err sys(uint32_t number, const uint64_t arguments[6])
{
	struct frame *frame = &world.self->frame;
	uint64_t a[6];
	uint64_t rip = frame->rip;

	memcpy(a, arguments, sizeof(a));
	for (world.restarts = 0;; world.restarts++) {
		((system_call *)syscall_table[number])(a[0], a[1], a[2], a[3], a[4], a[5]);
		assert_ptr_equal(mock.self->current, world.self);
		assert_false(mock.self->exclusive);
		if (frame->rip == rip)
			break;
		/* The instruction is executed again, with what is in the frame. */
		assert_int_equal(frame->rip, rip - 2);
		assert_int_equal(frame->rax, number);
		assert_int_equal(world.self->full_frame, FRAME_FULL);
		memcpy(a,
		       (const uint64_t[6]){ frame->rdi, frame->rsi, frame->rdx, frame->r10,
		                            frame->r8, frame->r9 },
		       sizeof(a));
		frame->rip = rip;
		assert_true(world.restarts < 100000);
	}
	world.out = (struct results){ frame->rsi, frame->rdx, frame->r10, frame->r8 };
	return (enum os_err)frame->rax;
}

uint64_t made(enum os_err err)
{
	assert_int_equal(err, OS_OK);
	return world.out.a;
}

uint64_t pd_new(uint32_t slots, uint32_t tables)
{
	uint64_t pd = made(SYS(PD_CREATE, MACHINE, page_new(), 7));

	if (slots)
		made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_DIRECTORY));
	for (uint32_t i = 0; i < slots; i++)
		made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_SLOTS));
	for (uint32_t i = 0; i < tables; i++)
		made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_TABLE));
	return pd;
}

struct object *object_in(uint64_t slot)
{
	const struct slot *at = slot_at(world.root, slot);

	assert_non_null(at);
	assert_non_null(at->object);
	return at->object;
}

struct pd *pd_at(uint64_t slot)
{
	assert_int_equal(object_in(slot)->kind, OS_KIND_PD);
	return container_of(object_in(slot), struct pd, object);
}

uint64_t endpoint_new(uint64_t pd)
{
	return made(SYS(ENDPOINT_CREATE, MACHINE, pd, unit_new(128), 0x7a6, 0));
}

uint64_t gate_new(uint64_t endpoint, uint64_t badge)
{
	return made(SYS(GATE_CREATE, MACHINE, endpoint, unit_new(64), badge, 0x1234, 99));
}

uint64_t context_new(uint64_t endpoint, uint64_t badge)
{
	return made(SYS(SIGNAL_CREATE, MACHINE, endpoint, unit_new(128), badge, 0x4321, 98));
}

uint64_t thread_new(uint64_t pd)
{
	return made(SYS(THREAD_CREATE, MACHINE, pd, page_new(), page_new(), 5));
}

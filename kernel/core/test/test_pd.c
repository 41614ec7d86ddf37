/* SPDX-License-Identifier: BSD-2-Clause */
/* Protection domains: the memory they are made of, their limits and ports, and their end. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum { PD = OS_KERNEL_ROOT_PD };

static const uint64_t page = OS_KERNEL_PAGE;

static enum os_err give(uint64_t pd, uint64_t at, uint64_t purpose)
{
	return SYS(PD_GIVE, MACHINE, pd, at, purpose);
}

/* ------------------------------------------------------------------ memory */

static void begins_with_nothing(void **state)
{
	uint64_t at = page_new(), slot = made(SYS(PD_CREATE, MACHINE, at, 0x99));
	struct pd *pd = pd_at(slot);

	(void)state;
	assert_ptr_equal(pd, physical_pointer(at));
	assert_int_equal(pd->cookie, 0x99);
	assert_ptr_equal(physical_pointer(pd->root_table), kernel_root_table());
	assert_int_equal(SYS(PD_STATE, slot), OS_OK);
	assert_int_equal(world.out.a | world.out.b | world.out.c, 0);
	assert_int_equal(SYS(CAP_GRANT, slot, slot, OS_RIGHT_USE, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(PD_CREATE, MACHINE, at, 0), OS_ERR_BUSY);
	assert_int_equal(SYS(PD_CREATE, MACHINE, 0, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(PD_CREATE, MACHINE, page_new() + 64, 0), OS_ERR_ALIGN);
}

static void grows_by_given_pages(void **state)
{
	uint64_t pd = pd_new(0, 0), at = page_new();

	(void)state;
	assert_int_equal(give(pd, at, OS_GIVE_SLOTS), OS_ERR_FULL);
	assert_int_equal(give(pd, at, OS_GIVE_DIRECTORY), OS_OK);
	assert_int_equal(give(pd, at, OS_GIVE_SLOTS), OS_ERR_BUSY);
	assert_int_equal(give(pd, at + 1, OS_GIVE_SLOTS), OS_ERR_ALIGN);
	assert_int_equal(give(pd, 0, OS_GIVE_SLOTS), OS_ERR_INVALID);
	assert_int_equal(give(pd, page_new(), 4), OS_ERR_INVALID);
	assert_int_equal(give(pd, page_new(), 1ul << 32), OS_ERR_INVALID);
	assert_int_equal(give(pd, page_new(), OS_GIVE_SLOTS), OS_OK);
	assert_int_equal(give(pd, page_new(), OS_GIVE_SLOTS), OS_OK);
	assert_int_equal(give(pd, page_new(), OS_GIVE_TABLE), OS_OK);
	assert_int_equal(give(pd, page_new(), OS_GIVE_TABLE), OS_OK);
	assert_int_equal(SYS(PD_STATE, pd), OS_OK);
	assert_int_equal(world.out.a, 0);
	assert_int_equal(world.out.b, 127);
	assert_int_equal(world.out.c, 1); /* the other one is the root of the tables */
	made(SYS(CAP_GRANT, pd, pd, OS_RIGHT_USE, 0));
	assert_int_equal(SYS(PD_STATE, pd), OS_OK);
	assert_int_equal(world.out.a, 1);
	assert_int_equal(world.out.b, 126);
}

static void a_table_has_at_most_16_directories(void **state)
{
	uint64_t pd = pd_new(0, 0), at;

	(void)state;
	for (uint32_t i = 0; i < DIRECTORIES; i++)
		assert_int_equal(give(pd, page_new(), OS_GIVE_DIRECTORY), OS_OK);
	at = page_new();
	assert_int_equal(give(pd, at, OS_GIVE_DIRECTORY), OS_ERR_LIMIT);
	pd_at(pd)->slot_count = OS_KERNEL_SLOTS_MAX;
	assert_int_equal(give(pd, at, OS_GIVE_SLOTS), OS_ERR_LIMIT);
	pd_at(pd)->slot_count = 0;
	assert_int_equal(page_use(at), PAGE_FREE);
}

static void slots_beyond_the_first_directory(void **state)
{
	uint64_t pd = pd_new(1, 0);
	struct pd *object = pd_at(pd);
	const uint32_t full = OS_KERNEL_SLOTS_PAGE * OS_KERNEL_DIRECTORY;

	(void)state;
	/* As if the first directory were full. */
	object->slot_count = full;
	assert_int_equal(give(pd, page_new(), OS_GIVE_SLOTS), OS_ERR_FULL);
	assert_int_equal(give(pd, page_new(), OS_GIVE_DIRECTORY), OS_OK);
	assert_int_equal(give(pd, page_new(), OS_GIVE_SLOTS), OS_OK);
	assert_int_equal(object->slots_free, 63 + 64);
	assert_int_equal(SYS(CAP_GRANT, pd, pd, OS_RIGHT_USE, full + 3), OS_OK);
	assert_int_equal(SYS(CAP_LOOKUP, pd, full + 3), OS_OK);
	assert_int_equal(world.out.c, OS_KIND_PD);
	assert_int_equal(SYS(CAP_LOOKUP, pd, full + 64), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(CAP_REMOVE, pd, full + 3, 1), OS_OK);
	/* So that the end finds what it expects. */
	for (uint32_t i = 0; i < 64; i++)
		object->directories[1][0][i].index = 0;
	object->slot_count = 0;
}

static void a_limit_is_not_below_what_is_used(void **state)
{
	uint64_t pd = pd_new(1, 0);

	(void)state;
	made(SYS(CAP_GRANT, pd, pd, OS_RIGHT_USE, 0));
	assert_int_equal(SYS(PD_LIMIT, pd, 0), OS_ERR_RANGE);
	assert_int_equal(SYS(PD_LIMIT, pd, 1), OS_OK);
	assert_int_equal(SYS(CAP_GRANT, pd, PD, OS_RIGHT_USE, 0), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(SYS(PD_LIMIT, pd, UINT64_MAX), OS_OK);
	assert_int_equal(SYS(CAP_GRANT, pd, PD, OS_RIGHT_USE, 0), OS_OK);
}

/* ------------------------------------------------------------------ ports */

static bool allowed(const struct pd *pd, uint32_t port)
{
	return !(pd->ports[port / 32768][port % 32768 / 8] >> port % 8 & 1);
}

static void ports_need_two_pages(void **state)
{
	uint64_t pd = pd_new(0, 0), at;

	(void)state;
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0x60, 1, 1), OS_ERR_EMPTY);
	assert_int_equal(give(pd, page_new(), OS_GIVE_PORTS), OS_OK);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0x60, 1, 1), OS_ERR_EMPTY);
	assert_int_equal(give(pd, page_new(), OS_GIVE_PORTS), OS_OK);
	at = page_new();
	assert_int_equal(give(pd, at, OS_GIVE_PORTS), OS_ERR_LIMIT);
	assert_int_equal(page_use(at), PAGE_FREE);
	for (uint32_t port = 0; port < 65536; port++)
		assert_false(allowed(pd_at(pd), port));
}

static void exactly_these_ports(void **state)
{
	const struct {
		uint32_t first, count;
	} ranges[] = {
		{ 0x60, 1 },  { 0x3f8, 8 },  { 0x3f9, 7 },     { 0x3f9, 6 },  { 0x61, 15 },
		{ 32766, 4 }, { 0xffff, 1 }, { 0xc000, 255 },  { 0xfff8, 8 }, { 0x70, 2 },
		{ 0x100, 0 }, { 0x17, 1 },   { 0x1800, 4096 },
	};
	uint64_t slot = pd_new(0, 0);
	const struct pd *pd = pd_at(slot);

	(void)state;
	made(give(slot, page_new(), OS_GIVE_PORTS));
	made(give(slot, page_new(), OS_GIVE_PORTS));
	for (uint32_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint32_t first = ranges[i].first, end = first + ranges[i].count;
		uint32_t generation = pd->ports_generation;

		assert_int_equal(SYS(PD_PORTS, MACHINE, slot, first, end - first, 1), OS_OK);
		for (uint32_t port = 0; port < 65536; port++)
			assert_int_equal(allowed(pd, port), port >= first && port < end);
		assert_int_equal(SYS(PD_PORTS, MACHINE, slot, first, end - first, 0), OS_OK);
		for (uint32_t port = 0; port < 65536; port++)
			assert_false(allowed(pd, port));
		/* CPUs that run it learn it at once. */
		assert_int_equal(pd->ports_generation, generation + 2);
		assert_int_equal(mock_count(MOCK_FLUSH, pd), 2 * (i + 1));
	}
}

static void ports_that_nobody_gets(void **state)
{
	uint64_t pd = pd_new(0, 0);

	(void)state;
	made(give(pd, page_new(), OS_GIVE_PORTS));
	made(give(pd, page_new(), OS_GIVE_PORTS));
	made(give(PD, page_new(), OS_GIVE_PORTS));
	made(give(PD, page_new(), OS_GIVE_PORTS));
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 65536, 1, 1), OS_ERR_RANGE);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 65535, 2, 1), OS_ERR_RANGE);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 1, UINT64_MAX, 1), OS_ERR_RANGE);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 1, 1, 2), OS_ERR_RANGE);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0x20, 1, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0x1f, 2, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0xa1, 1, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0x4d0, 2, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0x22, 1, 1), OS_OK);
	/* The PCI configuration leads to all devices. */
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0xcf8, 8, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0xcff, 1, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0, 65536, 1), OS_ERR_DENIED);
	assert_int_equal(SYS(PD_PORTS, MACHINE, PD, 0xcf8, 8, 1), OS_OK);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0xd00, 1, 1), OS_OK);
	assert_int_equal(SYS(PD_PORTS, MACHINE, pd, 0, 65536, 0), OS_OK);
}

/* ------------------------------------------------------------------ foreign system calls */

static void a_handler_for_foreign_system_calls(void **state)
{
	uint64_t pd = pd_new(1, 0), gate = gate_new(endpoint_new(PD), 4);

	(void)state;
	assert_int_equal(SYS(PD_SYSCALLS, pd, 50), OS_ERR_CAP_INVALID);
	assert_int_equal(SYS(PD_SYSCALLS, pd, pd), OS_ERR_CAP_TYPE);
	slot_at(world.root, gate)->rights = OS_RIGHT_CONTROL;
	assert_int_equal(SYS(PD_SYSCALLS, pd, gate), OS_ERR_DENIED);
	slot_at(world.root, gate)->rights = OS_RIGHT_USE;
	assert_int_equal(SYS(PD_SYSCALLS, pd, gate), OS_OK);
	assert_ptr_equal(pd_at(pd)->syscall_gate.object, object_in(gate));
	assert_int_equal(SYS(PD_SYSCALLS, pd, 0), OS_OK);
	assert_null(pd_at(pd)->syscall_gate.object);
}

/* ------------------------------------------------------------------ the end */

static void all_that_is_part_of_it_is_free(void **state)
{
	uint64_t pd, endpoint, gate;
	uint32_t used;

	(void)state;
	unit_new(64);
	used = pages_used();
	pd = pd_new(3, 13);
	endpoint = endpoint_new(pd);
	gate = gate_new(endpoint, 1);
	made(give(pd, page_new(), OS_GIVE_PORTS));
	made(give(pd, page_new(), OS_GIVE_PORTS));
	made(SYS(PD_SYSCALLS, pd, gate));
	for (uint32_t i = 0; i < 20; i++)
		made(SYS(CAP_GRANT, pd, thread_new(pd), OS_RIGHT_ALL, 0));
	for (uint64_t i = 0; i < 3; i++)
		made(SYS(MAP, MACHINE, pd, i << 39, 1ul << 30, page, OS_MAP_READ));
	made(SYS(MAP, MACHINE, pd, OS_KERNEL_USER_END - page, 1ul << 30, page, OS_MAP_READ));
	mock.self->space = pd_at(pd);
	assert_int_equal(SYS(DESTROY, pd), OS_OK);
	assert_null(mock.self->space);
	assert_int_equal(pages_used(), used);
	assert_int_equal(SYS(CAP_DUP, pd), OS_ERR_GONE);
	assert_int_equal(SYS(CAP_DUP, endpoint), OS_ERR_GONE);
	/* A gate is not a part of it, and does not refer to it any more. */
	assert_ptr_equal(object_in(gate)->slots, slot_at(world.root, gate));
	assert_null(object_in(gate)->slots->next);
	assert_null(((struct gate *)object_in(gate))->endpoint);
	assert_int_equal(SYS(CAP_BADGE, gate), OS_ERR_NOT_FOUND);
	assert_int_equal(SYS(DESTROY, gate), OS_OK);
}

static void ends_with_any_of_its_pages(void **state)
{
	const uint32_t purposes[] = { OS_GIVE_TABLE, OS_GIVE_DIRECTORY, OS_GIVE_PORTS };
	uint32_t used = pages_used();

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		uint64_t pd = pd_new(2, 2), at = page_new();

		made(give(pd, at, purposes[i]));
		assert_int_equal(SYS(MEMORY_TAKE, MACHINE, at), OS_OK);
		assert_int_equal(pages_used(), used);
		assert_int_equal(SYS(PD_STATE, pd), OS_ERR_GONE);
	}
}

static void a_thread_ends_with_either_of_its_pages(void **state)
{
	uint32_t used = pages_used();

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		uint64_t pages[2] = { page_new(), page_new() };
		uint64_t thread = made(SYS(THREAD_CREATE, MACHINE, PD, pages[0], pages[1], 0));

		assert_int_equal(SYS(MEMORY_TAKE, MACHINE, pages[i]), OS_OK);
		assert_int_equal(pages_used(), used);
		assert_int_equal(SYS(THREAD_PAUSE, thread), OS_ERR_GONE);
	}
}

/* A table of many pages goes a page at a time; what it holds is not harmed. */
static void a_large_table_goes_step_by_step(void **state)
{
	uint64_t pd = pd_new(40, 0), gate = gate_new(endpoint_new(PD), 1);
	uint32_t used = pages_used();
	struct slot *slot;

	(void)state;
	for (uint32_t i = 1; i < 2560; i++)
		made(SYS(CAP_GRANT, pd, i % 3 ? gate : (uint64_t)PD, OS_RIGHT_USE, i));
	assert_int_equal(SYS(CAP_GRANT, pd, MACHINE, OS_RIGHT_USE, 0), OS_ERR_CAP_SLOTS);
	assert_int_equal(SYS(DESTROY, pd), OS_OK);
	assert_true(world.restarts >= 40);
	assert_int_equal(pages_used(), used - 42);
	slot = object_in(gate)->slots;
	assert_ptr_equal(slot, slot_at(world.root, gate));
	assert_null(slot->next);
}

#define CASE(test) cmocka_unit_test_setup(test, world_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(begins_with_nothing),
		CASE(grows_by_given_pages),
		CASE(a_table_has_at_most_16_directories),
		CASE(slots_beyond_the_first_directory),
		CASE(a_limit_is_not_below_what_is_used),
		CASE(ports_need_two_pages),
		CASE(exactly_these_ports),
		CASE(ports_that_nobody_gets),
		CASE(a_handler_for_foreign_system_calls),
		CASE(all_that_is_part_of_it_is_free),
		CASE(ends_with_any_of_its_pages),
		CASE(a_thread_ends_with_either_of_its_pages),
		CASE(a_large_table_goes_step_by_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What pages are for: who may take them, map them, and put small objects into them. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const uint64_t page = OS_KERNEL_PAGE;
static const uint64_t beyond = sizeof(mock_memory);

/* ------------------------------------------------------------------ pages */

static void takes_free_pages_only(void **state)
{
	uint64_t at = page_new();
	void *memory;

	(void)state;
	assert_int_equal(page_take(at + 1, PAGE_TABLE, NULL, &memory), OS_ERR_ALIGN);
	assert_int_equal(page_take(at + 2048, PAGE_TABLE, NULL, &memory), OS_ERR_ALIGN);
	assert_int_equal(page_take(0, PAGE_TABLE, NULL, &memory), OS_ERR_INVALID);
	assert_int_equal(page_take(beyond, PAGE_TABLE, NULL, &memory), OS_ERR_INVALID);
	assert_int_equal(page_take(-page, PAGE_TABLE, NULL, &memory), OS_ERR_INVALID);
	assert_int_equal(page_take(at, PAGE_TABLE, world.root, &memory), OS_OK);
	assert_ptr_equal(memory, physical_pointer(at));
	assert_int_equal(page_use(at), PAGE_TABLE);
	assert_ptr_equal(page_owner(at), world.root);
	assert_int_equal(page_take(at, PAGE_TABLE, NULL, &memory), OS_ERR_BUSY);
	page_release(at);
	assert_int_equal(page_use(at), PAGE_FREE);
	assert_null(page_owner(at));
	pages_set(at, page, PAGE_KERNEL);
	assert_int_equal(page_take(at, PAGE_TABLE, NULL, &memory), OS_ERR_BUSY);
}

static void a_page_is_zeroed_but_what_user_land_sees(void **state)
{
	uint64_t at = page_new(), utcb;
	uint8_t *memory;

	(void)state;
	assert_int_equal(page_take(at, PAGE_TABLE, world.root, (void **)&memory), OS_OK);
	for (uint32_t i = 0; i < page; i++)
		assert_int_equal(memory[i], 0);
	utcb = page_new();
	assert_int_equal(page_take(utcb, PAGE_UTCB, world.self, (void **)&memory), OS_OK);
	assert_int_equal(memory[0], 0xa5);
	assert_int_equal(memory[page - 1], 0xa5);
}

static void a_use_set_beyond_the_end_is_ignored(void **state)
{
	(void)state;
	pages_set(beyond - page, 10 * page, PAGE_KERNEL);
	assert_int_equal(page_use(beyond - page), PAGE_KERNEL);
	assert_int_equal(page_use(beyond), PAGE_NONE);
	assert_null(page_owner(beyond));
	assert_null(page_object(beyond));
}

static void maps_what_nobody_has_to_fear_for(void **state)
{
	uint64_t at = page_new();
	void *memory;

	(void)state;
	assert_true(pages_mappable(at, page));
	assert_true(pages_mappable(0, page)); /* the firmware's */
	assert_true(pages_mappable(beyond, 1ul << 40));
	assert_int_equal(page_take(at, PAGE_UTCB, world.self, &memory), OS_OK);
	assert_true(pages_mappable(at, page));
	page_release(at);
	for (uint32_t use = PAGE_KERNEL; use <= PAGE_TABLE; use++) {
		if (use == PAGE_UTCB)
			continue;
		pages_set(at, page, (enum page_use)use);
		assert_false(pages_mappable(at, page));
		assert_false(pages_mappable(at - page, 3 * page));
		assert_true(pages_mappable(at + page, page));
	}
	pages_set(beyond - page, page, PAGE_KERNEL);
	assert_false(pages_mappable(beyond - page, 1ul << 30));
}

static void what_is_denied_is_never_mapped(void **state)
{
	const uint64_t apic = 0xfee00000;

	(void)state;
	pages_deny(apic, page);
	assert_false(pages_mappable(apic, page));
	assert_false(pages_mappable(apic - page, 2 * page));
	assert_false(pages_mappable(0xfe000000, 0x2000000));
	assert_true(pages_mappable(apic - page, page));
	assert_true(pages_mappable(apic + page, page));
	/* More ranges than there is room for: rather too much is denied. */
	for (uint64_t i = 1; i < 40; i++)
		pages_deny(apic + 2 * i * page, page);
	for (uint64_t i = 1; i < 40; i++)
		assert_false(pages_mappable(apic + 2 * i * page, page));
	pages_deny(-2 * page, 4 * page);
	assert_false(pages_mappable(-page, page / 2));
}

/* ------------------------------------------------------------------ units */

static void units_lie_in_pages_given_for_them(void **state)
{
	uint64_t at = page_new();
	struct gate *gate;

	(void)state;
	assert_int_equal(unit_take(at + 64, 64, (void **)&gate), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 1), OS_OK);
	assert_int_equal(unit_take(at + 65, 64, (void **)&gate), OS_ERR_ALIGN);
	assert_int_equal(unit_take(at + 32, 64, (void **)&gate), OS_ERR_ALIGN);
	assert_int_equal(unit_take(at, 64, (void **)&gate), OS_ERR_INVALID); /* the map */
	assert_int_equal(unit_take(at, 128, (void **)&gate), OS_ERR_INVALID);
	assert_int_equal(unit_take(beyond + 64, 64, (void **)&gate), OS_ERR_INVALID);
	assert_int_equal(unit_take(-64ul, 64, (void **)&gate), OS_ERR_INVALID);
	assert_null(unit_first(at));
	assert_int_equal(unit_take(at + 64, 64, (void **)&gate), OS_OK);
	assert_ptr_equal(gate, (char *)physical_pointer(at) + 64);
	assert_ptr_equal(unit_first(at), gate);
	for (uint32_t i = 0; i < 64; i++)
		assert_int_equal(((uint8_t *)gate)[i], 0);
	unit_release(gate, 64);
	assert_null(unit_first(at));
}

static void units_do_not_overlap(void **state)
{
	uint64_t at = page_new();
	void *a, *b, *c;

	(void)state;
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 1), OS_OK);
	assert_int_equal(unit_take(at + 2 * 64, 128, &a), OS_OK);
	assert_int_equal(unit_take(at + 2 * 64, 64, &b), OS_ERR_BUSY);
	assert_int_equal(unit_take(at + 3 * 64, 64, &b), OS_ERR_BUSY);
	assert_int_equal(unit_take(at + 3 * 64, 128, &b), OS_ERR_BUSY);
	assert_int_equal(unit_take(at + 1 * 64, 128, &b), OS_ERR_BUSY);
	assert_int_equal(unit_take(at + 1 * 64, 64, &b), OS_OK);
	assert_int_equal(unit_take(at + 63 * 64, 128, &c), OS_ERR_INVALID);
	assert_int_equal(unit_take(at + 62 * 64, 128, &c), OS_OK);
	unit_release(a, 128);
	assert_int_equal(unit_take(at + 3 * 64, 64, &a), OS_OK);
	assert_int_equal(unit_take(at + 2 * 64, 64, &a), OS_OK);
}

static void a_page_has_room_for_63_units(void **state)
{
	uint64_t at = page_new();
	void *unit;

	(void)state;
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 1), OS_OK);
	for (uint32_t i = 1; i < 64; i++)
		assert_int_equal(unit_take(at + i * 64, 64, &unit), OS_OK);
	for (uint32_t i = 1; i < 64; i++) {
		unit = unit_first(at);
		assert_ptr_equal(unit, (char *)physical_pointer(at) + i * 64);
		unit_release(unit, 64);
	}
	assert_null(unit_first(at));
}

/* ------------------------------------------------------------------ system calls */

static void gives_all_of_the_pages_or_none(void **state)
{
	uint64_t at = 100 * page;
	uint32_t used = pages_used();

	(void)state;
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at + 1, 1), OS_ERR_ALIGN);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 1025), OS_ERR_LIMIT);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, UINT64_MAX), OS_ERR_LIMIT);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, -2 * page, 4), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, beyond - 2 * page, 3), OS_ERR_INVALID);
	pages_set(at + 4 * page, page, PAGE_KERNEL);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 5), OS_ERR_BUSY);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, page, 1), OS_ERR_BUSY);
	assert_int_equal(pages_used(), used + 1);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 4), OS_OK);
	assert_int_equal(pages_used(), used + 5);
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at, 0), OS_OK);
	assert_int_equal(SYS(MEMORY_GIVE, OS_KERNEL_ROOT_PD, at, 1), OS_ERR_CAP_TYPE);
	slot_at(world.root, MACHINE)->rights = OS_RIGHT_USE;
	assert_int_equal(SYS(MEMORY_GIVE, MACHINE, at + 5 * page, 1), OS_ERR_DENIED);
}

static void takes_back_what_is_its_to_take(void **state)
{
	uint64_t free = page_new(), utcb = pointer_physical(world.self->utcb);

	(void)state;
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, free), OS_OK);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, free + 8), OS_ERR_ALIGN);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, 0), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, beyond), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, -page), OS_ERR_INVALID);
	pages_set(free, page, PAGE_KERNEL);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, free), OS_ERR_INVALID);
	/* Not what the caller stands on. */
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, pointer_physical(world.root)), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, pointer_physical(world.self)), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, utcb), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, world.root->root_table), OS_ERR_INVALID);
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, pointer_physical(slot_at(world.root, 0))),
	                 OS_ERR_INVALID);
}

static void what_lives_in_a_page_of_units_ends_with_it(void **state)
{
	uint64_t endpoint = endpoint_new(OS_KERNEL_ROOT_PD);
	uint64_t at = page_new(), slots[63];
	uint32_t used = pages_used();

	(void)state;
	made(SYS(PD_GIVE, MACHINE, OS_KERNEL_ROOT_PD, page_new(), OS_GIVE_SLOTS));
	made(SYS(MEMORY_GIVE, MACHINE, at, 1));
	for (uint32_t i = 0; i < 63; i++)
		slots[i] = made(SYS(GATE_CREATE, MACHINE, endpoint, at + (i + 1) * 64, i, 0, 0));
	assert_int_equal(SYS(MEMORY_TAKE, MACHINE, at), OS_OK);
	assert_true(world.restarts > 0);
	assert_int_equal(page_use(at), PAGE_FREE);
	assert_int_equal(pages_used(), used + 1);
	for (uint32_t i = 0; i < 63; i++)
		assert_int_equal(SYS(CAP_DUP, slots[i]), OS_ERR_GONE);
	assert_null(((struct endpoint *)object_in(endpoint))->gates);
}

#define CASE(test) cmocka_unit_test_setup(test, world_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(takes_free_pages_only),
		CASE(a_page_is_zeroed_but_what_user_land_sees),
		CASE(a_use_set_beyond_the_end_is_ignored),
		CASE(maps_what_nobody_has_to_fear_for),
		CASE(what_is_denied_is_never_mapped),
		CASE(units_lie_in_pages_given_for_them),
		CASE(units_do_not_overlap),
		CASE(a_page_has_room_for_63_units),
		CASE(gives_all_of_the_pages_or_none),
		CASE(takes_back_what_is_its_to_take),
		CASE(what_lives_in_a_page_of_units_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

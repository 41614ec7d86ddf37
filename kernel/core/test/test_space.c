/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: what is mapped is what was asked for, nothing else, and nothing of the kernel. */

#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum {
	R = OS_MAP_READ,
	RW = OS_MAP_READ | OS_MAP_WRITE,
	RX = OS_MAP_READ | OS_MAP_EXECUTE,
};

static const uint64_t page = OS_KERNEL_PAGE;
static const uint64_t large = 0x200000;
static const uint64_t device = 1ul << 32; /* physical, no RAM */
static uint64_t pd;

static int setup(void **state)
{
	world_setup(state);
	for (uint32_t i = 0; i < 512; i++)
		mock_root_table[i] = 0x1000 * i + 3;
	pd = pd_new(0, 8);
	return 0;
}

static enum os_err map(uint64_t address, uint64_t physical, uint64_t size, uint64_t attributes)
{
	return SYS(MAP, MACHINE, pd, address, physical, size, attributes);
}

static enum os_err unmap(uint64_t address, uint64_t size)
{
	return SYS(UNMAP, pd, address, size);
}

static void assert_mapped(uint64_t address, uint64_t physical, uint32_t attributes)
{
	uint64_t at = 0;
	uint32_t found = 0;

	assert_true(space_lookup(pd_at(pd), address, &at, &found));
	assert_int_equal(at, physical);
	assert_int_equal(found, attributes);
}

static void assert_unmapped(uint64_t address)
{
	uint64_t at;
	uint32_t found;

	assert_false(space_lookup(pd_at(pd), address, &at, &found));
}

static uint32_t flushes(void)
{
	return mock_count(MOCK_FLUSH, pd_at(pd));
}

/* The entry of level `level` for an address, as the CPU finds it. */
static uint64_t entry(uint64_t address, uint32_t level)
{
	uint64_t table = pd_at(pd)->root_table, found = 0;

	for (uint32_t l = 4; l >= level; l--) {
		found = ((uint64_t *)physical_pointer(table))[address >> (12 + 9 * (l - 1)) & 511];
		table = found & 0x000ffffffffff000;
	}
	return found;
}

/* ------------------------------------------------------------------ tables */

static void the_kernel_is_in_every_space(void **state)
{
	const uint64_t *root = physical_pointer(pd_at(pd)->root_table);

	(void)state;
	for (uint32_t i = 0; i < 256; i++)
		assert_int_equal(root[i], 0);
	for (uint32_t i = 256; i < 512; i++)
		assert_int_equal(root[i], mock_root_table[i]);
}

/* Intel SDM Vol. 3A, 4.5, tables 4-15 to 4-20. */
static void entries_are_what_the_cpu_wants(void **state)
{
	const uint64_t nx = 1ul << 63;

	(void)state;
	assert_int_equal(map(0, device, page, R), OS_OK);
	assert_int_equal(entry(0, 1), device | nx | 0x25); /* accessed, user, present */
	assert_int_equal(entry(0, 2) & 0xfff, 0x27);
	assert_int_equal(entry(0, 3) & 0xfff, 0x27);
	assert_int_equal(entry(0, 4) & 0xfff, 0x27);
	assert_int_equal(map(0, device, page, RW), OS_OK);
	assert_int_equal(entry(0, 1), device | nx | 0x67); /* dirty, writeable */
	assert_int_equal(map(0, device, page, RX), OS_OK);
	assert_int_equal(entry(0, 1), device | 0x25);
	assert_int_equal(map(0, device, page, R | OS_MAP_UNCACHED), OS_OK);
	assert_int_equal(entry(0, 1), device | nx | 0x3d); /* PCD, PWT */
	assert_int_equal(map(0, device, page, R | OS_MAP_COMBINED), OS_OK);
	assert_int_equal(entry(0, 1), device | nx | 0xa5); /* PAT */
	assert_int_equal(map(large, device, large, RW), OS_OK);
	assert_int_equal(entry(large, 2), device | nx | 0xe7); /* page size */
	assert_int_equal(map(large, device, large, R | OS_MAP_COMBINED), OS_OK);
	assert_int_equal(entry(large, 2), device | nx | 0x10a5); /* PAT is another bit there */
}

/* ------------------------------------------------------------------ map */

static void maps_exactly_this(void **state)
{
	(void)state;
	assert_int_equal(map(5 * page, device, 3 * page, RW), OS_OK);
	assert_int_equal(world.out.a, 3 * page);
	assert_unmapped(4 * page);
	for (uint32_t i = 0; i < 3; i++)
		assert_mapped((5 + i) * page, device + i * page, RW);
	assert_mapped(5 * page + 123, device + 123, RW);
	assert_unmapped(8 * page);
	assert_unmapped(5 * page + (1ul << 39));
	assert_unmapped(UINT64_MAX);
	/* Nothing of what the tables were before. */
	for (uint64_t i = 0; i < 512; i++) {
		if (i < 5 || i >= 8)
			assert_int_equal(entry(i * page, 1), 0);
		if (i)
			assert_int_equal(entry(i * large, 2) | entry(i * 512 * large, 3), 0);
	}
	assert_int_equal(map(0, device, 0, R), OS_OK);
	assert_int_equal(world.out.a, 0);
	assert_unmapped(0);
}

static void every_kind_of_attributes(void **state)
{
	const uint32_t good[] = { R, RW, RX };
	const uint32_t cached[] = { OS_MAP_CACHED, OS_MAP_UNCACHED, OS_MAP_COMBINED };

	(void)state;
	for (uint32_t i = 0; i < 9; i++) {
		uint32_t attributes = good[i / 3] | cached[i % 3];

		assert_int_equal(map(0, device, page, attributes), OS_OK);
		assert_mapped(0, device, attributes);
		assert_int_equal(map(large, device, large, attributes), OS_OK);
		assert_mapped(large + page, device + page, attributes);
	}
}

static void arguments_that_are_wrong(void **state)
{
	const uint64_t end = OS_KERNEL_USER_END;
	uint64_t done;

	(void)state;
	assert_int_equal(map(1, device, page, R), OS_ERR_ALIGN);
	assert_int_equal(map(0, device + 1, page, R), OS_ERR_ALIGN);
	assert_int_equal(map(0, device, page + 1, R), OS_ERR_ALIGN);
	assert_int_equal(map(end, device, page, R), OS_ERR_RANGE);
	assert_int_equal(map(end - page, device, 2 * page, R), OS_ERR_RANGE);
	assert_int_equal(map(0, device, end + page, R), OS_ERR_RANGE);
	assert_int_equal(map(page, device, -page, R), OS_ERR_RANGE);
	assert_int_equal(map(-page, device, 2 * page, R), OS_ERR_RANGE);
	assert_int_equal(map(0xffff800000000000, device, page, R), OS_ERR_RANGE);
	assert_int_equal(map(1ul << 47, device, page, R), OS_ERR_RANGE);
	assert_int_equal(map(0, 1ul << 52, page, R), OS_ERR_RANGE);
	assert_int_equal(map(0, -page, page, R), OS_ERR_RANGE);
	assert_int_equal(map(0, -page, 2 * page, R), OS_ERR_RANGE);
	assert_int_equal(map(0, device, page, 0), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, OS_MAP_WRITE), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, OS_MAP_EXECUTE), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, RW | OS_MAP_EXECUTE), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, R | 8), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, R | 48), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, R | 1ul << 32), OS_ERR_INVALID);
	assert_int_equal(map(0, device, page, R | MAP_ANY), OS_ERR_INVALID);
	assert_int_equal(space_map(pd_at(pd), 0, device, page, R | 128, &done), OS_ERR_INVALID);
	assert_int_equal(unmap(1, page), OS_ERR_ALIGN);
	assert_int_equal(unmap(0, 1), OS_ERR_ALIGN);
	assert_int_equal(unmap(end, page), OS_ERR_RANGE);
	assert_int_equal(unmap(page, -page), OS_ERR_RANGE);
	assert_int_equal(pd_at(pd)->table_count, 7);
	assert_int_equal(map(end - page, device, page, R), OS_OK);
	assert_mapped(end - 1, device + page - 1, R);
}

static void nothing_of_the_kernels(void **state)
{
	uint64_t utcb = pointer_physical(world.self->utcb), free = page_new();

	(void)state;
	pages_deny(0xfee00000, page);
	assert_int_equal(map(0, pointer_physical(world.root), page, R), OS_ERR_DENIED);
	assert_int_equal(map(0, world.root->root_table, page, R), OS_ERR_DENIED);
	assert_int_equal(map(0, pointer_physical(world.self), page, R), OS_ERR_DENIED);
	assert_int_equal(map(0, 0xfee00000, page, R), OS_ERR_DENIED);
	assert_int_equal(map(0, 0xfee00000, large, R), OS_ERR_DENIED);
	assert_int_equal(map(0, 0, large, R), OS_ERR_DENIED); /* has all of them */
	assert_unmapped(0);
	assert_int_equal(map(0, utcb, page, RW), OS_OK);
	assert_int_equal(map(page, free, page, RW), OS_OK);
	/* What comes before it is mapped, and told. */
	assert_int_equal(map(0, 0xfee00000 - 256 * page, 300 * page, R), OS_ERR_DENIED);
	assert_int_equal(world.out.a, 256 * page);
	assert_mapped(255 * page, 0xfee00000 - page, R);
	assert_unmapped(256 * page);
}

static void tables_run_out_and_come(void **state)
{
	uint64_t slot = pd_new(0, 0), *table = mock_root_table, *last = NULL;

	(void)state;
	pd = slot;
	/* Without a table of its own, the kernel's is no business of its. */
	for (uint32_t i = 0; i < 3; i++) {
		table[0] = page_new() | 7;
		table = last = physical_pointer(table[0] - 7);
		memset(table, 0, page);
	}
	last[0] = device | 5;
	assert_unmapped(0);
	assert_int_equal(unmap(0, page), OS_OK);
	assert_int_equal(map(page, device, page, R), OS_ERR_OUT_OF_RAM);
	assert_int_equal(last[0], device | 5);
	assert_int_equal(last[1], 0);
	assert_unmapped(0);
	assert_int_equal(unmap(0, OS_KERNEL_USER_END), OS_OK);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(map(large - 2 * page, device, 4 * page, R), OS_ERR_OUT_OF_RAM);
		assert_int_equal(world.out.a, 0);
		made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_TABLE));
	}
	assert_int_equal(map(large - 2 * page, device, 4 * page, R), OS_ERR_OUT_OF_RAM);
	assert_int_equal(world.out.a, 2 * page);
	made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_TABLE));
	assert_int_equal(map(large, device + 2 * page, 2 * page, R), OS_OK);
	for (uint64_t i = 0; i < 4; i++)
		assert_mapped(large - 2 * page + i * page, device + i * page, R);
	assert_int_equal(SYS(PD_STATE, pd), OS_OK);
	assert_int_equal(world.out.c, 0);
}

static void large_pages_where_both_are_aligned(void **state)
{
	(void)state;
	assert_int_equal(map(3 * large - page, device + 3 * large - page, 2 * large, RW), OS_OK);
	assert_int_equal(world.out.a, 2 * large);
	assert_true(entry(3 * large, 2) & 0x80);
	assert_false(entry(2 * large, 2) & 0x80);
	assert_false(entry(4 * large, 2) & 0x80);
	for (uint64_t at = 3 * large - page; at < 5 * large - page; at += page)
		assert_mapped(at, device + at, RW);
	assert_unmapped(3 * large - 2 * page);
	assert_unmapped(5 * large - page);
	/* Not where they are aligned differently. */
	assert_int_equal(map(6 * large, device + page, large, R), OS_OK);
	assert_false(entry(6 * large, 2) & 0x80);
	assert_mapped(7 * large - page, device + large, R);
}

static void a_long_mapping_is_done_in_parts(void **state)
{
	(void)state;
	assert_int_equal(map(page, device, 1000 * page, R), OS_OK);
	assert_int_equal(world.out.a, 1000 * page);
	assert_int_equal(world.restarts, (1000 + BATCH - 1) / BATCH - 1);
	assert_mapped(1000 * page, device + 999 * page, R);
	assert_unmapped(1001 * page);
	assert_int_equal(unmap(page, 1000 * page), OS_OK);
	assert_int_equal(world.out.a, 1000 * page);
	assert_true(world.restarts > 0);
	for (uint64_t i = 0; i <= 1001; i++)
		assert_unmapped(i * page);
	assert_int_equal(world.self->progress, 0);
	assert_int_equal(map(0, device, 100 * large, R), OS_OK);
	assert_int_equal(world.out.a, 100 * large);
	assert_mapped(100 * large - 1, device + 100 * large - 1, R);
}

/* ------------------------------------------------------------------ replace */

static void replaces_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(map(0, device, 2 * page, RW), OS_OK);
	assert_int_equal(flushes(), 1); /* of the root table */
	assert_int_equal(map(0, device, 2 * page, RW), OS_OK);
	assert_int_equal(flushes(), 1);
	assert_int_equal(map(0, device, page, R), OS_OK);
	assert_int_equal(flushes(), 2);
	assert_mapped(0, device, R);
	assert_mapped(page, device + page, RW);
	assert_int_equal(map(0, device + 9 * page, 2 * page, R), OS_OK);
	assert_int_equal(flushes(), 3);
	assert_mapped(0, device + 9 * page, R);
}

static void a_large_page_replaces_a_table(void **state)
{
	struct pd *object = pd_at(pd);
	uint32_t tables = object->table_count;

	(void)state;
	assert_int_equal(map(0, device, 3 * page, R), OS_OK);
	assert_int_equal(object->table_count, tables - 3);
	assert_int_equal(map(0, device + large, large, RW), OS_OK);
	assert_mapped(0, device + large, RW);
	assert_int_equal(object->table_count, tables - 2);
	assert_int_equal(flushes(), 2);
	/* The table is clean when it is used again. */
	assert_int_equal(map(large, device, page, R), OS_OK);
	assert_int_equal(object->table_count, tables - 3);
	assert_unmapped(large + page);
	assert_unmapped(large + 2 * page);
}

static void a_small_page_within_a_large_one(void **state)
{
	(void)state;
	assert_int_equal(map(0, device, large, RX | OS_MAP_COMBINED), OS_OK);
	assert_int_equal(map(7 * page, device + 99 * large, page, RW), OS_OK);
	assert_int_equal(flushes(), 2);
	for (uint64_t i = 0; i < 512; i++)
		if (i != 7)
			assert_mapped(i * page, device + i * page, RX | OS_MAP_COMBINED);
	assert_mapped(7 * page, device + 99 * large, RW);
}

/* ------------------------------------------------------------------ unmap */

static void unmaps_exactly_this(void **state)
{
	(void)state;
	assert_int_equal(map(0, device, 8 * page, R), OS_OK);
	assert_int_equal(unmap(2 * page, 3 * page), OS_OK);
	assert_int_equal(world.out.a, 3 * page);
	assert_int_equal(flushes(), 2);
	for (uint64_t i = 0; i < 8; i++) {
		if (i >= 2 && i < 5)
			assert_unmapped(i * page);
		else
			assert_mapped(i * page, device + i * page, R);
	}
	/* Nothing to be forgotten, nothing to be flushed. */
	assert_int_equal(unmap(2 * page, 3 * page), OS_OK);
	assert_int_equal(unmap(2 * page, page), OS_OK);
	assert_int_equal(unmap(1ul << 40, 1ul << 39), OS_OK);
	assert_int_equal(flushes(), 2);
}

static void a_part_of_a_large_page_stays(void **state)
{
	(void)state;
	assert_int_equal(map(0, device, 2 * large, R), OS_OK);
	assert_int_equal(unmap(0, page), OS_ERR_CONFLICT);
	assert_int_equal(world.out.a, 0);
	assert_int_equal(unmap(page, large), OS_ERR_CONFLICT);
	assert_int_equal(unmap(0, large + page), OS_ERR_CONFLICT);
	assert_int_equal(world.out.a, large);
	assert_unmapped(0);
	assert_mapped(large, device + large, R);
	assert_int_equal(unmap(large, large), OS_OK);
	assert_unmapped(large);
}

static void empty_tables_are_used_again(void **state)
{
	struct pd *object = pd_at(pd);
	uint32_t tables = object->table_count;

	(void)state;
	assert_int_equal(map(large, device + page, 2 * large, R), OS_OK);
	assert_int_equal(object->table_count, tables - 4);
	assert_int_equal(unmap(large, 2 * large), OS_OK);
	assert_int_equal(world.out.a, 2 * large);
	assert_int_equal(flushes(), 2);
	assert_int_equal(object->table_count, tables - 2);
	assert_int_equal(map(9 * large, device, page, R), OS_OK);
	for (uint64_t i = 1; i < 512; i++)
		assert_unmapped(9 * large + i * page);
	/* Only as a whole. */
	assert_int_equal(unmap(9 * large, large - page), OS_OK);
	assert_int_equal(object->table_count, tables - 3);
}

static void all_of_user_land_at_once(void **state)
{
	(void)state;
	assert_int_equal(map(0, device, page, R), OS_OK);
	assert_int_equal(map(1ul << 39, device, large, R), OS_OK);
	assert_int_equal(unmap(0, OS_KERNEL_USER_END), OS_OK);
	assert_int_equal(world.out.a, OS_KERNEL_USER_END);
	assert_unmapped(0);
	assert_unmapped(1ul << 39);
	assert_int_equal(((uint64_t *)physical_pointer(pd_at(pd)->root_table))[256],
	                 mock_root_table[256]);
}

/* Whatever is mapped and unmapped: as a plain list of pages says. */
static void any_order_of_changes(void **state)
{
	enum { PAGES = 4 * 512 };
	static uint64_t physical[PAGES];
	static uint32_t attributes[PAGES];
	const uint32_t kinds[] = { R, RW, RX, RW | OS_MAP_UNCACHED };
	const uint64_t base = (1ul << 39) - 2 * large;
	uint32_t random = 99;

	(void)state;
	memset(attributes, 0, sizeof(attributes));
	for (uint32_t i = 0; i < 8; i++)
		made(SYS(PD_GIVE, MACHINE, pd, page_new(), OS_GIVE_TABLE));
	for (uint32_t step = 0; step < 3000; step++) {
		uint64_t first, count, done, to;
		uint32_t kind;
		enum os_err err;

		random = random * 1664525 + 1013904223;
		first = (random >> 8) % PAGES;
		count = 1 + (random >> 20) % (step % 8 ? 40 : 1500);
		if (step % 5 == 0)
			first &= ~511ul;
		count = first + count > PAGES ? PAGES - first : count;
		kind = kinds[random >> 30];
		to = device + (step % 3 ? first * page : (uint64_t)(random >> 4) * page);
		if (step % 4 == 3) {
			err = unmap(base + first * page, count * page);
			assert_true(err == OS_OK || err == OS_ERR_CONFLICT);
			done = world.out.a / page;
			memset(attributes + first, 0, done * sizeof(attributes[0]));
		} else {
			err = map(base + first * page, to, count * page, kind);
			assert_true(err == OS_OK || err == OS_ERR_OUT_OF_RAM);
			done = world.out.a / page;
			for (uint64_t i = first; i < first + done; i++) {
				physical[i] = to + (i - first) * page;
				attributes[i] = kind;
			}
		}
		assert_true(err || done == count);
		for (uint64_t i = step % 16; i < PAGES; i += 16) {
			if (attributes[i])
				assert_mapped(base + i * page, physical[i], attributes[i]);
			else
				assert_unmapped(base + i * page);
		}
	}
	assert_int_equal(SYS(DESTROY, pd), OS_OK);
	assert_int_equal(pages_used(), 6);
}

#define CASE(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_kernel_is_in_every_space),
		CASE(entries_are_what_the_cpu_wants),
		CASE(maps_exactly_this),
		CASE(every_kind_of_attributes),
		CASE(arguments_that_are_wrong),
		CASE(nothing_of_the_kernels),
		CASE(tables_run_out_and_come),
		CASE(large_pages_where_both_are_aligned),
		CASE(a_long_mapping_is_done_in_parts),
		CASE(replaces_what_is_there),
		CASE(a_large_page_replaces_a_table),
		CASE(a_small_page_within_a_large_one),
		CASE(unmaps_exactly_this),
		CASE(a_part_of_a_large_page_stays),
		CASE(empty_tables_are_used_again),
		CASE(all_of_user_land_at_once),
		CASE(any_order_of_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

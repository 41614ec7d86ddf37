/* SPDX-License-Identifier: BSD-2-Clause */
/* Region maps: places, free ranges, nesting, resolution, and threads that wait for a region. */

#include <stdlib.h>

#include "random.h"
#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

enum { PAGE = 4096 };

static struct region_map *new_map(uint64_t pages)
{
	struct region_map *map;

	assert_int_equal(region_map_new(core.root->account, pages * PAGE, &map), OS_OK);
	return map;
}

static struct dataspace *new_ram(uint64_t pages)
{
	struct dataspace *ds;

	assert_int_equal(dataspace_create(core.root->account, core.root, pages * PAGE, &ds), OS_OK);
	return ds;
}

static struct dataspace *as_dataspace(struct region_map *map)
{
	if (!map->ds)
		assert_int_equal(dataspace_wrap(NULL, map->size, map, &map->ds), OS_OK);
	return map->ds;
}

/* Attach all of `ds`, writeable. */
static enum os_err attach(struct region_map *map, struct dataspace *ds, uint64_t page)
{
	return attachment_create(map, ds, page * PAGE, 0, 0, true, false, NULL);
}

static struct resolved resolve(struct region_map *map, uint64_t address)
{
	struct resolved r;

	region_map_resolve(map, address, &r);
	return r;
}

static void the_first_and_the_last_page_are_places_like_others(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *ds = new_ram(1);

	(void)state;
	assert_int_equal(attach(map, ds, 0), OS_OK);
	assert_int_equal(attach(map, ds, 7), OS_OK);
	assert_int_equal(attach(map, ds, 8), OS_ERR_RANGE);
	assert_int_equal(attach(map, new_ram(2), 6), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(2), 7), OS_ERR_RANGE);
	assert_ptr_equal(resolve(map, 0).ds, ds);
	assert_ptr_equal(resolve(map, 8 * PAGE - 1).ds, ds);
	assert_null(resolve(map, PAGE).ds);
	assert_null(region_map_below(map, 0));
	assert_int_equal(region_map_above(map, 0)->address, 0);
	assert_int_equal(region_map_below(map, UINT64_MAX)->address, 7 * PAGE);
	world_check();
}

static void arguments_are_checked(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *ds = new_ram(2);
	struct attachment *a;

	(void)state;
	assert_int_equal(attachment_create(map, ds, 1, 0, 0, false, false, &a), OS_ERR_ALIGN);
	assert_int_equal(attachment_create(map, ds, 0, 5, 0, false, false, &a), OS_ERR_ALIGN);
	assert_int_equal(attachment_create(map, ds, 0, 0, 7, false, false, &a), OS_ERR_ALIGN);
	assert_int_equal(attachment_create(map, ds, 0, 2 * PAGE, 0, false, false, &a),
	                 OS_ERR_RANGE);
	assert_int_equal(attachment_create(map, ds, 0, PAGE, 2 * PAGE, false, false, &a),
	                 OS_ERR_RANGE);
	assert_int_equal(attachment_create(map, ds, 0, PAGE, -(uint64_t)PAGE, false, false, &a),
	                 OS_ERR_RANGE);
	assert_int_equal(attachment_create(map, ds, -(uint64_t)PAGE, 0, 0, false, false, &a),
	                 OS_ERR_RANGE);
	assert_int_equal(attachment_create(map, ds, 0, 0, 0, true, true, &a), OS_ERR_INVALID);
	ds->writeable = false;
	assert_int_equal(attach(map, ds, 0), OS_ERR_DENIED);
	assert_int_equal(attachment_create(map, ds, 0, 0, 0, false, true, &a), OS_OK);
	assert_int_equal(a->size, 2 * PAGE);
	map->first = 2 * PAGE;
	map->last = 4 * PAGE - 1;
	assert_int_equal(attachment_create(map, ds, PAGE, 0, PAGE, false, false, &a), OS_ERR_RANGE);
	assert_int_equal(attachment_create(map, ds, 3 * PAGE, 0, 0, false, false, &a),
	                 OS_ERR_RANGE);
	world_check();
}

static void overlaps_are_conflicts_on_every_side(void **state)
{
	struct region_map *map = new_map(16);

	(void)state;
	assert_int_equal(attach(map, new_ram(4), 4), OS_OK);
	assert_int_equal(attach(map, new_ram(4), 1), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(4), 7), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(1), 5), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(8), 2), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(4), 4), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, new_ram(4), 0), OS_OK);
	assert_int_equal(attach(map, new_ram(4), 8), OS_OK);
	world_check();
}

/* The lowest free place by looking at every page. */
static enum os_err naive_range(const bool *used, uint64_t pages, uint64_t size, uint64_t first,
                               uint64_t last, uint64_t *out)
{
	for (uint64_t at = first; at + size <= OS_MIN(last + 1, pages); at++) {
		uint64_t n = 0;

		while (n < size && !used[at + n])
			n++;
		*out = at;
		if (n == size)
			return OS_OK;
	}
	return OS_ERR_LIMIT;
}

static void free_ranges_are_the_lowest_that_fit(void **state)
{
	enum { PAGES = 300, STEPS = 6000 };
	struct region_map *map = new_map(PAGES);
	struct dataspace *ds = new_ram(PAGES / 10);
	bool used[PAGES] = { 0 };
	uint64_t seed = 3;

	(void)state;
	for (uint32_t n = 0; n < STEPS; n++) {
		const uint64_t first = random_below(&seed, PAGES),
		               size = 1 + random_below(&seed, 12);
		const uint64_t last = first + random_below(&seed, PAGES), page = n % PAGES;
		uint64_t expected = 0, got = 0;
		struct attachment *a = region_map_find(map, page * PAGE);
		enum os_err err = naive_range(used, PAGES, size, first, last, &expected);

		/* what it remembers of the last searches is as things are */
		assert_int_equal(a != NULL, used[page]);
		assert_int_equal(region_map_free_range(map, size * PAGE, first * PAGE,
		                                       last * PAGE + PAGE - 1, &got),
		                 err);
		assert_true(err || got == expected * PAGE);
		if (!err && random_below(&seed, 2)) {
			assert_int_equal(
			        attachment_create(map, ds, got, 0, size * PAGE, false, false, NULL),
			        OS_OK);
			for (uint64_t i = 0; i < size; i++)
				used[expected + i] = true;
		} else if (a) {
			for (uint64_t i = 0; i < a->size / PAGE; i++)
				used[a->address / PAGE + i] = false;
			attachment_destroy(a);
		}
	}
	world_check();
}

/* Places chosen by the caller, next to where something was looked for, attached or detached. */
static void a_place_is_free_where_nothing_is_attached(void **state)
{
	enum { PAGES = 100, STEPS = 20000 };
	struct region_map *map = new_map(PAGES);
	struct dataspace *ds = new_ram(4);
	bool used[PAGES] = { 0 };
	uint64_t seed = 4;

	(void)state;
	for (uint32_t n = 0; n < STEPS; n++) {
		const uint64_t page = random_below(&seed, PAGES - 4), size = 1 + n % 4;
		struct attachment *a = NULL;
		bool free = true;

		if (n % 3)
			a = region_map_find(map, page * PAGE);
		assert_true(!a || used[page]);
		for (uint64_t i = 0; i < size; i++)
			free &= !used[page + i];
		if (a && n % 2) {
			for (uint64_t i = 0; i < a->size / PAGE; i++)
				used[a->address / PAGE + i] = false;
			attachment_destroy(a);
			continue;
		}
		assert_int_equal(
		        attachment_create(map, ds, page * PAGE, 0, size * PAGE, false, false, NULL),
		        free ? OS_OK : OS_ERR_CONFLICT);
		for (uint64_t i = 0; i < size && free; i++)
			used[page + i] = true;
	}
	world_check();
}

static void resolution_goes_through_nested_maps(void **state)
{
	struct region_map *outer = new_map(64), *inner = new_map(16);
	struct dataspace *ds = new_ram(4);
	struct resolved r;

	(void)state;
	/* inner: pages 8…11 are the memory; outer: pages 20…25 show inner's pages 6…11 */
	assert_int_equal(attachment_create(inner, ds, 8 * PAGE, 0, 0, true, false, NULL), OS_OK);
	assert_int_equal(attachment_create(outer, as_dataspace(inner), 20 * PAGE, 6 * PAGE,
	                                   6 * PAGE, true, false, NULL),
	                 OS_OK);
	r = resolve(outer, 23 * PAGE + 5);
	assert_ptr_equal(r.ds, ds);
	assert_int_equal(r.ds_offset, PAGE);
	assert_int_equal(r.first, 22 * PAGE);
	assert_int_equal(r.last, 26 * PAGE - 1);
	assert_true(r.writeable && !r.executable);
	r = resolve(outer, 20 * PAGE + 7);
	assert_null(r.ds);
	assert_ptr_equal(r.innermost, inner);
	assert_int_equal(r.innermost_address, 6 * PAGE + 7);
	r = resolve(outer, 26 * PAGE);
	assert_null(r.ds);
	assert_ptr_equal(r.innermost, outer);
	world_check();
}

static void the_map_that_denies_writing_is_to_blame(void **state)
{
	struct region_map *outer = new_map(4), *inner = new_map(4);
	struct dataspace *ds = new_ram(4);

	(void)state;
	assert_int_equal(attach(inner, ds, 0), OS_OK);
	assert_int_equal(attachment_create(outer, as_dataspace(inner), 0, 0, 0, false, false, NULL),
	                 OS_OK);
	assert_false(resolve(outer, 0).writeable);
	assert_ptr_equal(resolve(outer, PAGE).innermost, outer);
	attachment_destroy(region_map_find(inner, 0));
	assert_int_equal(attachment_create(inner, ds, 0, 0, 0, false, false, NULL), OS_OK);
	assert_ptr_equal(resolve(outer, PAGE).innermost, inner);
}

static void cycles_are_refused_when_they_would_close(void **state)
{
	struct region_map *a = new_map(4), *b = new_map(4), *c = new_map(4);

	(void)state;
	assert_int_equal(attach(a, as_dataspace(a), 0), OS_ERR_INVALID);
	assert_int_equal(attach(a, as_dataspace(b), 0), OS_OK);
	assert_int_equal(attach(b, as_dataspace(c), 0), OS_OK);
	assert_int_equal(attach(c, as_dataspace(a), 0), OS_ERR_INVALID);
	assert_int_equal(attach(b, as_dataspace(a), 0), OS_ERR_CONFLICT);
	attachment_destroy(region_map_find(b, 0));
	assert_int_equal(attach(c, as_dataspace(a), 0), OS_OK);
	assert_int_equal(attach(b, as_dataspace(c), 0), OS_ERR_INVALID);
	world_check();
}

static void maps_nest_as_deep_as_quota_allows(void **state)
{
	enum { DEPTH = 1200 };
	static struct region_map *maps[DEPTH];
	struct dataspace *ds = new_ram(1);
	const uint64_t used = core.root->account->quota.ram_used;

	(void)state;
	for (int i = 0; i < DEPTH; i++)
		maps[i] = new_map(2);
	/* from the middle outwards, both ways */
	for (int i = DEPTH / 2; i < DEPTH - 1; i++)
		assert_int_equal(attach(maps[i], as_dataspace(maps[i + 1]), 0), OS_OK);
	for (int i = DEPTH / 2 - 1; i >= 0; i--)
		assert_int_equal(attach(maps[i], as_dataspace(maps[i + 1]), 0), OS_OK);
	assert_int_equal(attach(maps[DEPTH - 1], ds, 0), OS_OK);
	assert_ptr_equal(resolve(maps[0], 5).ds, ds);
	assert_int_equal(attachment_create(maps[DEPTH - 1], as_dataspace(maps[0]), PAGE, 0, PAGE,
	                                   true, false, NULL),
	                 OS_ERR_INVALID);
	/* paid for by the level */
	assert_true(core.root->account->quota.ram_used - used > DEPTH * CORE_NESTED_BYTES);
	world_check();
	object_destroy(&maps[DEPTH / 2]->object);
	assert_ptr_equal(resolve(maps[0], 5).innermost, maps[DEPTH / 2 - 1]);
	world_check();
}

static void many_ways_do_not_take_forever(void **state)
{
	struct region_map *maps[12], *other = new_map(8);

	(void)state;
	/* each map shows the next one eight times: 8^11 ways */
	for (int i = 0; i < 12; i++)
		maps[i] = new_map(8);
	for (int i = 10; i >= 0; i--)
		for (uint64_t n = 0; n < 8; n++)
			assert_int_equal(attachment_create(maps[i], as_dataspace(maps[i + 1]),
			                                   n * PAGE, 0, PAGE, true, false, NULL),
			                 OS_OK);
	assert_int_equal(attach(maps[11], as_dataspace(maps[0]), 0), OS_ERR_INVALID);
	assert_int_equal(attach(other, as_dataspace(maps[0]), 0), OS_OK);
	assert_int_equal(
	        attachment_create(maps[11], as_dataspace(other), 0, 0, PAGE, true, false, NULL),
	        OS_ERR_INVALID);
	world_check();
}

static void freed_memory_leaves_a_place_that_can_be_taken(void **state)
{
	struct region_map *map = new_map(8);
	struct dataspace *ds = new_ram(2), *other = new_ram(2);
	uint32_t detached = world.detached;

	(void)state;
	assert_int_equal(attach(map, ds, 2), OS_OK);
	object_destroy(&ds->object);
	assert_int_equal(world.detached, detached + 1);
	assert_null(resolve(map, 2 * PAGE).ds);
	assert_int_equal(attach(map, new_ram(1), 2), OS_ERR_CONFLICT);
	assert_int_equal(attach(map, other, 2), OS_OK);
	assert_ptr_equal(resolve(map, 2 * PAGE).ds, other);
	world_check();
}

static void destroying_maps_in_any_order_returns_all(void **state)
{
	(void)state;
	for (int order = 0; order < 6; order++) {
		struct object *objects[3];
		struct region_map *outer = new_map(8), *inner = new_map(8);
		struct dataspace *ds = new_ram(2);
		const struct world_use before = world_use();
		static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
			                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

		objects[0] = &outer->object;
		objects[1] = &inner->object;
		objects[2] = &ds->object;
		assert_int_equal(attach(inner, ds, 1), OS_OK);
		assert_int_equal(attach(outer, as_dataspace(inner), 0), OS_OK);
		for (int i = 0; i < 3; i++) {
			object_destroy(objects[orders[order][i]]);
			world_check();
		}
		assert_int_equal(world_use().objects, before.objects - 3);
	}
}

static void operations_go_through_the_stubs(void **state)
{
	struct rm_cap rm = { world_open(1, "RM", "", RM_RAM, RM_CAPS) };
	struct account_cap none = { 0 };
	struct managed_dataspace_cap managed;
	struct region_map_cap map, space;
	struct ram_dataspace_cap ram;
	struct dataspace_cap ds;
	uint64_t at, size;
	bool writeable;

	(void)state;
	assert_int_equal(rm_create(rm, 100, &map), OS_ERR_ALIGN);
	assert_int_equal(rm_create(rm, 0, &map), OS_ERR_INVALID);
	assert_int_equal(rm_create(rm, 8 * PAGE, &map), OS_OK);
	assert_int_equal(pd_alloc(world_pd, 2 * PAGE - 1, none, &ram), OS_OK);
	ds.cap = ram.cap;
	assert_int_equal(region_map_attach(map, ds, 0, 0, false, 0, true, false, &at), OS_OK);
	assert_int_equal(at, 0);
	assert_int_equal(region_map_attach(map, ds, PAGE, PAGE, false, 0, false, false, &at),
	                 OS_OK);
	assert_int_equal(at, 2 * PAGE);
	assert_int_equal(region_map_attach(map, ds, 0, 0, true, PAGE, false, false, &at),
	                 OS_ERR_CONFLICT);
	assert_int_equal(region_map_dataspace(map, &managed), OS_OK);
	assert_int_equal(dataspace_info((struct dataspace_cap){ managed.cap }, &size, &writeable),
	                 OS_OK);
	assert_int_equal(size, 8 * PAGE);
	assert_int_equal(pd_address_space(world_pd, &space), OS_OK);
	assert_int_equal(region_map_attach(space, (struct dataspace_cap){ managed.cap }, 0, 0, true,
	                                   1 << 20, true, false, &at),
	                 OS_OK);
	assert_int_equal(region_map_detach(space, (1 << 20) + PAGE), OS_ERR_NOT_FOUND);
	assert_int_equal(rm_destroy(rm, space), OS_ERR_NOT_FOUND);
	assert_int_equal(rm_destroy(rm, map), OS_OK);
	assert_int_equal(region_map_detach(space, 1 << 20), OS_OK);
	assert_int_equal(region_map_detach(map, 0), OS_ERR_GONE);
	world_check();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_and_the_last_page_are_places_like_others),
		TEST(arguments_are_checked),
		TEST(overlaps_are_conflicts_on_every_side),
		TEST(a_place_is_free_where_nothing_is_attached),
		TEST(free_ranges_are_the_lowest_that_fit),
		TEST(resolution_goes_through_nested_maps),
		TEST(the_map_that_denies_writing_is_to_blame),
		TEST(cycles_are_refused_when_they_would_close),
		TEST(maps_nest_as_deep_as_quota_allows),
		TEST(many_ways_do_not_take_forever),
		TEST(freed_memory_leaves_a_place_that_can_be_taken),
		TEST(destroying_maps_in_any_order_returns_all),
		TEST(operations_go_through_the_stubs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes wrong: handlers that do not do what they should, clients and maps that end. */

#include <osier/string.h>

#include "test.h"

enum { CLIENTS = 3, PAGES = 8 };

static struct child children[CLIENTS], neighbour;
static struct map map;
static char text[PD_STATE_TEXT_SIZE];

static bool contains(const char *all, const char *part)
{
	const size_t length = strlen(part);

	for (; strlen(all) >= length; all++)
		if (!memcmp(all, part, length))
			return true;
	return false;
}

static void begin(void)
{
	map_init(&map, PAGES);
	for (int i = 0; i < CLIENTS; i++)
		child_start(&children[i], map.ds);
}

/* Each touches a page of its own, and waits. */
static void all_wait(void)
{
	for (int i = 0; i < CLIENTS; i++)
		child_order(&children[i], (uint64_t)i, true, 1);
	for (int i = 0; i < CLIENTS; i++)
		os_semaphore_down(&map.faults);
}

static void end(void)
{
	for (int i = 0; i < CLIENTS; i++)
		child_stop(&children[i]);
	map_fini(&map);
}

/* Who waits for ever holds up nobody else; all can be looked at, and ended. */
void test_silent(void)
{
	char label[REGION_MAP_FAULT_THREAD_LABEL_SIZE], name[REGION_MAP_FAULT_THREAD_NAME_SIZE];
	struct os_managed_args args = { .ep = &pager, .rm = rm, .size = OS_PAGE_SIZE };
	struct os_managed managed;
	uint64_t number = 0, page, seen = 0;

	begin();
	all_wait();
	while (map_fault(&map, &number, &page) == REGION_MAP_FAULT_KIND_WRITE) {
		CHECK(!region_map_fault_thread(map.map, number, label, name));
		CHECK(contains(label, "pager_test -> child") && os_str_equal(name, "toucher"));
		seen |= UINT64_C(1) << page;
	}
	CHECK(seen == (1 << CLIENTS) - 1);
	/* the same handler's entrypoint serves others, and their parent goes on */
	CHECK(!os_managed_init(&managed, env, &args));
	child_start(&neighbour, managed.ds);
	child_write(&neighbour, 0, 7);
	CHECK(child_read(&neighbour, 0) == 7);
	child_stop(&neighbour);
	os_managed_fini(&managed);
	/* one ends while it waits: it is not to be seen any more */
	child_stop(&children[0]);
	number = 0;
	CHECK(map_fault(&map, &number, &page) == REGION_MAP_FAULT_KIND_WRITE && number > 0);
	for (seen = 0; number; seen++)
		(void)map_fault(&map, &number, &page);
	CHECK(seen == CLIENTS - 1);
	child_start(&children[0], map.ds);
	end();
}

void test_refused(void)
{
	uint64_t number = 0, page;

	begin();
	all_wait();
	CHECK(region_map_fault_refuse(map.map, 1000, "nobody") == OS_ERR_NOT_FOUND);
	while (map_fault(&map, &number, &page))
		if (page == 1)
			CHECK(!region_map_fault_refuse(map.map, number, "page one\nis mine"));
	child_ended(&children[1], text);
	CHECK(contains(text, "refused: page one is mine"));
	number = 0;
	CHECK(map_fault(&map, &number, &page) && map_fault(&map, &number, &page));
	CHECK(!map_fault(&map, &number, &page));
	end();
}

/* It takes those along who wait for it, and who fault later; another one takes over. */
void test_dead(void)
{
	struct os_signal_handler other;

	begin();
	all_wait();
	os_signal_handler_fini(&map.handler);
	for (int i = 0; i < CLIENTS; i++) {
		child_ended(&children[i], text);
		CHECK(contains(text, "its fault handler is gone"));
		child_stop(&children[i]);
		child_start(&children[i], map.ds);
	}
	child_order(&children[0], 1, false, 0);
	child_ended(&children[0], text);
	CHECK(contains(text, "segmentation fault at address"));
	CHECK(!os_signal_handler_init(&other, &pager, map.handler.handle));
	os_signal_handler_fini(&other);
	end();
}

void test_cycle(void)
{
	struct os_ram ram;
	struct map outer;

	begin();
	map_init(&outer, PAGES);
	CHECK(!os_ram_init(&ram, env, OS_PAGE_SIZE, NULL));
	CHECK(!map_attach(&outer, managed_dataspace_as_dataspace(map.ds), 0, true));
	all_wait();
	CHECK(map_attach(&map, managed_dataspace_as_dataspace(map.ds), 0, true) == OS_ERR_INVALID);
	CHECK(map_attach(&map, managed_dataspace_as_dataspace(outer.ds), 0, true) ==
	      OS_ERR_INVALID);
	/* nobody has gone on, and nothing is broken */
	for (int i = 0; i < CLIENTS; i++)
		CHECK(!map_attach(&map, ram_dataspace_as_dataspace(ram.ds), (uint64_t)i, true));
	for (int i = 0; i < CLIENTS; i++)
		(void)child_done(&children[i]);
	end();
	map_fini(&outer);
	os_ram_fini(&ram, env);
}

/* Who waits in a map that ends waits in the one around it, which has another handler. */
void test_destroyed(void)
{
	struct child child;
	struct map outer, inner;
	struct os_ram ram;
	uint64_t number = 0, page;

	map_init(&outer, PAGES);
	map_init(&inner, PAGES);
	CHECK(!os_ram_init(&ram, env, PAGES * OS_PAGE_SIZE, NULL));
	CHECK(!map_attach(&outer, managed_dataspace_as_dataspace(inner.ds), 0, true));
	child_start(&child, outer.ds);
	child_order(&child, 3, true, 9);
	os_semaphore_down(&inner.faults);
	map_fini(&inner);
	os_semaphore_down(&outer.faults);
	CHECK(map_fault(&outer, &number, &page) == REGION_MAP_FAULT_KIND_WRITE && page == 3);
	CHECK(!map_attach(&outer, ram_dataspace_as_dataspace(ram.ds), 0, true));
	(void)child_done(&child);
	CHECK(((uint64_t *)ram.view.start)[3 * OS_PAGE_SIZE / 8] == 9);
	/* freed under the client: it waits again */
	os_ram_fini(&ram, env);
	child_order(&child, 3, false, 0);
	os_semaphore_down(&outer.faults);
	CHECK(!os_ram_init(&ram, env, PAGES * OS_PAGE_SIZE, NULL));
	CHECK(!map_attach(&outer, ram_dataspace_as_dataspace(ram.ds), 0, true));
	CHECK(child_done(&child) == 0);
	/* detached: whoever had seen it does not any more, and the memory is as it was */
	child_write(&child, 2, 5);
	CHECK(!region_map_detach(outer.map, 0));
	child_order(&child, 2, true, 6);
	os_semaphore_down(&outer.faults);
	CHECK(((volatile uint64_t *)ram.view.start)[2 * OS_PAGE_SIZE / 8] == 5);
	CHECK(!map_attach(&outer, ram_dataspace_as_dataspace(ram.ds), 0, true));
	(void)child_done(&child);
	CHECK(((volatile uint64_t *)ram.view.start)[2 * OS_PAGE_SIZE / 8] == 6);
	/* and with all maps gone there is nobody to wait for */
	child_order(&child, 1, false, 0);
	(void)child_done(&child);
	CHECK(!region_map_detach(outer.map, 0));
	child_order(&child, 2, false, 0);
	os_semaphore_down(&outer.faults);
	map_fini(&outer);
	child_ended(&child, text);
	child_stop(&child);
	os_ram_fini(&ram, env);
}

void test_deep(void)
{
	enum { DEPTH = 400 };
	static struct region_map_cap maps[DEPTH];
	struct managed_dataspace_cap ds;
	struct map bottom;
	struct child child;
	struct os_ram ram;
	uint64_t at;

	map_init(&bottom, PAGES);
	ds = bottom.ds;
	for (int i = 0; i < DEPTH; i++) {
		CHECK(!rm_create(rm, PAGES * OS_PAGE_SIZE, &maps[i]));
		CHECK(!region_map_attach(maps[i], managed_dataspace_as_dataspace(ds), 0, 0, true, 0,
		                         true, false, &at));
		if (i)
			os_cap_drop(ds.cap);
		CHECK(!region_map_dataspace(maps[i], &ds));
	}
	CHECK(map_attach(&bottom, managed_dataspace_as_dataspace(ds), 0, true) == OS_ERR_INVALID);
	child_start(&child, ds);
	child_order(&child, 5, true, 3);
	os_semaphore_down(&bottom.faults);
	CHECK(!os_ram_init(&ram, env, OS_PAGE_SIZE, NULL));
	CHECK(!map_attach(&bottom, ram_dataspace_as_dataspace(ram.ds), 5, true));
	(void)child_done(&child);
	CHECK(*(uint64_t *)ram.view.start == 3);
	/* the way ends in the middle, while somebody waits at its end: nobody handles it there */
	child_order(&child, 6, true, 3);
	os_semaphore_down(&bottom.faults);
	CHECK(!rm_destroy(rm, maps[DEPTH / 2]));
	child_ended(&child, text);
	CHECK(contains(text, "its fault handler is gone"));
	child_stop(&child);
	for (int i = 0; i < DEPTH; i++) {
		if (i != DEPTH / 2)
			CHECK(!rm_destroy(rm, maps[i]));
		os_cap_drop(maps[i].cap);
	}
	os_cap_drop(ds.cap);
	map_fini(&bottom);
	os_ram_fini(&ram, env);
}

/* ------------------------------------------------------------------ random steps */

static uint64_t seed;

static uint64_t pick(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

/*
 * Attaching, detaching, touching and ending in any order. In the end everything is attached, and
 * whoever is left has gone on.
 */
void test_random(void)
{
	enum { STEPS = 150 };
	bool there[PAGES] = { false }, busy[CLIENTS] = { false };
	struct os_ram ram;
	struct map outer;
	uint64_t at;

	seed = 5;
	begin();
	map_init(&outer, PAGES);
	CHECK(!map_attach(&outer, managed_dataspace_as_dataspace(map.ds), 0, true));
	CHECK(!os_ram_init(&ram, env, PAGES * OS_PAGE_SIZE, NULL));
	for (int step = 0; step < STEPS; step++) {
		const uint64_t page = pick(PAGES), i = pick(CLIENTS);

		switch (pick(8)) {
		case 0:
			child_stop(&children[i]);
			child_start(&children[i], pick(2) ? map.ds : outer.ds);
			busy[i] = false;
			break;
		case 1:
		case 2:
			if (there[page])
				CHECK(!region_map_detach(map.map, page * OS_PAGE_SIZE));
			there[page] = false;
			break;
		case 3:
		case 4:
			if (!there[page])
				CHECK(!region_map_attach(map.map,
				                         ram_dataspace_as_dataspace(ram.ds),
				                         page * OS_PAGE_SIZE, OS_PAGE_SIZE, true,
				                         page * OS_PAGE_SIZE, true, false, &at));
			there[page] = true;
			break;
		default:
			if (busy[i])
				break;
			busy[i] = !there[page];
			child_order(&children[i], page, pick(2), page);
			if (there[page])
				(void)child_done(&children[i]);
		}
		/* who waits for what is there now has gone on, and can be told to again */
		for (int n = 0; n < CLIENTS; n++)
			if (busy[n] && os_semaphore_try_down(&children[n].ready)) {
				os_semaphore_up(&children[n].ready);
				busy[n] = false;
			}
	}
	for (uint64_t page = 0; page < PAGES; page++)
		if (!there[page])
			CHECK(!region_map_attach(map.map, ram_dataspace_as_dataspace(ram.ds),
			                         page * OS_PAGE_SIZE, OS_PAGE_SIZE, true,
			                         page * OS_PAGE_SIZE, true, false, &at));
	for (int i = 0; i < CLIENTS; i++)
		(void)child_done(&children[i]);
	end();
	map_fini(&outer);
	os_ram_fini(&ram, env);
}

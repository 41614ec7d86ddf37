/* SPDX-License-Identifier: BSD-2-Clause */
/* What works: several clients of one managed dataspace. */

#include <osier/string.h>

#include "test.h"

enum { CLIENTS = 3, PAGES = 12 };

static struct os_managed managed;
static struct child children[CLIENTS];

static void begin(struct os_managed_args args)
{
	args.ep = &pager;
	args.rm = rm;
	args.size = PAGES * OS_PAGE_SIZE;
	CHECK(!os_managed_init(&managed, env, &args));
	for (int i = 0; i < CLIENTS; i++)
		child_start(&children[i], managed.ds);
}

static void end(void)
{
	for (int i = 0; i < CLIENTS; i++)
		child_stop(&children[i]);
	os_managed_fini(&managed);
}

/* What one writes the others read; all touch a page that is not there at the same time. */
void test_shared(void)
{
	begin((struct os_managed_args){ 0 });
	for (int i = 0; i < CLIENTS; i++)
		child_order(&children[i], 5, false, 0);
	for (int i = 0; i < CLIENTS; i++)
		CHECK(child_done(&children[i]) == 0);
	for (uint64_t page = 0; page < PAGES; page += 2)
		child_write(&children[page % CLIENTS], page, page + 1);
	for (uint64_t page = 0; page < PAGES; page++)
		for (int i = 0; i < CLIENTS; i++)
			CHECK(child_read(&children[i], page) == (page % 2 ? 0 : page + 1));
	/* what is given back is gone for all of them */
	os_managed_discard(&managed, 0, PAGES * OS_PAGE_SIZE);
	for (int i = 0; i < CLIENTS; i++)
		CHECK(child_read(&children[i], 4) == 0);
	end();
}

/* All see the origin, until one of them writes: then all see what it has written. */
void test_copy(void)
{
	struct os_ram origin;
	uint64_t *words;

	CHECK(!os_ram_init(&origin, env, PAGES * OS_PAGE_SIZE, NULL));
	words = origin.view.start;
	for (uint64_t page = 0; page < PAGES; page++)
		words[page * OS_PAGE_SIZE / 8] = 100 + page;
	begin((struct os_managed_args){ .origin = ram_dataspace_as_dataspace(origin.ds),
	                                .origin_size = PAGES * OS_PAGE_SIZE });
	for (uint64_t page = 0; page < PAGES; page++)
		for (int i = 0; i < CLIENTS; i++)
			CHECK(child_read(&children[i], page) == 100 + page);
	for (uint64_t page = 0; page < PAGES; page += 3)
		child_write(&children[page % CLIENTS], page, 200 + page);
	for (uint64_t page = 0; page < PAGES; page++)
		for (int i = 0; i < CLIENTS; i++)
			CHECK(child_read(&children[i], page) ==
			      (page % 3 ? 100 + page : 200 + page));
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK(words[page * OS_PAGE_SIZE / 8] == 100 + page);
	end();
	os_ram_fini(&origin, env);
}

/* ------------------------------------------------------------------ paging */

static uint64_t store[PAGES];

static enum os_err fill(struct os_managed *m, uint64_t offset, void *data, size_t size)
{
	(void)m;
	(void)size;
	*(uint64_t *)data = store[offset / OS_PAGE_SIZE];
	return OS_OK;
}

static enum os_err save(struct os_managed *m, uint64_t offset, const void *data, size_t size)
{
	(void)m;
	(void)size;
	store[offset / OS_PAGE_SIZE] = *(const uint64_t *)data;
	return OS_OK;
}

/* Two pages are there at a time: each access of another client's takes one away. */
void test_paged(void)
{
	static const struct os_managed_ops ops = { .fill = fill, .save = save };

	memset(store, 0, sizeof(store));
	begin((struct os_managed_args){ .limit = 2, .ops = &ops });
	for (uint64_t round = 1; round <= 2; round++)
		for (uint64_t page = 0; page < PAGES; page++) {
			struct child *child = &children[(page + round) % CLIENTS];

			CHECK(child_read(child, page) == (round - 1) * (page + 1));
			child_write(child, page, round * (page + 1));
		}
	CHECK(!os_managed_flush(&managed));
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK(store[page] == 2 * (page + 1));
	end();
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse memory, copies on write, and paged memory. */

#include <osier/string.h>

#include "test.h"

static struct os_managed managed;
static struct os_view view;

static void begin(struct os_managed_args args)
{
	args.ep = env->ep;
	args.rm = rm;
	CHECK(!os_managed_init(&managed, env, &args));
	CHECK(!os_view_init(&view, managed_dataspace_as_dataspace(managed.ds), 0, 0,
	                    OS_ATTACH_WRITE));
}

static void end(void)
{
	os_view_fini(&view);
	os_managed_fini(&managed);
}

/* 64 MiB, of which a few pages are used. */
void test_sparse(void)
{
	enum { PAGES = 16384, STEP = 1111 };
	uint64_t touched = 0;

	begin((struct os_managed_args){ .size = PAGES * OS_PAGE_SIZE });
	CHECK(view.size == PAGES * OS_PAGE_SIZE);
	for (uint64_t page = 0; page < PAGES; page += STEP, touched++) {
		CHECK(*word(&view, page, 7) == 0);
		*word(&view, page, 7) = page + 1;
	}
	CHECK(NUMBER(managed.resident) == touched);
	for (uint64_t page = 0; page < PAGES; page += STEP)
		CHECK(*word(&view, page, 7) == page + 1);
	/* what is given back begins anew */
	os_managed_discard(&managed, STEP * OS_PAGE_SIZE, 3 * OS_PAGE_SIZE);
	CHECK(NUMBER(managed.resident) == touched - 1);
	CHECK(*word(&view, STEP, 7) == 0 && *word(&view, 0, 7) == 1);
	CHECK(!os_managed_populate(&managed, 4 * OS_PAGE_SIZE, 3 * OS_PAGE_SIZE));
	CHECK(NUMBER(managed.resident) == touched + 3);
	CHECK(os_managed_populate(&managed, view.size, 1) == OS_ERR_RANGE);
	end();
}

/* ------------------------------------------------------------------ copies */

void test_copy(void)
{
	enum { PAGES = 32 };
	struct os_ram origin;

	CHECK(!os_ram_init(&origin, env, PAGES * OS_PAGE_SIZE, NULL));
	for (uint64_t page = 0; page < PAGES; page++)
		*word(&origin.view, page, 0) = 100 + page;
	/* a page and a bit more than the origin has */
	begin((struct os_managed_args){ .size = (PAGES + 1) * OS_PAGE_SIZE,
	                                .origin = ram_dataspace_as_dataspace(origin.ds),
	                                .origin_size = PAGES * OS_PAGE_SIZE });
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK(*word(&view, page, 0) == 100 + page);
	CHECK(NUMBER(managed.resident) == 0 && NUMBER(managed.copied) == 0);
	CHECK(*word(&view, PAGES, 0) == 0);
	CHECK(NUMBER(managed.resident) == 1);
	/* the first write to a page copies it */
	for (uint64_t page = 0; page < PAGES; page += 3) {
		*word(&view, page, 1) = 200 + page;
		CHECK(*word(&view, page, 0) == 100 + page && *word(&view, page, 1) == 200 + page);
	}
	CHECK(NUMBER(managed.copied) == (PAGES + 2) / 3);
	for (uint64_t page = 0; page < PAGES; page++)
		CHECK(*word(&origin.view, page, 0) == 100 + page &&
		      *word(&origin.view, page, 1) == 0);
	/* and one that has not been looked at before, too */
	os_managed_discard(&managed, 0, view.size);
	*word(&view, 1, 1) = 1;
	CHECK(*word(&view, 1, 0) == 101 && NUMBER(managed.resident) == 1);
	end();
	os_ram_fini(&origin, env);
}

/* ------------------------------------------------------------------ paging */

enum { STORE_PAGES = 16, ROOM = 4, THREADS = 2, ROUNDS = 2 };

static struct store {
	uint64_t words[STORE_PAGES][4]; /* the first ones of each page */
	uint64_t filled, saved;
} store;

static enum os_err fill(struct os_managed *m, uint64_t offset, void *data, size_t size)
{
	(void)m;
	CHECK(size == OS_PAGE_SIZE);
	memcpy(data, store.words[offset / OS_PAGE_SIZE], sizeof(store.words[0]));
	store.filled++;
	return OS_OK;
}

static enum os_err save(struct os_managed *m, uint64_t offset, const void *data, size_t size)
{
	(void)m;
	CHECK(size == OS_PAGE_SIZE);
	memcpy(store.words[offset / OS_PAGE_SIZE], data, sizeof(store.words[0]));
	store.saved++;
	return OS_OK;
}

/* Each thread counts in a word of its own in all pages, of which few are there at a time. */
static void count(struct os_thread *thread, void *argument)
{
	const uint64_t index = (uint64_t)argument;

	(void)thread;
	for (int round = 0; round < ROUNDS; round++)
		for (uint64_t page = 0; page < STORE_PAGES; page++) {
			volatile uint64_t *const at =
			        word(&view, (page * 5 + index) % STORE_PAGES, index);

			*at = *at + 1;
		}
}

void test_paged(void)
{
	static const struct os_managed_ops ops = { .fill = fill, .save = save };
	struct os_thread threads[THREADS];

	memset(&store, 0, sizeof(store));
	for (uint64_t page = 0; page < STORE_PAGES; page++)
		store.words[page][3] = page;
	begin((struct os_managed_args){
	        .size = STORE_PAGES * OS_PAGE_SIZE, .limit = ROOM, .ops = &ops });
	/* what is only read is not saved */
	for (uint64_t page = 0; page < STORE_PAGES; page++)
		CHECK(*word(&view, page, 3) == page && NUMBER(managed.resident) <= ROOM);
	CHECK(store.filled == STORE_PAGES && store.saved == 0);
	for (uint64_t i = 0; i < THREADS; i++)
		CHECK(!os_thread_init(&threads[i], env, "counter", 0, 0, count, (void *)i));
	for (uint64_t i = 0; i < THREADS; i++)
		os_thread_fini(&threads[i]);
	CHECK(!os_managed_flush(&managed));
	CHECK(NUMBER(managed.resident) == 0 && store.saved >= STORE_PAGES);
	for (uint64_t page = 0; page < STORE_PAGES; page++) {
		for (int i = 0; i < THREADS; i++)
			CHECK(store.words[page][i] == ROUNDS);
		CHECK(*word(&view, page, 0) == ROUNDS && *word(&view, page, 3) == page);
	}
	CHECK(os_managed_populate(&managed, 0, (ROOM + 1) * OS_PAGE_SIZE) == OS_ERR_LIMIT);
	end();
}

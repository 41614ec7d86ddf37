/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment: the main entrypoint, the heap and what backs it, the component's end. */

#include <osier/heap.h>
#include <osier/memory.h>
#include <osier/resource.h>
#include <osier/string.h>
#include "runtime.h"

const struct os_platform *os_platform;
struct os_env os_env_own;

/* ------------------------------------------------------ backing of the heap */

/* A piece of RAM that the heap uses. */
struct piece {
	void *start;
	struct ram_dataspace_cap ds;
};

/*
 * Which dataspace is where: the heap cannot hold this, being under way. The first pieces of a
 * component fit into static memory, more are listed in pages taken for the purpose.
 */
struct piece_page {
	struct piece_page *next;
	uint32_t count; /* of piece[] */
	uint32_t used;
	struct piece piece[];
};

enum {
	FIRST_PIECES = 6,
	PAGE_PIECES = ((1 << OS_PAGE_SHIFT) - sizeof(struct piece_page)) / sizeof(struct piece),
};

static union {
	struct piece_page page;
	char space[sizeof(struct piece_page) + FIRST_PIECES * sizeof(struct piece)];
} first_pieces;

static enum os_err piece_take(size_t size, struct piece *piece)
{
	struct os_ram ram;
	enum os_err err;

	if ((err = os_ram_init(&ram, &os_env_own, size, NULL)))
		return err;
	*piece = (struct piece){ ram.view.start, ram.ds };
	return OS_OK;
}

/* A place for one more piece; NULL, with `err` set, if no page could be taken. */
static struct piece *piece_place(struct piece_page **page, enum os_err *err)
{
	struct piece_page *last = &first_pieces.page;
	struct piece more;

	for (struct piece_page *p = last; p; last = p, p = p->next)
		for (uint32_t i = 0; i < p->count && p->used < p->count; i++)
			if (!p->piece[i].start) {
				*page = p;
				return &p->piece[i];
			}
	/* These pages stay: there is one for each 255 pieces, of 16 KiB and more. */
	if ((*err = piece_take(OS_PAGE_SIZE, &more)))
		return NULL;
	*page = last->next = more.start;
	last->next->count = PAGE_PIECES;
	return &last->next->piece[0];
}

static enum os_err backing_grow(struct os_heap_backing *self, size_t size, void **out)
{
	struct piece_page *page;
	struct piece *piece;
	enum os_err err;

	(void)self;
	*out = NULL;
	if (!(piece = piece_place(&page, &err)))
		return err;
	if ((err = piece_take(size, piece)))
		return err;
	page->used++;
	*out = piece->start;
	return OS_OK;
}

static void backing_shrink(struct os_heap_backing *self, void *ptr, size_t size)
{
	(void)self;
	for (struct piece_page *page = &first_pieces.page; page; page = page->next)
		for (uint32_t i = 0; i < page->count; i++) {
			struct os_ram ram = { page->piece[i].ds, { ptr, size } };

			if (page->piece[i].start != ptr)
				continue;
			page->piece[i] = (struct piece){ 0 };
			page->used--;
			os_ram_fini(&ram, &os_env_own);
			return;
		}
	OS_ASSERT(!"memory of the heap");
}

static struct os_heap_backing backing = { backing_grow, backing_shrink };

static void heap_lock(void *mutex)
{
	os_mutex_lock(mutex);
}

static void heap_unlock(void *mutex)
{
	os_mutex_unlock(mutex);
}

/* What a chunk needs beside the bytes asked for, its place in a table of pages included. */
enum { REFUSED_RAM = 24 * 1024, REFUSED_CAPS = 4 };

static bool heap_refused(size_t size, enum os_err err)
{
	if (size > SIZE_MAX / 2 || (err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS))
		return false;
	return !os_resource_short(
	        &os_env_own,
	        err == OS_ERR_OUT_OF_RAM ? os_align_up(size, OS_PAGE_SIZE) + REFUSED_RAM : 0,
	        REFUSED_CAPS);
}

static struct os_heap heap;

void os_env_heap_trim(void)
{
	os_heap_trim(&heap);
}

/* ------------------------------------------------------------ beginning, end */

void os_env_init(const struct os_start_info *info)
{
	static struct os_ep ep;
	static struct os_mutex heap_mutex;
	struct os_env *const env = &os_env_own;

	memset(&first_pieces, 0, sizeof(first_pieces));
	os_resource_init();
	os_session_watch_init();
	first_pieces.page.count = FIRST_PIECES;
	os_heap_init(&heap, &(struct os_heap_config){ .backing = &backing,
	                                              .lock = heap_lock,
	                                              .unlock = heap_unlock,
	                                              .lock_arg = &heap_mutex,
	                                              .refused = heap_refused });
	ep = (struct os_ep){ .env = env, .platform_ep = OS_EP_MAIN };
	*env = (struct os_env){
		.parent = { { OS_CAP_SLOT_PARENT } },
		.pd = { { OS_CAP_SLOT_PD } },
		.ep = &ep,
		.heap = &heap.alloc,
		.next_session_id = 1,
	};
	os_random_init(info->entropy);
	os_random(env, env->entropy, sizeof(env->entropy));
}

OS_NORETURN void os_exit(struct os_env *env, int value)
{
	/* Should the parent be gone, there is nobody left to tell. */
	enum os_err err = parent_exit(env->parent, value);

	(void)err;
	for (;;)
		os_platform->thread_block();
}

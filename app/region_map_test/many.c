/* SPDX-License-Identifier: BSD-2-Clause */
/* Thousands of region maps: each has its faults handled, none has a thread, each costs the same. */

#include <api/rm.h>
#include <leak_test/leak_test.h>
#include <osier/alloc.h>
#include <osier/fault.h>
#include <osier/session.h>
#include <osier/thread.h>
#include <trace/tree.h>

#include "many.h"

/*
 *	address space -> outer map -> `count` inner maps of a page each, with nothing in them
 *
 * The tester touches each page, and the main entrypoint attaches to the inner map that lacks it
 * what stands at that place in the memory.
 */
enum {
	RAM_EACH = 4096, /* bytes that a map costs at most, with its place in the outer one */
	CAPS_EACH = 12,  /* the capabilities that we hold included */
};

struct inner {
	struct region_map_cap map;
	struct managed_dataspace_cap ds;
	struct os_signal_handler handler;
	uint64_t index;
};

static struct {
	struct os_env *env;
	uint64_t count, resolved;
	struct account_cap account; /* our own, which pays */
	struct os_session session;
	struct rm_cap rm;
	struct os_trace_tree tree;
	struct region_map_cap outer;
	struct inner *inner;
	struct os_ram memory;
	struct os_view view;
	struct os_thread tester;
} many;

/* ------------------------------------------------------------------ the entrypoint */

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct inner *inner = container_of(handler, struct inner, handler);
	enum region_map_fault_kind kind;
	uint64_t number, address, at;

	OS_ASSERT(count == 1);
	OS_ASSERT(!region_map_fault_state(inner->map, 0, &number, &kind, &address));
	OS_ASSERT(number == 1 && kind == REGION_MAP_FAULT_KIND_WRITE && address < OS_PAGE_SIZE);
	many.resolved++;
	OS_ASSERT(!region_map_attach(inner->map, ram_dataspace_as_dataspace(many.memory.ds),
	                             inner->index * OS_PAGE_SIZE, OS_PAGE_SIZE, true, 0, true,
	                             false, &at));
}

/* ------------------------------------------------------------------ the tester */

static volatile uint64_t *word(const struct os_view *view, uint64_t page)
{
	return (volatile uint64_t *)view->start + page * OS_PAGE_SIZE / sizeof(uint64_t);
}

static void use(uint64_t *ram, uint64_t *caps)
{
	uint64_t limit;

	OS_ASSERT(!account_info(many.account, &limit, ram, &limit, caps));
}

/* How many there are, of all components. */
static uint64_t threads(void)
{
	const struct os_trace_thread *thread = NULL;
	uint64_t count = 0;

	OS_ASSERT(!os_trace_tree_update(&many.tree));
	while ((thread = os_trace_tree_next(&many.tree, thread, OS_TRACE_THREAD)))
		count++;
	return count;
}

static void inner_make(struct inner *inner, uint64_t index)
{
	uint64_t at;

	inner->index = index;
	OS_ASSERT(!rm_create_for(many.rm, OS_PAGE_SIZE, many.account, &inner->map));
	OS_ASSERT(!region_map_dataspace(inner->map, &inner->ds));
	OS_ASSERT(!os_signal_handler_init(&inner->handler, many.env->ep, handle));
	OS_ASSERT(!region_map_fault_sigh(inner->map, inner->handler.cap));
	OS_ASSERT(!region_map_attach(many.outer, managed_dataspace_as_dataspace(inner->ds), 0, 0,
	                             true, index * OS_PAGE_SIZE, true, false, &at));
}

static void maps_make(void)
{
	uint64_t ram, caps, ram_after, caps_after, threads_before = threads();

	use(&ram, &caps);
	for (uint64_t i = 0; i < many.count; i++)
		inner_make(&many.inner[i], i);
	use(&ram_after, &caps_after);
	os_log(many.env, "%llu maps: %llu bytes and %llu capabilities each",
	       (unsigned long long)many.count, (unsigned long long)((ram_after - ram) / many.count),
	       (unsigned long long)((caps_after - caps) / many.count));
	OS_ASSERT(ram_after - ram <= many.count * RAM_EACH);
	OS_ASSERT(caps_after - caps <= many.count * CAPS_EACH);
	OS_ASSERT(threads() == threads_before);
}

/* Each page is met in an order in which no two neighbours follow each other. */
static void maps_touch(void)
{
	enum { STRIDE = 1009 };

	OS_ASSERT(many.count % STRIDE);
	for (uint64_t i = 0; i < many.count; i++) {
		const uint64_t page = i * STRIDE % many.count;

		*word(&many.view, page) = page + 1;
	}
	OS_ASSERT(many.resolved == many.count);
	for (uint64_t page = 0; page < many.count; page++)
		OS_ASSERT(*word(&many.memory.view, page) == page + 1);
}

static void maps_end(void)
{
	for (uint64_t i = 0; i < many.count; i++) {
		struct inner *inner = &many.inner[i];

		OS_ASSERT(!rm_destroy(many.rm, inner->map));
		os_signal_handler_fini(&inner->handler);
		os_cap_drop(inner->ds.cap);
		os_cap_drop(inner->map.cap);
	}
}

static void test(void)
{
	const uint64_t size = many.count * OS_PAGE_SIZE;
	struct managed_dataspace_cap ds;

	many.resolved = 0;
	OS_ASSERT(!rm_create_for(many.rm, size, many.account, &many.outer));
	OS_ASSERT(!region_map_dataspace(many.outer, &ds));
	OS_ASSERT(!os_ram_init(&many.memory, many.env, size, NULL));
	OS_ASSERT(!os_view_init(&many.view, managed_dataspace_as_dataspace(ds), 0, 0,
	                        OS_ATTACH_WRITE));
	maps_make();
	maps_touch();
	maps_end();
	os_view_fini(&many.view);
	os_ram_fini(&many.memory, many.env);
	os_cap_drop(ds.cap);
	OS_ASSERT(!rm_destroy(many.rm, many.outer));
	os_cap_drop(many.outer.cap);
}

static void run(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	/* taken before, as they stay */
	OS_ASSERT(
	        !os_alloc(many.env->heap, many.count * sizeof(*many.inner), (void **)&many.inner));
	OS_ASSERT(!os_trace_tree_open(&many.tree, many.env, NULL));
	(void)threads();
	os_leak_test(many.env, "thousands of maps", test);
	os_exit(many.env, 0);
}

enum os_err test_many(struct os_env *env, uint64_t count)
{
	enum os_err err;

	many.env = env;
	many.count = count;
	if ((err = pd_account(env->pd, &many.account)) ||
	    (err = rm_open(&many.session, env, "", &many.rm)))
		return err;
	return os_thread_init(&many.tester, env, "tester", 0, 0, run, NULL);
}

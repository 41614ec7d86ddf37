/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults: resolved by core from a region map, and by a handler that is a thread of our own. */

#include <api/rm.h>
#include <osier/ep.h>
#include <osier/fault.h>
#include <osier/memory.h>

#include "measure.h"

/*
 * A map of single pages, in the order of their memory, each attached by itself, so that each access
 * to a page is a fault that maps just this one. Each page is met once.
 */
enum { PAGES = 12000, BLOCK = 1000 }; /* of a dataspace: in one piece */

#define MAP_SIZE (PAGES * (uint64_t)OS_PAGE_SIZE)

static struct {
	struct os_session rm;
	struct region_map_cap map;
	struct os_ram memory[PAGES / BLOCK];
	struct os_view view;
	uint64_t next; /* page to be touched */
	struct os_ep ep;
	struct os_signal_handler handler;
	struct os_faults faults;
} own;

static enum os_err page_attach(uint64_t page)
{
	uint64_t at;

	return region_map_attach(own.map, ram_dataspace_as_dataspace(own.memory[page / BLOCK].ds),
	                         page % BLOCK * OS_PAGE_SIZE, OS_PAGE_SIZE, true,
	                         page * OS_PAGE_SIZE, true, false, &at);
}

static enum os_err map_make(struct os_env *env)
{
	struct managed_dataspace_cap ds;
	const struct os_session_args args = { .service = RM_SERVICE,
		                              .label = "",
		                              .ram = 4 << 20,
		                              .caps = RM_CAPS + 8,
		                              .type = RM_TYPE };
	enum os_err err;

	if ((err = os_session_open(&own.rm, env, &args)) ||
	    (err = rm_create((struct rm_cap){ own.rm.cap }, MAP_SIZE, &own.map)) ||
	    (err = region_map_dataspace(own.map, &ds)))
		return err;
	for (int i = 0; i < PAGES / BLOCK; i++)
		if ((err = os_ram_init(&own.memory[i], env, BLOCK * OS_PAGE_SIZE, NULL)))
			return err;
	return os_view_init(&own.view, managed_dataspace_as_dataspace(ds), 0, MAP_SIZE,
	                    OS_ATTACH_WRITE);
}

static enum os_err core_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err = map_make(env);

	(void)peer;
	for (uint64_t page = 0; page < PAGES && !err; page++)
		err = page_attach(page);
	return err;
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_fault fault;

	(void)handler;
	(void)count;
	while (os_faults_next(&own.faults, &fault)) {
		OS_ASSERT(fault.kind == REGION_MAP_FAULT_KIND_WRITE);
		OS_ASSERT(!page_attach(fault.address / OS_PAGE_SIZE));
	}
}

static enum os_err user_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	if ((err = map_make(env)) || (err = os_ep_init(&own.ep, env, "pager", 0)) ||
	    (err = os_signal_handler_init(&own.handler, &own.ep, handle)))
		return err;
	os_faults_init(&own.faults, own.map);
	return region_map_fault_sigh(own.map, own.handler.cap);
}

static enum os_err touch_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	(void)env;
	(void)peer;
	if (calls > PAGES - own.next)
		return OS_ERR_RANGE;
	for (uint64_t i = 0; i < calls; i++, own.next++)
		*(volatile uint64_t *)(void *)((char *)own.view.start + own.next * OS_PAGE_SIZE) =
		        own.next;
	return OS_OK;
}

const struct measure measure_fault_core = {
	.name = "fault_core",
	.prepare = core_prepare,
	.run = touch_run,
};

const struct measure measure_fault_user = {
	.name = "fault_user",
	.prepare = user_prepare,
	.run = touch_run,
};

/* ------------------------------------------------------------------ attaching */

enum { FEW = 10, MANY = 10000, SIZE = 1 << 20, OTHER_SIZE = 17 * OS_PAGE_SIZE };

static struct {
	struct os_ram other;
	struct ram_dataspace_cap ds;
} attached;

static enum os_err attach_prepare(struct os_env *env, uint64_t others)
{
	struct os_view view;
	enum os_err err;

	if ((err = os_ram_alloc(env, SIZE, NULL, &attached.ds)) ||
	    (err = os_ram_init(&attached.other, env, OTHER_SIZE, NULL)))
		return err;
	for (uint64_t i = 0; i < others; i++)
		if ((err = os_view_init(&view, ram_dataspace_as_dataspace(attached.other.ds), 0,
		                        OTHER_SIZE, OS_ATTACH_WRITE)))
			return err;
	return OS_OK;
}

static enum os_err few_prepare(struct os_env *env, struct bench_cap peer)
{
	(void)peer;
	return attach_prepare(env, FEW);
}

static enum os_err many_prepare(struct os_env *env, struct bench_cap peer)
{
	(void)peer;
	return attach_prepare(env, MANY);
}

static enum os_err attach_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	enum os_err err;

	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls; i++) {
		struct os_view view;

		if ((err = os_view_init(&view, ram_dataspace_as_dataspace(attached.ds), 0, SIZE,
		                        OS_ATTACH_WRITE)))
			return err;
		os_view_fini(&view);
	}
	return OS_OK;
}

const struct measure measure_attach = {
	.name = "attach",
	.prepare = few_prepare,
	.run = attach_run,
};

const struct measure measure_attach_10000 = {
	.name = "attach_10000",
	.prepare = many_prepare,
	.run = attach_run,
};

/* ------------------------------------------------------------------ managed dataspaces */

enum { OTHERS = 999, SAMPLE = 10, BYTES_PER_CAP = 512, MANAGED_SIZE = 1 << 20 };

static struct {
	struct os_session rm;
	struct account_cap account;
	struct os_signal_handler handler;
} makes;

static void ignore(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
}

static enum os_err managed_make(struct region_map_cap *map, struct managed_dataspace_cap *ds)
{
	enum os_err err;

	if ((err = rm_create_for((struct rm_cap){ makes.rm.cap }, MANAGED_SIZE, makes.account,
	                         map)) ||
	    (err = region_map_dataspace(*map, ds)))
		return err;
	return region_map_fault_sigh(*map, makes.handler.cap);
}

/* What core keeps for them, at most, as the account has it. */
static uint64_t account_bytes(void)
{
	uint64_t limit, ram, caps;

	OS_ASSERT(!account_info(makes.account, &limit, &ram, &limit, &caps));
	return ram + caps * BYTES_PER_CAP;
}

static enum os_err managed_many(uint64_t count)
{
	struct managed_dataspace_cap ds;
	struct region_map_cap map;
	enum os_err err = OS_OK;

	for (uint64_t i = 0; i < count && !err; i++)
		err = managed_make(&map, &ds);
	return err;
}

/* The mean of some is told: tables grow by steps. */
static enum os_err managed_memory(struct os_env *env, const char *name)
{
	const uint64_t before = account_bytes();
	enum os_err err = managed_many(SAMPLE);

	os_log(env, "bench %s %d %llu", name, SAMPLE,
	       (unsigned long long)(account_bytes() - before));
	return err;
}

static enum os_err managed_begin(struct os_env *env)
{
	enum os_err err;

	if ((err = pd_account(env->pd, &makes.account)) ||
	    (err = os_signal_handler_init(&makes.handler, env->ep, ignore)))
		return err;
	return os_session_open(&makes.rm, env,
	                       &(struct os_session_args){ .service = RM_SERVICE,
	                                                  .label = "",
	                                                  .ram = RM_RAM,
	                                                  .caps = RM_CAPS,
	                                                  .type = RM_TYPE });
}

static enum os_err first_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err = managed_begin(env);

	(void)peer;
	return err ? err : managed_memory(env, "managed_first_memory");
}

static enum os_err thousand_prepare(struct os_env *env, struct bench_cap peer)
{
	enum os_err err;

	(void)peer;
	if ((err = managed_begin(env)) || (err = managed_many(OTHERS - SAMPLE)))
		return err;
	return managed_memory(env, "managed_1000_memory");
}

/* One more, and its end. */
static enum os_err managed_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	struct managed_dataspace_cap ds;
	struct region_map_cap map;
	enum os_err err;

	(void)env;
	(void)peer;
	for (uint64_t i = 0; i < calls; i++) {
		if ((err = managed_make(&map, &ds)) ||
		    (err = rm_destroy((struct rm_cap){ makes.rm.cap }, map)))
			return err;
		os_cap_drop(ds.cap);
		os_cap_drop(map.cap);
	}
	return OS_OK;
}

const struct measure measure_managed_first = {
	.name = "managed_first",
	.prepare = first_prepare,
	.run = managed_run,
};

const struct measure measure_managed_1000 = {
	.name = "managed_1000",
	.prepare = thousand_prepare,
	.run = managed_run,
};

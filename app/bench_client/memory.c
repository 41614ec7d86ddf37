/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions and memory: what is opened and closed, allocated and freed. */

#include <osier/memory.h>

#include "measure.h"

static enum os_err session_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	struct os_session session = { 0 };
	enum os_err err;

	(void)peer;
	for (uint64_t i = 0; i < calls; i++) {
		if ((err = bench_session_open(&session, env, 0, 0)))
			return err;
		os_session_close(&session);
	}
	return OS_OK;
}

const struct measure measure_session = { .name = "session", .run = session_run };

static enum os_err dataspace_once(struct os_env *env)
{
	struct os_ram ram = { 0 };
	enum os_err err;

	if ((err = os_ram_init(&ram, env, OS_PAGE_SIZE, NULL)))
		return err;
	OS_ASSERT(*(volatile uint64_t *)ram.view.start == 0);
	*(volatile uint64_t *)ram.view.start = 1;
	os_ram_fini(&ram, env);
	return OS_OK;
}

static enum os_err dataspace_run(struct os_env *env, struct bench_cap peer, uint64_t calls)
{
	enum os_err err;

	(void)peer;
	for (uint64_t i = 0; i < calls; i++)
		if ((err = dataspace_once(env)))
			return err;
	return OS_OK;
}

const struct measure measure_dataspace = { .name = "dataspace", .run = dataspace_run };

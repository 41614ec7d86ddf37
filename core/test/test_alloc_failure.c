/* SPDX-License-Identifier: BSD-2-Clause */
/* Every n-th allocation fails, in core or its platform: the request changes nothing, nothing leaks.
 */

#include <string.h>

#include "world.h"

static const struct account_cap none;

/* The capabilities that the steps work on. */
struct script {
	struct account_cap own, split;
	struct pd_cap pd;
	struct cpu_cap cpu;
	struct thread_cap thread, second;
	struct rom_cap rom;
	struct rom_dataspace_cap binary;
	struct ram_dataspace_cap ram;
	struct rm_cap rm;
	struct region_map_cap map, space;
	struct managed_dataspace_cap managed;
	struct os_cap object, log;
	struct signal_context_cap context;
};

static const struct parent_affinity nowhere;

static enum os_err open_session(uint64_t id, const char *service, struct os_cap *cap)
{
	const struct cpu_args_wire args = { 0 };

	return parent_session_open(world_parent, id, service, "init", &args,
	                           strcmp(service, "CPU") == 0 ? sizeof(args) : 0, &nowhere, PD_RAM,
	                           PD_CAPS, cap);
}

/* Step `n` of a system's life; NOT_FOUND behind the last one. */
static enum os_err step(struct script *s, uint32_t n)
{
	struct dataspace_cap ram = { s->ram.cap }, managed = { s->managed.cap };
	struct dataspace_cap binary = { s->binary.cap };
	uint64_t at;

	switch (n) {
	case 0:
		return pd_account(world_pd, &s->own);
	case 1:
		return account_create(s->own, 100000, 10, &s->split);
	case 2:
		return open_session(1, "PD", &s->pd.cap);
	case 3:
		return open_session(2, "CPU", &s->cpu.cap);
	case 4:
		return open_session(3, "ROM", &s->rom.cap);
	case 5:
		return open_session(4, "RM", &s->rm.cap);
	case 6:
		return open_session(5, "LOG", &s->log);
	case 7:
		return pd_fund(s->pd, s->own, 1 << 20, 100);
	case 8:
		return rom_dataspace(s->rom, &s->binary);
	case 9:
		return pd_load(s->pd, binary, world_parent.cap);
	case 10:
		return cpu_thread(s->cpu, s->pd, "main", 1, &s->thread);
	case 11:
		return cpu_thread(s->cpu, s->pd, "second", 1, &s->second);
	case 12:
		return thread_start(s->thread, 0, 0);
	case 13:
		return pd_alloc(s->pd, 3 * OS_PAGE_SIZE, s->split, &s->ram);
	case 14:
		return pd_rpc_object(s->pd, 0, 1, 2, s->split, &s->object);
	case 15:
		return pd_signal_context(s->pd, 0, 1, none, &s->context);
	case 16:
		return pd_address_space(s->pd, &s->space);
	case 17:
		return rm_create(s->rm, 8 * OS_PAGE_SIZE, &s->map);
	case 18:
		return region_map_attach(s->map, ram, 0, 0, false, 0, true, false, &at);
	case 19:
		return region_map_dataspace(s->map, &s->managed);
	case 20:
		return region_map_attach(s->space, managed, 0, 0, true, 1 << 20, true, false, &at);
	case 21:
		return pd_state_sigh(s->pd, s->context);
	case 22:
		return account_close(s->own, s->split);
	case 23:
		return pd_alloc(world_pd, 1, none, &s->ram);
	case 24:
		return pd_read_only(world_pd, s->ram, &s->binary);
	case 25:
		return parent_session_close(world_parent, 1);
	default:
		return OS_ERR_NOT_FOUND;
	}
}

/* Blocks on core's heap, but for tables of slots, and for the module that is loaded at first use.
 */
static uint64_t live_blocks(void)
{
	uint64_t live = world.memory.live;

	OS_LIST_FOR_EACH (node, &core.pds)
		live -= OS_LIST_ITEM(node, struct pd, node)->caps.chunk_count;
	return live;
}

static void a_failed_request_changes_nothing(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		struct script script = { 0 };
		enum os_err err;

		world_init(0);
		world_boot();
		world.memory.fail_at = world.memory.calls + n;
		for (uint32_t i = 0;; i++) {
			const struct world_use before = world_use();
			const uint64_t live = live_blocks();
			struct world_use after;

			if ((err = step(&script, i)) == OS_OK)
				continue;
			if (err == OS_ERR_NOT_FOUND)
				break;
			assert_int_equal(err, OS_ERR_OUT_OF_RAM);
			after = world_use();
			assert_memory_equal(&before, &after, sizeof(before));
			assert_int_equal(live, live_blocks());
			assert_int_equal(world.memory.failed, 1);
			/* it works when it is tried again */
			assert_int_equal(step(&script, i), OS_OK);
		}
		world_check();
		failed = world.memory.failed;
		world_fini();
	}
}

static void a_failed_boot_leaves_nothing(void **state)
{
	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		enum os_err err;

		world_init(n);
		err = core_boot(WORLD_RAM, WORLD_CAPS);
		failed = world.memory.failed;
		assert_int_equal(err, failed ? OS_ERR_OUT_OF_RAM : OS_OK);
		world_fini();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_request_changes_nothing),
		cmocka_unit_test(a_failed_boot_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

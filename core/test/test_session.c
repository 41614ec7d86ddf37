/* SPDX-License-Identifier: BSD-2-Clause */
/* Core as the parent of the root component: sessions come and go, and return all they took. */

#include <string.h>

#include "world.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

static const struct parent_affinity nowhere;

static enum os_err request(uint64_t id, const char *service, const char *label, uint64_t ram,
                           uint64_t caps)
{
	return parent_session_request(world_parent, id, service, label, NULL, 0, &nowhere, ram,
	                              caps);
}

static enum os_err open_session(uint64_t id, const char *service, const char *label)
{
	struct os_cap cap;

	return parent_session_open(world_parent, id, service, label, NULL, 0, &nowhere, 100000, 10,
	                           &cap);
}

static bool logged(const char *text)
{
	return strstr(world.log, text) != NULL;
}

static void opening_and_closing_returns_everything(void **state)
{
	static const char *const services[] = { "PD", "CPU", "LOG", "RM", "ROM", "TRACE" };
	struct world_use before;

	(void)state;
	before = world_use();
	for (uint64_t i = 0; i < OS_ARRAY_SIZE(services); i++) {
		struct os_cap cap = world_open(i, services[i], "config", 200000, 10);

		world_check();
		assert_int_equal(parent_session_close(world_parent, i), OS_OK);
		assert_null(cap_lookup(core.root, cap.slot));
		cap_drop(core.root, cap.slot);
		world_check();
	}
	assert_int_equal(world_use().ram_used, before.ram_used);
	assert_int_equal(world_use().caps_used, before.caps_used);
	assert_int_equal(world_use().accounts, before.accounts);
}

static void ids_are_the_requesters(void **state)
{
	(void)state;
	assert_int_equal(request(UINT64_MAX, "LOG", "x", 0, 1), OS_OK);
	assert_int_equal(request(UINT64_MAX, "LOG", "y", 0, 1), OS_ERR_EXISTS);
	assert_int_equal(parent_session_close(world_parent, 0), OS_ERR_NOT_FOUND);
	assert_int_equal(parent_session_upgrade(world_parent, 0, 0, 0), OS_ERR_NOT_FOUND);
	assert_int_equal(parent_session_close(world_parent, UINT64_MAX), OS_OK);
	assert_int_equal(parent_session_close(world_parent, UINT64_MAX), OS_ERR_NOT_FOUND);
}

static void requests_are_done_at_once(void **state)
{
	enum parent_session_state session_state;
	struct signal_context_cap sigh;
	struct signal_context *context;
	struct account_cap none = { 0 };
	struct os_cap cap, again;
	uint32_t error;

	(void)state;
	assert_int_equal(pd_signal_context(world_pd, OS_EP_MAIN, 1, none, &sigh), OS_OK);
	assert_int_equal(parent_session_sigh(world_parent, sigh), OS_OK);
	assert_int_equal(request(7, "LOG", "x", 0, 1), OS_OK);
	context = container_of(cap_lookup(core.root, sigh.cap.slot), struct signal_context, object);
	assert_int_equal(context->pending, 0); /* what is final at once is not signalled */
	assert_int_equal(parent_session_poll(world_parent, 7, &session_state, &error, &cap), OS_OK);
	assert_int_equal(session_state, PARENT_SESSION_STATE_OPEN);
	assert_int_equal(parent_session_wait(world_parent, 7, &again), OS_OK);
	assert_int_equal(cap.slot, again.slot);
	assert_int_equal(log_write((struct log_cap){ cap }, "hello"), OS_OK);
	assert_true(logged("[init -> x] hello\n"));
	assert_int_equal(pd_object_free(world_pd, sigh.cap), OS_OK);
	assert_int_equal(request(8, "LOG", "x", 0, 1), OS_OK); /* nobody to signal any more */
	world_check();
}

static enum os_err ask(uint64_t id, const char *service, const char *label,
                       enum parent_session_state *how, uint32_t *error, struct os_cap *cap)
{
	return parent_session_ask(world_parent, id, service, label, NULL, 0, &nowhere, 0, 5, how,
	                          error, cap);
}

static void one_call_asks_and_polls(void **state)
{
	enum parent_session_state how;
	struct os_cap cap;
	uint32_t error;
	bool over;

	(void)state;
	assert_int_equal(ask(7, "LOG", "x", &how, &error, &cap), OS_OK);
	assert_int_equal(how, PARENT_SESSION_STATE_OPEN);
	assert_int_equal(log_write((struct log_cap){ cap }, "hello"), OS_OK);
	assert_int_equal(ask(7, "LOG", "x", &how, &error, &cap), OS_ERR_EXISTS);
	assert_int_equal(ask(8, "ROM", "missing", &how, &error, &cap), OS_OK);
	assert_int_equal(how, PARENT_SESSION_STATE_FAILED);
	assert_int_equal(error, OS_ERR_NOT_FOUND);
	assert_int_equal(ask(9, "Timer", "x", &how, &error, &cap), OS_ERR_NO_ROUTE);
	for (uint64_t id = 7; id < 9; id++) {
		assert_int_equal(parent_session_end(world_parent, id, &over), OS_OK);
		assert_true(over);
	}
	assert_int_equal(parent_session_end(world_parent, 9, &over), OS_ERR_NOT_FOUND);
	world_check();
}

static void a_failed_session_keeps_its_reason_until_closed(void **state)
{
	enum parent_session_state session_state;
	struct os_cap cap;
	uint32_t error;

	(void)state;
	assert_int_equal(request(7, "ROM", "a -> missing", 0, 5), OS_OK);
	assert_int_equal(parent_session_poll(world_parent, 7, &session_state, &error, &cap), OS_OK);
	assert_int_equal(session_state, PARENT_SESSION_STATE_FAILED);
	assert_int_equal(error, OS_ERR_NOT_FOUND);
	assert_int_equal(cap.slot, 0);
	assert_int_equal(parent_session_wait(world_parent, 7, &cap), OS_ERR_NOT_FOUND);
	assert_int_equal(parent_session_close(world_parent, 7), OS_OK);
	assert_true(logged("[core] ROM: no boot module \"missing\", asked for by \"init -> a -> "
	                   "missing\"\n"));
	world_check();
}

static void refusals_leave_no_session(void **state)
{
	char label[OS_LABEL_MAX];

	(void)state;
	assert_int_equal(open_session(1, "ROM", "missing"), OS_ERR_NOT_FOUND);
	assert_int_equal(open_session(1, "CPU", "without arguments"), OS_ERR_INVALID);
	assert_int_equal(open_session(1, "Timer", "x"), OS_ERR_NO_ROUTE);
	assert_int_equal(open_session(1, "RAM", "x"), OS_ERR_NO_ROUTE);
	assert_true(logged("no service \"RAM\" for \"init -> x\": core offers ROM, PD, CPU, LOG, "
	                   "RM, TRACE and Log_history\n"));
	assert_int_equal(open_session(1, "LOG", "bad\nlabel"), OS_ERR_INVALID);
	memset(label, 'a', sizeof(label) - 1);
	label[sizeof(label) - 1] = 0;
	assert_int_equal(open_session(1, "LOG", label), OS_ERR_TOO_LONG);
	assert_int_equal(parent_session_close(world_parent, 1), OS_ERR_NOT_FOUND);
	world_check();
}

static void the_donation_pays(void **state)
{
	struct log_cap log;
	struct os_cap cap;

	(void)state;
	assert_int_equal(request(1, "LOG", "x", WORLD_RAM, 1), OS_ERR_OUT_OF_RAM);
	assert_int_equal(request(1, "LOG", "x", 0, WORLD_CAPS), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(request(1, "LOG", "x", 0, UINT64_MAX), OS_ERR_OUT_OF_CAPS);
	/* too little for the session object itself */
	assert_int_equal(request(1, "LOG", "x", 0, 0), OS_OK);
	assert_int_equal(parent_session_wait(world_parent, 1, &cap), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(request(2, "PD", "x", 100, 10), OS_OK);
	assert_int_equal(parent_session_wait(world_parent, 2, &cap), OS_ERR_OUT_OF_RAM);
	log.cap = world_open(3, "LOG", "x", 0, 1);
	assert_int_equal(parent_session_upgrade(world_parent, 3, 500, WORLD_CAPS),
	                 OS_ERR_OUT_OF_CAPS);
	assert_int_equal(parent_session_upgrade(world_parent, 3, 500, 5), OS_OK);
	assert_int_equal(log_write(log, ""), OS_OK);
	world_check();
}

static void the_config_of_the_root_is_nobody_elses(void **state)
{
	(void)state;
	assert_int_equal(open_session(1, "ROM", "a -> config"), OS_ERR_NOT_FOUND);
	assert_int_equal(open_session(1, "ROM", "a -> b -> config"), OS_ERR_NOT_FOUND);
	world_open(1, "ROM", "config", ROM_RAM, ROM_CAPS);
	world_check();
}

static void a_rom_shows_the_module_and_cannot_be_written(void **state)
{
	struct rom_cap a = { world_open(1, "ROM", "config", ROM_RAM, ROM_CAPS) };
	struct rom_cap b = { world_open(2, "ROM", "config", ROM_RAM, ROM_CAPS) };
	struct rom_dataspace_cap ds, same;
	struct region_map_cap space;
	uint64_t size, at;
	bool writeable;

	(void)state;
	assert_int_equal(rom_dataspace(a, &ds), OS_OK);
	assert_int_equal(rom_dataspace(b, &same), OS_OK);
	assert_int_equal(ds.cap.slot, same.cap.slot);
	assert_int_equal(dataspace_info((struct dataspace_cap){ ds.cap }, &size, &writeable),
	                 OS_OK);
	assert_int_equal(size, OS_PAGE_SIZE);
	assert_false(writeable);
	assert_int_equal(rom_sigh(a, (struct signal_context_cap){ 0 }), OS_OK);
	assert_int_equal(pd_address_space(world_pd, &space), OS_OK);
	assert_int_equal(region_map_attach(space, (struct dataspace_cap){ ds.cap }, 0, 0, true,
	                                   1 << 20, true, false, &at),
	                 OS_ERR_DENIED);
	assert_int_equal(pd_free(world_pd, (struct ram_dataspace_cap){ ds.cap }), OS_ERR_CAP_TYPE);
	/* the content outlives the session */
	assert_int_equal(parent_session_close(world_parent, 1), OS_OK);
	assert_int_equal(rom_dataspace(a, &ds), OS_ERR_GONE);
	assert_int_equal(rom_dataspace(b, &ds), OS_OK);
	world_check();
}

static void core_takes_no_services_and_has_nothing_to_give(void **state)
{
	char service[PARENT_REQUEST_NEXT_SERVICE_SIZE], label[PARENT_REQUEST_NEXT_LABEL_SIZE];
	uint8_t args[PARENT_REQUEST_NEXT_ARGS_SIZE];
	struct parent_affinity affinity;
	enum parent_request_kind kind;
	struct account_cap account;
	uint64_t id, ram, caps;
	size_t args_size;

	(void)state;
	assert_int_equal(parent_announce(world_parent, "GUI"), OS_ERR_DENIED);
	assert_int_equal(parent_request_sigh(world_parent, (struct signal_context_cap){ 0 }),
	                 OS_OK);
	assert_int_equal(parent_request_next(world_parent, &kind, &id, service, label, args,
	                                     &args_size, &affinity, &ram, &caps, &account),
	                 OS_OK);
	assert_int_equal(kind, PARENT_REQUEST_KIND_NONE);
	assert_int_equal(parent_request_deliver(world_parent, 1, (struct os_cap){ 0 }),
	                 OS_ERR_NOT_FOUND);
	assert_int_equal(parent_request_deny(world_parent, 1, 1), OS_ERR_NOT_FOUND);
	assert_int_equal(parent_request_closed(world_parent, 1), OS_ERR_NOT_FOUND);
	assert_int_equal(parent_resource_request(world_parent, 1, 1), OS_ERR_DENIED);
	assert_int_equal(parent_resource_yield(world_parent, WORLD_RAM, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(parent_resource_yield(world_parent, 4096, 3), OS_OK);
	assert_int_equal(parent_alive(world_parent), OS_OK);
	world_check();
}

static void the_environment_is_there(void **state)
{
	struct thread_cap thread = { { OS_CAP_SLOT_THREAD } };
	struct os_cap pd, cpu, rom;
	char name[THREAD_INFO_NAME_SIZE];
	uint64_t time;

	(void)state;
	assert_int_equal(parent_environment(world_parent, PARENT_ENVIRONMENT_PD, &pd), OS_OK);
	assert_int_equal(pd.slot, OS_CAP_SLOT_PD);
	assert_int_equal(parent_environment(world_parent, PARENT_ENVIRONMENT_CPU, &cpu), OS_OK);
	assert_int_equal(parent_environment(world_parent, PARENT_ENVIRONMENT_BINARY, &rom), OS_OK);
	assert_int_equal(thread_info(thread, name, &time), OS_OK);
	assert_string_equal(name, "init");
	assert_string_equal(core.root->label, "init");
	assert_string_equal(core.root->binary_name, "init");
}

static void the_exit_of_the_root_component_is_cores(void **state)
{
	(void)state;
	assert_false(core.exiting);
	assert_int_equal(parent_exit(world_parent, -3), OS_OK);
	assert_true(core.exiting);
	assert_int_equal(core.exit_value, -3);
}

static void its_crash_is_too(void **state)
{
	(void)state;
	pd_ended(core.root, PD_STATE_CRASHED, "segmentation fault at 0x0");
	assert_true(core.exiting);
	assert_int_equal(core.exit_value, 1);
	assert_true(logged("[core] \"init\" has ended: segmentation fault at 0x0\n"));
}

static void boot_needs_an_init_and_quota(void **state)
{
	(void)state;
	world_init(0);
	os_list_remove(&core.modules, &world.modules[0].node);
	assert_int_equal(core_boot(WORLD_RAM, WORLD_CAPS), OS_ERR_NOT_FOUND);
	assert_true(logged("no boot module \"init\""));
	world_fini();
	world_init(0);
	assert_int_equal(core_boot(PD_RAM + 100, WORLD_CAPS), OS_ERR_OUT_OF_RAM);
	world_fini();
	world_init(0);
	assert_int_equal(core_boot(WORLD_RAM, 40), OS_ERR_OUT_OF_CAPS);
	world_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opening_and_closing_returns_everything),
		TEST(ids_are_the_requesters),
		TEST(requests_are_done_at_once),
		TEST(one_call_asks_and_polls),
		TEST(a_failed_session_keeps_its_reason_until_closed),
		TEST(refusals_leave_no_session),
		TEST(the_donation_pays),
		TEST(the_config_of_the_root_is_nobody_elses),
		TEST(a_rom_shows_the_module_and_cannot_be_written),
		TEST(core_takes_no_services_and_has_nothing_to_give),
		TEST(the_environment_is_there),
		TEST(the_exit_of_the_root_component_is_cores),
		TEST(its_crash_is_too),
		cmocka_unit_test(boot_needs_an_init_and_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

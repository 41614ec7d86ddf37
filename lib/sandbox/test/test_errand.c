/* SPDX-License-Identifier: BSD-2-Clause */
/* Children whose PD or CPU session a sibling serves, which may never answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "world_core.h"

#define SERVER                                                                            \
	"<start name=\"server\" ram=\"2M\" caps=\"200\"><provides><service name=\"PD\"/>" \
	"<service name=\"CPU\"/><service name=\"ROM\"/></provides></start>"
#define CHILD(service)                                                                  \
	"<start name=\"child\" ram=\"2M\" caps=\"200\"><route><service name=\"" service \
	"\"><child "                                                                    \
	"name=\"server\"/></service><any-service><parent/></any-service></route></start>"
#define OTHER "<start name=\"other\" ram=\"2M\" caps=\"200\"/>"
#define CONFIG(starts)                                                           \
	"<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/>" \
	"<service name=\"CPU\"/><service name=\"LOG\"/></parent-provides>"       \
	"<default-route><any-service><parent/></any-service></default-route>" starts "</config>"

static struct world_session *session;

/* The child's session is asked of its server; the id that this knows. */
static uint64_t ask(const char *service)
{
	const bool pd = os_str_equal(service, "PD"), rom = os_str_equal(service, "ROM");
	struct world_fetched f;

	world_init();
	world.threads_wait = true;
	assert_int_equal(world_apply(pd    ? CONFIG(SERVER CHILD("PD"))
	                             : rom ? CONFIG(SERVER CHILD("ROM"))
	                                   : CONFIG(SERVER CHILD("CPU"))),
	                 OS_OK);
	world_alive("server");
	assert_int_equal(parent_announce(world_child("server"), service), OS_OK);
	f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	session = world_core_session(service, "child");
	return f.id;
}

static void deliver(uint64_t id)
{
	assert_int_equal(
	        parent_request_deliver(world_child("server"), id, (struct os_cap){ session->slot }),
	        OS_OK);
	world_run();
}

/* The child waits for its server, which has `service` opened for it. */
static void start(const char *service)
{
	deliver(ask(service));
	assert_int_equal(world_threads_waiting(), 1);
}

static void finish(void)
{
	world_core_session_end(session);
	world_fini();
	assert_int_equal(world_threads_waiting(), 0);
}

static bool is_up(const char *name)
{
	return os_sandbox_fate(&world.sandbox, name) == OS_SANDBOX_UP;
}

static void a_sibling_that_answers_late_has_the_child_run(void **state)
{
	(void)state;
	start("PD");
	assert_int_equal(os_sandbox_fate(&world.sandbox, "child"), OS_SANDBOX_STARTING);
	world_threads_go();
	world_alive("child");
	assert_true(is_up("child"));
	/* how it has ended is asked in the same way */
	world_pd_ends("child", PD_STATE_CRASHED);
	assert_true(is_up("child"));
	world_threads_go();
	assert_true(world_told("child \"child\" crashed: segmentation fault at 0x0"));
	assert_int_equal(os_sandbox_fate(&world.sandbox, "child"), OS_SANDBOX_ENDED);
	finish();
}

static void so_does_one_that_serves_cpu(void **state)
{
	struct world_session *cpu;

	(void)state;
	start("CPU");
	cpu = session;
	assert_false(cpu->started);
	world_threads_go();
	assert_true(cpu->started);
	world_alive("child");
	assert_true(is_up("child"));
	finish();
}

static void who_is_not_answered_holds_up_nobody(void **state)
{
	(void)state;
	start("PD");
	assert_int_equal(world_apply(CONFIG(SERVER CHILD("PD") OTHER)), OS_OK);
	world_alive("other");
	assert_true(is_up("other"));
	assert_int_equal(os_sandbox_fate(&world.sandbox, "child"), OS_SANDBOX_STARTING);
	/* when it is removed, the call is cancelled */
	assert_int_equal(world_apply(CONFIG(SERVER OTHER)), OS_OK);
	assert_int_equal(world_threads_waiting(), 0);
	finish();
}

static void the_servers_end_is_that_of_the_call(void **state)
{
	(void)state;
	start("PD");
	world_pd_ends("server", PD_STATE_CRASHED);
	assert_int_equal(world_threads_waiting(), 0);
	assert_false(os_sandbox_fate(&world.sandbox, "child") == OS_SANDBOX_UP);
	finish();
}

static void who_serves_the_pd_gets_what_is_the_childs(void **state)
{
	const struct os_quota cost = { 4096, 2 };
	struct os_quota own;
	struct child *child;

	(void)state;
	start("PD");
	child = child_find(&world.sandbox, "child");
	own = child->own;
	assert_null(session->account);
	/* what is paid meanwhile, it pays */
	assert_int_equal(child_pay(child, cost), OS_OK);
	world_threads_go();
	assert_int_equal(session->account->ram, own.ram - cost.ram);
	assert_int_equal(session->account->caps, own.caps - cost.caps);
	/* it is back although the PD session is still there */
	assert_int_equal(world_apply(CONFIG(SERVER)), OS_OK);
	assert_null(session->account);
	finish();
}

static void a_binary_of_a_siblings_is_fetched_at_the_childs_expense(void **state)
{
	const struct os_quota *const claimed = &world.upstream_link.claimed;
	struct os_quota own, before;
	struct child *child;
	uint64_t id;

	(void)state;
	id = ask("ROM");
	child = child_find(&world.sandbox, "child");
	own = child->own;
	before = *claimed;
	deliver(id);
	assert_int_equal(world_threads_waiting(), 1);
	assert_int_equal(child->own.ram, own.ram - SANDBOX_ERRAND_RAM);
	assert_int_equal(child->own.caps, own.caps - SANDBOX_ERRAND_CAPS);
	assert_int_equal(claimed->ram, before.ram + SANDBOX_ERRAND_RAM);
	world_threads_go();
	world_alive("child");
	assert_true(is_up("child"));
	assert_int_equal(world_apply(CONFIG(SERVER)), OS_OK);
	assert_int_equal(claimed->ram, before.ram - SANDBOX_CHILD_RAM);
	finish();
}

/* An init on the way to it draws on the donation, too, so that it may be too small. */
static void a_donation_found_too_small_is_raised_at_the_childs_expense(void **state)
{
	struct world_fetched f, again;
	const uint64_t id = ask("PD");
	struct child *const child = child_find(&world.sandbox, "child");
	const struct os_quota own = child->own;
	const uint64_t ram = world.own->ram;

	(void)state;
	assert_int_equal(parent_request_deny(world_child("server"), id, OS_ERR_OUT_OF_RAM), OS_OK);
	world_run();
	f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	assert_true(f.ram > PD_RAM);
	assert_int_equal(f.caps, PD_CAPS);
	assert_int_equal(own.ram - child->own.ram, f.ram - PD_RAM);
	assert_int_equal(parent_request_deny(world_child("server"), f.id, OS_ERR_OUT_OF_CAPS),
	                 OS_OK);
	world_run();
	again = world_fetch("server");
	assert_int_equal(again.ram, f.ram);
	assert_true(again.caps > PD_CAPS);
	assert_int_equal(world.own->ram, ram - (f.ram - PD_RAM));
	assert_int_equal(own.caps - child->own.caps, again.caps - PD_CAPS);
	deliver(again.id);
	world_threads_go();
	world_alive("child");
	assert_true(is_up("child"));
	/* when it ends, all of it is back */
	assert_int_equal(world_apply(CONFIG(SERVER)), OS_OK);
	f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_int_equal(world_apply(CONFIG(SERVER CHILD("PD"))), OS_OK);
	assert_int_equal(child_find(&world.sandbox, "child")->own.ram, own.ram);
	assert_int_equal(child_find(&world.sandbox, "child")->own.caps, own.caps);
	finish();
}

/* And not without end, nor beyond what the child has. */
static void a_server_that_never_has_enough_fails_the_child(void **state)
{
	struct world_fetched f = { .id = ask("PD") };
	uint32_t tries = 0;

	(void)state;
	do {
		assert_int_equal(
		        parent_request_deny(world_child("server"), f.id, OS_ERR_OUT_OF_CAPS),
		        OS_OK);
		world_run();
		f = world_fetch("server");
	} while (f.kind == PARENT_REQUEST_KIND_CREATE && ++tries < 10);
	assert_int_equal(tries, 2);
	assert_int_equal(os_sandbox_fate(&world.sandbox, "child"), OS_SANDBOX_FAILED);
	assert_true(world_told("child \"child\": not started: PD session: capability quota "
	                       "exhausted; give it more caps"));
	finish();
}

/* With the n-th call or allocation failing; true if there was one. */
static bool start_failing(const char *service, uint32_t n, bool calls)
{
	const uint64_t id = ask(service);
	bool failed;

	if (calls)
		world.fail_call = world.calls + n;
	else
		world.heap.fail_at = world.heap.calls + n;
	deliver(id);
	world_threads_go();
	failed = calls ? world.failed : world.heap.failed > 0;
	assert_int_equal(os_sandbox_fate(&world.sandbox, "child"),
	                 failed ? OS_SANDBOX_FAILED : OS_SANDBOX_STARTING);
	finish();
	return failed;
}

static void what_fails_leaves_nothing(void **state)
{
	static const char *const services[] = { "PD", "CPU" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		uint32_t n = 1;

		while (start_failing(services[i / 2], n, i % 2))
			n++;
		assert_true(n > 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sibling_that_answers_late_has_the_child_run),
		cmocka_unit_test(so_does_one_that_serves_cpu),
		cmocka_unit_test(who_is_not_answered_holds_up_nobody),
		cmocka_unit_test(the_servers_end_is_that_of_the_call),
		cmocka_unit_test(who_serves_the_pd_gets_what_is_the_childs),
		cmocka_unit_test(a_binary_of_a_siblings_is_fetched_at_the_childs_expense),
		cmocka_unit_test(a_donation_found_too_small_is_raised_at_the_childs_expense),
		cmocka_unit_test(a_server_that_never_has_enough_fails_the_child),
		cmocka_unit_test(what_fails_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

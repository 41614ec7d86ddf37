/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of the component itself with a child: opened, refused, lost, closed; all quota is back.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world_core.h"

#define START(more)                                                                       \
	"<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service " \
	"name=\"CPU\"/><service name=\"LOG\"/></parent-provides><default-route>"          \
	"<any-service><parent/></any-service></default-route>"                            \
	"<start name=\"s\" ram=\"2M\" caps=\"200\"><provides><service name=\"Foo\"/>"     \
	"</provides>" more "</start></config>"

enum { FOO_TYPE = 4711, DONATION = 8192 };

static struct os_sandbox_client client;
static uint32_t told;
static uint64_t ram;

static void changed(struct os_sandbox_client *self)
{
	assert_ptr_equal(self, &client);
	told++;
}

static const struct os_session_args args = {
	.service = "Foo", .label = "me", .ram = DONATION, .caps = 4, .type = FOO_TYPE
};

static void start(const char *config)
{
	world_init();
	client = (struct os_sandbox_client){ .changed = changed };
	told = 0;
	assert_int_equal(world_apply(config), OS_OK);
	world_alive("s");
	assert_int_equal(parent_announce(world_child("s"), "Foo"), OS_OK);
	world_run();
	ram = world.own->ram;
}

static struct world_fetched ask(void)
{
	struct world_fetched f;

	assert_int_equal(os_sandbox_session_open(&world.sandbox, "s", &args, &client), OS_OK);
	assert_int_equal(client.state, PARENT_SESSION_STATE_REQUESTED);
	f = world_fetch("s");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	return f;
}

static struct world_fetched open(uint32_t type)
{
	const struct world_fetched f = ask();

	assert_int_equal(parent_request_deliver(world_child("s"), f.id, world_object(type)), OS_OK);
	assert_int_equal(told, 0); /* not within the child's call */
	world_run();
	assert_int_equal(told, 1);
	return f;
}

static void fetch_close(uint64_t id)
{
	const struct world_fetched f = world_fetch("s");

	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(f.id, id);
	assert_int_equal(parent_request_closed(world_child("s"), id), OS_OK);
	world_run();
}

static void the_config_names_a_child_for_own_sessions(void **state)
{
	char child[8];

	(void)state;
	world_init();
	assert_false(os_sandbox_own_route(&world.sandbox, "Timer", child, sizeof(child)));
	assert_int_equal(
	        world_apply("<config><own-route><service name=\"Timer\"><child name=\"t\"/>"
	                    "</service><service name=\"Report\"><parent/></service></own-route>"
	                    "</config>"),
	        OS_OK);
	assert_int_equal(world.line_count, 0);
	assert_true(os_sandbox_own_route(&world.sandbox, "Timer", child, sizeof(child)));
	assert_string_equal(child, "t");
	assert_false(os_sandbox_own_route(&world.sandbox, "Report", child, sizeof(child)));
	assert_false(os_sandbox_own_route(&world.sandbox, "Log", child, sizeof(child)));
	assert_int_equal(world_apply("<config/>"), OS_OK);
	assert_false(os_sandbox_own_route(&world.sandbox, "Timer", child, sizeof(child)));
	world_fini();
}

static void a_session_is_asked_for_and_opened(void **state)
{
	struct world_fetched f;

	(void)state;
	start(START(""));
	f = open(FOO_TYPE);
	assert_string_equal(f.service, "Foo");
	assert_string_equal(f.label, "me");
	assert_int_equal(f.ram, DONATION);
	assert_int_equal(client.state, PARENT_SESSION_STATE_OPEN);
	assert_int_not_equal(client.cap.slot, 0);
	assert_int_equal(world.own->ram, ram - DONATION);
	assert_int_equal(os_sandbox_session_upgrade(&client, (struct os_quota){ 100, 1 }), OS_OK);
	assert_int_equal(world.own->ram, ram - DONATION - 100);
	assert_int_equal(world_fetch("s").kind, PARENT_REQUEST_KIND_UPGRADE);
	os_sandbox_session_close(&client);
	os_sandbox_session_close(&client);
	assert_null(client.sandbox);
	assert_int_not_equal(world.own->ram, ram); /* the child may still work with it */
	fetch_close(f.id);
	assert_int_equal(world.own->ram, ram);
	assert_int_equal(told, 1);
	assert_int_equal(os_sandbox_session_upgrade(&client, (struct os_quota){ 1, 1 }),
	                 OS_ERR_GONE);
	world_fini();
}

static void the_child_may_refuse(void **state)
{
	(void)state;
	start(START(""));
	assert_int_equal(parent_request_deny(world_child("s"), ask().id, OS_ERR_DENIED), OS_OK);
	world_run();
	assert_int_equal(told, 1);
	assert_int_equal(client.state, PARENT_SESSION_STATE_FAILED);
	assert_int_equal(client.err, OS_ERR_DENIED);
	assert_int_equal(world.own->ram, ram);
	os_sandbox_session_close(&client);
	world_fini();
}

static void another_type_is_a_failure(void **state)
{
	(void)state;
	start(START(""));
	open(FOO_TYPE + 1);
	assert_int_equal(client.state, PARENT_SESSION_STATE_FAILED);
	assert_int_equal(client.err, OS_ERR_CAP_TYPE);
	assert_int_equal(client.cap.slot, 0);
	os_sandbox_session_close(&client);
	world_fini();
}

static void what_no_child_offers_is_no_route(void **state)
{
	const struct os_session_args bar = { .service = "Bar" };

	(void)state;
	start(START(""));
	assert_int_equal(os_sandbox_session_open(&world.sandbox, "s", &bar, &client),
	                 OS_ERR_NO_ROUTE);
	assert_int_equal(os_sandbox_session_open(&world.sandbox, "t", &args, &client),
	                 OS_ERR_NO_ROUTE);
	assert_null(client.sandbox);
	world_pd_ends("s", PD_STATE_CRASHED);
	world_run();
	assert_int_equal(os_sandbox_session_open(&world.sandbox, "s", &args, &client),
	                 OS_ERR_NO_ROUTE);
	world_fini();
}

static void when_the_child_ends_it_is_gone(void **state)
{
	(void)state;
	start(START(""));
	open(FOO_TYPE);
	world_pd_ends("s", PD_STATE_CRASHED);
	world_run();
	assert_int_equal(told, 2);
	assert_int_equal(client.state, PARENT_SESSION_STATE_GONE);
	/* somebody may be in a call: the slot is not another one's until it is closed */
	assert_int_not_equal(client.cap.slot, 0);
	os_sandbox_session_close(&client);
	world_fini();
}

static void a_request_waits_for_a_child_that_restarts(void **state)
{
	struct world_fetched f;

	(void)state;
	start(START("<restart/>"));
	assert_int_equal(os_sandbox_session_open(&world.sandbox, "s", &args, &client), OS_OK);
	world_pd_ends("s", PD_STATE_CRASHED);
	world_run();
	assert_int_equal(told, 0);
	world_alive("s");
	assert_int_equal(parent_announce(world_child("s"), "Foo"), OS_OK);
	f = world_fetch("s");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	assert_int_equal(parent_request_deliver(world_child("s"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	world_run();
	assert_int_equal(client.state, PARENT_SESSION_STATE_OPEN);
	world_fini();
	assert_null(client.sandbox);
}

static void closed_before_the_answer_it_is_over_after_it(void **state)
{
	struct world_fetched f;

	(void)state;
	start(START(""));
	f = ask();
	os_sandbox_session_close(&client);
	assert_int_equal(parent_request_deliver(world_child("s"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	fetch_close(f.id);
	assert_int_equal(told, 0);
	assert_int_equal(world.own->ram, ram);
	world_fini();
}

static void the_end_of_the_sandbox_closes_it(void **state)
{
	(void)state;
	start(START(""));
	open(FOO_TYPE);
	world_fini();
	assert_null(client.sandbox);
	start(START(""));
	ask();
	world_fini();
	assert_int_equal(told, 0);
}

static void without_memory_there_is_none(void **state)
{
	enum os_err err = OS_ERR_OUT_OF_RAM;

	(void)state;
	for (size_t n = 1; err; n++) {
		start(START(""));
		world.heap.calls = 0;
		world.heap.fail_at = n;
		err = os_sandbox_session_open(&world.sandbox, "s", &args, &client);
		world.heap.fail_at = 0;
		assert_true(!err == (client.sandbox != NULL));
		if (err)
			assert_int_equal(world.own->ram, ram);
		world_fini();
	}
	start(START(""));
	world.own->ram = DONATION - 1;
	assert_int_equal(os_sandbox_session_open(&world.sandbox, "s", &args, &client),
	                 OS_ERR_OUT_OF_RAM);
	assert_null(client.sandbox);
	world.own->ram = ram;
	world_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_config_names_a_child_for_own_sessions),
		cmocka_unit_test(a_session_is_asked_for_and_opened),
		cmocka_unit_test(the_child_may_refuse),
		cmocka_unit_test(another_type_is_a_failure),
		cmocka_unit_test(what_no_child_offers_is_no_route),
		cmocka_unit_test(when_the_child_ends_it_is_gone),
		cmocka_unit_test(a_request_waits_for_a_child_that_restarts),
		cmocka_unit_test(closed_before_the_answer_it_is_over_after_it),
		cmocka_unit_test(the_end_of_the_sandbox_closes_it),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

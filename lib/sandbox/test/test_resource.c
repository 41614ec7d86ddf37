/* SPDX-License-Identifier: BSD-2-Clause */
/* Quota that moves: requests by config, waiting, our own parent, yielding. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "world.h"

#define HEAD                                                                                  \
	"<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service "     \
	"name=\"CPU\"/></parent-provides><default-route><any-service><parent/></any-service>" \
	"</default-route>\n"

static struct world_account *account_of(const char *name)
{
	return world_find("PD", name)->account;
}

/* Two children: `a` may get 1M and 50 capabilities more, `b` as `b_more` says. */
static void start(const char *b_more)
{
	char config[1200];

	world_init();
	world.by_config = true;
	world.more_answer = PARENT_RESOURCE_STATE_DENIED;
	assert_true(snprintf(config, sizeof(config),
	                     HEAD "<start name=\"a\" ram=\"1M\" caps=\"100\"><resource-request "
	                          "ram=\"1M\" caps=\"50\"/></start>"
	                          "<start name=\"b\" ram=\"1M\" caps=\"100\">%s</start></config>",
	                     b_more) < (int)sizeof(config));
	assert_int_equal(world_apply(config), OS_OK);
	world_alive("a");
	world_alive("b");
}

static enum parent_resource_state ask(const char *name, uint64_t ram, uint64_t caps)
{
	enum parent_resource_state state;

	assert_int_equal(parent_resource_ask(world_child(name), ram, caps, &state), OS_OK);
	return state;
}

static enum parent_resource_state poll(const char *name)
{
	enum parent_resource_state state;

	assert_int_equal(parent_resource_poll(world_child(name), &state), OS_OK);
	return state;
}

static struct os_quota wanted_of(const char *name)
{
	struct os_quota q;

	assert_int_equal(parent_yield_wanted(world_child(name), &q.ram, &q.caps), OS_OK);
	return q;
}

/* All that we have is with somebody who keeps it: nothing is left to give. */
static void leave_nothing(void)
{
	struct os_quota left;

	assert_int_equal(quota_left(&world.upstream_link, &left), OS_OK);
	assert_int_equal(os_sandbox_donate(&world.sandbox, "b", left), OS_OK);
}

static void what_the_config_allows_is_given(void **state)
{
	(void)state;
	start("");
	const uint64_t ram = account_of("a")->ram, caps = account_of("a")->caps;
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_NONE);
	assert_int_equal(parent_resource_request(world_child("a"), 600 << 10, 30), OS_OK);
	assert_int_equal(account_of("a")->ram, ram + (600 << 10));
	assert_int_equal(account_of("a")->caps, caps + 30);
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_GRANTED);
	/* and no more */
	assert_int_equal(ask("a", 600 << 10, 0), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(ask("a", 0, 21), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(ask("a", 424 << 10, 20), PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(ask("a", 1, 0), PARENT_RESOURCE_STATE_DENIED);
	/* what it gives back it may have again */
	assert_int_equal(parent_resource_yield(world_child("a"), 1 << 20, 50), OS_OK);
	assert_int_equal(account_of("a")->ram, ram);
	assert_int_equal(ask("a", 1 << 20, 50), PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(parent_resource_yield(world_child("a"), (1 << 20) + 5000, 55), OS_OK);
	assert_int_equal(ask("a", (1 << 20) + 5001, 55), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(ask("a", (1 << 20) + 5000, 55), PARENT_RESOURCE_STATE_GRANTED);
	world_fini();
}

static void without_a_word_in_the_config_nothing_is_given(void **state)
{
	(void)state;
	start("");
	assert_int_equal(ask("b", 1, 0), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(parent_resource_request(world_child("b"), 0, 1), OS_ERR_DENIED);
	assert_int_equal(ask("b", UINT64_MAX, UINT64_MAX), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(ask("b", 0, 0), PARENT_RESOURCE_STATE_GRANTED);
	assert_true(world_told("child \"b\": asks for 0K RAM and 1 capabilities more, and gets "
	                       "none; raise its RAM or caps, or add <resource-request>"));
	world_fini();
}

static void our_parent_is_asked_for_what_is_lacking(void **state)
{
	(void)state;
	start("");
	leave_nothing();
	world.more_answer = PARENT_RESOURCE_STATE_GRANTED;
	assert_int_equal(ask("a", 5000, 2), PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(world.more.ram, 5000);
	assert_int_equal(world.more.caps, 2);
	world.more_answer = PARENT_RESOURCE_STATE_DENIED;
	assert_int_equal(ask("a", 5000, 2), PARENT_RESOURCE_STATE_DENIED);
	/* it takes its time, and says yes; or no */
	world.more_answer = PARENT_RESOURCE_STATE_PENDING;
	struct signal_context_cap heard = world_context();
	assert_int_equal(parent_resource_sigh(world_child("a"), heard), OS_OK);
	assert_int_equal(ask("a", 5000, 2), PARENT_RESOURCE_STATE_PENDING);
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_PENDING);
	assert_int_equal(world_signals(heard), 0);
	world_parent_decide(PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_GRANTED);
	world.more_answer = PARENT_RESOURCE_STATE_PENDING;
	assert_int_equal(ask("a", 5000, 2), PARENT_RESOURCE_STATE_PENDING);
	world_parent_decide(PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_DENIED);
	world_fini();
}

static void who_waits_is_answered_or_cancels(void **state)
{
	(void)state;
	start("");
	leave_nothing();
	world.more_answer = PARENT_RESOURCE_STATE_PENDING;
	assert_int_equal(parent_resource_request(world_child("a"), 5000, 2), WORLD_LATER);
	assert_int_equal(parent_resource_request(world_child("a"), 1, 0), OS_ERR_DENIED);
	assert_int_equal(ask("a", 4000, 3), PARENT_RESOURCE_STATE_PENDING); /* the larger of both */
	world_parent_decide(PARENT_RESOURCE_STATE_GRANTED);
	assert_true(world.replied[world.reply_count - 1]);
	assert_int_equal(world.reply[world.reply_count - 1].op, OS_OK);
	world.more_answer = PARENT_RESOURCE_STATE_PENDING;
	assert_int_equal(parent_resource_request(world_child("a"), 5000, 2), WORLD_LATER);
	assert_int_equal(parent_resource_cancel(world_child("a")), OS_OK);
	assert_int_equal(world.reply[world.reply_count - 1].op, OS_ERR_CANCELLED);
	assert_int_equal(poll("a"), PARENT_RESOURCE_STATE_NONE);
	/* what comes too late is ours; a child that ends while it waits leaves nothing behind */
	world_parent_decide(PARENT_RESOURCE_STATE_GRANTED);
	leave_nothing();
	world.more_answer = PARENT_RESOURCE_STATE_PENDING;
	assert_int_equal(parent_resource_request(world_child("a"), 5000, 2), WORLD_LATER);
	assert_int_equal(world.upstream_link.pending_resources, 1);
	world_pd_ends("a", PD_STATE_CRASHED);
	assert_int_equal(world.upstream_link.pending_resources, 0);
	world_parent_decide(PARENT_RESOURCE_STATE_DENIED);
	world_fini();
}

static void others_are_asked_to_yield(void **state)
{
	struct signal_context_cap heard;

	(void)state;
	start("<resource-request ram=\"1M\" wait=\"yes\"/>");
	leave_nothing(); /* so that `b` has more than it was assigned */
	heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("b"), heard), OS_OK);
	assert_int_equal(ask("a", 8192, 1), PARENT_RESOURCE_STATE_DENIED);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(wanted_of("b").ram, 8192);
	assert_int_equal(wanted_of("b").caps, 1);
	assert_int_equal(parent_resource_yield(world_child("b"), 8192, 1), OS_OK);
	assert_int_equal(wanted_of("b").ram, 0);
	assert_int_equal(ask("a", 8192, 1), PARENT_RESOURCE_STATE_GRANTED);
	/* who listens late hears of it, too */
	assert_int_equal(ask("a", 8192, 1), PARENT_RESOURCE_STATE_DENIED);
	heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("b"), heard), OS_OK);
	assert_int_equal(world_signals(heard), 1);
	/* one that may wait does, until somebody gives something back */
	assert_int_equal(parent_resource_request(world_child("b"), 4096, 0), WORLD_LATER);
	assert_int_equal(parent_resource_yield(world_child("a"), 4096, 0), OS_OK);
	world_run();
	assert_int_equal(world.upstream_link.pending_resources, 1); /* beyond what it may have */
	assert_int_equal(parent_resource_cancel(world_child("b")), OS_OK);
	world_fini();
}

static void who_may_wait_gets_what_becomes_free(void **state)
{
	(void)state;
	start("<resource-request ram=\"64M\" caps=\"9\" wait=\"yes\"/>");
	leave_nothing();
	assert_int_equal(parent_resource_request(world_child("b"), 4096, 0), WORLD_LATER);
	assert_int_equal(parent_resource_yield(world_child("a"), 4000, 0), OS_OK);
	world_run();
	assert_int_equal(poll("b"), PARENT_RESOURCE_STATE_PENDING);
	world_pd_ends("a", PD_STATE_KILLED); /* all of it */
	assert_int_equal(poll("b"), PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(world.reply[world.reply_count - 1].op, OS_OK);
	world_fini();
}

/* A person, or a manager, has seen the request in the report, and raises the quota. */
static void another_config_may_be_the_answer(void **state)
{
	(void)state;
	start("<resource-request wait=\"yes\"/>");
	assert_int_equal(parent_resource_request(world_child("b"), 1 << 20, 0), WORLD_LATER);
	assert_int_equal(world_apply(HEAD "<start name=\"a\" ram=\"1M\" caps=\"100\"/>"
	                                  "<start name=\"b\" ram=\"1500K\" caps=\"100\">"
	                                  "<resource-request wait=\"yes\"/></start></config>"),
	                 OS_OK);
	assert_int_equal(poll("b"), PARENT_RESOURCE_STATE_PENDING);
	assert_int_equal(world_apply(HEAD "<start name=\"a\" ram=\"1M\" caps=\"100\"/>"
	                                  "<start name=\"b\" ram=\"2M\" caps=\"100\">"
	                                  "<resource-request wait=\"yes\"/></start></config>"),
	                 OS_OK);
	assert_int_equal(poll("b"), PARENT_RESOURCE_STATE_GRANTED);
	assert_int_equal(world.reply[world.reply_count - 1].op, OS_OK);
	world_fini();
}

/* Who begins to listen may help those who wait already; and is asked again if that is too little.
 */
static void yielding_goes_on_until_it_is_enough(void **state)
{
	struct signal_context_cap heard;

	(void)state;
	start("<resource-request ram=\"64M\" wait=\"yes\"/>");
	leave_nothing();
	assert_int_equal(parent_resource_yield(world_child("b"), 8192, 0), OS_OK);
	assert_int_equal(parent_resource_request(world_child("b"), 20000, 0), WORLD_LATER);
	heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("a"), heard), OS_OK);
	world_run();
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(wanted_of("a").ram, 20000 - 8192);
	world.own->ram -= 100; /* we have used something ourselves meanwhile */
	assert_int_equal(parent_resource_yield(world_child("a"), 20000 - 8192, 0), OS_OK);
	world_run();
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(wanted_of("a").ram, 100);
	assert_int_equal(parent_resource_yield(world_child("a"), 100, 0), OS_OK);
	world_run();
	assert_int_equal(poll("b"), PARENT_RESOURCE_STATE_GRANTED);
	world.own->ram += 100;
	world_fini();
}

static void our_parent_gets_back_what_it_wants(void **state)
{
	struct signal_context_cap heard;
	struct os_quota left;

	(void)state;
	start("");
	world_parent_wants(10000, 3);
	assert_int_equal(world.yielded.ram, 10000);
	assert_int_equal(world.yielded.caps, 3);
	leave_nothing();
	heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("b"), heard), OS_OK);
	world_parent_wants(5000, 0);
	assert_int_equal(world.yielded.ram, 10000);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(wanted_of("b").ram, 5000);
	assert_int_equal(parent_resource_yield(world_child("b"), 5000, 0), OS_OK);
	world_run();
	assert_int_equal(world.yielded.ram, 15000);
	assert_int_equal(os_upstream_free(&world.upstream_link, &left), OS_OK);
	assert_true(left.ram >= SANDBOX_RESERVE_RAM);
	world_fini();
}

static void a_component_asks_for_what_it_wants_back(void **state)
{
	struct signal_context_cap heard;
	const struct os_quota some = { 4096, 2 };

	(void)state;
	start("");
	heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("a"), heard), OS_OK);
	assert_int_equal(os_sandbox_yield_request(&world.sandbox, "nobody", some),
	                 OS_ERR_NOT_FOUND);
	assert_int_equal(os_sandbox_yield_request(&world.sandbox, "a", some), OS_OK);
	assert_int_equal(os_sandbox_yield_request(&world.sandbox, "a", some), OS_OK);
	assert_int_equal(world_signals(heard), 1); /* nothing new */
	assert_int_equal(parent_resource_yield(world_child("a"), 1 << 30, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(parent_resource_yield(world_child("a"), 0, 1 << 20), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(wanted_of("a").ram, 4096);
	world_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_config_allows_is_given),
		cmocka_unit_test(without_a_word_in_the_config_nothing_is_given),
		cmocka_unit_test(our_parent_is_asked_for_what_is_lacking),
		cmocka_unit_test(who_waits_is_answered_or_cancels),
		cmocka_unit_test(others_are_asked_to_yield),
		cmocka_unit_test(who_may_wait_gets_what_becomes_free),
		cmocka_unit_test(another_config_may_be_the_answer),
		cmocka_unit_test(yielding_goes_on_until_it_is_enough),
		cmocka_unit_test(our_parent_gets_back_what_it_wants),
		cmocka_unit_test(a_component_asks_for_what_it_wants_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

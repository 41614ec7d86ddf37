/* SPDX-License-Identifier: BSD-2-Clause */
/* Children and their sessions, from start to end: what each side sees, and that all comes back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "world_core.h"

#define PROVIDES                                                                                \
	"<parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service name=\"CPU\"/>" \
	"<service name=\"LOG\"/><service name=\"Slow\"/><service name=\"Nowhere\"/>"            \
	"</parent-provides>"
#define ROUTE                                               \
	"<default-route><any-service><parent/><any-child/>" \
	"</any-service></default-route>"
#define CONFIG(starts) "<config>" PROVIDES ROUTE starts "</config>"
#define CLIENT         "<start name=\"client\" ram=\"2M\" caps=\"200\"/>"
#define SERVER                                                                             \
	"<start name=\"server\" ram=\"2M\" caps=\"200\"><provides><service name=\"Foo\"/>" \
	"</provides></start>"

enum { FOO_TYPE = 0x1234567 };

static const struct parent_affinity nowhere;

static struct world_account *account_of(const char *child)
{
	return world_find("PD", child)->account;
}

static enum os_err child_open(const char *child, uint64_t id, const char *service,
                              const char *label, struct os_cap *cap)
{
	return parent_session_open(world_child(child), id, service, label, NULL, 0, &nowhere, 8192,
	                           4, cap);
}

static void start_pair(void)
{
	world_init();
	assert_int_equal(world_apply(CONFIG(CLIENT SERVER)), OS_OK);
	world_alive("client");
	world_alive("server");
	assert_int_equal(world.up, 2);
}

/* A session of the client that the server has opened. */
static struct world_fetched open_pair_session(uint64_t id, struct os_cap *object)
{
	struct os_cap cap;
	struct world_fetched f;

	assert_int_equal(child_open("client", id, "Foo", "x", &cap), WORLD_LATER);
	f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	*object = world_object(FOO_TYPE);
	assert_int_equal(parent_request_deliver(world_child("server"), f.id, *object), OS_OK);
	return f;
}

static const struct os_msg *last_reply(void)
{
	assert_true(world.reply_count > 0);
	return world.replied[world.reply_count - 1] ? &world.reply[world.reply_count - 1] : NULL;
}

/* ------------------------------------------------------------------ starting */

static void test_no_children_is_told(void **state)
{
	(void)state;
	world_init();
	assert_int_equal(world_apply("<config/>"), OS_OK);
	assert_int_equal(world.up_calls, 1);
	assert_int_equal(world.up_children, 0);
	world_fini();
}

static void test_children_start_under_their_labels(void **state)
{
	static const char config[] =
	        "<config><parent-provides><service name=\"ROM\"/><service name=\"RAM\"/><service "
	        "name=\"CAP\"/><service name=\"PD\"/><service name=\"CPU\"/></parent-provides>"
	        "<default-route><any-service> <parent/> </any-service></default-route>"
	        "<start name=\"init.1\"><binary name=\"init\"/><resource name=\"RAM\" "
	        "quantum=\"5M\"/></start><start name=\"init.2\"><binary name=\"init\"/>"
	        "<resource name=\"RAM\" quantum=\"5M\"/></start></config>";

	(void)state;
	world_init();
	assert_int_equal(world_apply(config), OS_OK);
	assert_non_null(world_find("PD", "init.1"));
	assert_non_null(world_find("CPU", "init.2"));
	assert_non_null(world_find("ROM", "init.2 -> init"));
	assert_true(world_find("CPU", "init.1")->started);
	assert_int_equal(account_of("init.1")->ram,
	                 (5 << 20) - sandbox_child_cost(world.upstream_link.cost).ram);
	assert_true(account_of("init.1")->caps > 500);
	assert_int_equal(world.up_calls, 0);
	world_alive("init.1");
	assert_int_equal(world.up_calls, 0);
	world_alive("init.2");
	assert_int_equal(world.up_calls, 1);
	assert_int_equal(world.up, 2);
	assert_int_equal(world.line_count, 0);
	world_fini();
}

static void test_what_fails_leaves_the_others(void **state)
{
	(void)state;
	world_init();
	assert_int_equal(world_apply(CONFIG("\n<start name=\"broken\" ram=\"1M\" caps=\"99\"/>\n"
	                                    "<start name=\"missing\" ram=\"1M\" caps=\"99\"/>\n"
	                                    "<start name=\"big\" ram=\"1G\" caps=\"99\"/>\n"
	                                    "<start name=\"good\" ram=\"1M\" caps=\"99\"/>")),
	                 OS_OK);
	world_alive("good");
	assert_int_equal(world.up, 1);
	assert_int_equal(world.up_children, 4);
	assert_true(
	        world_told("config:2: child \"broken\": not started: ROM module \"broken\" is not "
	                   "a valid component"));
	assert_true(
	        world_told("config:3: child \"missing\": not started: ROM module \"missing\" is "
	                   "missing; add it"));
	assert_true(world_told("config:4: child \"big\": not started: asks for 1048576K RAM, "));
	assert_int_equal(world.line_count, 3);
	/* what they had been given is back */
	assert_null(world_find("PD", "broken"));
	assert_null(world_find("ROM", "missing -> missing"));
	world_fini();
}

static void test_priorities_nest(void **state)
{
	(void)state;
	world_init();
	assert_int_equal(world_apply("<config prio_levels=\"2\">" PROVIDES ROUTE
	                             "<start name=\"a\" ram=\"2M\" caps=\"99\" priority=\"-1\"/>"
	                             "</config>"),
	                 OS_OK);
	assert_int_equal(world_find("CPU", "a")->priority_limit, 64);
	struct cpu_args_wire wire;
	struct os_cap cap;
	assert_int_equal(cpu_args_encode(&wire, 64), OS_OK);
	assert_int_equal(parent_session_open(world_child("a"), 1, "CPU", "b", &wire, sizeof(wire),
	                                     &nowhere, CPU_RAM, CPU_CAPS, &cap),
	                 OS_OK);
	assert_int_equal(world_find("CPU", "a -> b")->priority_limit, 96);
	assert_int_equal(cpu_args_encode(&wire, 128), OS_OK);
	assert_int_equal(parent_session_open(world_child("a"), 2, "CPU", "c", &wire, sizeof(wire),
	                                     &nowhere, CPU_RAM, CPU_CAPS, &cap),
	                 OS_ERR_INVALID);
	world_fini();
}

static void test_environment_is_handed_out(void **state)
{
	struct os_cap cap;

	(void)state;
	start_pair();
	assert_int_equal(parent_environment(world_child("client"), PARENT_ENVIRONMENT_PD, &cap),
	                 OS_OK);
	assert_int_equal(cap.slot, world_find("PD", "client")->slot);
	assert_int_equal(parent_environment(world_child("client"), PARENT_ENVIRONMENT_CPU, &cap),
	                 OS_OK);
	assert_int_equal(cap.slot, world_find("CPU", "client")->slot);
	world_fini();
}

/* ------------------------------------------------------------------ sessions to the parent */

static void test_session_to_the_parent(void **state)
{
	struct os_cap cap;

	(void)state;
	start_pair();
	const uint64_t ram = account_of("client")->ram, caps = account_of("client")->caps;
	assert_int_equal(child_open("client", 7, "LOG", "x", &cap), OS_OK);
	assert_int_equal(cap.slot, world_find("LOG", "client -> x")->slot);
	/* the child pays its donation, our bookkeeping, and what our parent charges us */
	assert_int_equal(account_of("client")->ram,
	                 ram - 8192 - SANDBOX_SESSION_RAM - WORLD_SESSION_RAM);
	assert_int_equal(account_of("client")->caps,
	                 caps - 4 - SANDBOX_PARENT_CAPS - WORLD_SESSION_CAPS);
	assert_int_equal(child_open("client", 7, "LOG", "y", &cap), OS_ERR_EXISTS);
	assert_int_equal(parent_session_upgrade(world_child("client"), 7, 100, 1), OS_OK);
	assert_int_equal(world_find("LOG", "client -> x")->ram, 8292);
	assert_int_equal(parent_session_close(world_child("client"), 7), OS_OK);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(account_of("client")->caps, caps);
	assert_int_equal(parent_session_close(world_child("client"), 7), OS_ERR_NOT_FOUND);
	world_fini();
}

static void test_donation_must_be_there(void **state)
{
	struct os_cap cap;

	(void)state;
	start_pair();
	assert_int_equal(parent_session_open(world_child("client"), 1, "LOG", "", NULL, 0, &nowhere,
	                                     3 << 20, 1, &cap),
	                 OS_ERR_OUT_OF_RAM);
	assert_int_equal(parent_session_open(world_child("client"), 1, "LOG", "", NULL, 0, &nowhere,
	                                     UINT64_MAX, 1, &cap),
	                 OS_ERR_OUT_OF_RAM);
	assert_int_equal(parent_session_open(world_child("client"), 1, "Foo", "", NULL, 0, &nowhere,
	                                     1, 5000, &cap),
	                 OS_ERR_OUT_OF_CAPS);
	assert_int_equal(parent_session_open(world_child("client"), 1, "Nowhere", "", NULL, 0,
	                                     &nowhere, 1, 1, &cap),
	                 OS_ERR_NO_ROUTE);
	world_fini();
}

static void test_slow_parent_holds_up_nobody(void **state)
{
	struct signal_context_cap context;
	struct os_cap cap;

	(void)state;
	start_pair();
	context = world_context();
	assert_int_equal(parent_session_sigh(world_child("client"), context), OS_OK);
	assert_int_equal(child_open("client", 1, "Slow", "", &cap), WORLD_LATER);
	assert_int_equal(parent_session_request(world_child("client"), 2, "Slow", "two", NULL, 0,
	                                        &nowhere, 1, 1),
	                 OS_OK);
	assert_int_equal(child_open("client", 3, "LOG", "", &cap), OS_OK);
	assert_null(last_reply());

	world_parent_answer(world_find("Slow", "client"), PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(last_reply()->op, OS_OK);
	assert_int_equal(last_reply()->caps[0].slot, world_find("Slow", "client")->slot);
	assert_int_equal(world_signals(context), 0);

	world_parent_answer(world_find("Slow", "client -> two"), PARENT_SESSION_STATE_FAILED,
	                    OS_ERR_LIMIT);
	assert_int_equal(world_signals(context), 1);
	enum parent_session_state session_state;
	uint32_t error;
	assert_int_equal(
	        parent_session_poll(world_child("client"), 2, &session_state, &error, &cap), OS_OK);
	assert_int_equal(session_state, PARENT_SESSION_STATE_FAILED);
	assert_int_equal(error, OS_ERR_LIMIT);
	assert_int_equal(parent_session_wait(world_child("client"), 2, &cap), OS_ERR_LIMIT);
	assert_int_equal(parent_session_close(world_child("client"), 2), OS_OK);

	/* an open one goes away */
	world_parent_answer(world_find("Slow", "client"), PARENT_SESSION_STATE_GONE, OS_OK);
	assert_int_equal(world_signals(context), 1);
	assert_int_equal(parent_session_wait(world_child("client"), 1, &cap), OS_ERR_GONE);
	world_fini();
}

static void test_one_call_asks_and_polls(void **state)
{
	enum parent_session_state how;
	struct os_cap cap;
	uint32_t error;
	bool over;

	(void)state;
	start_pair();
	assert_int_equal(parent_session_ask(world_child("client"), 1, "LOG", "", NULL, 0, &nowhere,
	                                    8192, 2, &how, &error, &cap),
	                 OS_OK);
	assert_int_equal(how, PARENT_SESSION_STATE_OPEN);
	assert_int_equal(cap.slot, world_find("LOG", "client")->slot);
	assert_int_equal(parent_session_ask(world_child("client"), 2, "Slow", "", NULL, 0, &nowhere,
	                                    8192, 2, &how, &error, &cap),
	                 OS_OK);
	assert_int_equal(how, PARENT_SESSION_STATE_REQUESTED);
	assert_int_equal(parent_session_ask(world_child("client"), 2, "Slow", "", NULL, 0, &nowhere,
	                                    8192, 2, &how, &error, &cap),
	                 OS_ERR_EXISTS);
	assert_int_equal(parent_session_end(world_child("client"), 1, &over), OS_OK);
	assert_true(over);
	world.close_slowly = true;
	assert_int_equal(parent_session_end(world_child("client"), 2, &over), OS_OK);
	assert_false(over);
	assert_int_equal(parent_session_end(world_child("client"), 1, &over), OS_ERR_NOT_FOUND);
	world_parent_forget();
	world_fini();
}

static void test_closing_waits_for_the_server(void **state)
{
	enum parent_session_state session_state;
	struct signal_context_cap context;
	struct os_cap cap;
	uint32_t error;

	(void)state;
	start_pair();
	const uint64_t ram = account_of("client")->ram;
	context = world_context();
	assert_int_equal(parent_session_sigh(world_child("client"), context), OS_OK);
	assert_int_equal(child_open("client", 1, "LOG", "", &cap), OS_OK);
	world.close_slowly = true;
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(
	        parent_session_poll(world_child("client"), 1, &session_state, &error, &cap), OS_OK);
	assert_int_equal(session_state, PARENT_SESSION_STATE_CLOSING);
	assert_true(account_of("client")->ram < ram);
	world_parent_forget();
	assert_int_equal(world_signals(context), 1);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(
	        parent_session_poll(world_child("client"), 1, &session_state, &error, &cap),
	        OS_ERR_NOT_FOUND);
	world_fini();
}

/* ------------------------------------------------------------------ sessions between children */

static void test_request_waits_for_the_announcement(void **state)
{
	struct signal_context_cap context;
	struct os_cap cap, object;
	struct world_fetched f;

	(void)state;
	start_pair();
	context = world_context();
	assert_int_equal(parent_request_sigh(world_child("server"), context), OS_OK);
	assert_int_equal(parent_session_open(world_child("client"), 1, "Foo", "x", "args", 4,
	                                     &nowhere, 8192, 4, &cap),
	                 WORLD_LATER);
	assert_int_equal(world_signals(context), 0);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	assert_int_equal(world_signals(context), 1);
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_ERR_EXISTS);
	assert_int_equal(parent_announce(world_child("server"), "Bar"), OS_ERR_DENIED);
	assert_true(world_told("child \"server\": announces service \"Bar\", which is not in its "
	                       "<provides>"));

	f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	assert_string_equal(f.service, "Foo");
	assert_string_equal(f.label, "client -> x");
	assert_int_equal(f.args_size, 4);
	assert_memory_equal(f.args, "args", 4);
	assert_int_equal(f.ram, 8192);
	assert_int_equal(world_account_of(f.account.cap)->ram, 8192);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);

	object = world_object(FOO_TYPE);
	assert_int_equal(parent_request_deliver(world_child("server"), f.id, object), OS_OK);
	assert_int_equal(last_reply()->op, OS_OK);
	assert_int_equal(last_reply()->caps[0].slot, object.slot);
	/* answers count once */
	assert_int_equal(parent_request_deliver(world_child("server"), f.id, object),
	                 OS_ERR_NOT_FOUND);
	assert_int_equal(parent_request_deny(world_child("server"), f.id, OS_ERR_LIMIT),
	                 OS_ERR_NOT_FOUND);
	world_fini();
}

static void test_server_ends_a_session_by_itself(void **state)
{
	struct signal_context_cap context;
	struct os_cap cap, object;
	struct world_fetched f;

	(void)state;
	start_pair();
	context = world_context();
	assert_int_equal(parent_session_sigh(world_child("client"), context), OS_OK);
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	const uint64_t ram = account_of("client")->ram;
	f = open_pair_session(1, &object);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_ERR_NOT_FOUND);
	assert_int_equal(world_signals(context), 1);
	assert_int_equal(parent_session_wait(world_child("client"), 1, &cap), OS_ERR_GONE);
	/* what both have shared stays until the client, too, has done with it */
	assert_non_null(world_account_of(f.account.cap));
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_null(world_account_of(f.account.cap));
	assert_int_equal(account_of("client")->ram, ram);
	/* the server is not asked again */
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);
	world_fini();
}

static void test_upgrade_and_close_reach_the_server(void **state)
{
	struct os_cap object;
	struct world_fetched f, g;

	(void)state;
	start_pair();
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	const uint64_t ram = account_of("client")->ram, caps = account_of("client")->caps;
	f = open_pair_session(1, &object);
	assert_int_equal(parent_session_upgrade(world_child("client"), 1, 4096, 2), OS_OK);
	assert_int_equal(world_account_of(f.account.cap)->ram, 8192 + 4096);
	g = world_fetch("server");
	assert_int_equal(g.kind, PARENT_REQUEST_KIND_UPGRADE);
	assert_int_equal(g.id, f.id);

	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_ERR_NOT_FOUND);
	g = world_fetch("server");
	assert_int_equal(g.kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(g.id, f.id);
	assert_true(account_of("client")->ram < ram);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(account_of("client")->caps, caps);
	world_fini();
}

static void test_a_session_is_stood_in_for(void **state)
{
	struct os_cap cap, object;
	struct world_fetched f;

	(void)state;
	start_pair();
	world.interpose = true;
	assert_int_equal(child_open("client", 7, "LOG", "x", &cap), OS_OK);
	assert_int_equal(world.opened, 1);
	assert_int_equal(world.opened_type, LOG_TYPE);
	assert_string_equal(world.opened_label, "client -> x");
	assert_int_equal(world.original.slot, world_find("LOG", "client -> x")->slot);
	assert_int_equal(cap.slot, world.stand_in.slot);
	assert_int_equal(parent_session_close(world_child("client"), 7), OS_OK);
	assert_int_equal(world.closed, 1);
	assert_int_equal(world.object[world.stand_in.slot].refs, 0);

	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	f = open_pair_session(1, &object);
	assert_int_equal(world.opened, 2);
	assert_int_equal(world.opened_type, FOO_TYPE);
	assert_int_equal(world.original.slot, object.slot);
	assert_int_equal(last_reply()->caps[0].slot, world.stand_in.slot);
	/* it may be used until the server has agreed */
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(world.closed, 1);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_int_equal(world.closed, 2);
	assert_int_equal(world.object[object.slot].refs, 0);
	world_fini();
}

/* What is kept for a child, the child pays for, and nobody else gets meanwhile. */
static void test_who_stands_between_is_paid_by_the_child(void **state)
{
	const struct os_quota cost = { 4096, 5 };
	struct os_quota claimed;
	struct os_cap cap;

	(void)state;
	start_pair();
	world.interpose = true;
	assert_int_equal(child_open("client", 7, "LOG", "x", &cap), OS_OK);
	assert_true(world.opened_life > 0);
	const uint64_t ram = account_of("client")->ram, caps = account_of("client")->caps;
	claimed = world.upstream_link.claimed;
	assert_int_equal(os_upstream_charge(&world.upstream_link, world.opened_account, cost),
	                 OS_OK);
	assert_int_equal(account_of("client")->ram, ram - cost.ram);
	assert_int_equal(account_of("client")->caps, caps - cost.caps);
	assert_int_equal(world.upstream_link.claimed.ram, claimed.ram + cost.ram);
	os_upstream_refund(&world.upstream_link, world.opened_account, cost);
	assert_int_equal(account_of("client")->ram, ram);
	/* by name the same */
	assert_int_equal(os_sandbox_charge(&world.sandbox, "client", cost), OS_OK);
	assert_int_equal(account_of("client")->caps, caps - cost.caps);
	assert_int_equal(os_sandbox_charge(&world.sandbox, "nobody", cost), OS_ERR_NOT_FOUND);
	/* no more than it has; and what is not given back to anybody is ours */
	assert_int_equal(
	        os_sandbox_charge(&world.sandbox, "client", (struct os_quota){ ram, caps + 1 }),
	        OS_ERR_OUT_OF_RAM);
	os_upstream_refund(&world.upstream_link, (struct account_cap){ 0 }, cost);
	assert_int_equal(world.upstream_link.claimed.ram, claimed.ram);
	assert_int_equal(world.upstream_link.claimed.caps, claimed.caps);
	world_fini();
}

static void test_what_is_denied_is_not_stood_in_for(void **state)
{
	struct os_cap cap;
	struct world_fetched f;

	(void)state;
	start_pair();
	world.interpose = true;
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	assert_int_equal(child_open("client", 1, "Foo", "x", &cap), WORLD_LATER);
	f = world_fetch("server");
	assert_int_equal(parent_request_deny(world_child("server"), f.id, OS_ERR_DENIED), OS_OK);
	assert_int_equal(last_reply()->op, OS_ERR_DENIED);
	assert_int_equal(world.opened + world.closed, 0);
	world_fini();
}

static void test_denied_session_leaves_nothing(void **state)
{
	struct os_cap cap;

	(void)state;
	start_pair();
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	const uint64_t ram = account_of("client")->ram;
	assert_int_equal(child_open("client", 1, "Foo", "", &cap), WORLD_LATER);
	assert_int_equal(parent_request_deny(world_child("server"), world_fetch("server").id,
	                                     OS_ERR_OUT_OF_RAM),
	                 OS_OK);
	assert_int_equal(last_reply()->op, OS_ERR_OUT_OF_RAM);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_ERR_NOT_FOUND);
	/* without an object, it is denied, too */
	assert_int_equal(child_open("client", 1, "Foo", "", &cap), WORLD_LATER);
	assert_int_equal(parent_request_deliver(world_child("server"), world_fetch("server").id,
	                                        (struct os_cap){ 0 }),
	                 OS_OK);
	assert_int_equal(last_reply()->op, OS_ERR_DENIED);
	world_fini();
}

static void test_close_before_the_server_knows(void **state)
{
	struct os_cap cap;

	(void)state;
	start_pair();
	const uint64_t ram = account_of("client")->ram;
	assert_int_equal(child_open("client", 1, "Foo", "", &cap), WORLD_LATER);
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(last_reply()->op, OS_ERR_CANCELLED);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);
	world_fini();
}

static void test_close_before_the_server_answers(void **state)
{
	struct os_cap cap, object;
	struct world_fetched f;

	(void)state;
	start_pair();
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	const uint64_t ram = account_of("client")->ram;
	assert_int_equal(child_open("client", 1, "Foo", "", &cap), WORLD_LATER);
	f = world_fetch("server");
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(last_reply()->op, OS_ERR_CANCELLED);
	object = world_object(FOO_TYPE);
	assert_int_equal(parent_request_deliver(world_child("server"), f.id, object), OS_OK);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_int_equal(account_of("client")->ram, ram);
	world_fini();
}

static void test_dead_server_is_gone_for_clients(void **state)
{
	struct signal_context_cap context;
	struct os_cap cap, object;

	(void)state;
	start_pair();
	context = world_context();
	assert_int_equal(parent_session_sigh(world_child("client"), context), OS_OK);
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	const uint64_t ram = account_of("client")->ram;
	open_pair_session(1, &object);
	assert_int_equal(child_open("client", 2, "Foo", "waits", &cap), WORLD_LATER);
	world_fetch("server");
	assert_int_equal(world_signals(context), 0);
	world_pd_ends("server", PD_STATE_CRASHED);
	assert_true(world_told("child \"server\" crashed: segmentation fault at 0x0"));
	assert_null(world_find("PD", "server"));
	assert_int_equal(last_reply()->op, OS_ERR_GONE);
	assert_int_equal(world_signals(context), 1);
	assert_int_equal(parent_session_wait(world_child("client"), 1, &cap), OS_ERR_GONE);
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(account_of("client")->ram, ram);
	/* and there is no route any more */
	assert_int_equal(child_open("client", 3, "Foo", "", &cap), OS_ERR_NO_ROUTE);
	assert_true(world_told("child \"server\" (line 1) is not running; correct it or change the "
	                       "route"));
	assert_int_equal(account_of("client")->ram, ram);
	world_fini();
}

static void test_dead_client_is_closed_at_the_server(void **state)
{
	struct os_cap cap, object;
	struct world_fetched f;

	(void)state;
	start_pair();
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	f = open_pair_session(1, &object);
	assert_int_equal(child_open("client", 2, "Foo", "never fetched", &cap), WORLD_LATER);
	assert_int_equal(child_open("client", 3, "LOG", "", &cap), OS_OK);
	world_pd_ends("client", PD_STATE_KILLED);
	assert_null(world_find("LOG", "client"));
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);
	/* the account lives on, as the server needs it until it has cleaned up */
	assert_non_null(world_account_of(f.account.cap));
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	assert_null(world_account_of(f.account.cap));
	world_fini();
}

static void test_server_that_never_answers_ends_like_others(void **state)
{
	struct os_cap cap, object;

	(void)state;
	start_pair();
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	assert_int_equal(child_open("client", 1, "Foo", "", &cap), WORLD_LATER);
	world_fetch("server");
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	open_pair_session(2, &object);
	world_pd_ends("client", PD_STATE_KILLED);
	world_pd_ends("server", PD_STATE_KILLED);
	assert_true(os_list_empty(&world.sandbox.orphans));
	world_fini();
}

static void test_flood_is_bounded_by_the_childs_quota(void **state)
{
	enum os_err err = OS_OK;
	struct os_cap cap;
	uint64_t id;

	(void)state;
	start_pair();
	for (id = 1; !err && id < 100000; id++)
		err = parent_session_request(world_child("client"), id, "Foo", "", NULL, 0,
		                             &nowhere, 0, 0);
	assert_int_equal(err, OS_ERR_OUT_OF_CAPS);
	assert_true(id < 200);
	/* the neighbour notices nothing */
	assert_int_equal(child_open("server", 1, "LOG", "", &cap), OS_OK);
	world_fini();
}

static void test_complaints_about_a_child_are_bounded(void **state)
{
	struct os_cap cap;
	size_t before;

	(void)state;
	start_pair();
	before = world.line_count;
	for (uint64_t id = 1; id < 100; id++)
		assert_int_equal(child_open("client", id, "Missing", "", &cap), OS_ERR_NO_ROUTE);
	assert_in_range(world.line_count - before, 20, 40);
	assert_true(world_told("child \"client\": causes many lines; no further ones are shown"));
	/* others are heard as before */
	assert_int_equal(child_open("server", 1, "Missing", "", &cap), OS_ERR_NO_ROUTE);
	assert_true(world_told("child \"server\": no route to service \"Missing\""));
	world_fini();
}

/* ------------------------------------------------------------------ config, resources, the end */

static void check_config(const char *child, const char *text)
{
	struct child *c = child_find(&world.sandbox, child);
	struct os_cap cap;

	assert_int_equal(child_open(child, 1, "ROM", "config", &cap), OS_OK);
	assert_int_equal(world.object[cap.slot].type, ROM_TYPE);
	assert_string_equal(world_memory[world_config_dataspace(session_find(c, 1)).slot], text);
	assert_int_equal(parent_session_close(world_child(child), 1), OS_OK);
}

static void test_config_is_the_childs_own_or_empty(void **state)
{
	(void)state;
	world_init();
	assert_int_equal(
	        world_apply(CONFIG("<start name=\"a\" ram=\"1M\" caps=\"99\"><config x=\"1\">"
	                           "<!-- y --></config></start><start name=\"b\" "
	                           "ram=\"1M\" caps=\"99\"/>")),
	        OS_OK);
	check_config("a", "<config x=\"1\"><!-- y --></config>");
	check_config("b", "<config/>");
	world_fini();
}

static void test_exit_is_told_and_propagated(void **state)
{
	(void)state;
	world_init();
	assert_int_equal(world_apply(CONFIG("<start name=\"a\" ram=\"1M\" caps=\"99\"/>"
	                                    "<start name=\"b\" ram=\"1M\" caps=\"99\"><exit "
	                                    "propagate=\"yes\"/></start>")),
	                 OS_OK);
	assert_int_equal(parent_exit(world_child("a"), 3), OS_OK);
	assert_int_equal(parent_exit(world_child("a"), 4), OS_OK);
	world_run();
	assert_true(world_told("child \"a\" exited with value 3"));
	assert_int_equal(world.line_count, 1);
	assert_null(world_find("PD", "a"));
	assert_int_equal(world.exits, 0);
	assert_int_equal(parent_exit(world_child("b"), -1), OS_OK);
	assert_int_equal(world.exits, 1);
	assert_int_equal(world.exit_value, -1);
	world_run();
	world_fini();
}

static void test_resource_requests(void **state)
{
	(void)state;
	start_pair();
	const uint64_t ram = account_of("client")->ram;
	assert_int_equal(parent_resource_request(world_child("client"), 4096, 1), OS_ERR_DENIED);
	assert_true(
	        world_told("child \"client\": asks for 4K RAM and 1 capabilities more, and gets "
	                   "none; raise its RAM or caps"));
	world.resource_answer = OS_OK;
	assert_int_equal(parent_resource_request(world_child("client"), 4096, 1), OS_OK);
	assert_int_equal(account_of("client")->ram, ram + 4096);
	assert_int_equal(parent_resource_yield(world_child("client"), 4096, 1), OS_OK);
	assert_int_equal(account_of("client")->ram, ram);
	world.resource_answer = OS_ERR_LATER;
	assert_int_equal(parent_resource_request(world_child("client"), 100, 0), WORLD_LATER);
	assert_int_equal(os_sandbox_resource_answer(&world.sandbox, "server", OS_OK),
	                 OS_ERR_NOT_FOUND);
	assert_int_equal(os_sandbox_resource_answer(&world.sandbox, "client", OS_OK), OS_OK);
	assert_int_equal(last_reply()->op, OS_OK);
	assert_int_equal(account_of("client")->ram, ram + 100);
	world_fini();
}

static void test_report(void **state)
{
	struct os_xml_writer writer;
	char text[1000];

	(void)state;
	start_pair();
	world_pd_ends("server", PD_STATE_KILLED);
	os_xml_writer_init(&writer, text, sizeof(text));
	os_sandbox_report(&world.sandbox, &writer);
	assert_int_equal(os_xml_writer_finish(&writer, NULL), OS_OK);
	struct os_xml root, child;
	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	child = os_xml_first(root, "child");
	assert_true(os_xml_equal(child, "name", "client"));
	assert_true(os_xml_equal(child, "state", "up"));
	assert_int_equal(os_xml_u64(child, "ram", 0), 2 << 20);
	assert_true(os_xml_equal(os_xml_next(child, "child"), "state", "ended"));
	world_fini();
}

static void test_many_children(void **state)
{
	static char text[100000];
	size_t length = (size_t)snprintf(text, sizeof(text), "<config>" PROVIDES ROUTE);
	char name[32];

	(void)state;
	for (int i = 0; i < 60; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		                           "<start name=\"c%d\" ram=\"300K\" caps=\"70\"/>\n", i);
	snprintf(text + length, sizeof(text) - length, "</config>");
	world_init();
	assert_int_equal(world_apply(text), OS_OK);
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		world_alive(name);
	}
	assert_int_equal(world.up, 60);
	world_fini();
}

/* ------------------------------------------------------------------ local services */

struct local {
	struct os_sandbox_service service;
	struct os_cap cap;
	uint32_t open;
};

static enum os_err local_create(struct os_sandbox_service *service,
                                const struct os_sandbox_request *request, void **session,
                                struct os_cap *cap)
{
	struct local *local = container_of(service, struct local, service);

	assert_string_equal(request->client, "client");
	if (os_str_equal(request->label, "client -> no"))
		return OS_ERR_DENIED;
	assert_string_equal(request->label, "client -> yes");
	assert_int_equal(world_account_of(request->account.cap.cap)->ram, 8192);
	local->open++;
	*session = local;
	*cap = local->cap;
	return OS_OK;
}

static void local_close(struct os_sandbox_service *service, void *session)
{
	struct local *local = container_of(service, struct local, service);

	assert_ptr_equal(session, local);
	local->open--;
}

static void test_local_service(void **state)
{
	struct local local = {
		.service = { .name = "Loc", .create = local_create, .close = local_close }
	};
	struct os_cap cap;

	(void)state;
	world_init();
	os_sandbox_service_add(&world.sandbox, &local.service);
	local.cap = world_object(FOO_TYPE);
	world.object[local.cap.slot].refs = 1;
	assert_int_equal(world_apply("<config>" PROVIDES
	                             "<default-route><any-service><local/><parent/>"
	                             "</any-service></default-route>" CLIENT "</config>"),
	                 OS_OK);
	const uint64_t ram = account_of("client")->ram;
	assert_int_equal(child_open("client", 1, "Loc", "yes", &cap), OS_OK);
	assert_int_equal(cap.slot, local.cap.slot);
	assert_int_equal(local.open, 1);
	assert_int_equal(child_open("client", 2, "Loc", "no", &cap), OS_ERR_DENIED);
	assert_int_equal(parent_session_close(world_child("client"), 1), OS_OK);
	assert_int_equal(local.open, 0);
	assert_int_equal(account_of("client")->ram, ram);
	assert_int_equal(child_open("client", 3, "Loc", "yes", &cap), OS_OK);
	world_pd_ends("client", PD_STATE_KILLED);
	assert_int_equal(local.open, 0);
	os_cap_drop(local.cap);
	world_fini();
}

/* ------------------------------------------------------------------ failures anywhere */

static void may_fail(enum os_err err)
{
	(void)err;
}

static void open_pair_or_fail(void)
{
	struct world_fetched f;
	struct os_cap cap;

	if (child_open("client", 3, "Foo", "", &cap) != WORLD_LATER)
		return;
	f = world_fetch("server");
	if (f.kind == PARENT_REQUEST_KIND_CREATE)
		may_fail(parent_request_deliver(world_child("server"), f.id,
		                                world_object(FOO_TYPE)));
}

/* Much of the above; whatever fails, the rest goes on as far as it can. */
static void script(void)
{
	const char *const names[] = { "client", "server" };
	struct os_cap cap;

	if (world_apply(CONFIG(CLIENT SERVER)))
		return;
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		if (!world_find("PD", names[i]) || !world_find("PD", names[i])->parent_slot)
			return;
	may_fail(parent_announce(world_child("server"), "Foo"));
	may_fail(child_open("client", 1, "LOG", "", &cap));
	may_fail(child_open("client", 2, "ROM", "config", &cap));
	open_pair_or_fail();
	may_fail(parent_session_upgrade(world_child("client"), 1, 100, 1));
	may_fail(parent_session_upgrade(world_child("client"), 3, 100, 1));
	may_fail(parent_session_close(world_child("client"), 1));
	world_pd_ends("client", PD_STATE_KILLED);
}

static void test_failing_calls_leave_nothing(void **state)
{
	bool failed = true;

	(void)state;
	for (uint32_t n = 1; failed; n++) {
		world_init();
		world.fail_call = world.calls + n;
		script();
		failed = world.failed;
		world_fini();
	}
}

static void test_failing_allocations_leave_nothing(void **state)
{
	bool failed = true;

	(void)state;
	for (size_t n = 1; failed; n++) {
		world_init();
		world.heap.fail_at = world.heap.calls + n;
		script();
		failed = world.heap.failed > 0;
		world_fini();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_children_is_told),
		cmocka_unit_test(test_children_start_under_their_labels),
		cmocka_unit_test(test_what_fails_leaves_the_others),
		cmocka_unit_test(test_priorities_nest),
		cmocka_unit_test(test_environment_is_handed_out),
		cmocka_unit_test(test_session_to_the_parent),
		cmocka_unit_test(test_donation_must_be_there),
		cmocka_unit_test(test_slow_parent_holds_up_nobody),
		cmocka_unit_test(test_one_call_asks_and_polls),
		cmocka_unit_test(test_closing_waits_for_the_server),
		cmocka_unit_test(test_request_waits_for_the_announcement),
		cmocka_unit_test(test_server_ends_a_session_by_itself),
		cmocka_unit_test(test_upgrade_and_close_reach_the_server),
		cmocka_unit_test(test_a_session_is_stood_in_for),
		cmocka_unit_test(test_who_stands_between_is_paid_by_the_child),
		cmocka_unit_test(test_what_is_denied_is_not_stood_in_for),
		cmocka_unit_test(test_denied_session_leaves_nothing),
		cmocka_unit_test(test_close_before_the_server_knows),
		cmocka_unit_test(test_close_before_the_server_answers),
		cmocka_unit_test(test_dead_server_is_gone_for_clients),
		cmocka_unit_test(test_dead_client_is_closed_at_the_server),
		cmocka_unit_test(test_server_that_never_answers_ends_like_others),
		cmocka_unit_test(test_flood_is_bounded_by_the_childs_quota),
		cmocka_unit_test(test_complaints_about_a_child_are_bounded),
		cmocka_unit_test(test_config_is_the_childs_own_or_empty),
		cmocka_unit_test(test_exit_is_told_and_propagated),
		cmocka_unit_test(test_resource_requests),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_many_children),
		cmocka_unit_test(test_local_service),
		cmocka_unit_test(test_failing_calls_leave_nothing),
		cmocka_unit_test(test_failing_allocations_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of children for the component's own parent: what that sees, whatever becomes of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "world_core.h"

#define PROVIDES                                                                                \
	"<parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service name=\"CPU\"/>" \
	"</parent-provides><default-route><any-service><parent/></any-service></default-route>"
#define SERVER(name)                                                                         \
	"<start name=\"" name "\" ram=\"2M\" caps=\"200\"><provides><service name=\"Foo\"/>" \
	"<service name=\"Unwanted\"/></provides></start>"
#define OFFER  "<service name=\"Foo\"><child name=\"a\"/></service>"
#define CONFIG "<config>" PROVIDES OFFER SERVER("a") "</config>"

enum { FOO_TYPE = 0x1234567 };

static struct world_account *account_of(const char *child)
{
	return world_find("PD", child)->account;
}

static void start(const char *config)
{
	world_init();
	assert_int_equal(world_apply(config), OS_OK);
}

/* One server that has announced. */
static void start_server(void)
{
	start(CONFIG);
	world_alive("a");
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
}

static uint64_t ask(const char *label)
{
	uint64_t id = world_ask("Foo", label);

	world_run();
	return id;
}

/* The next request at `server`, which must be this. */
static struct world_fetched fetch(const char *server, enum parent_request_kind kind)
{
	struct world_fetched f = world_fetch(server);

	assert_int_equal(f.kind, kind);
	return f;
}

/* A session that the server has opened; what the server knows of it. */
static struct world_fetched open_session(uint64_t *id)
{
	struct world_fetched f;

	*id = ask("x");
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	assert_int_equal(parent_request_deliver(world_child("a"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	assert_int_equal(world_incoming(*id)->state, WORLD_DELIVERED);
	return f;
}

/* ------------------------------------------------------------------ announcing */

static void test_child_announces_to_the_parent(void **state)
{
	(void)state;
	start(CONFIG);
	world_alive("a");
	assert_int_equal(world.announced_count, 0);
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	assert_int_equal(world.announced_count, 1);
	assert_string_equal(world.announced[0], "Foo");
	assert_int_equal(world.line_count, 0);
	world_fini();
}

static void test_what_is_not_offered_stays_inside(void **state)
{
	(void)state;
	start("<config>" PROVIDES "<service name=\"Foo\"><child name=\"b\"/></service>" SERVER("a")
	              SERVER("b") "</config>");
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	assert_int_equal(world.announced_count, 0);
	assert_int_equal(parent_announce(world_child("b"), "Foo"), OS_OK);
	assert_int_equal(world.announced_count, 1);
	world_fini();
}

static void test_parent_that_does_not_want_it_is_told(void **state)
{
	(void)state;
	start("<config>" PROVIDES
	      "\n<service name=\"Unwanted\"><child name=\"a\"/></service>" SERVER("a") "</config>");
	assert_int_equal(parent_announce(world_child("a"), "Unwanted"), OS_OK);
	assert_int_equal(world.announced_count, 0);
	assert_true(
	        world_told("config:2: service \"Unwanted\" of child \"a\" is not offered to our "
	                   "parent: "));
	assert_true(world_told("; add it to the <provides> of this component, or remove it here"));
	world_fini();
}

/* ------------------------------------------------------------------ opening */

static void test_request_reaches_the_child(void **state)
{
	struct os_cap object = { 0 };
	struct world_fetched f;
	uint64_t id;

	(void)state;
	start_server();
	id = ask("test -> x");
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	assert_string_equal(f.service, "Foo");
	assert_string_equal(f.label, "test -> x");
	assert_int_equal(f.args_size, 4);
	assert_memory_equal(f.args, "args", 4);
	assert_int_equal(f.affinity.x, 7);
	/* what is left of the donation once it has paid for our bookkeeping */
	assert_int_equal(f.ram, 8192 - SANDBOX_SESSION_RAM);
	assert_int_equal(f.caps, 4 - SANDBOX_SERVER_CAPS);
	/* the account that the client has donated, with all that is in it */
	assert_ptr_equal(world_account_of(f.account.cap), world_incoming(id)->account);
	assert_int_equal(world_account_of(f.account.cap)->ram, 8192 - SANDBOX_SESSION_RAM);
	assert_int_equal(world_incoming(id)->state, WORLD_FETCHED);

	object = world_object(FOO_TYPE);
	assert_int_equal(parent_request_deliver(world_child("a"), f.id, object), OS_OK);
	assert_int_equal(world_incoming(id)->state, WORLD_DELIVERED);
	assert_int_equal(world_incoming(id)->slot, object.slot);
	world_fini();
}

static void test_denial_reaches_the_parent(void **state)
{
	struct world_fetched f;
	uint64_t id;

	(void)state;
	start_server();
	const uint64_t ram = account_of("a")->ram, caps = account_of("a")->caps;
	id = ask("x");
	assert_int_equal(account_of("a")->ram, ram);
	assert_int_equal(account_of("a")->caps, caps);
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	assert_int_equal(parent_request_deny(world_child("a"), f.id, OS_ERR_OUT_OF_CAPS), OS_OK);
	assert_int_equal(world_incoming(id)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(id)->error, OS_ERR_OUT_OF_CAPS);
	assert_int_equal(account_of("a")->ram, ram);
	assert_int_equal(account_of("a")->caps, caps);
	assert_int_equal(parent_request_deny(world_child("a"), f.id, OS_ERR_LIMIT),
	                 OS_ERR_NOT_FOUND);
	world_fini();
}

static void test_first_match_by_label_wins(void **state)
{
	static const char config[] =
	        "<config>" PROVIDES
	        "<service name=\"Foo\" label_prefix=\"b\"><child name=\"b\"/></service>"
	        "<service name=\"Foo\" label=\"bc\"><child name=\"a\"/></service>"
	        "<service name=\"Foo\" label_last=\"c\"><child name=\"a\" label=\"sea\"/></service>"
	        "<service name=\"Foo\" label_suffix=\"d\"><child name=\"a\"/></service>" SERVER("a")
	                SERVER("b") "</config>";
	uint64_t id;

	(void)state;
	start(config);
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	assert_int_equal(parent_announce(world_child("b"), "Foo"), OS_OK);
	assert_int_equal(world.announced_count, 1);
	assert_int_equal(world.line_count, 0);
	ask("bc");
	assert_string_equal(fetch("b", PARENT_REQUEST_KIND_CREATE).label, "bc");
	ask("x -> c");
	assert_string_equal(fetch("a", PARENT_REQUEST_KIND_CREATE).label, "sea");
	ask("x -> d");
	assert_string_equal(fetch("a", PARENT_REQUEST_KIND_CREATE).label, "x -> d");
	id = ask("e");
	assert_int_equal(world_incoming(id)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(id)->error, OS_ERR_NO_ROUTE);
	assert_true(world_told("config:1: our parent asks for service \"Foo\" (label \"e\"), which "
	                       "no <service> offers; add one to <config>"));
	id = ask("b\nc");
	assert_int_equal(world_incoming(id)->error, OS_ERR_INVALID);
	world_fini();
}

/* One is up and makes the parent ask for both; the other one is not even loaded. */
static void test_request_waits_for_a_child_that_starts(void **state)
{
	static const char config[] =
	        "<config>" PROVIDES
	        "<service name=\"Foo\" label=\"late\"><child name=\"late\"/></service>" OFFER
	                SERVER("a") "<start name=\"rom\" ram=\"1M\" caps=\"99\"><provides><service "
	                            "name=\"ROM\"/>"
	                            "</provides></start><start name=\"late\" ram=\"2M\" "
	                            "caps=\"200\"><provides>"
	                            "<service name=\"Foo\"/></provides><route><service "
	                            "name=\"ROM\"><child "
	                            "name=\"rom\"/></service></route></start></config>";
	uint64_t id;

	(void)state;
	start(config);
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	struct child *late = child_find(&world.sandbox, "late");
	const struct os_quota own = late->own;
	id = ask("late");
	assert_int_equal(world_incoming(id)->state, WORLD_FETCHED);
	/* not paid from what it will have */
	assert_int_equal(late->own.ram, own.ram);
	assert_int_equal(late->own.caps, own.caps);
	/* and the neighbour's clients do not wait */
	ask("x");
	fetch("a", PARENT_REQUEST_KIND_CREATE);
	/* closed before the server knows */
	world_incoming(id)->state = WORLD_DELIVERED;
	world_ask_close(id);
	world_run();
	assert_int_equal(world_incoming(id)->state, WORLD_CLOSED);
	id = ask("late");
	/* it cannot be started any more */
	world_pd_ends("rom", PD_STATE_KILLED);
	assert_int_equal(world_incoming(id)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(id)->error, OS_ERR_GONE);
	world_fini();
}

static void test_many_requests_at_once(void **state)
{
	uint64_t last = 0;

	(void)state;
	start_server();
	for (int i = 0; i < 50; i++)
		last = world_ask("Foo", "x");
	world_run();
	for (uint64_t id = 1; id <= last; id++) {
		assert_int_equal(world_incoming(id)->state, WORLD_FETCHED);
		fetch("a", PARENT_REQUEST_KIND_CREATE);
	}
	world_fini();
}

/* However many there are, and whoever asks for them. */
static void test_sessions_cost_neither_the_server_nor_us(void **state)
{
	enum { COUNT = 200 };
	struct world_account *server;
	uint64_t first = 0, own_ram, own_caps, ram, caps;
	struct world_fetched f;

	(void)state;
	start_server();
	server = account_of("a");
	ram = server->ram;
	caps = server->caps;
	own_ram = world.own->ram;
	own_caps = world.own->caps;
	for (int i = 0; i < COUNT; i++) {
		const uint64_t id = ask("x");

		first = first ? first : id;
		assert_int_equal(world_incoming(id)->state, WORLD_FETCHED);
	}
	assert_int_equal(server->ram, ram);
	assert_int_equal(server->caps, caps);
	assert_int_equal(world.own->ram, own_ram + COUNT * SANDBOX_SESSION_RAM);
	assert_int_equal(world.own->caps, own_caps + COUNT * SANDBOX_SERVER_CAPS);
	for (int i = 0; i < COUNT; i++) {
		f = fetch("a", PARENT_REQUEST_KIND_CREATE);
		assert_int_equal(parent_request_deny(world_child("a"), f.id, OS_ERR_DENIED), OS_OK);
	}
	assert_int_equal(world_incoming(first)->state, WORLD_DENIED);
	assert_int_equal(world.own->ram, own_ram);
	assert_int_equal(world.own->caps, own_caps);
	world_fini();
}

static void test_donation_that_does_not_pay_is_denied(void **state)
{
	const uint64_t id = (start_server(), world_ask("Foo", "x"));
	uint64_t own;

	(void)state;
	own = world.own->ram;
	world.client->ram += world_incoming(id)->account->ram - (SANDBOX_SESSION_RAM - 1);
	world_incoming(id)->account->ram = SANDBOX_SESSION_RAM - 1;
	world_run();
	assert_int_equal(world_incoming(id)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(id)->error, OS_ERR_OUT_OF_RAM);
	assert_int_equal(world.own->ram, own);
	fetch("a", PARENT_REQUEST_KIND_NONE);
	world_fini();
}

/* ------------------------------------------------------------------ while it is open */

static void test_upgrade_reaches_the_child(void **state)
{
	struct world_fetched f;
	uint64_t id;

	(void)state;
	start_server();
	f = open_session(&id);
	world_ask_upgrade(id);
	world_run();
	assert_int_equal(fetch("a", PARENT_REQUEST_KIND_UPGRADE).id, f.id);
	assert_int_equal(world_account_of(f.account.cap)->ram, 8192 - SANDBOX_SESSION_RAM + 4096);
	/* of what does not exist, nobody hears */
	f = open_session(&id);
	assert_int_equal(parent_request_closed(world_child("a"), f.id), OS_OK);
	world_incoming(id)->upgrade = true;
	assert_int_equal(os_signal_submit(world.request_sigh, 1), OS_OK);
	world_run();
	fetch("a", PARENT_REQUEST_KIND_NONE);
	world_fini();
}

static void test_close_waits_for_the_child(void **state)
{
	struct world_fetched f;
	uint64_t id;

	(void)state;
	start_server();
	const uint64_t ram = account_of("a")->ram;
	f = open_session(&id);
	world_ask_close(id);
	world_run();
	assert_int_equal(world_incoming(id)->state, WORLD_DELIVERED);
	assert_int_equal(fetch("a", PARENT_REQUEST_KIND_CLOSE).id, f.id);
	assert_int_equal(parent_request_closed(world_child("a"), f.id), OS_OK);
	assert_int_equal(world_incoming(id)->state, WORLD_CLOSED);
	assert_true(world_incoming(id)->close_told);
	assert_int_equal(account_of("a")->ram, ram);
	world_fini();
}

static void test_child_that_never_answers_holds_up_nobody_else(void **state)
{
	uint64_t asked, closing, other;

	(void)state;
	start("<config>" PROVIDES
	      "<service name=\"Foo\" label=\"b\"><child name=\"b\"/></service>" OFFER SERVER("a")
	              SERVER("b") "</config>");
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	assert_int_equal(parent_announce(world_child("b"), "Foo"), OS_OK);
	open_session(&closing);
	asked = ask("x");
	fetch("a", PARENT_REQUEST_KIND_CREATE);
	world_ask_close(closing);
	world_run();
	other = ask("b");
	assert_int_equal(parent_request_deliver(world_child("b"),
	                                        fetch("b", PARENT_REQUEST_KIND_CREATE).id,
	                                        world_object(FOO_TYPE)),
	                 OS_OK);
	assert_int_equal(world_incoming(other)->state, WORLD_DELIVERED);
	assert_int_equal(world_incoming(asked)->state, WORLD_FETCHED);
	assert_int_equal(world_incoming(closing)->state, WORLD_DELIVERED);
	/* at the latest, its end is the answer */
	world_pd_ends("a", PD_STATE_KILLED);
	assert_int_equal(world_incoming(asked)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(closing)->state, WORLD_CLOSED);
	assert_int_equal(world_incoming(other)->state, WORLD_DELIVERED);
	world_fini();
}

static void test_close_before_the_child_answers(void **state)
{
	struct world_fetched f;
	uint64_t id;

	(void)state;
	start_server();
	id = ask("x");
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	world_incoming(id)->state = WORLD_DELIVERED;
	world_ask_close(id);
	world_run();
	assert_int_equal(parent_request_deliver(world_child("a"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	assert_int_equal(world_incoming(id)->state, WORLD_DELIVERED);
	assert_int_equal(fetch("a", PARENT_REQUEST_KIND_CLOSE).id, f.id);
	assert_int_equal(parent_request_closed(world_child("a"), f.id), OS_OK);
	assert_int_equal(world_incoming(id)->state, WORLD_CLOSED);
	world_fini();
}

/* ------------------------------------------------------------------ the end */

static void test_dead_child_is_told(void **state)
{
	uint64_t open, asked, late;

	(void)state;
	start_server();
	open_session(&open);
	asked = ask("never answered");
	fetch("a", PARENT_REQUEST_KIND_CREATE);
	late = ask("never fetched");
	world_pd_ends("a", PD_STATE_CRASHED);
	/* unasked: so our parent can tell the client */
	assert_int_equal(world_incoming(open)->state, WORLD_CLOSED);
	assert_false(world_incoming(open)->close_told);
	assert_int_equal(world_incoming(asked)->state, WORLD_DENIED);
	assert_int_equal(world_incoming(asked)->error, OS_ERR_GONE);
	assert_int_equal(world_incoming(late)->error, OS_ERR_GONE);
	late = ask("too late");
	assert_int_equal(world_incoming(late)->error, OS_ERR_NO_ROUTE);
	assert_true(world_told("config:1: child \"a\" is not running: no service \"Foo\" (label "
	                       "\"too late\") for our parent"));
	world_fini();
}

/* A restart after a delay, until which nothing of the child is there. */
static void test_requests_wait_for_a_child_that_comes_back(void **state)
{
	uint64_t early, open, during;
	struct world_fetched f;

	(void)state;
	world_init();
	world.time = 1000;
	assert_int_equal(
	        world_apply("<config>" PROVIDES OFFER
	                    "<start name=\"a\" ram=\"2M\" caps=\"200\"><restart delay_ms=\"100\"/>"
	                    "<provides><service name=\"Foo\"/></provides></start></config>"),
	        OS_OK);
	world_alive("a");
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	open_session(&open);
	early = ask("never fetched");
	world_pd_ends("a", PD_STATE_CRASHED);
	assert_int_equal(child_find(&world.sandbox, "a")->state, CHILD_PAUSED);
	assert_int_equal(world_incoming(open)->state, WORLD_CLOSED);
	assert_int_equal(world_incoming(early)->state, WORLD_FETCHED);
	during = ask("asked while it is away");
	assert_int_equal(world_incoming(during)->state, WORLD_FETCHED);
	open = ask("given up");
	world_incoming(open)->state = WORLD_DELIVERED;
	world_ask_close(open);
	world_run();
	assert_int_equal(world_incoming(open)->state, WORLD_CLOSED);

	world_time_passes(100000);
	world_alive("a");
	assert_int_equal(parent_announce(world_child("a"), "Foo"), OS_OK);
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	assert_string_equal(f.label, "never fetched");
	assert_int_equal(parent_request_deny(world_child("a"), f.id, OS_ERR_DENIED), OS_OK);
	assert_int_equal(world_incoming(early)->error, OS_ERR_DENIED);
	f = fetch("a", PARENT_REQUEST_KIND_CREATE);
	assert_string_equal(f.label, "asked while it is away");
	assert_int_equal(parent_request_deliver(world_child("a"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	assert_int_equal(world_incoming(during)->state, WORLD_DELIVERED);
	assert_int_equal(world_fetch("a").kind, PARENT_REQUEST_KIND_NONE);
	world_fini();
}

/* The parent's CLOSE is under way when the child ends: it is acknowledged at once. */
static void test_close_crosses_the_end(void **state)
{
	uint64_t id;

	(void)state;
	start_server();
	open_session(&id);
	assert_int_equal(parent_exit(world_child("a"), 0), OS_OK);
	world_incoming(id)->close = true;
	world_run();
	assert_int_equal(world_incoming(id)->state, WORLD_DELIVERED);
	world_ask_close(id);
	world_run();
	assert_int_equal(world_incoming(id)->state, WORLD_CLOSED);
	assert_true(world_incoming(id)->close_told);
	world_fini();
}

static void test_mistakes_are_told(void **state)
{
	(void)state;
	start("<config>" PROVIDES "\n<service name=\"Foo\"><child name=\"nobody\"/></service>"
	      "\n<service name=\"Bar\"><child name=\"a\"/></service>"
	      "\n<service name=\"Foo\"/>"
	      "\n<service name=\"Foo\"><parent/><child name=\"a\"/></service>"
	      "\n<service><child name=\"a\"/></service>" SERVER("a") "</config>");
	assert_true(world_told("config:2: service for our parent: route to child \"nobody\", which "
	                       "does not exist; start it or change the route"));
	assert_true(world_told("config:3: service for our parent: route to child \"a\", which does "
	                       "not provide \"Bar\"; add it to its <provides>"));
	assert_true(
	        world_told("config:4: service for our parent: expected <child name=\"...\"/> in "
	                   "it"));
	assert_true(world_told("config:5: service for our parent: unknown element <parent> is "
	                       "ignored; correct or remove it"));
	assert_true(world_told("config:6: service for our parent: expected <service name=\"...\"> "
	                       "with at most 31 bytes"));
	assert_int_equal(world.line_count, 5);
	world_fini();
}

/* ------------------------------------------------------------------ failures anywhere */

static void may_fail(enum os_err err)
{
	(void)err;
}

/* Much of the above; whatever fails, the rest goes on as far as it can. */
static void script(void)
{
	struct world_fetched f;
	uint64_t open, closed;

	if (world_apply(CONFIG) || !world_find("PD", "a") || !world_find("PD", "a")->parent_slot)
		return;
	may_fail(parent_announce(world_child("a"), "Foo"));
	open = ask("open");
	closed = ask("closed");
	ask("waits");
	for (int i = 0; i < 2; i++) {
		f = world_fetch("a");
		if (f.kind == PARENT_REQUEST_KIND_CREATE)
			may_fail(parent_request_deliver(world_child("a"), f.id,
			                                world_object(FOO_TYPE)));
	}
	if (world_incoming(open)->state == WORLD_DELIVERED)
		world_ask_upgrade(open);
	if (world_incoming(closed)->state == WORLD_DELIVERED)
		world_ask_close(closed);
	world_run();
	for (f = world_fetch("a"); f.kind; f = world_fetch("a"))
		if (f.kind == PARENT_REQUEST_KIND_CLOSE)
			may_fail(parent_request_closed(world_child("a"), f.id));
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
		cmocka_unit_test(test_child_announces_to_the_parent),
		cmocka_unit_test(test_what_is_not_offered_stays_inside),
		cmocka_unit_test(test_parent_that_does_not_want_it_is_told),
		cmocka_unit_test(test_request_reaches_the_child),
		cmocka_unit_test(test_denial_reaches_the_parent),
		cmocka_unit_test(test_first_match_by_label_wins),
		cmocka_unit_test(test_request_waits_for_a_child_that_starts),
		cmocka_unit_test(test_many_requests_at_once),
		cmocka_unit_test(test_sessions_cost_neither_the_server_nor_us),
		cmocka_unit_test(test_donation_that_does_not_pay_is_denied),
		cmocka_unit_test(test_upgrade_reaches_the_child),
		cmocka_unit_test(test_close_waits_for_the_child),
		cmocka_unit_test(test_child_that_never_answers_holds_up_nobody_else),
		cmocka_unit_test(test_close_before_the_child_answers),
		cmocka_unit_test(test_dead_child_is_told),
		cmocka_unit_test(test_requests_wait_for_a_child_that_comes_back),
		cmocka_unit_test(test_close_crosses_the_end),
		cmocka_unit_test(test_mistakes_are_told),
		cmocka_unit_test(test_failing_calls_leave_nothing),
		cmocka_unit_test(test_failing_allocations_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* One config after the other: what a child notices of it, and that nobody else notices anything. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "world_core.h"

#define PROVIDES                                                                                \
	"<parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service name=\"CPU\"/>" \
	"<service name=\"LOG\"/><service name=\"Slow\"/></parent-provides>"
#define ROUTE                                               \
	"<default-route><any-service><parent/><any-child/>" \
	"</any-service></default-route>"
#define CONFIG(starts) "<config>" PROVIDES ROUTE starts "</config>"

/* A child, with attributes and what is in its <start>. */
#define CHILD(name, attributes, inside) \
	"<start name=\"" name "\" ram=\"1M\" caps=\"120\" " attributes ">" inside "</start>"
#define PLAIN(name)  CHILD(name, "", "")
#define SERVES(name) "<provides><service name=\"" name "\"/></provides>"
#define SAYS(text)   "<config>" text "</config>"
#define SERVER(name) CHILD(name, "", SERVES("Foo"))
#define HELLO_FROM(to)                                                    \
	"<route><service name=\"Foo\"><child name=\"" to "\"/></service>" \
	"<any-service><parent/></any-service></route>"

enum { FOO_TYPE = 0x1234567 };

static const struct parent_affinity nowhere;

/* ------------------------------------------------------------------ steps */

static void alive_if_there(const char *name)
{
	if (world_find("PD", name) && world_find("PD", name)->parent_slot)
		world_alive(name);
}

/* Apply it; whoever starts sets itself up. */
static void apply(const char *config)
{
	static const char *const names[] = { "a", "b", "c", "client", "left", "right", "server" };

	assert_int_equal(world_apply(config), OS_OK);
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++)
		alive_if_there(names[i]);
}

static void begin(const char *config)
{
	world_init();
	world.time = 1000 * 1000;
	apply(config);
	world_forget_lines();
}

/* What tells one life of a child from another: the id of its PD session with our parent. */
static uint64_t life(const char *name)
{
	return world_find("PD", name) ? world_find("PD", name)->id : 0;
}

static struct world_account *account_of(const char *child)
{
	return world_find("PD", child)->account;
}

static struct os_quota quota_of(const char *child)
{
	return (struct os_quota){ account_of(child)->ram, account_of(child)->caps };
}

static struct child *child_of(const char *name)
{
	return child_find(&world.sandbox, name);
}

/* The child opens a session; what it gets at once. */
static enum os_err open_session(const char *child, uint64_t id, const char *service)
{
	struct os_cap cap;

	return parent_session_open(world_child(child), id, service, "x", NULL, 0, &nowhere, 8192, 4,
	                           &cap);
}

/* A server that has announced "Foo" answers what it is asked next. */
static uint64_t serve(const char *server)
{
	struct world_fetched f = world_fetch(server);

	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CREATE);
	assert_int_equal(parent_request_deliver(world_child(server), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	return f.id;
}

static void announce(const char *server)
{
	assert_int_equal(parent_announce(world_child(server), "Foo"), OS_OK);
}

/* The config ROM of a child, open as session 77, with what it shows. */
static const char *config_of(const char *child)
{
	if (!session_find(child_of(child), 77))
		assert_int_equal(parent_session_open(world_child(child), 77, "ROM", "config", NULL,
		                                     0, &nowhere, ROM_RAM, ROM_CAPS,
		                                     &(struct os_cap){ 0 }),
		                 OS_OK);
	return world_memory[world_config_dataspace(session_find(child_of(child), 77)).slot];
}

static struct signal_context_cap config_sigh(const char *child)
{
	struct signal_context_cap context = world_context();

	config_of(child);
	assert_int_equal(
	        rom_sigh((struct rom_cap){ session_find(child_of(child), 77)->cap }, context),
	        OS_OK);
	return context;
}

/* ------------------------------------------------------------------ the same again */

static void the_same_config_touches_nobody(void **state)
{
	(void)state;
	begin(CONFIG(SERVER("server") CHILD("client", "", SAYS("one"))));
	const uint64_t server = life("server"), client = life("client");
	struct signal_context_cap heard = config_sigh("client");
	announce("server");
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("server");
	const struct os_quota quota = quota_of("client");
	apply(CONFIG(SERVER("server") CHILD("client", "", SAYS("one"))));
	assert_int_equal(life("server"), server);
	assert_int_equal(life("client"), client);
	assert_int_equal(world_signals(heard), 0);
	assert_int_equal(session_find(child_of("client"), 1)->state, SESSION_OPEN);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_NONE);
	assert_int_equal(quota_of("client").ram, quota.ram);
	assert_true(world_told("config applied: 0 added, 0 removed, 0 restarted, 0 changed"));
	assert_int_equal(world.line_count, 1);
	assert_int_equal(world.up_calls, 1);
	world_fini();
}

static void children_come_and_go(void **state)
{
	(void)state;
	begin(CONFIG(PLAIN("a") PLAIN("b")));
	const uint64_t b = life("b"), ram = world.own->ram;
	apply(CONFIG(PLAIN("b") PLAIN("c")));
	assert_null(world_find("PD", "a"));
	assert_int_equal(life("b"), b);
	assert_true(life("c"));
	assert_int_equal(world.up_calls, 2);
	assert_int_equal(world.up_children, 2);
	assert_int_equal(world.own->ram, ram);
	/* in the order of the config, wherever it adds them */
	apply(CONFIG(PLAIN("c") PLAIN("a") PLAIN("b")));
	assert_ptr_equal(os_list_first(&world.sandbox.children), &child_of("c")->node);
	assert_ptr_equal(os_list_last(&world.sandbox.children), &child_of("b")->node);
	assert_int_equal(life("b"), b);
	apply("<config/>");
	assert_true(os_list_empty(&world.sandbox.children));
	world_fini();
}

static void what_cannot_be_followed_restarts(void **state)
{
	static const char *const changed[] = {
		CHILD("a", "", "<binary name=\"b\"/>"),
		CHILD("a", "version=\"2\"", ""),
		CHILD("a", "priority=\"-1\"", ""),
		CHILD("a", "", "<affinity xpos=\"1\"/>"),
	};

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(changed); i++) {
		char text[2000];
		const char *frame = "<config prio_levels=\"2\">" PROVIDES ROUTE PLAIN("b");

		snprintf(text, sizeof(text), "%s" PLAIN("a") "</config>", frame);
		begin(text);
		const uint64_t a = life("a"), b = life("b");
		snprintf(text, sizeof(text), "%s%s</config>", frame, changed[i]);
		apply(text);
		assert_true(life("a") && life("a") != a);
		assert_int_equal(life("b"), b);
		assert_true(world_told("0 added, 0 removed, 1 restarted, 0 changed"));
		world_fini();
	}
}

/* ------------------------------------------------------------------ configs of children */

static void another_config_is_another_content(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", SAYS("one")) CHILD("b", "", SAYS("one"))));
	const uint64_t a = life("a");
	struct signal_context_cap heard = config_sigh("a"), other = config_sigh("b");
	const char *before = config_of("a");
	apply(CONFIG(CHILD("a", "", SAYS("two")) CHILD("b", "", SAYS("one"))));
	assert_int_equal(life("a"), a);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(world_signals(other), 0);
	/* the old one is there until the new one is asked for */
	assert_string_equal(before, "<config>one</config>");
	apply(CONFIG(CHILD("a", "", SAYS("three")) CHILD("b", "", SAYS("one"))));
	assert_int_equal(world_signals(heard), 1);
	assert_string_equal(before, "<config>one</config>");
	assert_string_equal(config_of("a"), "<config>three</config>");
	apply(CONFIG(PLAIN("a") CHILD("b", "", SAYS("one"))));
	assert_string_equal(config_of("a"), "<config/>");
	assert_int_equal(world_signals(other), 0);
	world_fini();
}

static void who_asks_late_is_told_at_once(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", SAYS("one"))));
	config_of("a");
	apply(CONFIG(CHILD("a", "", SAYS("two"))));
	struct signal_context_cap heard = world_context();
	assert_int_equal(rom_sigh((struct rom_cap){ session_find(child_of("a"), 77)->cap }, heard),
	                 OS_OK);
	assert_int_equal(world_signals(heard), 1);
	assert_string_equal(config_of("a"), "<config>two</config>");
	assert_int_equal(rom_sigh((struct rom_cap){ session_find(child_of("a"), 77)->cap }, heard),
	                 OS_OK);
	assert_int_equal(world_signals(heard), 0);
	world_fini();
}

static void a_config_that_does_not_fit_comes_when_it_does(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", SAYS("one"))));
	const uint64_t a = life("a");
	struct signal_context_cap heard = config_sigh("a");
	world_use("a", account_of("a")->ram, 0);
	apply(CONFIG(CHILD("a", "", SAYS("two"))));
	assert_true(world_told("child \"a\": keeps its old config: RAM quota exhausted"));
	assert_string_equal(config_of("a"), "<config>one</config>");
	assert_int_equal(world_signals(heard), 0);
	world_use("a", 0, 0);
	apply(CONFIG(CHILD("a", "", SAYS("two"))));
	assert_int_equal(world_signals(heard), 1);
	assert_string_equal(config_of("a"), "<config>two</config>");
	assert_int_equal(life("a"), a);
	world_fini();
}

/* ------------------------------------------------------------------ quota */

#define SIZED(ram, caps) "<start name=\"a\" ram=\"" ram "\" caps=\"" caps "\"/>"

static void quota_follows_the_config(void **state)
{
	(void)state;
	begin(CONFIG(SIZED("1M", "100")));
	const uint64_t a = life("a");
	const struct os_quota before = quota_of("a");
	apply(CONFIG(SIZED("3M", "150")));
	assert_int_equal(quota_of("a").ram, before.ram + (2 << 20));
	assert_int_equal(quota_of("a").caps, before.caps + 50);
	apply(CONFIG(SIZED("2M", "90")));
	assert_int_equal(quota_of("a").ram, before.ram + (1 << 20));
	assert_int_equal(quota_of("a").caps, before.caps - 10);
	apply(CONFIG(SIZED("1M", "100")));
	assert_int_equal(quota_of("a").ram, before.ram);
	assert_int_equal(quota_of("a").caps, before.caps);
	assert_int_equal(life("a"), a);
	world_fini();
}

static void what_is_in_use_is_not_taken(void **state)
{
	(void)state;
	begin(CONFIG(SIZED("4M", "100")));
	const struct os_quota before = quota_of("a");
	struct signal_context_cap heard = world_context();
	assert_int_equal(parent_yield_sigh(world_child("a"), heard), OS_OK);
	world_use("a", before.ram - (1 << 20), 0);
	apply(CONFIG(SIZED("1M", "100")));
	assert_int_equal(quota_of("a").ram, before.ram - (1 << 20));
	assert_true(world_told("child \"a\": keeps 2048K RAM and 0 capabilities more than it is "
	                       "given until"));
	/* it is asked to free it, and what it gives back then is what was wanted */
	assert_int_equal(world_signals(heard), 1);
	world_use("a", 0, 0);
	assert_int_equal(parent_resource_yield(world_child("a"), 2 << 20, 0), OS_OK);
	world_run();
	assert_int_equal(quota_of("a").ram, before.ram - (3 << 20));
	apply(CONFIG(SIZED("2M", "100")));
	assert_int_equal(quota_of("a").ram, before.ram - (2 << 20));
	world_fini();
}

static void what_is_not_there_is_not_given(void **state)
{
	(void)state;
	begin(CONFIG(SIZED("4M", "100") PLAIN("b")));
	const struct os_quota before = quota_of("a");
	apply(CONFIG(SIZED("1G", "200") PLAIN("b")));
	assert_true(world_told("child \"a\": does not get 1044480K RAM and 0 capabilities more, "));
	assert_int_equal(quota_of("a").ram, before.ram);
	assert_int_equal(quota_of("a").caps, before.caps + 100);
	/* nor is a new child started that does not fit; the others run */
	apply(CONFIG(SIZED("4M", "100") PLAIN("b") "<start name=\"c\" ram=\"1G\" caps=\"99\"/>"));
	assert_true(world_told("child \"c\": not started: asks for 1048576K RAM, "));
	assert_true(life("b"));
	/* it starts once it is more modest */
	apply(CONFIG(SIZED("4M", "100") PLAIN("b") "<start name=\"c\" ram=\"1M\" caps=\"99\"/>"));
	assert_true(life("c"));
	world_fini();
}

/* A server holds what a child that is removed has donated: who needs it waits for that only. */
static void quota_is_waited_for_but_not_by_others(void **state)
{
	(void)state;
	begin(CONFIG(SERVER("server") "<start name=\"a\" ram=\"30M\" caps=\"150\"/>"));
	announce("server");
	assert_int_equal(parent_session_open(world_child("a"), 1, "Foo", "x", NULL, 0, &nowhere,
	                                     20 << 20, 4, &(struct os_cap){ 0 }),
	                 WORLD_LATER);
	serve("server");
	apply(CONFIG(SERVER("server") "<start name=\"b\" ram=\"50M\" caps=\"150\"/>" PLAIN("c")));
	assert_int_equal(life("b"), 0);
	assert_int_equal(child_of("b")->state, CHILD_IDLE);
	assert_true(world_told("child \"b\": waits for quota that servers still hold"));
	assert_true(life("c"));
	const struct world_fetched f = world_fetch("server");
	assert_int_equal(f.kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(parent_request_closed(world_child("server"), f.id), OS_OK);
	world_run();
	assert_true(life("b"));
	world_fini();
}

static void children_without_caps_keep_their_share(void **state)
{
	(void)state;
	begin(CONFIG("<start name=\"a\" ram=\"1M\"/>"));
	const struct os_quota before = quota_of("a");
	apply(CONFIG("<start name=\"a\" ram=\"1M\"/><start name=\"b\" ram=\"1M\"/>"));
	assert_int_equal(quota_of("a").caps, before.caps);
	assert_true(quota_of("b").caps > 500);
	world_fini();
}

/* ------------------------------------------------------------------ routes */

static void who_would_go_elsewhere_restarts(void **state)
{
	(void)state;
	begin(CONFIG(SERVER("left") SERVER("right") CHILD("client", "", HELLO_FROM("left"))
	                     PLAIN("a")));
	const uint64_t left = life("left"), client = life("client"), a = life("a");
	announce("left");
	announce("right");
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("left");
	/* another route for what it does not use is no reason */
	apply(CONFIG(SERVER("left") SERVER("right") CHILD(
	        "client", "",
	        "<route><service name=\"Bar\"><parent/></service><service name=\"Foo\"><child "
	        "name=\"left\"/></service><any-service><parent/></any-service></route>")
	                     PLAIN("a")));
	assert_int_equal(life("client"), client);
	apply(CONFIG(SERVER("left") SERVER("right") CHILD("client", "", HELLO_FROM("right"))
	                     PLAIN("a")));
	assert_true(life("client") && life("client") != client);
	assert_int_equal(life("left"), left);
	assert_int_equal(life("a"), a);
	/* the server that it had sees its session closed */
	assert_int_equal(world_fetch("left").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("right");
	world_fini();
}

static void default_routes_and_labels_count(void **state)
{
	(void)state;
	begin(CONFIG(PLAIN("a") PLAIN("b")));
	const uint64_t a = life("a"), b = life("b");
	assert_int_equal(open_session("a", 1, "LOG"), OS_OK);
	apply("<config>" PROVIDES "<default-route><service name=\"LOG\"><parent label=\"other\"/>"
	      "</service><any-service><parent/></any-service></default-route>" PLAIN("a")
	              PLAIN("b") "</config>");
	assert_true(life("a") && life("a") != a);
	assert_int_equal(life("b"), b);
	world_fini();
}

static void withdrawn_services_end(void **state)
{
	(void)state;
	begin(CONFIG(SERVER("server") PLAIN("client")));
	const uint64_t server = life("server"), client = life("client");
	announce("server");
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("server");
	apply(CONFIG(PLAIN("server") PLAIN("client")));
	assert_int_equal(life("server"), server);
	assert_true(life("client") != client);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(open_session("client", 1, "Foo"), OS_ERR_NO_ROUTE);
	assert_false(child_has_announced(child_of("server"), "Foo"));
	/* it may offer it again */
	apply(CONFIG(SERVER("server") PLAIN("client")));
	assert_int_equal(life("server"), server);
	announce("server");
	world_fini();
}

static void who_was_denied_a_service_may_try_again(void **state)
{
	(void)state;
	begin(CONFIG(PLAIN("server") PLAIN("a")));
	const uint64_t server = life("server"), a = life("a");
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_ERR_DENIED);
	apply(CONFIG(SERVER("server") PLAIN("a")));
	assert_true(life("server") != server);
	assert_int_equal(life("a"), a);
	announce("server");
	world_fini();
}

static void clients_of_a_server_that_restarts_go_on(void **state)
{
	(void)state;
	begin(CONFIG(SERVER("server") PLAIN("client")));
	const uint64_t client = life("client");
	struct signal_context_cap heard = world_context();
	announce("server");
	assert_int_equal(parent_session_sigh(world_child("client"), heard), OS_OK);
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("server");
	assert_int_equal(open_session("client", 2, "Foo"), WORLD_LATER); /* not fetched */
	apply(CONFIG(CHILD("server", "version=\"2\"", SERVES("Foo")) PLAIN("client")));
	assert_int_equal(life("client"), client);
	assert_int_equal(session_find(child_of("client"), 1)->state, SESSION_GONE);
	assert_int_equal(world_signals(heard), 1);
	/* what the first one has not heard of, the second one serves */
	announce("server");
	serve("server");
	assert_int_equal(session_find(child_of("client"), 2)->state, SESSION_OPEN);
	world_fini();
}

static void a_child_without_its_pd_restarts(void **state)
{
	static const char with[] = CONFIG(CHILD("server", "version=\"1\"", SERVES("PD")) CHILD(
	        "a", "",
	        "<route><service name=\"PD\"><child name=\"server\"/></service>"
	        "<any-service><parent/></any-service></route>"));
	static const char without[] =
	        CONFIG(CHILD("server", "version=\"1\"", SERVES("PD")) PLAIN("a"));

	(void)state;
	begin(with);
	assert_int_equal(life("a"), 0); /* its PD session waits for the server */
	assert_int_equal(child_of("a")->state, CHILD_OPENING);
	apply(without);
	assert_true(life("a"));
	apply(with);
	assert_int_equal(life("a"), 0);
	assert_int_equal(child_of("a")->state, CHILD_OPENING);
	world_fini();
}

/* ------------------------------------------------------------------ mistakes */

static void what_is_no_config_changes_nothing(void **state)
{
	static const char *const wrong[] = { "<config>", "<state/>", "words", "",
		                             "<config><start name=\"a\"></config>" };

	(void)state;
	begin(CONFIG(PLAIN("a")));
	const uint64_t a = life("a");
	for (size_t i = 0; i < OS_ARRAY_SIZE(wrong); i++) {
		world_forget_lines();
		assert_int_not_equal(world_apply(wrong[i]), OS_OK);
		assert_int_equal(life("a"), a);
		assert_true(world_told("config not applied: syntax error; all stays as it was"));
		assert_int_equal(world.line_count, 2);
	}
	assert_int_equal(world.sandbox.refused, OS_ARRAY_SIZE(wrong));
	apply(CONFIG(PLAIN("a") PLAIN("b")));
	assert_int_equal(life("a"), a);
	assert_true(life("b"));
	world_fini();
}

static void a_mistake_in_one_child_leaves_it_as_it_was(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("server", "", SERVES("Foo") SAYS("one")) PLAIN("client")));
	const uint64_t server = life("server"), client = life("client");
	announce("server");
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("server");
	struct signal_context_cap heard = config_sigh("server");
	apply(CONFIG("\n<start name=\"server\" ram=\"huge\" caps=\"7\"><config>two</config>"
	             "<provides><service name=\"Bar\"/></provides></start>" PLAIN("client")
	                     PLAIN("a")));
	assert_true(world_told("config:2: child \"server\": ram=: expected a size"));
	assert_true(world_told("config:2: child \"server\": stays as it was"));
	assert_int_equal(life("server"), server);
	assert_int_equal(life("client"), client);
	assert_true(life("a"));
	assert_int_equal(session_find(child_of("client"), 1)->state, SESSION_OPEN);
	assert_int_equal(world_signals(heard), 0);
	assert_string_equal(config_of("server"), "<config>one</config>");
	/* and once more, so that what it was is long gone but for it */
	apply(CONFIG(CHILD("server", "", "<binary name=\"\"/>") PLAIN("client")));
	assert_int_equal(life("server"), server);
	assert_string_equal(config_of("server"), "<config>one</config>");
	apply(CONFIG(CHILD("server", "", SERVES("Foo") SAYS("two")) PLAIN("client")));
	assert_int_equal(life("server"), server);
	assert_int_equal(world_signals(heard), 1);
	assert_int_equal(life("client"), client);
	world_fini();
}

static void who_has_ended_starts_when_it_changes(void **state)
{
	(void)state;
	begin(CONFIG(PLAIN("a") PLAIN("b")));
	assert_int_equal(parent_exit(world_child("a"), 0), OS_OK);
	world_run();
	apply(CONFIG(PLAIN("a") PLAIN("b") PLAIN("c")));
	assert_int_equal(life("a"), 0);
	apply(CONFIG(CHILD("a", "", SAYS("new")) PLAIN("b") PLAIN("c")));
	assert_true(life("a"));
	world_fini();
}

/* ------------------------------------------------------------------ binaries */

static void another_binary_restarts(void **state)
{
	(void)state;
	begin(CONFIG(PLAIN("a") PLAIN("b")));
	const uint64_t a = life("a"), b = life("b");
	world_rom_changes("a -> a", false);
	assert_int_equal(life("a"), a); /* it was signalled, but is the same */
	world_rom_changes("a -> a", true);
	assert_true(life("a") && life("a") != a);
	assert_int_equal(life("b"), b);
	assert_true(world_told("child \"a\" is restarted: its binary \"a\" has changed"));
	world_fini();
}

static void a_binary_that_is_none_is_waited_for(void **state)
{
	(void)state;
	world.broken = false;
	begin(CONFIG(PLAIN("a") PLAIN("b")));
	const uint64_t b = life("b");
	world.broken = true;
	world_rom_changes("a -> a", true);
	assert_int_equal(child_of("a")->state, CHILD_FAILED);
	assert_null(world_find("PD", "a"));
	assert_non_null(world_find("ROM", "a -> a"));
	world.broken = false;
	world_rom_changes("a -> a", true);
	assert_true(life("a"));
	assert_int_equal(life("b"), b);
	/* and is forgotten with the child */
	world.broken = true;
	world_rom_changes("a -> a", true);
	apply(CONFIG(PLAIN("b")));
	assert_null(world_find("ROM", "a -> a"));
	world_fini();
}

/* ------------------------------------------------------------------ restarts */

static void crash(const char *name)
{
	world_pd_ends(name, PD_STATE_CRASHED);
	alive_if_there(name);
}

static void a_crash_is_made_up_for_as_often_as_the_config_says(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", "<restart max=\"2\"/>") PLAIN("b")));
	const uint64_t b = life("b");
	crash("a");
	assert_true(world_told("child \"a\" is restarted (1 of 2)"));
	crash("a");
	assert_true(life("a"));
	crash("a");
	assert_int_equal(life("a"), 0);
	assert_true(world_told("child \"a\" was restarted 2 times: it stays ended"));
	assert_int_equal(life("b"), b);
	assert_int_equal(world.times_asked, 0); /* nothing of it needs the time */
	/* another config starts it, and counts anew, also while it runs */
	apply(CONFIG(CHILD("a", "", "<restart max=\"1\"/>") PLAIN("b")));
	crash("a");
	assert_true(life("a"));
	apply(CONFIG(CHILD("a", "", "<restart max=\"1\"/>" SAYS("more")) PLAIN("b")));
	crash("a");
	assert_true(life("a"));
	crash("a");
	assert_int_equal(life("a"), 0);
	world_fini();
}

static void an_exit_restarts_if_it_is_a_failure(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", "<restart/>") CHILD("b", "", "<restart always=\"yes\"/>")));
	const uint64_t b = life("b");
	assert_int_equal(parent_exit(world_child("a"), 1), OS_OK);
	world_run();
	assert_true(life("a"));
	assert_int_equal(parent_exit(world_child("a"), 0), OS_OK);
	assert_int_equal(parent_exit(world_child("b"), 0), OS_OK);
	world_run();
	assert_int_equal(life("a"), 0);
	assert_true(life("b") && life("b") != b);
	world_fini();
}

static void restarts_wait_longer_and_longer(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", "<restart max=\"3\" delay_ms=\"10\" within_s=\"60\"/>")));
	crash("a");
	assert_int_equal(life("a"), 0);
	assert_int_equal(child_of("a")->state, CHILD_PAUSED);
	assert_int_equal(world.deadline, world.time + 10000);
	world_time_passes(9999);
	assert_int_equal(life("a"), 0);
	world_time_passes(1);
	assert_true(life("a"));
	crash("a");
	world_time_passes(19999);
	assert_int_equal(life("a"), 0);
	world_time_passes(1);
	assert_true(life("a"));
	/* those that are long ago do not count */
	world_time_passes(60 * 1000 * 1000);
	crash("a");
	world_time_passes(10000);
	crash("a");
	world_time_passes(20000);
	crash("a");
	world_time_passes(40000);
	assert_true(life("a"));
	crash("a");
	world_time_passes(1000 * 1000);
	assert_int_equal(life("a"), 0);
	world_fini();
}

static void a_child_that_waits_can_be_removed_or_changed(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", "<restart delay_ms=\"10\"/>")
	                     CHILD("b", "", "<restart delay_ms=\"10\"/>")));
	crash("a");
	crash("b");
	apply(CONFIG(CHILD("b", "", "<restart delay_ms=\"20\"/>")));
	assert_true(life("b"));
	assert_null(child_of("a"));
	world_time_passes(1000000);
	assert_int_equal(world.sandbox.paused, 0);
	world_fini();
}

static void without_time_restarts_do_without(void **state)
{
	(void)state;
	begin(CONFIG(CHILD("a", "", "<restart delay_ms=\"10\"/>")));
	world.time = 0;
	crash("a");
	assert_true(life("a"));
	assert_true(world_told("heartbeats, delays and within_s are left out: no route"));
	world_fini();
}

/* ------------------------------------------------------------------ heartbeats */

#define WATCHED(start) "<config><heartbeat rate_ms=\"100\"/>" PROVIDES ROUTE start "</config>"

static void who_does_not_answer_is_ended(void **state)
{
	(void)state;
	begin(WATCHED(CHILD("a", "", "<heartbeat max=\"3\"/>")
	                      CHILD("b", "", "<heartbeat max=\"3\"/><restart/>") PLAIN("c")));
	struct signal_context_cap a = world_context(), b = world_context(), c = world_context();
	assert_int_equal(parent_heartbeat_sigh(world_child("a"), a), OS_OK);
	assert_int_equal(parent_heartbeat_sigh(world_child("b"), b), OS_OK);
	assert_int_equal(parent_heartbeat_sigh(world_child("c"), c), OS_OK);
	const uint64_t first = life("b");
	for (int i = 0; i < 3; i++) {
		world_time_passes(100 * 1000);
		assert_int_equal(world_signals(a), 1);
		assert_int_equal(world_signals(b), 1);
		assert_int_equal(world_signals(c), 0); /* not watched */
		assert_int_equal(parent_alive(world_child("a")), OS_OK);
	}
	assert_true(world_told("child \"b\" does not answer heartbeats"));
	world_time_passes(100 * 1000);
	assert_true(world_told("child \"b\" has not answered 3 heartbeats: it is ended"));
	assert_true(world_told("child \"b\" is restarted (1 of 5)"));
	assert_true(life("b") && life("b") != first);
	assert_true(life("a"));
	world_fini();
}

static void heartbeats_that_are_only_counted(void **state)
{
	(void)state;
	begin(WATCHED(CHILD("a", "", "<heartbeat/>")));
	world_time_passes(1000 * 1000);
	assert_true(life("a"));
	assert_int_equal(child_of("a")->beats, 10);
	world_alive("a");
	assert_true(world_told("child \"a\" answers heartbeats again"));
	assert_int_equal(child_of("a")->beats, 0);
	/* the next config does not want any */
	apply(CONFIG(CHILD("a", "", "<heartbeat/>")));
	assert_int_equal(world.deadline, UINT64_MAX);
	world_fini();
}

/* ------------------------------------------------------------------ the state */

static const char *state_text(void)
{
	static char text[20000];
	struct os_xml_writer writer;

	os_xml_writer_init(&writer, text, sizeof(text));
	os_sandbox_report(&world.sandbox, &writer);
	assert_int_equal(os_xml_writer_finish(&writer, NULL), OS_OK);
	return text;
}

static struct os_xml state_root(void)
{
	const char *text = state_text();
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static void the_state_tells_what_was_asked_for(void **state)
{
	struct os_xml root, child;

	(void)state;
	begin("<config><report sessions=\"yes\" ids=\"yes\" child_ram=\"yes\" "
	      "init_caps=\"yes\"/>" PROVIDES ROUTE SERVER("server") PLAIN("client") "</config>");
	announce("server");
	assert_int_equal(open_session("client", 1, "Foo"), WORLD_LATER);
	serve("server");
	root = state_root();
	assert_true(os_xml_equal(root, "applied", "1"));
	assert_int_equal(os_xml_u64(os_xml_first(root, "caps"), "quota", 0), world.own->caps);
	assert_false(os_xml_valid(os_xml_first(root, "ram")));
	child = os_xml_first(root, "child");
	assert_true(os_xml_equal(os_xml_first(os_xml_first(child, "provided"), "service"), "name",
	                         "Foo"));
	assert_true(os_xml_equal(os_xml_first(os_xml_first(child, "provided"), "session"), "client",
	                         "client"));
	assert_int_equal(os_xml_u64(os_xml_first(child, "ram"), "quota", 0),
	                 quota_of("server").ram);
	child = os_xml_next(child, "child");
	assert_int_equal(os_xml_count(os_xml_first(child, "requested"), "session"), 4);
	apply("<config><report/>" PROVIDES ROUTE SERVER("server") PLAIN("client") "</config>");
	child = os_xml_first(state_root(), "child");
	assert_false(os_xml_valid(os_xml_first(child, NULL)));
	assert_false(os_xml_has(child, "id"));
	assert_int_equal(parent_exit(world_child("client"), -3), OS_OK);
	world_run();
	child = os_xml_next(os_xml_first(state_root(), "child"), "child");
	assert_true(os_xml_equal(child, "exit", "-3"));
	assert_true(os_xml_equal(child, "state", "ended"));
	world_fini();
}

static void reports_are_as_rare_as_the_config_says(void **state)
{
	(void)state;
	begin("<config><report delay_ms=\"50\"/>" PROVIDES ROUTE PLAIN("a") "</config>");
	world_time_passes(50 * 1000);
	const uint32_t before = world.changes;
	crash("a");
	assert_int_equal(world.changes, before);
	world_time_passes(49999);
	assert_int_equal(world.changes, before);
	world_time_passes(1);
	assert_int_equal(world.changes, before + 1);
	world_time_passes(1000000);
	assert_int_equal(world.changes, before + 1);
	world_fini();
}

/* ------------------------------------------------------------------ what our parent is offered */

#define OFFERS(to, starts)                                                  \
	"<config>" PROVIDES ROUTE "<service name=\"Foo\"><child name=\"" to \
	"\"/></service>" starts "</config>"

static void what_is_not_offered_any_more_ends(void **state)
{
	(void)state;
	begin(OFFERS("left", SERVER("left") SERVER("right")));
	const uint64_t left = life("left");
	announce("left");
	announce("right");
	const uint64_t open = world_ask("Foo", "open"), asked = world_ask("Foo", "asked");
	world_run();
	serve("left");
	const struct world_fetched f = world_fetch("left"); /* it owes the answer to the second */
	const uint64_t waits = world_ask("Foo", "waits");
	world_run();
	apply(OFFERS("right", SERVER("left") SERVER("right")));
	assert_int_equal(life("left"), left);
	assert_int_equal(world_incoming(waits)->state, WORLD_DENIED);
	/* the server closes first, so that it never works on what is gone */
	assert_int_equal(world_incoming(open)->state, WORLD_DELIVERED);
	assert_int_equal(parent_request_deliver(world_child("left"), f.id, world_object(FOO_TYPE)),
	                 OS_OK);
	for (int i = 0; i < 2; i++) {
		const struct world_fetched g = world_fetch("left");

		assert_int_equal(g.kind, PARENT_REQUEST_KIND_CLOSE);
		assert_int_equal(parent_request_closed(world_child("left"), g.id), OS_OK);
	}
	assert_int_equal(world_incoming(open)->state, WORLD_CLOSED);
	assert_int_equal(world_incoming(asked)->state, WORLD_DENIED);
	world_ask("Foo", "again");
	world_run();
	serve("right");
	world_ask_close(4);
	world_run();
	world_fini();
}

/* ------------------------------------------------------------------ failures anywhere */

/* What exists: children by their lives, and what each has. */
static void snapshot(char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	OS_LIST_FOR_EACH (node, &world.sandbox.children) {
		const struct child *child = OS_LIST_ITEM(node, const struct child, node);
		const char *name = child->start->name;
		const struct os_quota q =
		        world_find("PD", name) && account_of(name) ? quota_of(name) : child->own;

		length += (size_t)snprintf(text + length, size - length, "%s %d %llu %llu %llu\n",
		                           name, child->state, (unsigned long long)life(name),
		                           (unsigned long long)q.ram, (unsigned long long)q.caps);
	}
}

static void an_update_without_memory_changes_nothing(void **state)
{
	static const char first[] =
	        CONFIG(SERVER("server") CHILD("client", "", SAYS("one")) PLAIN("a"));
	static const char second[] =
	        OFFERS("server", SERVER("server") CHILD("client", "", SAYS("two")) PLAIN("b")
	                                 PLAIN("c") "<start name=\"a\" ram=\"x\"/>");
	char before[1000], after[1000];
	bool failed = true;
	enum os_err err;

	(void)state;
	for (size_t n = 1; failed; n++) {
		begin(first);
		config_of("client");
		snapshot(before, sizeof(before));
		world.heap.fail_at = world.heap.calls + n;
		err = os_sandbox_apply(&world.sandbox, second, strlen(second));
		failed = world.heap.failed > 0;
		world.heap.fail_at = 0;
		if (err) {
			assert_int_equal(err, OS_ERR_OUT_OF_RAM);
			world_run();
			snapshot(after, sizeof(after));
			assert_string_equal(before, after);
			apply(second); /* and it works the next time */
		}
		world_run();
		world_fini();
	}
}

/* Calls to core and to our parent may fail, too: then what they were for, and nothing else. */
static void an_update_whose_calls_fail_leaves_nothing_behind(void **state)
{
	bool failed = true;

	(void)state;
	for (uint32_t n = 1; failed; n++) {
		begin(CONFIG(SERVER("server") CHILD("client", "", SAYS("one")) PLAIN("a")));
		config_of("client");
		world.fail_call = world.calls + n;
		world.failed = false;
		if (!world_apply(OFFERS("server",
		                        SERVER("server") CHILD("client", "", SAYS("two"))
		                                CHILD("a", "version=\"2\"", "") PLAIN("b"))))
			alive_if_there("b");
		failed = world.failed;
		world.fail_call = 0;
		apply(CONFIG(SERVER("server") CHILD("client", "", SAYS("three")) PLAIN("a")));
		assert_true(life("a") && life("server") && life("client"));
		assert_string_equal(config_of("client"), "<config>three</config>");
		world_fini();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_config_touches_nobody),
		cmocka_unit_test(children_come_and_go),
		cmocka_unit_test(what_cannot_be_followed_restarts),
		cmocka_unit_test(another_config_is_another_content),
		cmocka_unit_test(who_asks_late_is_told_at_once),
		cmocka_unit_test(a_config_that_does_not_fit_comes_when_it_does),
		cmocka_unit_test(quota_follows_the_config),
		cmocka_unit_test(what_is_in_use_is_not_taken),
		cmocka_unit_test(what_is_not_there_is_not_given),
		cmocka_unit_test(quota_is_waited_for_but_not_by_others),
		cmocka_unit_test(children_without_caps_keep_their_share),
		cmocka_unit_test(who_would_go_elsewhere_restarts),
		cmocka_unit_test(default_routes_and_labels_count),
		cmocka_unit_test(withdrawn_services_end),
		cmocka_unit_test(who_was_denied_a_service_may_try_again),
		cmocka_unit_test(clients_of_a_server_that_restarts_go_on),
		cmocka_unit_test(a_child_without_its_pd_restarts),
		cmocka_unit_test(what_is_no_config_changes_nothing),
		cmocka_unit_test(a_mistake_in_one_child_leaves_it_as_it_was),
		cmocka_unit_test(who_has_ended_starts_when_it_changes),
		cmocka_unit_test(another_binary_restarts),
		cmocka_unit_test(a_binary_that_is_none_is_waited_for),
		cmocka_unit_test(a_crash_is_made_up_for_as_often_as_the_config_says),
		cmocka_unit_test(an_exit_restarts_if_it_is_a_failure),
		cmocka_unit_test(restarts_wait_longer_and_longer),
		cmocka_unit_test(a_child_that_waits_can_be_removed_or_changed),
		cmocka_unit_test(without_time_restarts_do_without),
		cmocka_unit_test(who_does_not_answer_is_ended),
		cmocka_unit_test(heartbeats_that_are_only_counted),
		cmocka_unit_test(the_state_tells_what_was_asked_for),
		cmocka_unit_test(reports_are_as_rare_as_the_config_says),
		cmocka_unit_test(what_is_not_offered_any_more_ends),
		cmocka_unit_test(an_update_without_memory_changes_nothing),
		cmocka_unit_test(an_update_whose_calls_fail_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Random sequences of configs: what a config leads to does not depend on those before it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../base/test/random.h"
#include "world_core.h"

/*
 * Children here are a function of their config: they offer "Foo" if they may, use it if their
 * config says so, and follow it. So once all is quiet, children, sessions, contents and accounts
 * must be the same whether a config was applied alone or after others, right and wrong ones.
 */

enum { FOO_TYPE = 0x1234567, NAMES = 6, RUNS = 400, SEQUENCE_MAX = 6, TEXT_MAX = 8000 };
enum { SESSION_FOO = 1, SESSION_LOG = 2, SESSION_CONFIG = 3 };

static const char *const names[NAMES] = { "a", "b", "c", "d", "e", "f" };
static const struct parent_affinity nowhere;

/* ------------------------------------------------------------------ configs */

struct text {
	char bytes[TEXT_MAX];
	size_t length;
};

static void add(struct text *text, const char *format, ...) OS_PRINTF(2, 3);

static void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text->length += (size_t)vsnprintf(text->bytes + text->length, TEXT_MAX - text->length,
	                                  format, args);
	va_end(args);
	assert_true(text->length < TEXT_MAX);
}

static void add_route(struct text *text, uint64_t *random)
{
	if (random_below(random, 3))
		return;
	add(text,
	    "<route><service name=\"Foo\"><child name=\"%s\"/></service>"
	    "<any-service><parent/></any-service></route>",
	    names[random_below(random, NAMES)]);
}

static void add_child(struct text *text, const char *name, uint64_t *random)
{
	add(text, "<start name=\"%s\" ram=\"%lluM\" caps=\"%llu\" version=\"%llu\">", name,
	    (unsigned long long)random_below(random, 3) + 1,
	    (unsigned long long)random_below(random, 3) * 50 + 150,
	    (unsigned long long)random_below(random, 4) / 3);
	if (random_below(random, 3))
		add(text, "<config uses=\"%s\" x=\"%llu\"/>",
		    random_below(random, 2) ? "yes" : "no",
		    (unsigned long long)random_below(random, 3));
	if (!random_below(random, 3))
		add(text, "<provides><service name=\"Foo\"/></provides>");
	add_route(text, random);
	add(text, "</start>\n");
}

/* In random order, each child or none. */
static void make_config(struct text *text, uint64_t *random)
{
	const uint64_t turn = random_below(random, NAMES);

	*text = (struct text){ 0 };
	add(text, "<config>\n<parent-provides><service name=\"ROM\"/><service name=\"PD\"/>"
	          "<service name=\"CPU\"/>");
	add(text, "%s</parent-provides>\n",
	    random_below(random, 5) ? "<service name=\"LOG\"/>" : "");
	add(text, "<default-route><any-service>%s</any-service></default-route>\n",
	    random_below(random, 4) ? "<parent/><any-child/>" : "<any-child/><parent/>");
	for (size_t i = 0; i < NAMES; i++)
		if (random_below(random, 3))
			add_child(text, names[(i + turn) % NAMES], random);
	add(text, "</config>");
}

/* Sometimes it is cut off somewhere, and no config any more. */
static void maybe_spoil(struct text *text, uint64_t *random)
{
	if (random_below(random, 4))
		return;
	text->length = random_below(random, text->length);
	text->bytes[text->length] = '\0';
}

/* ------------------------------------------------------------------ children */

static bool is_up(const struct child *child)
{
	return child->state == CHILD_UP && !child->ending;
}

static void may_fail(enum os_err err)
{
	(void)err;
}

/* One session as the child wants it now. */
static bool want_session(struct child *child, uint64_t id, const char *service, const char *label,
                         bool wanted)
{
	const struct parent_cap parent = world_child(child->start->name);
	struct sandbox_session *session = session_find(child, id);
	struct os_cap cap;

	if (session && (session->state == SESSION_FAILED || session->state == SESSION_GONE ||
	                (!wanted && session->state <= SESSION_OPEN))) {
		may_fail(parent_session_close(parent, id));
		return true;
	}
	if (session || !wanted)
		return false;
	may_fail(parent_session_request(parent, id, service, label, NULL, 0, &nowhere, ROM_RAM,
	                                ROM_CAPS));
	session = session_find(child, id);
	if (session && id == SESSION_CONFIG) {
		cap = world_config_dataspace(session);
		may_fail(cap.slot ? OS_OK : OS_ERR_GONE);
	}
	return session != NULL;
}

static bool serve(struct child *child)
{
	const char *name = child->start->name;
	bool busy = false;

	if (sandbox_start_provides(child->start, "Foo") && !child_has_announced(child, "Foo")) {
		assert_int_equal(parent_announce(world_child(name), "Foo"), OS_OK);
		busy = true;
	}
	for (;;) {
		struct world_fetched f = world_fetch(name);

		if (f.kind == PARENT_REQUEST_KIND_NONE)
			return busy;
		busy = true;
		if (f.kind == PARENT_REQUEST_KIND_CREATE)
			may_fail(parent_request_deliver(world_child(name), f.id,
			                                world_object(FOO_TYPE)));
		else if (f.kind == PARENT_REQUEST_KIND_CLOSE)
			may_fail(parent_request_closed(world_child(name), f.id));
	}
}

static bool act(struct child *child)
{
	const struct os_xml config = child->start->inline_config;
	bool busy = false;

	if (child->state == CHILD_RUNNING && !child->ending) {
		world_alive(child->start->name);
		return true;
	}
	if (!is_up(child))
		return false;
	busy |= serve(child);
	busy |= want_session(child, SESSION_LOG, "LOG", "log", true);
	busy |= want_session(child, SESSION_CONFIG, "ROM", "config", true);
	busy |= want_session(child, SESSION_FOO, "Foo", "foo", os_xml_bool(config, "uses", false));
	return busy;
}

static void settle(void)
{
	bool busy = true;

	for (int round = 0; busy; round++) {
		assert_true(round < 200);
		world_run();
		busy = false;
		for (size_t i = 0; i < NAMES; i++) {
			struct child *child = child_find(&world.sandbox, names[i]);

			busy |= child && act(child);
		}
	}
}

/* ------------------------------------------------------------------ what it leads to */

static void tell_session(struct text *text, const struct sandbox_session *session)
{
	add(text, "  %llu %s %s %d %d %s\n", (unsigned long long)session->id, session->service,
	    session->label, session->state, session->target,
	    session->server ? session->server->start->name : "-");
	if (session->config_rom)
		add(text, "  %s\n",
		    world_memory[world_config_dataspace((struct sandbox_session *)session).slot]);
}

static void tell_child(struct text *text, const struct child *child)
{
	const struct world_account *account = world_find("PD", child->start->name)->account;

	add(text, "%s: %d %u, %llu %llu, %llu %llu\n", child->start->name, child->state,
	    child->start->priority, (unsigned long long)account->ram,
	    (unsigned long long)account->caps, (unsigned long long)child->assigned.ram,
	    (unsigned long long)child->assigned.caps);
	for (struct os_avl_node *node = os_avl_first(&child->sessions); node;
	     node = os_avl_next(node))
		tell_session(text, OS_AVL_ITEM(node, const struct sandbox_session, by_id));
	OS_LIST_FOR_EACH (node, &child->announcements)
		add(text, "  offers %s\n", OS_LIST_ITEM(node, struct announcement, node)->service);
}

static void tell_world(struct text *text)
{
	*text = (struct text){ 0 };
	add(text, "%llu %llu %llu\n", (unsigned long long)world.own->ram,
	    (unsigned long long)world.own->caps,
	    (unsigned long long)world.upstream_link.claimed.ram);
	assert_true(os_list_empty(&world.sandbox.orphans));
	assert_int_equal(world.upstream_link.promised.ram, 0);
	OS_LIST_FOR_EACH (node, &world.sandbox.children)
		tell_child(text, OS_LIST_ITEM(node, const struct child, node));
}

static void apply(const struct text *text)
{
	may_fail(os_sandbox_apply(&world.sandbox, text->bytes, text->length));
	settle();
}

static void the_past_leaves_no_trace(void **state)
{
	static struct text config, other, alone, after;

	(void)state;
	for (uint64_t run = 1; run <= RUNS; run++) {
		uint64_t random = run;

		make_config(&config, &random);
		world_init();
		apply(&config);
		tell_world(&alone);
		world_fini();
		world_init();
		for (uint64_t n = random_below(&random, SEQUENCE_MAX) + 1; n; n--) {
			make_config(&other, &random);
			maybe_spoil(&other, &random);
			apply(&other);
		}
		apply(&config);
		tell_world(&after);
		world_fini();
		if (alone.length != after.length ||
		    memcmp(alone.bytes, after.bytes, alone.length) != 0) {
			print_message("run %llu\n%s\nalone:\n%s\nafter others:\n%s\n",
			              (unsigned long long)run, config.bytes, alone.bytes,
			              after.bytes);
			fail();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_past_leaves_no_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

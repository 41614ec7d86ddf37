/* SPDX-License-Identifier: BSD-2-Clause */
/* Where requests go: rules by service and label, targets, and why there is none. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../src/route.h"
#include "fail_alloc.h"
#include <osier/string.h>

static char line[SANDBOX_LINE_MAX];
static size_t line_count;

static void message(struct sandbox_sink *sink, bool error, const char *text)
{
	(void)sink;
	(void)error;
	line_count++;
	assert_int_equal(os_str_copy(line, sizeof(line), text), OS_OK);
}

static bool has_local(struct sandbox_locals *locals, const char *service, const char *label)
{
	(void)locals;
	(void)label;
	return os_str_equal(service, "Local");
}

static struct sandbox_sink sink = { message };
static struct sandbox_locals locals = { has_local };
static struct fail_alloc memory;
static struct sandbox_config config;
static struct sandbox_route route;

#define PARENT                                                                                   \
	"<parent-provides><service name=\"ROM\"/><service name=\"RAM\"/><service name=\"LOG\"/>" \
	"</parent-provides>"
#define SERVER(name) \
	"<start name=\"" name "\" ram=\"1M\"><provides><service name=\"Foo\"/></provides></start>"

/* `rules` is the route of the client "c". */
static void load(const char *rules, const char *rest)
{
	char text[4000];

	snprintf(text, sizeof(text),
	         "<config>" PARENT "\n<start name=\"c\" ram=\"1M\">\n%s</start>\n%s</config>",
	         rules, rest);
	line_count = 0;
	fail_alloc_init(&memory, 0);
	assert_int_equal(
	        sandbox_config_init(&config, &memory.alloc, text, strlen(text), NULL, &sink),
	        OS_OK);
	assert_int_equal(line_count, 0);
}

static enum os_err ask(const char *service, const char *label)
{
	return sandbox_route_find(sandbox_config_find(&config, "c"), service, label, &locals, &sink,
	                          &route);
}

static void unload(void)
{
	sandbox_config_fini(&config);
	assert_int_equal(memory.live, 0);
}

#define ANY_PARENT "<default-route><any-service><parent/></any-service></default-route>"

static void test_label_grows_by_the_childs_name(void **state)
{
	(void)state;
	load("", ANY_PARENT);
	assert_int_equal(ask("LOG", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	assert_string_equal(route.label, "c");
	assert_int_equal(ask("LOG", "x -> y"), OS_OK);
	assert_string_equal(route.label, "c -> x -> y");
	unload();
}

static void test_too_long_labels_are_refused(void **state)
{
	char label[OS_LABEL_MAX];

	(void)state;
	load("", ANY_PARENT);
	memset(label, 'x', sizeof(label));
	label[OS_LABEL_MAX - 1 - strlen("c -> ")] = '\0';
	assert_int_equal(ask("LOG", label), OS_OK);
	label[OS_LABEL_MAX - 1 - strlen("c -> ")] = 'x';
	label[OS_LABEL_MAX - strlen("c -> ")] = '\0';
	assert_int_equal(ask("LOG", label), OS_ERR_TOO_LONG);
	assert_int_equal(route.target, SANDBOX_TARGET_NONE);
	assert_int_equal(ask("LOG", "a\nb"), OS_ERR_INVALID);
	unload();
}

static void test_own_route_comes_before_the_default(void **state)
{
	(void)state;
	load("<route><service name=\"Foo\"><child name=\"s\"/></service></route>",
	     ANY_PARENT SERVER("s"));
	assert_int_equal(ask("Foo", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_CHILD);
	assert_string_equal(route.server->name, "s");
	assert_int_equal(ask("LOG", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	unload();
}

static void test_rules_select_by_label(void **state)
{
	static const struct {
		const char *rule, *yes, *no;
	} cases[] = {
		{ "label=\"a -> b\"", "a -> b", "a" },
		{ "label=\"\"", "", "a" },
		{ "label_prefix=\"a\"", "ab", "ba" },
		{ "label_suffix=\"b\"", "ab", "ba" },
		{ "label_last=\"b\"", "a -> b", "a -> ab" },
		{ "unscoped_label=\"c -> b\"", "b", "c -> b" },
		{ "label_prefix=\"a\" label_suffix=\"z\"", "a-z", "a-y" },
		{ "label=\"&lt;x&gt;\"", "<x>", "x" },
	};

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(cases); i++) {
		char rules[400];

		snprintf(
		        rules, sizeof(rules),
		        "<route><service name=\"LOG\" %s><parent label=\"hit\"/></service></route>",
		        cases[i].rule);
		load(rules, ANY_PARENT);
		assert_int_equal(ask("LOG", cases[i].yes), OS_OK);
		assert_string_equal(route.label, "hit");
		assert_int_equal(ask("LOG", cases[i].no), OS_OK);
		assert_string_not_equal(route.label, "hit");
		unload();
	}
}

static void test_first_target_that_can_serve_wins(void **state)
{
	(void)state;
	load("<route><any-service><child "
	     "name=\"gone\"/><parent/><any-child/></any-service></route>",
	     SERVER("s"));
	assert_int_equal(ask("LOG", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	assert_int_equal(ask("Foo", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_CHILD);
	unload();
}

static void test_any_child_must_be_one(void **state)
{
	(void)state;
	load("<route>\n<any-service><any-child/></any-service></route>", SERVER("s") SERVER("t"));
	assert_int_equal(ask("Foo", "l"), OS_ERR_NO_ROUTE);
	assert_string_equal(line,
	                    "config:4: child \"c\": no route to service \"Foo\" (label \"l\"): "
	                    "<any-child> is ambiguous: \"s\" and \"t\" provide it; name one");
	assert_int_equal(line_count, 1);
	unload();
}

static void test_any_child_is_not_the_client(void **state)
{
	(void)state;
	load("<provides><service name=\"Foo\"/></provides><route><any-service><any-child/>"
	     "</any-service></route>",
	     SERVER("s"));
	assert_int_equal(ask("Foo", ""), OS_OK);
	assert_string_equal(route.server->name, "s");
	unload();
}

static void test_absorbed_services_mean_pd(void **state)
{
	(void)state;
	load("<route><service name=\"CAP\"><parent/></service></route>", "");
	assert_int_equal(ask("PD", ""), OS_OK);
	assert_string_equal(route.service, "PD");
	assert_int_equal(ask("RAM", ""), OS_OK);
	assert_int_equal(ask("SIGNAL", ""), OS_OK);
	assert_string_equal(route.service, "PD");
	unload();
}

static void test_no_route_tells_the_remedy(void **state)
{
	(void)state;
	load("", "");
	assert_int_equal(ask("Foo", "bar"), OS_ERR_NO_ROUTE);
	assert_string_equal(line, "config:2: child \"c\": no route to service \"Foo\" (label "
	                          "\"bar\"); add <service name=\"Foo\"> to its <route>");
	unload();
	load("<route>\n\n<service name=\"Foo\"><child name=\"x\"/></service></route>", "");
	assert_int_equal(ask("Foo", ""), OS_ERR_NO_ROUTE);
	assert_string_equal(line,
	                    "config:5: child \"c\": no route to service \"Foo\" (label \"\"): "
	                    "child \"x\" does not exist; start it or change the route");
	unload();
	load("", ANY_PARENT);
	assert_int_equal(ask("Foo", ""), OS_ERR_NO_ROUTE);
	assert_string_equal(line,
	                    "config:4: child \"c\": no route to service \"Foo\" (label \"\"): "
	                    "the parent does not provide it; add it to <parent-provides>");
	unload();
	load("", ANY_PARENT SERVER("s"));
	assert_int_equal(ask("Foo", ""), OS_ERR_NO_ROUTE);
	assert_string_equal(line,
	                    "config:4: child \"c\": no route to service \"Foo\" (label \"\"): the "
	                    "parent does not provide it, child \"s\" does; add <any-child/> here");
	unload();
}

static void test_local_services(void **state)
{
	(void)state;
	load("<route><any-service><local/><parent/></any-service></route>", "");
	assert_int_equal(ask("Local", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_LOCAL);
	assert_int_equal(ask("LOG", ""), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	unload();
}

static void test_config_is_the_childs_own(void **state)
{
	(void)state;
	/* with or without one, never the parent's */
	load("", ANY_PARENT);
	assert_int_equal(ask("ROM", "config"), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_CONFIG);
	assert_int_equal(ask("ROM", "x -> config"), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	unload();
	load("<config/><route><service name=\"ROM\" label=\"config\"><parent/></service></route>",
	     ANY_PARENT);
	assert_int_equal(ask("ROM", "config"), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_CONFIG);
	unload();
	/* a file by name, routed like any ROM */
	load("<configfile name=\"c.xml\"/>", ANY_PARENT);
	assert_int_equal(ask("ROM", "config"), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	assert_string_equal(route.label, "c -> c.xml");
	unload();
	/* from another server, which may change it */
	load("<route><service name=\"ROM\" label=\"config\"><parent "
	     "label=\"y\"/></service></route>",
	     ANY_PARENT);
	assert_int_equal(ask("ROM", "config"), OS_OK);
	assert_int_equal(route.target, SANDBOX_TARGET_PARENT);
	assert_string_equal(route.label, "y");
	unload();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_label_grows_by_the_childs_name),
		cmocka_unit_test(test_too_long_labels_are_refused),
		cmocka_unit_test(test_own_route_comes_before_the_default),
		cmocka_unit_test(test_rules_select_by_label),
		cmocka_unit_test(test_first_target_that_can_serve_wins),
		cmocka_unit_test(test_any_child_must_be_one),
		cmocka_unit_test(test_any_child_is_not_the_client),
		cmocka_unit_test(test_absorbed_services_mean_pd),
		cmocka_unit_test(test_no_route_tells_the_remedy),
		cmocka_unit_test(test_local_services),
		cmocka_unit_test(test_config_is_the_childs_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

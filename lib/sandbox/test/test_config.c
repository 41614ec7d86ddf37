/* SPDX-License-Identifier: BSD-2-Clause */
/* What a config means, what is wrong with it, and that mistakes cost only whom they concern. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../src/route.h"
#include "fail_alloc.h"
#include <osier/string.h>

static char lines[16][SANDBOX_LINE_MAX];
static size_t line_count;

static void message(struct sandbox_sink *sink, bool error, const char *text)
{
	(void)sink;
	(void)error;
	if (line_count < OS_ARRAY_SIZE(lines))
		assert_int_equal(os_str_copy(lines[line_count], SANDBOX_LINE_MAX, text), OS_OK);
	line_count++;
}

static struct sandbox_sink sink = { message };
static struct fail_alloc memory;
static struct sandbox_config config;

static enum os_err load(const char *text)
{
	line_count = 0;
	fail_alloc_init(&memory, 0);
	return sandbox_config_init(&config, &memory.alloc, text, strlen(text), NULL, &sink);
}

static void unload(void)
{
	sandbox_config_fini(&config);
	assert_int_equal(memory.live, 0);
}

#define START(inside) "<config>\n<start name=\"a\" ram=\"1M\">" inside "</start>\n</config>"

static void test_start_has_defaults(void **state)
{
	(void)state;
	assert_int_equal(load(START("")), OS_OK);
	const struct sandbox_start *a = sandbox_config_find(&config, "a");
	assert_non_null(a);
	assert_true(a->usable);
	assert_string_equal(a->binary, "a");
	assert_string_equal(a->configfile, "");
	assert_int_equal(a->quota.ram, 1 << 20);
	assert_false(a->has_caps);
	assert_int_equal(a->priority, 0);
	assert_int_equal(a->line, 2);
	assert_int_equal(line_count, 0);
	assert_null(sandbox_config_find(&config, "b"));
	unload();
}

static void test_everything_is_read(void **state)
{
	(void)state;
	assert_int_equal(
	        load("<config verbose=\"yes\" prio_levels=\"4\"><default caps=\"77\" ram=\"2M\"/>"
	             "<start name=\"a\" priority=\"-2\"><binary name=\"b\"/>"
	             "<resource name=\"RAM\" quantum=\"5M\"/><resource name=\"CAP\" quantum=\"9\"/>"
	             "<provides><service name=\"X\"/><service name=\"RAM\"/></provides>"
	             "<config>text</config><exit propagate=\"yes\"/><heartbeat/>"
	             "<affinity xpos=\"1\" ypos=\"2\" width=\"3\" height=\"4\"/></start>"
	             "<start name=\"c\"><configfile name=\"f\"/></start></config>"),
	        OS_OK);
	assert_int_equal(line_count, 0);
	const struct sandbox_start *a = sandbox_config_find(&config, "a");
	const struct sandbox_start *c = sandbox_config_find(&config, "c");
	assert_true(config.verbose);
	assert_string_equal(a->binary, "b");
	assert_int_equal(a->quota.ram, 5 << 20);
	assert_int_equal(a->quota.caps, 9);
	assert_int_equal(a->priority, 64);
	assert_true(a->exit_propagate && a->heartbeat.wanted && a->has_caps);
	assert_true(os_xml_valid(a->inline_config));
	assert_int_equal(a->affinity.x, 1);
	assert_int_equal(a->affinity.height, 4);
	assert_true(sandbox_start_provides(a, "X"));
	assert_true(sandbox_start_provides(a, "PD"));
	assert_true(sandbox_start_provides(a, "CAP"));
	assert_false(sandbox_start_provides(c, "X"));
	assert_int_equal(c->quota.ram, 2 << 20);
	assert_int_equal(c->quota.caps, 77);
	assert_true(c->has_caps);
	assert_string_equal(c->configfile, "f");
	unload();
}

/* A mistake, the line that tells it, and that the child is not started. */
static void test_mistakes_are_told_and_cost_one_child(void **state)
{
	static const struct {
		const char *start, *told;
	} cases[] = {
		{ "<start name=\"a\"/>", "config:2: child \"a\": no RAM assigned; add <resource "
		                         "name=\"RAM\" quantum=\"1M\"/>" },
		{ "<start name=\"a\" ram=\"5Q\"/>", "config:2: child \"a\": ram=: expected a size "
		                                    "like \"512K\" or \"5M\", got syntax "
		                                    "error" },
		{ "<start name=\"a\" ram=\"99999999999999999999\"/>",
		  "config:2: child \"a\": ram=: expected a size like \"512K\" or \"5M\", got value "
		  "out of range" },
		{ "<start name=\"a\" ram=\"1M\" caps=\"-1\"/>",
		  "config:2: child \"a\": caps=: expected a number, got syntax error" },
		{ "<start name=\"a\" ram=\"1M\" priority=\"-1\"/>",
		  "config:2: child \"a\": priority=: expected 0 to 0, as <config "
		  "prio_levels=\"1\"> "
		  "says" },
		{ "<start name=\"a\" ram=\"1M\"><resource name=\"Foo\"/></start>",
		  "config:2: child \"a\": <resource>: expected name=\"RAM\" or name=\"CAP\"" },
		{ "<start name=\"a\" ram=\"1M\"><binary/></start>",
		  "config:2: child \"a\": expected <binary name=\"...\"/> with at most 63 bytes, "
		  "got "
		  "not found" },
		{ "<start name=\"a\" ram=\"1M\"><binary name=\"\"/></start>",
		  "config:2: child \"a\": expected <binary name=\"...\"/> with at most 63 bytes, "
		  "got "
		  "an empty name" },
		{ "<start name=\"a\" ram=\"1M\"><config/><configfile name=\"x\"/></start>",
		  "config:2: child \"a\": expected either <config> or <configfile>, got both" },
		{ "<start name=\"a\" ram=\"1M\"><provides><service/></provides></start>",
		  "config:2: child \"a\": <provides>: expected <service name=\"...\"/> with at "
		  "most 31 "
		  "bytes" },
		{ "<start name=\"a\" ram=\"1M\"><affinity width=\"0\"/></start>",
		  "config:2: child \"a\": <affinity>: expected xpos, ypos from 0, width, height "
		  "from "
		  "1" },
	};

	(void)state;
	for (size_t i = 0; i < OS_ARRAY_SIZE(cases); i++) {
		char text[1024];

		snprintf(text, sizeof(text),
		         "<config>\n%s\n<start name=\"b\" ram=\"1M\"/></config>", cases[i].start);
		assert_int_equal(load(text), OS_OK);
		assert_int_equal(line_count, 1);
		assert_string_equal(lines[0], cases[i].told);
		assert_false(sandbox_config_find(&config, "a")->usable);
		assert_true(sandbox_config_find(&config, "b")->usable);
		unload();
	}
}

static void test_names_are_unique_and_can_be_labels(void **state)
{
	char text[400];

	(void)state;
	assert_int_equal(load("<config>\n<start name=\"a\" ram=\"1M\"/>\n<start name=\"a\" "
	                      "ram=\"2M\"/>\n<start name=\"x -> y\"/><start/></config>"),
	                 OS_OK);
	assert_int_equal(line_count, 3);
	assert_string_equal(lines[0], "config:3: child \"a\": duplicate name, the first is in line "
	                              "2; rename one");
	assert_string_equal(lines[1], "config:4: <start>: expected a name that can be part of a "
	                              "label, got a control character or \" -> \"");
	assert_string_equal(lines[2], "config:4: <start>: expected name=\"...\" with at most 63 "
	                              "bytes, got not found");
	assert_int_equal(sandbox_config_find(&config, "a")->quota.ram, 1 << 20);
	unload();

	/* never cut */
	snprintf(text, sizeof(text), "<config><start name=\"%070d\" ram=\"1M\"/></config>", 1);
	assert_int_equal(load(text), OS_OK);
	assert_int_equal(line_count, 1);
	assert_true(os_list_empty(&config.starts));
	unload();
}

static void test_syntax_errors_have_a_place(void **state)
{
	(void)state;
	assert_int_equal(load("<config>\n\n <start name=\"a\" </config>"), OS_ERR_SYNTAX);
	assert_int_equal(line_count, 1);
	assert_true(os_str_starts_with(lines[0], "config:3:"));
	unload();
	assert_int_equal(load("<konfig/>"), OS_ERR_SYNTAX);
	assert_string_equal(lines[0], "config:1: expected <config> as the outermost element");
	unload();
	assert_int_equal(load(""), OS_ERR_SYNTAX);
	unload();
}

static void test_checks_find_dead_ends(void **state)
{
	static const char text[] = "<config><parent-provides><service name=\"LOG\"/>"
	                           "</parent-provides>\n"
	                           "<default-route><service name=\"Foo\"><parent/></service>"
	                           "</default-route>\n"
	                           "<start name=\"a\" ram=\"1M\"><route>\n"
	                           "<service name=\"X\"><child name=\"nobody\"/></service>\n"
	                           "<service name=\"X\"><child name=\"b\"/></service>\n"
	                           "<service name=\"LOG\"><parent/><sibling/></service>\n"
	                           "</route></start>\n"
	                           "<start name=\"b\" ram=\"1M\"/><strat/></config>";

	(void)state;
	assert_int_equal(load(text), OS_OK);
	assert_int_equal(line_count, 0);
	sandbox_config_check(&config, NULL, NULL, &sink);
	assert_int_equal(line_count, 5);
	assert_string_equal(lines[0], "config:8: <config>: unknown element <strat> is ignored; "
	                              "correct or remove it");
	assert_string_equal(lines[1], "config:2: <default-route>: unknown service \"Foo\": the "
	                              "parent does not provide it; add it to <parent-provides> or "
	                              "change the route");
	assert_string_equal(lines[2],
	                    "config:4: child \"a\": route to child \"nobody\", which does "
	                    "not exist; start it or change the route");
	assert_string_equal(lines[3], "config:5: child \"a\": route to child \"b\", which does not "
	                              "provide \"X\"; add it to its <provides>");
	assert_string_equal(lines[4],
	                    "config:6: child \"a\": unknown element <sibling> is ignored; "
	                    "correct or remove it");
	unload();
}

static void test_many_children_are_found(void **state)
{
	static char text[200000];
	size_t length = (size_t)snprintf(text, sizeof(text), "<config>\n");

	(void)state;
	for (int i = 0; i < 1000; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
		                           "<start name=\"child%d\" ram=\"1M\"><provides><service "
		                           "name=\"S\"/></provides></start>\n",
		                           i);
	snprintf(text + length, sizeof(text) - length, "</config>");
	assert_int_equal(load(text), OS_OK);
	for (int i = 0; i < 1000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "child%d", i);
		assert_int_equal(sandbox_config_find(&config, name)->line, i + 2);
		assert_true(sandbox_start_provides(sandbox_config_find(&config, name), "S"));
	}
	unload();
}

static void test_failing_allocations_leave_nothing(void **state)
{
	static const char text[] =
	        "<config><start name=\"a\" ram=\"1M\"><provides><service name=\"X\"/>"
	        "<service name=\"Y\"/></provides></start><start name=\"b\" ram=\"1M\"/></config>";

	(void)state;
	for (size_t n = 1, failed = 1; failed; n++) {
		enum os_err err;

		line_count = 0;
		fail_alloc_init(&memory, n);
		err = sandbox_config_init(&config, &memory.alloc, text, strlen(text), NULL, &sink);
		failed = memory.failed;
		assert_int_equal(err, failed ? OS_ERR_OUT_OF_RAM : OS_OK);
		sandbox_config_fini(&config);
		assert_int_equal(memory.live, 0);
	}
}

/* Whatever the bytes: no crash, no leak, and the same answer with each route asked for. */
static void test_mutated_configs_do_no_harm(void **state)
{
	static const char seed[] =
	        "<config prio_levels=\"2\"><parent-provides><service name=\"ROM\"/>"
	        "</parent-provides><service name=\"Q\" label=\"q\"><child name=\"a\" label=\"u\"/>"
	        "</service><default-route><any-service><parent/><any-child/></any-service>"
	        "</default-route><start name=\"a\" ram=\"5M\" caps=\"7\" priority=\"-1\"><binary "
	        "name=\"x\"/><provides><service name=\"Q\"/></provides><route><service "
	        "name=\"ROM\" "
	        "label_suffix=\"z\"><child name=\"b\" label=\"u\"/></service></route><config><c/>"
	        "</config></start><start name=\"b\" ram=\"1M\"/></config>";
	char text[sizeof(seed)];
	uint32_t random = 12345;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		memcpy(text, seed, sizeof(seed));
		for (int i = 0; i < 1 + round % 4; i++) {
			random = random * 1664525u + 1013904223u;
			text[(random >> 8) % (sizeof(text) - 1)] =
			        "<>\"=/a- &\0"[(random >> 28) % 10];
		}
		line_count = 0;
		fail_alloc_init(&memory, 0);
		if (!sandbox_config_init(&config, &memory.alloc, text, sizeof(text) - 1, NULL,
		                         &sink)) {
			struct sandbox_route offer;
			enum os_err err = sandbox_route_offer(&config, "Q", "q", &sink, &offer);

			assert_int_equal(!err, offer.target != SANDBOX_TARGET_NONE);
			sandbox_config_check(&config, NULL, NULL, &sink);
			OS_LIST_FOR_EACH (node, &config.starts) {
				struct sandbox_route route;

				err = sandbox_route_find(
				        OS_LIST_ITEM(node, struct sandbox_start, node), "ROM", "xz",
				        NULL, &sink, &route);

				assert_int_equal(!err, route.target != SANDBOX_TARGET_NONE);
			}
		}
		sandbox_config_fini(&config);
		assert_int_equal(memory.live, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_has_defaults),
		cmocka_unit_test(test_everything_is_read),
		cmocka_unit_test(test_mistakes_are_told_and_cost_one_child),
		cmocka_unit_test(test_names_are_unique_and_can_be_labels),
		cmocka_unit_test(test_syntax_errors_have_a_place),
		cmocka_unit_test(test_checks_find_dead_ends),
		cmocka_unit_test(test_many_children_are_found),
		cmocka_unit_test(test_failing_allocations_leave_nothing),
		cmocka_unit_test(test_mutated_configs_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a launcher has its sandbox run: texts, names and numbers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <launcher/launcher.h>
#include "fail_alloc.h"

static struct os_xml parse(const char *text)
{
	struct os_xml root;

	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return root;
}

static void a_start_is_the_entry_by_another_name(void **state)
{
	const struct os_xml entry = parse("<launch name=\"a\" title=\"A clock\" ram=\"2M\"> "
	                                  "<config x=\"1\"><y/></config> </launch>");
	struct fail_alloc alloc;
	size_t size;
	char *text;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_launcher_start_text(entry, "a.2", &alloc.alloc, &text, &size), OS_OK);
	assert_string_equal(text, "<start name=\"a.2\" ram=\"2M\">\n\t<binary name=\"a\"/>\n"
	                          "\t<config x=\"1\"><y/></config>\n</start>\n");
	os_free(&alloc.alloc, text, size);
	assert_int_equal(alloc.live, 0);
}

static void a_binary_that_is_named_stays(void **state)
{
	const struct os_xml entry = parse("<launch name=\"a\"><binary name=\"b\"/></launch>");
	struct fail_alloc alloc;
	size_t size;
	char *text;

	(void)state;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_launcher_start_text(entry, "a", &alloc.alloc, &text, &size), OS_OK);
	assert_non_null(strstr(text, "<binary name=\"b\"/>"));
	assert_null(strstr(text, "<binary name=\"a\"/>"));
	os_free(&alloc.alloc, text, size);
}

static void launches_are_numbered_by_the_first_free(void **state)
{
	struct os_launch first = { .name = "a" }, third = { .name = "a.3" };
	struct os_launcher launcher = { .launch_count = 2 };
	char name[OS_SANDBOX_NAME_MAX], longest[OS_SANDBOX_NAME_MAX];

	(void)state;
	os_list_append(&launcher.launches, &first.node);
	os_list_append(&launcher.launches, &third.node);
	assert_int_equal(os_launcher_name(&launcher, "b", name), OS_OK);
	assert_string_equal(name, "b");
	assert_int_equal(os_launcher_name(&launcher, "a", name), OS_OK);
	assert_string_equal(name, "a.2");
	assert_ptr_equal(os_launcher_find(&launcher, "a.3"), &third);
	assert_null(os_launcher_find(&launcher, "a.2"));

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(os_launcher_name(&launcher, longest, name), OS_OK);
	memcpy(first.name, longest, sizeof(longest));
	assert_int_equal(os_launcher_name(&launcher, longest, name), OS_ERR_TOO_LONG);
	launcher.launch_count = OS_LAUNCHES_MAX;
	assert_int_equal(os_launcher_name(&launcher, "b", name), OS_ERR_LIMIT);
}

static void lines_of_the_sandbox_are_about_a_launch(void **state)
{
	struct os_launch a = { .name = "a" }, b = { .name = "a.2" };
	struct os_launcher launcher = { 0 };
	const char *said = NULL;

	(void)state;
	os_list_append(&launcher.launches, &a.node);
	os_list_append(&launcher.launches, &b.node);
	assert_ptr_equal(os_launcher_subject(&launcher, "child \"a.2\" exited with value 1", &said),
	                 &b);
	assert_string_equal(said, "exited with value 1");
	assert_ptr_equal(
	        os_launcher_subject(&launcher, "config:7: child \"a\": not started: x", &said), &a);
	assert_string_equal(said, "not started: x");
	assert_null(os_launcher_subject(&launcher, "child \"c\" crashed", &said));
	assert_null(os_launcher_subject(&launcher, "child \"a", &said));
	assert_null(os_launcher_subject(&launcher, "3 children are up", &said));
	assert_null(os_launcher_subject(&launcher, "", &said));
}

static void all_launches_make_a_config(void **state)
{
	char a[] = "<start name=\"a\"/>", b[] = "<start name=\"b\"/>";
	struct os_launch first = { .name = "a", .start = a, .start_size = sizeof(a) };
	struct os_launch second = { .name = "b", .start = b, .start_size = sizeof(b) };
	struct os_launcher launcher = { 0 };
	struct fail_alloc alloc;
	size_t size, length;
	struct os_xml root;
	char *text;

	(void)state;
	os_list_append(&launcher.launches, &first.node);
	os_list_append(&launcher.launches, &second.node);
	launcher.config = parse("<config><default-route><x/></default-route></config>");
	launcher.text_size = launcher.config.size;
	fail_alloc_init(&alloc, 0);
	assert_int_equal(os_launcher_text(&launcher, &alloc.alloc, &text, &size, &length), OS_OK);
	root = parse(text);
	assert_int_equal(os_xml_count(root, "start"), 2);
	assert_true(os_xml_valid(os_xml_first(root, "parent-provides")));
	assert_true(os_xml_valid(os_xml_first(os_xml_first(root, "default-route"), "x")));
	os_free(&alloc.alloc, text, size);

	fail_alloc_init(&alloc, 1);
	assert_int_equal(os_launcher_text(&launcher, &alloc.alloc, &text, &size, &length),
	                 OS_ERR_OUT_OF_RAM);
	assert_int_equal(alloc.live, 0);
}

static void numbers_come_from_the_state_report(void **state)
{
	struct os_launch launch = { .name = "a", .used = { 1, 1 } };
	struct os_launcher launcher = { 0 };

	(void)state;
	os_list_append(&launcher.launches, &launch.node);
	os_launcher_state(&launcher, parse("<state><child name=\"other\"><ram used=\"7\"/></child>"
	                                   "<child name=\"a\"><ram quota=\"9\" used=\"5\"/>"
	                                   "<caps quota=\"9\" used=\"3\"/></child></state>"));
	assert_int_equal(launch.used.ram, 5);
	assert_int_equal(launch.used.caps, 3);
	assert_int_equal(launch.quota.ram, 9);
	/* what it was given does not shrink when part of it is in sessions */
	os_launcher_state(&launcher, parse("<state><child name=\"a\"><ram quota=\"4\" used=\"1\"/>"
	                                   "</child></state>"));
	assert_int_equal(launch.quota.ram, 9);
	assert_int_equal(launch.used.ram, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_is_the_entry_by_another_name),
		cmocka_unit_test(a_binary_that_is_named_stays),
		cmocka_unit_test(launches_are_numbered_by_the_first_free),
		cmocka_unit_test(lines_of_the_sandbox_are_about_a_launch),
		cmocka_unit_test(all_launches_make_a_config),
		cmocka_unit_test(numbers_come_from_the_state_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

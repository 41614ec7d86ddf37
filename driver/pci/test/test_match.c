/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy names what all attributes of one of its <pci> say, and nothing by omission. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "../match.h"

static const struct identity xhci = {
	.bus = 0, .device = 0x1f, .function = 2, .id = 0x000d1b36, .class_code = 0x0c0330
};

static bool names(const char *pci)
{
	char text[200];
	struct os_xml root;

	snprintf(text, sizeof(text), "<policy>%s</policy>", pci);
	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	return os_xml_valid(match_policy(root, &xhci));
}

static void a_class_has_a_name_or_a_number(void **state)
{
	(void)state;
	assert_true(names("<pci class='USB'/>"));
	assert_true(names("<pci class='XHCI'/>"));
	assert_true(names("<pci class='0x0c'/>"));
	assert_true(names("<pci class='0x0c03'/>"));
	assert_true(names("<pci class='0x0C0330'/>"));
	assert_false(names("<pci class='EHCI'/>"));
	assert_false(names("<pci class='VGA'/>"));
	assert_false(names("<pci class='0x0c0331'/>"));
}

static void what_is_no_class_names_nothing(void **state)
{
	(void)state;
	assert_false(names("<pci class=''/>"));
	assert_false(names("<pci class='usb'/>"));
	assert_false(names("<pci class='0x'/>"));
	assert_false(names("<pci class='0x0'/>"));
	assert_false(names("<pci class='0x0c0'/>"));
	assert_false(names("<pci class='0x0g'/>"));
	assert_false(names("<pci class='0x0c033000'/>"));
	assert_false(names("<pci class='a name that is much too long'/>"));
}

static void numbers_and_places_count(void **state)
{
	(void)state;
	assert_true(names("<pci vendor='0x1b36'/>"));
	assert_true(names("<pci device='13'/>"));
	assert_false(names("<pci vendor='0x1b37'/>"));
	assert_false(names("<pci vendor='nonsense'/>"));
	assert_true(names("<pci address='00:1f.2'/>"));
	assert_false(names("<pci address='00:1f.3'/>"));
	assert_false(names("<pci address='01:1f.2'/>"));
	assert_false(names("<pci address='0:1f.2'/>"));
	assert_false(names("<pci address='00-1f.2'/>"));
	assert_false(names("<pci address='00:1f.2 '/>"));
}

static void all_attributes_must_match(void **state)
{
	(void)state;
	assert_true(names("<pci class='USB' vendor='0x1b36' device='13' address='00:1f.2'/>"));
	assert_false(names("<pci class='VGA' vendor='0x1b36'/>"));
	assert_false(names("<pci class='USB' vendor='0x1b37'/>"));
	assert_true(names("<pci class='VGA'/><pci vendor='0x1b36'/>"));
}

static void an_omission_grants_nothing(void **state)
{
	(void)state;
	assert_false(names(""));
	assert_false(names("<pci/>"));
	assert_false(names("<pci bus_master='yes'/>"));
	assert_false(names("<device class='USB'/>"));
}

static void the_first_that_matches_is_told(void **state)
{
	const char *text = "<policy><pci class='VGA' bus_master='no'/><pci class='USB' "
	                   "bus_master='yes'/><pci class='XHCI'/></policy>";
	struct os_xml root;

	(void)state;
	assert_int_equal(os_xml_parse(text, strlen(text), &root, NULL), OS_OK);
	assert_true(os_xml_bool(match_policy(root, &xhci), "bus_master", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_class_has_a_name_or_a_number),
		cmocka_unit_test(what_is_no_class_names_nothing),
		cmocka_unit_test(numbers_and_places_count),
		cmocka_unit_test(all_attributes_must_match),
		cmocka_unit_test(an_omission_grants_nothing),
		cmocka_unit_test(the_first_that_matches_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

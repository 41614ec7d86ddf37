/* SPDX-License-Identifier: BSD-2-Clause */
/* Configs: the content now and when it changes; what is malformed is told and not taken. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <config/config.h>
#include "mock_platform.h"

static struct os_env *env;
static uint32_t changes;

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	changes = 0;
	return 0;
}

static void the_content_is_read(void **state)
{
	struct os_config config;

	(void)state;
	mock.rom = "<config verbose=\"yes\"/>\n";
	assert_int_equal(os_config_open(&config, env), OS_OK);
	assert_true(os_xml_bool(config.root, "verbose", false));
	os_config_close(&config);
	os_config_close(&config);
	assert_int_equal(mock_attached(), 1); /* the heap's chunk */
}

static void a_mistake_is_told_with_its_place(void **state)
{
	struct os_config config;

	(void)state;
	mock.rom = "<config>\n\t<a></b>\n</config>";
	assert_int_equal(os_config_open(&config, env), OS_ERR_SYNTAX);
	assert_false(os_xml_valid(config.root));
	assert_true(!strncmp(mock.line, "error: config:2:", 16));
	assert_non_null(strstr(mock.line, "expected "));
	/* It is open, for better content to come. */
	mock.rom = "<config/>";
	assert_int_equal(os_config_update(&config), OS_OK);
	assert_true(os_xml_valid(config.root));
	os_config_close(&config);
}

static void changed(struct os_config *config)
{
	assert_true(os_xml_valid(config->root));
	changes++;
}

static void change_to(const char *content)
{
	mock.rom = content;
	assert_int_equal(os_signal_submit(mock.rom_sigh, 1), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
}

static void changes_are_reported_if_well_formed(void **state)
{
	struct os_config config;

	(void)state;
	mock.rom = "<config n=\"1\"/>";
	assert_int_equal(os_config_open(&config, env), OS_OK);
	assert_int_equal(os_config_sigh(&config, env->ep, changed), OS_OK);
	change_to("<config n=\"2\"/>");
	assert_int_equal(changes, 1);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 2);
	change_to("<config n=\"3\"");
	change_to("");
	assert_int_equal(changes, 1);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 2);
	change_to("<config n=\"4\"/>");
	assert_int_equal(changes, 2);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 4);
	os_config_close(&config);
}

static void an_empty_content_is_none(void **state)
{
	struct os_config config;

	(void)state;
	mock.rom = "";
	mock.line[0] = 0;
	assert_int_equal(os_config_open(&config, env), OS_OK);
	assert_false(os_xml_valid(config.root));
	assert_int_equal(os_config_update(&config), OS_ERR_EMPTY);
	assert_int_equal(os_config_sigh(&config, env->ep, changed), OS_OK);
	change_to("<config n=\"1\"/>");
	assert_int_equal(changes, 1);
	change_to("");
	assert_int_equal(changes, 1);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 1);
	assert_string_equal(mock.line, "");
	os_config_close(&config);
}

/* The nodes of the content before are there as long as the new one is looked at. */
static bool accept_odd(struct os_config *config, struct os_xml root)
{
	assert_int_equal(os_xml_u64(config->root, "n", 1) % 2, 1);
	return os_xml_u64(root, "n", 0) % 2;
}

static void what_is_not_accepted_changes_nothing(void **state)
{
	struct os_config config;

	(void)state;
	mock.rom = "<config n=\"1\"/>";
	assert_int_equal(os_config_open_checked(&config, env, accept_odd), OS_OK);
	assert_int_equal(os_config_sigh(&config, env->ep, changed), OS_OK);
	change_to("<config n=\"2\"/>");
	assert_int_equal(changes, 0);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 1);
	assert_int_equal(os_config_update(&config), OS_ERR_INVALID);
	change_to("<config n=\"3\"/>");
	assert_int_equal(changes, 1);
	assert_int_equal(os_xml_u64(config.root, "n", 0), 3);
	os_config_close(&config);
	mock.rom = "<config n=\"4\"/>";
	assert_int_equal(os_config_open_checked(&config, env, accept_odd), OS_ERR_INVALID);
	assert_false(os_xml_valid(config.root));
	mock.rom = "<config n=\"5\"/>";
	assert_int_equal(os_config_update(&config), OS_OK);
	os_config_close(&config);
}

static void without_memory_it_is_not_open(void **state)
{
	enum os_err err = OS_ERR_OUT_OF_RAM;
	struct os_config config;

	(void)state;
	for (uint32_t n = 1; n == 1 || mock.allocations >= n - 1; n++) {
		setup(NULL);
		mock.fail_at = n;
		err = os_config_open(&config, env);
		assert_true(!err == (config.env != NULL));
		os_config_close(&config);
	}
	assert_int_equal(err, OS_OK);
}

static void a_view_has_a_root(void **state)
{
	char text[4096] = "<a b=\"c\"/>";
	const struct os_view view = { text, sizeof(text) };

	(void)state;
	assert_true(os_xml_equal(os_xml_root(&view), "b", "c"));
	text[0] = 'x';
	assert_false(os_xml_valid(os_xml_root(&view)));
	assert_false(os_xml_valid(os_xml_root(&(struct os_view){ 0 })));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_content_is_read, setup),
		cmocka_unit_test_setup(a_mistake_is_told_with_its_place, setup),
		cmocka_unit_test_setup(changes_are_reported_if_well_formed, setup),
		cmocka_unit_test_setup(an_empty_content_is_none, setup),
		cmocka_unit_test_setup(what_is_not_accepted_changes_nothing, setup),
		cmocka_unit_test_setup(without_memory_it_is_not_open, setup),
		cmocka_unit_test_setup(a_view_has_a_root, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

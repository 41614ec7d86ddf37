/* SPDX-License-Identifier: BSD-2-Clause */
/* Who gets which policy: the rules of the header one by one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <osier/string.h>
#include <policy/policy.h>

/* The attribute `id`, or `root`, of the policy that `config` has for `label`; "" if the client is
 * denied. */
static const char *find(const char *config, const char *label)
{
	static char id[16];
	struct os_xml root, policy;
	enum os_err err;

	assert_int_equal(os_xml_parse(config, strlen(config), &root, NULL), OS_OK);
	err = os_policy_find(root, label, &policy);
	if (err) {
		assert_int_equal(err, OS_ERR_DENIED);
		assert_false(os_xml_valid(policy));
		return "";
	}
	assert_int_equal(
	        os_xml_string(policy, os_xml_has(policy, "id") ? "id" : "root", id, sizeof(id)),
	        OS_OK);
	return id;
}

static void test_ram_fs(void **state)
{
	static const char config[] =
	        "<config>\n"
	        "  <!-- preload RAM file system -->\n"
	        "  <content>\n"
	        "    <dir name=\"tmp\">\n"
	        "      <rom name=\"init\" as=\"blubb\" />\n"
	        "    </dir>\n"
	        "    <dir name=\"home\">\n"
	        "      <dir name=\"user\">\n"
	        "        <inline name=\".vimrc\">\n"
	        "          set hidden\n"
	        "        </inline>\n"
	        "      </dir>\n"
	        "    </dir>\n"
	        "  </content>\n"
	        "  <!-- constrain sessions according to their labels -->\n"
	        "  <policy label=\"noux -> root\" root=\"/\" />\n"
	        "  <policy label=\"noux -> home\" root=\"/home/user\" writeable=\"yes\" />\n"
	        "  <policy label=\"noux -> tmp\"  root=\"/tmp\"       writeable=\"yes\" />\n"
	        "</config>\n";

	(void)state;
	assert_string_equal(find(config, "noux -> root"), "/");
	assert_string_equal(find(config, "noux -> home"), "/home/user");
	assert_string_equal(find(config, "noux -> tmp"), "/tmp");
	assert_string_equal(find(config, "noux -> tmp -> make"), "/tmp");
	assert_string_equal(find(config, "noux -> tmp2"), "");
	assert_string_equal(find(config, "noux"), "");
	assert_string_equal(find(config, ""), "");
	assert_string_equal(find(config, "init -> noux -> root"), "");
}

static void test_longest_start_wins(void **state)
{
	static const char config[] = "<c>"
	                             "<policy label='a' id='1'/>"
	                             "<policy label='a -&gt; b' id='2'/>"
	                             "<policy label_prefix='a -&gt; b -&gt; c' id='3'/>"
	                             "<policy label_suffix='a very long suffix' id='4'/>"
	                             "</c>";

	(void)state;
	assert_string_equal(find(config, "a"), "1");
	assert_string_equal(find(config, "a -> x"), "1");
	assert_string_equal(find(config, "a -> b"), "2");
	assert_string_equal(find(config, "a -> b -> x"), "2");
	assert_string_equal(find(config, "a -> b -> cc"), "3");
	assert_string_equal(find(config, "a -> a very long suffix"), "1");
	assert_string_equal(find(config, "x -> a very long suffix"), "4");
	assert_string_equal(find(config, "ab"), "");
}

static void test_then_longest_suffix(void **state)
{
	static const char config[] = "<c>"
	                             "<policy label='a' id='1'/>"
	                             "<policy label_prefix='a' label_suffix='x' id='2'/>"
	                             "<policy label_prefix='a' label_suffix='-&gt; x' id='3'/>"
	                             "<policy label_suffix='-&gt; x' id='4'/>"
	                             "</c>";

	(void)state;
	assert_string_equal(find(config, "a"), "1");
	assert_string_equal(find(config, "a -> y"), "1");
	assert_string_equal(find(config, "a -> yx"), "2");
	assert_string_equal(find(config, "a -> x"), "3");
	assert_string_equal(find(config, "b -> x"), "4");
	assert_string_equal(find(config, "ax"), "2");
	assert_string_equal(find(config, "ay"), "");
}

static void test_then_label_then_order(void **state)
{
	static const char config[] = "<c>"
	                             "<policy label_prefix='a' id='1'/>"
	                             "<policy label='a' id='2'/>"
	                             "<policy label='a' id='3'/>"
	                             "<default-policy id='4'/><default-policy id='5'/>"
	                             "</c>";

	(void)state;
	assert_string_equal(find(config, "a -> b"), "2");
	assert_string_equal(find(config, "ab"), "1");
	assert_string_equal(find(config, "b"), "4");
	assert_string_equal(find(config, ""), "4");
}

static void test_all_attributes_must_match(void **state)
{
	static const char config[] =
	        "<c><policy label='a' label_prefix='a -&gt; b' label_suffix='c' id='1'/></c>";

	(void)state;
	assert_string_equal(find(config, "a -> b -> c"), "1");
	assert_string_equal(find(config, "a -> b"), "");
	assert_string_equal(find(config, "a -> c"), "");
	assert_string_equal(find(config, "x -> b -> c"), "");
}

static void test_omission_grants_nothing(void **state)
{
	(void)state;
	assert_string_equal(find("<c/>", "a"), "");
	assert_string_equal(find("<c><d><policy label='a' id='1'/></d></c>", "a"), "");
	assert_string_equal(find("<c><policy id='1'/></c>", "a"), "");
	assert_string_equal(find("<c><policy id='1'/></c>", ""), "");
	assert_string_equal(find("<c><policy label='' id='1'/></c>", "a"), "");
	assert_string_equal(find("<c><policy label='' id='1'/></c>", ""), "");
	assert_string_equal(find("<c><policy label_prefix='' id='1'/></c>", "a"), "");
	assert_string_equal(find("<c><policy label_prefix='a' label_suffix='' id='1'/></c>", "a"),
	                    "");
	assert_string_equal(find("<c><policy lable='a' id='1'/></c>", "a"), "");
}

static void test_value_longer_than_a_label(void **state)
{
	char config[512] = "<c><policy label_prefix='", *end = config + strlen(config);
	struct os_xml root, policy;

	(void)state;
	memset(end, 'x', 300);
	memcpy(end + 300, "'/></c>", 8);
	assert_int_equal(os_xml_parse(config, strlen(config), &root, NULL), OS_OK);
	assert_int_equal(os_policy_find(root, "xxx", &policy), OS_ERR_DENIED);
	assert_int_equal(os_policy_find((struct os_xml){ 0 }, "xxx", &policy), OS_ERR_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ram_fs),
		cmocka_unit_test(test_longest_start_wins),
		cmocka_unit_test(test_then_longest_suffix),
		cmocka_unit_test(test_then_label_then_order),
		cmocka_unit_test(test_all_attributes_must_match),
		cmocka_unit_test(test_omission_grants_nothing),
		cmocka_unit_test(test_value_longer_than_a_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as text: each kind of field, capabilities, and what is malformed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <api/hello.h>
#include <api/io_mem.h>
#include <api/packet_stream.h>
#include <api/parent.h>
#include <api/rom.h>
#include <api/tables.h>
#include <rpc_text/rpc_text.h>

static char text[600];

static const struct os_rpc_op_info *op(const char *interface, const char *name)
{
	const struct os_rpc_interface_info *const info = os_rpc_interface_named(interface);

	assert_non_null(info);
	for (uint16_t i = 0; i < info->op_count; i++)
		if (strcmp(info->ops[i].name, name) == 0)
			return os_rpc_operation(info, info->ops[i].number);
	fail();
	return NULL;
}

static void request_is(const char *interface, const char *name, const struct os_msg *msg,
                       const char *expected)
{
	os_rpc_text(text, sizeof(text), &op(interface, name)->request, msg);
	assert_string_equal(text, expected);
}

static void numbers_and_strings(void **state)
{
	struct os_msg msg = { .op = 2, .length = 8 };
	const int32_t numbers[] = { -40, 2 };

	(void)state;
	memcpy(msg.payload, numbers, sizeof(numbers));
	request_is("hello", "add", &msg, "a=-40, b=2");
	msg = (struct os_msg){ .op = 1, .length = 64 };
	memcpy(msg.payload, "o\"s\x80", 4);
	request_is("hello", "say_hello", &msg, "name=\"o\\x22s\\x80\"");
	memset(msg.payload, 'x', 64);
	os_rpc_text(text, sizeof(text), &op("hello", "say_hello")->request, &msg);
	assert_int_equal(text[strlen(text) - 1], '?');
}

static void enums_bools_and_bytes(void **state)
{
	const struct os_rpc_op_info *const layout = op("packet_stream", "layout");
	struct os_msg msg = { .length = layout->reply.length, .cap_count = 1 };
	const uint32_t wrong = 7;

	(void)state;
	msg.caps[0] = (struct os_msg_cap){ 5, RAM_DATASPACE_TYPE };
	os_rpc_text(text, sizeof(text), &layout->reply, &msg);
	assert_non_null(strstr(text, "role=SOURCE, ds=<ram_dataspace>"));
	memset(msg.payload, 0, sizeof(msg.payload));
	for (uint16_t i = 0; i < layout->reply.field_count; i++)
		if (layout->reply.fields[i].kind == OS_RPC_FIELD_ENUM)
			memcpy(msg.payload + layout->reply.fields[i].offset, &wrong, 4);
	msg.caps[0].type = HELLO_TYPE;
	os_rpc_text(text, sizeof(text), &layout->reply, &msg);
	assert_non_null(strstr(text, "role=7?, ds=<hello>?"));
	msg.caps[0].slot = 0;
	os_rpc_text(text, sizeof(text), &layout->reply, &msg);
	assert_non_null(strstr(text, "ds=<none>"));
}

static void another_form_is_malformed(void **state)
{
	struct os_msg msg = { .op = 2, .length = 4, .cap_count = 1 };

	(void)state;
	msg.payload[0] = 1;
	msg.caps[0] = (struct os_msg_cap){ 3, 0xabc };
	request_is("hello", "add", &msg,
	           "malformed: length 4, expected 8; malformed: 1 capabilities, expected 0; a=1, "
	           "capability=<type 0xabc>");
}

static void what_is_unknown_is_bytes(void **state)
{
	struct os_msg msg = { .op = 9, .length = 3, .payload = { 1, 0xfe, 0 }, .cap_count = 1 };

	(void)state;
	msg.caps[0] = (struct os_msg_cap){ 3, ROM_TYPE };
	os_rpc_text(text, sizeof(text), NULL, &msg);
	assert_string_equal(text, "<01fe00>, capability=<rom>");
	msg = (struct os_msg){ 0 };
	assert_int_equal(os_rpc_text(text, sizeof(text), NULL, &msg), 0);
	assert_null(os_rpc_interface(0x12345));
	assert_null(os_rpc_interface_named("nothing"));
	assert_null(os_rpc_operation(os_rpc_interface(HELLO_TYPE), 3));
	assert_null(os_rpc_operation(NULL, 1));
	assert_string_equal(os_rpc_operation(NULL, 0)->name, "identify");
}

static void what_does_not_fit_is_cut(void **state)
{
	struct os_msg msg = { .op = 2, .length = 8 };
	char small[9];

	(void)state;
	os_rpc_text(small, 8, &op("hello", "add")->request, &msg);
	assert_string_equal(small, "a=0,...");
	os_rpc_text(small, 9, &op("hello", "add")->request, &msg);
	for (size_t size = 4; size < 12; size++) {
		char *exact = malloc(size);

		os_rpc_text(exact, size, &op("hello", "add")->request, &msg);
		assert_true(strlen(exact) < size);
		free(exact);
	}
}

static void arguments_of_a_session(void **state)
{
	const struct os_rpc_interface_info *const io_mem = os_rpc_interface(IO_MEM_TYPE);
	struct io_mem_args_wire wire;

	(void)state;
	assert_int_equal(io_mem_args_encode(&wire, 4096, 8192, IO_MEM_CACHING_COMBINED), OS_OK);
	os_rpc_text_args(text, sizeof(text), io_mem, &wire, sizeof(wire));
	assert_string_equal(text, "base=4096, size=8192, caching=COMBINED");
	os_rpc_text_args(text, sizeof(text), io_mem, &wire, 8);
	assert_non_null(strstr(text, "malformed: length 8, expected "));
	os_rpc_text_args(text, sizeof(text), NULL, "ab", 2);
	assert_string_equal(text, "<6162>");
}

/* Anything can come from a hostile component. */
static void all_messages_of_all_interfaces(void **state)
{
	struct os_msg msg;
	uint64_t random = 1;
	size_t shown = 0;

	(void)state;
	for (size_t i = 0; i < os_rpc_interface_count; i++) {
		for (uint16_t o = 0; o < 200; o++) {
			const struct os_rpc_interface_info *const info = &os_rpc_interfaces[i];
			const struct os_rpc_op_info *const known =
			        os_rpc_operation(info, o % (info->op_count + 2));

			for (size_t b = 0; b < sizeof(msg); b++) {
				random = random * 6364136223846793005 + 1442695040888963407;
				((uint8_t *)&msg)[b] = (uint8_t)(random >> 56);
			}
			if (known && o % 2)
				msg.length = known->request.length;
			shown += os_rpc_text(text, sizeof(text), known ? &known->request : NULL,
			                     &msg);
			assert_true(strlen(text) < sizeof(text));
			for (const char *c = text; *c; c++)
				assert_true(*c >= ' ' && *c < 0x7f);
		}
	}
	assert_true(shown > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_strings),
		cmocka_unit_test(enums_bools_and_bytes),
		cmocka_unit_test(another_form_is_malformed),
		cmocka_unit_test(what_is_unknown_is_bytes),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(arguments_of_a_session),
		cmocka_unit_test(all_messages_of_all_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* XML reports: memory that grows to a bound, and servers that go and come. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <report/report.h>
#include "fail_alloc.h"
#include "mock_platform.h"

enum { LIMIT = 20000 };

static uint32_t items;

static void write_items(struct os_xml_writer *writer, void *context)
{
	assert_ptr_equal(context, &items);
	os_xml_writer_begin(writer, "items");
	for (uint32_t i = 0; i < items; i++) {
		os_xml_writer_begin(writer, "item");
		os_xml_writer_attribute_u64(writer, "number", i);
		os_xml_writer_end(writer);
	}
	os_xml_writer_end(writer);
}

static void write_nothing(struct os_xml_writer *writer, void *context)
{
	(void)writer, (void)context;
}

/* ------------------------------------------------------------------ text */

static void the_text_grows_to_its_limit(void **state)
{
	struct fail_alloc alloc;
	size_t size = 0, length;
	char *text = NULL;

	(void)state;
	fail_alloc_init(&alloc, 0);
	items = 1;
	assert_int_equal(
	        os_xml_write_text(&alloc.alloc, LIMIT, write_items, &items, &text, &size, &length),
	        OS_OK);
	assert_int_equal(size, 4096);
	assert_string_equal(text, "<items>\n\t<item number=\"0\"/>\n</items>\n");
	assert_int_equal(length, strlen(text));
	items = 600;
	assert_int_equal(
	        os_xml_write_text(&alloc.alloc, LIMIT, write_items, &items, &text, &size, &length),
	        OS_OK);
	assert_int_equal(size, 16384);
	items = 1000;
	assert_int_equal(
	        os_xml_write_text(&alloc.alloc, LIMIT, write_items, &items, &text, &size, &length),
	        OS_ERR_TOO_LONG);
	assert_int_equal(size, LIMIT);
	assert_int_equal(
	        os_xml_write_text(&alloc.alloc, LIMIT, write_nothing, NULL, &text, &size, &length),
	        OS_ERR_INVALID);
	os_free(&alloc.alloc, text, size);
	assert_int_equal(alloc.live, 0);
}

static void without_memory_it_is_as_before(void **state)
{
	enum os_err err = OS_ERR_OUT_OF_RAM;

	(void)state;
	items = 600;
	for (size_t n = 1; err; n++) {
		struct fail_alloc alloc;
		size_t size = 0, length;
		char *text = NULL;

		fail_alloc_init(&alloc, n);
		err = os_xml_write_text(&alloc.alloc, LIMIT, write_items, &items, &text, &size,
		                        &length);
		assert_true(!err || err == OS_ERR_OUT_OF_RAM);
		os_free(&alloc.alloc, text, size);
		assert_int_equal(alloc.live, 0);
	}
}

/* ------------------------------------------------------------------ reports */

static struct {
	struct report_server rpc;
	uint64_t submits, length;
} server;

static enum os_err rpc_write(struct report_server *rpc, uint64_t offset, const void *data,
                             size_t size)
{
	(void)rpc, (void)offset, (void)data, (void)size;
	return OS_OK;
}

static enum os_err rpc_submit(struct report_server *rpc, uint64_t length)
{
	(void)rpc;
	server.submits++;
	server.length = length;
	return OS_OK;
}

static enum os_err rpc_resize(struct report_server *rpc, uint64_t size)
{
	(void)rpc, (void)size;
	return OS_OK;
}

static const struct report_ops ops = { .write = rpc_write,
	                               .submit = rpc_submit,
	                               .resize = rpc_resize };

static void the_session_is_opened_when_needed(void **state)
{
	struct os_env *const env = mock_init();
	struct os_xml_report report = { .env = env, .name = "state", .limit = LIMIT };
	const uint32_t before = mock_refs();

	(void)state;
	/* No server yet: the next time there may be one. */
	items = 1;
	assert_int_equal(os_xml_report(&report, write_items, &items), OS_ERR_NO_ROUTE);
	server.rpc = (struct report_server){ { .dispatch = report_dispatch }, &ops };
	mock.service = REPORT_SERVICE;
	mock.service_object = &server.rpc.object;
	mock.service_type = REPORT_TYPE;
	assert_int_equal(os_xml_report(&report, write_items, &items), OS_OK);
	assert_int_equal(server.submits, 1);
	items = 600;
	assert_int_equal(os_xml_report(&report, write_items, &items), OS_OK);
	assert_int_equal(server.submits, 2);
	assert_true(server.length > 8192);
	items = 1000;
	assert_int_equal(os_xml_report(&report, write_items, &items), OS_ERR_TOO_LONG);
	assert_int_equal(server.submits, 2);
	os_xml_report_close(&report);
	os_xml_report_close(&report);
	assert_null(report.text);
	assert_in_range(mock_refs(), before, before + 2); /* the LOG session, the mock's own */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_grows_to_its_limit),
		cmocka_unit_test(without_memory_it_is_as_before),
		cmocka_unit_test(the_session_is_opened_when_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

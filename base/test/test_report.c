/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: written in pieces, seen as a whole, grown on demand; what fails leaves the one before.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <osier/report.h>
#include "mock_platform.h"

enum { REPORT_MAX = 64 * 1024 };

static struct os_env *env;
static uint32_t before;

/* The report server. */
static struct {
	struct report_server rpc;
	char next[REPORT_MAX], current[REPORT_MAX + 1];
	uint64_t written, size, submits, resizes;
	uint32_t pieces, fail_at; /* the n-th piece is refused; 0: none */
	enum os_err resize_error;
} server;

static enum os_err rpc_write(struct report_server *rpc, uint64_t offset, const void *data,
                             size_t size)
{
	(void)rpc;
	if (++server.pieces == server.fail_at)
		return OS_ERR_OUT_OF_RAM;
	assert_true(offset == 0 || offset == server.written);
	assert_true(offset + size <= server.size);
	memcpy(server.next + offset, data, size);
	server.written = offset + size;
	return OS_OK;
}

static enum os_err rpc_submit(struct report_server *rpc, uint64_t length)
{
	(void)rpc;
	assert_int_equal(length, server.written);
	memcpy(server.current, server.next, length);
	server.current[length] = 0;
	server.submits++;
	return OS_OK;
}

static enum os_err rpc_resize(struct report_server *rpc, uint64_t size)
{
	(void)rpc;
	server.resizes++;
	if (!server.resize_error)
		server.size = size;
	return server.resize_error;
}

static const struct report_ops ops = { .write = rpc_write,
	                               .submit = rpc_submit,
	                               .resize = rpc_resize };

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	memset(&server, 0, sizeof(server));
	server.rpc = (struct report_server){ { .dispatch = report_dispatch }, &ops };
	mock.service = REPORT_SERVICE;
	mock.service_object = &server.rpc.object;
	mock.service_type = REPORT_TYPE;
	before = mock_refs();
	return 0;
}

static void open(struct os_report *report, size_t size)
{
	assert_int_equal(os_report_open(report, env, "state", size), OS_OK);
	server.size = size;
}

static void the_donation_follows_the_size(void **state)
{
	struct os_report report;

	(void)state;
	open(&report, 4097);
	assert_int_equal(mock.last_ram, REPORT_RAM + 2 * 8192);
	assert_int_equal(mock.last_caps, REPORT_CAPS);
	os_report_close(&report);
	os_report_close(&report);
	assert_int_equal(mock_refs(), before + 1); /* the server's own of the session */
	assert_int_equal(os_report_open(&report, env, "state", SIZE_MAX), OS_ERR_RANGE);
	assert_int_equal(os_report_open(&report, env, "state", SIZE_MAX / 2), OS_ERR_RANGE);
	assert_null(report.session.env);
}

static void a_report_is_seen_as_a_whole(void **state)
{
	struct os_report report;

	(void)state;
	open(&report, 100);
	assert_int_equal(os_report_submit(&report, "<a/>", 4), OS_OK);
	assert_string_equal(server.current, "<a/>");
	assert_int_equal(os_report_submit(&report, "<bc/>", 5), OS_OK);
	assert_string_equal(server.current, "<bc/>");
	assert_int_equal(os_report_submit(&report, NULL, 0), OS_OK);
	assert_string_equal(server.current, "");
	assert_int_equal(server.submits, 3);
	assert_int_equal(server.resizes, 0);
	os_report_close(&report);
}

static void a_long_one_goes_in_pieces_and_grows(void **state)
{
	static char text[3000];
	struct os_report report;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 23);
	open(&report, 0);
	assert_int_equal(os_report_submit(&report, text, sizeof(text) - 1), OS_OK);
	assert_string_equal(server.current, text);
	assert_int_equal(server.pieces, 4);
	assert_int_equal(server.resizes, 1);
	assert_int_equal(mock.upgraded_ram, 2 * 4096);
	/* What has grown stays so. */
	assert_int_equal(os_report_submit(&report, text, sizeof(text) - 1), OS_OK);
	assert_int_equal(server.resizes, 1);
	os_report_close(&report);
}

static void what_fails_leaves_the_one_before(void **state)
{
	static const char text[2000] = "long";
	struct os_report report;

	(void)state;
	open(&report, 4096);
	assert_int_equal(os_report_submit(&report, "first", 5), OS_OK);
	/* A server that lacks memory gets more. */
	server.fail_at = server.pieces + 2;
	assert_int_equal(os_report_submit(&report, text, sizeof(text)), OS_OK);
	assert_string_equal(server.current, "long");
	/* Where there is none, it is an error. */
	mock.account_ram = 1000;
	mock.resource_answer = OS_ERR_DENIED;
	server.fail_at = server.pieces + 2;
	assert_int_equal(os_report_submit(&report, text, sizeof(text)), OS_ERR_OUT_OF_RAM);
	assert_string_equal(server.current, "long");
	assert_int_equal(os_report_submit(&report, "second", 6), OS_OK);
	assert_string_equal(server.current, "second");
	os_report_close(&report);
	assert_int_equal(os_report_submit(&report, "third", 5), OS_ERR_GONE);
	assert_string_equal(server.current, "second");
}

static void a_server_that_refuses_gets_no_more_each_time(void **state)
{
	static const char text[5000] = "long";
	struct os_report report;

	(void)state;
	open(&report, 4096);
	server.resize_error = OS_ERR_RANGE;
	for (uint32_t i = 0; i < 10; i++)
		assert_int_equal(os_report_submit(&report, text, sizeof(text)), OS_ERR_RANGE);
	assert_int_equal(mock.upgraded_ram, 2 * 4096);
	/* Without the means, the server is not even asked. */
	mock.account_ram = 1000;
	mock.resource_answer = OS_ERR_DENIED;
	server.resizes = 0;
	assert_int_equal(os_report_submit(&report, text, 20000), OS_ERR_OUT_OF_RAM);
	assert_int_equal(server.resizes, 0);
	assert_int_equal(os_report_submit(&report, "short", 5), OS_OK);
	os_report_close(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_donation_follows_the_size, setup),
		cmocka_unit_test_setup(a_report_is_seen_as_a_whole, setup),
		cmocka_unit_test_setup(a_long_one_goes_in_pieces_and_grows, setup),
		cmocka_unit_test_setup(what_fails_leaves_the_one_before, setup),
		cmocka_unit_test_setup(a_server_that_refuses_gets_no_more_each_time, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

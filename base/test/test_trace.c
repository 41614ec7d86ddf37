/* SPDX-License-Identifier: BSD-2-Clause */
/* What base records of calls, requests, signals and marks, and that it records nothing unasked. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/hello.h>
#include <osier/trace.h>
#include "../src/runtime.h"
#include "mock_platform.h"

enum { EVENTS = 64 };

static struct os_env *env;
static struct {
	_Alignas(64) struct os_trace_ring ring;
	struct os_trace_event events[EVENTS];
} memory;

static struct os_trace_writer *writer(void)
{
	return &os_thread_block_own()->trace;
}

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	memset(&memory, 0, sizeof(memory));
	*writer() = (struct os_trace_writer){ 0 };
	mock.trace_ring = (uintptr_t)&memory.ring;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	*writer() = (struct os_trace_writer){ 0 };
	return 0;
}

static void expect(uint64_t number, enum os_trace_event_kind kind, uint64_t data)
{
	assert_true(number < memory.ring.head);
	assert_int_equal((uint8_t)memory.events[number].head, kind);
	assert_int_equal(memory.events[number].data, data);
}

static enum os_err say_hello(struct hello_server *rpc, const char *name)
{
	(void)rpc;
	(void)name;
	return OS_OK;
}

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static const struct hello_ops ops = { .say_hello = say_hello, .add = add };

static void nothing_is_recorded_unasked(void **state)
{
	(void)state;
	os_trace_mark("x", 1);
	os_trace_begin("x", 1);
	os_trace_end();
	assert_int_equal(mock.trace_opens, 0);
	assert_int_equal(memory.ring.head, 0);
}

static void who_is_asked_opens_its_ring_at_the_next_event(void **state)
{
	(void)state;
	writer()->ring = 1;
	os_trace_end();
	os_trace_end();
	assert_int_equal(mock.trace_opens, 1);
	assert_int_equal(memory.ring.head, 2);
	writer()->ring = 1;
	mock.trace_ring = OS_TRACE_OFF;
	os_trace_end();
	os_trace_end();
	assert_int_equal(mock.trace_opens, 2);
	assert_int_equal(memory.ring.head, 2);
}

static void marks_carry_text_and_a_number(void **state)
{
	char text[OS_TRACE_TEXT_MAX + 2];

	(void)state;
	writer()->ring = 1;
	os_trace_mark("abc", 7);
	expect(0, OS_TRACE_MARK, UINT64_C(3) << 32 | 7);
	expect(1, OS_TRACE_TEXT, 0x636261);
	os_trace_begin("12345678", 0);
	expect(2, OS_TRACE_BEGIN, UINT64_C(8) << 32);
	expect(3, OS_TRACE_TEXT, UINT64_C(0x3837363534333231));
	os_trace_begin("", 0);
	expect(4, OS_TRACE_BEGIN, 0);
	os_trace_end();
	expect(5, OS_TRACE_END, 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	os_trace_mark(text, 0);
	expect(6, OS_TRACE_MARK, (uint64_t)OS_TRACE_TEXT_MAX << 32);
	assert_int_equal(memory.ring.head, 7 + OS_TRACE_TEXT_MAX / 8);
}

static void a_call_and_its_request_have_the_same_flow(void **state)
{
	const uint64_t request = (uint64_t)HELLO_TYPE << 32 | HELLO_OP_ADD << 16;
	struct hello_server server;
	int32_t sum;

	(void)state;
	assert_int_equal(hello_server_init(&server, env->ep, NULL, &ops), OS_OK);
	writer()->ring = 1;
	writer()->flow = 0xfffd;
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	expect(0, OS_TRACE_CALL, request | 0xffff);
	expect(1, OS_TRACE_RECEIVE, request | 0xffff);
	expect(2, OS_TRACE_REPLY, 0xffff);
	expect(3, OS_TRACE_RETURN, 0xffff);
	/* 0 is none */
	assert_int_equal(hello_add(hello_server_cap(&server), INT32_MAX, 2, &sum), OS_ERR_RANGE);
	expect(4, OS_TRACE_CALL, request | 1);
	expect(6, OS_TRACE_REPLY, (uint64_t)OS_ERR_RANGE << 32 | 1);
	expect(7, OS_TRACE_RETURN, (uint64_t)OS_ERR_RANGE << 32 | 1);
	assert_int_equal(memory.ring.head, 8);
	writer()->ring = OS_TRACE_OFF;
	hello_server_fini(&server);
}

static void a_full_ring_counts_calls_and_requests_as_lost(void **state)
{
	struct hello_server server;
	int32_t sum;

	(void)state;
	assert_int_equal(hello_server_init(&server, env->ep, NULL, &ops), OS_OK);
	writer()->ring = 1;
	os_trace_end();
	writer()->limit = memory.ring.head + 3;
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	assert_int_equal(memory.ring.head, 4);
	assert_int_equal(memory.ring.lost, 5);
	writer()->ring = OS_TRACE_OFF;
	hello_server_fini(&server);
}

static void events_have_times_that_go_on_and_wrap_around(void **state)
{
	const uint64_t start = __builtin_ia32_rdtsc();
	uint64_t last = start;

	(void)state;
	writer()->ring = 1;
	for (uint64_t i = 0; i < EVENTS + 2; i++) {
		const struct os_trace_event *event = &memory.events[i % EVENTS];

		os_trace_end();
		assert_int_equal((uint8_t)event->head, OS_TRACE_END);
		assert_int_equal(event->data, 0);
		assert_true(event->head >> 8 >= last && event->head >> 8 <= __builtin_ia32_rdtsc());
		last = event->head >> 8;
	}
	assert_int_equal(memory.ring.head, EVENTS + 2);
}

static uint64_t time_of(uint64_t number)
{
	return memory.events[number].head >> 8;
}

static void what_the_platform_has_seen_is_the_time_of_request_and_reply(void **state)
{
	const uint64_t start = __builtin_ia32_rdtsc();
	struct hello_server server;
	int32_t sum;

	(void)state;
	assert_int_equal(hello_server_init(&server, env->ep, NULL, &ops), OS_OK);
	writer()->ring = 1;
	mock.seen = 7;
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	expect(1, OS_TRACE_RECEIVE, (uint64_t)HELLO_TYPE << 32 | HELLO_OP_ADD << 16 | 2);
	expect(3, OS_TRACE_RETURN, 2);
	assert_int_equal(time_of(1), 7);
	assert_int_equal(time_of(3), 8);
	/* calls and replies happen when they are made */
	assert_true(time_of(0) >= start && time_of(2) >= time_of(0));
	/* a full ring stays as it is */
	writer()->limit = memory.ring.head + 1;
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	assert_int_equal(memory.ring.head, 5);
	assert_int_equal(memory.ring.lost, 3);
	writer()->ring = OS_TRACE_OFF;
	hello_server_fini(&server);
}

/* As if this had made a call by os_call(), whose return is not an event. */
static enum os_err see_something(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	writer()->seen = 7;
	*sum = a + b;
	return OS_OK;
}

static void what_a_local_object_has_seen_is_not_when_it_returns(void **state)
{
	const struct hello_ops sees = { .say_hello = say_hello, .add = see_something };
	const uint64_t start = __builtin_ia32_rdtsc();
	struct hello_server server;
	int32_t sum;

	(void)state;
	assert_int_equal(hello_server_init(&server, NULL, NULL, &sees), OS_OK);
	writer()->ring = 1;
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	expect(1, OS_TRACE_RETURN, 2);
	assert_true(time_of(1) >= start);
	writer()->ring = OS_TRACE_OFF;
	hello_server_fini(&server);
}

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	assert_int_equal(count, 3);
	os_trace_mark("", 5);
}

static void signals_are_recorded_on_both_sides(void **state)
{
	struct os_signal_handler handler;

	(void)state;
	assert_int_equal(os_signal_handler_init(&handler, env->ep, handle), OS_OK);
	writer()->ring = 1;
	assert_int_equal(os_signal_submit(handler.cap, 3), OS_OK);
	expect(0, OS_TRACE_SUBMIT, (uint64_t)handler.cap.cap.slot << 32 | 3);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	expect(1, OS_TRACE_SIGNAL, (uint64_t)handler.badge << 32 | 3);
	expect(2, OS_TRACE_MARK, 5);
	expect(3, OS_TRACE_SIGNAL_DONE, 0);
	writer()->ring = OS_TRACE_OFF;
	os_signal_handler_fini(&handler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_recorded_unasked, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_asked_opens_its_ring_at_the_next_event,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(marks_carry_text_and_a_number, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_and_its_request_have_the_same_flow, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_full_ring_counts_calls_and_requests_as_lost,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(events_have_times_that_go_on_and_wrap_around, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(
		        what_the_platform_has_seen_is_the_time_of_request_and_reply, setup,
		        teardown),
		cmocka_unit_test_setup_teardown(what_a_local_object_has_seen_is_not_when_it_returns,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(signals_are_recorded_on_both_sides, setup,
		                                teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

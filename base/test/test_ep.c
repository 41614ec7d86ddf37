/* SPDX-License-Identifier: BSD-2-Clause */
/* Entrypoints: calls, signals, replies at once and later, ends in the middle. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/hello.h>
#include <api/parent.h>
#include <osier/heap.h>
#include <osier/thread.h>
#include "mock_platform.h"

static struct os_env *env;
static uint32_t before; /* capability counts */

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	before = mock_refs();
	return 0;
}

/* The heap keeps one chunk: give it back, then nothing may be left. */
static void nothing_is_left(void)
{
	os_badges_fini(&env->ep->badges, env->heap);
	os_heap_trim((struct os_heap *)env->heap);
	assert_int_equal(mock_refs(), before);
	assert_int_equal(mock_memory(), 0);
}

/* ---------------------------------------------------------------- objects */

struct object {
	struct hello_server rpc;
	uint32_t hellos;
	struct object *destroy; /* by the handler */
};

static enum os_err say_hello(struct hello_server *rpc, const char *name)
{
	struct object *const object = container_of(rpc, struct object, rpc);

	(void)name;
	object->hellos++;
	if (object->destroy)
		hello_server_fini(&object->destroy->rpc);
	return OS_OK;
}

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	return __builtin_add_overflow(a, b, sum) ? OS_ERR_RANGE : OS_OK;
}

static const struct hello_ops ops = { .say_hello = say_hello, .add = add };

static void make(struct object *object, struct os_ep *ep)
{
	*object = (struct object){ 0 };
	assert_int_equal(hello_server_init(&object->rpc, ep, NULL, &ops), OS_OK);
}

static void a_call_reaches_its_object(void **state)
{
	struct object a, b;
	int32_t sum;

	(void)state;
	make(&a, env->ep);
	make(&b, env->ep);
	assert_int_equal(hello_say_hello(hello_server_cap(&b.rpc), "x"), OS_OK);
	assert_int_equal(a.hellos, 0);
	assert_int_equal(b.hellos, 1);
	assert_int_equal(hello_add(hello_server_cap(&a.rpc), 2, 3, &sum), OS_OK);
	assert_int_equal(sum, 5);
	assert_int_equal(hello_add(hello_server_cap(&a.rpc), INT32_MAX, 3, &sum), OS_ERR_RANGE);
	assert_ptr_equal(os_rpc_object_find(env->ep, a.rpc.object.cap), &a.rpc.object);
	assert_null(os_rpc_object_find(env->ep, env->pd.cap));
	hello_server_fini(&a.rpc);
	hello_server_fini(&a.rpc);
	hello_server_fini(&b.rpc);
	nothing_is_left();
}

static const struct os_msg hello = { .op = HELLO_OP_SAY_HELLO, .length = 64 };

static void a_call_that_comes_too_late_is_answered(void **state)
{
	struct object a, b;
	uint32_t channel;

	(void)state;
	make(&a, env->ep);
	channel = mock_call_queue(a.rpc.object.cap.slot, &hello);
	hello_server_fini(&a.rpc);
	make(&b, env->ep);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(b.hellos, 0);
	assert_int_equal(mock_reply(channel)->op, OS_ERR_GONE);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_ERR_EMPTY);
	hello_server_fini(&b.rpc);
	nothing_is_left();
}

static void capabilities_of_a_late_call_are_dropped(void **state)
{
	struct os_msg msg = { .op = 1, .cap_count = 1, .caps = { { OS_CAP_SLOT_PD, 0 } } };
	struct object a;

	(void)state;
	make(&a, env->ep);
	mock_call_queue(a.rpc.object.cap.slot, &msg);
	hello_server_fini(&a.rpc);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	nothing_is_left();
}

static void a_handler_may_destroy_its_own_object(void **state)
{
	struct object a;

	(void)state;
	make(&a, env->ep);
	a.destroy = &a;
	assert_int_equal(hello_say_hello(hello_server_cap(&a.rpc), "x"), OS_OK);
	assert_int_equal(a.rpc.object.cap.slot, 0);
	nothing_is_left();
}

static void malformed_requests_reach_no_handler(void **state)
{
	struct os_msg msg = hello;
	struct object a;
	uint32_t channel;

	(void)state;
	make(&a, env->ep);
	msg.length = 63;
	channel = mock_call_queue(a.rpc.object.cap.slot, &msg);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock_reply(channel)->op, OS_ERR_PROTOCOL);
	msg.op = 1000;
	channel = mock_call_queue(a.rpc.object.cap.slot, &msg);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock_reply(channel)->op, OS_ERR_OPERATION);
	assert_int_equal(a.hellos, 0);
	hello_server_fini(&a.rpc);
	nothing_is_left();
}

/* ------------------------------------------------------------------- later */

static struct os_reply saved;

static enum os_err later(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)msg;
	os_reply_save(object->ep, &saved);
	return OS_ERR_LATER;
}

static struct os_reply saved_by_other;

static enum os_err later_other(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)msg;
	os_reply_save(object->ep, &saved_by_other);
	return OS_ERR_LATER;
}

static void a_saved_reply_is_sent_once(void **state)
{
	const struct os_msg request = { .op = 1 };
	struct os_rpc_object object;
	uint32_t channel;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, env->ep, NULL, later, 1), OS_OK);
	channel = mock_call_queue(object.cap.slot, &request);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_null(mock_reply(channel));
	*os_msg_own() = (struct os_msg){ .op = OS_ERR_BUSY };
	os_reply_send(&saved, os_msg_own());
	assert_int_equal(mock_reply(channel)->op, OS_ERR_BUSY);
	assert_null(saved.ep);
	os_reply_send(&saved, os_msg_own());
	assert_int_equal(mock_reply_count(channel), 1);
	os_rpc_object_fini(&object);
	nothing_is_left();
}

/* The session that is closed in the middle of a call. */
static void the_end_of_an_object_answers_what_it_owes(void **state)
{
	const struct os_msg request = { .op = 1 };
	struct os_rpc_object object, other;
	uint32_t channel, other_channel;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, env->ep, NULL, later, 1), OS_OK);
	assert_int_equal(os_rpc_object_init(&other, env->ep, NULL, later_other, 1), OS_OK);
	channel = mock_call_queue(object.cap.slot, &request);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	other_channel = mock_call_queue(other.cap.slot, &request);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	os_rpc_object_fini(&object);
	assert_int_equal(mock_reply(channel)->op, OS_ERR_GONE);
	assert_null(saved.ep);
	/* Too late, and harmless. */
	*os_msg_own() = (struct os_msg){ .op = OS_OK };
	os_reply_send(&saved, os_msg_own());
	assert_int_equal(mock_reply_count(channel), 1);
	/* The other object still owes its own. */
	assert_null(mock_reply(other_channel));
	*os_msg_own() = (struct os_msg){ .op = OS_ERR_BUSY };
	os_reply_send(&saved_by_other, os_msg_own());
	assert_int_equal(mock_reply(other_channel)->op, OS_ERR_BUSY);
	os_rpc_object_fini(&other);
	assert_int_equal(mock_reply_count(other_channel), 1);
	nothing_is_left();
}

static void a_reply_that_is_saved_over_is_cancelled(void **state)
{
	const struct os_msg request = { .op = 1, .length = 8, .payload = "request" };
	struct os_rpc_object object;
	uint32_t first, second;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, env->ep, NULL, later, 1), OS_OK);
	first = mock_call_queue(object.cap.slot, &request);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	second = mock_call_queue(object.cap.slot, &request);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock_reply(first)->op, OS_ERR_CANCELLED);
	assert_int_equal(mock_reply(first)->length, 0);
	assert_null(mock_reply(second));
	/* The handler still has its request. */
	assert_int_equal(os_msg_own()->op, request.op);
	assert_int_equal(os_msg_own()->length, request.length);
	assert_memory_equal(os_msg_own()->payload, request.payload, request.length);
	os_rpc_object_fini(&object);
	assert_int_equal(mock_reply(second)->op, OS_ERR_GONE);
	assert_int_equal(mock_reply_count(first), 1);
	nothing_is_left();
}

static enum os_err never(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)object, (void)msg;
	return OS_ERR_LATER;
}

static void later_without_a_saved_reply_is_a_bug(void **state)
{
	const struct os_msg request = { .op = 1 };
	struct os_rpc_object object;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, env->ep, NULL, never, 1), OS_OK);
	mock_call_queue(object.cap.slot, &request);
	expect_assert_failure((void)!os_ep_dispatch(env->ep, false));
	os_rpc_object_fini(&object);
	nothing_is_left();
}

/* ----------------------------------------------------------------- signals */

struct counter {
	struct os_signal_handler handler;
	uint64_t count, runs;
	bool destroy;
};

static void count_up(struct os_signal_handler *handler, uint64_t count)
{
	struct counter *const counter = container_of(handler, struct counter, handler);

	counter->count += count;
	counter->runs++;
	if (counter->destroy)
		os_signal_handler_fini(handler);
}

static void signals_are_counted(void **state)
{
	struct counter a = { 0 }, b = { 0 };

	(void)state;
	assert_int_equal(os_signal_handler_init(&a.handler, env->ep, count_up), OS_OK);
	assert_int_equal(os_signal_handler_init(&b.handler, env->ep, count_up), OS_OK);
	assert_int_equal(os_signal_submit(a.handler.cap, 3), OS_OK);
	assert_int_equal(os_signal_submit(b.handler.cap, 1), OS_OK);
	assert_int_equal(os_signal_submit(a.handler.cap, 4), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
	assert_int_equal(a.count, 7);
	assert_int_equal(b.count, 1);
	os_signal_handler_fini(&a.handler);
	os_signal_handler_fini(&b.handler);
	os_signal_handler_fini(&b.handler);
	nothing_is_left();
}

static void a_handler_may_destroy_itself(void **state)
{
	struct counter a = { .destroy = true };
	struct os_cap copy;

	(void)state;
	assert_int_equal(os_signal_handler_init(&a.handler, env->ep, count_up), OS_OK);
	a.destroy = true;
	assert_int_equal(os_cap_dup(a.handler.cap.cap, &copy), OS_OK);
	assert_int_equal(os_signal_submit(a.handler.cap, 1), OS_OK);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(a.runs, 1);
	assert_int_equal(os_signal_submit((struct signal_context_cap){ copy }, 1), OS_ERR_GONE);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_ERR_EMPTY);
	os_cap_drop(copy);
	nothing_is_left();
}

static void a_receiver_tells_contexts_apart(void **state)
{
	struct os_signal_receiver receiver;
	struct os_signal_context a, b, *which;
	uint64_t count;

	(void)state;
	assert_int_equal(os_signal_receiver_init(&receiver, env), OS_OK);
	assert_int_equal(os_signal_context_init(&a, &receiver), OS_OK);
	assert_int_equal(os_signal_context_init(&b, &receiver), OS_OK);
	assert_int_equal(os_signal_poll(&receiver, &which, &count), OS_ERR_EMPTY);
	assert_int_equal(os_signal_submit(b.cap, 1u << 31), OS_OK);
	assert_int_equal(os_signal_submit(b.cap, 1u << 31), OS_OK);
	assert_int_equal(os_signal_wait(&receiver, &which, &count), OS_OK);
	assert_ptr_equal(which, &b);
	assert_int_equal(count, UINT64_C(1) << 32);
	assert_int_equal(os_signal_submit(a.cap, 2), OS_OK);
	assert_int_equal(os_signal_submit(b.cap, 5), OS_OK);
	os_signal_context_fini(&a);
	assert_int_equal(os_signal_poll(&receiver, &which, &count), OS_OK);
	assert_ptr_equal(which, &b);
	assert_int_equal(count, 5);
	assert_int_equal(os_signal_poll(&receiver, &which, &count), OS_ERR_EMPTY);
	os_signal_receiver_fini(&receiver);
	assert_null(b.receiver);
	os_signal_receiver_fini(&receiver);
	nothing_is_left();
}

/* ---------------------------------------------- entrypoints of their own thread */

static void an_entrypoint_serves_by_its_own_thread(void **state)
{
	struct counter counter = { 0 };
	struct os_ep ep;
	struct object a;
	int32_t sum;

	(void)state;
	assert_int_equal(os_ep_init(&ep, env, "second", 0), OS_OK);
	make(&a, &ep);
	assert_int_equal(hello_add(hello_server_cap(&a.rpc), 40, 2, &sum), OS_OK);
	assert_int_equal(sum, 42);
	assert_int_equal(os_signal_handler_init(&counter.handler, &ep, count_up), OS_OK);
	assert_int_equal(os_signal_submit(counter.handler.cap, 9), OS_OK);
	/* What is still registered is revoked with the entrypoint. */
	os_ep_fini(&ep);
	assert_null(a.rpc.object.ep);
	assert_null(counter.handler.ep);
	assert_true(counter.count == 9 || counter.count == 0);
	os_ep_fini(&ep);
	/* the CPU session stays */
	before++;
	nothing_is_left();
	assert_int_equal(mock_attached(), 0);
}

static void without_memory_there_is_no_half_made_entrypoint(void **state)
{
	uint32_t failures = 0;
	struct os_ep ep;

	(void)state;
	for (uint32_t n = 1; n == 1 || mock.allocations >= n - 1; n++) {
		enum os_err err;

		setup(NULL);
		mock.fail_at = n;
		err = os_ep_init(&ep, env, "second", 0);
		failures += err != OS_OK;
		assert_true(!err || !ep.thread);
		os_ep_fini(&ep);
		before += env->cpu != NULL;
		nothing_is_left();
	}
	assert_true(failures >= 3); /* context, stack, thread; the heap tries a smaller chunk */
}

static struct os_semaphore entered, leave;
static bool left;

static void slow(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler, (void)count;
	os_semaphore_up(&entered);
	os_semaphore_down(&leave);
	left = true;
}

static void let_leave(struct os_thread *thread, void *argument)
{
	(void)thread, (void)argument;
	os_semaphore_up(&leave);
}

static void fini_waits_for_a_handler_in_another_thread(void **state)
{
	struct os_signal_handler handler;
	struct os_thread thread;
	struct os_ep ep;

	(void)state;
	left = false;
	assert_int_equal(os_ep_init(&ep, env, "second", 0), OS_OK);
	assert_int_equal(os_signal_handler_init(&handler, &ep, slow), OS_OK);
	assert_int_equal(os_signal_submit(handler.cap, 1), OS_OK);
	os_semaphore_down(&entered);
	assert_int_equal(os_thread_init(&thread, env, "other", 0, 0, let_leave, NULL), OS_OK);
	os_signal_handler_fini(&handler);
	assert_true(left);
	os_thread_fini(&thread);
	os_thread_fini(&thread);
	os_ep_fini(&ep);
	before++;
	nothing_is_left();
}

enum { RACES = 2000 };

static struct racer {
	struct os_signal_handler handler;
	_Atomic(bool) inside, over;
} racer;

static void race(struct os_signal_handler *handler, uint64_t count)
{
	struct racer *own = container_of(handler, struct racer, handler);

	(void)count;
	own->inside = true;
	assert_false(own->over);
	own->inside = false;
}

static void after_fini_a_handler_never_runs(void **state)
{
	struct os_ep ep;

	(void)state;
	assert_int_equal(os_ep_init(&ep, env, "second", 0), OS_OK);
	for (int i = 0; i < RACES; i++) {
		racer.over = false;
		assert_int_equal(os_signal_handler_init(&racer.handler, &ep, race), OS_OK);
		assert_int_equal(os_signal_submit(racer.handler.cap, 1), OS_OK);
		for (int spin = i % 50; spin; spin--)
			__asm__ volatile("pause");
		os_signal_handler_fini(&racer.handler);
		racer.over = true;
		assert_false(racer.inside);
	}
	os_ep_fini(&ep);
	before++;
	nothing_is_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_call_reaches_its_object, setup),
		cmocka_unit_test_setup(a_call_that_comes_too_late_is_answered, setup),
		cmocka_unit_test_setup(capabilities_of_a_late_call_are_dropped, setup),
		cmocka_unit_test_setup(a_handler_may_destroy_its_own_object, setup),
		cmocka_unit_test_setup(malformed_requests_reach_no_handler, setup),
		cmocka_unit_test_setup(a_saved_reply_is_sent_once, setup),
		cmocka_unit_test_setup(the_end_of_an_object_answers_what_it_owes, setup),
		cmocka_unit_test_setup(a_reply_that_is_saved_over_is_cancelled, setup),
		cmocka_unit_test_setup(later_without_a_saved_reply_is_a_bug, setup),
		cmocka_unit_test_setup(signals_are_counted, setup),
		cmocka_unit_test_setup(a_handler_may_destroy_itself, setup),
		cmocka_unit_test_setup(a_receiver_tells_contexts_apart, setup),
		cmocka_unit_test_setup(an_entrypoint_serves_by_its_own_thread, setup),
		cmocka_unit_test_setup(without_memory_there_is_no_half_made_entrypoint, setup),
		cmocka_unit_test_setup(fini_waits_for_a_handler_in_another_thread, setup),
		cmocka_unit_test_setup(after_fini_a_handler_never_runs, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

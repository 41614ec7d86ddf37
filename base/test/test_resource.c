/* SPDX-License-Identifier: BSD-2-Clause */
/* Resource requests, waited for or not; quota that is given back; what allocation asks for. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <osier/resource.h>
#include "mock_platform.h"

static struct os_env *env;
static uint32_t heard[2];
static bool granted[2];
static struct os_resource_watcher watcher[2];

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	memset(heard, 0, sizeof(heard));
	memset(watcher, 0, sizeof(watcher));
	return 0;
}

static void decided(struct os_resource_watcher *self, bool yes)
{
	heard[self - watcher]++;
	granted[self - watcher] = yes;
}

/* The first watcher ends both. */
static void ends_all(struct os_resource_watcher *self, bool yes)
{
	decided(self, yes);
	os_resource_unwatch(&watcher[1]);
	os_resource_unwatch(&watcher[0]);
}

static void parent_decides(enum parent_resource_state state)
{
	mock.resource_state = state;
	assert_int_equal(os_signal_submit(mock.resource_sigh, 1), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
}

static void a_request_is_granted_denied_or_open(void **state)
{
	(void)state;
	assert_int_equal(os_resource_request(env, 1000, 2), OS_OK);
	assert_int_equal(mock.resource_ram, 1000);
	assert_int_equal(mock.resource_caps, 2);
	assert_int_equal(os_resource_ask(env, 3000, 4), OS_OK);
	assert_int_equal(mock.resource_ram, 3000);
	mock.resource_answer = OS_ERR_DENIED;
	assert_int_equal(os_resource_request(env, 1, 1), OS_ERR_DENIED);
	assert_int_equal(os_resource_ask(env, 1, 1), OS_ERR_DENIED);
	mock.resource_answer = OS_ERR_CANCELLED;
	assert_int_equal(os_resource_request(env, 1, 1), OS_ERR_CANCELLED);
	mock.resource_answer = OS_ERR_TIMEOUT;
	assert_int_equal(os_resource_ask(env, 1, 1), OS_ERR_BUSY);
	os_resource_cancel(env);
	assert_int_equal(mock.resource_state, PARENT_RESOURCE_STATE_NONE);
}

static void watchers_hear_what_was_decided(void **state)
{
	const uint32_t before = mock_refs();

	(void)state;
	assert_int_equal(os_resource_watch(&watcher[0], env, decided), OS_OK);
	assert_int_equal(os_resource_watch(&watcher[1], env, decided), OS_OK);
	parent_decides(PARENT_RESOURCE_STATE_GRANTED);
	assert_true(heard[0] == 1 && granted[0] && heard[1] == 1 && granted[1]);
	parent_decides(PARENT_RESOURCE_STATE_PENDING);
	assert_int_equal(heard[0], 1);
	os_resource_unwatch(&watcher[0]);
	parent_decides(PARENT_RESOURCE_STATE_DENIED);
	assert_true(heard[0] == 1 && heard[1] == 2 && !granted[1]);
	os_resource_unwatch(&watcher[1]);
	os_resource_unwatch(&watcher[1]);
	os_badges_fini(&env->ep->badges, env->heap);
	assert_true(mock_refs() <= before + 2); /* the heap's chunk and its list */
}

static void a_watcher_may_end_others_and_itself(void **state)
{
	(void)state;
	assert_int_equal(os_resource_watch(&watcher[0], env, ends_all), OS_OK);
	assert_int_equal(os_resource_watch(&watcher[1], env, decided), OS_OK);
	parent_decides(PARENT_RESOURCE_STATE_GRANTED);
	assert_true(heard[0] == 1 && heard[1] == 0);
}

static void the_heap_asks_as_the_component_says(void **state)
{
	void *block;

	(void)state;
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_alloc(env->heap, 90000, &block), OS_OK);
	assert_int_equal(mock.resource_requests, 1);
	assert_true(mock.resource_ram >= 90000 && mock.resource_ram <= 160 << 10);
	os_free(env->heap, block, 90000);
	env->shortage = OS_SHORTAGE_FAIL;
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_alloc(env->heap, 100000, &block), OS_ERR_OUT_OF_RAM);
	assert_null(block);
	assert_int_equal(mock.resource_requests, 1);
	env->shortage = OS_SHORTAGE_ASK;
	mock.resource_answer = OS_ERR_TIMEOUT;
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_alloc(env->heap, 100000, &block), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.resource_requests, 2);
	mock.resource_answer = OS_OK;
	mock.fail_at = mock.allocations + 1;
	assert_int_equal(os_alloc(env->heap, 100000, &block), OS_OK);
	assert_true(mock.resource_ram >= 100000);
	os_free(env->heap, block, 100000);
	mock.resource_requests = 0;
	assert_int_equal(os_alloc(env->heap, SIZE_MAX, &block), OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.resource_requests, 0);
}

static void what_is_wanted_and_free_is_given_back(void **state)
{
	(void)state;
	mock.account_ram = 10000;
	mock.account_caps = 20;
	assert_int_equal(os_yield(env, 0, 0), OS_OK);
	assert_int_equal(mock.yields, 0);
	mock.wanted_ram = 4000;
	mock.wanted_caps = 30;
	assert_int_equal(os_yield(env, 1000, 5), OS_OK);
	assert_int_equal(mock.yield_ram, 4000);
	assert_int_equal(mock.yield_caps, 15);
	assert_int_equal(os_yield(env, 8000, 100), OS_OK);
	assert_int_equal(mock.yield_ram, 6000);
	assert_int_equal(mock.yield_caps, 15);
	assert_int_equal(os_yield(env, 10000, 20), OS_OK);
	assert_int_equal(mock.yields, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_request_is_granted_denied_or_open, setup),
		cmocka_unit_test_setup(watchers_hear_what_was_decided, setup),
		cmocka_unit_test_setup(a_watcher_may_end_others_and_itself, setup),
		cmocka_unit_test_setup(the_heap_asks_as_the_component_says, setup),
		cmocka_unit_test_setup(what_is_wanted_and_free_is_given_back, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: sessions that come, go, and come back; quota that is short; who may end what, and when. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/timer.h>
#include <link/link.h>
#include "mock_platform.h"

enum { RAM = 1000, CAPS = 3 };

static struct os_env *env;
static struct os_links links;
static struct os_link a, b;
static struct timer_server timer = { { .dispatch = timer_dispatch }, NULL };
static uint32_t before;

/* What `changed` has told of link a. */
static enum os_link_state told[16];
static uint32_t told_count;
static bool ends_itself, ends_other;

static void changed(struct os_link *link)
{
	if (link == &a)
		told[told_count++] = link->state;
	if (ends_other)
		os_link_fini(&b);
	if (ends_itself)
		os_link_fini(link);
}

static const struct os_session_args args = {
	.service = TIMER_SERVICE, .ram = RAM, .caps = CAPS, .type = TIMER_TYPE
};

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	mock.account_ram = mock.account_caps = 100000;
	mock.service = TIMER_SERVICE;
	mock.service_object = &timer.object;
	mock.service_type = TIMER_TYPE;
	told_count = 0;
	ends_itself = ends_other = false;
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	assert_int_equal(os_links_init(&links, env, env->ep), OS_OK);
	before = mock_refs();
	return 0;
}

static void run(void)
{
	while (!os_ep_dispatch(env->ep, false))
		;
}

static struct mock_session *latest(void)
{
	return &mock.sessions[mock.session_count - 1];
}

/* The parent's answer to the latest request, or what has become of that session. */
static void answer(enum parent_session_state state, enum os_err error)
{
	latest()->state = state;
	latest()->error = error;
	assert_int_equal(os_signal_submit(mock.session_sigh, 1), OS_OK);
	run();
}

static void begin(void)
{
	assert_int_equal(os_link_init(&a, &links, &args, changed), OS_OK);
	run();
	assert_int_equal(a.state, OS_LINK_WAITING);
	assert_int_equal(told_count, 0);
}

static void begin_open(void)
{
	begin();
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	told_count = 0;
}

static void end(void)
{
	os_link_fini(&a);
	os_link_fini(&a);
	for (uint32_t i = 0; i < mock.session_count; i++)
		assert_int_equal(mock.sessions[i].id, 0);
	/* the mock keeps a count of the session it hands out */
	assert_in_range(mock_refs(), before, before + 1);
}

static void a_session_is_waited_for_without_waiting(void **state)
{
	(void)state;
	begin();
	assert_int_equal(latest()->ram, RAM);
	assert_int_equal(latest()->caps, CAPS);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(told_count, 1);
	assert_int_equal(told[0], OS_LINK_OPEN);
	assert_true(os_cap_valid(a.session.cap));
	assert_int_equal(a.session.first_ram, RAM);
	/* what else the parent signals changes nothing, and leaks nothing */
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(told_count, 1);
	end();
}

static void what_is_answered_at_once_is_told_from_the_loop(void **state)
{
	(void)state;
	assert_int_equal(os_link_init(&a, &links, &args, changed), OS_OK);
	latest()->state = PARENT_SESSION_STATE_OPEN;
	assert_int_equal(told_count, 0);
	run();
	assert_int_equal(told_count, 1);
	assert_int_equal(a.state, OS_LINK_OPEN);
	end();
}

static void a_session_that_goes_is_asked_for_again(void **state)
{
	(void)state;
	begin_open();
	for (uint32_t i = 1; i <= 5; i++) {
		answer(PARENT_SESSION_STATE_GONE, OS_ERR_GONE);
		assert_int_equal(told_count, 2 * i - 1);
		assert_int_equal(told[2 * i - 2], OS_LINK_WAITING);
		assert_int_equal(mock.session_count, i + 1);
		/* the old one is closed: its donation comes back */
		assert_int_equal(mock.sessions[i - 1].id, 0);
		answer(PARENT_SESSION_STATE_OPEN, OS_OK);
		assert_int_equal(told_count, 2 * i);
		assert_int_equal(a.state, OS_LINK_OPEN);
	}
	end();
}

static void a_loss_may_be_found_before_the_parent_tells(void **state)
{
	(void)state;
	begin_open();
	os_link_lost(&a);
	assert_int_equal(told_count, 1);
	assert_int_equal(a.state, OS_LINK_WAITING);
	assert_int_equal(mock.session_count, 2);
	os_link_lost(&a); /* known */
	assert_int_equal(mock.session_count, 2);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	end();
}

static void a_refusal_is_final(void **state)
{
	(void)state;
	begin();
	answer(PARENT_SESSION_STATE_FAILED, OS_ERR_DENIED);
	assert_int_equal(told_count, 1);
	assert_int_equal(a.state, OS_LINK_FAILED);
	assert_int_equal(a.error, OS_ERR_DENIED);
	assert_int_equal(mock.session_count, 1);
	run();
	end();
}

static void a_server_that_ends_before_it_answers_is_asked_again(void **state)
{
	(void)state;
	begin();
	answer(PARENT_SESSION_STATE_FAILED, OS_ERR_GONE);
	answer(PARENT_SESSION_STATE_GONE, OS_ERR_GONE);
	assert_int_equal(told_count, 0);
	assert_int_equal(mock.session_count, 3);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	end();
}

static void one_that_does_so_for_ever_is_not(void **state)
{
	uint32_t tries = 0;

	(void)state;
	begin();
	while (a.state == OS_LINK_WAITING) {
		assert_true(++tries < 1000);
		answer(PARENT_SESSION_STATE_FAILED, OS_ERR_GONE);
		mock.sessions[0] = *latest(); /* the mock has room for some only */
		mock.session_count = 1;
	}
	assert_int_equal(a.error, OS_ERR_GONE);
	end();
}

static void a_route_that_has_gone_is_told(void **state)
{
	(void)state;
	begin_open();
	mock.request_error = OS_ERR_NO_ROUTE;
	answer(PARENT_SESSION_STATE_GONE, OS_ERR_GONE);
	assert_int_equal(told_count, 2);
	assert_int_equal(told[0], OS_LINK_WAITING);
	assert_int_equal(told[1], OS_LINK_FAILED);
	assert_int_equal(a.error, OS_ERR_NO_ROUTE);
	end();
	assert_int_equal(os_link_init(&a, &links, &args, changed), OS_ERR_NO_ROUTE);
	assert_null(a.links);
}

static void a_session_of_another_type_is_refused(void **state)
{
	(void)state;
	mock.service_type = TIMER_TYPE + 1;
	begin();
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_FAILED);
	assert_int_equal(a.error, OS_ERR_CAP_TYPE);
	end();
}

static void a_donation_too_small_is_raised_twice(void **state)
{
	(void)state;
	begin();
	answer(PARENT_SESSION_STATE_FAILED, OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.session_count, 2);
	assert_int_equal(latest()->ram, 2 * RAM);
	assert_int_equal(latest()->caps, CAPS);
	answer(PARENT_SESSION_STATE_FAILED, OS_ERR_OUT_OF_RAM);
	assert_int_equal(latest()->ram, 4 * RAM);
	answer(PARENT_SESSION_STATE_FAILED, OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock.session_count, 3);
	assert_int_equal(a.state, OS_LINK_FAILED);
	assert_int_equal(a.error, OS_ERR_OUT_OF_RAM);
	end();
}

static void quota_is_asked_for_where_the_own_falls_short(void **state)
{
	(void)state;
	mock.account_ram = RAM - 100;
	begin();
	assert_int_equal(mock.resource_requests, 1);
	assert_true(mock.resource_ram >= 100);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	end();
}

static void quota_that_comes_late_is_not_waited_for(void **state)
{
	(void)state;
	mock.account_ram = 0;
	mock.resource_answer = OS_ERR_TIMEOUT;
	begin();
	assert_int_equal(mock.session_count, 0);
	/* what is signalled meanwhile does not mean that it is there */
	assert_int_equal(os_signal_submit(mock.session_sigh, 1), OS_OK);
	run();
	assert_int_equal(a.state, OS_LINK_WAITING);
	mock.account_ram = 100000;
	mock.resource_state = PARENT_RESOURCE_STATE_GRANTED;
	assert_int_equal(os_signal_submit(mock.resource_sigh, 1), OS_OK);
	run();
	assert_int_equal(mock.session_count, 1);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	os_link_fini(&a);
	os_resource_unwatch(&links.watcher);
}

static void quota_that_is_denied_late_fails_the_link(void **state)
{
	(void)state;
	mock.account_caps = 0;
	mock.resource_answer = OS_ERR_TIMEOUT;
	begin();
	mock.resource_state = PARENT_RESOURCE_STATE_DENIED;
	assert_int_equal(os_signal_submit(mock.resource_sigh, 1), OS_OK);
	run();
	assert_int_equal(a.state, OS_LINK_FAILED);
	assert_int_equal(a.error, OS_ERR_OUT_OF_CAPS);
	os_link_fini(&a);
	os_resource_unwatch(&links.watcher);
}

static void an_answer_without_place_for_it_is_asked_for_again(void **state)
{
	(void)state;
	begin();
	mock.poll_error = OS_ERR_OUT_OF_CAPS;
	latest()->state = PARENT_SESSION_STATE_OPEN;
	assert_int_equal(os_signal_submit(mock.session_sigh, 1), OS_OK);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock.resource_requests, 1);
	mock.poll_error = OS_OK;
	assert_int_equal(mock.session_count, 2);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_OPEN);
	end();
}

static void links_may_be_ended_by_what_they_tell(void **state)
{
	(void)state;
	assert_int_equal(os_link_init(&b, &links, &args, changed), OS_OK);
	begin_open();
	ends_itself = ends_other = true;
	answer(PARENT_SESSION_STATE_GONE, OS_ERR_GONE);
	assert_null(a.links);
	assert_null(b.links);
	end();
}

static void each_link_has_its_own_fate(void **state)
{
	(void)state;
	begin();
	assert_int_equal(os_link_init(&b, &links, &args, changed), OS_OK);
	answer(PARENT_SESSION_STATE_OPEN, OS_OK);
	assert_int_equal(a.state, OS_LINK_WAITING);
	assert_int_equal(b.state, OS_LINK_OPEN);
	os_link_fini(&b);
	assert_int_equal(told_count, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_is_waited_for_without_waiting, setup),
		cmocka_unit_test_setup(what_is_answered_at_once_is_told_from_the_loop, setup),
		cmocka_unit_test_setup(a_session_that_goes_is_asked_for_again, setup),
		cmocka_unit_test_setup(a_loss_may_be_found_before_the_parent_tells, setup),
		cmocka_unit_test_setup(a_refusal_is_final, setup),
		cmocka_unit_test_setup(a_server_that_ends_before_it_answers_is_asked_again, setup),
		cmocka_unit_test_setup(one_that_does_so_for_ever_is_not, setup),
		cmocka_unit_test_setup(a_route_that_has_gone_is_told, setup),
		cmocka_unit_test_setup(a_session_of_another_type_is_refused, setup),
		cmocka_unit_test_setup(a_donation_too_small_is_raised_twice, setup),
		cmocka_unit_test_setup(quota_is_asked_for_where_the_own_falls_short, setup),
		cmocka_unit_test_setup(quota_that_comes_late_is_not_waited_for, setup),
		cmocka_unit_test_setup(quota_that_is_denied_late_fails_the_link, setup),
		cmocka_unit_test_setup(an_answer_without_place_for_it_is_asked_for_again, setup),
		cmocka_unit_test_setup(links_may_be_ended_by_what_they_tell, setup),
		cmocka_unit_test_setup(each_link_has_its_own_fate, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

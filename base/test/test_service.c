/* SPDX-License-Identifier: BSD-2-Clause */
/* Services: session requests fetched, answered and undone, whatever fails in between. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/hello.h>
#include "mock_platform.h"

static struct os_env *env;

/* The service cannot be ended, so all tests share it. */
static struct os_service service;
static uint32_t before, upgrades, live;
static enum os_err create_error;

struct session {
	struct os_server_session base;
	struct hello_server rpc;
};

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	*sum = a + b;
	return OS_OK;
}

static const struct hello_ops hello_ops = { .add = add };

static enum os_err create(struct os_server_session *base, const struct os_session_request *request,
                          struct os_cap *cap)
{
	struct session *const session = (struct session *)base;
	enum os_err err;

	assert_string_equal(request->label, "home");
	assert_int_equal(request->ram, 8192);
	assert_int_not_equal(base->account.cap.cap.slot, 0);
	assert_null(session->rpc.ops);
	if (create_error)
		return create_error;
	err = hello_server_init(&session->rpc, base->service->ep, &base->account, &hello_ops);
	if (!err)
		live++;
	*cap = hello_server_cap(&session->rpc).cap;
	return err;
}

static void destroy(struct os_server_session *base)
{
	hello_server_fini(&((struct session *)base)->rpc);
	live--;
}

static void upgrade(struct os_server_session *base)
{
	assert_ptr_equal(base->service, &service);
	upgrades++;
}

static const struct os_service_ops ops = { sizeof(struct session), create, destroy, upgrade };

static int start(void **state)
{
	void *memory;

	(void)state;
	env = mock_init();
	assert_int_equal(os_service_init(&service, env, env->ep, "Hello", &ops, NULL), OS_OK);
	/* Something for the heap and the log, so that their memory is not counted below. */
	os_log(env, "begin");
	assert_int_equal(os_alloc(env->heap, 1, &memory), OS_OK);
	os_free(env->heap, memory, 1);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	mock.request_count = mock.request_next = 0;
	mock.delivered_count = mock.denied_count = mock.closed_count = 0;
	mock.fail_at = 0;
	upgrades = 0;
	create_error = OS_OK;
	before = mock_refs();
	return 0;
}

static void request(enum parent_request_kind kind, uint64_t id, const char *name)
{
	mock.requests[mock.request_count++] = (struct mock_request){ kind, id, name, "home" };
}

/* Signal that requests are there, and serve until nothing is left to do. */
static void serve(void)
{
	assert_int_equal(os_signal_submit(mock.request_sigh, 1), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
}

static void a_session_begins_and_ends(void **state)
{
	struct hello_cap hello;
	int32_t sum;

	(void)state;
	request(PARENT_REQUEST_KIND_CREATE, 7, "Hello");
	serve();
	assert_int_equal(mock.delivered_count, 1);
	assert_int_equal(mock.delivered[0], 7);
	assert_int_equal(live, 1);
	hello.cap = mock.last_session;
	assert_int_equal(hello_add(hello, 1, 1, &sum), OS_OK);
	request(PARENT_REQUEST_KIND_UPGRADE, 7, NULL);
	request(PARENT_REQUEST_KIND_CLOSE, 7, NULL);
	serve();
	assert_int_equal(upgrades, 1);
	assert_int_equal(live, 0);
	assert_int_equal(mock.closed_count, 1);
	assert_int_equal(mock.closed[0], 7);
	assert_int_equal(mock_refs(), before);
}

static void what_a_server_ends_leaves_its_memory(void **state)
{
	(void)state;
	request(PARENT_REQUEST_KIND_CREATE, 7, "Hello");
	serve();
	mock.leaves = 0;
	os_server_session_end(
	        OS_LIST_ITEM(os_list_first(&service.sessions), struct os_server_session, node));
	assert_int_equal(mock.leaves, 1);
	assert_int_equal(live, 0);
	assert_int_equal(mock.closed[0], 7);
	assert_int_equal(mock_refs(), before);
}

static void a_service_that_is_not_offered_is_denied(void **state)
{
	(void)state;
	request(PARENT_REQUEST_KIND_CREATE, 8, "Other");
	serve();
	assert_int_equal(mock.denied_count, 1);
	assert_int_equal(mock.deny_error, OS_ERR_NOT_FOUND);
	assert_int_equal(mock_refs(), before);
}

static void a_create_that_fails_leaves_nothing(void **state)
{
	(void)state;
	create_error = OS_ERR_OUT_OF_RAM;
	request(PARENT_REQUEST_KIND_CREATE, 9, "Hello");
	serve();
	assert_int_equal(mock.denied[0], 9);
	assert_int_equal(mock.deny_error, OS_ERR_OUT_OF_RAM);
	assert_int_equal(mock_refs(), before);
}

static void a_session_that_is_not_taken_is_destroyed(void **state)
{
	(void)state;
	request(PARENT_REQUEST_KIND_CREATE, 404, "Hello");
	serve();
	assert_int_equal(live, 0);
	assert_int_equal(mock.delivered_count, 0);
	assert_int_equal(mock_refs(), before);
}

static void unknown_ids_are_closed_and_else_ignored(void **state)
{
	(void)state;
	request(PARENT_REQUEST_KIND_UPGRADE, 1234, NULL);
	request(PARENT_REQUEST_KIND_CLOSE, 1234, NULL);
	serve();
	assert_int_equal(upgrades, 0);
	assert_int_equal(mock.closed[0], 1234);
	assert_int_equal(mock_refs(), before);
}

static void a_flood_is_served_in_batches(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 20; id++)
		request(PARENT_REQUEST_KIND_CREATE, id, "Hello");
	assert_int_equal(os_signal_submit(mock.request_sigh, 1), OS_OK);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock.delivered_count, 16);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_OK);
	assert_int_equal(mock.delivered_count, 20);
	assert_int_equal(os_ep_dispatch(env->ep, false), OS_ERR_EMPTY);
	for (uint64_t id = 1; id <= 20; id++)
		request(PARENT_REQUEST_KIND_CLOSE, id, NULL);
	serve();
	assert_int_equal(live, 0);
	assert_int_equal(mock.closed_count, 20);
	assert_int_equal(mock_refs(), before);
}

static void a_client_pays_for_what_its_session_costs_us(void **state)
{
	(void)state;
	mock.drawn_ram = mock.drawn_caps = 0;
	request(PARENT_REQUEST_KIND_CREATE, 1, "Hello");
	serve();
	assert_int_equal(mock.delivered_count, 1);
	assert_true(mock.drawn_ram >= sizeof(struct session));
	assert_true(mock.drawn_caps >= 2);
	request(PARENT_REQUEST_KIND_CLOSE, 1, NULL);
	mock.draw_error = OS_ERR_OUT_OF_CAPS;
	request(PARENT_REQUEST_KIND_CREATE, 2, "Hello");
	serve();
	mock.draw_error = OS_OK;
	assert_int_equal(mock.denied[0], 2);
	assert_int_equal(mock.deny_error, OS_ERR_OUT_OF_CAPS);
	assert_int_equal(live, 0);
	assert_int_equal(mock_refs(), before);
}

/* What it takes to fetch a request is lacking: it is asked for, and the others are served on. */
static void a_request_waits_for_the_means_to_fetch_it(void **state)
{
	(void)state;
	mock.resource_answer = OS_ERR_TIMEOUT; /* not decided yet */
	mock.fail_at = mock.allocations + 1;
	request(PARENT_REQUEST_KIND_CREATE, 1, "Hello");
	serve();
	assert_int_equal(mock.delivered_count + mock.denied_count, 0);
	assert_true(mock.resource_ram > 0 && mock.resource_caps > 0);
	mock.resource_state = PARENT_RESOURCE_STATE_GRANTED;
	assert_int_equal(os_signal_submit(mock.resource_sigh, 1), OS_OK);
	while (!os_ep_dispatch(env->ep, false))
		;
	assert_int_equal(mock.delivered_count, 1);
	request(PARENT_REQUEST_KIND_CLOSE, 1, NULL);
	serve();
	assert_int_equal(live, 0);
}

/* Each allocation on the way fails once: the session is denied or made, and nothing leaks. */
static void every_allocation_may_fail(void **state)
{
	uint64_t denied = 0;

	for (uint32_t n = 1; n == 1 || mock.allocations >= n - 1; n++) {
		setup(state);
		mock.allocations = 0;
		mock.fail_at = n;
		request(PARENT_REQUEST_KIND_CREATE, n, "Hello");
		serve();
		assert_int_equal(mock.delivered_count + mock.denied_count, 1);
		denied += mock.denied_count;
		if (mock.delivered_count)
			request(PARENT_REQUEST_KIND_CLOSE, n, NULL);
		serve();
		assert_int_equal(live, 0);
		assert_int_equal(mock_refs(), before);
	}
	assert_int_equal(denied, 1);
}

static void a_service_that_may_not_be_announced_is_not_there(void **state)
{
	struct os_service other;
	struct os_ep ep = { .env = env };

	(void)state;
	assert_int_equal(os_service_init(&other, env, env->ep, "forbidden", &ops, NULL),
	                 OS_ERR_DENIED);
	request(PARENT_REQUEST_KIND_CREATE, 3, "forbidden");
	serve();
	assert_int_equal(mock.denied_count, 1);
	assert_int_equal(os_service_init(&other, env, &ep, "Elsewhere", &ops, NULL),
	                 OS_ERR_CONFLICT);
	assert_int_equal(mock_refs(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_begins_and_ends, setup),
		cmocka_unit_test_setup(what_a_server_ends_leaves_its_memory, setup),
		cmocka_unit_test_setup(a_service_that_is_not_offered_is_denied, setup),
		cmocka_unit_test_setup(a_create_that_fails_leaves_nothing, setup),
		cmocka_unit_test_setup(a_session_that_is_not_taken_is_destroyed, setup),
		cmocka_unit_test_setup(unknown_ids_are_closed_and_else_ignored, setup),
		cmocka_unit_test_setup(a_flood_is_served_in_batches, setup),
		cmocka_unit_test_setup(a_client_pays_for_what_its_session_costs_us, setup),
		cmocka_unit_test_setup(every_allocation_may_fail, setup),
		cmocka_unit_test_setup(a_service_that_may_not_be_announced_is_not_there, setup),
		cmocka_unit_test_setup(a_request_waits_for_the_means_to_fetch_it, setup),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}

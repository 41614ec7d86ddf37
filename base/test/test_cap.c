/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls and capabilities: what is refused before the platform sees it, and pseudo capabilities. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <api/hello.h>
#include <api/pd.h>
#include "mock_platform.h"

static struct os_env *env;
static uint32_t before;

static int setup(void **state)
{
	(void)state;
	env = mock_init();
	before = mock_refs();
	return 0;
}

static enum os_err say_hello(struct hello_server *rpc, const char *name)
{
	(void)rpc;
	return strcmp(name, "bye") ? OS_OK : OS_ERR_GONE;
}

static enum os_err add(struct hello_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	(void)rpc;
	*sum = a + b;
	return OS_OK;
}

static const struct hello_ops ops = { .say_hello = say_hello, .add = add };

static void the_invalid_capability_is_refused(void **state)
{
	struct os_msg *const msg = os_msg_own();
	struct os_cap copy;

	(void)state;
	*msg = (struct os_msg){ .op = 1 };
	assert_int_equal(os_call((struct os_cap){ 0 }, msg), OS_ERR_CAP_INVALID);
	assert_int_equal(os_cap_dup((struct os_cap){ 0 }, &copy), OS_ERR_CAP_INVALID);
	assert_int_equal(os_cap_dup((struct os_cap){ 77 }, &copy), OS_ERR_CAP_INVALID);
	assert_false(os_cap_same((struct os_cap){ 0 }, (struct os_cap){ 0 }));
	os_cap_drop((struct os_cap){ 0 });
	assert_int_equal(os_signal_submit((struct signal_context_cap){ { 0 } }, 1),
	                 OS_ERR_CAP_INVALID);
}

static void moved_capabilities_are_consumed_by_a_refused_call(void **state)
{
	struct os_msg *const msg = os_msg_own();
	struct os_cap copy;

	(void)state;
	assert_int_equal(os_cap_dup(env->pd.cap, &copy), OS_OK);
	*msg = (struct os_msg){ .op = 1,
		                .cap_count = 2,
		                .cap_move = 1,
		                .caps = { { copy.slot, 0 }, { copy.slot, 0 } } };
	assert_int_equal(os_call((struct os_cap){ 0 }, msg), OS_ERR_CAP_INVALID);
	assert_int_equal(mock_refs(), before);
}

static void a_local_capability_is_called_without_the_platform(void **state)
{
	struct hello_server server;
	struct hello_cap copy;
	int32_t sum;

	(void)state;
	assert_int_equal(hello_server_init(&server, NULL, NULL, &ops), OS_OK);
	assert_int_equal(hello_add(hello_server_cap(&server), 1, 2, &sum), OS_OK);
	assert_int_equal(sum, 3);
	assert_int_equal(hello_say_hello(hello_server_cap(&server), "bye"), OS_ERR_GONE);
	assert_int_equal(os_cap_dup(server.object.cap, &copy.cap), OS_OK);
	assert_true(os_cap_same(copy.cap, server.object.cap));
	assert_false(os_cap_same(copy.cap, env->pd.cap));
	os_cap_drop(copy.cap);
	assert_int_equal(hello_add(copy, 1, 2, &sum), OS_OK);
	/* Revoked for everyone who holds it. */
	hello_server_fini(&server);
	assert_int_equal(hello_add(copy, 1, 2, &sum), OS_ERR_GONE);
	assert_false(os_cap_same(copy.cap, copy.cap));
	os_cap_drop(copy.cap);
	assert_int_equal(mock_refs(), before);
}

static void a_local_capability_does_not_leave_the_component(void **state)
{
	struct ram_dataspace_cap ds;
	struct hello_server server;
	struct os_msg *const msg = os_msg_own();

	(void)state;
	assert_int_equal(hello_server_init(&server, NULL, NULL, &ops), OS_OK);
	assert_int_equal(pd_alloc(env->pd, 4096, (struct account_cap){ server.object.cap }, &ds),
	                 OS_ERR_CAP_INVALID);
	/* Nor in a reply. */
	*msg = (struct os_msg){ .cap_count = 1, .caps = { { server.object.cap.slot, 0 } } };
	os_reply_send(&(struct os_reply){ 0 }, msg);
	hello_server_fini(&server);
}

static uint32_t received;

static enum os_err keep(struct os_rpc_object *object, struct os_msg *msg)
{
	(void)object;
	received = msg->caps[0].slot;
	*msg = (struct os_msg){ .cap_count = 1, .caps = { { OS_CAP_SLOT_PARENT, 0 } } };
	return OS_OK;
}

static void capabilities_in_local_calls_are_copies(void **state)
{
	struct os_msg *const msg = os_msg_own();
	struct os_rpc_object object;
	uint32_t refs;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, NULL, NULL, keep, 1), OS_OK);
	refs = mock_refs();
	*msg = (struct os_msg){ .op = 1, .cap_count = 1, .caps = { { OS_CAP_SLOT_PD, 0 } } };
	assert_int_equal(os_call(object.cap, msg), OS_OK);
	assert_int_equal(received, OS_CAP_SLOT_PD);
	assert_int_equal(msg->caps[0].slot, OS_CAP_SLOT_PARENT);
	/* One for the handler, one for the caller. */
	assert_int_equal(mock_refs(), refs + 2);
	os_cap_drop((struct os_cap){ OS_CAP_SLOT_PD });
	os_cap_drop((struct os_cap){ OS_CAP_SLOT_PARENT });
	/* An invalid one does not arrive. */
	*msg = (struct os_msg){ .op = 1, .cap_count = 1, .caps = { { 77, 0 } } };
	assert_int_equal(os_call(object.cap, msg), OS_ERR_CAP_INVALID);
	assert_int_equal(mock_refs(), refs);
	os_rpc_object_fini(&object);
}

static enum os_err later(struct os_rpc_object *object, struct os_msg *msg)
{
	struct os_reply reply = { 0 };

	(void)msg;
	os_reply_save(object->ep, &reply);
	os_reply_send(&reply, msg);
	return OS_ERR_LATER;
}

static void nobody_waits_for_a_later_reply_of_a_local_call(void **state)
{
	struct os_msg *const msg = os_msg_own();
	struct os_rpc_object object;

	(void)state;
	assert_int_equal(os_rpc_object_init(&object, NULL, NULL, later, 1), OS_OK);
	*msg = (struct os_msg){ .op = 1 };
	assert_int_equal(os_call(object.cap, msg), OS_OK);
	assert_int_equal(msg->op, OS_ERR_UNSUPPORTED);
	os_rpc_object_fini(&object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_invalid_capability_is_refused, setup),
		cmocka_unit_test_setup(moved_capabilities_are_consumed_by_a_refused_call, setup),
		cmocka_unit_test_setup(a_local_capability_is_called_without_the_platform, setup),
		cmocka_unit_test_setup(a_local_capability_does_not_leave_the_component, setup),
		cmocka_unit_test_setup(capabilities_in_local_calls_are_copies, setup),
		cmocka_unit_test_setup(nobody_waits_for_a_later_reply_of_a_local_call, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

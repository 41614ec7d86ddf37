/* SPDX-License-Identifier: BSD-2-Clause */
/* Services of the component itself that answer later, or serve some labels only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world_core.h"

#define CONFIG                                                                            \
	"<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service " \
	"name=\"CPU\"/><service name=\"LOG\"/></parent-provides><default-route>"          \
	"<service name=\"LOG\"><local/><parent/></service><any-service><parent/>"         \
	"</any-service></default-route><start name=\"a\" ram=\"2M\" caps=\"200\"/></config>"

enum { ID = 5 };

static struct {
	struct os_sandbox_service service;
	struct sandbox_session *session;
	uint32_t created, closed, closing, upgraded;
	uint64_t ram;
	bool closes_at_once;
	enum os_err answer;
} served;

static enum os_err create(struct os_sandbox_service *service,
                          const struct os_sandbox_request *request, void **session,
                          struct os_cap *cap)
{
	(void)cap;
	assert_ptr_equal(service, &served.service);
	assert_true(os_str_equal(request->label, "a -> mine"));
	served.created++;
	served.session = request->session;
	*session = &served;
	return served.answer;
}

static void closed(struct os_sandbox_service *service, void *session)
{
	assert_ptr_equal(service, &served.service);
	assert_ptr_equal(session, &served);
	served.closed++;
}

static void closing(struct os_sandbox_service *service, void *session)
{
	(void)service;
	(void)session;
	served.closing++;
	if (served.closes_at_once)
		os_sandbox_service_closed(served.session);
}

static void upgrade(struct os_sandbox_service *service, void *session)
{
	(void)service;
	(void)session;
	served.upgraded++;
}

static bool offers(struct os_sandbox_service *service, const char *label)
{
	(void)service;
	return os_str_equal(label, "a -> mine");
}

static void start(void)
{
	world_init();
	memset(&served, 0, sizeof(served));
	served.answer = OS_ERR_LATER;
	served.service = (struct os_sandbox_service){ .name = "LOG",
		                                      .create = create,
		                                      .close = closed,
		                                      .offers = offers,
		                                      .upgrade = upgrade,
		                                      .closing = closing };
	os_sandbox_service_add(&world.sandbox, &served.service);
	assert_int_equal(world_apply(CONFIG), OS_OK);
	world_alive("a");
	served.ram = world_find("PD", "a")->account->ram;
}

static enum os_err open(const char *label)
{
	const struct parent_affinity affinity = { 0 };
	struct os_cap cap;

	return parent_session_open(world_child("a"), ID, "LOG", label, NULL, 0, &affinity, 8192, 4,
	                           &cap);
}

static enum os_err last_reply(void)
{
	assert_true(world.reply_count > 0 && world.replied[world.reply_count - 1]);
	return (enum os_err)world.reply[world.reply_count - 1].op;
}

static bool all_is_back(void)
{
	return world_find("PD", "a")->account->ram == served.ram;
}

/* What is the service's own stays its own: the client gets a copy. */
static void deliver(void)
{
	struct os_cap cap = world_object(LOG_TYPE);

	world.object[cap.slot].refs++;
	os_sandbox_service_deliver(served.session, cap);
	os_cap_drop(cap);
}

static void an_answer_may_come_later(void **state)
{
	(void)state;
	start();
	assert_int_equal(open("mine"), WORLD_LATER);
	deliver();
	assert_int_equal(last_reply(), OS_OK);
	assert_int_equal(parent_session_upgrade(world_child("a"), ID, 100, 1), OS_OK);
	assert_int_equal(served.upgraded, 1);
	assert_int_equal(parent_session_close(world_child("a"), ID), OS_OK);
	assert_int_equal(served.closing, 1);
	assert_false(all_is_back()); /* the service may still work with it */
	os_sandbox_service_closed(served.session);
	assert_int_equal(served.closed, 0);
	assert_true(all_is_back());
	world_fini();
}

static void it_may_be_no_or_come_too_late(void **state)
{
	(void)state;
	start();
	assert_int_equal(open("mine"), WORLD_LATER);
	os_sandbox_service_deny(served.session, OS_ERR_DENIED);
	assert_int_equal(last_reply(), OS_ERR_DENIED);
	assert_true(all_is_back());
	assert_int_equal(open("mine"), WORLD_LATER);
	assert_int_equal(parent_session_close(world_child("a"), ID), OS_OK);
	assert_int_equal(served.closing, 0); /* first the answer */
	served.closes_at_once = true;
	deliver();
	assert_int_equal(served.closing, 1);
	assert_int_equal(served.closed, 0);
	assert_true(all_is_back());
	world_fini();
}

static void a_session_may_end_by_itself(void **state)
{
	enum parent_session_state how;
	struct os_cap cap;
	uint32_t error;

	(void)state;
	start();
	assert_int_equal(open("mine"), WORLD_LATER);
	deliver();
	os_sandbox_service_closed(served.session);
	assert_int_equal(parent_session_poll(world_child("a"), ID, &how, &error, &cap), OS_OK);
	assert_int_equal(how, PARENT_SESSION_STATE_GONE);
	assert_int_equal(served.closed + served.closing, 0);
	world_fini();
}

static void other_labels_go_on(void **state)
{
	(void)state;
	start();
	assert_int_equal(open("other"), OS_OK);
	assert_non_null(world_find("LOG", "a -> other"));
	assert_int_equal(served.created, 0);
	world_fini();
}

static void the_end_of_the_sandbox_closes_all(void **state)
{
	(void)state;
	start();
	assert_int_equal(open("mine"), WORLD_LATER);
	deliver();
	world_fini();
	assert_int_equal(served.closing, 1);
	assert_int_equal(served.closed, 1);
	start();
	assert_int_equal(open("mine"), WORLD_LATER);
	world_fini();
	assert_int_equal(served.closing, 0);
	assert_int_equal(served.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_may_come_later),
		cmocka_unit_test(it_may_be_no_or_come_too_late),
		cmocka_unit_test(a_session_may_end_by_itself),
		cmocka_unit_test(other_labels_go_on),
		cmocka_unit_test(the_end_of_the_sandbox_closes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

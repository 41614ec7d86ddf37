/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server draws from donations: it has it for as long as the session lasts, and no longer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "world_core.h"

#define CONFIG                                                                                   \
	"<config><parent-provides><service name=\"ROM\"/><service name=\"PD\"/><service "        \
	"name=\"CPU\"/></parent-provides><default-route><any-service><parent/><any-child/>"      \
	"</any-service></default-route><service name=\"Foo\"><child name=\"server\"/></service>" \
	"<start name=\"server\" ram=\"2M\" caps=\"200\"><provides><service name=\"Foo\"/>"       \
	"</provides></start><start name=\"client\" ram=\"2M\" caps=\"200\"/></config>"

enum { FOO_TYPE = 0x1234567, ID = 7, RAM = 100000, CAPS = 20 };

static struct world_account *account_of(const char *name)
{
	return world_find("PD", name)->account;
}

static struct world_account client_before, server_before;

static void start(void)
{
	world_init();
	assert_int_equal(world_apply(CONFIG), OS_OK);
	world_alive("server");
	world_alive("client");
	assert_int_equal(parent_announce(world_child("server"), "Foo"), OS_OK);
	client_before = *account_of("client");
	server_before = *account_of("server");
}

/* The client has asked, and the server has fetched; the id that this knows. */
static uint64_t ask(void)
{
	const struct parent_affinity affinity = { 0 };

	assert_int_equal(parent_session_request(world_child("client"), ID, "Foo", "x", NULL, 0,
	                                        &affinity, RAM, CAPS),
	                 OS_OK);
	return world_fetch("server").id;
}

static uint64_t open_session(void)
{
	const uint64_t id = ask();

	assert_int_equal(parent_request_deliver(world_child("server"), id, world_object(FOO_TYPE)),
	                 OS_OK);
	return id;
}

static enum os_err draw(uint64_t id, uint64_t ram, uint64_t caps)
{
	return parent_request_draw(world_child("server"), id, ram, caps);
}

static enum os_err put_back(uint64_t id, uint64_t ram, uint64_t caps)
{
	return parent_request_return(world_child("server"), id, ram, caps);
}

static enum os_err closed(uint64_t id)
{
	return parent_request_closed(world_child("server"), id);
}

static void close_and_fetch(void)
{
	assert_int_equal(parent_session_close(world_child("client"), ID), OS_OK);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
}

static bool client_knows(void)
{
	enum parent_session_state state;
	struct os_cap cap;
	uint32_t error;

	return !parent_session_poll(world_child("client"), ID, &state, &error, &cap);
}

static bool is_as_before(const char *name, const struct world_account *before)
{
	return account_of(name)->ram == before->ram && account_of(name)->caps == before->caps;
}

/* Something that the server has used up. */
static void use(struct world_account *account, uint64_t ram)
{
	assert_true(account->ram >= ram);
	account->ram -= ram;
}

/* ------------------------------------------------------------------ cases */

static void a_donation_is_drawn_and_put_back(void **state)
{
	(void)state;
	start();
	const uint64_t id = ask(); /* before it is delivered, too */
	assert_int_equal(draw(id, 60000, 12), OS_OK);
	assert_int_equal(account_of("server")->ram, server_before.ram + 60000);
	assert_int_equal(account_of("server")->caps, server_before.caps + 12);
	assert_int_equal(draw(id, 40001, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(draw(id, 0, 9), OS_ERR_OUT_OF_CAPS);
	assert_int_equal(draw(id, UINT64_MAX, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(draw(99, 1, 0), OS_ERR_NOT_FOUND);
	assert_int_equal(draw(id, 40000, 8), OS_OK);
	assert_int_equal(put_back(id, 100001, 0), OS_ERR_RANGE);
	assert_int_equal(put_back(id, 0, 21), OS_ERR_RANGE);
	assert_int_equal(put_back(id, 100000, 20), OS_OK);
	assert_true(is_as_before("server", &server_before));
	assert_int_equal(draw(id, 100000, 20), OS_OK); /* all of it was in the donation again */
	assert_int_equal(parent_request_deny(world_child("server"), id, OS_ERR_DENIED), OS_OK);
	assert_true(is_as_before("server", &server_before));
	assert_int_equal(parent_session_close(world_child("client"), ID), OS_OK);
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

static void closing_takes_it_back(void **state)
{
	(void)state;
	start();
	const uint64_t id = open_session();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	close_and_fetch();
	assert_int_equal(draw(id, 0, 0), OS_ERR_NOT_FOUND);
	assert_int_equal(closed(id), OS_OK);
	assert_false(client_knows());
	assert_true(is_as_before("server", &server_before));
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

static void a_session_is_closed_once_all_is_back(void **state)
{
	(void)state;
	start();
	const uint64_t id = open_session();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	const uint64_t used = account_of("server")->ram - 30000;
	use(account_of("server"), used);
	assert_int_equal(closed(id), OS_ERR_BUSY); /* unasked */
	close_and_fetch();
	assert_int_equal(closed(id), OS_OK);
	assert_int_equal(closed(id), OS_ERR_NOT_FOUND);
	assert_true(client_knows());
	assert_int_equal(world.upstream_link.unsettled, 1);
	account_of("server")->ram += used;
	assert_int_equal(put_back(id, 1, 0), OS_OK);
	world_run();
	assert_false(client_knows());
	assert_int_equal(world.upstream_link.unsettled, 0);
	assert_true(is_as_before("server", &server_before));
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

static void a_request_is_not_denied_before_all_is_back(void **state)
{
	(void)state;
	start();
	const uint64_t id = ask();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	const uint64_t used = account_of("server")->ram;
	use(account_of("server"), used);
	assert_int_equal(parent_request_deny(world_child("server"), id, OS_ERR_DENIED),
	                 OS_ERR_BUSY);
	account_of("server")->ram += used;
	assert_int_equal(parent_request_deny(world_child("server"), id, OS_ERR_DENIED), OS_OK);
	assert_int_equal(parent_session_close(world_child("client"), ID), OS_OK);
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

static void what_a_server_cannot_take_it_refuses(void **state)
{
	(void)state;
	start();
	assert_int_equal(parent_request_refuse(world_child("server"), OS_ERR_OUT_OF_CAPS),
	                 OS_ERR_NOT_FOUND);
	ask();
	assert_int_equal(parent_request_refuse(world_child("server"), OS_ERR_OUT_OF_CAPS), OS_OK);
	assert_int_equal(parent_request_refuse(world_child("server"), OS_ERR_OUT_OF_CAPS),
	                 OS_ERR_NOT_FOUND);
	assert_int_equal(parent_session_close(world_child("client"), ID), OS_OK);
	assert_true(is_as_before("client", &client_before));
	const uint64_t id = open_session();
	assert_int_equal(parent_request_refuse(world_child("server"), OS_ERR_OUT_OF_CAPS),
	                 OS_ERR_NOT_FOUND);
	close_and_fetch();
	assert_int_equal(closed(id), OS_OK);
	world_fini();
}

static void a_server_that_ends_keeps_nothing(void **state)
{
	(void)state;
	start();
	const uint64_t id = open_session();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	world_pd_ends("server", PD_STATE_CRASHED);
	assert_true(client_knows());
	assert_int_equal(parent_session_close(world_child("client"), ID), OS_OK);
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

/* Also one that is asked to close, and has not got it all together. */
static void nor_does_one_that_ends_while_it_closes(void **state)
{
	(void)state;
	start();
	const uint64_t id = open_session();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	const uint64_t used = account_of("server")->ram;
	use(account_of("server"), used);
	close_and_fetch();
	assert_int_equal(closed(id), OS_OK);
	account_of("server")->ram += used;
	world_pd_ends("server", PD_STATE_KILLED);
	assert_int_equal(world.upstream_link.unsettled, 0);
	assert_true(is_as_before("client", &client_before));
	world_fini();
}

static void a_client_that_ends_leaves_it_to_us(void **state)
{
	(void)state;
	start();
	const uint64_t id = open_session();
	assert_int_equal(draw(id, RAM, CAPS), OS_OK);
	world_pd_ends("client", PD_STATE_CRASHED);
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(closed(id), OS_OK);
	assert_true(is_as_before("server", &server_before));
	world_fini(); /* which finds all of it */
}

static void what_our_parent_donates_is_drawn_from_there(void **state)
{
	enum { LEFT = 8192 - SANDBOX_SESSION_RAM }; /* what our own part is drawn from already */

	(void)state;
	start();
	const uint64_t upstream = world_ask("Foo", "y");
	world_run();
	const uint64_t id = world_fetch("server").id;
	const uint64_t ram = world.own->ram;
	assert_int_equal(draw(id, LEFT + 1, 0), OS_ERR_OUT_OF_RAM);
	assert_int_equal(draw(id, LEFT, 4 - SANDBOX_SERVER_CAPS), OS_OK);
	assert_int_equal(world.own->ram, ram);
	assert_int_equal(world_incoming(upstream)->account->ram, 0);
	assert_int_equal(parent_request_deliver(world_child("server"), id, world_object(FOO_TYPE)),
	                 OS_OK);
	assert_int_equal(put_back(id, 92, 1), OS_OK);
	assert_int_equal(world_incoming(upstream)->account->ram, 92);
	world_ask_close(upstream);
	world_run();
	assert_int_equal(world_fetch("server").kind, PARENT_REQUEST_KIND_CLOSE);
	assert_int_equal(closed(id), OS_OK);
	world_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_donation_is_drawn_and_put_back),
		cmocka_unit_test(closing_takes_it_back),
		cmocka_unit_test(a_session_is_closed_once_all_is_back),
		cmocka_unit_test(a_request_is_not_denied_before_all_is_back),
		cmocka_unit_test(what_a_server_cannot_take_it_refuses),
		cmocka_unit_test(a_server_that_ends_keeps_nothing),
		cmocka_unit_test(nor_does_one_that_ends_while_it_closes),
		cmocka_unit_test(a_client_that_ends_leaves_it_to_us),
		cmocka_unit_test(what_our_parent_donates_is_drawn_from_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
